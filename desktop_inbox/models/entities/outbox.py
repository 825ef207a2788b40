"""OutboxEntry: one intended delivery to one address, the attempts made at it, and what the gate says."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from .attachment import Attachment
from .contact import OptIn, Scheme
from .exchange import Exchange
from .ids import AddressId, ChannelId, ContactId, ConversationId, EntryId, OutboxId
from .message import DeliveryStatus, ErrorOrigin, SenderKind

#: Why a message is held that waits for the consent message before it (S4-22).
CONSENT_FIRST: Final = "consent_first"
#: Why one is held at whose time nothing may leave: until a person moves it (S5-17).
OUTSIDE_HOURS: Final = "outside_hours"
#: Why one is held that a person moved: until its time, when the gate is asked again.
MOVED_TO_HOURS: Final = "moved_to_hours"

#: Why a message is held while the office sends nothing (S1-25).
SENDING_PAUSED: Final = "sending_paused"


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


class GateKind(StrEnum):
    """The closed list of what the gate answers."""

    GO = "go"
    HOLD = "hold"
    CONFIRM = "confirm"  # may leave once the sender knows of `code`
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """Whether a message may leave, and the reason in one sentence where it may not."""

    kind: GateKind
    code: str = ""
    sentence: str = ""
    hint: str = ""
    until: datetime | None = None  # of a hold, where its end is known


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
    sending_since: datetime | None = None
    unknown_since: datetime | None = None  # stays while a repeated attempt cannot disprove the first one
    look_due_at: datetime | None = None  # when to look again whether it left
    empty_looks: int = 0
    reason: str | None = None
    on_unknown: OnUnknown = OnUnknown.RECONCILE
    provider_message_id: str | None = None
    evidence: str | None = None  # a provider id that came too late for its fence
    confirmed: frozenset[str] = frozenset()  # what the sender was warned of
    after_message_id: EntryId | None = None  # the consent message that goes first; its own id where it is that one

    @property
    def leads(self) -> bool:
        """Whether it is a consent message that others wait for."""
        return self.after_message_id == self.message_id

    @property
    def may_have_left(self) -> bool:
        """Whether an attempt was made that nobody could disprove."""
        return self.unknown_since is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An entry with everything that sending it takes, read in one transaction."""

    entry: OutboxEntry
    text: str
    sender_kind: SenderKind
    queued_at: datetime
    scheme: Scheme
    to: str
    opt_in: OptIn  # the stricter of contact and address
    carrier_blocked: bool
    contact_blocked: bool
    looks_opted_out: bool
    window_ends_at: datetime | None
    has_inbound: bool
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transition of one entry, with what the message shows afterwards."""

    before: OutboxEntry
    after: OutboxEntry
    kind: str  # of the ledger's line
    at: datetime
    details: tuple[tuple[str, str | int], ...] = ()  # of the ledger's line; never message text
    status: DeliveryStatus | None = None  # that the message shows, where it is not the entry's state
    error_origin: ErrorOrigin | None = None
    error_code: str = ""
    error_text: str = ""
    segments: int | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """What one attempt came to; survives in the journal when the database does not answer."""

    outbox_id: OutboxId
    attempt_id: int
    fence: int
    at: datetime
    outcome: AttemptOutcome
    provider_message_id: str = ""  # of an accepted one
    status: DeliveryStatus = DeliveryStatus.ACCEPTED
    segments: int | None = None
    code: str = ""
    text: str = ""
    http_status: int | None = None
    retry_at: datetime | None = None  # when another attempt may follow
    opted_out: bool = False
    exchanges: tuple[Exchange, ...] = ()  # of one that went wrong; not part of the journal
