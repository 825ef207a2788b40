"""Times and days for people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QLocale

from desktop_inbox.views.formats import Formats, short_count

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)  # a Thursday
BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def formats(now: datetime = NOON, zone: str = "UTC", locale: QLocale = BRITISH) -> Formats:
    return Formats(lambda: now, zone=ZoneInfo(zone), locale=locale)


@pytest.mark.row("S3-09", "S3-10", "T08")
@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(minutes=1), "11:59"),
        (timedelta(hours=12), "00:00"),
        (timedelta(hours=12, minutes=1), "Yesterday"),
        (timedelta(days=3), "Mon"),
        (timedelta(days=6), "Fri"),
        (timedelta(days=7), "12/11/2026"),
        (timedelta(days=-1), "20/11/2026"),
    ],
)
def test_a_row_shows_the_time_today_and_the_day_otherwise(ago: timedelta, shown: str) -> None:
    assert formats().time_or_day(NOON - ago) == shown


@pytest.mark.row("S3-10")
def test_the_day_is_that_of_the_office() -> None:
    late = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
    assert formats(NOON, "America/Los_Angeles").time_or_day(late) == "Yesterday"
    assert formats(NOON, "UTC").time_or_day(late) == "03:00"


@pytest.mark.row("S3-10")
def test_midnight_is_counted_down_in_the_zone_of_the_office() -> None:
    assert formats(NOON, "UTC").seconds_to_midnight() == 12 * 3600
    assert formats(NOON, "Asia/Tokyo").seconds_to_midnight() == 3 * 3600


@pytest.mark.row("L07")
def test_day_headings() -> None:
    assert formats().day_heading(NOON) == "Today"
    assert formats().day_heading(NOON - timedelta(days=1)) == "Yesterday"
    assert formats().day_heading(NOON - timedelta(days=2)) == "Tuesday"
    assert "2026" in formats().day_heading(NOON - timedelta(days=30))


@pytest.mark.row("T08")
def test_the_locale_decides_between_12_and_24_hours() -> None:
    american = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
    assert "PM" in formats(locale=american).time(NOON + timedelta(hours=3))
    assert formats().time(NOON + timedelta(hours=3)) == "15:00"


def test_ago_in_one_unit() -> None:
    assert formats().ago(NOON - timedelta(seconds=5)) == "now"
    assert formats().ago(NOON - timedelta(minutes=4)) == "4 min"
    assert formats().ago(NOON - timedelta(hours=3)) == "3 h"


def test_counts_end_at_99() -> None:
    assert [short_count(n) for n in (1, 99, 100)] == ["1", "99", "99+"]


@pytest.mark.row("T08")
@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en_GB", "19 November 2026"),
        ("en_US", "November 19, 2026"),
        ("de_DE", "19. November 2026"),
        ("es_ES", "19 de noviembre de 2026"),
        ("zh_CN", "2026年11月19日"),
        ("hu_HU", "2026. november 19."),
        ("tr_TR", "19 Kasım 2026"),
    ],
)
def test_a_date_long_past_needs_no_weekday(language: str, shown: str) -> None:
    assert formats(locale=QLocale(language)).short_date(NOON) == shown


@pytest.mark.row("T08")
def test_a_time_on_some_wall_is_written_by_the_locale() -> None:
    wall = datetime(2026, 3, 2, 13, 5)
    assert formats().wall(wall) == "Mon 02 Mar 2026, 13:05"
    german = formats(locale=QLocale(QLocale.Language.German, QLocale.Country.Germany))
    assert german.wall(wall).startswith("Mo")
    american = formats(locale=QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    assert american.hour(wall).replace("\u202f", " ") == "1:05 PM"
