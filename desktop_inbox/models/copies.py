"""Copies of the whole database: verified files, whatever the office runs on.

A copy is always a SQLite file of our own schema: the program opens it, and it can be put back in the place of a
file or into an empty PostgreSQL database. It holds everything but secrets (in the keyring) and the bytes of
attachments (in their folder).
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from desktop_inbox.clock import now
from desktop_inbox.errors import StoreError

from . import database, schema
from .entities.ids import MAX_ENTRY_ID
from .faults import raise_translated, sqlite_fault
from .migrations import HEAD
from .search import STALE
from .store import Store
from .work import Work

_BATCH = 2000  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What was found in a copy when it was opened again and checked."""

    size: int  # bytes
    messages: int
    contacts: int


def make(store: Store, target: Path) -> CopyFacts:
    """Write a copy of the database to ``target``, which must not exist, and check it. Blocks; the office goes
    on meanwhile. Nothing is left behind on failure. Raises StoreError."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        _make_private(part)
        if store.dialect == "sqlite":
            store.on_driver(lambda driver: driver.execute("VACUUM INTO ?", (str(part),)))
        else:
            store.read_apart(lambda work: _to_file(work, part))
        facts = check(part)
        _sync(part)
        if target.exists():
            raise StoreError("backup_exists", f"{target.name} exists already.", hint="Choose another name.")
        part.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        for left in (part, part.with_name(part.name + "-journal"), part.with_name(part.name + "-wal")):
            left.unlink(missing_ok=True)
    return facts


def check(path: Path) -> CopyFacts:
    """Read a whole copy and say what it holds. Raises StoreError when it is damaged, foreign, newer or empty."""
    database.refuse_strange_file(path)
    try:
        # Without a log beside it the file is all there is: then it is read without making anything either.
        alone = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True)
    except sqlite3.Error as error:
        raise_translated(error)
    try:
        problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if problem != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise StoreError("backup_damaged", f"{path.name} is damaged.", hint="Use another backup.")
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if version is None or version[0] > HEAD:
            raise StoreError(
                "store_newer",
                f"{path.name} was written by a newer version of this program.",
                hint="Install the newest version; nothing was changed.",
            )
        return CopyFacts(
            size=path.stat().st_size,
            messages=connection.execute("SELECT count(*) FROM messages").fetchone()[0],
            contacts=connection.execute("SELECT count(*) FROM contacts").fetchone()[0],
        )
    except sqlite3.Error as error:
        fault = sqlite_fault(error)
        if fault is None or fault.code == "store_corrupt":
            fault = StoreError("backup_damaged", f"{path.name} is damaged.", hint="Use another backup.")
        raise fault from error
    finally:
        connection.close()


def put_back(source: Path, url: str) -> Path | None:
    """Put a checked copy in the place of the database at ``url``, which no program may have open.

    A file that was there is kept beside it; its new path is returned. A PostgreSQL database must be empty.
    Raises StoreError; what was there stays then.
    """
    check(source)
    engines = database.engines_for(url)
    try:
        if engines.path is None:
            _into_server(source, engines)
            return None
        return _into_file(source, engines.path)
    finally:
        engines.dispose()


def _into_file(source: Path, path: Path) -> Path | None:
    kept: Path | None = None
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        _make_private(part)
        _copy_bytes(source, part)
        check(part)
        _sync(part)
        if path.exists():
            kept = _free_name(path)
            for suffix in ("-wal", "-shm", ""):
                beside = path.with_name(path.name + suffix)
                if beside.exists():
                    beside.rename(kept.with_name(kept.name + suffix))
        part.rename(path)
        _sync(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        if kept is not None and not path.exists():
            kept.rename(path)
        raise _unwritable(path, error) from error
    return kept


def _into_server(source: Path, engines: database.Engines) -> None:
    copy = database.engines_for(f"sqlite:///{source.as_posix()}")
    try:
        if database.schema_version(engines.writer) is None:
            database.prepare(engines, backups_dir=None, clock=now)
        with copy.reader.connect() as old, old.begin(), engines.writer.connect() as new, new.begin():
            for table in schema.metadata.sorted_tables:
                if new.execute(select(table).limit(1)).first() is not None:
                    raise StoreError(
                        "restore_not_empty",
                        "The database on the server already holds an office.",
                        hint="Restore into a new, empty database.",
                    )
            _copy_rows(old, new)
            _continue_numbers(new)
    except DBAPIError as error:
        raise_translated(error)
    finally:
        copy.dispose()


def _to_file(work: Work, part: Path) -> None:
    """Write all rows of a server, as of one moment, into a fresh file."""
    part.unlink()
    engines = database.engines_for(f"sqlite:///{part.as_posix()}")
    try:
        database.prepare(engines, backups_dir=None, clock=work.clock)
        with engines.writer.connect() as new, new.begin():
            _copy_rows(work.connection, new)
        database.settle(engines)
    finally:
        engines.dispose()


def _copy_rows(old: Connection, new: Connection) -> None:
    known = set(inspect(old).get_table_names())
    for table in schema.metadata.sorted_tables:
        if table.name in known:
            for rows in _batches(old, table):
                new.execute(insert(table), rows)
    # Full text is made anew, in steps, when the program opens it next.
    new.execute(_forget_stale())
    new.execute(insert(schema.settings).values(user_id=0, key=STALE, value=f"[0, {MAX_ENTRY_ID}]"))
    _index_contacts(new)


def _forget_stale() -> Any:
    return schema.settings.delete().where(schema.settings.c.user_id == 0, schema.settings.c.key == STALE)


def _index_contacts(new: Connection) -> None:
    if new.dialect.name == "sqlite":
        new.exec_driver_sql("INSERT INTO contact_search (contact_search) VALUES ('rebuild')")


def _batches(old: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    stored = [column for column in table.columns if column.computed is None]  # the others each database works out
    query = select(*stored).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
    for rows in old.execute(query).partitions():
        yield [dict(row._mapping) for row in rows]


def _continue_numbers(new: Connection) -> None:
    """Let the server count on behind the ids that were put in."""
    for table in schema.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or not column.autoincrement:
            continue
        highest = new.execute(select(func.max(column))).scalar()
        if highest is not None:
            name = f"{table.name}_{column.name}_seq"
            new.execute(text("SELECT setval(to_regclass(:name), :highest)"), {"name": name, "highest": highest})


def _make_private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _copy_bytes(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("r+b") as new:
        while chunk := old.read(1 << 20):
            new.write(chunk)


def _sync(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return  # Windows cannot open folders; its file system orders renames itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free_name(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.stem}-replaced-{number}{path.suffix}")).exists():
        number += 1
    return candidate


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        "backup_unwritable",
        f"{path.name} cannot be written: {error.strerror or 'the disk reported an error'}.",
        hint="Choose another folder, or free some space.",
    )
