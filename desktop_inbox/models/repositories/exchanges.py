"""Exchanges: what was said with providers when calls went wrong. They live as long as their message (S1-26)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, func, insert, select

from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId, EntryId, OutboxId
from desktop_inbox.models.entities.outbox import OutboxEntry, SendOutcome
from desktop_inbox.models.schema import exchanges, messages

from .base import AnyRow, Repository

#: A service that asks for a pause all night must not fill the database.
MOST_OF_MESSAGE = 40
MOST_OF_CHANNEL = 100
_LATELY = 2000  # exchanges
_E = exchanges.c


class ExchangeRepository(Repository):
    """Keeps the latest exchanges of each message, and of each channel where no message is concerned."""

    def keep(self, entries: Mapping[OutboxId, OutboxEntry], outcomes: Sequence[SendOutcome]) -> None:
        """Store what was said in attempts that went wrong."""
        self.add_many(
            [
                replace(said, channel_id=entry.channel_id, message_id=entry.message_id, attempt_id=outcome.attempt_id)
                for outcome in outcomes
                if (entry := entries.get(outcome.outbox_id)) is not None
                for said in outcome.exchanges
            ]
        )

    def add_many(self, said: Sequence[Exchange]) -> None:
        """Store exchanges, each with the channel it belongs to."""
        if not said:
            return
        self._connection.execute(insert(exchanges), [_values(one) for one in said])
        for message_id in sorted({one.message_id for one in said if one.message_id is not None}):
            self._prune(_E.message_id == message_id, MOST_OF_MESSAGE)
        channels = sorted({one.channel_id for one in said if one.message_id is None and one.channel_id})
        for channel_id in channels:
            self._prune(self._lately_of(channel_id), MOST_OF_CHANNEL)

    def of_message(self, message_id: EntryId) -> tuple[Exchange, ...]:
        """Everything kept about a message, oldest first."""
        query = select(exchanges).where(_E.message_id == message_id).order_by(_E.at, _E.id)
        return tuple(_to_exchange(row) for row in self._connection.execute(query))

    def of_channel(self, channel_id: ChannelId, *, limit: int = 20) -> tuple[Exchange, ...]:
        """The latest about a channel that concern no single message, newest first."""
        query = select(exchanges).where(self._lately_of(channel_id))
        query = query.order_by(_E.at.desc(), _E.id.desc()).limit(limit)
        return tuple(_to_exchange(row) for row in self._connection.execute(query))

    def unlogged(self, *, limit: int = 500) -> tuple[EntryId, ...]:
        """Messages that a provider refused or lost and of which nothing was kept, newest first."""
        m = messages.c
        query = select(m.id).where(m.folder == "failed", m.error_origin == "provider", m.channel_id.is_not(None))
        query = query.where(~select(_E.id).where(_E.message_id == m.id).exists()).order_by(m.id.desc()).limit(limit)
        return tuple(EntryId(key) for key in self._connection.execute(query).scalars())

    def _lately_of(self, channel_id: ChannelId) -> ColumnElement[bool]:
        """Of a channel and no message, among the latest of all: no index leads to the others, which stand between
        those of hundreds of thousands of messages."""
        newest = int(self._connection.execute(select(func.coalesce(func.max(_E.id), 0))).scalar_one())
        return (_E.id > newest - _LATELY) & (_E.channel_id == channel_id) & _E.message_id.is_(None)

    def _prune(self, whose: ColumnElement[bool], most: int) -> None:
        query = select(_E.id).where(whose).order_by(_E.id.desc()).offset(most).limit(1)
        oldest = self._connection.execute(query).scalar()
        if oldest is not None:
            self._connection.execute(delete(exchanges).where(whose, _E.id <= oldest))


def _values(one: Exchange) -> dict[str, object]:
    return {
        "kind": one.kind,
        "channel_id": one.channel_id,
        "message_id": one.message_id,
        "attempt_id": one.attempt_id,
        "at": one.at,
        "elapsed_millis": one.elapsed_millis,
        "request": one.request,
        "response": one.response,
        "http_status": one.http_status,
        "error_code": one.error_code,
    }


def _to_exchange(row: AnyRow) -> Exchange:
    return Exchange(
        id=row.id,
        kind=ExchangeKind(row.kind),
        channel_id=ChannelId(row.channel_id),
        message_id=None if row.message_id is None else EntryId(row.message_id),
        attempt_id=row.attempt_id,
        at=row.at,
        elapsed_millis=row.elapsed_millis,
        request=row.request,
        response=row.response,
        http_status=row.http_status,
        error_code=row.error_code,
    )
