"""Send and reconcile against a reference provider, driven by chance; and five mutants that must be caught.

The machine plays an office with two desktops: messages are queued, claimed, sent into a provider that may or
may not act, answer, answer late or not at all; senders die, leases run out, clocks move, lists are looked at.
Whatever happens, no key reaches its addressee twice and nothing is dropped without a word.
"""

import asyncio
import itertools
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import Move, OutboxEntry, SendOutcome
from desktop_inbox.models.repositories.outbox import released
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.attempt import NotAttemptedError, attempt
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    NotSentError,
    RejectedError,
    SentCandidate,
    ThrottledError,
)
from desktop_inbox.services.reconcile import Reconciler
from desktop_inbox.services.sending import Job, Sending
from desktop_inbox.services.transitions import Transitions
from tests.support.clock import HeldClock
from tests.support.scripted_provider import Answer, ScriptedPool, ScriptedProvider, World
from tests.support.sending import Office, add_person, open_office, problems

_CONTACTS = 2
_TERMINAL = {S.ACCEPTED, S.SENT, S.DELIVERED, S.FAILED, S.BLOCKED, S.EXPIRED, S.CANCELLED}

_ANSWERS = {
    "taken": Answer(),
    "taken, no answer": Answer(error=AmbiguousError("cut")),
    "taken late, no answer": Answer(error=AmbiguousError("cut"), late=timedelta(seconds=45)),
    "lost on the way": Answer(error=AmbiguousError("cut"), processed=False),
    "not sent": Answer(error=NotSentError("refused"), processed=False),
    "throttled": Answer(error=ThrottledError("slow", retry_after=timedelta(seconds=20)), processed=False),
    "rejected": Answer(error=RejectedError("no such number", code="400"), processed=False),
}


def _longest(_low: float, high: float) -> float:
    """Chance must come from the machine alone."""
    return high


class Fleet:
    """Two desktops on one database, reused by all examples of a run."""

    def __init__(self, url: str, rules: Transitions, reconciler: type[Reconciler]) -> None:
        rules.uniform = staticmethod(_longest)  # type: ignore[method-assign]
        self.clock = HeldClock()
        self.world = World(clock=self.clock)
        stores = [Store.open(url, clock=self.clock, instance=f"desk-{number}") for number in (1, 2)]
        sendings = [Sending(capabilities=self.world.capabilities_of, rules=rules) for _ in stores]
        self.desks = [
            open_office(store, self.world, people=0, sending=sending, first=number == 0)
            for number, (store, sending) in enumerate(zip(stores, sendings, strict=True))
        ]
        pool = ScriptedPool(self.world)
        self.reconcilers = [reconciler(store, sending, pool) for store, sending in zip(stores, sendings, strict=True)]

    def begin(self, reconcile: ReconcileClass) -> None:
        """A fresh world: nothing of an earlier example is open, and the provider remembers nothing."""
        self.clock.advance(timedelta(days=3))
        self.world.reconcile = reconcile
        first = self.desks[0]

        def close_all(work: Work) -> None:
            at = work.outbox.now()
            left = [*work.outbox.of_owner("desk-1"), *work.outbox.of_owner("desk-2"), *work.outbox.expired(at)]
            closed = [Move(before=one, after=released(one, S.CANCELLED), kind="closed", at=at) for one in left]
            work.outbox.apply(closed)
            looks = work.outbox.looks_due(at + timedelta(days=99), [first.channel.id], limit=100_000)
            work.outbox.apply(
                [Move(before=one, after=replace(one, look_due_at=None), kind="closed", at=at) for one in looks]
            )
            work.channels.change(
                first.channel.id, cool_until=None, circuit_until=None, circuit_failures=0, circuit_opened_at=None
            )

        first.store.run_sync(close_all)
        first.people.clear()
        self.world.taken.clear()
        self.world.requests.clear()
        base = next(_numbers) * 10
        first.people += first.store.run_sync(
            lambda work: [add_person(work, f"+1416{base + step:07d}") for step in range(_CONTACTS)]
        )
        self.desks[1].people = first.people

    def close(self) -> None:
        for desk in self.desks:
            desk.store.close()


_numbers = itertools.count(1)
_HOW = (*sorted(_ANSWERS), "taken", "taken", "lost on the way")
_CELLS = st.sampled_from([ReconcileClass.IDEMPOTENT, ReconcileClass.LISTABLE, ReconcileClass.NOTHING])
_desk = st.integers(0, 1)


class SendModel(RuleBasedStateMachine):
    """The reference is the world itself: what was taken, by key."""

    fleet: Fleet
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.fleet.world.taken.clear()
        self.keys: list[EntryId] = []
        self.jobs: list[tuple[Office, Job]] = []
        self.answers: list[tuple[Office, SendOutcome]] = []
        self.reconcile: ReconcileClass | None = None

    @precondition(lambda self: self.reconcile is None)
    @rule(reconcile=_CELLS)
    def open(self, reconcile: ReconcileClass) -> None:
        self.reconcile = reconcile
        self.fleet.begin(reconcile)

    @precondition(lambda self: self.reconcile)
    @rule(desk=_desk, person=st.integers(0, _CONTACTS - 1), same=st.sampled_from([True, True, True, False]))
    def queue(self, desk: int, person: int, same: bool) -> None:
        office = self.fleet.desks[desk]
        # The same words twenty times within five minutes are a loop, which the gate refuses.
        text = f"the same words {len(self.keys) // 15}" if same else f"words {len(self.keys)}"
        self.keys.append(office.queue(office.people[person], text).id)

    @precondition(lambda self: self.reconcile)
    @rule(desk=_desk)
    def claim_and_start(self, desk: int) -> None:
        office = self.fleet.desks[desk]
        self.jobs += [(office, job) for job in office.begin(limit=4)]

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 9), how=st.sampled_from(_HOW))
    def send(self, which: int, how: str) -> None:
        """The call ends; its result is not recorded yet."""
        office, job = self.jobs.pop(which % len(self.jobs))
        self.fleet.world.script(_ANSWERS[how])
        pool = ScriptedProvider(self.fleet.world)
        try:
            outcome = attempt(job, lambda: pool, path_of=Path, clock=self.fleet.clock, uniform=_longest)
        except NotAttemptedError:  # it slept with the claim in its hand
            self.fleet.world.forget_script()
            office.store.run_sync(lambda work: office.sending.unstart(work, (job.entry,)))
        else:
            self.answers.append((office, outcome))

    @precondition(lambda self: self.answers)
    @rule(which=st.integers(0, 9))
    def record(self, which: int) -> None:
        """The result is recorded, perhaps long after its lease ran out."""
        office, outcome = self.answers.pop(which % len(self.answers))
        office.store.run_sync(lambda work: office.sending.record(work, (outcome,)))

    @precondition(lambda self: self.jobs or self.answers)
    @rule()
    def crash(self) -> None:
        """Every sender dies with what it knew; each desk starts again."""
        self.jobs.clear()
        self.answers.clear()
        for office in self.fleet.desks:
            office.store.run_sync(office.sending.recover)

    @precondition(lambda self: self.reconcile)
    @rule(seconds=st.sampled_from([5, 30, 61, 95, 200]))
    def time_passes(self, seconds: int) -> None:
        self.fleet.clock.advance(timedelta(seconds=seconds))

    @precondition(lambda self: self.reconcile)
    @rule(desk=_desk)
    def sweep(self, desk: int) -> None:
        self.fleet.desks[desk].sweep()

    @precondition(lambda self: self.reconcile)
    @rule(desk=_desk)
    def look(self, desk: int) -> None:
        asyncio.run(self.fleet.reconcilers[desk].run([self.fleet.desks[desk].channel_now()]))

    @invariant()
    def no_answer_belongs_to_two(self) -> None:
        assert ProviderIdReuse.refused == []

    @invariant()
    def nothing_is_delivered_twice(self) -> None:
        type(self).steps += 1
        twice = {key: number for key, number in self.fleet.world.deliveries().items() if number > 1}
        assert twice == {}

    def teardown(self) -> None:
        """Let everything come to an end, then account for every message."""
        if self.reconcile is None:
            return
        self.jobs.clear()  # these died before their call
        self.fleet.clock.advance(timedelta(seconds=95))
        self.fleet.desks[0].sweep()
        while self.answers:  # these come when their leases are over
            self.record(0)
        self._settle()
        self.nothing_is_delivered_twice()
        office = self.fleet.desks[0]
        entries = {key: office.entry(key) for key in self.keys}
        delivered = self.fleet.world.deliveries()
        bound: list[str] = []
        for entry in entries.values():
            assert entry.state in _TERMINAL | {S.UNKNOWN}, "neither sent nor told"
            if entry.state in (S.ACCEPTED, S.SENT):
                assert delivered[entry.idem_key] == 1, "shown as sent, but it never left"
                bound.append(entry.provider_message_id or "")
            elif entry.state is not S.UNKNOWN:
                assert delivered[entry.idem_key] == 0, "it left, but is shown as failed"
        assert len(bound) == len(set(bound))

    def _settle(self) -> None:
        for _ in range(40):
            self.fleet.clock.advance(timedelta(seconds=61))
            for office in self.fleet.desks:
                office.sweep()
                key = office.channel.id
                if office.store.run_sync(lambda work, key=key, office=office: office.sending.take_probe(work, key)):
                    office.store.run_sync(
                        lambda work, key=key, office=office: office.sending.probed(work, key, answers=True)
                    )
                for job in office.begin():
                    pool = ScriptedProvider(self.fleet.world)
                    outcome = attempt(
                        job, lambda pool=pool: pool, path_of=Path, clock=self.fleet.clock, uniform=_longest
                    )
                    office.store.run_sync(lambda work, one=outcome, office=office: office.sending.record(work, (one,)))
            asyncio.run(self.fleet.reconcilers[0].run([self.fleet.desks[0].channel_now()]))
            office = self.fleet.desks[0]
            still = office.store.read_sync(
                lambda work: (
                    work.outbox.waiting_count()
                    or work.outbox.looks_due(work.outbox.now() + timedelta(days=1), [self.fleet.desks[0].channel.id])
                )
            )
            if not still:
                return


def _tell_of_equal_words(model: SendModel) -> None:
    """A story that chance tells rarely: one message arrives, the same words soon after get lost on the way."""
    model.open(ReconcileClass.LISTABLE)
    for how in ("taken", "lost on the way"):
        model.queue(0, 0, True)
        model.claim_and_start(0)
        model.send(0, how)
        model.record(0)
    for _ in range(3):
        model.time_passes(200)
        model.sweep(0)
        model.look(0)
        model.no_answer_belongs_to_two()
    model.teardown()


def _tell_of_a_late_list(model: SendModel) -> None:
    """Another: nobody answers, and the list that is looked at soon after does not show yet what was taken."""
    model.open(ReconcileClass.LISTABLE)
    model.queue(0, 0, False)
    model.claim_and_start(0)
    model.send(0, "taken late, no answer")
    model.record(0)
    for _ in range(3):
        model.time_passes(5)
        model.look(0)
        model.sweep(0)
        model.claim_and_start(0)
        if model.jobs:
            model.send(0, "taken")
            model.record(0)
        model.time_passes(30)
        model.nothing_is_delivered_twice()
    model.teardown()


def _tell_of_a_lost_lease(model: SendModel, *, late: bool) -> None:
    """Another: a message left, and its sender dies or tells of it only when its lease is long over."""
    model.open(ReconcileClass.NOTHING)
    model.queue(0, 0, False)
    model.claim_and_start(0)
    model.send(0, "taken")
    if not late:
        model.answers.clear()
    model.time_passes(200)
    model.sweep(1)
    if late:
        model.record(0)
    model.claim_and_start(1)
    if model.jobs:
        model.send(0, "taken")
        model.record(0)
    model.nothing_is_delivered_twice()
    model.teardown()


def _play(url: str, *, examples: int, steps: int, rules: Transitions, reconciler: type[Reconciler]) -> int:
    fleet = Fleet(url, rules, reconciler)
    machine = type("Machine", (SendModel,), {"fleet": fleet, "steps": 0})
    try:
        _tell_of_equal_words(machine())
        _tell_of_a_late_list(machine())
        for late in (False, True):
            _tell_of_a_lost_lease(machine(), late=late)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert problems(fleet.desks[0]) == []
    finally:
        fleet.close()
    return int(machine.steps)  # type: ignore[attr-defined]


@pytest.fixture
def quick_url(_migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SQLite file in memory where the system has such a folder: the model commits ten thousands of times."""
    memory = Path("/dev/shm")
    folder = memory / f"send-model-{uuid.uuid4().hex}" if memory.is_dir() else tmp_path_factory.mktemp("model")
    folder.mkdir(exist_ok=True, mode=0o700)
    yield address_of_file(Path(shutil.copy(_migrated_file, folder / "inbox.db")))
    shutil.rmtree(folder)


@pytest.mark.row("P2", "P3", "P4")
def test_the_model_holds_on_sqlite(quick_url: str) -> None:
    steps = _play(quick_url, examples=100, steps=30, rules=Transitions(), reconciler=Reconciler)
    print(f"send model: 100 examples, {steps} states on SQLite")


@pytest.mark.postgres
@pytest.mark.row("P2", "P3", "P4")
def test_the_model_holds_on_postgres(postgres_url: str) -> None:
    steps = _play(postgres_url, examples=20, steps=25, rules=Transitions(), reconciler=Reconciler)
    print(f"send model: 20 examples, {steps} states on PostgreSQL")


@pytest.mark.chaos
@pytest.mark.timeout(3600)
@pytest.mark.row("P2", "P3", "P4")
def test_the_model_holds_for_long(quick_url: str) -> None:
    steps = _play(quick_url, examples=3000, steps=40, rules=Transitions(), reconciler=Reconciler)
    print(f"send model: 3000 examples, {steps} states on SQLite")


# -- mutants: each breaks one rule, and the model must see it


class NaiveRetry(Transitions):
    """Tries again after a time-out."""

    def unclear(self, entry: OutboxEntry, at: Any, reconcile: ReconcileClass, **options: Any) -> Move:
        return Move(before=entry, after=released(entry, S.RETRY_WAIT, due_at=at), kind="naive", at=at)


class LateArrivalRequeue(Transitions):
    """Queues again what lost its fence, although its result says that it left. Its leases are short, so that
    results come late often."""

    lease = timedelta(seconds=20)

    def late(self, entry: OutboxEntry, outcome: SendOutcome) -> Move | None:
        if entry.state is not S.UNKNOWN:
            return None
        return Move(before=entry, after=released(entry, S.QUEUED, due_at=outcome.at), kind="naive", at=outcome.at)


class LeaseExpiryRequeue(Transitions):
    """Queues again what a dead sender was sending."""

    def lease_lost(self, entry: OutboxEntry, at: Any, reconcile: ReconcileClass) -> Move:
        return self.put_back(entry, at, kind="naive")


class NoSettleTime(Transitions):
    """Believes the provider's list at once."""

    settle = timedelta(0)
    looks_apart = timedelta(0)


class ProviderIdReuse(Reconciler):
    """Binds what another message has already: neither guard against it is there, but the database's."""

    refused: ClassVar[list[str]] = []

    def _bound(self, work: Work, channel_id: ChannelId, ids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    def found(self, work: Work, known: OutboxEntry, candidates: Sequence[SentCandidate]) -> None:
        entry = self._still(work, known)
        mine = None if entry is None else self._mine(work, entry, candidates)
        if entry is None or mine is None:
            super().found(work, known, candidates)
            return
        try:
            self._sending.bind(work, entry, mine.provider_message_id, mine.status, kind="found")
        except IntegrityError:
            self.refused.append(mine.provider_message_id)  # the round goes on with the next entry: told here
            raise


MUTANTS: dict[str, tuple[Transitions, type[Reconciler]]] = {
    "naive retry": (NaiveRetry(), Reconciler),
    "late arrival requeue": (LateArrivalRequeue(), Reconciler),
    "lease expiry requeue": (LeaseExpiryRequeue(), Reconciler),
    "no settle time": (NoSettleTime(), Reconciler),
    "provider id reuse": (Transitions(), ProviderIdReuse),
}


@pytest.mark.row("P4")
@pytest.mark.timeout(600)  # chance in the product decides how many examples it takes
@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.xfail(strict=True, raises=(AssertionError, IntegrityError), reason="the model must catch this mutant")
def test_the_model_catches(name: str, quick_url: str) -> None:
    rules, reconciler = MUTANTS[name]
    ProviderIdReuse.refused.clear()
    examples = 2000 if reconciler is Reconciler else 300  # ends with the first catch, or tells it after all
    _play(quick_url, examples=examples, steps=30, rules=rules, reconciler=reconciler)
    assert ProviderIdReuse.refused == []
