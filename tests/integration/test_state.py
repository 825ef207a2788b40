"""The state of conversations: assigned, done, snoozed, pinned, archived; on both databases."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import StepTaken
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, Priority, View
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.work import Work
from desktop_inbox.services.scheduler import Scheduler, ending_snoozes
from desktop_inbox.services.state import StateService
from desktop_inbox.services.state_changes import AUTOMATION, Actor, StateChanges
from desktop_inbox.services.undo import UndoService
from tests.integration.test_inbox import Desk
from tests.support.offices import Office
from tests.support.run import eventually, run


class StateDesk(Desk):
    """A desk at which conversations are dealt with."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.undo = UndoService(office.store, user_id=office.user.id)

    def person(self, name: str, *, active: bool = True) -> User:
        def add(work: Work) -> User:
            user = work.users.add(name, Role.AGENT)
            work.users.change(user.id, active=active)
            return user

        return self.office.store.run_sync(add)

    def talking(self, name: str) -> ConversationId:
        key = self.conversation(name)
        self.hear(key)
        return key

    def row(self, key: ConversationId) -> ConversationSummary:
        (row,) = run(self.inbox.summaries([key]))
        return row

    def events(self, key: ConversationId) -> list[ConversationEvent]:
        page = run(self.inbox.timeline(key))
        return [entry for entry in page.entries if isinstance(entry, ConversationEvent)]

    def told(self, key: ConversationId) -> list[tuple[str, dict[str, str]]]:
        return [(event.kind, dict(event.details)) for event in self.events(key)]

    def views(self, key: ConversationId) -> set[str]:
        return {str(view) for view in View if run(self.inbox.summaries([key], view=view))}

    def change(self, actor: Actor, ids: Sequence[ConversationId], what: str, *more: object) -> None:
        self.office.store.run_sync(lambda work: getattr(StateChanges(work, actor), what)(ids, *more))


@pytest.fixture
def desk(office: Office) -> StateDesk:
    return StateDesk(office)


# -- assigned


@pytest.mark.row("S2-34", "S2-35", "S2-66", "S2-67", "S3-18", "S3-19")
def test_assigning_moves_a_conversation_from_new_to_mine_and_says_so(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    assert {"new", "unassigned"} <= desk.views(ann)
    run(desk.states.assign([ann], desk.office.user.id))
    assert desk.row(ann).assignee_name == "Dana Reyes"
    assert "mine" in desk.views(ann)
    assert not {"new", "unassigned"} & desk.views(ann)
    (event,) = desk.events(ann)
    assert (event.kind, event.actor_kind, event.actor_name) == ("assigned", ActorKind.USER, "Dana Reyes")
    assert dict(event.details) == {"user": "Dana Reyes", "user_id": str(desk.office.user.id)}
    assert event.occurred_at == desk.office.clock()


@pytest.mark.row("S2-67")
def test_a_conversation_goes_from_one_to_another_and_to_nobody(desk: StateDesk) -> None:
    ann, sam = desk.talking("Ann"), desk.person("Sam")
    run(desk.states.assign([ann], desk.office.user.id))
    run(desk.states.assign([ann], sam.id))
    assert desk.told(ann)[-1] == ("assigned", {"user": "Sam", "user_id": str(sam.id), "before": "Dana Reyes"})
    assert run(desk.states.assign([ann], sam.id)).count == 0
    run(desk.states.assign([ann], None))
    assert desk.told(ann)[-1] == ("unassigned", {"user": "Sam"})
    assert "new" in desk.views(ann)


@pytest.mark.row("S2-38")
def test_nobody_is_assigned_who_does_not_work_here_and_the_timeline_says_why(desk: StateDesk) -> None:
    ann, gone = desk.talking("Ann"), desk.person("Sam", active=False)
    with pytest.raises(InvalidInputError, match="does not work here"):
        run(desk.states.assign([ann], gone.id))
    assert desk.row(ann).assignee_id is None
    assert desk.told(ann) == [("assign_failed", {"user": "Sam", "reason": "inactive"})]
    desk.change(AUTOMATION, [ann], "assign", UserId(999))
    assert desk.told(ann)[-1] == ("assign_failed", {"reason": "missing"})
    assert desk.events(ann)[-1].actor_kind is ActorKind.AUTOMATION


@pytest.mark.parametrize(
    ("kind", "what", "event"),
    [
        pytest.param(ActorKind.AUTOMATION, "assign", "assigned", marks=pytest.mark.row("S2-36")),
        pytest.param(ActorKind.BOT, "assign", "assigned", marks=pytest.mark.row("S2-37")),
        pytest.param(ActorKind.AUTOMATION, "done", "marked_done", marks=pytest.mark.row("S2-40")),
        pytest.param(ActorKind.AUTOMATION, "pending", "marked_pending", marks=pytest.mark.row("S2-42")),
        pytest.param(ActorKind.BOT, "pending", "marked_pending", marks=pytest.mark.row("S2-43")),
    ],
)
def test_rules_and_bots_do_the_same_and_are_named(desk: StateDesk, kind: ActorKind, what: str, event: str) -> None:
    ann = desk.talking("Ann")
    if what == "pending":
        run(desk.states.done([ann]))
    more = (desk.office.user.id,) if what == "assign" else ()
    desk.change(Actor(kind=kind, name="Night rule"), [ann], what, *more)
    last = desk.events(ann)[-1]
    assert (last.kind, last.actor_kind, last.actor_name) == (event, kind, "Night rule")


# -- done


@pytest.mark.row("S2-39", "S2-68", "S2-69", "S3-13")
def test_done_is_nobodys_any_more_and_leaves_the_open_views(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.assign([ann], desk.office.user.id))
    run(desk.states.done([ann]))
    row = desk.row(ann)
    assert (row.status, row.assignee_id, row.archived_at) == (ConversationStatus.DONE, None, None)
    assert {"all", "done"} <= desk.views(ann)
    assert not {"mine", "new"} & desk.views(ann)
    assert desk.told(ann)[1:] == [("marked_done", {}), ("unassigned", {"user": "Dana Reyes", "cause": "done"})]
    assert run(desk.states.done([ann])).count == 0


@pytest.mark.row("S2-41")
def test_done_can_be_pending_again(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.done([ann]))
    run(desk.states.pending([ann]))
    assert "new" in desk.views(ann)
    assert desk.told(ann)[-1] == ("marked_pending", {"cause": "user"})


@pytest.mark.row("S3-19")
def test_done_and_assigned_by_hand_is_shown_in_mine(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.done([ann]))
    run(desk.states.assign([ann], desk.office.user.id))
    assert {"mine", "done"} <= desk.views(ann)


# -- snoozed


@pytest.mark.row("S2-44", "S3-20", "S3-33", "C14")
def test_snoozed_is_hidden_from_what_is_to_be_done_and_found_everywhere_else(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    run(desk.states.assign([ann], desk.office.user.id))
    until = desk.office.clock() + timedelta(hours=2)
    run(desk.states.snooze([ann, bob], until))
    for key in (ann, bob):
        assert desk.row(key).snoozed_until == until
        assert {"all", "snoozed"} <= desk.views(key)
        assert not {"mine", "new", "unassigned"} & desk.views(key)
        assert desk.told(key)[-1] == ("snoozed", {"until": until.isoformat()})
    assert desk.office.store.read_sync(lambda work: work.contacts.find("ann", limit=2))


@pytest.mark.row("S3-34")
def test_twenty_minutes_are_accepted_and_the_past_is_not(desk: StateDesk) -> None:
    ann, now = desk.talking("Ann"), desk.office.clock()
    assert run(desk.states.snooze([ann], now + timedelta(minutes=20))).count == 1
    for moment in (now, now - timedelta(minutes=1), now + timedelta(days=3000)):
        with pytest.raises(InvalidInputError):
            run(desk.states.snooze([ann], moment))
    assert desk.row(ann).snoozed_until == now + timedelta(minutes=20)


@pytest.mark.row("S2-45", "S3-35")
def test_when_the_time_comes_it_is_back_on_top_with_a_mark(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    run(desk.states.pin([bob]))
    run(desk.states.snooze([ann], desk.office.clock() + timedelta(minutes=20)))
    cora = desk.talking("Cora")
    scheduler = Scheduler([ending_snoozes(desk.office.store)])
    run(scheduler.run_due())
    assert desk.row(ann).snoozed_at is not None
    desk.office.clock.advance(timedelta(minutes=20))
    run(scheduler.run_due())
    row = desk.row(ann)
    assert (row.snoozed_at, row.snoozed_until, row.returned_at) == (None, None, desk.office.clock())
    assert desk.names() == ["Bob", "Ann", "Cora"]
    assert "new" in desk.views(ann)
    assert desk.told(ann)[-1] == ("unsnoozed", {"cause": "timer"})
    assert desk.events(ann)[-1].actor_kind is ActorKind.SYSTEM
    run(scheduler.run_due())
    assert [kind for kind, _ in desk.told(ann)] == ["snoozed", "unsnoozed"]
    run(desk.inbox.mark_read(ann))
    assert desk.row(ann).returned_at is None
    assert desk.row(cora).place > desk.row(ann).last_entry_id


@pytest.mark.row("S3-35")
def test_the_scheduler_looks_at_once_when_it_starts_and_again_when_asked(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    run(desk.states.snooze([ann], desk.office.clock() + timedelta(minutes=1)))
    run(desk.states.snooze([bob], desk.office.clock() + timedelta(minutes=5)))
    desk.office.clock.advance(timedelta(minutes=2))  # the program was closed meanwhile

    def returned(key: ConversationId) -> bool:
        return desk.office.store.read_sync(lambda work: work.conversations.row(key).returned_at) is not None  # type: ignore[union-attr]

    async def work() -> None:
        scheduler = Scheduler([ending_snoozes(desk.office.store)], tick=3600)
        scheduler.start()
        await eventually(lambda: returned(ann))
        assert not returned(bob)
        desk.office.clock.advance(timedelta(minutes=5))
        scheduler.look()
        await eventually(lambda: returned(bob))
        await scheduler.stop()

    run(work())


@pytest.mark.row("S2-45")
def test_one_that_fails_keeps_the_others_from_nothing(desk: StateDesk, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    async def bad() -> None:
        raise NotFoundError("x", "Gone.")

    async def good() -> None:
        ran.append("good")

    run(Scheduler([bad, good]).run_due())
    assert ran == ["good"]
    assert "could not be done: x" in caplog.text


@pytest.mark.row("S2-45")
def test_a_user_ends_a_snooze_before_its_time(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.snooze([ann], None))
    assert desk.row(ann).snoozed_until is None
    assert desk.told(ann)[-1] == ("snoozed", {"until": "answer"})
    run(desk.states.unsnooze([ann]))
    assert "new" in desk.views(ann)
    assert desk.told(ann)[-1] == ("unsnoozed", {"cause": "user"})


@pytest.mark.row("S3-33", "S3-17")
def test_what_was_done_is_to_be_done_again_after_its_snooze(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.done([ann]))
    run(desk.states.snooze([ann], desk.office.clock() + timedelta(hours=1)))
    desk.office.clock.advance(timedelta(hours=1))
    run(Scheduler([ending_snoozes(desk.office.store)]).run_due())
    assert "new" in desk.views(ann)


# -- where it lies


@pytest.mark.row("S4-30", "S4-31", "S4-35")
def test_archived_is_hidden_until_something_is_said_in_either_direction(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    run(desk.states.archive([ann, bob]))
    assert desk.names() == []
    assert desk.names(View.ARCHIVED) == ["Bob", "Ann"]
    desk.hear(ann, "still there?")
    desk.answer(bob, "are you?", DeliveryStatus.QUEUED)
    assert desk.names() == ["Bob", "Ann"]
    assert desk.names(View.ARCHIVED) == []
    run(desk.states.archive([ann]))
    run(desk.states.restore([ann]))
    assert [kind for kind, _ in desk.told(ann)] == ["archived", "archived", "restored"]


@pytest.mark.row("S2-66")
def test_pinned_lies_above_all_and_priority_is_kept(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    run(desk.states.pin([ann]))
    run(desk.states.prioritise([bob], Priority.URGENT))
    assert desk.names() == ["Ann", "Bob"]
    assert desk.row(bob).priority is Priority.URGENT
    desk.hear(bob)
    assert desk.names() == ["Ann", "Bob"]
    run(desk.states.pin([ann], pinned=False))
    assert desk.names() == ["Bob", "Ann"]
    assert desk.told(bob) == [("priority_changed", {"priority": "urgent"})]
    assert [kind for kind, _ in desk.told(ann)] == ["pinned", "unpinned"]


@pytest.mark.row("S3-12")
def test_many_are_read_and_unread(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    assert run(desk.states.mark_read([ann, bob])).count == 2
    assert [desk.row(key).unread_count for key in (ann, bob)] == [0, 0]
    assert run(desk.states.mark_unread([ann])).count == 1
    assert [desk.row(key).unread_count for key in (ann, bob)] == [1, 0]
    run(desk.undo.undo_last())
    run(desk.undo.undo_last())
    assert [desk.row(key).unread_count for key in (ann, bob)] == [1, 1]


@pytest.mark.row("D-20")
def test_a_blocked_contact_is_heard_again_after_undo(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.block([ann]))
    (contact,) = desk.office.store.read_sync(lambda work: work.contacts.find("Ann", limit=2))
    assert contact.blocked
    run(desk.undo.undo_last())
    (contact,) = desk.office.store.read_sync(lambda work: work.contacts.find("Ann", limit=2))
    assert not contact.blocked
    assert [kind for kind, _ in desk.told(ann)] == ["blocked", "undone"]


# -- many


@pytest.mark.row("S4-32", "S4-33", "S4-34")
def test_all_that_match_are_one_action_with_progress_and_one_undo(desk: StateDesk) -> None:
    desk.states = StateService(desk.office.store, user_id=desk.office.user.id, chunk=4)
    keys = [desk.talking(f"P{number}") for number in range(10)]
    run(desk.states.done([keys[0]]))
    desk.office.heard.clear()
    seen: list[tuple[int, int]] = []
    changed = run(desk.states.archive(View.NEW, progress=lambda done, of: seen.append((done, of))))
    assert (changed.count, changed.cancelled) == (9, False)
    assert seen == [(4, 9), (8, 9), (9, 9)]
    assert desk.names() == ["P0"]
    taken = [event for event in desk.office.heard if isinstance(event, StepTaken)]
    assert [(event.kind, event.count) for event in taken] == [("archived", 9)]
    undone = run(desk.undo.undo_last())
    assert undone is not None
    assert undone.restored == 9
    assert len(desk.names(View.NEW)) == 9


@pytest.mark.row("S4-33")
def test_stopped_halfway_what_was_done_is_one_step(desk: StateDesk) -> None:
    desk.states = StateService(desk.office.store, user_id=desk.office.user.id, chunk=2)
    keys = [desk.talking(f"P{number}") for number in range(6)]
    seen: list[int] = []
    changed = run(
        desk.states.done(keys, progress=lambda done, _of: seen.append(done), cancelled=lambda: len(seen) == 2)
    )
    assert (changed.count, changed.cancelled) == (4, True)
    assert len(desk.names(View.DONE)) == 4
    run(desk.undo.undo_last())
    assert desk.names(View.DONE) == []


@pytest.mark.row("S4-33")
@pytest.mark.chaos
def test_five_thousand_are_one_action(desk: StateDesk) -> None:
    def fill(work: Work) -> None:
        for number in range(5000):
            contact = work.contacts.add([], first_name=f"P{number}")
            work.conversations.of_contact(contact.id)

    desk.office.store.run_sync(fill)
    assert run(desk.states.archive(View.ALL)).count == 5000
    assert run(desk.inbox.counts())[View.ARCHIVED].total == 5000
    assert run(desk.undo.undo_last()).restored == 5000  # type: ignore[union-attr]
    assert run(desk.inbox.counts())[View.ALL].total == 5000


def test_a_query_chooses_and_what_is_gone_is_said(desk: StateDesk) -> None:
    ann, bob = desk.talking("Ann"), desk.talking("Bob")
    assert run(desk.states.pin(lambda work: work.states.in_view(View.NEW, user_id=desk.office.user.id)[:1])).count == 1
    assert desk.names() == ["Bob", "Ann"]
    assert run(desk.states.done([ann, bob, ConversationId(10**9)])).count == 2
    with pytest.raises(NotFoundError):
        run(desk.states.done([ConversationId(10**9)]))


@pytest.mark.row("D-20")
def test_assigned_done_and_snoozed_are_taken_back_with_what_they_changed(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.assign([ann], desk.office.user.id))
    before = desk.row(ann)
    run(desk.states.snooze([ann], desk.office.clock() + timedelta(hours=1)))
    run(desk.states.done([ann]))
    run(desk.undo.undo_last())
    row = desk.row(ann)
    assert (row.status, row.assignee_id) == (ConversationStatus.PENDING, desk.office.user.id)
    assert row.snoozed_until is not None
    run(desk.undo.undo_last())
    assert desk.row(ann) == before


@pytest.mark.row("D-20")
def test_undo_leaves_what_was_said_meanwhile(desk: StateDesk) -> None:
    ann = desk.talking("Ann")
    run(desk.states.pin([ann]))
    desk.hear(ann, "one more thing")
    run(desk.undo.undo_last())
    row = desk.row(ann)
    assert (row.pinned, row.place, row.snippet) == (False, row.last_entry_id, "one more thing")
