"""Dispatcher: the loop that carries what waits in the outbox.

It claims for the channels that this computer can use, calls providers on worker threads and records what came
of it. It wakes when something is queued and every 15 s at most; due times are compared with the clock, never
waited for with one long timer, as timers stop while a computer sleeps.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from desktop_inbox.clock import Clock
from desktop_inbox.errors import InboxError
from desktop_inbox.events import ChannelChanged, Event, EventBus, MessageQueued
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.outbox import OutboxEntry, SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.attempt import LATE, NotAttemptedError, PathOf, attempt, unforeseen
from desktop_inbox.services.beside import Beside, guarded
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.lanes import RESERVED, Lanes
from desktop_inbox.services.pace import Pace, waiting
from desktop_inbox.services.rate_limit import Bucket, RateLimit, full, take
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from desktop_inbox.services.reconcile import ProviderSource
from desktop_inbox.services.replay import replay
from desktop_inbox.services.sending import Job, Sending

_log = logging.getLogger(__name__)

WORKERS: Final = 8
LONGEST_PAUSE: Final = 15.0  # seconds
#: The wall clock and the monotonic one part by more than this when the computer slept or the clock was set.
JUMP: Final = 60.0
#: A channel whose secrets are not to be had here is tried again so much later.
_UNABLE_FOR: Final = timedelta(seconds=60)

Available = Callable[[Channel], bool]
RateOf = Callable[[Channel], RateLimit | None]


class Dispatcher:
    """Sends for one process; any number of processes may share a database."""

    def __init__(
        self,
        store: Store,
        providers: ProviderSource,
        sending: Sending,
        *,
        bus: EventBus,
        clock: Clock,
        journal: Journal,
        path_of: PathOf = Path,
        available: Available = lambda _channel: True,
        rate_of: RateOf | None = None,
        questions: ReceiptQuestions | None = None,
        workers: int = WORKERS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._providers, self._sending = store, providers, sending
        self._bus, self._clock, self._monotonic = bus, clock, monotonic
        self._journal, self._path_of = journal, path_of
        self._available = available
        self._rate_of = rate_of or self._declared_rate
        self._workers = workers
        questions = questions or ReceiptQuestions(store, providers)
        self._beside = Beside(store, providers, sending, questions=questions, wake=self.wake, monotonic=monotonic)
        self._wake, self._arrived, self._settled = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._turning = asyncio.Lock()
        self._ready: tuple[ChannelId, ...] = ()  # channels that results may make room for
        self._results: list[SendOutcome] = []
        self._in_flight = 0
        self._lanes = Lanes(workers)
        self._pace = Pace()
        self._taken_up = self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: list[Callable[[], None]] = []
        self._buckets: dict[ChannelId, Bucket] = {}
        self._unable: dict[ChannelId, datetime] = {}
        self._next_sweep = 0.0
        self._place: tuple[datetime, float] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._bulk_pool: ThreadPoolExecutor | None = None
        self._loops: list[asyncio.Task[None]] = []

    # -- life

    async def start(self) -> None:
        """Begin: first with what an earlier run left."""
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="send")
        self._bulk_pool = ThreadPoolExecutor(self._lanes.bulk_workers, thread_name_prefix="send-bulk")
        self._stopping = False
        self._unsubscribe = [
            self._bus.subscribe(MessageQueued, self._heard),
            self._bus.subscribe(ChannelChanged, self._heard),
        ]
        self._taken_up = False
        self._loops = [asyncio.create_task(self._run()), asyncio.create_task(self._record_results())]

    async def stop(self, *, deadline: timedelta = timedelta(seconds=35)) -> None:
        """Claim nothing more, wait for what is under way until ``deadline`` has passed, and record it."""
        self._stopping = True
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline.total_seconds()):
                await asyncio.wait(self._loops[:1])
                while self._in_flight:
                    self._settled.clear()
                    await self._settled.wait()
        left = (*self._loops, *self._tasks, *self._beside.tasks())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._results:  # of calls that ended when nobody recorded any more
            await self._keep(tuple(self._results))
            self._results = []
        for pool in (self._pool, self._bulk_pool):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look at once; on the loop's thread."""
        self._wake.set()

    def _heard(self, _event: Event) -> None:
        self._unable.clear()
        self._wake.set()

    # -- the loop

    async def _run(self) -> None:
        pause = 0.0
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            if not self._stopping:
                pause = await guarded(self._pass)

    async def _pass(self) -> float:
        if not self._taken_up:  # what the journal holds is recorded before anything counts as unclear
            await replay(self._store, self._sending, self._journal, others=True)
            await self._store.run(self._sending.recover)
            self._taken_up = True
        await self._notice_jump()
        if self._monotonic() >= self._next_sweep:
            self._next_sweep = self._monotonic() + LONGEST_PAUSE
            await replay(self._store, self._sending, self._journal)
            await self._store.run(self._sending.sweep)
        channels = await self._usable()
        await self._beside.probe([channel for channel in channels if channel.circuit_until is not None])
        self._beside.look_after(channels)
        pause = await self._claim([channel for channel in channels if channel.circuit_until is None])
        return max(0.0, min(pause, self._next_sweep - self._monotonic(), LONGEST_PAUSE))

    async def _notice_jump(self) -> None:
        """After sleep leases must be looked at; after the clock was set back, due times too."""
        here = (self._clock(), self._monotonic())
        if self._place is not None:
            drift = (here[0] - self._place[0]).total_seconds() - (here[1] - self._place[1])
            if abs(drift) > JUMP:
                _log.info("the clock jumped by %.0f s", drift)
                self._next_sweep = 0.0
                self._buckets.clear()
                self._unable.clear()
                if drift < 0:
                    await self._store.run(self._sending.clock_was_set_back)
        self._place = here

    async def _usable(self) -> list[Channel]:
        """Active channels that this computer can carry messages for."""
        now = self._clock()
        known = await self._store.read(lambda work: work.channels.all())
        active = [channel for channel in known if channel.state is ChannelState.ACTIVE]
        asked = [channel for channel in active if self._unable.get(channel.id, now) <= now]
        return [channel for channel, able in await asyncio.to_thread(lambda: self._able(asked)) if able]

    def _able(self, channels: Sequence[Channel]) -> list[tuple[Channel, bool]]:
        """Ask of each channel whether this computer can carry its messages; on a thread."""
        found = []
        for channel in channels:
            try:
                found.append((channel, self._available(channel)))
            except InboxError as error:  # as of a kind that only a newer program knows: the others must not suffer
                _log.warning("channel %s cannot be used on this computer (%s)", channel.id, error.code)
                self._unable[channel.id] = self._clock() + _UNABLE_FOR
        return found

    def _declared_rate(self, channel: Channel) -> RateLimit | None:
        per_second = self._providers.capabilities(channel).send_per_second
        return None if per_second is None else RateLimit(per_second=per_second, burst=max(1, int(per_second)))

    # -- claims

    async def _claim(self, channels: Sequence[Channel]) -> float:
        """Fill the free workers; returns the seconds until something else may become due."""
        pause = LONGEST_PAUSE
        free_for_all = [channel.id for channel in channels if self._rate_of(channel) is None]
        self._ready = tuple(free_for_all)
        await self._claim_for(self._ready, self._room(0))
        for channel in channels:
            limit = self._rate_of(channel)
            if limit is not None:
                pause = min(pause, await self._claim_at_rate(channel.id, limit))
        ids = tuple(channel.id for channel in channels)
        due = await self._store.read(lambda work: _seconds_until_due(work, ids))
        if due is not None and due > 0:
            pause = min(pause, due)
        cooling = [channel.cool_until for channel in channels if channel.cool_until is not None]
        waits = [(until - self._clock()).total_seconds() for until in cooling]
        return min([pause, *(wait for wait in waits if wait > 0)])

    async def _claim_at_rate(self, channel_id: ChannelId, limit: RateLimit) -> float:
        now = self._clock()
        bucket = self._buckets.get(channel_id) or full(limit, now)
        tokens, ahead, wait = 0, bucket, timedelta(0)
        while tokens < self._workers - self._in_flight:
            ahead, wait = take(ahead, limit, now=now)
            if wait:
                break
            tokens += 1
        used = await self._claim_for([channel_id], tokens)
        for _ in range(used):
            bucket, _wait = take(bucket, limit, now=now)
        self._buckets[channel_id] = bucket
        return wait.total_seconds() if wait and used == tokens else LONGEST_PAUSE

    async def _claim_for(self, channel_ids: Sequence[ChannelId], limit: int) -> int:
        """Claim, start and hand over to workers; returns how many entries were claimed."""
        async with self._turning:
            free = min(limit, self._room(0))
            return await self._turn((), channel_ids, 0 if self._stopping else free)

    def _room(self, settled: int) -> int:
        """How many more may be started once ``settled`` results are recorded."""
        in_flight = self._in_flight - settled
        return self._lanes.room(self._workers + self._pace.ahead(self._workers) - in_flight, in_flight)

    async def _turn(self, batch: tuple[SendOutcome, ...], channel_ids: Sequence[ChannelId], limit: int) -> int:
        """Record results and start what may leave next, in one transaction; returns how many were claimed.

        A claim and its start may share a commit: nothing leaves before it.
        """
        held: list[OutboxEntry] = []

        def work_on(work: Work) -> tuple[Job, ...]:
            held.clear()  # the database may ask for the transaction once more
            if batch:
                self._sending.record(work, batch)
            if limit > 0 and channel_ids:
                ahead = self._pace.ahead(self._workers)
                held.extend(self._lanes.claim(work, self._sending, channel_ids, limit=limit, ahead=ahead))
            return self._sending.start(work, held) if held else ()

        if not batch and (limit < 1 or not channel_ids):
            return 0
        try:
            jobs = await self._store.run(work_on)
        except Exception:
            # Whether the commit arrived or not: no byte left, and only this process knows.
            await self._unstart(held)
            raise
        for job in jobs:
            self._in_flight += 1
            self._lanes.began(job.entry)
            task = asyncio.create_task(self._carry(job if self._in_flight <= self._workers else waiting(job)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(held) > len(jobs):
            self._wake.set()  # some were kept back, so others may go
        return len(held)

    # -- attempts

    async def _carry(self, job: Job) -> None:
        """Make the attempt; whatever goes wrong, its worker is free afterwards and its message accounted for."""
        pool = self._pool if job.entry.priority > 0 else self._bulk_pool
        assert pool is not None  # noqa: S101 - started
        try:
            under_way = pool.submit(self._attempt, job)
        except RuntimeError:  # the workers are gone, as the program ends
            await self._put_back(job)
            return
        try:
            outcome = await asyncio.wrap_future(under_way)
        except NotAttemptedError as error:
            if str(error) != LATE:
                _log.warning("channel %s cannot be used on this computer (%s)", job.channel.id, error)
                self._unable[job.channel.id] = self._clock() + _UNABLE_FOR
            await self._put_back(job)
            return
        except Exception as error:  # noqa: BLE001 - the edge of a worker; its text may hold a secret
            _log.error("an attempt ended in an unforeseen way (%s)", type(error).__name__)
            outcome = unforeseen(job, self._clock())
        self._results.append(outcome)
        self._arrived.set()

    async def _put_back(self, job: Job) -> None:
        try:
            await self._unstart((job.entry,))
        finally:
            self._lanes.ended((job.entry.id,))
            self._finished(1)

    async def _unstart(self, held: Sequence[OutboxEntry]) -> None:
        """Put back what did not leave; where even that fails the leases run out, and it becomes unclear."""
        try:
            await self._store.run(lambda work: self._sending.unstart(work, held))
        except Exception as error:  # noqa: BLE001 - the edge: whoever calls has an error of its own to tell
            _log.warning("%d messages could not be put back (%s)", len(held), type(error).__name__)

    def _attempt(self, job: Job) -> SendOutcome:
        provider = lambda: self._providers.for_channel(job.channel)  # noqa: E731
        return self._pace.timed(lambda: attempt(job, provider, path_of=self._path_of, clock=self._clock))

    async def _record_results(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            if self._results:
                await self._record()

    def _finished(self, number: int, *, again: bool = True) -> None:
        self._in_flight -= number
        self._settled.set()
        if again:
            self._wake.set()

    async def _record(self) -> None:
        """Record every result that is there and fill the workers again; results that cannot be recorded are
        kept in the journal."""
        async with self._turning:
            batch, self._results = tuple(self._results), []
            self._lanes.ended(outcome.outbox_id for outcome in batch)
            free = 0 if self._stopping else self._room(len(batch))
            claimed, recorded = 0, False
            try:
                claimed = await self._turn(batch, self._ready, free)
                recorded = True
            except InboxError as error:
                _log.warning("results of %d sends go to the journal: %s", len(batch), error.message)
            except Exception:  # noqa: BLE001 - the edge: an error of ours must not end all recording
                _log.exception("results of %d sends go to the journal after an unexpected error", len(batch))
            finally:  # also when the program ends meanwhile
                if not recorded:
                    await self._keep(batch)
                self._finished(len(batch), again=not recorded or claimed < free - RESERVED)

    async def _keep(self, batch: tuple[SendOutcome, ...]) -> None:
        try:
            await asyncio.to_thread(self._journal.append, batch)
        except Exception as error:  # noqa: BLE001 - their leases run out and they become unclear, which is true
            _log.error("the journal of sends cannot be written (%s)", type(error).__name__)


def _seconds_until_due(work: Work, channel_ids: tuple[ChannelId, ...]) -> float | None:
    due = work.outbox.next_due(channel_ids)
    return None if due is None else (due - work.outbox.now()).total_seconds()
