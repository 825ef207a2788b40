"""Where the fields of segments lie in the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    collate,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.sql import visitors

from . import schema
from .entities.conversation import Priority
from .entities.ids import RANDOM_BITS
from .search_text import fold

_C, _V = schema.contacts.c, schema.conversations.c
_A, _M, _F = schema.contact_addresses.c, schema.messages.c, schema.contact_field_values.c

#: Factor between a column that holds entry ids and milliseconds.
ENTRY_ID: Final = 1 << RANDOM_BITS


class Side(Enum):
    """What a condition speaks of."""

    CONTACT = "contact"  # columns of contacts
    LINK = "link"  # rows that name the contact
    CONVERSATION = "conversation"  # columns of conversations, or rows that name the conversation


@dataclass(frozen=True, slots=True)
class Single:
    """A column with at most one value."""

    side: Side
    column: ColumnElement[Any]
    is_set: ColumnElement[bool]
    scale: int = 1  # of moments: what one millisecond is in the column


@dataclass(frozen=True, slots=True)
class Rows:
    """Values in rows of their own; ``key`` names the contact or the conversation."""

    side: Side
    key: ColumnElement[Any]
    column: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...] = ()
    tables: FromClause | None = None  # where it takes more than the one of the key

    def keys(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """Who has a row with all of these; never tied to the query around it."""
        query = select(self.key) if self.tables is None else select(self.key).select_from(self.tables)
        return query.where(*self.where, *conditions).correlate(None)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true or false, and never NULL."""

    side: Side
    condition: ColumnElement[bool]


Source = Single | Rows | Fact


def is_column(source: Source | None) -> bool:
    """Whether a row of the conversation or of its contact tells it, without asking another table."""
    if isinstance(source, Fact):
        return not any(isinstance(part, Select) for part in visitors.iterate(source.condition))
    return isinstance(source, Single)


def text_key(text: str) -> str:
    """Return a value as texts are compared: trimmed, without case and accents."""
    return fold(text.strip()).strip()


def ascii_lower(text: str) -> str:
    """Return ``text`` with A to Z small, as both databases do it for addresses and codes."""
    return "".join(chr(ord(one) + 32) if "A" <= one <= "Z" else one for one in text)


def lowered(column: ColumnElement[Any], dialect: str) -> ColumnElement[str]:
    """Return a column like ``ascii_lower``."""
    return func.lower(collate(column, "C") if dialect == "postgresql" else column, type_=Text)


def _text(column: ColumnElement[str], side: Side = Side.CONTACT) -> Single:
    return Single(side, column, column != literal_column("''"))


def _moment(column: ColumnElement[Any], side: Side) -> Single:
    return Single(side, type_coerce(column, BigInteger), column.is_not(None))


def _entry(column: ColumnElement[Any]) -> Single:
    return Single(Side.CONVERSATION, column, column > literal_column("0"), ENTRY_ID)


def _nullable(column: ColumnElement[Any], side: Side = Side.CONVERSATION) -> Single:
    return Single(side, column, column.is_not(None))


def _addresses(*schemes: str) -> Rows:
    return Rows(Side.LINK, _A.contact_id, _A.path, (_A.scheme.in_([literal_column(f"'{one}'") for one in schemes]),))


_COMMENTS, _MENTIONS = schema.comments.c, schema.comment_mentions.c
_MERGED = select(schema.contact_merges.c.kept_id).where(schema.contact_merges.c.undone_at.is_(None)).correlate(None)
_BLOCKED = select(_A.contact_id).where(_A.carrier_blocked).correlate(None)
_DRAFTED = (
    select(schema.drafts.c.conversation_id)
    .where(or_(schema.drafts.c.text != "", schema.drafts.c.attachment_paths != "[]"))
    .correlate(None)
)
_FILES = schema.attachments.c
_FILED = select(_M.conversation_id).where(_M.id.in_(select(_FILES.message_id).correlate(None))).correlate(None)
_FILE_KIND = case(
    (_FILES.media_type.like("image/%"), literal("picture")),
    (_FILES.media_type.like("video/%"), literal("video")),
    (_FILES.media_type.like("audio/%"), literal("audio")),
    else_=literal("file"),
)
_FILES_OF_MESSAGES = schema.attachments.join(schema.messages, _M.id == _FILES.message_id)
_MENTIONS_OF_COMMENTS = schema.comment_mentions.join(schema.comments, _COMMENTS.id == _MENTIONS.comment_id)
_TROUBLE = ("failed", "undelivered", "unknown", "blocked", "expired")
_CV, _CT = Side.CONVERSATION, Side.CONTACT

SOURCES: Final[Mapping[str, Source]] = {
    "name": _text(_C.name_key),
    "first_name": _text(_C.first_key),
    "last_name": _text(_C.last_key),
    "company": _text(_C.company_key),
    "phone": _addresses("tel", "whatsapp"),
    "email": _addresses("mailto"),
    **{f"address.{scheme}": _addresses(scheme) for scheme in ("tel", "whatsapp", "telegram", "matrix", "mailto")},
    "language": _text(_C.language),
    "country": _text(_C.country),
    "created_on": _moment(_C.created_at, _CT),
    "source": _text(_C.source),
    "blocked": Fact(_CT, _C.blocked.is_(True)),
    "tags": Rows(Side.LINK, schema.contact_tags.c.contact_id, schema.contact_tags.c.tag_id),
    "lists": Rows(Side.LINK, schema.contact_list_members.c.contact_id, schema.contact_list_members.c.list_id),
    "comment_text": Rows(_CV, _COMMENTS.conversation_id, _COMMENTS.text_key),
    "merged": Fact(_CT, _C.id.in_(_MERGED)),
    "opt_status": _text(_C.opt_in),
    "opt_changed_on": _moment(_C.opt_in_changed_at, _CT),
    "opt_cause": _text(_C.opt_in_method),
    "consent_status": _text(_C.consent),
    "consent_sent_on": _moment(_C.consent_sent_at, _CT),
    "carrier_blocked": Fact(_CT, _C.id.in_(_BLOCKED)),
    "status": _text(_V.status, _CV),
    "assignee": _nullable(_V.assignee_id),
    "snoozed": Fact(_CV, _V.snoozed_at.is_not(None)),
    "snoozed_until": _moment(_V.snoozed_until, _CV),
    "archived": Fact(_CV, _V.archived_at.is_not(None)),
    "pinned": Fact(_CV, _V.pinned.is_(True)),
    "priority": _nullable(_V.priority),
    "unread": Fact(_CV, _V.unread_count > literal_column("0")),
    "unread_count": _nullable(_V.unread_count),
    "last_message_on": _entry(_V.last_entry_id),
    "last_message_direction": _nullable(_V.last_direction),
    "last_message_status": _nullable(_V.last_status),
    "last_message_by": _nullable(_V.last_sender_kind),
    "waiting_since": _moment(_V.waiting_since, _CV),
    "first_contact_on": _entry(_V.first_entry_id),
    "last_inbound_on": _entry(_V.last_inbound_id),
    "last_outbound_on": _entry(_V.last_outbound_id),
    "window": _moment(_V.window_ends_at, _CV),
    "has_draft": Fact(_CV, _V.id.in_(_DRAFTED)),
    "has_failed": Fact(
        _CV, and_(_V.last_status.is_not(None), _V.last_status.in_([literal_column(f"'{one}'") for one in _TROUBLE]))
    ),
    "message_count": _nullable(_V.message_count),
    "channel": _nullable(_V.last_channel_id),
    "channel_any": Rows(_CV, _M.conversation_id, _M.channel_id, (_M.channel_id.is_not(None),)),
    "has_attachment": Fact(_CV, _V.id.in_(_FILED)),
    "attachment_type": Rows(_CV, _M.conversation_id, _FILE_KIND, tables=_FILES_OF_MESSAGES),
    "mentioned": Rows(_CV, _COMMENTS.conversation_id, _MENTIONS.user_id, tables=_MENTIONS_OF_COMMENTS),
    "commented_by": Rows(
        _CV, _COMMENTS.conversation_id, _COMMENTS.author_id, (_COMMENTS.author_kind == "user", _COMMENTS.author_id > 0)
    ),
    "last_replied_by": _nullable(_V.last_replied_by_id),
}

#: Choices whose stored form is another.
STORED: Final[Mapping[str, Mapping[str, str | int]]] = {
    "priority": {one.name.lower(): one.value for one in Priority},
    "opt_cause": {"keyword": "keyword", "manual": "manual", "carrier": "provider", "import": "import"},
}


@lru_cache(maxsize=512)
def custom_source(field_id: int, kind: str) -> Rows:
    """Return where the values of a custom field lie."""
    column: ColumnElement[Any] = _F.value_key if kind in ("text", "email", "url", "list") else _F.number
    return Rows(Side.LINK, _F.contact_id, column, (_F.field_id == field_id, column.is_not(None)))


def birthdays(field_id: int, month: int, day: int) -> Select[Any]:
    """Return who has a date of this day in any year."""
    of_day = and_(_F.field_id == field_id, _F.number.is_not(None), _F.value.like(f"____-{month:02}-{day:02}"))
    return select(_F.contact_id).where(of_day).correlate(None)


def address_counts(condition: ColumnElement[bool]) -> Select[Any]:
    """Return contacts with addresses whose number, ``func.count()``, satisfies a condition."""
    return select(_A.contact_id).group_by(_A.contact_id).having(condition).correlate(None)
