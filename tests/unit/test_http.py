"""What each outcome of a request proves, within its deadline."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.http_body import parse_object
from desktop_inbox.services.http_errors import BadAnswerError, Refusal, retry_after
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    NotSentError,
    ProviderError,
    RejectedError,
    ThrottledError,
)
from tests.support.fault_server import AMBIGUOUS_FAULTS, Fault, FaultServer, Step, no_names

TIMES = Timeouts(connect=2, read=1.0, total=2.5)
SLACK = 3.0  # seconds that a busy computer may be late; without a deadline a drip lasts a minute
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def client(server: FaultServer) -> Iterator[HttpClient]:
    made = HttpClient(server.url, timeouts=TIMES)
    yield made
    made.close()


#: The 16 network faults of P13 (and their kin): what is proven, and the code that says which it was.
NETWORK_FAULTS = [
    (Fault.RESET_BEFORE_BODY, AmbiguousError, {"reset", "disconnected"}),
    (Fault.RESET_AFTER_BODY, AmbiguousError, {"reset", "disconnected"}),
    (Fault.CLOSE_AFTER_BODY, AmbiguousError, {"disconnected"}),
    (Fault.RESET_IN_ANSWER, AmbiguousError, {"reset", "truncated"}),
    (Fault.STALL, AmbiguousError, {"read_timeout"}),
    (Fault.STATUS_400, RejectedError, {"400"}),
    (Fault.STATUS_401, ChannelError, {"401"}),
    (Fault.STATUS_403, RejectedError, {"403"}),
    (Fault.STATUS_404, RejectedError, {"404"}),
    (Fault.STATUS_408, AmbiguousError, {"http_408"}),
    (Fault.STATUS_429, ThrottledError, {"429"}),
    (Fault.STATUS_500, AmbiguousError, {"server_error"}),
    (Fault.STATUS_502, AmbiguousError, {"server_error"}),
    (Fault.STATUS_503, AmbiguousError, {"server_error"}),
    (Fault.STATUS_504, AmbiguousError, {"server_error"}),
    (Fault.SLOW_LORIS, AmbiguousError, {"deadline"}),
    (Fault.DRIP, AmbiguousError, {"deadline"}),
    (Fault.TRUNCATED_JSON, AmbiguousError, {"not_json"}),
    (Fault.WRONG_LENGTH, AmbiguousError, {"truncated"}),
    (Fault.BAD_GZIP, AmbiguousError, {"bad_encoding"}),
    (Fault.GZIP_BOMB, AmbiguousError, {"too_large"}),
    (Fault.TOO_LARGE, AmbiguousError, {"too_large"}),
    (Fault.REDIRECT, AmbiguousError, {"redirect"}),
    (Fault.HTML, AmbiguousError, {"not_json"}),
    (Fault.EMPTY, AmbiguousError, {"not_json"}),
    (Fault.DEEP_JSON, AmbiguousError, {"too_deep"}),
]


@pytest.mark.row("P13", "P4")
@pytest.mark.parametrize(("fault", "kind", "codes"), NETWORK_FAULTS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_each_fault_is_told_for_what_it_proves_within_the_deadline(
    server: FaultServer, client: HttpClient, fault: Fault, kind: type[ProviderError], codes: set[str], method: str
) -> None:
    server.script(fault)
    begin = time.monotonic()
    requests = {
        "GET": lambda: client.get("/anything"),
        "POST": lambda: client.post_form("/anything", {"a": "b"}),
        "PUT": lambda: client.put_json("/anything/1", {"a": "b"}),
    }
    with pytest.raises(kind) as caught:
        requests[method]()
    elapsed = time.monotonic() - begin
    assert type(caught.value) is kind
    assert caught.value.code in codes
    assert elapsed < TIMES.total + SLACK
    assert sum(server.answered.values()) == 1  # one request, never a second by itself
    assert client.get("/ping") == {"ok": True}  # and the client is as good as before


def test_the_list_of_ambiguous_faults_is_the_one_tested() -> None:
    ambiguous = {fault for fault, kind, _codes in NETWORK_FAULTS if kind is AmbiguousError}
    assert ambiguous == set(AMBIGUOUS_FAULTS) - {Fault.NO_ID}  # an id is the provider's to look for
    print(f"network faults: {len(NETWORK_FAULTS) + 3} kinds, {len(ambiguous)} of them ambiguous")


@pytest.mark.row("P13")
def test_what_never_left_is_proven_not_sent(server: FaultServer) -> None:
    def error_of(url: str) -> ProviderError:
        client = HttpClient(url, timeouts=TIMES, resolve=no_names)
        begin = time.monotonic()
        with pytest.raises(NotSentError) as caught:
            client.post_json("/messages", {})
        client.close()
        assert time.monotonic() - begin < TIMES.total + SLACK
        return caught.value

    assert error_of(server.refused_url).code == "connect"
    assert error_of(server.tls_error_url).code == "tls"
    assert error_of(server.dns_url).code == "dns"
    assert server.requests == []


def test_a_name_server_that_is_silent_does_not_hold_the_deadline_up() -> None:
    silent = threading.Event()

    def resolve(host: str, port: int) -> list[tuple[object, ...]]:
        silent.wait(20)
        return []

    client = HttpClient("https://example.invalid", timeouts=TIMES, resolve=resolve, proxy=lambda url: "")
    begin = time.monotonic()
    with pytest.raises(NotSentError) as caught:
        client.get("/")
    assert time.monotonic() - begin < TIMES.connect + SLACK
    assert caught.value.code == "connect_timeout"
    silent.set()


def test_a_connection_that_rested_and_was_closed_is_not_an_ambiguous_one(
    server: FaultServer, client: HttpClient
) -> None:
    for _number in range(20):
        server.script(Step(), Fault.CLOSE_AFTER_BODY)
        assert client.get("/ping") == {"ok": True}
        with pytest.raises(AmbiguousError):
            client.get("/ping")
        assert client.post_json("/ping", {}) == {"ok": True}


def test_waiting_for_an_answer_lengthens_the_deadline_by_as_much(server: FaultServer, client: HttpClient) -> None:
    server.script(Step(delay=0.6), Step(delay=5))
    assert client.get("/inbox", wait=timedelta(seconds=10)) == {"messages": []}
    with pytest.raises(AmbiguousError):
        client.get("/inbox")


def test_forms_json_and_queries_arrive_as_they_were_given(server: FaultServer, client: HttpClient) -> None:
    client.post_form("/x", [("MediaUrl", "a"), ("MediaUrl", "b"), ("Body", "50 % & ü = 🙂")])
    assert server.requests[-1].body == b"MediaUrl=a&MediaUrl=b&Body=50+%25+%26+%C3%BC+%3D+%F0%9F%99%82"
    client.put_json("/x", {"b": 1, "a": "ü"})
    assert server.requests[-1].body == b'{"a":"\\u00fc","b":1}'  # the same value is the same bytes
    client.get("/x", {"DateSent>": "2026-11-21", "To": "+1"})
    assert server.requests[-1].query == {"DateSent>": "2026-11-21", "To": "+1"}
    client.upload("/x", b"\x00\xff", media_type="image/png")
    assert (server.requests[-1].body, server.requests[-1].headers["content-type"]) == (b"\x00\xff", "image/png")


def test_a_refusal_is_read_by_the_provider_first(server: FaultServer) -> None:
    heard: list[Refusal] = []

    def explain(refusal: Refusal) -> ProviderError | None:
        heard.append(refusal)
        return RejectedError("our words", code="x") if refusal.status == 403 else None

    client = HttpClient(server.url, timeouts=TIMES, explain=explain)
    server.script(Fault.STATUS_403, Fault.STATUS_404, Fault.STATUS_500)
    with pytest.raises(RejectedError, match="our words"):
        client.get("/x")
    with pytest.raises(RejectedError, match="refused"):
        client.get("/x")
    with pytest.raises(AmbiguousError):
        client.get("/x")
    assert [refusal.status for refusal in heard] == [403, 404]  # a 5xx proves nothing, whatever it says
    client.close()


def test_a_refusal_without_json_proves_nothing(server: FaultServer, client: HttpClient) -> None:
    for status in (400, 403, 404, 413, 422):
        server.script(Step(status=status, answer=["a", "list"]))
        with pytest.raises(AmbiguousError) as caught:
            client.post_json("/x", {})
        assert caught.value.http_status == status


@pytest.mark.row("P14")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("7", 7, id="seconds"),
        pytest.param("1.2", 2, id="a fraction is rounded up"),
        pytest.param("0", 0, id="zero"),
        pytest.param(None, None, id="absent"),
        pytest.param("", None, id="empty"),
        pytest.param("-5", None, id="negative"),
        pytest.param("soon", None, id="garbage"),
        pytest.param("nan", None, id="not a number"),
        pytest.param("inf", None, id="endless"),
        pytest.param("9" * 400, 86_400, id="huge"),
        pytest.param("99999999", 86_400, id="long"),
        pytest.param(format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90, id="date"),
        pytest.param(format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0, id="a date that is past"),
        pytest.param("Sat, 99 Nov 2026 12:00:00 GMT", None, id="impossible date"),
    ],
)
def test_retry_after_in_all_its_shapes(server: FaultServer, header: str | None, seconds: int | None) -> None:
    client = HttpClient(server.url, timeouts=TIMES, clock=lambda: NOW)
    server.script(Step(Fault.STATUS_429, retry_after=header))
    with pytest.raises(ThrottledError) as caught:
        client.post_json("/messages", {"key": "k"})
    assert caught.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))
    assert server.deliveries_of("k") == 0
    client.close()


def test_a_date_counts_from_the_servers_clock() -> None:
    then = format_datetime(NOW + timedelta(minutes=10), usegmt=True)
    date = format_datetime(NOW + timedelta(minutes=9), usegmt=True)
    assert retry_after(then, now=NOW, date=date) == timedelta(minutes=1)  # our clock is nine minutes slow


@settings(deadline=None)
@given(st.text())
def test_no_retry_after_is_too_strange(header: str) -> None:
    wait = retry_after(header, now=NOW, date=header)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


@settings(deadline=None)
@given(st.binary())
def test_no_body_is_too_strange(body: bytes) -> None:
    with contextlib.suppress(BadAnswerError):  # and nothing else
        assert isinstance(parse_object(body), dict)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": NaN}', "not_json"),
        (b'{"a": 1e999999}', ""),
        (b'{"a": ' + b"1" * 5000 + b"}", "not_json"),
        (b"[]", "not_object"),
        (b'"text"', "not_object"),
        (b'{"a": ' * 63 + b"1" + b"}" * 63, ""),
        (b'{"a": ' * 66 + b"1" + b"}" * 66, "too_deep"),
        (b'\xef\xbb\xbf{"a": 1}', ""),
        (b'{"a": "\xff"}', "not_json"),
    ],
)
def test_only_sound_json_objects_are_taken(body: bytes, code: str) -> None:
    if code:
        with pytest.raises(BadAnswerError) as caught:
            parse_object(body)
        assert caught.value.code == code
    else:
        assert "a" in parse_object(body)


def test_threads_have_sessions_of_their_own(server: FaultServer, client: HttpClient) -> None:
    failures: list[object] = []

    def work() -> None:
        for _number in range(20):
            answer = client.post_json("/messages", {"key": threading.current_thread().name})
            if answer["key"] != threading.current_thread().name:
                failures.append(answer)

    threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert server.deliveries() == {f"worker-{number}": 20 for number in range(8)}
