"""The simulated town: the same events for everybody, receipts, answers, faults; nothing lost by a restart."""

import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.services.providers.base import (
    AmbiguousError,
    ChannelAccount,
    DeliveryReceipt,
    FetchResult,
    InboundMessage,
    OptedOutError,
    ProviderError,
    RejectedError,
    SendRequest,
    SendResult,
    SentQuery,
    ThrottledError,
)
from desktop_inbox.services.providers.simulator import SimulatorProvider
from desktop_inbox.services.providers.simulator_people import NETWORKS, PEOPLE
from desktop_inbox.services.providers.simulator_words import Topic, answers, openings, topic_of
from desktop_inbox.services.providers.simulator_world import Worlds
from tests.support.clock import HeldClock

JONAS = "+14155550102"


class Town:
    """A provider of the town and its clock."""

    def __init__(self, clock: HeldClock, folder: Path | None = None, **settings: str) -> None:
        self.clock = clock
        self.settings = {"network": "sms", "pace": "off"} | settings
        self.worlds = Worlds(folder, clock=clock)

    def provider(self) -> SimulatorProvider:
        def secret(field: str) -> str:
            raise AssertionError(field)

        account = ChannelAccount(channel_id=ChannelId(1), address="", settings=self.settings, secret=secret)
        return SimulatorProvider(account, worlds=self.worlds)

    def send(self, to: str = JONAS, text: str = "See you on Tuesday at 10:30?", key: str = "") -> SendResult:
        scheme = NETWORKS[self.settings["network"]]
        request = SendRequest(idempotency_key=key or str(uuid.uuid4()), scheme=scheme, to=to, text=text)
        return self.provider().send(request)

    def run(self, cursor: str, *, seconds: float = 300, step: float = 1) -> tuple[str, list[FetchResult]]:
        pages = []
        for _ in range(int(seconds / step)):
            self.clock.advance(timedelta(seconds=step))
            while True:
                page = self.provider().fetch(cursor, wait=timedelta(0))
                cursor = page.cursor
                pages.append(page)
                if not page.has_more:
                    break
        return cursor, pages


def _receipts(pages: list[FetchResult]) -> list[DeliveryReceipt]:
    return [receipt for page in pages for receipt in page.receipts]


def _messages(pages: list[FetchResult]) -> list[InboundMessage]:
    return [message for page in pages for message in page.messages]


@pytest.mark.parametrize(
    ("network", "statuses"),
    [("sms", ["sent", "delivered"]), ("whatsapp", ["sent", "delivered", "read"]), ("telegram", ["sent"])],
)
def test_receipts_come_in_order_and_once(clock: HeldClock, network: str, statuses: list[str]) -> None:
    town = Town(clock, network=network)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    result = town.send("123456789" if network == "telegram" else JONAS)
    _, pages = town.run(cursor, seconds=60)
    receipts = _receipts(pages)
    assert [receipt.status for receipt in receipts] == statuses
    assert {receipt.provider_message_id for receipt in receipts} == {result.provider_message_id}
    assert len({receipt.key for receipt in receipts}) == len(receipts)


def test_people_answer_what_they_were_asked(clock: HeldClock) -> None:
    town = Town(clock)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    sent = [town.send(f"+1415555{1000 + n}", "Could you send us a photo of your insurance card?") for n in range(20)]
    _, pages = town.run(cursor, seconds=60)
    answered = _messages(pages)
    assert 12 <= len(answered) <= len(sent)
    assert all(message.text in answers("en", Topic.PHOTO) for message in answered)
    file = answered[0].attachments[0]
    sink = io.BytesIO()
    town.provider().download(file.reference, sink, max_bytes=10_000_000)
    assert sink.getvalue().startswith(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(RejectedError):
        town.provider().download(file.reference, io.BytesIO(), max_bytes=100)


def test_two_machines_do_not_talk_for_ever(clock: HeldClock) -> None:
    town = Town(clock)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    heard = 0
    for _ in range(40):
        town.send(text="Thanks for your message, we will answer soon.")
        cursor, pages = town.run(cursor, seconds=14, step=2)
        heard += len(_messages(pages))
    assert heard <= 12


def test_what_was_sent_survives_a_restart(clock: HeldClock, tmp_path: Path) -> None:
    town = Town(clock, tmp_path)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    town.send()
    again = Town(clock, tmp_path)
    _, pages = again.run(cursor, seconds=90)
    assert [receipt.status for receipt in _receipts(pages)] == ["sent", "delivered"]
    assert len(_messages(pages)) <= 1


def test_the_same_fetch_gives_the_same_events(clock: HeldClock) -> None:
    town = Town(clock, pace="busy")
    start = town.provider().fetch("", wait=timedelta(0)).cursor
    clock.advance(timedelta(minutes=30))
    whole: list[str] = []
    cursor, more = start, True
    while more:
        page = town.provider().fetch(cursor, wait=timedelta(0))
        assert page == town.provider().fetch(cursor, wait=timedelta(0))
        whole += [message.provider_message_id for message in page.messages]
        cursor, more = page.cursor, page.has_more
    assert len(whole) > 60
    assert len(set(whole)) == len(whole)
    other = Town(HeldClock(clock()), pace="busy")
    assert [message.provider_message_id for message in other.provider().fetch(start, wait=timedelta(0)).messages] == (
        whole[: len(other.provider().fetch(start, wait=timedelta(0)).messages)]
    )


def test_an_office_that_was_away_is_not_flooded(clock: HeldClock) -> None:
    town = Town(clock, pace="normal")
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    clock.advance(timedelta(days=30))
    _, pages = town.run(cursor, seconds=1)
    assert 20 < len(_messages(pages)) < 120


def test_an_idle_town_does_not_move_the_cursor(clock: HeldClock) -> None:
    town = Town(clock)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    clock.advance(timedelta(minutes=2))
    assert town.provider().fetch(cursor, wait=timedelta(0)) == FetchResult(cursor=cursor)


@pytest.mark.row("S4-16")
@pytest.mark.parametrize(
    ("ending", "error", "taken"),
    [
        ("0191", RejectedError, 0),
        ("0193", OptedOutError, 0),
        ("0194", ThrottledError, 0),
        ("0195", AmbiguousError, 1),
        ("0196", AmbiguousError, 0),
    ],
)
def test_numbers_that_go_wrong(clock: HeldClock, ending: str, error: type[ProviderError], taken: int) -> None:
    town = Town(clock)
    with pytest.raises(error):
        town.send(f"+1415555{ending}", key="k")
    assert town.provider().deliveries("k") == taken
    if error is ThrottledError:
        town.send(f"+1415555{ending}", key="k")
        assert town.provider().deliveries("k") == 1


def test_an_unreachable_number_is_not_delivered(clock: HeldClock) -> None:
    town = Town(clock)
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    town.send("+14155550192")
    _, pages = town.run(cursor, seconds=60)
    last = _receipts(pages)[-1]
    assert (last.status, last.error_code) == (DeliveryStatus.UNDELIVERED, "unreachable")
    assert _messages(pages) == []


@pytest.mark.parametrize("reconcile", list(ReconcileClass))
def test_each_class_of_provider_can_be_played(clock: HeldClock, reconcile: ReconcileClass) -> None:
    town = Town(clock, reconcile=reconcile)
    assert SimulatorProvider.capabilities_of(town.settings).reconcile is reconcile
    cursor = town.provider().fetch("", wait=timedelta(0)).cursor
    before = clock()
    first, second = town.send(key="k", text="once"), town.send(key="k", text="once")
    idempotent = reconcile is ReconcileClass.IDEMPOTENT
    assert (first == second, town.provider().deliveries("k")) == (idempotent, 1 if idempotent else 2)
    query = SentQuery(scheme=Scheme.TEL, to=JONAS, text="once", since=before, until=before + timedelta(minutes=1))
    assert town.provider().find_sent(query)[0].provider_message_id == first.provider_message_id
    _, pages = town.run(cursor, seconds=5)
    echoes = [message for message in _messages(pages) if message.direction is Direction.OUT]
    assert [echo.idempotency_key for echo in echoes] == (["k", "k"] if reconcile is ReconcileClass.ECHOED else [])


def test_a_fault_rate_makes_sends_go_wrong_and_recover(clock: HeldClock) -> None:
    town = Town(clock, fault_rate="0.5")
    outcomes: set[str] = set()
    for number in range(60):
        try:
            town.send(key=f"k{number}")
            outcomes.add("taken")
        except ProviderError as error:
            outcomes.add(type(error).__name__)
    assert outcomes == {"taken", "ThrottledError", "NotSentError", "AmbiguousError"}


def test_the_people_are_a_mixed_town() -> None:
    assert len({person.number for person in PEOPLE}) == len(PEOPLE) >= 55
    languages = {person.language for person in PEOPLE}
    assert {"en", "de", "es", "fr", "pt", "ar", "he", "zh", "ja", "ko", "th", "hi", "ru", "tr"} <= languages
    for language in languages:
        assert openings(language)
        for topic in Topic:
            assert answers(language, topic)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Could you send a photo?", Topic.PHOTO),
        ("How about Tuesday at 10:30?", Topic.TIME),
        ("A cleaning costs $120.", Topic.PRICE),
        ("You're welcome, take care", Topic.BYE),
        ("Hello Maria", Topic.HELLO),
        ("We moved.", Topic.OTHER),
    ],
)
def test_topics(text: str, topic: Topic) -> None:
    assert topic_of(text) is topic
