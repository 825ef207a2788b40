"""What is known of single contacts, as the evaluator of segments needs it.

Facts are read row by row, on purpose in another way than ``segment_sql`` asks: the two are held against each other.
Every field is a tuple of the values a contact has; one without a value is empty.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, select

from desktop_inbox.clock import to_millis

from . import schema
from .entities.conversation import Priority
from .entities.ids import RANDOM_BITS, ContactId
from .repositories.base import AnyRow, Repository
from .search_text import index_words
from .segment_context import Context
from .segment_sources import ascii_lower

#: Texts as they are compared, numbers, milliseconds, whole days, minutes, ids, names of choices, truths; of messages
#: their words.
Values: TypeAlias = tuple[Any, ...]
_Found: TypeAlias = dict[int, list[Any]]

_CHUNK = 500
_CAUSES = {"provider": "carrier"}
_TROUBLE = frozenset({"failed", "undelivered", "unknown", "blocked", "expired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What is known of one contact."""

    contact_id: ContactId
    values: Mapping[str, Values]

    def of(self, field: str) -> Values:
        """The values of a field."""
        return self.values.get(field, ())


def _one(value: Any) -> Values:
    return () if value is None or value == "" else (value,)


def _at(moment: Any) -> Values:
    return () if moment is None else (to_millis(moment),)


def _entry(key: int | None) -> Values:
    return (key >> RANDOM_BITS,) if key else ()


_OF_CONTACT: Mapping[str, Callable[[AnyRow], Values]] = {
    "name": lambda row: _one(row.name_key),
    "first_name": lambda row: _one(row.first_key),
    "last_name": lambda row: _one(row.last_key),
    "company": lambda row: _one(row.company_key),
    "language": lambda row: _one(ascii_lower(row.language)),
    "country": lambda row: _one(ascii_lower(row.country)),
    "created_on": lambda row: _at(row.created_at),
    "source": lambda row: _one(row.source),
    "blocked": lambda row: (bool(row.blocked),),
    "opt_status": lambda row: _one(row.opt_in),
    "opt_changed_on": lambda row: _at(row.opt_in_changed_at),
    "opt_cause": lambda row: _one(_CAUSES.get(row.opt_in_method, row.opt_in_method)),
    "consent_status": lambda row: _one(row.consent),
    "consent_sent_on": lambda row: _at(row.consent_sent_at),
}
_OF_CONVERSATION: Mapping[str, Callable[[AnyRow], Values]] = {
    "status": lambda row: _one(row.status),
    "assignee": lambda row: _one(row.assignee_id),
    "snoozed": lambda row: (row.snoozed_at is not None,),
    "snoozed_until": lambda row: _at(row.snoozed_until),
    "archived": lambda row: (row.archived_at is not None,),
    "pinned": lambda row: (bool(row.pinned),),
    "priority": lambda row: (Priority(row.priority).name.lower(),),
    "unread": lambda row: (row.unread_count > 0,),
    "unread_count": lambda row: (row.unread_count,),
    "last_message_on": lambda row: _entry(row.last_entry_id),
    "last_message_direction": lambda row: _one(row.last_direction),
    "last_message_status": lambda row: _one(row.last_status),
    "last_message_by": lambda row: _one(row.last_sender_kind),
    "waiting_since": lambda row: _at(row.waiting_since),
    "first_contact_on": lambda row: _entry(row.first_entry_id),
    "last_inbound_on": lambda row: _entry(row.last_inbound_id),
    "last_outbound_on": lambda row: _entry(row.last_outbound_id),
    "window": lambda row: _at(row.window_ends_at),
    "has_failed": lambda row: (row.last_status in _TROUBLE,),
    "message_count": lambda row: (row.message_count,),
    "channel": lambda row: _one(row.last_channel_id),
    "last_replied_by": lambda row: _one(row.last_replied_by_id),
}
_SCHEMES = ("tel", "whatsapp", "telegram", "matrix", "mailto")
_OF_ADDRESSES = frozenset(
    {"phone", "email", "address_count", "carrier_blocked", *(f"address.{one}" for one in _SCHEMES)}
)


def _file_kind(media_type: str) -> str:
    kind = media_type.lower().partition("/")[0]
    return {"image": "picture", "video": "video", "audio": "audio"}.get(kind, "file")


class FactRepository(Repository):
    """Reads what is known of contacts."""

    def of(self, contact_ids: Sequence[ContactId], fields: Iterable[str], context: Context) -> tuple[ContactFacts, ...]:
        """The facts about ``fields`` of those contacts that exist, in the order given; ``context`` knows the custom
        fields."""
        wanted, found = frozenset(fields), dict[int, dict[str, Values]]()
        for begin in range(0, len(contact_ids), _CHUNK):
            ids = list(contact_ids[begin : begin + _CHUNK])
            conversations = self._basics(ids, wanted, found)
            self._addresses(ids, wanted, found)
            self._links(ids, wanted, context, found)
            self._said(conversations, wanted, found)
            self._comments(conversations, wanted, context, found)
        return tuple(ContactFacts(contact_id=key, values=found[key]) for key in contact_ids if key in found)

    def _rows(self, query: Select[Any]) -> Sequence[AnyRow]:
        return self._connection.execute(query).all()

    def _basics(self, ids: list[Any], wanted: frozenset[str], found: dict[int, dict[str, Values]]) -> dict[int, int]:
        for row in self._rows(select(schema.contacts).where(schema.contacts.c.id.in_(ids))):
            found[row.id] = {name: read(row) for name, read in _OF_CONTACT.items() if name in wanted}
        whose: dict[int, int] = {}
        kinds = {row.id: row.kind for row in self._rows(select(schema.channels.c.id, schema.channels.c.kind))}
        for row in self._rows(select(schema.conversations).where(schema.conversations.c.contact_id.in_(ids))):
            whose[row.id] = row.contact_id
            mine = found[row.contact_id]
            mine |= {name: read(row) for name, read in _OF_CONVERSATION.items() if name in wanted}
            mine["channel_type"] = _one(kinds.get(row.last_channel_id))
        if "merged" in wanted:
            merges = schema.contact_merges.c
            query = select(merges.kept_id).where(merges.kept_id.in_(ids), merges.undone_at.is_(None))
            for row in self._rows(query):
                found[row.kept_id]["merged"] = (True,)
        return whose

    def _addresses(self, ids: list[Any], wanted: frozenset[str], found: dict[int, dict[str, Values]]) -> None:
        if not wanted & _OF_ADDRESSES:
            return
        held: dict[int, list[AnyRow]] = defaultdict(list)
        columns = schema.contact_addresses.c
        for row in self._rows(select(schema.contact_addresses).where(columns.contact_id.in_(ids))):
            held[row.contact_id].append(row)
        for key in set(ids) & found.keys():
            rows = held[key]
            paths = {scheme: tuple(row.path for row in rows if row.scheme == scheme) for scheme in _SCHEMES}
            found[key] |= {f"address.{scheme}": mine for scheme, mine in paths.items()}
            found[key] |= {
                "phone": paths["tel"] + paths["whatsapp"],
                "email": paths["mailto"],
                "address_count": (len(rows),),
                "carrier_blocked": (any(row.carrier_blocked for row in rows),),
            }

    def _links(
        self, ids: list[Any], wanted: frozenset[str], context: Context, found: dict[int, dict[str, Values]]
    ) -> None:
        tables = (
            ("tags", schema.contact_tags, schema.contact_tags.c.tag_id),
            ("lists", schema.contact_list_members, schema.contact_list_members.c.list_id),
        )
        for name, table, column in tables:
            if name in wanted:
                rows = self._rows(select(table.c.contact_id, column.label("held")).where(table.c.contact_id.in_(ids)))
                _gather(name, [(row.contact_id, row.held) for row in rows], found)
        custom = {column.id: (name, column.kind) for name, column in context.catalogue.columns.items()}
        if not any(name in wanted for name in context.catalogue.columns):
            return
        values = schema.contact_field_values
        for row in self._rows(select(values).where(values.c.contact_id.in_(ids))):
            name, kind = custom[row.field_id]
            held = row.value_key if kind in ("text", "email", "url", "list") else row.number
            if held is not None:
                found[row.contact_id][name] = (held,)

    def _said(self, whose: dict[int, int], wanted: frozenset[str], found: dict[int, dict[str, Values]]) -> None:
        messages, files, drafts = schema.messages.c, schema.attachments.c, schema.drafts.c
        ids = list(whose)
        if wanted & {"message_text", "channel_any"}:
            uttered = select(messages.conversation_id, messages.text, messages.channel_id)
            rows = self._rows(uttered.where(messages.conversation_id.in_(ids)))
            said = [(whose[row.conversation_id], tuple(index_words(row.text))) for row in rows]
            _gather("message_text", said, found)
            _gather("channel_any", [(whose[row.conversation_id], row.channel_id) for row in rows], found)
        if wanted & {"has_attachment", "attachment_type"}:
            filed = select(messages.conversation_id, files.media_type).join_from(
                schema.attachments, schema.messages, messages.id == files.message_id
            )
            rows = self._rows(filed.where(messages.conversation_id.in_(ids)))
            kinds = [(whose[row.conversation_id], _file_kind(row.media_type)) for row in rows]
            _gather("attachment_type", kinds, found)
            _gather("has_attachment", [(key, True) for key, _kind in kinds], found)
        if "has_draft" in wanted:
            drafted = select(drafts.conversation_id, drafts.text, drafts.attachment_paths)
            rows = self._rows(drafted.where(drafts.conversation_id.in_(ids)))
            kept = [row for row in rows if row.text or row.attachment_paths != "[]"]
            _gather("has_draft", [(whose[row.conversation_id], True) for row in kept], found)

    def _comments(
        self, whose: dict[int, int], wanted: frozenset[str], context: Context, found: dict[int, dict[str, Values]]
    ) -> None:
        if not wanted & {"comment_text", "commented_by", "mentioned", "mentions_me"}:
            return
        comments, mentions = schema.comments.c, schema.comment_mentions.c
        rows = self._rows(select(schema.comments).where(comments.conversation_id.in_(list(whose))))
        of = {row.id: whose[row.conversation_id] for row in rows}
        _gather("comment_text", [(of[row.id], row.text_key) for row in rows], found)
        authors = [(of[row.id], row.author_id) for row in rows if row.author_kind == "user"]
        _gather("commented_by", authors, found)
        named = self._rows(select(schema.comment_mentions).where(mentions.comment_id.in_(list(of))))
        _gather("mentioned", [(of[row.comment_id], row.user_id) for row in named], found)
        to_me = [(of[row.comment_id], True) for row in named if row.user_id == context.me]
        _gather("mentions_me", to_me, found)


def _gather(name: str, pairs: Iterable[tuple[int, Any]], found: dict[int, dict[str, Values]]) -> None:
    """Add the values of a field to the facts of each contact, each once."""
    values: _Found = defaultdict(list)
    for key, value in pairs:
        if value is not None and value != "":
            values[key].append(value)
    for key, held in values.items():
        found[key][name] = tuple(dict.fromkeys(held))
