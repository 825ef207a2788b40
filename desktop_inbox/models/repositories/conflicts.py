"""INSERT that gives way: both databases know it, with a class each in SQLAlchemy."""

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

Giving = sqlite.Insert | postgresql.Insert


def insert_into(connection: Connection, table: Table) -> Giving:
    """Return the database's own INSERT, which knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def inserts(table: Table) -> dict[str, Giving]:
    """Return the INSERT of each database by dialect, for statements that are prepared once."""
    return {"sqlite": sqlite.insert(table), "postgresql": postgresql.insert(table)}


def or_nothing(statement: Giving, *columns: str, where: str | None = None) -> Giving:
    """Do nothing when a row with these unique ``columns`` is there; ``where`` names a partial index.

    On PostgreSQL this waits for another transaction that inserts the same, so the row can be read after.
    ``rowcount`` of the result says whether a row was added.
    """
    condition = None if where is None else text(where)
    giving = statement.on_conflict_do_nothing(index_elements=list(columns), index_where=condition)
    return giving.execution_options(preserve_rowcount=True)
