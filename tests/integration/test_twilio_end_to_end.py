"""From a Twilio account into the store and back: one office, the real provider, a double of the vendor."""

import asyncio
import functools
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import Message, SenderKind
from desktop_inbox.models.store import Store
from desktop_inbox.services import receipts
from desktop_inbox.services.attempt import attempt
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.providers.base import ChannelAccount, Provider
from desktop_inbox.services.providers.twilio import TwilioProvider
from desktop_inbox.services.reconcile import Reconciler
from desktop_inbox.services.sending import Sending
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office, problems
from tests.support.twilio_double import NUMBER, TwilioDouble

MARIA = "+14155550123"


class Pool:
    """The one provider of this test; the same shape as ``ProviderPool``."""

    def __init__(self, double: TwilioDouble, clock: HeldClock) -> None:
        self.settings = {"account_sid": double.account, "number": NUMBER, "base_url": double.origin + double.prefix}
        self._double = double
        self._clock = clock
        self._local = threading.local()
        self._made: list[TwilioProvider] = []

    def for_channel(self, channel: Channel) -> Provider:
        if not hasattr(self._local, "provider"):
            self._local.provider = self._make(channel)
            self._made.append(self._local.provider)
        provider: Provider = self._local.provider
        return provider

    def _make(self, channel: Channel) -> TwilioProvider:
        account = ChannelAccount(
            channel_id=channel.id, address=NUMBER, settings=self.settings, secret=lambda _field: self._double.token
        )
        return TwilioProvider(account, clock=self._clock, timeouts=Timeouts())

    def capabilities(self, channel: Channel) -> Capabilities:
        return TwilioProvider.capabilities_of(self.settings)

    def close(self) -> None:
        for provider in self._made:
            provider.close()


@dataclass
class Stage:
    office: Office
    double: TwilioDouble
    pool: Pool
    inbound: InboundService
    reconciler: Reconciler
    clock: HeldClock

    @property
    def channel(self) -> Channel:
        return self.office.channel_now()

    def fetch(self) -> None:
        """What the poller does in one round."""
        while self._fetch_page():
            pass

    def _fetch_page(self) -> bool:
        channel = self.channel
        page = self.pool.for_channel(channel).fetch(channel.cursor, wait=timedelta(0))
        if page.receipts:
            self.office.store.run_sync(lambda work: receipts.apply(work, channel.id, page.receipts))
        asyncio.run(self.inbound.take(channel, self.pool.capabilities(channel), page))
        return page.has_more

    def carry(self) -> None:
        """What the dispatcher does in one round."""
        provider_of = functools.partial(self.pool.for_channel, self.channel)
        outcomes = [attempt(job, provider_of, path_of=Path, clock=self.clock) for job in self.office.begin()]
        self.office.store.run_sync(lambda work: self.office.sending.record(work, outcomes))

    def pass_time(self, span: timedelta) -> None:
        end = self.clock() + span
        while self.clock() < end:
            self.clock.advance(timedelta(seconds=15))
            self.office.sweep()
            self.fetch()
            asyncio.run(self.reconciler.run([self.channel]))
            self.carry()

    def person(self, path: str = MARIA) -> Person:
        def find(work: object) -> Person:
            address = work.contacts.find_address(Scheme.TEL, path)  # type: ignore[attr-defined]
            conversation = work.conversations.of_contact(address.contact_id)  # type: ignore[attr-defined]
            return Person(address.contact_id, address.id, conversation, path)

        return self.office.store.read_sync(find)

    def said(self) -> list[tuple[str, S, SenderKind]]:
        entries = self._entries()
        return [(entry.text, entry.status, entry.sender_kind) for entry in entries if isinstance(entry, Message)]

    def calls(self) -> list[Call]:
        return [entry for entry in self._entries() if isinstance(entry, Call)]

    def _entries(self) -> tuple[object, ...]:
        conversation_id = self.person().conversation_id
        return self.office.store.read_sync(lambda work: work.timeline.since(conversation_id, EntryId(0), 1000)).entries


@pytest.fixture
def stage(open_store: Callable[..., Store], clock: HeldClock) -> Iterator[Stage]:
    with TwilioDouble(clock=clock) as double:
        pool = Pool(double, clock)
        sending = Sending(capabilities=pool.capabilities)
        office = open_office(open_store(instance="desk-1"), World(clock=clock), people=0, sending=sending)
        office.outbox = OutboxService(office.store, user_id=office.user_id, capabilities=pool.capabilities)
        inbound = InboundService(office.store, answers=AutomaticAnswers(office.outbox))
        yield Stage(office, double, pool, inbound, Reconciler(office.store, sending, pool), clock)
        assert problems(office) == []
        pool.close()


def test_a_question_is_answered_and_the_delivery_is_followed(stage: Stage) -> None:
    stage.double.receive(MARIA, "Are you open?")
    stage.fetch()
    stage.clock.advance(timedelta(seconds=20))
    message = stage.office.queue(stage.person(), "Until six.")
    stage.carry()
    (row,) = stage.double.sent("Until six.")
    assert stage.office.message(message.id).provider_message_id == row["sid"]
    for word, status in (("sent", S.SENT), ("delivered", S.DELIVERED)):
        stage.double.progress(row["sid"], word)
        stage.clock.advance(timedelta(seconds=5))
        stage.fetch()
        assert stage.office.status(message.id) is status
    stage.pass_time(timedelta(minutes=5))  # long enough to be taken for somebody else's
    assert stage.said() == [
        ("Are you open?", S.RECEIVED, SenderKind.CONTACT),
        ("Until six.", S.DELIVERED, SenderKind.USER),
    ]


@pytest.mark.row("S3-44")
def test_what_staff_sent_elsewhere_is_in_the_timeline_once(stage: Stage) -> None:
    stage.double.receive(MARIA, "Are you open?")
    sid = stage.double.console_send(MARIA, "From the console")
    stage.double.progress(sid, "sent")
    stage.pass_time(timedelta(minutes=4))
    stage.double.progress(sid, "delivered")
    stage.pass_time(timedelta(minutes=1))
    assert [said for said in stage.said() if said[2] is SenderKind.ECHO] == [
        ("From the console", S.DELIVERED, SenderKind.ECHO)
    ]


@pytest.mark.row("P4")
@pytest.mark.parametrize("processed", [True, False])
def test_a_lost_answer_is_cleared_up_and_nothing_is_sent_twice(stage: Stage, processed: bool) -> None:
    stage.double.receive(MARIA, "Are you open?")
    stage.fetch()
    message = stage.office.queue(stage.person(), "Until six.")
    stage.double.losses.append(processed)
    stage.carry()
    assert stage.office.status(message.id) is S.UNKNOWN
    # What has not left Twilio yet is in no list by date, so no echo helps: only the look for it does.
    stage.pass_time(timedelta(minutes=8))
    assert len(stage.double.sent("Until six.")) == 1
    assert stage.office.message(message.id).provider_message_id == stage.double.sent()[0]["sid"]
    assert [text for text, _status, _kind in stage.said()] == ["Are you open?", "Until six."]


@pytest.mark.row("P4")
@pytest.mark.parametrize("leaves", [True, False], ids=["it leaves", "it waits at Twilio"])
def test_a_lost_answer_is_cleared_up_although_the_list_shows_the_text_trimmed(stage: Stage, leaves: bool) -> None:
    stage.double.receive(MARIA, "Are you open?")
    stage.fetch()
    message = stage.office.queue(stage.person(), "Hello \n")
    stage.double.losses.append(True)
    stage.carry()
    if leaves:
        stage.double.progress(stage.double.sent()[0]["sid"], "sent")
    stage.pass_time(timedelta(minutes=8))
    assert len(stage.double.sent()) == 1
    assert stage.office.message(message.id).provider_message_id == stage.double.sent()[0]["sid"]
    assert [kind for _text, _status, kind in stage.said()] == [SenderKind.CONTACT, SenderKind.USER]


@pytest.mark.row("S4-16")
def test_who_opted_out_at_the_network_is_opted_out_here(stage: Stage) -> None:
    stage.double.receive(MARIA, "Hello")
    stage.fetch()
    stage.double.opted_out.add(MARIA)
    message = stage.office.queue(stage.person(), "Hello Maria")
    stage.carry()
    assert stage.office.status(message.id) is S.BLOCKED
    assert re.search("STOP", stage.office.message(message.id).error_text)
    contact = stage.office.store.read_sync(lambda work: work.contacts.get(stage.person().contact_id))
    assert contact is not None
    assert (contact.opt_in, contact.addresses[0].carrier_blocked) == (OptIn.OPTED_OUT, True)


@pytest.mark.row("P14")
def test_a_throttled_channel_rests_and_goes_on(stage: Stage) -> None:
    stage.double.receive(MARIA, "Hello")
    stage.fetch()
    message = stage.office.queue(stage.person(), "Hello Maria")
    stage.double.refuse(status=429, code=20429, retry_after="40")
    stage.carry()
    heard = len(stage.double.heard)
    stage.clock.advance(timedelta(seconds=39))
    stage.office.sweep()
    stage.carry()
    assert len(stage.double.heard) == heard  # never earlier than told
    stage.clock.advance(timedelta(seconds=2))
    stage.office.sweep()
    stage.carry()
    assert stage.office.status(message.id) is S.ACCEPTED
    assert len(stage.double.sent()) == 1


@pytest.mark.row("S1-20", "S1-21")
def test_calls_are_in_the_timeline(stage: Stage) -> None:
    stage.double.call(MARIA, status="no-answer")
    stage.fetch()
    stage.clock.advance(timedelta(minutes=1))
    stage.double.call(NUMBER, MARIA, status="completed", seconds=75)
    stage.fetch()
    stage.pass_time(timedelta(minutes=2))
    assert [(call.missed, call.duration_seconds) for call in stage.calls()] == [(True, 0), (False, 75)]
