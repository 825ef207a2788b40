"""Readiness: whether what is due may fire here and now, or a reply to it may still wait at a provider (D-05)."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from desktop_inbox.models.entities.ids import ChannelId

#: A channel that hangs is not waited for longer: nothing can leave through it either.
PATIENCE: Final = 20.0  # seconds
#: So long after its start a computer believes that the others, who began when it did, have fetched what waited.
GRACE: Final = 30.0  # seconds


class Fetching(Protocol):
    """What knows how far fetching is."""

    async def caught_up(self) -> None:
        """Return when everything that came before is stored."""

    def polls(self, channel_id: ChannelId) -> bool:
        """Whether this computer is the one that fetches a channel."""


class Readiness:
    """What is due on a channel is sent by the computer that fetches it: no other one knows what waits there."""

    def __init__(
        self, fetching: Fetching, *, ticks: Callable[[], float] = time.monotonic, grace: float = GRACE
    ) -> None:
        self._fetching = fetching
        self._ticks = ticks
        self._grace = grace
        self._since: float | None = None

    async def wait(self) -> None:
        """Let what came in be stored first; called whenever something is due."""
        if self._since is None:
            self._since = self._ticks()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._fetching.caught_up()

    def allows(self, channel_id: ChannelId, active: Iterable[ChannelId]) -> bool:
        """Whether something may leave by a channel; ``active`` are all channels by which a contact may have replied."""
        if not self._fetching.polls(channel_id):
            return False
        if all(self._fetching.polls(one) for one in active):
            return True
        return self._since is not None and self._ticks() - self._since >= self._grace


class _Ready(Readiness):
    """For programs that fetch nothing."""

    def __init__(self) -> None:
        """Nothing is asked."""

    async def wait(self) -> None:
        """Return at once."""

    def allows(self, channel_id: ChannelId, active: Iterable[ChannelId]) -> bool:
        """Always."""
        return True


READY: Final[Readiness] = _Ready()
