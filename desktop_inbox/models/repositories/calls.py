"""Calls: queries and writes."""

from sqlalchemy import insert, select, update

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.call import Call, CallStatus
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.models.schema import calls

from .base import AnyRow, Repository


class CallRepository(Repository):
    """Rows of providers' call logs, one per (channel, provider call id)."""

    def record(self, call: Call) -> bool:
        """Add the call, or bring the known one up to date; True when it is new."""
        here = (calls.c.channel_id == call.channel_id) & (calls.c.provider_call_id == call.provider_call_id)
        known = self._connection.execute(select(calls.c.id, calls.c.status).where(here)).first()
        if known is not None:
            values = {"status": call.status, "duration_seconds": call.duration_seconds}
            self._connection.execute(update(calls).where(here).values(**values))
            if known.status != call.status:
                self._announce(EntryId(known.id), call.conversation_id)
            return False
        self._connection.execute(
            insert(calls).values(
                id=call.id,
                conversation_id=call.conversation_id,
                contact_id=call.contact_id,
                channel_id=call.channel_id,
                direction=call.direction,
                status=call.status,
                duration_seconds=call.duration_seconds,
                provider_call_id=call.provider_call_id,
            )
        )
        self._work.conversations.apply_call(call)
        self._announce(call.id, call.conversation_id)
        return True

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
