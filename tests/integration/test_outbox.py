"""Queueing, taking back, repeating and clearing up."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from desktop_inbox.events import MessageQueued
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome, GateDecision, Priority
from desktop_inbox.models.store import Store
from desktop_inbox.services.outbox import GateRefusedError, OutgoingFile
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems


@pytest.fixture
def world(clock: HeldClock) -> World:
    return World(clock=clock)


@pytest.fixture
def office(store: Store, world: World) -> Office:
    return open_office(store, world)


@pytest.mark.row("P1")
def test_queue_writes_message_outbox_list_and_ledger_and_clears_the_draft(office: Office) -> None:
    person = office.person(0)
    office.store.run_sync(lambda work: work.drafts.save(person.conversation_id, office.user_id, "Hel"))

    message = office.queue(person, "Hello there")

    assert message.status is S.QUEUED
    entry = office.entry(message.id)
    assert (entry.state, entry.priority) == (S.QUEUED, Priority.REPLY)
    assert entry.expires_at - entry.due_at == timedelta(hours=24)

    def look(work: object) -> tuple[object, ...]:
        summary = work.conversations.summaries([person.conversation_id], user_id=office.user_id)[0]  # type: ignore[attr-defined]
        lines = work.ledger.of_message(message.id)  # type: ignore[attr-defined]
        return summary.snippet, summary.last_status, summary.draft, [line.kind for line in lines]

    assert office.store.read_sync(look) == ("Hello there", S.QUEUED, None, ["queued"])
    assert problems(office) == []


def test_the_same_press_of_send_twice_is_one_message(office: Office) -> None:
    person, key = office.person(0), str(uuid.uuid4())

    async def twice() -> set[int]:
        presses = (
            office.outbox.queue(
                person.conversation_id,
                "Once",
                channel_id=office.channel.id,
                address_id=person.address_id,
                client_uuid=key,
            )
            for _ in range(2)
        )
        return {message.id for message in await asyncio.gather(*presses)}

    assert len(asyncio.run(twice())) == 1
    assert asyncio.run(office.outbox.waiting_count()) == 1


def test_queueing_is_announced_after_the_commit(store: Store, world: World, open_store: object) -> None:
    heard: list[MessageQueued] = []
    office = open_office(store, world)

    def publish(event: object) -> None:
        if isinstance(event, MessageQueued):
            heard.append(event)
            assert office.message(event.message_id).text == "Hello"  # type: ignore[arg-type]

    listening = open_store(publish=publish)  # type: ignore[operator]
    other = open_office(listening, world, first=False)
    message = other.queue(office.person(0))
    assert [event.message_id for event in heard] == [message.id]


def test_files_become_rows_in_order(office: Office) -> None:
    files = (
        OutgoingFile(sha256="a" * 64, media_type="image/png", size=10, name="one.png"),
        OutgoingFile(sha256="b" * 64, media_type="text/plain", size=20, name="two.txt"),
    )
    message = office.queue(text="", files=files)
    assert [(file.sha256, file.original_name, file.size) for file in message.attachments] == [
        ("a" * 64, "one.png", 10),
        ("b" * 64, "two.txt", 20),
    ]


def test_undo_within_the_delay_brings_the_text_back_as_a_draft(office: Office, clock: HeldClock) -> None:
    message = office.queue(text="Oops", delay=timedelta(seconds=5))
    assert office.claim() == ()
    assert asyncio.run(office.outbox.undo(message.id)) is True
    assert office.status(message.id) is S.CANCELLED
    draft = office.store.read_sync(lambda work: work.drafts.get(message.conversation_id, office.user_id))
    assert draft is not None
    assert draft.text == "Oops"
    clock.advance(timedelta(minutes=1))
    assert office.claim() == ()
    assert problems(office) == []


def test_undo_does_not_overwrite_what_was_typed_meanwhile(office: Office) -> None:
    message = office.queue(text="Oops", delay=timedelta(seconds=5))
    office.store.run_sync(lambda work: work.drafts.save(message.conversation_id, office.user_id, "Newer"))
    assert asyncio.run(office.outbox.undo(message.id)) is True
    draft = office.store.read_sync(lambda work: work.drafts.get(message.conversation_id, office.user_id))
    assert draft is not None
    assert draft.text == "Newer"


@pytest.mark.parametrize("started", [False, True], ids=["claimed", "sending"])
def test_what_may_have_left_cannot_be_taken_back(office: Office, started: bool) -> None:
    message = office.queue()
    claimed = office.claim()
    if started:
        office.start(claimed)
    assert asyncio.run(office.outbox.cancel(message.id)) is False
    assert asyncio.run(office.outbox.undo(message.id)) is False


@pytest.mark.parametrize("state", [S.QUEUED, S.RETRY_WAIT])
def test_what_waits_can_be_cancelled(office: Office, clock: HeldClock, state: S) -> None:
    message = office.queue()
    if state is S.RETRY_WAIT:
        (job,) = office.begin()
        office.record(job, AttemptOutcome.NOT_SENT, retry_at=clock() + timedelta(seconds=5))
    assert office.entry(message.id).state is state
    assert asyncio.run(office.outbox.cancel(message.id)) is True
    assert office.status(message.id) is S.CANCELLED


@pytest.mark.row("P4")
@pytest.mark.parametrize(("choice", "state"), [("arrived", S.SENT), ("again", S.QUEUED), ("leave", S.UNKNOWN)], ids=str)
def test_a_person_settles_what_is_unclear(office: Office, choice: str, state: S) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.record(job, AttemptOutcome.AMBIGUOUS)
    assert office.status(message.id) is S.UNKNOWN
    asyncio.run(office.outbox.resolve_unknown(message.id, choice))  # type: ignore[arg-type]
    assert office.status(message.id) is state
    assert problems(office) == []
    if choice == "leave":
        assert office.entry(message.id).look_due_at is None
    if choice == "again":
        assert len(office.begin()) == 1


def test_attempts_tell_what_happened(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.record(
        job, AttemptOutcome.NOT_SENT, code="refused", text="Nobody answers.", retry_at=clock() + timedelta(seconds=1)
    )
    clock.advance(timedelta(seconds=2))
    (job,) = office.begin()
    office.accept(job, "SM1")
    first, second = asyncio.run(office.outbox.attempts(message.id))
    assert (first.number, first.outcome, first.provider_code, first.error_text) == (
        1,
        AttemptOutcome.NOT_SENT,
        "refused",
        "Nobody answers.",
    )
    assert (second.number, second.outcome) == (2, AttemptOutcome.ACCEPTED)
    assert first.request_hash == second.request_hash != ""


def test_retry_now_does_not_wait(office: Office, clock: HeldClock) -> None:
    office.queue()
    (job,) = office.begin()
    office.record(job, AttemptOutcome.NOT_SENT, retry_at=clock() + timedelta(minutes=10))
    assert office.begin() == ()
    asyncio.run(office.outbox.retry_now())
    assert len(office.begin()) == 1


@pytest.mark.row("S4-15")
def test_a_refusal_stores_nothing(office: Office) -> None:
    person = office.person(0)
    with pytest.raises(GateRefusedError) as refused:
        office.queue(person, "   ")
    assert (refused.value.code, refused.value.decision.code) == ("gate.empty", "empty")
    assert asyncio.run(office.outbox.waiting_count()) == 0


@pytest.mark.row("S4-10")
def test_many_are_queued_and_each_refusal_has_its_reason(office: Office) -> None:
    people = [office.person() for _ in range(10)]
    for person in people[:2]:
        office.store.run_sync(lambda work, one=person: work.contacts.change(one.contact_id, opt_in=OptIn.OPTED_OUT))
    news = [office.new(person) for person in people]
    answers = asyncio.run(office.outbox.queue_many(news))
    refused = [answer for answer in answers if isinstance(answer, GateDecision)]
    assert [decision.code for decision in refused] == ["opted_out", "opted_out"]
    assert len(answers) - len(refused) == 8
    assert asyncio.run(office.outbox.queue_many(news))[2:] == answers[2:]
    assert asyncio.run(office.outbox.waiting_count()) == 8


def test_an_automatic_answer_is_queued_in_the_same_transaction(office: Office) -> None:
    person = office.person(0)

    def work_on(work: object) -> None:
        office.outbox.queue_answer(
            work,  # type: ignore[arg-type]
            conversation_id=person.conversation_id,
            channel_id=office.channel.id,
            address_id=person.address_id,
            text="You will get no more messages.",
        )

    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, opt_in=OptIn.OPTED_OUT))
    office.store.run_sync(work_on)
    (job,) = office.begin()
    assert job.delivery.sender_kind is SenderKind.KEYWORD
