"""Allowed hours: when automatic messages may leave (S5-17). Pure: hours, zones and moment are arguments.

Where several zones are possible, as of a number that is valid in a whole country, a moment must be allowed in every
one of them. Only moments are turned into wall times here, never the other way round: that has one answer in every
gap and overlap of summer time, also where it begins at midnight.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from desktop_inbox.models.entities.team import AllowedHours, Hours, Preset, clock_time

#: No holiday season is longer, and later than that nobody wants a message any more.
HORIZON: Final = timedelta(days=62)
_DAY: Final = timedelta(days=1)
_PROBE: Final = timedelta(hours=6)  # no zone changes its clock twice within
_SECOND: Final = timedelta(seconds=1)

_WEEKDAYS: Final = range(7)
#: Hours to begin with; shown with their date and with the words that they are no legal advice.
PRESETS: Final = (
    Preset(
        key="us",
        name="United States: 08:00 to 21:00",
        note="Every day, by the recipient's clock: the federal rule for calls and texts that advertise.",
        as_of=date(2025, 6, 1),
        hours=Hours.of({day: [(8 * 60, 21 * 60)] for day in _WEEKDAYS}),
    ),
    Preset(
        key="us_strict",
        name="United States, stricter states: 09:00 to 20:00",
        note="By the recipient's clock, Sundays from 12:00: inside the narrower hours of states such as Florida,"
        " Oklahoma, Washington and Texas.",
        as_of=date(2025, 6, 1),
        hours=Hours.of({day: [((12 if day == 6 else 9) * 60, 20 * 60)] for day in _WEEKDAYS}),
    ),
)


def allowed(hours: AllowedHours, zones: Sequence[tzinfo], moment: datetime) -> bool:
    """Return whether something may leave at ``moment`` (aware), in each of the ``zones``. Raises ValueError without
    any zone."""
    if not zones:
        raise ValueError("hours need a zone")
    return hours.always or all(_allowed_in(hours, zone, moment) for zone in zones)


def next_allowed(hours: AllowedHours, zones: Sequence[tzinfo], moment: datetime) -> datetime | None:
    """Return the first moment (UTC), from ``moment`` on, that is allowed in each of the ``zones``; None where there is
    none within two months."""
    if allowed(hours, zones, moment):
        return moment.astimezone(UTC)
    if hours.hours.never:
        return None
    begin = moment.astimezone(UTC)
    last = begin + HORIZON
    while begin < last:
        # Between two of these points nothing changes, so the first allowed moment is one of them.
        points = {point for zone in zones for point in _points(hours.hours, zone, begin, begin + _DAY)}
        for point in sorted(points):
            if allowed(hours, zones, point):
                return point
        begin += _DAY
    return None


def why_not(hours: AllowedHours, zones: Sequence[tzinfo], moment: datetime) -> str:
    """Return in one sentence why nothing may leave at ``moment``; "" where it may."""
    zone = next((zone for zone in zones if not hours.always and not _allowed_in(hours, zone, moment)), None)
    if zone is None:
        return ""
    local = moment.astimezone(zone)
    whose = f"of the team {hours.team}" if hours.team else "of the office"
    where = f" in {_place(zone)}" if hours.recipient_zone else ""
    if _is_off(hours, local.date()):
        return f"It is a day off{where}: messages {whose} wait."
    return f"It is {local:%H:%M} on {local:%A}{where}, outside the allowed hours {whose} ({day_words(hours, local)})."


def day_words(hours: AllowedHours, local: datetime) -> str:
    """Return the hours of a weekday, such as "08:00–12:00, 13:00–20:00"."""
    spans = hours.hours.days[local.weekday()]
    return ", ".join(f"{clock_time(start)}–{clock_time(end)}" for start, end in spans) or "none that day"


def _place(zone: tzinfo) -> str:
    name = str(zone)
    return name.rpartition("/")[2].replace("_", " ") if "/" in name else "the office"


def _allowed_in(hours: AllowedHours, zone: tzinfo, moment: datetime) -> bool:
    local = moment.astimezone(zone)
    if _is_off(hours, local.date()):
        return False
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.hours.days[local.weekday()])


def _is_off(hours: AllowedHours, day: date) -> bool:
    return day in hours.days_off or (day.month, day.day) in hours.yearly_off


def _points(hours: Hours, zone: tzinfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield moments in which an allowed time may begin in a zone: the wall clock strikes the begin of a span or
    midnight, or is set forward or back."""
    for since, until, offset in _stretches(zone, begin, end):
        if since > begin:
            yield since
        day = (since + offset).date()
        while True:
            midnight = datetime.combine(day, time(), UTC) - offset
            if midnight >= until:
                break
            for minute in (0, *(start for start, _end in hours.days[day.weekday()])):
                point = midnight + timedelta(minutes=minute)
                if since <= point < until:
                    yield point
            day += _DAY


def _stretches(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield (since, until, offset) with the zone's offset from UTC, from ``begin`` to ``end``."""
    since, offset = begin, _offset(zone, begin)
    probe = begin
    while probe < end:
        later = min(probe + _PROBE, end)
        if _offset(zone, later) != offset:
            change = _change(zone, probe, later)
            yield since, change, offset
            since, offset = change, _offset(zone, change)
        probe = later
    if since < end:
        yield since, end, offset


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the first second with another offset than ``before`` has."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
