"""Days of reports: whole days of the office's zone, which have 23 or 25 hours when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.report import DaySpan

_DAY: Final = timedelta(days=1)
LONGEST: Final = 1100  # days: three years


class Period(StrEnum):
    """Spans that are chosen by name; each ends today."""

    TODAY = "today"
    WEEK = "week"
    THIRTY = "thirty"
    MONTH = "month"  # since the first of this month


def days_of(period: Period, today: date) -> tuple[date, date]:
    """Return the first and the last day of a span."""
    first = {
        Period.TODAY: today,
        Period.WEEK: today - 6 * _DAY,
        Period.THIRTY: today - 29 * _DAY,
        Period.MONTH: today.replace(day=1),
    }[period]
    return first, today


def span_of(first: date, last: date, zone: tzinfo, *, until: datetime | None = None) -> DaySpan:
    """Return the span from ``first`` to ``last``, both included. Raises InvalidInputError for one that is upside
    down, too long or out of the calendar."""
    count = (last - first).days + 1
    if count < 1:
        raise InvalidInputError(
            "report_span", "The last day lies before the first.", hint="Choose a first day that is not later."
        )
    if count > LONGEST:
        raise InvalidInputError(
            "report_span", f"A report has at most {LONGEST:,} days.", hint="Choose a later first day."
        )
    try:
        edges = tuple(midnight(first + number * _DAY, zone) for number in range(count + 1))
    except OverflowError as error:
        raise InvalidInputError("report_span", "There is no such day.", hint="Choose other days.") from error
    return DaySpan(first=first, edges=edges, until=edges[-1] if until is None else min(until, edges[-1]))


def before(span: DaySpan, zone: tzinfo, now: datetime) -> DaySpan:
    """Return as many days just before ``span``; of one that still runs as far as it has come, by the wall clock."""
    count = len(span.edges) - 1
    until = None
    if span.since <= now < span.edges[-1]:
        local = now.astimezone(zone).replace(tzinfo=None) - count * _DAY
        until = local.replace(tzinfo=zone).astimezone(UTC)
    return span_of(span.first - count * _DAY, span.first - _DAY, zone, until=until)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day begins; where the clocks skip midnight, the first one after it."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
