"""Rows for exports, made by the database and read through the driver: a million of them in constant memory.

Times and guards are computed in SQL, because a line of Python per row would double the time.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, true

from .entities.comment import AuthorKind
from .entities.ids import MAX_ENTRY_ID, RANDOM_BITS, ConversationId, EntryId, first_entry_id
from .schema import calls, messages
from .schema import comments as schema_comments
from .work import Work

_BATCH = 2000  # rows
_DAY = 86_400  # seconds

#: One line of ``messages`` and what it needs from elsewhere.
MESSAGE_COLUMNS = (
    "Time",
    "Direction",
    "Contact",
    "Address",
    "Channel",
    "Sender",
    "Status",
    "Text",
    "Attachments",
    "Problem",
    "Message",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What must not begin a cell, what is skipped before it, and what is put in front then."""

    dangerous: str
    skipped: str
    mark: str


def message_rows(
    work: Work,
    *,
    conversation_ids: Sequence[ConversationId] | None,
    since: datetime | None,
    until: datetime | None,
    zone: tzinfo,
    guards: Guards,
) -> Generator[Sequence[tuple[str, ...]], None, None]:
    """Yield batches of rows, oldest first; ``until`` is exclusive. Times are local, with their offset.
    ``conversation_ids`` None means all. Close the generator when done.
    """
    chosen = None if conversation_ids is None else [int(key) for key in conversation_ids]
    sqlite = work.connection.dialect.name == "sqlite"
    some: str | list[int] | None = json.dumps(chosen) if sqlite and chosen is not None else chosen
    first, last = _bounds(work, some, since, until)
    statement = _statement(work.connection.dialect.name, guards, some=chosen is not None)
    for begin, end, offset in _spans(first, last, zone):
        # The driver's own names, as it is the driver that reads them.
        values: dict[str, Any] = {
            "begin": begin,
            "end": end,
            "seconds": int(offset.total_seconds()),
            "zone": _spelled(offset),
            "conversations": some,
            "skipped": guards.skipped,
            "mark": guards.mark,
        }
        yield from _batches(work, statement, values)


def _bounds(
    work: Work, some: str | list[int] | None, since: datetime | None, until: datetime | None
) -> tuple[EntryId, EntryId]:
    """Return the first id and the one after the last that there are to write."""
    sqlite = work.connection.dialect.name == "sqlite"
    where = "" if some is None else f" WHERE m.conversation_id {_among(sqlite=sqlite)}"
    query = f"SELECT min(m.id), max(m.id) FROM messages m{where}"  # noqa: S608 - constants of this program
    lowest, highest = work.connection.exec_driver_sql(
        query if sqlite else _for_psycopg(query), {"conversations": some}
    ).one()
    if lowest is None:
        return EntryId(0), EntryId(0)
    first = lowest if since is None else max(lowest, first_entry_id(since))
    last = highest + 1 if until is None else min(highest + 1, first_entry_id(until))
    return EntryId(first), EntryId(min(last, MAX_ENTRY_ID))


def _among(*, sqlite: bool) -> str:
    """Return the condition that a conversation is one of those bound as ``conversations``."""
    return "IN (SELECT value FROM json_each(:conversations))" if sqlite else "= ANY(:conversations)"


def entry_count(
    work: Work, conversation_id: ConversationId, begin: int, end: int, *, comments: bool, notes: bool
) -> int:
    """Return how many messages and calls a conversation has from ``begin`` up to (not including) ``end``, and
    with ``comments`` those of colleagues, with ``notes`` also those of outside systems."""
    tables: list[tuple[Table, ColumnElement[bool]]] = [(messages, true()), (calls, true())]
    if comments:
        written = schema_comments.c.author_kind == AuthorKind.USER
        tables.append((schema_comments, true() if notes else written))
    total = 0
    for table, condition in tables:
        query = select(func.count()).select_from(table).where(table.c.conversation_id == conversation_id, condition)
        total += work.connection.execute(query.where(table.c.id >= begin, table.c.id < end)).scalar_one()
    return total


def _spans(first: int, last: int, zone: tzinfo) -> Iterator[tuple[int, int, timedelta]]:
    """Yield the spans of ids (begin, end, offset) in which the zone's offset stays the same."""
    end_second = (last >> RANDOM_BITS) // 1000 + 1
    begin = first
    while begin < last:
        second = (begin >> RANDOM_BITS) // 1000
        change = _next_change(zone, second, end_second)
        end = last if change is None else min(last, (change * 1000) << RANDOM_BITS)
        yield begin, end, _offset(zone, second)
        begin = end


def _next_change(zone: tzinfo, second: int, end: int) -> int | None:
    """Return the first second after ``second`` and before ``end`` with another offset, or None."""
    offset = _offset(zone, second)
    low = second
    while low < end:
        high = low + _DAY
        if _offset(zone, high) == offset:
            low = high
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
        return high
    return None


def _offset(zone: tzinfo, second: int) -> timedelta:
    return datetime.fromtimestamp(second, zone).utcoffset() or timedelta(0)


def _spelled(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _statement(dialect: str, guards: Guards, *, some: bool) -> str:
    sqlite = dialect == "sqlite"
    code = "unicode" if sqlite else "ascii"
    codes = ", ".join(str(ord(character)) for character in guards.dangerous if character != "\x00")

    def guarded(text: str) -> str:
        # The first character is looked at before anything is cut: most texts begin with a letter.
        return (
            f"CASE WHEN {code}(ltrim({text}, :skipped)) IN ({codes}) THEN :mark || {text} ELSE coalesce({text}, '') END"
        )

    def kept(text: str) -> str:
        # What is short may be a truth value or a day to a spreadsheet; what begins with a digit is among the codes.
        begins = f"length({text}) < {_SHORT} AND lower(substr({text}, 1, 3)) IN ({_REWRITTEN})"
        return f"CASE WHEN {begins} THEN :mark || {text} ELSE {guarded(text)} END"

    seconds = f"(m.id >> {RANDOM_BITS}) / 1000 + :seconds"
    if sqlite:
        time = f"strftime('%Y-%m-%dT%H:%M:%S', {seconds}, 'unixepoch') || :zone"
        files = "group_concat(original_name, '; ')"
    else:
        time = f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || :zone"
        files = "string_agg(original_name, '; ')"
    # Everything that is put in here is a constant of this program; what varies is bound.
    columns = ", ".join(
        (
            time,
            "m.direction",
            guarded("trim(c.first_name || ' ' || c.last_name)"),
            "coalesce(:mark || a.path, '')",
            guarded("h.name"),
            guarded("u.name"),
            "m.status",
            kept("m.text"),
            _FILES.format(names=files),
            guarded("m.error_text"),
            ":mark || m.id",
        )
    )
    statement = _STATEMENT.format(
        columns=columns, here=f" AND m.conversation_id {_among(sqlite=sqlite)}" if some else ""
    )
    return statement if sqlite else _for_psycopg(statement)


_SHORT = 24  # characters
_REWRITTEN = ", ".join(
    f"'{word}'"
    for word in [
        "tru",
        "fal",
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "mai",
        "okt",
        "dez",
    ]
)
_FILES = "coalesce((SELECT :mark || {names} FROM attachments f WHERE f.message_id = m.id), '')"
_STATEMENT = (
    "SELECT {columns} FROM messages m JOIN contacts c ON c.id = m.contact_id"
    " LEFT JOIN contact_addresses a ON a.id = m.address_id LEFT JOIN channels h ON h.id = m.channel_id"
    " LEFT JOIN users u ON u.id = m.sender_id"
    " WHERE m.id >= :begin AND m.id < :end{here} ORDER BY m.id"
)


def _for_psycopg(statement: str) -> str:
    for name in ("begin", "end", "seconds", "conversations"):
        statement = statement.replace(f":{name}", f"%({name})s")
    for name in ("zone", "skipped", "mark"):
        statement = statement.replace(f":{name}", f"%({name})s::text")
    return statement


def _batches(work: Work, statement: str, values: dict[str, Any]) -> Generator[Sequence[tuple[str, ...]], None, None]:
    driver: Any = work.connection.connection.driver_connection
    # A named cursor stays on the server, which sends a batch at a time.
    cursor = driver.cursor() if work.connection.dialect.name == "sqlite" else driver.cursor(name="export")
    with closing(cursor):
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(_BATCH):
            yield rows
