"""RecipientsDialog: everybody a batch was meant for, and what became of each."""

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tracking import Details, Outcome, Recipient
from desktop_inbox.services.settings import DEFAULT_REGION
from desktop_inbox.services.tracking import TrackingService
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_table import RecipientColumn, RecipientTableModel
from desktop_inbox.views.item_models.batch_words import outcome_word, title_of
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.room import ColumnRoom, fit_dialog
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_TYPING_MS = 150
_WIDTHS = {
    RecipientColumn.NAME: 170, RecipientColumn.ADDRESS: 210, RecipientColumn.OUTCOME: 160, RecipientColumn.REASON: 180,
    RecipientColumn.WHEN: 130,
}  # fmt: skip


class RowTable(QTableView):
    """Whole rows, no grid; Enter activates, on every system."""

    menu_wanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda place: self.menu_wanted.emit(self.viewport().mapToGlobal(place)))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        self.set_row_height(36)

    def set_row_height(self, height: int) -> None:
        """Set the height of rows, in pixels at 100 %."""
        self._height = height
        self._fit()
        theme().changed.connect(self._fit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Activate."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().px(self._height))


class RecipientsDialog(QDialog):
    """Filter by result, search, open the conversation."""

    conversation_wanted = Signal(object)  # ConversationId

    def __init__(
        self,
        details: Details,
        tracking: TrackingService,
        services: Services,
        tasks: Tasks,
        formats: Formats,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._key, self._tracking, self._tasks = details.row.id, tracking, tasks
        self._generation = 0
        self.setWindowTitle(self.tr("Recipients of {code}").format(code=details.row.code))
        fit_dialog(self, 860, 560)
        self.model = RecipientTableModel(formats, lambda: services.settings.get(DEFAULT_REGION), self)
        self.table = RowTable(self.tr("Recipients"))
        self.table.setModel(self.model)
        ColumnRoom(self.table, _WIDTHS, RecipientColumn.REASON, give_up=(RecipientColumn.WHEN,), least=120)
        self.states = ListStates(self.table)
        self.search = SearchField("Search recipients", self.tr("Name or number"))
        self.outcome = QComboBox()
        self.outcome.setAccessibleName(self.tr("Result"))
        self._build(details, formats)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.outcome.currentIndexChanged.connect(lambda _place: self.refresh())
        self.model.more_wanted.connect(self._more)
        self.table.activated.connect(lambda index: self._open(index.row()))
        self.table.menu_wanted.connect(self._menu)
        self.refresh()

    def _build(self, details: Details, formats: Formats) -> None:
        counts: dict[Outcome, int] = {}
        for tally in details.tallies:
            counts[tally.outcome] = counts.get(tally.outcome, 0) + tally.count
        self.outcome.addItem(self.tr("Everybody ({n})").format(n=formats.number(details.row.total)), None)
        for outcome, count in counts.items():
            self.outcome.addItem(f"{outcome_word(outcome)} ({formats.number(count)})", outcome)
        find = QHBoxLayout()
        find.setSpacing(8)
        find.addWidget(self.search, 1)
        find.addWidget(self.outcome)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        close.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(title_of(details.row), kind="title"))
        box.addLayout(find)
        box.addWidget(self.states, 1)
        box.addLayout(buttons)

    def refresh(self) -> None:
        """Read from the start."""
        self._generation += 1
        self.states.loading(self.refresh)
        self._tasks.start(self._read(self._generation, after=0), on_error=self._failed, name="recipients")

    def _more(self) -> None:
        after = self.model.rows[-1].id if self.model.rows else 0
        self._tasks.start(self._read(self._generation, after=after), on_error=self._failed, name="more recipients")

    async def _read(self, generation: int, *, after: int) -> None:
        outcome = self.outcome.currentData()
        page = await self._tracking.recipients(
            self._key,
            outcomes=frozenset({Outcome(outcome)}) if outcome else frozenset(),
            text=self.search.text(),
            after=after,
        )
        if generation == self._generation:
            self._take(page, first=not after)

    def _take(self, page: Page[Recipient], *, first: bool) -> None:
        if not first:
            self.model.append(page.items, has_more=page.has_more)
            return
        self.model.show(page.items, has_more=page.has_more)
        if page.items:
            self.states.show_rows()
        else:
            self.states.show_empty("users", self.tr("Nobody matches"), self.tr("Try another result or another word."))

    def _failed(self, error: InboxError) -> None:
        self.states.show_error(error)

    def _open(self, row: int) -> None:
        conversation_id = self.model.rows[row].conversation_id if row < len(self.model.rows) else None
        if conversation_id is not None:
            self.conversation_wanted.emit(ConversationId(conversation_id))
            self.accept()

    def _menu(self, place: QPoint) -> None:
        index = self.table.currentIndex()
        if not index.isValid() or self.model.rows[index.row()].conversation_id is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = index.row()  # rows that come meanwhile come behind
        menu.addAction(self.tr("Open the conversation")).triggered.connect(lambda: self._open(row))
        menu.popup(place)
