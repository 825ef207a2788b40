"""What a provider delivers is stored once, whole and in order."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, EntryKind, View
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.timeline import ConversationEvent, TimelineEntry
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService, Taken
from desktop_inbox.services.providers.base import (
    DeliveryReceipt,
    FetchResult,
    InboundAttachment,
    InboundCall,
    InboundMessage,
)
from tests.support.offices import Office
from tests.support.run import run

SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE, attachments_in=True, calls=True)
MARIA = "+34600123456"


@dataclass
class Answers:
    """Keeps what would be queued, and stores it as the outbox does."""

    texts: list[str] = field(default_factory=list)

    def queue_answer(
        self, work: Work, *, conversation_id: ConversationId, channel_id: ChannelId, address_id: AddressId, text: str
    ) -> None:
        self.texts.append(text)
        contact_id = work.conversations.contact_of(conversation_id)
        assert contact_id is not None
        message = Message(
            id=work.new_entry_id(work.now()),
            conversation_id=conversation_id,
            contact_id=contact_id,
            direction=Direction.OUT,
            text=text,
            status=DeliveryStatus.QUEUED,
            channel_id=channel_id,
            address_id=address_id,
            sender_kind=SenderKind.KEYWORD,
            client_uuid=f"answer-{len(self.texts)}-{random.random()}",
        )
        work.messages.add_outbound(message)


class Desk:
    """An office with its inbound service, and short ways to look at what it stored."""

    def __init__(self, office: Office, capabilities: Capabilities = SMS) -> None:
        self.office = office
        self.capabilities = capabilities
        self.answers = Answers()
        self.service = InboundService(office.store, answers=AutomaticAnswers(self.answers))
        self._numbers = iter(range(1, 10_000))

    def message(self, text: str, *, address: str = MARIA, **more: Any) -> InboundMessage:
        values = {"provider_message_id": f"m{next(self._numbers)}", "occurred_at": self.office.clock()} | more
        return InboundMessage(scheme=Scheme.TEL, address=address, text=text, **values)

    def take(self, *messages: InboundMessage, calls: Iterable[InboundCall] = (), cursor: str = "1") -> Taken:
        page = FetchResult(cursor=cursor, messages=messages, calls=tuple(calls))
        return run(self.service.take(self.office.channel, self.capabilities, page))

    def say(self, text: str, **more: Any) -> Taken:
        return self.take(self.message(text, **more))

    def contact(self, path: str = MARIA, scheme: Scheme = Scheme.TEL) -> Contact:
        def find(work: Work) -> Contact:
            address = work.contacts.find_address(scheme, path)
            assert address is not None
            contact = work.contacts.get(address.contact_id)
            assert contact is not None
            return contact

        return self.office.store.read_sync(find)

    def summary(self, path: str = MARIA) -> ConversationSummary:
        contact = self.contact(path)
        conversation_id = self.office.conversation_of(contact)
        found = self.office.store.read_sync(lambda work: work.conversations.summaries((conversation_id,), user_id=1))
        return found[0]

    def entries(self, path: str = MARIA) -> tuple[TimelineEntry, ...]:
        conversation_id = self.summary(path).id
        return self.office.store.read_sync(lambda work: work.timeline.since(conversation_id, 0, 1000)).entries

    def texts(self, path: str = MARIA) -> list[str]:
        return [entry.text for entry in self.entries(path) if isinstance(entry, Message)]

    def events(self, path: str = MARIA) -> list[str]:
        return [entry.kind for entry in self.entries(path) if isinstance(entry, ConversationEvent)]

    def total(self) -> int:
        return self.office.store.read_sync(lambda work: work.conversations.counts(user_id=1)[View.ALL].total)

    def change(self, **values: Any) -> None:
        key = self.summary().id
        self.office.store.run_sync(lambda work: work.conversations.change(key, **values))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.mark.row("S1-07")
def test_an_unknown_sender_makes_exactly_one_contact(desk: Desk) -> None:
    taken = desk.take(
        desk.message("Hello", address="+34 600 123 456", sender_name="Maria  Gómez"),
        desk.message("Are you open?", address=MARIA),
        desk.message("?", address="tel:+34600123456"),
    )
    assert taken == Taken(messages=3)
    assert desk.total() == 1
    contact = desk.contact()
    assert (contact.first_name, contact.last_name) == ("Maria", "Gómez")
    assert desk.texts() == ["Hello", "Are you open?", "?"]
    assert desk.summary().unread_count == 3


@pytest.mark.row("P11")
def test_a_page_taken_again_changes_nothing(desk: Desk) -> None:
    page = (desk.message("one"), desk.message("two"))
    assert desk.take(*page) == Taken(messages=2)
    desk.office.heard.clear()
    assert desk.take(*page, *page) == Taken(duplicates=4)
    assert desk.texts() == ["one", "two"]
    assert desk.summary().unread_count == 2
    assert desk.office.heard == []


@pytest.mark.row("P11")
def test_the_cursor_is_saved_with_the_messages_or_not_at_all(desk: Desk) -> None:
    class BrokenError(Exception):
        pass

    def take_and_fail(work: Work) -> None:
        page = FetchResult(cursor="9", messages=(desk.message("lost?"),))
        desk.service.take_page(work, desk.office.channel, SMS, page)
        raise BrokenError

    with pytest.raises(BrokenError):
        desk.office.store.run_sync(take_and_fail)
    assert desk.total() == 0
    desk.take(desk.message("here"), cursor="10")
    channel = desk.office.store.read_sync(lambda work: work.channels.get(desk.office.channel.id))
    assert channel is not None
    assert (channel.cursor, desk.texts()) == ("10", ["here"])


@pytest.mark.row("S2-69", "S4-30", "S2-13", "S3-06")
def test_a_message_reopens_restores_and_moves_up(desk: Desk) -> None:
    desk.say("first")
    desk.office.clock.advance(timedelta(minutes=1))
    desk.say("other", address="+491701234567")
    desk.change(status=ConversationStatus.DONE, archived_at=desk.office.clock(), unread_count=0)
    desk.office.clock.advance(timedelta(minutes=1))
    desk.office.heard.clear()
    desk.say("one more thing")
    row = desk.summary()
    assert (row.status, row.archived_at, row.unread_count) == (ConversationStatus.PENDING, None, 1)
    assert (row.snippet, row.last_direction) == ("one more thing", Direction.IN)
    assert desk.events() == ["restored", "marked_pending"]
    page = desk.office.store.read_sync(lambda work: work.conversations.page(View.ALL, user_id=1, before=None, limit=10))
    assert [item.snippet for item in page.items] == ["one more thing", "other"]
    assert "MessageReceived" in desk.office.heard_kinds()


@pytest.mark.row("S2-15")
def test_an_event_does_not_move_a_conversation(desk: Desk) -> None:
    desk.say("hello")
    before = desk.summary().last_entry_id
    desk.office.clock.advance(timedelta(minutes=1))
    key = desk.contact().id
    desk.office.store.run_sync(
        lambda work: work.consent.record(key, OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording="by phone")
    )
    assert desk.events() == ["opted_out"]
    assert desk.summary().last_entry_id == before


@pytest.mark.row("S4-13", "S4-14")
def test_stop_and_start_change_consent_and_are_answered_once(desk: Desk) -> None:
    desk.office.store.run_sync(lambda work: work.settings.set("organisation_name", "Elm Street Dental"))
    desk.say(" stop ")
    assert desk.contact().opt_in is OptIn.OPTED_OUT
    assert desk.answers.texts == [
        "Elm Street Dental: You will get no more messages from us. Reply START if you want them again."
    ]
    desk.office.clock.advance(timedelta(seconds=20))
    desk.say("STOP")
    desk.say("hello")
    assert desk.contact().opt_in is OptIn.OPTED_OUT
    assert len(desk.answers.texts) == 1
    desk.say("Unstop")
    assert desk.contact().opt_in is OptIn.OPTED_IN
    assert len(desk.answers.texts) == 2
    assert desk.events() == ["opted_out", "opted_in"]
    records = desk.office.store.read_sync(lambda work: work.consent.history(desk.contact().id))
    assert [record.wording for record in reversed(records)] == [" stop ", "STOP", "Unstop"]


@pytest.mark.row("S4-13")
def test_the_provider_answers_stop_itself(office: Office) -> None:
    desk = Desk(office, Capabilities(**{**_fields(SMS), "provider_answers_stop": True}))
    desk.say("STOP")
    desk.say("HELP")
    assert desk.contact().opt_in is OptIn.OPTED_OUT
    assert desk.answers.texts == []


@pytest.mark.row("S4-13")
def test_please_stop_is_a_question_for_a_person(desk: Desk) -> None:
    desk.say("please stop sending me these")
    contact = desk.contact()
    assert (contact.opt_in, contact.looks_opted_out) == (OptIn.OPTED_IN, True)
    assert desk.answers.texts == []
    assert desk.summary().looks_opted_out


@pytest.mark.row("S3-46")
def test_two_machines_that_answer_each_other_settle(desk: Desk) -> None:
    """The other side answers everything we say with the word that makes us answer."""
    for word in ("HELP", "STOP", "START"):
        for _ in range(30):
            said = len(desk.answers.texts)
            desk.office.clock.advance(timedelta(seconds=5))
            desk.say(word)
            if len(desk.answers.texts) == said:
                break
        else:
            pytest.fail(f"{word} was answered 30 times")
    for _ in range(50):
        desk.office.clock.advance(timedelta(seconds=5))
        desk.say("STOP")
        desk.say("START")
    assert len(desk.answers.texts) <= 4


@pytest.mark.row("S4-13")
def test_an_old_stop_counts_but_is_not_answered(desk: Desk) -> None:
    desk.say("STOP", occurred_at=desk.office.clock() - timedelta(hours=3))
    assert desk.contact().opt_in is OptIn.OPTED_OUT
    assert desk.answers.texts == []


@pytest.mark.row("P11")
@pytest.mark.parametrize("seed", range(6))
def test_shuffled_keywords_end_where_the_last_one_said(sqlite_office: Office, seed: int) -> None:
    desk = Desk(sqlite_office)
    at = desk.office.clock()
    words = ["STOP", "START", "STOP", "hello", "START", "STOP", "START"][: 4 + seed % 4]
    page = [desk.message(word, occurred_at=at + timedelta(seconds=n)) for n, word in enumerate(words)]
    random.Random(seed).shuffle(page)
    for message in page:
        desk.take(message)
    last = next(word for word in reversed(words) if word != "hello")
    assert desk.contact().opt_in is (OptIn.OPTED_OUT if last == "STOP" else OptIn.OPTED_IN)


@pytest.mark.row("S3-44", "S3-45")
def test_what_staff_wrote_elsewhere_is_outgoing_once(desk: Desk) -> None:
    desk.say("Can I come at five?")
    echo = desk.message("Yes!", direction=Direction.OUT, status=DeliveryStatus.DELIVERED)
    desk.office.heard.clear()
    assert desk.take(echo, echo) == Taken(echoes=1, duplicates=1)
    last = desk.entries()[-1]
    assert isinstance(last, Message)
    assert (last.direction, last.sender_kind, last.status) == (Direction.OUT, SenderKind.ECHO, DeliveryStatus.DELIVERED)
    assert desk.summary().waiting_since is None
    assert "MessageQueued" in desk.office.heard_kinds()


@pytest.mark.row("S3-44")
@pytest.mark.parametrize("with_key", [True, False])
def test_an_echo_that_overtakes_our_own_send_is_evidence_not_a_second_message(desk: Desk, with_key: bool) -> None:
    desk.say("Can I come at five?")
    key = _row_in_flight(desk, "Yes!")
    echo = desk.message("Yes!", direction=Direction.OUT, idempotency_key=key if with_key else "")
    assert desk.take(echo) == Taken(duplicates=1)
    assert desk.take(echo) == Taken(duplicates=1)
    assert desk.texts() == ["Can I come at five?", "Yes!"]


@pytest.mark.row("S3-44", "P4")
@pytest.mark.parametrize(("seconds", "ours"), [(-61, False), (-59, True), (149, True), (151, False)])
def test_an_echo_is_ours_only_near_the_time_of_the_attempt(desk: Desk, seconds: int, ours: bool) -> None:
    desk.say("Can I come at five?")
    _row_in_flight(desk, "Yes! \n")
    moment = desk.office.clock() + timedelta(seconds=seconds)
    taken = desk.take(desk.message("Yes!", direction=Direction.OUT, occurred_at=moment))
    assert taken == (Taken(duplicates=1) if ours else Taken(echoes=1))


@pytest.mark.row("S3-44")
def test_the_same_words_by_hand_are_another_message(desk: Desk) -> None:
    desk.say("Can I come at five?")
    _row_in_flight(desk, "Yes!")
    desk.take(desk.message("Yes, at five", direction=Direction.OUT))
    assert desk.texts() == ["Can I come at five?", "Yes!", "Yes, at five"]


@pytest.mark.row("P30")
@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("a\x00b", "a\ufffdb", id="NUL"),
        pytest.param("a\ud800b", "a\ufffdb", id="lone surrogate"),
        pytest.param("\u202egnp.exe", "\u202egnp.exe", id="bidi override"),
        pytest.param("z̴̨͎a̷", "z̴̨͎a̷", id="zalgo"),
        pytest.param("👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿", id="joined emoji"),
        pytest.param("x" * 100_000, "x" * 100_000, id="100k"),
        pytest.param("", "", id="empty"),
    ],
)
def test_odd_text_is_stored_alike_on_both_databases(desk: Desk, text: str, stored: str) -> None:
    desk.say(text)
    assert desk.texts() == [stored]


@pytest.mark.row("P30", "P11")
@pytest.mark.parametrize("odd", ["n\x00ul", "lone\ud800", "x" * 300, "x" * 5000, "é" * 1000])
def test_odd_ids_neither_stop_a_page_nor_come_twice(desk: Desk, odd: str) -> None:
    files = (InboundAttachment(reference=odd, media_type=odd, name=odd, size=-1),)
    receipt = DeliveryReceipt(
        provider_message_id=odd, status=DeliveryStatus.SENT, at=desk.office.clock(), key=odd, error_text=odd
    )
    call = InboundCall(
        provider_call_id=odd,
        scheme=Scheme.TEL,
        address=MARIA,
        direction=Direction.IN,
        status=CallStatus.NO_ANSWER,
        occurred_at=desk.office.clock(),
    )
    page = FetchResult(
        cursor="1",
        messages=(
            desk.message("one", provider_message_id=odd, attachments=files),
            desk.message("two", provider_message_id=odd + "2"),
            desk.message("bad", provider_message_id=odd + "3", address=""),
            desk.message("echo", provider_message_id=odd + "4", direction=Direction.OUT, idempotency_key=odd),
        ),
        receipts=(receipt,),
        calls=(call,),
    )
    first = run(desk.service.take(desk.office.channel, SMS, page))
    assert first == Taken(messages=2, echoes=1, calls=1, refused=1)
    again = run(desk.service.take(desk.office.channel, SMS, page))
    assert again == Taken(duplicates=5)
    assert desk.texts() == ["one", "two", "echo"]


@pytest.mark.row("S33")
def test_names_lose_what_could_deceive(desk: Desk) -> None:
    desk.say("hi", sender_name="\u202eBank\x07\u2066 of\x00 Elm\ud800")
    contact = desk.contact()
    assert "\u202e" not in contact.name
    assert contact.name.replace("\ufffd", "") == "Bank of Elm"


@pytest.mark.row("P11")
def test_a_sender_nobody_can_read_does_not_stop_the_channel(desk: Desk) -> None:
    bad = desk.message("?", address="")
    assert desk.take(bad, desk.message("fine")) == Taken(messages=1, refused=1)
    assert desk.take(bad) == Taken(duplicates=1)


@pytest.mark.row("S3-12")
def test_a_blocked_contact_is_stored_and_stays_silent(desk: Desk) -> None:
    desk.say("one")
    key = desk.contact().id
    desk.office.store.run_sync(lambda work: work.contacts.change(key, blocked=True))
    desk.change(archived_at=desk.office.clock(), unread_count=0)
    desk.office.heard.clear()
    desk.office.clock.advance(timedelta(minutes=1))
    desk.say("two")
    assert desk.texts() == ["one", "two"]
    row = desk.summary()
    assert (row.unread_count, row.snippet) == (0, "one")
    assert row.archived_at is not None
    assert desk.office.store.read_sync(lambda work: work.conversations.count_unread(row.id)) == 0
    assert "MessageReceived" not in desk.office.heard_kinds()
    assert "TimelineEntryAdded" in desk.office.heard_kinds()
    desk.say("HELP")
    assert desk.answers.texts == []


@pytest.mark.row("S2-15")
def test_whole_seconds_do_not_put_an_answer_before_the_question(desk: Desk) -> None:
    desk.office.clock.set(desk.office.clock().replace(microsecond=300_000))
    desk.say("question")
    desk.say("answer", occurred_at=desk.office.clock().replace(microsecond=0))
    assert desk.texts() == ["question", "answer"]


def test_a_clock_far_ahead_does_not_pin_a_conversation_to_the_top(desk: Desk) -> None:
    desk.say("from the future", occurred_at=desk.office.clock() + timedelta(days=400))
    (entry,) = desk.entries()
    assert entry.occurred_at == desk.office.clock()


def test_an_older_message_only_counts(desk: Desk) -> None:
    desk.say("now")
    desk.say("late", occurred_at=desk.office.clock() - timedelta(minutes=5))
    assert desk.summary().snippet == "now"
    assert desk.summary().unread_count == 2
    assert desk.texts() == ["late", "now"]


def _bring(desk: Desk, how: str) -> ConversationSummary:
    """Somebody whose messages were read, five seconds apart; then one from between them arrives (or two)."""
    noon = desk.office.clock()
    desk.say("first", occurred_at=noon - timedelta(seconds=20))
    desk.say("newest", occurred_at=noon)
    key = desk.summary().id
    desk.office.store.run_sync(lambda work: work.conversations.mark_read(key))
    if how == "done":
        desk.change(status=ConversationStatus.DONE, waiting_since=None, archived_at=noon)
    late = [desk.message("late", occurred_at=noon - timedelta(seconds=9))]
    if how == "several":
        late.append(desk.message("earlier still", occurred_at=noon - timedelta(seconds=12)))
        late.append(desk.message("and new", occurred_at=noon + timedelta(seconds=3)))
    desk.take(*late)
    return desk.summary()


@pytest.mark.row("S2-15")
@pytest.mark.parametrize(("how", "unread"), [("plain", 2), ("done", 2), ("several", 4)])
def test_a_message_that_arrives_late_is_seen_where_all_was_read(desk: Desk, how: str, unread: int) -> None:
    """One phone was away: what it brings lies before the place up to which somebody has read."""
    row = _bring(desk, how)
    truth = desk.office.store.read_sync(lambda work: work.conversations.count_unread(row.id))
    assert (row.unread_count, truth) == (unread, unread)
    assert row.snippet == ("and new" if how == "several" else "newest")
    assert desk.texts()[0] == "first"
    assert desk.texts().index("late") < desk.texts().index("newest")
    stored = desk.office.store.read_sync(lambda work: work.conversations.row(row.id))
    assert stored is not None
    assert (stored.archived_at, stored.status) == (None, "pending")
    assert stored.waiting_since is not None
    assert desk.events() == (["marked_pending"] if how == "done" else [])


@pytest.mark.row("S2-15")
def test_an_archived_conversation_comes_back_for_what_arrives_late(desk: Desk) -> None:
    desk.say("first")
    desk.change(last_entry_id=desk.summary().last_entry_id + 10**9, archived_at=desk.office.clock())  # we answered
    desk.say("late", occurred_at=desk.office.clock() + timedelta(milliseconds=1))
    counts = desk.office.store.read_sync(lambda work: work.conversations.counts(user_id=1))
    assert (counts[View.UNREAD].total, counts[View.ARCHIVED].total) == (1, 0)


def test_history_from_before_the_channel_is_read(desk: Desk) -> None:
    old = desk.office.clock() - timedelta(days=40)
    desk.office.heard.clear()
    desk.say("long ago", occurred_at=old)
    assert "MessageReceived" not in desk.office.heard_kinds()  # nobody is called for it
    assert {"TimelineEntryAdded", "ConversationChanged"} <= set(desk.office.heard_kinds())
    desk.say("today")
    assert "MessageReceived" in desk.office.heard_kinds()
    row = desk.summary()
    assert row.unread_count == 1
    assert desk.office.store.read_sync(lambda work: work.conversations.count_unread(row.id)) == 1


@pytest.mark.row("S4-47")
def test_attachments_wait_to_be_fetched(desk: Desk) -> None:
    files = (InboundAttachment(reference="ref1", media_type="image/png", name="tooth.png", size=12),)
    desk.say("", attachments=files)
    (entry,) = desk.entries()
    assert isinstance(entry, Message)
    (file,) = entry.attachments
    assert (file.state, file.reference, file.original_name, file.size) == ("pending", "ref1", "tooth.png", 12)
    assert desk.summary().last_kind is EntryKind.PICTURE


@pytest.mark.row("S1-20")
def test_a_call_is_one_row_and_a_missed_one_is_unread(desk: Desk) -> None:
    def call(status: CallStatus, seconds: int = 0) -> InboundCall:
        return InboundCall(
            provider_call_id="c1",
            scheme=Scheme.TEL,
            address=MARIA,
            direction=Direction.IN,
            status=status,
            occurred_at=desk.office.clock(),
            duration_seconds=seconds,
        )

    desk.take(calls=[call(CallStatus.RINGING)])
    assert (desk.summary().unread_count, desk.summary().last_kind) == (0, EntryKind.CALL)
    desk.change(archived_at=desk.office.clock())
    for _ in range(2):
        desk.take(calls=[call(CallStatus.NO_ANSWER)])
    (entry,) = desk.entries()
    assert isinstance(entry, Call)
    assert entry.missed
    row = desk.summary()
    assert (row.unread_count, row.last_kind, row.archived_at) == (1, EntryKind.MISSED_CALL, None)
    desk.take(calls=[call(CallStatus.RINGING)])
    assert desk.summary().last_kind is EntryKind.MISSED_CALL


def test_a_large_page_is_told_once(desk: Desk) -> None:
    desk.office.heard.clear()
    desk.take(*[desk.message(f"m {n}", address=f"+3460012{n % 9:04}") for n in range(80)])
    assert desk.office.heard_kinds() == ["BulkChanged"]


def _fields(capabilities: Capabilities) -> dict[str, Any]:
    return {name: getattr(capabilities, name) for name in Capabilities.__dataclass_fields__}


def _row_in_flight(desk: Desk, text: str) -> str:
    """A delivery whose request is on the wire: the state in which echoes overtake answers."""
    from desktop_inbox.models import schema

    key = "7d3f0d64-3b0f-4d5c-9f0e-0a4f8f6f2b11"
    contact, row, now = desk.contact(), desk.summary(), desk.office.clock()

    def add(work: Work) -> None:
        message = Message(
            id=work.new_entry_id(now, after=row.last_entry_id),
            conversation_id=row.id,
            contact_id=contact.id,
            direction=Direction.OUT,
            text=text,
            status=DeliveryStatus.SENDING,
            channel_id=desk.office.channel.id,
            address_id=contact.addresses[0].id,
            sender_kind=SenderKind.USER,
            client_uuid=key,
        )
        work.messages.add_outbound(message)
        work.connection.execute(
            schema.outbox.insert().values(
                message_id=message.id,
                conversation_id=row.id,
                contact_id=contact.id,
                address_id=contact.addresses[0].id,
                channel_id=desk.office.channel.id,
                state="sending",
                idem_key=key,
                priority=10,
                due_at=now,
                expires_at=now + timedelta(days=1),
                lease_owner="x",
                lease_until=now + timedelta(minutes=1),
                sending_since=now,
            )
        )

    desk.office.store.run_sync(add)
    return key
