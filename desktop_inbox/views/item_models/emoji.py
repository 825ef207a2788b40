"""EmojiModel: the emoji that the picker shows."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_inbox.views.emoji_data import NO_TONE, Emoji

Index = QModelIndex | QPersistentModelIndex


class EmojiModel(QAbstractListModel):
    """A list of emoji in one skin tone; each is spoken by its name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._emoji: tuple[Emoji, ...] = ()
        self.tone = NO_TONE

    def show(self, emoji: Sequence[Emoji]) -> None:
        """Hold other emoji."""
        self.beginResetModel()
        self._emoji = tuple(emoji)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._emoji)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the emoji, or its name for those who hear it."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        emoji = self._emoji[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return emoji.toned(self.tone)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return emoji.name
        return Qt.AlignmentFlag.AlignCenter if role == Qt.ItemDataRole.TextAlignmentRole else None

    def emoji(self, index: Index) -> Emoji:
        """Return the emoji of a row."""
        return self._emoji[index.row()]
