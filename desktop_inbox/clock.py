"""The only source of time.

Everything inside the program is UTC; zones exist at the edges only. Code that needs the time takes a
``Clock`` in its constructor, so that tests can hold it still.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def to_millis(moment: datetime) -> int:
    """Return the milliseconds since 1970 of an aware ``moment``; a naive one raises ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """Return the UTC moment that lies ``millis`` milliseconds after 1970."""
    return EPOCH + timedelta(milliseconds=millis)
