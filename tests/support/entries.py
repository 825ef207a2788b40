"""Builders of one conversation: its messages, files, channels and contact."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.contact import Contact, ContactAddress, Scheme
from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import (
    AddressId,
    AttachmentId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from tests.support.fakes_views import NOW

CONVERSATION, CONTACT, SMS, CHAT = ConversationId(1), ContactId(1001), ChannelId(1), ChannelId(2)


SMS_ABLE = Capabilities(
    schemes=frozenset({Scheme.TEL}),
    reconcile=ReconcileClass.LISTABLE,
    receipts_sent=True,
    receipts_delivered=True,
    segments=True,
    max_text=1600,
)


CHAT_ABLE = Capabilities(
    schemes=frozenset({Scheme.MATRIX}),
    reconcile=ReconcileClass.IDEMPOTENT,
    receipts_delivered=True,
    receipts_read=True,
    attachments_out=True,
    attachments_in=True,
    max_attachment_bytes=5_000_000,
    max_attachments=5,
    max_text=4000,
)


MMS_ABLE = replace(
    SMS_ABLE, attachments_out=True, attachment_types=("image/", "video/"), max_attachment_bytes=5_000_000
)


def message(number: int, text: str = "", *, at: datetime | None = None, out: bool = False, **more: Any) -> Message:
    """Return message ``number`` (one a minute, the highest is the newest)."""
    moment = at if at is not None else NOW - timedelta(days=2) + timedelta(minutes=number)
    defaults: dict[str, Any] = {
        "direction": Direction.OUT if out else Direction.IN,
        "status": DeliveryStatus.DELIVERED if out else DeliveryStatus.RECEIVED,
        "sender_kind": SenderKind.USER if out else SenderKind.CONTACT,
        "sender_name": "Ana" if out else "",
        "channel_id": SMS,
    }
    return Message(
        id=EntryId(first_entry_id(moment) + number % 1000),
        conversation_id=CONVERSATION,
        contact_id=CONTACT,
        text=text or f"Message {number}",
        **{**defaults, **more},
    )


def attachment(number: int = 1, **more: Any) -> Attachment:
    """Return a file that is here."""
    return Attachment(id=AttachmentId(number), message_id=EntryId(1), **{"sha256": "0" * 64, "size": 1000, **more})


def channel(number: int, name: str, kind: str = "simulator", **more: Any) -> Channel:
    """Return an active channel."""
    return Channel(id=ChannelId(number), kind=kind, name=name, created_at=NOW, **more)


def maria(**more: Any) -> Contact:
    """Return the contact of the conversation."""
    addresses = (
        ContactAddress(id=AddressId(1), contact_id=CONTACT, scheme=Scheme.TEL, path="+14155550148"),
        ContactAddress(id=AddressId(2), contact_id=CONTACT, scheme=Scheme.MATRIX, path="@maria:example.org"),
    )
    fields = {"first_name": "Maria", "last_name": "Gómez", "addresses": addresses, "created_at": NOW, **more}
    return Contact(id=CONTACT, **fields)


def summary_of(contact: Contact, **more: Any) -> ConversationSummary:
    """Return the row of a contact's conversation."""
    fields = {"last_entry_id": EntryId(first_entry_id(NOW)), "channel_name": "Front desk SMS", **more}
    return ConversationSummary(id=CONVERSATION, contact_id=contact.id, name=contact.name, **fields)
