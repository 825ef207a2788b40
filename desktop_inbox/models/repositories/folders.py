"""Folders: what lies where, in pages by place, and the numbers beside them.

The database computes ``messages.folder``, so a number and its list come from the same column: a count reads the index
(folder, id) alone, a page walks it backwards. Only Sent is in another order, by the time of sending (S1-18).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select, text, tuple_, update

from desktop_inbox.events import MessageChanged
from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.folder import (
    EVERYTHING,
    CallRow,
    Folder,
    FolderCounts,
    FolderCursor,
    FolderFilter,
    FolderPage,
    FolderRow,
    Label,
    Place,
    QueuedBroadcast,
)
from desktop_inbox.models.entities.ids import (
    BatchId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin, SenderKind, Visibility
from desktop_inbox.models.schema import (
    attachments,
    batch_recipients,
    batches,
    calls,
    channels,
    contact_addresses,
    contacts,
    conversations,
    message_labels,
    messages,
    users,
)
from desktop_inbox.models.search import match_query, ts_query
from desktop_inbox.models.search_text import parse
from desktop_inbox.models.types import UtcDateTime

from .base import AnyRow, Repository

_M, _C, _B, _R = messages.c, calls.c, batches.c, batch_recipients.c
_CONTACTS_FOUND: Final = 2000  # whose messages a search also lists
_MANY: Final = 20_000  # hits; with so many the newest are found sooner by walking through the folder
_SHOWN_TEXT: Final = 400  # characters of a row

_first = contact_addresses.alias("first_address")


def _first_address(contact: Any, table: Any) -> Any:
    query = select(_first.c.id).where(_first.c.contact_id == contact)
    return query.order_by(_first.c.priority, _first.c.id).limit(1).correlate(table).scalar_subquery()


_ROWS = (
    select(
        _M.id, _M.conversation_id, _M.contact_id, _M.direction, _M.folder, _M.status, _M.sender_kind, _M.channel_id,
        _M.segments, _M.sent_at, _M.failed_at, _M.error_origin, _M.error_code, _M.error_text, _M.batch_id,
        func.substr(_M.text, 1, _SHOWN_TEXT).label("text"),
        contacts.c.first_name, contacts.c.last_name, contact_addresses.c.scheme, contact_addresses.c.path,
        channels.c.name.label("channel_name"), channels.c.kind.label("channel_kind"),
        users.c.name.label("sender_name"),
    )
    .outerjoin(contacts, contacts.c.id == _M.contact_id)
    .outerjoin(
        contact_addresses,
        contact_addresses.c.id == func.coalesce(_M.address_id, _first_address(_M.contact_id, messages)),
    )
    .outerjoin(channels, channels.c.id == _M.channel_id)
    .outerjoin(users, and_(users.c.id == _M.sender_id))
    .where(_M.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
_CALLS = (
    select(
        calls, contacts.c.first_name, contacts.c.last_name, contact_addresses.c.scheme, contact_addresses.c.path,
        channels.c.name.label("channel_name"),
    )
    .outerjoin(contacts, contacts.c.id == _C.contact_id)
    .outerjoin(contact_addresses, contact_addresses.c.id == _first_address(_C.contact_id, calls))
    .outerjoin(channels, channels.c.id == _C.channel_id)
    .where(_C.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
_COUNTS = select(_M.folder, func.count()).where(_M.folder.is_not(None)).group_by(_M.folder)
_MISSED = and_(_C.direction == "in", _C.status.in_(("no_answer", "busy", "cancelled", "failed")))


class FolderRepository(Repository):
    """Reads of folders and labels."""

    def counts(self) -> FolderCounts:
        """How many each folder and each label lists."""
        found = {Folder(name): count for name, count in self._connection.execute(_COUNTS)}
        folders = {folder: found.get(folder, 0) for folder in Folder}
        folders[Folder.CALLS] = self._count(select(func.count()).select_from(calls))
        folders[Folder.SCHEDULES] = self._work.schedules.count()
        return FolderCounts(folders=folders, labels=self._work.labels.all())

    def total(self, place: Place, wanted: FolderFilter = EVERYTHING) -> int:
        """How many messages (or calls) a list has, those of folded broadcasts included."""
        if place is Folder.CALLS:
            return self._count(select(func.count()).select_from(calls).where(*self._of_calls(wanted)))
        return self._count(select(func.count()).select_from(messages).where(*self._of(place, wanted)))

    def ids(
        self, place: Place, wanted: FolderFilter, *, after: FolderCursor | None, limit: int, newest: int | None = None
    ) -> tuple[FolderCursor, ...]:
        """Places of messages in their order, newest first, behind ``after``; none newer than ``newest``."""
        query = select(_M.id, _M.sent_at).where(*self._of(place, wanted))
        if newest is not None:
            query = query.where(_M.id <= newest)
        if place is not Folder.SENT:
            if after is not None:
                query = query.where(_M.id < after.id)
            return self._places(query.order_by(_M.id.desc()).limit(limit))
        return self._by_sending(query, after, limit)

    def page(
        self, place: Place, wanted: FolderFilter = EVERYTHING, *, after: FolderCursor | None = None, limit: int = 100
    ) -> FolderPage:
        """Some rows behind ``after``, newest first. In the outbox those of ``wanted.folded`` are left out."""
        if place is Folder.CALLS:
            return self._call_page(wanted, after=after, limit=limit)
        places = self.ids(place, wanted, after=after, limit=limit + 1)
        rows = self.rows([one.id for one in places[:limit]])
        first = self.broadcasts() if place is Folder.OUTBOX and after is None else ()
        return FolderPage(rows=rows, has_more=len(places) > limit, broadcasts=first)

    def rows(self, ids: Sequence[EntryId]) -> tuple[FolderRow, ...]:
        """What is shown of messages, in the order of ``ids``; those that lie nowhere are left out."""
        if not ids:
            return ()
        found = {row.id: row for row in self._connection.execute(_ROWS, {"ids": list(ids)}) if row.folder is not None}
        labels = self._work.labels.of(ids)
        counted = select(attachments.c.message_id, func.count()).where(attachments.c.message_id.in_(ids))
        files = _numbers(self._connection.execute(counted.group_by(attachments.c.message_id)))
        targets = self.targets({row.batch_id for row in found.values() if row.batch_id is not None})
        return tuple(
            _to_row(found[key], labels.get(key, ()), files.get(key, 0), targets.get(found[key].batch_id, 0))
            for key in ids
            if key in found
        )

    def targets(self, ids: set[int]) -> dict[int, int]:
        """How many contacts each broadcast was meant for (S1-33); rows of a file that name nobody do not count."""
        if not ids:
            return {}
        query = select(_R.batch_id, func.count()).where(_R.batch_id.in_(ids), _R.state != "bad")
        return _numbers(self._connection.execute(query.group_by(_R.batch_id)))

    def broadcasts(self) -> tuple[QueuedBroadcast, ...]:
        """Broadcasts with messages in the outbox, or with recipients that are to become such; the newest first."""
        lying = select(_M.batch_id, func.count()).where(_M.folder == Folder.OUTBOX, _M.batch_id.is_not(None))
        inside = _numbers(self._connection.execute(lying.group_by(_M.batch_id)))
        query = select(_B.id, _B.code, func.substr(_B.text, 1, _SHOWN_TEXT).label("text"), _B.status)
        query = query.where(or_(_B.id.in_(inside), _B.status == "processing")).order_by(_B.id.desc())
        rows = self._connection.execute(query).all()
        opened = {row.id for row in rows if row.status == "processing"}
        to_come = select(_R.batch_id, func.count()).where(_R.batch_id.in_(opened), _R.state == "waiting")
        waiting = _numbers(self._connection.execute(to_come.group_by(_R.batch_id))) if opened else {}
        targets = self.targets({row.id for row in rows})
        return tuple(
            QueuedBroadcast(
                id=BatchId(row.id),
                code=row.code,
                text=row.text,
                contacts=targets.get(row.id, 0),
                messages=inside.get(row.id, 0),
                waiting=waiting.get(row.id, 0),
            )
            for row in rows
        )

    def newest(self) -> int:
        """The highest id of any message: what comes later is not meant by "all"."""
        return self._count(select(func.coalesce(func.max(_M.id), 0)))

    def move(self, ids: Sequence[EntryId], now: Visibility, then: Visibility) -> tuple[EntryId, ...]:
        """Archive or restore those incoming messages that are ``now``; returns them."""
        if not ids:
            return ()
        here = and_(_M.id.in_(ids), _M.direction == "in", _M.visibility == now)
        statement = update(messages).where(here).values(visibility=then).returning(_M.id, _M.conversation_id)
        moved = self._connection.execute(statement).all()
        for row in moved:
            self._work.announce(MessageChanged(message_id=row.id, conversation_id=row.conversation_id))
        return tuple(EntryId(row.id) for row in moved)

    # -- calls

    def _call_page(self, wanted: FolderFilter, *, after: FolderCursor | None, limit: int) -> FolderPage:
        query = select(_C.id).where(*self._of_calls(wanted))
        if after is not None:
            query = query.where(_C.id < after.id)
        ids = self._connection.execute(query.order_by(_C.id.desc()).limit(limit + 1)).scalars().all()
        found = {row.id: row for row in self._connection.execute(_CALLS, {"ids": ids[:limit]})} if ids else {}
        return FolderPage(rows=tuple(_to_call(found[key]) for key in ids[:limit]), has_more=len(ids) > limit)

    def _of_calls(self, wanted: FolderFilter) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if wanted.channel_id is not None:
            conditions.append(_C.channel_id == wanted.channel_id)
        if wanted.since is not None:
            conditions.append(_C.id >= first_entry_id(wanted.since))
        if wanted.until is not None:
            conditions.append(_C.id < first_entry_id(wanted.until))
        if wanted.missed:
            conditions.append(_MISSED)
        if wanted.text.strip():
            conditions.append(_C.contact_id.in_(self._people(wanted.text)))
        return conditions

    # -- conditions

    def _of(self, place: Place, wanted: FolderFilter) -> list[ColumnElement[bool]]:
        conditions = self._in_place(place)
        if wanted.channel_id is not None:
            conditions.append(_M.channel_id == wanted.channel_id)
        if wanted.label_id is not None:
            conditions.append(_labelled(wanted.label_id))
        if wanted.with_files:
            conditions.append(_M.id.in_(select(attachments.c.message_id)))
        if wanted.statuses:
            conditions.append(_M.status.in_(sorted(wanted.statuses)))
        if wanted.folded and place is Folder.OUTBOX:
            conditions.append(or_(_M.batch_id.is_(None), _M.batch_id.not_in(sorted(wanted.folded))))
        conditions += _between(place, wanted)
        if wanted.text.strip():
            conditions.append(self._said(wanted.text))
        return conditions

    def _in_place(self, place: Place) -> list[ColumnElement[bool]]:
        if isinstance(place, Folder):
            # A constant, as a partial index is chosen only where the condition can be seen.
            return [_M.folder == literal_column(f"'{place.value}'")]
        return [_labelled(place), _M.visibility == "visible"]

    def _said(self, words: str) -> ColumnElement[bool]:
        """Messages in which all words occur, and those of contacts with them in a name or an address (S1-03)."""
        people = self._people(words)
        talks = select(conversations.c.id).where(conversations.c.contact_id.in_(people))
        theirs = select(_M.id).where(_M.conversation_id.in_(talks))
        terms = parse(words)
        if not terms:
            return _M.id.in_(theirs)
        if self._dialect == "sqlite":
            hits = text("SELECT rowid FROM message_search WHERE message_search MATCH :said")
            said = match_query(terms)
        else:
            hits = text("SELECT message_id AS rowid FROM message_search WHERE words @@ CAST(:said AS tsquery)")
            said = ts_query(terms)
        found = hits.bindparams(said=said).columns(literal_column("rowid", _M.id.type)).subquery("hits")
        few = self._count(select(func.count()).select_from(select(found.c.rowid).limit(_MANY).subquery())) < _MANY
        if few:  # each half is looked up by itself: a folder of millions is not walked through for a rare word
            return _M.id.in_(select(found.c.rowid).union_all(theirs))
        return or_(_M.contact_id.in_(people), _M.id.in_(select(found.c.rowid)))

    def _people(self, words: str) -> list[ContactId]:
        return [contact_id for contact_id, _ in self._work.search.contacts(words, limit=_CONTACTS_FOUND)]

    # -- order

    def _by_sending(self, query: Select[Any], after: FolderCursor | None, limit: int) -> tuple[FolderCursor, ...]:
        """By the time of sending; those of which it is not known come last."""
        found: tuple[FolderCursor, ...] = ()
        if after is None or after.sent_at is not None:
            timed = query.where(_M.sent_at.is_not(None))
            if after is not None:
                place = tuple_(_M.sent_at, _M.id) < tuple_(
                    bindparam("at", after.sent_at, type_=UtcDateTime()), bindparam("key", after.id)
                )
                timed = timed.where(place)
            found = self._places(timed.order_by(_M.sent_at.desc(), _M.id.desc()).limit(limit))
            after = None
        if len(found) < limit:
            rest = query.where(_M.sent_at.is_(None))
            if after is not None:
                rest = rest.where(_M.id < after.id)
            found += self._places(rest.order_by(_M.id.desc()).limit(limit - len(found)))
        return found

    def _places(self, query: Select[Any]) -> tuple[FolderCursor, ...]:
        rows = self._connection.execute(query)
        return tuple(FolderCursor(id=EntryId(row.id), sent_at=row.sent_at) for row in rows)

    def _count(self, query: Select[Any]) -> int:
        return int(self._connection.execute(query).scalar_one())


def _labelled(label_id: int) -> ColumnElement[bool]:
    return _M.id.in_(select(message_labels.c.message_id).where(message_labels.c.label_id == label_id))


def _between(place: Place, wanted: FolderFilter) -> list[ColumnElement[bool]]:
    """The period asked for: of sending where the list is in that order."""
    conditions: list[ColumnElement[bool]] = []
    by_sending = place is Folder.SENT
    if wanted.since is not None:
        conditions.append(_M.sent_at >= wanted.since if by_sending else _M.id >= first_entry_id(wanted.since))
    if wanted.until is not None:
        conditions.append(_M.sent_at < wanted.until if by_sending else _M.id < first_entry_id(wanted.until))
    return conditions


def _numbers(rows: Any) -> dict[int, int]:
    return dict(iter(rows))


def _name(row: AnyRow) -> str:
    return f"{row.first_name or ''} {row.last_name or ''}".strip()


def _to_row(row: AnyRow, labels: tuple[Label, ...], files: int, targets: int) -> FolderRow:
    return FolderRow(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        direction=Direction(row.direction),
        folder=Folder(row.folder),
        text=row.text,
        status=DeliveryStatus(row.status),
        sender_kind=SenderKind(row.sender_kind),
        sender_name=row.sender_name or "",
        name=_name(row),
        scheme=None if row.scheme is None else Scheme(row.scheme),
        path=row.path or "",
        channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
        channel_name=row.channel_name or "",
        channel_kind=row.channel_kind or "",
        segments=row.segments,
        files=files,
        sent_at=row.sent_at,
        failed_at=row.failed_at,
        error_origin=None if row.error_origin is None else ErrorOrigin(row.error_origin),
        error_code=row.error_code,
        error_text=row.error_text,
        labels=labels,
        batch_id=None if row.batch_id is None else BatchId(row.batch_id),
        batch_contacts=targets,
    )


def _to_call(row: AnyRow) -> CallRow:
    direction, status = Direction(row.direction), CallStatus(row.status)
    return CallRow(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        channel_id=ChannelId(row.channel_id),
        channel_name=row.channel_name or "",
        direction=direction,
        status=status,
        missed=direction is Direction.IN and status in _UNANSWERED,
        duration_seconds=row.duration_seconds,
        reason=row.reason,
        name=_name(row),
        scheme=None if row.scheme is None else Scheme(row.scheme),
        path=row.path or "",
    )


_UNANSWERED: Final = frozenset({CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.CANCELLED, CallStatus.FAILED})
