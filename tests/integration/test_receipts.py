"""Receipts only take a message further, in whatever order they come."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services import receipts
from desktop_inbox.services.providers.base import DeliveryReceipt
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from desktop_inbox.services.reconcile import Reconciler
from desktop_inbox.services.transitions import Transitions
from tests.support.clock import HeldClock
from tests.support.scripted_provider import ScriptedPool, World
from tests.support.sending import Office, open_office, problems

SIX = (S.SENT, S.DELIVERED, S.READ, S.DELIVERED, S.SENT, S.UNDELIVERED)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _receipt(clock: HeldClock, status: S, *, provider_id: str = "SM1", key: str = "") -> DeliveryReceipt:
    failed = status in (S.FAILED, S.UNDELIVERED)
    return DeliveryReceipt(
        provider_message_id=provider_id,
        status=status,
        at=clock(),
        key=key or str(status),
        error_code="30005" if failed else "",
        error_text="Unknown handset." if failed else "",
    )


def _apply(office: Office, *found: DeliveryReceipt) -> None:
    office.store.run_sync(lambda work: receipts.apply(work, office.channel.id, found))


@pytest.mark.row("P12", "S2-28", "S2-29")
def test_all_720_orders_of_six_receipts_end_at_the_highest_rank(office: Office, clock: HeldClock) -> None:
    """Half of them come before the id they speak of is bound."""
    office.add_people(719)
    orders = list(itertools.permutations(range(6)))
    news = [office.new(person) for person in office.people]
    keys = asyncio.run(office.outbox.queue_many(news))
    started = []
    while len(started) < len(orders):
        started += office.begin(limit=200)
    jobs = {job.entry.message_id: job for job in started}

    def of(number: int, place: int) -> DeliveryReceipt:
        provider_id = f"id-{jobs[keys[number]].entry.id}"
        return _receipt(clock, SIX[place], provider_id=provider_id, key=f"r{place}")

    def work_on(work: object) -> None:
        early = [of(number, place) for number, order in enumerate(orders) if number % 2 for place in order]
        receipts.apply(work, office.channel.id, early)  # type: ignore[arg-type]
        office.sending.record(work, [_accepted(jobs[key], clock) for key in keys])  # type: ignore[arg-type]
        for step in range(6):
            late = [of(number, order[step]) for number, order in enumerate(orders) if not number % 2]
            receipts.apply(work, office.channel.id, late)  # type: ignore[arg-type]

    office.store.run_sync(work_on)
    states = office.store.read_sync(lambda work: work.outbox.count_states())
    assert states == {S.READ: 720}
    assert problems(office) == []
    print(f"{len(orders)} orders of receipts")


def _accepted(job: object, clock: HeldClock) -> object:
    from desktop_inbox.models.entities.outbox import SendOutcome

    return SendOutcome(
        outbox_id=job.entry.id,  # type: ignore[attr-defined]
        attempt_id=job.attempt_id,  # type: ignore[attr-defined]
        fence=job.entry.fence,  # type: ignore[attr-defined]
        at=clock(),
        outcome=AttemptOutcome.ACCEPTED,
        provider_message_id=f"id-{job.entry.id}",  # type: ignore[attr-defined]
    )


@pytest.mark.row("S2-29")
@pytest.mark.parametrize(
    ("order", "final"),
    [
        ((S.READ, S.DELIVERED), S.READ),
        ((S.DELIVERED, S.SENT), S.DELIVERED),
        ((S.UNDELIVERED, S.DELIVERED), S.UNDELIVERED),
        ((S.FAILED, S.READ), S.READ),
        ((S.UNDELIVERED, S.FAILED), S.UNDELIVERED),
    ],
)
def test_a_status_never_goes_back(office: Office, clock: HeldClock, order: tuple[S, ...], final: S) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    for status in order:
        _apply(office, _receipt(clock, status))
    assert office.status(message.id) is final
    assert office.entry(message.id).state is final


@pytest.mark.row("S2-33", "C12")
def test_a_failure_says_why_and_a_later_read_takes_it_back(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    _apply(office, _receipt(clock, S.UNDELIVERED))
    shown = office.message(message.id)
    assert (shown.error_origin, shown.error_code, shown.error_text) == ("provider", "30005", "Unknown handset.")
    _apply(office, _receipt(clock, S.READ))
    shown = office.message(message.id)
    assert (shown.status, shown.error_text) == (S.READ, "")


def test_the_moments_are_those_of_the_receipts(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    delivered = clock.advance(timedelta(seconds=10))
    _apply(office, _receipt(clock, S.DELIVERED))
    read = clock.advance(timedelta(seconds=10))
    _apply(office, _receipt(clock, S.READ))
    shown = office.message(message.id)
    assert (shown.delivered_at, shown.read_at) == (delivered, read)
    assert shown.sent_at == delivered - timedelta(seconds=10)


def test_receipts_of_other_peoples_messages_wait_and_are_forgotten(office: Office, clock: HeldClock) -> None:
    _apply(office, _receipt(clock, S.DELIVERED, provider_id="not ours"))
    later = clock.advance(timedelta(days=8))
    assert office.store.run_sync(lambda work: work.receipts.prune_parked(later - timedelta(days=7))) == 1


@pytest.mark.row("P4")
def test_an_echo_with_our_key_proves_that_it_left(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.record(job, AttemptOutcome.AMBIGUOUS)
    _apply(office, _receipt(clock, S.DELIVERED, provider_id="SM9"))
    key = office.entry(message.id).idem_key
    bound = office.store.run_sync(lambda work: receipts.bind_echo(work, Transitions(), office.channel.id, key, "SM9"))
    assert bound == message.id
    assert office.status(message.id) is S.DELIVERED  # the receipt that had come before applies now
    foreign = office.store.run_sync(
        lambda work: receipts.bind_echo(work, Transitions(), office.channel.id, "somebody else's", "SM10")
    )
    assert foreign is None


@pytest.mark.row("P4", "P12")
@pytest.mark.parametrize("status", [S.DELIVERED, S.UNDELIVERED])
def test_a_receipt_with_our_key_proves_that_an_unclear_message_left(
    office: Office, clock: HeldClock, status: S
) -> None:
    """Class B: nothing is repeated, and the receipt itself applies."""
    office.world.reconcile = ReconcileClass.ECHOED
    message = office.queue()
    (job,) = office.begin()
    office.record(job, AttemptOutcome.AMBIGUOUS)
    assert office.entry(message.id).look_due_at is None
    key = office.entry(message.id).idem_key
    foreign = replace(_receipt(clock, status, provider_id="SM8"), idempotency_key="somebody else's")
    _apply(office, foreign)
    assert office.status(message.id) is S.UNKNOWN
    _apply(office, replace(_receipt(clock, status, provider_id="SM9"), idempotency_key=key))
    assert (office.status(message.id), office.entry(message.id).provider_message_id) == (status, "SM9")
    assert office.begin() == ()
    assert problems(office) == []


@pytest.mark.row("P4")
def test_a_receipt_with_our_key_that_overtakes_the_answer_counts_when_the_answer_is_lost(
    office: Office, clock: HeldClock
) -> None:
    office.world.reconcile = ReconcileClass.ECHOED
    message = office.queue()
    (job,) = office.begin()
    key = office.entry(message.id).idem_key
    for status in (S.SENT, S.DELIVERED):
        _apply(office, replace(_receipt(clock, status, provider_id="SM9"), idempotency_key=key))
    assert office.status(message.id) is S.SENDING
    office.record(job, AttemptOutcome.AMBIGUOUS)
    clock.advance(timedelta(seconds=1))
    asyncio.run(Reconciler(office.store, office.sending, ScriptedPool(office.world)).run([office.channel]))
    assert office.status(message.id) is S.DELIVERED
    assert problems(office) == []


@pytest.mark.row("P4")
def test_an_echo_that_overtakes_the_answer_is_evidence(office: Office) -> None:
    message = office.queue()
    (job,) = office.begin()
    key = office.entry(message.id).idem_key
    office.store.run_sync(lambda work: receipts.bind_echo(work, Transitions(), office.channel.id, key, "SM9"))
    assert office.status(message.id) is S.SENDING
    office.record(job, AttemptOutcome.AMBIGUOUS)
    assert office.entry(message.id).look_due_at is not None
    assert office.begin() == ()


def test_only_who_fetches_a_channel_asks_it(office: Office, clock: HeldClock) -> None:
    office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    clock.advance(timedelta(seconds=6))
    fetched: set[int] = set()
    questions = ReceiptQuestions(office.store, ScriptedPool(office.world), is_ours=lambda key: key in fetched)
    assert asyncio.run(questions.run([office.channel])) == 0
    fetched.add(office.channel.id)
    assert asyncio.run(questions.run([office.channel])) == 1
    assert office.world.asked == [("SM1",)]


def test_channels_that_do_not_tell_are_asked_ever_less_often(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    questions = ReceiptQuestions(office.store, ScriptedPool(office.world))
    asked = []
    for second in range(0, 400, 5):
        if asyncio.run(questions.run([office.channel])):
            asked.append(second)
        clock.advance(timedelta(seconds=5))
    assert asked == [5, 15, 30, 60, 120, 300]
    office.world.receipts.append(_receipt(clock, S.DELIVERED))
    clock.advance(timedelta(minutes=10))
    asyncio.run(questions.run([office.channel]))
    assert office.status(message.id) is S.DELIVERED
    clock.advance(timedelta(days=1))
    assert asyncio.run(questions.run([office.channel])) == 0
