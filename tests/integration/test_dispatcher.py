"""The loop that carries what waits in the outbox."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from desktop_inbox.errors import NotFoundError, SecretStoreError, StoreError
from desktop_inbox.events import ChannelChanged, EventBus
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import AttemptOutcome, SendOutcome
from desktop_inbox.models.schema import outbox
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.dispatcher import LONGEST_PAUSE
from desktop_inbox.services.journal import Journal, set_aside
from desktop_inbox.services.outbox import OutgoingFile
from desktop_inbox.services.providers.base import (
    ChannelError,
    NotSentError,
    OptedOutError,
    Provider,
    RejectedError,
    SendRequest,
    ThrottledError,
)
from desktop_inbox.services.rate_limit import RateLimit
from desktop_inbox.services.sending import Sending
from tests.support.clock import HeldClock
from tests.support.run import eventually, run
from tests.support.scripted_provider import Answer, ScriptedPool, World
from tests.support.sending import Office, dispatching, open_office, problems


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def world(clock: HeldClock) -> World:
    return World(clock=clock)


@pytest.fixture
def office(open_store: Callable[..., Store], world: World, bus: EventBus) -> Office:
    return open_office(open_store(publish=bus.publish), world, people=3)


async def _queue(office: Office, number: int = 0, text: str = "Hello", **options: object) -> int:
    return (await asyncio.to_thread(lambda: office.queue(office.person(number), text, **options))).id


async def _status(office: Office, message_id: int) -> S:
    message = await office.store.read(lambda work: work.messages.get(message_id))  # type: ignore[arg-type]
    assert message is not None
    return message.status


async def _until(office: Office, message_id: int, *states: S) -> None:
    for _ in range(3000):
        if await _status(office, message_id) in states:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"message is {await _status(office, message_id)}, not {states}")


@pytest.mark.row("S2-27")
def test_a_queued_message_leaves_at_once(office: Office, bus: EventBus, tmp_path: Path) -> None:
    async def story() -> None:
        async with dispatching(office, bus, tmp_path):
            key = await _queue(office)
            await _until(office, key, S.ACCEPTED)

    run(story())
    assert [request.text for _, request in office.world.requests] == ["Hello"]
    assert problems(office) == []


@pytest.mark.row("P5")
def test_a_conversation_leaves_in_order(office: Office, bus: EventBus, tmp_path: Path) -> None:
    async def story() -> None:
        for number in range(12):
            await _queue(office, number % 3, f"{number:02d}")
        async with dispatching(office, bus, tmp_path):
            await eventually(lambda: len(office.world.taken) == 12)

    run(story())
    for person in office.people:
        texts = [message.text for message in office.world.taken if message.to == person.path]
        assert len(texts) == 4
        assert texts == sorted(texts)


def test_the_request_carries_key_address_and_files(office: Office, bus: EventBus, tmp_path: Path) -> None:
    file = tmp_path / ("c" * 64)
    file.write_bytes(b"picture")

    async def story() -> int:
        files = (OutgoingFile(sha256="c" * 64, media_type="image/png", size=7, name="cat.png"),)
        async with dispatching(office, bus, tmp_path, path_of=lambda digest: tmp_path / digest):
            key = await _queue(office, files=files)
            await _until(office, key, S.ACCEPTED)
        return key

    key = run(story())
    (_, request) = office.world.requests[0]
    assert (request.to, request.attachments[0].path, request.attachments[0].name) == (
        office.people[0].path,
        file,
        "cat.png",
    )
    assert request.idempotency_key == office.entry(key).idem_key  # type: ignore[arg-type]


def test_a_file_that_is_gone_fails_by_our_own_word(office: Office, bus: EventBus, tmp_path: Path) -> None:
    async def story() -> int:
        files = (OutgoingFile(sha256="d" * 64, media_type="image/png", size=7),)
        async with dispatching(office, bus, tmp_path, path_of=lambda digest: tmp_path / digest):
            key = await _queue(office, files=files)
            await _until(office, key, S.FAILED)
        return key

    message = office.message(run(story()))  # type: ignore[arg-type]
    assert (message.error_origin, message.error_code) == ("ours", "ours.file_missing")
    assert office.world.requests == []


@pytest.mark.row("S2-30", "S2-33")
def test_a_refusal_fails_with_the_providers_words(office: Office, bus: EventBus, tmp_path: Path) -> None:
    office.world.script(RejectedError("The number is not valid.", code="21211", http_status=400))

    async def story() -> int:
        async with dispatching(office, bus, tmp_path):
            key = await _queue(office)
            await _until(office, key, S.FAILED)
        return key

    message = office.message(run(story()))  # type: ignore[arg-type]
    assert (message.error_origin, message.error_code, message.error_text) == (
        "provider",
        "21211",
        "The number is not valid.",
    )


@pytest.mark.row("S4-16")
def test_an_opt_out_told_by_the_provider_is_recorded(office: Office, bus: EventBus, tmp_path: Path) -> None:
    office.world.script(OptedOutError("The recipient replied STOP.", code="21610"))

    async def story() -> int:
        async with dispatching(office, bus, tmp_path):
            key = await _queue(office)
            await _until(office, key, S.BLOCKED)
        return key

    run(story())
    contact = office.store.read_sync(lambda work: work.contacts.get(office.people[0].contact_id))
    assert contact is not None
    assert contact.opt_in is OptIn.OPTED_OUT
    assert contact.addresses[0].carrier_blocked


def test_eight_attempts_then_it_fails(office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock) -> None:
    office.world.default = lambda _request: Answer(error=NotSentError("Nobody answers."), processed=False)

    async def story() -> int:
        key = await _queue(office)
        async with dispatching(office, bus, tmp_path) as dispatcher:
            for number in range(1, 9):
                await eventually(lambda number=number: len(office.world.requests) == number)
                await _until(office, key, S.RETRY_WAIT, S.FAILED)
                clock.advance(timedelta(minutes=16))
                dispatcher.wake()
            await _until(office, key, S.FAILED)
        return key

    key = run(story())
    assert len(office.world.requests) == 8
    assert office.message(key).error_text == "Nobody answers."  # type: ignore[arg-type]


@pytest.mark.row("P14")
@pytest.mark.parametrize(
    ("told", "waits"),
    [(timedelta(seconds=30), 30), (timedelta(days=3), 3600), (timedelta(seconds=-5), 0), (None, 1)],
    ids=["seconds", "huge", "negative", "absent"],
)
def test_throttling_cools_the_whole_channel_and_costs_no_attempt(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock, told: timedelta | None, waits: int
) -> None:
    office.world.script(ThrottledError("Slow down.", retry_after=told, http_status=429))
    began = clock()

    async def story() -> tuple[int, int]:
        async with dispatching(office, bus, tmp_path, workers=1) as dispatcher:
            first = await _queue(office, 0)
            await eventually(lambda: len(office.world.requests) == 1)
            second = await _queue(office, 1)
            if waits:
                await _until(office, first, S.RETRY_WAIT)
                clock.advance(timedelta(seconds=waits) - timedelta(milliseconds=2))
                dispatcher.wake()
                await office.store.read(lambda work: work.channels.all())
                assert len(office.world.requests) == 1
                clock.advance(timedelta(hours=1) if told is None else timedelta(milliseconds=2))
                dispatcher.wake()
            await _until(office, first, S.ACCEPTED)
            await _until(office, second, S.ACCEPTED)
        return first, second

    first, _second = run(story())
    assert office.world.requests[1][0] - began >= timedelta(seconds=waits)
    assert office.entry(first).attempts == 1  # type: ignore[arg-type]


def test_a_broken_account_stops_the_channel_and_keeps_its_messages(
    office: Office, bus: EventBus, tmp_path: Path
) -> None:
    heard: list[int] = []
    bus.subscribe(ChannelChanged, lambda event: heard.append(event.channel_id))
    office.world.default = lambda _request: Answer(error=ChannelError("Wrong password."), processed=False)

    async def story() -> list[int]:
        keys = [await _queue(office, number) for number in range(3)]
        heard.clear()
        async with dispatching(office, bus, tmp_path):
            await eventually(lambda: heard)
            await eventually(lambda: all(office.entry(key).state is S.QUEUED for key in keys))  # type: ignore[arg-type]
        return keys

    keys = run(story())
    assert len(heard) == 1
    channel = office.channel_now()
    assert (channel.state, channel.state_reason) == (ChannelState.BROKEN, "Wrong password.")
    assert {office.entry(key).attempts for key in keys} == {0}  # type: ignore[arg-type]


def test_a_channel_without_secrets_here_is_left_to_others(office: Office, bus: EventBus, tmp_path: Path) -> None:
    async def story() -> int:
        async with dispatching(office, bus, tmp_path, available=lambda _channel: False):
            key = await _queue(office)
            await office.store.read(lambda work: work.channels.all())
            return key

    assert office.status(run(story())) is S.QUEUED  # type: ignore[arg-type]
    assert office.world.requests == []


def test_a_locked_keyring_puts_the_message_back(office: Office, bus: EventBus, tmp_path: Path) -> None:
    office.world.script(Answer(error=SecretStoreError("locked", "The keyring is locked."), processed=False))

    async def story() -> int:
        async with dispatching(office, bus, tmp_path):
            key = await _queue(office)
            await eventually(lambda: office.world.requests)
            await eventually(lambda: office.entry(key).state is S.QUEUED)  # type: ignore[arg-type]
            return key

    assert office.entry(run(story())).attempts == 0  # type: ignore[arg-type]


@pytest.mark.row("P4")
def test_an_unforeseen_error_proves_nothing(office: Office, bus: EventBus, tmp_path: Path) -> None:
    office.world.script(Answer(error=ZeroDivisionError()))

    async def story() -> int:
        async with dispatching(office, bus, tmp_path):
            key = await _queue(office)
            await _until(office, key, S.UNKNOWN)
            return key

    assert office.message(run(story())).error_code == "ours.unforeseen"  # type: ignore[arg-type]


def test_stopping_finishes_what_is_under_way(office: Office, bus: EventBus, tmp_path: Path) -> None:
    async def story() -> int:
        let_go = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold(_request: SendRequest) -> None:
            asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(10)

        office.world.before_answer = hold
        async with dispatching(office, bus, tmp_path) as dispatcher:
            key = await _queue(office)
            await eventually(lambda: office.world.requests)
            stopping = asyncio.create_task(dispatcher.stop())
            await asyncio.sleep(0)
            let_go.set()
            await stopping
            return key

    assert office.status(run(story())) is S.ACCEPTED  # type: ignore[arg-type]


class RecordFails(Sending):
    """The database refuses results, as when the disk is full or the server went away."""

    broken = True

    def record(self, work: Work, outcomes: tuple[SendOutcome, ...]) -> None:  # type: ignore[override]
        if self.broken:
            raise StoreError("store_full", "The disk is full.")
        super().record(work, outcomes)


@pytest.mark.row("P4", "P19")
@pytest.mark.parametrize("restart", [False, True], ids=["same run", "next start"])
def test_a_result_that_cannot_be_recorded_waits_in_the_journal(
    office: Office, bus: EventBus, tmp_path: Path, restart: bool
) -> None:
    sending = RecordFails(capabilities=office.world.capabilities_of)
    office.sending = sending
    journal = Journal(tmp_path / "journal", instance=office.store.instance)

    async def story() -> int:
        async with dispatching(office, bus, tmp_path, journal=journal, monotonic=ticking) as dispatcher:
            key = await _queue(office)
            await eventually(lambda: journal.pending)
            assert await _status(office, key) is S.SENDING
            if not restart:
                sending.broken = False
                ticking.passed += 20
                dispatcher.wake()
                await _until(office, key, S.ACCEPTED)
        if restart:
            sending.broken = False
            async with dispatching(office, bus, tmp_path):
                await _until(office, key, S.ACCEPTED)
        return key

    ticking = Ticking()
    key = run(story())
    assert office.entry(key).provider_message_id == "p1"  # type: ignore[arg-type]
    assert office.world.deliveries()[office.entry(key).idem_key] == 1  # type: ignore[arg-type]
    assert journal.left_behind() == ()
    assert problems(office) == []


@pytest.mark.row("P4")
def test_a_result_that_no_database_takes_is_set_aside_and_holds_up_no_other(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock
) -> None:
    ticking = Ticking()
    journal = Journal(tmp_path / "journal", instance=office.store.instance)

    async def story() -> None:
        async with dispatching(office, bus, tmp_path, journal=journal, monotonic=ticking) as dispatcher:

            def sweep() -> None:
                ticking.passed += 20
                dispatcher.wake()

            office.world.script(RejectedError("half a character: \ud83d", code="odd"))
            odd = await _queue(office, 0)
            await eventually(lambda: journal.pending)
            sweep()
            await eventually(lambda: not journal.pending)
            assert set_aside(tmp_path / "journal") == 1
            await _until(office, await _queue(office, 1), S.ACCEPTED)
            clock.advance(timedelta(seconds=91))  # its lease is over: nobody can tell any more
            sweep()
            await _until(office, odd, S.UNKNOWN)

    run(story())
    assert journal.left_behind() == ()
    assert problems(office) == []


@pytest.mark.row("P4")
def test_what_can_be_recorded_is_when_its_neighbour_in_the_journal_cannot(
    office: Office, bus: EventBus, tmp_path: Path
) -> None:
    for number in range(3):
        office.queue(office.people[number])
    jobs = office.begin()
    journal = Journal(tmp_path / "journal", instance="an earlier run")
    results = [
        SendOutcome(
            outbox_id=job.entry.id,
            attempt_id=job.attempt_id,
            fence=job.entry.fence,
            at=office.world.clock(),
            outcome=AttemptOutcome.ACCEPTED,
            provider_message_id=f"id-{number}" + "\ud83d" * (number == 1),
        )
        for number, job in enumerate(jobs)
    ]
    journal.append(tuple(results))
    with journal.path.open("ab") as file:
        file.write(b'{"neither":"one"}\n[]\n{"torn')

    async def story() -> None:
        async with dispatching(office, bus, tmp_path):
            for job in (jobs[0], jobs[2]):
                await _until(office, job.entry.message_id, S.ACCEPTED)
            await eventually(lambda: not journal.left_behind())

    run(story())
    assert set_aside(tmp_path / "journal") == 3


class RecordBreaks(Sending):
    """An error of ours while recording, a number of times."""

    times = 1

    def record(self, work: Work, outcomes: tuple[SendOutcome, ...]) -> None:  # type: ignore[override]
        if self.times:
            self.times -= 1
            raise RuntimeError("an entry changed although it was locked")
        super().record(work, outcomes)


@pytest.mark.row("P4", "P19")
def test_an_unexpected_error_ends_neither_the_recording_nor_the_sending(
    office: Office, bus: EventBus, tmp_path: Path
) -> None:
    office.sending = RecordBreaks(capabilities=office.world.capabilities_of)

    async def story() -> list[int]:
        async with dispatching(office, bus, tmp_path, monotonic=ticking, workers=1) as dispatcher:
            began = time.monotonic()
            keys = [await _queue(office, number) for number in range(3)]
            for key in keys[1:]:
                await _until(office, key, S.ACCEPTED)
            assert time.monotonic() - began < LONGEST_PAUSE, "the others waited for the next sweep"
            ticking.passed += 20
            dispatcher.wake()
            await _until(office, keys[0], S.ACCEPTED)
        return keys

    ticking = Ticking()
    run(story())
    assert set(office.world.deliveries().values()) == {1}
    assert problems(office) == []


def test_a_provider_that_cannot_be_made_neither_keeps_a_worker_nor_loses_the_message(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock
) -> None:
    refusals = [KeyError("settings"), KeyError("settings")]

    class Pool(ScriptedPool):
        def for_channel(self, channel: Channel) -> Provider:
            if refusals and threading.current_thread().name.startswith("send"):
                raise refusals.pop()
            return super().for_channel(channel)

    async def story() -> int:
        async with dispatching(office, bus, tmp_path, workers=1, providers=Pool(office.world)) as dispatcher:
            key = await _queue(office)
            for left in (1, 0):
                await eventually(lambda left=left: len(refusals) == left)
                await eventually(lambda: office.entry(key).state is S.QUEUED)  # type: ignore[arg-type]
                clock.advance(timedelta(seconds=61))
                dispatcher.wake()
            await _until(office, key, S.ACCEPTED)
        return key

    assert office.entry(run(story())).attempts == 1  # type: ignore[arg-type]
    assert len(office.world.requests) == 1


def test_a_result_that_comes_when_the_program_ends_is_kept(office: Office, bus: EventBus, tmp_path: Path) -> None:
    """Recording hangs until the program may wait no longer; the next start records what was kept."""
    let_go = threading.Event()

    class Hangs(Sending):
        def record(self, work: Work, outcomes: tuple[SendOutcome, ...]) -> None:  # type: ignore[override]
            let_go.wait(10)
            raise StoreError("store_full", "The disk is full.")

    office.sending = Hangs(capabilities=office.world.capabilities_of)

    async def story() -> int:
        journal = Journal(tmp_path / "journal", instance=office.store.instance)
        async with dispatching(office, bus, tmp_path, journal=journal) as dispatcher:
            key = await _queue(office)
            await eventually(lambda: office.world.taken)
            await dispatcher.stop(deadline=timedelta(milliseconds=50))
            assert journal.read()[0].provider_message_id == "p1"
            let_go.set()
        office.sending = Sending(capabilities=office.world.capabilities_of)
        async with dispatching(office, bus, tmp_path):
            await _until(office, key, S.ACCEPTED)
        return key

    run(story())
    assert len(office.world.requests) == 1


@pytest.mark.row("P6")
def test_a_reply_leaves_at_once_beside_a_slow_broadcast(office: Office, bus: EventBus, tmp_path: Path) -> None:
    """Broadcasts of two channels hang in their calls; whoever replies is attempted within 2 s all the same."""
    let_go = threading.Event()
    office.world.before_answer = lambda request: None if request.text == "reply" else (let_go.wait(20), None)[1]
    office.add_people(30)
    first, people = office.channel, office.people
    second = office.store.run_sync(lambda work: work.channels.add(kind="scripted", name="B", address="", settings={}))

    def broadcast() -> None:
        for channel, some in ((first, people[:12]), (second, people[12:24])):
            office.channel = channel
            asyncio.run(office.outbox.queue_many([office.new(person) for person in some]))

    async def story() -> float:
        await asyncio.to_thread(broadcast)
        async with dispatching(office, bus, tmp_path) as dispatcher:
            try:
                began = time.monotonic()
                await eventually(lambda: len(office.world.requests) == 6)
                assert time.monotonic() - began < LONGEST_PAUSE, "one channel kept workers of another idle"
                began = time.monotonic()
                await _queue(office, 30, "reply")
                await eventually(lambda: office.world.requests[-1][1].text == "reply")
                waited = time.monotonic() - began
                dispatcher.wake()
                busy = await office.store.run(lambda work: work.outbox.of_owner(office.store.instance))
            finally:
                let_go.set()
            await eventually(lambda: len(office.world.taken) == 25)
        of_each = Counter(entry.channel_id for entry in busy if entry.priority == 0)
        assert sum(of_each.values()) == 6
        assert max(of_each.values()) <= 4
        return waited

    waited = run(story())
    assert waited < 2
    print(f"a reply beside a slow broadcast was attempted after {waited:.2f} s")


class Ticking:
    """A monotonic clock that a test moves."""

    passed = 0.0

    def __call__(self) -> float:
        return self.passed


@pytest.mark.row("P6")
def test_a_rate_limit_is_kept(office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock) -> None:
    async def story() -> None:
        for number in range(3):
            await _queue(office, number)
        limit = RateLimit(per_second=1.0)
        async with dispatching(office, bus, tmp_path, rate_of=lambda _channel: limit) as dispatcher:
            for number in range(1, 4):
                await eventually(lambda number=number: len(office.world.requests) == number)
                await asyncio.sleep(0.02)
                assert len(office.world.requests) == number
                clock.advance(timedelta(seconds=1))
                dispatcher.wake()

    run(story())


@pytest.mark.row("P6")
def test_the_pace_that_a_kind_of_channel_declares_is_kept(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock
) -> None:
    office.world.capabilities = replace(office.world.capabilities_of(office.channel), send_per_second=2.0)

    async def story() -> None:
        for number in range(6):
            await _queue(office, number)
        async with dispatching(office, bus, tmp_path) as dispatcher:
            for number in (2, 4, 6):
                await eventually(lambda number=number: len(office.world.requests) == number)
                await asyncio.sleep(0.02)
                assert len(office.world.requests) == number
                clock.advance(timedelta(seconds=1))
                dispatcher.wake()

    run(story())


def test_a_channel_of_a_newer_program_does_not_stop_the_others(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock
) -> None:
    newer = office.store.run_sync(
        lambda work: work.channels.add(kind="pigeon", name="Pigeons", address="", settings={})
    )

    def known(channel: Channel) -> None:
        if channel.kind == "pigeon":
            raise NotFoundError("unknown_channel_kind", "This version does not know channels of this kind.")

    def available(channel: Channel) -> bool:
        known(channel)
        return True

    def capabilities(channel: Channel) -> Capabilities:
        known(channel)
        return office.world.capabilities_of(channel)

    office.sending = Sending(capabilities=capabilities)

    async def story() -> int:
        lost = await _queue(office, 0)
        other = await _queue(office, 1)
        office.begin(limit=1)
        lose = update(outbox).where(outbox.c.message_id == lost).values(channel_id=newer.id)
        await office.store.run(lambda work: work.connection.execute(lose))
        clock.advance(timedelta(seconds=120))  # the lease of the send on the unknown channel is over
        async with dispatching(office, bus, tmp_path, available=available):
            await _until(office, other, S.ACCEPTED)
            await _until(office, lost, S.UNKNOWN)
        return lost

    lost = run(story())
    assert office.entry(lost).look_due_at is None  # type: ignore[arg-type]
