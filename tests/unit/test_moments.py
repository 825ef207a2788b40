"""Moments as people say them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop_inbox.services.moments import Preset, parse, presets

pytestmark = pytest.mark.row("S3-34", "K14")

BERLIN = ZoneInfo("Europe/Berlin")
#: A Thursday, ten past one in Berlin.
NOW = datetime(2026, 11, 19, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("tomorrow 9", "2026-11-20 09:00"),
        ("tomorrow", "2026-11-20 09:00"),
        ("Tomorrow at 9:30", "2026-11-20 09:30"),
        ("tomorrow 4pm", "2026-11-20 16:00"),
        ("tomorrow noon", "2026-11-20 12:00"),
        ("in 20 minutes", "2026-11-19 13:30"),
        ("20 min", "2026-11-19 13:30"),
        ("in an hour", "2026-11-19 14:10"),
        ("half an hour", "2026-11-19 13:40"),
        ("2h", "2026-11-19 15:10"),
        ("in 3 days", "2026-11-22 13:10"),
        ("in two weeks", "2026-12-03 13:10"),
        ("next Monday", "2026-11-23 09:00"),
        ("Monday", "2026-11-23 09:00"),
        ("mon 14:15", "2026-11-23 14:15"),
        ("next week", "2026-11-23 09:00"),
        ("thursday", "2026-11-26 09:00"),
        ("weekend", "2026-11-21 09:00"),
        ("today 15", "2026-11-19 15:00"),
        ("tonight", "2026-11-19 20:00"),
        ("later today", "2026-11-19 18:00"),
        ("9", "2026-11-20 09:00"),
        ("15:45", "2026-11-19 15:45"),
        ("12am", "2026-11-20 00:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 8:15", "2026-12-01 08:15"),
        ("1.12. 14:00", "2026-12-01 14:00"),
        ("24 dec", "2026-12-24 09:00"),
        ("Jan 3rd 10am", "2027-01-03 10:00"),
    ],
)
def test_plain_words_are_understood_in_the_zone_of_the_office(text: str, wall: str) -> None:
    found = parse(text, NOW, BERLIN)
    assert found is not None
    assert found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") == wall


@pytest.mark.parametrize(
    "text",
    ["", "soon", "today 8", "yesterday", "25:00", "13pm", "0 minutes", "in banana hours", "2026-02-30", "31.2.", "at",
     "9" * 5000, "in 9999 weeks of sun", "2020-01-01", "tomorrow 9 9", "tomorrow never"],
)  # fmt: skip
def test_nothing_is_guessed(text: str) -> None:
    assert parse(text, NOW, BERLIN) is None


def test_clocks_put_forward_over_a_time_move_it_on() -> None:
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)
    found = parse("tomorrow 2:30", evening, BERLIN)
    assert found == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # half past three


def test_of_two_moments_with_the_same_time_the_first_is_meant() -> None:
    evening = datetime(2026, 10, 24, 20, tzinfo=UTC)
    assert parse("tomorrow 2:30", evening, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_presets_lie_ahead_at_any_time_of_any_day() -> None:
    for hours in range(0, 24 * 8):
        now = NOW + timedelta(hours=hours, minutes=7)
        found = presets(now, BERLIN)
        assert list(found) == [Preset.LATER_TODAY, Preset.TOMORROW, Preset.NEXT_MONDAY]
        assert all(moment > now for moment in found.values())
        monday = found[Preset.NEXT_MONDAY].astimezone(BERLIN)
        assert (monday.weekday(), monday.hour) == (0, 9)
    assert presets(NOW, BERLIN)[Preset.LATER_TODAY].astimezone(BERLIN).hour == 18
