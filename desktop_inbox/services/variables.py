"""Variables: `$contact.firstname` and others, put into a text once, before it leaves (S3-58, D-19).

A variable is `$contact.`, `$assignee.` or `$system.` (in a broadcast to the rows of a file also `$row.`) and a name of
letters, digits and underscores. Behind a `|` stands what is said where the value is empty: one word
(`$contact.firstname|there`) or several in quotes (`$contact.firstname|"dear friend"`); `|""` says nothing.
`$$contact.name` is the plain text `$contact.name`.
Any other `$` is an ordinary character, so that prices need no care.

A variable without a value and without a fallback, or of a name that nobody knows, is unresolved: the gate
lets no text leave that has one. Values are put in once and never looked through again, whatever they contain.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.user import User
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.settings import TIME_ZONE

_NAME: Final = r"(?:contact|assignee|system|row)\.[a-z0-9_]+"
_TOKEN: Final = re.compile(
    rf"\$\$(?P<literal>{_NAME})"
    rf"|\$(?P<name>{_NAME})(?:\|(?:[\"“](?P<quoted>[^\"“”\n]*)[\"”]|(?P<word>\w(?:[\w'’-]*\w)?)))?",
    re.IGNORECASE,
)
_ESCAPED: Final = re.compile(rf"\$(?={_NAME})", re.IGNORECASE)
_PHONE: Final = (Scheme.TEL, Scheme.WHATSAPP)

#: What a text may say of everybody, besides the office's own fields.
CONTACT_NAMES: Final = ("name", "firstname", "lastname", "email", "phone", "country", "company", "language", "id")
ASSIGNEE_NAMES: Final = ("name", "firstname", "lastname", "id")
SYSTEM_NAMES: Final = ("current_datetime", "current_date", "current_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableFacts:
    """Every variable that exists (in lower case) and its value; "" is not set."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a variable stands; ``start`` and ``end`` in code points of the text as it was written."""

    start: int
    end: int
    name: str  # "contact.firstname"
    resolved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedText:
    """A text with values in place of variables. What is ``unresolved`` still stands in ``text``."""

    text: str
    unresolved: tuple[str, ...] = ()  # "$contact.country", each once
    spans: tuple[Span, ...] = ()


def has_variables(text: str) -> bool:
    """Tell whether ``text`` changes when it is resolved."""
    return "$" in text and _TOKEN.search(text) is not None


def resolve(text: str, facts: VariableFacts, *, editable: bool = False) -> ResolvedText:
    """Put values in place of variables.

    ``editable``: the result is a text to write on and to resolve again, so times stay variables until they are
    true, and a value that reads like a variable is escaped.
    """
    spans: list[Span] = []
    missing: dict[str, None] = {}

    def put(token: re.Match[str]) -> str:
        if token["literal"]:
            return token[0] if editable else f"${token['literal']}"
        name = token["name"].lower()
        value = _value(facts, name, token["quoted"], token["word"])
        spans.append(Span(start=token.start(), end=token.end(), name=name, resolved=value is not None))
        if value is None:
            missing[f"${name}"] = None
            return token[0]
        if editable:
            return token[0] if name.startswith("system.") else escape(value)
        return value

    changed = _TOKEN.sub(put, text) if "$" in text else text
    return ResolvedText(text=changed, unresolved=tuple(missing), spans=tuple(spans))


def escape(text: str) -> str:
    """Return the text that resolves to ``text``, whatever it contains."""
    return _ESCAPED.sub("$$", text) if "$" in text else text


def format_moment(moment: datetime, zone: ZoneInfo | None) -> dict[str, str]:
    """Return the three variables of time, as they read in ``zone`` or in that of this computer."""
    local = moment.astimezone(zone)
    return {
        "system.current_datetime": local.strftime("%Y-%m-%d %H:%M:%S"),
        "system.current_date": local.strftime("%Y-%m-%d"),
        "system.current_time": local.strftime("%H:%M:%S"),
    }


def facts_of(work: Work, conversation_id: ConversationId, contact: Contact, now: datetime) -> VariableFacts:
    """Read what a text may say in a conversation. A field of the office never hides a built-in name."""
    return facts_of_many(work, {conversation_id: contact}, now)[conversation_id]


def names_in(text: str) -> frozenset[str]:
    """Return the variables that ``text`` names, in lower case; nothing else needs to be read for it."""
    return frozenset(token["name"].lower() for token in _TOKEN.finditer(text) if token["name"])


def facts_of_many(
    work: Work, people: Mapping[ConversationId, Contact], now: datetime, *, only: frozenset[str] | None = None
) -> dict[ConversationId, VariableFacts]:
    """The same for many conversations, each with its contact; ``only`` these variables, or all."""
    if not people:
        return {}
    own = only is None or any(name.startswith("contact.") and name not in _OF_CONTACT for name in only)
    fields = work.variables.fields_of([contact.id for contact in people.values()]) if own else {}
    assigned = only is None or any(name.startswith("assignee.") for name in only)
    assignees = work.variables.assignees(list(people)) if assigned else {}
    wanted = [(name, read) for name, read in _OF_CONTACT.items() if only is None or name in only]
    zone = work.settings.get(TIME_ZONE.key)
    moment = format_moment(now, ZoneInfo(zone) if zone else None)
    found = {}
    for key, contact in people.items():
        values = {f"contact.{slug.lower()}": value for slug, value in fields.get(contact.id, {}).items()}
        values.update((name, read(contact)) for name, read in wanted)
        if assigned:
            values.update(_of_assignee(assignees.get(key)))
        values.update(moment)
        found[key] = VariableFacts(values=values)
    return found


class VariableService:
    """What variables there are, and how a text would read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def preview(self, conversation_id: ConversationId, text: str) -> ResolvedText:
        """Return how ``text`` would leave now; nothing is stored. Raises NotFoundError."""
        if not has_variables(text):
            return ResolvedText(text=text)
        return await self._store.read(lambda work: resolve(text, facts_in(work, conversation_id)))

    async def facts(self, conversation_id: ConversationId) -> VariableFacts:
        """Return every variable and its value in a conversation. Raises NotFoundError."""
        return await self._store.read(lambda work: facts_in(work, conversation_id))

    async def names(self) -> tuple[str, ...]:
        """Return every variable there is, as it is typed."""
        slugs = await self._store.read(lambda work: work.variables.slugs())
        return known_names(slugs)


def known_names(slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Return every variable as it is typed; ``slugs`` are those of the office's fields."""
    own = [f"$contact.{slug}" for slug in slugs if slug.lower() not in CONTACT_NAMES]
    return (
        *(f"$contact.{name}" for name in CONTACT_NAMES),
        *own,
        *(f"$assignee.{name}" for name in ASSIGNEE_NAMES),
        *(f"$system.{name}" for name in SYSTEM_NAMES),
    )


def facts_in(work: Work, conversation_id: ConversationId) -> VariableFacts:
    """Read what a text may say in a conversation now. Raises NotFoundError."""
    contact_id = work.conversations.contact_of(conversation_id)
    contact = None if contact_id is None else work.contacts.get(contact_id)
    if contact is None:
        raise NotFoundError("conversation_missing", "The conversation does not exist any more.")
    return facts_of(work, conversation_id, contact, work.now())


def _value(facts: VariableFacts, name: str, quoted: str | None, word: str | None) -> str | None:
    """The value, else the fallback, else None. A name that nobody knows has no fallback: it is a slip, and so is a
    fallback that is itself a variable: it would leave as it is written."""
    if name not in facts.values:
        return None
    value = facts.values[name].strip()
    if value:
        return value
    if quoted is not None and has_variables(quoted):
        return None
    return quoted if quoted is not None else word


def _of_assignee(assignee: User | None) -> dict[str, str]:
    first, _, last = (assignee.name if assignee else "").partition(" ")
    return {
        "assignee.name": assignee.name if assignee else "",
        "assignee.firstname": first,
        "assignee.lastname": last.strip(),
        "assignee.id": str(assignee.id) if assignee else "",
    }


def _path(contact: Contact, schemes: tuple[Scheme, ...]) -> str:
    return next((address.path for address in contact.addresses if address.scheme in schemes), "")


_OF_CONTACT: Final[Mapping[str, Callable[[Contact], str]]] = {
    "contact.name": lambda contact: f"{contact.first_name} {contact.last_name}".strip(),
    "contact.firstname": lambda contact: contact.first_name,
    "contact.lastname": lambda contact: contact.last_name,
    "contact.email": lambda contact: _path(contact, (Scheme.EMAIL,)),
    "contact.phone": lambda contact: _path(contact, _PHONE),
    "contact.country": lambda contact: contact.country,
    "contact.company": lambda contact: contact.company,
    "contact.language": lambda contact: contact.language,
    "contact.id": lambda contact: str(contact.id),
}
