"""Moments as people say them: "tomorrow 9", "in 20 minutes" (S3-34). Pure: time and zone are arguments."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

_MORNING: Final = time(9)
_EVENING: Final = time(18)
_LATE: Final = time(17)  # from here on "later today" is counted in hours
_LATER: Final = timedelta(hours=3)
_MONDAY: Final = 0

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_NUMBERS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_UNITS: Final = {
    "minute": timedelta(minutes=1), "minutes": timedelta(minutes=1), "min": timedelta(minutes=1),
    "mins": timedelta(minutes=1), "m": timedelta(minutes=1),
    "hour": timedelta(hours=1), "hours": timedelta(hours=1), "h": timedelta(hours=1), "hrs": timedelta(hours=1),
    "day": timedelta(days=1), "days": timedelta(days=1), "d": timedelta(days=1),
    "week": timedelta(weeks=1), "weeks": timedelta(weeks=1), "w": timedelta(weeks=1),
}  # fmt: skip
_SPAN = re.compile(r"(?:in )?(half an|\d{1,4}|[a-z]+) ?([a-z]+)")
_TIME = re.compile(r"(?:at )?(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|h|o'clock|uhr)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_NAMED_TIMES: Final = {
    "morning": _MORNING, "noon": time(12), "midday": time(12), "afternoon": time(14), "evening": _EVENING,
    "tonight": time(20), "night": time(20),
}  # fmt: skip


class Preset(StrEnum):
    """Moments offered for choosing."""

    LATER_TODAY = "later_today"
    TOMORROW = "tomorrow"
    NEXT_MONDAY = "next_monday"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A day, and what was left of the text: the time of day."""

    day: date
    rest: str


def presets(now: datetime, zone: tzinfo) -> dict[Preset, datetime]:
    """Return the moments offered, UTC, in the order of the offer."""
    here = now.astimezone(zone)
    today = here.date()
    return {
        Preset.LATER_TODAY: _later(now, zone),
        Preset.TOMORROW: at_wall(today + timedelta(days=1), _MORNING, zone),
        Preset.NEXT_MONDAY: at_wall(_weekday_after(today, _MONDAY), _MORNING, zone),
    }


def parse(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment (UTC) that somebody means, always after ``now``; None for what is not understood.

    A day without a time means nine in the morning; a time without a day the next time the clock shows it.
    """
    words = " ".join(text.casefold().replace(",", " ").split())
    if not words or len(words) > 60:
        return None
    try:
        found = _span(words, now) or (_later(now, zone) if words == "later today" else _on_a_day(words, now, zone))
    except (OverflowError, ValueError):
        return None
    return found if found is not None and found > now else None


def at_wall(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return when clocks on the wall show this (UTC): the first of two such moments; where clocks were put forward
    over it, the moment that a clock not put forward shows it (RFC 5545, 3.3.5): 02:30 is 03:30 then."""
    return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)


def _later(now: datetime, zone: tzinfo) -> datetime:
    here = now.astimezone(zone)
    if here.time() < _LATE:
        return at_wall(here.date(), _EVENING, zone)
    moment = now + _LATER
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _span(words: str, now: datetime) -> datetime | None:
    """ "in 20 minutes", "2 h", "half an hour"."""
    match = _SPAN.fullmatch(words)
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None:
        return None
    if match[1] == "half an":
        return now + unit / 2
    count = int(match[1]) if match[1].isdigit() else _NUMBERS.get(match[1])
    return None if not count else now + count * unit


def _on_a_day(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    today = now.astimezone(zone).date()
    found = _day(words, today)
    if found is None:
        clock = _clock(words)
        if clock is None:
            return None
        moment = at_wall(today, clock, zone)
        return moment if moment > now else at_wall(today + timedelta(days=1), clock, zone)
    clock = _clock(found.rest) if found.rest else _MORNING
    return None if clock is None else at_wall(found.day, clock, zone)


def _day(words: str, today: date) -> _Found | None:
    first, _, rest = words.removeprefix("on ").removeprefix("next ").removeprefix("this ").partition(" ")
    if first == "today":
        return _Found(day=today, rest=rest)
    if first in ("tomorrow", "tmrw", "tom"):
        return _Found(day=today + timedelta(days=1), rest=rest)
    if first == "week" and words.startswith("next "):
        return _Found(day=_weekday_after(today, _MONDAY), rest=rest)
    if first == "weekend":
        return _Found(day=_weekday_after(today, 5), rest=rest)
    number = _among(first, _DAYS)
    if number is not None:
        return _Found(day=_weekday_after(today, number), rest=rest)
    return _date(words, today)


def _date(words: str, today: date) -> _Found | None:
    first, _, rest = words.partition(" ")
    if match := _ISO.fullmatch(first):
        return _Found(day=date(int(match[1]), int(match[2]), int(match[3])), rest=rest)
    if match := _DOTTED.fullmatch(first):
        day = _coming(int(match[2]), int(match[1]), today, int(match[3]) if match[3] else None)
        return _Found(day=day, rest=rest)
    second, _, rest = rest.partition(" ")
    for name, number in ((first, second), (second, first)):
        month, digits = _among(name, _MONTHS), re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|\.)?", number)
        if month is not None and digits:
            return _Found(day=_coming(month + 1, int(digits[1]), today, None), rest=rest)
    return None


def _coming(month: int, day: int, today: date, year: int | None) -> date:
    if year is not None:
        return date(year, month, day)
    here = date(today.year, month, day)
    return here if here >= today else date(today.year + 1, month, day)


def _clock(words: str) -> time | None:
    if words in _NAMED_TIMES or words.removeprefix("at ") in _NAMED_TIMES:
        return _NAMED_TIMES[words.removeprefix("at ")]
    match = _TIME.fullmatch(words)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute)


def _weekday_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def _among(word: str, names: tuple[str, ...]) -> int | None:
    """The place of a name that is given whole or by at least its first three letters."""
    if len(word) < 3:
        return None
    return next((place for place, name in enumerate(names) if name.startswith(word.removesuffix("."))), None)
