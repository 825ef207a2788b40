"""The timeline: messages, events and calls of one conversation in one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .call import Call
from .ids import ConversationId, EntryId, UserId, entry_time
from .message import Message


class ActorKind(StrEnum):
    """Who did something."""

    USER = "user"
    CONTACT = "contact"
    AUTOMATION = "automation"
    BOT = "bot"
    BROADCAST = "broadcast"
    API = "api"
    CHANNEL = "channel"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent:
    """A fact in a conversation's history: append-only (S2-34)."""

    id: EntryId
    conversation_id: ConversationId
    kind: str  # "opted_out", "opted_in", "looks_opted_out", "contact_renamed", "unknown_resolved", ...
    actor_kind: ActorKind
    actor_id: UserId | None = None
    actor_name: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def occurred_at(self) -> datetime:
        """When it happened, UTC."""
        return entry_time(self.id)


TimelineEntry = Message | ConversationEvent | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Entries in order, oldest first, and what lies on both sides."""

    conversation_id: ConversationId
    entries: tuple[TimelineEntry, ...]
    has_older: bool
    has_newer: bool
    first_unread_id: EntryId | None = None  # where the divider goes, when this page was opened unread
