"""Engines, their settings, and what may be opened at all."""

import contextlib
import logging
import os
import secrets
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from desktop_inbox.clock import Clock
from desktop_inbox.errors import StoreError

from .faults import damaged, is_collision, is_lost, is_repeatable, raise_translated, too_large, translate, unstorable
from .migrations import HEAD
from .network_share import is_network_share

__all__ = [
    "Engines",
    "damaged",
    "engines_for",
    "is_collision",
    "is_damaged",
    "is_lost",
    "is_repeatable",
    "on_driver",
    "open_engines",
    "prepare",
    "raise_translated",
    "refuse_strange_file",
    "schema_version",
    "settle",
    "too_large",
    "translate",
    "unstorable",
]

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: Marks a SQLite file as ours, so that a foreign one is never written to.
APPLICATION_ID = 0x44496E62
_BUSY_SECONDS = 10.0
_SQLITE_HEADER = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """One engine for the writer, one for readers; on a server they are alike."""

    writer: Engine
    reader: Engine
    path: Path | None

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.writer.dialect.name

    def dispose(self) -> None:
        """Let go of the engines' own connections."""
        self.writer.dispose()
        self.reader.dispose()


def open_engines(url: str) -> Engines:
    """Return engines for ``url``; nothing is opened yet but the header of a SQLite file."""
    engines = engines_for(url)
    if engines.path is not None:
        _refuse_network_share(engines.path)
        refuse_strange_file(engines.path)
    return engines


def engines_for(url: str) -> Engines:
    """Return engines for ``url`` without looking at what is there."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engines(Path(parsed.database or ""))
    if parsed.get_backend_name() == "postgresql":
        writer, reader = _postgresql(url, "READ COMMITTED"), _postgresql(url, "REPEATABLE READ")

        @event.listens_for(reader, "engine_connect")
        def read_only(connection: Connection) -> None:
            connection.execution_options(postgresql_readonly=True)

        return Engines(writer=writer, reader=reader, path=None)
    raise StoreError(
        "store_unknown_kind",
        "This kind of database is not supported.",
        hint="Use a SQLite file or a PostgreSQL server.",
    )


def _sqlite_engines(path: Path) -> Engines:
    return Engines(writer=_sqlite(path, begin="BEGIN IMMEDIATE"), reader=_sqlite(path, begin="BEGIN"), path=path)


def _refuse_network_share(path: Path) -> None:
    # Locks do not work reliably over a network: two computers would damage the file.
    if is_network_share(path):
        raise StoreError(
            "store_network_share",
            "The database file lies on a network drive, where it would be damaged.",
            hint="Choose a folder of this computer, or use a PostgreSQL server for several computers.",
        )


def refuse_strange_file(path: Path) -> None:
    """Raise StoreError unless ``path`` is absent or a SQLite file with content."""
    try:
        with path.open("rb") as file:
            header = file.read(len(_SQLITE_HEADER))
            file.seek(68)
            application_id = int.from_bytes(file.read(4), "big")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            "store_unreadable", "The database file cannot be read.", hint="Check the file's permissions."
        ) from error
    if not header:
        raise StoreError(
            "store_empty",
            "The database file is empty, so its content was lost.",
            hint="Restore the last backup, or move the empty file away to begin anew.",
        )
    if header != _SQLITE_HEADER:
        raise StoreError(
            "store_foreign",
            "The database file is damaged or was not made by this program.",
            hint="Restore the last backup, or choose another file.",
        )
    if application_id != APPLICATION_ID:
        raise StoreError(
            "store_foreign",
            "The database file belongs to another program.",
            hint="Choose another file; this one was not touched.",
        )


def _sqlite(path: Path, *, begin: str) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=NullPool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False, "cached_statements": 512},
        hide_parameters=True,  # an error never shows what somebody wrote
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver must not begin transactions by itself: ours say which kind they want.
        connection.isolation_level = None
        for pragma in (
            "foreign_keys=ON",
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if begin == "BEGIN":
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: str, isolation_level: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        isolation_level=isolation_level,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "desktop-inbox",
            "options": "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=15000"
            " -c idle_in_transaction_session_timeout=60000"
            # A plan that suits every word suits none: a rare one must not be sought through the whole table.
            " -c plan_cache_mode=force_custom_plan",
            "keepalives_idle": 10,
        },
    )


def prepare(engines: Engines, *, backups_dir: Path | None, clock: Clock) -> None:
    """Make or migrate the schema; raise StoreError when the database must not be used."""
    path = engines.path
    try:
        if path is not None and not path.exists():
            _make_file(path, clock)
        if path is not None:
            _check_file(engines.writer, path)
        current = schema_version(engines.writer)
        if current == HEAD:
            return
        if path is not None and current is None:
            raise StoreError(
                "store_empty",
                "The database file holds no office; what it held was in a file beside it that is missing.",
                hint="Restore the last backup, or put the file whose name ends in -wal back beside it.",
            )
        _upgrade(engines, current, backups_dir, clock)
    except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
        raise_translated(error)


def _upgrade(engines: Engines, current: str | None, backups_dir: Path | None, clock: Clock) -> None:
    # Alembic takes a quarter of a second to import: only when there is something to do.
    from .migrations import upgrade

    upgrade.run(engines.writer, current=current, path=engines.path, backups_dir=backups_dir, clock=clock)


def _make_file(path: Path, clock: Clock) -> None:
    """Make a database for the present user only; it gets its name when it is whole, so that a start which was
    interrupted leaves nothing and a file without content is never one of ours."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    engines = _sqlite_engines(part)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        on_driver(engines.writer, lambda driver: driver.execute(f"PRAGMA application_id={APPLICATION_ID}"))
        on_driver(engines.writer, lambda driver: driver.execute("PRAGMA journal_mode=WAL").fetchall())
        _upgrade(engines, None, None, clock)
        settle(engines)
        _name(part, path)
    except OSError as error:
        raise StoreError(
            "store_unreadable",
            "The database file cannot be made.",
            hint="Check the folder and its permissions, and the space on the disk.",
        ) from error
    finally:
        engines.dispose()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                part.with_name(part.name + suffix).unlink()


def _name(part: Path, path: Path) -> None:
    """Give a whole file its name, unless another program that started at once was faster."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            part.rename(path)


def _check_file(engine: Engine, path: Path) -> None:
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)
    on_driver(engine, lambda driver: driver.execute("PRAGMA journal_mode=WAL").fetchall())
    # A torn page shows at once; the whole file is checked weekly and on demand.
    if path.stat().st_size < _QUICK_CHECK_BYTES and is_damaged(engine):
        raise damaged()


def is_damaged(engine: Engine) -> bool:
    """Return whether a quick check of a SQLite file finds anything."""
    try:
        return bool(on_driver(engine, lambda driver: driver.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"))
    except sqlite3.OperationalError as error:
        # The statement is ours and right: it is a table's own words that make no sense any more ("lefgth(text)").
        if error.sqlite_errorname == "SQLITE_ERROR":
            return True
        raise


#: Above this size quick_check would delay the start; `doctor` and the weekly check do it then.
_QUICK_CHECK_BYTES = 20_000_000


def schema_version(engine: Engine) -> str | None:
    """Return the schema's version, or None where there is no schema yet."""
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def on_driver(engine: Engine, work: Callable[[Any], T]) -> T:
    """Run ``work`` with a driver's connection of its own, outside any transaction."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - just opened
        if engine.dialect.name == "postgresql":
            driver.autocommit = True
        else:
            # Copies and checks read each page once: keeping them would only cost memory.
            driver.execute("PRAGMA cache_size=-2000")
        return work(driver)


def settle(engines: Engines) -> None:
    """Move what the write-ahead log holds into the file, so that the file alone is a whole copy."""
    if engines.path is None:
        return
    try:
        on_driver(engines.writer, lambda driver: driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    except (DBAPIError, sqlite3.Error) as error:
        _log.warning("the write-ahead log stays for the next start: %s", type(error).__name__)
