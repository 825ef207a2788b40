"""Recurrence: wall time, zone and rule give moments; pure, the time is an argument.

A slot is a wall time that the rule names. Its moment is worked out anew each time: where clocks were put
forward over it, it moves on with them; a wall time that comes twice fires the first time only (RELIABILITY 4.6).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop_inbox.errors import InvalidInputError

from .moments import at_wall

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORKDAYS: Final = frozenset(range(5))
_FREQUENCIES: Final = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day", "HOURLY": "hour"}
_PARTS: Final = frozenset(
    ["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"]
) | {"BYHOUR", "BYSETPOS"}
_VALUE: Final = re.compile(r"[A-Z0-9,;=+-]+")
_COUNT: Final = re.compile(r"[1-9]\d{0,3}")
_PLACES: Final = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_PLACE: Final = re.compile(r"[+-]?[1-9]\d{0,2}")
_BY_DAY: Final = re.compile(r"(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?(?:MO|TU|WE|TH|FR|SA|SU)")
_LONGEST: Final = 500  # characters of a rule
#: The calendar repeats every 400 years, weekdays included: a rule that never fits is given up after a few hundred.
_CYCLE: Final = 400
_LAST_YEAR: Final = 9899
_LOOK_BACK: Final = timedelta(days=2)  # more than any clock was ever put forward or back
_LOCAL: Final = "%Y-%m-%dT%H:%M:%S"


class Repeat(StrEnum):
    """What people choose from."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time that a rule names: ``local`` is the wall time without a zone, ``at`` when that is, UTC."""

    local: datetime
    at: datetime

    @property
    def nominal(self) -> str:
        """The slot's name, as "2026-11-21T09:00:00"; the same whatever becomes of the zone's rules."""
        return to_text(self.local)


def to_text(local: datetime) -> str:
    """Return a wall time as it is stored."""
    return local.strftime(_LOCAL) if local.year >= 1000 else local.isoformat(timespec="seconds")


def from_text(text: str) -> datetime:
    """Return a stored wall time. Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its IANA name. Raises InvalidInputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError(
            "zone_unknown", "There is no such time zone.", hint="Write it as in Europe/Berlin."
        ) from error


def rule_for(
    repeat: Repeat,
    starts_at: datetime,
    *,
    weekdays: Sequence[int] = (),
    text: str = "",
    zone: ZoneInfo | None = None,
) -> str:
    """Return the RRULE of a choice; "" for once.

    ``weekdays`` from 0, Monday, for weekly; the day of ``starts_at`` without. Monthly is the day of the month of
    ``starts_at``, or the last day of a shorter month (S1-23). ``text`` is the rule of a custom choice. Raises
    InvalidInputError.
    """
    if repeat is Repeat.NEVER:
        return ""
    if repeat is Repeat.DAILY:
        return "FREQ=DAILY"
    if repeat is Repeat.WEEKLY:
        chosen = sorted(set(weekdays)) or [starts_at.weekday()]
        if not set(chosen) <= set(range(7)):
            raise _bad_rule()
        return "FREQ=WEEKLY;BYDAY=" + ",".join(DAYS[day] for day in chosen)
    if repeat is Repeat.MONTHLY:
        if starts_at.day <= 28:
            return f"FREQ=MONTHLY;BYMONTHDAY={starts_at.day}"
        days = ",".join(str(day) for day in range(28, starts_at.day + 1))
        return f"FREQ=MONTHLY;BYMONTHDAY={days};BYSETPOS=-1"
    return checked_rule(text, starts_at, zone=zone)


def checked_rule(text: str, starts_at: datetime, *, zone: ZoneInfo | None = None) -> str:
    """Return a rule as it is stored, its end as wall time in ``zone``.

    Raises InvalidInputError for what is no rule, never fits, or repeats more often than every hour.
    """
    rule = ";".join(part.strip() for part in text.strip().upper().removeprefix("RRULE:").split(";") if part.strip())
    parts = _parts(rule)
    if not rule or len(rule) > _LONGEST or "FREQ" not in parts or len(parts) != rule.count(";") + 1:
        raise _bad_rule()
    if parts["FREQ"] in ("MINUTELY", "SECONDLY") or {"BYMINUTE", "BYSECOND"} & parts.keys():
        raise InvalidInputError(
            "rule_too_often", "A message can be repeated every hour at most.", hint="Choose hours, days or months."
        )
    if parts["FREQ"] not in _FREQUENCIES or not parts.keys() <= _PARTS or not _VALUE.fullmatch(rule):
        raise _bad_rule()
    if any(not _COUNT.fullmatch(parts.get(name, "1")) for name in ("INTERVAL", "COUNT")):
        raise _bad_rule()  # a rule with the interval 0 would never get anywhere
    if not _are_places(parts):
        raise _bad_rule()
    if zone is not None and parts.get("UNTIL", "").endswith("Z"):
        until = _in_zone(_until(parts["UNTIL"]), zone)
        rule = rule.replace(parts["UNTIL"], until.strftime("%Y%m%dT%H%M%S"))
    first = next(wall_times(starts_at, rule, since=starts_at), None)
    if first is None:
        raise InvalidInputError(
            "rule_never", "This rule never comes true.", hint="Check its days, its end and the start."
        )
    return rule


def wall_times(starts_at: datetime, rule: str, *, since: datetime) -> Iterator[datetime]:
    """Yield the wall times of a rule from ``since`` on, in order; an empty rule names ``starts_at`` alone."""
    if not rule:
        if starts_at >= since:
            yield starts_at
        return
    years = (_LAST_YEAR - starts_at.year) // _CYCLE * _CYCLE
    ahead = _moved(max(since, starts_at), years)
    try:
        for found in _parsed(rule, starts_at, years).xafter(ahead, inc=True):
            yield _moved(found, -years)
    except (IndexError, OverflowError) as error:  # a place that its month or year has not
        raise _bad_rule() from error


def slots(starts_at: datetime, rule: str, zone: ZoneInfo, *, after: datetime) -> Iterator[Slot]:
    """Yield the slots whose moment is later than ``after`` (UTC), in order and no moment twice."""
    last = after
    near = after.astimezone(zone).replace(tzinfo=None) - _LOOK_BACK
    for local in wall_times(starts_at, rule, since=near):
        at = at_wall(local.date(), local.time(), zone)
        if at > last:
            last = at
            yield Slot(local=local, at=at)


def next_slots(starts_at: datetime, rule: str, zone: ZoneInfo, *, after: datetime, count: int) -> tuple[Slot, ...]:
    """Return the next slots after a moment, fewer where the rule ends."""
    return tuple(islice(slots(starts_at, rule, zone, after=after), count))


def latest_slot(
    starts_at: datetime, rule: str, zone: ZoneInfo, *, since: datetime, until: datetime
) -> tuple[Slot | None, int]:
    """Return the last slot from ``since`` to ``until`` (UTC, both included), and how many came before it."""
    found, before = None, 0
    for slot in slots(starts_at, rule, zone, after=since - timedelta(seconds=1)):
        if slot.at > until:
            break
        before += found is not None
        found = slot
    return found, before


def repeat_of(rule: str, starts_at: datetime) -> tuple[Repeat, frozenset[int]]:
    """Return which choice a rule is, and the weekdays of a weekly one."""
    if not rule:
        return Repeat.NEVER, frozenset()
    if rule == "FREQ=DAILY":
        return Repeat.DAILY, frozenset()
    parts = _parts(rule)
    days = parts.get("BYDAY", "").split(",")
    if parts.get("FREQ") == "WEEKLY" and set(parts) == {"FREQ", "BYDAY"} and set(days) <= set(DAYS):
        return Repeat.WEEKLY, frozenset(DAYS.index(day) for day in days)
    if rule == rule_for(Repeat.MONTHLY, starts_at):
        return Repeat.MONTHLY, frozenset()
    return Repeat.CUSTOM, frozenset()


def in_words(rule: str, starts_at: datetime) -> str:
    """Return a rule in plain English, as "Every Monday and Thursday at 09:00"."""
    repeat, weekdays = repeat_of(rule, starts_at)
    at = f" at {starts_at:%H:%M}"
    if repeat is Repeat.NEVER:
        return "Once"
    if repeat is Repeat.DAILY or len(weekdays) == len(DAYS):
        return "Every day" + at
    if repeat is Repeat.WEEKLY:
        return (
            "Every "
            + ("workday" if weekdays == _WORKDAYS else listed([_DAY_NAMES[day] for day in sorted(weekdays)]))
            + at
        )
    if repeat is Repeat.MONTHLY:
        clamped = ", or the last day" if starts_at.day > 28 else ""
        return f"Monthly on the {ordinal(starts_at.day)}{clamped}{at}"
    return _custom_in_words(rule, starts_at)


def ordinal(number: int) -> str:
    """Return "1st", "22nd", "13th"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(words: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _custom_in_words(rule: str, starts_at: datetime) -> str:
    parts = _parts(rule)
    unit, every = _FREQUENCIES.get(parts.get("FREQ", ""), "time"), parts.get("INTERVAL", "1")
    text = f"Every {unit}" if every == "1" else f"Every {every} {unit}s"
    days = [_day_in_words(day) for day in parts.get("BYDAY", "").split(",") if day]
    if all(days) and days:
        text += f" on {listed(days)}"
    elif "BYMONTHDAY" in parts and "BYSETPOS" not in parts:
        numbers = [int(day) for day in parts["BYMONTHDAY"].split(",")]
        text += " on the " + listed(["last day" if day == -1 else ordinal(day) for day in numbers if day >= -1])
    if parts.get("FREQ") != "HOURLY" and "BYHOUR" not in parts:
        text += f" at {starts_at:%H:%M}"
    if "COUNT" in parts:
        text += f", {parts['COUNT']} times"
    known = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "WKST"}
    if parts.keys() <= known and all(days):
        return text
    return f"{text} ({rule})"


def _day_in_words(day: str) -> str:
    number, name = day[:-2], _DAY_NAMES[DAYS.index(day[-2:])] if day[-2:] in DAYS else ""
    if not number or not name:
        return name
    return f"the {'last' if number == '-1' else ordinal(int(number))} {name}" if number.lstrip("+-").isdigit() else ""


def _are_places(parts: dict[str, str]) -> bool:
    """Whether days and places are numbers that can be counted to: 0 is none. Of an hour there is only one."""
    counted = all(_PLACE.fullmatch(one) for name in _PLACES if name in parts for one in parts[name].split(","))
    named = all(_BY_DAY.fullmatch(one) for one in parts.get("BYDAY", "MO").split(","))
    return counted and named and not (parts["FREQ"] == "HOURLY" and "BYSETPOS" in parts)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    try:
        return moment.replace(tzinfo=UTC).astimezone(zone)
    except OverflowError as error:
        raise _bad_rule() from error


def _parts(rule: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in rule.split(";"))}


@lru_cache(maxsize=256)
def _parsed(rule: str, starts_at: datetime, years: int) -> "rrule | rruleset":
    from dateutil.rrule import rrulestr  # no start waits for it

    parts = _parts(rule)
    if "UNTIL" in parts:  # in the zone of the start, to the second; a date means the whole day
        until = _moved(_until(parts["UNTIL"]), years)
        parts["UNTIL"] = until.strftime("%Y%m%dT%H%M%S")
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        return rrulestr(text, dtstart=_moved(starts_at, years))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise _bad_rule() from error


def _until(text: str) -> datetime:
    for shape in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            found = datetime.strptime(text, shape)
        except ValueError:
            continue
        return datetime.combine(found, time(23, 59, 59)) if shape == "%Y%m%d" else found
    raise _bad_rule()


def _moved(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError as error:
        raise _bad_rule() from error


def _bad_rule() -> InvalidInputError:
    return InvalidInputError(
        "rule_invalid", "This is not a rule that can be understood.", hint="Write it as in FREQ=WEEKLY;BYDAY=MO,TH."
    )
