"""Store: opens the database and runs transactions.

Reads run on a small pool of threads, writes one by one on a single writer thread; each thread has a
connection of its own. The functions handed to :meth:`Store.read` and :meth:`Store.run` get a ``Work`` and
must not keep it. After a commit the events that the work announced are published on the event loop.

SQLite: WAL, ``synchronous=FULL``, writers ``BEGIN IMMEDIATE`` (a deferred transaction that turns into a
writer fails at once, whatever the busy timeout). PostgreSQL: READ COMMITTED, server time-outs set.
"""

import asyncio
import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from desktop_inbox.clock import Clock, now
from desktop_inbox.errors import StoreError
from desktop_inbox.events import Event

from . import database
from .work import Work

T = TypeVar("T")
Publish = Callable[[Event], None]

_log = logging.getLogger(__name__)
_READERS = 2
_TRIES = 5  # of a transaction that the database asked us to repeat

#: Tests hang a check here that fails when the GUI thread waits for the database.
blocking_call_guard: Callable[[], None] | None = None


def _ignore(_event: Event) -> None:
    """Publish to nobody."""


class Store:
    """The office's database: ``run`` writes, ``read`` reads, both are transactions."""

    def __init__(self, engines: database.Engines, *, clock: Clock, publish: Publish, instance: str) -> None:
        self._engines = engines
        self._clock = clock
        self._publish = publish
        self.instance = instance
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._connections_lock = threading.Lock()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock = now,
        publish: Publish = _ignore,
        instance: str | None = None,
        backups_dir: Path | None = None,
    ) -> "Store":
        """Open (and make or migrate) the database at ``url``.

        ``url`` is ``sqlite:///path`` or ``postgresql://...``. Blocks: call it on a worker thread. Raises
        StoreError for a file that is empty, foreign, damaged, locked or written by a newer program;
        nothing is changed then. Before a migration a verified copy goes to ``backups_dir``.
        """
        engines = database.open_engines(url)
        try:
            database.prepare(engines, backups_dir=backups_dir, clock=clock)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines, clock=clock, publish=publish, instance=instance or uuid.uuid4().hex)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engines.dialect

    @property
    def path(self) -> Path | None:
        """The database file, or None on a server."""
        return self._engines.path

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Publish events on ``loop`` from now on, in the order of the commits."""
        self._loop = loop

    async def read(self, work: Callable[[Work], T]) -> T:
        """Run ``work`` in a read transaction (one snapshot on SQLite) and return its result."""
        return await asyncio.wrap_future(self._readers.submit(self._transact, self._engines.reader, work))

    async def run(self, work: Callable[[Work], T]) -> T:
        """Run ``work`` in a write transaction: commit when it returns, roll back when it raises.

        ``work`` may be called again when the database asks for it (deadlock, lost connection before the
        commit), so it must have no effect outside the transaction.
        """
        return await asyncio.wrap_future(self._writer.submit(self._transact, self._engines.writer, work))

    def read_sync(self, work: Callable[[Work], T]) -> T:
        """Like ``read`` for worker threads and the command line; waits."""
        return self._wait(self._readers.submit(self._transact, self._engines.reader, work))

    def run_sync(self, work: Callable[[Work], T]) -> T:
        """Like ``run`` for worker threads and the command line; waits."""
        return self._wait(self._writer.submit(self._transact, self._engines.writer, work))

    def maintain(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Run ``work`` on the writer's connection outside a transaction (checkpoint, backup, vacuum)."""

        def on_writer() -> T:
            connection = self._connection(self._engines.writer)
            with connection.execution_options(isolation_level="AUTOCOMMIT"):
                return work(connection)

        return self._writer.submit(on_writer)

    def close(self) -> None:
        """Finish what is running, then let go of all connections. Blocks."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        with self._connections_lock:
            for connection in self._connections:
                try:
                    connection.close()
                except DBAPIError:
                    _log.warning("a connection could not be closed cleanly")
            self._connections.clear()
        self._engines.dispose()

    def _wait(self, future: "Future[T]") -> T:
        if blocking_call_guard is not None:
            blocking_call_guard()
        return future.result()

    def _connection(self, engine: Engine) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed and not connection.invalidated:
            return connection
        if connection is not None:
            connection.close()
        connection = engine.connect()
        self._local.connection = connection
        with self._connections_lock:
            self._connections = [known for known in self._connections if not known.closed]
            self._connections.append(connection)
        return connection

    def _transact(self, engine: Engine, function: Callable[[Work], T]) -> T:
        for attempt in range(_TRIES):
            try:
                return self._transact_once(engine, function)
            except OperationalError as error:
                if attempt + 1 == _TRIES or not database.is_repeatable(error):
                    raise database.translate(error) from error
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - only spreads retries
            except DBAPIError as error:
                raise database.translate(error) from error
        raise StoreError("store_busy", "The database is busy.", hint="Try again in a moment.")

    def _transact_once(self, engine: Engine, function: Callable[[Work], T]) -> T:
        connection = self._connection(engine)
        transaction = connection.begin()
        work = Work(connection, clock=self._clock, instance=self.instance)
        try:
            result = function(work)
            work.flush()
        except BaseException:
            if transaction.is_active:
                transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            if connection.invalidated or error.connection_invalidated:
                raise StoreError(
                    "commit_unknown",
                    "The connection to the database was lost while saving.",
                    hint="Check whether the last change is there before you repeat it.",
                ) from error
            raise
        self._tell(work.announced)
        return result

    def _tell(self, events: Sequence[Event]) -> None:
        loop = self._loop
        for event in events:
            if loop is None:
                self._publish(event)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(self._publish, event)
