"""Databases for store tests, on SQLite and PostgreSQL alike.

``store`` is open on a fresh, migrated database; a test that takes it runs once per database. The migrated
database is made once per session and copied, which takes milliseconds.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_inbox.config import sqlite_url as address_of_file
from desktop_inbox.models.store import Store
from tests.support.clock import HeldClock
from tests.support.postgres import PostgresServer

DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))

_numbers = itertools.count(1)


@pytest.fixture
def clock() -> HeldClock:
    """The clock of this test; it stands at noon of a Monday."""
    return HeldClock()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "inbox.db"
    Store.open(address_of_file(path)).close()
    return path


@pytest.fixture(scope="session")
def _migrated_database(postgres_server: PostgresServer) -> str:
    Store.open(postgres_server.create_database("migrated")).close()
    return "migrated"


@pytest.fixture
def sqlite_empty_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return address_of_file(tmp_path / "empty" / "inbox.db")


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_file: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    return address_of_file(Path(shutil.copy(_migrated_file, tmp_path / "inbox.db")))


@pytest.fixture
def postgres_empty_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = f"empty_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, _migrated_database: str) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    name = f"inbox_{next(_numbers)}"
    yield postgres_server.create_database(name, template=_migrated_database)
    postgres_server.drop_database(name)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: the test runs once per kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any table: the test runs once per kind."""
    return str(request.getfixturevalue(f"{request.param}_empty_url"))


@pytest.fixture
def open_store(database_url: str, clock: HeldClock) -> Iterator[Callable[..., Store]]:
    """Open a store on this test's database, as often as there are computers; all are closed at the end."""
    opened: list[Store] = []

    def open_one(**options: object) -> Store:
        opened.append(Store.open(database_url, **{"clock": clock, **options}))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    """An open store on a fresh database: the test runs once per kind of database."""
    return open_store()
