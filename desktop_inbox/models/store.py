"""Store: opens the database and runs transactions.

Reads run on a small pool of threads, writes one by one on a single writer thread; each thread has a
connection of its own. The functions handed to :meth:`Store.read` and :meth:`Store.run` get a ``Work`` and
must not keep it. After a commit the events that the work announced are published on the event loop.

SQLite: WAL, ``synchronous=FULL``, writers ``BEGIN IMMEDIATE`` (a deferred transaction that turns into a
writer fails at once, whatever the busy timeout). PostgreSQL: writers READ COMMITTED, readers one snapshot, server
time-outs set. A lost connection is made again; whether a commit that was under way took place is asked of the
server, so that nothing is lost and nothing happens twice.
"""

import asyncio
import logging
import random
import sqlite3
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from desktop_inbox.clock import Clock, now
from desktop_inbox.errors import StoreError
from desktop_inbox.events import Event

from . import database, outcome
from .stop_switch import StoppedError, StopSwitch
from .watch import ChangeWatch
from .work import Work

T = TypeVar("T")
Publish = Callable[[Event], None]

_log = logging.getLogger(__name__)
_READERS = 2
_PATIENCE = 10.0  # seconds that a transaction is repeated when the database asks for it or was lost
_LONGEST_PAUSE = 0.5  # seconds between two tries
_COLLISIONS = 2  # tries more where somebody else was faster; after them it is the program's own fault

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
        self._closed = False

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

    def watch(self) -> ChangeWatch:
        """Return what tells whether other processes write; it has a connection of its own."""
        return ChangeWatch(self._engines)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Publish events on ``loop`` from now on, in the order of the commits."""
        self._loop = loop

    async def read(self, work: Callable[[Work], T]) -> T:
        """Run ``work`` in a read transaction (one snapshot) and return its result."""
        return await asyncio.wrap_future(self._submit(self._readers, self._engines.reader, work))

    async def read_stoppable(self, work: Callable[[Work], T]) -> T:
        """Like ``read``; who stops waiting also stops the query that runs, so that the next one need not wait."""
        stop = StopSwitch()
        future = self._submit(self._readers, self._engines.reader, lambda opened: stop.guard(opened, work))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancelled():
                await asyncio.shield(asyncio.to_thread(stop.press))
            raise

    async def run(self, work: Callable[[Work], T]) -> T:
        """Run ``work`` in a write transaction: commit when it returns, roll back when it raises.

        ``work`` may be called again when the database asks for it (deadlock, lost connection), so it must
        have no effect outside the transaction. Who stops waiting does not stop the write: a draft that was
        handed over is saved although the window closes.
        """
        future = self._submit(self._writer, self._engines.writer, work)
        try:
            return await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            future.add_done_callback(_log_failure)
            raise

    def read_sync(self, work: Callable[[Work], T]) -> T:
        """Like ``read`` for worker threads and the command line; waits."""
        return self._wait(self._submit(self._readers, self._engines.reader, work))

    def run_sync(self, work: Callable[[Work], T]) -> T:
        """Like ``run`` for worker threads and the command line; waits."""
        return self._wait(self._submit(self._writer, self._engines.writer, work))

    def read_apart(self, work: Callable[[Work], T]) -> T:
        """Run a long read (export, check) on this thread with a connection of its own; call it on a worker."""
        self._guard()
        try:
            with self._engines.reader.connect() as connection, connection.begin():
                return work(Work(connection, clock=self._clock, instance=self.instance))
        except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
            database.raise_translated(error)

    def on_driver(self, work: Callable[[Any], T]) -> T:
        """Run ``work(driver's connection)`` outside any transaction on this thread, with a connection of its
        own: checkpoint, copy, check. Call it on a worker thread. Raises StoreError."""
        self._guard()
        try:
            return database.on_driver(self._engines.writer, work)
        except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
            database.raise_translated(error)

    def close(self) -> None:
        """Finish what is running or waits to be written, then let go of all connections. Blocks."""
        if self._closed:
            return
        self._closed = True
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
        with self._connections_lock:
            for connection in self._connections:
                _drop(connection)
            self._connections.clear()
        database.settle(self._engines)
        self._engines.dispose()

    def _guard(self) -> None:
        if blocking_call_guard is not None:
            blocking_call_guard()

    def _wait(self, future: "Future[T]") -> T:
        self._guard()
        return future.result()

    def _submit(self, threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Work], T]) -> "Future[T]":
        try:
            return threads.submit(self._transact, engine, work)
        except RuntimeError as error:
            raise StoreError("store_closed", "The database is closed.", hint="Start the program again.") from error

    def _connection(self, engine: Engine) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            return connection
        connection = engine.connect()
        self._local.connection = connection
        with self._connections_lock:
            self._connections.append(connection)
        return connection

    def _forget_connection(self) -> None:
        """Let the next transaction of this thread begin on a new connection."""
        connection: Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with self._connections_lock:
                self._connections.remove(connection)
            _drop(connection)

    def _transact(self, engine: Engine, function: Callable[[Work], T]) -> T:
        until = time.monotonic() + _PATIENCE
        pause, collisions = 0.02, 0
        while True:
            try:
                return self._transact_once(engine, function)
            except DBAPIError as error:
                lost = database.is_lost(error)
                if lost:
                    self._forget_connection()
                collided = database.is_collision(error) and collisions < _COLLISIONS
                collisions += collided
                again = lost or collided or database.is_repeatable(error)
                if not again or time.monotonic() + pause > until:
                    if database.translate(error) is error and self._is_damaged(error):
                        raise database.damaged() from error
                    database.raise_translated(error)
            except StoppedError:
                if self._engines.path is None:
                    self._forget_connection()  # the server may take the word for the next query's
                raise
            except UnicodeEncodeError as error:
                raise database.unstorable() from error
            except (ValueError, TypeError, ArithmeticError, LookupError) as error:
                if isinstance(error, OverflowError) and "too large to convert to SQLite" in str(error):
                    raise database.too_large() from error
                if self._is_damaged(error):
                    raise database.damaged() from error
                raise
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - only spreads retries
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _is_damaged(self, error: Exception) -> bool:
        """Return whether what nobody expected comes from a damaged file and not from the program."""
        if self._engines.path is None:
            return False
        if isinstance(error, UnicodeDecodeError | OverflowError) or _read_unknown_word(error):  # we never wrote it
            return True
        try:
            return database.is_damaged(self._engines.reader)
        except (DBAPIError, sqlite3.Error, UnicodeDecodeError):
            return True

    def _transact_once(self, engine: Engine, function: Callable[[Work], T]) -> T:
        connection = self._connection(engine)
        try:
            transaction = connection.begin()
            work = Work(connection, clock=self._clock, instance=self.instance)
            try:
                result = function(work)
                work.flush()
            except BaseException:
                transaction.rollback()
                raise
            mark = outcome.mark(work) if engine is self._engines.writer else None
        except DBAPIError:
            if not connection.invalidated and connection.in_transaction():
                self._forget_connection()  # its rollback failed, so nobody knows what state it is in
            raise
        self._commit(engine, mark)
        self._tell(work.announced)
        return result

    def _commit(self, engine: Engine, mark: outcome.Mark | None) -> None:
        connection = self._connection(engine)
        transaction = connection.get_transaction()
        assert transaction is not None  # noqa: S101 - begun by the caller
        try:
            transaction.commit()
        except DBAPIError as error:
            self._forget_connection()
            if mark is None or not database.is_lost(error):
                raise
            if not outcome.took_place(engine, mark):
                raise  # it did not: the caller repeats the transaction

    def _tell(self, events: Sequence[Event]) -> None:
        loop = self._loop
        for event in events:
            if loop is None:
                self._publish(event)
                continue
            try:
                loop.call_soon_threadsafe(self._publish, event)
            except RuntimeError:  # the loop is closed: nobody is left to hear; the change log has it
                return


def _read_unknown_word(error: Exception) -> bool:
    """Return whether a stored word was read that belongs to no closed list of ours, such as a kind of sender."""
    if not isinstance(error, ValueError) or error.__traceback__ is None:
        return False
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    readers = [name for name in modules if name != "enum"]
    return modules[-1] == "enum" and str(readers[-1]).startswith(f"{__package__}.repositories")


def _drop(connection: Connection) -> None:
    try:
        connection.invalidate()
        connection.close()
    except DBAPIError:
        _log.warning("a connection could not be closed cleanly")


def _log_failure(future: "Future[Any]") -> None:
    error = future.exception()
    if error is not None:
        _log.error("a write that nobody waited for failed: %s", error)
