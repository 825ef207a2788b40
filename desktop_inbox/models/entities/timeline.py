"""The timeline: messages, events, calls and comments of one conversation in one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .call import Call
from .comment import Comment
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


TimelineEntry = Message | ConversationEvent | Call | Comment


class EventCategory(StrEnum):
    """What an event is about: the eight of S2-64, and what concerns the contact itself."""

    ASSIGNMENT = "assignment"
    DONE = "done"
    SNOOZE = "snooze"
    BROADCASTS = "broadcasts"
    SURVEY = "survey"
    BOT = "bot"
    CHANNEL = "channel"
    PAGE = "page"
    CONTACT = "contact"


#: Kinds of events by category; those that stand nowhere concern the contact. Calls belong to the channel.
EVENT_KINDS: Mapping[EventCategory, tuple[str, ...]] = {
    EventCategory.ASSIGNMENT: ("assigned", "unassigned", "assign_failed"),
    EventCategory.DONE: ("marked_done", "marked_pending"),
    EventCategory.SNOOZE: ("snoozed", "unsnoozed"),
    EventCategory.BROADCASTS: ("broadcast_sent", "broadcast_cancelled", "campaign_applied", "campaign_stopped"),
    EventCategory.SURVEY: ("survey_started", "survey_cancelled", "survey_completed", "survey_failed"),
    EventCategory.BOT: ("bot_on", "bot_off"),
    EventCategory.CHANNEL: (
        "carrier_blocked",
        "channel_removed",
        "typing",
        "referral",
        "new_conversation",
        "welcome_message",
        "carrier_opted_in",
        "carrier_opted_out",
    ),
    EventCategory.PAGE: ("page_changed",),
}
_CATEGORIES: Mapping[str, EventCategory] = {kind: category for category, kinds in EVENT_KINDS.items() for kind in kinds}


def category_of(kind: str) -> EventCategory:
    """Return what an event of this kind is about."""
    return _CATEGORIES.get(kind, EventCategory.CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFilter:
    """Which entries are wanted (S2-20). Messages are always part of a timeline and never of the activity."""

    categories: frozenset[EventCategory] = frozenset(EventCategory)
    comments: bool = True
    notes: bool = True  # comments of outside systems, which the office may switch off (S4-07)

    @property
    def every_event(self) -> bool:
        """Whether no event is left out."""
        return self.categories == frozenset(EventCategory)


EVERYTHING = TimelineFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Entries in order, oldest first, and what lies on both sides."""

    conversation_id: ConversationId
    entries: tuple[TimelineEntry, ...]
    has_older: bool
    has_newer: bool
    first_unread_id: EntryId | None = None  # where the divider goes, when this page was opened unread
