"""Steady work: what a day at a busy desk leaves behind in memory, handles and threads (P28)."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from desktop_inbox.clock import now
from desktop_inbox.config import sqlite_url
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import ChannelAccount, FetchResult, InboundMessage, Provider
from desktop_inbox.services.providers.simulator import SimulatorProvider
from desktop_inbox.services.sync import SyncService
from tests.support.fault_server import FaultServer
from tests.support.http_provider import HttpPool
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, dispatching, open_office, problems

_BURST = 25  # messages out and as many in, once a second: 50 a second
_PEOPLE = 40
_PAGE = 100
#: In minutes the page caches of the database (16 MB a connection) still fill; beyond that nothing may stay.
_MEGABYTES = 12.0
_SAMPLES = 9  # at least: on a busy computer a second's work takes longer
_SPARE = 2  # handles or threads that come and go


@dataclass
class _Street:
    """What came in so far: made anew for each page, so that the test itself keeps nothing."""

    total: int = 0


class _StreetProvider(SimulatorProvider):
    """Fetches from a ``_Street``."""

    def __init__(self, account: ChannelAccount, street: _Street) -> None:
        super().__init__(account)
        self._street = street

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        place = int(cursor or 0)
        upto = min(self._street.total, place + _PAGE)
        found = tuple(
            InboundMessage(
                provider_message_id=f"in-{number}",
                scheme=Scheme.TEL,
                address=f"+1415{number % _PEOPLE:07d}",
                text=f"word {number}",
                occurred_at=now(),
            )
            for number in range(place, upto)
        )
        return FetchResult(cursor=str(upto), messages=found, has_more=upto < self._street.total)


@dataclass
class _Gauge:
    """Samples of this process, one a second, and how long each Send took to be queued."""

    process: psutil.Process = field(default_factory=psutil.Process)
    megabytes: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    enqueue: list[float] = field(default_factory=list)

    def sample(self) -> None:
        self.megabytes.append(self.process.memory_info().rss / 1e6)
        self.handles.append(self.process.num_fds() if os.name == "posix" else self.process.num_handles())
        self.threads.append(self.process.num_threads())

    @staticmethod
    def growth(samples: Sequence[float]) -> float:
        """From the second third, when everything is warm, to the last one."""
        third = len(samples) // 3
        return statistics.median(samples[-third:]) - statistics.median(samples[third : 2 * third])

    @staticmethod
    def risen(samples: Sequence[int]) -> int:
        third = len(samples) // 3
        return max(samples[-third:]) - max(samples[: 2 * third])


class _Day:
    """An office at steady work."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.bus, self.server, self.folder = EventBus(), server, folder
        store = Store.open(sqlite_url(folder / "inbox.db"), publish=self.bus.publish)
        self.office: Office = open_office(store, World(clock=now), people=_PEOPLE)
        self.inbox = InboxService(store, now, self.office.user_id)
        self.street, self.gauge = _Street(), _Gauge()
        self.queued = self.accepted = 0

        def build(_kind: type[Provider], account: ChannelAccount) -> Provider:
            return _StreetProvider(account, self.street)

        self.pool = ProviderPool(lambda *_: "", build=build)
        inbound = InboundService(store, answers=AutomaticAnswers(self.office.outbox))
        self.sync = SyncService(store, self.bus, now, pool=self.pool, inbound=inbound)

    async def work(self, seconds: float) -> None:
        providers = HttpPool(self.server.url)
        async with dispatching(self.office, self.bus, self.folder, clock=now, providers=providers):
            await self.sync.start()
            began = time.monotonic()
            while time.monotonic() - began < seconds or len(self.gauge.megabytes) < _SAMPLES:
                second = time.monotonic()
                await self._one_second()
                await asyncio.sleep(max(0.0, second + 1 - time.monotonic()))
            await self._until_all_left()
            await self.sync.fetch_now()
            await self.sync.stop()
        providers.close()
        self._forget_deliveries()

    async def _one_second(self) -> None:
        self.street.total += _BURST
        for _ in range(_BURST):
            person = self.office.people[self.queued % _PEOPLE]
            self.queued += 1
            began = time.perf_counter()
            await self.office.outbox.queue(
                person.conversation_id,
                f"answer {self.queued}",
                channel_id=self.office.channel.id,
                address_id=person.address_id,
                client_uuid=f"{self.queued:036d}",
            )
            self.gauge.enqueue.append(time.perf_counter() - began)
        await self.inbox.page(View.ALL)
        self._forget_deliveries()
        self.gauge.sample()

    async def _until_all_left(self) -> None:
        async with asyncio.timeout(60):
            while await self.office.outbox.waiting_count():
                await asyncio.sleep(0.05)

    def _forget_deliveries(self) -> None:
        """The server remembers everything; the test must not grow by that."""
        self.accepted += len(self.server.accepted)
        self.server.accepted.clear()
        self.server.requests.clear()


@pytest.mark.row("P28")
@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(10, id="10 seconds", marks=pytest.mark.timeout(300)),
        pytest.param(600, id="10 minutes", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
def test_steady_work_leaves_nothing_behind(seconds: int, tmp_path: Path) -> None:
    with FaultServer() as server:
        day = _Day(tmp_path, server)
        run(day.work(seconds), timeout=seconds + 120)
        gauge, office = day.gauge, day.office
        states = office.store.read_sync(lambda work: work.outbox.count_states())
        page = office.store.read_sync(
            lambda work: work.conversations.page(View.ALL, user_id=office.user_id, before=None, limit=_PAGE)
        )
        assert problems(office) == []
        day.pool.close()
        office.store.close()
    growth = gauge.growth(gauge.megabytes)
    hours = seconds / 3 / 3600
    p95 = statistics.quantiles(gauge.enqueue, n=20)[-1]
    print(
        f"{seconds} s of work, {day.queued} messages out and {day.street.total} in: memory"
        f" {gauge.megabytes[0]:.0f} -> {gauge.megabytes[-1]:.0f} MB, {growth:+.1f} MB over the last third"
        f" ({growth / hours:+.0f} MB/h); handles {gauge.handles[0]} -> {gauge.handles[-1]}, threads"
        f" {gauge.threads[0]} -> {gauge.threads[-1]}; queued within {p95 * 1000:.0f} ms (p95)"
    )
    assert states == {S.ACCEPTED: day.queued}
    assert day.accepted == day.queued
    assert sum(row.unread_count for row in page.items) <= day.street.total
    assert growth <= _MEGABYTES
    assert gauge.risen(gauge.handles) <= _SPARE
    assert gauge.risen(gauge.threads) <= _SPARE
