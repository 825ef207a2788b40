"""Comment: what a colleague or an outside system notes beside a conversation; never sent to the contact."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .ids import ConversationId, EntryId, UserId, entry_time

MAX_COMMENT = 1000  # characters


class AuthorKind(StrEnum):
    """Who wrote a comment (C10)."""

    USER = "user"
    EXTERNAL = "external"  # a system outside, through the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment in the timeline. It is visible inside the program only (S3-74)."""

    id: EntryId
    conversation_id: ConversationId
    author_kind: AuthorKind
    author_id: UserId | None = None
    author_name: str = ""
    text: str
    mentions: tuple[UserId, ...] = ()
    edited_at: datetime | None = None

    @property
    def occurred_at(self) -> datetime:
        """When it was written, UTC."""
        return entry_time(self.id)
