"""The consent message goes first: in one transaction, in order through crashes, and a STOP ends what follows."""

import threading
import uuid
from datetime import timedelta

import pytest

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import ConsentStage, Contact, Scheme
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Message, SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.entities.timeline import ConversationEvent
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.consent_message import ConsentMessageService, check_text, suggested_text
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.merges import MergeService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from desktop_inbox.services.sending import Job
from desktop_inbox.services.settings import ORGANISATION_NAME
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office, problems

SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE)
TEXT = suggested_text("Harbour Dental")


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    made = open_office(store, World(clock=clock))
    store.run_sync(lambda work: work.settings.set(ORGANISATION_NAME.key, "Harbour Dental"))
    run(ConsentMessageService(store, user_id=made.user_id).set_policy(required=True, text=TEXT))
    return made


def _say(office: Office, person: Person, text: str, *, store: Store | None = None) -> None:
    service = InboundService(store or office.store, answers=AutomaticAnswers(office.outbox))
    message = InboundMessage(
        provider_message_id=str(uuid.uuid4()),
        scheme=Scheme.TEL,
        address=person.path,
        text=text,
        occurred_at=office.world.clock(),
    )
    run(service.take(office.channel, SMS, FetchResult(cursor=str(uuid.uuid4()), messages=(message,))))


def _said(office: Office, person: Person) -> list[Message]:
    page = office.store.read_sync(lambda work: work.timeline.since(person.conversation_id, 0, 100))
    return [entry for entry in page.entries if isinstance(entry, Message)]


def _events(office: Office, person: Person) -> list[str]:
    page = office.store.read_sync(lambda work: work.timeline.since(person.conversation_id, 0, 100))
    return [entry.kind for entry in page.entries if isinstance(entry, ConversationEvent)]


def _contact(office: Office, person: Person) -> Contact:
    found = office.store.read_sync(lambda work: work.contacts.get(person.contact_id))
    assert found is not None
    return found


@pytest.mark.row("S4-22", "S4-24", "S4-21")
def test_the_intended_message_waits_until_the_provider_took_the_consent_message(office: Office) -> None:
    person = office.person(0)
    intended = office.queue(person, "Your appointment is on Thursday")
    first, second = _said(office, person)
    assert (first.text, first.sender_kind, first.status) == (TEXT, SenderKind.CONSENT, S.QUEUED)
    assert (second.id, second.status, second.after_consent) == (intended.id, S.HELD, True)
    assert _contact(office, person).consent is ConsentStage.QUEUED
    office.world.clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    office.sweep()
    assert office.status(intended.id) is S.HELD  # time alone lets nothing go
    (job,) = office.begin()
    assert job.delivery.text == TEXT
    assert office.begin() == ()
    office.accept(job)
    assert _contact(office, person).consent is ConsentStage.SENT
    assert _contact(office, person).consent_sent_at == office.world.clock()
    assert "consent_sent" in _events(office, person)
    (job,) = office.begin()
    assert job.delivery.text == "Your appointment is on Thursday"
    office.accept(job)
    assert problems(office) == []
    office.queue(person, "One more thing")
    (job,) = office.begin()
    assert job.delivery.text == "One more thing"


@pytest.mark.row("S4-22")
def test_everything_said_before_the_consent_message_left_follows_it_in_order(office: Office) -> None:
    person = office.person(0)
    for number in range(3):
        office.queue(person, f"Line {number}")
    run(office.outbox.queue_many([office.new(person, f"Offer {number}") for number in range(2)]))
    texts = []
    while jobs := office.begin():
        (job,) = jobs
        texts.append(job.delivery.text)
        office.accept(job)
    assert texts == [TEXT, "Line 0", "Line 1", "Line 2", "Offer 0", "Offer 1"]


@pytest.mark.row("S4-22")
def test_a_crash_between_the_two_keeps_their_order(office: Office, open_store) -> None:
    person = office.person(0)
    office.queue(person, "Your appointment")
    (job,) = office.begin()  # dies before anybody heard what became of it
    again = open_office(open_store(), office.world, first=False)
    again.world.clock.advance(timedelta(minutes=3))  # type: ignore[attr-defined]
    assert again.sweep() == 1
    first, second = _said(again, person)
    assert (first.status, second.status) == (S.UNKNOWN, S.HELD)
    assert again.begin() == ()
    again.world.clock.advance(timedelta(minutes=30))  # type: ignore[attr-defined]
    again.sweep()
    assert again.begin() == ()  # an unclear consent message lets nothing pass, however long it stays unclear
    again.accept(job)  # the journal brings the result that was not stored
    (job,) = again.begin()
    assert job.delivery.text == "Your appointment"
    assert problems(again) == []


@pytest.mark.row("S4-22")
@pytest.mark.parametrize("outcome", [AttemptOutcome.PERMANENT, AttemptOutcome.NOT_SENT])
def test_a_consent_message_that_never_leaves_takes_what_follows_along(office: Office, outcome: AttemptOutcome) -> None:
    person = office.person(0)
    intended = office.queue(person, "Your appointment")
    (job,) = office.begin()
    office.record(job, outcome, code="30003", text="Unreachable")
    assert office.status(intended.id) is S.BLOCKED
    assert office.message(intended.id).error_code == "consent_not_sent"
    assert _contact(office, person).consent is ConsentStage.NOT_SENT
    office.queue(person, "Second try")
    assert [message.text for message in _said(office, person)][-2:] == [TEXT, "Second try"]
    assert problems(office) == []


@pytest.mark.row("S4-23")
def test_a_stop_between_the_two_cancels_the_second(office: Office) -> None:
    person = office.person(0)
    intended = office.queue(person, "Your appointment")
    (job,) = office.begin()
    office.accept(job)
    assert office.status(intended.id) is S.QUEUED
    _say(office, person, "STOP")
    assert office.status(intended.id) is S.BLOCKED
    assert office.message(intended.id).error_code == "opted_out"
    assert [job.delivery.text[:17] for job in office.begin()] == ["Harbour Dental: Y"]  # the one confirmation
    assert _contact(office, person).consent is ConsentStage.SENT


@pytest.mark.row("S4-23")
def test_a_stop_before_the_first_left_cancels_both(office: Office) -> None:
    person = office.person(0)
    office.queue(person, "Your appointment")
    _say(office, person, "STOP")
    assert [message.status for message in _said(office, person) if message.sender_kind is not SenderKind.KEYWORD][
        :2
    ] == [S.BLOCKED] * 2
    assert _contact(office, person).consent is ConsentStage.NOT_SENT
    assert problems(office) == []


@pytest.mark.row("S4-23")
def test_stop_and_the_second_message_cannot_pass_each_other_unseen(office: Office, open_store) -> None:
    other = open_store()
    for number in range(1, 5):
        person = office.person(number)
        intended = office.queue(person, "Your appointment")
        (job,) = office.begin()
        gate = threading.Barrier(2)
        started: list[object] = []

        def send(job=job, gate=gate, started=started, intended=intended) -> None:
            gate.wait()
            office.accept(job)
            started += [one for one in office.begin() if one.entry.message_id == intended.id]

        def stop(person=person, gate=gate) -> None:
            gate.wait()
            _say(office, person, "STOP", store=other)

        threads = [threading.Thread(target=send), threading.Thread(target=stop)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Either it had begun to leave before the STOP was stored, or it never leaves.
        if started:
            assert office.status(intended.id) in (S.SENDING, S.UNKNOWN)
        else:
            assert all(one.entry.message_id != intended.id for one in office.begin())
            assert office.status(intended.id) is S.BLOCKED
    assert problems(office) == []


@pytest.mark.row("S4-23", "S4-24")
@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("yes", ConsentStage.ACKNOWLEDGED),
        ("Who is this?", ConsentStage.ACKNOWLEDGED),
        ("STOP", ConsentStage.SENT),
        ("please stop writing to me", ConsentStage.SENT),
    ],
)
def test_any_answer_that_is_no_opt_out_acknowledges(office: Office, text: str, stage: ConsentStage) -> None:
    person = office.person(0)
    _say(office, person, "Hello, are you open?")  # said before: no answer to what was not asked yet
    office.queue(person, "Yes we are")
    assert _contact(office, person).consent is ConsentStage.QUEUED
    (job,) = office.begin()
    office.accept(job)
    office.world.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    _say(office, person, text)
    assert _contact(office, person).consent is stage
    assert ("consent_acknowledged" in _events(office, person)) is (stage is ConsentStage.ACKNOWLEDGED)


@pytest.mark.row("S4-22")
def test_taking_back_the_message_takes_back_the_consent_message_too(office: Office) -> None:
    person = office.person(0)
    intended = office.queue(person, "Oops", delay=timedelta(seconds=5))
    assert office.begin() == ()  # both can be taken back for as long
    assert run(office.outbox.undo(intended.id))
    assert [message.status for message in _said(office, person)] == [S.CANCELLED, S.CANCELLED]
    assert _contact(office, person).consent is ConsentStage.NOT_SENT
    office.world.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    assert office.begin() == ()


@pytest.mark.row("S4-22")
def test_who_opted_out_gets_no_consent_message_and_without_the_policy_nobody_does(office: Office) -> None:
    person, other = office.person(0), office.person()
    _say(office, person, "STOP")
    (job,) = office.begin()
    office.accept(job)
    office.queue(person, "About your question", confirmed=frozenset({"opted_out"}))
    assert [job.delivery.text for job in office.begin()] == ["About your question"]
    run(ConsentMessageService(office.store, user_id=office.user_id).set_policy(required=False, text=TEXT))
    office.queue(other, "Hello")
    assert [job.delivery.text for job in office.begin()] == ["Hello"]


@pytest.mark.row("S4-19")
@pytest.mark.parametrize(
    ("text", "organisation", "code"),
    [
        ("Harbour Dental writes to you. Reply STOP to end.", "", "consent_organisation_missing"),
        ("We write to you. Reply STOP to end.", "Harbour Dental", "consent_name_missing"),
        ("Harbour Dental writes to you. Nonstop!", "Harbour Dental", "consent_stop_missing"),
        ("Harbour Dental writes to you. Please stop by.", "Harbour Dental", "consent_stop_missing"),
        ("Harbour Dental, STOP " + "x" * 480, "Harbour Dental", "consent_text_long"),
        ("Harbour Dental, $contact.name: reply STOP", "Harbour Dental", "consent_variables"),
    ],
)
def test_a_template_must_say_who_writes_and_how_to_stop(text: str, organisation: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_text(text, organisation)
    assert caught.value.code == code
    assert check_text(f" {suggested_text('Harbour Dental')}\n", "harbour dental") == suggested_text("Harbour Dental")


@pytest.mark.row("S4-19", "S4-20")
def test_only_an_administrator_decides_and_a_template_without_stop_is_refused(office: Office) -> None:
    agent = office.store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    service = ConsentMessageService(office.store, user_id=agent.id)
    with pytest.raises(PermissionDeniedError):
        run(service.set_policy(required=False, text=""))
    admin = ConsentMessageService(office.store, user_id=office.user_id)
    with pytest.raises(InvalidInputError):
        run(admin.set_policy(required=True, text="Harbour Dental here"))
    policy = run(service.policy())
    assert (policy.required, policy.text) == (True, TEXT)


@pytest.mark.row("S4-22", "D-09")
@pytest.mark.parametrize("ends", [AttemptOutcome.ACCEPTED, AttemptOutcome.PERMANENT])
@pytest.mark.parametrize("way", [(0, 1), (1, 0)])
def test_who_was_merged_while_the_consent_message_left_waits_for_it_no_more(
    office: Office, ends: AttemptOutcome, way: tuple[int, int]
) -> None:
    people = [office.person(number) for number in (0, 1)]
    office.queue(people[1], "Your appointment is on Thursday")
    merges = MergeService(office.store, user_id=office.user_id)
    merge_id = run(merges.merge(*(people[place].contact_id for place in way)))
    (job,) = office.begin()
    office.record(
        job, ends, **({"provider_message_id": "m1"} if ends is AttemptOutcome.ACCEPTED else {"code": "30003"})
    )
    run(merges.unmerge(merge_id))
    for person in people:
        office.queue(person, f"Hello {person.path}")
    texts = [job.delivery.text for _ in range(6) for job in _carried(office)]
    assert [texts.count(f"Hello {person.path}") for person in people] == [1, 1]
    assert texts.count("Your appointment is on Thursday") == (ends is AttemptOutcome.ACCEPTED)
    assert problems(office) == []


def _carried(office: Office) -> list[Job]:
    """What leaves now, and is taken."""
    jobs = list(office.begin())
    for job in jobs:
        office.accept(job)
    return jobs
