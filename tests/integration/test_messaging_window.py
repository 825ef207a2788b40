"""Messaging windows: what each kind of channel allows, what moves the end, and what leaving after it costs."""

from datetime import timedelta

import pytest

from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.channels import ChannelService
from desktop_inbox.services.gate import GateRefusedError, capabilities_of
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.messaging_window import hours_of
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from desktop_inbox.services.sending import Sending
from tests.support.clock import MONDAY_NOON, HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office

HOUR = timedelta(hours=1)
TWILIO_BOTH = {"number": "+14155550100", "whatsapp_number": "+14155550100"}


@pytest.mark.row("S3-60", "S3-61", "S3-62", "S3-63")
@pytest.mark.parametrize(
    ("kind", "settings", "scheme", "hours"),
    [
        ("twilio", {"number": "+14155550100"}, Scheme.TEL, None),
        ("twilio", {"whatsapp_number": "+14155550100"}, Scheme.WHATSAPP, 24),
        ("twilio", TWILIO_BOTH, Scheme.WHATSAPP, 24),
        ("twilio", TWILIO_BOTH, Scheme.TEL, None),
        ("twilio", {**TWILIO_BOTH, "window_hours": "48"}, Scheme.WHATSAPP, 48),
        ("twilio", {**TWILIO_BOTH, "window_hours": "48"}, Scheme.TEL, None),
        ("twilio", {**TWILIO_BOTH, "window_hours": "0"}, Scheme.WHATSAPP, None),
        ("twilio", {**TWILIO_BOTH, "window_hours": "soon"}, Scheme.WHATSAPP, 24),
        ("twilio", {**TWILIO_BOTH, "window_hours": "99999"}, Scheme.WHATSAPP, 24),
        ("simulator", {"network": "whatsapp"}, Scheme.WHATSAPP, 24),
        ("simulator", {"network": "whatsapp", "window_hours": "168"}, Scheme.WHATSAPP, 168),
        ("simulator", {"network": "sms"}, Scheme.TEL, None),
        ("simulator", {"network": "telegram", "window_hours": "48"}, Scheme.TELEGRAM, 48),
        ("matrix", {}, Scheme.MATRIX, None),
    ],
)
def test_the_window_is_the_channels_own(kind: str, settings: dict[str, str], scheme: Scheme, hours: int | None) -> None:
    channel = Channel(id=ChannelId(1), kind=kind, name="Desk", settings=settings, created_at=MONDAY_NOON)
    assert hours_of(channel, capabilities_of(channel), scheme) == hours


class Desk:
    """A WhatsApp desk and an SMS desk that both know Maria."""

    def __init__(self, store: Store, clock: HeldClock) -> None:
        self.store, self.clock = store, clock
        self.office: Office = open_office(store, World(clock=clock), people=0)

        def found(work):
            chat = work.channels.add(
                kind="simulator", name="Chat", address="+14155550100", settings={"network": "whatsapp"}
            )
            text = work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={"network": "sms"})
            contact = work.contacts.add(
                [(Scheme.WHATSAPP, "+14155550148"), (Scheme.TEL, "+14155550148")], first_name="Maria"
            )
            return chat, text, contact, work.conversations.of_contact(contact.id)

        self.chat, self.text, self.contact, self.conversation = store.run_sync(found)
        self.outbox = OutboxService(store, user_id=self.office.user_id)
        self.channels = ChannelService(store, pool=ProviderPool(lambda *_: ""), secrets=None)  # type: ignore[arg-type]
        self.number = 0

    def says(self, channel: Channel, text: str = "Hello") -> None:
        self.number += 1
        scheme = Scheme.WHATSAPP if channel is self.chat else Scheme.TEL
        message = InboundMessage(
            provider_message_id=f"in-{self.number}",
            scheme=scheme,
            address="+14155550148",
            text=text,
            occurred_at=self.clock(),
        )
        service = InboundService(self.store, answers=AutomaticAnswers(self.outbox))
        page = FetchResult(cursor=str(self.number), messages=(message,))
        run(service.take(channel, capabilities_of(channel), page))

    def write(self, *confirmed: str):
        self.number += 1
        return run(
            self.outbox.queue(
                self.conversation,
                "Answer",
                channel_id=self.chat.id,
                address_id=self.contact.addresses[0].id,
                client_uuid=f"out-{self.number}",
                confirmed=frozenset(confirmed),
            )
        )

    def end(self):
        options = run(self.channels.reply_options(self.conversation))
        return next(one.window_ends_at for one in options if one.channel.id == self.chat.id)


@pytest.fixture
def desk(store: Store, clock: HeldClock) -> Desk:
    return Desk(store, clock)


@pytest.mark.row("S3-60", "D-07")
def test_only_what_the_contact_writes_to_this_channel_moves_the_end(desk: Desk) -> None:
    assert desk.end() is None
    desk.says(desk.chat)
    end = desk.clock() + 24 * HOUR
    assert desk.end() == end
    desk.clock.advance(2 * HOUR)
    assert not desk.write().outside_window
    assert desk.end() == end  # what we say does not
    desk.says(desk.text)
    assert desk.end() == end  # nor what they write elsewhere
    desk.clock.advance(HOUR)
    desk.says(desk.chat)
    assert desk.end() == desk.clock() + 24 * HOUR


@pytest.mark.row("S3-64", "S2-31", "C11")
def test_after_the_window_one_confirmation_is_asked_noted_and_the_message_marked(desk: Desk) -> None:
    desk.says(desk.chat)
    desk.clock.advance(24 * HOUR - timedelta(seconds=1))
    assert not desk.write().outside_window
    desk.clock.advance(timedelta(seconds=1))
    with pytest.raises(GateRefusedError) as caught:
        desk.write()
    assert caught.value.code == "gate.outside_window"
    message = desk.write("outside_window")
    assert message.outside_window
    entry = desk.store.run_sync(lambda work: work.outbox.of_message(message.id))
    assert entry is not None
    assert entry.confirmed == {"outside_window"}
    lines = desk.store.read_sync(lambda work: work.ledger.of_message(message.id))
    assert lines[0].details["confirmed"] == "outside_window"


@pytest.mark.row("S3-64", "S2-31")
def test_a_message_that_does_not_arrive_after_the_window_is_marked_failed(desk: Desk) -> None:
    message = desk.write("outside_window")
    sending = Sending()
    office = desk.office
    office.sending, office.channel = sending, desk.chat
    (job,) = office.begin()
    office.record(job, AttemptOutcome.PERMANENT, code="63016", text="Outside the allowed window.")
    stored = office.message(message.id)
    assert (stored.status, stored.error_code, stored.outside_window) == (S.FAILED, "63016", True)


@pytest.mark.row("S3-64", "S4-09")
def test_nothing_automatic_leaves_after_the_window(desk: Desk) -> None:
    with pytest.raises(GateRefusedError):
        run(
            desk.outbox.queue(
                desk.conversation,
                "We are closed",
                channel_id=desk.chat.id,
                address_id=desk.contact.addresses[0].id,
                client_uuid="away",
                sender_kind=SenderKind.AWAY,
                confirmed=frozenset({"outside_window"}),
            )
        )
