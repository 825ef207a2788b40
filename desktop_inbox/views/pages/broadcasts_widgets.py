"""BroadcastsWidgets: the parts of the page of what was sent and where they stand; what they do is in ``broadcasts``."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop_inbox.models.entities.tracking import MOST_COUNTED, Filter
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_table import BatchTableModel, Column
from desktop_inbox.views.panes.batch_filters import BatchFilters
from desktop_inbox.views.panes.batch_panel import WIDTH, BatchPanel
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.room import ColumnRoom, PageHead
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.theme import theme

_WIDTHS = {
    Column.CODE: 122, Column.STATUS: 128, Column.TYPE: 92, Column.FILE: 104, Column.CONTENT: 120, Column.DELIVERED: 92,
    Column.WHEN: 134,
}  # fmt: skip
_BESIDE = 860  # pixels at 100 % from which on the chosen batch stands beside the table


class BroadcastsWidgets(QWidget):
    """Title, number, search and filters over the table; the chosen batch right; a stack for what covers both."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Sent messages")
        self._services = services
        self._formats = Formats(services.clock)
        self.model = BatchTableModel(self._formats, self)
        self.table = RowTable(self.tr("Batches"))
        self.table.setObjectName("batch-table")
        self.table.setModel(self.model)
        self.table.set_row_height(44)
        self.states = ListStates(self.table)
        self.count = PlainLabel(kind="secondary")
        self.search = SearchField("Batch ID", self.tr("Batch ID"))
        self.filters = BatchFilters(self._formats)
        self.panel = BatchPanel(self._formats)
        self._build()

    def new_broadcast(self) -> None:
        """Write a broadcast."""
        raise NotImplementedError

    def clear_filters(self) -> None:
        """Show everything again."""
        self.search.clear()
        self.filters.clear()

    def show_count(self, wanted: Filter, fitting: int, everything: int) -> None:
        """Say how many are listed, and of how many where something is left out."""
        self.filters.offer_clear(offered=wanted.narrows)
        if wanted.narrows:
            words = self.tr("{n} of {all} batches")
            self.count.setText(words.format(n=self._number(fitting, wanted), all=self._number(everything, wanted)))
        elif everything == 1:
            self.count.setText(self.tr("1 batch"))
        else:
            self.count.setText(self.tr("{n} batches").format(n=self._number(everything, wanted)))

    def _number(self, count: int, wanted: Filter) -> str:
        if wanted.singles and count > MOST_COUNTED:
            return f"{self._formats.number(MOST_COUNTED)}+"
        return self._formats.number(count)

    def tell_empty(self, wanted: Filter) -> None:
        """Say why nothing is listed, and what can be done about it."""
        if wanted.narrows:
            self.states.show_empty(
                "search", self.tr("No batch matches"), self.tr("Try other filters, or another id."),
                buttons=((self.tr("Show everything"), self.clear_filters),),
            )  # fmt: skip
            return
        buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
        if self._services.broadcasts is not None:
            buttons = ((self.tr("New broadcast"), self.new_broadcast),)
        self.states.show_empty(
            "megaphone", self.tr("Nothing was sent to many yet"),
            self.tr("A broadcast says one thing to everybody of a segment, a list or a file, each by name."),
            buttons=buttons,
        )  # fmt: skip

    def _build(self) -> None:
        px = theme().px
        self.search.setFixedWidth(px(170))
        self.new_button = page_button(self.tr("New broadcast"), "plus", self.new_broadcast, "primary")
        self.new_button.setVisible(self._services.broadcasts is not None)
        title = PlainLabel(self.tr("Sent messages"), kind="heading")
        left = QWidget()
        box = QVBoxLayout(left)
        box.setContentsMargins(px(20), px(12), px(20), px(12))
        box.setSpacing(10)
        box.addWidget(PageHead((title, self.count), (self.search, self.new_button)))
        box.addWidget(self.filters)
        box.addWidget(self.states, 1)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.panel)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([10_000, px(WIDTH)])
        self.panel.hide()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.splitter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)
        ColumnRoom(self.table, _WIDTHS, Column.CONTENT, give_up=(Column.TYPE, Column.FILE), least=120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the chosen batch under the table where both do not fit beside each other."""
        super().resizeEvent(event)
        beside = self.width() >= theme().px(_BESIDE)
        self.splitter.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
