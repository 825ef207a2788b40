"""The table of contacts: its order as ids alone, and the rows that are looked at."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select

from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.contact_row import ContactRow, ContactSort
from desktop_inbox.models.entities.ids import ContactId, ConversationId, entry_time
from desktop_inbox.models.schema import contact_addresses, contact_texts, contacts, conversations
from desktop_inbox.models.search_text import fold

from .base import Repository

_C, _V, _A = contacts.c, conversations.c, contact_addresses.c
_ORDERS: Final[Mapping[ContactSort, Any]] = {
    ContactSort.NAME: _C.name_key,
    ContactSort.COMPANY: _C.company_key,
    ContactSort.CREATED: _C.created_at,
    ContactSort.ACTIVITY: func.coalesce(_V.last_entry_id, 0),
}
_EMPTY_LAST: Final = (ContactSort.NAME, ContactSort.COMPANY)
_PARTS: Final = 8  # words of a search
_PART: Final = 500  # rows


class ContactTableRepository(Repository):
    """Reads for the table. A hundred thousand ids are a megabyte; rows are read as they come into sight."""

    def ids(self, sort: ContactSort, *, descending: bool, text: str) -> list[ContactId]:
        """Everybody in whose names or addresses every word of ``text`` stands, in order; nameless ones last."""
        query: Select[Any] = select(_C.id).where(_C.merged_into_id.is_(None))
        if sort is ContactSort.ACTIVITY:
            query = query.outerjoin(conversations, _V.contact_id == _C.id)
        parts = fold(text).split()[:_PARTS]
        if parts:
            query = query.join(contact_texts, contact_texts.c.contact_id == _C.id)
            query = query.where(*(contact_texts.c.text.contains(part, autoescape=True) for part in parts))
        column = _ORDERS[sort]
        order: list[Any] = [column.desc(), _C.id.desc()] if descending else [column, _C.id]
        found: list[ContactId] = []
        empty: list[ContactId] = []
        last = sort in _EMPTY_LAST
        # In parts: while all are fetched in one call, the window stands still.
        for part in self._connection.execute(query.add_columns(column).order_by(*order)).partitions(_PART):
            for key, value in part:
                (empty if last and not value else found).append(key)
        return found + empty

    def rows(self, ids: Sequence[ContactId]) -> tuple[ContactRow, ...]:
        """Those of ``ids`` that exist, in that order."""
        if not ids:
            return ()
        query = select(contacts, _V.id.label("conversation_id"), _V.last_entry_id)
        query = query.outerjoin(conversations, _V.contact_id == _C.id).where(_C.id.in_(list(ids)))
        found = {one.id: one for one in self._connection.execute(query)}
        addresses: dict[int, list[tuple[Scheme, str]]] = {}
        query = select(_A.contact_id, _A.scheme, _A.path).where(_A.contact_id.in_(list(ids)))
        for place in self._connection.execute(query.order_by(_A.contact_id, _A.priority, _A.id)):
            addresses.setdefault(place.contact_id, []).append((Scheme(place.scheme), place.path))
        tags = self._work.tags.of_contacts(ids)
        return tuple(
            ContactRow(
                id=key,
                name=f"{row.first_name} {row.last_name}".strip(),
                addresses=tuple(addresses.get(key, ())),
                company=row.company,
                country=row.country,
                language=row.language,
                tags=tuple(tag.name for tag in tags.get(key, ())),
                opt_in=OptIn(row.opt_in),
                blocked=row.blocked,
                created_at=row.created_at,
                last_at=entry_time(row.last_entry_id) if row.last_entry_id else None,
                conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
            )
            for key in ids
            if (row := found.get(key)) is not None
        )
