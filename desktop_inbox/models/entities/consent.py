"""Consent: who may be written to, since when, on whose word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .contact import OptIn
from .ids import AddressId, ContactId, EntryId, UserId


class ConsentMethod(StrEnum):
    """How consent changed."""

    KEYWORD = "keyword"  # the contact wrote STOP, START, ...
    MANUAL = "manual"  # a user recorded it, with a reason
    PROVIDER = "provider"  # the provider refused the address as opted out
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One line of the append-only consent ledger."""

    id: EntryId
    contact_id: ContactId
    address_id: AddressId | None
    status: OptIn
    method: ConsentMethod
    wording: str = ""  # the exact words, or the reason a user gave
    message_id: EntryId | None = None
    user_id: UserId | None = None
    scope: str = "everything"
    at: datetime
