"""Contacts and their addresses: queries and writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, not_, or_, select, update

from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.contact import ConsentStage, Contact, ContactAddress, ContactSource, OptIn, Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, EntryId
from desktop_inbox.models.schema import calls, consent_ledger, contact_addresses, contacts, conversations, messages
from desktop_inbox.models.search_text import sort_key

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing

_ADDRESS = select(contact_addresses)
_BY_PATH = _ADDRESS.where(
    contact_addresses.c.scheme == bindparam("scheme"), contact_addresses.c.path == bindparam("path")
)
_ADDRESSES_OF = _ADDRESS.where(contact_addresses.c.contact_id.in_(bindparam("ids", expanding=True))).order_by(
    contact_addresses.c.contact_id, contact_addresses.c.priority, contact_addresses.c.id
)
_NAMED = frozenset({"first_name", "last_name", "company"})
_FOUND_BY = frozenset({"first_name", "last_name", "path"})  # columns that the search index holds
#: The highest id that a contact has, or had when they opted out: what they said is never somebody else's.
LAST_ID = func.max(
    select(func.coalesce(func.max(contacts.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(consent_ledger.c.contact_id), 0)).scalar_subquery(),
)
_BY_IDS = select(contacts).where(contacts.c.id.in_(bindparam("ids", expanding=True)))


_SENDER = (
    select(
        contact_addresses.c.id.label("address_id"),
        contact_addresses.c.contact_id,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.opt_in,
        contacts.c.blocked,
        conversations.c.id.label("conversation_id"),
        conversations.c.last_entry_id,
        conversations.c.status,
        conversations.c.snoozed_at,
        conversations.c.snoozed_until,
        conversations.c.archived_at,
        contact_addresses.c.path,
    )
    .join(contacts, contacts.c.id == contact_addresses.c.contact_id)
    .outerjoin(conversations, conversations.c.contact_id == contacts.c.id)
    .where(contact_addresses.c.scheme == bindparam("scheme"))
)
_ONE_SENDER = _SENDER.where(contact_addresses.c.path == bindparam("path"))
_MANY_SENDERS = _SENDER.where(contact_addresses.c.path.in_(bindparam("paths", expanding=True)))


_LOCK = (
    select(conversations.c.id)
    .join(contact_addresses, contact_addresses.c.contact_id == conversations.c.contact_id)
    .where(
        contact_addresses.c.scheme == bindparam("scheme"),
        contact_addresses.c.path.in_(bindparam("paths", expanding=True)),
    )
    .order_by(conversations.c.id)
    .with_for_update(of=conversations)
)


@dataclass(slots=True, kw_only=True)
class Sender:
    """Who an inbound entry comes from, as far as storing it needs to know. Valid inside one transaction."""

    address_id: AddressId
    contact_id: ContactId
    conversation_id: ConversationId
    named: bool
    opt_in: OptIn
    blocked: bool
    last_entry_id: int
    status: ConversationStatus
    snoozed: bool = False
    snoozed_until: datetime | None = None
    archived: bool = False


class ContactRepository(Repository):
    """People and where they are reached. Paths are given normalised."""

    def get(self, contact_id: ContactId) -> Contact | None:
        """The contact with its addresses, or None."""
        found = self.many((contact_id,))
        return found[0] if found else None

    def many(self, ids: Sequence[ContactId]) -> tuple[Contact, ...]:
        """Those of ``ids`` that exist, in that order."""
        if not ids:
            return ()
        by_contact = self.addresses_of(ids)
        rows = {row.id: row for row in self._connection.execute(_BY_IDS, {"ids": list(ids)})}
        return tuple(_to_contact(rows[key], by_contact[key]) for key in ids if key in rows)

    def addresses_of(self, ids: Sequence[ContactId]) -> dict[ContactId, list[ContactAddress]]:
        """The addresses of contacts, in their order; those who have none are absent."""
        found: dict[ContactId, list[ContactAddress]] = defaultdict(list)
        for row in self._connection.execute(_ADDRESSES_OF, {"ids": list(ids)}) if ids else ():
            found[ContactId(row.contact_id)].append(_to_address(row))
        return found

    def address(self, address_id: AddressId) -> ContactAddress | None:
        """One address, or None."""
        row = self._connection.execute(_ADDRESS.where(contact_addresses.c.id == address_id)).first()
        return None if row is None else _to_address(row)

    def find_address(self, scheme: Scheme, path: str) -> ContactAddress | None:
        """The address with this normalised path, or None."""
        row = self._connection.execute(_BY_PATH, {"scheme": scheme, "path": path}).first()
        return None if row is None else _to_address(row)

    def at(self, scheme: Scheme, paths: Sequence[str]) -> tuple[ContactAddress, ...]:
        """The addresses with these normalised paths; those that nobody has are absent."""
        here = (contact_addresses.c.scheme == scheme) & contact_addresses.c.path.in_(list(paths))
        return tuple(_to_address(row) for row in self._connection.execute(_ADDRESS.where(here)))

    def find(self, text: str, *, limit: int) -> tuple[Contact, ...]:
        """Contacts of whom every word of ``text`` is part of a name or an address, the latest spoken to first;
        all by name where no text is given."""
        if text.strip():
            return self.many([key for key, _ in self._work.search.contacts(text, limit=limit)])
        names = (func.lower(contacts.c.first_name), func.lower(contacts.c.last_name), contacts.c.id)
        return self.many(
            self._connection.execute(
                select(contacts.c.id).where(contacts.c.merged_into_id.is_(None)).order_by(*names).limit(limit)
            )
            .scalars()
            .all()
        )

    def add(
        self,
        addresses: Iterable[tuple[Scheme, str]] = (),
        *,
        first_name: str = "",
        last_name: str = "",
        language: str = "",
        **values: Any,
    ) -> Contact:
        """Add a contact with addresses that nobody has yet (IntegrityError otherwise), and columns by name."""
        values |= {"first_name": first_name, "last_name": last_name, "language": language}
        values |= {**self._fresh_id(), **keys_of(values)}
        statement = insert(contacts).values(**values, created_at=self._work.now())
        key = ContactId(self._connection.execute(statement.returning(contacts.c.id)).scalar_one())
        for priority, (scheme, path) in enumerate(addresses):
            self._insert_address(key, scheme, path, priority)
        self._changed(key)
        contact = self.get(key)
        assert contact is not None  # noqa: S101 - just inserted
        return contact

    def _fresh_id(self) -> dict[str, Any]:
        """The id on SQLite, which would give that of a contact who is gone; a server never does."""
        return {"id": LAST_ID + 1} if self._dialect == "sqlite" else {}

    def add_address(self, contact_id: ContactId, scheme: Scheme, path: str, *, priority: int = 0) -> AddressId:
        """Give a contact another address."""
        key = self._insert_address(contact_id, scheme, path, priority)
        self._changed(contact_id)
        return key

    def _insert_address(self, contact_id: ContactId, scheme: Scheme, path: str, priority: int) -> AddressId:
        statement = insert(contact_addresses).values(
            contact_id=contact_id, scheme=scheme, path=path, priority=priority, created_at=self._work.now()
        )
        return AddressId(self._connection.execute(statement.returning(contact_addresses.c.id)).scalar_one())

    def sender(self, scheme: Scheme, path: str) -> Sender | None:
        """Whom this address belongs to, or None for somebody new."""
        row = self._connection.execute(_ONE_SENDER, {"scheme": scheme, "path": path}).first()
        return None if row is None else self._to_sender(row)

    def senders(self, scheme: Scheme, paths: Sequence[str]) -> dict[str, Sender]:
        """Whom addresses belong to, by path; new ones are absent."""
        if len(paths) == 1:
            one = self.sender(scheme, paths[0])
            return {} if one is None else {paths[0]: one}
        rows = self._connection.execute(_MANY_SENDERS, {"scheme": scheme, "paths": list(paths)}).all()
        return {row.path: self._to_sender(row) for row in rows}

    def lock_conversations(self, scheme: Scheme, paths: Sequence[str]) -> bool:
        """Hold the conversations of these addresses until the transaction ends; False where only one writes.

        On a server other desktops write at the same time; those who lock in the same order never deadlock.
        """
        if self._dialect != "postgresql":
            return False
        self._connection.execute(_LOCK, {"scheme": scheme, "paths": list(paths)})
        return True

    def _to_sender(self, row: AnyRow) -> Sender:
        conversation_id = row.conversation_id or self._work.conversations.of_contact(ContactId(row.contact_id))
        return Sender(
            address_id=AddressId(row.address_id),
            contact_id=ContactId(row.contact_id),
            conversation_id=ConversationId(conversation_id),
            named=bool(row.first_name or row.last_name),
            opt_in=OptIn(row.opt_in),
            blocked=row.blocked,
            last_entry_id=row.last_entry_id or 0,
            status=ConversationStatus(row.status or ConversationStatus.PENDING),
            snoozed=row.snoozed_at is not None,
            snoozed_until=row.snoozed_until,
            archived=row.archived_at is not None,
        )

    def add_sender(self, scheme: Scheme, path: str, *, read_up_to: int = 0) -> Sender:
        """Add a contact for an address nobody had. When another process adds it at the same moment, theirs
        is taken, so that an unknown sender makes exactly one contact (S1-07).

        ``read_up_to`` is the last entry id that counts as read: history from before the channel.
        """
        moment = self._work.now()
        statement = insert(contacts).values(**self._fresh_id(), created_at=moment)
        key = self._connection.execute(statement.returning(contacts.c.id)).scalar_one()
        values = {"contact_id": key, "scheme": scheme, "path": path, "priority": 0, "created_at": moment}
        address = or_nothing(insert_into(self._connection, contact_addresses), "scheme", "path").values(values)
        address_id = self._connection.execute(address.returning(contact_addresses.c.id)).scalar()
        if address_id is None:
            self._connection.execute(delete(contacts).where(contacts.c.id == key))
            theirs = self.sender(scheme, path)
            assert theirs is not None  # noqa: S101 - the conflict proves it
            return theirs
        conversation_id = self._work.conversations.of_contact(ContactId(key), read_up_to=read_up_to)
        self._changed(ContactId(key))
        return Sender(
            address_id=AddressId(address_id),
            contact_id=ContactId(key),
            conversation_id=conversation_id,
            named=False,
            opt_in=OptIn.OPTED_IN,
            blocked=False,
            last_entry_id=0,
            status=ConversationStatus.PENDING,
        )

    def change(self, contact_id: ContactId, **values: Any) -> None:
        """Set columns of the contact by name; keeps folded names, the search index, and announces it."""
        if not _NAMED.isdisjoint(values):
            row = self._connection.execute(_BY_IDS, {"ids": [contact_id]}).one()
            values |= keys_of({**row._mapping, **values})
        self._connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))
        self._changed(contact_id, found_by=values)

    def change_address(self, address_id: AddressId, **values: Any) -> None:
        """Set columns of one address by name; announces the contact."""
        statement = update(contact_addresses).where(contact_addresses.c.id == address_id).values(**values)
        owner = self._connection.execute(statement.returning(contact_addresses.c.contact_id)).scalar_one()
        self._changed(ContactId(owner), found_by=values)

    def order_addresses(self, contact_id: ContactId, ids: Sequence[AddressId]) -> None:
        """Use the addresses of a contact in this order; the first is the one shown."""
        for priority, address_id in enumerate(ids):
            here = (contact_addresses.c.id == address_id) & (contact_addresses.c.contact_id == contact_id)
            self._connection.execute(update(contact_addresses).where(here).values(priority=priority))
        self._changed(contact_id)

    def remove_address(self, contact_id: ContactId, address_id: AddressId) -> None:
        """Take an address from a contact; what was said over it stays."""
        here = (contact_addresses.c.id == address_id) & (contact_addresses.c.contact_id == contact_id)
        self._connection.execute(delete(contact_addresses).where(here))
        self._changed(contact_id)

    def delete_reached_only_by(self, channel_ids: Sequence[int]) -> int:
        """Remove contacts, with all they said, whom no other channel ever reached; returns how many."""
        ids = list(channel_ids)
        mine = conversations.c.contact_id == contacts.c.id
        others = [
            exists().where(mine, table.c.conversation_id == conversations.c.id, table.c.channel_id.not_in(ids))
            for table in (messages, calls)
        ]
        gone = [row.id for row in self._connection.execute(select(contacts.c.id).where(not_(or_(*others))))]
        for contact_id in gone:
            self.delete(ContactId(contact_id))
        return len(gone)

    def delete(self, contact_id: ContactId) -> None:
        """Remove a contact and everything said with them, from the index as well; consent lines stay."""
        mine = select(messages.c.id).join(conversations).where(conversations.c.contact_id == contact_id)
        for row in self._connection.execute(mine).all():
            self._work.search.remove_message(EntryId(row.id))
        self._work.search.remove_contact(contact_id)
        self._work.merges.forget(contact_id)
        self._connection.execute(delete(contacts).where(contacts.c.id == contact_id))
        self._work.announce(ContactChanged(contact_id=contact_id))

    def _changed(self, contact_id: ContactId, *, found_by: Iterable[str] = _FOUND_BY) -> None:
        """Announce a contact; the index follows where one of the changed columns, ``found_by``, is in it."""
        if not _FOUND_BY.isdisjoint(found_by):
            self._work.search.index_contact(contact_id)
        self._work.announce(ContactChanged(contact_id=contact_id))


def keys_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The folded columns that belong to these names."""
    first, last = values.get("first_name", ""), values.get("last_name", "")
    return {
        "first_key": sort_key(first),
        "last_key": sort_key(last),
        "name_key": sort_key(f"{first} {last}".strip()),
        "company_key": sort_key(values.get("company", "")),
    }


def _to_address(row: AnyRow) -> ContactAddress:
    return ContactAddress(
        id=AddressId(row.id),
        contact_id=ContactId(row.contact_id),
        scheme=Scheme(row.scheme),
        path=row.path,
        priority=row.priority,
        opt_in=OptIn(row.opt_in),
        carrier_blocked=row.carrier_blocked,
    )


def _to_contact(row: AnyRow, addresses: Iterable[ContactAddress]) -> Contact:
    return Contact(
        id=ContactId(row.id),
        first_name=row.first_name,
        last_name=row.last_name,
        addresses=tuple(addresses),
        opt_in=OptIn(row.opt_in),
        opt_in_changed_at=row.opt_in_changed_at,
        looks_opted_out=row.looks_opted_out,
        blocked=row.blocked,
        language=row.language,
        company=row.company,
        country=row.country,
        zone=row.zone,
        source=ContactSource(row.source),
        opt_in_method=row.opt_in_method,
        consent=ConsentStage(row.consent),
        consent_sent_at=row.consent_sent_at,
        created_at=row.created_at,
    )
