"""INSERT that gives way: both databases know it, with a class each in SQLAlchemy.

Only the dialect in use is imported: that of PostgreSQL takes a tenth of a second of every start.
"""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Giving = sqlite.Insert | postgresql.Insert


def _insert(dialect: str, table: Table) -> "Giving":
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)


def insert_into(connection: Connection, table: Table) -> "Giving":
    """Return the database's own INSERT, which knows ON CONFLICT."""
    return _insert(connection.dialect.name, table)


@cache
def insert_once(dialect: str, table: Table, *columns: str, where: str | None = None) -> "Giving":
    """Return ``or_nothing`` of a whole row, prepared once for a dialect."""
    return or_nothing(_insert(dialect, table), *columns, where=where)


def or_nothing(statement: "Giving", *columns: str, where: str | None = None) -> "Giving":
    """Do nothing when a row with these unique ``columns`` is there; ``where`` names a partial index.

    On PostgreSQL this waits for another transaction that inserts the same, so the row can be read after.
    ``rowcount`` of the result says whether a row was added.
    """
    condition = None if where is None else text(where)
    giving = statement.on_conflict_do_nothing(index_elements=list(columns), index_where=condition)
    return giving.execution_options(preserve_rowcount=True)
