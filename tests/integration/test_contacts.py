"""Contacts: found, started by address, renamed; their consent by hand."""

import pytest

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import ContactId, ConversationId
from desktop_inbox.models.entities.timeline import ConversationEvent
from desktop_inbox.services.contacts import ContactService
from tests.support.offices import Office
from tests.support.run import run


@pytest.fixture
def contacts(office: Office) -> ContactService:
    return ContactService(office.store, user_id=office.user.id, region=lambda: "US")


@pytest.mark.row("S4-27")
@pytest.mark.parametrize("typed", ["+14155550148", "(415) 555-0148", "1 415 555 0148", "tel:+1-415-555-0148"])
def test_typing_an_existing_number_opens_its_conversation(office: Office, contacts: ContactService, typed: str) -> None:
    contact = office.contact("+14155550148")
    assert run(contacts.start(typed)) == office.conversation_of(contact)
    assert len(run(contacts.find(""))) == 1


@pytest.mark.row("S4-26", "S4-27")
def test_a_new_number_makes_one_contact(office: Office, contacts: ContactService) -> None:
    first = run(contacts.start("415 555 0102"))
    assert run(contacts.start("+1 415 555 0102")) == first
    assert run(contacts.contact_of(first)).addresses[0].path == "+14155550102"


@pytest.mark.row("S4-27")
@pytest.mark.parametrize("typed", ["", "hello", "12", "+1", "+999 555 0101", "415 555 0102 ext 5"])
def test_what_is_no_number_is_refused_with_what_to_do(office: Office, contacts: ContactService, typed: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        run(contacts.start(typed))
    assert refused.value.hint
    assert run(contacts.find("")) == ()


@pytest.mark.row("S4-28")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["Amina", "Jonas", "Maria"]),
        ("mar", ["Maria"]),
        ("GÓMEZ", ["Maria"]),
        ("maria góm", ["Maria"]),
        ("okafor jonas", ["Jonas"]),
        ("0101", ["Maria"]),
        ("(415) 555-0102", ["Jonas"]),
        ("%", []),
        ("zz", []),
    ],
)
def test_contacts_are_found_by_name_and_number(
    office: Office, contacts: ContactService, text: str, found: list[str]
) -> None:
    for number, name in (("01", "Maria Gómez"), ("02", "Jonas Okafor"), ("03", "Amina Khalil")):
        first, last = name.split()
        contact = office.contact(f"+141555501{number}")
        run(contacts.rename(contact.id, first, last))
    assert [contact.first_name for contact in run(contacts.find(text))] == found


def test_a_new_name_is_clean_and_in_the_history(office: Office, contacts: ContactService) -> None:
    contact = office.contact()
    run(contacts.rename(contact.id, "  Maria\u202e ", " Gómez\n"))
    run(contacts.rename(contact.id, "Maria", "Gómez"))
    assert run(contacts.contact(contact.id)).name == "Maria Gómez"
    conversation_id = run(contacts.conversation_of(contact.id))
    page = office.store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 10))
    (event,) = page.entries
    assert isinstance(event, ConversationEvent)
    assert (event.kind, event.actor_name, event.details["name"]) == ("contact_renamed", "Dana Reyes", "Maria Gómez")


@pytest.mark.row("P30")
@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_a_name_that_cannot_be_stored_is_refused(office: Office, contacts: ContactService, text: str) -> None:
    contact = office.contact()
    with pytest.raises(InvalidInputError):
        run(contacts.rename(contact.id, text, ""))
    with pytest.raises(InvalidInputError):
        run(contacts.set_opt_in(contact.id, OptIn.OPTED_OUT, reason=text))


@pytest.mark.row("S4-17", "S4-18")
def test_opt_in_by_hand(office: Office, contacts: ContactService) -> None:
    contact = office.contact()
    run(contacts.set_opt_in(contact.id, OptIn.OPTED_OUT, reason=""))
    with pytest.raises(InvalidInputError):
        run(contacts.set_opt_in(contact.id, OptIn.OPTED_IN, reason=" "))
    run(contacts.set_opt_in(contact.id, OptIn.OPTED_IN, reason="signed the form on 2 March"))
    now = run(contacts.contact(contact.id))
    assert (now.opt_in, now.addresses[0].opt_in) == (OptIn.OPTED_IN, OptIn.OPTED_IN)
    history = run(contacts.consent_history(contact.id))
    assert [(line.status, line.user_id) for line in history] == [
        (OptIn.OPTED_IN, office.user.id),
        (OptIn.OPTED_OUT, office.user.id),
    ]
    with pytest.raises(NotFoundError):
        run(contacts.set_opt_in(contact.id, OptIn.OPTED_OUT, reason="", address_id=999))  # type: ignore[arg-type]


@pytest.mark.row("S4-13")
@pytest.mark.parametrize("opted_out", [True, False])
def test_the_question_is_settled(office: Office, contacts: ContactService, opted_out: bool) -> None:
    contact = office.contact()
    office.store.run_sync(lambda work: work.consent.flag_question(contact.id, 1))  # type: ignore[arg-type]
    run(contacts.settle_opt_out_question(contact.id, opted_out=opted_out))
    now = run(contacts.contact(contact.id))
    assert not now.looks_opted_out
    assert now.opt_in is (OptIn.OPTED_OUT if opted_out else OptIn.OPTED_IN)


def test_what_is_gone_says_so(office: Office, contacts: ContactService) -> None:
    for work in (
        contacts.contact(ContactId(7)),
        contacts.contact_of(ConversationId(7)),
        contacts.conversation_of(ContactId(7)),
        contacts.rename(ContactId(7), "a", "b"),
    ):
        with pytest.raises(InboxError) as gone:
            run(work)
        assert gone.value.code == "contact_missing"


def test_a_telegram_contact_is_started_by_number_of_the_chat(office: Office, contacts: ContactService) -> None:
    conversation_id = run(contacts.start("123456", scheme=Scheme.TELEGRAM))
    assert run(contacts.contact_of(conversation_id)).addresses[0].scheme is Scheme.TELEGRAM
