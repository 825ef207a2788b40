"""What the office takes in: one message per transaction, and a first sync in pages."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from bench import texts
from bench.measure import Figure, rate
from bench.office import Size, copies
from desktop_inbox.clock import now, to_millis
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import RANDOM_BITS
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage

CAPABILITIES = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.NOTHING)
_TURN = 50  # messages of the product, then as many raw
_INSERT = (
    "INSERT INTO messages (id, conversation_id, contact_id, direction, text, status, channel_id, address_id,"
    " sender_kind, provider_message_id) VALUES (?, ?, ?, 'in', ?, 'received', 1, ?, 'contact', ?)"
)
_SENDER = (
    "SELECT a.id, a.contact_id, v.id FROM contact_addresses a JOIN conversations v ON v.contact_id = a.contact_id"
    " WHERE a.scheme = 'tel' AND a.path = ?"
)
_LIST = (
    "UPDATE conversations SET unread_count = unread_count + 1, message_count = message_count + 1,"
    " last_sender_kind = 'contact', last_entry_id = ?1, place_id = ?1, last_direction = 'in',"
    " last_status = NULL, snippet = ?2, last_channel_id = 1, last_inbound_id = ?1, last_inbound_channel_id = 1,"
    " last_inbound_address_id = ?3, waiting_since = coalesce(waiting_since, ?4), archived_at = NULL, status = 'pending'"
    " WHERE id = ?5"
)
_FULL_TEXT = "INSERT INTO message_search (rowid, words, conversation) VALUES (?, ?, ?)"
_CHANGE = "INSERT INTO change_log (at, instance, kind, payload) VALUES (?, 'bench', 'MessageReceived', ?)"


class _NoAnswers:
    """The benchmark's senders say nothing that is answered."""

    def queue_answer(self, work: Work, **_: object) -> None:
        raise AssertionError("no message of the benchmark asks for an answer")


class _Product:
    def __init__(self, path: Path) -> None:
        self._store = Store.open(sqlite_url(path))
        self._service = InboundService(self._store, answers=AutomaticAnswers(_NoAnswers()), region=lambda: "US")
        self._channel = self._store.read_sync(_first_channel)

    def take(self, messages: list[InboundMessage]) -> None:
        page = FetchResult(cursor=messages[-1].provider_message_id, messages=tuple(messages))
        self._store.run_sync(lambda work: self._service.take_page(work, self._channel, CAPABILITIES, page))

    def close(self) -> None:
        self._store.close()


class _Raw:
    """The same rows by hand, through the driver."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in ("synchronous=FULL", "secure_delete=ON", "cache_size=-16000", "temp_store=MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._source = random.Random(7)

    def take(self, messages: list[InboundMessage]) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        for message in messages:
            address, contact, conversation = run(_SENDER, (message.address,)).fetchone()
            run(
                "SELECT 1 FROM messages WHERE channel_id = 1 AND provider_message_id = ?",
                (message.provider_message_id,),
            )
            millis = to_millis(message.occurred_at)
            key = (millis << RANDOM_BITS) | self._source.getrandbits(RANDOM_BITS)
            run(_INSERT, (key, conversation, contact, message.text, address, message.provider_message_id))
            run(_FULL_TEXT, (key, message.text, f"c{conversation}"))
            run(_LIST, (key, message.text[:120], address, millis, conversation))
            run(_CHANGE, (millis, f'{{"message_id":{key},"conversation_id":{conversation}}}'))
        run("UPDATE channels SET cursor = ? WHERE id = 1", (messages[-1].provider_message_id,))
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Ingest one by one, then a first sync in pages of 500; both on copies of the office."""
    with copies(offices[size.name]) as (ours, theirs):
        product, raw = _Product(ours), _Raw(theirs)
        messages = inbound_messages(size.contacts, 1_500)
        rates = _in_turns(product.take, raw.take, messages, page=1)
        yield rate("ingest, one message per transaction", *rates, unit="/s", at_least=0.5)
        messages = inbound_messages(size.contacts, 20_000 if size.messages > 1_000_000 else 5_000)
        rates = _in_turns(product.take, raw.take, messages, page=500)
        yield rate("first sync, pages of 500", *rates, unit="/s", at_least=0.4)
        product.close()
        raw.close()


def _in_turns(
    product: Callable[[list[InboundMessage]], None],
    raw: Callable[[list[InboundMessage]], None],
    messages: list[InboundMessage],
    *,
    page: int,
) -> tuple[float, float]:
    """Return messages per second of both, taken in turns."""
    spent = [0.0, 0.0]
    turn = max(page, _TURN)
    for begin in range(0, len(messages), turn):
        for which, take in enumerate((product, raw)):
            start = time.perf_counter()
            for place in range(begin, begin + turn, page):
                take(messages[place : place + page])
            spent[which] += time.perf_counter() - start
    return len(messages) / spent[0], len(messages) / spent[1]


def inbound_messages(contacts: int, count: int) -> list[InboundMessage]:
    """Return ``count`` messages of this moment, by people of an office that has ``contacts``."""
    source = random.Random()
    start: datetime = now()
    run = source.getrandbits(48)
    return [
        InboundMessage(
            provider_message_id=f"SM{run:012x}{number:020x}",
            scheme=Scheme.TEL,
            address=f"+1415{source.randrange(1, contacts + 1):07d}",
            text=text,
            occurred_at=start + timedelta(milliseconds=number),
        )
        for number, text in enumerate(texts.pool(source, count))
    ]


def _first_channel(work: Work) -> Channel:
    return work.channels.all()[0]
