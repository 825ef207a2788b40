"""ContactTable: the table itself, and the buttons of its page."""

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTableView

from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.contact_table import Column, ContactTableModel
from desktop_inbox.views.theme import theme


class ContactTable(QTableView):
    """Whole rows, no grid; Enter opens."""

    menu_wanted = Signal(QPoint)
    typed = Signal(str)

    def __init__(self, model: ContactTableModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setObjectName("contact-table")
        self.setAccessibleName("Contact table")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(False)
        self.setAlternatingRowColors(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda place: self.menu_wanted.emit(self.viewport().mapToGlobal(place)))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(Column.NAME, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        # Else it asks of each column whether all rows are chosen, row by row: seconds for everybody.
        header.setSelectionModel(QItemSelectionModel(model, header))
        self._fit()
        theme().changed.connect(self._fit)

    def chosen(self) -> list[ContactId]:
        """Return who is chosen, in the order shown."""
        # By ranges: everybody may be chosen, and an index for each would take a second.
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.count())]
        rows = {row for one in ranges for row in range(one.top(), one.bottom() + 1)}
        return [self._model.id_at(row) for row in sorted(rows)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens on every system."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters go into the search box: looking through all rows would read them all."""
        self.typed.emit(search)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().px(36))


def page_button(text: str, icon: str, slot: Callable[[], object], kind: str) -> QPushButton:
    """Return a button with an icon."""
    button = QPushButton(f" {text}" if icon else text)  # the style puts text close to the icon
    button.setAccessibleName(text.rstrip("…"))
    if kind:
        button.setProperty("kind", kind)
    if icon:
        bind_icon(button, icon, "on_accent" if kind == "primary" else "muted", size=16)
    button.clicked.connect(lambda _checked=False: slot())
    return button
