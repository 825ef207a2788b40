"""The guards themselves: a guard that never bites proves nothing."""

import os
import socket
import sqlite3
import threading

import psycopg
import pytest

from desktop_inbox.models.store import Store
from tests.support import guards
from tests.support.postgres import PostgresServer


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 443)])
def test_other_computers_are_refused(address: tuple[str, int]) -> None:
    with socket.socket() as client, pytest.raises(guards.GuardError):
        client.connect(address)
    assert len(guards.take_offences()) == 1


def test_names_are_not_looked_up() -> None:
    with pytest.raises(guards.GuardError):
        socket.getaddrinfo("example.org", 443)
    assert guards.take_offences()


def test_this_computer_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_gui_thread_opens_no_database(gui_guard: None) -> None:
    with pytest.raises(guards.GuardError, match="GUI thread"):
        sqlite3.connect(":memory:")
    assert guards.take_offences()


def test_gui_thread_opens_no_socket(gui_guard: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(guards.GuardError):
        socket.create_connection(server.getsockname())
    assert guards.take_offences()


def test_gui_thread_does_not_wait_for_the_store(store: Store, gui_guard: None) -> None:
    with pytest.raises(guards.GuardError, match="GUI thread"):
        store.read_sync(lambda work: None)
    assert guards.take_offences()


def test_other_threads_may_wait(gui_guard: None) -> None:
    opened: list[sqlite3.Connection] = []
    worker = threading.Thread(target=lambda: opened.append(sqlite3.connect(":memory:", check_same_thread=False)))
    worker.start()
    worker.join()
    opened[0].close()


def test_home_is_not_the_home_of_whoever_runs_the_tests() -> None:
    assert "desktop-inbox-home-" in os.environ["HOME"]


@pytest.mark.postgres
def test_a_fresh_database_answers(postgres_server: PostgresServer, postgres_empty_url: str) -> None:
    with psycopg.connect(postgres_empty_url) as connection:
        assert connection.execute("SELECT lower('ÄÖÜ'), current_setting('fsync')").fetchone() == ("äöü", "off")


@pytest.mark.postgres
def test_restart_keeps_what_was_committed(postgres_server: PostgresServer, postgres_empty_url: str) -> None:
    with psycopg.connect(postgres_empty_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (n int)")
        connection.execute("INSERT INTO t VALUES (1)")
    postgres_server.restart()
    with psycopg.connect(postgres_empty_url) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (1,)
