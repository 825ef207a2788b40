"""The full-text index over messages and contacts.

Words are cut by ``search_text`` for both databases. SQLite keeps them in FTS5 tables, PostgreSQL in a ``tsvector``
column with a GIN index; contacts are found by any part of names and addresses through trigrams. Hits come newest
first, by id alone: any other order costs a hundred times as much in a large office.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextClause, bindparam, delete, func, insert, select, text

from . import schema
from .entities.contact import Scheme
from .entities.ids import MAX_ENTRY_ID, ContactId, ConversationId, EntryId
from .entities.message import Direction
from .repositories.base import AnyRow, Repository
from .search_text import Term, contact_text, fold, index_words

if TYPE_CHECKING:
    from .work import Work

_MAX_POSITION = 16383  # of a word in a tsvector
_NEWEST_CONTACTS = 2000  # more than that match something everybody has, such as "555"
_TRIGRAM = 3
_FEW = 1000  # hits that a server hands over unsorted

_SQLITE_ADD = "INSERT INTO message_search (rowid, words, conversation) VALUES (?, ?, ?)"
_SQLITE_REMOVE = "INSERT INTO message_search (message_search, rowid, words, conversation) VALUES ('delete', ?, ?, ?)"
_SQLITE_HITS = text(
    "SELECT rowid FROM message_search WHERE message_search MATCH :query AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit"
)
_POSTGRES_ADD = text(
    "INSERT INTO message_search (message_id, conversation_id, words)"
    " VALUES (:id, :conversation, CAST(:words AS tsvector)) ON CONFLICT DO NOTHING"
)
_POSTGRES_HITS = text(
    "SELECT message_id FROM message_search WHERE words @@ CAST(:query AS tsquery) AND message_id < :before"
    " ORDER BY message_id DESC LIMIT :limit"
)
_POSTGRES_HITS_HERE = text(
    "SELECT message_id FROM message_search WHERE words @@ CAST(:query AS tsquery) AND message_id < :before"
    " AND conversation_id = :conversation ORDER BY message_id DESC LIMIT :limit"
)
_POSTGRES_SOME = text(
    "SELECT message_id FROM message_search WHERE words @@ CAST(:query AS tsquery) AND message_id < :before LIMIT :limit"
)
_POSTGRES_SOME_HERE = text(
    "SELECT message_id FROM message_search WHERE words @@ CAST(:query AS tsquery) AND message_id < :before"
    " AND conversation_id = :conversation LIMIT :limit"
)
_SQLITE_COUNT = text(
    "SELECT count(*) FROM (SELECT rowid FROM message_search WHERE message_search MATCH :query AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit)"
)
_first = schema.contact_addresses.alias("first_address")
_FOUND = (
    select(
        schema.messages.c.id,
        schema.messages.c.conversation_id,
        schema.messages.c.contact_id,
        schema.messages.c.direction,
        schema.messages.c.text,
        schema.contacts.c.first_name,
        schema.contacts.c.last_name,
        schema.contact_addresses.c.scheme,
        schema.contact_addresses.c.path,
    )
    .outerjoin(schema.contacts, schema.contacts.c.id == schema.messages.c.contact_id)
    .outerjoin(
        schema.contact_addresses,
        schema.contact_addresses.c.id
        == select(_first.c.id)
        .where(_first.c.contact_id == schema.messages.c.contact_id)
        .order_by(_first.c.priority, _first.c.id)
        .limit(1)
        .correlate(schema.messages)
        .scalar_subquery(),
    )
    .where(schema.messages.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMessage:
    """What a hit is made of."""

    id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    direction: Direction
    text: str
    name: str  # "" where the contact has none
    scheme: Scheme | None  # of the address shown first
    path: str


#: Setting that notes that the index must be made again, with the place reached; kept until that is done.
STALE = "search.stale"
_WAITING = (0, MAX_ENTRY_ID)  # a rebuild that has not begun
_UNREAD = (-1, -1)


class SearchRepository(Repository):
    """Keeps the index in the transaction of what it indexes, and answers queries."""

    def __init__(self, work: "Work") -> None:
        super().__init__(work)
        self._rebuild: tuple[int, int] | None = _UNREAD
        self._unwritten: list[tuple[int, int, str]] = []

    # -- messages

    def index_message(self, message_id: EntryId, conversation_id: ConversationId, message_text: str) -> None:
        """Make a message findable; once per message."""
        self.index_messages(((message_id, conversation_id, message_text),))

    def index_messages(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Make many messages findable: (id, conversation, text), best in the order of ids."""
        if self._rebuild_under_way is not None:
            rows = [row for row in rows if not self._waits_for_rebuild(row[0])]
        self._unwritten.extend(rows)

    def flush(self) -> None:
        """Write what waits; called by the transaction before its commit.

        All at once and in the order of ids, as FTS5 writes out its memory before every statement that can fail
        half way, and when an id is smaller than the one before: each message would cost 3 to 15 ms.
        """
        rows, self._unwritten = sorted(self._unwritten), []
        self._index(rows)

    def _index(self, rows: Iterable[tuple[int, int, str]]) -> None:
        if self._dialect == "sqlite":
            words = [(key, " ".join(index_words(said)), f"c{conversation}") for key, conversation, said in rows]
            if words:
                self._connection.exec_driver_sql(_SQLITE_ADD, words)
            return
        values = [
            {"id": key, "conversation": conversation, "words": _vector(index_words(said))}
            for key, conversation, said in rows
        ]
        if values:
            self._connection.execute(_POSTGRES_ADD, values)

    def remove_message(self, message_id: EntryId) -> None:
        """Forget a message; called before its text is changed or removed."""
        query = select(schema.messages.c.conversation_id, schema.messages.c.text)
        row = self._connection.execute(query.where(schema.messages.c.id == message_id)).first()
        if row is None:
            return
        self.flush()
        if self._dialect == "sqlite":
            values = (message_id, " ".join(index_words(row.text)), f"c{row.conversation_id}")
            self._connection.exec_driver_sql(_SQLITE_REMOVE, values)
        else:
            statement = text("DELETE FROM message_search WHERE message_id = :id")
            self._connection.execute(statement, {"id": message_id})

    def messages(
        self, terms: Sequence[Term], *, conversation_id: ConversationId | None, before: int, limit: int
    ) -> tuple[EntryId, ...]:
        """Ids of messages in which all ``terms`` occur, newest first, older than ``before``."""
        if not terms:
            return ()
        values = self._values(terms, conversation_id) | {"before": before, "limit": limit}
        if self._dialect == "sqlite":
            return self._ids(_SQLITE_HITS, values)
        some = self._some(values, cap=_FEW + 1)
        if len(some) <= _FEW:
            return tuple(sorted(some, reverse=True)[:limit])
        return self._ids(_POSTGRES_HITS if conversation_id is None else _POSTGRES_HITS_HERE, values)

    def count(self, terms: Sequence[Term], *, conversation_id: ConversationId | None, cap: int) -> int:
        """How many messages ``terms`` find, counted no further than ``cap``."""
        if not terms:
            return 0
        values = self._values(terms, conversation_id) | {"before": MAX_ENTRY_ID, "limit": cap}
        if self._dialect == "sqlite":
            return int(self._connection.execute(_SQLITE_COUNT, values).scalar_one())
        return len(self._some(values, cap=cap))

    def found(self, ids: Sequence[EntryId]) -> tuple[FoundMessage, ...]:
        """What is shown of messages that were found, in the order of ``ids``."""
        if not ids:
            return ()
        rows = {row.id: row for row in self._connection.execute(_FOUND, {"ids": list(ids)})}
        return tuple(_to_found(rows[key]) for key in ids if key in rows)

    def _values(self, terms: Sequence[Term], conversation_id: ConversationId | None) -> dict[str, Any]:
        if self._dialect == "sqlite":
            return {"query": match_query(terms, conversation_id)}
        query = {"query": ts_query(terms)}
        return query if conversation_id is None else query | {"conversation": conversation_id}

    def _ids(self, statement: TextClause, values: Mapping[str, Any]) -> tuple[EntryId, ...]:
        return tuple(EntryId(row[0]) for row in self._connection.execute(statement, values))

    def _some(self, values: Mapping[str, Any], *, cap: int) -> tuple[EntryId, ...]:
        """Up to ``cap`` hits on a server, in no order. Asked for in order, words that are common by themselves and
        never stand together would be sought from the newest message to the oldest."""
        self._connection.execute(text("SET LOCAL enable_seqscan = off"))
        statement = _POSTGRES_SOME_HERE if "conversation" in values else _POSTGRES_SOME
        return self._ids(statement, {**values, "limit": cap})

    # -- contacts

    def index_contact(self, contact_id: ContactId) -> None:
        """Make a contact findable by any part of its names and addresses, as they are now."""
        self.index_contacts((contact_id,))

    def index_contacts(self, ids: Sequence[ContactId]) -> None:
        """The same for many."""
        self.remove_contacts(ids)
        rows = []
        for one in self._work.contacts.many(ids):
            paths = [address.path for address in one.addresses]
            rows.append({"contact_id": one.id, "text": contact_text((one.first_name, one.last_name), paths)})
        if rows:
            self._connection.execute(insert(schema.contact_texts), rows)
        if rows and self._dialect == "sqlite":
            statement = "INSERT INTO contact_search (rowid, text) VALUES (?, ?)"
            self._connection.exec_driver_sql(statement, [(row["contact_id"], row["text"]) for row in rows])

    def remove_contact(self, contact_id: ContactId) -> None:
        """Forget a contact."""
        self.remove_contacts((contact_id,))

    def remove_contacts(self, ids: Sequence[ContactId]) -> None:
        """Forget contacts."""
        table = schema.contact_texts
        here = table.c.contact_id.in_(list(ids))
        old = [tuple(row) for row in self._connection.execute(select(table.c.contact_id, table.c.text).where(here))]
        if old and self._dialect == "sqlite":
            statement = "INSERT INTO contact_search (contact_search, rowid, text) VALUES ('delete', ?, ?)"
            self._connection.exec_driver_sql(statement, old)
        if old:
            self._connection.execute(delete(table).where(here))

    def contacts(self, query: str, *, limit: int) -> tuple[tuple[ContactId, ConversationId | None], ...]:
        """Contacts that have every word of ``query`` in a name or address, the latest spoken to first.

        One or two letters must begin a word; more may stand anywhere in it.
        """
        parts = _contact_parts(query)
        if not parts:
            return ()
        conditions: list[str] = []
        values: dict[str, Any] = {"limit": limit}
        long = [part for part in parts if len(part) >= _TRIGRAM]
        if long and self._dialect == "sqlite":
            conditions.append(_AMONG_NEWEST)
            values["newest"] = _NEWEST_CONTACTS
            values["match"] = " AND ".join('"' + part.replace('"', '""') + '"' for part in long)
        for number, part in enumerate(parts):
            # Pairs of Chinese, Japanese or Korean characters stand anywhere, as those names have no spaces.
            anywhere = len(part) >= _TRIGRAM or (len(part) > 1 and part[0] >= "\u0e00") or part.isdigit()
            conditions.append(f"t.text LIKE :part{number} ESCAPE '\\'")
            values[f"part{number}"] = f"%{'' if anywhere else ' '}{_escaped(part)}%"
        statement = text(_CONTACTS.format(conditions=" AND ".join(conditions)))
        rows = self._connection.execute(statement, values).all()
        return tuple((ContactId(row.contact_id), None if row.id is None else ConversationId(row.id)) for row in rows)

    # -- bulk

    def suspend(self) -> None:
        """Index no message in this transaction; the whole index is made again afterwards.

        For large imports, which become three times as fast. Call it in each transaction of the import, and
        ``rebuild_step`` until it is done behind the last one.
        """
        self._rebuild = _WAITING
        self._work.settings.set(STALE, list(_WAITING))

    def is_stale(self) -> bool:
        """Whether messages are missing from the index."""
        return self._rebuild_under_way is not None

    def rebuild(self) -> None:
        """Ask for the whole index to be made again; ``rebuild_step`` does it."""
        self._work.settings.set(STALE, list(_WAITING))

    def rebuild_step(self, limit: int) -> bool:
        """Index the next ``limit`` messages of a rebuild; False when nothing is left to do.

        Each step is a transaction, so that others can write in between and a stopped program goes on later.
        """
        under_way = self._rebuild_under_way
        if under_way is None:
            return False
        place, until = under_way
        table = schema.messages.c
        if until == MAX_ENTRY_ID:
            self._clear()
            place, until = 0, self._connection.execute(select(func.coalesce(func.max(table.id), 0))).scalar_one()
        query = select(table.id, table.conversation_id, table.text).where(table.id > place, table.id <= until)
        rows = self._connection.execute(query.order_by(table.id).limit(limit)).all()
        self._index((row.id, row.conversation_id, row.text) for row in rows)
        if len(rows) == limit:
            self._work.settings.set(STALE, [rows[-1].id, until])
            return True
        self._finish()
        return False

    @property
    def _rebuild_under_way(self) -> tuple[int, int] | None:
        """The place that a rebuild has reached and where it ends, or None when there is none."""
        if self._rebuild is _UNREAD:
            stored = self._work.settings.get(STALE)
            self._rebuild = None if stored is None else (stored[0], stored[1])
        return self._rebuild

    def _waits_for_rebuild(self, message_id: int) -> bool:
        under_way = self._rebuild_under_way
        return under_way is not None and under_way[0] < message_id <= under_way[1]

    def _clear(self) -> None:
        if self._dialect == "sqlite":
            self._connection.exec_driver_sql("INSERT INTO message_search (message_search) VALUES ('delete-all')")
        else:
            self._connection.execute(text("TRUNCATE message_search"))
            self._connection.execute(text("DROP INDEX IF EXISTS ix_message_search_words"))

    def _finish(self) -> None:
        if self._dialect == "sqlite":
            self._connection.exec_driver_sql("INSERT INTO message_search (message_search, rank) VALUES ('merge', 500)")
        else:
            create = "CREATE INDEX IF NOT EXISTS ix_message_search_words ON message_search USING gin (words)"
            self._connection.execute(text(create))
        self._work.settings.reset(STALE)
        self._rebuild = None


def _to_found(row: AnyRow) -> FoundMessage:
    return FoundMessage(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        direction=Direction(row.direction),
        text=row.text,
        name=f"{row.first_name or ''} {row.last_name or ''}".strip(),
        scheme=None if row.scheme is None else Scheme(row.scheme),
        path=row.path or "",
    )


_AMONG_NEWEST = (
    "t.contact_id IN (SELECT rowid FROM contact_search WHERE contact_search MATCH :match"
    " ORDER BY rowid DESC LIMIT :newest)"
)
_CONTACTS = (
    "SELECT t.contact_id, c.id FROM contact_texts t LEFT JOIN conversations c ON c.contact_id = t.contact_id"
    " WHERE {conditions}"
    " ORDER BY coalesce(c.last_entry_id, 0) DESC, t.contact_id DESC LIMIT :limit"
)
_NUMBER = re.compile(r"[+(]?[\d\s().\-/+]*\d[\d\s().\-/]*")


def _contact_parts(query: str) -> list[str]:
    """Return what must all occur in a contact's text."""
    bare = query.strip()[:200]
    if _NUMBER.fullmatch(bare):
        digits = re.sub(r"\D", "", fold(bare))
        # 0 and 00 are dialled before national and foreign numbers; the stored form has neither.
        return [digits.lstrip("0") or digits] if digits else []
    return [part for part in fold(bare.replace("\x00", " ")).split() if part][:12]


def _escaped(part: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", part)


def match_query(terms: Sequence[Term], conversation_id: ConversationId | None = None) -> str:
    """Return the FTS5 query; words hold letters and digits only, so quoting them is safe."""
    found = " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)
    here = "" if conversation_id is None else f'conversation : "c{int(conversation_id)}" AND '
    return f"{here}words : ({found})"


def ts_query(terms: Sequence[Term]) -> str:
    """Return the text of a tsquery; words hold letters and digits only."""
    phrases = []
    for term in terms:
        words = [f"'{word}'" for word in term.words]
        if term.prefix:
            words[-1] += ":*"
        phrases.append("(" + " <-> ".join(words) + ")")
    return " & ".join(phrases)


def _vector(words: Sequence[str]) -> str:
    """Return the text form of a tsvector with the places of the words."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words, start=1):
        places.setdefault(word, []).append(min(place, _MAX_POSITION))
    return " ".join(f"'{word}':" + ",".join(map(str, found[:255])) for word, found in places.items())
