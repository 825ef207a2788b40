"""Prepared: a statement that is run again and again.

Core looks a statement up and fills it in anew each time, which takes longer than SQLite needs to run it: four fifths of
what a message costs. So on SQLite it is compiled once and handed to the driver; a server's time is the network's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update, literal_column
from sqlalchemy.engine import Dialect

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A statement for the driver, and how a row becomes its values."""

    sql: str
    constants: Mapping[str, Any]  # what the statement itself gives
    places: Callable[[Row], tuple[Any, ...]]
    makers: tuple[tuple[int, Callable[[Any], Any]], ...]  # of the places whose values the driver does not take

    def values(self, row: Row) -> tuple[Any, ...]:
        """The values of a row, in the order of the statement."""
        found = list(self.places({**self.constants, **row} if self.constants else row))
        for place, make in self.makers:
            found[place] = make(found[place])
        return tuple(found)


class Prepared:
    """An INSERT or UPDATE of one row, for one row or many; each run names the same values."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run it for each row; returns how many rows were changed."""
        if not rows:
            return 0
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, list(rows)).rowcount
        plan = self._plan(connection.dialect, rows[0])
        if len(rows) == 1:
            return connection.exec_driver_sql(plan.sql, plan.values(rows[0])).rowcount
        return connection.exec_driver_sql(plan.sql, [plan.values(row) for row in rows]).rowcount

    def add(self, connection: Connection, rows: Sequence[Row]) -> list[int]:
        """Run an INSERT for each row on SQLite; returns the ids that were given."""
        plan = self._plan(connection.dialect, rows[0])
        return [connection.exec_driver_sql(plan.sql, plan.values(row)).lastrowid for row in rows]

    def _plan(self, dialect: Dialect, row: Row) -> _Plan:
        names = tuple(row)
        if names not in self._plans:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(names))
            order: list[str] = compiled.positiontup
            given = compiled.construct_params(dict(row))
            kinds = [compiled.binds[name].type.dialect_impl(dialect) for name in order]
            makers = [(place, kind.bind_processor(dialect)) for place, kind in enumerate(kinds)]
            self._plans[names] = _Plan(
                sql=compiled.string,
                constants={name: given[name] for name in order if name not in row},
                places=itemgetter(*order) if len(order) > 1 else lambda only: (only[order[0]],),
                makers=tuple((place, make) for place, make in makers if make is not None),
            )
        return self._plans[names]


class Probe:
    """Whether a SELECT by ids finds anything: what runs with every message asks about one id and finds nothing.

    ``name`` is the expanding parameter with the ids, the only one of the statement.
    """

    def __init__(self, statement: Select[Any], name: str = "ids") -> None:
        self._statement = statement
        self._name = name
        self._plan: tuple[str, list[str], Mapping[str, Any]] | None = None

    def may_find(self, connection: Connection, ids: Sequence[int]) -> bool:
        """False when there is certainly nothing; True where only the statement itself can tell."""
        if connection.dialect.name != "sqlite" or len(ids) != 1:
            return bool(ids)
        if self._plan is None:
            any_row: Select[Any] = self._statement.with_only_columns(literal_column("1"), maintain_column_froms=True)
            compiled: Any = any_row.order_by(None).limit(1).compile(dialect=connection.dialect)
            one = compiled.construct_expanded_state({self._name: [0]})
            self._plan = (one.statement, one.positiontup, one.parameters)
        sql, order, given = self._plan
        mine = f"{self._name}_1"
        values = tuple(ids[0] if name == mine else given[name] for name in order)
        return connection.exec_driver_sql(sql, values).first() is not None
