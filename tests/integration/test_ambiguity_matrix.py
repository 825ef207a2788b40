"""The thirteen outcomes after which nobody knows whether a message left, in each of the four classes.

Each cell is played twice, with a provider that acted on the request and with one that did not: the symptom is
the same, and in both truths the message must reach its addressee at most once and end as told.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.channel import Channel, ReconcileClass
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import receipts
from desktop_inbox.services.attempt import attempt
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.reconcile import Reconciler
from desktop_inbox.services.sending import Job, Sending
from tests.support.clock import HeldClock
from tests.support.fault_server import Fault, FaultServer, Step
from tests.support.http_provider import HttpPool
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems

FAULTS = {
    "read timeout": Fault.STALL,
    "own deadline": Fault.DRIP,
    "remote disconnected": Fault.CLOSE_AFTER_BODY,
    "reset after the request": Fault.RESET_AFTER_BODY,
    "truncated answer": Fault.WRONG_LENGTH,
    "undecodable answer": Fault.BAD_GZIP,
    "answer that is not JSON": Fault.HTML,
    "answer without an id": Fault.NO_ID,
    "redirect": Fault.REDIRECT,
    "408": Fault.STATUS_408,
    "5xx": Fault.STATUS_503,
}
DIED, COMMIT_FAILED = "process died while sending", "result commit failed"
OUTCOMES = (*FAULTS, DIED, COMMIT_FAILED)


@dataclass
class Stage:
    """One class of providers, played against the server."""

    office: Office
    server: FaultServer
    pool: HttpPool
    reconciler: Reconciler
    clock: HeldClock
    folder: Path

    @property
    def channel(self) -> Channel:
        return self.office.channel_now()

    def deliveries(self, message_id: EntryId) -> int:
        return self.server.deliveries_of(self.office.entry(message_id).idem_key)

    def send(self, job: Job) -> SendOutcome:
        return attempt(job, lambda: self.pool.for_channel(job.channel), path_of=Path, clock=self.clock)

    def record(self, outcome: SendOutcome) -> None:
        self.office.store.run_sync(lambda work: self.office.sending.record(work, (outcome,)))

    def look(self) -> None:
        asyncio.run(self.reconciler.run([self.channel]))

    def pass_time(self, step: timedelta) -> None:
        """Let time pass in the steps of the dispatcher's loop."""
        end = self.clock() + step
        while self.clock() < end:
            self.clock.advance(timedelta(seconds=15))
            self.office.sweep()
            self.look()

    def carry(self) -> None:
        """Send what may leave, in good weather."""
        for job in self.office.begin():
            self.record(self.send(job))

    def forget_circuit(self) -> None:
        """The cells are independent: five of them in a row are no outage."""
        key = self.channel.id
        self.office.store.run_sync(
            lambda work: work.channels.change(key, circuit_failures=0, circuit_opened_at=None, circuit_until=None)
        )


@pytest.fixture(params=list(ReconcileClass), ids=lambda one: f"class {one}")
def stage(
    request: pytest.FixtureRequest, open_store: Callable[..., Store], clock: HeldClock, tmp_path: Path
) -> Iterator[Stage]:
    pool_of: list[HttpPool] = []
    with FaultServer(clock=clock) as server:
        pool = HttpPool(server.url, timeouts=Timeouts(connect=2.0, read=0.15, total=0.3))
        pool_of.append(pool)
        world = World(clock=clock)
        sending = Sending(capabilities=pool.capabilities)
        office = open_office(open_store(instance="desk-1"), world, people=0, sending=sending)
        settings = {"class": str(request.param)}
        office.store.run_sync(lambda work: work.channels.change(office.channel.id, settings=settings))
        yield Stage(office, server, pool, Reconciler(office.store, sending, pool), clock, tmp_path)
        pool.close()


def _fail(stage: Stage, outcome: str, *, processed: bool) -> EntryId:
    """Play one cell up to the moment when nobody knows."""
    office = stage.office
    message = office.queue(office.person(), f"{outcome} {processed}")
    (job,) = office.begin()
    if outcome in FAULTS:
        stage.server.script(Step(FAULTS[outcome], processed=processed))
        stage.record(stage.send(job))
    elif outcome == DIED:
        if processed:
            stage.send(job)
        office.store.run_sync(office.sending.recover)  # the next run of the same process
    else:
        stage.server.script(Step(Fault.NONE if processed else Fault.STATUS_503, processed=processed))
        _lose_the_result(stage, stage.send(job))
    return message.id


def _lose_the_result(stage: Stage, outcome: SendOutcome) -> None:
    """The commit of the result fails and the disk takes no journal either; the lease runs out."""

    def failing(work: Work) -> None:
        stage.office.sending.record(work, (outcome,))
        raise StoreError("store_full", "The disk is full.")

    with pytest.raises(StoreError):
        stage.office.store.run_sync(failing)
    in_the_way = stage.folder / "file"
    in_the_way.touch()
    with pytest.raises(FileExistsError):
        Journal(in_the_way, instance="desk-1").append((outcome,))
    stage.clock.advance(timedelta(seconds=91))
    stage.office.sweep()


@pytest.mark.row("P4")
def test_the_matrix(stage: Stage, request: pytest.FixtureRequest) -> None:
    """13 outcomes, each in both truths: unknown first; then found, repeated once, or a person's."""
    reconcile = stage.pool.capabilities(stage.channel).reconcile
    cells = 0
    for outcome in OUTCOMES:
        for processed in (True, False):
            cell = f"class {reconcile}: {outcome}, {'processed' if processed else 'not processed'}"
            stage.forget_circuit()
            key = _fail(stage, outcome, processed=processed)
            assert stage.office.status(key) is S.UNKNOWN, cell
            assert stage.office.begin() == (), f"{cell}: repeated before it was cleared up"
            if reconcile is ReconcileClass.ECHOED and processed:
                _echo(stage, key)
            stage.pass_time(timedelta(seconds=330))
            stage.carry()
            expected = _expected(reconcile, processed=processed)
            assert (stage.office.status(key), stage.deliveries(key)) == expected, cell
            cells += 1
    assert problems(stage.office) == []
    assert cells == 2 * len(OUTCOMES)
    print(f"ambiguity matrix: {cells} cells of class {reconcile}")


@pytest.mark.row("P4")
@pytest.mark.parametrize("stage", [ReconcileClass.IDEMPOTENT], indirect=True)
@pytest.mark.parametrize("processed", [True, False], ids=["processed", "not processed"])
def test_a_refused_repeat_proves_nothing_about_the_first_attempt(stage: Stage, processed: bool) -> None:
    """Class A repeats with the same key; the refusal of the repeat leaves the message to a person."""
    key = _fail(stage, "read timeout", processed=processed)
    stage.pass_time(timedelta(seconds=60))
    (job,) = stage.office.begin()
    stage.server.script(Step(Fault.STATUS_400, processed=False))
    stage.record(stage.send(job))
    entry = stage.office.entry(key)
    assert (entry.state, entry.look_due_at) == (S.UNKNOWN, None)
    stage.pass_time(timedelta(seconds=330))
    assert stage.office.begin() == ()
    assert stage.deliveries(key) == int(processed)


def _echo(stage: Stage, key: EntryId) -> None:
    idem_key = stage.office.entry(key).idem_key
    (accepted,) = [one for one in stage.server.accepted if one.key == idem_key]
    channel_id = stage.channel.id
    stage.office.store.run_sync(
        lambda work: receipts.bind_echo(work, stage.office.sending.rules, channel_id, idem_key, accepted.id)
    )


def _expected(reconcile: ReconcileClass, *, processed: bool) -> tuple[S, int]:
    """(status, deliveries) after reconciliation."""
    match reconcile:
        case ReconcileClass.IDEMPOTENT:
            return S.ACCEPTED, 1
        case ReconcileClass.LISTABLE:
            return (S.SENT if processed else S.ACCEPTED), 1
        case ReconcileClass.ECHOED:
            return (S.ACCEPTED, 1) if processed else (S.UNKNOWN, 0)
        case ReconcileClass.NOTHING:
            return S.UNKNOWN, int(processed)
