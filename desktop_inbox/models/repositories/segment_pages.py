"""Conversations and contacts of a filter: pages, counts and ids."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from desktop_inbox.models import segment_sql
from desktop_inbox.models.entities.conversation import ConversationSummary, ViewCount
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.models.schema import contacts, conversations
from desktop_inbox.models.segment_context import Context, problem

from .base import Repository

T = TypeVar("T")

_C, _V = contacts.c, conversations.c
_SILENT_LIMIT = 1000  # conversations in which nothing was said yet; all shown at the end of the last page
#: Of so many of the newest conversations the contacts are looked up one by one; a set of all 100,000 takes 90 ms.
_NEAR = 2000
_NEWEST = conversations.alias("newest")
_PEOPLE = contacts.outerjoin(conversations, _V.contact_id == _C.id)


class SegmentPageRepository(Repository):
    """Asks the compiled form of a filter. A broken filter has nobody."""

    def page(
        self, group: Group, context: Context, *, user_id: int, before: EntryId | None, limit: int
    ) -> Page[ConversationSummary]:
        """``limit`` summaries of a filter, newest first, after the place ``before``."""
        rows = self._places(group, context, before, limit + 1)
        has_more, shown = len(rows) > limit, rows[:limit]
        if has_more and not shown[-1][0]:
            # Nothing was said there yet, so they have no places of their own: all at once, at the end.
            shown = [row for row in shown if row[0]]
            silent = self._ids(group, context).where(_V.place_id == 0).order_by(_V.id.desc()).limit(_SILENT_LIMIT)
            shown += [(0, row[0]) for row in self._connection.execute(silent)]
            has_more = False
        ids = [ConversationId(row[1]) for row in shown]
        return Page(items=self._work.conversations.summaries(ids, user_id=user_id) if ids else (), has_more=has_more)

    def among(self, ids: Sequence[ConversationId], group: Group, context: Context) -> tuple[ConversationId, ...]:
        """Those of ``ids`` that belong to a filter."""
        query = self._ids(group, context).where(_V.id.in_(list(ids)))
        return tuple(ConversationId(row[0]) for row in self._connection.execute(query))

    def count(self, group: Group, context: Context) -> ViewCount:
        """Contacts with a conversation in a filter, and how many of them have something unread."""
        query = select(func.count(), func.count().filter(_V.unread_count > 0)).select_from(conversations)
        total, unread = self._connection.execute(query.where(self._condition(group, context))).one()
        return ViewCount(total=total, unread=unread)

    def counts(self, groups: Mapping[T, Group], context: Context) -> Mapping[T, ViewCount]:
        """The same for many filters."""
        return {key: self.count(group, context) for key, group in groups.items()}

    def count_up_to(self, group: Group, context: Context, cap: int) -> int:
        """How many conversations belong to a filter, counted no further than ``cap``."""
        some = self._ids(group, context).limit(cap).subquery()
        return int(self._connection.execute(select(func.count()).select_from(some)).scalar_one())

    def ids(self, group: Group, context: Context) -> tuple[ConversationId, ...]:
        """Every conversation of a filter, in the order of the list."""
        query = self._ids(group, context).order_by(_V.place_id.desc(), _V.id.desc())
        return tuple(ConversationId(row[0]) for row in self._connection.execute(query))

    def contacts(self, group: Group, context: Context) -> tuple[ContactId, ...]:
        """Every contact of a filter, whether spoken to or not, by id."""
        condition = segment_sql.of_contacts(group, context, dialect=self._dialect)
        query = select(_C.id).select_from(_PEOPLE).where(condition, _C.merged_into_id.is_(None)).order_by(_C.id)
        return tuple(ContactId(row[0]) for row in self._connection.execute(query))

    def count_contacts(self, group: Group, context: Context) -> int:
        """How many contacts belong to a filter, whether spoken to or not."""
        condition = segment_sql.of_contacts(group, context, dialect=self._dialect)
        query = select(func.count()).select_from(_PEOPLE).where(condition, _C.merged_into_id.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def _condition(self, group: Group, context: Context) -> ColumnElement[bool]:
        return segment_sql.of_conversations(group, context, dialect=self._dialect)

    def _ids(self, group: Group, context: Context) -> Select[Any]:
        return select(_V.id).where(self._condition(group, context))

    def _places(self, group: Group, context: Context, before: EntryId | None, limit: int) -> list[tuple[int, int]]:
        """Places and ids of the first rows. The indexes in the order of the list hold either what is archived or what
        is not; where both may match, the first of each are put together, which reads 2 x ``limit`` rows at most. Where
        the contacts come first, those indexes are of no use, and it is asked once."""
        if problem(group, context):
            return []
        archived = segment_sql.forced_archived(group, context)
        parts = (False, True) if archived is None else (archived,)
        if segment_sql.is_of_columns(group, context):
            near = [self._near_places(group, context, part, before, limit) for part in parts]
            if all(len(found) == limit for found in near):
                return sorted(itertools.chain(*near), reverse=True)[:limit]
        if segment_sql.begins_with_contacts(group, context):
            return self._all_places(group, context, true() if before is None else _V.place_id < before, limit)
        found = [self._all_places(group, context, _listed(_V, part, before), limit) for part in parts]
        return sorted(itertools.chain(*found), reverse=True)[:limit]

    def _all_places(
        self, group: Group, context: Context, here: ColumnElement[bool], limit: int
    ) -> list[tuple[int, int]]:
        query = select(_V.place_id, _V.id).where(self._condition(group, context), here)
        query = query.order_by(_V.place_id.desc(), _V.id.desc()).limit(limit)
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def _near_places(
        self, group: Group, context: Context, archived: bool, before: EntryId | None, limit: int
    ) -> list[tuple[int, int]]:
        """The same of the newest conversations only: whole when it has ``limit`` rows, as most filters do."""
        newest = _NEWEST.c
        near = select(newest.id).where(_listed(newest, archived, before))
        near = near.order_by(newest.place_id.desc(), newest.id.desc()).limit(_NEAR)
        condition = segment_sql.of_contacts(group, context, dialect=self._dialect)
        query = select(_V.place_id, _V.id).select_from(conversations.join(contacts, _V.contact_id == _C.id))
        query = query.where(_V.id.in_(near), condition).order_by(_V.place_id.desc(), _V.id.desc()).limit(limit)
        return [(row[0], row[1]) for row in self._connection.execute(query)]


def _listed(columns: Any, archived: bool, before: EntryId | None) -> ColumnElement[bool]:
    """What stands in one of the two indexes in the order of the list, after a place."""
    here: ColumnElement[bool] = columns.archived_at.is_not(None) if archived else columns.archived_at.is_(None)
    return here if before is None else and_(here, columns.place_id < before)
