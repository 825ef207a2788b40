"""Contacts and their addresses: queries and writes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.ids import AddressId, ContactId
from desktop_inbox.models.schema import contact_addresses, contacts

from .base import AnyRow, Repository

_ADDRESS = select(contact_addresses)
_BY_PATH = _ADDRESS.where(
    contact_addresses.c.scheme == bindparam("scheme"), contact_addresses.c.path == bindparam("path")
)
_ADDRESSES_OF = _ADDRESS.where(contact_addresses.c.contact_id.in_(bindparam("ids", expanding=True))).order_by(
    contact_addresses.c.contact_id, contact_addresses.c.priority, contact_addresses.c.id
)
_BY_IDS = select(contacts).where(contacts.c.id.in_(bindparam("ids", expanding=True)))


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
        by_contact: dict[int, list[ContactAddress]] = defaultdict(list)
        for row in self._connection.execute(_ADDRESSES_OF, {"ids": list(ids)}):
            by_contact[row.contact_id].append(_to_address(row))
        rows = {row.id: row for row in self._connection.execute(_BY_IDS, {"ids": list(ids)})}
        return tuple(_to_contact(rows[key], by_contact[key]) for key in ids if key in rows)

    def address(self, address_id: AddressId) -> ContactAddress | None:
        """One address, or None."""
        row = self._connection.execute(_ADDRESS.where(contact_addresses.c.id == address_id)).first()
        return None if row is None else _to_address(row)

    def find_address(self, scheme: Scheme, path: str) -> ContactAddress | None:
        """The address with this normalised path, or None."""
        row = self._connection.execute(_BY_PATH, {"scheme": scheme, "path": path}).first()
        return None if row is None else _to_address(row)

    def add(
        self,
        addresses: Iterable[tuple[Scheme, str]] = (),
        *,
        first_name: str = "",
        last_name: str = "",
        language: str = "",
    ) -> Contact:
        """Add a contact with addresses that nobody has yet (IntegrityError otherwise)."""
        moment = self._work.now()
        statement = insert(contacts).values(
            first_name=first_name, last_name=last_name, language=language, created_at=moment
        )
        key = ContactId(self._connection.execute(statement.returning(contacts.c.id)).scalar_one())
        for priority, (scheme, path) in enumerate(addresses):
            self.add_address(key, scheme, path, priority=priority)
        self._changed(key)
        contact = self.get(key)
        assert contact is not None  # noqa: S101 - just inserted
        return contact

    def add_address(self, contact_id: ContactId, scheme: Scheme, path: str, *, priority: int = 0) -> AddressId:
        """Give a contact another address."""
        statement = insert(contact_addresses).values(
            contact_id=contact_id, scheme=scheme, path=path, priority=priority, created_at=self._work.now()
        )
        key = AddressId(self._connection.execute(statement.returning(contact_addresses.c.id)).scalar_one())
        self._changed(contact_id)
        return key

    def change(self, contact_id: ContactId, **values: Any) -> None:
        """Set columns of the contact by name; keeps the search index and announces it."""
        self._connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))
        self._changed(contact_id)

    def change_address(self, address_id: AddressId, **values: Any) -> None:
        """Set columns of one address by name; announces the contact."""
        statement = update(contact_addresses).where(contact_addresses.c.id == address_id).values(**values)
        owner = self._connection.execute(statement.returning(contact_addresses.c.contact_id)).scalar_one()
        self._changed(ContactId(owner))

    def _changed(self, contact_id: ContactId) -> None:
        self._work.search.index_contact(contact_id)
        self._work.announce(ContactChanged(contact_id=contact_id))


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
        created_at=row.created_at,
    )
