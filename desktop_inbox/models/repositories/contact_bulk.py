"""Contacts by the thousand: what an import has to know about those that are there, and its writes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Table, bindparam, exists, func, insert, select, text, update

from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import ContactSource, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import FieldValue
from desktop_inbox.models.entities.ids import ContactId, ContactListId, ConversationId, EntryId, FieldId, TagId, UserId
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.schema import (
    consent_ledger,
    contact_addresses,
    contact_field_values,
    contact_list_members,
    contact_tags,
    contacts,
    conversations,
    outbox,
)
from desktop_inbox.models.search_text import sort_key

from .base import Repository
from .contacts import LAST_ID, keys_of
from .outbox import OPEN_ROWS

if TYPE_CHECKING:
    from desktop_inbox.models.work import Work

T = TypeVar("T")
_AT_ONCE: Final = 5000  # values in one statement
_PER_MILLISECOND: Final = 20
_EVENTS_AT_ONCE: Final = 100
_A, _C = contact_addresses.c, contacts.c
_WRITTEN = ("first_name", "last_name", "company", "country", "language", "zone")
_FACTS = (*_WRITTEN, "opt_in", "blocked")


@dataclass(slots=True, kw_only=True)
class ContactFacts:
    """What is known about a contact that an import may change."""

    id: ContactId
    columns: dict[str, Any]  # first_name, last_name, company, country, language, zone, opt_in, blocked
    addresses: list[tuple[Scheme, str]] = field(default_factory=list)  # in their order
    tags: set[TagId] = field(default_factory=set)
    lists: set[ContactListId] = field(default_factory=set)
    values: dict[FieldId, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ContactWrite:
    """What becomes of one contact; nothing is ever taken away."""

    id: ContactId | None  # None: a new one
    drawn_id: ContactId | None = None  # what a new one becomes, where that was decided before (``draw_ids``)
    columns: dict[str, Any] = field(default_factory=dict)
    addresses: Sequence[tuple[Scheme, str]] = ()  # to add, behind those that are there
    tags: Sequence[TagId] = ()
    lists: Sequence[ContactListId] = ()
    values: Mapping[FieldId, FieldValue] = field(default_factory=dict)
    opted_out: str = ""  # the words with which they opted out


class ContactBulkRepository(Repository):
    """Reads and writes many contacts with few statements."""

    def __init__(self, work: "Work") -> None:
        super().__init__(work)
        self.consent_lines: list[EntryId] = []  # that this transaction added to the consent ledger

    def hold(self) -> None:
        """Let no other program add addresses until the transaction ends; where one writes only, nobody does."""
        if self._dialect == "postgresql":
            self._connection.execute(text("LOCK TABLE contact_addresses IN SHARE ROW EXCLUSIVE MODE"))

    def owners(self, scheme: Scheme, paths: Sequence[str]) -> dict[str, ContactId]:
        """Whom addresses belong to, by path; those that nobody has are absent."""
        found: dict[str, ContactId] = {}
        for chunk in _chunks(paths):
            query = select(_A.path, _A.contact_id).where(_A.scheme == scheme, _A.path.in_(chunk))
            found.update((row.path, ContactId(row.contact_id)) for row in self._connection.execute(query))
        return found

    def all_ids(self) -> list[ContactId]:
        """Everybody, in the order of ids."""
        query = select(_C.id).where(_C.merged_into_id.is_(None)).order_by(_C.id)
        return [ContactId(key) for key in self._connection.execute(query).scalars()]

    def without_address(self) -> dict[tuple[str, str], ContactId]:
        """Contacts that cannot be reached at all, by folded name and company."""
        there = ~exists().where(_A.contact_id == _C.id), _C.merged_into_id.is_(None)
        query = select(_C.id, _C.name_key, _C.company_key).where(*there)
        return {(row.name_key, row.company_key): ContactId(row.id) for row in self._connection.execute(query)}

    def facts(self, ids: Sequence[ContactId]) -> dict[ContactId, ContactFacts]:
        """What is known about contacts."""
        found: dict[ContactId, ContactFacts] = {}
        for chunk in _chunks(ids):
            query = select(_C.id, *(_C[name] for name in _FACTS)).where(_C.id.in_(chunk))
            for row in self._connection.execute(query):
                columns = {name: getattr(row, name) for name in _FACTS}
                found[ContactId(row.id)] = ContactFacts(id=ContactId(row.id), columns=columns)
            query = select(_A.contact_id, _A.scheme, _A.path).where(_A.contact_id.in_(chunk))
            for row in self._connection.execute(query.order_by(_A.contact_id, _A.priority, _A.id)):
                found[row.contact_id].addresses.append((Scheme(row.scheme), row.path))
            for row in self._rows(contact_tags, chunk):
                found[row.contact_id].tags.add(row.tag_id)
            for row in self._rows(contact_list_members, chunk):
                found[row.contact_id].lists.add(row.list_id)
            for row in self._rows(contact_field_values, chunk):
                found[row.contact_id].values[row.field_id] = row.value
        return found

    def write(self, writes: Sequence[ContactWrite], *, user_id: UserId) -> list[ContactId]:
        """Write everything about some contacts (a few thousand); returns their ids, in this order."""
        fresh = iter(self.draw_ids(sum((one.id or one.drawn_id) is None for one in writes)))
        ids = [one.id or one.drawn_id or next(fresh) for one in writes]
        pairs = list(zip(ids, writes, strict=True))
        self._add([(key, one) for key, one in pairs if one.id is None])
        self._change([(key, one.columns) for key, one in pairs if one.id is not None and one.columns])
        self._insert(contact_addresses, self._address_rows(pairs))
        self._insert(contact_tags, [{"contact_id": key, "tag_id": tag} for key, one in pairs for tag in one.tags])
        self._insert(
            contact_list_members, [{"contact_id": key, "list_id": which} for key, one in pairs for which in one.lists]
        )
        self._set_values(pairs)
        self._opt_out([(key, one.opted_out) for key, one in pairs if one.opted_out], user_id)
        self._work.search.index_contacts(ids)
        return ids

    def draw_ids(self, count: int) -> list[ContactId]:
        """Ids for new contacts, in order."""
        if not count:
            return []
        if self._dialect == "sqlite":  # nobody else writes until this transaction ends
            last = self._connection.execute(select(LAST_ID)).scalar_one()
            return [ContactId(last + number) for number in range(1, count + 1)]
        drawn = text("SELECT nextval(pg_get_serial_sequence('contacts', 'id')) FROM generate_series(1, :count)")
        return sorted(ContactId(key) for key in self._connection.execute(drawn, {"count": count}).scalars())

    def _rows(self, table: Table, ids: Sequence[ContactId]) -> Any:
        return self._connection.execute(select(table).where(table.c.contact_id.in_(ids)))

    def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)

    def _add(self, pairs: Sequence[tuple[ContactId, ContactWrite]]) -> None:
        at = self._work.now()
        rows = []
        for key, one in pairs:
            values = {name: one.columns.get(name, "") for name in _WRITTEN}
            rows.append(
                {
                    "id": key,
                    **values,
                    **keys_of(values),
                    "blocked": one.columns.get("blocked", False),
                    "source": ContactSource.IMPORT,
                    "created_at": at,
                }
            )
        self._insert(contacts, rows)

    def _change(self, pairs: Sequence[tuple[ContactId, Mapping[str, Any]]]) -> None:
        if not pairs:
            return
        names = (*_WRITTEN, "blocked")
        query = select(_C.id, *(_C[name] for name in names)).where(_C.id.in_([key for key, _ in pairs]))
        known = {row.id: {name: getattr(row, name) for name in names} for row in self._connection.execute(query)}
        rows = []
        for key, columns in pairs:
            values = {**known[key], **columns}
            rows.append({f"new_{name}": value for name, value in {**values, **keys_of(values)}.items()} | {"key": key})
        written: dict[str, Any] = {name.removeprefix("new_"): bindparam(name) for name in rows[0] if name != "key"}
        self._connection.execute(update(contacts).where(_C.id == bindparam("key")).values(written), rows)

    def _address_rows(self, pairs: Sequence[tuple[ContactId, ContactWrite]]) -> list[dict[str, Any]]:
        at = self._work.now()
        old = [key for key, one in pairs if one.id is not None and one.addresses]
        query = select(_A.contact_id, func.max(_A.priority).label("last")).where(_A.contact_id.in_(old))
        rows = self._connection.execute(query.group_by(_A.contact_id)) if old else ()
        last = {row.contact_id: row.last for row in rows}
        return [
            {"contact_id": key, "scheme": scheme, "path": path, "priority": place, "created_at": at}
            for key, one in pairs
            for place, (scheme, path) in enumerate(one.addresses, start=last.get(key, -1) + 1)
        ]

    def _set_values(self, pairs: Sequence[tuple[ContactId, ContactWrite]]) -> None:
        rows = [
            {
                "contact_id": key,
                "field_id": field_id,
                "value": value.text,
                "value_key": sort_key(value.text),
                "number": value.number,
            }
            for key, one in pairs
            for field_id, value in one.values.items()
        ]
        if not rows:
            return
        table = contact_field_values
        here = (table.c.contact_id == bindparam("old_contact")) & (table.c.field_id == bindparam("old_field"))
        places = [{"old_contact": row["contact_id"], "old_field": row["field_id"]} for row in rows]
        self._connection.execute(table.delete().where(here), places)
        self._connection.execute(insert(table), rows)

    # -- opt-outs

    def _opt_out(self, words: Sequence[tuple[ContactId, str]], user_id: UserId) -> None:
        """A line in the ledger for each; where something waits to leave, it is blocked."""
        if not words:
            return
        ids = [key for key, _ in words]
        waiting = select(outbox.c.contact_id).where(OPEN_ROWS, outbox.c.contact_id.in_(ids))
        one_by_one = set(self._connection.execute(waiting).scalars())
        for key, wording in words:
            if key in one_by_one:
                self._work.consent.record(
                    key, OptIn.OPTED_OUT, method=ConsentMethod.IMPORT, wording=wording, user_id=user_id
                )
                self.consent_lines.append(EntryId(self._work.consent.last_line(key)))
        rest = [(key, wording) for key, wording in words if key not in one_by_one]
        if not rest:
            return
        at = self._work.now()
        # A millisecond has room for few ids before they collide.
        places = [(at + timedelta(milliseconds=number // _PER_MILLISECOND), 0) for number in range(len(rest))]
        keys = self._work.draw_entry_ids(places, consent_ledger)
        lines = [
            {
                "id": line,
                "contact_id": key,
                "status": OptIn.OPTED_OUT,
                "method": ConsentMethod.IMPORT,
                "wording": wording,
                "user_id": user_id,
                "at": at,
            }
            for line, (key, wording) in zip(keys, rest, strict=True)
        ]
        self._connection.execute(insert(consent_ledger), lines)
        self.consent_lines += keys
        newly = (_C.id.in_([key for key, _ in rest])) & (_C.opt_in == OptIn.OPTED_IN)
        changed = [ContactId(key) for key in self._connection.execute(select(_C.id).where(newly)).scalars()]
        if changed:
            self._stop(changed, user_id)

    def _stop(self, ids: Sequence[ContactId], user_id: UserId) -> None:
        """Contacts for whom nothing waits in the outbox are opted out from now on."""
        values = {
            "opt_in": OptIn.OPTED_OUT,
            "opt_in_changed_at": self._work.now(),
            "opt_in_method": ConsentMethod.IMPORT,
            "looks_opted_out": False,
        }
        self._connection.execute(update(contacts).where(_C.id.in_(ids)).values(**values))
        self._work.enrollments.stop(ids, EnrollmentState.OPTED_OUT, cause="opted_out")
        self._work.batches.opted_out(ids)
        self._tell_opt_outs(ids, user_id)

    def _tell_opt_outs(self, ids: Sequence[ContactId], user_id: UserId) -> None:
        query = select(conversations.c.id).where(conversations.c.contact_id.in_(ids))
        here = [ConversationId(key) for key in self._connection.execute(query).scalars()]
        user = self._work.users.get(user_id)
        for begin in range(0, len(here), _EVENTS_AT_ONCE):
            self._work.timeline.add_events(
                here[begin : begin + _EVENTS_AT_ONCE],
                "opted_out",
                actor_kind=ActorKind.SYSTEM,
                actor_id=user_id,
                actor_name=user.name if user else "",
                details={"method": str(ConsentMethod.IMPORT)},
            )


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]
