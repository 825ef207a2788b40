"""CustomField: what an office wants to know about its contacts beyond names and addresses (S3-67)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .contact import Contact
from .ids import ConversationId, FieldId
from .tag import ContactList, Tag

MAX_NAME, MAX_SLUG, MAX_DESCRIPTION = 50, 50, 255
MAX_CHOICES = 200
MAX_VALUE = 2000  # characters


class FieldKind(StrEnum):
    """What a field holds, and how its values are written down."""

    TEXT = "text"
    LIST = "list"  # one of the choices
    CHECKBOX = "checkbox"  # "true" or "false"
    EMAIL = "email"
    NUMBER = "number"  # "12.5"
    URL = "url"
    DATE = "date"  # "2026-11-21"
    TIME = "time"  # "14:30"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """One field; its ``slug`` never changes, so that texts and filters that name it stay true."""

    id: FieldId
    slug: str
    name: str
    kind: FieldKind
    description: str = ""
    choices: tuple[str, ...] = ()  # of a list
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """A value in the one spelling it is stored in."""

    text: str
    number: float | None = None  # a number; a date as day since 0001-01-01 = 1; a time in minutes; a check as 0 or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything known about a contact."""

    contact: Contact
    conversation_id: ConversationId | None = None  # None where nothing was ever said or noted
    tags: tuple[Tag, ...] = ()
    lists: tuple[ContactList, ...] = ()
    fields: tuple[CustomField, ...] = ()  # every field there is, in order
    values: Mapping[FieldId, str] = field(default_factory=dict)  # without those that are unknown
