"""Blocked words and links: kept back, reviewed, allowed and sent again, all of it logged; on both databases."""

import pytest

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.models.entities.term import Decision, TermKind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate, GateRefusedError
from desktop_inbox.services.resend import ResendService, Resent
from desktop_inbox.services.undo import UndoService
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems

OFFER = "Free CÁSINO night, see www.bit.ly/x"


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def terms(office: Office) -> BlockedTermService:
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    resend = ResendService(office.store, office.outbox, enqueue, user_id=office.user_id)
    return BlockedTermService(office.store, user_id=office.user_id, resend=resend)


def broadcast(office: Office, text: str = OFFER) -> EntryId:
    (answer,) = run(office.outbox.queue_many([office.new(office.person(), text)]))
    assert not isinstance(answer, GateDecision)
    return answer


@pytest.mark.row("S5-24", "S5-26")
def test_a_blocked_word_keeps_a_broadcast_back_and_names_itself(office: Office) -> None:
    service = terms(office)
    run(service.add("casino"))
    link = run(service.add("bit.ly"))
    assert link.kind is TermKind.LINK
    message = office.message(broadcast(office))
    assert (message.status, message.error_code) == (S.BLOCKED, "blocked_term")
    assert "“casino”, “bit.ly”" in message.error_text
    assert message.failed_at is not None
    assert office.begin() == ()
    assert office.status(broadcast(office, "Greetings from Scunthorpe, rabbit.ly")) is S.QUEUED
    assert problems(office) == []


@pytest.mark.row("S5-24")
def test_a_person_sees_it_before_sending(office: Office) -> None:
    run(terms(office).add("casino"))
    person = office.person()
    where = {"channel_id": office.channel.id, "address_id": person.address_id}
    decision = run(office.outbox.check(person.conversation_id, text=OFFER, **where))
    assert decision.code == "blocked_term"
    assert "“casino”" in decision.sentence
    with pytest.raises(GateRefusedError):
        office.queue(person, OFFER)
    assert run(terms(office).kept_back()) == ()  # nothing was stored


@pytest.mark.row("S5-24")
def test_a_term_added_meanwhile_stops_what_waits(office: Office) -> None:
    key = broadcast(office)
    run(terms(office).add("casino"))
    assert office.begin() == ()
    message = office.message(key)
    assert (message.status, message.error_code) == (S.BLOCKED, "blocked_term")
    assert [one.message_id for one in run(terms(office).kept_back())] == [key]


@pytest.mark.row("S5-24")
def test_the_list_holds_for_sms_unless_chosen_otherwise(office: Office) -> None:
    service = terms(office)
    run(service.add("casino"))
    assert run(service.schemes()) == {Scheme.TEL}
    run(service.set_schemes(frozenset({Scheme.WHATSAPP, Scheme.MATRIX})))
    assert office.status(broadcast(office)) is S.QUEUED
    run(service.set_schemes(frozenset({Scheme.TEL})))
    assert office.status(broadcast(office)) is S.BLOCKED


@pytest.mark.row("S5-25", "S5-26")
def test_an_administrator_allows_a_text_and_it_is_sent_again(office: Office) -> None:
    service = terms(office)
    run(service.add("casino"))
    key, twin = broadcast(office), broadcast(office)
    (first, second) = run(service.kept_back())
    assert {first.message_id, second.message_id} == {key, twin}
    assert first.terms == ("casino",)
    done = run(service.allow([key], note="It is a theatre play"))
    assert done.count == 1
    assert done.resent is not None
    (new,) = done.resent.new_ids
    assert office.status(new) is S.QUEUED
    assert office.status(key) is S.BLOCKED  # what happened stays what happened
    assert [job.entry.message_id for job in office.begin()] == [new]
    assert office.status(broadcast(office)) is S.QUEUED  # cleared for future deliveries
    assert office.status(broadcast(office, OFFER + " and casino royale")) is S.BLOCKED  # another text is not
    (decision,) = run(service.decisions(key))
    assert (decision.decision, decision.term_key, decision.note) == (Decision.ALLOWED, "casino", "It is a theatre play")
    lines = office.store.read_sync(lambda work: [line.kind for line in work.ledger.of_message(key)])
    assert "term_allowed" in lines
    assert run(service.allow([key])).count == 0  # decided already
    assert problems(office) == []


class KilledError(BaseException):
    """The process is gone."""


class Killed(ResendService):
    """Dies when something is to be sent again."""

    async def resend(self, *_given: object, **_more: object) -> Resent:
        raise KilledError

    def resend_in(self, *_given: object, **_more: object) -> Resent:
        raise KilledError


@pytest.mark.row("S5-26")
def test_who_is_killed_while_allowing_leaves_the_message_to_be_decided_about(office: Office) -> None:
    run(terms(office).add("casino"))
    key = broadcast(office)
    resend = Killed(
        office.store, office.outbox, Enqueue(Gate(), capabilities=office.world.capabilities_of), user_id=office.user_id
    )
    with pytest.raises(KilledError):
        run(BlockedTermService(office.store, user_id=office.user_id, resend=resend).allow([key]))
    assert run(terms(office).count()) == 1
    done = run(terms(office).allow([key]))
    assert done.resent is not None
    assert len(done.resent.new_ids) == 1


@pytest.mark.row("S5-26")
def test_what_somebody_else_decided_about_is_not_sent_again(office: Office) -> None:
    run(terms(office).add("casino"))
    kept, key = broadcast(office, OFFER + " One"), broadcast(office, OFFER + " Two")
    run(terms(office).keep([kept]))
    done = run(terms(office).allow([kept, key]))
    assert done.count == 1
    assert done.resent is not None
    assert [old for old, _new in done.resent.sent] == [key]
    assert (done.resent.already, done.resent.refused) == ((), ())


@pytest.mark.row("S5-26")
def test_a_second_term_still_keeps_an_allowed_text_back(office: Office) -> None:
    service = terms(office)
    run(service.add("casino"))
    run(service.allow([broadcast(office)], resend=False))
    run(service.add("bit.ly"))
    message = office.message(broadcast(office))
    assert message.status is S.BLOCKED
    assert "bit.ly" in message.error_text
    assert "casino" not in message.error_text


@pytest.mark.row("S5-25", "S5-26")
def test_only_administrators_decide_and_change_the_list(office: Office) -> None:
    service = terms(office)
    term = run(service.add("casino"))
    key = broadcast(office)
    agent = office.store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    theirs = BlockedTermService(office.store, user_id=agent.id)
    assert not run(theirs.may_decide())
    for forbidden in (
        theirs.add("poker"),
        theirs.switch(term.id, active=False),
        theirs.delete(term.id),
        theirs.set_schemes(frozenset()),
        theirs.allow([key]),
        theirs.keep([key]),
    ):
        with pytest.raises(PermissionDeniedError):
            run(forbidden)
    assert len(run(theirs.kept_back())) == 1
    assert run(service.keep([key])) == 1
    assert run(service.count()) == 0
    (decision,) = run(service.decisions())
    assert decision.decision is Decision.KEPT
    assert office.status(broadcast(office)) is S.BLOCKED


@pytest.mark.row("S5-24")
def test_the_list_is_edited_and_undone(office: Office) -> None:
    service, undo = terms(office), UndoService(office.store, user_id=office.user_id)
    term = run(service.add("Casino"))
    for wrong in ("", "CÁSINO", "x" * 300):
        with pytest.raises(InvalidInputError):
            run(service.add(wrong))
    with pytest.raises(InvalidInputError):
        run(service.add("no domain", TermKind.LINK))
    assert run(service.named("cASINO")).id == term.id
    assert run(service.matches("a casino")) == ("Casino",)
    run(service.switch(term.id, active=False))
    assert run(service.matches("a casino")) == ()
    run(undo.undo_last())
    assert run(service.matches("a casino")) == ("Casino",)
    run(service.delete(term.id))
    run(undo.undo_last())
    assert [one.term for one in run(service.all())] == ["Casino"]
    run(undo.undo_last())
    assert run(service.all()) == ()


@pytest.mark.row("S5-24")
def test_what_answers_a_keyword_and_what_asks_for_consent_is_looked_at_too(office: Office) -> None:
    run(terms(office).add("casino"))
    (answer,) = run(office.outbox.queue_many([office.new(office.person(), OFFER, sender_kind=SenderKind.AWAY)]))
    assert office.status(answer) is S.BLOCKED  # type: ignore[arg-type]
