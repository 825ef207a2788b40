"""UndoStep: something a user did and can take back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .ids import UndoStepId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep:
    """One entry of a user's history, newest ones first."""

    id: UndoStepId
    user_id: UserId
    kind: str  # "assigned", "marked_done", "tag_added", ...: the words are the views' business
    count: int  # of what was chosen: conversations, contacts, ...
    at: datetime
    undone_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)  # such as the name of the tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What became of taking a step back."""

    step: UndoStep
    restored: int  # rows that are again as they were
    changed_since: int  # rows that somebody changed meanwhile: left as they are
