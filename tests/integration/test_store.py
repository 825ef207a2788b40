"""The store: transactions, threads, events and closing, on both databases."""

import asyncio
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from desktop_inbox.clock import to_millis
from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.errors import InboxError, InvalidInputError, StoreError
from desktop_inbox.events import Event, SettingChanged
from desktop_inbox.models import schema
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.network_share import remote_in
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from tests.support import guards
from tests.support.offices import Office
from tests.support.run import run

OpenStore = Callable[..., Store]


def add_user(work: Work) -> None:
    work.users.add("Ada", Role.AGENT)


def count_users(work: Work) -> int:
    return len(work.users.all())


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    def fail(work: Work) -> None:
        add_user(work)
        raise InvalidInputError("no", "No.")

    store.run_sync(add_user)
    with pytest.raises(InvalidInputError):
        store.run_sync(fail)
    assert store.read_sync(count_users) == 1


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError) as refused:
        store.read_sync(add_user)
    assert refused.value.code == "store_readonly"


def test_events_come_after_the_commit_in_the_order_of_commits(open_store: OpenStore) -> None:
    heard: list[str] = []

    def hear(event: Event) -> None:
        assert isinstance(event, SettingChanged)
        stored = store.read_sync(lambda work: work.settings.all(1))
        assert event.key in stored  # whoever hears of a fact can read it
        heard.append(event.key)

    store = open_store(publish=hear)

    def change(key: str) -> Callable[[Work], None]:
        def work_on(work: Work) -> None:
            work.settings.set(key, 1)
            work.announce(SettingChanged(key=key))

        return work_on

    async def work() -> list[str]:
        store.attach(asyncio.get_running_loop())
        await asyncio.gather(*(store.run(change(f"key{number}")) for number in range(30)))
        return list(heard)  # told before the one who waits goes on

    assert run(work()) == [f"key{number}" for number in range(30)]


def test_nothing_is_told_of_what_was_rolled_back(open_store: OpenStore) -> None:
    heard: list[Event] = []
    store = open_store(publish=heard.append)

    def fail(work: Work) -> None:
        work.announce(SettingChanged(key="a"))
        raise InvalidInputError("no", "No.")

    with pytest.raises(InvalidInputError):
        store.run_sync(fail)
    assert heard == []
    assert store.read_sync(lambda work: work.changes.newest()) == 0


def test_a_closed_loop_does_not_turn_a_commit_into_an_error(open_store: OpenStore) -> None:
    store = open_store()
    loop = asyncio.new_event_loop()
    store.attach(loop)
    loop.close()
    store.run_sync(lambda work: work.announce(SettingChanged(key="a")))


def test_other_processes_see_what_was_told(open_store: OpenStore) -> None:
    here, there = open_store(instance="here"), open_store(instance="there")
    here.run_sync(lambda work: work.announce(SettingChanged(key="a")))
    place, events = there.read_sync(lambda work: work.changes.since(0, but_not="there"))
    assert events == (SettingChanged(key="a"),)
    assert here.read_sync(lambda work: work.changes.since(0, but_not="here")) == (place, ())


def test_a_write_is_done_although_nobody_waits_any_more(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(_work: Work) -> None:
        started.set()
        go_on.wait(10)

    async def work() -> None:
        first = asyncio.ensure_future(store.run(slow))
        second = asyncio.ensure_future(store.run(add_user))  # still waits for its turn
        await asyncio.to_thread(started.wait, 10)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        go_on.set()
        await first

    run(work())
    store.run_sync(lambda _work: None)  # behind the one nobody waits for
    assert store.read_sync(count_users) == 1


def test_closing_finishes_what_waits_to_be_written(open_store: OpenStore) -> None:
    store = open_store()

    async def work() -> None:
        pending = [asyncio.ensure_future(store.run(add_user)) for _ in range(20)]
        await asyncio.sleep(0)  # all are handed over
        await asyncio.to_thread(store.close)
        await asyncio.gather(*pending)

    run(work())
    with pytest.raises(StoreError) as refused:
        store.run_sync(add_user)
    assert refused.value.code == "store_closed"
    assert open_store().read_sync(count_users) == 20


@pytest.mark.row("P1")
def test_eight_writers_of_one_file_never_fail(sqlite_url: str) -> None:
    stores = [Store.open(sqlite_url) for _ in range(8)]
    failures: list[BaseException] = []

    def count_up(work: Work) -> None:
        seen = work.settings.all(0).get("n", 0)  # a reader that becomes a writer: the dangerous kind
        work.settings.set("n", seen + 1)

    def fifty_times(store: Store) -> None:
        try:
            for _ in range(50):
                store.run_sync(count_up)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=fifty_times, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = stores[0].read_sync(lambda work: work.settings.all(0)["n"])
    for store in stores:
        store.close()
    assert failures == []
    assert total == 400
    print("8 writers x 50 transactions: 0 errors, 400 counted")


def test_a_reader_sees_one_moment(open_store: OpenStore) -> None:
    store, other = open_store(), open_store()

    def look_twice(work: Work) -> tuple[int, int]:
        before = count_users(work)
        other.run_sync(add_user)
        return before, count_users(work)

    assert store.read_sync(look_twice) == (0, 0)
    assert store.read_sync(count_users) == 1


def test_a_failed_commit_leaves_the_store_usable(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)

    def orphan(work: Work) -> None:
        work.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        work.drafts.save(77, 1, "nobody's")  # type: ignore[arg-type]

    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.run_sync(orphan)
    store.run_sync(add_user)
    assert store.read_sync(count_users) == 1
    store.close()


@pytest.mark.row("S26")
def test_an_error_never_shows_what_somebody_wrote(store: Store) -> None:
    def collide(work: Work) -> None:
        row = {"user_id": 1, "key": "k", "value": "the secret text"}
        work.connection.execute(schema.settings.insert(), row)
        work.connection.execute(schema.settings.insert(), row)

    with pytest.raises(Exception, match="settings") as failed:
        store.run_sync(collide)
    assert "secret text" not in str(failed.value)


@pytest.mark.row("P30")
def test_a_text_that_cannot_be_stored_is_refused_with_a_reason(store: Store) -> None:
    with pytest.raises(InvalidInputError) as refused:
        store.run_sync(lambda work: work.users.add("broken \ud83d half", Role.AGENT))
    assert refused.value.code == "text_not_storable"
    assert store.read_sync(count_users) == 0


def test_a_long_read_does_not_keep_the_pool_busy(store: Store) -> None:
    store.run_sync(add_user)
    assert store.read_apart(count_users) == 1
    assert store.on_driver(lambda driver: driver.execute("SELECT 1").fetchone()[0]) == 1


@pytest.mark.row("S6")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files private by the profile's rights")
def test_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "inbox.db"
    store = Store.open(address_of_file(path))
    store.run_sync(add_user)
    for name in ("inbox.db", "inbox.db-wal", "inbox.db-shm"):
        assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()
    path.chmod(0o644)
    Store.open(address_of_file(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_closing_leaves_everything_in_the_one_file(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.run_sync(add_user)
    path = store.path
    assert path is not None
    store.close()
    store.close()  # a second time does nothing
    assert [file.name for file in path.parent.iterdir()] == ["inbox.db"]


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("/home/ada/inbox.db", False),
        ("/mnt/office/inbox.db", True),
        ("/mnt/office/local/inbox.db", False),
        ("/mnt/office2/inbox.db", False),
    ],
)
def test_a_network_drive_is_known(path: str, remote: bool) -> None:
    mounts = [("/", "ext4"), ("/mnt/office", "ext4"), ("/mnt/office", "cifs"), ("/mnt/office/local", "ext4")]
    assert remote_in(mounts, Path(path)) is remote


@pytest.fixture
def on_gui_thread(store: Store) -> Iterator[Store]:
    """The open store, while the present thread is the GUI thread."""
    stop = guards.watch_gui_thread()
    yield store
    stop()


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda store: store.read_sync(count_users), id="read_sync"),
        pytest.param(lambda store: store.run_sync(add_user), id="run_sync"),
        pytest.param(lambda store: store.read_apart(count_users), id="read_apart"),
        pytest.param(lambda store: store.on_driver(lambda driver: None), id="on_driver"),
    ],
)
def test_the_gui_thread_may_not_wait_for_the_store(on_gui_thread: Store, wait: Callable[[Store], object]) -> None:
    with pytest.raises(guards.GuardError):
        wait(on_gui_thread)
    assert len(guards.take_offences()) == 1


def test_the_gui_thread_may_ask_and_go_on(on_gui_thread: Store) -> None:
    assert run(on_gui_thread.read(count_users)) == 0


def test_a_burst_in_one_millisecond_keeps_its_order(store: Store) -> None:
    def burst(work: Work) -> list[int]:
        last, keys = (to_millis(work.now()) << 20) + 2**20 - 2000, []  # near the end of the millisecond
        for _ in range(200):
            last = work.new_entry_id(work.now(), after=last)
            keys.append(last)
        return keys

    keys = store.run_sync(burst)
    assert keys == sorted(set(keys))


def test_inbox_errors_pass_through(store: Store) -> None:
    def fail(_work: Work) -> None:
        raise InboxError("a", "b")

    with pytest.raises(InboxError) as passed:
        run(store.run(fail))
    assert passed.value.code == "a"
    assert store.read_sync(lambda work: work.connection.execute(select(1)).scalar()) == 1


@pytest.mark.postgres
@pytest.mark.row("P2")
def test_an_id_that_another_computer_drew_too_is_drawn_again(postgres_office: Office) -> None:
    ids = iter((1, 1, 2))

    def write(work: Work) -> int:
        line = {"contact_id": 7, "status": "opted_out", "method": "import", "at": work.now()}
        key = next(ids)
        work.connection.execute(schema.consent_ledger.insert().values(id=key, **line))
        return key

    assert [postgres_office.store.run_sync(write) for _ in range(2)] == [1, 2]


@pytest.mark.row("P2")
def test_an_id_that_two_messages_of_one_millisecond_drew_is_drawn_again(sqlite_office: Office) -> None:
    contact = sqlite_office.contact()
    conversation_id = sqlite_office.conversation_of(contact)
    ids = iter((5, 5, 6))

    def write(work: Work) -> int:
        message = Message(
            id=EntryId(next(ids)),
            conversation_id=conversation_id,
            contact_id=contact.id,
            direction=Direction.IN,
            text="Hello",
            status=DeliveryStatus.RECEIVED,
            channel_id=sqlite_office.channel.id,
            address_id=contact.addresses[0].id,
        )
        work.messages.add_inbound(message)
        return message.id

    assert [sqlite_office.store.run_sync(write) for _ in range(2)] == [5, 6]
