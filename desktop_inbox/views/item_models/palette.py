"""PaletteModel: what the quick switcher offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction

from desktop_inbox.models.entities.ids import ContactId, ConversationId

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A contact to go to, or an action to run."""

    title: str
    hint: str = ""  # number or keys
    contact_id: ContactId | None = None
    conversation_id: ConversationId | None = None
    action: QAction | None = None
    icon: str = ""
    run: Callable[[], object] | None = None  # an action with its word
    exact: bool = False  # fits what was typed by its meaning


class Role(IntEnum):
    """What a row can be asked beside the usual roles."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


class PaletteModel(QAbstractListModel):
    """A short list, replaced with each key."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of entries."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one property of one entry."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        entry = self._entries[index.row()]
        if role == Role.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.hint}" if entry.hint else entry.title
        return None

    def show(self, entries: Sequence[Entry]) -> None:
        """Replace what is offered."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()
