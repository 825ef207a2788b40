"""Makes the benchmark office: contacts, messages and conversations, through the driver.

The tables are made by the product's own migrations. Indexes are dropped for the load and made again after
it, the full text is built at the end, as in a first import.
"""

import contextlib
import hashlib
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import texts
from desktop_inbox.clock import to_millis
from desktop_inbox.config import sqlite_url
from desktop_inbox.models import search_text
from desktop_inbox.models.entities.ids import RANDOM_BITS, ContactId
from desktop_inbox.models.migrations import versions
from desktop_inbox.models.store import Store

YEARS = 3
LONG_CONVERSATION = 1  # its id
_CHUNK = 50_000
_LOADED = ("messages", "conversations", "contacts", "contact_addresses", "contact_tags", "contact_field_values")
_MESSAGE_COLUMNS = (
    "id, conversation_id, contact_id, direction, text, status, channel_id, address_id, sender_kind, sender_id,"
    " client_uuid, provider_message_id, queued_at, sent_at, delivered_at"
)
_LAST_INBOUND = (
    "UPDATE conversations SET last_inbound_channel_id = 1, last_inbound_address_id = id, last_inbound_id = coalesce("
    "(SELECT max(m.id) FROM messages m WHERE m.conversation_id = conversations.id AND m.direction = 'in'), 0)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large an office is; ``long`` is the number of messages of its longest conversation."""

    name: str
    contacts: int
    messages: int
    long: int


FULL = Size(name="full", contacts=100_000, messages=2_000_000, long=20_000)
SMALL = Size(name="small", contacts=5_000, messages=100_000, long=20_000)
TINY = Size(name="tiny", contacts=500, messages=10_000, long=2_000)


def office(folder: Path, size: Size) -> Path:
    """Return the database of an office of ``size``, made when it is not there yet or has another schema."""
    path, stamp = folder / size.name / "inbox.db", folder / size.name / "made-by"
    if not path.exists() or not stamp.exists() or stamp.read_text() != made_by():
        print(f"- Making the office of {size.messages:,} messages; this happens once", flush=True)
        start = time.monotonic()
        making = folder / f"{size.name}.making" / "inbox.db"
        for left in making.parent.glob("*"):
            left.unlink()
        Store.open(sqlite_url(making)).close()
        _load(making, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob("*"):
            left.unlink()
        making.rename(path)
        shutil.rmtree(making.parent)
        stamp.write_text(made_by())
        print(f"  done in {time.monotonic() - start:.0f} s, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
    return path


def made_by() -> str:
    """Return what must be the same for an office to be used again: generator, schema and the cutting of words."""
    here = Path(__file__).parent
    sources = [here / "office.py", here / "texts.py", Path(search_text.__file__)]
    sources += sorted(Path(next(iter(versions.__path__))).glob("v*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _load(path: Path, size: Size) -> None:
    source = random.Random(20_260_301)  # the same office every time
    now = datetime.now(UTC)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.isolation_level = None
        for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type='index' AND sql NOT NULL AND tbl_name IN {_LOADED}"
        ).fetchall()
        connection.execute("BEGIN")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        _people(connection, source, size, to_millis(now))
        last = _messages(connection, source, size, now)
        _list_columns(connection, source, last)
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute(_LAST_INBOUND)
        _known_of(connection, size, to_millis(now))
        _index_messages(connection)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    _index_contacts(path, size)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _people(connection: sqlite3.Connection, source: random.Random, size: Size, now: int) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO users (id, name, role, active, created_at) VALUES (1, 'Bench', 'administrator', 1, ?)",
        (now,),
    )
    connection.execute(
        "INSERT INTO channels (id, kind, name, address, settings, state, created_at)"
        " VALUES (1, 'simulator', 'Office', '+14155550100', '{}', 'paused', ?)",
        (now,),
    )
    ids = range(1, size.contacts + 1)
    connection.executemany(
        "INSERT INTO contacts (id, first_name, last_name, opt_in, created_at) VALUES (?, ?, ?, ?, ?)",
        ((i, *texts.name(source), "opted_out" if i % 50 == 0 else "opted_in", now) for i in ids),
    )
    connection.executemany(
        "INSERT INTO contact_addresses (id, contact_id, scheme, path, created_at) VALUES (?, ?, 'tel', ?, ?)",
        ((i, i, f"+1415{i:07d}", now) for i in ids),
    )


@dataclass(slots=True)
class _Last:
    """What the list says of a conversation."""

    id: int
    direction: str
    text: str


def _messages(connection: sqlite3.Connection, source: random.Random, size: Size, now: datetime) -> dict[int, _Last]:
    pool = texts.pool(source, 60_000)
    whose = _whose(source, size)
    start = to_millis(now - timedelta(days=365 * YEARS))
    step = (to_millis(now) - start) // size.messages
    last: dict[int, _Last] = {}
    statement = f"INSERT INTO messages ({_MESSAGE_COLUMNS}) VALUES ({', '.join('?' * 15)})"

    def rows(begin: int, end: int) -> Iterator[tuple[object, ...]]:
        for number in range(begin, end):
            millis = start + number * step + source.randrange(step)
            key, owner, text = (
                (millis << RANDOM_BITS) | source.getrandbits(RANDOM_BITS),
                whose[number],
                pool[number % 60_000],
            )
            outgoing = source.random() < 0.45
            last[owner] = _Last(key, "out" if outgoing else "in", text)
            if outgoing:
                mark = f"{number:08x}-0000-4000-8000-{owner:012x}"
                yield (key, owner, owner, "out", text, "delivered", 1, owner, "user", 1, mark, f"SM{number:032x}",
                       millis, millis + 400, millis + 2_000)  # fmt: skip
            else:
                yield (key, owner, owner, "in", text, "received", 1, owner, "contact", None, None, f"SM{number:032x}",
                       None, None, None)  # fmt: skip

    for begin in range(0, size.messages, _CHUNK):
        connection.executemany(statement, rows(begin, min(begin + _CHUNK, size.messages)))
    return last


def _whose(source: random.Random, size: Size) -> list[int]:
    """Return the conversation of each message: one long, everybody at least one, a few very busy."""
    everybody = range(1, size.contacts + 1)
    weights = [1.0 / (position + 20) for position in range(size.contacts)]
    rest = source.choices(everybody[1:], weights=weights[1:], k=size.messages - size.long - len(everybody) + 1)
    whose = [LONG_CONVERSATION] * size.long + list(everybody[1:]) + rest
    source.shuffle(whose)
    return whose


def _list_columns(connection: sqlite3.Connection, source: random.Random, last: dict[int, _Last]) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for owner, entry in sorted(last.items()):
            incoming = entry.direction == "in"
            unread = incoming and source.random() < 0.08
            millis = entry.id >> RANDOM_BITS
            archived = millis if not unread and source.random() < 0.3 else None
            yield (owner, owner, "pending" if incoming else "done", 1 if unread else 0, entry.id - (1 if unread else 0),
                   entry.id, entry.direction, None if incoming else "delivered", "text", entry.text[:120], 1,
                   millis if incoming else None, archived, millis)  # fmt: skip

    connection.executemany(
        "INSERT INTO conversations (id, contact_id, status, unread_count, read_up_to_id, last_entry_id, last_direction,"
        " last_status, last_kind, snippet, last_channel_id, waiting_since, archived_at, created_at)"
        f" VALUES ({', '.join('?' * 14)})",
        rows(),
    )
    connection.execute(
        "CREATE TEMPORARY TABLE said AS SELECT conversation_id, count(*) AS total, min(id) AS first, max(id) AS last,"
        " max(CASE WHEN direction = 'out' THEN id ELSE 0 END) AS outbound FROM messages GROUP BY conversation_id"
    )
    connection.execute("CREATE UNIQUE INDEX ix_said ON said (conversation_id)")
    connection.execute(
        "UPDATE conversations SET place_id = last_entry_id, message_count = total, first_entry_id = first,"
        " last_outbound_id = outbound, last_replied_by_id = CASE WHEN outbound > 0 THEN 1 END,"
        " last_sender_kind = CASE last_direction WHEN 'in' THEN 'contact' ELSE 'user' END"
        " FROM said WHERE conversation_id = conversations.id"
    )
    connection.execute("DROP TABLE said")
    connection.create_function("fold", 1, search_text.fold, deterministic=True)
    connection.execute(
        "UPDATE contacts SET first_key = fold(first_name), last_key = fold(last_name),"
        " name_key = fold(trim(first_name || ' ' || last_name))"
    )


def _known_of(connection: sqlite3.Connection, size: Size, now: int) -> None:
    """Add what segments ask about: colleagues, tags, fields, assignees, countries. A source of its own, so that the
    messages stay what they were."""
    source = random.Random(20_261_121)
    people = range(1, size.contacts + 1)
    for key, name in enumerate(("Ana", "Ben", "Cora", "Dimitri"), start=2):
        connection.execute(
            "INSERT INTO users (id, name, role, active, created_at) VALUES (?, ?, 'agent', 1, ?)", (key, name, now)
        )
    tags = ("VIP", "New", "Invoice", "Complaint", "Family", "Wholesale", "Newsletter", "Recall")
    for key, name in enumerate(tags, start=1):
        connection.execute("INSERT INTO tags VALUES (?, ?, ?, ?)", (key, name, name.lower(), now))
    connection.executemany(
        "INSERT INTO contact_tags (contact_id, tag_id) VALUES (?, ?)",
        ((key, tag) for key in people for tag in range(1, len(tags) + 1) if source.random() < 0.5 / tag),
    )
    fields = (("member_no", "Member no", "number"), ("city", "City", "text"), ("birthday", "Birthday", "date"))
    for key, (slug, name, kind) in enumerate(fields, start=1):
        connection.execute(
            "INSERT INTO custom_fields (id, slug, name, name_key, kind, options, created_at)"
            " VALUES (?, ?, ?, ?, ?, '{}', ?)",
            (key, slug, name, name.lower(), kind, now),
        )
    cities = ("Lisbon", "Lyon", "Lagos", "Lima", "Leeds", "Lahore")

    def values() -> Iterator[tuple[object, ...]]:
        for key in people:
            number, city, day = source.randrange(10_000), source.choice(cities), source.randrange(700_000, 735_000)
            yield key, 1, str(number), str(number), float(number)
            if source.random() < 0.6:
                yield key, 2, city, city.lower(), None
            if source.random() < 0.5:
                born = date.fromordinal(day).isoformat()
                yield key, 3, born, born, float(day)

    connection.executemany(
        "INSERT INTO contact_field_values (contact_id, field_id, value, value_key, number) VALUES (?, ?, ?, ?, ?)",
        values(),
    )
    connection.executemany(
        "UPDATE contacts SET country = ?, language = ? WHERE id = ?",
        ((source.choice(("US", "PT", "DE", "")), source.choice(("en", "pt", "")), key) for key in people),
    )
    connection.executemany(
        "UPDATE conversations SET assignee_id = ? WHERE contact_id = ?",
        ((source.randrange(1, 6), key) for key in people if source.random() < 0.5),
    )


def _index_messages(connection: sqlite3.Connection) -> None:
    """Build the full text in one go, in the order of ids: ten times as fast as in the product's small steps."""
    messages = connection.execute("SELECT id, text, conversation_id FROM messages ORDER BY id")
    while rows := messages.fetchmany(_CHUNK):
        connection.executemany(
            "INSERT INTO message_search (rowid, words, conversation) VALUES (?, ?, ?)",
            [(key, " ".join(search_text.index_words(text)), f"c{conversation}") for key, text, conversation in rows],
        )


def _index_contacts(path: Path, size: Size) -> None:
    store = Store.open(sqlite_url(path))
    try:
        for begin in range(1, size.contacts + 1, _CHUNK):
            ids = range(begin, min(begin + _CHUNK, size.contacts + 1))
            store.run_sync(lambda work, ids=ids: [work.search.index_contact(ContactId(key)) for key in ids])
    finally:
        store.close()


@contextlib.contextmanager
def copies(path: Path) -> Iterator[tuple[Path, Path]]:
    """Two copies of an office to write into, gone afterwards."""
    made = (path.with_name("copy-product.db"), path.with_name("copy-raw.db"))
    try:
        for copy in made:
            shutil.copy(path, copy)
        yield made
    finally:
        for copy in made:
            for part in (copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")):
                part.unlink(missing_ok=True)
