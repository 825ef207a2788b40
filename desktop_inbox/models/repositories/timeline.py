"""The timeline: messages, events and calls of a conversation in one order, read by place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, insert, select

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.entities.timeline import ActorKind, ConversationEvent, TimelineEntry, TimelinePage
from desktop_inbox.models.schema import calls, conversation_events, conversations, messages, users

from .base import AnyRow, Repository
from .calls import to_call
from .prepared import Prepared

_MESSAGES = select(messages, users.c.name.label("sender_name")).outerjoin(users, users.c.id == messages.c.sender_id)
_SOURCES: tuple[tuple[Any, Select[Any]], ...] = (
    (messages, _MESSAGES),
    (conversation_events, select(conversation_events)),
    (calls, select(calls)),
)


def _older(table: Any, query: Select[Any]) -> Select[Any]:
    here = table.c.conversation_id == bindparam("conversation_id")
    return query.where(here, table.c.id < bindparam("place")).order_by(table.c.id.desc()).limit(bindparam("limit"))


def _newer(table: Any, query: Select[Any]) -> Select[Any]:
    here = table.c.conversation_id == bindparam("conversation_id")
    return query.where(here, table.c.id >= bindparam("place")).order_by(table.c.id).limit(bindparam("limit"))


_OLDER = tuple(_older(*source) for source in _SOURCES)
_NEWER = tuple(_newer(*source) for source in _SOURCES)

# What happens in one transaction happens in one millisecond: an event comes behind what caused it.
_LAST_EVENT = (
    select(func.max(conversation_events.c.id))
    .where(conversation_events.c.conversation_id == conversations.c.id)
    .correlate(conversations)
    .scalar_subquery()
)
_LASTS = select(
    conversations.c.id,
    case(
        (conversations.c.last_entry_id > func.coalesce(_LAST_EVENT, 0), conversations.c.last_entry_id),
        else_=_LAST_EVENT,
    ).label("last"),
).where(conversations.c.id.in_(bindparam("ids", expanding=True)))
_AT_ONCE = 1000  # conversations in one statement
_ADD = Prepared(insert(conversation_events))


class TimelineRepository(Repository):
    """Pages of entries, oldest first; a place is an entry id."""

    def before(self, conversation_id: ConversationId, place: int, limit: int) -> TimelinePage:
        """The ``limit`` entries just before ``place`` (exclusive)."""
        rows, more = self._rows(_OLDER, conversation_id, place, limit)
        return self._page(conversation_id, rows[::-1], has_older=more, has_newer=True)

    def since(self, conversation_id: ConversationId, place: int, limit: int) -> TimelinePage:
        """The ``limit`` entries from ``place`` (inclusive) on."""
        rows, more = self._rows(_NEWER, conversation_id, place, limit)
        return self._page(conversation_id, rows, has_older=True, has_newer=more)

    def entries(self, ids: Sequence[EntryId]) -> tuple[TimelineEntry, ...]:
        """Those of ``ids`` that exist, oldest first."""
        found: list[TimelineEntry] = list(self._work.messages.many(ids))
        query = select(conversation_events).where(conversation_events.c.id.in_(list(ids)))
        found += [_to_event(row) for row in self._connection.execute(query)]
        found += [to_call(row) for row in self._connection.execute(select(calls).where(calls.c.id.in_(list(ids))))]
        return tuple(sorted(found, key=lambda entry: entry.id))

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
        found = self._connection.execute(_LASTS, {"ids": list(conversation_ids)})
        last = {row.id: row.last or 0 for row in found}
        keys = self._work.draw_entry_ids([(at, last.get(key, 0)) for key in conversation_ids], conversation_events)
        rows = [
            {"id": key, "conversation_id": conversation_id, "kind": kind, **actor}
            for key, conversation_id in zip(keys, conversation_ids, strict=True)
        ]
        _ADD.run(self._connection, rows)
        for key, conversation_id in zip(keys, conversation_ids, strict=True):
            self._work.announce(TimelineEntryAdded(entry_id=key, conversation_id=conversation_id))
        return keys

    def _rows(
        self, queries: tuple[Select[Any], ...], conversation_id: ConversationId, place: int, limit: int
    ) -> tuple[list[tuple[int, AnyRow]], bool]:
        values = {"conversation_id": conversation_id, "place": place, "limit": limit + 1}
        rows = [
            (source, row) for source, query in enumerate(queries) for row in self._connection.execute(query, values)
        ]
        rows.sort(key=lambda item: item[1].id, reverse=queries is _OLDER)
        return rows[:limit], len(rows) > limit

    def _page(
        self, conversation_id: ConversationId, rows: list[tuple[int, AnyRow]], *, has_older: bool, has_newer: bool
    ) -> TimelinePage:
        complete = iter(self._work.messages.complete([row for source, row in rows if source == 0]))
        entries: list[TimelineEntry] = []
        for source, row in rows:
            if source == 0:
                entries.append(next(complete))
            else:
                entries.append(_to_event(row) if source == 1 else to_call(row))
        return TimelinePage(
            conversation_id=conversation_id, entries=tuple(entries), has_older=has_older, has_newer=has_newer
        )


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
