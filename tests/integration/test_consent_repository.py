"""The consent ledger: append-only, order of arrival does not matter, nothing clears an opt-out silently."""

from datetime import timedelta

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import Contact, OptIn
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
from tests.support.offices import Office

OUT, IN = OptIn.OPTED_OUT, OptIn.OPTED_IN


def _record(office: Office, contact: Contact, status: OptIn, method: ConsentMethod, **more: object) -> bool:
    wording = more.pop("wording", "STOP")
    return office.store.run_sync(
        lambda work: work.consent.record(contact.id, status, method=method, wording=wording, **more)  # type: ignore[arg-type]
    )


def _state(office: Office, contact: Contact) -> Contact:
    found = office.store.read_sync(lambda work: work.contacts.get(contact.id))
    assert found is not None
    return found


def _events(office: Office, contact: Contact) -> list[ConversationEvent]:
    conversation_id = office.conversation_of(contact)
    page = office.store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 100))
    return [entry for entry in page.entries if isinstance(entry, ConversationEvent)]


@pytest.mark.row("S4-08", "S4-18")
def test_a_stop_writes_a_line_and_changes_contact_and_address(office: Office) -> None:
    contact = office.contact()
    assert _state(office, contact).opt_in is IN
    office.heard.clear()
    assert _record(office, contact, OUT, ConsentMethod.KEYWORD, address_id=contact.addresses[0].id)
    now = _state(office, contact)
    assert (now.opt_in, now.addresses[0].opt_in, now.opt_in_changed_at) == (OUT, OUT, office.clock())
    (line,) = office.store.read_sync(lambda work: work.consent.history(contact.id))
    assert (line.status, line.method, line.wording, line.scope) == (OUT, ConsentMethod.KEYWORD, "STOP", "everything")
    (event,) = _events(office, contact)
    assert (event.kind, event.actor_kind) == ("opted_out", ActorKind.CONTACT)
    assert "ContactChanged" in office.heard_kinds()
    assert "TimelineEntryAdded" in office.heard_kinds()


@pytest.mark.row("S4-17")
def test_a_manual_opt_out_is_cleared_by_start_or_by_a_reason(office: Office) -> None:
    contact = office.contact()
    _record(office, contact, OUT, ConsentMethod.MANUAL, wording="asked at the desk", user_id=office.user.id)
    with pytest.raises(InvalidInputError) as refused:
        _record(office, contact, IN, ConsentMethod.MANUAL, wording="  ", user_id=office.user.id)
    assert refused.value.code == "consent_reason_missing"
    assert _state(office, contact).opt_in is OUT
    office.clock.advance(timedelta(minutes=1))
    _record(office, contact, IN, ConsentMethod.MANUAL, wording="signed the form", user_id=office.user.id)
    assert _state(office, contact).opt_in is IN
    office.clock.advance(timedelta(minutes=1))
    _record(office, contact, OUT, ConsentMethod.MANUAL, wording="", user_id=office.user.id)
    office.clock.advance(timedelta(minutes=1))
    _record(office, contact, IN, ConsentMethod.KEYWORD, wording="START")
    assert _state(office, contact).opt_in is IN
    assert [event.actor_name for event in _events(office, contact)] == ["Dana Reyes"] * 3 + [""]
    assert len(office.store.read_sync(lambda work: work.consent.history(contact.id))) == 4


@pytest.mark.row("S4-17")
@pytest.mark.parametrize("method", [ConsentMethod.IMPORT, ConsentMethod.PROVIDER])
def test_neither_an_import_nor_a_provider_clears_an_opt_out(office: Office, method: ConsentMethod) -> None:
    contact = office.contact()
    _record(office, contact, OUT, ConsentMethod.KEYWORD)
    assert not _record(office, contact, IN, method, wording="list of March")
    assert _state(office, contact).opt_in is OUT


@pytest.mark.row("S4-13", "S4-14", "P11")
@pytest.mark.parametrize("late", [OUT, IN])
def test_the_order_of_arrival_does_not_decide(office: Office, late: OptIn) -> None:
    contact = office.contact()
    first, second = (OUT, IN) if late is OUT else (IN, OUT)
    at = office.clock()
    _record(office, contact, second, ConsentMethod.KEYWORD, at=at + timedelta(seconds=2))
    _record(office, contact, first, ConsentMethod.KEYWORD, at=at + timedelta(seconds=1))
    assert _state(office, contact).opt_in is second


@pytest.mark.row("S4-13")
def test_a_late_stop_is_stronger_than_a_persons_word(office: Office) -> None:
    contact = office.contact()
    _record(office, contact, OUT, ConsentMethod.MANUAL)
    _record(office, contact, IN, ConsentMethod.MANUAL, wording="phoned", at=office.clock.advance(timedelta(minutes=5)))
    _record(office, contact, OUT, ConsentMethod.KEYWORD, at=office.clock() - timedelta(minutes=1))
    assert _state(office, contact).opt_in is OUT


@pytest.mark.row("S4-13")
def test_a_question_is_asked_once_and_settled(office: Office) -> None:
    contact = office.contact()
    for _ in range(2):
        office.store.run_sync(lambda work: work.consent.flag_question(contact.id, 1))  # type: ignore[arg-type]
    assert _state(office, contact).looks_opted_out
    office.store.run_sync(lambda work: work.consent.settle_question(contact.id, user_id=office.user.id))
    assert not _state(office, contact).looks_opted_out
    kinds = [event.kind for event in _events(office, contact)]
    assert kinds == ["looks_opted_out", "opt_out_question_settled"]


@pytest.mark.row("S4-08")
def test_one_address_by_hand_leaves_the_others(office: Office) -> None:
    contact = office.contact()
    _record(office, contact, OUT, ConsentMethod.MANUAL, address_id=contact.addresses[0].id)
    now = _state(office, contact)
    assert (now.opt_in, now.addresses[0].opt_in) == (IN, OUT)
