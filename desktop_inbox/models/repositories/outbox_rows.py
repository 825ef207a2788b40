"""Rows of ``outbox`` as entities."""

from desktop_inbox.models.entities.ids import AddressId, ChannelId, ContactId, ConversationId, EntryId, OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import OnUnknown, OutboxEntry

from .base import AnyRow


def to_entry(row: AnyRow) -> OutboxEntry:
    """Return the entity of a row of ``outbox``."""
    return OutboxEntry(
        id=OutboxId(row.id),
        message_id=EntryId(row.message_id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        address_id=AddressId(row.address_id),
        channel_id=ChannelId(row.channel_id),
        state=DeliveryStatus(row.state),
        idem_key=row.idem_key,
        priority=row.priority,
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        requeued=row.requeued,
        fence=row.fence,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        sending_since=row.sending_since,
        unknown_since=row.unknown_since,
        look_due_at=row.look_due_at,
        empty_looks=row.empty_looks,
        reason=row.reason,
        on_unknown=OnUnknown(row.on_unknown),
        provider_message_id=row.provider_message_id,
        evidence=row.evidence,
        confirmed=frozenset(filter(None, row.confirmed.split(","))),
        after_message_id=None if row.after_message_id is None else EntryId(row.after_message_id),
    )
