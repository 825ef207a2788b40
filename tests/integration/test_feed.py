"""What one process does, the others hear: through the change log, within a second."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from desktop_inbox.errors import SecretStoreError
from desktop_inbox.events import BulkChanged, ContactChanged, ConversationChanged, Event, EventBus, SettingChanged
from desktop_inbox.models import schema
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.feed import Feed
from tests.support.offices import Office
from tests.support.run import eventually, run
from tests.support.troubled_store import TroubledStore

_OTHER_PROCESS = """
import sys
from desktop_inbox.events import SettingChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.store import Store
store = Store.open(sys.argv[1])
print("open", flush=True)
for line in sys.stdin:
    number = int(line)
    store.run_sync(lambda work: work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")], first_name="Ada"))
    print("done", flush=True)
store.close()
"""


class Ear:
    """A desktop that listens."""

    def __init__(self, store: Store) -> None:
        self.heard: list[Event] = []
        self.bus = EventBus()
        self.bus.subscribe(Event, self.heard.append)
        self.feed = Feed(store, self.bus, pause=0.01)

    def live(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def live() -> None:
            await self.feed.start()
            try:
                await work()
            finally:
                await self.feed.stop()

        run(live())


def test_another_process_is_heard_within_a_second(office: Office) -> None:
    ear = Ear(office.store)
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER_PROCESS, office.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        stdin, stdout = other.stdin, other.stdout

        async def work() -> None:
            worst = 0.0
            for number in range(5):
                stdin.write(f"{number}\n")
                stdin.flush()
                assert await asyncio.to_thread(stdout.readline) == "done\n"
                begin = time.monotonic()
                await eventually(lambda: len(_contacts(ear.heard)) == number + 1)  # noqa: B023
                worst = max(worst, time.monotonic() - begin)
            print(f"heard 5 of 5, the slowest after {worst:.3f} s")
            assert worst < 2.5

        ear.live(work)
        stdin.close()
    assert _contacts(ear.heard) == [ContactChanged(contact_id=number) for number in range(1, 6)]


def _contacts(heard: list[Event]) -> list[Event]:
    return [event for event in heard if isinstance(event, ContactChanged)]


def test_own_changes_are_not_heard_twice(office: Office) -> None:
    ear = Ear(office.store)
    other = office.another_store()

    async def work() -> None:
        await office.store.run(lambda w: w.announce(SettingChanged(key="mine")))
        await other.run(lambda w: w.announce(SettingChanged(key="theirs")))
        await eventually(lambda: ear.heard)

    ear.live(work)
    assert ear.heard == [SettingChanged(key="theirs")]


def test_many_changes_are_told_as_one(office: Office) -> None:
    ear = Ear(office.store)
    other = office.another_store()

    def much(w: Work) -> None:
        for number in range(700):
            w.announce(ConversationChanged(conversation_id=number))

    async def work() -> None:
        await other.run(much)
        await eventually(lambda: ear.heard)

    ear.live(work)
    assert ear.heard == [BulkChanged()]


@pytest.mark.postgres
def test_a_smaller_id_that_commits_later_is_heard(postgres_office: Office) -> None:
    """Two desktops write at once: the one that drew its id first may commit last."""
    office = postgres_office
    ear = Ear(office.store)
    slow, fast = office.another_store(), office.another_store()

    async def work() -> None:
        drawn, release = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def draw_and_wait(w: Work) -> None:
            w.connection.execute(
                schema.change_log.insert().values(at=w.now(), instance="slow", kind="SettingChanged", payload=SLOW)
            )
            loop.call_soon_threadsafe(drawn.set)
            release.wait(20)

        held = asyncio.ensure_future(slow.run(draw_and_wait))
        await drawn.wait()
        await fast.run(lambda w: w.announce(SettingChanged(key="fast")))
        await eventually(lambda: ear.heard == [SettingChanged(key="fast")])
        release.set()
        await held
        await eventually(lambda: SettingChanged(key="slow") in ear.heard)

    ear.live(work)
    assert ear.heard == [SettingChanged(key="fast"), SettingChanged(key="slow")]


@pytest.mark.row("S08")
@pytest.mark.parametrize("trouble", [SecretStoreError("locked", "Locked."), RuntimeError("bug")])
def test_others_are_heard_again_after_a_fault(office: Office, trouble: Exception) -> None:
    store = TroubledStore(office.store)
    ear = Ear(store)  # type: ignore[arg-type]
    other = office.another_store()

    async def work() -> None:
        store.reads_that_fail, store.trouble = 2, trouble
        await other.run(lambda w: w.announce(SettingChanged(key="theirs")))
        await eventually(lambda: ear.heard)

    ear.live(work)
    assert store.reads_that_fail == 0


class _BusyWatch:
    """Looks for a while, and must not be closed meanwhile: SQLite would crash."""

    waits = True

    def __init__(self) -> None:
        self.looking, self.closed_while_looking = threading.Event(), False
        self._busy = False

    def open(self) -> None: ...

    def changed(self, _seconds: float) -> bool:
        self._busy = True
        self.looking.set()
        time.sleep(0.1)
        self._busy = False
        return False

    def close(self) -> None:
        self.closed_while_looking = self._busy


def test_stopping_does_not_close_the_connection_under_a_look(sqlite_office: Office) -> None:
    watch = _BusyWatch()
    store = TroubledStore(sqlite_office.store)
    store.watch = lambda: watch  # type: ignore[attr-defined]
    ear = Ear(store)  # type: ignore[arg-type]

    async def work() -> None:
        await eventually(watch.looking.is_set)

    ear.live(work)
    assert not watch.closed_while_looking


SLOW = '{"key":"slow"}'
