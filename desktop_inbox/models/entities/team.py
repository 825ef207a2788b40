"""Team: a group of users with its own allowed hours and channels; and the days on which nothing leaves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NewType

from .ids import ChannelId, TeamId, UserId

HolidayId = NewType("HolidayId", int)

#: Minutes of a day.
DAY: Final = 24 * 60
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")

Span = tuple[int, int]  # minutes since midnight, from and up to; 1440 is the end of the day


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of wall times in which something may leave: spans of each weekday, Monday being 0.

    Spans are sorted, apart from each other and inside their day; ``Hours.of`` makes them so.
    """

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def of(cls, spans: Mapping[int, Sequence[Span]]) -> "Hours":
        """Return hours of spans by weekday. One that ends before it begins goes on into the next day. Raises ValueError
        for what is no time of a day."""
        found: list[list[Span]] = [[] for _ in range(7)]
        for weekday, day in spans.items():
            for start, end in day:
                if not (0 <= weekday < 7 and 0 <= start < DAY and 0 <= end <= DAY and start != end):
                    raise ValueError("not a span of a day")
                if start < end:
                    found[weekday].append((start, end))
                    continue
                found[weekday].append((start, DAY))
                if end:
                    found[(weekday + 1) % 7].append((0, end))
        return cls(tuple(_joined(day) for day in found))

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[Sequence[str]]]) -> "Hours":
        """Return hours as they are stored: {"0": [["08:00", "20:00"]]}. Raises ValueError."""
        spans = {int(day): [(minutes(start), minutes(end)) for start, end in some] for day, some in stored.items()}
        return cls.of(spans)

    def json(self) -> dict[str, list[list[str]]]:
        """Return what is stored."""
        return {
            str(weekday): [[clock_time(start), clock_time(end)] for start, end in day]
            for weekday, day in enumerate(self.days)
            if day
        }

    @property
    def never(self) -> bool:
        """Whether no minute of the week is in them."""
        return not any(self.days)


#: No restriction.
ALWAYS: Final = Hours((((0, DAY),),) * 7)


def minutes(text: str) -> int:
    """Return the minutes since midnight of a wall time such as "08:30" or "24:00". Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a time of a day")
    found = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or found > DAY:
        raise ValueError("not a time of a day")
    return found


def clock_time(at: int) -> str:
    """Return minutes since midnight as "08:30"."""
    return f"{at // 60:02d}:{at % 60:02d}"


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day on which nothing automatic leaves; a yearly one on its day and month in every year."""

    id: HolidayId
    day: date
    name: str
    yearly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHours:
    """When automatic messages may leave, and by whose clock. Pure data: see ``services/allowed_hours.py``."""

    hours: Hours = ALWAYS
    recipient_zone: bool = True  # by the clock where the recipient is, else by the office's
    days_off: frozenset[date] = frozenset()
    yearly_off: frozenset[tuple[int, int]] = frozenset()  # month, day
    team: str = ""  # whose they are; "" for the office's

    @property
    def always(self) -> bool:
        """Whether no moment is excluded, so that nothing needs to be worked out."""
        return self.hours == ALWAYS and not self.days_off and not self.yearly_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A group of users. One that is not ``restricted`` has no hours of its own: those of the office hold."""

    id: TeamId
    name: str
    restricted: bool = False
    hours: Hours = ALWAYS
    recipient_zone: bool = True
    channel_ids: frozenset[ChannelId] = frozenset()  # none: every channel
    members: tuple[UserId, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Hours to begin with. They are no legal advice, and ``as_of`` says how old they are."""

    key: str
    name: str
    note: str
    as_of: date
    hours: Hours
    recipient_zone: bool = True
