"""Proxies, and servers that are silent at other moments than the usual ones."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from desktop_inbox.services import http_auth
from desktop_inbox.services.http import HttpClient, Timeouts, system_proxy
from desktop_inbox.services.providers.base import AmbiguousError, NotSentError
from tests.support.certificates import Authority
from tests.support.fault_server import Fault, FaultServer, Step

TIMES = Timeouts(connect=0.4, read=0.3, total=0.6)
CANARY = "CANARY-through-a-proxy"


class Tunnel:
    """A proxy that does CONNECT, and keeps what it saw before the tunnel was open."""

    def __init__(self) -> None:
        self.seen = b""
        self.carried = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(4096)
                self.seen += head
                host, _, port = head.split(b" ")[1].decode().rpartition(":")
                server = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError), source, target:
            while data := source.recv(65536):
                self.carried += data
                target.sendall(data)


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    made = Tunnel()
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def test_a_proxy_carries_and_sees_nothing(tunnel: Tunnel, authority: Authority) -> None:
    with FaultServer(tls=authority.server()) as server:
        client = HttpClient(
            server.url,
            auth=http_auth.bearer(lambda: CANARY),
            timeouts=Timeouts(connect=5, read=1, total=2),
            ca_file=authority.ca_file,
            proxy=lambda url: tunnel.url,
        )
        assert client.post_json("/messages", {"key": "k", "text": CANARY})["key"] == "k"
        assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
        assert tunnel.seen.startswith(b"CONNECT 127.0.0.1:")
        assert CANARY.encode() not in tunnel.seen + tunnel.carried
        server.script(Fault.RESET_AFTER_BODY, Fault.DRIP)
        for _fault in range(2):
            with pytest.raises(AmbiguousError):
                client.post_json("/messages", {"key": "k2"})
        client.close()


def test_a_proxy_that_refuses_proves_not_sent() -> None:
    with FaultServer() as proxy:
        proxy.script(Fault.STATUS_403, Step(status=407), Fault.STATUS_502, Fault.RESET_AFTER_BODY, Fault.STALL)
        client = HttpClient("https://api.twilio.com", timeouts=TIMES, proxy=lambda url: proxy.url)
        for _number in range(5):
            with pytest.raises(NotSentError):
                client.post_json("/x", {})
        assert [request.method for request in proxy.requests] == ["CONNECT"] * 5
        client.close()


def test_the_systems_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "internal.example")
    assert system_proxy("https://api.twilio.com/x") == "http://127.0.0.1:1"
    assert system_proxy("https://internal.example/x") == ""
    assert system_proxy("https://127.0.0.1:8443/x") == ""
    client = HttpClient("https://api.twilio.com", timeouts=TIMES)
    with pytest.raises(NotSentError):
        client.post_json("/x", {})
    client.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing: host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_handshake_that_never_comes_proves_not_sent(silent: str) -> None:
    client = HttpClient(f"https://{silent}", timeouts=TIMES)
    begin = time.monotonic()
    with pytest.raises(NotSentError):
        client.post_json("/x", {})
    assert time.monotonic() - begin < TIMES.total + 3


def test_a_server_that_stops_reading_is_ambiguous(silent: str) -> None:
    client = HttpClient(f"http://{silent}", timeouts=TIMES)
    begin = time.monotonic()
    with pytest.raises(AmbiguousError):
        client.upload("/x", b"x" * (64 << 20), media_type="image/png")
    assert time.monotonic() - begin < TIMES.total + 3
    client.close()
