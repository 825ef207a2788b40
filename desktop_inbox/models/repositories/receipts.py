"""Receipts: the provider's word on what we sent, and those that came before their message was known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, tuple_

from desktop_inbox.models.entities.ids import ChannelId, ConversationId, EntryId, OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.schema import messages, outbox, receipt_inbox, receipts

from .base import AnyRow, Repository
from .conflicts import insert_once

_KEEP = ("message_id", "provider_receipt_key")
_PARKED = (
    select(receipt_inbox)
    .where(
        tuple_(receipt_inbox.c.channel_id, receipt_inbox.c.provider_message_id).in_(bindparam("ids", expanding=True))
    )
    .order_by(receipt_inbox.c.id)
)
_PARK = ("channel_id", "provider_message_id", "provider_receipt_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One receipt as stored."""

    channel_id: ChannelId
    provider_message_id: str
    key: str
    status: DeliveryStatus
    at: datetime
    error_code: str = ""
    error_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that receipts may speak of."""

    message_id: EntryId
    conversation_id: ConversationId
    channel_id: ChannelId
    provider_message_id: str
    status: DeliveryStatus
    sent_at: datetime | None
    outbox_id: OutboxId | None  # None: sent with the channel's own tool


class ReceiptRepository(Repository):
    """Keeps every receipt once."""

    def find(self, channel_id: ChannelId, provider_ids: Sequence[str]) -> dict[str, Sent]:
        """The outbound messages these provider ids are bound to, locked against other receipts."""
        if not provider_ids:
            return {}
        query = (
            _SENT.where(messages.c.channel_id == channel_id, messages.c.direction == "out")
            .where(messages.c.provider_message_id.in_(list(provider_ids)))
            .order_by(messages.c.id)
            .with_for_update(of=messages)
        )
        return {row.provider_message_id: _to_sent(row) for row in self._connection.execute(query)}

    def keep(self, receipts_of: Sequence[tuple[EntryId, Receipt]]) -> list[tuple[EntryId, Receipt]]:
        """Note which receipts came; returns those that had not come before, in the same order."""
        if not receipts_of:
            return []
        query = select(receipts.c.message_id, receipts.c.provider_receipt_key).where(
            receipts.c.message_id.in_(sorted({key for key, _receipt in receipts_of}))
        )
        known = {(row.message_id, row.provider_receipt_key) for row in self._connection.execute(query)}
        fresh = []
        for key, receipt in receipts_of:
            if (key, receipt.key) not in known:
                known.add((key, receipt.key))
                fresh.append((key, receipt))
        if fresh:
            values = [
                {"message_id": key, "provider_receipt_key": one.key, "status": one.status, "at": one.at}
                for key, one in fresh
            ]
            self._connection.execute(insert_once(self._dialect, receipts, *_KEEP), values)
        return fresh

    def park(self, early: Sequence[Receipt]) -> None:
        """Keep receipts until the ids they speak of are bound."""
        values = [
            {
                "channel_id": receipt.channel_id,
                "provider_message_id": receipt.provider_message_id,
                "provider_receipt_key": receipt.key,
                "status": receipt.status,
                "at": receipt.at,
                "error_code": receipt.error_code,
                "error_text": receipt.error_text,
            }
            for receipt in early
        ]
        if values:
            self._connection.execute(insert_once(self._dialect, receipt_inbox, *_PARK), values)

    def park_again(self, message_id: EntryId, channel_id: ChannelId, provider_id: str) -> None:
        """Put back the receipts of a message that is about to be removed, as its id goes to another one."""
        rows = self._connection.execute(delete(receipts).where(receipts.c.message_id == message_id).returning(receipts))
        self.park(
            [
                Receipt(
                    channel_id=channel_id,
                    provider_message_id=provider_id,
                    key=row.provider_receipt_key,
                    status=DeliveryStatus(row.status),
                    at=row.at,
                )
                for row in rows.all()
            ]
        )

    def take_parked(self, ids: Sequence[tuple[ChannelId, str]]) -> tuple[Receipt, ...]:
        """Remove and return what waits for these (channel, provider id) pairs."""
        if not ids:
            return ()
        found = self._connection.execute(_PARKED, {"ids": list(ids)}).all()
        if found:
            keys = [row.id for row in found]
            self._connection.execute(delete(receipt_inbox).where(receipt_inbox.c.id.in_(keys)))
        return tuple(
            Receipt(
                channel_id=ChannelId(row.channel_id),
                provider_message_id=row.provider_message_id,
                key=row.provider_receipt_key,
                status=DeliveryStatus(row.status),
                at=row.at,
                error_code=row.error_code,
                error_text=row.error_text,
            )
            for row in found
        )

    def unfinished(self, channel_id: ChannelId, *, since: datetime, limit: int = 500) -> tuple[Sent, ...]:
        """What the channel took since ``since`` and has not said more about, newest first."""
        query = (
            _SENT.where(outbox.c.channel_id == channel_id, outbox.c.state.in_(("accepted", "sent")))
            .where(messages.c.sent_at >= since, messages.c.provider_message_id.is_not(None))
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        return tuple(_to_sent(row) for row in self._connection.execute(query))

    def prune_parked(self, before: datetime) -> int:
        """Forget what waited in vain since before ``before``; returns how many."""
        return self._connection.execute(delete(receipt_inbox).where(receipt_inbox.c.at < before)).rowcount


_SENT = select(
    messages.c.id,
    messages.c.conversation_id,
    messages.c.channel_id,
    messages.c.provider_message_id,
    messages.c.status,
    messages.c.sent_at,
    outbox.c.id.label("outbox_id"),
).outerjoin(outbox, outbox.c.message_id == messages.c.id)


def _to_sent(row: AnyRow) -> Sent:
    return Sent(
        message_id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        channel_id=ChannelId(row.channel_id),
        provider_message_id=row.provider_message_id,
        status=DeliveryStatus(row.status),
        sent_at=row.sent_at,
        outbox_id=None if row.outbox_id is None else OutboxId(row.outbox_id),
    )
