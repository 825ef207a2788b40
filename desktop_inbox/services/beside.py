"""Beside: what goes on beside the sending, so that it never holds it up.

Channels whose circuit is open are probed, unclear sends are cleared up, and providers are asked for receipts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.store import Store
from desktop_inbox.services.providers.base import ProviderError
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from desktop_inbox.services.reconcile import ProviderSource, Reconciler
from desktop_inbox.services.sending import Sending

_log = logging.getLogger(__name__)
_LOOKS_APART: Final = 1.0
_AFTER_TROUBLE: Final = 5.0


async def guarded(work: Callable[[], Awaitable[float]]) -> float:
    """Do ``work`` and return how long to pause (seconds); trouble with the database is waited out."""
    try:
        return await work()
    except InboxError as error:
        _log.warning("sending pauses: %s", error.message)
        return _AFTER_TROUBLE
    except Exception:  # noqa: BLE001 - the edge of the loop: an error of ours must not end all sending in silence
        _log.exception("sending pauses after an unexpected error")
        return _AFTER_TROUBLE


class Beside:
    """Runs beside one dispatcher; ``wake`` tells it that there may be something to send."""

    def __init__(
        self,
        store: Store,
        providers: ProviderSource,
        sending: Sending,
        *,
        questions: ReceiptQuestions,
        wake: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._providers = providers
        self._sending = sending
        self._questions = questions
        self._reconciler = Reconciler(store, sending, providers)
        self._wake = wake
        self._monotonic = monotonic
        self._next_look = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._probes: set[asyncio.Task[None]] = set()

    def tasks(self) -> tuple[asyncio.Task[None], ...]:
        """What is under way."""
        looking = () if self._looking is None else (self._looking,)
        return (*looking, *self._probes)

    async def probe(self, open_circuits: Sequence[Channel]) -> None:
        """Begin to probe those channels whose time has come."""
        for channel in open_circuits:
            mine = await self._store.run(lambda work, key=channel.id: self._sending.take_probe(work, key))  # type: ignore[misc]
            if mine:
                task = asyncio.create_task(self._probe_one(channel))
                self._probes.add(task)
                task.add_done_callback(self._probes.discard)

    async def _probe_one(self, channel: Channel) -> None:
        answers = False
        try:
            await asyncio.to_thread(lambda: self._providers.for_channel(channel).probe())
            answers = True
        except (ProviderError, InboxError) as error:
            _log.info("channel %s does not answer yet (%s)", channel.id, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the edge of a thread; its text may hold a secret
            _log.error("channel %s could not be probed (%s)", channel.id, type(error).__name__)

        async def note() -> float:
            await self._store.run(lambda work: self._sending.probed(work, channel.id, answers=answers))
            return 0.0

        await guarded(note)
        self._wake()

    def look_after(self, channels: Sequence[Channel]) -> None:
        """Reconcile and ask for receipts, one round at a time and one a second at most."""
        if self._monotonic() >= self._next_look and (self._looking is None or self._looking.done()):
            self._next_look = self._monotonic() + _LOOKS_APART
            self._looking = asyncio.create_task(self._look(channels))

    async def _look(self, channels: Sequence[Channel]) -> None:
        async def clear_up() -> float:
            if await self._reconciler.run(channels):
                self._wake()
            return 0.0

        async def ask() -> float:
            await self._questions.run(channels)
            return 0.0

        await guarded(clear_up)
        await guarded(ask)
