"""Feed: what other processes changed, told on this process's event bus.

The change log is the truth. SQLite is asked every 200 ms whether another process wrote anything, which costs
microseconds; PostgreSQL says so itself, and every 2 s the log is read anyway, as a hint may get lost.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, EventBus
from desktop_inbox.models.store import Store
from desktop_inbox.models.watch import ChangeWatch

T = TypeVar("T")

_log = logging.getLogger(__name__)

_ASK_EVERY: Final = 0.2
_READ_ANYWAY: Final = 2.0
_AFTER_ERROR: Final = 5.0
_PAGE: Final = 1000
#: So many changes at once are told as one: every list reads again.
_BULK: Final = 500
#: No transaction that writes stays open longer, so an id that is still missing then was rolled back.
_GAP_LIVES: Final = 120.0


async def _on_thread(call: Callable[[], T]) -> T:
    """Run ``call`` on a worker; who is cancelled waits for its end, as the connection must not be closed under it."""
    running = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait({running})


class Feed:
    """Publishes the events of other processes, each once."""

    def __init__(self, store: Store, bus: EventBus, *, pause: float = _AFTER_ERROR) -> None:
        self._store = store
        self._bus = bus
        self._pause = pause
        self._task: asyncio.Task[None] | None = None
        self._place = 0
        self._gaps: dict[int, float] = {}  # ids not seen yet -> when they were missed first

    async def start(self) -> None:
        """Begin with what happens from now on; returns when nothing can be missed any more."""
        if self._task is None:
            self._place = await self._store.read(lambda work: work.changes.newest())
            self._task = asyncio.create_task(self._run(), name="feed")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._watch()
            except InboxError as error:
                _log.warning("the change log cannot be followed (%s)", error.code)
            except Exception:  # noqa: BLE001 - the edge: without this task other processes are not heard again
                _log.exception("the change log could not be followed")
            await asyncio.sleep(self._pause)

    async def _watch(self) -> None:
        watch = self._store.watch()
        try:
            await _on_thread(watch.open)
            await self._follow(watch)
        finally:
            watch.close()

    async def _follow(self, watch: ChangeWatch) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._read_all()
            end = loop.time() + _READ_ANYWAY
            while loop.time() < end and not await _on_thread(lambda: watch.changed(_ASK_EVERY)):
                if not watch.waits:
                    await asyncio.sleep(_ASK_EVERY)

    async def _read_all(self) -> None:
        while True:
            place, missing = self._place, tuple(self._gaps)
            found = await self._store.read(
                lambda work: work.changes.news(
                    place,  # noqa: B023
                    but_not=self._store.instance,
                    missing=missing,  # noqa: B023
                    limit=_PAGE,
                )
            )
            self._note([key for key, _ in found])
            events = [event for _, event in found if event is not None]
            if len(events) > _BULK:
                events = [BulkChanged()]
            for event in events:
                self._bus.publish(event)
            if len(found) < _PAGE:
                return

    def _note(self, keys: list[int]) -> None:
        """Move on, and remember the ids that were jumped over."""
        now = asyncio.get_running_loop().time()
        for key in keys:
            self._gaps.pop(key, None)
            if key > self._place:
                jumped = range(max(self._place + 1, key - _PAGE), key)
                self._gaps |= dict.fromkeys(jumped, now)
                self._place = key
        self._gaps = {key: since for key, since in self._gaps.items() if now - since < _GAP_LIVES}
