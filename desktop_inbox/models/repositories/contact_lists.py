"""Contact lists: queries and writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, func, insert, select, update

from desktop_inbox.events import ContactChanged, TagsChanged
from desktop_inbox.models.entities.ids import ContactId, ContactListId
from desktop_inbox.models.entities.tag import ContactList
from desktop_inbox.models.schema import contact_list_members, contact_lists
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository

_L, _M = contact_lists.c, contact_list_members.c
_COUNT = select(func.count()).where(_M.list_id == _L.id).correlate(contact_lists).scalar_subquery()
_ALL = select(_L.id, _L.name, _COUNT.label("contacts")).order_by(_L.name_key)


class ContactListRepository(Repository):
    """Lists and who is in them."""

    def all(self) -> tuple[ContactList, ...]:
        """Every list by name, with how many contacts are in it."""
        return tuple(_to_list(row) for row in self._connection.execute(_ALL))

    def get(self, list_id: ContactListId) -> ContactList | None:
        """The list, or None."""
        row = self._connection.execute(_ALL.where(_L.id == list_id)).first()
        return None if row is None else _to_list(row)

    def by_name(self, name: str) -> ContactList | None:
        """The list of this name, whatever its case and accents, or None."""
        row = self._connection.execute(_ALL.where(_L.name_key == fold(name))).first()
        return None if row is None else _to_list(row)

    def ensure(self, name: str) -> ContactList:
        """The list of this name, made where there is none."""
        known = self.by_name(name)
        if known is not None:
            return known
        values = {"name": name, "name_key": fold(name), "created_at": self._work.now()}
        self._connection.execute(insert(contact_lists).values(values))
        self._work.announce(TagsChanged())
        made = self.by_name(name)
        assert made is not None  # noqa: S101 - just inserted
        return made

    def rename(self, list_id: ContactListId, name: str) -> None:
        """Give a list another name, which must be free."""
        self._connection.execute(update(contact_lists).where(_L.id == list_id).values(name=name, name_key=fold(name)))
        self._work.announce(TagsChanged())

    def delete(self, list_id: ContactListId) -> None:
        """Remove a list; its contacts stay."""
        self._connection.execute(delete(contact_list_members).where(_M.list_id == list_id))
        self._connection.execute(delete(contact_lists).where(_L.id == list_id))
        self._work.announce(TagsChanged())

    def of_contacts(self, ids: Sequence[ContactId]) -> Mapping[ContactId, tuple[ContactList, ...]]:
        """The lists of contacts, by name; those in none are absent."""
        found: dict[ContactId, list[ContactList]] = defaultdict(list)
        query = select(_M.contact_id, _L.id, _L.name).join(contact_lists, _L.id == _M.list_id)
        query = query.where(_M.contact_id.in_(list(ids))).order_by(_L.name_key)
        for row in self._connection.execute(query) if ids else ():
            found[ContactId(row.contact_id)].append(ContactList(id=ContactListId(row.id), name=row.name))
        return {key: tuple(value) for key, value in found.items()}

    def add_members(self, list_id: ContactListId, contact_ids: Iterable[ContactId]) -> tuple[ContactId, ...]:
        """Put contacts into a list; returns those that were not in it."""
        have = self._members(list_id)
        new = [key for key in dict.fromkeys(contact_ids) if key not in have]
        if new:
            rows = [{"list_id": list_id, "contact_id": key} for key in new]
            self._connection.execute(insert(contact_list_members), rows)
        for key in new:
            self._work.announce(ContactChanged(contact_id=key))
        return tuple(new)

    def remove_members(self, list_id: ContactListId, contact_ids: Iterable[ContactId]) -> tuple[ContactId, ...]:
        """Take contacts out of a list; returns those that were in it."""
        have = self._members(list_id)
        gone = [key for key in dict.fromkeys(contact_ids) if key in have]
        for start in range(0, len(gone), 500):
            here = (_M.list_id == list_id) & _M.contact_id.in_(gone[start : start + 500])
            self._connection.execute(delete(contact_list_members).where(here))
        for key in gone:
            self._work.announce(ContactChanged(contact_id=key))
        return tuple(gone)

    def members(self, list_id: ContactListId) -> tuple[ContactId, ...]:
        """Who is in a list, by id."""
        return tuple(ContactId(key) for key in sorted(self._members(list_id)))

    def _members(self, list_id: ContactListId) -> frozenset[int]:
        return frozenset(self._connection.execute(select(_M.contact_id).where(_M.list_id == list_id)).scalars())


def _to_list(row: AnyRow) -> ContactList:
    return ContactList(id=ContactListId(row.id), name=row.name, contacts=row.contacts)
