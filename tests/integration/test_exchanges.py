"""What was said with providers when calls went wrong: kept beside the message, and never with a secret."""

import asyncio
import base64
import http.server
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import pytest
from sqlalchemy import event

from desktop_inbox.clock import now
from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import http_auth, http_record
from desktop_inbox.services.attachments import AttachmentService
from desktop_inbox.services.attempt import attempt
from desktop_inbox.services.channel_trouble import ChannelTrouble
from desktop_inbox.services.demo import fill_demo, wipe_demo
from desktop_inbox.services.demo_logs import keep_logs
from desktop_inbox.services.error_log import ErrorLog, read_log
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.providers.base import (
    ChannelAccount,
    DeliveryReceipt,
    Provider,
    ProviderError,
    SendRequest,
    SentQuery,
)
from desktop_inbox.services.providers.matrix_session import MatrixSession
from desktop_inbox.services.providers.registry import provider_classes
from desktop_inbox.services.providers.twilio_api import TwilioApi
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from tests.support import offices
from tests.support.clock import HeldClock
from tests.support.fault_server import Fault, FaultServer, Step
from tests.support.http_provider import HttpProvider
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office

CANARY = 'CANARY/0123456789+abc="q"zz'  # with characters that every spelling writes otherwise
SHORT = Timeouts(connect=0.5, read=0.5, total=1.0)


@pytest.fixture
def office(store: Store, clock: HeldClock) -> Office:
    return open_office(store, World(clock=clock))


def _carry(office: Office, server: FaultServer) -> None:
    (job,) = office.begin()
    client = HttpClient(server.url, auth=http_auth.bearer(lambda: "TOKEN-0123456789"), timeouts=SHORT)
    provider = HttpProvider(client, ReconcileClass.NOTHING)
    outcome = attempt(job, lambda: provider, path_of=lambda _sha: None, clock=office.world.clock)  # type: ignore[arg-type,return-value]
    provider.close()
    office.store.run_sync(lambda work: office.sending.record(work, (outcome,)))


def _kept(office: Office, message_id: EntryId) -> tuple[Exchange, ...]:
    return office.store.read_sync(lambda work: work.exchanges.of_message(message_id))


@pytest.mark.row("S1-26")
def test_a_refused_send_keeps_request_and_answer_beside_its_message(office: Office) -> None:
    message = office.queue(text="Hello Maria")
    with FaultServer() as server:
        server.script(Fault.STATUS_400)
        _carry(office, server)
    (kept,) = _kept(office, message.id)
    (made,) = office.store.read_sync(lambda work: work.deliveries.attempts_of_message(message.id))
    assert (kept.kind, kept.http_status, kept.attempt_id) == (ExchangeKind.SEND, 400, made.id)
    assert kept.request.startswith("POST http://127.0.0.1:")
    assert '"text": "Hello Maria"' in kept.request
    assert "Content-Type: application/json" in kept.request
    assert kept.response.startswith("HTTP 400")
    assert kept.elapsed_millis >= 0
    assert "TOKEN-0123456789" not in kept.request + kept.response
    assert "Authorization: •••" in kept.request


@pytest.mark.row("S1-26")
def test_what_was_accepted_leaves_only_its_attempt(office: Office) -> None:
    message = office.queue()
    with FaultServer() as server:
        _carry(office, server)
    assert office.status(message.id) is S.ACCEPTED
    assert _kept(office, message.id) == ()
    assert len(office.store.read_sync(lambda work: work.deliveries.attempts_of_message(message.id))) == 1


@pytest.mark.row("S1-26")
@pytest.mark.parametrize("fault", [Fault.RESET_AFTER_BODY, Fault.HTML, Fault.STATUS_500])
def test_a_send_nobody_knows_the_fate_of_keeps_how_far_it_got(office: Office, fault: Fault) -> None:
    message = office.queue()
    with FaultServer() as server:
        server.script(fault)
        _carry(office, server)
    assert office.status(message.id) is S.UNKNOWN
    (kept,) = _kept(office, message.id)
    assert kept.error_code
    assert bool(kept.response) is (fault is not Fault.RESET_AFTER_BODY)


@pytest.mark.row("S1-26")
def test_an_answer_of_no_use_is_kept_although_the_call_itself_worked(office: Office) -> None:
    with http_record.recording(ExchangeKind.SEND) as record, FaultServer() as server:
        client = HttpClient(server.url, timeouts=SHORT)
        client.get("/account")
        client.close()
    (kept,) = record.troubles("no_id")
    assert (kept.error_code, kept.http_status) == ("no_id", 200)


@pytest.mark.row("S1-26")
def test_what_was_said_goes_with_its_message(office: Office) -> None:
    person = office.person(0)
    message = office.queue(person)
    with FaultServer() as server:
        server.script(Fault.STATUS_400)
        _carry(office, server)
    office.store.run_sync(lambda work: work.deletions.delete([person.conversation_id]))
    assert _kept(office, message.id) == ()


@pytest.mark.row("S1-26")
def test_a_message_and_a_channel_keep_only_the_latest(office: Office, clock: HeldClock) -> None:
    message = office.queue()

    def row(number: int, message_id: EntryId | None) -> Exchange:
        return Exchange(
            kind=ExchangeKind.SEND,
            at=clock() + timedelta(seconds=number),
            request=str(number),
            channel_id=office.channel.id,
            message_id=message_id,
        )

    office.store.run_sync(lambda work: work.exchanges.add_many([row(number, message.id) for number in range(60)]))
    office.store.run_sync(lambda work: work.exchanges.add_many([row(number, None) for number in range(150)]))
    kept = _kept(office, message.id)
    assert [one.request for one in kept] == [str(number) for number in range(20, 60)]
    channel = office.store.read_sync(lambda work: work.exchanges.of_channel(office.channel.id, limit=500))
    assert len(channel) == 100
    assert channel[0].request == "149"


@pytest.mark.row("S1-26")
def test_keeping_what_a_channel_said_never_reads_all_that_was_ever_kept(sqlite_office: offices.Office) -> None:
    """A table of hundreds of thousands lies beside it, and the one writer of the office must not wait for that."""
    store, channel_id = sqlite_office.store, sqlite_office.channel.id
    said = Exchange(kind=ExchangeKind.RECEIVE, at=sqlite_office.clock(), request="GET", channel_id=channel_id)
    asked: list[tuple[str, Any]] = []

    def keep(work: Work) -> list[str]:
        def watch(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
            asked.append((statement, parameters))

        event.listen(work.connection, "before_cursor_execute", watch)
        work.exchanges.add_many([said] * 120)
        event.remove(work.connection, "before_cursor_execute", watch)
        plans = []
        for statement, parameters in asked:
            if not statement.startswith("INSERT"):
                rows = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans += [str(row[3]) for row in rows]
        return plans

    plans = store.run_sync(keep)
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    assert len(store.read_sync(lambda work: work.exchanges.of_channel(channel_id, limit=500))) == 100


@pytest.mark.row("S1-26")
def test_long_bodies_are_cut_and_say_so() -> None:
    with _echo(lambda _said: (400, json.dumps({"text": "x" * 50_000}))) as url:
        kept = _said(url)
    assert len(kept.response) < 5000
    assert "characters more" in kept.response


# -- secrets


@contextmanager
def _echo(answer: Callable[[str], tuple[int, str]], *, cut: int = 0) -> Iterator[str]:
    """A service that answers with whatever it was told, ``cut`` bytes short of what it announced."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            said = f"{self.command} {self.path}\n{self.headers}\n{body}"
            status, text = answer(said)
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Echo", said.replace("\n", " ").replace("\r", " ").encode("ascii", "replace").decode())
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) - cut])
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _said(url: str, auth: http_auth.Auth | None = None) -> Exchange:
    client = HttpClient(url, auth=auth, timeouts=SHORT)
    with http_record.recording(ExchangeKind.SEND) as record, suppress(ProviderError):
        client.post_json("/messages", {"text": "Hello"})
    client.close()
    (kept,) = record.troubles()
    return kept


def _spellings(secret: str) -> set[str]:
    pair = base64.b64encode(f"user:{secret}".encode()).decode().rstrip("=")
    alone = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], pair, alone}


@pytest.mark.row("S1-26", "P25")
@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("style", ["path", "query", "bearer", "basic", "header"])
def test_a_service_that_repeats_our_secret_does_not_bring_it_into_the_log(style: str, status: int) -> None:
    auth = {
        "path": http_auth.path("/bot", lambda: CANARY),
        "query": http_auth.query("key", lambda: CANARY),
        "bearer": http_auth.bearer(lambda: CANARY),
        "basic": http_auth.basic("user", lambda: CANARY),
        "header": http_auth.header("X-Key", lambda: CANARY),
    }[style]
    with _echo(lambda said: (status, f"not json {said}")) as url:
        kept = _said(url, auth)
    found = [spelling for spelling in _spellings(CANARY) if spelling in kept.request + kept.response]
    assert found == []
    assert kept.response


@pytest.mark.row("S1-26", "P25")
@pytest.mark.parametrize("cut", range(1, 18, 3))
def test_half_a_secret_at_the_end_of_a_broken_answer_is_hidden_too(cut: int) -> None:
    secret = "CANARY-at-the-end-0123456789"
    with _echo(lambda _said: (500 if cut % 2 else 200, f"oops {secret}"), cut=cut) as url:
        kept = _said(url, http_auth.bearer(lambda: secret))
    assert secret[:8] not in kept.request + kept.response


_SETTINGS = {
    "twilio": {"account_sid": "AC" + "0" * 32, "number": "+14155550100"},
    "matrix": {"user_id": "@front:localhost"},
    "simulator": {},
}


@pytest.mark.row("S1-26", "P25")
@pytest.mark.parametrize("kind", provider_classes(), ids=lambda kind: kind.kind)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_no_provider_lets_a_token_into_a_stored_log(store: Store, clock: HeldClock, kind: Any, status: int) -> None:
    """Every call of every provider, against a service that repeats everything it was told."""
    office = open_office(store, World(clock=clock))
    secret = f"CANARY-{kind.kind}-0123456789abcdef"
    kept: list[Exchange] = []
    with _echo(lambda said: (status, json.dumps({"code": 1, "errcode": "M_UNKNOWN", "error": said}))) as url:
        settings = _SETTINGS[kind.kind] | {"base_url": url, "homeserver": url}
        provider = kind(
            ChannelAccount(
                channel_id=office.channel.id, address="+14155550100", settings=settings, secret=lambda _field: secret
            )
        )
        for call in _calls(provider, clock):
            with http_record.recording(ExchangeKind.SEND) as record, suppress(ProviderError):
                call()
            kept += record.troubles("said nothing")
        provider.close()
    rows = [Exchange(**_columns(one, office.channel.id)) for one in kept]
    store.run_sync(lambda work: work.exchanges.add_many(rows))
    stored = store.read_sync(lambda work: work.exchanges.of_channel(office.channel.id, limit=1000))
    assert len(stored) == len(kept)
    assert kept or kind.kind == "simulator"
    everything = "".join(one.request + one.response + one.error_code for one in stored)
    assert [spelling for spelling in _spellings(secret) if spelling in everything] == []


def _columns(one: Exchange, channel_id: ChannelId) -> dict[str, Any]:
    names = ("kind", "at", "elapsed_millis", "request", "response", "http_status", "error_code")
    return {name: getattr(one, name) for name in names} | {"channel_id": channel_id}


def _calls(provider: Provider, clock: HeldClock) -> tuple[Callable[[], object], ...]:
    scheme, to = (Scheme.MATRIX, "@maria:localhost") if provider.kind == "matrix" else (Scheme.TEL, "+14155550123")
    request = SendRequest(idempotency_key="11111111-1111-4111-8111-111111111111", scheme=scheme, to=to, text="Hello")
    query = SentQuery(scheme=scheme, to=to, text="Hello", since=clock(), until=clock())
    return (
        provider.probe,
        lambda: provider.send(request),
        lambda: provider.fetch("", wait=timedelta(0)),
        lambda: provider.fetch_receipts(("SM" + "0" * 32,)),
        lambda: provider.find_sent(query),
        lambda: provider.download("SM1/ME1" if provider.kind == "twilio" else "mxc://x/y", io.BytesIO(), max_bytes=100),
        lambda: provider.mark_read(scheme, to, "$event"),
        provider.check,
        provider.secrets_to_keep,
    )


@pytest.mark.row("S1-26")
def test_throttled_attempts_are_kept_one_by_one(office: Office, clock: HeldClock) -> None:
    message = office.queue()
    with FaultServer() as server:
        for _number in range(2):
            server.script(Step(Fault.STATUS_429, retry_after="2"))
            _carry(office, server)
            clock.advance(timedelta(minutes=2))
            office.sweep()
        _carry(office, server)
    assert office.status(message.id) is S.ACCEPTED
    assert [one.http_status for one in _kept(office, message.id)] == [429, 429]


@pytest.mark.row("S1-26")
def test_a_channel_that_is_deleted_takes_what_was_said_along(office: Office, clock: HeldClock) -> None:
    row = Exchange(kind=ExchangeKind.RECEIVE, at=clock(), channel_id=office.channel.id)
    office.store.run_sync(lambda work: work.exchanges.add_many([row]))
    office.store.run_sync(lambda work: work.channels.delete(office.channel.id))
    assert office.store.read_sync(lambda work: work.exchanges.of_channel(office.channel.id)) == ()


@pytest.mark.row("S1-26")
def test_the_demo_has_failed_messages_with_logs_and_takes_them_away_again(store: Store, clock: HeldClock) -> None:
    store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
    asyncio.run(_demo(store, clock))

    def logged(work: Work) -> list[ErrorLog]:
        keys = work.connection.exec_driver_sql("SELECT message_id FROM exchanges ORDER BY message_id").scalars()
        return [read_log(work, EntryId(key)) for key in keys]

    logs = store.read_sync(logged)
    assert len(logs) > 2
    assert all(log.steps and log.word.remedy and log.can_resend for log in logs)
    store.run_sync(keep_logs)
    assert len(store.read_sync(logged)) == len(logs)
    asyncio.run(_wipe(store))
    assert store.read_sync(logged) == []


async def _demo(store: Store, clock: HeldClock) -> None:
    store.attach(asyncio.get_running_loop())
    await fill_demo(store, clock)


async def _wipe(store: Store) -> None:
    store.attach(asyncio.get_running_loop())
    await wipe_demo(store)


# -- what is not sending


@pytest.mark.row("S1-26")
def test_a_channel_that_cannot_be_fetched_keeps_what_was_said_once(office: Office) -> None:
    trouble = ChannelTrouble(office.store, office.channel.id)

    async def fetch() -> None:
        office.store.attach(asyncio.get_running_loop())
        with suppress(ProviderError), trouble.recording(ExchangeKind.RECEIVE):
            client.get("/inbox")
        await trouble.keep()

    with FaultServer() as server:
        client = HttpClient(server.url, timeouts=SHORT)
        server.script(*[Fault.STATUS_500] * 3, Fault.STATUS_401, Fault.NONE)
        for _round in range(5):
            asyncio.run(fetch())
        client.close()
    kept = office.store.read_sync(lambda work: work.exchanges.of_channel(office.channel.id))
    assert {(one.kind, one.http_status) for one in kept} == {(ExchangeKind.RECEIVE, 500), (ExchangeKind.RECEIVE, 401)}
    assert len(kept) == 2, "the same trouble again, a moment later, is no news"


@pytest.mark.row("S1-26")
def test_signing_in_and_reading_calls_are_kinds_of_their_own() -> None:
    with _echo(lambda _said: (403, json.dumps({"errcode": "M_FORBIDDEN"}))) as url:
        account = ChannelAccount(
            channel_id=ChannelId(1),
            address="",
            settings={"user_id": "@a:localhost", "homeserver": url, "account_sid": "AC1", "base_url": url},
            secret=lambda _field: "CANARY-password-0123456789",
        )
        with http_record.recording(ExchangeKind.RECEIVE) as record:
            with suppress(ProviderError):
                MatrixSession(account).sign_in()
            api = TwilioApi(account, clock=now, timeouts=SHORT)
            for resource in ("Calls", "Messages"):
                with suppress(ProviderError):
                    api.page(resource, {}, "", end=time.monotonic() + 5)
            api.close()
    said = record.troubles()
    assert [one.kind for one in said] == [ExchangeKind.TOKEN, ExchangeKind.CALL, ExchangeKind.RECEIVE]
    assert "CANARY" not in "".join(one.request + one.response for one in said)


class _Asked(HttpProvider):
    """Asks for each message, as Twilio does."""

    def fetch_receipts(self, provider_message_ids: tuple[str, ...]) -> tuple[DeliveryReceipt, ...]:
        found = []
        for key in provider_message_ids:
            self._client.get(f"/state/{key}")
            status = S.UNDELIVERED if key == "bad" else S.DELIVERED
            found.append(
                DeliveryReceipt(provider_message_id=key, status=status, at=now(), key=f"{key}:1", error_code="30003")
            )
        return tuple(found)

    def download(self, reference: str, sink: BinaryIO, *, max_bytes: int) -> None:
        self._client.download(f"/files/{reference}", sink, max_bytes=max_bytes)


class _Pool:
    def __init__(self, url: str) -> None:
        self.provider = _Asked(HttpClient(url, timeouts=SHORT), ReconcileClass.NOTHING)

    def for_channel(self, _channel: Channel) -> Provider:
        return self.provider

    def capabilities(self, channel: Channel) -> Capabilities:
        return HttpProvider.capabilities_of(channel.settings)


@pytest.mark.row("S1-26")
def test_the_answer_that_told_of_a_failure_is_kept_beside_its_message(office: Office, clock: HeldClock) -> None:
    keys = {}
    for name in ("good", "bad"):
        keys[name] = office.queue(office.person()).id
        (job,) = office.begin()
        office.accept(job, name)
    clock.advance(timedelta(seconds=10))
    with FaultServer() as server:
        pool = _Pool(server.url)

        async def ask() -> int:
            office.store.attach(asyncio.get_running_loop())
            return await ReceiptQuestions(office.store, pool).run((office.channel_now(),))

        assert asyncio.run(ask()) == 2
        pool.provider.close()
    assert office.status(keys["bad"]) is S.UNDELIVERED
    (kept,) = _kept(office, keys["bad"])
    assert (kept.kind, kept.error_code, kept.http_status) == (ExchangeKind.STATUS, "30003", 200)
    assert "/state/bad" in kept.request
    assert _kept(office, keys["good"]) == ()


@pytest.mark.row("S1-26")
def test_a_file_that_cannot_be_had_keeps_what_was_said(office: Office, clock: HeldClock, tmp_path: Path) -> None:
    person = office.people[0]
    key = office.store.run_sync(lambda work: _with_file(work, person, office.channel.id, clock()))
    with FaultServer() as server:
        server.script(Fault.STATUS_404)
        pool = _Pool(server.url)
        files = AttachmentService(
            office.store,
            clock,
            attachments_dir=tmp_path / "files",
            outbox_dir=tmp_path / "out",
            pool=pool,  # type: ignore[arg-type]
        )

        async def fetch() -> None:
            office.store.attach(asyncio.get_running_loop())
            (attachment,) = (await office.store.read(lambda work: work.attachments.of([key])))[key]
            with suppress(InboxError):
                await files.fetch(attachment)

        asyncio.run(fetch())
        files.close()
        pool.provider.close()
    (kept,) = _kept(office, key)
    assert (kept.kind, kept.http_status) == (ExchangeKind.ATTACHMENT, 404)
    assert kept.request.startswith("GET ")


def _with_file(work: Work, person: Person, channel_id: ChannelId, at: datetime) -> EntryId:
    key = work.new_entry_id(at)
    message = Message(
        id=key,
        conversation_id=person.conversation_id,
        contact_id=person.contact_id,
        direction=Direction.IN,
        text="",
        status=S.RECEIVED,
        channel_id=channel_id,
        provider_message_id="in-1",
    )
    work.messages.add_inbound(message)
    work.attachments.add(
        key, position=0, state="pending", media_type="image/png", original_name="a.png", size=10, reference="f1"
    )
    return key
