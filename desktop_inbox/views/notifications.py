"""Notifier: tells of messages that nobody is looking at (S07)."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from desktop_inbox.clock import Clock
from desktop_inbox.events import Event, MessageReceived, UserMentioned
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.plain import one_line, plain_name
from desktop_inbox.views.preferences import PRIVACY, Preferences, Privacy
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.tray import Tray

BURST, BURST_WINDOW = 3, timedelta(seconds=10)
_TEXT_LIMIT = 140


class Notifier(QObject):
    """One notification a message; more than three in ten seconds become one that counts them."""

    open_wanted = Signal(object)  # ConversationId of the last notification
    unread_wanted = Signal()  # several were waiting

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        preferences: Preferences,
        tray: Tray,
        *,
        is_reading: Callable[[int], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._inbox, self._tasks, self._preferences, self._tray = services.inbox, tasks, preferences, tray
        self._clock: Clock = services.clock
        self._user_id = services.user_id
        self._is_reading = is_reading
        self._recent: deque[datetime] = deque()
        self._told: dict[ConversationId, None] = {}  # in order, since the last click
        self._in_burst = 0
        tray.message_clicked.connect(self._clicked)
        bridge.event.connect(self._hear)

    def seen(self, conversation_id: ConversationId) -> None:
        """Forget what was told of a conversation: somebody opened it."""
        self._told.pop(conversation_id, None)

    def _hear(self, event: Event) -> None:
        if isinstance(event, UserMentioned) and event.user_id == self._user_id:
            self._mentioned(event)
        if not isinstance(event, MessageReceived) or self._is_reading(event.conversation_id):
            return
        privacy = self._preferences.get(PRIVACY)
        if privacy is Privacy.OFF or self._tray.paused:
            return
        conversation_id = ConversationId(event.conversation_id)
        self._told.pop(conversation_id, None)
        self._told[conversation_id] = None
        if self._is_burst():
            self._in_burst += 1
            self._tray.notify("Desktop Inbox", self.tr("New messages: %n", "", self._in_burst))
        elif privacy is Privacy.NOTHING:
            self._tray.notify("Desktop Inbox", self.tr("New message"))
        else:
            work = self._tell(conversation_id, EntryId(event.message_id), privacy)
            self._tasks.start(work, name="notification")

    def _mentioned(self, event: UserMentioned) -> None:
        """Tell that a colleague mentioned this user, also while the conversation is open elsewhere (S3-73)."""
        privacy = self._preferences.get(PRIVACY)
        if privacy is Privacy.OFF or self._tray.paused or self._is_reading(event.conversation_id):
            return
        conversation_id = ConversationId(event.conversation_id)
        self._told.pop(conversation_id, None)
        self._told[conversation_id] = None
        self._tasks.start(self._tell_mention(EntryId(event.comment_id), privacy), name="mention")

    async def _tell_mention(self, comment_id: EntryId, privacy: Privacy) -> None:
        entries: tuple[TimelineEntry, ...] = await self._inbox.entries((comment_id,))
        comment = next((entry for entry in entries if isinstance(entry, Comment)), None)
        author = plain_name(comment.author_name) if comment is not None and privacy is not Privacy.NOTHING else ""
        title = self.tr("{name} mentioned you").format(name=author or self.tr("A colleague"))
        text = one_line(comment.text) if comment is not None and privacy is Privacy.FULL else self.tr("New comment")
        self._tray.notify(title, text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…")

    def _is_burst(self) -> bool:
        now = self._clock()
        while self._recent and now - self._recent[0] > BURST_WINDOW:
            self._recent.popleft()
        self._recent.append(now)
        if len(self._recent) <= BURST:
            self._in_burst = len(self._recent)
            return False
        return True

    async def _tell(self, conversation_id: ConversationId, message_id: EntryId, privacy: Privacy) -> None:
        found: tuple[ConversationSummary, ...] = await self._inbox.summaries((conversation_id,))
        name = plain_name(found[0].name) if found else "Desktop Inbox"
        if privacy is Privacy.NAME:
            self._tray.notify(name, self.tr("New message"))
            return
        entries: tuple[TimelineEntry, ...] = await self._inbox.entries((message_id,))
        text = next((one_line(entry.text) for entry in entries if isinstance(entry, Message)), "")
        short = text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"
        self._tray.notify(name, short or self.tr("New message"))

    def _clicked(self) -> None:
        told, self._told = list(self._told), {}
        if len(told) == 1:
            self.open_wanted.emit(told[0])
        else:
            self.unread_wanted.emit()
