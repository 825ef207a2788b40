"""How fast to send: a token bucket, pure, the time is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many messages a second in the long run, and so many at once after a pause."""

    per_second: float
    burst: int = 1

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("a rate limit must let something through")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many messages may leave at the moment ``at``."""

    tokens: float
    at: datetime


def full(limit: RateLimit, now: datetime) -> Bucket:
    """Return the bucket of a channel that has sent nothing lately."""
    return Bucket(tokens=float(limit.burst), at=now)


def take(bucket: Bucket, limit: RateLimit, *, now: datetime) -> tuple[Bucket, timedelta]:
    """Return the bucket after one message, and how long to wait before sending it.

    While the wait is not zero nothing was taken: ask again then. A clock that was set back neither fills
    nor empties the bucket.
    """
    passed = max((now - bucket.at).total_seconds(), 0.0)
    tokens = min(bucket.tokens + passed * limit.per_second, float(limit.burst))
    if tokens >= 1.0 - 1e-9:  # sums of fractions fall short of whole numbers
        return Bucket(tokens=max(tokens - 1.0, 0.0), at=now), timedelta(0)
    # Rounded up: rounded to nothing, the wait would say that the message was taken.
    wait = timedelta(microseconds=ceil((1.0 - tokens) / limit.per_second * 1_000_000))
    return Bucket(tokens=tokens, at=now), wait
