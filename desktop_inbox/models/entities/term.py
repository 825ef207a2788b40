"""BlockedTerm: a word or a link that must not leave, and what administrators decided about messages that had one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from .ids import BatchId, ContactId, ConversationId, EntryId, TermId, UserId

#: Why a message was blocked that contains one: code of the gate, of the outbox and of the message's error.
BLOCKED_TERM: Final = "blocked_term"


class TermKind(StrEnum):
    """How a term is looked for."""

    WORD = "word"  # whole words, case and accents aside
    LINK = "link"  # a domain and everything below it


class Decision(StrEnum):
    """What an administrator decided about a message that a term kept back."""

    ALLOWED = "allowed"  # this text may leave from now on
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedTerm:
    """A word, several in a row, or the domain of a link."""

    id: TermId
    kind: TermKind
    term: str  # as it was typed
    key: str  # folded; of a link its domain in ASCII
    active: bool = True
    created_by_id: UserId
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDecision:
    """One decision; never changed."""

    message_id: EntryId
    term_key: str
    decision: Decision
    user_id: UserId
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """A message that a term kept back and about which nobody has decided yet."""

    message_id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    contact_name: str
    text: str
    sender_name: str  # of the user who had it sent, where there is one
    batch_id: BatchId | None
    terms: tuple[str, ...]  # as they were typed; those that hold it back now
    at: datetime
