"""Ids of timeline entries: they sort by time and carry it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_inbox.clock import EPOCH, from_millis, now, to_millis
from desktop_inbox.models.entities.ids import (
    MAX_ENTRY_ID,
    RANDOM_BITS,
    entry_time,
    first_entry_id,
    new_entry_id,
)

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2248, 1, 1), timezones=st.just(UTC))


def floor(moment: datetime) -> datetime:
    """The moment in whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(MOMENTS)
def test_an_id_carries_its_moment_in_milliseconds(moment: datetime) -> None:
    key = new_entry_id(moment)
    assert entry_time(key) == floor(moment)
    assert 0 <= first_entry_id(moment) <= key <= MAX_ENTRY_ID


@given(MOMENTS, st.timedeltas(timedelta(milliseconds=1), timedelta(days=9000)))
def test_ids_sort_by_time(moment: datetime, later: timedelta) -> None:
    assert new_entry_id(moment) < new_entry_id(moment + later + timedelta(milliseconds=1))


def test_ids_of_one_millisecond_differ() -> None:
    keys = {new_entry_id(EPOCH) for _ in range(500)}
    assert len(keys) > 490  # chance allows a few collisions, which the store draws again
    assert all(key >> RANDOM_BITS == 0 for key in keys)


def test_a_zone_does_not_matter_and_a_missing_one_is_refused() -> None:
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert first_entry_id(moment) == first_entry_id(moment.astimezone(timezone(timedelta(hours=5, minutes=45))))
    with pytest.raises(ValueError, match="time zone"):
        new_entry_id(moment.replace(tzinfo=None))


def test_a_scheduled_moment_before_1970_would_not_fit() -> None:
    assert first_entry_id(EPOCH) == 0
    assert first_entry_id(EPOCH - timedelta(milliseconds=1)) < 0


@given(st.integers(-(10**12), 10**13))
def test_milliseconds_and_moments_are_the_same(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


def test_the_present_is_in_utc() -> None:
    assert now().tzinfo is UTC
