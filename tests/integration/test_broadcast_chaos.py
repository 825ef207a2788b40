"""A broadcast over a Twilio account that answers badly, killed again and again; opt-outs and replies beside it."""

import asyncio
import random
import sys
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.clock import now
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.batch import BatchStatus, RecipientState
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.gate import QUEUE_RULES, Facts, Gate
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from tests.support.broadcasting import Desk, desk
from tests.support.children import Child
from tests.support.clock import HeldClock
from tests.support.run import run, wait_until
from tests.support.scripted_provider import World
from tests.support.sending import Person, dispatching, problems
from tests.support.twilio_double import TwilioDouble

OpenStore = Callable[..., Store]

# -- killed over and over


class Weather(deque[bool]):
    """One answer in twenty is a fault: lost after the request was acted on or before, an error, or a refusal."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.twilio: TwilioDouble | None = None
        self.faults: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> bool:  # type: ignore[override]
        with self._lock:
            if self._chance.random() >= 0.05:
                return None  # type: ignore[return-value]
            fault = self._chance.choice(("lost after", "lost before", "500", "429", "21610"))
            self.faults[fault] += 1
            if fault.startswith("lost"):
                return fault == "lost after"
            assert self.twilio is not None
            code = {"500": None, "429": 20429, "21610": 21610}[fault]
            status = 400 if fault == "21610" else int(fault)
            self.twilio.refuse(status=status, code=code, retry_after="0" if fault == "429" else None)
            return None  # type: ignore[return-value]


def _over(here: Desk, batch_id: BatchId, child: Child) -> bool:
    time.sleep(0.2)
    assert not child.killed_itself()
    return here.status(batch_id) in (BatchStatus.SENT, BatchStatus.ERROR)


def _killed_broadcast(url: str, folder: Path, *, size: int, kills: int, patience: float) -> None:
    weather, chance = Weather(7), random.Random(3)
    with TwilioDouble(losses=weather) as twilio:
        weather.twilio = twilio
        here = desk(Store.open(url, instance="parent"), World(clock=now), people=size)
        settings = {"account_sid": twilio.account, "number": "+14155550100", "base_url": twilio.origin}
        here.office.store.run_sync(lambda work: work.channels.change(here.office.channel.id, settings=settings))
        batch_id = here.create(text="Hello $contact.firstname")
        arguments = (url, "desk", twilio.origin, twilio.account, twilio.token, str(folder / "journal"))
        began = time.monotonic()
        child = Child(*arguments, module="broadcast_child")
        try:
            for _ in range(kills):
                wait_until(lambda: child.lines or child.killed_itself())  # noqa: B023
                time.sleep(chance.uniform(0.1, 1.5))  # the surprise is the test
                child.__exit__(None, None, None)
                child = Child(*arguments, module="broadcast_child")
            wait_until(lambda: _over(here, batch_id, child), timeout=patience)
        finally:
            child.__exit__(None, None, None)
        seconds = time.monotonic() - began
        taken = Counter(row["to"] for row in twilio.sent())
    _check(here, batch_id, taken, size)
    messages = asyncio.run(here.service.counts((batch_id,)))[batch_id].messages
    shown = ", ".join(f"{number} {status}" for status, number in sorted(messages.items()))
    print(
        f"broadcast: {size} recipients, {kills} kills, {sum(weather.faults.values())} faulty answers"
        f" in {seconds:.0f} s: {shown}; got it twice: 0"
    )
    here.office.store.close()


def _check(here: Desk, batch_id: BatchId, taken: Counter[str], size: int) -> None:
    """Everybody in exactly one state, nobody twice, and the ledger tells the same."""
    assert max(taken.values()) == 1
    recipients = here.recipients(batch_id)
    assert {one.state for one in recipients} == {RecipientState.QUEUED}
    assert len({one.address_id for one in recipients}) == len({one.message_id for one in recipients}) == size
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert (sum(counts.messages.values()), counts.waiting) == (size, 0)
    paths = {person.address_id: person.path for person in here.office.people}

    def read(work: Work) -> list[tuple[str, S, str]]:
        found = []
        for one in recipients:
            assert one.message_id is not None
            assert one.address_id is not None
            (message,) = work.messages.many([one.message_id])
            lines = work.ledger.of_message(one.message_id)
            found.append((paths[one.address_id], message.status, replayed([line.kind for line in lines])))
        return found

    for path, status, told in here.office.store.read_sync(read):
        assert told == status, path
        if status in (S.ACCEPTED, S.SENT, S.DELIVERED):
            assert taken[path] == 1
        elif status in (S.FAILED, S.BLOCKED):
            assert taken[path] == 0
        else:
            assert status is S.UNKNOWN
    assert problems(here.office) == []


#: What a line of the ledger makes of a message; other lines change nothing that lasts.
_MEANING = {
    "late_result": S.ACCEPTED,
    "bound_by_evidence": S.ACCEPTED,
    "found": S.ACCEPTED,
    "lease_lost": S.UNKNOWN,
    "unclear": S.UNKNOWN,
    "refused": S.FAILED,
    "put_back": S.QUEUED,
    "released": S.QUEUED,
    "lease_expired": S.QUEUED,
    "not_started": S.QUEUED,
    "not_sent": S.RETRY_WAIT,
    "throttled": S.RETRY_WAIT,
    "proven_absent": S.QUEUED,
}


def replayed(kinds: list[str]) -> str:
    """The state that the ledger's lines add up to."""
    state = S.QUEUED
    for kind in kinds:
        if kind in _MEANING:
            state = _MEANING[kind]
        elif kind in set(S):
            state = S(kind)
    return str(state)


@pytest.mark.postgres
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(300)
@pytest.mark.row("D-02", "P2", "P3")
def test_a_broadcast_killed_three_times(postgres_url: str, tmp_path: Path) -> None:
    _killed_broadcast(postgres_url, tmp_path, size=300, kills=3, patience=240)


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(7200)
@pytest.mark.row("D-02", "P2", "P3")
def test_a_broadcast_to_ten_thousand_killed_twenty_times(database_url: str, tmp_path: Path) -> None:
    _killed_broadcast(database_url, tmp_path, size=10_000, kills=20, patience=6000)


# -- opt-outs


SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE)


def _say_stop(here: Desk, person: Person) -> None:
    service = InboundService(here.office.store, answers=AutomaticAnswers(here.office.outbox))
    message = InboundMessage(
        provider_message_id=str(uuid.uuid4()),
        scheme=Scheme.TEL,
        address=person.path,
        text="STOP",
        occurred_at=here.office.world.clock(),
    )
    asyncio.run(service.take(here.office.channel, SMS, FetchResult(cursor="1", messages=(message,))))


def _never(_facts: Facts) -> GateDecision | None:
    return GateDecision(kind=GateKind.HOLD, code="outside_hours", sentence="It is too late in the day.")


@pytest.mark.row("P7", "S4-09")
def test_a_stop_while_the_batch_waits_takes_the_contact_out_at_once(store: Store, clock: HeldClock) -> None:
    here = desk(store, World(clock=clock), people=3, gate=Gate(queue_rules=(*QUEUE_RULES, _never)))
    batch_id = here.create()
    here.process()
    assert here.states(batch_id) == {RecipientState.WAITING: 3}
    _say_stop(here, here.office.people[1])
    waiting = [(one.state, one.reason_code) for one in here.recipients(batch_id)]
    assert waiting[1] == (RecipientState.SKIPPED, "opted_out")
    assert [state for state, _code in waiting] == [
        RecipientState.WAITING,
        RecipientState.SKIPPED,
        RecipientState.WAITING,
    ]


@pytest.mark.row("P7", "S4-09")
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "stops", [60, pytest.param(1000, marks=[pytest.mark.chaos, pytest.mark.timeout(3600)])], ids=str
)
def test_optout_race(open_store: OpenStore, clock: HeldClock, stops: int) -> None:
    """Contacts say STOP while four senders work: no attempt starts after the opt-out was committed."""
    world = World(clock=clock)
    here = desk(open_store(), world, people=stops)
    senders = [desk(open_store(), world, first=False) for _ in range(4)]
    batches = [here.create(text="Offer")]
    here.process()
    batches.append(here.create(text="Offer"))
    said: set[int] = set()  # contacts whose opt-out is committed
    late: list[int] = []
    started: list[int] = []
    over = threading.Event()

    def send(one: Desk) -> None:
        while not over.is_set():
            before = frozenset(said)
            claimed = one.office.claim(3)
            jobs = one.office.start(claimed)
            for job in jobs:
                if job.delivery.text == "Offer":
                    started.append(job.entry.contact_id)
                    late.extend([job.entry.contact_id] * (job.entry.contact_id in before))
                one.office.accept(job)
            if not jobs:
                time.sleep(0.01)

    def stop() -> None:
        people = list(here.office.people)
        random.Random(5).shuffle(people)
        for person in people:
            _say_stop(here, person)
            said.add(person.contact_id)

    threads = [threading.Thread(target=send, args=(one,)) for one in senders]
    stopper = threading.Thread(target=stop)
    stopper.start()
    for thread in threads:
        thread.start()
    here.process()  # the second batch becomes messages meanwhile
    stopper.join()
    over.set()
    for thread in threads:
        thread.join()
    assert late == []
    assert not [job for job in here.office.begin(limit=stops) if job.delivery.text == "Offer"]
    found = asyncio.run(here.service.counts(batches)).values()
    left = sum(counts.left for counts in found)
    kept = sum(counts.of(RecipientState.SKIPPED) + counts.messages.get(S.BLOCKED, 0) for counts in found)
    assert (left, left + kept) == (len(started), 2 * stops)
    assert problems(here.office) == []
    print(f"opt-out race: {stops} STOPs, 4 senders: {len(started)} before, {kept} kept back, 0 after")


# -- replies


@pytest.mark.row("P6")
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "size", [1500, pytest.param(10_000, marks=[pytest.mark.chaos, pytest.mark.timeout(3600)])], ids=str
)
def test_a_reply_leaves_while_a_batch_is_processed(open_store: OpenStore, tmp_path: Path, size: int) -> None:
    """While a broadcast at one message a second becomes rows of the outbox, whoever replies is attempted within 2 s."""
    bus = EventBus()
    here = desk(open_store(clock=now, publish=bus.publish), World(clock=now), people=size)
    here.office.add_people(1)
    friend = here.office.people[-1]
    batch_id = here.create(here.office.people[:-1], pace=60)

    async def story() -> list[float]:
        waits: list[float] = []
        async with dispatching(here.office, bus, tmp_path):
            processing = asyncio.create_task(here.job())
            number = 0
            while not processing.done():
                number += 1
                began = time.monotonic()
                await here.office.outbox.queue(
                    friend.conversation_id,
                    f"reply {number}",
                    channel_id=here.office.channel.id,
                    address_id=friend.address_id,
                    client_uuid=str(uuid.uuid4()),
                )
                while not any(request.text == f"reply {number}" for _at, request in here.office.world.requests):
                    await asyncio.sleep(0.01)
                    assert time.monotonic() - began < 30
                waits.append(time.monotonic() - began)
                await asyncio.sleep(0.05)
            await processing
        return waits

    waits = run(story(), timeout=3000)
    assert here.states(batch_id) == {RecipientState.QUEUED: size}
    assert len(waits) > 2
    # On a computer that does other work too, one reply in a few may wait for the processor.
    assert sorted(waits)[len(waits) // 2] <= 2
    print(f"replies beside {size} recipients: {len(waits)}, the slowest attempted after {max(waits):.2f} s")
