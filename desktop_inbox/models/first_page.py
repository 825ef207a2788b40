"""The first page of the list, read by the driver alone: what a person sees while the program is still starting.

The store needs half a second of imports; the rows that were on the screen yesterday need none of them. The
statement is the repository's own, written down by ``python -m desktop_inbox.models.repositories.first_page``, and
a test compares both. Nothing is ever written here, and whatever is wrong with the database is told by the store
later: here it only means that there is nothing to show yet.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from desktop_inbox.clock import from_millis

from .entities.conversation import ConversationSummary
from .entities.page import Page
from .first_page_sql import FIRST_PAGE
from .migrations import HEAD

_PATIENCE = 0.1  # seconds; a database that is busy for longer is shown by the store
_USER = "SELECT id FROM users WHERE active ORDER BY id LIMIT 1"
#: Whatever a damaged, foreign or newer file can make of this.
_TROUBLE = (sqlite3.Error, sqlite3.Warning, OSError, ValueError, TypeError, LookupError, ArithmeticError)
#: Fields whose columns have another name.
_COLUMNS = {"address": "path", "channel_id": "last_channel_id"}

_Read = Callable[[Any], Any]


def read_first_page(path: Path, *, limit: int = 60) -> Page[ConversationSummary] | None:
    """Return the first ``limit`` rows of the inbox, names as they are stored; None when there are none to show.

    Blocks for some milliseconds: call it on a worker thread. Raises nothing.
    """
    try:
        if not path.exists():
            return None
        with closing(_connect(path)) as connection:
            return _read(connection, limit)
    except _TROUBLE:
        return None


def _connect(path: Path) -> sqlite3.Connection:
    if path.with_name(f"{path.name}-journal").exists():
        raise FileExistsError("a transaction of another kind of journal was interrupted")
    # Without a log beside it nobody has the file open; reading it as it lies then leaves no log behind.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    # As an address, in which the characters of a path mean nothing else.
    address = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)


def _read(connection: sqlite3.Connection, limit: int) -> Page[ConversationSummary] | None:
    connection.execute("PRAGMA query_only=1")
    connection.execute("BEGIN")  # one snapshot
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    user = connection.execute(_USER).fetchone()
    if version != (HEAD,) or user is None:
        return None
    cursor = connection.execute(FIRST_PAGE, {"user_id": user[0], "limit": limit + 1})
    names = [column[0] for column in cursor.description]
    rows = [_summary(dict(zip(names, row, strict=True))) for row in cursor]
    return Page(items=tuple(rows[:limit]), has_more=len(rows) > limit) if rows else None


def _reader(kind: Any) -> _Read:
    """Return what makes a field of this type of what the database holds."""
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    optional = len(kinds) < len(get_args(kind))
    (one,) = kinds
    convert: _Read = from_millis if one is datetime else one if _has_values(one) else lambda value: value
    if one is str and not optional:
        return lambda value: value or ""
    return lambda value: None if value is None else convert(value)


def _has_values(kind: Any) -> bool:
    return kind is bool or (isinstance(kind, type) and issubclass(kind, Enum))


_READERS = {
    field.name: (_COLUMNS.get(field.name, field.name), _reader(field.type)) for field in fields(ConversationSummary)
}


def _summary(row: Mapping[str, Any]) -> ConversationSummary:
    values = {name: read(row[column]) for name, (column, read) in _READERS.items() if column in row}
    values["name"] = f"{row['first_name']} {row['last_name']}".strip() or row["path"] or ""
    return ConversationSummary(**values)
