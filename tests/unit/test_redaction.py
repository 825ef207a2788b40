"""Nothing secret reaches a log."""

import io
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_inbox.services import http_auth
from desktop_inbox.services.http import HttpClient, Timeouts
from desktop_inbox.services.providers.base import ProviderError
from desktop_inbox.services.redaction import HIDDEN, RedactionFilter, Redactor, install, redact, register_secret
from tests.support.fault_server import Fault, FaultServer

SID = "AC" + "0123456789abcdef" * 2
KEY = "SK" + "fedcba9876543210" * 2
TELEGRAM = "123456789:AAHfiqksKZ8WmR2zMnQuHgqYyKabcdefGHI"


class Log:
    """A logger of its own with one handler, and what it wrote."""

    def __init__(self, name: str, *, numbers: bool = False) -> None:
        self.stream = io.StringIO()
        self.logger = logging.getLogger(name)
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)
        self.handler = logging.StreamHandler(self.stream)
        self.logger.addHandler(self.handler)
        install(self.logger, show_numbers=lambda: numbers)

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log("test.redaction")
    yield made
    made.logger.removeHandler(made.handler)


@pytest.mark.row("P25")
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def", "abc.def"),
        ("X-Amz-Security-Token: IQoJb3JpZ2lu", "IQoJb3JpZ2lu"),
        ("X-Auth-Token: abcdefghijkl", "abcdefghijkl"),
        ('{"client_secret": "abcdef"}', "abcdef"),
        ("client_secret=abcdef&x=1", "abcdef"),
        ('{"token": "abc\\"defghi"}', "defghi"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef", "abcdef"),
        ("authorization='Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
        ("using Bearer syt_YWxpY2U_abcdefghijklmnop now", "syt_YWxpY2U"),
        ("the token syt_YWxpY2U_abcdefghijklmnop was refused", "abcdefghijklmnop"),
        (f"POST https://api.telegram.org/bot{TELEGRAM}/sendMessage", TELEGRAM),
        (f"the token {TELEGRAM} is wrong", TELEGRAM),
        (f"GET /2010-04-01/Accounts/{SID}/Messages.json", SID),
        (f"key {KEY} is unknown", KEY),
        ("GET /sync?since=s1&access_token=abcdef123 HTTP/1.1", "abcdef123"),
        ("https://x.example/file?sig=q1w2e3r4&size=3", "q1w2e3r4"),
        ("postgresql://anna:s3cr3t@db.example/inbox", "s3cr3t"),
        ("https://anna@proxy.example:3128", "anna"),
        ('{"access_token": "abc-def-123", "user": "anna"}', "abc-def-123"),
        ("{'password': 'hunter2!'}", "hunter2!"),
        ("Set-Cookie: id=abcdef; Path=/", "abcdef"),
        ("X-Api-Key: 0123-4567", "0123-4567"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sent to +14155550123", f"sent to {HIDDEN}23"),
        ("sent to whatsapp:+44 20 7946 0958.", f"sent to whatsapp:{HIDDEN}58."),
        ("To=%2B14155550123&From=", f"To={HIDDEN}23&From="),
        ("call (415) 555-0123 now", f"call {HIDDEN}23 now"),
        ("call 415-555-0123 now", f"call {HIDDEN}23 now"),
    ],
)
def test_numbers_keep_their_last_two_digits(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(text, numbers=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 18:51:16,123 INFO fetched 12 messages in 345 ms",
        "GET /messages: 200 in 12 ms",
        "error 21610 from Twilio (HTTP 400)",
        "entry 1859912345678901234 was updated",
        "the token expired",
        "a basic setting",
        "listening on 127.0.0.1:41231",
        "page 3 of 12",
        "Unit 12-34-56",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=6, max_size=60), st.text(max_size=20))
def test_a_known_secret_is_hidden_however_it_is_spelled(secret: str, around: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    for spelling in (secret, quote(secret, safe=""), repr(secret)[1:-1]):
        text = f"{around}<{spelling}>{around}"
        hidden = redactor.redact(text, numbers=False)
        assert f"<{spelling}>" not in hidden


def test_a_secret_within_another_does_not_leave_its_rest() -> None:
    redactor = Redactor()
    redactor.register("abcdef")
    redactor.register("abcdefghijkl")
    assert redactor.redact("it is abcdefghijkl") == f"it is {HIDDEN}"


def test_short_words_are_not_taken_for_secrets() -> None:
    redactor = Redactor()
    redactor.register("on")
    redactor.register("")
    assert redactor.redact("connection") == "connection"


@pytest.mark.row("P25")
def test_records_are_hidden_whole(log: Log) -> None:
    register_secret("CANARY-in-a-record")
    log.logger.info("plain CANARY-in-a-record")
    log.logger.info("argument %s %d", "CANARY-in-a-record", 5)
    log.logger.info("mapping %(a)s", {"a": "CANARY-in-a-record"})
    log.logger.warning("a broken %d line", "CANARY-in-a-record")
    log.logger.info("where", stack_info=True)
    try:
        raise ValueError("CANARY-in-a-record at +14155550123")
    except ValueError:
        log.logger.exception("failed")
    assert "CANARY" not in log.text
    assert "ValueError" in log.text
    assert "argument ••• 5" in log.text
    assert "14155550123" not in log.text


def test_a_record_that_passes_two_handlers_is_still_readable(log: Log) -> None:
    second = logging.StreamHandler(stream := io.StringIO())
    second.addFilter(RedactionFilter())
    log.logger.addHandler(second)
    try:
        raise KeyError("gone")
    except KeyError:
        log.logger.exception("could not %s", "open")
    log.logger.removeHandler(second)
    assert log.text == stream.getvalue()
    assert log.text.count("KeyError: 'gone'") == 1


def test_children_are_heard_through_the_filter_too(log: Log) -> None:
    register_secret("CANARY-of-a-child")
    logging.getLogger("test.redaction.child").error("CANARY-of-a-child")
    assert log.text == f"{HIDDEN}\n"


def test_it_is_installed_once(log: Log) -> None:
    install(log.logger)
    install(log.logger)
    assert sum(isinstance(known, RedactionFilter) for known in log.handler.filters) == 1


def test_numbers_are_shown_when_the_user_asks_for_it() -> None:
    log = Log("test.redaction.numbers", numbers=True)
    log.logger.info("sent to +14155550123")
    log.logger.removeHandler(log.handler)
    assert "+14155550123" in log.text


@pytest.mark.row("P25", "S1-26")
@pytest.mark.parametrize("style", ["path", "query", "bearer", "basic"])
def test_what_libraries_log_is_hidden_as_well(style: str) -> None:
    canary = f"CANARY-{style}-0123456789"
    auth = {
        "path": http_auth.path("/bot", lambda: canary),
        "query": http_auth.query("key", lambda: canary),
        "bearer": http_auth.bearer(lambda: canary),
        "basic": http_auth.basic("user", lambda: canary),
    }[style]
    log = Log("urllib3")
    ours = Log("desktop_inbox.services.http")
    with FaultServer() as server:
        client = HttpClient(server.url, auth=auth, timeouts=Timeouts(connect=0.3, read=0.2, total=0.3))
        for fault in (Fault.NONE, Fault.STATUS_500, Fault.RESET_AFTER_BODY, Fault.DRIP, Fault.BAD_GZIP):
            server.script(fault)
            try:
                client.post_json("/messages", {"key": "k"})
            except ProviderError:
                ours.logger.exception("failed")
        client.close()
    for made in (log, ours):
        made.logger.removeHandler(made.handler)
        made.logger.propagate = True
        assert canary not in made.text
    assert "POST" in log.text
    assert "AmbiguousError" in ours.text
