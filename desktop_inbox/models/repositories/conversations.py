"""Conversations: the list, and the list columns kept beside every entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
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
from .messages import snippet_of
from .prepared import Prepared
from .summaries import SUMMARY, to_summary

_C = conversations.c
_ROW = select(conversations).where(_C.id == bindparam("id"))
_ACTIVE = _C.archived_at.is_(None)
_TROUBLE: list[ColumnElement[str]] = [
    literal_column(f"'{status}'") for status in ("failed", "undelivered", "unknown", "blocked", "expired")
]

#: What belongs to each view; the partial indexes of the schema have the same conditions. Constants are written
#: out, as SQLite takes a partial index only when it sees them.
_CONDITIONS: Mapping[View, ColumnElement[bool]] = {
    View.ALL: _ACTIVE,
    View.UNREAD: and_(_ACTIVE, _C.unread_count > literal_column("0")),
    View.WAITING: and_(_ACTIVE, _C.waiting_since.is_not(None)),
    View.FAILED: and_(_ACTIVE, _C.last_status.in_(_TROUBLE)),
    View.ARCHIVED: _C.archived_at.is_not(None),
}

# Entry ids are unique, so the id alone is the place; only where nothing was said yet they are all 0.
_BEFORE = _C.last_entry_id < bindparam("before")
_ORDER = (_C.last_entry_id.desc(), _C.id.desc())

_SILENT_LIMIT = 1000  # conversations in which nothing was said yet; all shown at the end of the last page

_PAGES = {
    view: (
        SUMMARY.where(condition).order_by(*_ORDER).limit(bindparam("limit")),
        SUMMARY.where(condition, _BEFORE).order_by(*_ORDER).limit(bindparam("limit")),
        SUMMARY.where(condition, _C.last_entry_id == 0).order_by(_C.id.desc()).limit(_SILENT_LIMIT),
    )
    for view, condition in _CONDITIONS.items()
}
_COUNTS = {
    view: select(func.count().label("total"), func.count().filter(_C.unread_count > 0).label("unread")).where(condition)
    for view, condition in _CONDITIONS.items()
    if view is not View.ALL
}
_COUNT = select(func.count()).select_from(conversations)
_BY_IDS = SUMMARY.where(_C.id.in_(bindparam("ids", expanding=True)))

_PLACES = select(_C.id, _C.read_up_to_id, _C.waiting_since, _C.archived_at, _C.status).where(
    _C.id.in_(bindparam("ids", expanding=True))
)

_NEWER = bindparam("entry_id") > _C.last_entry_id


def _when_newer(name: str) -> dict[str, Any]:
    return {name: case((_NEWER, bindparam(f"new_{name}")), else_=_C[name])}


_APPLY_IN = Prepared(
    update(conversations)
    .where(_C.id == bindparam("conversation"))
    .values(
        unread_count=_C.unread_count + case((bindparam("entry_id") > _C.read_up_to_id, 1), else_=0),
        last_entry_id=case((_NEWER, bindparam("entry_id")), else_=_C.last_entry_id),
        **_when_newer("last_direction"),
        **_when_newer("last_kind"),
        **_when_newer("snippet"),
        **_when_newer("last_channel_id"),
        last_status=case((_NEWER, null()), else_=_C.last_status),
        waiting_since=case(
            (and_(_NEWER, _C.waiting_since.is_(None)), bindparam("at", type_=_C.waiting_since.type)),
            else_=_C.waiting_since,
        ),
        archived_at=case((_NEWER, null()), else_=_C.archived_at),
        status=case((_NEWER, literal("pending")), else_=_C.status),
        last_inbound_channel_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("new_last_channel_id")),
            else_=_C.last_inbound_channel_id,
        ),
        last_inbound_address_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("address_id")), else_=_C.last_inbound_address_id
        ),
        window_ends_at=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("window", type_=_C.window_ends_at.type)),
            else_=_C.window_ends_at,
        ),
        last_inbound_id=case(
            (bindparam("entry_id") > _C.last_inbound_id, bindparam("entry_id")), else_=_C.last_inbound_id
        ),
    )
)

# Spelled out, as a list in the statement would keep it from running for many rows at once.
_MISSED = and_(
    calls.c.direction == "in",
    or_(*(calls.c.status == status for status in ("no_answer", "busy", "cancelled", "failed"))),
)
_LAST_MISSED = (
    select(func.coalesce(func.max(calls.c.id), 0))
    .where(calls.c.conversation_id == _C.id, _MISSED)
    .correlate(conversations)
    .scalar_subquery()
)


def _greater(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


# What came from the contact so far, and no further: our own later entries do not count, as something that was
# said before them may still be on its way.
_HEARD = _greater(_C.read_up_to_id, _greater(_C.last_inbound_id, _LAST_MISSED))
_MARK_READ = (
    update(conversations)
    .where(_C.id == bindparam("conversation"), _C.unread_count > 0)
    .values(unread_count=0, read_up_to_id=_HEARD)
)
_UNREAD: tuple[tuple[Any, Select[Any]], ...] = (
    (messages, select(func.min(messages.c.id)).where(messages.c.direction == "in")),
    (calls, select(func.min(calls.c.id)).where(_MISSED)),
)

_APPLY_OUT = Prepared(
    update(conversations)
    .where(_C.id == bindparam("conversation"))
    .values(
        last_entry_id=case((_NEWER, bindparam("entry_id")), else_=_C.last_entry_id),
        **_when_newer("last_direction"),
        **_when_newer("last_kind"),
        **_when_newer("snippet"),
        **_when_newer("last_channel_id"),
        **_when_newer("last_status"),
        waiting_since=case((and_(_NEWER, bindparam("answers")), null()), else_=_C.waiting_since),
        archived_at=case((_NEWER, null()), else_=_C.archived_at),
        # Who answers has read what was said, also where opening alone does not count as reading (S3-12).
        unread_count=case((and_(_NEWER, bindparam("answers")), 0), else_=_C.unread_count),
        read_up_to_id=case((and_(_NEWER, bindparam("answers")), _HEARD), else_=_C.read_up_to_id),
    )
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
        if has_more and not shown[-1].last_entry_id:
            shown = [row for row in shown if row.last_entry_id]
            shown += self._connection.execute(silent, {"user_id": user_id}).all()
            has_more = False
        return Page(items=tuple(to_summary(row) for row in shown), has_more=has_more)

    def summaries(
        self, ids: Sequence[ConversationId], *, user_id: int, view: View | None = None
    ) -> tuple[ConversationSummary, ...]:
        """Those of ``ids`` that exist (and belong to ``view``), newest first."""
        query = _BY_IDS if view is None else _BY_IDS.where(_CONDITIONS[view])
        rows = self._connection.execute(query.order_by(*_ORDER), {"user_id": user_id, "ids": list(ids)}).all()
        return tuple(to_summary(row) for row in rows)

    def counts(self) -> dict[View, ViewCount]:
        """Contacts in each view, and how many of them have something unread."""
        found = {view: self._connection.execute(query).one() for view, query in _COUNTS.items()}
        # What is not archived is most of the table: counting it by itself would read every row.
        present = self._connection.execute(_COUNT).scalar_one() - found[View.ARCHIVED].total
        return {
            View.ALL: ViewCount(total=present, unread=found[View.UNREAD].total),
            **{view: ViewCount(total=row.total, unread=row.unread) for view, row in found.items()},
        }

    def next_unread(self, place: tuple[EntryId, ConversationId] | None, *, forward: bool) -> ConversationId | None:
        """The next unread conversation below (``forward``) or above a place in the list."""
        query = select(_C.id).where(_CONDITIONS[View.UNREAD]).limit(1)
        if place is not None:
            here = (_C.last_entry_id, _C.id)
            beyond = (
                or_(here[0] < place[0], and_(here[0] == place[0], here[1] < place[1]))
                if forward
                else or_(here[0] > place[0], and_(here[0] == place[0], here[1] > place[1]))
            )
            query = query.where(beyond)
        order = _ORDER if forward else (_C.last_entry_id, _C.id)
        key = self._connection.execute(query.order_by(*order)).scalar()
        return None if key is None else ConversationId(key)

    def apply_inbound_many(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Bring the list columns up to date with inbound messages; an older one only counts, see ``show_late``."""
        _APPLY_IN.run(self._connection, rows)

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
                self._work.timeline.add_event(conversation_id, "reopened", actor_kind=ActorKind.AUTOMATION)
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
        _APPLY_OUT.run(self._connection, rows)

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

    def pass_over(self, conversation_id: ConversationId, entry_id: EntryId) -> None:
        """An entry of a blocked contact came: nothing moves, and nothing of theirs counts as unread."""
        statement = update(conversations).where(_C.id == conversation_id, _C.read_up_to_id < entry_id)
        self._connection.execute(statement.values(read_up_to_id=entry_id, unread_count=0))

    def mark_read(self, conversation_id: ConversationId) -> None:
        """Everything the contact said up to now is read, by everybody (S3-12)."""
        if self._connection.execute(_MARK_READ, {"conversation": conversation_id}).rowcount:
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
            for table, query in _UNREAD
        )
        keys = [self._connection.execute(query).scalar() for query in queries]
        return min((EntryId(key) for key in keys if key is not None), default=None)

    def count_unread(self, conversation_id: ConversationId) -> int:
        """Count what ``unread_count`` must be: the truth that `verify` compares with."""
        place = select(_C.read_up_to_id).where(_C.id == conversation_id).scalar_subquery()
        inbound = select(func.count()).where(
            messages.c.conversation_id == conversation_id, messages.c.id > place, messages.c.direction == "in"
        )
        missed = select(func.count()).where(calls.c.conversation_id == conversation_id, calls.c.id > place, _MISSED)
        return int(self._connection.execute(inbound).scalar_one()) + int(self._connection.execute(missed).scalar_one())

    def change(self, conversation_id: ConversationId, **values: Any) -> None:
        """Set columns by name and announce it."""
        self._connection.execute(update(conversations).where(_C.id == conversation_id).values(**values))
        self.announce(conversation_id)

    def announce(self, conversation_id: ConversationId) -> None:
        """Tell that list columns changed."""
        self._work.announce(ConversationChanged(conversation_id=conversation_id))
