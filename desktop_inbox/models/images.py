"""Images of rows: what they were before and after a change, and how they become so again.

An image is made of JSON types. Of a row that was changed it holds the key and the columns that differ; of one that was
added or removed, the whole. What follows from other columns (the place of a pinned conversation) is left out and put
right when the row is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Date, Table, and_, bindparam, delete, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from desktop_inbox.clock import from_millis, to_millis

from . import schema
from .entities.conversation import PINNED_PLACE
from .repositories.conflicts import insert_into
from .types import UtcDateTime

Plain = dict[str, Any]  # a row of JSON types
Key = tuple[Any, ...]

_AT_ONCE = 500  # values in one statement
_OWNERS = ("conversation_id", "contact_id")
_ORDER = {table.name: place for place, table in enumerate(schema.metadata.sorted_tables)}
_OF_CONTACT = (
    schema.contact_addresses,
    schema.contact_tags,
    schema.contact_list_members,
    schema.contact_field_values,
)
#: Their texts are indexed, sent and proven elsewhere: no change to them is taken back row by row.
_NEVER = frozenset(
    {
        "messages",
        "outbox",
        "attempts",
        "receipts",
        "delivery_ledger",
        "consent_ledger",
        "conversation_events",
        "contact_texts",
        "undo_steps",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row before and after; None where there was none."""

    table: str
    before: Plain | None
    after: Plain | None
    owners: Mapping[str, int]  # conversation_id and contact_id, where the row has them

    def json(self) -> list[Any]:
        """Return what is stored."""
        return [self.table, self.before, self.after, dict(self.owners)]

    @classmethod
    def of(cls, stored: Sequence[Any]) -> "Change":
        """Return what was stored."""
        table, before, after, owners = stored
        return cls(table=table, before=before, after=after, owners=owners)

    @property
    def key(self) -> Key:
        """The values of the primary key."""
        row = self.before or self.after or {}
        return tuple(row[column.name] for column in _table(self.table).primary_key)


@dataclass(slots=True)
class Outcome:
    """What became of restoring rows."""

    restored: list[Change] = field(default_factory=list)
    changed_since: int = 0


def watchable(table: Table | str) -> Table:
    """Return the table; ValueError for one whose rows must not be taken back one by one."""
    found = _table(table) if isinstance(table, str) else table
    if found.name in _NEVER:
        raise ValueError(f"rows of {found.name} cannot be undone")
    return found


def read(connection: Connection, table: Table, wanted: Mapping[str, Sequence[Any]]) -> dict[Key, Plain]:
    """Return the rows whose columns have one of the ``wanted`` values each, by key; they are held on a server."""
    (name, values), *further = ((name, list(values)) for name, values in wanted.items())
    found: dict[Key, Plain] = {}
    for chunk in _chunks(values):
        conditions = [table.c[name].in_(chunk), *(table.c[other].in_(some) for other, some in further)]
        found |= _rows(connection, table, and_(*conditions))
    return found


def read_keys(connection: Connection, table: Table, keys: Iterable[Key]) -> dict[Key, Plain]:
    """Return those rows that exist, by key."""
    columns = list(table.primary_key)
    found: dict[Key, Plain] = {}
    for chunk in _chunks(sorted(keys, key=repr)):
        if len(columns) == 1:
            found |= _rows(connection, table, columns[0].in_([key[0] for key in chunk]))
        elif connection.dialect.name == "sqlite":
            each = (and_(*(column == part for column, part in zip(columns, key, strict=True))) for key in chunk)
            found |= _rows(connection, table, or_(*each))
        else:
            found |= _rows(connection, table, tuple_(*columns).in_(chunk))
    return found


def difference(table: Table, before: Mapping[Key, Plain], after: Mapping[Key, Plain]) -> Iterator[Change]:
    """Yield every row that is not as it was."""
    keys = {column.name for column in table.primary_key}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        whole = old or new or {}
        if old is not None and new is not None:
            names = keys | {name for name in old if old[name] != new[name]}
            old, new = ({name: row[name] for name in names} for row in (old, new))
        yield Change(table=table.name, before=old, after=new, owners=_owners(table, whole))


def outgrown(connection: Connection, changes: Sequence[Change], contact_ids: Sequence[int]) -> set[int]:
    """Return those contacts that got something since ``changes`` added them: addresses, tags, values, comments or
    what somebody is typing. It would go with them."""
    added = {(change.table, change.key): change.after for change in changes}
    found: set[int] = set()
    for table in _OF_CONTACT:
        for key, row in read(connection, table, {"contact_id": contact_ids}).items():
            if not _still(row, added.get((table.name, key))):
                found.add(row["contact_id"])
    for table in (schema.comments, schema.drafts):
        c = schema.conversations.c
        for chunk in _chunks(list(contact_ids)):
            here = select(c.contact_id).join_from(schema.conversations, table).where(c.contact_id.in_(chunk))
            found |= set(connection.execute(here).scalars())
    return found


def unchanged(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Return those of which the row still is what it became; all are of one table."""
    if not changes:
        return []
    present = read_keys(connection, _table(changes[0].table), [change.key for change in changes])
    return [change for change in changes if _still(present.get(change.key), change.after)]


def restore(connection: Connection, changes: Sequence[Change]) -> Outcome:
    """Make rows what they were before, where they still are what they became."""
    outcome = Outcome()
    removals: list[Change] = []
    updates: list[Change] = []
    additions: list[Change] = []
    for table in {change.table for change in changes}:
        here = [change for change in changes if change.table == table]
        present = read_keys(connection, _table(table), [change.key for change in here])
        for change in here:
            now = present.get(change.key)
            if not _still(now, change.after):
                outcome.changed_since += not _still(now, change.before)
            elif change.before is None:
                removals.append(change)
            elif change.after is None:
                additions.append(change)
            else:
                updates.append(change)
    removals.sort(key=lambda change: -_ORDER[change.table])
    additions.sort(key=lambda change: _ORDER[change.table])
    early: list[Change] = []  # what refers to a row that must come back first
    _apply(connection, removals, outcome)
    _apply(connection, updates, outcome, early)
    _apply(connection, additions, outcome)
    _apply(connection, early, outcome)
    return outcome


def _apply(
    connection: Connection, changes: Sequence[Change], outcome: Outcome, early: list[Change] | None = None
) -> None:
    """All at once; one by one where something else came to need what they need (an address, a name)."""
    if not changes:
        return
    if _try(connection, changes):
        outcome.restored += changes
    elif len(changes) == 1 and early is not None:
        early += changes
    elif len(changes) == 1:
        outcome.changed_since += 1
    else:
        half = len(changes) // 2
        _apply(connection, changes[:half], outcome, early)
        _apply(connection, changes[half:], outcome, early)


def _try(connection: Connection, changes: Sequence[Change]) -> bool:
    try:
        with connection.begin_nested():
            for table, kind, group in _runs(changes):
                _write(connection, _table(table), kind, group)
    except IntegrityError:
        return False
    return True


def _runs(changes: Sequence[Change]) -> Iterator[tuple[str, str, list[Change]]]:
    """Yield neighbours that one statement can write: (table, what is done, those)."""
    run: list[Change] = []
    mark: tuple[Any, ...] = ()
    for change in changes:
        kind = "remove" if change.before is None else "add" if change.after is None else "change"
        its = (change.table, kind, *sorted(change.before or ()))
        if run and its != mark:
            yield mark[0], mark[1], run
            run = []
        mark = its
        run.append(change)
    if run:
        yield mark[0], mark[1], run


def _write(connection: Connection, table: Table, kind: str, changes: Sequence[Change]) -> None:
    keys = list(table.primary_key)
    here = and_(*(column == bindparam(f"key_{column.name}", type_=column.type) for column in keys))
    places = [{f"key_{name}": value for name, value in _key_values(table, change).items()} for change in changes]
    if kind == "remove":
        connection.execute(delete(table).where(here), places)
        return
    rows = [_values(table, change.before or {}) for change in changes]
    if kind == "add":
        connection.execute(insert_into(connection, table), rows)
        return
    names = [name for name in rows[0] if name not in {column.name for column in keys}]
    statement = update(table).where(here).values({name: bindparam(f"new_{name}") for name in names})
    values = [place | {f"new_{name}": row[name] for name in names} for place, row in zip(places, rows, strict=True)]
    connection.execute(statement, values)
    if table is schema.conversations and {"pinned", "place_id"} & set(names):
        _pin(connection, [change.key[0] for change in changes])


def _pin(connection: Connection, ids: Sequence[int]) -> None:
    """Put conversations above all others, or back among them."""
    c = schema.conversations.c
    for chunk in _chunks(list(ids)):
        some = c.id.in_(chunk)
        up, down = (some & c.pinned & (c.place_id < PINNED_PLACE)), (some & ~c.pinned & (c.place_id >= PINNED_PLACE))
        connection.execute(update(schema.conversations).where(up).values(place_id=c.place_id + PINNED_PLACE))
        connection.execute(update(schema.conversations).where(down).values(place_id=c.place_id - PINNED_PLACE))


def _still(row: Plain | None, image: Plain | None) -> bool:
    if row is None or image is None:
        return row is image
    return all(name in row and row[name] == value for name, value in image.items())


def _rows(connection: Connection, table: Table, condition: Any) -> dict[Key, Plain]:
    query = select(table).where(condition).order_by(*table.primary_key)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    names = [column.name for column in table.primary_key]
    plain = (_plain(table, dict(row._mapping)) for row in connection.execute(query))
    return {tuple(row[name] for name in names): row for row in plain}


def _plain(table: Table, row: Mapping[str, Any]) -> Plain:
    values = {column.name: _json(column, row[column.name]) for column in table.columns}
    if table is schema.conversations:
        values["place_id"] %= PINNED_PLACE
    return values


def _values(table: Table, row: Plain) -> dict[str, Any]:
    """The row for the database; columns that a newer or older program does not have are left out."""
    return {name: _value(table.c[name], value) for name, value in row.items() if name in table.c}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return from_millis(value) if isinstance(column.type, UtcDateTime) else value


def _json(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Date):
        return value.isoformat()
    return to_millis(value) if isinstance(column.type, UtcDateTime) else value


def _key_values(table: Table, change: Change) -> dict[str, Any]:
    row = change.before or change.after or {}
    return _values(table, {column.name: row[column.name] for column in table.primary_key})


def _owners(table: Table, row: Plain) -> dict[str, int]:
    own = {name: row[name] for name in _OWNERS if row.get(name) is not None}
    if table is schema.contacts:
        own["contact_id"] = row["id"]
    if table is schema.conversations:
        own["conversation_id"] = row["id"]
    return own


def _table(name: str) -> Table:
    return schema.metadata.tables[name]


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
