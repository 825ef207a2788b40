"""Contact and ContactAddress: a person, and where one channel reaches them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .ids import AddressId, ContactId


class Scheme(StrEnum):
    """The kind of an address. Two channels with the same scheme reach the same addresses."""

    TEL = "tel"  # E.164, "+14155550148": SMS, MMS, calls
    WHATSAPP = "whatsapp"  # E.164 again, but a different place to be reached
    TELEGRAM = "telegram"  # numeric chat id
    MATRIX = "matrix"  # "@user:server"
    EMAIL = "mailto"  # lower-cased


class OptIn(StrEnum):
    """Whether automatic messages may be sent (S4-08); the default is opted in."""

    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


class ContactSource(StrEnum):
    """Where a contact came from first."""

    MANUAL = "manual"
    IMPORT = "import"
    INBOUND = "inbound"
    MERGE = "merge"


class ConsentStage(StrEnum):
    """How far the consent message got, where the office sends one first (S4-21)."""

    NOT_SENT = "not_sent"
    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAddress:
    """One address of a contact; (scheme, path) is unique after normalisation."""

    id: AddressId
    contact_id: ContactId
    scheme: Scheme
    path: str
    priority: int = 0  # 0 is shown and used first
    opt_in: OptIn = OptIn.OPTED_IN
    carrier_blocked: bool = False  # the provider refuses this address for good (S4-16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person the office talks to."""

    id: ContactId
    first_name: str = ""
    last_name: str = ""
    addresses: tuple[ContactAddress, ...] = ()
    opt_in: OptIn = OptIn.OPTED_IN
    opt_in_changed_at: datetime | None = None
    looks_opted_out: bool = False  # wrote something like an opt-out; a person must decide (S4-13)
    blocked: bool = False
    language: str = ""  # BCP 47, where known
    company: str = ""
    country: str = ""  # ISO 3166, two capital letters, where known
    zone: str = ""  # IANA name, where somebody said so; else the number tells
    source: ContactSource = ContactSource.INBOUND
    opt_in_method: str = ""  # a ConsentMethod, or "" while it never changed
    consent: ConsentStage = ConsentStage.NOT_SENT
    consent_sent_at: datetime | None = None
    created_at: datetime

    @property
    def name(self) -> str:
        """First and last name, else the address shown first, else an empty string."""
        name = f"{self.first_name} {self.last_name}".strip()
        if name or not self.addresses:
            return name
        return self.addresses[0].path
