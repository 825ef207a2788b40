"""Prepared: a statement that is run again and again.

Core looks a statement up and fills it in anew each time, which takes longer than SQLite needs to run it: four fifths of
what a message costs. So on SQLite it is compiled once and handed to the driver; a server's time is the network's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Update
from sqlalchemy.engine import Dialect

Row = Mapping[str, Any]
_Place = tuple[str, Any, Callable[[Any], Any] | None]  # name, value where none is given, what makes it storable


class Prepared:
    """An INSERT or UPDATE of one row, for one row or many; each run names the same values."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement
        self._plans: dict[tuple[str, ...], tuple[str, tuple[_Place, ...]]] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run it for each row; returns how many rows were changed."""
        if not rows:
            return 0
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, list(rows)).rowcount
        sql, places = self._plan(connection.dialect, rows[0])
        if len(rows) == 1:
            return connection.exec_driver_sql(sql, _fill(places, rows[0])).rowcount
        return connection.exec_driver_sql(sql, [_fill(places, row) for row in rows]).rowcount

    def add(self, connection: Connection, rows: Sequence[Row]) -> list[int]:
        """Run an INSERT for each row on SQLite; returns the ids that were given."""
        sql, places = self._plan(connection.dialect, rows[0])
        return [connection.exec_driver_sql(sql, _fill(places, row)).lastrowid for row in rows]

    def _plan(self, dialect: Dialect, row: Row) -> tuple[str, tuple[_Place, ...]]:
        names = tuple(row)
        if names not in self._plans:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(names))
            given = compiled.construct_params(dict(row))
            places = []
            for name in compiled.positiontup:
                kind = compiled.binds[name].type
                places.append(
                    (name, None if name in row else given[name], kind.dialect_impl(dialect).bind_processor(dialect))
                )
            self._plans[names] = (compiled.string, tuple(places))
        return self._plans[names]


def _fill(places: tuple[_Place, ...], row: Row) -> tuple[Any, ...]:
    return tuple(
        [
            value if make is None else make(value)
            for value, make in [(row.get(name, default), make) for name, default, make in places]
        ]
    )
