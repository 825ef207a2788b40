"""What storing inbound entries needs to know beyond their own tables."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import bindparam, func, select, union_all, update

from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
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


class InboundRepository(Repository):
    """De-duplication, tombstones and echoes."""

    def known(self, channel_id: ChannelId, ids: Iterable[str]) -> set[str]:
        """Those provider ids that were taken before, whether or not a message came of it."""
        wanted = {_tombstone(key): key for key in ids}
        if len(wanted) == 1:
            ((tombstone, key),) = wanted.items()
            values: dict[str, object] = {"channel_id": channel_id, "id": key, "tombstone": tombstone}
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
            statement.values(channel_id=channel_id, provider_update_id=_tombstone(provider_id), at=self._work.now())
        )

    def recognise_echo(
        self, channel_id: ChannelId, provider_message_id: str, *, address_id: AddressId, text: str
    ) -> bool:
        """Whether an outgoing message that the provider shows without our key is a delivery under way.

        Such a delivery gets the provider's id as evidence and is looked at at once; an echo may overtake the
        answer to the request that caused it.
        """
        under_way = (
            select(outbox.c.id)
            .join(messages, messages.c.id == outbox.c.message_id)
            .where(outbox.c.channel_id == channel_id, outbox.c.address_id == address_id, messages.c.text == text)
            .where(outbox.c.state.in_(_MAYBE_GONE), outbox.c.evidence.is_(None))
            .order_by(outbox.c.id)
            .limit(1)
        )
        key = self._connection.execute(under_way).scalar()
        if key is None:
            return False
        evidence = update(outbox).where(outbox.c.id == key, outbox.c.state.in_(_MAYBE_GONE))
        values = {"evidence": provider_message_id, "look_due_at": self._work.outbox.now()}
        return self._connection.execute(evidence.values(**values)).rowcount == 1

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


def _tombstone(provider_id: str) -> str:
    """What stands for an id in a column of limited length."""
    if len(provider_id) <= _ID_LENGTH:
        return provider_id
    return f"sha256:{hashlib.sha256(provider_id.encode()).hexdigest()}"
