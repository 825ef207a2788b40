"""The conversation list, the timeline, drafts and archive, on both databases."""

from datetime import timedelta

import pytest

from desktop_inbox.errors import NotFoundError
from desktop_inbox.models import checks
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.conversation import PINNED_PLACE, EntryKind, View, ViewCount
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, EntryId, UserId, entry_time
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
from desktop_inbox.models.work import Work
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.state import StateService
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]


class Desk:
    """An office with shortcuts for saying things; every call is a second later."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.inbox = InboxService(office.store, office.clock, office.user.id, region=lambda: "US")
        self.states = StateService(office.store, user_id=office.user.id)
        self._numbers = iter(range(4155550100, 4155559999))

    def contact(self, name: str = "") -> Contact:
        return self.office.contact(f"+1{next(self._numbers)}", first_name=name)

    def conversation(self, name: str = "") -> ConversationId:
        return self.office.conversation_of(self.contact(name))

    def hear(self, conversation: ConversationId, text: str = "hello", **more: object) -> EntryId:
        return self._say(conversation, text, Direction.IN, DeliveryStatus.RECEIVED, **more)

    def answer(
        self,
        conversation: ConversationId,
        text: str = "answer",
        status: DeliveryStatus = DeliveryStatus.QUEUED,
        **more: object,
    ) -> EntryId:
        more.setdefault("sender_kind", SenderKind.USER)
        if status is DeliveryStatus.FAILED:
            more["error_text"] = "No."
        return self._say(conversation, text, Direction.OUT, status, **more)

    def call(self, conversation: ConversationId, status: CallStatus = CallStatus.NO_ANSWER) -> EntryId:
        self.office.clock.advance(timedelta(seconds=1))

        def record(work: Work) -> EntryId:
            contact = work.conversations.contact_of(conversation)
            assert contact is not None
            key = work.new_entry_id(work.now())
            call = Call(
                id=key,
                conversation_id=conversation,
                contact_id=contact,
                channel_id=self.office.channel.id,
                direction=Direction.IN,
                status=status,
                provider_call_id=str(key),
            )
            work.calls.record(call)
            return key

        return self.office.store.run_sync(record)

    def note(self, conversation: ConversationId, kind: str = "contact_renamed") -> EntryId:
        self.office.clock.advance(timedelta(seconds=1))
        return self.office.store.run_sync(
            lambda work: work.timeline.add_event(conversation, kind, actor_kind=ActorKind.USER, actor_name="Dana")
        )

    def names(self, view: View = View.ALL) -> list[str]:
        return [row.name for row in run(self.inbox.page(view)).items]

    def row(self, conversation: ConversationId):  # type: ignore[no-untyped-def]
        (row,) = run(self.inbox.summaries((conversation,)))
        return row

    def _say(
        self, conversation: ConversationId, text: str, direction: Direction, status: DeliveryStatus, **more: object
    ) -> EntryId:
        self.office.clock.advance(timedelta(seconds=1))
        at = more.pop("at", None) or self.office.clock()
        kind = more.pop("kind", EntryKind.TEXT)

        def add(work: Work) -> EntryId:
            contact = work.conversations.contact_of(conversation)
            assert contact is not None
            key = work.new_entry_id(at)  # type: ignore[arg-type]
            message = Message(
                id=key,
                conversation_id=conversation,
                contact_id=contact,
                direction=direction,
                text=text,
                status=status,
                channel_id=self.office.channel.id,
                client_uuid="" if direction is Direction.IN else str(key),
                **more,  # type: ignore[arg-type]
            )
            if direction is Direction.IN:
                work.messages.add_inbound(message, kind=kind)  # type: ignore[arg-type]
            else:
                work.messages.add_outbound(message, kind=kind)  # type: ignore[arg-type]
            return key

        return self.office.store.run_sync(add)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.mark.row("S2-15", "S3-06")
def test_the_list_is_in_the_order_of_the_last_message(desk: Desk) -> None:
    ann, bob, cleo = (desk.conversation(name) for name in ("Ann", "Bob", "Cleo"))
    desk.hear(ann)
    desk.hear(bob)
    desk.hear(cleo)
    desk.answer(ann)
    assert desk.names() == ["Ann", "Cleo", "Bob"]
    desk.note(bob)  # an event moves nobody
    assert desk.names() == ["Ann", "Cleo", "Bob"]
    desk.call(bob)
    assert desk.names() == ["Bob", "Ann", "Cleo"]


def test_pages_neither_skip_nor_repeat(desk: Desk) -> None:
    spoken = [desk.conversation(f"C{number}") for number in range(7)]
    for conversation in spoken:
        desk.hear(conversation)
    silent = [desk.conversation(f"S{number}") for number in range(4)]
    seen: list[ConversationId] = []
    before: EntryId | None = None
    pages = 0
    while True:
        page = run(desk.inbox.page(View.ALL, before=before, limit=3))
        pages += 1
        seen += [row.id for row in page.items]
        if not page.has_more:
            break
        before = page.items[-1].last_entry_id
    assert seen == spoken[::-1] + silent[::-1]
    assert pages == 3


@pytest.mark.row("S2-16", "S3-07", "S3-08", "S3-11", "S3-12")
def test_a_row_tells_what_was_said_last(desk: Desk) -> None:
    ann = desk.conversation("Ann")
    desk.hear(ann, "one")
    said = desk.hear(ann, "two\n lines   and " + "x" * 200)
    row = desk.row(ann)
    assert (row.unread_count, row.last_direction, row.last_kind) == (2, Direction.IN, EntryKind.TEXT)
    assert row.snippet.startswith("two lines and x")
    assert len(row.snippet) == 120
    assert row.last_entry_id == said
    assert (row.channel_name, row.channel_kind) == ("Front desk", "simulator")
    assert row.waiting_since == entry_time(said) - timedelta(seconds=1)
    desk.answer(ann, "", kind=EntryKind.PICTURE, status=DeliveryStatus.QUEUED)
    row = desk.row(ann)
    assert (row.last_direction, row.last_status) == (Direction.OUT, DeliveryStatus.QUEUED)
    assert (row.last_kind, row.waiting_since) == (EntryKind.PICTURE, None)


def test_who_has_no_name_is_shown_by_the_number_as_people_write_it(desk: Desk) -> None:
    conversation = desk.office.conversation_of(desk.office.contact("+14155550199"))
    abroad = desk.office.conversation_of(desk.office.contact("+4930901820"))
    chat = desk.office.conversation_of(desk.office.contact("@ann:example.org", scheme=Scheme.MATRIX))
    assert desk.row(conversation).name == "(415) 555-0199"
    assert desk.row(conversation).address == "+14155550199"
    assert desk.row(abroad).name == "+49 30 901820"
    assert desk.row(chat).name == "@ann:example.org"


@pytest.mark.row("S2-06", "S2-10", "D-18")
def test_views_and_their_counts(desk: Desk) -> None:
    ann, bob, cleo, dora = (desk.conversation(name) for name in ("Ann", "Bob", "Cleo", "Dora"))
    for _ in range(3):
        desk.hear(ann)
    desk.hear(bob)
    run(desk.inbox.mark_read(bob))
    desk.answer(cleo, status=DeliveryStatus.FAILED)
    desk.hear(dora)
    run(desk.states.archive([dora]))
    assert desk.names(View.ALL) == ["Cleo", "Bob", "Ann"]
    assert desk.names(View.UNREAD) == ["Ann"]
    assert desk.names(View.WAITING) == ["Bob", "Ann"]
    assert desk.names(View.FAILED) == ["Cleo"]
    assert desk.names(View.ARCHIVED) == ["Dora"]
    assert run(desk.inbox.counts()) == {
        View.ALL: ViewCount(total=3, unread=1),
        View.UNREAD: ViewCount(total=1, unread=1),
        View.WAITING: ViewCount(total=2, unread=1),
        View.FAILED: ViewCount(total=1, unread=0),
        View.ARCHIVED: ViewCount(total=1, unread=1),
        View.MINE: ViewCount(total=0, unread=0),
        View.NEW: ViewCount(total=3, unread=1),
        View.UNASSIGNED: ViewCount(total=3, unread=1),
        View.SNOOZED: ViewCount(total=0, unread=0),
        View.DONE: ViewCount(total=0, unread=0),
    }
    assert [row.name for row in run(desk.inbox.summaries((ann, bob, dora), view=View.UNREAD))] == ["Ann"]
    assert [row.name for row in run(desk.inbox.summaries((ann, dora)))] == ["Dora", "Ann"]
    assert run(desk.inbox.summaries(())) == ()


@pytest.mark.row("S2-15")
def test_a_pinned_conversation_stays_above_whatever_arrives(desk: Desk) -> None:
    ann, bob = desk.conversation("Ann"), desk.conversation("Bob")
    desk.hear(ann)
    desk.hear(bob)
    row = desk.office.store.read_sync(lambda work: work.conversations.row(ann))
    place = row.place_id | PINNED_PLACE
    desk.office.store.run_sync(lambda work: work.conversations.change(ann, pinned=True, place_id=place))
    desk.hear(bob)
    assert desk.names(View.ALL) == ["Ann", "Bob"]
    desk.answer(ann)
    page = run(desk.inbox.page(View.ALL, limit=1))
    assert [row.name for row in page.items] == ["Ann"]
    rest = run(desk.inbox.page(View.ALL, before=page.items[-1].place))
    assert [row.name for row in rest.items] == ["Bob"]
    assert desk.office.store.read_sync(checks.wrong_columns) == ()


@pytest.mark.row("S3-12")
def test_unread_belongs_to_the_office_and_comes_back(desk: Desk) -> None:
    ann = desk.conversation()
    desk.hear(ann)
    second = desk.hear(ann)
    colleague = InboxService(desk.office.store, desk.office.clock, UserId(99))
    run(colleague.mark_read(ann))
    assert desk.row(ann).unread_count == 0
    run(desk.states.mark_unread([ann]))
    assert desk.row(ann).unread_count == 1
    assert run(desk.inbox.timeline(ann)).first_unread_id == second
    desk.answer(ann)  # who answers has read it
    assert desk.row(ann).unread_count == 0


def test_an_automatic_answer_reads_nothing(desk: Desk) -> None:
    ann = desk.conversation()
    desk.hear(ann)
    desk.answer(ann, sender_kind=SenderKind.KEYWORD)
    row = desk.row(ann)
    assert row.unread_count == 1
    assert row.waiting_since is not None


def test_what_was_said_before_our_answer_and_comes_after_it_is_unread(desk: Desk) -> None:
    ann = desk.conversation()
    desk.hear(ann)
    before = desk.office.clock()
    desk.answer(ann, "typed while the network was slow")
    late = desk.hear(ann, "wait", at=before + timedelta(milliseconds=500))
    assert desk.row(ann).unread_count == 1
    assert run(desk.inbox.timeline(ann)).first_unread_id == late
    assert desk.row(ann).last_direction is Direction.OUT


def test_marking_twice_tells_once(desk: Desk) -> None:
    ann = desk.conversation()
    desk.hear(ann)
    desk.office.heard.clear()
    run(desk.inbox.mark_read(ann))
    run(desk.inbox.mark_read(ann))
    assert desk.office.heard_kinds() == ["ConversationChanged"]


def test_a_missed_call_counts_until_it_is_read(desk: Desk) -> None:
    ann = desk.conversation()
    call = desk.call(ann)
    assert (desk.row(ann).unread_count, desk.row(ann).last_kind) == (1, EntryKind.MISSED_CALL)
    assert run(desk.inbox.timeline(ann)).first_unread_id == call
    run(desk.inbox.mark_read(ann))
    assert desk.row(ann).unread_count == 0
    desk.call(ann, CallStatus.COMPLETED)
    assert (desk.row(ann).unread_count, desk.row(ann).last_kind) == (0, EntryKind.CALL)


def test_the_next_unread_conversation_in_both_directions(desk: Desk) -> None:
    keys = [desk.conversation(f"C{number}") for number in range(5)]
    for key in keys:
        desk.hear(key)
    for key in (keys[1], keys[3]):
        run(desk.inbox.mark_read(key))

    def step(start: ConversationId | None, *, forward: bool) -> ConversationId | None:
        return run(desk.inbox.next_unread(start, forward=forward))

    assert [step(None, forward=True), step(keys[4], forward=True), step(keys[3], forward=True)] == [
        keys[4],
        keys[2],
        keys[2],
    ]
    assert step(keys[0], forward=True) == keys[4]  # past the end it goes on at the top
    assert step(keys[0], forward=False) == keys[2]
    assert step(keys[4], forward=False) == keys[0]
    for key in keys[:4]:
        run(desk.inbox.mark_read(key))
    assert step(keys[4], forward=True) is None  # nothing but the one it began at


@pytest.mark.row("C4")
def test_archive_hides_until_something_new_is_said(desk: Desk) -> None:
    ann = desk.conversation("Ann")
    desk.hear(ann)
    run(desk.states.archive([ann]))
    assert desk.row(ann).archived_at == desk.office.clock()
    assert (desk.names(View.ALL), desk.names(View.ARCHIVED)) == ([], ["Ann"])
    run(desk.states.restore([ann]))
    assert desk.names(View.ALL) == ["Ann"]
    run(desk.states.archive([ann]))
    desk.hear(ann)
    assert desk.names(View.ALL) == ["Ann"]


def test_what_does_not_exist_is_told(desk: Desk) -> None:
    nowhere = ConversationId(999)
    for ask in (
        desk.states.archive([nowhere]),
        desk.states.restore([nowhere]),
        desk.inbox.timeline(nowhere),
        desk.inbox.save_draft(nowhere, "text"),
    ):
        with pytest.raises(NotFoundError):
            run(ask)
    run(desk.inbox.mark_read(nowhere))  # read for ever
    assert run(desk.inbox.draft(nowhere)) is None
    assert run(desk.inbox.entries((EntryId(5),))) == ()


@pytest.mark.row("S2-20", "S3-36", "S3-37", "L15")
def test_the_timeline_in_pages(desk: Desk) -> None:
    ann, bob = desk.conversation("Ann"), desk.conversation("Bob")
    keys: list[EntryId] = []
    for number in range(12):
        keys.append(desk.hear(ann, f"m{number}"))
        keys.append((desk.note, desk.call, desk.answer)[number % 3](ann))
        desk.hear(bob)
    run(desk.inbox.mark_read(ann))

    def ids(**place: object) -> tuple[list[EntryId], bool, bool]:
        page = run(desk.inbox.timeline(ann, **place))  # type: ignore[arg-type]
        assert page.conversation_id == ann
        return [entry.id for entry in page.entries], page.has_older, page.has_newer

    assert ids(limit=10) == (keys[-10:], True, False)
    assert ids(before=keys[14], limit=10) == (keys[4:14], True, True)
    assert ids(before=keys[4], limit=10) == (keys[:4], False, True)
    assert ids(after=keys[3], limit=10) == (keys[4:14], True, True)
    assert ids(after=keys[20], limit=10) == (keys[21:], True, False)
    assert ids(around=keys[12], limit=10) == (keys[7:17], True, True)
    assert ids(around=keys[0], limit=10) == (keys[:5], False, True)
    assert ids(limit=50) == (keys, False, False)
    assert [entry.id for entry in run(desk.inbox.entries(keys[3:6]))] == keys[3:6]
    event = next(entry for entry in run(desk.inbox.entries(keys)) if isinstance(entry, ConversationEvent))
    assert (event.kind, event.actor_name) == ("contact_renamed", "Dana")


def test_opening_shows_the_first_unread_message(desk: Desk) -> None:
    ann = desk.conversation()
    read = [desk.hear(ann) for _ in range(20)]
    run(desk.inbox.mark_read(ann))
    assert run(desk.inbox.timeline(ann)).first_unread_id is None
    unread = [desk.hear(ann) for _ in range(20)]
    page = run(desk.inbox.timeline(ann, limit=10))
    assert page.first_unread_id == unread[0]
    assert [entry.id for entry in page.entries] == read[-5:] + unread[:5]
    assert (page.has_older, page.has_newer) == (True, True)
    page = run(desk.inbox.timeline(ann, limit=30))
    assert page.first_unread_id == unread[0]
    assert [entry.id for entry in page.entries] == read[-10:] + unread


@pytest.mark.row("S2-19")
def test_a_draft_is_kept_per_user(desk: Desk) -> None:
    ann = desk.conversation()
    colleague = InboxService(desk.office.store, desk.office.clock, UserId(99))
    run(desk.inbox.save_draft(ann, "half a\nthought", attachment_paths=("/a b.png",), channel_id=ChannelId(1)))
    draft = run(desk.inbox.draft(ann))
    assert draft is not None
    assert (draft.text, draft.attachment_paths, draft.channel_id) == ("half a\nthought", ("/a b.png",), 1)
    assert run(colleague.draft(ann)) is None
    assert desk.row(ann).draft == "half a\nthought"
    run(desk.inbox.save_draft(ann, "broken \ud83d and \x00"))  # the rest is never lost
    draft = run(desk.inbox.draft(ann))
    assert draft is not None
    assert draft.text == "broken \ufffd and \ufffd"
    run(desk.inbox.save_draft(ann, " "))
    assert run(desk.inbox.draft(ann)) is None
