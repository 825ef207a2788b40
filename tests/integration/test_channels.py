"""Channels: set up, checked, paused, removed; and which of them can answer a contact."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from desktop_inbox.errors import InvalidInputError, NotFoundError, SecretStoreError
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.contact import Contact, OptIn, Scheme
from desktop_inbox.models.entities.ids import ChannelId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.work import Work
from desktop_inbox.services.channels import ChannelService
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.provider_pool import ProviderPool, building
from desktop_inbox.services.secrets import secret_name
from tests.support.offices import Office
from tests.support.run import run


@dataclass
class Secrets:
    """A secret store in a dictionary, which may be locked."""

    kept: dict[str, str] = field(default_factory=dict)
    locked: bool = False

    async def get(self, name: str) -> str:
        return self.kept[name]

    def get_sync(self, name: str) -> str:
        return self.kept[name]

    async def set(self, name: str, value: str) -> None:
        if self.locked:
            raise SecretStoreError("secrets.locked", "The keyring is locked.")
        self.kept[name] = value

    async def delete(self, name: str) -> None:
        self.kept.pop(name, None)


class Desk:
    def __init__(self, office: Office) -> None:
        self.office = office
        self.secrets = Secrets()
        self.pool = ProviderPool(
            lambda channel_id, name: self.secrets.get_sync(secret_name(channel_id, name)),
            build=building(simulator_dir=None, clock=office.clock),
        )
        self.service = ChannelService(office.store, pool=self.pool, secrets=self.secrets)

    def simulator(self, network: str, name: str = "") -> Channel:
        settings = {"network": network, "pace": "off"}
        return run(self.service.add("simulator", name or network, address="", settings=settings, secrets={}))

    def stored(self, channel_id: ChannelId) -> Channel:
        found = self.office.store.read_sync(lambda work: work.channels.get(channel_id))
        assert found is not None
        return found


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_a_channel_lives_from_set_up_to_removal(desk: Desk) -> None:
    channel = desk.simulator("whatsapp", "WhatsApp")
    assert (channel.state, channel.name) == (ChannelState.ACTIVE, "WhatsApp")
    assert {kind.kind for kind in desk.service.kinds()} >= {"simulator", "twilio"}
    assert desk.service.capabilities(channel).window_hours == 24
    run(desk.service.pause(channel.id, reason="Holidays"))
    assert (desk.stored(channel.id).state, desk.stored(channel.id).state_reason) == (ChannelState.PAUSED, "Holidays")
    run(desk.service.resume(channel.id))
    assert (desk.stored(channel.id).state, desk.stored(channel.id).state_reason) == (ChannelState.ACTIVE, "")
    run(desk.service.remove(channel.id))
    assert channel.id not in [known.id for known in run(desk.service.all())]
    assert desk.stored(channel.id).state is ChannelState.REMOVED
    with pytest.raises(NotFoundError):
        run(desk.service.pause(channel.id))
    assert desk.office.heard_kinds().count("ChannelChanged") == 4


@pytest.mark.row("S1-09")
def test_what_waits_for_a_removed_channel_says_so_and_holds_nothing(desk: Desk) -> None:
    first, second = desk.simulator("sms", "one"), desk.simulator("sms", "two")
    contact = desk.office.store.run_sync(lambda work: work.contacts.add([(Scheme.TEL, "+14155550148")]))
    outbox = OutboxService(desk.office.store, user_id=UserId(1), capabilities=desk.pool.capabilities)
    queued = [
        run(
            outbox.queue(
                desk.office.conversation_of(contact),
                "Hello",
                channel_id=channel.id,
                address_id=contact.addresses[0].id,
                client_uuid=str(uuid.uuid4()),
                delay=delay,
            )
        )
        for channel, delay in ((first, timedelta(hours=1)), (first, timedelta(0)), (second, timedelta(0)))
    ]
    run(desk.service.remove(first.id))
    found = desk.office.store.read_sync(lambda work: work.messages.many([message.id for message in queued]))
    assert [(message.status, message.error_code) for message in found] == [
        (DeliveryStatus.BLOCKED, "channel_removed"),
        (DeliveryStatus.BLOCKED, "channel_removed"),
        (DeliveryStatus.QUEUED, ""),
    ]


def test_the_form_refuses_what_is_missing(desk: Desk) -> None:
    for name, settings, code in (
        (" ", {"network": "sms"}, "channel_name_missing"),
        ("Desk", {}, "channel_field_missing"),
        ("Desk", {"network": "pigeon"}, "channel_field_choice"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            run(desk.service.add("simulator", name, address="", settings=settings, secrets={}))
        assert refused.value.code == code
    assert len(run(desk.service.all())) == 1


def test_an_edited_channel_gets_a_new_provider(desk: Desk) -> None:
    channel = desk.simulator("sms")
    before = desk.pool.for_channel(channel)
    assert desk.pool.for_channel(channel) is before
    changed = run(desk.service.edit(channel.id, name="Desk", address="", settings={"network": "telegram"}, secrets={}))
    assert desk.pool.for_channel(changed) is not before
    assert desk.service.capabilities(changed).can_start is False


def test_a_broken_channel_is_tried_again_when_it_was_edited(desk: Desk) -> None:
    channel = desk.simulator("sms")
    desk.office.store.run_sync(
        lambda work: work.channels.change(channel.id, state=ChannelState.BROKEN, state_reason="Wrong password.")
    )
    changed = run(desk.service.edit(channel.id, name="sms", address="", settings=channel.settings, secrets={}))
    assert (changed.state, changed.state_reason) == (ChannelState.ACTIVE, "")


def test_the_connection_is_checked_with_what_the_form_holds(desk: Desk) -> None:
    steps = run(desk.service.check("simulator", address="", settings={"network": "sms"}, secrets={}))
    assert [step.ok for step in steps] == [True]


def _inbound(desk: Desk, contact: Contact, channel: Channel, address: int) -> None:
    def add(work: Work) -> None:
        work.messages.add_inbound(
            Message(
                id=work.new_entry_id(work.now()),
                conversation_id=work.conversations.of_contact(contact.id),
                contact_id=contact.id,
                direction=Direction.IN,
                text="hi",
                status=DeliveryStatus.RECEIVED,
                channel_id=channel.id,
                address_id=contact.addresses[address].id,
                provider_message_id=str(work.now()),
            )
        )

    desk.office.store.run_sync(add)


@pytest.mark.row("S2-13", "S4-16")
def test_the_reply_goes_where_they_wrote_last(desk: Desk) -> None:
    whatsapp, telegram = desk.simulator("whatsapp"), desk.simulator("telegram")
    addresses = [(Scheme.TEL, "+14155550148"), (Scheme.WHATSAPP, "+14155550148"), (Scheme.TELEGRAM, "77")]
    contact = desk.office.store.run_sync(lambda work: work.contacts.add(addresses))
    conversation_id = desk.office.conversation_of(contact)

    def options() -> list[tuple[str, Scheme, bool]]:
        found = run(desk.service.reply_options(conversation_id))
        return [(option.channel.name, option.address.scheme, option.is_default) for option in found]

    # Nobody wrote yet: the first address. A bot may not write first.
    assert options() == [("Front desk", Scheme.TEL, True), ("whatsapp", Scheme.WHATSAPP, False)]
    _inbound(desk, contact, whatsapp, 1)
    assert options() == [("Front desk", Scheme.TEL, False), ("whatsapp", Scheme.WHATSAPP, True)]
    desk.office.clock.set(desk.office.clock().replace(hour=13))
    _inbound(desk, contact, telegram, 2)
    assert options()[-1] == ("telegram", Scheme.TELEGRAM, True)
    desk.office.store.run_sync(lambda work: work.contacts.change_address(contact.addresses[0].id, carrier_blocked=True))
    assert [name for name, _, _ in options()] == ["whatsapp", "telegram"]
    run(desk.service.remove(telegram.id))
    assert options() == [("whatsapp", Scheme.WHATSAPP, True)]


def test_an_opted_out_address_is_not_the_default_where_there_is_another(desk: Desk) -> None:
    desk.simulator("whatsapp")
    addresses = [(Scheme.TEL, "+14155550148"), (Scheme.WHATSAPP, "+14155550148")]
    contact = desk.office.store.run_sync(lambda work: work.contacts.add(addresses))
    desk.office.store.run_sync(
        lambda work: work.contacts.change_address(contact.addresses[0].id, opt_in=OptIn.OPTED_OUT)
    )
    options = run(desk.service.reply_options(desk.office.conversation_of(contact)))
    assert [option.is_default for option in options] == [False, True]


def test_a_channel_of_a_newer_program_is_no_way_to_reply(desk: Desk) -> None:
    desk.office.store.run_sync(lambda work: work.channels.add(kind="pigeon", name="P", address="", settings={}))
    contact = desk.office.contact()
    options = run(desk.service.reply_options(desk.office.conversation_of(contact)))
    assert [option.channel.name for option in options] == ["Front desk"]


def test_nothing_is_added_when_the_secret_cannot_be_kept(desk: Desk) -> None:
    desk.secrets.locked = True
    settings = {"service": "Twilio", "account_sid": "AC" + "0" * 32, "number": "+14155550100"}
    with pytest.raises(SecretStoreError):
        run(desk.service.add("twilio", "Desk", address="", settings=settings, secrets={"auth_token": "canary"}))
    assert [channel.name for channel in run(desk.service.all())] == ["Front desk"]
    desk.secrets.locked = False
    channel = run(desk.service.add("twilio", "Desk", address="", settings=settings, secrets={"auth_token": "canary"}))
    assert desk.secrets.kept == {secret_name(channel.id, "auth_token"): "canary"}
    assert "canary" not in str(desk.stored(channel.id))
    run(desk.service.edit(channel.id, name="Front", address="", settings=settings, secrets={}))
    assert desk.secrets.kept[secret_name(channel.id, "auth_token")] == "canary"
    run(desk.service.remove(channel.id))
    assert desk.secrets.kept == {}
