"""SnippetModel: the snippets that fit what was typed."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_inbox.models.entities.snippet import Snippet
from desktop_inbox.views.plain import one_line, plain_name

Index = QModelIndex | QPersistentModelIndex
_SHOWN = 200  # characters of a text that a row can need


class Role(IntEnum):
    """What a row can be asked beside the usual roles."""

    SNIPPET = Qt.ItemDataRole.UserRole + 1


class SnippetModel(QAbstractListModel):
    """A short list, replaced with each key."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._snippets: tuple[Snippet, ...] = ()

    def show(self, snippets: Sequence[Snippet]) -> None:
        """Hold other snippets."""
        self.beginResetModel()
        self._snippets = tuple(snippets)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._snippets)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one property of one snippet: name and shortcut above the beginning of its text."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        snippet = self._snippets[index.row()]
        if role == Role.SNIPPET:
            return snippet
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            name = plain_name(snippet.name)
            title = f"{name}  /{plain_name(snippet.shortcut)}" if snippet.shortcut else name
            below = one_line(snippet.text[:_SHOWN])
            return f"{title}\n{below}" if role == Qt.ItemDataRole.DisplayRole else f"{title}, {below}"
        return None

    def snippet(self, row: int) -> Snippet | None:
        """Return the snippet of a row, or None."""
        return self._snippets[row] if 0 <= row < len(self._snippets) else None
