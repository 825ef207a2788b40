"""What was sent and what became of it: batches with their counts, and the recipients of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .batch import BatchKind, BatchStatus
from .contact import Scheme
from .ids import ChannelId, ContactId, ConversationId, EntryId, TeamId, UserId
from .message import DeliveryStatus


class Outcome(StrEnum):
    """What became of one recipient; each is in exactly one (S5-27)."""

    DELIVERED = "delivered"  # or read
    SENT = "sent"  # taken or sent, no receipt yet
    ON_THE_WAY = "on_the_way"  # in the outbox
    HELD = "held"  # in the outbox, for consent, allowed hours or an approval
    WAITING = "waiting"  # its message is not made yet
    UNCLEAR = "unclear"  # may or may not have left
    FAILED = "failed"
    SKIPPED = "skipped"  # the gate refused it before
    CANCELLED = "cancelled"
    BAD = "bad"  # a row of a file that names nobody
    GONE = "gone"  # the conversation was deleted since


#: In the order of the lists of people.
OUTCOMES = tuple(Outcome)

#: Which outcome the status of a message is.
OUTCOME_OF: Mapping[DeliveryStatus, Outcome] = {
    DeliveryStatus.DELIVERED: Outcome.DELIVERED,
    DeliveryStatus.READ: Outcome.DELIVERED,
    DeliveryStatus.ACCEPTED: Outcome.SENT,
    DeliveryStatus.SENT: Outcome.SENT,
    DeliveryStatus.QUEUED: Outcome.ON_THE_WAY,
    DeliveryStatus.CLAIMED: Outcome.ON_THE_WAY,
    DeliveryStatus.SENDING: Outcome.ON_THE_WAY,
    DeliveryStatus.RETRY_WAIT: Outcome.ON_THE_WAY,
    DeliveryStatus.HELD: Outcome.HELD,
    DeliveryStatus.UNKNOWN: Outcome.UNCLEAR,
    DeliveryStatus.FAILED: Outcome.FAILED,
    DeliveryStatus.UNDELIVERED: Outcome.FAILED,
    DeliveryStatus.BLOCKED: Outcome.FAILED,
    DeliveryStatus.EXPIRED: Outcome.FAILED,
    DeliveryStatus.CANCELLED: Outcome.CANCELLED,
}

#: The status of a batch of one, by what became of it.
SINGLE_STATUS: Mapping[Outcome, BatchStatus] = {
    Outcome.DELIVERED: BatchStatus.SENT,
    Outcome.SENT: BatchStatus.SENT,
    Outcome.ON_THE_WAY: BatchStatus.SENDING,
    Outcome.HELD: BatchStatus.PROGRAMMED,
    Outcome.UNCLEAR: BatchStatus.SENDING,
    Outcome.FAILED: BatchStatus.ERROR,
    Outcome.CANCELLED: BatchStatus.CANCELLED,
}


#: Where single messages are listed too, more than so many are not counted.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which batches to show; every condition that is set must hold, an empty one holds for all."""

    statuses: frozenset[BatchStatus] = frozenset()
    code: str = ""  # the whole id or its beginning
    channel_ids: frozenset[ChannelId] | None = None
    file: str = ""  # any part of the name
    user_ids: frozenset[UserId] = frozenset()
    team_ids: frozenset[TeamId] = frozenset()
    since: datetime | None = None  # of the moment for which it was set
    until: datetime | None = None  # not included
    singles: bool = False  # single messages too, as batches of one

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter(singles=self.singles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One batch, or a single message as a batch of one."""

    id: int  # of the batch, or of the message
    code: str  # for people
    single: bool
    kind: BatchKind
    status: BatchStatus
    reason: str = ""
    name: str = ""
    text: str = ""  # as it was written, with its variables
    file_name: str = ""
    channel_id: ChannelId | None = None
    channel_name: str = ""
    user_id: UserId | None = None
    user_name: str = ""
    team_id: TeamId | None = None
    team_name: str = ""
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None = None
    counts: Mapping[Outcome, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All recipients; the sum of the counts."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many recipients share an outcome and a reason."""

    outcome: Outcome
    code: str = ""
    reason: str = ""  # one sentence, where there is one
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient of a batch."""

    id: int  # place in the list
    contact_id: ContactId | None = None
    conversation_id: ConversationId | None = None
    name: str = ""
    scheme: Scheme | None = None
    address: str = ""
    line: int = 0  # of the file
    outcome: Outcome
    code: str = ""
    reason: str = ""
    message_id: EntryId | None = None
    text: str = ""  # as sent; empty while its message is not made
    segments: int = 0
    at: datetime | None = None  # when it got that far


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Everything the panel shows about one batch."""

    row: Tracked
    tallies: tuple[Tally, ...]
    messages: int  # made
    segments: int  # of these
    files: tuple[str, ...] = ()  # names
    may_change: bool = True  # whether whoever looks may stop, cancel or move it
