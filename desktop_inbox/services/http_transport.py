"""The lowest layer of HttpClient: sockets that know a deadline, connections that check where they go.

Imported when the first request is made: ``requests`` costs more time to load than a window has to open.
"""

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from desktop_inbox.services.http_address import AddressPolicy, Resolve, literal_address, resolve_within

#: A connection that rested longer is not used again: servers close idle ones, and a request written to a
#: closing connection is one that nobody knows the fate of.
_LONGEST_REST = 15.0


class Call:
    """One request under way: how long it may take, where it may go, and whether a byte of it has left."""

    def __init__(self, *, connect: float, read: float, total: float, policy: AddressPolicy, resolve: Resolve) -> None:
        self.connect = connect
        self.read = read
        self.deadline = time.monotonic() + total
        self.policy = policy
        self.resolve = resolve
        self.started = False

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; at least a little, as zero would mean a socket that does not wait."""
        return max(self.deadline - time.monotonic(), 0.001)

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline


_call: ContextVar[Call | None] = ContextVar("http_call", default=None)


@contextmanager
def calling(call: Call) -> Iterator[Call]:
    """Make ``call`` the one that sockets and connections of this thread serve."""
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


class _Armed:
    """Every read and write waits at most as long as the call has left, however slowly bytes drip in."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._arm()
        return super().recv_into(*args, **kwargs)  # type: ignore[misc,no-any-return]

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._arm()
        return super().send(*args, **kwargs)  # type: ignore[misc,no-any-return]

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._arm()
        super().sendall(*args, **kwargs)  # type: ignore[misc]

    def _arm(self) -> None:
        call = _call.get()
        if call is None:
            return
        if call.expired:
            raise TimeoutError("deadline")
        self.settimeout(min(call.read, call.remaining))  # type: ignore[attr-defined]


class _Socket(_Armed, socket.socket):
    pass


class _TlsSocket(_Armed, ssl.SSLSocket):
    pass


def _open_socket(connection: HTTPConnection) -> socket.socket:
    """Connect to an address that was checked: the name is not resolved a second time in between."""
    call = _call.get()
    if call is None:
        raise RuntimeError("a connection is opened outside of a call")
    host, port = connection._dns_host, connection.port
    try:
        found = resolve_within(call.resolve, host, port, seconds=min(call.connect, call.remaining))
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from None
    except TimeoutError:
        raise ConnectTimeoutError(connection, "name resolution") from None
    except OSError as error:
        raise NewConnectionError(connection, type(error).__name__) from None
    if connection.proxy is None:  # else this is the proxy's address, which the user or system chose
        for *_, place in found:
            address = literal_address(place[0])
            if address is not None:
                call.policy.check(host, address)
    return _connect_first(connection, call, found)


def _connect_first(connection: HTTPConnection, call: Call, found: list[tuple[Any, ...]]) -> socket.socket:
    failure: OSError = OSError("no address")
    end = time.monotonic() + min(call.connect, call.remaining)
    for family, kind, protocol, _name, place in found:
        if time.monotonic() >= end:
            break
        opened = _Socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.settimeout(max(end - time.monotonic(), 0.001))
            opened.connect(place)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    if isinstance(failure, TimeoutError) or time.monotonic() >= end:
        raise ConnectTimeoutError(connection, "connect")
    raise NewConnectionError(connection, type(failure).__name__)


class _Tracked:
    """Tells the call when the first byte of its request is about to leave."""

    rested_since: float = 0.0

    def _new_conn(self) -> socket.socket:
        return _open_socket(self)  # type: ignore[arg-type]

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined]
            self.connect()  # type: ignore[attr-defined]
        call = _call.get()
        if call is not None:
            call.started = True
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> Any:
        response = super().getresponse()  # type: ignore[misc]
        self.rested_since = time.monotonic()
        return response


class _Http(_Tracked, HTTPConnection):
    pass


class _Https(_Tracked, HTTPSConnection):
    pass


class _Rested:
    """Does not hand out a connection that rested too long."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is not None and time.monotonic() - connection.rested_since > _LONGEST_REST:
            connection.close()
        return connection


class _HttpPool(_Rested, HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(_Rested, HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


@cache
def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return the one way in which certificates are checked; ``ca_file`` adds an office's own authority.

    There is no argument that turns the check off.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TlsSocket
    return context


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=8, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        # The context already holds the authorities; loading them for each connection takes 20 ms.
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = None
        conn.ca_cert_dir = None


class _NoCookies(RequestsCookieJar):
    def set_cookie(self, *_args: Any, **_kwargs: Any) -> None:
        """Providers are called with credentials; a cookie would be a second identity nobody sees."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: Any) -> str | None:
        """No redirect is followed, nor its body read: whoever may follow one decides for each hop."""
        return None


def new_session(ca_file: str) -> requests.Session:
    """Return a session that trusts nothing from the environment and keeps nothing but connections."""
    session = _Session()
    session.trust_env = False
    session.cookies = _NoCookies()
    session.headers.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(tls_context(ca_file)))
    return session


#: What a request may raise before and while its answer is read.
FAILURES: tuple[type[Exception], ...] = (
    requests.RequestException,
    HTTPError,  # urllib3's own, while a body is read
    OSError,
    http.client.HTTPException,
    zlib.error,
)
