"""Channels are kept fetched: leases, errors, the cursor, catching up, read receipts."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from desktop_inbox.errors import StoreError
from desktop_inbox.events import ChannelChanged, ConnectivityChanged, EventBus
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.poller import LONG_POLL
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    ChannelError,
    FetchResult,
    InboundMessage,
    NotSentError,
    Provider,
    ProviderError,
    ThrottledError,
)
from desktop_inbox.services.providers.simulator import SimulatorProvider
from desktop_inbox.services.sync import SyncService
from tests.integration.test_inbound import Answers
from tests.support.offices import Office
from tests.support.run import eventually, run
from tests.support.troubled_store import TroubledStore


@dataclass
class Line:
    """The other end of a channel: what came in so far, and what is the matter with it."""

    messages: list[str] = field(default_factory=list)
    error: Callable[[], ProviderError] | None = None
    page: int = 100
    fetches: list[str] = field(default_factory=list)
    hold: threading.Event | None = None  # a fetch waits for it
    reads: list[tuple[str, str]] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)  # that whoever fetched allowed
    came: threading.Event = field(default_factory=threading.Event)  # ends a long fetch


class LineProvider(SimulatorProvider):
    """Speaks to a ``Line``."""

    def __init__(self, account: ChannelAccount, line: Line) -> None:
        super().__init__(account)
        self.line = line

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        self.line.fetches.append(cursor)
        if self.line.hold is not None:
            self.line.hold.wait(20)
        if self.line.error is not None:
            raise self.line.error()
        place = int(cursor or 0)
        texts = self.line.messages[place : place + self.line.page]
        messages = tuple(_message(place + number, text) for number, text in enumerate(texts))
        upto = place + len(texts)
        return FetchResult(cursor=str(upto), messages=messages, has_more=upto < len(self.line.messages))

    def mark_read(self, scheme: Scheme, address: str, provider_message_id: str) -> None:
        self.line.reads.append((address, provider_message_id))


class LingeringProvider(LineProvider):
    """Keeps whoever fetches waiting until something comes, where that is allowed."""

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        self.line.waits.append(wait)
        if self.line.error is None and int(cursor or 0) == len(self.line.messages):
            self.line.came.wait(wait.total_seconds())
        return super().fetch(cursor, wait=wait)


class LingeringPool(ProviderPool):
    """Says so of every channel."""

    def capabilities(self, channel: Channel) -> Capabilities:
        return replace(super().capabilities(channel), poll_seconds=0.0)


def _message(number: int, text: str) -> InboundMessage:
    from tests.support.clock import MONDAY_NOON

    return InboundMessage(
        provider_message_id=f"m{number}",
        scheme=Scheme.TEL,
        address=f"+1415555{1000 + number % 3}",
        text=text,
        occurred_at=MONDAY_NOON + timedelta(seconds=number),
    )


class Computer:
    """One desktop of the office."""

    def __init__(
        self,
        office: Office,
        line: Line,
        store: Store | None = None,
        *,
        lingers: bool = False,
    ) -> None:
        self.store = store or office.store
        self.bus = EventBus()
        self.told: list[ConnectivityChanged] = []
        self.bus.subscribe(ConnectivityChanged, self.told.append)
        self.line = line

        def build(_kind: type[Provider], account: ChannelAccount) -> Provider:
            return (LingeringProvider if lingers else LineProvider)(account, line)

        self.pool = (LingeringPool if lingers else ProviderPool)(lambda *_: "", build=build)
        inbound = InboundService(self.store, answers=AutomaticAnswers(Answers()))
        self.sync = SyncService(self.store, self.bus, office.clock, pool=self.pool, inbound=inbound, pause=0.01)

    def texts(self) -> int:
        page = self.store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=100))
        return sum(row.unread_count for row in page.items)


def _live(*computers: Computer, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        for computer in computers:
            computer.store.attach(asyncio.get_running_loop())
            await computer.sync.start()
        try:
            await work()
        finally:
            for computer in computers:
                await computer.sync.stop()
                computer.pool.close()

    run(live())


def test_everything_that_came_is_stored_page_by_page(office: Office) -> None:
    line = Line(messages=[f"text {n}" for n in range(25)], page=10)
    computer = Computer(office, line)

    async def work() -> None:
        await computer.sync.caught_up()
        assert computer.texts() == 25
        line.messages.append("one more")
        await computer.sync.fetch_now()
        assert computer.texts() == 26

    _live(computer, work=work)
    assert computer.told == [ConnectivityChanged(channel_id=office.channel.id, online=True)]
    channel = office.store.read_sync(lambda work: work.channels.get(office.channel.id))
    assert channel is not None
    assert channel.cursor == "26"


@pytest.mark.row("P11")
def test_two_computers_share_a_channel_and_only_one_polls(office: Office) -> None:
    line = Line(messages=["a", "b", "c"])
    first = Computer(office, line)
    second = Computer(office, Line(messages=line.messages), office.another_store())
    channel_id = office.channel.id

    async def work() -> None:
        await first.sync.caught_up()
        second.store.attach(asyncio.get_running_loop())
        await second.sync.start()
        await second.sync.caught_up()
        assert (len(line.fetches) > 0, second.line.fetches) == (True, [])
        assert (first.sync.polls(channel_id), second.sync.polls(channel_id)) == (True, False)
        await first.sync.stop()
        await second.sync.fetch_now()
        assert (first.sync.polls(channel_id), second.sync.polls(channel_id)) == (False, True)
        assert set(second.line.fetches) == {"3"}
        await second.sync.stop()

    _live(first, work=work)
    assert second.texts() == 3


@pytest.mark.row("P11")
def test_a_computer_that_lost_its_lease_stores_nothing(office: Office) -> None:
    line = Line(messages=["late"], hold=threading.Event())
    computer = Computer(office, line)
    channel_id = office.channel.id

    async def work() -> None:
        await eventually(lambda: line.fetches)
        office.clock.advance(timedelta(seconds=31))  # asleep for so long that another one took over
        other = office.another_store()
        assert await other.run(lambda w: w.channels.take_poll_lease(channel_id, "other", timedelta(seconds=30)))
        await other.run(lambda w: w.channels.save_cursor(channel_id, "1"))
        assert line.hold is not None
        line.hold.set()
        await computer.sync.caught_up()
        assert computer.texts() == 0

    _live(computer, work=work)
    channel = office.store.read_sync(lambda work: work.channels.get(channel_id))
    assert channel is not None
    assert channel.cursor == "1"


@pytest.mark.row("S08", "P13")
def test_offline_is_told_and_ends_within_seconds(sqlite_office: Office) -> None:
    line = Line(messages=["hi"], error=lambda: NotSentError("The network is unreachable."))
    computer = Computer(sqlite_office, line)
    channel_id = sqlite_office.channel.id

    async def work() -> None:
        await computer.sync.caught_up()
        assert computer.sync.connectivity() == {channel_id: (False, "The network is unreachable.")}
        line.error = None
        loop = asyncio.get_running_loop()
        back = loop.time()
        await eventually(lambda: computer.sync.connectivity()[channel_id][0])
        assert loop.time() - back < 5

    _live(computer, work=work)
    assert [event.online for event in computer.told] == [False, True]
    assert computer.texts() == 1


@pytest.mark.row("P14")
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(lambda: ThrottledError("slow down", retry_after=timedelta(hours=1)), id="throttled"),
        pytest.param(lambda: AmbiguousError("The answer is not JSON."), id="nonsense"),
    ],
)
def test_fetch_now_does_not_wait_for_a_pause(sqlite_office: Office, error: Callable[[], ProviderError]) -> None:
    line = Line(messages=["hi"], error=error)
    computer = Computer(sqlite_office, line)

    async def work() -> None:
        await computer.sync.caught_up()
        line.error = None
        await computer.sync.fetch_now()
        assert computer.texts() == 1

    _live(computer, work=work)


def test_wrong_credentials_break_the_channel_until_it_is_mended(office: Office) -> None:
    line = Line(error=lambda: ChannelError("The password is wrong."))
    computer = Computer(office, line)
    channel_id = office.channel.id

    def state() -> tuple[ChannelState, str]:
        channel = office.store.read_sync(lambda work: work.channels.get(channel_id))
        assert channel is not None
        return channel.state, channel.state_reason

    async def work() -> None:
        await eventually(lambda: state()[0] is ChannelState.BROKEN)
        assert state() == (ChannelState.BROKEN, "The password is wrong.")
        tried = len(line.fetches)
        await computer.sync.fetch_now()
        assert len(line.fetches) == tried
        line.error = None
        line.messages.append("hello again")
        await office.store.run(lambda w: w.channels.change(channel_id, state=ChannelState.ACTIVE, state_reason=""))
        await eventually(lambda: computer.texts() == 1)

    office.store._publish = computer.bus.publish  # the app's bus
    _live(computer, work=work)


def test_a_fault_of_one_page_does_not_end_the_poller(sqlite_office: Office) -> None:
    line = Line(messages=["hi"], error=lambda: RuntimeError("bug"))  # type: ignore[return-value]
    computer = Computer(sqlite_office, line)

    async def work() -> None:
        await computer.sync.caught_up()
        assert not computer.sync.connectivity()[sqlite_office.channel.id][0]
        line.error = None
        await computer.sync.fetch_now()
        assert computer.texts() == 1

    _live(computer, work=work)


@pytest.mark.row("S4-61")
def test_caught_up_waits_for_what_came_while_away(sqlite_office: Office) -> None:
    line = Line(messages=["before"])
    computer = Computer(sqlite_office, line)

    async def work() -> None:
        await computer.sync.caught_up()
        line.messages.append("came while asleep")
        await computer.sync.caught_up()  # fresh enough: nothing is asked again
        sqlite_office.clock.advance(timedelta(hours=8))
        await computer.sync.caught_up()
        assert computer.texts() == 2

    _live(computer, work=work)


def test_reading_a_conversation_is_told_once(sqlite_office: Office) -> None:
    line = Line(messages=["hi"])
    computer = Computer(sqlite_office, line)
    store = sqlite_office.store

    async def work() -> None:
        store._publish = computer.bus.publish
        await computer.sync.caught_up()
        (row,) = store.read_sync(lambda w: w.conversations.page(View.ALL, user_id=1, before=None, limit=9)).items
        assert line.reads == []
        for _ in range(2):
            await store.run(lambda w: w.conversations.mark_read(row.id))
            await store.run(lambda w: w.conversations.announce(row.id))
        await eventually(lambda: line.reads)
        await computer.sync.fetch_now()
        assert line.reads == [("+14155551000", "m0")]

    _live(computer, work=work)


def test_a_paused_channel_is_left_alone(sqlite_office: Office) -> None:
    line = Line(messages=["hi"])
    computer = Computer(sqlite_office, line)
    store, channel_id = sqlite_office.store, sqlite_office.channel.id
    store._publish = computer.bus.publish

    async def work() -> None:
        await computer.sync.caught_up()
        await store.run(lambda w: w.channels.change(channel_id, state=ChannelState.PAUSED))
        await eventually(lambda: not computer.sync.connectivity())
        tried = len(line.fetches)
        line.messages.append("later")
        await computer.sync.fetch_now()
        assert len(line.fetches) == tried

    _live(computer, work=work)


def test_stopping_does_not_wait_for_a_long_poll(sqlite_office: Office) -> None:
    line = Line(hold=threading.Event())
    computer = Computer(sqlite_office, line)

    async def work() -> None:
        await eventually(lambda: line.fetches)

    loop_time = asyncio.new_event_loop()
    before = loop_time.time()
    _live(computer, work=work)
    assert loop_time.time() - before < 5
    loop_time.close()
    assert line.hold is not None
    line.hold.set()


def test_fetching_now_does_not_wait_for_a_long_poll(sqlite_office: Office) -> None:
    """Whether one is under way or about to begin; after an error the next fetch does not linger either."""
    line = Line(messages=["hi"])
    computer = Computer(sqlite_office, line, lingers=True)

    async def work() -> None:
        await computer.sync.caught_up()
        began = time.monotonic()
        for _ in range(3):
            await computer.sync.fetch_now()
        assert time.monotonic() - began < LONG_POLL.total_seconds() / 2
        await eventually(lambda: line.waits[-1] == LONG_POLL)
        line.error = lambda: NotSentError("offline")
        line.came.set()
        await eventually(lambda: computer.sync.connectivity()[sqlite_office.channel.id][0] is False)
        line.came.clear()
        line.error = None
        before = len(line.waits)
        await computer.sync.fetch_now()
        assert timedelta(0) in line.waits[before:]
        assert computer.sync.connectivity()[sqlite_office.channel.id][0] is True
        line.came.set()

    _live(computer, work=work)


def test_a_channel_of_a_newer_program_does_not_stop_the_others(sqlite_office: Office) -> None:
    newer = sqlite_office.store.run_sync(
        lambda work: work.channels.add(kind="pigeon", name="Pigeons", address="", settings={})
    )
    computer = Computer(sqlite_office, Line(messages=["hi"]))

    async def work() -> None:
        await computer.sync.caught_up()
        assert computer.texts() == 1
        assert computer.sync.connectivity()[newer.id][0] is False

    _live(computer, work=work)


def test_a_channel_that_is_deleted_while_it_is_fetched_ends_quietly(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    line = Line(messages=["late"], hold=threading.Event())
    computer = Computer(office, line)
    channel_id = office.channel.id

    async def work() -> None:
        await eventually(lambda: line.fetches)
        await office.store.run(lambda w: w.channels.delete(channel_id))
        assert line.hold is not None
        line.hold.set()
        await computer.sync.fetch_now()
        assert computer.texts() == 0

    _live(computer, work=work)
    assert [record.levelname for record in caplog.records if record.levelname != "DEBUG"] == []


@pytest.mark.row("S08")
@pytest.mark.parametrize("trouble", [StoreError("store_busy", "The database is busy."), RuntimeError("bug")])
def test_channels_are_arranged_again_after_the_database_failed(office: Office, trouble: Exception) -> None:
    store = TroubledStore(office.store)
    computer = Computer(office, Line(), store)  # type: ignore[arg-type]
    channel_id = office.channel.id

    async def work() -> None:
        await computer.sync.caught_up()
        await office.store.run(lambda w: w.channels.change(channel_id, state=ChannelState.PAUSED))
        store.reads_that_fail, store.trouble = 3, trouble
        computer.bus.publish(ChannelChanged(channel_id=channel_id))
        await eventually(lambda: not computer.sync.connectivity())
        assert store.reads_that_fail == 0

    _live(computer, work=work)


@pytest.mark.row("S08")
def test_a_channel_that_breaks_while_the_database_fails_is_marked_later(office: Office) -> None:
    store = TroubledStore(office.store)
    line = Line()
    computer = Computer(office, line, store)  # type: ignore[arg-type]

    async def work() -> None:
        await computer.sync.caught_up()
        line.error = lambda: ChannelError("The password is wrong.")
        store.runs_that_fail = 1
        await computer.sync.fetch_now()
        assert store.runs_that_fail == 0
        await computer.sync.fetch_now()
        channel = office.store.read_sync(lambda w: w.channels.get(office.channel.id))
        assert channel is not None
        assert channel.state is ChannelState.BROKEN

    _live(computer, work=work)


def test_a_poller_that_ended_is_started_again(office: Office) -> None:
    """As when a broken channel is mended before anybody saw that it broke."""
    line = Line(error=lambda: ChannelError("The password is wrong."))
    computer = Computer(office, line)
    channel_id = office.channel.id

    async def work() -> None:
        await computer.sync.caught_up()
        await computer.sync.fetch_now()  # it broke; nobody was told, as this bus is not the store's
        line.error, line.messages = None, ["hello again"]
        await office.store.run(lambda w: w.channels.change(channel_id, state=ChannelState.ACTIVE, state_reason=""))
        computer.bus.publish(ChannelChanged(channel_id=channel_id))
        await eventually(lambda: computer.texts() == 1)

    _live(computer, work=work)


@pytest.mark.row("P11")
@pytest.mark.parametrize("trouble", ["bug", "lease"])
def test_more_to_come_does_not_hurry_a_page_that_could_not_be_stored(office: Office, trouble: str) -> None:
    store = TroubledStore(office.store)
    line = Line(messages=["a", "b", "c"], page=1, hold=threading.Event())
    computer = Computer(office, line, store)  # type: ignore[arg-type]

    async def work() -> None:
        await eventually(lambda: line.fetches)  # the lease is held
        if trouble == "bug":
            store.runs_that_fail, store.trouble = 100, RuntimeError("bug")
        else:
            office.clock.advance(timedelta(seconds=31))
            other, lease = office.another_store(), timedelta(hours=1)
            assert await other.run(lambda w: w.channels.take_poll_lease(office.channel.id, "other", lease))
        assert line.hold is not None
        line.hold.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await eventually(lambda: len(line.fetches) > 1)
        assert line.fetches == [""]
        await computer.sync.fetch_now()
        assert len(line.fetches) == (2 if trouble == "bug" else 1)  # without a lease nothing is asked
        store.runs_that_fail = 0

    _live(computer, work=work)
