"""Message: one thing said, in or out, and how far it got."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .attachment import Attachment
from .ids import AddressId, BatchId, ChannelId, ContactId, ConversationId, EntryId, UserId, entry_time


class Visibility(StrEnum):
    """Whether an inbound message lies in its folder (S1-13..S1-15), whatever becomes of its conversation."""

    VISIBLE = "visible"
    ARCHIVED = "archived"
    DELETED = "deleted"  # its text and files are gone


class Direction(StrEnum):
    """Who spoke."""

    IN = "in"
    OUT = "out"


class DeliveryStatus(StrEnum):
    """How far a message got: the state machine of RELIABILITY 4. An inbound message is RECEIVED."""

    RECEIVED = "received"
    HELD = "held"  # waits for consent, allowed hours or an approval
    QUEUED = "queued"
    CLAIMED = "claimed"  # only in the outbox; the message still says queued
    SENDING = "sending"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"  # may or may not have left; never repeated blindly
    ACCEPTED = "accepted"  # the provider took it
    SENT = "sent"  # the provider says that it left
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"  # left, but did not arrive
    FAILED = "failed"
    BLOCKED = "blocked"  # the gate refused it
    EXPIRED = "expired"
    CANCELLED = "cancelled"


#: No further change is expected without a person or a late receipt.
FINAL_STATUSES = frozenset(
    {
        DeliveryStatus.RECEIVED,
        DeliveryStatus.READ,
        DeliveryStatus.DELIVERED,
        DeliveryStatus.UNDELIVERED,
        DeliveryStatus.FAILED,
        DeliveryStatus.BLOCKED,
        DeliveryStatus.EXPIRED,
        DeliveryStatus.CANCELLED,
    }
)


class SenderKind(StrEnum):
    """What a message was sent by (S2-22, S3-41..48)."""

    CONTACT = "contact"
    USER = "user"
    AUTOMATION = "automation"
    SURVEY = "survey"
    BOT = "bot"
    AI = "ai"
    BROADCAST = "broadcast"
    CAMPAIGN = "campaign"
    SCHEDULE = "schedule"
    ECHO = "echo"  # by staff in the channel's own tool
    AWAY = "away"
    GREETING = "greeting"
    KEYWORD = "keyword"  # automatic answer to STOP, START, HELP
    API = "api"  # the command line
    CONSENT = "consent"  # tells who writes and how to stop, before anything else (S4-22)


class ErrorOrigin(StrEnum):
    """Who says that a message failed (S2-33)."""

    OURS = "ours"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, as services and views see it."""

    id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    direction: Direction
    text: str
    status: DeliveryStatus
    channel_id: ChannelId | None = None  # None: the channel was never known (imported, offline)
    address_id: AddressId | None = None
    sender_kind: SenderKind = SenderKind.CONTACT
    sender_id: UserId | None = None
    sender_name: str = ""  # of the user, for display
    client_uuid: str = ""  # made when Send was pressed
    provider_message_id: str | None = None
    segments: int = 1
    outside_window: bool = False
    queued_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    due_at: datetime | None = None  # while it can still be undone or waits for its time
    after_consent: bool = False  # held until the consent message before it was sent
    blocked_time: bool = False  # held as its time is not allowed, until a person moves it (S5-17)
    error_origin: ErrorOrigin | None = None
    error_code: str = ""
    error_text: str = ""  # one plain sentence
    attachments: tuple[Attachment, ...] = ()
    batch_id: BatchId | None = None  # None: a batch of one
    visibility: Visibility = Visibility.VISIBLE

    @property
    def occurred_at(self) -> datetime:
        """When it was said, UTC; part of the id and never changes."""
        return entry_time(self.id)
