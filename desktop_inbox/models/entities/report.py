"""What reports count: days of the office, and the numbers of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from .ids import RANDOM_BITS, ChannelId, ConversationId, EntryId, TeamId
from .message import DeliveryStatus, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """Days of the office's zone, each with the moment (UTC) it begins at; the last of ``edges`` ends the last day.

    A day has 23 or 25 hours when the clocks change. ``until`` cuts the last day short (without that moment): a span
    that is compared with one still running is counted as far as that one has come.
    """

    first: date
    edges: tuple[datetime, ...]  # one more than there are days
    until: datetime

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return self.edges[0]

    @property
    def days(self) -> Sequence[date]:
        """Every day, the first one first."""
        return [self.first + timedelta(days=number) for number in range(len(self.edges) - 1)]

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self.edges) - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Of whom numbers are wanted; None: of all.

    A team has the messages that its people sent, its broadcasts, and what came in from contacts whose conversation
    one of its people has.
    """

    channel_id: ChannelId | None = None
    team_id: TeamId | None = None


class Outcome(StrEnum):
    """What became of outbound messages, as reports tell it (S1-31)."""

    CONFIRMED = "confirmed"  # a receipt says that it arrived
    ASSUMED = "assumed"  # it left, and nothing bad was heard: counts as delivered
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"  # may or may not have left
    WAITING = "waiting"  # still in the outbox
    NOT_SENT = "not_sent"  # blocked before it left, or cancelled
    OUTSIDE = "outside"  # sent outside the messaging window: no rate counts it (C11)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCount:
    """How many messages of one day are alike."""

    day: int  # place in the span
    direction: Direction
    channel_id: ChannelId | None
    status: DeliveryStatus
    outside: bool  # of the messaging window
    count: int
    segments: int


class Question(NamedTuple):
    """A contact's first unanswered message, and when a person first answered."""

    id: EntryId
    answer_id: EntryId | None  # None: nobody answered (yet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The questions of a span in the order they were asked, as columns, because there may be very many."""

    ids: Sequence[int]
    answers: Sequence[int]  # of each the first answer; 0: nobody answered (yet)
    days: Sequence[int]  # of each day the place of its first question, and at last how many there are

    def of_day(self, place: int) -> "Asked":
        """Return the questions of one day of the span."""
        first, last = self.days[place : place + 2]
        return Asked(ids=self.ids[first:last], answers=self.answers[first:last], days=(0, last - first))

    def millis(self) -> list[int]:
        """Return how long those that were answered waited, in milliseconds."""
        both = zip(self.ids, self.answers, strict=True)
        return [(answer >> RANDOM_BITS) - (key >> RANDOM_BITS) for key, answer in both if answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """How fast questions were answered. Milliseconds; of an even number the lower one is the median."""

    asked: int = 0
    answered: int = 0
    median: int | None = None
    ninetieth: int | None = None  # nine in ten were answered at most so late


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCount:
    """How many contacts opted out, or in again, on one day."""

    day: int
    opted_out: int
    opted_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCount:
    """Conversations in which a contact waits for us, now."""

    count: int
    since: datetime | None  # the longest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One message behind a number."""

    id: EntryId
    conversation_id: ConversationId
    contact: str  # name, else address
    direction: Direction
    channel: str
    status: DeliveryStatus
    text: str
    answer_id: EntryId | None = None
