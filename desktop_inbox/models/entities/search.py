"""SearchHit: one thing found."""

from dataclasses import dataclass
from datetime import datetime

from .contact import Contact
from .ids import ContactId, ConversationId, EntryId
from .message import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A message that matches; `marks` are (start, length) pairs into `snippet` in characters."""

    message_id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    contact_name: str
    direction: Direction
    snippet: str
    marks: tuple[tuple[int, int], ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Contacts first (at most 20), then messages, newest first."""

    contacts: tuple[Contact, ...]
    contact_conversations: tuple[ConversationId | None, ...]  # parallel to contacts
    messages: tuple[SearchHit, ...]
    has_more: bool
    total: int  # messages, counted up to 1,000
    total_is_capped: bool
