"""What goes out: 10,000 messages gated and queued, then messages per second to a server that takes 50 ms."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import requests

from bench import texts
from bench.measure import Figure, rate
from bench.office import Size, copies
from desktop_inbox.clock import now, to_millis
from desktop_inbox.config import sqlite_url
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.batch import ContactsAudience
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ContactId, ConversationId, UserId, new_entry_id
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.broadcasts import BroadcastDraft, BroadcastService
from desktop_inbox.services.dispatcher import WORKERS, Dispatcher
from desktop_inbox.services.enqueue import NewMessage
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.http import HttpClient
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.providers.base import CheckStep, FetchResult, Provider, SendRequest, SendResult
from desktop_inbox.services.sending import Sending

_CAPABILITIES = Capabilities(
    schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.IDEMPOTENT, segments=True, can_start=True
)
_SENT = 800  # messages of the race against bare requests
_SENDER = (
    "SELECT v.id, a.id, c.opt_in FROM conversations v JOIN contacts c ON c.id = v.contact_id"
    " JOIN contact_addresses a ON a.contact_id = c.id WHERE v.id = ?"
)
_MESSAGE = (
    "INSERT INTO messages (id, conversation_id, contact_id, direction, text, status, channel_id, address_id,"
    " sender_kind, sender_id, client_uuid, queued_at) VALUES (?, ?, ?, 'out', ?, 'queued', 1, ?, 'broadcast', 1, ?, ?)"
)
_OUTBOX = (
    "INSERT INTO outbox (message_id, conversation_id, contact_id, address_id, channel_id, state, idem_key, priority,"
    " due_at, expires_at) VALUES (?, ?, ?, ?, 1, 'queued', ?, 0, ?, ?)"
)
_LIST = (
    "UPDATE conversations SET last_entry_id = ?1, place_id = ?1, last_outbound_id = ?1,"
    " message_count = message_count + 1,"
    " last_sender_kind = 'broadcast', last_direction = 'out', last_status = 'queued', snippet = ?2,"
    " last_channel_id = 1, archived_at = NULL WHERE id = ?3"
)
_FULL_TEXT = "INSERT INTO message_search (rowid, words, conversation) VALUES (?, ?, ?)"
_BATCH = (
    "INSERT INTO batches (id, code, kind, status, text, files, audience, options, channel_id, created_at, due_at)"
    " VALUES (?, 'B', 'broadcast', 'processing', '', '{}', '{}', '{}', 1, ?, ?)"
)
_RECIPIENT = (
    "INSERT INTO batch_recipients (batch_id, contact_id, address_id, state, variables)"
    " VALUES (1, ?1, ?2, 'waiting', '{}')"
)
_SETTLED = (
    "UPDATE batch_recipients SET state = 'queued', message_id = ?, conversation_id = ?"
    " WHERE batch_id = 1 AND address_id = ?"
)
_DEAR = "Dear {}, the surgery is closed on Monday. We are back on Tuesday at nine."
_CHUNK = 500


class _HttpProvider(Provider):
    """A provider as thin as one can be."""

    kind = "bench"
    title = "Benchmark"
    summary = ""
    fields = ()

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    @classmethod
    def capabilities_of(cls, settings: Mapping[str, str]) -> Capabilities:
        return _CAPABILITIES

    def send(self, request: SendRequest) -> SendResult:
        answer = self._client.post_json("/messages", {"to": request.to, "text": request.text})
        return SendResult(provider_message_id=str(answer["id"]))

    def check(self) -> tuple[CheckStep, ...]:
        return ()

    def probe(self) -> None: ...

    def fetch(self, cursor: str, *, wait: timedelta) -> FetchResult:
        return FetchResult(cursor=cursor)


class _Providers:
    """One provider per thread over one client, as the product's pool has it."""

    def __init__(self, client: HttpClient) -> None:
        self._provider = _HttpProvider(client)

    def for_channel(self, channel: Channel) -> Provider:
        return self._provider

    def capabilities(self, channel: Channel) -> Capabilities:
        return _CAPABILITIES


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Both on copies of the office."""
    with copies(offices[size.name]) as (ours, theirs):
        store = Store.open(sqlite_url(ours))
        store.run_sync(_activate)
        yield _queued(store, theirs, 10_000 if size.contacts > 10_000 else 2_000)
    with copies(offices[size.name]) as (ours, theirs):
        store = Store.open(sqlite_url(ours))
        store.run_sync(_activate)
        yield _broadcast(store, theirs, 10_000 if size.contacts > 10_000 else 2_000)
    with copies(offices[size.name]) as (ours, _):
        store = Store.open(sqlite_url(ours))
        store.run_sync(_activate)
        yield _sent(store, ours.parent)
        store.close()


def _activate(work: Work) -> None:
    work.channels.change(ChannelId(1), state=ChannelState.ACTIVE)


def _outbox(store: Store) -> OutboxService:
    return OutboxService(store, user_id=UserId(1), gate=Gate(), capabilities=lambda _channel: _CAPABILITIES)


def _news(count: int, sender_kind: SenderKind) -> list[NewMessage]:
    import random

    pool = texts.pool(random.Random(3), count)
    return [
        NewMessage(
            conversation_id=ConversationId(number),
            text=text,
            channel_id=ChannelId(1),
            address_id=AddressId(number),
            client_uuid=str(uuid.uuid4()),
            sender_kind=sender_kind,
            sender_id=UserId(1),
            confirmed=frozenset({"opted_out", "consent"}),
        )
        for number, text in enumerate(pool, start=2)
    ]


def _queued(store: Store, raw_path: Path, count: int) -> Figure:
    """A broadcast is many messages through the same gate; contacts who opted out are refused by it."""
    news = _news(count, SenderKind.BROADCAST)
    outbox = _outbox(store)
    spent = [0.0, 0.0]
    with contextlib.closing(sqlite3.connect(raw_path, isolation_level=None)) as raw, asyncio.Runner() as runner:
        raw.execute("PRAGMA synchronous=FULL")
        for begin in range(0, count, _CHUNK):
            chunk = news[begin : begin + _CHUNK]
            start = time.perf_counter()
            runner.run(outbox.queue_many(chunk))
            middle = time.perf_counter()
            _queue_by_hand(raw, chunk)
            spent[0] += middle - start
            spent[1] += time.perf_counter() - middle
    store.close()
    return Figure(
        what=f"{count:,} messages gated and queued",
        unit="s",
        product=spent[0],
        limit=spent[1],
        target="<= 2.5 x",
        met=spent[0] <= 2.5 * spent[1],
    )


def _broadcast(store: Store, raw_path: Path, count: int) -> Figure:
    """From the press of Send to the last message in the outbox: recipients, gate, texts with a name, chunks."""
    people = [ContactId(number) for number in range(2, count + 2)]
    service = BroadcastService(store, user_id=UserId(1), capabilities=lambda _channel: _CAPABILITIES)
    job = BatchJob(store, capabilities=lambda _channel: _CAPABILITIES, budget=3600)
    draft = BroadcastDraft(
        text=_DEAR.format("$contact.firstname|there"),
        channel_id=ChannelId(1),
        audience=ContactsAudience(contact_ids=tuple(people)),
    )

    async def send() -> None:
        await service.create(draft)
        await job()

    with contextlib.closing(sqlite3.connect(raw_path, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=FULL")
        start = time.perf_counter()
        asyncio.run(send())
        product = time.perf_counter() - start
        start = time.perf_counter()
        _broadcast_by_hand(raw, people)
        by_hand = time.perf_counter() - start
    store.close()
    return Figure(
        what=f"Broadcast: {count:,} recipients gated and queued",
        unit="s",
        product=product,
        limit=by_hand,
        target="<= 2.5 x",
        met=product <= 2.5 * by_hand,
    )


def _broadcast_by_hand(raw: sqlite3.Connection, people: list[ContactId]) -> None:
    """The same rows: the recipients first, as they are known before anybody is asked, then their messages."""
    at = to_millis(now())
    raw.execute(_BATCH, (1, at, at))
    for begin in range(0, len(people), _CHUNK):
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(_RECIPIENT, [(person, person) for person in people[begin : begin + _CHUNK]])
        raw.execute("COMMIT")
    for begin in range(0, len(people), _CHUNK):
        names = ",".join(str(person) for person in people[begin : begin + _CHUNK])
        query = f"SELECT id, first_name FROM contacts WHERE id IN ({names})"
        first = dict(raw.execute(query).fetchall())
        chunk = [
            NewMessage(
                conversation_id=ConversationId(person),
                text=_DEAR.format(first[person] or "there"),
                channel_id=ChannelId(1),
                address_id=AddressId(person),
                client_uuid=str(uuid.uuid4()),
            )
            for person in people[begin : begin + _CHUNK]
        ]
        _queue_by_hand(raw, chunk, settle=True)


def _queue_by_hand(raw: sqlite3.Connection, chunk: list[NewMessage], *, settle: bool = False) -> None:
    raw.execute("BEGIN IMMEDIATE")
    indexed = []
    for new in chunk:
        conversation, address, opt_in = raw.execute(_SENDER, (new.conversation_id,)).fetchone()
        if opt_in == "opted_out":
            continue
        at = now()
        key, millis = new_entry_id(at), to_millis(at)
        raw.execute(_MESSAGE, (key, conversation, conversation, new.text, address, new.client_uuid, millis))
        values = (key, conversation, conversation, address, str(uuid.uuid4()), millis, millis + 86_400_000)
        raw.execute(_OUTBOX, values)
        raw.execute(_LIST, (key, new.text[:120], conversation))
        indexed.append((key, new.text, f"c{conversation}"))
        if settle:
            raw.execute(_SETTLED, (key, conversation, conversation))
    raw.executemany(_FULL_TEXT, sorted(indexed))
    raw.execute("COMMIT")


def _sent(store: Store, folder: Path) -> Figure:
    with _server() as address:
        theirs = _bare_rate(address)
        ours = asyncio.run(_product_rate(store, address, folder))
    return rate(f"sending with {WORKERS} workers to a server that takes 50 ms", ours, theirs, unit="/s", at_least=0.7)


async def _product_rate(store: Store, address: str, folder: Path) -> float:
    """Messages per second from the start of sending until the last one is recorded as taken."""
    bus = EventBus()
    store.attach(asyncio.get_running_loop())
    await _outbox(store).queue_many(_news(_SENT, SenderKind.USER))
    waiting = await store.read(_waiting)
    dispatcher = Dispatcher(
        store,
        _Providers(HttpClient(address)),
        Sending(gate=Gate(), capabilities=lambda _channel: _CAPABILITIES),
        bus=bus,
        clock=now,
        journal=Journal(folder, instance="bench"),
    )
    start = time.perf_counter()
    await dispatcher.start()
    while await store.read(_waiting):  # noqa: ASYNC110 - the database is what is asked
        await asyncio.sleep(0.05)
    taken = time.perf_counter() - start
    await dispatcher.stop()
    return waiting / taken


def _waiting(work: Work) -> int:
    query = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'retry_wait', 'claimed', 'sending')"
    return int(work.connection.exec_driver_sql(query).scalar_one())


def _bare_rate(address: str) -> float:
    """The same requests from a pool of as many threads, a session each, and nothing around it."""
    sessions = threading.local()

    def send(number: int) -> str:
        if not hasattr(sessions, "session"):
            sessions.session = requests.Session()
        answer = sessions.session.post(f"{address}/messages", json={"to": str(number), "text": "x" * 80}, timeout=10)
        return str(answer.json()["id"])

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(send, range(WORKERS * 2)))
        start = time.perf_counter()
        list(pool.map(send, range(_SENT)))
        return _SENT / (time.perf_counter() - start)


@contextlib.contextmanager
def _server() -> Iterator[str]:
    script = Path(__file__).with_name("slow_server.py")
    process = subprocess.Popen([sys.executable, str(script), "300"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait()
