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

Three faults need an address of their own, as no server can script them: ``refused_url`` (nobody listens),
``tls_error_url`` (https where none is spoken) and ``dns_url`` (a name that does not exist; give the client
``resolve=no_names`` so that the test asks no name server). With ``tls=`` the server speaks TLS.

``AMBIGUOUS_FAULTS`` lists the faults after which nobody can know whether the provider acted.
"""

import contextlib
import itertools
import json
import socket
import ssl
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.faults import AMBIGUOUS_FAULTS, BREAKAGES, REFUSALS, SERVER_TROUBLE, Fault, Step, bomb, reply, reset

__all__ = ["AMBIGUOUS_FAULTS", "Accepted", "Fault", "FaultServer", "Recorded", "Step", "no_names"]


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


@dataclass
class FaultServer:
    """The server; see the module. Attributes may be changed while it runs."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    lag: timedelta = timedelta(0)
    decide: Decide = lambda _request: Step()
    requests: list[Recorded] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)  # by fault
    connections: int = 0

    def __post_init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._numbers = itertools.count(1)
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
        added = [step if isinstance(step, Step) else Step(step) for step in steps]
        if any(step.fault is Fault.GZIP_BOMB for step in added):
            bomb()  # packed once, and not while a client waits
        with self._lock:
            self._steps.extend(added)

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
            self.connections += 1
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
        if stream.peek(1)[:1] == b"\x16":  # a TLS handshake: say at once that none is spoken
            reply(connection, 400, {}, b"plain HTTP only")
            return False
        line = stream.readline(65536).decode("latin-1")
        if not line.strip():
            return False
        method, target, _version = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := stream.readline(65536).decode("latin-1")) not in ("\r\n", "\n", ""):
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        step = self._scripted()
        if step and step.fault is Fault.RESET_BEFORE_BODY and not step.processed:
            self._count(step)
            return reset(connection)
        request = self._record(method, target, headers, _read_body(stream, headers))
        step = step or self.decide(request)
        self._count(step)
        return self._answer(connection, request, step)

    def _scripted(self) -> Step | None:
        with self._lock:
            return self._steps.popleft() if self._steps else None

    def _count(self, step: Step) -> None:
        with self._lock:
            self.answered[step.fault.value] += 1

    def _record(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Recorded:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        request = Recorded(method=method, path=parts.path, query=query, headers=headers, body=body)
        with self._lock:
            self.requests.append(request)
        return request

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
                    id=f"m{next(self._numbers)}",
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
        refused = step.fault in REFUSALS or step.fault in SERVER_TROUBLE or step.fault is Fault.REDIRECT
        processed = step.processed if step.processed is not None else not refused
        answer = self._act(request, step) if processed else {"ok": True}
        if step.delay:
            self._stopping.wait(step.delay)
        body = json.dumps(step.answer if step.answer is not None else answer).encode()
        status = step.status or (201 if request.method == "POST" else 200)
        headers = {"Content-Type": "application/json", **dict(step.headers)}
        if step.retry_after is not None:
            headers["Retry-After"] = step.retry_after
        if step.fault in REFUSALS:
            return reply(connection, int(step.fault.value), headers, json.dumps(REFUSALS[step.fault]).encode())
        if step.fault in SERVER_TROUBLE:
            return reply(connection, int(step.fault.value), headers, b'{"message": "trouble"}')
        if step.fault is Fault.REDIRECT:
            return reply(connection, step.status or 302, {**headers, "Location": step.location}, b"{}")
        breakage = BREAKAGES.get(step.fault)
        if breakage:
            return breakage(connection, body, self._stopping.wait)
        return reply(connection, status, headers, body)


def no_names(host: str, port: int) -> list[tuple[object, ...]]:
    """A resolver that knows no name."""
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def _read_body(stream: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return bytes(stream.read(int(headers.get("content-length", 0))))
    body = b""
    while size := int(stream.readline().split(b";")[0], 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body
