"""OutboxEntry: one intended delivery to one address, and the attempts made at it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from .channel import ReconcileClass
from .ids import AddressId, ChannelId, ContactId, ConversationId, EntryId, OutboxId
from .message import DeliveryStatus


class Priority(IntEnum):
    """Lanes: a typed reply never waits behind a broadcast."""

    BULK = 0
    AUTOMATIC = 5
    REPLY = 10


class AttemptOutcome(StrEnum):
    """What an attempt proved (RELIABILITY 4.2)."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    NOT_PROCESSED = "not_processed"
    CHANNEL = "channel"
    PERMANENT = "permanent"
    AMBIGUOUS = "ambiguous"


class OnUnknown(StrEnum):
    """What to do when nobody knows whether it left."""

    RECONCILE = "reconcile"  # replies
    HOLD = "hold"  # marketing: a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One row of the outbox."""

    id: OutboxId
    message_id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    address_id: AddressId
    channel_id: ChannelId
    state: DeliveryStatus
    idem_key: str  # UUID; sent to providers that accept one, never regenerated
    priority: int = Priority.REPLY
    due_at: datetime
    expires_at: datetime
    attempts: int = 0
    requeued: bool = False  # the one re-send after proven absence was used
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    reason: str = ""
    on_unknown: OnUnknown = OnUnknown.RECONCILE
    reconcile: ReconcileClass = ReconcileClass.NOTHING
    sending_since: datetime | None = None
    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One real attempt, written before a byte leaves."""

    id: int
    outbox_id: OutboxId
    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    http_status: int | None = None
    provider_code: str = ""
    error_text: str = ""
    request_hash: str = ""
