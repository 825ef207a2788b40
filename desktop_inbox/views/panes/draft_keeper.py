"""DraftKeeper: stores what is typed soon after the last key, and at once when it is left (C01, S2-19)."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import ChannelId, ConversationId
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

SAVE_MS = 350  # after the last key; with the write itself below 500
SAVE_AT_LEAST_MS = 1500  # while somebody types without a pause
RETRY_MS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftContent:
    """What the composer holds."""

    text: str = ""
    attachment_paths: tuple[str, ...] = ()
    channel_id: ChannelId | None = None  # only when picked by hand


class DraftKeeper(QObject):
    """Watches one conversation at a time. Writes go through one thread in order, so the last one wins."""

    def __init__(
        self, services: Services, tasks: Tasks, read: Callable[[], DraftContent], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._read = services, tasks, read
        self._conversation_id: ConversationId | None = None
        self._dirty = False
        self._unstored: dict[ConversationId, DraftContent] = {}  # on its way, or to be tried again
        self._since: dict[ConversationId, DraftContent] = {}  # as stored since the last Send
        self._soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._latest = QTimer(self, singleShot=True, interval=SAVE_AT_LEAST_MS)
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        for timer in (self._soon, self._latest):
            timer.timeout.connect(self.flush)
        self._again.timeout.connect(self._retry)

    def begin(self, conversation_id: ConversationId) -> None:
        """Watch a conversation whose draft was read."""
        self._conversation_id = conversation_id
        self._dirty = False
        if self._unstored.pop(conversation_id, None) is not None:
            self.touch()  # it is in the field now

    def end(self) -> None:
        """Store what is unsaved and watch nothing."""
        self.flush()
        self._conversation_id = None

    def touch(self) -> None:
        """Something changed."""
        if self._conversation_id is None:
            return
        self._dirty = True
        self._soon.start()
        if not self._latest.isActive():
            self._latest.start()

    def flush(self) -> None:
        """Store now what changed since the last time."""
        self._soon.stop()
        self._latest.stop()
        if self._conversation_id is not None and self._dirty:
            self._dirty = False
            self.store(self._conversation_id, self._read())

    def hand_over(self, conversation_id: ConversationId) -> None:
        """What was typed is on its way to the outbox; what is typed from now on is another message."""
        self._since.pop(conversation_id, None)
        if conversation_id == self._conversation_id:
            self._forget_changes()

    def typed_since(self, conversation_id: ConversationId) -> bool:
        """Whether there is something that was typed after the last message was handed over."""
        typing = self._dirty and conversation_id == self._conversation_id
        return typing or self._since.get(conversation_id, DraftContent()) != DraftContent()

    def take_back(self, conversation_id: ConversationId, content: DraftContent) -> None:
        """Make what did not leave the draft of a conversation that is not open, before what was typed since."""
        typed = self._since.get(conversation_id, DraftContent())
        others = tuple(path for path in typed.attachment_paths if path not in content.attachment_paths)
        text = "\n".join(filter(None, (content.text, "" if typed.text == content.text else typed.text)))
        paths = (*content.attachment_paths, *others)
        self.store(conversation_id, DraftContent(text=text, attachment_paths=paths, channel_id=typed.channel_id))

    def _forget_changes(self) -> None:
        self._dirty = False
        self._soon.stop()
        self._latest.stop()

    def clear(self, conversation_id: ConversationId) -> None:
        """Store that nothing is left to send in a conversation."""
        if conversation_id == self._conversation_id:
            self._forget_changes()
        self.store(conversation_id, DraftContent())

    def drop(self, conversation_id: ConversationId, text: str, paths: tuple[str, ...]) -> None:
        """Clear the draft of a conversation that was left, unless something else was typed there since."""
        last = self._since.get(conversation_id)
        if last is None or (last.text, last.attachment_paths) == (text, paths):
            self.clear(conversation_id)

    def store(self, conversation_id: ConversationId, content: DraftContent) -> None:
        """Store the draft of any conversation, as often as it takes."""
        self._unstored[conversation_id] = self._since[conversation_id] = content
        self._write(conversation_id, content)

    def unstored(self, conversation_id: ConversationId) -> DraftContent | None:
        """Return a draft that is not known to be stored yet: what the store has may be older."""
        return self._unstored.get(conversation_id)

    def _write(self, conversation_id: ConversationId, content: DraftContent) -> None:
        self._tasks.start(
            self._store(conversation_id, content),
            on_error=lambda error: self._not_written(conversation_id, error),
            name="store draft",
        )

    def _retry(self) -> None:
        for conversation_id, content in self._unstored.items():
            self._write(conversation_id, content)
        self.flush()

    def _not_written(self, conversation_id: ConversationId, error: InboxError) -> None:
        """Tell it and try again."""
        if conversation_id == self._conversation_id:  # what is in the field by now counts
            self._unstored.pop(conversation_id, None)
            self._dirty = True
        self._again.start()
        self._tasks.failed.emit(error)

    async def _store(self, conversation_id: ConversationId, content: DraftContent) -> None:
        await self._services.inbox.save_draft(
            conversation_id,
            content.text,
            attachment_paths=content.attachment_paths,
            channel_id=content.channel_id,
        )
        if self._unstored.get(conversation_id) is content:
            del self._unstored[conversation_id]
