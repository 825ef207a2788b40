"""What segments can ask: every field with its type, its operators and its choices.

Fields of automation (bots, flows, surveys, campaigns, broadcasts, labels, schedules) come with these features;
until then they are unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from .conversation import Priority
from .message import DeliveryStatus, Direction, SenderKind
from .segment import NEGATIVE, Operator


class FieldType(StrEnum):
    """What the values of a field are."""

    TEXT = "text"  # without case and accents
    CODE = "code"  # of a language or a country
    PHONE = "phone"
    ADDRESS = "address"
    NUMBER = "number"
    MOMENT = "moment"  # dates with a time of day
    DAY = "day"  # dates without
    TIME = "time"
    CHOICE = "choice"  # of a closed list
    OPTION = "option"  # of a list that the office made
    SET = "set"  # of tags, lists, channels, kinds of files
    REFERENCE = "reference"  # to one channel
    USER = "user"
    BOOLEAN = "boolean"
    CHECKBOX = "checkbox"  # which may also be neither true nor false
    SEGMENT = "segment"
    WORDS = "words"  # of messages, through the full-text index


_O = Operator
_CHECK = (_O.SET, _O.UNSET)
_TEXT = (_O.EQ, _O.NE, _O.HAS, _O.HAS_NOT, _O.STARTS, _O.ENDS, _O.IN, _O.NOT_IN, *_CHECK)
_DATE = (_O.ON, _O.NOT_ON, _O.BEFORE, _O.AFTER, _O.GE, _O.LE, _O.BETWEEN, _O.LAST, _O.NEXT, _O.OLDER, _O.TODAY,
         _O.THIS_WEEK, _O.DAY_MONTH, *_CHECK)  # fmt: skip
_ONE = (_O.IS, _O.IS_NOT, _O.ANY_OF, _O.NONE_OF)

#: Operators of each type, in the order in which they are offered.
OPERATORS: Final[Mapping[FieldType, tuple[Operator, ...]]] = MappingProxyType(
    {
        FieldType.TEXT: _TEXT,
        FieldType.CODE: _TEXT,
        FieldType.PHONE: _TEXT,
        FieldType.ADDRESS: _TEXT,
        FieldType.NUMBER: (_O.EQ, _O.NE, _O.GT, _O.LT, _O.GE, _O.LE, _O.BETWEEN, *_CHECK),
        FieldType.MOMENT: _DATE,
        FieldType.DAY: _DATE,
        FieldType.TIME: (_O.EQ, _O.NE, _O.BEFORE, _O.AFTER, _O.BETWEEN, *_CHECK),
        FieldType.CHOICE: _ONE,
        FieldType.OPTION: (*_ONE, *_CHECK),
        FieldType.SET: (_O.ANY_OF, _O.ALL_OF, _O.NONE_OF, *_CHECK),
        FieldType.REFERENCE: (*_ONE, *_CHECK),
        FieldType.USER: (*_ONE, *_CHECK),
        FieldType.BOOLEAN: (_O.IS_TRUE, _O.IS_FALSE),
        FieldType.CHECKBOX: (_O.IS_TRUE, _O.IS_FALSE, *_CHECK),
        FieldType.SEGMENT: (_O.IN_SEGMENT, _O.NOT_IN_SEGMENT),
        FieldType.WORDS: (_O.HAS, _O.HAS_NOT),
    }
)

#: Operators that take no value.
BARE: Final = frozenset({*_CHECK, _O.TODAY, _O.THIS_WEEK, _O.IS_TRUE, _O.IS_FALSE})
#: Operators that take a list.
LISTED: Final = frozenset({_O.IN, _O.NOT_IN, _O.ANY_OF, _O.ALL_OF, _O.NONE_OF})
#: Operators that take a length of time.
SPANNED: Final = frozenset({_O.LAST, _O.NEXT, _O.OLDER, _O.EXPIRES})


class Kind(StrEnum):
    """What the ids in a field's values are ids of."""

    TAG = "tag"
    LIST = "list"
    CHANNEL = "channel"
    USER = "user"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a closed list: as it is written, and as it is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that can be asked."""

    name: str
    label: str
    group: str  # Contact, Consent, Conversation, Channel, Content, Team, Custom fields
    type: FieldType
    choices: tuple[Choice, ...] = ()
    kind: Kind | None = None  # what its ids refer to
    several: bool = False  # a contact may have more than one value

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What may be asked of it, in the order of the menu."""
        more = (_O.EXPIRES,) if self.name == "window" else ()
        return OPERATORS[self.type] + more

    def includes_unset(self, operator: Operator) -> bool:
        """Whether a condition also holds for contacts without a value; the builder says so in words."""
        if operator in (_O.SET, _O.UNSET):
            return False
        return operator in NEGATIVE or (operator is _O.IS_FALSE and self.type is FieldType.BOOLEAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something the office made and segments refer to by id."""

    id: int
    name: str
    active: bool = True


def _choices(*pairs: tuple[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=label) for value, label in pairs)


def _plain(values: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=value.replace("_", " ").capitalize()) for value in values)


def _field(name: str, group: str, type_: FieldType, label: str, **more: object) -> Field:
    return Field(name=name, group=group, type=type_, label=label, **more)  # type: ignore[arg-type]


_T = FieldType
_SENT = [status for status in DeliveryStatus if status is not DeliveryStatus.RECEIVED]
_CONTACT, _CONSENT, _CONVERSATION = "Contact", "Consent", "Conversation"

_FIELDS: Final = (
    _field("name", _CONTACT, _T.TEXT, "Name"),
    _field("first_name", _CONTACT, _T.TEXT, "First name"),
    _field("last_name", _CONTACT, _T.TEXT, "Last name"),
    _field("company", _CONTACT, _T.TEXT, "Company"),
    _field("phone", _CONTACT, _T.PHONE, "Phone (any)", several=True),
    _field("email", _CONTACT, _T.ADDRESS, "E-mail (any)", several=True),
    _field("address.tel", _CONTACT, _T.PHONE, "Phone number", several=True),
    _field("address.whatsapp", _CONTACT, _T.PHONE, "WhatsApp number", several=True),
    _field("address.telegram", _CONTACT, _T.ADDRESS, "Telegram chat", several=True),
    _field("address.matrix", _CONTACT, _T.ADDRESS, "Matrix user", several=True),
    _field("address.mailto", _CONTACT, _T.ADDRESS, "E-mail address", several=True),
    _field("address_count", _CONTACT, _T.NUMBER, "Number of addresses"),
    _field("language", _CONTACT, _T.CODE, "Language"),
    _field("country", _CONTACT, _T.CODE, "Country"),
    _field("created_on", _CONTACT, _T.MOMENT, "Created"),
    _field("source", _CONTACT, _T.CHOICE, "Source", choices=_plain(("manual", "import", "inbound", "merge"))),
    _field("blocked", _CONTACT, _T.BOOLEAN, "Blocked"),
    _field("tags", _CONTACT, _T.SET, "Tags", kind=Kind.TAG, several=True),
    _field("lists", _CONTACT, _T.SET, "Lists", kind=Kind.LIST, several=True),
    _field("comment_text", _CONTACT, _T.TEXT, "Comment text", several=True),
    _field("merged", _CONTACT, _T.BOOLEAN, "Merged from several"),
    _field("segment", _CONTACT, _T.SEGMENT, "Segment", kind=Kind.SEGMENT),
    _field(
        "opt_status",
        _CONSENT,
        _T.CHOICE,
        "Opt-in",
        choices=_choices(("opted_in", "Opted in"), ("opted_out", "Opted out")),
    ),
    _field("opt_changed_on", _CONSENT, _T.MOMENT, "Opt-in changed"),
    _field(
        "opt_cause",
        _CONSENT,
        _T.CHOICE,
        "Opt-in changed by",
        choices=_choices(("keyword", "Keyword"), ("manual", "A person"), ("carrier", "Carrier"), ("import", "Import")),
    ),
    _field(
        "consent_status",
        _CONSENT,
        _T.CHOICE,
        "Consent message",
        choices=_plain(("not_sent", "queued", "sent", "acknowledged")),
    ),
    _field("consent_sent_on", _CONSENT, _T.MOMENT, "Consent message sent"),
    _field("carrier_blocked", _CONSENT, _T.BOOLEAN, "Refused by the carrier"),
    _field("status", _CONVERSATION, _T.CHOICE, "Status", choices=_plain(("pending", "done"))),
    _field("assignee", _CONVERSATION, _T.USER, "Assignee", kind=Kind.USER),
    _field("snoozed", _CONVERSATION, _T.BOOLEAN, "Snoozed"),
    _field("snoozed_until", _CONVERSATION, _T.MOMENT, "Snoozed until"),
    _field("archived", _CONVERSATION, _T.BOOLEAN, "Archived"),
    _field("pinned", _CONVERSATION, _T.BOOLEAN, "Pinned"),
    _field("priority", _CONVERSATION, _T.CHOICE, "Priority", choices=_plain(one.name.lower() for one in Priority)),
    _field("unread", _CONVERSATION, _T.BOOLEAN, "Unread"),
    _field("unread_count", _CONVERSATION, _T.NUMBER, "Unread messages"),
    _field("last_message_on", _CONVERSATION, _T.MOMENT, "Last message"),
    _field(
        "last_message_direction",
        _CONVERSATION,
        _T.CHOICE,
        "Last message came from",
        choices=_choices((Direction.IN.value, "The contact"), (Direction.OUT.value, "Us")),
    ),
    _field("last_message_status", _CONVERSATION, _T.CHOICE, "Last message's delivery", choices=_plain(_SENT)),
    _field("last_message_by", _CONVERSATION, _T.CHOICE, "Last message written by", choices=_plain(SenderKind)),
    _field("waiting_since", _CONVERSATION, _T.MOMENT, "Waiting on us since"),
    _field("first_contact_on", _CONVERSATION, _T.MOMENT, "First message"),
    _field("last_inbound_on", _CONVERSATION, _T.MOMENT, "Last message from them"),
    _field("last_outbound_on", _CONVERSATION, _T.MOMENT, "Last message from us"),
    _field("window", _CONVERSATION, _T.CHOICE, "Reply window", choices=_plain(("open", "closed", "none"))),
    _field("has_draft", _CONVERSATION, _T.BOOLEAN, "Has a draft"),
    _field("has_failed", _CONVERSATION, _T.BOOLEAN, "Last message failed"),
    _field("message_count", _CONVERSATION, _T.NUMBER, "Number of messages"),
    _field("channel", "Channel", _T.REFERENCE, "Channel of the last message", kind=Kind.CHANNEL),
    _field("channel_any", "Channel", _T.SET, "Any channel used", kind=Kind.CHANNEL, several=True),
    _field("channel_type", "Channel", _T.OPTION, "Kind of channel"),
    _field("message_text", "Content", _T.WORDS, "Text of any message", several=True),
    _field("has_attachment", "Content", _T.BOOLEAN, "Has a file"),
    _field(
        "attachment_type",
        "Content",
        _T.SET,
        "Kind of file",
        several=True,
        choices=_plain(("picture", "video", "audio", "file")),
    ),
    _field("mentions_me", "Team", _T.BOOLEAN, "Mentions me"),
    _field("mentioned", "Team", _T.USER, "Mentioned", kind=Kind.USER, several=True),
    _field("commented_by", "Team", _T.USER, "Commented by", kind=Kind.USER, several=True),
    _field("last_replied_by", "Team", _T.USER, "Last answered by", kind=Kind.USER),
)
BUILT_IN: Final[Mapping[str, Field]] = MappingProxyType({field.name: field for field in _FIELDS})

#: Shorter or older words that people type.
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tel": "address.tel",
        "whatsapp": "address.whatsapp",
        "telegram": "address.telegram",
        "matrix": "address.matrix",
        "mailto": "address.mailto",
        "tag": "tags",
        "list": "lists",
        "group": "segment",
        "in_segment": "segment",
        "last_seen_on": "last_inbound_on",
    }
)

CUSTOM_PREFIX: Final = "fields."
_CUSTOM_TYPES: Final = {
    "text": FieldType.TEXT,
    "list": FieldType.OPTION,
    "checkbox": FieldType.CHECKBOX,
    "email": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "url": FieldType.TEXT,
    "date": FieldType.DAY,
    "time": FieldType.TIME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomColumn:
    """A custom field as segments need it; ``kind`` is one of the eight kinds."""

    id: int
    slug: str
    name: str
    kind: str
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> Field:
        """What can be asked of it."""
        return Field(
            name=CUSTOM_PREFIX + self.slug,
            label=self.name,
            group="Custom fields",
            type=_CUSTOM_TYPES[self.kind],
            choices=tuple(Choice(value=choice, label=choice) for choice in self.choices),
        )


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Everything that segments of one office can speak of, at one moment."""

    custom: tuple[CustomColumn, ...] = ()
    tags: tuple[Named, ...] = ()
    lists: tuple[Named, ...] = ()
    channels: tuple[Named, ...] = ()
    users: tuple[Named, ...] = ()
    segments: tuple[Named, ...] = ()
    channel_kinds: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by its name, in the order in which they are offered."""
        kinds = tuple(Choice(value=kind, label=kind.capitalize()) for kind in self.channel_kinds)
        fields = {
            field.name: field
            if field.name != "channel_type"
            else Field(name=field.name, label=field.label, group=field.group, type=field.type, choices=kinds)
            for field in _FIELDS
        }
        return fields | {column.field.name: column.field for column in self.custom}

    @cached_property
    def columns(self) -> Mapping[str, CustomColumn]:
        """Custom fields by the name of their field."""
        return {CUSTOM_PREFIX + column.slug: column for column in self.custom}

    @cached_property
    def inactive_users(self) -> frozenset[int]:
        """People who left."""
        return frozenset(user.id for user in self.users if not user.active)

    def field(self, name: str) -> Field | None:
        """The field of this name, of an alias, or of a custom field's slug alone; None when there is none."""
        key = name.lower()
        return self.fields.get(key) or self.fields.get(ALIASES.get(key, "")) or self.fields.get(CUSTOM_PREFIX + key)

    def named(self, kind: Kind) -> tuple[Named, ...]:
        """Everything of one kind that ids refer to."""
        return {
            Kind.TAG: self.tags,
            Kind.LIST: self.lists,
            Kind.CHANNEL: self.channels,
            Kind.USER: self.users,
            Kind.SEGMENT: self.segments,
        }[kind]

    def ids(self, kind: Kind) -> frozenset[int]:
        """The ids of one kind that exist."""
        return self._ids[kind]

    @cached_property
    def _ids(self) -> Mapping[Kind, frozenset[int]]:
        return {kind: frozenset(one.id for one in self.named(kind)) for kind in Kind}
