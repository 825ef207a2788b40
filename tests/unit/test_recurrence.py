"""Recurrence: which wall times a rule names, and when they are."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.services.moments import at_wall
from desktop_inbox.services.recurrence import (
    Repeat,
    checked_rule,
    in_words,
    latest_slot,
    next_slots,
    repeat_of,
    rule_for,
    slots,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def walls(starts_at: datetime, rule: str, *, after: datetime, count: int = 5, zone: ZoneInfo = BERLIN) -> list[str]:
    found = next_slots(starts_at, rule, zone, after=after, count=count)
    return [f"{slot.local:%Y-%m-%d %H:%M}" for slot in found]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.row("S1-23")
def test_the_31st_of_every_month_is_the_last_day_of_shorter_ones() -> None:
    start = datetime(2027, 1, 31, 9)
    rule = rule_for(Repeat.MONTHLY, start)
    assert walls(start, rule, after=utc(2027, 1, 1)) == [
        "2027-01-31 09:00", "2027-02-28 09:00", "2027-03-31 09:00", "2027-04-30 09:00", "2027-05-31 09:00",
    ]  # fmt: skip
    assert walls(datetime(2028, 1, 31, 9), rule, after=utc(2028, 2, 1), count=2) == [
        "2028-02-29 09:00", "2028-03-31 09:00",
    ]  # fmt: skip


@pytest.mark.row("S1-23")
@pytest.mark.parametrize(("day", "february"), [(28, 28), (29, 28), (30, 28), (15, 15)])
def test_other_days_of_the_month_are_kept_where_they_exist(day: int, february: int) -> None:
    start = datetime(2027, 1, day, 9)
    found = walls(start, rule_for(Repeat.MONTHLY, start), after=utc(2027, 2, 1), count=2)
    assert found == [f"2027-02-{february} 09:00", f"2027-03-{day} 09:00"]


@pytest.mark.row("S1-23")
def test_nine_stays_nine_over_the_change_of_the_clock() -> None:
    start = datetime(2026, 3, 27, 9)
    found = next_slots(start, "FREQ=DAILY", BERLIN, after=utc(2026, 3, 27), count=4)
    assert [slot.local.hour for slot in found] == [9, 9, 9, 9]
    assert [slot.at.hour for slot in found] == [8, 8, 7, 7]


@pytest.mark.row("S1-23")
def test_weekly_comes_on_every_chosen_day() -> None:
    start = datetime(2026, 3, 2, 9)
    rule = rule_for(Repeat.WEEKLY, start, weekdays=(3, 0))
    assert rule == "FREQ=WEEKLY;BYDAY=MO,TH"
    found = walls(start, rule, after=utc(2026, 3, 2, 12), count=3)
    assert found == ["2026-03-05 09:00", "2026-03-09 09:00", "2026-03-12 09:00"]


@pytest.mark.row("S1-23")
def test_a_start_in_the_past_goes_on_with_the_next_slot() -> None:
    assert walls(datetime(2020, 1, 1, 9), "FREQ=DAILY", after=utc(2026, 3, 2, 12), count=1) == ["2026-03-03 09:00"]
    assert not walls(datetime(2020, 1, 1, 9), "", after=utc(2026, 3, 2, 12))


@pytest.mark.row("P9")
@pytest.mark.parametrize(
    ("zone", "local", "at"),
    [
        pytest.param("America/New_York", datetime(2026, 3, 8, 2, 30), utc(2026, 3, 8, 7, 30), id="gap"),
        pytest.param("America/New_York", datetime(2026, 11, 1, 1, 30), utc(2026, 11, 1, 5, 30), id="overlap"),
        pytest.param("Africa/Cairo", datetime(2024, 4, 26, 0, 0), utc(2024, 4, 25, 22), id="gap at midnight"),
        pytest.param("America/Santiago", datetime(2024, 9, 8, 0, 0), utc(2024, 9, 8, 4), id="gap at midnight, south"),
        pytest.param("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), utc(2026, 10, 3, 15, 45), id="half an hour"),
        pytest.param("Pacific/Apia", datetime(2011, 12, 30, 9), utc(2011, 12, 30, 19), id="a day that never was"),
    ],
)
def test_a_wall_time_that_is_missing_or_twice(zone: str, local: datetime, at: datetime) -> None:
    assert at_wall(local.date(), local.time(), ZoneInfo(zone)) == at


@pytest.mark.row("P9")
def test_hours_of_a_gap_that_share_a_moment_fire_once() -> None:
    found = next_slots(datetime(2026, 3, 8, 0), "FREQ=HOURLY", NEW_YORK, after=utc(2026, 3, 8, 5, 30), count=4)
    assert [slot.at for slot in found] == [utc(2026, 3, 8, hour) for hour in (6, 7, 8, 9)]


def changes_of(zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """When the zone's clock changes, to the second."""
    found, at = [], since
    while at < until:
        following = at + timedelta(days=7)
        low, high = at, following
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at = following
    return found


def check_edges(name: str, years: int) -> int:
    """Every slot around every change of the clock: in order, once, at the wall time wherever that exists."""
    zone, count = ZoneInfo(name), 0
    for change in changes_of(zone, utc(2020, 1, 1), utc(2020 + years, 1, 1)):
        before = change - timedelta(hours=12)
        start = (change.astimezone(zone) - timedelta(days=1)).replace(tzinfo=None, microsecond=0)
        found = []
        for slot in slots(start.replace(minute=30, second=0), "FREQ=HOURLY", zone, after=before):
            if slot.at > change + timedelta(hours=12):
                break
            found.append(slot)
        assert len({slot.at for slot in found}) == len({slot.nominal for slot in found}) == len(found)
        assert [slot.at for slot in found] == sorted(slot.at for slot in found)
        for slot in found:
            shown = slot.at.astimezone(zone)
            if shown.replace(tzinfo=None) == slot.local:
                assert shown.fold == 0  # of two such moments the first
            else:  # the clock was put forward over it: as long behind the change as it lies behind the gap's begin
                assert change <= slot.at < change + timedelta(hours=25), (name, slot)
                before_it = (change - timedelta(seconds=1)).astimezone(zone).utcoffset()
                assert before_it is not None
                assert slot.at.replace(tzinfo=None) == slot.local - before_it, (name, slot)
                assert shown.replace(tzinfo=None) > slot.local
        count += len(found)
    return count


@pytest.mark.row("P9")
def test_edges_of_summer_time_in_some_zones() -> None:
    names = [
        "Africa/Cairo",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Europe/Dublin",
    ]
    names += random.Random(9).sample(sorted(available_timezones()), 14)
    assert sum(check_edges(name, 3) for name in names) > 500


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.row("P9")
def test_edges_of_summer_time_in_400_zones_over_ten_years() -> None:
    names = sorted(name for name in available_timezones() if "/" in name)[:400]
    assert len(names) == 400
    print(f"{sum(check_edges(name, 10) for name in names):,} slots around changes of the clock in 400 zones")


def test_a_rule_written_by_hand_is_followed() -> None:
    start = datetime(2026, 3, 3, 9)
    rule = checked_rule(" rrule:freq=monthly; byday=-1FR ", start)
    assert rule == "FREQ=MONTHLY;BYDAY=-1FR"
    assert walls(start, rule, after=utc(2026, 3, 3), count=2) == ["2026-03-27 09:00", "2026-04-24 09:00"]
    until = checked_rule("FREQ=DAILY;UNTIL=20260305T080000Z", start, zone=BERLIN)
    assert walls(start, until, after=utc(2026, 3, 1)) == ["2026-03-03 09:00", "2026-03-04 09:00", "2026-03-05 09:00"]
    assert len(walls(start, checked_rule("FREQ=WEEKLY;COUNT=2", start), after=utc(2026, 3, 1))) == 2


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=HOURLY;BYSETPOS=99", "rule_invalid"), ("FREQ=MONTHLY;BYDAY=99MO", "rule_invalid"),
        ("FREQ=MONTHLY;BYDAY=53MO", "rule_invalid"), ("FREQ=DAILY;BYMONTHDAY=0", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "rule_invalid"), ("FREQ=WEEKLY;BYDAY=0MO", "rule_invalid"),
        ("", "rule_invalid"), ("FREQ=SOMETIMES", "rule_invalid"), ("every day", "rule_invalid"),
        ("FREQ=DAILY;INTERVAL=0", "rule_invalid"), ("FREQ=WEEKLY;BYDAY=XX", "rule_invalid"),
        ("FREQ=DAILY;UNTIL=tomorrow", "rule_invalid"), ("FREQ=DAILY\nDTSTART:20260101", "rule_invalid"),
        ("FREQ=MINUTELY", "rule_too_often"), ("FREQ=DAILY;BYMINUTE=1,2,3", "rule_too_often"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rule_never"), ("FREQ=DAILY;UNTIL=20200101", "rule_never"),
    ],
)  # fmt: skip
def test_what_is_no_usable_rule_is_refused(rule: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked_rule(rule, datetime(2026, 3, 3, 9), zone=BERLIN)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "Once"),
        ("FREQ=DAILY", "Every day at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "Every Monday and Thursday at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every workday at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "Monthly on the 31st, or the last day at 09:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Every month on the last Friday at 09:00"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=4", "Every 2 weeks on Tuesday at 09:00, 4 times"),
        ("FREQ=YEARLY;BYYEARDAY=100", "Every year at 09:00 (FREQ=YEARLY;BYYEARDAY=100)"),
    ],
)
def test_rules_are_told_in_plain_words(rule: str, words: str) -> None:
    assert in_words(rule, datetime(2027, 1, 31, 9)) == words


@pytest.mark.parametrize("repeat", [Repeat.NEVER, Repeat.DAILY, Repeat.WEEKLY, Repeat.MONTHLY])
def test_a_choice_is_found_again_in_its_rule(repeat: Repeat) -> None:
    start = datetime(2027, 1, 31, 9)
    found, days = repeat_of(rule_for(repeat, start, weekdays=(1, 2)), start)
    assert found is repeat
    assert days == (frozenset((1, 2)) if repeat is Repeat.WEEKLY else frozenset())
    assert repeat_of("FREQ=MONTHLY;BYDAY=-1FR", start)[0] is Repeat.CUSTOM


def test_of_many_missed_slots_the_last_one_counts() -> None:
    start = datetime(2026, 3, 1, 9)
    slot, before = latest_slot(start, "FREQ=DAILY", BERLIN, since=utc(2026, 3, 1, 8), until=utc(2026, 3, 4, 12))
    assert slot is not None
    assert (slot.nominal, before) == ("2026-03-04T09:00:00", 3)
