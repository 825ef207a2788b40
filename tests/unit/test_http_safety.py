"""Where requests may go, who sees the credentials, and that certificates are always checked."""

import io
import ipaddress
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_inbox.errors import SecretStoreError
from desktop_inbox.services import http_auth
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.http_address import AddressPolicy, AddressRefusedError, Place, origin_of, place_of
from desktop_inbox.services.providers.base import (
    ChannelError,
    NotSentError,
    ProviderError,
    RejectedError,
)
from tests.support.certificates import Authority
from tests.support.fault_server import Fault, FaultServer, Step

CANARY = "CANARY-7f3a9c51d2e8"
TIMES = Timeouts()
QUICK = Timeouts(connect=0.5, read=0.25, total=0.5)
REDIRECTS = (301, 302, 303, 307, 308)
AUTH: dict[str, http_auth.Auth] = {
    "basic": http_auth.basic("user", lambda: CANARY),
    "bearer": http_auth.bearer(lambda: CANARY),
    "header": http_auth.header("X-Api-Key", lambda: CANARY),
    "query": http_auth.query("access_token", lambda: CANARY),
    "path": http_auth.path("/bot", lambda: CANARY),
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def everything(server: FaultServer) -> str:
    basic = http_auth.basic("user", lambda: CANARY)().headers[0][1].split()[1]
    return repr(server.requests).replace(basic, CANARY)


# -- credentials


@pytest.mark.row("P25")
@pytest.mark.parametrize("style", AUTH)
def test_credentials_reach_their_server(server: FaultServer, style: str) -> None:
    client = HttpClient(server.url, auth=AUTH[style], timeouts=TIMES)
    client.get("/messages", {"to": "+1"})
    assert CANARY in everything(server)
    assert server.requests[0].query["to"] == "+1"
    client.close()


@pytest.mark.row("S7", "S8")
@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("style", AUTH)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_of_a_request_is_followed(
    server: FaultServer, elsewhere: FaultServer, status: int, style: str, method: str
) -> None:
    client = HttpClient(server.url, auth=AUTH[style], timeouts=TIMES)
    server.script(Step(Fault.REDIRECT, status=status, location=f"{elsewhere.url}/steal"))
    with pytest.raises(ProviderError) as caught:
        client.get("/x") if method == "GET" else client.post_form("/x", {"Body": "text"})
    assert caught.value.code == "redirect"
    assert (len(server.requests), elsewhere.connections) == (1, 0)
    client.close()


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("style", AUTH)
def test_a_file_that_lies_elsewhere_is_fetched_without_credentials(
    server: FaultServer, elsewhere: FaultServer, status: int, style: str
) -> None:
    client = HttpClient(server.url, auth=AUTH[style], timeouts=TIMES)
    same_host = f"http://localhost:{server.port}/other-name"  # another origin although the same machine
    server.script(Step(Fault.REDIRECT, status=status, location=f"{elsewhere.url}/file"))
    elsewhere.script(Step(Fault.REDIRECT, status=status, location=same_host))
    client.download("/media/1", sink := io.BytesIO(), max_bytes=1000)
    assert sink.getvalue() == b'{"ok": true}'
    assert CANARY in everything(server)
    assert CANARY not in everything(elsewhere)
    assert CANARY not in repr(server.requests[1])
    assert "authorization" not in server.requests[1].headers
    assert "x-api-key" not in server.requests[1].headers
    client.close()


def test_the_redirect_matrix_is_complete() -> None:
    print(f"redirects: {len(REDIRECTS)} statuses x {len(AUTH)} auth styles, as GET, POST and download")
    assert len(REDIRECTS) * len(AUTH) == 25


@pytest.mark.parametrize("style", AUTH)
def test_no_later_hop_carries_credentials_even_at_home(server: FaultServer, style: str) -> None:
    client = HttpClient(server.url, auth=AUTH[style], timeouts=TIMES)
    server.script(Step(Fault.REDIRECT, location=f"{server.url}/public/1"))
    client.download("/media/1", io.BytesIO(), max_bytes=1000)
    assert CANARY in everything(server)
    assert CANARY not in repr(server.requests[1])
    assert "authorization" not in server.requests[1].headers
    client.close()


def test_a_file_named_by_the_api_gets_credentials_only_at_home(server: FaultServer, elsewhere: FaultServer) -> None:
    client = HttpClient(server.url, auth=AUTH["bearer"], timeouts=TIMES)
    client.download(f"{elsewhere.url}/file", io.BytesIO(), max_bytes=100)
    assert CANARY not in everything(elsewhere)
    client.download(f"{server.url}/file", io.BytesIO(), max_bytes=100)
    assert CANARY in everything(server)
    client.close()


def test_cookies_and_netrc_are_not_a_second_identity(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login somebody password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client = HttpClient(server.url, timeouts=TIMES)
    server.script(Step(headers=(("Set-Cookie", f"id={CANARY}; Path=/"),)))
    client.get("/x")
    client.get("/x")
    assert "cookie" not in server.requests[1].headers
    assert "authorization" not in server.requests[1].headers
    client.close()


@pytest.mark.parametrize("secret", ["", "two\nlines", "pässword", "tab\t", "\x00"])
def test_a_secret_that_cannot_be_one_is_said_so_before_anything_leaves(server: FaultServer, secret: str) -> None:
    client = HttpClient(server.url, auth=http_auth.bearer(lambda: secret), timeouts=TIMES)
    with pytest.raises(ChannelError) as caught:
        client.get("/x")
    assert caught.value.code == "bad_secret"
    assert server.requests == []


def test_a_locked_keyring_is_a_channel_error(server: FaultServer) -> None:
    def locked() -> str:
        raise SecretStoreError("keyring_locked", "The keyring is locked.")

    client = HttpClient(server.url, auth=http_auth.bearer(locked), timeouts=TIMES)
    with pytest.raises(ChannelError, match="locked"):
        client.get("/x")
    assert server.requests == []


@pytest.mark.row("P25")
@pytest.mark.parametrize("style", AUTH)
def test_a_secret_is_in_no_error_and_no_log(server: FaultServer, style: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = HttpClient(server.url, auth=AUTH[style], timeouts=QUICK)
    told = []
    faults = [fault for fault in Fault if fault not in (Fault.NONE, Fault.NO_ID)]
    for fault in faults:
        server.script(fault)
        with pytest.raises(ProviderError) as caught:
            client.post_json("/messages", {"key": "k"})
        told.append("".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__))
        assert caught.value.__context__ is None
    refused = HttpClient(server.refused_url, auth=AUTH[style], timeouts=TIMES)
    with pytest.raises(NotSentError) as caught:
        refused.get("/x")
    told.append("".join(traceback.format_exception(caught.value)))
    # urllib3 logs paths below our control; what reaches a handler goes through the redaction filter.
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("desktop_inbox"))
    assert ours
    assert CANARY not in "".join(told) + ours
    print(f"canary: {len(told)} errors with {style} credentials, none tells")
    client.close()


# -- addresses

#: Ways to write addresses that no provider has. The port is that of a server which counts connections.
HOSTS = [
    "127.0.0.1", "localhost", "LOCALHOST", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1",
    "0177.0.0.1", "017700000001", "127.0.0.1.", "127.00.0.01", "127.127.127.127", "0.0.0.0", "0", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:0:0:0:0:80ff:fffe]", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1",
    "100.64.0.1", "169.254.169.254", "[::ffff:169.254.169.254]", "100.100.100.200", "[fd00:ec2::254]", "[fe80::1]",
    "[fe80::1%25eth0]", "[fc00::1]", "[fec0::1]", "224.0.0.1", "255.255.255.255", "[ff02::1]", "192.0.2.1",
    "198.18.0.1", "240.0.0.1", "rebound.example.com", "mixed.example.com", "user@127.0.0.1",
    "api.example.com@127.0.0.1", "127.0.0.1\\@api.example.com", "127。0。0。1", "①②⑦.0.0.1", "api.example.com\t", "",
]  # fmt: skip

_NAMES = {
    "rebound.example.com": ["127.0.0.1"],
    "mixed.example.com": ["93.184.216.34", "10.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
}


def spelled(host: str, port: int) -> list[tuple[object, ...]]:
    """Resolve as a C library does, odd numbers included, without asking anybody."""
    plain = host.rstrip(".").lower()
    try:
        found = _NAMES.get(plain) or [socket.inet_ntoa(socket.inet_aton(plain))]
    except OSError:
        raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
    return [
        (socket.AF_INET6 if ":" in item else socket.AF_INET, socket.SOCK_STREAM, 0, "", (item, port)) for item in found
    ]


@pytest.mark.row("S9")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_an_inner_address_is_fetched_from(server: FaultServer, host: str, scheme: str) -> None:
    client = HttpClient("https://api.example.com", auth=AUTH["bearer"], timeouts=TIMES, resolve=spelled)
    with pytest.raises(RejectedError):
        client.download(f"{scheme}://{host}:{server.port}/latest/meta-data", io.BytesIO(), max_bytes=100)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host", [host for host in HOSTS if host[:3] in ("10.", "172", "192", "100", "169", "[fd", "[fe")]
)
def test_no_redirect_leads_to_an_inner_address(server: FaultServer, host: str) -> None:
    client = HttpClient(server.url, timeouts=TIMES, resolve=spelled)
    server.script(Step(Fault.REDIRECT, location=f"https://{host}/latest/meta-data"))
    with pytest.raises(RejectedError):
        client.download("/media/1", io.BytesIO(), max_bytes=100)
    client.close()


def test_there_are_enough_spellings() -> None:
    print(f"SSRF: {len(HOSTS)} spellings x 2 schemes")
    assert len(set(HOSTS)) >= 30


def test_the_address_that_was_checked_is_the_one_connected_to(authority: Authority) -> None:
    asked: list[str] = []
    with FaultServer(tls=authority.server(host="files.localhost")) as server:

        def resolve(host: str, port: int) -> list[tuple[object, ...]]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"  # what a rebinding name server would do
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]

        url = f"https://files.localhost:{server.port}"
        client = HttpClient(url, timeouts=TIMES, resolve=resolve, ca_file=authority.ca_file)
        assert client.get("/x") == {"ok": True}
        assert asked == ["files.localhost"]
        client.close()


@pytest.mark.parametrize("hops", [3, 4])
def test_a_file_is_followed_for_three_hops(server: FaultServer, hops: int) -> None:
    client = HttpClient(server.url, timeouts=TIMES)
    server.script(*[Step(Fault.REDIRECT, location="/next")] * hops)
    if hops == 3:
        client.download("/x", io.BytesIO(), max_bytes=100)
    else:
        with pytest.raises(RejectedError) as caught:
            client.download("/x", io.BytesIO(), max_bytes=100)
        assert caught.value.code == "too_many_hops"
    assert len(server.requests) == 4
    client.close()


def test_a_file_is_counted_while_it_comes(server: FaultServer) -> None:
    client = HttpClient(server.url, timeouts=TIMES)
    for fault in (Fault.TOO_LARGE, Fault.GZIP_BOMB):
        server.script(fault)
        sink = io.BytesIO()
        with pytest.raises(RejectedError, match="larger"):
            client.download("/x", sink, max_bytes=100_000)
        assert len(sink.getvalue()) <= 100_000
    server.script(Step(answer="x" * 98))
    downloaded = client.download("/x", io.BytesIO(), max_bytes=100)
    assert (downloaded.size, downloaded.media_type) == (100, "application/json")
    for status in (403, 404, 410):
        server.script(Step(status=status))
        with pytest.raises(RejectedError):
            client.download("/x", io.BytesIO(), max_bytes=100)
    client.close()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("93.184.216.34", Place.PUBLIC),
        ("2606:2800:220:1::1", Place.PUBLIC),
        ("::ffff:93.184.216.34", Place.PUBLIC),
        ("127.0.0.53", Place.LOOPBACK),
        ("::1", Place.LOOPBACK),
        ("::ffff:127.0.0.1", Place.LOOPBACK),
        ("192.168.0.9", Place.PRIVATE),
        ("100.64.3.2", Place.PRIVATE),
        ("fd12:3456::1", Place.PRIVATE),
        ("169.254.169.254", Place.FORBIDDEN),
        ("100.100.100.200", Place.FORBIDDEN),
        ("fd00:ec2::254", Place.FORBIDDEN),
        ("fe80::1", Place.FORBIDDEN),
        ("0.0.0.0", Place.FORBIDDEN),
        ("224.0.0.251", Place.FORBIDDEN),
    ],
)
def test_addresses_are_judged_by_where_they_lie(address: str, place: Place) -> None:
    assert place_of(ipaddress.ip_address(address)) is place
    policy = AddressPolicy(allow_private=True)
    allowed = place in (Place.PUBLIC, Place.PRIVATE)
    refused: Callable[[], None] = lambda: policy.check("host", ipaddress.ip_address(address))  # noqa: E731
    if allowed:
        refused()
    else:
        with pytest.raises(AddressRefusedError):
            refused()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://192.168.1.5:8080",
        "ftp://example.com",
        "example.com",
        "https://a:b@example.com",
        "",
    ],
)
def test_an_address_that_is_not_safe_is_refused_at_once(url: str) -> None:
    with pytest.raises(ChannelError):
        HttpClient(url)


@pytest.mark.row("S10")
def test_a_private_address_needs_a_persons_word() -> None:
    client = HttpClient("https://192.168.1.5", timeouts=TIMES)
    with pytest.raises(ChannelError) as caught:
        client.get("/x")
    assert caught.value.code == "private_address"  # and the guard of this test run saw no connection


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "1.2.3", "0x.1", "08.8.8.8"])
def test_a_host_that_only_a_c_library_takes_for_an_address_is_none(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        origin_of(f"https://{host}/")


def test_origins_are_compared_in_one_form() -> None:
    assert origin_of("HTTPS://API.Example.com/x") == origin_of("https://api.example.com:443")
    assert origin_of("https://api.example.com") != origin_of("https://api.example.com:8443")
