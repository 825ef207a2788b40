"""What storing inbound entries needs to know beyond their own tables."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select, union_all, update

from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
from desktop_inbox.models.entities.outbox import OutboxEntry
from desktop_inbox.models.schema import inbound_events, messages, outbox

from .base import Repository
from .conflicts import insert_into, or_nothing

_ID_LENGTH = 255

_OF_MESSAGES = select(messages.c.provider_message_id.label("id")).where(
    messages.c.channel_id == bindparam("channel_id")
)
_OF_TOMBSTONES = select(inbound_events.c.provider_update_id.label("id")).where(
    inbound_events.c.channel_id == bindparam("channel_id")
)
_KNOWS = union_all(
    _OF_MESSAGES.where(messages.c.provider_message_id == bindparam("id")),
    _OF_TOMBSTONES.where(inbound_events.c.provider_update_id == bindparam("tombstone")),
)
_KNOWN = union_all(
    _OF_MESSAGES.where(messages.c.provider_message_id.in_(bindparam("ids", expanding=True))),
    _OF_TOMBSTONES.where(inbound_events.c.provider_update_id.in_(bindparam("tombstones", expanding=True))),
)

#: The row stands before its provider id is known exactly in these states.
_MAYBE_GONE = (DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)
#: A request may take so long, and the clocks of two computers lie so far apart.
_BEFORE_ECHO: Final = timedelta(seconds=150)
_AFTER_ECHO: Final = timedelta(seconds=60)


class InboundRepository(Repository):
    """De-duplication, tombstones and echoes."""

    def known(self, channel_id: ChannelId, ids: Iterable[str]) -> set[str]:
        """Those provider ids that were taken before, whether or not a message came of it."""
        wanted = {tombstone(key): key for key in ids}
        if len(wanted) == 1:
            ((stone, key),) = wanted.items()
            values: dict[str, object] = {"channel_id": channel_id, "id": key, "tombstone": stone}
            rows = self._connection.execute(_KNOWS, values).all()
        elif wanted:
            values = {"channel_id": channel_id, "ids": list(wanted.values()), "tombstones": list(wanted)}
            rows = self._connection.execute(_KNOWN, values).all()
        else:
            return set()
        return {wanted.get(row.id, row.id) for row in rows}

    def remember(self, channel_id: ChannelId, provider_id: str) -> None:
        """Leave a tombstone: this id was dealt with and leaves no message."""
        statement = or_nothing(insert_into(self._connection, inbound_events), "channel_id", "provider_update_id")
        self._connection.execute(
            statement.values(channel_id=channel_id, provider_update_id=tombstone(provider_id), at=self._work.now())
        )

    def recognise_echo(
        self,
        channel_id: ChannelId,
        provider_message_id: str,
        *,
        address_id: AddressId,
        text: str,
        occurred_at: datetime,
    ) -> bool:
        """Whether an outgoing message that the provider shows without our key is a delivery under way.

        Such a delivery gets the provider's id as evidence and is looked at at once; an echo may overtake the
        answer to the request that caused it. What a person left alone is not looked for any more.
        """
        under_way = (
            select(outbox.c.id, outbox.c.state, outbox.c.evidence, messages.c.text)
            .join(messages, messages.c.id == outbox.c.message_id)
            .where(outbox.c.channel_id == channel_id, outbox.c.address_id == address_id)
            .where(outbox.c.state.in_(_MAYBE_GONE), func.coalesce(outbox.c.reason, "") != "left")
            .where(outbox.c.sending_since.between(occurred_at - _BEFORE_ECHO, occurred_at + _AFTER_ECHO))
            .order_by(outbox.c.id)
        )
        wanted = comparable(text)
        rows = [row for row in self._connection.execute(under_way) if comparable(row.text) == wanted]
        if any(row.evidence == provider_message_id for row in rows):
            return True
        free = sorted(
            (row for row in rows if row.evidence is None), key=lambda row: row.state != DeliveryStatus.SENDING
        )
        if not free:
            return False
        key = free[0].id
        evidence = update(outbox).where(outbox.c.id == key, outbox.c.state.in_(_MAYBE_GONE))
        values = {"evidence": provider_message_id, "look_due_at": self._work.outbox.now()}
        return self._connection.execute(evidence.values(**values)).rowcount == 1

    def own_echoes(self, entry: OutboxEntry, provider_ids: Sequence[str]) -> dict[str, EntryId]:
        """Those of a provider's ids that only an echo has which may be ``entry`` itself: the same words in the
        same conversation, taken for somebody else's message."""
        query = select(messages.c.id, messages.c.provider_message_id, messages.c.text).where(
            messages.c.channel_id == entry.channel_id,
            messages.c.provider_message_id.in_(list(provider_ids)),
            messages.c.conversation_id == entry.conversation_id,
            messages.c.sender_kind == SenderKind.ECHO,
        )
        rows = self._connection.execute(query).all()
        if not rows:
            return {}
        mine = self._connection.execute(select(messages.c.text).where(messages.c.id == entry.message_id)).scalar_one()
        return {row.provider_message_id: EntryId(row.id) for row in rows if comparable(row.text) == comparable(mine)}

    def make_free(self, entry: OutboxEntry, provider_id: str) -> bool:
        """Whether ``entry`` may be bound to a provider's id: nobody has it, or only the entry's own echo, which is
        taken away; its receipts wait for the entry."""
        if not self._work.outbox.bound(entry.channel_id, (provider_id,)):
            return True
        echo = self.own_echoes(entry, (provider_id,)).get(provider_id)
        if echo is None:
            return False
        self._work.receipts.park_again(echo, entry.channel_id, provider_id)
        self._work.messages.remove(echo)
        return True

    def answers_since(self, conversation_id: ConversationId, place: EntryId, *, text: str | None = None) -> int:
        """How many automatic answers to keywords a conversation got since ``place`` (with this text)."""
        query = select(func.count()).where(
            messages.c.conversation_id == conversation_id,
            messages.c.id >= place,
            messages.c.sender_kind == SenderKind.KEYWORD,
        )
        if text is not None:
            query = query.where(messages.c.text == text)
        return int(self._connection.execute(query).scalar_one())


def comparable(text: str) -> str:
    """Return a text as it is compared: services trim and re-wrap what they carry."""
    return " ".join(text.split())


def tombstone(provider_id: str) -> str:
    """What stands for an id in a column of limited length."""
    if len(provider_id) <= _ID_LENGTH:
        return provider_id
    return f"sha256:{hashlib.sha256(provider_id.encode()).hexdigest()}"
