"""Conversations: the list, and the list columns kept beside every entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from desktop_inbox.events import ConversationChanged
from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.conversation import (
    ConversationStatus,
    ConversationSummary,
    EntryKind,
    View,
    ViewCount,
)
from desktop_inbox.models.entities.ids import (
    ContactId,
    ConversationId,
    EntryId,
)
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.schema import (
    calls,
    conversations,
    messages,
)

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing
from .list_columns import APPLY_IN, APPLY_OUT, MARK_READ, MISSED, PIN, UNREAD_QUERIES
from .messages import snippet_of
from .summaries import SUMMARY, to_summary

_C = conversations.c
_ROW = select(conversations).where(_C.id == bindparam("id"))
_ACTIVE = _C.archived_at.is_(None)
_OPEN = and_(_ACTIVE, _C.snoozed_at.is_(None))
_TROUBLE: list[ColumnElement[str]] = [
    literal_column(f"'{status}'") for status in ("failed", "undelivered", "unknown", "blocked", "expired")
]

#: What belongs to each view; the partial indexes of the schema have the same conditions. Constants are written
#: out, as SQLite takes a partial index only when it sees them.
CONDITIONS: Mapping[View, ColumnElement[bool]] = {
    View.ALL: _ACTIVE,
    View.MINE: and_(_OPEN, _C.assignee_id == bindparam("user_id")),
    View.NEW: and_(_OPEN, _C.status == literal_column("'pending'"), _C.assignee_id.is_(None)),
    View.UNASSIGNED: and_(_OPEN, _C.assignee_id.is_(None)),
    View.UNREAD: and_(_ACTIVE, _C.unread_count > literal_column("0")),
    View.SNOOZED: and_(_ACTIVE, _C.snoozed_at.is_not(None)),
    View.DONE: and_(_ACTIVE, _C.status == literal_column("'done'")),
    View.WAITING: and_(_ACTIVE, _C.waiting_since.is_not(None)),
    View.FAILED: and_(_ACTIVE, _C.last_status.in_(_TROUBLE)),
    View.ARCHIVED: _C.archived_at.is_not(None),
}

# Places come from entry ids, which are unique, so the place alone is enough; only where nothing was said yet
# they are all 0.
_BEFORE = _C.place_id < bindparam("before")
_ORDER = (_C.place_id.desc(), _C.id.desc())

_AT_ONCE = 1000  # ids in one statement
_SILENT_LIMIT = 1000  # conversations in which nothing was said yet; all shown at the end of the last page

_PAGES = {
    view: (
        SUMMARY.where(condition).order_by(*_ORDER).limit(bindparam("limit")),
        SUMMARY.where(condition, _BEFORE).order_by(*_ORDER).limit(bindparam("limit")),
        SUMMARY.where(condition, _C.place_id == 0).order_by(_C.id.desc()).limit(_SILENT_LIMIT),
    )
    for view, condition in CONDITIONS.items()
}
_COUNTS = {
    view: select(func.count().label("total"), func.count().filter(_C.unread_count > 0).label("unread")).where(condition)
    for view, condition in CONDITIONS.items()
    if view not in (View.ALL, View.UNASSIGNED, View.DONE)
}
# Views that are most of the table are counted together, over an index that has everything they ask for.
_UNREAD_ROW = _C.unread_count > 0
_COUNT_LARGE = select(
    func.count().label("all_total"),
    func.count().filter(_UNREAD_ROW).label("all_unread"),
    func.count().filter(_C.assignee_id.is_(None), _C.snoozed_at.is_(None)).label("unassigned_total"),
    func.count().filter(_C.assignee_id.is_(None), _C.snoozed_at.is_(None), _UNREAD_ROW).label("unassigned_unread"),
    func.count().filter(_C.status == "done").label("done_total"),
    func.count().filter(_C.status == "done", _UNREAD_ROW).label("done_unread"),
).where(_ACTIVE)
_COUNTS_OF = select(
    func.count().label("message_count"),
    func.coalesce(func.min(messages.c.id), 0).label("first_entry_id"),
    func.coalesce(func.max(case((messages.c.direction == "out", messages.c.id))), 0).label("last_outbound_id"),
).where(messages.c.conversation_id == bindparam("id"))
_BY_IDS = SUMMARY.where(_C.id.in_(bindparam("ids", expanding=True)))

_PLACES = select(_C.id, _C.read_up_to_id, _C.waiting_since, _C.archived_at, _C.status).where(
    _C.id.in_(bindparam("ids", expanding=True))
)


class ConversationRepository(Repository):
    """One conversation per contact. Every list column changes in the transaction of its entry."""

    def of_contact(self, contact_id: ContactId, *, read_up_to: int = 0) -> ConversationId:
        """The contact's conversation, made when it has none; entries up to ``read_up_to`` count as read."""
        here = select(_C.id).where(_C.contact_id == contact_id)
        key = self._connection.execute(here).scalar()
        if key is None:
            statement = or_nothing(insert_into(self._connection, conversations), "contact_id").values(
                contact_id=contact_id,
                last_kind=EntryKind.NONE,
                read_up_to_id=read_up_to,
                created_at=self._work.now(),
            )
            key = self._connection.execute(statement.returning(_C.id)).scalar()
            if key is None:  # another process was faster
                return ConversationId(self._connection.execute(here).scalar_one())
            self.announce(ConversationId(key))
        return ConversationId(key)

    def contact_of(self, conversation_id: ConversationId) -> ContactId | None:
        """The contact on the other side, or None where there is no such conversation."""
        key = self._connection.execute(select(_C.contact_id).where(_C.id == conversation_id)).scalar()
        return None if key is None else ContactId(key)

    def existing(
        self, ids: Sequence[ConversationId], *, contact_ids: Sequence[ContactId] = ()
    ) -> tuple[ConversationId, ...]:
        """Those of ``ids`` that exist, and the conversations of these contacts, in the order of their ids."""
        found: set[int] = set()
        for column, keys in ((_C.id, list(ids)), (_C.contact_id, list(contact_ids))):
            for start in range(0, len(keys), _AT_ONCE):
                chunk = keys[start : start + _AT_ONCE]
                found.update(self._connection.execute(select(_C.id).where(column.in_(chunk))).scalars())
        return tuple(ConversationId(key) for key in sorted(found))

    def contacts_of(self, ids: Sequence[ConversationId]) -> tuple[ContactId, ...]:
        """The contacts on the other side of these conversations."""
        found: list[ContactId] = []
        for start in range(0, len(ids), _AT_ONCE):
            query = select(_C.contact_id).where(_C.id.in_(list(ids[start : start + _AT_ONCE])))
            found += [ContactId(key) for key in self._connection.execute(query).scalars()]
        return tuple(found)

    def has_said(self, contact_id: ContactId) -> bool:
        """Whether anything was said or called in the contact's conversation."""
        query = select(_C.id).where(_C.contact_id == contact_id, _C.last_entry_id > 0)
        return self._connection.execute(query).first() is not None

    def row(self, conversation_id: ConversationId) -> AnyRow | None:
        """All columns, for the rules of services; None when absent. Never leaves a transaction."""
        return self._connection.execute(_ROW, {"id": conversation_id}).first()

    def page(self, view: View, *, user_id: int, before: EntryId | None, limit: int) -> Page[ConversationSummary]:
        """``limit`` summaries, newest first, after the place ``before`` (a last entry id)."""
        first, further, silent = _PAGES[view]
        values: dict[str, Any] = {"user_id": user_id, "limit": limit + 1}
        if before is None:
            rows = self._connection.execute(first, values).all()
        else:
            rows = self._connection.execute(further, values | {"before": before}).all()
        has_more, shown = len(rows) > limit, list(rows[:limit])
        if has_more and not shown[-1].place_id:
            shown = [row for row in shown if row.place_id]
            shown += self._connection.execute(silent, {"user_id": user_id}).all()
            has_more = False
        return Page(items=tuple(to_summary(row) for row in shown), has_more=has_more)

    def summaries(
        self, ids: Sequence[ConversationId], *, user_id: int, view: View | None = None
    ) -> tuple[ConversationSummary, ...]:
        """Those of ``ids`` that exist (and belong to ``view``), newest first."""
        query = _BY_IDS if view is None else _BY_IDS.where(CONDITIONS[view])
        rows = self._connection.execute(query.order_by(*_ORDER), {"user_id": user_id, "ids": list(ids)}).all()
        return tuple(to_summary(row) for row in rows)

    def counts(self, *, user_id: int) -> dict[View, ViewCount]:
        """Contacts in each view, and how many of them have something unread."""
        here = {"user_id": user_id}
        found = {view: self._connection.execute(query, here).one() for view, query in _COUNTS.items()}
        large = self._connection.execute(_COUNT_LARGE).one()
        return {
            View.ALL: ViewCount(total=large.all_total, unread=large.all_unread),
            View.UNASSIGNED: ViewCount(total=large.unassigned_total, unread=large.unassigned_unread),
            View.DONE: ViewCount(total=large.done_total, unread=large.done_unread),
            **{view: ViewCount(total=row.total, unread=row.unread) for view, row in found.items()},
        }

    def next_unread(self, place: tuple[EntryId, ConversationId] | None, *, forward: bool) -> ConversationId | None:
        """The next unread conversation below (``forward``) or above a place in the list."""
        query = select(_C.id).where(CONDITIONS[View.UNREAD]).limit(1)
        if place is not None:
            here = (_C.place_id, _C.id)
            beyond = (
                or_(here[0] < place[0], and_(here[0] == place[0], here[1] < place[1]))
                if forward
                else or_(here[0] > place[0], and_(here[0] == place[0], here[1] > place[1]))
            )
            query = query.where(beyond)
        order = _ORDER if forward else (_C.place_id, _C.id)
        key = self._connection.execute(query.order_by(*order)).scalar()
        return None if key is None else ConversationId(key)

    def apply_inbound_many(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Bring the list columns up to date with inbound messages; an older one only counts, see ``show_late``."""
        APPLY_IN.run(self._connection, rows)

    def show_late(self, earliest: Mapping[ConversationId, tuple[EntryId, datetime]]) -> None:
        """Bring back conversations in which something arrived that lies before the place up to which they were
        read, or that were archived: nobody has seen it. ``earliest`` has the first arrival of each; call it
        after ``apply_inbound_many``, which holds their rows."""
        rows = self._connection.execute(_PLACES, {"ids": list(earliest)}).all()
        for row in rows:
            conversation_id = ConversationId(row.id)
            entry_id, at = earliest[conversation_id]
            if entry_id > row.read_up_to_id and row.archived_at is None:
                continue
            if row.status == ConversationStatus.DONE:
                self._work.timeline.add_event(
                    conversation_id, "marked_pending", actor_kind=ActorKind.AUTOMATION, details={"cause": "inbound"}
                )
            self.change(
                conversation_id,
                read_up_to_id=min(row.read_up_to_id, entry_id - 1),
                waiting_since=row.waiting_since or at,
                archived_at=None,
                status=ConversationStatus.PENDING,
            )
            self.change(conversation_id, unread_count=self.count_unread(conversation_id))

    def apply_outbound_many(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Bring the list columns up to date with outbound messages: conversation, entry_id, answers (a
        person wrote it) and the new_... columns of each."""
        APPLY_OUT.run(self._connection, rows)

    def apply_status(self, conversation_id: ConversationId, entry_id: EntryId, status: DeliveryStatus) -> None:
        """Show the status of the last message; that of an earlier one is not shown."""
        statement = update(conversations).where(_C.id == conversation_id, _C.last_entry_id == entry_id)
        self._connection.execute(statement.values(last_status=status))

    def apply_call(self, call: Call) -> None:
        """Bring the list columns up to date with a call; a missed one counts as unread."""
        values: dict[str, Any] = {}
        row = self.row(call.conversation_id)
        assert row is not None  # noqa: S101 - foreign key
        if call.missed and call.id > row.read_up_to_id:
            values["unread_count"] = row.unread_count + 1
        if call.id >= row.last_entry_id:
            values |= {
                "last_entry_id": call.id,
                "last_direction": call.direction,
                "last_kind": EntryKind.MISSED_CALL if call.missed else EntryKind.CALL,
                "last_status": None,
                "snippet": "",
                "last_channel_id": call.channel_id,
                "archived_at": None,
            }
        if values:
            self.change(call.conversation_id, **values)

    def show_last(self, conversation_id: ConversationId, *, after_removing: EntryId) -> None:
        """Show what is last now that an outbound message is gone."""
        self._recount(conversation_id)
        row = self.row(conversation_id)
        if row is None or row.last_entry_id != after_removing:
            return
        here = [table.c.conversation_id == conversation_id for table in (messages, calls)]
        last = self._connection.execute(select(messages).where(here[0]).order_by(messages.c.id.desc()).limit(1)).first()
        call = self._connection.execute(select(func.max(calls.c.id)).where(here[1])).scalar()
        if last is None or last.id < (call or 0):  # a call follows: its own place is that of the list
            values = {"last_entry_id": call or 0, "last_kind": EntryKind.CALL, "last_status": None, "snippet": ""}
            self.change(conversation_id, **values)
            return
        self.change(
            conversation_id,
            last_entry_id=last.id,
            last_direction=last.direction,
            last_channel_id=last.channel_id,
            last_status=last.status if last.direction == "out" else None,
            last_kind=EntryKind.TEXT if last.text.strip() else row.last_kind,
            snippet=snippet_of(last.text),
        )

    def _recount(self, conversation_id: ConversationId) -> None:
        found = self._connection.execute(_COUNTS_OF, {"id": conversation_id}).one()
        statement = update(conversations).where(_C.id == conversation_id)
        self._connection.execute(statement.values(**found._mapping))

    def pass_over(self, conversation_id: ConversationId, entry_id: EntryId) -> None:
        """An entry of a blocked contact came: nothing moves, and nothing of theirs counts as unread."""
        statement = update(conversations).where(_C.id == conversation_id, _C.read_up_to_id < entry_id)
        self._connection.execute(statement.values(read_up_to_id=entry_id, unread_count=0))

    def mark_read(self, conversation_id: ConversationId) -> None:
        """Everything the contact said up to now is read, by everybody (S3-12)."""
        if self._connection.execute(MARK_READ, {"conversation": conversation_id}).rowcount:
            self.announce(conversation_id)

    def mark_unread(self, conversation_id: ConversationId) -> None:
        """The last inbound message counts as unread again; nothing happens where there is none."""
        row = self.row(conversation_id)
        if row is not None and row.last_inbound_id and not row.unread_count:
            self.change(conversation_id, read_up_to_id=row.last_inbound_id - 1)
            self.change(conversation_id, unread_count=self.count_unread(conversation_id))

    def first_unread(self, conversation_id: ConversationId) -> EntryId | None:
        """The oldest entry that counts as unread, or None."""
        row = self.row(conversation_id)
        if row is None or not row.unread_count:
            return None
        queries = (
            query.where(table.c.conversation_id == conversation_id, table.c.id > row.read_up_to_id)
            for table, query in UNREAD_QUERIES
        )
        keys = [self._connection.execute(query).scalar() for query in queries]
        return min((EntryId(key) for key in keys if key is not None), default=None)

    def count_unread(self, conversation_id: ConversationId) -> int:
        """Count what ``unread_count`` must be: the truth that `verify` compares with."""
        place = select(_C.read_up_to_id).where(_C.id == conversation_id).scalar_subquery()
        inbound = select(func.count()).where(
            messages.c.conversation_id == conversation_id, messages.c.id > place, messages.c.direction == "in"
        )
        missed = select(func.count()).where(calls.c.conversation_id == conversation_id, calls.c.id > place, MISSED)
        return int(self._connection.execute(inbound).scalar_one()) + int(self._connection.execute(missed).scalar_one())

    def change(self, conversation_id: ConversationId, **values: Any) -> None:
        """Set columns by name and announce it; the place follows the last entry."""
        if "last_entry_id" in values:
            values.setdefault("place_id", literal(values["last_entry_id"], BigInteger) + PIN)
        self._connection.execute(update(conversations).where(_C.id == conversation_id).values(**values))
        self.announce(conversation_id)

    def announce(self, conversation_id: ConversationId) -> None:
        """Tell that list columns changed."""
        self._work.announce(ConversationChanged(conversation_id=conversation_id))
