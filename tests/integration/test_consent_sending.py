"""An opt-out that comes in stops what waits to leave, in the same transaction, and is confirmed once."""

import uuid
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Message, SenderKind
from desktop_inbox.models.entities.outbox import OutboxEntry
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office, problems

SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _say(office: Office, person: Person, text: str) -> None:
    service = InboundService(office.store, answers=AutomaticAnswers(office.outbox))
    message = InboundMessage(
        provider_message_id=str(uuid.uuid4()),
        scheme=Scheme.TEL,
        address=person.path,
        text=text,
        occurred_at=office.world.clock(),
    )
    run(service.take(office.channel, SMS, FetchResult(cursor="1", messages=(message,))))


def _sent_by(office: Office, person: Person, kind: SenderKind) -> list[Message]:
    page = office.store.read_sync(lambda work: work.timeline.since(person.conversation_id, 0, 100))
    return [entry for entry in page.entries if isinstance(entry, Message) and entry.sender_kind is kind]


@pytest.mark.row("P7", "S4-09", "S4-10", "S4-15")
def test_a_stop_blocks_what_is_automatic_and_lets_a_person_answer(office: Office) -> None:
    person, other = office.person(0), office.person()
    news = [office.new(whom, f"Offer {n}") for n in range(3) for whom in (person, other)]
    queued = run(office.outbox.queue_many(news))
    typed = office.queue(person, "About your question")
    _say(office, person, "Stop.")
    states = [office.entry(key).state for key in queued]  # type: ignore[arg-type]
    assert states == [S.BLOCKED, S.QUEUED] * 3
    assert office.status(typed.id) is S.QUEUED
    blocked = office.message(queued[0])  # type: ignore[arg-type]
    assert (blocked.status, blocked.error_code) == (S.BLOCKED, "opted_out")
    (confirmation,) = _sent_by(office, person, SenderKind.KEYWORD)
    assert (confirmation.status, "no more messages" in confirmation.text) == (S.QUEUED, True)
    assert problems(office) == []


@pytest.mark.row("P7")
def test_the_confirmation_of_an_opt_out_really_leaves(office: Office) -> None:
    person = office.person(0)
    _say(office, person, "STOP")
    (job,) = office.begin()
    assert job.delivery.text.startswith("You will get no more messages")
    office.accept(job)
    _say(office, person, "STOP")
    assert office.begin() == ()


@pytest.mark.row("S4-14", "S4-09")
def test_start_opens_the_way_again(office: Office, clock: HeldClock) -> None:
    person = office.person(0)
    _say(office, person, "STOP")
    refused = run(office.outbox.queue_many([office.new(person, "Offer")]))
    assert getattr(refused[0], "code", "") == "opted_out"
    clock.advance(timedelta(minutes=1))
    _say(office, person, "start")
    contact = office.store.read_sync(lambda work: work.contacts.get(person.contact_id))
    assert contact is not None
    assert contact.opt_in is OptIn.OPTED_IN
    (queued,) = run(office.outbox.queue_many([office.new(person, "Offer")]))
    entry: OutboxEntry = office.entry(queued)  # type: ignore[arg-type]
    assert entry.state is S.QUEUED


@pytest.mark.row("S4-13")
def test_help_is_answered_with_who_we_are(office: Office) -> None:
    office.store.run_sync(lambda work: work.settings.set("organisation_name", "Elm Street Dental"))
    person = office.person(0)
    _say(office, person, "HELP")
    _say(office, person, "help!")
    (answer,) = _sent_by(office, person, SenderKind.KEYWORD)
    assert answer.text.startswith("Elm Street Dental: ")
    assert "STOP" in answer.text
