"""Tags: queries and writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from desktop_inbox.events import ContactChanged, TagsChanged
from desktop_inbox.models.entities.ids import ContactId, TagId
from desktop_inbox.models.entities.tag import Tag
from desktop_inbox.models.schema import contact_tags, tags
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing

_T = tags.c
_COUNT = select(func.count()).where(contact_tags.c.tag_id == _T.id).correlate(tags).scalar_subquery()
_OF_CONTACTS = (
    select(contact_tags.c.contact_id, _T.id, _T.name)
    .join(tags, _T.id == contact_tags.c.tag_id)
    .where(contact_tags.c.contact_id.in_(bindparam("ids", expanding=True)))
    .order_by(contact_tags.c.contact_id, _T.name_key)
)


class TagRepository(Repository):
    """Tags and who has them. Names are given clean; what they are compared by is folded here."""

    def all(self) -> tuple[Tag, ...]:
        """Every tag by name, with how many contacts have it."""
        query = select(_T.id, _T.name, _COUNT.label("contacts")).order_by(_T.name_key)
        return tuple(
            Tag(id=TagId(row.id), name=row.name, contacts=row.contacts) for row in self._connection.execute(query)
        )

    def get(self, tag_id: TagId) -> Tag | None:
        """The tag with its count, or None."""
        row = self._connection.execute(select(_T.id, _T.name, _COUNT.label("contacts")).where(_T.id == tag_id)).first()
        return None if row is None else Tag(id=TagId(row.id), name=row.name, contacts=row.contacts)

    def by_name(self, name: str) -> Tag | None:
        """The tag of this name, whatever its case and accents, or None."""
        row = self._connection.execute(select(_T.id, _T.name).where(_T.name_key == fold(name))).first()
        return None if row is None else _to_tag(row)

    def matching(self, text: str, *, limit: int) -> tuple[Tag, ...]:
        """Tags with ``text`` in their name, those that begin with it first."""
        key = fold(text.strip())
        starts = _T.name_key.startswith(key, autoescape=True)
        query = select(_T.id, _T.name).where(or_(starts, _T.name_key.contains(key, autoescape=True)))
        rows = self._connection.execute(query.order_by(starts.desc(), _T.name_key).limit(limit))
        return tuple(_to_tag(row) for row in rows)

    def ensure(self, name: str) -> Tag:
        """The tag of this name, made where there is none."""
        known = self.by_name(name)
        if known is not None:
            return known
        values = {"name": name, "name_key": fold(name), "created_at": self._work.now()}
        added = self._connection.execute(
            or_nothing(insert_into(self._connection, tags), "name_key").values(values)
        ).rowcount
        if added:
            self._work.announce(TagsChanged())
        made = self.by_name(name)
        assert made is not None  # noqa: S101 - inserted here or by whoever was faster
        return made

    def rename(self, tag_id: TagId, name: str) -> None:
        """Give a tag another name, which must be free."""
        self._connection.execute(update(tags).where(_T.id == tag_id).values(name=name, name_key=fold(name)))
        self._work.announce(TagsChanged())

    def delete(self, tag_id: TagId) -> None:
        """Remove a tag, from contacts as well."""
        self._connection.execute(delete(contact_tags).where(contact_tags.c.tag_id == tag_id))
        self._connection.execute(delete(tags).where(_T.id == tag_id))
        self._work.announce(TagsChanged())

    def of_contacts(self, ids: Sequence[ContactId]) -> Mapping[ContactId, tuple[Tag, ...]]:
        """The tags of contacts, by name; those without any are absent."""
        found: dict[ContactId, list[Tag]] = defaultdict(list)
        for row in self._connection.execute(_OF_CONTACTS, {"ids": list(ids)}) if ids else ():
            found[ContactId(row.contact_id)].append(_to_tag(row))
        return {key: tuple(value) for key, value in found.items()}

    def put_on(self, contact_ids: Iterable[ContactId], tag_id: TagId) -> tuple[ContactId, ...]:
        """Give contacts a tag; returns those that did not have it."""
        have = self._having(tag_id)
        new = [key for key in dict.fromkeys(contact_ids) if key not in have]
        if new:
            self._connection.execute(insert(contact_tags), [{"contact_id": key, "tag_id": tag_id} for key in new])
        for key in new:
            self._work.announce(ContactChanged(contact_id=key))
        return tuple(new)

    def take_off(self, contact_ids: Iterable[ContactId], tag_id: TagId) -> tuple[ContactId, ...]:
        """Take a tag from contacts; returns those that had it."""
        have = self._having(tag_id)
        gone = [key for key in dict.fromkeys(contact_ids) if key in have]
        for start in range(0, len(gone), 500):
            part = gone[start : start + 500]
            here = (contact_tags.c.tag_id == tag_id) & contact_tags.c.contact_id.in_(part)
            self._connection.execute(delete(contact_tags).where(here))
        for key in gone:
            self._work.announce(ContactChanged(contact_id=key))
        return tuple(gone)

    def _having(self, tag_id: TagId) -> frozenset[int]:
        query = select(contact_tags.c.contact_id).where(contact_tags.c.tag_id == tag_id)
        return frozenset(self._connection.execute(query).scalars())


def _to_tag(row: AnyRow) -> Tag:
    return Tag(id=TagId(row.id), name=row.name)
