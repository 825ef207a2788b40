"""Failed messages: each reason can be reached, is explained, and the message can be sent again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Message, SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome as A
from desktop_inbox.models.entities.timeline import ConversationEvent, TimelineEntry
from desktop_inbox.models.store import Store
from desktop_inbox.services import receipts
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.channels import _remove
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.error_log import ErrorLog, as_text, read_log
from desktop_inbox.services.gate import LOOP_LIMIT, Gate, GateRefusedError
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.pause import SendingPause
from desktop_inbox.services.providers.base import DeliveryReceipt
from desktop_inbox.services.resend import ResendService, Resent
from desktop_inbox.services.sending import Sending
from desktop_inbox.services.settings import SENDING_PAUSED, SettingsService
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _log(office: Office, message_id: EntryId, *, masked: bool = False) -> ErrorLog:
    return office.store.read_sync(lambda work: read_log(work, message_id, masked=masked))


def _folder(office: Office, message_id: EntryId) -> str:
    rows = office.store.read_sync(
        lambda work: work.connection.exec_driver_sql(f"SELECT folder FROM messages WHERE id = {message_id}").all()
    )
    return str(rows[0][0])


def _fail(office: Office, text: str = "Hello", *, code: str = "21211", **options: object) -> Message:
    message = office.queue(office.people[0], text, **options)
    (job,) = office.begin()
    office.record(job, A.PERMANENT, code=code, text="The number is not a valid phone number.", http_status=400)
    return office.message(message.id)


# -- the reasons of S1-25


@pytest.mark.row("S1-25")
@pytest.mark.parametrize("why", ["blocked", "stopped"])
def test_a_contact_who_is_not_active_any_more_is_a_reason(office: Office, why: str) -> None:
    person = office.people[0]
    (message,) = asyncio.run(office.outbox.queue_many([office.new(person)]))
    assert isinstance(message, int)
    change = {"blocked": True} if why == "blocked" else {"opt_in": OptIn.OPTED_OUT}
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, **change))
    assert office.begin() == ()
    code = "contact_blocked" if why == "blocked" else "opted_out"
    assert (office.message(message).status, office.message(message).error_code) == (S.BLOCKED, code)
    assert _folder(office, message) == "failed"
    assert _log(office, message).word.remedy


@pytest.mark.row("S1-25")
def test_a_loop_is_a_reason(office: Office) -> None:
    for _number in range(LOOP_LIMIT):
        office.queue(office.people[0], "the same")
    with pytest.raises(GateRefusedError) as caught:
        office.queue(office.people[0], "the same")
    assert caught.value.decision.code == "loop"


@pytest.mark.row("S1-25")
def test_the_limit_of_tries_is_a_reason(office: Office) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.record(job, A.NOT_SENT, code="connect", text="It cannot be reached.", retry_at=None)
    assert (office.status(message.id), _folder(office, message.id)) == (S.FAILED, "failed")
    assert office.message(message.id).error_code == "connect"


@pytest.mark.row("S1-25")
def test_too_old_to_send_is_a_reason(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    clock.advance(timedelta(hours=25))
    office.sweep()
    assert (office.status(message.id), office.message(message.id).error_code) == (S.EXPIRED, "expired")
    assert _folder(office, message.id) == "failed"


@pytest.mark.row("S1-25")
def test_no_way_to_the_contact_any_more_is_a_reason(office: Office) -> None:
    person = office.people[0]
    message = office.queue(person)
    office.store.run_sync(lambda work: work.contacts.remove_address(person.contact_id, person.address_id))
    assert office.begin() == ()
    assert (office.status(message.id), office.message(message.id).error_code) == (S.BLOCKED, "address_gone")
    assert _folder(office, message.id) == "failed"


@pytest.mark.row("S1-25", "S1-09")
def test_a_channel_that_is_removed_fails_its_queue_and_keeps_its_history(office: Office) -> None:
    sent = office.queue(text="sent before")
    (job,) = office.begin()
    office.accept(job)
    waiting = office.queue(office.person(), text="waits")
    office.store.run_sync(lambda work: _remove(work, office.channel.id))
    failed = office.message(waiting.id)
    assert (failed.status, failed.error_code, failed.channel_id) == (S.BLOCKED, "channel_removed", office.channel.id)
    assert _folder(office, waiting.id) == "failed"
    kept = office.message(sent.id)
    assert (kept.text, kept.status, kept.channel_id) == ("sent before", S.ACCEPTED, office.channel.id)
    assert _log(office, waiting.id).word.remedy == "Send it again by another channel."


def _paused_office(store: Store, clock: HeldClock) -> tuple[Office, SettingsService, SendingPause]:
    office = open_office(store, World(clock=clock))
    settings = SettingsService(store, office.user_id)
    pause = SendingPause(store, settings)
    gate = Gate(paused=pause.is_on)
    office.outbox = OutboxService(store, user_id=office.user_id, gate=gate, capabilities=office.world.capabilities_of)
    office.sending = Sending(gate=gate, capabilities=office.world.capabilities_of)
    return office, settings, pause


@pytest.mark.row("S1-25")
def test_while_the_office_sends_nothing_what_is_written_waits_and_leaves_afterwards(
    store: Store, clock: HeldClock
) -> None:
    office, settings, pause = _paused_office(store, clock)
    queued = office.queue(text="before")
    asyncio.run(settings.set(SENDING_PAUSED, True))
    assert office.begin() == ()
    held = office.queue(office.person(), text="meanwhile")
    assert [office.status(one.id) for one in (queued, held)] == [S.HELD, S.HELD]
    assert {office.entry(one.id).reason for one in (queued, held)} == {"sending_paused"}
    office.sweep()
    assert office.begin() == ()

    async def resume() -> None:
        bus = EventBus()
        store.attach(asyncio.get_running_loop())
        released = asyncio.Event()
        pause.follow(bus)
        await settings.set(SENDING_PAUSED, False)
        bus.publish(_changed())
        for _turn in range(500):
            if all(office_status(one.id) is S.QUEUED for one in (queued, held)):
                released.set()
                break
            await asyncio.sleep(0.01)
        assert released.is_set()

    def office_status(key: EntryId) -> S:
        return office.status(key)

    asyncio.run(resume())
    assert sorted(job.delivery.text for job in office.begin()) == ["before", "meanwhile"]


def _changed() -> object:
    from desktop_inbox.events import SettingChanged

    return SettingChanged(key=SENDING_PAUSED.key)


@pytest.mark.row("S1-25")
def test_a_pause_that_lasts_too_long_is_a_reason(store: Store, clock: HeldClock) -> None:
    office, settings, _pause = _paused_office(store, clock)
    asyncio.run(settings.set(SENDING_PAUSED, True))
    message = office.queue()
    clock.advance(timedelta(hours=25))
    office.sweep()
    assert (office.status(message.id), office.message(message.id).error_code) == (S.EXPIRED, "sending_paused")
    assert _folder(office, message.id) == "failed"


@pytest.mark.row("S4-16")
def test_a_stop_at_the_carrier_is_never_tried_again_and_blocks_the_address(office: Office) -> None:
    person = office.people[0]
    message = office.queue(person)
    (job,) = office.begin()
    office.record(job, A.PERMANENT, code="21610", text="This person answered STOP.", http_status=400, opted_out=True)
    assert office.status(message.id) is S.BLOCKED
    assert office.begin() == ()
    with pytest.raises(GateRefusedError) as caught:
        office.queue(person)
    assert caught.value.decision.code == "carrier_blocked"
    office.sweep()
    assert office.begin() == ()


# -- the log


@pytest.mark.row("S1-26")
def test_the_log_tells_each_attempt_what_was_said_and_what_to_do(office: Office, clock: HeldClock) -> None:
    office.store.run_sync(lambda work: _set_kind(work, "twilio"))
    message = office.queue(text="Hello +14155550123")
    (job,) = office.begin()
    office.record(job, A.NOT_SENT, code="connect", text="It cannot be reached.", retry_at=clock())
    (job,) = office.begin()
    clock.advance(timedelta(milliseconds=350))
    said = Exchange(
        kind=ExchangeKind.SEND,
        at=clock(),
        elapsed_millis=350,
        request="POST https://example.test/Messages\n\nTo=+14155550123",
        response='HTTP 400\n\n{"code": 21211}',
        http_status=400,
        error_code="21211",
    )
    office.record(job, A.PERMANENT, code="21211", text="Not valid.", http_status=400, exchanges=(said,))
    log = _log(office, message.id)
    assert [step.title for step in log.steps] == ["Attempt 1", "Attempt 2"]
    assert [step.http_status for step in log.steps] == [None, 400]
    assert log.steps[1].elapsed_millis == 350
    assert [len(step.exchanges) for step in log.steps] == [0, 1]
    assert log.word.sentence == "The number is not a valid phone number."
    assert log.word.remedy == "Check the number with the contact, correct it and send again."
    assert log.word.link.endswith("/21211")
    text = as_text(log)
    assert all(part in text for part in ("Attempt 2", "HTTP 400", "350 ms", "> POST", "21211", "What to do: Check"))
    assert log.can_resend


def _set_kind(work: object, kind: str) -> None:
    work.connection.exec_driver_sql(f"UPDATE channels SET kind = '{kind}'")  # type: ignore[attr-defined]


@pytest.mark.row("S1-26")
def test_what_a_receipt_told_later_stands_behind_the_attempt(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    office.accept(job, "SM1")
    clock.advance(timedelta(minutes=1))
    told = DeliveryReceipt(
        provider_message_id="SM1", status=S.UNDELIVERED, at=clock(), key="k", error_code="30003", error_text="Off."
    )
    office.store.run_sync(lambda work: receipts.apply(work, office.channel.id, (told,)))
    office.store.run_sync(lambda work: _set_kind(work, "twilio"))
    log = _log(office, message.id)
    assert [step.title for step in log.steps] == ["Attempt 1", "Report of the provider"]
    assert log.steps[0].word is None
    assert log.steps[1].word == log.word
    assert log.word.remedy == "Send it again later, when the phone is on again."
    said = Exchange(kind=ExchangeKind.STATUS, at=clock(), error_code="30003", response="HTTP 200")
    said = replace(said, channel_id=office.channel.id, message_id=message.id)
    office.store.run_sync(lambda work: work.exchanges.add_many([said]))
    assert [step.title for step in _log(office, message.id).steps] == ["Attempt 1", "Asking how far it got"]


@pytest.mark.row("S1-26")
def test_numbers_are_masked_where_the_office_wants_it(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    (job,) = office.begin()
    said = Exchange(kind=ExchangeKind.SEND, at=clock(), request="To=+14155550123", response="no +14155550123")
    office.record(job, A.PERMANENT, code="x", text="No way to +14155550123.", exchanges=(said,))
    assert "+14155550123" in as_text(_log(office, message.id))
    masked = as_text(_log(office, message.id, masked=True))
    assert "4155550123" not in masked
    assert "•••23" in masked


# -- once more


def _resend(office: Office, *ids: EntryId, **options: object) -> Resent:
    return asyncio.run(_resends(office).resend(ids, **options))  # type: ignore[arg-type]


def _resends(office: Office) -> ResendService:
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    return ResendService(office.store, office.outbox, enqueue, user_id=office.user_id)


def _texts(office: Office) -> list[tuple[str, S]]:
    return [(entry.text, entry.status) for entry in _entries(office) if isinstance(entry, Message)]


def _entries(office: Office) -> tuple[TimelineEntry, ...]:
    key = office.people[0].conversation_id
    return office.store.read_sync(lambda work: work.timeline.since(key, 0, 100)).entries


@pytest.mark.row("S1-25")
def test_sending_again_makes_a_new_message_and_the_conversation_says_so(office: Office) -> None:
    failed = _fail(office)
    done = _resend(office, failed.id)
    ((old, new),) = done.sent
    assert old == failed.id
    assert new != failed.id
    assert office.status(failed.id) is S.FAILED, "the old one stays as it is"
    assert office.entry(new).idem_key != office.entry(failed.id).idem_key
    assert (office.message(new).text, office.message(new).status) == (failed.text, S.QUEUED)
    (event,) = [entry for entry in _entries(office) if isinstance(entry, ConversationEvent) and entry.kind == "resent"]
    assert (event.details["message"], event.details["as"]) == (str(failed.id), str(new))


@pytest.mark.row("S1-25")
def test_a_double_click_makes_one_new_message(office: Office) -> None:
    failed = _fail(office)
    first = _resend(office, failed.id)
    second = _resend(office, failed.id)
    assert len(first.sent) == 1
    assert (second.sent, second.already) == ((), (failed.id,))

    async def at_once() -> list[Resent]:
        service = _resends(office)
        return list(await asyncio.gather(*(service.resend((other.id,)) for _click in range(3))))

    (job,) = office.begin()
    office.accept(job)
    other = _fail(office, "another")
    done = asyncio.run(at_once())
    assert sum(len(one.sent) for one in done) == 1
    assert [text for text, _status in _texts(office)] == ["Hello", "Hello", "another", "another"]


@pytest.mark.row("S1-25")
def test_what_failed_again_can_be_sent_again(office: Office) -> None:
    failed = _fail(office)
    _resend(office, failed.id)
    (job,) = office.begin()
    office.record(job, A.PERMANENT, code="21211", text="Not valid.")
    done = _resend(office, failed.id)
    assert len(done.sent) == 1
    assert [status for _text, status in _texts(office)] == [S.FAILED, S.FAILED, S.QUEUED]


@pytest.mark.row("S1-25")
def test_it_can_be_taken_back_within_the_grace_and_sent_again_after(office: Office) -> None:
    failed = _fail(office)
    done = _resend(office, failed.id, delay=timedelta(seconds=5))
    assert office.begin() == ()
    assert asyncio.run(_resends(office).undo(done.new_ids)) == 1
    assert office.message(done.new_ids[0]).status is S.CANCELLED
    assert len(_resend(office, failed.id).sent) == 1


@pytest.mark.row("S1-25", "S4-15")
def test_the_gate_is_asked_and_its_refusals_are_listed(office: Office) -> None:
    good = _fail(office)
    bad = office.queue(office.person(), "to somebody else")
    (job,) = office.begin()
    office.record(job, A.PERMANENT, code="x", text="No.", opted_out=True)
    inbound_like = office.queue(office.person(), "still waiting")
    done = _resend(office, good.id, bad.id, inbound_like.id)
    assert [old for old, _new in done.sent] == [good.id]
    assert {old: decision.code for old, decision in done.refused} == {
        bad.id: "carrier_blocked",
        inbound_like.id: "not_failed",
    }


@pytest.mark.row("S1-25", "S4-09")
def test_a_broadcast_sent_again_stays_subject_to_consent(office: Office) -> None:
    person = office.people[0]
    (key,) = asyncio.run(office.outbox.queue_many([office.new(person)]))
    assert isinstance(key, int)
    (job,) = office.begin()
    office.record(job, A.PERMANENT, code="30003", text="Off.")
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, opt_in=OptIn.OPTED_OUT))
    done = _resend(office, EntryId(key))
    assert [decision.code for _old, decision in done.refused] == ["opted_out"]
    office.store.run_sync(lambda work: work.contacts.change(person.contact_id, opt_in=OptIn.OPTED_IN))
    (new,) = _resend(office, EntryId(key)).new_ids
    assert office.message(new).sender_kind is SenderKind.BROADCAST


@pytest.mark.row("S1-25", "S5-26")
def test_what_a_blocked_word_still_keeps_back_is_not_made_once_more(office: Office) -> None:
    terms = BlockedTermService(office.store, user_id=office.user_id)
    asyncio.run(terms.add("casino"))
    (key,) = asyncio.run(office.outbox.queue_many([office.new(office.people[0], "Our casino")]))
    assert isinstance(key, int)
    assert office.status(key) is S.BLOCKED
    done = _resend(office, key)
    assert [decision.code for _old, decision in done.refused] == ["blocked_term"]
    assert done.sent == ()
    assert asyncio.run(terms.count()) == 1  # and nobody is asked about it twice


@pytest.mark.row("S1-25")
def test_many_are_sent_again_in_one_go(office: Office) -> None:
    office.add_people(30)
    keys = []
    for person in office.people:
        keys.append(office.queue(person, "to all").id)
    for job in office.begin(limit=500):
        office.record(job, A.PERMANENT, code="30003", text="Off.")
    done = _resend(office, *keys)
    assert len(done.sent) == len(keys)
    assert len(office.begin(limit=500)) == len(keys)
