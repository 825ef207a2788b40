"""The circuit breaker: an outage does not burn the queue."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import AttemptOutcome as A
from desktop_inbox.models.repositories.deliveries import Circuit
from desktop_inbox.models.store import Store
from desktop_inbox.services import circuit
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _after(*outcomes: A, apart: float = 1.0) -> Circuit:
    state = circuit.CLOSED
    for number, outcome in enumerate(outcomes):
        state = circuit.after(state, outcome, NOON + timedelta(seconds=number * apart))
    return state


@pytest.mark.row("P15")
@pytest.mark.parametrize(
    ("outcomes", "apart", "opens"),
    [
        ((A.NOT_SENT,) * 5, 1.0, True),
        ((A.AMBIGUOUS, A.NOT_SENT) * 3, 1.0, True),
        ((A.NOT_SENT,) * 4, 1.0, False),
        ((A.NOT_SENT,) * 4 + (A.ACCEPTED,) + (A.NOT_SENT,) * 4, 1.0, False),
        ((A.NOT_SENT,) * 4 + (A.PERMANENT,) + (A.NOT_SENT,) * 4, 1.0, False),
        ((A.NOT_SENT,) * 9, 16.0, False),
    ],
    ids=["five", "mixed", "four", "an answer between", "a refusal is an answer", "too far apart"],
)
def test_five_failures_in_a_minute_open_it(outcomes: tuple[A, ...], apart: float, opens: bool) -> None:
    assert (_after(*outcomes, apart=apart).until is not None) == opens


def test_probes_come_ever_later() -> None:
    state = _after(*(A.NOT_SENT,) * 5)
    assert state.until is not None
    pauses, now = [state.until - (NOON + timedelta(seconds=4))], NOON
    for _ in range(7):
        state = circuit.after_failed_probe(state, now)
        assert state.until is not None
        pauses.append(state.until - now)
    assert [pause.total_seconds() for pause in pauses] == [30, 60, 120, 240, 480, 600, 600, 600]


def test_a_success_closes_it() -> None:
    assert circuit.after(_after(*(A.NOT_SENT,) * 5), A.ACCEPTED, NOON) == circuit.CLOSED


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


@pytest.mark.row("P15")
@pytest.mark.parametrize(
    "queued", [200, pytest.param(5000, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])], ids=str
)
def test_an_outage_of_half_an_hour_with_a_long_queue(office: Office, clock: HeldClock, queued: int) -> None:
    workers = 8
    office.add_people(queued)
    asyncio.run(office.outbox.queue_many([office.new(person) for person in office.people[1:]]))
    chance, end = random.Random(4), clock() + timedelta(minutes=30)
    attempts = unclear = probes = 0
    while clock() < end:
        jobs = office.begin(limit=workers)
        for job in jobs:
            attempts += 1
            if chance.random() < 0.5:
                unclear += 1
                office.record(job, A.AMBIGUOUS)
            else:
                office.record(job, A.NOT_SENT, retry_at=clock() + timedelta(seconds=5))
        if office.store.run_sync(lambda work: office.sending.take_probe(work, office.channel.id)):
            probes += 1
            office.store.run_sync(lambda work: office.sending.probed(work, office.channel.id, answers=False))
        clock.advance(timedelta(seconds=1 if jobs else 15))
        office.sweep()
    assert attempts <= circuit.THRESHOLD + workers
    assert unclear <= circuit.THRESHOLD + workers
    assert probes <= 8
    clock.advance(timedelta(minutes=10))
    assert office.store.run_sync(lambda work: office.sending.take_probe(work, office.channel.id))
    office.store.run_sync(lambda work: office.sending.probed(work, office.channel.id, answers=True))
    while jobs := office.begin():
        for job in jobs:
            office.accept(job)
    states = office.store.read_sync(lambda work: work.outbox.count_states())
    assert states == {S.ACCEPTED: queued - unclear, **({S.UNKNOWN: unclear} if unclear else {})}
    assert problems(office) == []
    print(f"outage: {queued} queued, {attempts} attempts, {unclear} unclear, {probes} probes in 30 minutes")


@pytest.mark.row("P15")
def test_only_one_computer_probes(office: Office, clock: HeldClock) -> None:
    for _ in range(5):
        office.queue(office.person())
    for job in office.begin():
        office.record(job, A.NOT_SENT, retry_at=clock())
    take = lambda work: office.sending.take_probe(work, office.channel.id)  # noqa: E731
    assert office.begin() == ()
    assert not office.store.run_sync(take)
    clock.advance(timedelta(seconds=31))
    assert office.store.run_sync(take)
    assert not office.store.run_sync(take)
    assert office.begin() == ()
    clock.advance(timedelta(seconds=61))
    assert office.store.run_sync(take)
