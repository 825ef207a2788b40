"""What dates of segments mean at one moment: spans of milliseconds or of whole days, by the workspace's zone.

A date without a time is the whole local day, which has 23 or 25 hours when the clocks change.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from desktop_inbox.clock import to_millis

from .entities.segment import Between, DayMonth, Operator, Span, Unit, Value

_DAY = timedelta(days=1)
#: Years in which a day of every year is looked for among moments.
ANNIVERSARIES = range(2000, 2060)


class Stretch(NamedTuple):
    """From ``begin`` up to and without ``end``; None is open. Milliseconds since 1970, or days since 0001-01-01."""

    begin: int | None
    end: int | None


def day_begin(day: date, zone: tzinfo) -> int:
    """Return the first millisecond of a local day."""
    return to_millis(datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC))


def shifted(now: datetime, span: Span, zone: tzinfo, *, sign: int) -> datetime:
    """Return the moment a span before (-1) or after (+1) ``now``: days and weeks by the wall clock."""
    if span.unit in (Unit.MINUTES, Unit.HOURS):
        return now + sign * timedelta(**{span.unit.value: span.count})
    local = now.astimezone(zone).replace(tzinfo=None) + sign * timedelta(**{span.unit.value: span.count})
    return local.replace(tzinfo=zone).astimezone(UTC)


def moments(operator: Operator, value: Value, *, now: datetime, zone: tzinfo) -> Sequence[Stretch]:
    """Return the stretches of milliseconds in which a moment must lie; of a negative operator those it denies."""
    match operator:
        case Operator.TODAY | Operator.THIS_WEEK:
            first, last = _period(operator, now.astimezone(zone).date())
            return [Stretch(day_begin(first, zone), day_begin(last + _DAY, zone))]
        case Operator.LAST if isinstance(value, Span):
            return [Stretch(to_millis(shifted(now, value, zone, sign=-1)), to_millis(now) + 1)]
        case Operator.NEXT if isinstance(value, Span):
            return [Stretch(to_millis(now), to_millis(shifted(now, value, zone, sign=1)) + 1)]
        case Operator.OLDER if isinstance(value, Span):
            return [Stretch(None, to_millis(shifted(now, value, zone, sign=-1)))]
        case Operator.DAY_MONTH if isinstance(value, DayMonth):
            days = [_in_year(value, year) for year in ANNIVERSARIES]
            return [Stretch(day_begin(day, zone), day_begin(day + _DAY, zone)) for day in days if day]
        case Operator.BETWEEN if isinstance(value, Between):
            return [Stretch(_edges(value.low, zone)[0], _edges(value.high, zone)[1])]
    begin, end = _edges(value, zone)
    return [_compared(operator, begin, end)]


def days(operator: Operator, value: Value, *, now: datetime, zone: tzinfo) -> Sequence[Stretch]:
    """Return the same for fields that hold whole days; not for ``day-month``."""
    today = now.astimezone(zone).date()
    match operator:
        case Operator.TODAY | Operator.THIS_WEEK:
            first, last = _period(operator, today)
            return [Stretch(first.toordinal(), last.toordinal() + 1)]
        case Operator.LAST if isinstance(value, Span):
            return [Stretch(_local(shifted(now, value, zone, sign=-1), zone), today.toordinal() + 1)]
        case Operator.NEXT if isinstance(value, Span):
            return [Stretch(today.toordinal(), _local(shifted(now, value, zone, sign=1), zone) + 1)]
        case Operator.OLDER if isinstance(value, Span):
            return [Stretch(None, _local(shifted(now, value, zone, sign=-1), zone))]
        case Operator.BETWEEN if isinstance(value, Between):
            return [Stretch(_ordinal(value.low, zone), _ordinal(value.high, zone) + 1)]
    found = _ordinal(value, zone)
    return [_compared(operator, found, found + 1)]


def _compared(operator: Operator, begin: int, end: int) -> Stretch:
    match operator:
        case Operator.BEFORE:
            return Stretch(None, begin)
        case Operator.AFTER:
            return Stretch(end, None)
        case Operator.GE:
            return Stretch(begin, None)
        case Operator.LE:
            return Stretch(None, end)
    return Stretch(begin, end)


def _edges(value: object, zone: tzinfo) -> tuple[int, int]:
    """Return the first millisecond of a day or moment, and the one behind its last."""
    if isinstance(value, datetime):
        return to_millis(value), to_millis(value) + 1
    if isinstance(value, date):
        return day_begin(value, zone), day_begin(value + _DAY, zone)
    raise ValueError("not a date")


def _ordinal(value: object, zone: tzinfo) -> int:
    if isinstance(value, datetime):
        return _local(value, zone)
    if isinstance(value, date):
        return value.toordinal()
    raise ValueError("not a date")


def _local(moment: datetime, zone: tzinfo) -> int:
    return moment.astimezone(zone).date().toordinal()


def _period(operator: Operator, today: date) -> tuple[date, date]:
    if operator is Operator.TODAY:
        return today, today
    monday = today - timedelta(days=today.weekday())
    return monday, monday + timedelta(days=6)


def _in_year(value: DayMonth, year: int) -> date | None:
    try:
        return date(year, value.month, value.day)
    except ValueError:  # 29 February
        return None
