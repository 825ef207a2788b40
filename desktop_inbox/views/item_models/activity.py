"""ActivityModel: what happened with a contact, newest first, as far as it was read."""

from collections.abc import Callable, Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.timeline import TimelineEntry

Index = QModelIndex | QPersistentModelIndex


class ActivityRole(IntEnum):
    """What a row answers beyond the roles of Qt."""

    ENTRY = Qt.ItemDataRole.UserRole + 1  # TimelineEntry


class ActivityModel(QAbstractListModel):
    """Rows of the activity; ``older_wanted`` asks for the next page when the last row shows."""

    older_wanted = Signal()

    def __init__(self, describe: Callable[[TimelineEntry], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._describe = describe
        self._entries: list[TimelineEntry] = []
        self.has_more = False

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of entries read."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return one property of one entry."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        entry = self._entries[index.row()]
        if role == ActivityRole.ENTRY:
            return entry
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._describe(entry)
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text if isinstance(entry, Comment) else self._describe(entry)
        return None

    def canFetchMore(self, parent: Index) -> bool:
        """Return whether older entries are in the store."""
        return self.has_more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        """Ask for older entries."""
        self.older_wanted.emit()

    @property
    def last_id(self) -> int | None:
        """The oldest entry read."""
        return self._entries[-1].id if self._entries else None

    def show(self, entries: Sequence[TimelineEntry], *, has_more: bool) -> None:
        """Hold other entries."""
        self.beginResetModel()
        self._entries = list(entries)
        self.has_more = has_more
        self.endResetModel()

    def append(self, entries: Sequence[TimelineEntry], *, has_more: bool) -> None:
        """Put older entries below."""
        self.has_more = has_more
        last = self.last_id
        older = [entry for entry in entries if last is None or entry.id < last]
        if older:
            self.beginInsertRows(QModelIndex(), len(self._entries), len(self._entries) + len(older) - 1)
            self._entries += older
            self.endInsertRows()
