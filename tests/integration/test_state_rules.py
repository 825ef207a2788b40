"""What changes by itself: writing opens again and wakes, answering takes over; and who nobody may miss."""

import random
import shutil
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.models import schema
from desktop_inbox.models.entities.conversation import ConversationStatus, Priority, View
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.conversations import CONDITIONS
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.outbox import OutboxService, OutgoingFile
from desktop_inbox.services.scheduler import Scheduler, ending_snoozes
from desktop_inbox.services.settings import ASSIGN_ON_REPLY
from desktop_inbox.services.users import UserService
from tests.integration import test_inbound
from tests.integration.test_state import StateDesk
from tests.support.clock import HeldClock
from tests.support.offices import Office, open_office
from tests.support.run import run


def no_file(_path: str) -> OutgoingFile:
    raise AssertionError("no file is sent here")


class RuleDesk(StateDesk):
    """A desk at which people write and are answered."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.ends_snooze = True
        self.outbox = OutboxService(office.store, user_id=office.user.id, file_of=no_file)
        self.inbound = test_inbound.Desk(office)
        self.inbound.service = InboundService(
            office.store,
            answers=AutomaticAnswers(self.inbound.answers),
            ends_snooze=lambda: self.ends_snooze,
        )

    def write(self, text: str = "hello", address: str = test_inbound.MARIA) -> ConversationId:
        """Let a contact write."""
        self.office.clock.advance(timedelta(seconds=2))
        self.inbound.say(text, address=address)
        return self.inbound.summary(address).id

    def reply(self, key: ConversationId, text: str = "here we are") -> None:
        self.office.clock.advance(timedelta(seconds=2))
        (row,) = run(self.inbox.summaries([key]))
        address = self.inbound.contact(row.address).addresses[0]
        run(
            self.outbox.queue(
                key, text, channel_id=self.office.channel.id, address_id=address.id, client_uuid=str(uuid.uuid4())
            )
        )


@pytest.fixture
def desk(office: Office) -> RuleDesk:
    return RuleDesk(office)


# -- writing


@pytest.mark.row("S2-69", "S2-42")
def test_writing_opens_what_was_done(desk: RuleDesk) -> None:
    maria = desk.write()
    run(desk.states.done([maria]))
    desk.write("one more thing")
    assert "new" in desk.views(maria)
    assert desk.told(maria)[-1] == ("marked_pending", {"cause": "inbound"})
    assert desk.events(maria)[-1].actor_kind is ActorKind.AUTOMATION


@pytest.mark.row("S2-45", "S3-33")
def test_writing_ends_a_snooze_and_says_so(desk: RuleDesk) -> None:
    maria = desk.write()
    run(desk.states.snooze([maria], desk.office.clock() + timedelta(days=1)))
    desk.write("are you there?")
    desk.write("hello?")
    assert "new" in desk.views(maria)
    assert desk.told(maria)[1:] == [("unsnoozed", {"cause": "inbound"})]


@pytest.mark.row("S2-45")
def test_an_office_may_let_a_snooze_last_but_not_one_until_they_answer(desk: RuleDesk) -> None:
    desk.ends_snooze = False
    maria = desk.write()
    until = desk.office.clock() + timedelta(days=1)
    run(desk.states.snooze([maria], until))
    desk.write("are you there?")
    assert desk.row(maria).snoozed_until == until
    assert [kind for kind, _ in desk.told(maria)] == ["snoozed"]
    run(desk.states.snooze([maria], None))
    desk.write("hello?")
    assert desk.row(maria).snoozed_at is None
    assert desk.told(maria)[-1] == ("unsnoozed", {"cause": "inbound"})


@pytest.mark.row("S4-30", "S4-31")
def test_an_archived_conversation_is_back_when_either_side_writes_and_found_meanwhile(desk: RuleDesk) -> None:
    maria = desk.write("about the crown")
    run(desk.states.archive([maria]))
    assert desk.office.store.read_sync(lambda work: work.contacts.find("600123456", limit=3))
    desk.write("still there?")
    assert desk.told(maria)[-1] == ("restored", {"cause": "inbound"})
    run(desk.states.archive([maria]))
    desk.reply(maria)
    assert ("restored", {"cause": "outbound"}) in desk.told(maria)
    assert desk.row(maria).archived_at is None


@pytest.mark.row("S2-69")
def test_a_blocked_contact_opens_nothing(desk: RuleDesk) -> None:
    maria = desk.write()
    run(desk.states.done([maria]))
    run(desk.states.block([maria]))
    desk.write("let me in")
    assert desk.row(maria).status is ConversationStatus.DONE


# -- answering


@pytest.mark.row("S2-69")
def test_whoever_answers_somebody_without_anybody_has_them_from_then_on(desk: RuleDesk) -> None:
    maria = desk.write()
    desk.reply(maria)
    assert desk.row(maria).assignee_id == desk.office.user.id
    kind, details = desk.told(maria)[-1]
    assert (kind, details["user"], details["cause"]) == ("assigned", "Dana Reyes", "reply")
    desk.reply(maria, "and again")
    assert [kind for kind, _ in desk.told(maria)] == ["assigned"]


@pytest.mark.row("S2-69")
def test_an_answer_takes_nothing_from_a_colleague_and_nothing_where_the_office_does_not_want_it(desk: RuleDesk) -> None:
    maria, sam = desk.write(), desk.person("Sam")
    run(desk.states.assign([maria], sam.id))
    desk.reply(maria)
    assert desk.row(maria).assignee_id == sam.id
    run(desk.states.assign([maria], None))
    desk.office.store.run_sync(lambda work: work.settings.set(ASSIGN_ON_REPLY.key, False))
    desk.reply(maria, "again")
    assert desk.row(maria).assignee_id is None


@pytest.mark.row("S2-69")
def test_an_answer_to_what_is_done_leaves_it_done(desk: RuleDesk) -> None:
    maria = desk.write()
    run(desk.states.done([maria]))
    desk.reply(maria, "You are welcome")
    row = desk.row(maria)
    assert (row.status, row.assignee_id) == (ConversationStatus.DONE, None)


# -- who works here


@pytest.mark.row("S2-38", "S2-67")
def test_who_leaves_has_nothing_any_more(desk: RuleDesk) -> None:
    maria, sam = desk.write(), desk.person("Sam")
    run(desk.states.assign([maria], sam.id))
    users = UserService(desk.office.store, user_id=desk.office.user.id)
    assert run(users.deactivate(sam.id)) == 1
    assert desk.told(maria)[-1] == ("unassigned", {"user": "Sam", "cause": "deactivated"})
    assert "new" in desk.views(maria)
    assert [user.name for user in run(users.active())] == ["Dana Reyes"]
    run(desk.undo.undo_last())
    assert desk.row(maria).assignee_id == sam.id


# -- nobody is missed

_MOVES = (
    "write", "reply", "assign", "unassign", "done", "pending", "snooze", "snooze_answer", "unsnooze", "archive",
    "restore", "pin", "unpin", "unread", "read", "urgent", "undo", "wait", "leave", "return",
)  # fmt: skip


class Chance:
    """Random days of an office with few people, so that everything happens to everybody."""

    def __init__(self, desk: RuleDesk) -> None:
        self.desk = desk
        self.sam = desk.person("Sam")
        self.users = UserService(desk.office.store, user_id=desk.office.user.id)
        self.timer = Scheduler([ending_snoozes(desk.office.store)])
        self.paths = [f"+3460012345{number}" for number in range(3)]
        self.keys = [desk.write("first", path) for path in self.paths]

    def move(self, what: str, number: int) -> None:
        """Let one thing happen."""
        desk, states, key = self.desk, self.desk.states, [self.keys[number % 3]]
        someone = (desk.office.user.id, self.sam.id)[number % 2]
        soon = desk.office.clock() + timedelta(minutes=1 + number % 5)
        run_it: dict[str, Callable[[], object]] = {
            "write": lambda: desk.write(f"text {number}", self.paths[number % 3]),
            "reply": lambda: desk.reply(key[0], f"answer {number} {uuid.uuid4()}"),
            "assign": lambda: run(states.assign(key, desk.office.user.id)),
            "unassign": lambda: run(states.assign(key, None)),
            "done": lambda: run(states.done(key)),
            "pending": lambda: run(states.pending(key)),
            "snooze": lambda: run(states.snooze(key, soon)),
            "snooze_answer": lambda: run(states.snooze(key, None)),
            "unsnooze": lambda: run(states.unsnooze(key)),
            "archive": lambda: run(states.archive(key)),
            "restore": lambda: run(states.restore(key)),
            "pin": lambda: run(states.pin(key)),
            "unpin": lambda: run(states.pin(key, pinned=False)),
            "unread": lambda: run(states.mark_unread(key)),
            "read": lambda: run(states.mark_read(key)),
            "urgent": lambda: run(states.prioritise(key, Priority(number % 5))),
            "undo": lambda: run(desk.undo.undo_last()),
            "wait": self._wait,
            "leave": lambda: run(self.users.deactivate(self.sam.id)),
            "return": lambda: run(self.users.reactivate(self.sam.id)),
        }
        if what == "assign" and someone == self.sam.id and self._works(someone):
            run(states.assign(key, someone))
        else:
            run_it[what]()

    def _works(self, user_id: UserId) -> bool:
        user = self.desk.office.store.read_sync(lambda work: work.users.get(user_id))
        return user is not None and user.active

    def _wait(self) -> None:
        self.desk.office.clock.advance(timedelta(minutes=2))
        run(self.timer.run_due())

    def check(self) -> None:
        """Nobody who waits for something is out of sight of everybody (S3-17)."""
        rows, users = self.desk.office.store.read_sync(
            lambda work: (work.connection.execute(schema.conversations.select()).all(), work.users.all())
        )
        active = {user.id for user in users if user.active}
        shown = {view: {row.id for row in run(self.desk.inbox.page(view)).items} for view in (View.NEW, View.MINE)}
        for row in rows:
            views = {str(view) for view, ids in shown.items() if row.id in ids}
            waits = row.status == "pending" and row.snoozed_at is None and row.archived_at is None
            if waits and row.assignee_id is None:
                assert "new" in views
            elif waits and row.assignee_id == self.desk.office.user.id:
                assert "mine" in views
            elif waits:
                assert row.assignee_id in active
            if row.snoozed_at is not None:
                assert not {"new", "mine"} & views


def _days(url: str, moves: list[tuple[str, int]]) -> None:
    office = open_office(url, clock=HeldClock())
    try:
        chance = Chance(RuleDesk(office))
        for what, number in moves:
            chance.move(what, number)
            chance.check()
    finally:
        office.close()


@pytest.mark.row("S3-17", "S3-18", "S3-19", "S3-20", "C14")
@given(moves=st.lists(st.tuples(st.sampled_from(_MOVES), st.integers(0, 5)), min_size=5, max_size=25))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_nobody_who_waits_is_out_of_everybodys_sight(
    tmp_path_factory: pytest.TempPathFactory, sqlite_url: str, moves: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("days") / "inbox.db"
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), path)
    _days(address_of_file(path), moves)


@pytest.mark.row("S3-17")
def test_the_same_on_both_databases(office: Office) -> None:
    chance = Chance(RuleDesk(office))
    random_moves = random.Random(7)
    for _ in range(40):
        chance.move(random_moves.choice(_MOVES), random_moves.randrange(6))
        chance.check()


# -- counters


def _differences(store: Store, user_id: UserId) -> list[str]:
    """Views whose counter is not what a plain count over the table says."""

    def read(work: Work) -> list[str]:
        told = work.conversations.counts(user_id=user_id)
        wrong = []
        for view, condition in CONDITIONS.items():
            rows = work.connection.execute(
                select(func.count(), func.count().filter(schema.conversations.c.unread_count > 0)).where(condition),
                {"user_id": user_id},
            ).one()
            if (told[view].total, told[view].unread) != tuple(rows):
                wrong.append(str(view))
        return wrong

    return store.read_sync(read)


@pytest.mark.row("S2-10", "S3-21", "S3-22")
@pytest.mark.parametrize("count", [150, pytest.param(100_000, marks=[pytest.mark.chaos, pytest.mark.timeout(7200)])])
def test_counters_are_counts(office: Office, count: int) -> None:
    chance, moves = Chance(RuleDesk(office)), random.Random(11)
    for number in range(count):
        chance.move(moves.choice(_MOVES), moves.randrange(6))
        if number % 50 == 0:
            assert _differences(office.store, office.user.id) == []
    assert _differences(office.store, office.user.id) == []


# -- undo of everything


def _image(store: Store) -> list[object]:
    """Everything that undo must bring back; events, steps and what providers do stay."""
    kept = ("contacts", "conversations", "contact_tags", "tags", "users", "contact_addresses", "contact_texts")

    def read(work: Work) -> list[object]:
        return [
            sorted(map(repr, work.connection.execute(schema.metadata.tables[name].select()).all())) for name in kept
        ]

    return store.read_sync(read)


@pytest.mark.row("D-20")
@pytest.mark.parametrize("count", [40, pytest.param(500, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])])
def test_everything_done_and_undone_is_as_it_was(office: Office, count: int) -> None:
    desk = RuleDesk(office)
    chance, moves = Chance(desk), random.Random(count)
    for number in range(6):
        desk.hear(desk.conversation(f"P{number}"))
    everybody = [row.id for row in run(desk.inbox.page(View.ALL)).items]
    names = (
        "assign", "unassign", "done", "pending", "snooze", "snooze_answer", "unsnooze", "archive", "restore", "pin",
        "unpin", "unread", "read", "urgent",
    )  # fmt: skip
    before, done = _image(office.store), 0
    while done < count:
        steps = len(run(desk.undo.history(limit=1000)))
        if moves.random() < 0.2:
            some = moves.sample(everybody, 4)
            run(moves.choice((desk.states.done, desk.states.archive, desk.states.pin, desk.states.block))(some))
        elif moves.random() < 0.2:
            colleague = desk.office.store.read_sync(lambda work: work.users.all())[-1]
            run(chance.users.rename(colleague.id, f"Name {done}"))
        else:
            chance.move(moves.choice(names), moves.randrange(6))
        done += len(run(desk.undo.history(limit=1000))) - steps
    assert _image(office.store) != before
    for _ in range(done):
        undone = run(desk.undo.undo_last())
        assert undone is not None
        assert undone.changed_since == 0
    assert run(desk.undo.undo_last()) is None
    assert _image(office.store) == before
