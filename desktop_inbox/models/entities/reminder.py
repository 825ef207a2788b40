"""Reminder: one automatic message to a contact, relative to a date that is known of them (S4-12)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from .ids import ChannelId, ContactId, ConversationId, EntryId, FieldId, ReminderId, UserId
from .segment import EVERYBODY, Group

MAX_AMOUNT: Final = {"minutes": 1440, "hours": 720, "days": 3650, "weeks": 520}


class ReminderUnit(StrEnum):
    """Units of the offset."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class ReminderOutcome(StrEnum):
    """What became of a reminder for one contact and one date."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    MISSED = "missed"  # a person did not want it any more
    ASKING = "asking"  # nobody could send it in time: a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDraft:
    """A reminder as somebody writes it. ``amount`` is negative for before the date; ``at_time`` as "09:00", or empty
    for midnight."""

    name: str
    field_id: FieldId
    channel_id: ChannelId
    text: str
    amount: int = 0
    unit: ReminderUnit = ReminderUnit.DAYS
    at_time: str = ""
    yearly: bool = False
    audience: Group = EVERYBODY
    files: tuple[dict[str, Any], ...] = ()  # {sha256, media_type, size, name, width, height}
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(ReminderDraft):
    """A reminder that is kept."""

    id: ReminderId
    created_by_id: UserId
    created_at: datetime
    updated_at: datetime
    queued: int = 0  # how often it was sent
    asking: int = 0  # how often a person must decide
    may_change: bool = True  # whether whoever looks may change or delete it


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRun:
    """One contact and one date."""

    reminder_id: ReminderId
    contact_id: ContactId
    contact_name: str
    conversation_id: ConversationId | None
    nominal_local: str  # wall time, as "2026-11-21T09:00:00"
    at: datetime
    outcome: ReminderOutcome
    message_id: EntryId | None = None
    reason: str = ""
