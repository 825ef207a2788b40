"""Channels: queries and writes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update

from desktop_inbox.events import ChannelChanged
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.schema import (
    calls,
    channel_pollers,
    channels,
    conversations,
    exchanges,
    inbound_events,
    messages,
    outbox,
    receipt_inbox,
)

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing
from .prepared import Prepared

if TYPE_CHECKING:
    from desktop_inbox.models.work import Work

_ALL = select(channels).order_by(channels.c.id)
_ONE = _ALL.where(channels.c.id == bindparam("channel_id"))
_THOSE = _ALL.where(channels.c.id.in_(bindparam("ids", expanding=True)))
_SAVE_CURSOR = Prepared(
    update(channels)
    .where(channels.c.id == bindparam("channel_id"))
    .values(cursor=bindparam("place"), last_fetch_at=bindparam("now", type_=channels.c.last_fetch_at.type))
)


class ChannelRepository(Repository):
    """Configured accounts, their state, cursors and poll leases."""

    def __init__(self, work: "Work") -> None:
        super().__init__(work)
        self._known: dict[ChannelId, Channel] = {}  # as this transaction has read them

    def all(self) -> tuple[Channel, ...]:
        """Every channel but the removed ones."""
        rows = self._connection.execute(_ALL.where(channels.c.state != ChannelState.REMOVED)).all()
        return tuple(_to_channel(row) for row in rows)

    def get(self, channel_id: ChannelId) -> Channel | None:
        """The channel, also a removed one, or None."""
        if channel_id in self._known:
            return self._known[channel_id]
        row = self._connection.execute(_ONE, {"channel_id": channel_id}).first()
        return None if row is None else self._learn(_to_channel(row))

    def of_kind(self, kind: str) -> Channel | None:
        """The first channel of a kind, also a removed one, or None."""
        row = self._connection.execute(_ALL.where(channels.c.kind == kind).limit(1)).first()
        return None if row is None else _to_channel(row)

    def those(self, ids: Sequence[ChannelId]) -> tuple[Channel, ...]:
        """Those of ``ids`` that exist, also removed ones."""
        if all(key in self._known for key in ids):
            return tuple(self._known[key] for key in ids)
        return tuple(self._learn(_to_channel(row)) for row in self._connection.execute(_THOSE, {"ids": list(ids)}))

    def forget(self, channel_id: ChannelId) -> None:
        """The row was changed: read it again when it is asked for."""
        self._known.pop(channel_id, None)

    def _learn(self, channel: Channel) -> Channel:
        # On a server others write at the same time; a file stands still as long as a transaction lasts.
        if self._dialect == "sqlite":
            self._known[channel.id] = channel
        return channel

    def add(self, *, kind: str, name: str, address: str, settings: Mapping[str, str]) -> Channel:
        """Add an active channel."""
        statement = insert(channels).values(
            kind=kind,
            name=name,
            address=address,
            settings=settings,
            state=ChannelState.ACTIVE,
            created_at=self._work.now(),
        )
        key = ChannelId(self._connection.execute(statement.returning(channels.c.id)).scalar_one())
        self._work.announce(ChannelChanged(channel_id=key))
        channel = self.get(key)
        assert channel is not None  # noqa: S101 - just inserted
        return channel

    def change(self, channel_id: ChannelId, **values: Any) -> None:
        """Set columns by name and announce it; the cursor has a method of its own."""
        self._connection.execute(update(channels).where(channels.c.id == channel_id).values(**values))
        self.forget(channel_id)
        self._work.announce(ChannelChanged(channel_id=channel_id))

    def delete(self, channel_id: ChannelId) -> None:
        """Remove a channel for good, or only mark it removed where history refers to it."""
        used = or_(
            exists().where(messages.c.channel_id == channel_id), exists().where(calls.c.channel_id == channel_id)
        )
        if self._connection.execute(select(used)).scalar():
            self.change(channel_id, state=ChannelState.REMOVED)
            return
        mentions = update(conversations).where
        for column in (conversations.c.last_channel_id, conversations.c.last_inbound_channel_id):
            self._connection.execute(mentions(column == channel_id).values({column: None}))
        for table in (exchanges, channel_pollers, inbound_events, receipt_inbox, outbox):
            self._connection.execute(delete(table).where(table.c.channel_id == channel_id))
        self._connection.execute(delete(channels).where(channels.c.id == channel_id))
        self.forget(channel_id)
        self._work.announce(ChannelChanged(channel_id=channel_id))

    def save_cursor(self, channel_id: ChannelId, cursor: str) -> None:
        """Keep the place in the inbound stream, in the transaction that stores what came."""
        values = {"channel_id": channel_id, "place": cursor, "now": self._work.now()}
        _SAVE_CURSOR.run(self._connection, (values,))
        self.forget(channel_id)

    def take_poll_lease(self, channel_id: ChannelId, owner: str, span: timedelta) -> bool:
        """Become (or stay) the channel's poller for ``span``; False when another holds a live lease or the
        channel is gone."""
        table = channel_pollers
        now = self._work.outbox.now()
        values = {"owner": owner, "lease_until": now + span}
        free = update(table).where(
            table.c.channel_id == channel_id, or_(table.c.owner == owner, table.c.lease_until <= now)
        )
        if self._connection.execute(free.values(**values)).rowcount:
            return True
        if self._connection.execute(select(channels.c.id).where(channels.c.id == channel_id)).first() is None:
            return False  # removed for good
        statement = or_nothing(insert_into(self._connection, table), "channel_id")
        return self._connection.execute(statement.values(channel_id=channel_id, **values)).rowcount == 1

    def drop_poll_lease(self, channel_id: ChannelId, owner: str) -> None:
        """Let another process poll at once."""
        table = channel_pollers
        self._connection.execute(table.delete().where(table.c.channel_id == channel_id, table.c.owner == owner))


def _to_channel(row: AnyRow) -> Channel:
    return Channel(
        id=ChannelId(row.id),
        kind=row.kind,
        name=row.name,
        address=row.address,
        settings=row.settings,
        state=ChannelState(row.state),
        state_reason=row.state_reason,
        cursor=row.cursor,
        last_fetch_at=row.last_fetch_at,
        cool_until=row.cool_until,
        circuit_until=row.circuit_until,
        created_at=row.created_at,
    )
