"""Deliveries: what one attempt needs and leaves behind, and how the channel bears it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, null, select, update

from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId, EntryId, OutboxId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
from desktop_inbox.models.entities.outbox import Attempt, AttemptOutcome, Delivery, OutboxEntry, SendOutcome
from desktop_inbox.models.schema import (
    attachments,
    attempts,
    batches,
    channels,
    contact_addresses,
    contacts,
    conversations,
    messages,
    outbox,
)

from .base import AnyRow, Repository
from .inbound import comparable
from .outbox_rows import to_entry
from .prepared import Prepared

_CONTACTS = (
    select(contacts.c.id).where(contacts.c.id.in_(bindparam("ids", expanding=True))).order_by(contacts.c.id)
).with_for_update(read=True)
_DELIVERIES = (
    select(
        outbox,
        messages.c.text,
        messages.c.sender_kind,
        messages.c.queued_at,
        contact_addresses.c.scheme,
        contact_addresses.c.path,
        contact_addresses.c.opt_in.label("address_opt_in"),
        contact_addresses.c.carrier_blocked,
        contacts.c.opt_in,
        contacts.c.blocked,
        contacts.c.looks_opted_out,
        conversations.c.window_ends_at,
        conversations.c.last_inbound_id,
        exists().where(attachments.c.message_id == outbox.c.message_id).label("has_files"),
    )
    .join(messages, messages.c.id == outbox.c.message_id)
    .join(contact_addresses, contact_addresses.c.id == outbox.c.address_id)
    .join(contacts, contacts.c.id == outbox.c.contact_id)
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(outbox.c.id)
)
_LOCKED_DELIVERIES = _DELIVERIES.with_for_update(of=outbox)
_CIRCUIT = (
    select(channels.c.circuit_failures, channels.c.circuit_opened_at, channels.c.circuit_until)
    .where(channels.c.id == bindparam("channel"))
    .with_for_update()
)
_CLOSE = Prepared(
    update(channels)
    .where(channels.c.id == bindparam("b_channel"))
    .where(
        (channels.c.circuit_failures != 0)
        | channels.c.circuit_opened_at.is_not(None)
        | channels.c.circuit_until.is_not(None)
    )
    .values(circuit_failures=0, circuit_opened_at=null(), circuit_until=null())
)
_START_HERE = Prepared(insert(attempts))
_START = insert(attempts).returning(attempts.c.id, sort_by_parameter_order=True)
_FINISH = Prepared(
    update(attempts)
    .where(attempts.c.id == bindparam("b_id"))
    .values(
        finished_at=bindparam("v_at", type_=attempts.c.finished_at.type),
        outcome=bindparam("v_outcome"),
        http_status=bindparam("v_http_status", type_=attempts.c.http_status.type),
        provider_code=bindparam("v_code"),
        error_text=bindparam("v_text"),
    )
)
_IDENTICAL = select(func.count()).where(
    messages.c.conversation_id == bindparam("conversation"),
    messages.c.id >= bindparam("since"),
    messages.c.direction == "out",
    messages.c.text == bindparam("same"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """How a channel has been answering: ``until`` is set while it is open."""

    failures: int = 0
    since: datetime | None = None  # of the first failure in a row, or of the opening
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a new message would stand."""

    contact_id: ContactId
    last_entry_id: int
    has_inbound: bool
    window_ends_at: datetime | None


class DeliveryRepository(Repository):
    """Attempts, and the facts that the gate and the provider are given."""

    def facts(self, entries: Sequence[OutboxEntry]) -> dict[OutboxId, Delivery]:
        """Everything needed to send entries. The contacts are locked against a change of their consent, so
        whoever opts out either waits for this transaction or was seen by it. Entries whose address or
        contact is gone are absent."""
        if not entries:
            return {}
        if self._dialect != "sqlite":  # where the one writer holds everything
            self._connection.execute(_CONTACTS, {"ids": sorted({entry.contact_id for entry in entries})}).all()
        return self._facts(entries, _LOCKED_DELIVERIES)

    def unlocked_facts(self, entries: Sequence[OutboxEntry]) -> dict[OutboxId, Delivery]:
        """The same for looking only."""
        return self._facts(entries, _DELIVERIES)

    def of_stopped_batches(self, message_ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
        """Those of messages whose batch was called off."""
        query = select(messages.c.id).join(batches, batches.c.id == messages.c.batch_id)
        query = query.where(messages.c.id.in_(list(message_ids)), batches.c.status == "cancelled")
        return tuple(EntryId(key) for key in self._connection.execute(query).scalars())

    def answered(self, message_ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
        """Those of messages behind which the contact wrote something."""
        query = select(messages.c.id).join(conversations, conversations.c.id == messages.c.conversation_id)
        query = query.where(messages.c.id.in_(list(message_ids)), conversations.c.last_inbound_id > messages.c.id)
        return tuple(EntryId(key) for key in self._connection.execute(query).scalars())

    def unclear_twins(self, entry: OutboxEntry) -> tuple[OutboxEntry, ...]:
        """Unclear entries that the provider's list cannot tell from ``entry``, itself included, oldest first."""
        query = (
            select(outbox, messages.c.text)
            .join(messages, messages.c.id == outbox.c.message_id)
            .where(outbox.c.conversation_id == entry.conversation_id, outbox.c.channel_id == entry.channel_id)
            .where(outbox.c.state == "unknown", outbox.c.address_id == entry.address_id)
            .order_by(outbox.c.sending_since, outbox.c.id)
        )
        rows = self._connection.execute(query).all()
        mine = next((comparable(row.text) for row in rows if row.id == entry.id), None)
        return tuple(to_entry(row) for row in rows if comparable(row.text) == mine)

    def _facts(self, entries: Sequence[OutboxEntry], query: Select[Any]) -> dict[OutboxId, Delivery]:
        rows = self._connection.execute(query, {"ids": sorted(entry.id for entry in entries)}).all()
        files = self._work.attachments.of([row.message_id for row in rows if row.has_files])
        return {OutboxId(row.id): _to_delivery(row, files.get(row.message_id, ())) for row in rows}

    def known_uuids(self, client_uuids: Sequence[str]) -> dict[str, EntryId]:
        """The messages that presses of Send have made already."""
        query = select(messages.c.client_uuid, messages.c.id).where(messages.c.client_uuid.in_(list(client_uuids)))
        return {row.client_uuid: EntryId(row.id) for row in self._connection.execute(query)}

    def resends_of(self, client_uuids: Sequence[str]) -> list[tuple[EntryId, DeliveryStatus]]:
        """Those messages that have one of these client_uuids, in this order, and how far they got."""
        query = select(messages.c.client_uuid, messages.c.id, messages.c.status)
        rows = self._connection.execute(query.where(messages.c.client_uuid.in_(list(client_uuids))))
        found = {row.client_uuid: (EntryId(row.id), DeliveryStatus(row.status)) for row in rows}
        return [found[key] for key in client_uuids if key in found]

    def places(self, conversation_ids: Sequence[ConversationId]) -> dict[ConversationId, Place]:
        """What the gate must know of conversations; those that are gone are absent."""
        columns = conversations.c
        query = select(
            columns.id, columns.contact_id, columns.last_entry_id, columns.last_inbound_id, columns.window_ends_at
        ).where(columns.id.in_(sorted(set(conversation_ids))))
        return {
            ConversationId(row.id): Place(
                contact_id=ContactId(row.contact_id),
                last_entry_id=row.last_entry_id,
                has_inbound=row.last_inbound_id > 0,
                window_ends_at=row.window_ends_at,
            )
            for row in self._connection.execute(query)
        }

    def identical(self, conversation_id: ConversationId, same: str, since: datetime) -> int:
        """How often a text was sent in a conversation since a moment."""
        values = {"conversation": conversation_id, "since": first_entry_id(since), "same": same}
        return int(self._connection.execute(_IDENTICAL, values).scalar_one())

    def start(self, rows: Sequence[tuple[OutboxEntry, str]], at: datetime) -> list[int]:
        """Note attempts (entry, request hash) before a byte leaves; returns their ids in this order."""
        if not rows:
            return []
        values = [
            {"outbox_id": entry.id, "number": entry.attempts, "started_at": at, "request_hash": digest}
            for entry, digest in rows
        ]
        if self._dialect == "sqlite":
            return _START_HERE.add(self._connection, values)
        return list(self._connection.execute(_START, values).scalars())

    def finish(self, outcomes: Sequence[SendOutcome]) -> None:
        """Note what attempts came to."""
        if outcomes:
            _FINISH.run(
                self._connection,
                [
                    {
                        "b_id": outcome.attempt_id,
                        "v_at": outcome.at,
                        "v_outcome": outcome.outcome,
                        "v_http_status": outcome.http_status,
                        "v_code": outcome.code,
                        "v_text": outcome.text,
                    }
                    for outcome in outcomes
                ],
            )

    def first_attempt(self, outbox_id: OutboxId) -> Attempt | None:
        """The earliest attempt, or None."""
        found = self.attempts(outbox_id)
        return found[0] if found else None

    def attempts(self, outbox_id: OutboxId) -> tuple[Attempt, ...]:
        """Every attempt, in order."""
        query = select(attempts).where(attempts.c.outbox_id == outbox_id).order_by(attempts.c.id)
        return tuple(_to_attempt(row) for row in self._connection.execute(query))

    def attempts_of_message(self, message_id: EntryId) -> tuple[Attempt, ...]:
        """Every attempt at a message, in order."""
        query = (
            select(attempts)
            .join(outbox, outbox.c.id == attempts.c.outbox_id)
            .where(outbox.c.message_id == message_id)
            .order_by(attempts.c.id)
        )
        return tuple(_to_attempt(row) for row in self._connection.execute(query))

    def circuit(self, channel_id: ChannelId) -> Circuit:
        """The circuit of a channel, locked."""
        row = self._connection.execute(_CIRCUIT, {"channel": channel_id}).one()
        return Circuit(failures=row.circuit_failures, since=row.circuit_opened_at, until=row.circuit_until)

    def close_circuit(self, channel_id: ChannelId) -> None:
        """Note that the channel answers; mostly nothing changes, and then nothing is locked."""
        if _CLOSE.run(self._connection, ({"b_channel": channel_id},)):
            self._work.channels.forget(channel_id)

    def save_circuit(self, channel_id: ChannelId, circuit: Circuit) -> None:
        """Keep the circuit; only an opening or closing is worth announcing."""
        statement = update(channels).where(channels.c.id == channel_id)
        self._connection.execute(
            statement.values(
                circuit_failures=circuit.failures, circuit_opened_at=circuit.since, circuit_until=circuit.until
            )
        )
        self._work.channels.forget(channel_id)

    def cool(self, channel_id: ChannelId, until: datetime) -> None:
        """Let nothing be claimed for a channel before ``until``; a later end stays."""
        statement = update(channels).where(channels.c.id == channel_id)
        statement = statement.where(channels.c.cool_until.is_(None) | (channels.c.cool_until < until))
        self._connection.execute(statement.values(cool_until=until))
        self._work.channels.forget(channel_id)

    def warm(self, channel_id: ChannelId) -> None:
        """Let messages be claimed for a channel again."""
        self._connection.execute(update(channels).where(channels.c.id == channel_id).values(cool_until=None))
        self._work.channels.forget(channel_id)


def _to_delivery(row: AnyRow, files: tuple[Attachment, ...]) -> Delivery:
    strict = OptIn.OPTED_OUT if OptIn.OPTED_OUT in (row.opt_in, row.address_opt_in) else OptIn.OPTED_IN
    return Delivery(
        entry=to_entry(row),
        text=row.text,
        sender_kind=SenderKind(row.sender_kind),
        queued_at=row.queued_at,
        scheme=Scheme(row.scheme),
        to=row.path,
        opt_in=strict,
        carrier_blocked=row.carrier_blocked,
        contact_blocked=row.blocked,
        looks_opted_out=row.looks_opted_out,
        window_ends_at=row.window_ends_at,
        has_inbound=row.last_inbound_id > 0,
        attachments=files,
    )


def _to_attempt(row: AnyRow) -> Attempt:
    return Attempt(
        id=row.id,
        outbox_id=OutboxId(row.outbox_id),
        number=row.number,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=None if row.outcome is None else AttemptOutcome(row.outcome),
        http_status=row.http_status,
        provider_code=row.provider_code,
        error_text=row.error_text,
        request_hash=row.request_hash,
    )
