"""Scheduler: does what is due; one for each program that carries messages.

It compares due times with the wall clock every few seconds, so a computer that slept, or was off, catches up at once.
What came in is fetched before it starts.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.store import Store

from .state_changes import TIMER, StateChanges

#: Does what is due by now; called again and again.
Job = Callable[[], Awaitable[object]]
#: Returns when what came in lately is stored.
CaughtUp = Callable[[], Awaitable[object]]

TICK: Final = 10.0  # seconds between two looks
_AT_ONCE: Final = 500
#: Seconds that something due waits for what came in: a channel that hangs must not hold back the others.
_CATCH_UP: Final = 20.0

_log = logging.getLogger(__name__)


async def nothing_came() -> None:
    """Wait for nothing: where no channel is fetched."""


async def after_arrivals(caught_up: CaughtUp) -> None:
    """Wait until what came in is stored, also after sleep: it may make pointless what is due (D-05)."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CATCH_UP):
            await caught_up()


def ending_snoozes(store: Store, *, caught_up: CaughtUp = nothing_came) -> Job:
    """Return the job that brings snoozed conversations back when their time has come."""

    async def run() -> None:
        if not await store.read(lambda work: bool(work.states.snooze_due(work.now(), limit=1))):
            return
        await after_arrivals(caught_up)
        while await store.read(lambda work: bool(work.states.snooze_due(work.now(), limit=1))):
            await store.run(lambda work: StateChanges(work, TIMER).end_snoozes(work.now(), limit=_AT_ONCE))

    return run


class Scheduler:
    """Runs jobs in turn, for as long as it is started."""

    def __init__(self, jobs: Sequence[Job], *, tick: float = TICK) -> None:
        self._jobs = tuple(jobs)
        self._tick = tick
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and then every few seconds."""
        self._task = asyncio.create_task(self._run(), name="scheduler")

    async def stop(self) -> None:
        """Finish nothing more; what is under way in the store is written."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def look(self) -> None:
        """Look at once: the computer woke up, or something due was made."""
        self._wanted.set()

    async def run_due(self) -> None:
        """Run every job once; one that fails does not keep the others from running."""
        for job in self._jobs:
            try:
                await job()
            except InboxError as error:
                _log.warning("something due could not be done: %s", error.code)
            except Exception:  # noqa: BLE001 - the edge: the next look must come
                _log.exception("something due failed unexpectedly")

    async def _run(self) -> None:
        while True:
            self._wanted.clear()
            await self.run_due()
            try:
                async with asyncio.timeout(self._tick):
                    await self._wanted.wait()
            except TimeoutError:
                continue
