"""The vendor's specification and the vendor's own client judge our provider and our double.

Everything here goes through ``prism proxy``: a request or an answer that breaks the specification comes back
as an error, so that neither side can be wrong in the same way as the other.
"""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from requests import Session
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    OptedOutError,
    RejectedError,
    SentQuery,
    ThrottledError,
)
from tests.support.prism import PrismMissingError, prism_proxy, specification
from tests.support.twilio_double import NUMBER, WHATSAPP, TwilioDouble
from tests.support.twilio_parts import NO_WAIT, PERSON, Hands, MakeProvider, fetch_all, request_to

pytestmark = [pytest.mark.prism, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
def judged(hands: Hands) -> Iterator[tuple[TwilioDouble, str]]:
    """One double and the address of prism in front of it; prism takes seconds to start."""
    try:
        path = specification("twilio_messages_calls_media.json")
        with ExitStack() as stack:
            double = stack.enter_context(TwilioDouble(clock=hands))
            yield double, stack.enter_context(prism_proxy(path, double.origin))
    except PrismMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def double(judged: tuple[TwilioDouble, str], hands: Hands) -> TwilioDouble:
    """The same double with nothing in it; the clock goes on."""
    double, _ = judged
    hands.move(days=30)
    double.messages.clear()
    double.calls.clear()
    double.media.clear()
    double.opted_out.clear()
    double.heard.clear()
    double.page_size = 50
    return double


@pytest.fixture
def provider_of(judged: tuple[TwilioDouble, str], hands: Hands) -> Iterator[Any]:
    double, address = judged
    make = MakeProvider(hands)
    yield lambda **settings: make(double, **{"base_url": address} | settings)
    make.close()


class _Redirected(TwilioHttpClient):
    """The vendor's client, led to another server than the vendor's."""

    def __init__(self, address: str) -> None:
        super().__init__(timeout=20)
        self.session = Session()
        self.session.trust_env = False
        self._address = address

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._address), *args, **kwargs)


@pytest.fixture
def official(judged: tuple[TwilioDouble, str]) -> Iterator[Client]:
    double, address = judged
    http = _Redirected(address)
    yield Client(double.account, double.token, http_client=http)
    if http.session:
        http.session.close()


def test_prism_really_judges(double: TwilioDouble, provider_of: Any) -> None:
    sid = double.receive(PERSON, "Hello")
    double.message(sid)["status"] = "DELIVRD"
    with pytest.raises(AmbiguousError):  # prism answers 500: our double broke the vendor's specification
        provider_of().fetch("", wait=NO_WAIT)
    double.message(sid)["status"] = "received"
    double.message(sid)["num_media"] = 0
    with pytest.raises(AmbiguousError):
        provider_of().fetch("", wait=NO_WAIT)
    double.message(sid)["num_media"] = "0"
    assert len(provider_of().fetch("", wait=NO_WAIT).messages) == 1


def test_send_and_follow(double: TwilioDouble, provider_of: Any) -> None:
    provider = provider_of()
    result = provider.send(request_to(text="Grüße, 您好 & 50 % = ½ 🙂\nSecond line"))
    assert double.sent()[0]["body"] == "Grüße, 您好 & 50 % = ½ 🙂\nSecond line"
    double.progress(result.provider_message_id, "delivered")
    (receipt,) = provider.fetch_receipts((result.provider_message_id,))
    assert receipt.status is DeliveryStatus.DELIVERED
    double.progress(result.provider_message_id, "undelivered", error_code=30005)
    (receipt,) = provider.fetch_receipts((result.provider_message_id,))
    assert (receipt.status, receipt.error_code) == (DeliveryStatus.UNDELIVERED, "30005")


def test_whatsapp(double: TwilioDouble, provider_of: Any) -> None:
    provider = provider_of(whatsapp_number=WHATSAPP.removeprefix("whatsapp:"))
    provider.send(request_to(scheme=Scheme.WHATSAPP))
    double.receive(f"whatsapp:{PERSON}", "Hola", to=WHATSAPP)
    messages, _ = fetch_all(provider)
    assert [(message.scheme, message.address, message.text) for message in messages] == [
        (Scheme.WHATSAPP, PERSON, "Hola")
    ]


def test_receive_pages_pictures_and_echoes(double: TwilioDouble, provider_of: Any, hands: Hands) -> None:
    double.page_size = 4
    sids = []
    for number in range(10):
        sids.append(double.receive(PERSON, f"Message {number}"))
        hands.move(seconds=1)
    sids.append(double.receive(PERSON, "", files=(("image/jpeg", b"\xff\xd8"),)))
    sids.append(double.console_send(PERSON, "From the console"))
    double.progress(sids[-1], "sent")
    hands.move(minutes=5)
    provider = provider_of()
    messages, cursor = fetch_all(provider)
    assert {message.provider_message_id for message in messages} == set(sids)
    (picture,) = (message for message in messages if message.attachments)
    assert picture.attachments[0].media_type == "image/jpeg"
    # The bytes of a file are outside of the specification, so they are fetched past prism.
    direct, sink = provider_of(base_url=double.origin), io.BytesIO()
    direct.download(picture.attachments[0].reference, sink, max_bytes=100)
    assert sink.getvalue() == b"\xff\xd8"
    assert fetch_all(provider, cursor)[0] == []


def test_find_sent(double: TwilioDouble, provider_of: Any, hands: Hands) -> None:
    provider = provider_of()
    sid = provider.send(request_to()).provider_message_id
    query = SentQuery(
        scheme=Scheme.TEL,
        to=PERSON,
        text=request_to().text,
        since=hands.now - timedelta(minutes=1),
        until=hands.now + timedelta(minutes=1),
    )
    assert [candidate.provider_message_id for candidate in provider.find_sent(query)] == [sid]


def test_calls(double: TwilioDouble, provider_of: Any) -> None:
    sids = {
        double.call(PERSON, status="no-answer", seconds=0),
        double.call(NUMBER, PERSON, status="completed", seconds=61),
        double.call(PERSON, status="in-progress", seconds=None),
    }
    result = provider_of().fetch("", wait=NO_WAIT)
    assert {call.provider_call_id for call in result.calls} == sids


def test_check(double: TwilioDouble, provider_of: Any) -> None:
    assert [step.ok for step in provider_of().check()] == [True, True, True, True]


def test_refusals_reach_the_provider_through_the_judge(double: TwilioDouble, provider_of: Any) -> None:
    provider = provider_of()
    double.opted_out.add(PERSON)
    with pytest.raises(OptedOutError):
        provider.send(request_to())
    with pytest.raises(RejectedError, match="valid phone number"):
        provider.send(request_to(to="+1"))
    double.refuse(status=429, code=20429, retry_after="9")
    with pytest.raises(ThrottledError) as caught:
        provider.send(request_to(to="+14155550177"))
    assert caught.value.retry_after == timedelta(seconds=9)
    with pytest.raises(ChannelError):
        provider_of(token="the-wrong-token").probe()


# -- the second judge


def test_the_vendors_client_sends_what_our_provider_reads(
    double: TwilioDouble, official: Client, provider_of: Any, hands: Hands
) -> None:
    sent = official.messages.create(to=PERSON, from_=NUMBER, body="By the vendor's client")
    double.progress(sent.sid, "sent")
    hands.move(minutes=3)
    (echo,), _ = fetch_all(provider_of())
    assert (echo.provider_message_id, echo.text) == (sent.sid, "By the vendor's client")


def test_the_vendors_client_reads_what_our_provider_sent(
    double: TwilioDouble, official: Client, provider_of: Any
) -> None:
    sid = provider_of().send(request_to(text="By our provider")).provider_message_id
    fetched = official.messages(sid).fetch()
    assert (fetched.body, fetched.to, fetched.from_, fetched.direction) == (
        "By our provider",
        PERSON,
        NUMBER,
        "outbound-api",
    )
    assert fetched.date_sent is None
    double.progress(sid, "delivered")
    assert official.messages(sid).fetch().date_sent is not None


def test_the_vendors_client_walks_the_same_pages(
    double: TwilioDouble, official: Client, provider_of: Any, hands: Hands
) -> None:
    double.page_size = 3
    for number in range(8):
        double.receive(PERSON, f"Message {number}")
        hands.move(seconds=1)
    theirs = [row.sid for row in official.messages.list(to=NUMBER, date_sent_after=hands.now - timedelta(days=1))]
    ours, _ = fetch_all(provider_of())
    assert sorted(theirs) == sorted(message.provider_message_id for message in ours)
    assert len(theirs) == 8


def test_the_vendors_client_sees_the_same_files_and_calls(double: TwilioDouble, official: Client) -> None:
    sid = double.receive(PERSON, "", files=(("image/png", b"\x89PNG"), ("image/gif", b"GIF89a")))
    assert [media.content_type for media in official.messages(sid).media.list()] == ["image/png", "image/gif"]
    double.call(PERSON, seconds=12)
    (call,) = official.calls.list(to=NUMBER)
    assert (call.duration, call.status) == ("12", "completed")


def test_the_vendors_client_meets_the_same_refusals(double: TwilioDouble, official: Client) -> None:
    double.opted_out.add(PERSON)
    with pytest.raises(TwilioRestException) as caught:
        official.messages.create(to=PERSON, from_=NUMBER, body="Hello")
    assert (caught.value.status, caught.value.code) == (400, 21610)
