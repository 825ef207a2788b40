"""The first page that is read without the store: the same rows, nothing written, and silence about any trouble."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.app.first_rows import FirstRows
from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.first_page import read_rows, to_page
from desktop_inbox.models.first_page_sql import FIRST_PAGE
from desktop_inbox.models.repositories.first_page import statement
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.inbox import InboxService
from tests.support.clock import HeldClock
from tests.support.guards import watch_gui_thread
from tests.support.run import run


def read_first_page(path: Path, *, limit: int = 60) -> Page[ConversationSummary] | None:
    return to_page(read_rows(path, limit=limit), limit=limit)


_PEOPLE = ("Maria", "Jonas", "", "陈美玲", "Amina", "Olu")


class Desk:
    """Some people in a database file."""

    def __init__(self, path: Path, clock: HeldClock) -> None:
        self.path, self.clock = path, clock
        self.store = Store.open(address_of_file(path), clock=clock)
        self.user: User = self.store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        self.channel = self.store.run_sync(
            lambda work: work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={})
        )
        self.inbox = InboxService(self.store, clock, self.user.id, region=lambda: "US")
        self.ids = [self._person(name, number) for number, name in enumerate(_PEOPLE)]

    def _person(self, name: str, number: int) -> ConversationId:
        def add(work: Work) -> ConversationId:
            contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")], first_name=name)
            return work.conversations.of_contact(contact.id)

        return self.store.run_sync(add)

    def hear(self, conversation: ConversationId, text: str = "hello") -> None:
        self.clock.advance(timedelta(seconds=1))

        def add(work: Work) -> None:
            contact = work.conversations.contact_of(conversation)
            assert contact is not None
            message = Message(
                id=work.new_entry_id(work.now()),
                conversation_id=conversation,
                contact_id=contact,
                direction=Direction.IN,
                text=text,
                status=DeliveryStatus.RECEIVED,
                channel_id=self.channel.id,
            )
            work.messages.add_inbound(message)

        self.store.run_sync(add)

    def change(self, conversation: ConversationId, **values: object) -> None:
        self.store.run_sync(lambda work: work.conversations.change(conversation, **values))

    def rows(self, limit: int = 60) -> tuple[tuple[ConversationSummary, ...], bool]:
        """What the service says, with the names as they are stored."""
        page = run(self.inbox.page(View.ALL, limit=limit))
        stored = run(self.store.read(lambda work: work.conversations.page(
            View.ALL, user_id=self.user.id, before=None, limit=limit)))  # fmt: skip
        names = {row.id: row.name for row in stored.items}
        return tuple(replace(row, name=names[row.id]) for row in page.items), page.has_more

    def first(self, limit: int = 60) -> tuple[tuple[ConversationSummary, ...], bool]:
        page = read_first_page(self.path, limit=limit)
        assert page is not None
        return page.items, page.has_more


@pytest.fixture
def desk(sqlite_url: str, clock: HeldClock) -> Iterator[Desk]:
    made = Desk(Path(sqlite_url.removeprefix("sqlite:///")), clock)
    yield made
    made.store.close()


def everybody_wrote(desk: Desk) -> None:
    for conversation in desk.ids:
        desk.hear(conversation)


def some_are_archived(desk: Desk) -> None:
    everybody_wrote(desk)
    for conversation in desk.ids[:2]:
        desk.change(conversation, archived_at=desk.clock())


def some_are_snoozed(desk: Desk) -> None:
    everybody_wrote(desk)
    later = desk.clock() + timedelta(days=1)
    desk.change(desk.ids[0], snoozed_at=desk.clock(), snoozed_until=later)
    desk.change(desk.ids[1], snoozed_at=desk.clock())
    desk.change(desk.ids[2], returned_at=desk.clock())


def some_are_read(desk: Desk) -> None:
    everybody_wrote(desk)
    run(desk.inbox.mark_read(desk.ids[3]))
    desk.change(desk.ids[4], unread_count=120)


def some_have_drafts(desk: Desk) -> None:
    everybody_wrote(desk)
    other = desk.store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    run(desk.inbox.save_draft(desk.ids[0], "mine"))
    run(InboxService(desk.store, desk.clock, other.id).save_draft(desk.ids[1], "of somebody else"))


def some_are_assigned_done_or_failed(desk: Desk) -> None:
    everybody_wrote(desk)
    desk.change(desk.ids[0], assignee_id=desk.user.id, status=ConversationStatus.DONE)
    desk.change(desk.ids[1], last_direction=Direction.OUT, last_status=DeliveryStatus.FAILED, priority=3)
    desk.change(desk.ids[2], window_ends_at=desk.clock() + timedelta(hours=3), waiting_since=None)


def nothing_was_said_yet(desk: Desk) -> None:
    desk.hear(desk.ids[1])


_OFFICES = (
    everybody_wrote, some_are_archived, some_are_snoozed, some_are_read, some_have_drafts,
    some_are_assigned_done_or_failed, nothing_was_said_yet,
)  # fmt: skip


def test_the_statement_is_the_repositorys_own() -> None:
    told = "The list's columns changed: run `python -m desktop_inbox.models.repositories.first_page`."
    assert FIRST_PAGE.strip() == statement(), told


@pytest.mark.row("UX-S13")
@pytest.mark.parametrize("make", _OFFICES, ids=lambda make: make.__name__)
def test_the_rows_are_those_of_the_service(desk: Desk, make: Callable[[Desk], None]) -> None:
    make(desk)
    assert desk.first() == desk.rows()


@pytest.mark.row("UX-S13")
def test_a_page_has_its_limit(desk: Desk) -> None:
    everybody_wrote(desk)
    assert desk.first(limit=3) == desk.rows(limit=3)
    assert desk.first(limit=3)[1]


def test_what_only_the_log_holds_is_shown(desk: Desk) -> None:
    everybody_wrote(desk)
    assert desk.path.with_name("inbox.db-wal").stat().st_size
    assert len(desk.first()[0]) == len(_PEOPLE)


def test_nothing_is_written(desk: Desk) -> None:
    everybody_wrote(desk)
    desk.store.close()
    before = {path.name: path.read_bytes() for path in desk.path.parent.glob("inbox.db*")}
    assert len(desk.first()[0]) == len(_PEOPLE)
    assert {path.name: path.read_bytes() for path in desk.path.parent.glob("inbox.db*")} == before


def test_a_busy_database_is_read_as_it_was(desk: Desk) -> None:
    everybody_wrote(desk)
    writer = sqlite3.connect(desk.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE contacts SET first_name = 'Nobody'")
    assert "Nobody" not in {row.name for row in desk.first()[0]}
    writer.execute("ROLLBACK")
    writer.close()


class TestNothingIsShown:
    """Whatever is wrong is for the store to tell."""

    def test_of_a_file_that_is_missing(self, tmp_path: Path) -> None:
        assert read_first_page(tmp_path / "inbox.db") is None
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [b"", b"This is no database. " * 500, b"SQLite format 3\x00" * 500])
    def test_of_a_file_that_is_none(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "inbox.db"
        path.write_bytes(content)
        assert read_first_page(path) is None
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("inbox.db", content)]

    def test_of_a_folder(self, tmp_path: Path) -> None:
        assert read_first_page(tmp_path) is None

    @pytest.mark.parametrize("version", ["0001", "9999"])
    def test_of_an_older_or_newer_schema(self, desk: Desk, version: str) -> None:
        everybody_wrote(desk)
        desk.store.close()
        with sqlite3.connect(desk.path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.close()
        assert read_first_page(desk.path) is None

    def test_of_a_locked_file(self, desk: Desk) -> None:
        everybody_wrote(desk)
        desk.store.close()
        holder = sqlite3.connect(desk.path, isolation_level=None)
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        assert read_first_page(desk.path) is None
        holder.execute("ROLLBACK")
        holder.close()

    @pytest.mark.parametrize("value", ["'nonsense'", "x'ff00'", "9e300"])
    @pytest.mark.parametrize("column", ["status", "waiting_since", "last_kind"])
    def test_of_values_that_nobody_wrote(self, desk: Desk, column: str, value: str) -> None:
        everybody_wrote(desk)
        desk.store.close()
        with sqlite3.connect(desk.path) as connection:
            connection.execute("PRAGMA ignore_check_constraints=1")
            connection.execute(f"UPDATE conversations SET {column} = {value}")
        connection.close()
        assert read_first_page(desk.path) is None

    def test_of_pages_that_were_overwritten(self, desk: Desk) -> None:
        everybody_wrote(desk)
        desk.store.close()
        content = bytearray(desk.path.read_bytes())
        content[4096:] = b"\xa5" * (len(content) - 4096)
        desk.path.write_bytes(content)
        assert read_first_page(desk.path) is None

    def test_of_a_server(self) -> None:
        done = threading.Event()
        rows = FirstRows("postgresql://server.invalid/inbox")
        rows.when_read(done.set)
        assert done.wait(10)
        assert rows.page is None


@pytest.mark.row("UX-S13")
def test_the_page_is_read_on_a_thread_of_its_own(desk: Desk) -> None:
    everybody_wrote(desk)
    stop = watch_gui_thread()
    done, again = threading.Event(), threading.Event()
    rows = FirstRows(address_of_file(desk.path))
    rows.when_read(done.set)
    assert done.wait(10)
    rows.when_read(again.set)
    stop()
    assert rows.page is not None
    assert again.is_set()
