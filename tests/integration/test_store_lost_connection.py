"""A team's server that goes away: nothing is lost and nothing is done twice."""

import threading
import time

import psycopg
import pytest
from psycopg import sql

from desktop_inbox.errors import StoreError
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from tests.support.cutting_proxy import CuttingProxy
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.postgres

_END = sql.SQL(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'desktop-inbox' AND pid <> pg_backend_pid()"
)


def numbered(number: int) -> "type[object] | object":
    def add(work: Work) -> None:
        work.settings.set("last", number)
        work.connection.exec_driver_sql("INSERT INTO inbound_events VALUES (1, %s, 0)", (str(number),))

    return add


def add_channel(work: Work) -> None:
    work.channels.add(kind="simulator", name="Test", address="", settings={})


def stored(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT provider_update_id FROM inbound_events").fetchall()
    return sorted(int(row[0]) for row in rows)


class Load:
    """Writes numbers, one per transaction, until it is stopped; remembers which were acknowledged."""

    def __init__(self, store: Store) -> None:
        self.acknowledged: list[int] = []
        self.longest = 0.0
        self.failures: list[BaseException] = []
        self._store = store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, more: int) -> None:
        goal = len(self.acknowledged) + more
        end = time.monotonic() + 30
        while len(self.acknowledged) < goal and not self.failures and time.monotonic() < end:
            time.sleep(0.002)

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._store.run_sync(numbered(number))  # type: ignore[arg-type]
            except BaseException as error:
                self.failures.append(error)
                return
            self.longest = max(self.longest, time.monotonic() - began)
            self.acknowledged.append(number)
            number += 1


@pytest.mark.row("P19")
def test_backends_that_are_ended_under_load(postgres_server: PostgresServer, postgres_url: str) -> None:
    store = Store.open(postgres_url)
    store.run_sync(add_channel)
    with Load(store) as load:
        for _ in range(20):
            load.wait_for(5)
            postgres_server.execute(_END)
        load.wait_for(5)
    store.close()
    assert load.failures == []
    assert stored(postgres_url) == load.acknowledged
    assert load.longest < 5
    print(f"20 ended backends: {len(load.acknowledged)} commits, 0 lost, 0 doubled, longest {load.longest:.2f} s")


@pytest.mark.row("P19")
def test_a_server_that_restarts_under_load(postgres_server: PostgresServer, postgres_url: str) -> None:
    store = Store.open(postgres_url)
    store.run_sync(add_channel)
    with Load(store) as load:
        for _ in range(3):
            load.wait_for(5)
            postgres_server.restart()
        load.wait_for(5)
    store.close()
    assert load.failures == []
    assert stored(postgres_url) == load.acknowledged
    print(f"3 immediate restarts: {len(load.acknowledged)} commits, 0 lost, 0 doubled, longest {load.longest:.2f} s")


@pytest.mark.row("P19")
@pytest.mark.parametrize("answered", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("announced", [True, False], ids=["with change log", "without"])
def test_an_answer_to_a_commit_that_is_lost(postgres_url: str, answered: bool, announced: bool) -> None:
    with CuttingProxy(postgres_url) as proxy:
        store = Store.open(proxy.url)
        store.run_sync(add_channel)
        for number in range(5):
            proxy.cut(b"COMMIT", answered=answered)
            if announced:
                store.run_sync(add_channel)
            else:
                store.run_sync(numbered(number))  # type: ignore[arg-type]
        names = store.read_sync(lambda work: [channel.name for channel in work.channels.all()])
        assert proxy.cuts == 5
        store.close()
    assert len(names) == (6 if announced else 1)
    assert stored(postgres_url) == ([] if announced else [0, 1, 2, 3, 4])


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    with pytest.raises(StoreError) as refused:
        Store.open("postgresql://nobody:word@127.0.0.1:1/nothing")
    assert refused.value.code == "store_unreachable"
    assert "word" not in f"{refused.value}{refused.value.hint}"
