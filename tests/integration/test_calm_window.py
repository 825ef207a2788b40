"""The window stays calm while every request of every channel goes wrong in another way (P13)."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QObject, Qt, QTimer

from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.work import Work
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.outbox import NewMessage, OutboxService
from desktop_inbox.services.providers.base import Provider, SendRequest, SendResult
from desktop_inbox.services.sending import Sending
from tests.integration.test_window_on_store import Office, office
from tests.support.fault_server import Fault, FaultServer, Recorded, Step, no_names
from tests.support.http_provider import HttpProvider
from tests.support.qt import stage

__all__ = ["office", "stage"]

T = TypeVar("T")

#: Faults with an address of their own.
_ELSEWHERE = ("refused", "dns", "tls_error")
_FAULTS = (
    *_ELSEWHERE,
    Fault.RESET_BEFORE_BODY,
    Fault.RESET_AFTER_BODY,
    Fault.STATUS_408,
    Fault.STATUS_429,
    Fault.STATUS_500,
    Fault.STATUS_502,
    Fault.STATUS_503,
    Fault.STATUS_504,
    Fault.SLOW_LORIS,
    Fault.DRIP,
    Fault.TRUNCATED_JSON,
    Fault.WRONG_LENGTH,
    Fault.BAD_GZIP,
    Fault.GZIP_BOMB,
    Fault.REDIRECT,
    Fault.HTML,
)
_EACH = 3  # messages of one channel: fewer than open its circuit
#: As in the program, ten times as fast.
_QUICK = Timeouts(connect=0.5, read=2.0, total=3.0)
_MARGIN = 1.0  # seconds, for a thread of a busy computer to notice
_CALM = 0.1  # seconds between two beats at the 99th percentile


class _Heartbeat(QObject):
    """Beats on the GUI thread; ``gaps`` are the seconds between two beats."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now

    def percentile(self, share: float) -> float:
        found = sorted(self.gaps)
        return found[min(int(len(found) * share), len(found) - 1)]

    def stop(self) -> None:
        self._timer.stop()


class _Timed(Provider):
    """Notes how long each request took."""

    capabilities_of = HttpProvider.capabilities_of
    check = HttpProvider.check
    probe = HttpProvider.probe
    fetch = HttpProvider.fetch

    def __init__(self, provider: HttpProvider, seconds: list[float]) -> None:
        self._provider, self._seconds = provider, seconds

    def send(self, request: SendRequest) -> SendResult:
        began = time.perf_counter()
        try:
            return self._provider.send(request)
        finally:
            self._seconds.append(time.perf_counter() - began)


class _Pool:
    """Leads each channel to the address that its fault needs."""

    def __init__(self, server: FaultServer, early: FaultServer) -> None:
        self._addresses = {name: getattr(server, f"{name}_url") for name in _ELSEWHERE}
        self._addresses[Fault.RESET_BEFORE_BODY] = early.url
        self._url = server.url
        self._local = threading.local()
        self._made: list[HttpProvider] = []
        self.seconds: list[float] = []

    def for_channel(self, channel: Channel) -> Provider:
        known: dict[int, Provider] = self._local.__dict__.setdefault("known", {})
        if channel.id not in known:
            url = self._addresses.get(channel.name, self._url)
            resolve = {"resolve": no_names} if channel.name == "dns" else {}
            client = HttpClient(url, timeouts=_QUICK, **resolve)  # type: ignore[arg-type]
            made = HttpProvider(client, self.capabilities(channel).reconcile)
            self._made.append(made)
            known[channel.id] = _Timed(made, self.seconds)
        return known[channel.id]

    def capabilities(self, channel: Channel) -> Capabilities:
        return HttpProvider.capabilities_of(channel.settings)

    def close(self) -> None:
        for provider in self._made:
            provider.close()


class _Traffic:
    """Sends through the window's own store, on its loop, and feels the pulse meanwhile."""

    def __init__(self, office: Office, pool: _Pool, folder: Path) -> None:
        self.office, self.pool, self.folder = office, pool, folder
        self.user_id = UserId(self.ask(lambda work: work.users.all()[0].id))

    def ask(self, work: Callable[[Work], T]) -> T:
        return self.office.stage.run(self.office.store.run(work))

    def channel(self, name: str) -> Channel:
        return self.ask(lambda work: work.channels.add(kind="simulator", name=name, address="", settings={}))

    def news(self, channels: list[Channel]) -> list[NewMessage]:
        """Three messages for each channel, each in a conversation of its own."""

        def add(work: Work) -> list[NewMessage]:
            found = []
            for channel in channels:
                for number in range(_EACH):
                    contact = work.contacts.add([(Scheme.TEL, f"+1415{channel.id:04}{number:03}")])
                    found.append(
                        NewMessage(
                            conversation_id=work.conversations.of_contact(contact.id),
                            text=channel.name,
                            channel_id=channel.id,
                            address_id=contact.addresses[0].id,
                            client_uuid=str(uuid.uuid4()),
                            sender_kind=SenderKind.USER,
                        )
                    )
            return found

        return self.ask(add)

    def send(self, names: tuple[str, ...]) -> tuple[_Heartbeat, dict[S, int]]:
        news = self.news([self.channel(name) for name in names])
        return self.office.stage.run(self._send(news))

    async def _send(self, news: list[NewMessage]) -> tuple[_Heartbeat, dict[S, int]]:
        store = self.office.store
        outbox = OutboxService(store, user_id=self.user_id, capabilities=self.pool.capabilities)
        dispatcher = Dispatcher(
            store,
            self.pool,
            Sending(capabilities=self.pool.capabilities),
            bus=self.office.bus,
            clock=self.office.clock,
            journal=Journal(self.folder / "journal", instance=store.instance),
        )
        heart = _Heartbeat()
        keys = await outbox.queue_many(news)
        await dispatcher.start()
        try:
            while (states := await self._states(keys)).keys() & {S.QUEUED, S.CLAIMED, S.SENDING}:
                await asyncio.sleep(0.05)
        finally:
            heart.stop()
            await dispatcher.stop()
        return heart, states

    async def _states(self, keys: object) -> dict[S, int]:
        found = await self.office.store.read(lambda work: work.messages.many(keys))  # type: ignore[arg-type]
        return {state: sum(one.status is state for one in found) for state in {one.status for one in found}}


def _fault_of(request: Recorded) -> Step:
    text = request.json().get("text", "") if request.method == "POST" else ""
    return Step(Fault(text)) if text in set(Fault) else Step()


@pytest.mark.row("P13")
def test_no_fault_of_the_network_holds_up_the_window(office: Office, tmp_path: Path) -> None:
    with FaultServer(decide=_fault_of) as server, FaultServer() as early:
        early.script(*[Fault.RESET_BEFORE_BODY] * _EACH)  # only a script comes before the body
        traffic = _Traffic(office, _Pool(server, early), tmp_path)
        calm = tuple(f"calm {number}" for number in range(len(_FAULTS)))
        before, sent = traffic.send(calm)
        assert sent == {S.ACCEPTED: len(_FAULTS) * _EACH}
        traffic.pool.seconds.clear()
        heart, states = traffic.send(tuple(str(name) for name in _FAULTS))
        slowest = max(traffic.pool.seconds)
        traffic.pool.close()
    p99, usual = heart.percentile(0.99), before.percentile(0.99)
    print(
        f"{len(_FAULTS)} faults, {len(heart.gaps)} beats of the window: gap {p99 * 1000:.0f} ms at p99,"
        f" {max(heart.gaps) * 1000:.0f} ms at most; without faults {usual * 1000:.0f} ms at p99;"
        f" the longest request took {slowest:.1f} s of {_QUICK.total:.0f} s"
    )
    assert set(states) <= {S.UNKNOWN, S.RETRY_WAIT, S.FAILED}
    assert sum(states.values()) == len(_FAULTS) * _EACH
    assert len(heart.gaps) > 100
    assert p99 <= max(_CALM, 3 * usual)
    assert slowest <= _QUICK.total + _MARGIN


@pytest.mark.row("P13")
def test_a_request_of_the_program_ends_within_thirty_seconds() -> None:
    assert Timeouts().total <= 30
    assert Timeouts().connect < Timeouts().read < Timeouts().total
