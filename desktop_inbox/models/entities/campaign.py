"""Campaign: messages to one contact at intervals from the time it is applied (S4-57, S4-58), until they reply."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from .ids import AddressId, CampaignId, ChannelId, ContactId, ConversationId, EnrollmentId, EntryId, UserId
from .message import DeliveryStatus

StepId = NewType("StepId", int)
EnrollmentStepId = NewType("EnrollmentStepId", int)

MAX_STEPS: Final = 50
MAX_NAME: Final = 100
MAX_TEXT: Final = 10_000
MAX_DAYS: Final = 3_650
MAX_MINUTES: Final = 24 * 60


class EnrollmentState(StrEnum):
    """How far a campaign got with one contact."""

    ACTIVE = "active"
    FINISHED = "finished"
    REPLIED = "replied"
    OPTED_OUT = "opted_out"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """What became of one message of one contact."""

    WAITING = "waiting"
    ASKING = "asking"  # it was due too long ago: a person decides
    QUEUED = "queued"  # from then on its message says how far it got
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStep:
    """One message: so many days after the application at the same wall time, and these minutes later."""

    text: str
    days: int = 0
    minutes: int = 0
    files: tuple[dict[str, Any], ...] = ()  # {sha256, media_type, size, name, width, height}
    id: StepId | None = None  # None: not stored yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How it went with those to whom a campaign was applied; ``sent`` counts messages that left."""

    active: int = 0
    finished: int = 0
    replied: int = 0
    opted_out: int = 0
    cancelled: int = 0
    asking: int = 0  # messages that a person must decide about
    sent: int = 0

    @property
    def applied(self) -> int:
        """How many contacts there are or were."""
        return self.active + self.finished + self.replied + self.opted_out + self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A drip campaign with its steps in the order in which they are sent."""

    id: CampaignId
    name: str
    active: bool  # whether it can be applied
    steps: tuple[CampaignStep, ...]
    created_by_id: UserId
    created_at: datetime
    updated_at: datetime
    numbers: Numbers = field(default_factory=Numbers)
    may_change: bool = True  # whether whoever looks may change or delete it


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentStep:
    """One message of one contact, with its real date."""

    id: EnrollmentStepId
    step_id: StepId
    due_at: datetime
    state: StepState
    text: str
    reason: str = ""
    message_id: EntryId | None = None
    status: DeliveryStatus | None = None  # of its message


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """One application of a campaign to one contact."""

    id: EnrollmentId
    campaign_id: CampaignId
    campaign_name: str
    contact_id: ContactId
    contact_name: str
    conversation_id: ConversationId
    channel_id: ChannelId
    address_id: AddressId
    applied_at: datetime
    zone: str  # IANA; in which the wall time is kept
    state: EnrollmentState
    ended_at: datetime | None = None
    cause: str = ""
    user_id: UserId | None = None
    steps: tuple[EnrollmentStep, ...] = ()

    @property
    def next_step(self) -> EnrollmentStep | None:
        """What is sent next, or None."""
        return next((step for step in self.steps if step.state in (StepState.WAITING, StepState.ASKING)), None)
