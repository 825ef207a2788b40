"""HttpClient: the only way out. One place for deadlines, limits, certificates and who gets the credentials.

Every method either returns or raises a ProviderError that says what was proven; see ``http_errors``.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urljoin

from desktop_inbox import clock as clocks
from desktop_inbox.services import http_record
from desktop_inbox.services.http_address import (
    AddressPolicy,
    AddressRefusedError,
    Origin,
    Resolve,
    is_loopback_host,
    origin_of,
    split_url,
    system_resolve,
)
from desktop_inbox.services.http_auth import Auth, BoundAuth
from desktop_inbox.services.http_body import Downloaded, JsonObject, decoded, parse_object, write_file
from desktop_inbox.services.http_errors import (
    BadAnswerError,
    Explain,
    Refusal,
    of_bad_answer,
    of_failure,
    of_status,
    retry_after,
)
from desktop_inbox.services.providers.base import ChannelError, ProviderError, RejectedError

if TYPE_CHECKING:
    import requests

    from desktop_inbox.services.http_transport import Call

_log = logging.getLogger(__name__)

Fields = Mapping[str, str | int] | Sequence[tuple[str, str | int]]

MAX_JSON_BYTES = 1 << 20
MAX_HOPS = 3
_MAX_REFUSAL_BYTES = 64 << 10
_USER_AGENT = "desktop-inbox/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. ``total`` bounds a whole exchange, whatever drips in; ``read`` one silence within it."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """What a request carries."""

    data: Any = None
    headers: Mapping[str, str] | None = None


def system_proxy(url: str) -> str:
    """Return the proxy that the system or the environment names for ``url``, or an empty string."""
    import urllib.request

    parts = split_url(url)
    host = str(parts.hostname)
    if is_loopback_host(host) or urllib.request.proxy_bypass(host):
        return ""
    return urllib.request.getproxies().get(parts.scheme, "")


class HttpClient:
    """Requests to one service: a session per thread, credentials for its origin only.

    ``base_url`` is https, or http on loopback. ``allow_private`` records that a person confirmed an address
    inside a private network. ``ca_file`` adds an authority of the office's own; checks cannot be turned off.
    ``explain`` reads the service's refusals. Raises ChannelError for an address that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        explain: Explain | None = None,
        timeouts: Timeouts = Timeouts(),
        allow_private: bool = False,
        ca_file: Path | None = None,
        resolve: Resolve = system_resolve,
        proxy: Callable[[str], str] = system_proxy,
        clock: clocks.Clock = clocks.now,
    ) -> None:
        try:
            self._origin = origin_of(base_url)
        except AddressRefusedError as error:
            refused: ChannelError | None = ChannelError(error.text, code=error.code)
        else:
            refused = None
        if refused:
            raise refused
        loopback = is_loopback_host(self._origin.host)
        if self._origin.scheme != "https" and not loopback:
            raise ChannelError(
                "The address must begin with https://; anything else can be read on the way.", code="insecure_url"
            )
        self._base = base_url.rstrip("/")
        self._auth = auth
        self._explain = explain
        self._timeouts = timeouts
        self._policy = AddressPolicy(allow_private=allow_private, allow_loopback=loopback)
        self._ca_file = str(ca_file or "")
        self._resolve = resolve
        self._proxy = proxy
        self._clock = clock
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()

    @property
    def host(self) -> str:
        """The service's host, for messages to people."""
        return self._origin.host

    def get(
        self,
        path: str,
        query: Fields = (),
        *,
        wait: timedelta = timedelta(0),
        max_bytes: int = MAX_JSON_BYTES,
        total: float | None = None,
    ) -> JsonObject:
        """Ask for a JSON object; with ``wait`` the service may take so much longer to answer (long polling)."""
        return self._exchange("GET", path, query, wait=wait, max_bytes=max_bytes, total=total)

    def post_form(self, path: str, fields: Fields) -> JsonObject:
        """Send form fields, repeated names allowed; returns the JSON object answered."""
        return self._exchange("POST", path, body=_Body(data=list(_pairs(fields))))

    def post_json(self, path: str, value: object, *, query: Fields = ()) -> JsonObject:
        """Send JSON; returns the JSON object answered."""
        return self._exchange("POST", path, query, body=_json_body(value))

    def put_json(self, path: str, value: object, *, query: Fields = ()) -> JsonObject:
        """Put JSON; returns the JSON object answered."""
        return self._exchange("PUT", path, query, body=_json_body(value))

    def delete(self, path: str, query: Fields = ()) -> JsonObject:
        """Delete; returns the JSON object answered, an empty one for an answer without content."""
        return self._exchange("DELETE", path, query)

    def upload(
        self, path: str, data: bytes | BinaryIO, *, media_type: str, query: Fields = (), total: float | None = None
    ) -> JsonObject:
        """Post the bytes of a file; ``total`` seconds where the usual deadline is too short for its size."""
        body = _Body(data=data, headers={"Content-Type": media_type})
        return self._exchange("POST", path, query, body=body, total=total)

    def download(
        self,
        url: str,
        sink: BinaryIO,
        *,
        max_bytes: int,
        credential_hosts: frozenset[str] = frozenset(),
        total: float | None = None,
    ) -> Downloaded:
        """Write a file to ``sink``. ``url`` is a path of this service, or one that its API gave.

        Credentials go to this service's origin and to ``credential_hosts`` (https, usual port), on the first
        hop only. At most 3 redirects, each to https and a public address. RejectedError when it is gone or
        larger than ``max_bytes``; the sink may then hold a part.
        """
        target = self._base + url if url.startswith("/") else url
        trusted = frozenset({self._origin, *(Origin("https", host, 443) for host in credential_hosts)})
        for hop in range(MAX_HOPS + 1):
            self._check_hop(target)
            auth = BoundAuth(self._auth, trusted) if self._auth and hop == 0 else None
            location, result = self._fetch_file(target, sink, max_bytes=max_bytes, auth=auth, total=total)
            if result is not None:
                return result
            target = urljoin(target, location)
        raise RejectedError(f"{self.host} sends from one address to the next.", code="too_many_hops")

    def close(self) -> None:
        """Let go of all connections; from any thread."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    # -- one exchange

    def _exchange(
        self,
        method: str,
        path: str,
        query: Fields = (),
        *,
        body: _Body = _Body(),
        wait: timedelta = timedelta(0),
        max_bytes: int = MAX_JSON_BYTES,
        total: float | None = None,
    ) -> JsonObject:
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError("a path begins with one slash")
        call = self._new_call(wait=wait.total_seconds(), total=total)
        auth = BoundAuth(self._auth, frozenset({self._origin})) if self._auth else None
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", **(body.headers or {})}
        started = time.monotonic()

        def talk() -> JsonObject:
            with self._send(method, self._base + path, query, data=body.data, headers=headers, auth=auth) as response:
                _log.debug(
                    "%s %s: %d in %.0f ms", method, path.partition("?")[0], response.status_code, _since(started)
                )
                return self._read_answer(response, max_bytes)

        answer: JsonObject = self._guarded(call, talk)
        return answer

    def _new_call(self, *, wait: float = 0.0, total: float | None = None) -> "Call":
        from desktop_inbox.services.http_transport import Call

        times = replace(self._timeouts, total=total or self._timeouts.total)
        return Call(
            connect=times.connect,
            read=times.read + wait,
            total=times.total + wait,
            policy=self._policy,
            resolve=self._resolve,
        )

    def _guarded(self, call: "Call", talk: Callable[[], Any]) -> Any:
        """Do ``talk`` within ``call``; raises only ProviderErrors, without the original as context: its text
        holds the URL, and with some providers the URL holds the token."""
        from desktop_inbox.services.http_transport import FAILURES, calling

        failures: tuple[type[Exception], ...] = (AddressRefusedError, ValueError, *FAILURES)
        try:
            with calling(call):
                answer = talk()
            http_record.ended()
            return answer
        except ProviderError as known:
            error = known
        except BadAnswerError as bad:
            error = of_bad_answer(bad.code, self.host)
        except failures as failure:
            error = of_failure(failure, self.host, started=call.started, expired=call.expired)
        error.__context__ = error.__cause__ = None
        http_record.ended(error.code or type(error).__name__)
        raise error

    def _send(
        self, method: str, url: str, query: Fields = (), *, data: Any = None, headers: Mapping[str, str], auth: Any
    ) -> "requests.Response":
        import requests

        session = self._session()
        headers, asked = {"User-Agent": _USER_AGENT, **headers}, list(_pairs(query))
        signed = auth is not None
        http_record.begin(method, url, asked, headers=headers, data=data, signed=signed, at=self._clock())
        request = requests.Request(method, url, params=asked, data=data, headers=headers, auth=auth)
        proxy = self._proxy(url)
        response = session.send(
            session.prepare_request(request),
            stream=True,
            verify=True,
            allow_redirects=False,
            timeout=(self._timeouts.connect, self._timeouts.read),
            proxies={"https": proxy, "http": proxy} if proxy else {},
        )
        http_record.answered(response.status_code, response.headers)
        return response

    def _session(self) -> "requests.Session":
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            from desktop_inbox.services.http_transport import new_session

            session = self._local.session = new_session(self._ca_file)
            with self._lock:
                self._sessions.append(session)
        return session

    # -- answers

    def _read_answer(self, response: "requests.Response", max_bytes: int) -> JsonObject:
        status = response.status_code
        if 200 <= status < 300:
            if status == 204:
                return {}
            return parse_object(b"".join(http_record.keeping(decoded(response, max_bytes))))
        raise self._refusal(response)

    def _refusal(self, response: "requests.Response") -> ProviderError:
        from desktop_inbox.services.http_transport import FAILURES

        data: JsonObject = {}
        unreadable: tuple[type[Exception], ...] = (BadAnswerError, *FAILURES)
        if 400 <= response.status_code < 500:
            try:  # the status alone proves something, even if its explanation never arrives
                data = parse_object(b"".join(http_record.keeping(decoded(response, _MAX_REFUSAL_BYTES))))
            except unreadable:
                data = {}
        wait = retry_after(response.headers.get("Retry-After"), now=self._clock(), date=response.headers.get("Date"))
        refusal = Refusal(status=response.status_code, data=data, retry_after=wait)
        return of_status(refusal, self.host, self._explain)

    # -- files

    def _check_hop(self, url: str) -> None:
        try:
            origin = origin_of(url)
        except AddressRefusedError as error:
            refused: str = error.code
        else:
            loopback = self._policy.allow_loopback and is_loopback_host(origin.host)
            refused = "" if origin.scheme == "https" or loopback else "insecure_url"
        if refused:
            raise RejectedError("The file lies at an address that is not safe to fetch from.", code=refused)

    def _fetch_file(
        self, url: str, sink: BinaryIO, *, max_bytes: int, auth: Any, total: float | None
    ) -> tuple[str, Downloaded | None]:
        """Return where the file is said to be, or what was written."""
        call = self._new_call(total=total)
        if origin_of(url) != self._origin:  # the confirmation of a private address was for this service alone
            call.policy = replace(self._policy, allow_private=False)

        def talk() -> tuple[str, Downloaded | None]:
            with self._send("GET", url, headers={"Accept-Encoding": "identity"}, auth=auth) as response:
                status = response.status_code
                if status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
                    return response.headers["Location"], None
                if status != 200:
                    raise self._no_file(response)
                return "", write_file(response, sink, max_bytes)

        try:
            found: tuple[str, Downloaded | None] = self._guarded(call, talk)
        except ChannelError as error:
            if origin_of(url) == self._origin:
                raise
            # A store of files elsewhere says nothing about the account: its channel must go on.
            raise RejectedError(error.text, code=error.code, http_status=error.http_status) from None
        return found

    def _no_file(self, response: "requests.Response") -> ProviderError:
        status = response.status_code
        if 400 <= status < 500 and status not in (401, 408, 429):
            return RejectedError(f"The file cannot be had (HTTP {status}).", code=f"http_{status}", http_status=status)
        return self._refusal(response)


def _json_body(value: object) -> _Body:
    # Sorted and compact: the same value is the same bytes, which idempotent providers insist on.
    data = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    return _Body(data=data, headers={"Content-Type": "application/json"})


def _pairs(fields: Fields) -> Iterator[tuple[str, str | int]]:
    yield from fields.items() if isinstance(fields, Mapping) else fields


def _since(start: float) -> float:
    return (time.monotonic() - start) * 1000.0
