"""Identifiers.

Timeline entries (message, event, comment, note, call) share one id space: 43 bits of milliseconds since
1970, then 20 random bits. They sort by time on every desktop and never change.
"""

import secrets
from datetime import datetime
from typing import NewType

from desktop_inbox.clock import from_millis, to_millis

ContactId = NewType("ContactId", int)
AddressId = NewType("AddressId", int)
ChannelId = NewType("ChannelId", int)
ConversationId = NewType("ConversationId", int)
EntryId = NewType("EntryId", int)
MessageId = EntryId
AttachmentId = NewType("AttachmentId", int)
OutboxId = NewType("OutboxId", int)
UserId = NewType("UserId", int)
TagId = NewType("TagId", int)
FieldId = NewType("FieldId", int)
ContactListId = NewType("ContactListId", int)
SnippetId = NewType("SnippetId", int)
SnippetFolderId = NewType("SnippetFolderId", int)
UndoStepId = NewType("UndoStepId", int)
BatchId = NewType("BatchId", int)  # sorts by time, like an EntryId
ScheduleId = NewType("ScheduleId", int)
CampaignId = NewType("CampaignId", int)
EnrollmentId = NewType("EnrollmentId", int)
ReminderId = NewType("ReminderId", int)
LabelId = NewType("LabelId", int)
TeamId = NewType("TeamId", int)
TermId = NewType("TermId", int)

RANDOM_BITS = 20
MAX_ENTRY_ID = (1 << 63) - 1


def new_entry_id(at: datetime) -> EntryId:
    """Return a fresh id for an entry of moment ``at``; a collision (1 in a million within the same
    millisecond) is the caller's to retry."""
    return EntryId((to_millis(at) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS))


def first_entry_id(at: datetime) -> EntryId:
    """Return the smallest id an entry of moment ``at`` can have: the bound for queries by time."""
    return EntryId(to_millis(at) << RANDOM_BITS)


def entry_time(entry_id: int) -> datetime:
    """Return the moment (UTC, milliseconds) that an entry id carries."""
    return from_millis(entry_id >> RANDOM_BITS)
