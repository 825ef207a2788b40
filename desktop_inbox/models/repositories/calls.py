"""Calls: queries and writes."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.models.schema import calls

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing

_ENDED: Final = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.NO_ANSWER,
        CallStatus.FAILED,
        CallStatus.CANCELLED,
    }
)


class CallRepository(Repository):
    """Rows of providers' call logs, one per (channel, provider call id)."""

    def new_id(self, at: datetime, *, after: int = 0) -> EntryId:
        """Return an id for a call of moment ``at``, behind the conversation's entry ``after``."""
        return self._work.new_entry_id(at, calls, after=after)

    def any_in(self, conversation_id: ConversationId) -> bool:
        """Whether a conversation has calls."""
        query = select(calls.c.id).where(calls.c.conversation_id == conversation_id).limit(1)
        return self._connection.execute(query).first() is not None

    def record(self, call: Call) -> bool:
        """Add the call, or bring the known one up to date; True when it is new.

        A call that was ringing and turns out missed counts as unread from then on.
        """
        statement = or_nothing(insert_into(self._connection, calls), "channel_id", "provider_call_id").values(
            id=call.id,
            conversation_id=call.conversation_id,
            contact_id=call.contact_id,
            channel_id=call.channel_id,
            direction=call.direction,
            status=call.status,
            duration_seconds=call.duration_seconds,
            provider_call_id=call.provider_call_id,
        )
        new = self._connection.execute(statement).rowcount == 1
        if new:
            self._work.conversations.apply_call(call)
            self._announce(call.id, call.conversation_id)
        else:
            self._update(call)
        return new

    def _update(self, call: Call) -> None:
        here = (calls.c.channel_id == call.channel_id) & (calls.c.provider_call_id == call.provider_call_id)
        known = to_call(self._connection.execute(select(calls).where(here).with_for_update()).one())
        if known.status in _ENDED or (known.status, known.duration_seconds) == (call.status, call.duration_seconds):
            return
        values: dict[str, Any] = {"status": call.status, "duration_seconds": call.duration_seconds}
        self._connection.execute(update(calls).where(here).values(**values))
        now = replace(known, **values)
        if now.missed:
            self._work.conversations.apply_call(now)
        self._announce(known.id, known.conversation_id)

    def _announce(self, entry_id: EntryId, conversation_id: ConversationId) -> None:
        self._work.announce(TimelineEntryAdded(entry_id=entry_id, conversation_id=conversation_id))


def to_call(row: AnyRow) -> Call:
    """Return the entity of a row of ``calls``."""
    return Call(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        channel_id=ChannelId(row.channel_id),
        direction=Direction(row.direction),
        status=CallStatus(row.status),
        duration_seconds=row.duration_seconds,
        provider_call_id=row.provider_call_id,
    )
