"""Selection: the conversations that are ticked for an action on several of them."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop_inbox.models.entities.ids import ConversationId


class Selection(QObject):
    """Ids, whether their rows are loaded or not; what is ticked stays ticked while rows move or leave the list.

    ``changed`` tells of it; with nothing ticked the list is as it always is.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: dict[ConversationId, None] = {}
        self.anchor: ConversationId | None = None  # where a range begins

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, conversation_id: object) -> bool:
        return conversation_id in self._ids

    @property
    def ids(self) -> tuple[ConversationId, ...]:
        """Everything ticked, in the order of the ticks."""
        return tuple(self._ids)

    @property
    def active(self) -> bool:
        """Whether anything is ticked."""
        return bool(self._ids)

    def toggle(self, conversation_id: ConversationId) -> None:
        """Tick one, or take its tick away; a range begins here from now on."""
        if conversation_id in self._ids:
            del self._ids[conversation_id]
        else:
            self._ids[conversation_id] = None
        self.anchor = conversation_id
        self.changed.emit()

    def add(self, ids: Iterable[ConversationId]) -> None:
        """Tick these as well."""
        before = len(self._ids)
        self._ids.update(dict.fromkeys(ids))
        if len(self._ids) != before:
            self.changed.emit()

    def replace(self, ids: Sequence[ConversationId]) -> None:
        """Tick exactly these."""
        self._ids = dict.fromkeys(ids)
        self.changed.emit()

    def drop(self, ids: Iterable[ConversationId]) -> None:
        """Forget those that do not exist any more."""
        before = len(self._ids)
        for conversation_id in ids:
            self._ids.pop(conversation_id, None)
        if len(self._ids) != before:
            self.changed.emit()

    def clear(self) -> None:
        """Tick nothing."""
        self.anchor = None
        if self._ids:
            self._ids.clear()
            self.changed.emit()
