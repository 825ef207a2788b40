"""Clearing up what nobody knows; leases, fences and the order around them."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.errors import SecretStoreError
from desktop_inbox.models.checks import wrong_columns
from desktop_inbox.models.entities.channel import Channel, ChannelState, ReconcileClass
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Direction, Message, SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome as A
from desktop_inbox.models.entities.outbox import Priority, SendOutcome
from desktop_inbox.models.schema import delivery_ledger, messages, outbox
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import receipts, retry
from desktop_inbox.services.attempt import NotAttemptedError, attempt
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.providers.base import DeliveryReceipt, Provider
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from desktop_inbox.services.reconcile import Reconciler
from desktop_inbox.services.sending import Job, Sending
from tests.support.clock import HeldClock
from tests.support.scripted_provider import ScriptedPool, ScriptedProvider, Taken, World
from tests.support.sending import Office, open_office, problems


@pytest.fixture
def world(clock: HeldClock) -> World:
    return World(clock=clock)


@pytest.fixture
def office(store: Store, world: World) -> Office:
    return open_office(store, world)


def _look(office: Office) -> None:
    pool = ScriptedPool(office.world)
    asyncio.run(Reconciler(office.store, office.sending, pool).run([office.channel_now()]))


def _wait(office: Office, clock: HeldClock, seconds: int) -> None:
    for _ in range(0, seconds, 15):
        clock.advance(timedelta(seconds=15))
        office.sweep()
        _look(office)


def _unclear(office: Office, text: str = "Hello", *, taken_after: float | None = None) -> Job:
    """A message of which nobody knows whether it left; with ``taken_after`` the provider took it."""
    office.queue(office.people[0], text)
    (job,) = office.begin()
    if taken_after is not None:
        _take(office, job, f"late-{job.entry.id}", taken_after)
    office.record(job, A.AMBIGUOUS)
    return job


def _take(office: Office, job: Job, provider_id: str, seconds: float) -> None:
    office.world.taken.append(
        Taken(
            provider_id=provider_id,
            key=job.entry.idem_key,
            to=job.delivery.to,
            text=job.delivery.text,
            at=office.world.clock() + timedelta(seconds=seconds),
        )
    )


# -- fences and leases


@pytest.mark.row("P2")
def test_a_claim_that_ran_out_is_queued_again_and_its_holder_may_not_start(office: Office, clock: HeldClock) -> None:
    office.queue(office.people[0])
    claimed = office.claim()
    clock.advance(timedelta(seconds=91))
    office.sweep()
    (again,) = office.claim()
    assert again.fence == claimed[0].fence + 1
    assert office.start(claimed) == ()
    assert len(office.start((again,))) == 1


@pytest.mark.row("P2", "P4")
def test_a_send_that_ran_out_is_unclear_and_its_late_result_binds_it(office: Office, clock: HeldClock) -> None:
    message = office.queue(office.people[0])
    (job,) = office.begin()
    clock.advance(timedelta(seconds=91))
    office.sweep()
    assert office.status(message.id) is S.UNKNOWN
    office.accept(job, "late")
    entry = office.entry(message.id)
    assert (entry.state, entry.provider_message_id) == (S.ACCEPTED, "late")
    kinds = [line.kind for line in office.store.read_sync(lambda work: work.ledger.of_message(message.id))]
    assert kinds == ["queued", "claimed", "sending", "unknown", "late_result"]


def test_a_late_failure_proves_nothing(office: Office, clock: HeldClock) -> None:
    message = office.queue(office.people[0])
    (job,) = office.begin()
    clock.advance(timedelta(seconds=91))
    office.sweep()
    office.record(job, A.PERMANENT, code="400")
    assert office.status(message.id) is S.UNKNOWN


@pytest.mark.row("P10")
def test_nothing_is_sent_with_a_claim_that_slept(office: Office, clock: HeldClock) -> None:
    message = office.queue(office.people[0])
    (job,) = office.begin()
    for jump in (timedelta(days=3), timedelta(hours=-4)):
        clock.advance(jump)
        with pytest.raises(NotAttemptedError):
            attempt(job, lambda: ScriptedProvider(office.world), path_of=Path, clock=clock)
    office.store.run_sync(lambda work: office.sending.unstart(work, (job.entry,)))
    assert office.entry(message.id).attempts == 0
    assert office.world.requests == []


@pytest.mark.row("P10")
@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=3650), timedelta(minutes=-1)])
def test_the_clock_jumps_while_a_message_is_claimed(office: Office, clock: HeldClock, jump: timedelta) -> None:
    office.queue(office.people[0])
    office.claim()
    clock.advance(jump)
    if jump < timedelta(0):
        office.store.run_sync(office.sending.clock_was_set_back)
    clock.advance(timedelta(seconds=91))
    office.sweep()
    states = office.store.read_sync(lambda work: work.outbox.count_states())
    assert states in ({S.QUEUED: 1}, {S.EXPIRED: 1})
    assert (states == {S.EXPIRED: 1}) == (jump > timedelta(days=1))


@pytest.mark.row("P10")
def test_a_clock_set_back_does_not_strand_what_was_queued_in_the_future(office: Office, clock: HeldClock) -> None:
    clock.advance(timedelta(days=3650))
    office.queue(office.people[0])
    clock.advance(timedelta(days=-3650))
    assert office.begin() == ()
    office.store.run_sync(office.sending.clock_was_set_back)
    assert len(office.begin()) == 1


def test_start_up_takes_back_only_what_is_its_own(
    open_store: Callable[..., Store], world: World, clock: HeldClock
) -> None:
    mine = open_office(open_store(instance="mine"), world, people=4)
    theirs = open_office(open_store(instance="theirs"), world, first=False)
    keys = [mine.queue(person).id for person in mine.people]
    first = mine.claim(1)
    mine.start(mine.claim(1))
    theirs.start(theirs.claim(1))
    theirs.claim(1)
    mine.store.run_sync(mine.sending.recover)
    assert [mine.entry(key).state for key in keys] == [S.QUEUED, S.UNKNOWN, S.SENDING, S.CLAIMED]
    assert mine.start(first) == ()


# -- order


@pytest.mark.row("P5")
def test_an_unclear_message_holds_the_later_ones_only_until_it_settled(office: Office, clock: HeldClock) -> None:
    _unclear(office, "first")
    second = office.queue(office.people[0], "second")
    third = office.queue(office.people[0], "third")
    clock.advance(timedelta(seconds=179))
    assert office.begin() == ()
    clock.advance(timedelta(seconds=2))
    (job,) = office.begin()
    assert job.entry.message_id == second.id
    assert office.begin() == ()
    office.accept(job)
    (job,) = office.begin()
    assert job.entry.message_id == third.id


@pytest.mark.row("P5")
@pytest.mark.parametrize("state", ["retry_wait", "delayed"])
def test_a_later_message_does_not_overtake_one_that_waits(office: Office, clock: HeldClock, state: str) -> None:
    delay = timedelta(seconds=30) if state == "delayed" else timedelta(0)
    office.queue(office.people[0], "first", delay=delay)
    if state == "retry_wait":
        (job,) = office.begin()
        office.record(job, A.NOT_SENT, retry_at=clock() + timedelta(seconds=30))
    office.queue(office.people[0], "second")
    assert office.begin() == ()
    clock.advance(timedelta(seconds=31))
    (job,) = office.begin()
    assert job.delivery.text == "first"


@pytest.mark.row("P5", "S1-09")
@pytest.mark.parametrize("trouble", ["broken", "paused", "circuit", "none"])
def test_what_waits_for_a_channel_that_does_not_work_holds_only_that_channels_messages(
    office: Office, clock: HeldClock, trouble: str
) -> None:
    first = office.channel
    office.queue(office.people[0], "one")
    office.channel = office.store.run_sync(
        lambda work: work.channels.add(kind="scripted", name="Second", address="", settings={})
    )
    office.queue(office.people[0], "two")
    office.queue(office.people[0], "three")
    change = {"circuit_until": clock()} if trouble == "circuit" else {"state": trouble}
    if trouble != "none":
        office.store.run_sync(lambda work: work.channels.change(first.id, **change))
    jobs = office.begin()
    assert [job.delivery.text for job in jobs] == ([] if trouble == "none" else ["two"])
    office.store.run_sync(lambda work: work.channels.change(first.id, state=ChannelState.ACTIVE, circuit_until=None))
    for job in jobs:
        office.accept(job)
    assert office.begin() == (), "in channels that work the order is strict again"


def test_a_reply_takes_along_what_waits_before_it(office: Office) -> None:
    """Order is kept and a reply is urgent: so what stands before it becomes urgent as well."""
    office.add_people(5)
    asyncio.run(office.outbox.queue_many([office.new(person) for person in reversed(office.people)]))
    office.queue(office.people[0], "a reply")
    (job,) = office.begin(limit=1)
    assert (job.entry.conversation_id, job.entry.priority) == (office.people[0].conversation_id, Priority.REPLY)


# -- A


@pytest.mark.row("P4")
def test_class_a_repeats_with_the_stored_key_for_23_hours(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    job = _unclear(office, taken_after=0)
    _wait(office, clock, 30)
    (again,) = office.begin()
    assert again.entry.idem_key == job.entry.idem_key
    office.record(again, A.AMBIGUOUS)
    clock.advance(timedelta(hours=23, minutes=1))
    _look(office)
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.look_due_at) == (S.UNKNOWN, None)


@pytest.mark.row("P1", "P4")
def test_class_a_is_repeated_however_often_the_program_dies_while_it_sends(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    message = office.queue(office.people[0])
    deaths = 2 * retry.MAX_ATTEMPTS
    for _ in range(deaths):
        (job,) = office.begin()  # and then the program dies
        clock.advance(timedelta(seconds=91))
        office.sweep()
        assert office.status(message.id) is S.UNKNOWN
        _wait(office, clock, 30)
    (job,) = office.begin()
    office.accept(job)
    assert office.status(message.id) is S.ACCEPTED
    assert len(asyncio.run(office.outbox.attempts(message.id))) == deaths + 1
    assert problems(office) == []


@pytest.mark.row("P1", "P4")
def test_class_a_that_ends_the_program_each_time_is_left_to_a_person_at_last(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    message = office.queue(office.people[0])
    deaths = 0
    while office.begin():
        deaths += 1
        clock.advance(timedelta(seconds=91))
        office.sweep()
        _wait(office, clock, 30)
    assert deaths == 50
    assert (office.status(message.id), office.entry(message.id).look_due_at) == (S.UNKNOWN, None)


@pytest.mark.row("P4")
def test_class_a_never_repeats_other_bytes_under_the_same_key(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    job = _unclear(office)
    change = messages.update().where(messages.c.id == job.entry.message_id).values(text="Something else")
    office.store.run_sync(lambda work: work.connection.execute(change))
    _wait(office, clock, 30)
    assert office.begin() == ()
    assert office.status(job.entry.message_id) is S.UNKNOWN


@pytest.mark.row("P4")
def test_class_a_does_not_repeat_with_a_key_that_grew_old_in_the_queue(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    job = _unclear(office, taken_after=0)
    _wait(office, clock, 30)
    assert office.entry(job.entry.message_id).state is S.QUEUED
    clock.advance(timedelta(hours=23))
    assert office.begin() == ()
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.look_due_at) == (S.UNKNOWN, None)


@pytest.mark.row("P4")
def test_what_may_have_left_neither_expires_nor_can_be_cancelled(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    job = _unclear(office, taken_after=0)
    _wait(office, clock, 30)
    key = job.entry.message_id
    assert office.entry(key).state is S.QUEUED
    assert asyncio.run(office.outbox.cancel(key)) is False
    clock.advance(timedelta(hours=24))
    office.sweep()
    assert office.status(key) is S.UNKNOWN


# -- C


@pytest.mark.row("P4")
def test_class_c_looks_twice_then_sends_once_more_and_only_once(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.LISTABLE
    job = _unclear(office)
    _wait(office, clock, 165)
    assert office.world.looks == []
    _wait(office, clock, 30)
    assert len(office.world.looks) == 1
    assert office.begin() == ()
    _wait(office, clock, 75)
    assert len(office.world.looks) == 2
    (again,) = office.begin()
    office.record(again, A.AMBIGUOUS)
    _wait(office, clock, 400)
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.look_due_at, entry.requeued) == (S.UNKNOWN, None, True)
    assert office.begin() == ()


@pytest.mark.row("P4")
def test_class_c_binds_the_oldest_to_the_oldest_and_nothing_twice(office: Office, clock: HeldClock) -> None:
    """Three equal texts: one known, two unclear, of which only the second arrived."""
    office.world.reconcile = ReconcileClass.LISTABLE
    office.queue(office.people[0], "Yes")
    (known,) = office.begin()
    _take(office, known, "known", 0)
    office.accept(known, "known")
    first = _unclear(office, "Yes")
    clock.advance(timedelta(seconds=181))
    second = _unclear(office, "Yes", taken_after=1)
    _wait(office, clock, 400)
    assert office.entry(second.entry.message_id).provider_message_id == f"late-{second.entry.id}"
    assert office.entry(first.entry.message_id).state is S.QUEUED


def _echo(office: Office, text: str, provider_id: str) -> EntryId:
    """The provider's copy of a message, taken for one that staff sent with another tool."""

    def add(work: Work) -> EntryId:
        person, at = office.people[0], work.now()
        echo = Message(
            id=work.new_entry_id(at),
            conversation_id=person.conversation_id,
            contact_id=person.contact_id,
            direction=Direction.OUT,
            text=text,
            status=S.SENT,
            channel_id=office.channel.id,
            address_id=person.address_id,
            sender_kind=SenderKind.ECHO,
            client_uuid=str(uuid.uuid4()),
            provider_message_id=provider_id,
            queued_at=at,
            sent_at=at,
        )
        assert work.messages.add_echo(echo)
        return echo.id

    return office.store.run_sync(add)


@pytest.mark.row("P4")
def test_class_c_takes_an_echo_with_the_same_words_for_the_message_itself(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.LISTABLE
    job = _unclear(office, "See you at five \n", taken_after=0)
    clock.advance(timedelta(seconds=10))
    echo = _echo(office, "See you at five", f"late-{job.entry.id}")
    _wait(office, clock, 400)
    assert office.begin() == ()
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.provider_message_id) == (S.SENT, f"late-{job.entry.id}")
    assert office.store.read_sync(lambda work: work.messages.get(echo)) is None
    row = office.store.read_sync(lambda work: work.conversations.row(office.people[0].conversation_id))
    assert row is not None
    assert (row.last_entry_id, row.snippet, row.last_status) == (entry.message_id, "See you at five", "sent")
    assert office.store.read_sync(wrong_columns) == ()


@pytest.mark.row("P4")
def test_class_c_leaves_other_messages_ids_alone(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.LISTABLE
    job = _unclear(office, "Yes", taken_after=0)
    echo = _echo(office, "No", f"late-{job.entry.id}")
    _wait(office, clock, 270)
    assert office.entry(job.entry.message_id).state is S.QUEUED
    assert office.store.read_sync(lambda work: work.messages.get(echo)) is not None


@pytest.mark.row("P4")
@pytest.mark.parametrize("error", [SecretStoreError("locked", "The keyring is locked."), KeyError("settings")])
def test_a_channel_that_cannot_be_asked_does_not_starve_the_others(
    office: Office, clock: HeldClock, error: Exception
) -> None:
    office.world.reconcile = ReconcileClass.LISTABLE
    office.add_people(1)
    first, job = office.channel, _unclear(office, "one")
    office.channel = office.store.run_sync(
        lambda work: work.channels.add(kind="scripted", name="Second", address="", settings={})
    )
    office.queue(office.people[1], "two")
    (other,) = office.begin()
    _take(office, other, "there", 0)
    office.record(other, A.AMBIGUOUS)
    clock.advance(timedelta(seconds=181))

    class Pool(ScriptedPool):
        def for_channel(self, channel: Channel) -> Provider:
            if channel.id == first.id:
                raise error
            return super().for_channel(channel)

    known = office.store.read_sync(lambda work: work.channels.all())
    asyncio.run(Reconciler(office.store, office.sending, Pool(office.world)).run(known))
    assert office.entry(other.entry.message_id).provider_message_id == "there"
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.empty_looks) == (S.UNKNOWN, 0)
    assert entry.look_due_at == clock() + timedelta(seconds=60)
    clock.advance(timedelta(seconds=6))
    asyncio.run(ReceiptQuestions(office.store, Pool(office.world)).run(known))
    assert office.world.asked == [("there",)]


@pytest.mark.row("P4")
def test_class_c_waits_for_marketing_to_be_decided_by_a_person(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.LISTABLE
    asyncio.run(office.outbox.queue_many([office.new(office.people[0])]))
    (job,) = office.begin()
    office.record(job, A.AMBIGUOUS)
    _wait(office, clock, 600)
    assert office.status(job.entry.message_id) is S.UNKNOWN
    assert office.begin() == ()


def test_evidence_is_bound_at_once(office: Office, clock: HeldClock) -> None:
    job = _unclear(office)
    change = outbox.update().where(outbox.c.id == job.entry.id).values(evidence="seen", look_due_at=clock())
    office.store.run_sync(lambda work: work.connection.execute(change))
    _look(office)
    entry = office.entry(job.entry.message_id)
    assert (entry.state, entry.provider_message_id) == (S.ACCEPTED, "seen")


@pytest.mark.row("P4")
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_an_answer_that_names_another_message_proves_that_it_left(office: Office, clock: HeldClock, late: bool) -> None:
    """It is never repeated; nobody but a person can tell which of the two is meant."""
    office.world.reconcile = ReconcileClass.LISTABLE
    office.add_people(1)
    office.queue(office.people[0])
    office.queue(office.people[1])
    first, second = office.begin()
    office.accept(first, "same")
    if late:
        clock.advance(timedelta(seconds=91))
        office.sweep()
    office.accept(second, "same")
    _wait(office, clock, 400)
    entry = office.entry(second.entry.message_id)
    assert (entry.state, entry.reason, entry.look_due_at) == (S.UNKNOWN, "id_taken", None)
    assert office.begin() == ()
    assert problems(office) == []


def test_two_answers_of_one_batch_that_name_the_same_are_both_recorded(office: Office, clock: HeldClock) -> None:
    office.add_people(1)
    office.queue(office.people[0])
    office.queue(office.people[1])
    results = [
        SendOutcome(
            outbox_id=job.entry.id,
            attempt_id=job.attempt_id,
            fence=job.entry.fence,
            at=clock(),
            outcome=A.ACCEPTED,
            provider_message_id="same",
        )
        for job in office.begin()
    ]
    office.store.run_sync(lambda work: office.sending.record(work, results))
    assert office.store.read_sync(lambda work: work.outbox.count_states()) == {S.ACCEPTED: 1, S.UNKNOWN: 1}


@pytest.mark.row("P4")
def test_an_answer_that_names_our_own_echo_takes_its_place(office: Office, clock: HeldClock) -> None:
    message = office.queue(office.people[0], "Hi ")
    (job,) = office.begin()
    echo = _echo(office, "Hi", "SM1")
    delivered = DeliveryReceipt(provider_message_id="SM1", key="k", status=S.DELIVERED, at=clock())
    office.store.run_sync(lambda work: receipts.apply(work, office.channel.id, (delivered,)))
    office.accept(job, "SM1")
    entry = office.entry(message.id)
    assert (entry.state, entry.provider_message_id) == (S.DELIVERED, "SM1")
    assert office.store.read_sync(lambda work: work.messages.get(echo)) is None
    assert problems(office) == []


# -- the ledger and the journal


@pytest.mark.parametrize("how", ["changed", "missing", "head"])
def test_a_ledger_that_was_touched_shows(office: Office, how: str) -> None:
    office.queue(office.people[0])
    office.accept(office.begin()[0])
    assert problems(office) == []
    here = delivery_ledger.c.seq == {"changed": 2, "missing": 2, "head": 4}[how]
    touch = (
        delivery_ledger.update().where(here).values(kind="queued")
        if how == "changed"
        else delivery_ledger.delete().where(here)
    )
    office.store.run_sync(lambda work: work.connection.execute(touch))
    found = office.store.read_sync(lambda work: work.ledger.check_chain())
    assert found[0].what == how


def test_states_that_were_written_past_the_outbox_show(office: Office) -> None:
    message = office.queue(office.people[0])
    change = messages.update().where(messages.c.id == message.id).values(status="cancelled")
    office.store.run_sync(lambda work: work.connection.execute(change))
    assert office.store.read_sync(lambda work: work.outbox.disagreements()) == (message.id,)


def test_a_torn_line_of_the_journal_is_left_out(office: Office, tmp_path: Path) -> None:
    office.queue(office.people[0])
    (job,) = office.begin()
    outcome = attempt(job, lambda: ScriptedProvider(office.world), path_of=Path, clock=office.world.clock)
    journal = Journal(tmp_path, instance="desk")
    journal.append((outcome, replace(outcome, fence=7)))
    path = tmp_path / "desk.outcomes"
    path.write_bytes(path.read_bytes()[:-9])
    assert journal.read() == (outcome,)
    assert (path.stat().st_mode & 0o777) == 0o600


@pytest.mark.row("P4", "P19")
def test_taking_a_journal_never_forgets_what_its_living_owner_writes_meanwhile(office: Office, tmp_path: Path) -> None:
    office.queue(office.people[0])
    (job,) = office.begin()
    outcome = attempt(job, lambda: ScriptedProvider(office.world), path_of=Path, clock=office.world.clock)
    owner, other = Journal(tmp_path, instance="owner"), Journal(tmp_path, instance="other")
    owner.append((outcome,))
    (path,) = other.left_behind()
    taken, kept = other.take(path)
    owner.append((replace(outcome, fence=7),))  # between reading and forgetting
    other.forget(taken)
    assert kept == (outcome,)
    assert owner.read() == (replace(outcome, fence=7),)
    assert owner.pending
    assert not other.pending


def test_a_journal_that_was_taken_and_not_recorded_is_taken_again(office: Office, tmp_path: Path) -> None:
    office.queue(office.people[0])
    (job,) = office.begin()
    outcome = attempt(job, lambda: ScriptedProvider(office.world), path_of=Path, clock=office.world.clock)
    journal = Journal(tmp_path, instance="desk")
    journal.append((outcome,))
    journal.take(journal.path)  # and then the program dies
    journal.append((replace(outcome, fence=7),))
    later = Journal(tmp_path, instance="later")
    found = []
    for path in later.left_behind():
        taken, kept = later.take(path)
        found += kept
        later.forget(taken)
    assert sorted(found, key=lambda one: one.fence) == sorted(
        (outcome, replace(outcome, fence=7)), key=lambda o: o.fence
    )
    assert later.left_behind() == ()


# -- lanes


@pytest.mark.row("P6")
@pytest.mark.parametrize(
    "queued", [300, pytest.param(10_000, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])], ids=str
)
def test_priority_lane(office: Office, clock: HeldClock, queued: int) -> None:
    """A broadcast runs at one message a second; whoever replies is served within two."""
    waits = []
    office.add_people(queued + 20)
    asyncio.run(office.outbox.queue_many([office.new(person) for person in office.people[:queued]]))
    for second in range(60):
        replied = office.queue(office.people[queued + second // 3], f"reply {second}") if second % 3 == 0 else None
        began = clock()
        while True:
            (job,) = office.begin(limit=1)
            office.accept(job)
            clock.advance(timedelta(seconds=1))
            if replied is None or job.entry.message_id == replied.id:
                break
        if replied is not None:
            waits.append((clock() - began).total_seconds())
    assert max(waits) <= 2
    print(f"priority lane: {len(waits)} replies beside {queued} bulk messages, none waited more than {max(waits)} s")


def test_two_computers_never_claim_the_same(open_store: Callable[..., Store], world: World) -> None:
    offices = [open_office(open_store(), world, people=40)]
    offices.append(open_office(open_store(), world, first=False, sending=Sending(capabilities=world.capabilities_of)))
    asyncio.run(offices[0].outbox.queue_many([offices[0].new(person) for person in offices[0].people]))

    async def both() -> list[int]:
        claims = [
            office.store.run(lambda work, office=office: office.sending.claim(work, [office.channel.id], limit=7))  # type: ignore[misc]
            for _ in range(4)
            for office in offices
        ]
        return [entry.id for claimed in await asyncio.gather(*claims) for entry in claimed]

    found = asyncio.run(both())
    assert len(found) == len(set(found)) == 40


@pytest.mark.row("P4", "P7")
def test_an_opt_out_does_not_call_blocked_what_may_have_left(office: Office, clock: HeldClock) -> None:
    office.world.reconcile = ReconcileClass.IDEMPOTENT
    job = _unclear(office, taken_after=0)
    _wait(office, clock, 30)
    person = office.people[0]
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, opt_in=OptIn.OPTED_OUT))
    assert office.begin() == ()
    assert office.status(job.entry.message_id) is S.UNKNOWN
