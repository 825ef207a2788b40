"""Merging contacts: suggestions with their reasons, and merges that can be taken back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from .ids import ContactId, UserId

MergeId = NewType("MergeId", int)


class MergeReason(StrEnum):
    """Why two contacts may be one person."""

    SAME_NUMBER = "same_number"  # reached by it in two ways, such as SMS and WhatsApp
    SAME_NUMBER_WRITTEN_OTHERWISE = "same_number_written_otherwise"  # as some countries allow
    SAME_EMAIL = "same_email"  # of one mailbox
    SAME_NAME_AND_DIGITS = "same_name_and_digits"
    SAME_NAME_AND_COMPANY = "same_name_and_company"
    CHOSEN = "chosen"  # by a person; never suggested


class Certainty(StrEnum):
    """How far a suggestion can be trusted."""

    SURE = "sure"
    LIKELY = "likely"  # a person should look


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSuggestion:
    """Two contacts that may be one person; the smaller id first."""

    one_id: ContactId
    other_id: ContactId
    reason: MergeReason
    certainty: Certainty
    detail: str = ""  # what they have in common


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two contacts that became one."""

    id: MergeId
    kept_id: ContactId
    merged_id: ContactId
    at: datetime
    user_id: UserId
    reason: str = ""
    undone_at: datetime | None = None
