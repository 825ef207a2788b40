"""What the Twilio provider reads: messages, echoes, receipts in lists, files and calls."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    RejectedError,
)
from tests.support.fault_server import FaultServer, Step
from tests.support.twilio_double import NUMBER, WHATSAPP, TwilioDouble
from tests.support.twilio_parts import NO_WAIT, PERSON, Hands, MakeProvider, fetch_all, request_to


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture(params=["twilio", "signalwire"])
def double(request: pytest.FixtureRequest, hands: Hands) -> Iterator[TwilioDouble]:
    with TwilioDouble(profile=request.param, clock=hands) as running:
        yield running


@pytest.fixture
def provider_of(hands: Hands) -> Iterator[MakeProvider]:
    make = MakeProvider(hands)
    yield make
    make.close()


# -- receiving


def test_messages_arrive_once_and_in_order(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    provider = provider_of(double)
    first = double.receive(PERSON, "Hello?")
    hands.move(seconds=5)
    second = double.receive("+14155550124", "Is anybody there? 🙂")
    messages, cursor = fetch_all(provider)
    assert [message.provider_message_id for message in messages] == [first, second]
    assert (messages[0].scheme, messages[0].address, messages[0].text) == (Scheme.TEL, PERSON, "Hello?")
    assert messages[0].direction is Direction.IN
    assert messages[0].occurred_at == hands.now - timedelta(seconds=5)
    again, cursor = fetch_all(provider, cursor)
    assert again == []
    hands.move(seconds=5)
    third = double.receive(PERSON, "Hello again")
    messages, _ = fetch_all(provider, cursor)
    assert [message.provider_message_id for message in messages] == [third]
    assert isinstance(json.loads(cursor), dict)


@pytest.mark.row("P11")
def test_an_older_cursor_brings_the_same_messages_again_and_misses_none(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    provider = provider_of(double)
    sent: list[str] = []
    cursors = [""]
    for number in range(30):
        sent.append(double.receive(PERSON, f"Message {number}"))
        hands.move(minutes=3)
        cursors.append(fetch_all(provider, cursors[-1])[1])
    for position, cursor in enumerate(cursors):  # killed after any of them: the stored cursor is an old one
        messages, _ = fetch_all(provider_of(double), cursor)
        assert [message.provider_message_id for message in messages] == sent[position:]


def test_a_message_listed_late_is_still_found(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    provider = provider_of(double)
    double.lag = timedelta(minutes=5)
    late = double.receive(PERSON, "I was slow")
    double.lag = timedelta(0)
    hands.move(minutes=2)
    early = double.receive(PERSON, "I was quick")
    messages, cursor = fetch_all(provider)
    assert [message.provider_message_id for message in messages] == [early]
    hands.move(minutes=4)
    messages, cursor = fetch_all(provider, cursor)
    assert [message.provider_message_id for message in messages] == [late]


def test_only_what_is_recent_is_asked_for(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    provider = provider_of(double)
    double.receive(PERSON, "Hello")
    hands.move(days=1)
    double.receive(PERSON, "Hello again")
    _, cursor = fetch_all(provider)
    double.heard.clear()
    fetch_all(provider, cursor)
    asked = [dict(heard.query) for heard in double.heard if heard.path.endswith("/Messages.json")]
    (inbound,) = (query for query in asked if "To" in query)
    assert inbound["DateSent>"] == f"{hands.now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"


def test_long_lists_are_read_page_by_page(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    double.page_size = 7
    sent = []
    for number in range(40):
        sent.append(double.receive(PERSON, f"Message {number}"))
        hands.move(seconds=1)
    provider = provider_of(double)
    seen, cursor = [], ""
    rounds = 0
    while True:
        result = provider.fetch(cursor, wait=NO_WAIT)
        cursor, rounds = result.cursor, rounds + 1
        seen += [message.provider_message_id for message in result.messages]
        if rounds == 2:
            sent.append(double.receive(PERSON, "While you were reading"))
        if not result.has_more:
            break
    messages, _ = fetch_all(provider, cursor)
    seen += [message.provider_message_id for message in messages]
    assert rounds == 6
    assert len(seen) == len(set(seen)) or set(seen) == set(sent)
    assert set(seen) == set(sent)


def test_a_page_that_ran_out_is_begun_again(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    double.page_size = 3
    sent = set()
    for number in range(8):
        sent.add(double.receive(PERSON, f"Message {number}"))
        hands.move(hours=1)  # the newest page alone must not move the mark past the others
    provider = provider_of(double)
    first = provider.fetch("", wait=NO_WAIT)
    double.refuse(status=400, code=20001, message="Invalid page token")
    second = provider.fetch(first.cursor, wait=NO_WAIT)
    assert second.has_more
    rest, _ = fetch_all(provider, second.cursor)
    assert {message.provider_message_id for message in (*first.messages, *second.messages, *rest)} == sent


def test_a_cursor_that_cannot_be_read_begins_anew(double: TwilioDouble, provider_of: MakeProvider) -> None:
    sid = double.receive(PERSON, "Hello")
    for cursor in ("nonsense", "[]", "{}", '{"s": 3}', '{"s": {"Min:+14155550100": 5}}', "null"):
        messages, _ = fetch_all(provider_of(double), cursor)
        assert [message.provider_message_id for message in messages] == [sid]


def test_whatsapp_and_text_of_one_person_are_two_addresses(double: TwilioDouble, provider_of: MakeProvider) -> None:
    double.receive(PERSON, "By text")
    double.receive(f"whatsapp:{PERSON}", "By WhatsApp", to=WHATSAPP)
    messages, _ = fetch_all(provider_of(double, whatsapp_number=WHATSAPP.removeprefix("whatsapp:")))
    assert {(message.scheme, message.address) for message in messages} == {
        (Scheme.TEL, PERSON),
        (Scheme.WHATSAPP, PERSON),
    }


def test_rows_of_strange_form_are_left_out_and_harm_nothing(provider_of: MakeProvider) -> None:
    rows = [
        None,
        5,
        {},
        {"sid": None, "direction": "inbound", "from": PERSON},
        {"sid": "SM1", "direction": "inbound", "from": None},
        {"sid": "SM2", "direction": "inbound", "from": "messenger:123"},
        {"sid": "SM3", "direction": "inbound", "from": PERSON, "body": None, "num_media": None},
        {"sid": "SM4", "direction": "inbound", "from": "12345", "body": "a\x00b\ud800c", "date_created": "soon"},
        {"sid": "SM5", "direction": "inbound", "from": PERSON, "body": 7, "date_created": "2026-11-21T11:00:00Z"},
    ]
    with FaultServer() as server:
        server.decide = lambda request: Step(answer={"messages": rows, "calls": rows[:5], "next_page_uri": None})
        result = provider_of(base_url=server.url).fetch("", wait=NO_WAIT)
    texts = {message.provider_message_id: message.text for message in result.messages}
    assert texts == {"SM3": "", "SM4": "a\ufffdb\ufffdc", "SM5": ""}
    assert result.calls == ()


@pytest.mark.parametrize("uri", ["https://elsewhere.example/x", "/2010-04-01/Accounts/ACother/Messages.json", "//evil"])
def test_a_next_page_elsewhere_is_not_followed(provider_of: MakeProvider, uri: str) -> None:
    with FaultServer() as server:
        server.decide = lambda request: Step(answer={"messages": [], "calls": [], "next_page_uri": uri})
        with pytest.raises(AmbiguousError) as caught:
            provider_of(base_url=server.url).fetch("", wait=NO_WAIT)
    assert caught.value.code == "bad_page"


# -- what staff sent elsewhere, and receipts


@pytest.mark.row("S3-44", "S3-45")
def test_what_staff_sent_from_the_console_comes_as_an_echo(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    provider = provider_of(double)
    sid = double.console_send(PERSON, "From the console")
    double.progress(sid, "sent")
    messages, cursor = fetch_all(provider)
    assert messages == []  # so young, it could be one of ours whose send has not returned
    hands.move(minutes=3)
    (echo,), cursor = fetch_all(provider, cursor)
    assert (echo.provider_message_id, echo.direction, echo.text) == (sid, Direction.OUT, "From the console")
    assert (echo.address, echo.status) == (PERSON, DeliveryStatus.SENT)
    messages, _ = fetch_all(provider, cursor)
    assert messages == []


def test_receipts_come_with_the_list_once_each(double: TwilioDouble, provider_of: MakeProvider, hands: Hands) -> None:
    provider = provider_of(double)
    sid = provider.send(request_to()).provider_message_id
    cursor, seen = "", []
    for status in ("sending", "sent", "delivered"):
        double.progress(sid, status)
        hands.move(seconds=2)
        for _again in range(2):
            result = provider.fetch(cursor, wait=NO_WAIT)
            cursor = result.cursor
            seen += [(receipt.provider_message_id, receipt.status) for receipt in result.receipts]
    assert seen == [(sid, DeliveryStatus.SENT), (sid, DeliveryStatus.DELIVERED)]


# -- files and calls


def test_pictures_come_in_and_the_token_stays_home(double: TwilioDouble, provider_of: MakeProvider) -> None:
    provider = provider_of(double)
    double.receive(PERSON, "", files=(("image/jpeg", b"\xff\xd8 one"), ("image/png", b"\x89PNG two")))
    (message,), _ = fetch_all(provider)
    assert [attachment.media_type for attachment in message.attachments] == ["image/jpeg", "image/png"]
    sink = io.BytesIO()
    provider.download(message.attachments[1].reference, sink, max_bytes=1000)
    assert sink.getvalue() == b"\x89PNG two"
    stored = [heard for heard in double.heard if heard.path.startswith("/store/")]
    assert stored
    assert all("authorization" not in heard.headers for heard in stored)
    with pytest.raises(RejectedError, match="larger"):
        provider.download(message.attachments[0].reference, io.BytesIO(), max_bytes=3)


def test_a_list_of_files_that_fails_does_not_hold_up_the_text(double: TwilioDouble, provider_of: MakeProvider) -> None:
    provider = provider_of(double)
    sid = double.receive(PERSON, "See photo", files=(("image/jpeg", b"one"), ("image/png", b"two")))
    real, double.media = double.media, {}
    (message,), _ = fetch_all(provider)
    double.media = real
    assert [attachment.reference for attachment in message.attachments] == [f"{sid}/#0", f"{sid}/#1"]
    sink = io.BytesIO()
    provider.download(message.attachments[1].reference, sink, max_bytes=1000)
    assert sink.getvalue() == b"two"
    with pytest.raises(RejectedError):
        provider.download(f"{sid}/#7", sink, max_bytes=1000)


@pytest.mark.row("S1-20", "S1-21")
def test_calls_are_told_when_they_begin_and_when_they_end(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    provider = provider_of(double)
    double.call(PERSON, status="no-answer", seconds=0)
    talking = double.call("+14155550124", status="in-progress", seconds=None)
    out = double.call(NUMBER, "+14155550125", status="completed", seconds=95)
    double.call("sip:somebody@example.com", status="completed", seconds=3)
    forwarded = double.call(NUMBER, "+14155550177", status="completed", seconds=9)
    next(row for row in double.calls if row["sid"] == forwarded)["parent_call_sid"] = talking
    result = provider.fetch("", wait=NO_WAIT)
    calls = {call.address: call for call in result.calls}
    assert set(calls) == {PERSON, "+14155550124", "+14155550125"}
    assert (calls[PERSON].direction, calls[PERSON].status) == (Direction.IN, CallStatus.NO_ANSWER)
    assert (calls["+14155550124"].status, calls["+14155550124"].duration_seconds) == (CallStatus.IN_PROGRESS, 0)
    assert (calls["+14155550125"].direction, calls["+14155550125"].duration_seconds) == (Direction.OUT, 95)
    assert calls["+14155550125"].provider_call_id == out
    hands.move(minutes=30)
    later = double.call("+14155550126", status="busy")
    result = provider.fetch(result.cursor, wait=NO_WAIT)
    assert [call.provider_call_id for call in result.calls] == [later]
    hands.move(minutes=10)
    row = next(row for row in double.calls if row["sid"] == talking)
    row.update(status="completed", duration=double._number(2400))
    result = provider.fetch(result.cursor, wait=NO_WAIT)
    assert [(call.provider_call_id, call.duration_seconds) for call in result.calls] == [(talking, 2400)]


def test_calls_are_not_asked_for_with_every_fetch(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    provider = provider_of(double)
    cursor = ""
    for _second in range(60):
        cursor = provider.fetch(cursor, wait=NO_WAIT).cursor
        hands.move(seconds=1)
    asked = sum(heard.path.endswith("/Calls.json") for heard in double.heard)
    assert asked == 4  # two lists, twice a minute
