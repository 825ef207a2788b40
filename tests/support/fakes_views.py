"""Services in memory, of the same shape as the real ones, for tests of single widgets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QPlainTextEdit, QVBoxLayout

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ConversationChanged, DraftChanged, Event, EventBus, MessageReceived
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.conversation import (
    ConversationStatus,
    ConversationSummary,
    EntryKind,
    View,
    ViewCount,
)
from desktop_inbox.models.entities.ids import (
    AddressId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    UserId,
    entry_time,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.views.services import Services
from tests.support.fakes_segments import FakeSegments, fits
from tests.support.fakes_states import FakeDeletion, FakeStates, FakeUndo, FakeUsers
from tests.support.fakes_writing import FakeConsent, FakeSnippets, FakeVariables

NOW = datetime(2026, 11, 19, 12, 10, tzinfo=UTC)  # a Thursday
ME = UserId(1)

#: name, minutes ago, direction, unread, snippet, channel, draft, done
OFFICE: tuple[tuple[str, int, str, int, str, str, str | None, bool], ...] = (
    ("Maria Gómez", 6, "in", 2, "Could we move it to Thursday at nine?", "SMS", None, False),
    ("Jonas Okafor", 22, "in", 1, "", "SMS", None, False),
    ("陈美玲", 39, "out", 0, "好的，星期四见。", "WhatsApp", None, False),
    ("أمينة خليل", 73, "in", 0, "شكراً جزيلاً!", "Telegram", None, False),
    ("Tom Becker", 110, "out", 0, "Your invoice is attached", "SMS", "Your invoice is attached, thank you", False),
    ("+1 415 555 0137", 148, "in", 1, "", "SMS", None, False),
    ("Lena Weiss", 1500, "out", 0, "Perfect, thank you!", "Matrix", None, True),
    ("Rui Santos", 1560, "in", 0, "STOP", "SMS", None, False),
    ("Emily Novak", 4500, "out", 0, "See you on Monday at 8:30.", "SMS", None, True),
    ("David Kim", 5800, "in", 0, "Is parking free on Saturdays? 🙈👩‍👩‍👧‍👦 I would come by car", "SMS", None, False),
    ("חנה לוי", 7200, "out", 0, "האם זה בסדר?", "SMS", None, False),
    ("Anastasia-Konstantinowa von Hohenstein-Blankenburg", 9000, "out", 0, "Late", "Front desk SMS", None, False),
)


def summary(
    number: int, name: str = "", *, at: datetime = NOW, direction: str | None = "in", unread: int = 0, **more: Any
) -> ConversationSummary:
    """Return one row; ids follow ``number``."""
    return ConversationSummary(
        id=ConversationId(number),
        contact_id=ContactId(number + 1000),
        name=name or f"Contact {number}",
        last_entry_id=EntryId(first_entry_id(at) + number % 1000),
        last_direction=Direction(direction) if direction else None,
        last_status=DeliveryStatus.DELIVERED if direction == "out" else DeliveryStatus.RECEIVED,
        unread_count=unread,
        channel_id=ChannelId(1),
        **{"snippet": f"Text {number}", "channel_name": "SMS", "channel_kind": "twilio", **more},
    )


def office() -> list[ConversationSummary]:
    """Return an office with people who write in several languages."""
    return [
        summary(
            number,
            name,
            at=NOW - timedelta(minutes=ago),
            direction=direction,
            unread=unread,
            snippet=snippet,
            channel_name=channel,
            draft=draft,
            last_kind=_kind(name, snippet),
            status=ConversationStatus.DONE if done else ConversationStatus.PENDING,
        )
        for number, (name, ago, direction, unread, snippet, channel, draft, done) in enumerate(OFFICE, 1)
    ]


def _kind(name: str, snippet: str) -> EntryKind:
    if snippet:
        return EntryKind.TEXT
    return EntryKind.MISSED_CALL if name.startswith("+") else EntryKind.PICTURE


def many(count: int) -> list[ConversationSummary]:
    """Return so many rows, one a minute."""
    return [summary(number, at=NOW - timedelta(minutes=number)) for number in range(1, count + 1)]


class FakeInbox:
    """InboxService over a list; every change is published like the real one does."""

    def __init__(self, rows: Sequence[ConversationSummary] = (), *, bus: EventBus | None = None) -> None:
        self.rows = {row.id: row for row in rows}
        self.bus = bus or EventBus()
        self.error: InboxError | None = None
        self.gate: Any = None  # an asyncio.Event: reads wait for it
        self.page_calls: list[tuple[View, EntryId | None]] = []
        self.messages: dict[EntryId, Message] = {}

    async def page(self, view: View, *, before: EntryId | None = None, limit: int = 60) -> Page[ConversationSummary]:
        self.page_calls.append((view, before))
        await self._wait()
        rows = [row for row in self._of(view) if before is None or row.last_entry_id < before]
        return Page(items=tuple(rows[:limit]), has_more=len(rows) > limit)

    async def summaries(
        self, ids: Sequence[ConversationId], *, view: View | None = None
    ) -> tuple[ConversationSummary, ...]:
        rows = self.rows.values() if view is None else self._of(view)
        return tuple(row for row in rows if row.id in ids)

    async def counts(self) -> Mapping[View, ViewCount]:
        return {
            view: ViewCount(total=len(rows), unread=sum(row.unread_count > 0 for row in rows))
            for view in View
            for rows in [self._of(view)]
        }

    async def ids(self, view: View) -> tuple[ConversationId, ...]:
        return tuple(row.id for row in self._of(view))

    async def entries(self, ids: Sequence[EntryId]) -> tuple[Message, ...]:
        return tuple(self.messages[entry] for entry in ids if entry in self.messages)

    async def next_unread(self, conversation_id: ConversationId | None, *, forward: bool) -> ConversationId | None:
        rows = self._of(View.ALL)
        if not forward:
            rows.reverse()
        ids = [row.id for row in rows]
        start = ids.index(conversation_id) + 1 if conversation_id in ids else 0
        return next((row.id for row in rows[start:] + rows[:start] if row.unread_count), None)

    async def mark_read(self, conversation_id: ConversationId) -> None:
        self.change(conversation_id, unread_count=0)

    def change(self, conversation_id: int, **fields: Any) -> None:
        """Change list columns and tell it."""
        self.rows[ConversationId(conversation_id)] = replace(self.rows[ConversationId(conversation_id)], **fields)
        event: Event = ConversationChanged(conversation_id=conversation_id)
        if "draft" in fields:
            event = DraftChanged(conversation_id=conversation_id, user_id=ME)
        self.bus.publish(event)

    def receive(self, conversation_id: int, text: str, *, at: datetime = NOW + timedelta(minutes=1)) -> EntryId:
        """Let an inbound message arrive."""
        row = self.rows[ConversationId(conversation_id)]
        message_id = EntryId(first_entry_id(at) + len(self.messages))
        self.messages[message_id] = Message(
            id=message_id,
            conversation_id=row.id,
            contact_id=row.contact_id,
            direction=Direction.IN,
            text=text,
            status=DeliveryStatus.RECEIVED,
        )
        self.rows[row.id] = replace(
            row,
            last_entry_id=message_id,
            last_direction=Direction.IN,
            snippet=text,
            unread_count=row.unread_count + 1,
            archived_at=None,
        )
        self.bus.publish(
            MessageReceived(message_id=message_id, conversation_id=conversation_id, contact_id=row.contact_id)
        )
        return message_id

    async def _wait(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error

    def _of(self, view: Any) -> list[ConversationSummary]:
        if isinstance(view, Group):
            found = [row for row in self.rows.values() if fits(row, view)]
            return sorted(found, key=lambda row: -row.last_entry_id)
        keep: dict[View, Callable[[ConversationSummary], bool]] = {
            View.ALL: lambda row: True,
            View.UNREAD: lambda row: row.unread_count > 0,
            View.WAITING: lambda row: row.last_direction is Direction.IN,
            View.MINE: lambda row: row.assignee_id == 1 and row.snoozed_at is None,
            View.NEW: lambda row: (
                row.assignee_id is None and row.snoozed_at is None and row.status is ConversationStatus.PENDING
            ),
            View.UNASSIGNED: lambda row: row.assignee_id is None and row.snoozed_at is None,
            View.SNOOZED: lambda row: row.snoozed_at is not None,
            View.DONE: lambda row: row.status is ConversationStatus.DONE,
            View.FAILED: lambda row: row.last_status is DeliveryStatus.FAILED,
            View.ARCHIVED: lambda row: True,
        }
        rows = (row for row in self.rows.values() if (row.archived_at is not None) is (view is View.ARCHIVED))
        return sorted((row for row in rows if keep[view](row)), key=lambda row: -row.last_entry_id)


def contact(number: int, first: str, last: str = "", path: str = "+14155550148") -> Contact:
    """Return a contact with one number."""
    address = ContactAddress(
        id=AddressId(number), contact_id=ContactId(number), scheme=Scheme.TEL, path=path, opt_in=OptIn.OPTED_IN
    )
    return Contact(id=ContactId(number), first_name=first, last_name=last, addresses=(address,), created_at=NOW)


class FakeContacts:
    """ContactService over the rows of a FakeInbox."""

    def __init__(self, inbox: FakeInbox) -> None:
        self._inbox = inbox

    async def find(self, text: str, *, limit: int = 20) -> tuple[Contact, ...]:
        rows = [row for row in self._inbox.rows.values() if text.lower() in row.name.lower()]
        return tuple(contact(row.contact_id, row.name) for row in rows[:limit])

    async def conversation_of(self, contact_id: ContactId) -> ConversationId:
        return next(row.id for row in self._inbox.rows.values() if row.contact_id == contact_id)

    async def contact_of(self, conversation_id: ConversationId) -> Contact:
        row = self._inbox.rows[conversation_id]
        return contact(row.contact_id, row.name)


class FakeSearch:
    """SearchService over the snippets of a FakeInbox."""

    def __init__(self, inbox: FakeInbox) -> None:
        self._inbox = inbox
        self.calls: list[tuple[str, EntryId | None]] = []
        self.delays: dict[str, Any] = {}  # text: an asyncio.Event that its answer waits for

    async def search(
        self,
        text: str,
        *,
        conversation_id: ConversationId | None = None,
        before: EntryId | None = None,
        limit: int = 50,
    ) -> SearchResult:
        self.calls.append((text, before))
        if text in self.delays:
            await self.delays[text].wait()
        low = text.lower()
        rows = sorted(self._inbox.rows.values(), key=lambda row: -row.last_entry_id)
        hits = [
            SearchHit(
                message_id=row.last_entry_id,
                conversation_id=row.id,
                contact_id=row.contact_id,
                contact_name=row.name,
                direction=row.last_direction or Direction.IN,
                snippet=row.snippet,
                marks=((row.snippet.lower().find(low), len(text)),),
                occurred_at=entry_time(row.last_entry_id),
            )
            for row in rows
            if low in row.snippet.lower()
        ]
        people = [] if before else [row for row in rows if low in row.name.lower()][:20]
        rest = [hit for hit in hits if before is None or hit.message_id < before]
        return SearchResult(
            contacts=tuple(contact(row.contact_id, row.name) for row in people),
            contact_conversations=tuple(row.id for row in people),
            messages=tuple(rest[:limit]),
            has_more=len(rest) > limit,
            total=len(hits),
            total_is_capped=False,
        )


class FakeSettings:
    """SettingsService with defaults and changes in memory."""

    def __init__(self, bus: EventBus | None = None) -> None:
        self.values: dict[Any, Any] = {}
        self.bus = bus

    def get(self, setting: Any) -> Any:
        return self.values.get(setting, setting.default)

    async def set(self, setting: Any, value: Any) -> None:
        self.values[setting] = value
        if self.bus is not None:
            from desktop_inbox.events import SettingChanged

            self.bus.publish(SettingChanged(key=setting.key))


class FakeOutbox:
    """What the window asks of OutboxService."""

    def __init__(self) -> None:
        self.waiting = 0
        self.retried = 0

    async def waiting_count(self) -> int:
        return self.waiting

    async def retry_now(self) -> None:
        self.retried += 1


class FakeSync:
    """What the window asks of SyncService."""

    def __init__(self) -> None:
        self.state: dict[ChannelId, tuple[bool, str]] = {}
        self.fetched = 0

    def connectivity(self) -> Mapping[ChannelId, tuple[bool, str]]:
        return self.state

    async def fetch_now(self) -> None:
        self.fetched += 1


class FakeChannels:
    """What the window asks of ChannelService."""

    def __init__(self, *channels: Channel) -> None:
        self.channels = channels

    async def all(self) -> tuple[Channel, ...]:
        return self.channels

    def able(self, _channel: Channel | None) -> None:
        return None


def channel(number: int, name: str = "Front desk SMS", **more: Any) -> Channel:
    """Return an active channel."""
    return Channel(id=ChannelId(number), kind="simulator", name=name, created_at=NOW, **more)


class FakeConversation(QFrame):
    """The conversation pane, which records what it is told; an editor and a list stand for the real ones."""

    conversation_left = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "window")
        self.calls: list[tuple[Any, ...]] = []
        self.open: ConversationSummary | None = None
        self.steps_to_escape = 0
        self.can_undo = False
        self.messages = QListWidget()
        self.messages.setAccessibleName("Messages")
        self.editor = QPlainTextEdit()
        self.editor.setAccessibleName("Message")
        self.editor.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.addWidget(self.messages)
        column.addWidget(self.editor)

    def open_conversation(self, summary: ConversationSummary, around: EntryId | None = None) -> None:
        self.open = summary
        self.calls.append(("open", summary.id, around))

    def close_conversation(self) -> None:
        self.open = None
        self.calls.append(("close",))

    def conversation_id(self) -> ConversationId | None:
        return self.open.id if self.open else None

    def focus_composer(self, text: str = "") -> None:
        self.editor.setFocus()
        self.editor.insertPlainText(text)

    def focus_timeline(self) -> None:
        self.messages.setFocus()

    def find(self) -> None:
        self.calls.append(("find",))

    def find_next(self) -> None:
        self.calls.append(("find next",))

    def find_previous(self) -> None:
        self.calls.append(("find previous",))

    def attach(self) -> None:
        self.calls.append(("attach",))

    def send(self) -> None:
        self.calls.append(("send",))

    def escape(self) -> bool:
        self.steps_to_escape -= 1
        return self.steps_to_escape >= 0

    def undo(self) -> bool:
        return self.can_undo


class FakeDetails(QFrame):
    """The details pane."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self.setAccessibleName("Contact details")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.contact_id: ContactId | None = None

    def show_contact(self, contact_id: ContactId | None) -> None:
        self.contact_id = contact_id


def services(inbox: FakeInbox, /, *, clock: Callable[[], datetime] = lambda: NOW, **more: Any) -> Services:
    """Return services around ``inbox``; others can be given by name."""
    undo = FakeUndo(inbox.bus)
    parts: dict[str, Any] = {
        "inbox": inbox,
        "contacts": FakeContacts(inbox),
        "people": None,
        "states": FakeStates(inbox, undo),
        "deletion": FakeDeletion(inbox),
        "snippets": FakeSnippets(),
        "variables": FakeVariables(),
        "consent": FakeConsent(),
        "undo": undo,
        "users": FakeUsers(inbox.bus),
        "tags": None,
        "fields": None,
        "comments": None,
        "activity": None,
        "channels": FakeChannels(),
        "outbox": FakeOutbox(),
        "search": FakeSearch(inbox),
        "segments": FakeSegments(inbox),
        "attachments": None,
        "settings": FakeSettings(inbox.bus),
        "sync": FakeSync(),
        "export": None,
        "conversation_export": None,
        "clock": clock,
        "user_id": ME,
    }
    return Services(**{**parts, **more})
