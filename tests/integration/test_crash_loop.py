"""What was queued survives SIGKILL, and no point at which a sender dies sends twice or loses anything."""

import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.store import Store
from tests.support.children import Child
from tests.support.fault_server import FaultServer
from tests.support.run import wait_until
from tests.support.scripted_provider import World
from tests.support.sender import POINTS
from tests.support.sending import Office, open_office, problems

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def _office(url: str, *, first: bool, people: int = 10) -> Office:
    from desktop_inbox.clock import now

    return open_office(Store.open(url, instance="parent"), World(clock=now), people=people, first=first)


def _crash_loop(url: str, kills: int) -> int:
    """Kill a process that queues, again and again; returns how many messages it had acknowledged."""
    chance = random.Random(11)
    office = _office(url, first=True)
    office.store.close()
    acknowledged: set[int] = set()
    for number in range(kills):
        with Child("queue", url, f"child-{number}") as child:
            wait_until(lambda child=child: child.lines or child.process.poll() is not None)
            assert child.process.poll() is None, child.errors
            time.sleep(chance.uniform(0.08, 0.25))  # the surprise is the test
            child.kill()
            acknowledged |= {int(line) for line in child.lines}
        office = _office(url, first=False)
        stored = office.store.read_sync(
            lambda work, keys=tuple(acknowledged): {one.id for one in work.messages.many([*map(EntryId, keys)])}
        )
        states = office.store.read_sync(lambda work: work.outbox.count_states())
        assert acknowledged - stored == set()
        assert sum(states.values()) >= len(acknowledged)
        assert problems(office) == []
        office.store.close()
    print(f"crash loop: {kills} kills, {len(acknowledged)} acknowledged messages, 0 lost")
    return len(acknowledged)


def _check_file(url: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.row("P1")
def test_crash_loop_sqlite(sqlite_url: str) -> None:
    assert _crash_loop(sqlite_url, 12) > 12
    _check_file(sqlite_url)


@pytest.mark.postgres
@pytest.mark.row("P1")
def test_crash_loop_postgres(postgres_url: str) -> None:
    assert _crash_loop(postgres_url, 6) > 6


@pytest.mark.chaos
@pytest.mark.timeout(3600)
@pytest.mark.row("P1")
def test_crash_loop_sqlite_200(sqlite_url: str) -> None:
    _crash_loop(sqlite_url, 200)
    _check_file(sqlite_url)


@pytest.mark.chaos
@pytest.mark.postgres
@pytest.mark.timeout(3600)
@pytest.mark.row("P1")
def test_crash_loop_postgres_50(postgres_url: str) -> None:
    _crash_loop(postgres_url, 50)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.mark.row("P2", "P3")
@pytest.mark.parametrize("point", POINTS)
def test_a_sender_may_die_at_any_point(point: str, sqlite_url: str, tmp_path: Path, server: FaultServer) -> None:
    """The provider tells nothing (class D), so nothing may leave twice by its help."""
    office = _office(sqlite_url, first=True, people=3)
    messages = [office.queue(person) for person in office.people]
    office.store.close()
    folder = str(tmp_path / "journal")
    with Child("send", sqlite_url, "desk", server.url, folder, point) as dying:
        wait_until(dying.killed_itself)
    if point == "request after":
        assert len(server.accepted) >= 1
    with Child("send", sqlite_url, "desk", server.url, folder) as living:
        office = _office(sqlite_url, first=False)

        def settled() -> bool:
            assert not living.killed_itself()
            states = office.store.read_sync(lambda work: work.outbox.count_states())
            return not states.keys() & {S.QUEUED, S.CLAIMED, S.SENDING, S.RETRY_WAIT}

        wait_until(settled)
    for message in messages:
        entry = office.entry(message.id)
        delivered = server.deliveries_of(entry.idem_key)
        assert entry.state in (S.ACCEPTED, S.UNKNOWN)
        assert delivered == 1 if entry.state is S.ACCEPTED else delivered <= 1
    unclear = [office.entry(message.id).state for message in messages].count(S.UNKNOWN)
    if point in ("claim before commit", "claim after commit", "start before commit"):
        assert unclear == 0, "nothing was unclear at this point"
    assert problems(office) == []
    office.store.close()
    _check_file(sqlite_url)
    assert list((tmp_path / "journal").glob("*")) == []
