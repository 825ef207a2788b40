"""A messaging provider on loopback that fails on demand, and counts what it was made to deliver.

Usage::

    with FaultServer() as server:
        server.script(Step(Fault.RESET_AFTER_BODY, processed=True), Step(Fault.STATUS_429, retry_after="2"))
        ...                                     # first request resets, second is throttled, the rest succeed
        assert server.deliveries_of(key) == 1   # what reached the addressee, by idempotency key

One step is used up per request, in the order of arrival; when the script is empty ``server.decide`` is
asked (a function of the request; the default answers every request). ``processed`` says whether the
provider acts on the request in spite of the fault: both truths hide behind the same symptom.

The API is the smallest that a provider can have:

====================================  =====================================================================
``POST /messages``                    JSON ``{"key", "to", "text"}``; every accepted POST is a delivery
``PUT /messages/{key}``               the same, idempotent: one key is delivered once (reconcile class A)
``GET /messages?to=&since=``          what was accepted, oldest first, as soon as it is visible (class C)
``GET /messages/{id}``                one of them
``GET /inbox?after=``                 what ``server.receive`` put there
anything else                         ``{"ok": true}``
====================================  =====================================================================

Accepted messages have ``id, key, to, text, created_at`` (ISO 8601) and ``status``. With ``server.lag`` a message
shows in lists only that much later; with ``Step(late=...)`` the request itself takes effect later; with
``Step(copies=2)`` the provider delivers twice by its own fault. Time is ``clock()``, so that a test with a clock
of its own need not wait.

Five faults need an address of their own, as no server can script them: ``refused_url`` (nobody listens),
``dns_url`` (a name that does not exist), ``tls_error_url`` (not TLS), and a ``tls=`` context for certificates.
"""

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    RESET_BEFORE_BODY = "reset_before_body"  # headers were read, then RST
    RESET_AFTER_BODY = "reset_after_body"  # everything was read, then RST
    CLOSE_AFTER_BODY = "close_after_body"  # everything was read, then FIN without an answer
    RESET_IN_ANSWER = "reset_in_answer"  # half of the answer, then RST
    STALL = "stall"  # no answer at all
    STATUS_400 = "400"
    STATUS_401 = "401"
    STATUS_403 = "403"
    STATUS_404 = "404"
    STATUS_408 = "408"
    STATUS_429 = "429"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_503 = "503"
    STATUS_504 = "504"
    SLOW_LORIS = "slow_loris"  # the header arrives letter by letter, for ever
    DRIP = "drip"  # the body does
    TRUNCATED_JSON = "truncated_json"  # right length, half of the JSON
    WRONG_LENGTH = "wrong_length"  # promises more bytes than it sends
    BAD_GZIP = "bad_gzip"
    GZIP_BOMB = "gzip_bomb"  # 64 MB of spaces in some 60 KB
    TOO_LARGE = "too_large"  # 8 MB of JSON
    REDIRECT = "redirect"
    HTML = "html"  # 200 and a page, as captive portals answer
    EMPTY = "empty"  # 200 and nothing
    NO_ID = "no_id"  # 200 and JSON without an id
    DEEP_JSON = "deep_json"


#: The network faults that leave open whether the provider acted on a request.
AMBIGUOUS_FAULTS = (
    Fault.RESET_BEFORE_BODY,
    Fault.RESET_AFTER_BODY,
    Fault.CLOSE_AFTER_BODY,
    Fault.RESET_IN_ANSWER,
    Fault.STALL,
    Fault.STATUS_408,
    Fault.STATUS_500,
    Fault.STATUS_502,
    Fault.STATUS_503,
    Fault.STATUS_504,
    Fault.SLOW_LORIS,
    Fault.DRIP,
    Fault.TRUNCATED_JSON,
    Fault.WRONG_LENGTH,
    Fault.BAD_GZIP,
    Fault.GZIP_BOMB,
    Fault.TOO_LARGE,
    Fault.REDIRECT,
    Fault.HTML,
    Fault.EMPTY,
    Fault.NO_ID,
    Fault.DEEP_JSON,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Step:
    """How one request is answered."""

    fault: Fault = Fault.NONE
    processed: bool | None = None  # None: as the fault suggests (a success is, a refusal is not)
    retry_after: str | None = None  # header of a 429 or 503, verbatim
    location: str = "/elsewhere"  # of a redirect
    status: int | None = None  # of a redirect, or of an answer of your own
    answer: Any = None  # JSON of your own
    headers: tuple[tuple[str, str], ...] = ()
    late: timedelta = timedelta(0)  # the request takes effect so much later
    copies: int = 1  # deliveries made of it
    delay: float = 0.0  # seconds before the answer


@dataclass(slots=True)
class Accepted:
    """One message that the provider took."""

    id: str
    key: str
    to: str
    text: str
    created_at: datetime
    visible_at: datetime
    status: str = "sent"

    def json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "key": self.key,
            "to": self.to,
            "text": self.text,
            "created_at": self.created_at.isoformat(),
            "status": self.status,
        }


Decide = Callable[[Recorded], Step]

_REFUSALS = {
    Fault.STATUS_400: {"code": "bad_request", "message": "The number is not valid."},
    Fault.STATUS_401: {"code": "unauthorized", "message": "Wrong password."},
    Fault.STATUS_403: {"code": "forbidden", "message": "Not allowed."},
    Fault.STATUS_404: {"code": "not_found", "message": "No such thing."},
    Fault.STATUS_429: {"code": "slow_down", "message": "Too many requests."},
}
_SERVER_TROUBLE = (Fault.STATUS_408, Fault.STATUS_500, Fault.STATUS_502, Fault.STATUS_503, Fault.STATUS_504)


@dataclass
class FaultServer:
    """The server; see the module. Attributes may be changed while it runs."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    lag: timedelta = timedelta(0)
    decide: Decide = lambda _request: Step()
    drip_seconds: float = 0.02  # between two bytes of a drip
    requests: list[Recorded] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)  # by fault

    def __post_init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((self.host, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    # -- what tests use

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def refused_url(self) -> str:
        """A loopback address where nobody listens."""
        with socket.create_server((self.host, 0)) as closed:
            port = closed.getsockname()[1]
        return f"http://{self.host}:{port}"

    @property
    def dns_url(self) -> str:
        return "https://no-such-host.invalid"

    @property
    def tls_error_url(self) -> str:
        """This server under https although it speaks none."""
        return f"https://{self.host}:{self.port}"

    def script(self, *steps: Step | Fault) -> None:
        """Append steps for the next requests."""
        with self._lock:
            self._steps.extend(step if isinstance(step, Step) else Step(step) for step in steps)

    def receive(self, **message: Any) -> None:
        """Put a message into the inbox, as if a contact had written."""
        with self._lock:
            self.inbox.append({"seq": len(self.inbox) + 1, **message})

    def deliveries(self) -> Counter[str]:
        """How often each key reached its addressee, late arrivals included."""
        with self._lock:
            return Counter(message.key for message in self.accepted)

    def deliveries_of(self, key: str) -> int:
        return self.deliveries()[key]

    def listed(self, *, to: str | None = None, since: datetime | None = None) -> list[Accepted]:
        """What the list API shows now."""
        now = self.clock()
        with self._lock:
            return [
                message
                for message in sorted(self.accepted, key=lambda message: message.created_at)
                if message.visible_at <= now
                and (to is None or message.to == to)
                and (since is None or message.created_at >= since)
            ]

    def __enter__(self) -> "FaultServer":
        self._spawn(self._serve)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in list(self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(timeout=5)

    # -- connections

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True, name="fault-server")
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()]
            self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection.settimeout(5)
                connection = self.tls.wrap_socket(connection, server_side=True)
                connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            with connection, connection.makefile("rb") as stream:
                while not self._stopping.is_set() and self._one_request(connection, stream):
                    pass
        except (OSError, ValueError):  # the client went away, or speaks something else
            connection.close()
        finally:
            with self._lock:
                self._open.discard(connection)

    def _one_request(self, connection: socket.socket, stream: Any) -> bool:
        """Serve one request; False when the connection is over."""
        line = stream.readline(65536).decode("latin-1")
        if not line.strip():
            return False
        method, target, _version = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := stream.readline(65536).decode("latin-1")) not in ("\r\n", "\n", ""):
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        if self._peek().fault is Fault.RESET_BEFORE_BODY and not headers.get("x-no-script"):
            step = self._next(Recorded(method=method, path=target, query={}, headers=headers, body=b""))
            if step.processed:  # the provider read it in spite of all
                self._record(method, target, headers, self._body(stream, headers), step)
            return _reset(connection)
        request = self._record(method, target, headers, self._body(stream, headers), None)
        step = self._next(request)
        return self._answer(connection, request, step)

    def _peek(self) -> Step:
        with self._lock:
            return self._steps[0] if self._steps else Step()

    def _next(self, request: Recorded) -> Step:
        with self._lock:
            step = self._steps.popleft() if self._steps else self.decide(request)
            self.answered[step.fault.value] += 1
            return step

    def _record(self, method: str, target: str, headers: dict[str, str], body: bytes, act_on: Step | None) -> Recorded:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        request = Recorded(method=method, path=parts.path, query=query, headers=headers, body=body)
        with self._lock:
            self.requests.append(request)
        if act_on:
            self._act(request, act_on)
        return request

    @staticmethod
    def _body(stream: Any, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return bytes(stream.read(int(headers.get("content-length", 0))))
        body = b""
        while size := int(stream.readline().split(b";")[0], 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return body

    # -- the provider behind it

    def _act(self, request: Recorded, step: Step) -> Any:
        """Do what the request asks; returns the JSON of the answer."""
        parts = request.path.strip("/").split("/")
        if parts[0] == "messages" and request.method in ("POST", "PUT"):
            return self._accept(request, parts[1] if request.method == "PUT" else "", step)
        if parts == ["messages"]:
            since = request.query.get("since")
            found = self.listed(to=request.query.get("to"), since=datetime.fromisoformat(since) if since else None)
            return {"messages": [message.json() for message in found]}
        if parts[0] == "messages":
            return next((message.json() for message in self.listed() if message.id == parts[1]), {})
        if parts == ["inbox"]:
            after = int(request.query.get("after") or 0)
            with self._lock:
                return {"messages": [message for message in self.inbox if message["seq"] > after]}
        return {"ok": True}

    def _accept(self, request: Recorded, put_key: str, step: Step) -> dict[str, str]:
        data = request.json()
        key = put_key or data.get("key") or request.headers.get("idempotency-key", "")
        with self._lock:
            if put_key:
                for message in self.accepted:
                    if message.key == key:
                        return message.json()
            created = self.clock() + step.late
            for _copy in range(step.copies):
                message = Accepted(
                    id=f"m{len(self.accepted) + 1}",
                    key=key,
                    to=data.get("to", ""),
                    text=data.get("text", ""),
                    created_at=created,
                    visible_at=created + self.lag,
                )
                self.accepted.append(message)
            return message.json()

    # -- answers

    def _answer(self, connection: socket.socket, request: Recorded, step: Step) -> bool:
        refused = step.fault in _REFUSALS or step.fault in _SERVER_TROUBLE or step.fault is Fault.REDIRECT
        processed = step.processed if step.processed is not None else not refused
        answer = self._act(request, step) if processed else {"ok": True}
        if step.delay:
            self._stopping.wait(step.delay)
        body = json.dumps(step.answer if step.answer is not None else answer).encode()
        status = step.status or (201 if request.method == "POST" else 200)
        headers = {"Content-Type": "application/json", **dict(step.headers)}
        if step.retry_after is not None:
            headers["Retry-After"] = step.retry_after
        if step.fault in _REFUSALS:
            return _reply(connection, int(step.fault.value), headers, json.dumps(_REFUSALS[step.fault]).encode())
        if step.fault in _SERVER_TROUBLE:
            return _reply(connection, int(step.fault.value), headers, b'{"message": "trouble"}')
        if step.fault is Fault.REDIRECT:
            return _reply(connection, step.status or 302, {**headers, "Location": step.location}, b"{}")
        breakage = _BREAKAGES.get(step.fault)
        if breakage:
            return breakage(self, connection, body)
        return _reply(connection, status, headers, body)

    def _drip(self, connection: socket.socket, head: bytes, letter: bytes) -> bool:
        connection.sendall(head)
        end = time.monotonic() + 60
        while not self._stopping.wait(self.drip_seconds) and time.monotonic() < end:
            connection.sendall(letter)
        return False


def _reply(connection: socket.socket, status: int, headers: dict[str, str], body: bytes) -> bool:
    lines = [f"HTTP/1.1 {status} Status"] + [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1")
    connection.sendall(head + body)
    return True


def _reset(connection: socket.socket) -> bool:
    """End with RST instead of FIN."""
    raw = socket.socket(fileno=connection.detach())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()
    return False


def _json_reply(connection: socket.socket, body: bytes, **headers: str) -> bool:
    names = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return _reply(connection, 200, {"Content-Type": "application/json", **names}, body)


def _half_answer(_server: FaultServer, connection: socket.socket, body: bytes) -> bool:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body[: len(body) // 2])
    time.sleep(0.02)  # let the bytes arrive: an RST overtakes what is still queued
    return _reset(connection)


def _wrong_length(_server: FaultServer, connection: socket.socket, body: bytes) -> bool:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 50}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return False


def _stall(server: FaultServer, _connection: socket.socket, _body: bytes) -> bool:
    server._stopping.wait(60)
    return False


_BREAKAGES: dict[Fault, Callable[[FaultServer, socket.socket, bytes], bool]] = {
    Fault.RESET_AFTER_BODY: lambda _server, connection, _body: _reset(connection),
    Fault.CLOSE_AFTER_BODY: lambda _server, _connection, _body: False,
    Fault.RESET_IN_ANSWER: _half_answer,
    Fault.STALL: _stall,
    Fault.SLOW_LORIS: lambda server, connection, _body: server._drip(connection, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    Fault.DRIP: lambda server, connection, _body: server._drip(
        connection, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n", b" "
    ),
    Fault.TRUNCATED_JSON: lambda _server, connection, body: _json_reply(connection, body[: len(body) // 2]),
    Fault.WRONG_LENGTH: _wrong_length,
    Fault.BAD_GZIP: lambda _server, connection, _body: _json_reply(
        connection, b"\x1f\x8b not gzip at all", content_encoding="gzip"
    ),
    Fault.GZIP_BOMB: lambda _server, connection, _body: _json_reply(connection, bomb(), content_encoding="gzip"),
    Fault.TOO_LARGE: lambda _server, connection, _body: _json_reply(connection, b'{"id": "' + b"x" * (8 << 20) + b'"}'),
    Fault.HTML: lambda _server, connection, _body: _reply(
        connection, 200, {"Content-Type": "text/html"}, b"<html><body>Welcome to the guest network</body></html>"
    ),
    Fault.EMPTY: lambda _server, connection, _body: _json_reply(connection, b""),
    Fault.NO_ID: lambda _server, connection, _body: _json_reply(connection, b'{"status": "accepted"}'),
    Fault.DEEP_JSON: lambda _server, connection, _body: _json_reply(connection, b"[" * 90_000 + b"]" * 90_000),
}


def bomb(size: int = 64 << 20) -> bytes:
    """Return a small gzip file that unpacks to ``size`` spaces."""
    return gzip.compress(b" " * size, compresslevel=9)
