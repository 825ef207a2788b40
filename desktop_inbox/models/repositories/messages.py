"""Messages: queries and writes. The list columns of the conversation change with every write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from desktop_inbox.events import Event, MessageChanged, MessageReceived, MessageStatusChanged, TimelineEntryAdded
from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.models.entities.conversation import EntryKind
from desktop_inbox.models.entities.ids import (
    AddressId,
    BatchId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    UserId,
    entry_time,
)
from desktop_inbox.models.entities.message import (
    DeliveryStatus,
    Direction,
    ErrorOrigin,
    Message,
    SenderKind,
    Visibility,
)
from desktop_inbox.models.entities.outbox import CONSENT_FIRST, OUTSIDE_HOURS
from desktop_inbox.models.schema import messages, outbox, users

from .base import AnyRow, Repository
from .conflicts import insert_once
from .prepared import Prepared

SNIPPET_LENGTH = 120

_INSERT = Prepared(insert(messages))
_BOUND = "provider_message_id IS NOT NULL"  # the condition of the partial index
_SELECT = select(messages, users.c.name.label("sender_name")).outerjoin(users, users.c.id == messages.c.sender_id)
_BY_IDS = _SELECT.where(messages.c.id.in_(bindparam("ids", expanding=True))).order_by(messages.c.id)
_BY_PROVIDER_ID = select(messages.c.id).where(
    messages.c.channel_id == bindparam("channel_id"), messages.c.provider_message_id == bindparam("provider_message_id")
)
_DUE = select(outbox.c.message_id, outbox.c.due_at, outbox.c.reason).where(
    outbox.c.message_id.in_(bindparam("ids", expanding=True))
)
_LAST_INBOUND = (
    select(messages.c.id)
    .where(messages.c.conversation_id == bindparam("conversation"), messages.c.direction == Direction.IN)
    .where(messages.c.channel_id == bindparam("channel"), messages.c.address_id == bindparam("address"))
    .order_by(messages.c.id.desc())
    .limit(1)
)
_NOT_GONE = {DeliveryStatus.HELD, DeliveryStatus.QUEUED, DeliveryStatus.RETRY_WAIT}

#: The column that remembers when a status was reached (S2-23).
_REACHED = {
    DeliveryStatus.SENT: "sent_at",
    DeliveryStatus.ACCEPTED: "sent_at",
    DeliveryStatus.DELIVERED: "delivered_at",
    DeliveryStatus.READ: "read_at",
    DeliveryStatus.FAILED: "failed_at",
    DeliveryStatus.UNDELIVERED: "failed_at",
    DeliveryStatus.BLOCKED: "failed_at",
    DeliveryStatus.EXPIRED: "failed_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An inbound message on its way into the store. One that does not ``notify``, of a blocked contact, is
    only added to the timeline: nothing moves, nothing counts. ``history`` is from before the channel was
    ours: it is shown, but nobody is called. ``ends_snooze`` says whether it brings a snoozed conversation back."""

    message: Message
    kind: EntryKind = EntryKind.TEXT
    window_ends_at: datetime | None = None
    notify: bool = True
    history: bool = False
    ends_snooze: bool = True


class MessageRepository(Repository):
    """Messages of all conversations."""

    def get(self, message_id: EntryId) -> Message | None:
        """The message with its attachments, or None."""
        found = self.many((message_id,))
        return found[0] if found else None

    def last_inbound_at(
        self, conversation_id: ConversationId, *, channel_id: ChannelId, address_id: AddressId
    ) -> datetime | None:
        """When the contact last wrote from an address to a channel, or None."""
        values = {"conversation": conversation_id, "channel": channel_id, "address": address_id}
        found = self._connection.execute(_LAST_INBOUND, values).scalar()
        return None if found is None else entry_time(found)

    def many(self, ids: Sequence[EntryId]) -> tuple[Message, ...]:
        """Those of ``ids`` that exist, oldest first."""
        if not ids:
            return ()
        return self.complete(self._connection.execute(_BY_IDS, {"ids": list(ids)}).all())

    def complete(self, rows: Sequence[AnyRow]) -> tuple[Message, ...]:
        """Return the entities of rows, with their attachments and due times."""
        ids = [row.id for row in rows]
        files = self._work.attachments.of(ids)
        waiting = [row.id for row in rows if row.status in _NOT_GONE]
        due = {}
        if waiting:
            due = {row.message_id: row for row in self._connection.execute(_DUE, {"ids": waiting})}
        return tuple(to_message(row, files.get(row.id, ()), due.get(row.id)) for row in rows)

    def find(self, channel_id: ChannelId, provider_message_id: str) -> EntryId | None:
        """The message that a provider's id is bound to, or None."""
        values = {"channel_id": channel_id, "provider_message_id": provider_message_id}
        key = self._connection.execute(_BY_PROVIDER_ID, values).scalar()
        return None if key is None else EntryId(key)

    def add_inbound(
        self,
        message: Message,
        *,
        kind: EntryKind = EntryKind.TEXT,
        window_ends_at: datetime | None = None,
        notify: bool = True,
    ) -> None:
        """Store an inbound message, index it and bring its conversation up to date."""
        self.add_inbound_many((Arrival(message=message, kind=kind, window_ends_at=window_ends_at, notify=notify),))

    def add_inbound_many(self, arrivals: Sequence[Arrival]) -> None:
        """Do the same for many, in this order."""
        _INSERT.run(self._connection, [_inbound_values(arrival.message) for arrival in arrivals])
        for arrival in arrivals:
            message = arrival.message
            self._work.search.index_message(message.id, message.conversation_id, message.text)
            if not arrival.notify:
                self._work.conversations.pass_over(message.conversation_id, message.id)
            self._work.announce(_event_of(arrival))
            if arrival.notify and arrival.history:
                self._work.conversations.announce(message.conversation_id)
        moving = [_arrival_values(arrival) for arrival in arrivals if arrival.notify]
        if moving:
            self._work.conversations.apply_inbound_many(moving)
        earliest: dict[ConversationId, tuple[EntryId, datetime]] = {}
        for arrival in arrivals:
            if arrival.notify and not arrival.history:
                message = arrival.message
                found = (message.id, message.occurred_at)
                earliest[message.conversation_id] = min(found, earliest.get(message.conversation_id, found))
        if earliest:
            self._work.conversations.show_late(earliest)

    def add_outbound(self, message: Message, *, kind: EntryKind = EntryKind.TEXT) -> None:
        """Store an outbound message, index it and bring its conversation up to date; the caller
        announces it."""
        self.add_outbound_many(((message, kind),))

    def add_outbound_many(self, outbound: Sequence[tuple[Message, EntryKind]]) -> None:
        """Store many at once, oldest first within each conversation; the caller announces them."""
        _INSERT.run(self._connection, [_values_of(message) for message, _kind in outbound])
        self._work.search.index_messages(
            [(message.id, message.conversation_id, message.text) for message, _kind in outbound]
        )
        self._work.conversations.apply_outbound_many([_list_values(*pair) for pair in outbound])

    def add_echo(self, message: Message, *, kind: EntryKind = EntryKind.TEXT) -> bool:
        """Store what was sent outside this program; False when it is there already."""
        stored = self._insert_once(message)
        if stored:
            self._apply_outbound(message, kind)
        return stored

    def remove(self, message_id: EntryId) -> None:
        """Take an echo away that turned out to be a message of our own; its conversation shows what is last then."""
        conversation_id = self._connection.execute(
            select(messages.c.conversation_id).where(messages.c.id == message_id)
        ).scalar_one()
        self._work.search.remove_message(message_id)
        self._connection.execute(delete(messages).where(messages.c.id == message_id))
        self._work.conversations.show_last(ConversationId(conversation_id), after_removing=message_id)
        self._work.announce(MessageChanged(message_id=message_id, conversation_id=conversation_id))

    def _apply_outbound(self, message: Message, kind: EntryKind) -> None:
        self._work.search.index_message(message.id, message.conversation_id, message.text)
        self._work.conversations.apply_outbound_many((_list_values(message, kind),))

    def set_status(self, message_id: EntryId, status: DeliveryStatus, *, at: datetime, **values: Any) -> None:
        """Set the status, the moment it was reached, and columns by name; announces it.

        Only the outbox service decides statuses; this writes what it decided.
        """
        reached = _REACHED.get(status)
        if reached is not None:
            values.setdefault(reached, at)
        if status in (DeliveryStatus.DELIVERED, DeliveryStatus.READ):
            sent = select(messages.c.sent_at).where(messages.c.id == message_id)
            if self._connection.execute(sent).scalar() is None:
                values.setdefault("sent_at", at)
        statement = update(messages).where(messages.c.id == message_id).values(status=status, **values)
        key = self._connection.execute(statement.returning(messages.c.conversation_id)).scalar_one()
        conversation_id = ConversationId(key)
        self._work.conversations.apply_status(conversation_id, message_id, status)
        self._work.announce(MessageStatusChanged(message_id=message_id, conversation_id=conversation_id, status=status))

    def _insert_once(self, message: Message) -> bool:
        statement = insert_once(self._dialect, messages, "channel_id", "provider_message_id", where=_BOUND)
        return self._connection.execute(statement, _values_of(message)).rowcount == 1


def _event_of(arrival: Arrival) -> Event:
    message = arrival.message
    if not arrival.notify or arrival.history:
        return TimelineEntryAdded(entry_id=message.id, conversation_id=message.conversation_id)
    return MessageReceived(
        message_id=message.id, conversation_id=message.conversation_id, contact_id=message.contact_id
    )


def _inbound_values(message: Message) -> dict[str, Any]:
    """The columns that any message has; an inbound one leaves the others at their defaults."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "contact_id": message.contact_id,
        "direction": message.direction,
        "text": message.text,
        "status": message.status,
        "channel_id": message.channel_id,
        "address_id": message.address_id,
        "sender_kind": message.sender_kind,
        "provider_message_id": message.provider_message_id,
    }


def _arrival_values(arrival: Arrival) -> dict[str, Any]:
    """What the list shows of an inbound message."""
    message = arrival.message
    return {
        "conversation": message.conversation_id,
        "entry_id": message.id,
        "at": message.occurred_at,
        "window": arrival.window_ends_at,
        "wakes": arrival.ends_snooze,
        "address_id": message.address_id,
        "new_last_direction": message.direction,
        "new_last_kind": arrival.kind,
        "new_snippet": snippet_of(message.text),
        "new_last_channel_id": message.channel_id,
    }


def _list_values(message: Message, kind: EntryKind) -> dict[str, Any]:
    return {
        "conversation": message.conversation_id,
        "entry_id": message.id,
        "answers": message.sender_kind in (SenderKind.USER, SenderKind.ECHO, SenderKind.API),
        "replied_by": message.sender_id if message.sender_kind is SenderKind.USER else None,
        "new_last_sender_kind": message.sender_kind,
        "new_last_direction": Direction.OUT,
        "new_last_kind": kind,
        "new_snippet": snippet_of(message.text),
        "new_last_channel_id": message.channel_id,
        "new_last_status": message.status,
    }


def _values_of(message: Message) -> dict[str, Any]:
    return _inbound_values(message) | {
        "sender_id": message.sender_id,
        "client_uuid": message.client_uuid or None,
        "segments": message.segments,
        "outside_window": message.outside_window,
        "queued_at": message.queued_at,
        "sent_at": message.sent_at,
        "delivered_at": message.delivered_at,
        "read_at": message.read_at,
        "failed_at": message.failed_at,
        "error_origin": message.error_origin,
        "error_code": message.error_code,
        "error_text": message.error_text,
        "batch_id": message.batch_id,
    }


def snippet_of(text: str) -> str:
    """Return one line of at most 120 characters for the list."""
    return " ".join(text[: SNIPPET_LENGTH * 4].split())[:SNIPPET_LENGTH]


def to_message(row: AnyRow, attachments: tuple[Attachment, ...], due: AnyRow | None) -> Message:
    """Return the entity of a row of ``messages`` joined with the sender's name; ``due`` is what waits in the outbox."""
    return Message(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        direction=Direction(row.direction),
        text=row.text,
        status=DeliveryStatus(row.status),
        channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
        address_id=None if row.address_id is None else AddressId(row.address_id),
        sender_kind=SenderKind(row.sender_kind),
        sender_id=None if row.sender_id is None else UserId(row.sender_id),
        sender_name=row.sender_name or "",
        client_uuid=row.client_uuid or "",
        provider_message_id=row.provider_message_id,
        segments=row.segments,
        outside_window=row.outside_window,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        failed_at=row.failed_at,
        due_at=due.due_at if due is not None else None,
        after_consent=due is not None and due.reason == CONSENT_FIRST,
        blocked_time=due is not None and due.reason == OUTSIDE_HOURS,
        error_origin=None if row.error_origin is None else ErrorOrigin(row.error_origin),
        error_code=row.error_code,
        error_text=row.error_text,
        attachments=attachments,
        batch_id=None if row.batch_id is None else BatchId(row.batch_id),
        visibility=Visibility(row.visibility),
    )
