"""When reminders are due. Pure: dates, moments and zones are arguments."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from desktop_inbox.models.entities.reminder import ReminderDraft, ReminderUnit

from .moments import at_wall

_SPANS: Final = {
    ReminderUnit.MINUTES: timedelta(minutes=1),
    ReminderUnit.HOURS: timedelta(hours=1),
    ReminderUnit.DAYS: timedelta(days=1),
    ReminderUnit.WEEKS: timedelta(weeks=1),
}
_OLDEST: Final = 150  # years that a birthday lies back at most


def nominal(reminder: ReminderDraft, day: date) -> datetime:
    """Return the wall time of a reminder for a date: the offset from midnight, or from the time of delivery."""
    hour, _, minute = (reminder.at_time or "00:00").partition(":")
    return datetime.combine(day, time(int(hour), int(minute))) + reminder.amount * _SPANS[reminder.unit]


def moment(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) of a wall time; where clocks skip it, when they do; where it comes twice, the first."""
    return at_wall(wall.date(), wall.time(), zone)


def occurrence(day: date, year: int) -> date:
    """Return the date of a yearly day in a year: 29 February is 28 February where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def first_day(reminder: ReminderDraft, wall: datetime) -> date:
    """Return the date whose reminder is due at a wall time, or on its day."""
    return (wall - (nominal(reminder, date(2000, 1, 2)) - datetime(2000, 1, 2))).date()


def same_days(day: date) -> Iterator[int]:
    """Yield every day (as an ordinal) of earlier years whose yearly date falls on ``day``, and ``day`` itself."""
    leaps = (day.month, day.day) == (2, 28) and not _is_leap(day.year)
    for year in range(max(1, day.year - _OLDEST), day.year + 1):
        if (day.month, day.day) != (2, 29) or _is_leap(year):
            yield day.replace(year=year).toordinal()
        if leaps and _is_leap(year):
            yield date(year, 2, 29).toordinal()


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
