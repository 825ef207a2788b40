"""Variables on their way out: every path into the outbox resolves them, and none leaves unresolved."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_inbox.models import schema
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome, GateKind
from desktop_inbox.models.store import Store
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate, GateRefusedError
from desktop_inbox.services.resend import ResendService
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.variables import VariableService, has_variables
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _prepare(office: Office) -> Person:
    person = office.person(0)

    def prepare(work):
        work.contacts.change(person.contact_id, first_name="Maria", last_name="Ortiz", country="")
        work.contacts.add_address(person.contact_id, Scheme.EMAIL, "maria@example.org", priority=1)
        work.settings.set(TIME_ZONE.key, "Asia/Tokyo")
        key = work.connection.execute(
            schema.custom_fields.insert()
            .values(slug="room", name="Room", name_key="room", kind="text", options={}, created_at=work.now())
            .returning(schema.custom_fields.c.id)
        ).scalar_one()
        work.connection.execute(
            schema.contact_field_values.insert().values(
                contact_id=person.contact_id, field_id=key, value="12b", value_key="12b"
            )
        )
        user = work.users.all()[0]
        work.users.rename(user.id, "Ana Maria Silva")
        work.connection.execute(
            schema.conversations.update()
            .where(schema.conversations.c.id == person.conversation_id)
            .values(assignee_id=user.id)
        )

    office.store.run_sync(prepare)
    return person


@pytest.mark.row("S3-58")
def test_every_source_of_values_reaches_the_text_that_leaves(office: Office) -> None:
    person = _prepare(office)
    text = (
        "$contact.name $contact.email $contact.phone $contact.room $contact.country|nowhere"
        " $assignee.firstname $assignee.lastname $system.current_datetime"
    )
    message = office.queue(person, text)
    expected = f"Maria Ortiz maria@example.org {person.path} 12b nowhere Ana Maria Silva 2026-03-02 21:00:00"
    assert message.text == expected
    (job,) = office.begin()
    assert job.delivery.text == expected


@pytest.mark.row("S3-58", "D-19", "C08")
@pytest.mark.parametrize("sender", [SenderKind.USER, SenderKind.API, SenderKind.BROADCAST, SenderKind.AWAY])
def test_an_unresolved_variable_is_refused_by_name_whoever_sends(office: Office, sender: SenderKind) -> None:
    person = _prepare(office)
    with pytest.raises(GateRefusedError) as caught:
        office.queue(person, "From $contact.country, $contact.nope", sender_kind=sender)
    assert caught.value.code == "gate.unresolved_variable"
    assert "$contact.country, $contact.nope" in caught.value.message
    (answer,) = run(office.outbox.queue_many([office.new(person, "$contact.country", sender_kind=sender)]))
    assert getattr(answer, "kind", None) is GateKind.REFUSE
    assert office.begin() == ()


@pytest.mark.row("S3-58")
def test_what_left_once_is_sent_again_word_for_word(office: Office) -> None:
    person = _prepare(office)
    message = office.queue(person, "Type $$contact.country")
    assert message.text == "Type $contact.country"
    (job,) = office.begin()
    office.record(job, AttemptOutcome.PERMANENT, code="30003", text="The phone is off.")
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    resends = ResendService(office.store, office.outbox, enqueue, user_id=office.user_id)
    (again,) = run(resends.resend((message.id,))).new_ids
    assert office.message(again).text == "Type $contact.country"


@pytest.mark.row("S3-58", "K27")
def test_what_was_taken_back_reads_the_same_when_it_leaves_later(office: Office) -> None:
    person = _prepare(office)
    message = office.queue(person, "Type $$contact.country, $contact.firstname")
    assert run(office.outbox.undo(message.id))
    draft = office.store.read_sync(lambda work: work.drafts.get(person.conversation_id, office.user_id))
    assert draft is not None
    assert office.queue(person, draft.text).text == "Type $contact.country, Maria"


@pytest.mark.row("S3-58")
def test_the_preview_says_what_would_leave_and_stores_nothing(office: Office) -> None:
    person = _prepare(office)
    service = VariableService(office.store)
    found = run(service.preview(person.conversation_id, "Hi $contact.firstname from $contact.country"))
    assert (found.text, found.unresolved) == ("Hi Maria from $contact.country", ("$contact.country",))
    assert "$contact.room" in run(service.names())
    assert office.store.read_sync(lambda work: work.outbox.waiting_count()) == 0


_WORDS = st.sampled_from(
    ["$contact.name", "$contact.country", "$contact.country|home", "$contact.nope|x", '$contact.room|"no room"', "$5",
     "$$contact", "Hello", "$system.current_date", "$assignee.name|us", "$contact.email", "|"]
)  # fmt: skip


@pytest.mark.row("D-19")
def test_whatever_is_written_no_message_on_its_way_holds_an_unresolved_variable(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, clock=HeldClock())
    office = open_office(store, World(clock=HeldClock()))
    person = _prepare(office)

    @settings(max_examples=80, deadline=None, database=None, derandomize=True)
    @given(words=st.lists(_WORDS, min_size=1, max_size=5), sender=st.sampled_from([SenderKind.USER, SenderKind.API]))
    def write(words: list[str], sender: SenderKind) -> None:
        text = " ".join(words)
        missing = [word for word in words if word in ("$contact.country", "$contact.nope|x")]
        code, left = "", ""
        try:
            left = office.queue(person, text, sender_kind=sender).text
        except GateRefusedError as refused:
            code = refused.code
        if code != "gate.loop":  # the same text twenty times
            assert code == ("gate.unresolved_variable" if missing else "")
        assert not has_variables(left)

    try:
        write()
    finally:
        store.close()
