"""The timeline: messages, events, calls and comments of a conversation in one order, read by place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.comment import AuthorKind
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.timeline import (
    EVENT_KINDS,
    EVERYTHING,
    ActorKind,
    ConversationEvent,
    EventCategory,
    TimelineEntry,
    TimelineFilter,
    TimelinePage,
)
from desktop_inbox.models.schema import calls, comments, conversation_events, conversations, messages, users

from .base import AnyRow, Repository
from .calls import to_call
from .prepared import Prepared

_MESSAGES = select(messages, users.c.name.label("sender_name")).outerjoin(users, users.c.id == messages.c.sender_id)


class _Source(IntEnum):
    """Where an entry comes from."""

    MESSAGE = 0
    EVENT = 1
    CALL = 2
    COMMENT = 3


_TABLES: Mapping[_Source, Any] = {
    _Source.MESSAGE: messages,
    _Source.EVENT: conversation_events,
    _Source.CALL: calls,
    _Source.COMMENT: comments,
}
_Queries = tuple[tuple[_Source, Select[Any]], ...]


def _older(table: Any, query: Select[Any]) -> Select[Any]:
    here = table.c.conversation_id == bindparam("conversation_id")
    return query.where(here, table.c.id < bindparam("place")).order_by(table.c.id.desc()).limit(bindparam("limit"))


def _newer(table: Any, query: Select[Any]) -> Select[Any]:
    here = table.c.conversation_id == bindparam("conversation_id")
    return query.where(here, table.c.id >= bindparam("place")).order_by(table.c.id).limit(bindparam("limit"))


@lru_cache(maxsize=64)
def _queries(wanted: TimelineFilter, *, older: bool, messages_too: bool) -> _Queries:
    """The query of each source that has something wanted, before or from a place on."""
    made: list[tuple[_Source, Select[Any]]] = []
    for source, condition in _conditions(wanted, messages_too=messages_too).items():
        table = _TABLES[source]
        query = _MESSAGES if source is _Source.MESSAGE else select(table)
        if condition is not None:
            query = query.where(condition)
        made.append((source, _older(table, query) if older else _newer(table, query)))
    return tuple(made)


def _conditions(wanted: TimelineFilter, *, messages_too: bool) -> dict[_Source, ColumnElement[bool] | None]:
    """What is wanted of each source; those of which nothing is wanted are absent."""
    found: dict[_Source, ColumnElement[bool] | None] = {}
    if messages_too:
        found[_Source.MESSAGE] = None
    if wanted.every_event:
        found[_Source.EVENT] = None
    elif wanted.categories:
        found[_Source.EVENT] = _of_categories(wanted)
    if messages_too or EventCategory.CHANNEL in wanted.categories:
        found[_Source.CALL] = None
    if wanted.comments:
        found[_Source.COMMENT] = None if wanted.notes else comments.c.author_kind == AuthorKind.USER
    return found


def _of_categories(wanted: TimelineFilter) -> ColumnElement[bool]:
    kind = conversation_events.c.kind
    if EventCategory.CONTACT in wanted.categories:  # everything that stands in no other category
        other = [one for category, kinds in EVENT_KINDS.items() if category not in wanted.categories for one in kinds]
        return kind.not_in(other)
    return kind.in_([one for category in sorted(wanted.categories) for one in EVENT_KINDS[category]])


# What happens in one transaction happens in one millisecond: an event comes behind what caused it.
def _last_of(table: Any) -> Any:
    query = select(func.max(table.c.id)).where(table.c.conversation_id == conversations.c.id)
    return func.coalesce(query.correlate(conversations).scalar_subquery(), 0)


_LASTS = select(
    conversations.c.id,
    conversations.c.last_entry_id,
    _last_of(conversation_events).label("last_event_id"),
    _last_of(comments).label("last_comment_id"),
).where(conversations.c.id.in_(bindparam("ids", expanding=True)))
_AT_ONCE = 1000  # conversations in one statement
_ADD = Prepared(insert(conversation_events))


class TimelineRepository(Repository):
    """Pages of entries, oldest first; a place is an entry id."""

    def before(
        self, conversation_id: ConversationId, place: int, limit: int, *, wanted: TimelineFilter = EVERYTHING
    ) -> TimelinePage:
        """The ``limit`` entries just before ``place`` (exclusive)."""
        rows, more = self._rows(conversation_id, place, limit, older=True, wanted=wanted)
        return self._page(conversation_id, rows[::-1], has_older=more, has_newer=True)

    def since(
        self, conversation_id: ConversationId, place: int, limit: int, *, wanted: TimelineFilter = EVERYTHING
    ) -> TimelinePage:
        """The ``limit`` entries from ``place`` (inclusive) on."""
        rows, more = self._rows(conversation_id, place, limit, older=False, wanted=wanted)
        return self._page(conversation_id, rows, has_older=True, has_newer=more)

    def activity(
        self, conversation_id: ConversationId, place: int, limit: int, *, wanted: TimelineFilter
    ) -> Page[TimelineEntry]:
        """What happened beside the messages just before ``place`` (exclusive), newest first."""
        rows, more = self._rows(conversation_id, place, limit, older=True, wanted=wanted, messages_too=False)
        return Page(items=self._entries(rows), has_more=more)

    def event_kinds(self, conversation_id: ConversationId) -> tuple[str, ...]:
        """Kinds of events that a conversation has."""
        query = select(conversation_events.c.kind).where(conversation_events.c.conversation_id == conversation_id)
        return tuple(self._connection.execute(query.distinct().order_by(conversation_events.c.kind)).scalars())

    def entries(self, ids: Sequence[EntryId]) -> tuple[TimelineEntry, ...]:
        """Those of ``ids`` that exist, oldest first."""
        found: list[TimelineEntry] = list(self._work.messages.many(ids))
        query = select(conversation_events).where(conversation_events.c.id.in_(list(ids)))
        found += [_to_event(row) for row in self._connection.execute(query)]
        found += [to_call(row) for row in self._connection.execute(select(calls).where(calls.c.id.in_(list(ids))))]
        found += self._work.comments.many(ids)
        return tuple(sorted(found, key=lambda entry: entry.id))

    def last_id(self, conversation_id: ConversationId) -> int:
        """The last entry of any kind; 0 where there is none."""
        return self._lasts((conversation_id,)).get(conversation_id, 0)

    def add_event(
        self,
        conversation_id: ConversationId,
        kind: str,
        *,
        actor_kind: ActorKind,
        actor_id: UserId | None = None,
        actor_name: str = "",
        details: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> EntryId:
        """Append an event of this moment, or of ``at``; it does not move the conversation in the list (S2-15)."""
        actor = {"actor_kind": actor_kind, "actor_id": actor_id, "actor_name": actor_name, "details": details or {}}
        (key,) = self._add((conversation_id,), kind, at or self._work.now(), actor)
        return key

    def add_events(
        self,
        conversation_ids: Sequence[ConversationId],
        kind: str,
        *,
        actor_kind: ActorKind,
        actor_id: UserId | None = None,
        actor_name: str = "",
        details: Mapping[str, str] | None = None,
    ) -> list[EntryId]:
        """Append an event of this moment to each of many conversations, of which none is named twice; returns
        the events in the same order."""
        actor = {"actor_kind": actor_kind, "actor_id": actor_id, "actor_name": actor_name, "details": details or {}}
        keys: list[EntryId] = []
        for start in range(0, len(conversation_ids), _AT_ONCE):
            keys += self._add(conversation_ids[start : start + _AT_ONCE], kind, self._work.now(), actor)
        return keys

    def _add(
        self, conversation_ids: Sequence[ConversationId], kind: str, at: datetime, actor: Mapping[str, Any]
    ) -> list[EntryId]:
        last = self._lasts(conversation_ids)
        keys = self._work.draw_entry_ids([(at, last.get(key, 0)) for key in conversation_ids], conversation_events)
        rows = [
            {"id": key, "conversation_id": conversation_id, "kind": kind, **actor}
            for key, conversation_id in zip(keys, conversation_ids, strict=True)
        ]
        _ADD.run(self._connection, rows)
        for key, conversation_id in zip(keys, conversation_ids, strict=True):
            self._work.announce(TimelineEntryAdded(entry_id=key, conversation_id=conversation_id))
        return keys

    def _lasts(self, conversation_ids: Sequence[ConversationId]) -> dict[int, int]:
        found = self._connection.execute(_LASTS, {"ids": list(conversation_ids)})
        return {row.id: max(row.last_entry_id, row.last_event_id, row.last_comment_id) for row in found}

    def _rows(
        self,
        conversation_id: ConversationId,
        place: int,
        limit: int,
        *,
        older: bool,
        wanted: TimelineFilter,
        messages_too: bool = True,
    ) -> tuple[list[tuple[_Source, AnyRow]], bool]:
        values = {"conversation_id": conversation_id, "place": place, "limit": limit + 1}
        queries = _queries(wanted, older=older, messages_too=messages_too)
        rows = [(source, row) for source, query in queries for row in self._connection.execute(query, values)]
        rows.sort(key=lambda item: item[1].id, reverse=older)
        return rows[:limit], len(rows) > limit

    def _page(
        self, conversation_id: ConversationId, rows: list[tuple[_Source, AnyRow]], *, has_older: bool, has_newer: bool
    ) -> TimelinePage:
        return TimelinePage(
            conversation_id=conversation_id, entries=self._entries(rows), has_older=has_older, has_newer=has_newer
        )

    def _entries(self, rows: list[tuple[_Source, AnyRow]]) -> tuple[TimelineEntry, ...]:
        said = iter(self._work.messages.complete([row for source, row in rows if source is _Source.MESSAGE]))
        noted = iter(self._work.comments.complete([row for source, row in rows if source is _Source.COMMENT]))
        make: Mapping[_Source, Callable[[AnyRow], TimelineEntry]] = {
            _Source.MESSAGE: lambda _row: next(said),
            _Source.EVENT: _to_event,
            _Source.CALL: to_call,
            _Source.COMMENT: lambda _row: next(noted),
        }
        return tuple(make[source](row) for source, row in rows)


def _to_event(row: AnyRow) -> ConversationEvent:
    return ConversationEvent(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        kind=row.kind,
        actor_kind=ActorKind(row.actor_kind),
        actor_id=None if row.actor_id is None else UserId(row.actor_id),
        actor_name=row.actor_name,
        details=row.details,
    )
