"""Schedule: a message that leaves later, once or again and again; it is a message only when it fires (S1-22)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .batch import BatchFile
from .ids import AddressId, BatchId, ChannelId, ConversationId, EntryId, ScheduleId, TeamId, UserId


class ScheduleKind(StrEnum):
    """What leaves."""

    BROADCAST = "broadcast"
    REPLY = "reply"  # to one conversation: "send later"


class ScheduleState(StrEnum):
    """What becomes of it by itself."""

    ACTIVE = "active"
    PAUSED = "paused"
    ASKING = "asking"  # a slot was missed by too much: a person decides; later slots fire as ever
    ENDED = "ended"
    CANCELLED = "cancelled"


class RunOutcome(StrEnum):
    """What became of one slot."""

    FIRED = "fired"
    SKIPPED = "skipped"  # by a person
    MISSED = "missed"
    ASKING = "asking"
    REFUSED = "refused"  # by the gate; the reason says why


#: Causes of a pause that nobody asked for: its time cannot be worked out until somebody corrects it.
UNREADABLE = ("zone_unknown", "rule_invalid")
#: Cause of one that a person removed.
DELETED = "deleted"
#: What is listed: the others are history.
LISTED = (ScheduleState.ACTIVE, ScheduleState.PAUSED, ScheduleState.ASKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule. Its wall time, zone and rule say when; ``next_at`` is worked out from them."""

    id: ScheduleId
    kind: ScheduleKind
    state: ScheduleState
    text: str
    channel_id: ChannelId
    starts_at: datetime  # wall time, without a zone
    zone: str  # IANA
    created_at: datetime
    updated_at: datetime
    name: str = ""
    files: tuple[BatchFile, ...] = ()
    audience: Mapping[str, Any] = field(default_factory=dict)  # of a broadcast, as `audience_to_json` has it
    options: Mapping[str, Any] = field(default_factory=dict)  # of a broadcast; of a reply {"confirmed": [...]}
    conversation_id: ConversationId | None = None  # of a reply
    address_id: AddressId | None = None  # of a reply
    team_id: TeamId | None = None
    user_id: UserId | None = None
    rule: str = ""  # RRULE; "" is once
    next_at: datetime | None = None  # UTC; None: it never fires again by itself
    next_local: datetime | None = None  # the same as wall time in `zone`
    cancel_on_reply: bool = False
    cause: str = ""  # why it ended: "replied", "deleted", or the code of what the gate refused; or one of UNREADABLE
    version: int = 0  # of two edits at once the second is refused

    @property
    def listed(self) -> bool:
        """Whether anything may still come of it."""
        return self.state in LISTED

    @property
    def unreadable(self) -> bool:
        """Whether it stopped because nobody can tell when it fires: its zone or its rule is not understood."""
        return self.state is ScheduleState.PAUSED and self.cause in UNREADABLE

    @property
    def shows(self) -> str:
        """What a list calls it."""
        return self.name or " ".join(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A schedule as the page lists it."""

    schedule: Schedule
    to: str  # name of the contact, or of the audience
    channel: str
    missed_at: datetime | None = None  # the slot that is asked about
    may_change: bool = True  # whether whoever looks may; a colleague's sending to many is theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRun:
    """What became of one slot."""

    schedule_id: ScheduleId
    nominal: str  # the wall time that the rule named
    at: datetime
    outcome: RunOutcome
    batch_id: BatchId | None = None
    message_id: EntryId | None = None
    reason: str = ""
