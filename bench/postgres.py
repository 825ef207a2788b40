"""The same searches and lists on a PostgreSQL server of the benchmark's own, with fsync, on a small office."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psycopg

from bench.measure import Figure, Work, absent, p95, seconds
from bench.office import SMALL, Size, office
from bench.search import kinds
from desktop_inbox.clock import now
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.schema import metadata
from desktop_inbox.models.store import Store
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.search import SearchService
from tests.support.postgres import PostgresMissingError, running_server

_STEP = 20_000


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Latencies only: the limit of a server is the server."""
    source = office(offices["tiny"].parent.parent, SMALL)
    try:
        with running_server(fsync=True) as server, closing(sqlite3.connect(source)) as raw:
            url = server.create_database("bench")
            store = Store.open(url)
            _copy(raw, url)
            store.run_sync(lambda work: work.search.rebuild())
            while store.run_sync(lambda work: work.search.rebuild_step(_STEP)):
                pass
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            with asyncio.Runner() as runner:
                yield from _measure(store, runner, raw)
            store.close()
    except PostgresMissingError as missing:
        yield absent("PostgreSQL", str(missing))


def _measure(store: Store, runner: asyncio.Runner, raw: sqlite3.Connection) -> Iterator[Figure]:
    search, inbox = SearchService(store), InboxService(store, now, UserId(1))

    def asked(query: str) -> Work:
        return lambda: runner.run(search.search(query))

    for kind, queries in kinds(raw).items():
        yield _latency(f"PostgreSQL: search, {kind}", [asked(query) for query, _ in queries], at_most=150)
    yield _latency("PostgreSQL: list, first page", [lambda: runner.run(inbox.page(View.ALL))] * 30, at_most=60)
    yield _latency("PostgreSQL: counts of all views", [lambda: runner.run(inbox.counts())] * 30, at_most=60)
    opened = [lambda: runner.run(inbox.timeline(ConversationId(1)))] * 30
    yield _latency("PostgreSQL: longest conversation, newest page", opened, at_most=60)


def _latency(what: str, calls: list[Work], *, at_most: float) -> Figure:
    seconds(calls[0])
    values = [seconds(call) * 1000 for call in calls]
    target = f"p95 <= {at_most:g} ms"
    return Figure(what=f"{what} (small)", unit="ms", product=p95(values), target=target, met=p95(values) <= at_most)


def _copy(raw: sqlite3.Connection, url: str) -> None:
    """Bring every row over, with its id; then let new ids come after them."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in metadata.sorted_tables:
            columns = [column.name for column in table.columns]
            flags = {place for place, column in enumerate(table.columns) if str(column.type) == "BOOLEAN"}
            cursor.execute(f"TRUNCATE {table.name} CASCADE")  # type: ignore[arg-type]
            with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in raw.execute(f"SELECT {', '.join(columns)} FROM {table.name}"):
                    copy.write_row([bool(value) if place in flags else value for place, value in enumerate(row)])
            if "id" in columns and table.columns["id"].autoincrement is True:
                highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name})"
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                cursor.execute(f"SELECT setval({sequence}, {highest}, false)")  # type: ignore[arg-type]
