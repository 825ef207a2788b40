"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class HeldClock:
    """Call it for the time; ``advance`` moves it on."""

    def __init__(self, start: datetime = MONDAY_NOON) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> datetime:
        """Let ``step`` pass and return the new time."""
        self._now += step
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump, also backwards, as a computer's clock may."""
        self._now = moment
