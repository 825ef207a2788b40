"""Segments: the saved ones, and what filters of an office can speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from desktop_inbox.events import SegmentsChanged
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.segment import EVERYBODY, Group, Segment, SegmentId, from_json, to_json
from desktop_inbox.models.entities.segment_fields import Catalogue, CustomColumn, Named
from desktop_inbox.models.schema import channels, contact_lists, custom_fields, segments, tags, users
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.segment_context import Context

from .base import AnyRow, Repository

_S = segments.c
_ALL = select(segments).order_by(_S.position, _S.name_key, _S.id)
_TAGS = select(tags.c.id, tags.c.name).order_by(tags.c.name_key)
_LISTS = select(contact_lists.c.id, contact_lists.c.name).order_by(contact_lists.c.name_key)
_CHANNELS = select(channels.c.id, channels.c.name, channels.c.kind, channels.c.state).order_by(channels.c.id)
_USERS = select(users.c.id, users.c.name, users.c.active).order_by(users.c.id)
_CUSTOM = select(custom_fields).order_by(custom_fields.c.position, custom_fields.c.id)


class SegmentRepository(Repository):
    """Reads and writes saved segments; who may do what is the service's business."""

    def all(self) -> tuple[Segment, ...]:
        """Every saved segment, in the order of the selector."""
        return tuple(_to_segment(row) for row in self._connection.execute(_ALL))

    def get(self, segment_id: SegmentId) -> Segment | None:
        """The segment, or None."""
        row = self._connection.execute(_ALL.where(_S.id == segment_id)).first()
        return None if row is None else _to_segment(row)

    def by_name(self, name: str) -> Segment | None:
        """The segment of this name, whatever its case and accents, or None."""
        row = self._connection.execute(_ALL.where(_S.name_key == fold(name))).first()
        return None if row is None else _to_segment(row)

    def count(self) -> int:
        """How many there are."""
        return int(self._connection.execute(select(func.count()).select_from(segments)).scalar_one())

    def add(self, name: str, group: Group, *, shared: bool, pinned: bool, created_by: UserId) -> Segment:
        """Save a filter behind all others."""
        last = self._connection.execute(select(func.coalesce(func.max(_S.position), 0))).scalar_one()
        now = self._work.now()
        statement = insert(segments).values(
            name=name,
            name_key=fold(name),
            filter=to_json(group),
            shared=shared,
            pinned=pinned,
            position=last + 1,
            created_by_id=created_by,
            created_at=now,
            updated_at=now,
        )
        key = self._connection.execute(statement.returning(_S.id)).scalar_one()
        self._work.announce(SegmentsChanged())
        made = self.get(SegmentId(key))
        assert made is not None  # noqa: S101 - just inserted
        return made

    def change(self, segment_id: SegmentId, **values: Any) -> None:
        """Set columns: name, filter (a group), shared, pinned, position, broken."""
        if "name" in values:
            values["name_key"] = fold(values["name"])
        if "filter" in values:
            values["filter"] = to_json(values["filter"])
        statement = update(segments).where(_S.id == segment_id).values(**values, updated_at=self._work.now())
        self._connection.execute(statement)
        self._work.announce(SegmentsChanged())

    def delete(self, segment_id: SegmentId) -> None:
        """Remove a segment."""
        self._connection.execute(delete(segments).where(_S.id == segment_id))
        self._work.announce(SegmentsChanged())

    def catalogue(self, *, visible_to: UserId | None = None) -> Catalogue:
        """Everything that filters can speak of, as it is now; of segments only what a user sees, where one is given.
        Channels that were removed keep their history."""
        ask = self._connection.execute
        known = select(_S.id, _S.name).order_by(_S.name_key)
        if visible_to is not None:
            known = known.where(or_(_S.shared.is_(True), _S.created_by_id == visible_to))
        carriers = ask(_CHANNELS).all()
        return Catalogue(
            custom=tuple(
                CustomColumn(
                    id=row.id,
                    slug=row.slug,
                    name=row.name,
                    kind=row.kind,
                    choices=tuple(row.options.get("choices", ())),
                )
                for row in ask(_CUSTOM)
            ),
            tags=_named(ask(_TAGS).all()),
            lists=_named(ask(_LISTS).all()),
            channels=tuple(Named(id=row.id, name=row.name, active=row.state != "removed") for row in carriers),
            users=tuple(Named(id=row.id, name=row.name, active=bool(row.active)) for row in ask(_USERS)),
            segments=_named(ask(known).all()),
            channel_kinds=tuple(sorted({row.kind for row in carriers})),
        )

    def context(self, *, zone: tzinfo, me: UserId | None) -> Context:
        """What working out a filter needs, at this moment; ``me`` is None where nobody asks."""
        known: Mapping[SegmentId, Segment] = {segment.id: segment for segment in self.all()}
        return Context(catalogue=self.catalogue(), now=self._work.now(), zone=zone, me=me, segments=known)

    def visible_to(self, user_id: UserId) -> tuple[Segment, ...]:
        """What a user sees: shared ones, and their own."""
        query = _ALL.where(or_(_S.shared.is_(True), _S.created_by_id == user_id))
        return tuple(_to_segment(row) for row in self._connection.execute(query))

    def break_all(self, segment_ids: Sequence[SegmentId], missing: str) -> None:
        """Note what segments need that does not exist any more; from now on they match nothing."""
        if segment_ids:
            self._connection.execute(update(segments).where(_S.id.in_(list(segment_ids))).values(broken=missing[:500]))
            self._work.announce(SegmentsChanged())


def _named(rows: Sequence[AnyRow]) -> tuple[Named, ...]:
    return tuple(Named(id=row.id, name=row.name) for row in rows)


def _to_segment(row: AnyRow) -> Segment:
    segment = Segment(
        id=SegmentId(row.id),
        name=row.name,
        filter=EVERYBODY,
        shared=bool(row.shared),
        pinned=bool(row.pinned),
        position=row.position,
        broken=row.broken,
        created_by_id=UserId(row.created_by_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    try:
        return replace(segment, filter=from_json(row.filter))
    except ValueError:  # written by a newer program
        return replace(segment, broken=segment.broken or "a newer version of the program")
