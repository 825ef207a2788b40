"""Comments and notes beside a conversation, and the activity that shows them with the events."""

from datetime import timedelta

import pytest

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.events import UserMentioned
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.entities.timeline import (
    EVENT_KINDS,
    ActorKind,
    ConversationEvent,
    EventCategory,
    TimelineFilter,
    category_of,
)
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.services.activity import ActivityService
from desktop_inbox.services.comments import CommentService, mentioned
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.undo import UndoService
from tests.support.offices import Office
from tests.support.run import run


@pytest.fixture
def conversation_id(office: Office) -> ConversationId:
    return office.conversation_of(office.contact(first_name="Maria"))


@pytest.fixture
def comments(office: Office) -> CommentService:
    return CommentService(office.store, user_id=office.user.id)


@pytest.fixture
def inbox(office: Office) -> InboxService:
    return InboxService(office.store, office.clock, office.user.id)


def colleague(office: Office, name: str = "Ben Ito") -> User:
    return office.store.run_sync(lambda work: work.users.add(name, Role.AGENT))


def add_event(office: Office, conversation_id: ConversationId, kind: str) -> EntryId:
    office.clock.advance(timedelta(seconds=1))
    return office.store.run_sync(
        lambda work: work.timeline.add_event(conversation_id, kind, actor_kind=ActorKind.CHANNEL)
    )


@pytest.mark.row("S3-73", "S4-03", "L14")
def test_a_comment_stands_in_the_timeline_and_moves_nothing(
    office: Office, comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    before = run(inbox.summaries((conversation_id,)))
    event = add_event(office, conversation_id, "opted_in")
    made = run(comments.add(conversation_id, "  Called her,\nwill come at 9. "))
    page = run(inbox.timeline(conversation_id))
    assert [entry.id for entry in page.entries] == [event, made.id]
    assert page.entries[1] == made
    assert (made.text, made.author_kind, made.author_name) == (
        "Called her,\nwill come at 9.",
        AuthorKind.USER,
        "Dana Reyes",
    )
    assert run(inbox.summaries((conversation_id,))) == before  # neither unread nor first in the list
    assert run(inbox.entries((made.id,))) == (made,)


@pytest.mark.row("S3-73")
def test_a_comment_has_at_most_1000_characters(
    comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    for text in ("", " \n", "x" * 1001, "a\x00b", "a\ud800"):
        with pytest.raises(InvalidInputError) as refused:
            run(comments.add(conversation_id, text))
        assert refused.value.hint
    assert run(inbox.timeline(conversation_id)).entries == ()
    assert len(run(comments.add(conversation_id, "🙈" * 1000)).text) == 1000


@pytest.mark.row("S3-73")
def test_whoever_is_mentioned_is_told_once_and_looks_once(
    office: Office, comments: CommentService, conversation_id: ConversationId
) -> None:
    ben = colleague(office)
    his = CommentService(office.store, user_id=ben.id)
    office.heard.clear()
    made = run(comments.add(conversation_id, "@ben ito and @Dana Reyes, please look. @Ben Ito!"))
    told = [event for event in office.heard if isinstance(event, UserMentioned)]
    assert [(event.user_id, event.comment_id) for event in told] == [(ben.id, made.id)]  # nobody mentions themselves
    assert set(made.mentions) == {ben.id, office.user.id}
    assert run(his.mentions()) == (made,)
    assert run(comments.mentions()) == ()
    assert run(his.mark_seen(conversation_id)) == 1
    assert run(his.mark_seen(conversation_id)) == 0
    assert run(his.mentions()) == ()


@pytest.mark.row("S3-73")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ana", [1]),
        ("@ana maria", [2]),
        ("@Ana Maria and @Ana", [2, 1]),
        ("@Anabel", []),
        ("Ana", []),
        ("mail@ana.example", []),
        ("(@ana)", [1]),
        ("@Gone", []),
        ("@Ünal, @ünal", [4]),
    ],
)
def test_mentions_are_whole_names_of_those_who_work_here(text: str, found: list[int]) -> None:
    users = [
        User(id=UserId(1), name="Ana", role=Role.AGENT),
        User(id=UserId(2), name="Ana Maria", role=Role.AGENT),
        User(id=UserId(3), name="Gone", role=Role.AGENT, active=False),
        User(id=UserId(4), name="Ünal", role=Role.AGENT),
    ]
    assert sorted(mentioned(text, users)) == sorted(found)


@pytest.mark.row("S3-73", "F01")
def test_only_who_wrote_a_comment_changes_it_and_can_take_that_back(
    office: Office, comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    ben = colleague(office)
    his, undo = CommentService(office.store, user_id=ben.id), UndoService(office.store, user_id=office.user.id)
    made = run(comments.add(conversation_id, "First"))
    for work in (lambda: his.edit(made.id, "Other"), lambda: his.delete(made.id)):
        with pytest.raises(PermissionDeniedError):
            run(work())
    office.clock.advance(timedelta(minutes=1))
    edited = run(comments.edit(made.id, "Second @Ben Ito"))
    assert (edited.text, edited.mentions, edited.edited_at) == ("Second @Ben Ito", (ben.id,), office.clock())
    run(comments.delete(made.id))
    assert run(inbox.entries((made.id,))) == ()
    assert run(his.mentions()) == ()
    office.heard.clear()
    run(undo.undo_last())
    assert run(inbox.entries((made.id,))) == (edited,)
    assert run(his.mentions()) == (edited,)
    assert "TimelineEntryAdded" in office.heard_kinds()
    run(undo.undo_last())
    assert run(inbox.entries((made.id,)))[0].text == "First"  # type: ignore[union-attr]


@pytest.mark.row("C10", "S4-06")
def test_a_note_is_of_the_same_kind_by_an_outside_author(
    comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    note = run(comments.note(conversation_id, "Please call back", author=" Voicemail\u202e "))
    comment = run(comments.add(conversation_id, "Done"))
    entries = run(inbox.timeline(conversation_id)).entries
    assert [type(entry) for entry in entries] == [Comment, Comment]
    assert (note.author_kind, note.author_name, note.author_id) == (AuthorKind.EXTERNAL, "Voicemail", None)
    assert comment.author_kind is AuthorKind.USER
    with pytest.raises(PermissionDeniedError):
        run(comments.edit(note.id, "Other"))
    with pytest.raises(InvalidInputError):
        run(comments.note(conversation_id, "x", author=" "))


@pytest.mark.row("S4-07")
def test_an_office_can_switch_notes_off(office: Office, conversation_id: ConversationId) -> None:
    shown = True
    comments = CommentService(office.store, user_id=office.user.id, notes=lambda: shown)
    inbox = InboxService(office.store, office.clock, office.user.id, notes=lambda: shown)
    activity = ActivityService(office.store, notes=lambda: shown)
    note = run(comments.note(conversation_id, "Please call back", author="Voicemail"))
    comment = run(comments.add(conversation_id, "Done"))
    shown = False
    assert run(inbox.timeline(conversation_id)).entries == (comment,)
    assert run(inbox.entries((note.id, comment.id))) == (comment,)
    assert run(activity.page(conversation_id)).items == (comment,)
    with pytest.raises(PermissionDeniedError) as refused:
        run(comments.note(conversation_id, "Another", author="Voicemail"))
    assert refused.value.hint
    shown = True
    assert run(inbox.timeline(conversation_id)).entries == (note, comment)


@pytest.mark.row("C01")
def test_the_draft_of_a_comment_is_kept_apart_from_the_reply(
    office: Office, comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    def in_list() -> str | None:
        return run(inbox.summaries((conversation_id,)))[0].draft

    run(comments.save_draft(conversation_id, "half a com"))
    assert in_list() is None  # the list marks replies
    run(inbox.save_draft(conversation_id, "half a rep"))
    run(comments.save_draft(conversation_id, "half a comment\x00"))
    assert (run(comments.draft(conversation_id)), in_list()) == ("half a comment\ufffd", "half a rep")
    run(inbox.save_draft(conversation_id, ""))
    assert (run(comments.draft(conversation_id)), in_list()) == ("half a comment\ufffd", None)
    run(comments.save_draft(conversation_id, " "))
    assert run(comments.draft(conversation_id)) == ""
    assert run(inbox.draft(conversation_id)) is None


# -- events and activity


@pytest.mark.row("S2-64")
def test_every_kind_of_event_belongs_to_one_category() -> None:
    assert {str(category) for category in EventCategory} == {
        "assignment", "done", "snooze", "broadcasts", "survey", "bot", "channel", "page", "contact"
    }  # fmt: skip
    kinds = [kind for known in EVENT_KINDS.values() for kind in known]
    assert len(kinds) == len(set(kinds))
    assert category_of("assigned") is EventCategory.ASSIGNMENT
    assert category_of("marked_pending") is EventCategory.DONE
    assert category_of("page_changed") is EventCategory.PAGE
    assert category_of("tag_added") is EventCategory.CONTACT
    assert category_of("something_newer") is EventCategory.CONTACT


@pytest.mark.row("S2-20", "S2-34", "S2-62", "S2-64", "S3-37", "S3-49")
def test_the_timeline_leaves_out_what_nobody_wants_to_see(
    office: Office, comments: CommentService, inbox: InboxService, conversation_id: ConversationId
) -> None:
    ids = {
        category: add_event(office, conversation_id, EVENT_KINDS.get(category, ("tag_added",))[0])
        for category in EventCategory
    }
    office.clock.advance(timedelta(seconds=1))
    comment = run(comments.add(conversation_id, "Done")).id

    def shown(**wanted: object) -> list[EntryId]:
        page = run(inbox.timeline(conversation_id, wanted=TimelineFilter(**wanted)))  # type: ignore[arg-type]
        return [entry.id for entry in page.entries]

    assert shown() == [*ids.values(), comment]
    assert shown(categories=frozenset()) == [comment]
    assert shown(categories=frozenset(), comments=False) == []
    for category, entry_id in ids.items():
        assert shown(categories=frozenset({category}), comments=False) == [entry_id]
        others = [other for known, other in ids.items() if known is not category]
        assert shown(categories=frozenset(EventCategory) - {category}, comments=False) == others


@pytest.mark.row("S3-71", "S3-72", "S2-64")
def test_the_activity_is_read_in_pages_newest_first(
    office: Office, comments: CommentService, conversation_id: ConversationId
) -> None:
    activity = ActivityService(office.store)
    expected: list[EntryId] = []
    for number in range(12):
        kind = ("marked_done", "snoozed", "tag_added")[number % 3]
        expected.insert(0, add_event(office, conversation_id, kind))
        if number % 4 == 0:
            office.clock.advance(timedelta(seconds=1))
            expected.insert(0, run(comments.add(conversation_id, f"Comment {number}")).id)
    found: list[EntryId] = []
    page = run(activity.page(conversation_id, limit=4))
    while True:
        found += [entry.id for entry in page.items]
        if not page.has_more:
            break
        page = run(activity.page(conversation_id, before=found[-1], limit=4))
    assert found == expected
    assert run(activity.categories(conversation_id)) == {
        EventCategory.DONE, EventCategory.SNOOZE, EventCategory.CONTACT
    }  # fmt: skip
    wanted = TimelineFilter(categories=frozenset({EventCategory.SNOOZE}), comments=False)
    some = run(activity.page(conversation_id, wanted=wanted)).items
    assert [entry.kind for entry in some if isinstance(entry, ConversationEvent)] == ["snoozed"] * 4
