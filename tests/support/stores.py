"""Databases for store tests, on SQLite and PostgreSQL alike."""

import itertools
from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer

_numbers = itertools.count(1)


@pytest.fixture
def postgres_empty_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty PostgreSQL database: its address."""
    name = f"empty_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)
