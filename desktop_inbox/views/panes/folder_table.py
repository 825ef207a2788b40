"""FolderTable: the table of messages of a folder."""

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop_inbox.models.entities.folder import CallRow, FolderRow, QueuedBroadcast
from desktop_inbox.views.item_models.folder_rows import Column, FolderModel, columns_of
from desktop_inbox.views.room import ColumnRoom
from desktop_inbox.views.theme import theme

_WIDTHS: Final = {
    Column.SIGN: 40,
    Column.CONTACT: 170,
    Column.TEXT: 240,
    Column.REASON: 250,
    Column.LABELS: 130,
    Column.DURATION: 90,
    Column.CHANNEL: 110,
    Column.WHEN: 110,
}


class FolderTable(QTableView):
    """Whole rows, no grid; Enter opens."""

    menu_wanted = Signal(QPoint)
    typed = Signal(str)
    all_wanted = Signal()

    def __init__(self, model: FolderModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setObjectName("folder-table")
        self.setAccessibleName("Folder messages")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda place: self.menu_wanted.emit(self.viewport().mapToGlobal(place)))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(theme().px(30))
        # Else it asks of each column whether all rows are chosen, row by row.
        header.setSelectionModel(QItemSelectionModel(model, header))
        self._fit()
        self._room = ColumnRoom(
            self,
            _WIDTHS,
            Column.TEXT,
            give_up=(Column.CHANNEL, Column.LABELS),
            shown=lambda column: column in columns_of(model.place),
        )
        theme().changed.connect(self._fit)

    def arrange(self) -> None:
        """Show the columns of the folder that the model shows."""
        self._room.fit()

    def chosen(self) -> list[FolderRow | CallRow]:
        """Return the messages or calls chosen, in the order shown."""
        found = [self._model.items[row] for row in self._chosen_rows()]
        return [item for item in found if not isinstance(item, QueuedBroadcast)]

    def selectAll(self) -> None:
        """Everything that matches is meant, also what is not read yet: the page sees to it."""
        self.all_wanted.emit()

    def choose_rows(self) -> None:
        """Choose every row that is there."""
        super().selectAll()

    def choose(self, rows: list[int], *, current: int | None) -> None:
        """Choose rows again after the list was read anew."""
        mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            self.selectionModel().select(self._model.index(row, 0), mode)
        if current is not None:
            place = self._model.index(current, Column.CONTACT)
            self.selectionModel().setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _chosen_rows(self) -> list[int]:
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.count())]
        return sorted({row for one in ranges for row in range(one.top(), one.bottom() + 1)})

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
        px = theme().px
        self.verticalHeader().setDefaultSectionSize(px(36))
        self.setIconSize(QSize(px(16), px(16)))
