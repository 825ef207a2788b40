"""The state of conversations: who has them, whether they are done, snoozed, pinned; for one or for thousands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from desktop_inbox.models.entities.conversation import ConversationStatus, Priority, View
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.schema import conversations, users

from .base import AnyRow, Repository
from .conversations import CONDITIONS
from .list_columns import PIN

_C = conversations.c
_AT_ONCE = 1000  # ids in one statement
_MANY = 50  # from so many on, lists are read again instead of row by row
_DUE = (
    select(_C.id).where(_C.snoozed_until <= bindparam("at", type_=_C.snoozed_until.type)).order_by(_C.snoozed_until)
).limit(bindparam("limit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the rules of a conversation's state look at. Valid inside one transaction."""

    id: ConversationId
    contact_id: ContactId
    status: ConversationStatus
    assignee_id: UserId | None
    assignee_name: str
    snoozed_at: datetime | None
    snoozed_until: datetime | None
    returned_at: datetime | None
    archived_at: datetime | None
    pinned: bool
    priority: Priority
    unread_count: int
    has_inbound: bool


class StateRepository(Repository):
    """Reads and sets columns of many conversations at once."""

    def lock(self, ids: Sequence[ConversationId]) -> tuple[State, ...]:
        """Those of ``ids`` that exist, in the order of their ids; on a server nobody else changes them until the
        transaction ends."""
        found: list[State] = []
        for chunk in _chunks(sorted(set(ids))):
            query = (
                select(conversations, users.c.name.label("assignee_name"))
                .outerjoin(users, users.c.id == _C.assignee_id)
                .where(_C.id.in_(chunk))
                .order_by(_C.id)
            )
            found += [_to_state(row) for row in self._connection.execute(query.with_for_update(of=conversations))]
        return tuple(found)

    def set(self, ids: Sequence[ConversationId], **values: Any) -> None:
        """Set columns by name and announce the conversations."""
        for chunk in _chunks(list(ids)):
            self._connection.execute(update(conversations).where(_C.id.in_(chunk)).values(**values))
        self.announce(ids)

    def bring_up(self, ids: Sequence[ConversationId], places: Sequence[EntryId]) -> None:
        """Put conversations at new places of the list; pinned ones stay above all others."""
        statement = update(conversations).where(_C.id == bindparam("of_id"))
        statement = statement.values(place_id=bindparam("place", type_=_C.place_id.type) + PIN)
        rows = [{"of_id": key, "place": place} for key, place in zip(ids, places, strict=True)]
        if rows:
            self._connection.execute(statement, rows)
        self.announce(ids)

    def set_pinned(self, ids: Sequence[ConversationId], *, pinned: bool) -> None:
        """Put conversations that are not pinned above all others, or pinned ones back in their order."""
        self.set(ids, place_id=_C.place_id - PIN)
        self.set(ids, pinned=pinned)
        self.set(ids, place_id=_C.place_id + PIN)

    def snooze_due(self, at: datetime, *, limit: int = 500) -> tuple[ConversationId, ...]:
        """Conversations whose snooze ends now or ended before, the earliest first."""
        keys = self._connection.execute(_DUE, {"at": at, "limit": limit}).scalars()
        return tuple(ConversationId(key) for key in keys)

    def in_view(self, view: View, *, user_id: UserId) -> tuple[ConversationId, ...]:
        """Every conversation of a view, in the order of the list."""
        query = select(_C.id).where(CONDITIONS[view]).order_by(_C.place_id.desc(), _C.id.desc())
        keys = self._connection.execute(query, {"user_id": user_id}).scalars()
        return tuple(ConversationId(key) for key in keys)

    def of_assignee(self, user_id: UserId) -> tuple[ConversationId, ...]:
        """Every conversation that a user has."""
        keys = self._connection.execute(select(_C.id).where(_C.assignee_id == user_id).order_by(_C.id)).scalars()
        return tuple(ConversationId(key) for key in keys)

    def message_count(self, ids: Sequence[ConversationId]) -> int:
        """How many messages these conversations hold."""
        total = 0
        for chunk in _chunks(list(ids)):
            query = select(func.coalesce(func.sum(_C.message_count), 0)).where(_C.id.in_(chunk))
            total += int(self._connection.execute(query).scalar_one())
        return total

    def announce(self, ids: Sequence[ConversationId]) -> None:
        """Tell that list columns changed; of many at once."""
        if len(ids) >= _MANY:
            self._work.announce_in_bulk()
        for key in ids:
            self._work.conversations.announce(key)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _to_state(row: AnyRow) -> State:
    return State(
        id=ConversationId(row.id),
        contact_id=ContactId(row.contact_id),
        status=ConversationStatus(row.status),
        assignee_id=None if row.assignee_id is None else UserId(row.assignee_id),
        assignee_name=row.assignee_name or "",
        snoozed_at=row.snoozed_at,
        snoozed_until=row.snoozed_until,
        returned_at=row.returned_at,
        archived_at=row.archived_at,
        pinned=row.pinned,
        priority=Priority(row.priority),
        unread_count=row.unread_count,
        has_inbound=row.last_inbound_id > 0,
    )
