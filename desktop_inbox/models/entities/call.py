"""Call: one row of a provider's call log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .ids import ChannelId, ContactId, ConversationId, EntryId, entry_time
from .message import Direction


class CallStatus(StrEnum):
    """S1-20."""

    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call to or from a channel; a missed one is inbound and was never answered."""

    id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    channel_id: ChannelId
    direction: Direction
    status: CallStatus
    duration_seconds: int = 0
    provider_call_id: str = ""

    @property
    def occurred_at(self) -> datetime:
        """When it began, UTC."""
        return entry_time(self.id)

    @property
    def missed(self) -> bool:
        """Nobody took it."""
        return self.direction is Direction.IN and self.status in (
            CallStatus.NO_ANSWER,
            CallStatus.BUSY,
            CallStatus.CANCELLED,
            CallStatus.FAILED,
        )
