"""Conversation: everything said with one contact, on every channel; and what the list shows of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from .contact import OptIn, Scheme
from .ids import ChannelId, ContactId, ConversationId, EntryId, UserId
from .message import DeliveryStatus, Direction


class ConversationStatus(StrEnum):
    """Whether somebody still has to do something (S2-66)."""

    PENDING = "pending"
    DONE = "done"


class View(StrEnum):
    """The built-in views of the conversation list."""

    ALL = "all"  # not archived
    MINE = "mine"  # assigned to me and not snoozed (S3-19, S3-20)
    NEW = "new"  # pending, assigned to nobody, not snoozed (S3-18)
    UNASSIGNED = "unassigned"  # assigned to nobody, whatever its status (S2-09)
    UNREAD = "unread"
    SNOOZED = "snoozed"
    DONE = "done"
    WAITING = "waiting"  # the contact spoke last
    FAILED = "failed"  # the last thing we said failed or is unclear
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCount:
    """Two independent facts about a view (S2-10)."""

    total: int  # contacts
    unread: int  # contacts with something unread


#: Added to the place of a pinned conversation, so that it lies above all others; free until the year 2109.
PINNED_PLACE = 1 << 62


class Priority(IntEnum):
    """How urgent a person said a conversation is."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    URGENT = 4


class EntryKind(StrEnum):
    """What the last entry is, where its text does not say it."""

    TEXT = "text"
    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    CALL = "call"
    MISSED_CALL = "missed_call"
    NONE = "none"  # nothing was said yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """One row of the conversation list; every field comes from a column, none is computed by a join
    over messages."""

    id: ConversationId
    contact_id: ContactId
    name: str  # contact's name, or the formatted address
    scheme: Scheme | None = None  # of the address shown first
    address: str = ""
    status: ConversationStatus = ConversationStatus.PENDING
    opt_in: OptIn = OptIn.OPTED_IN
    assignee_id: UserId | None = None
    assignee_name: str = ""
    unread_count: int = 0
    looks_opted_out: bool = False
    last_entry_id: EntryId  # 0 where nothing was said yet
    last_direction: Direction | None = None
    last_status: DeliveryStatus | None = None
    last_kind: EntryKind = EntryKind.TEXT
    snippet: str = ""  # one line of the last message's text, at most 120 characters
    channel_id: ChannelId | None = None  # of the last message
    channel_name: str = ""
    channel_kind: str = ""
    draft: str | None = None  # the present user's, one line
    waiting_since: datetime | None = None
    snoozed_until: datetime | None = None
    archived_at: datetime | None = None
    window_ends_at: datetime | None = None
    place_id: int = 0  # 0: that of the last entry
    pinned: bool = False
    priority: Priority = Priority.NONE
    snoozed_at: datetime | None = None  # without `snoozed_until` until the contact writes
    returned_at: datetime | None = None  # a snooze ran out, and nobody has looked since

    @property
    def place(self) -> EntryId:
        """Place in the list, highest first; 0 where nothing was said yet."""
        return EntryId(self.place_id or self.last_entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a user has typed and not sent; one per conversation and user."""

    conversation_id: ConversationId
    user_id: UserId
    text: str
    attachment_paths: tuple[str, ...] = ()  # files waiting in the private outbox folder
    channel_id: ChannelId | None = None  # reply channel picked by hand
    comment: str = ""  # typed for colleagues only, kept apart from the reply
    updated_at: datetime
