"""Poller: fetches one channel, again and again, as long as this computer holds its lease."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.clock import Clock
from desktop_inbox.errors import InboxError, SecretStoreError
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.exchange import ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, EntryId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.channel_thread import ChannelThread
from desktop_inbox.services.channel_trouble import ChannelTrouble
from desktop_inbox.services.inbound import InboundService, Taken
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import (
    ChannelError,
    FetchResult,
    NotSentError,
    Provider,
    ProviderError,
    ThrottledError,
)

_log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=30)
HEARTBEAT: Final = 10.0
LONG_POLL: Final = timedelta(seconds=20)
_A_MOMENT: Final = 1.0  # seconds until a long poll that brought nothing counts as an answer
#: Without network nothing is burdened by trying: back within 5 s of its return (S08).
_RETRY_OFFLINE: Final = (2.0, 4.0)
_LONGEST_PAUSE: Final = 60.0
_LOOK_FOR_LEASE: Final = 5.0
_AGAIN_AFTER_BUG: Final = 30.0
_AGAIN_AFTER_STORE: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerParts:
    """What all pollers share."""

    store: Store
    clock: Clock
    pool: ProviderPool
    inbound: InboundService
    tell: Callable[[ChannelId, bool, str], None]  # online or not, and why
    stored: Callable[[], None]  # something was stored


class _LeaseLostError(Exception):
    """Another computer polls this channel now."""


class Poller:
    """One channel. All methods are called on the event loop."""

    def __init__(self, parts: PollerParts, channel: Channel) -> None:
        self._parts = parts
        self._channel = channel
        self._trouble = ChannelTrouble(parts.store, channel.id)
        self._capabilities = parts.pool.capabilities(channel)
        self._thread = ChannelThread(f"channel-{channel.id}")
        self._wake = asyncio.Event()
        self._round = asyncio.Condition()
        self._rounds = 0  # finished, whatever came of them
        self._last_done: datetime | None = None
        self._more = False
        self._failures = 0
        self._in_round = False
        self._saved_cursor: str | None = None
        self._marks_read = False  # whether the provider knows read receipts
        self._lease_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._read: dict[ConversationId, EntryId] = {}
        self._marks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=f"poll {self._channel.id}")

    async def stop(self) -> None:
        """End, and let another computer poll at once."""
        tasks = [*self._marks, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._thread.close()
        async with self._round:
            self._rounds += 1
            self._round.notify_all()
        owner = self._parts.store.instance
        try:
            await self._parts.store.run(lambda work: work.channels.drop_poll_lease(self._channel.id, owner))
        except InboxError:
            _log.info("channel %s: the lease could not be given back; it ends by itself", self._channel.id)

    @property
    def ended(self) -> bool:
        """Whether nothing is fetched any more: the channel broke, or a fault ended this poller."""
        return self._task is None or self._task.done()

    @property
    def holds_lease(self) -> bool:
        """Whether this computer is the one that polls the channel."""
        return self._lease_at is not None and not self.ended

    def fits(self, channel: Channel) -> bool:
        """Whether this poller still does what ``channel`` says."""
        mine = self._channel
        return (mine.kind, mine.address, mine.settings) == (channel.kind, channel.address, channel.settings)

    async def fetch_now(self) -> None:
        """Fetch without further pause; returns after a round that began after this call.

        Where the provider keeps us waiting until something comes, what is not here a moment later has not come.
        """
        if self._capabilities.poll_seconds > 0:
            await self._rounds_from_now(2 if self._in_round else 1)
            return
        if not self._lingers:
            began_before = self._in_round
            await self._rounds_from_now(1)
            if not began_before:
                return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_A_MOMENT):
                await self._rounds_from_now(1)

    async def caught_up(self, within: timedelta) -> None:
        """Return when a fetch brought everything, not longer than ``within`` ago, or the channel is offline."""
        while True:
            done = self._last_done
            if done is not None and not self._more and timedelta(0) <= self._parts.clock() - done <= within:
                return
            if self.ended:
                return
            await self._rounds_from_now(1)

    async def _rounds_from_now(self, count: int) -> None:
        target = self._rounds + count
        self._wake.set()
        async with self._round:
            await self._round.wait_for(lambda: self._rounds >= target or self.ended)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = await self._one_round()
            async with self._round:
                self._rounds += 1
                self._last_done = self._parts.clock()
                self._round.notify_all()
            if pause is None:
                return
            if pause > 0 and not self._more:
                await self._rest(pause)

    async def _rest(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _one_round(self) -> float | None:
        """Fetch and store one page; returns the pause in seconds, None to end for good."""
        self._in_round = True
        try:
            return await self._try_round()
        except Exception:  # noqa: BLE001 - the edge: one channel's fault must not end the others
            _log.exception("channel %s: fetching failed unexpectedly", self._channel.id)
            self._more = False
            self._parts.tell(self._channel.id, False, "Fetching failed unexpectedly; the log says more.")
            return _AGAIN_AFTER_BUG
        finally:
            self._in_round = False

    async def _try_round(self) -> float | None:
        try:
            if not await self._hold_lease():
                self._more = False
                return _LOOK_FOR_LEASE
            taken = await self._store_page(await self._fetch())
        except _LeaseLostError:
            self._more = False
            self._lease_at = self._saved_cursor = None
            return _LOOK_FOR_LEASE
        except (ProviderError, InboxError) as error:
            return await self._after_error(error)
        self._failures = 0
        self._parts.tell(self._channel.id, True, "")
        if taken.messages or taken.calls or taken.echoes:
            self._parts.stored()
        return self._capabilities.poll_seconds

    @property
    def _lingers(self) -> bool:
        """Whether the next fetch may wait until something comes: not the first one, nor one after an error, which
        shall tell soon that the channel is online again."""
        return self._capabilities.poll_seconds == 0 and self._rounds > 0 and not self._more and not self._failures

    async def _fetch(self) -> FetchResult:
        """Call the provider while keeping the lease alive."""
        wait = LONG_POLL if self._lingers else timedelta(0)
        channel = await self._parts.store.read(lambda work: work.channels.get(self._channel.id))
        cursor = channel.cursor if channel else ""

        def fetch() -> FetchResult:
            provider = self._parts.pool.for_channel(self._channel)
            self._marks_read = type(provider).mark_read is not Provider.mark_read
            with self._trouble.recording(ExchangeKind.RECEIVE):
                return provider.fetch(cursor, wait=wait)

        call = asyncio.ensure_future(self._thread.call(fetch))
        try:
            while not call.done():
                await asyncio.wait({call}, timeout=HEARTBEAT)
                if not call.done() and not await self._hold_lease():
                    raise _LeaseLostError
        finally:
            call.cancel()
        return call.result()

    async def _store_page(self, page: FetchResult) -> Taken:
        channel, owner = self._channel, self._parts.store.instance
        empty = not (page.messages or page.receipts or page.calls)

        def store(work: Work) -> Taken:
            # In the same transaction: a computer that lost the lease must not turn the cursor back.
            if not work.channels.take_poll_lease(channel.id, owner, LEASE):
                raise _LeaseLostError
            known = work.channels.get(channel.id)
            if known is None or known.state is not ChannelState.ACTIVE:
                raise _LeaseLostError
            return self._parts.inbound.take_page(work, channel, self._capabilities, page)

        taken = Taken()
        if not empty or page.cursor != self._saved_cursor:
            taken = await self._parts.store.run(store)
            self._saved_cursor = page.cursor
        self._more = page.has_more  # not before: what could not be stored must not be asked for without a pause
        return taken

    async def _hold_lease(self) -> bool:
        """Take or renew the lease when a heartbeat is due; False when another computer has it."""
        now = asyncio.get_running_loop().time()
        if self._lease_at is not None and 0 <= now - self._lease_at < HEARTBEAT:
            return True
        channel_id, owner = self._channel.id, self._parts.store.instance
        held = await self._parts.store.run(lambda work: work.channels.take_poll_lease(channel_id, owner, LEASE))
        self._lease_at = now if held else None
        if not held:
            self._saved_cursor = None
        return held

    async def _after_error(self, error: ProviderError | InboxError) -> float | None:
        self._more = False
        sentence = error.text if isinstance(error, ProviderError) else error.message
        self._parts.tell(self._channel.id, False, sentence)
        self._failures += 1
        await self._trouble.keep()
        if isinstance(error, ChannelError):
            return None if await self._break(sentence) else _AGAIN_AFTER_STORE
        if isinstance(error, ThrottledError) and error.retry_after is not None:
            return max(1.0, min(error.retry_after.total_seconds(), 3600.0))
        if isinstance(error, NotSentError):
            return random.uniform(*_RETRY_OFFLINE)  # noqa: S311 - only spreads retries
        ceiling = _LONGEST_PAUSE if isinstance(error, ProviderError | SecretStoreError) else _RETRY_OFFLINE[1]
        return random.uniform(1.0, min(ceiling, 2.0 ** min(self._failures, 10)))  # noqa: S311

    async def _break(self, sentence: str) -> bool:
        """An error that waiting does not mend: the channel stops until a person looked at it. False when that
        could not be stored."""
        channel_id = self._channel.id

        def mark(work: Work) -> None:
            known = work.channels.get(channel_id)
            if known is not None and known.state is ChannelState.ACTIVE:
                work.channels.change(channel_id, state=ChannelState.BROKEN, state_reason=sentence)

        try:
            await self._parts.store.run(mark)
        except InboxError as error:
            _log.warning("channel %s: that it broke could not be stored (%s)", channel_id, error.code)
            return False
        return True

    def conversation_changed(self, conversation_id: ConversationId) -> None:
        """Tell the other side that we read, where the provider knows such receipts."""
        if not self._marks_read or self._lease_at is None:
            return
        task = asyncio.create_task(self._mark_read(conversation_id), name="mark read")
        self._marks.add(task)
        task.add_done_callback(self._marks.discard)

    async def _mark_read(self, conversation_id: ConversationId) -> None:
        channel_id = self._channel.id

        def last_read(work: Work) -> tuple[EntryId, Scheme, str, str] | None:
            row = work.conversations.row(conversation_id)
            if row is None or row.unread_count or row.last_inbound_channel_id != channel_id:
                return None
            message = work.messages.get(EntryId(row.last_inbound_id))
            address = work.contacts.address(row.last_inbound_address_id)
            if message is None or address is None or message.provider_message_id is None:
                return None
            return message.id, address.scheme, address.path, message.provider_message_id

        try:
            found = await self._parts.store.read(last_read)
            if found is None or self._read.get(conversation_id, 0) >= found[0]:
                return
            self._read[conversation_id] = found[0]
            await self._thread.call(lambda: self._parts.pool.for_channel(self._channel).mark_read(*found[1:]))
        except (ProviderError, InboxError) as error:
            _log.info("channel %s: a read receipt was not sent (%s)", channel_id, type(error).__name__)
