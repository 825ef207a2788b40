"""The Twilio provider against a stateful double of Twilio and of SignalWire."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelError,
    NotSentError,
    OptedOutError,
    OutgoingAttachment,
    ProviderError,
    RejectedError,
    SendRequest,
    SentQuery,
    ThrottledError,
)
from desktop_inbox.services.providers.registry import provider_class
from desktop_inbox.services.providers.twilio import TwilioProvider
from desktop_inbox.services.providers.twilio_settings import private_confirmed
from tests.support.fault_server import AMBIGUOUS_FAULTS, Fault, FaultServer, Step
from tests.support.twilio_double import NUMBER, WHATSAPP, TwilioDouble
from tests.support.twilio_parts import BRISK, PERSON, Hands, MakeProvider, fetch_all, request_to


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


# -- sending


def test_a_message_is_sent_and_named(double: TwilioDouble, provider_of: MakeProvider) -> None:
    result = provider_of(double).send(request_to())
    (row,) = double.sent()
    assert result.provider_message_id == row["sid"]
    assert result.status is DeliveryStatus.ACCEPTED
    assert result.segments == 1
    assert (row["to"], row["from"], row["body"]) == (PERSON, NUMBER, "We are open until six.")
    assert dict(double.heard[-1].form)["ValidityPeriod"] == "14400"


def test_whatsapp_goes_from_the_whatsapp_number(double: TwilioDouble, provider_of: MakeProvider) -> None:
    provider = provider_of(double, whatsapp_number=WHATSAPP.removeprefix("whatsapp:"))
    provider.send(request_to(scheme=Scheme.WHATSAPP))
    assert (double.sent()[-1]["to"], double.sent()[-1]["from"]) == (f"whatsapp:{PERSON}", WHATSAPP)
    with pytest.raises(ChannelError, match="no number for whatsapp"):
        provider_of(double).send(request_to(scheme=Scheme.WHATSAPP))


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1601])
def test_a_text_that_cannot_be_sent_is_refused_before_anything_leaves(
    double: TwilioDouble, provider_of: MakeProvider, text: str
) -> None:
    with pytest.raises(RejectedError):
        provider_of(double).send(request_to(text=text))
    assert double.heard == []


def test_files_are_refused_and_the_form_says_so(
    double: TwilioDouble, provider_of: MakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("out") / "a.jpg"
    file = OutgoingAttachment(path=path, media_type="image/jpeg", name="a.jpg", size=1)
    request = SendRequest(idempotency_key="k", scheme=Scheme.TEL, to=PERSON, text="Look", attachments=(file,))
    with pytest.raises(RejectedError, match="cannot send files"):
        provider_of(double).send(request)
    assert double.heard == []
    assert not TwilioProvider.capabilities_of({"number": NUMBER}).attachments_out
    assert "received, not sent" in TwilioProvider.summary


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        pytest.param(401, 20003, ChannelError, "does not accept", id="credentials"),
        pytest.param(403, 20003, ChannelError, "does not accept", id="forbidden credentials"),
        pytest.param(404, 20404, ChannelError, "no Twilio account", id="no account"),
        pytest.param(400, 21606, ChannelError, "cannot send from", id="own number"),
        pytest.param(400, 21610, OptedOutError, "answered STOP", id="opted out", marks=pytest.mark.row("S4-16")),
        pytest.param(400, 21211, RejectedError, "not a valid phone number", id="bad number"),
        pytest.param(400, 21408, RejectedError, "country", id="country"),
        pytest.param(400, 21612, RejectedError, "no way", id="no route"),
        pytest.param(400, 21614, RejectedError, "cannot receive", id="landline"),
        pytest.param(400, 63016, RejectedError, "24 hours", id="window"),
        pytest.param(400, 29999, RejectedError, r"Twilio says: Odd thing \(error 29999\)", id="unknown"),
        pytest.param(429, 20429, ThrottledError, "pause", id="throttled"),
        pytest.param(400, 14107, ThrottledError, "pause", id="throttled by code"),
        pytest.param(429, None, ThrottledError, "pause", id="throttled without code"),
        pytest.param(500, 20500, AmbiguousError, "trouble", id="server error"),
        pytest.param(503, 20503, AmbiguousError, "trouble", id="unavailable"),
        pytest.param(400, None, RejectedError, "refused", id="no code"),
    ],
)
def test_refusals_are_told_in_plain_words(
    double: TwilioDouble,
    provider_of: MakeProvider,
    status: int,
    code: int | None,
    kind: type[ProviderError],
    words: str,
) -> None:
    double.refuse(status=status, code=code, message="Odd thing.", retry_after="7" if status == 429 else None)
    with pytest.raises(kind, match=words) as caught:
        provider_of(double).send(request_to())
    assert type(caught.value) is kind
    if code and kind not in (ThrottledError, AmbiguousError):
        assert caught.value.code == str(code)
    if status == 429:
        assert isinstance(caught.value, ThrottledError)
        assert caught.value.retry_after == timedelta(seconds=7)
    assert double.sent() == []


def test_an_unknown_error_links_to_its_page_and_shows_no_number(
    double: TwilioDouble, provider_of: MakeProvider
) -> None:
    double.refuse(status=400, code=29999, message=f"{PERSON} is odd, see https://example.com/?token=abc")
    with pytest.raises(RejectedError) as caught:
        provider_of(double).send(request_to())
    assert caught.value.link == "https://www.twilio.com/docs/api/errors/29999"
    assert PERSON not in caught.value.text
    assert "example.com" not in caught.value.text


def test_an_answer_without_a_name_is_ambiguous(provider_of: MakeProvider) -> None:
    with FaultServer() as server:
        provider = provider_of(base_url=server.url)
        for answer in ({}, {"sid": None}, {"sid": ""}, {"sid": "  "}, {"sid": 7}):
            server.script(Step(answer=answer))
            with pytest.raises(AmbiguousError) as caught:
                provider.send(request_to())
            assert caught.value.code == "no_id"


@pytest.mark.row("P4", "P13")
@pytest.mark.parametrize("fault", AMBIGUOUS_FAULTS)
def test_a_send_that_nobody_can_vouch_for_is_ambiguous(provider_of: MakeProvider, fault: Fault) -> None:
    with FaultServer() as server:
        server.script(Step(fault, answer=None if fault is Fault.NO_ID else {"sid": "SM1", "status": "queued"}))
        with pytest.raises(AmbiguousError):
            provider_of(base_url=server.url, timeouts=BRISK).send(request_to())
        assert len(server.requests) == (0 if fault is Fault.RESET_BEFORE_BODY else 1)  # and never repeated


def test_offline_is_proven_not_sent(provider_of: MakeProvider) -> None:
    with FaultServer() as server, pytest.raises(NotSentError):
        provider_of(base_url=server.refused_url).send(request_to())


# -- receipts


def test_receipts_can_be_asked_for_by_name(double: TwilioDouble, provider_of: MakeProvider) -> None:
    provider = provider_of(double)
    sids = [provider.send(request_to(text=f"Text {number}")).provider_message_id for number in range(4)]
    double.progress(sids[1], "delivered")
    double.progress(sids[2], "undelivered", error_code=30003)
    double.progress(sids[3], "canceled")
    receipts = {receipt.provider_message_id: receipt for receipt in provider.fetch_receipts((*sids, "SMgone"))}
    assert set(receipts) == set(sids[1:])
    assert receipts[sids[1]].status is DeliveryStatus.DELIVERED
    assert receipts[sids[2]].status is DeliveryStatus.UNDELIVERED
    assert receipts[sids[2]].error_code == "30003"
    assert "could not be reached" in receipts[sids[2]].error_text
    assert receipts[sids[3]].status is DeliveryStatus.FAILED
    assert len({receipt.key for receipt in receipts.values()}) == 3


def test_receipts_stop_at_a_throttle_and_keep_what_they_have(double: TwilioDouble, provider_of: MakeProvider) -> None:
    provider = provider_of(double)
    sid = provider.send(request_to()).provider_message_id
    double.refuse(status=429, code=20429, retry_after="3")
    with pytest.raises(ThrottledError):
        provider.fetch_receipts((sid,))
    double.progress(sid, "delivered")
    assert [receipt.status for receipt in provider.fetch_receipts((sid,))] == [DeliveryStatus.DELIVERED]


@pytest.mark.parametrize("sid", ["../../Calls", "SM1/../x", "", "SM 1", "SM?x", "a" * 65])
def test_an_identifier_never_leads_to_another_path(double: TwilioDouble, provider_of: MakeProvider, sid: str) -> None:
    assert provider_of(double).fetch_receipts((sid,)) == ()
    with pytest.raises(RejectedError):
        provider_of(double).download(f"{sid}/ME1", io.BytesIO(), max_bytes=10)
    assert double.heard == []


# -- clearing up (class C)


@pytest.mark.row("P4")
def test_a_sent_message_is_found_by_text_address_and_time(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    provider = provider_of(double)
    begin = hands.now
    hands.move(seconds=30)
    text = "We are open\nuntil six.  "
    first = provider.send(request_to(text=text)).provider_message_id
    hands.move(seconds=30)
    second = provider.send(request_to(text=text)).provider_message_id
    provider.send(request_to(text="Something else"))
    provider.send(request_to(to="+14155550124", text=text))
    double.receive(PERSON, text)
    double.progress(first, "sent")

    def found(**change: object) -> list[str]:
        query = {"scheme": Scheme.TEL, "to": PERSON, "text": text, "since": begin, "until": hands.now} | change
        return [candidate.provider_message_id for candidate in provider.find_sent(SentQuery(**query))]  # type: ignore[arg-type]

    assert found() == [first, second]  # oldest first, also those that have not left yet
    assert found(since=begin + timedelta(seconds=40)) == [second]
    assert found(until=begin + timedelta(seconds=40)) == [first]
    assert found(text="We are open until six.") == [first, second]  # services trim and re-wrap
    assert found(text="Never said") == []
    assert TwilioProvider.capabilities_of({}).reconcile is ReconcileClass.LISTABLE


def test_absence_is_not_claimed_when_the_list_is_too_long(
    double: TwilioDouble, provider_of: MakeProvider, hands: Hands
) -> None:
    double.page_size = 2
    for number in range(30):
        double.console_send(PERSON, f"Text {number}")
    query = SentQuery(scheme=Scheme.TEL, to=PERSON, text="?", since=hands.now - timedelta(hours=1), until=hands.now)
    with pytest.raises(AmbiguousError) as caught:
        provider_of(double).find_sent(query)
    assert caught.value.code == "too_many"


# -- set-up


def test_the_check_walks_through_every_step(double: TwilioDouble, provider_of: MakeProvider) -> None:
    steps = provider_of(double).check()
    assert [(step.name, step.ok) for step in steps] == [
        ("Settings", True),
        ("Sign in", True),
        ("Account", True),
        ("Number", True),
    ]
    provider_of(double).probe()


@pytest.mark.parametrize(
    ("change", "step", "words"),
    [
        pytest.param({"account_sid": ""}, "Settings", "Account SID is missing", id="no account"),
        pytest.param({"number": "415 555 0100"}, "Settings", "international form", id="national number"),
        pytest.param({"service": "SignalWire", "base_url": ""}, "Settings", "space is missing", id="no space"),
        pytest.param({"token": "the-wrong-token"}, "Sign in", "does not accept", id="wrong token"),
        pytest.param({"number": "+14155550101"}, "Number", "does not own", id="another number"),
        pytest.param({"base_url": "http://example.com"}, "Sign in", "https", id="not secure"),
        pytest.param({"base_url": "http://127.0.0.1:1"}, "Sign in", "cannot be reached", id="nobody there"),
        pytest.param({"base_url": "https://192.168.1.5"}, "Sign in", "not confirmed", id="private"),
        pytest.param(
            {"base_url": "https://192.168.1.5", "private_host": "192.168.1.6"},
            "Sign in",
            "not confirmed",
            id="another private one confirmed",
        ),
    ],
)
def test_the_check_names_what_is_wrong_and_what_to_do(
    double: TwilioDouble, provider_of: MakeProvider, change: dict[str, str], step: str, words: str
) -> None:
    provider = provider_of(**{"double": double} | change)  # type: ignore[arg-type]
    if change.get("base_url") == "":
        provider = provider_of(None, **change)
    *before, last = provider.check()
    assert all(earlier.ok for earlier in before)
    assert (last.name, last.ok) == (step, False)
    assert words in last.detail
    assert last.remedy


def test_the_check_tells_of_accounts_that_cannot_send(double: TwilioDouble, provider_of: MakeProvider) -> None:
    double.account_type = "Trial"
    assert "verified numbers" in provider_of(double).check()[2].detail
    double.account_status = "suspended"
    assert provider_of(double).check()[-1].detail == "The account is suspended."
    double.account_status = "active"
    double.numbers[0]["sms"] = False
    assert "cannot send text messages" in provider_of(double).check()[-1].detail


def test_what_the_channel_can_do_follows_from_its_numbers() -> None:
    text = TwilioProvider.capabilities_of({"number": NUMBER})
    assert (text.schemes, text.calls, text.receipts_read, text.window_hours) == ({Scheme.TEL}, True, False, None)
    assert text.provider_answers_stop
    whatsapp = TwilioProvider.capabilities_of({"whatsapp_number": "+14155550199"})
    assert (whatsapp.schemes, whatsapp.calls, whatsapp.window_hours) == ({Scheme.WHATSAPP}, False, 24)
    both = TwilioProvider.capabilities_of({"number": NUMBER, "whatsapp_number": "+14155550199"})
    assert both.schemes == {Scheme.TEL, Scheme.WHATSAPP}


def test_a_private_address_is_confirmed_by_its_own_name() -> None:
    assert private_confirmed({"base_url": "https://SMS.office.lan:8443/x", "private_host": "sms.office.lan "})
    assert not private_confirmed({"base_url": "https://sms.office.lan", "private_host": "lan"})
    assert not private_confirmed({"base_url": "https://sms.office.lan"})
    assert not private_confirmed({})


def test_the_registry_knows_it() -> None:
    assert provider_class("twilio") is TwilioProvider


@pytest.mark.row("P25", "S1-26")
def test_the_token_is_in_no_log_and_no_error(
    double: TwilioDouble, provider_of: MakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "CANARY0123456789abcdef"
    double.token = canary
    caplog.set_level(logging.DEBUG)
    provider = provider_of(double)
    provider.send(request_to())
    fetch_all(provider)
    errors: list[str] = []
    for status, code in ((401, 20003), (429, 20429), (400, 21610), (500, 20500), (307, 1)):
        double.refuse(status=status, code=code, message=f"bad token {canary}")
        with pytest.raises(ProviderError) as caught:
            provider.send(request_to())
        errors.append(repr(caught.value) + str(caught.value) + repr(caught.value.__context__))
    assert canary not in caplog.text + "".join(errors)
    assert PERSON not in caplog.text
