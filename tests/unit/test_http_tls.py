"""Certificates are always checked, and there is no way not to."""

import inspect
import ssl

import pytest

from desktop_inbox.services import http_auth
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.providers.base import ChannelError, NotSentError, ProviderError
from tests.support.certificates import Authority
from tests.support.fault_server import FaultServer

TIMES = Timeouts()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.mark.row("P27")
@pytest.mark.parametrize(
    ("flaw", "kind", "code"),
    [
        pytest.param({"self_signed": True}, ChannelError, "certificate", id="self-signed"),
        pytest.param({"expired": True}, ChannelError, "certificate", id="expired"),
        pytest.param({"host": "other.example"}, ChannelError, "certificate", id="wrong host"),
        pytest.param({"versions": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1)}, NotSentError, "tls", id="TLS 1.0"),
        pytest.param({"versions": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)}, NotSentError, "tls", id="TLS 1.1"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_that_cannot_be_trusted_gets_nothing(
    authority: Authority, flaw: dict[str, object], kind: type[ProviderError], code: str
) -> None:
    with FaultServer(tls=authority.server(**flaw)) as server:  # type: ignore[arg-type]
        client = HttpClient(
            server.url,
            auth=http_auth.basic("user", lambda: "a-token-of-no-worth"),
            timeouts=TIMES,
            ca_file=authority.ca_file,
        )
        with pytest.raises(kind) as caught:
            client.post_json("/messages", {"text": "secret"})
        assert caught.value.code == code
        assert server.requests == []
        client.close()


@pytest.mark.row("P27")
def test_an_authority_counts_only_where_it_was_named(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(tls=authority.server()) as server:
        trusting = HttpClient(server.url, timeouts=TIMES, ca_file=authority.ca_file)
        assert trusting.get("/x") == {"ok": True}
        trusting.close()
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.setenv(name, str(authority.ca_file))
        strict = HttpClient(server.url, timeouts=TIMES)
        with pytest.raises(ChannelError) as caught:
            strict.get("/x")
        assert caught.value.code == "certificate"
        strict.close()


@pytest.mark.row("P27")
def test_there_is_no_switch_to_turn_the_check_off() -> None:
    assert not {"verify", "insecure", "cert_reqs"} & set(inspect.signature(HttpClient.__init__).parameters)
