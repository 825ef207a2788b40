"""When automatic messages may leave: week, days off, zones, and every gap and overlap of summer time."""

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from desktop_inbox.models.entities.team import ALWAYS, AllowedHours, Hours, Span, minutes
from desktop_inbox.services.allowed_hours import PRESETS, allowed, next_allowed, why_not
from desktop_inbox.services.recipient_zone import zones_of, zones_of_number

CASES = 10_000
SEED = 20_261_122
#: Among them zones whose clocks change at midnight, by half an hour, or skipped a whole day.
ZONES = (
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "America/Havana",
    "America/Asuncion",
    "Europe/London",
    "Europe/Berlin",
    "Atlantic/Azores",
    "Asia/Beirut",
    "Asia/Amman",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Honolulu",
    "Africa/Casablanca",
    "Antarctica/Troll",
)
DAY = timedelta(days=1)


def week(*spans: Span) -> Hours:
    return Hours.of(dict.fromkeys(range(7), spans))


OFFICE = AllowedHours(hours=week((8 * 60, 20 * 60)))


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The seconds in which a zone's clock is set forward or back, from 2010 to 2027."""
    zone, found = ZoneInfo(name), []
    at, end = datetime(2010, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            low, high = at, at + DAY
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(microsecond=0))
        at += DAY
    return tuple(found) or (datetime(2026, 3, 29, 1, tzinfo=UTC),)


def stands_inside(rule: AllowedHours, name: str, moment: datetime) -> bool:
    """What a person with a clock on the wall would say."""
    wall = (moment + (moment.astimezone(ZoneInfo(name)).utcoffset() or timedelta())).replace(tzinfo=None)
    if wall.date() in rule.days_off or (wall.month, wall.day) in rule.yearly_off:
        return False
    midnight = datetime.combine(wall.date(), time())
    return any(
        midnight + timedelta(minutes=start) <= wall < midnight + timedelta(minutes=end)
        for start, end in rule.hours.days[wall.weekday()]
    )


def any_rule(dice: random.Random, near: date) -> AllowedHours:
    spans: dict[int, list[Span]] = {}
    for day in range(7):
        for _ in range(dice.choice((0, 1, 1, 1, 2))):
            start = dice.choice((0, 15, 60, 90, 105, 120, 150, 480, 540, 1320, 1410))
            spans.setdefault(day, []).append((start, min(1440, start + dice.choice((15, 30, 60, 180, 720)))))
    off = frozenset(near + DAY * dice.randrange(-1, 3) for _ in range(dice.choice((0, 0, 1))))
    yearly = frozenset((one.month, one.day) for one in (near + DAY * dice.randrange(-1, 3),) if dice.random() < 0.2)
    return AllowedHours(hours=Hours.of(spans), days_off=off, yearly_off=yearly)


@pytest.mark.row("P8", "S5-17")
def test_quiet_hours_property() -> None:
    dice = random.Random(SEED)
    sends = moved = outside = late = 0
    for _ in range(CASES):
        names = dice.sample(ZONES, dice.choice((1, 1, 2, 3)))
        change = dice.choice(changes(names[0]))
        begin = change + timedelta(minutes=dice.randrange(-36 * 60, 12 * 60), seconds=dice.randrange(60))
        rule, zones = any_rule(dice, change.date()), [ZoneInfo(name) for name in names]
        for _ in range(4):  # what an automatic sender does at any moment
            moment = begin + timedelta(minutes=dice.randrange(48 * 60))
            if allowed(rule, zones, moment):
                sends += 1
                outside += not all(stands_inside(rule, name, moment) for name in names)
            else:
                late += all(stands_inside(rule, name, moment) for name in names)
        at = next_allowed(rule, zones, begin)
        if at is not None:  # what "Move to next allowed time" does
            moved += 1
            outside += not all(stands_inside(rule, name, at) for name in names)
            between = [begin + (at - begin) * dice.random() for _ in range(6)]
            late += any(all(stands_inside(rule, name, one) for name in names) for one in between if one < at)
            before = at - timedelta(seconds=1)
            late += before >= begin and all(stands_inside(rule, name, before) for name in names)
    print(f"P8: {CASES:,} cases, {sends:,} sends, {moved:,} moved, {outside} outside, {late} later than needed")
    assert sends > 2_000
    assert moved > 5_000
    assert outside == 0
    assert late == 0


@pytest.mark.row("S5-17", "B-14")
def test_ten_at_night_is_outside_eight_to_eight() -> None:
    berlin = [ZoneInfo("Europe/Berlin")]
    night = datetime(2026, 11, 20, 22, tzinfo=berlin[0])
    assert not allowed(OFFICE, berlin, night)
    assert next_allowed(OFFICE, berlin, night) == datetime(2026, 11, 21, 8, tzinfo=berlin[0])
    assert "22:00 on Friday in Berlin" in why_not(OFFICE, berlin, night)
    assert why_not(OFFICE, berlin, night + timedelta(hours=12)) == ""


@pytest.mark.parametrize(
    ("name", "before", "expected"),
    [
        # At midnight the clock is set to 01:00: the span that begins in the gap begins when the gap ends.
        pytest.param("America/Santiago", "2026-09-05T12:00+00:00", "2026-09-06T04:00+00:00", id="midnight gap"),
        pytest.param("Africa/Cairo", "2026-04-23T12:00+00:00", "2026-04-23T22:00+00:00", id="midnight gap, east"),
    ],
)
@pytest.mark.row("P8")
def test_a_span_that_begins_in_a_gap_begins_at_its_end(name: str, before: str, expected: str) -> None:
    zone = ZoneInfo(name)
    day = datetime.fromisoformat(expected).astimezone(zone).weekday()
    rule = AllowedHours(hours=Hours.of({day: [(30, 90)]}))
    assert next_allowed(rule, [zone], datetime.fromisoformat(before)) == datetime.fromisoformat(expected)


@pytest.mark.row("P8")
def test_half_an_hour_twice_is_allowed_twice() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # on 5 April 2026 at 02:00 back to 01:30
    rule = AllowedHours(hours=week((95, 115)))
    first = datetime(2026, 4, 5, 1, 36, tzinfo=zone)
    assert allowed(rule, [zone], first)
    assert allowed(rule, [zone], first.replace(fold=1))
    assert first.replace(fold=1).astimezone(UTC) - first.astimezone(UTC) == timedelta(minutes=30)
    again = datetime(2026, 4, 5, 1, 35, tzinfo=zone, fold=1).astimezone(UTC)
    assert next_allowed(rule, [zone], first.astimezone(UTC) + timedelta(minutes=20)) == again


@pytest.mark.row("S5-17")
def test_days_off_hold_once_or_every_year() -> None:
    zone = [ZoneInfo("UTC")]
    rule = AllowedHours(days_off=frozenset({date(2026, 11, 26)}), yearly_off=frozenset({(12, 25), (2, 29)}))
    assert not allowed(rule, zone, datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert allowed(rule, zone, datetime(2027, 11, 26, 12, tzinfo=UTC))
    assert not allowed(rule, zone, datetime(2031, 12, 25, 12, tzinfo=UTC))
    assert next_allowed(rule, zone, datetime(2028, 2, 29, 1, tzinfo=UTC)) == datetime(2028, 3, 1, tzinfo=UTC)
    assert "day off" in why_not(rule, zone, datetime(2026, 11, 26, 12, tzinfo=UTC))


@pytest.mark.row("S5-17")
def test_where_no_moment_suits_everybody_there_is_none() -> None:
    rule = AllowedHours(hours=week((9 * 60, 12 * 60)))
    apart = [ZoneInfo("Pacific/Guam"), ZoneInfo("America/New_York")]
    assert next_allowed(rule, apart, datetime(2026, 11, 22, tzinfo=UTC)) is None
    assert next_allowed(AllowedHours(hours=week()), apart[:1], datetime(2026, 11, 22, tzinfo=UTC)) is None
    with pytest.raises(ValueError, match="zone"):
        allowed(rule, (), datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.row("S5-17")
def test_a_number_of_a_whole_country_is_in_all_of_its_zones() -> None:
    office = ZoneInfo("Europe/Berlin")
    assert zones_of("", ("+14155550148",), office) == (ZoneInfo("America/Los_Angeles"),)
    assert zones_of("America/Phoenix", ("+14155550148",), office) == (ZoneInfo("America/Phoenix"),)
    assert zones_of("Not/AZone", ("@ana:example.org", "+442079460018"), office) == (ZoneInfo("Europe/London"),)
    assert zones_of("", ("12345", "PHARMACY"), office) == (office,)
    everywhere = set(zones_of_number("+18005550148"))
    assert {ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu")} < everywhere
    noon_in_new_york = datetime(2026, 11, 20, 17, tzinfo=UTC)  # but not yet eight in Honolulu
    assert not allowed(OFFICE, tuple(everywhere), noon_in_new_york)
    at = next_allowed(OFFICE, tuple(everywhere), noon_in_new_york)
    assert at is not None
    assert all(stands_inside(OFFICE, str(zone), at) for zone in everywhere)


@pytest.mark.row("S5-17")
def test_hours_are_stored_as_they_are_read() -> None:
    over_midnight = Hours.of({0: [(22 * 60, 2 * 60), (9 * 60, 10 * 60), (9 * 60 + 30, 11 * 60)]})
    assert over_midnight.days[0] == ((540, 660), (1320, 1440))
    assert over_midnight.days[1] == ((0, 120),)
    assert Hours.from_json(over_midnight.json()) == over_midnight
    assert Hours.from_json(ALWAYS.json()) == ALWAYS
    for wrong in ("25:00", "24:01", "8", "08:60", "", "-1:00"):
        with pytest.raises(ValueError, match="time"):
            minutes(wrong)


@pytest.mark.row("S5-17")
def test_shipped_hours_say_how_old_they_are() -> None:
    for preset in PRESETS:
        assert preset.as_of <= date(2026, 11, 22)
        assert preset.recipient_zone
        for day in preset.hours.days:
            assert all(start >= 8 * 60 and end <= 21 * 60 for start, end in day)
