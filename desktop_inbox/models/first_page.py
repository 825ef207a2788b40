"""The first page of the list, read by the driver alone: what a person sees while the program is still starting.

The store needs half a second of imports; the rows that were on the screen yesterday need none of them. The
statement is the repository's own, written down by ``python -m desktop_inbox.models.repositories.first_page``, and
a test compares both. Nothing is ever written here, and whatever is wrong with the database is told by the store
later: here it only means that there is nothing to show yet.

``read_rows`` imports only the driver, as it runs while Qt is being imported; ``to_page`` needs the entities.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .first_page_sql import FIRST_PAGE
from .migrations import HEAD

if TYPE_CHECKING:
    from .entities.conversation import ConversationSummary
    from .entities.page import Page

_PATIENCE = 0.1  # seconds; a database that is busy for longer is shown by the store
_USER = "SELECT id FROM users WHERE active ORDER BY id LIMIT 1"
#: Whatever a damaged, foreign or newer file can make of this.
_TROUBLE = (sqlite3.Error, sqlite3.Warning, OSError, ValueError, TypeError, LookupError, ArithmeticError)

Rows = list[dict[str, Any]]


def read_rows(path: Path, *, limit: int = 60) -> Rows:
    """Return the first ``limit`` rows of the inbox and one more, by column; none when there are none to show.

    Blocks for some milliseconds: call it on a worker thread. Raises nothing.
    """
    try:
        if not path.exists():
            return []
        with closing(_connect(path)) as connection:
            return _read(connection, limit)
    except _TROUBLE:
        return []


def to_page(rows: Rows, *, limit: int = 60) -> "Page[ConversationSummary] | None":
    """Return the page that ``read_rows`` found, names as they are stored; None when there is nothing to show."""
    from .entities.page import Page
    from .first_page_entities import to_summary

    try:
        items = tuple(to_summary(row) for row in rows[:limit])
    except _TROUBLE:
        return None
    return Page(items=items, has_more=len(rows) > limit) if items else None


def _connect(path: Path) -> sqlite3.Connection:
    if path.with_name(f"{path.name}-journal").exists():
        raise FileExistsError("a transaction of another kind of journal was interrupted")
    # Without a log beside it nobody has the file open; reading it as it lies then leaves no log behind.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    # As an address, in which the characters of a path mean nothing else.
    address = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)


def _read(connection: sqlite3.Connection, limit: int) -> Rows:
    connection.execute("PRAGMA query_only=1")
    connection.execute("BEGIN")  # one snapshot
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    user = connection.execute(_USER).fetchone()
    if version != (HEAD,) or user is None:
        return []
    cursor = connection.execute(FIRST_PAGE, {"user_id": user[0], "limit": limit + 1})
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
