"""When to try again, and how fast to send."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    NotSentError,
    OptedOutError,
    ProviderError,
    RejectedError,
    ThrottledError,
)
from desktop_inbox.services.rate_limit import RateLimit, full, take
from desktop_inbox.services.retry import MAX_ATTEMPTS, backoff, next_attempt

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def longest(_low: float, high: float) -> float:
    return high


def shortest(low: float, _high: float) -> float:
    return low


@pytest.mark.row("P4", "S4-16")
@pytest.mark.parametrize("error", [AmbiguousError, ChannelError, RejectedError, OptedOutError, ProviderError])
def test_nothing_but_a_proven_failure_is_tried_again(error: type[ProviderError]) -> None:
    assert next_attempt(error("no"), 0, NOW, longest) is None


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 5), (1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 320), (7, 640)],
)
def test_the_pause_doubles_up_to_a_limit(attempts: int, seconds: int) -> None:
    assert next_attempt(NotSentError("offline"), attempts, NOW, longest) == NOW + timedelta(seconds=seconds)
    assert next_attempt(NotSentError("offline"), attempts, NOW, shortest) == NOW
    assert backoff(10_000, longest) == timedelta(minutes=15)


def test_it_gives_up_after_eight_attempts() -> None:
    assert next_attempt(NotSentError("offline"), MAX_ATTEMPTS - 1, NOW, longest) is not None
    assert next_attempt(NotSentError("offline"), MAX_ATTEMPTS, NOW, longest) is None


@pytest.mark.row("P14")
@settings(deadline=None)
@given(seconds=st.integers(-(10**6), 10**9), attempts=st.integers(0, 10_000))
def test_retry_after_wins_and_is_never_cut_short_below_an_hour(seconds: int, attempts: int) -> None:
    told = timedelta(seconds=seconds)
    at = next_attempt(ThrottledError("slow", retry_after=told), attempts, NOW, longest)
    assert at is not None
    assert at - NOW == min(max(told, timedelta(0)), timedelta(hours=1))


@pytest.mark.row("P14")
def test_a_throttle_without_a_time_waits_a_little_and_never_gives_up() -> None:
    for attempts in (0, 8, 100):
        at = next_attempt(ThrottledError("slow"), attempts, NOW, shortest)
        assert at is not None
        assert at >= NOW + timedelta(seconds=1)


@settings(deadline=None)
@given(
    per_second=st.floats(0.05, 100),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(-5, 20), min_size=1, max_size=60),
)
def test_no_span_of_time_sees_more_than_the_rate_allows(per_second: float, burst: int, pauses: list[float]) -> None:
    limit = RateLimit(per_second=per_second, burst=burst)
    now = NOW
    bucket = full(limit, now)
    latest = NOW
    sent = 0
    for pause in pauses:
        now += timedelta(seconds=pause)  # a clock may be set back, too
        latest = max(latest, now)
        bucket, wait = take(bucket, limit, now=now)
        sent += wait == timedelta(0)
        assert wait <= timedelta(seconds=1 / per_second + 0.001)
    backwards = sum(-pause for pause in pauses if pause < 0)
    assert sent <= burst + ((latest - NOW).total_seconds() + backwards) * per_second + 1e-6


@pytest.mark.parametrize("per_second", [0.1, 1, 3, 7, 30, 97])
def test_after_the_wait_the_message_may_leave(per_second: float) -> None:
    limit = RateLimit(per_second=per_second, burst=1)
    bucket, wait = take(full(limit, NOW), limit, now=NOW)
    assert wait == timedelta(0)
    bucket, wait = take(bucket, limit, now=NOW)
    assert wait > timedelta(0)
    later = NOW + wait
    bucket, wait = take(bucket, limit, now=later)
    assert wait == timedelta(0)
    bucket, wait = take(bucket, limit, now=later)
    assert wait > timedelta(0)  # it was taken indeed


def test_a_limit_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(ValueError, match="let something through"):
        RateLimit(per_second=0)
