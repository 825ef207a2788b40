"""ContactRow: one line of the table of contacts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .contact import OptIn, Scheme
from .ids import ContactId, ConversationId


class ContactSort(StrEnum):
    """What the table is sorted by."""

    NAME = "name"
    COMPANY = "company"
    CREATED = "created"
    ACTIVITY = "activity"  # when something was last said


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """What the table shows of a contact."""

    id: ContactId
    name: str = ""  # "" where none is known
    addresses: tuple[tuple[Scheme, str], ...] = ()
    company: str = ""
    country: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    opt_in: OptIn = OptIn.OPTED_IN
    blocked: bool = False
    created_at: datetime
    last_at: datetime | None = None  # when something was last said
    conversation_id: ConversationId | None = None
