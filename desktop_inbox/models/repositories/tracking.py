"""What was sent and what became of it; counts are worked out from the recipients and their messages each time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, false, func, insert, or_, select

from desktop_inbox.events import BatchChanged
from desktop_inbox.models.entities.batch import BatchKind, BatchStatus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import (
    BatchId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    TeamId,
    UserId,
    entry_time,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tracking import (
    OUTCOME_OF,
    SINGLE_STATUS,
    Details,
    Filter,
    Outcome,
    Recipient,
    Tally,
    Tracked,
)
from desktop_inbox.models.schema import (
    attachments,
    batch_recipients,
    batches,
    channels,
    contact_addresses,
    contacts,
    messages,
    teams,
    users,
)
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository

_B, _R, _M, _C, _A, _U = batches.c, batch_recipients.c, messages.c, contacts.c, contact_addresses.c, users.c
_DIGITS: Final = 19  # of a message's id, for centuries to come
_PART: Final = 500  # ids asked about at once, and rows of an export

_BATCHES: Final = (
    select(batches, channels.c.name.label("channel_name"), _U.name.label("user_name"), teams.c.name.label("team_name"))
    .outerjoin(channels, channels.c.id == _B.channel_id)
    .outerjoin(users, _U.id == _B.user_id)
    .outerjoin(teams, teams.c.id == _B.team_id)
)
_SINGLES: Final = (
    select(
        messages,
        channels.c.name.label("channel_name"),
        _U.name.label("user_name"),
        _U.team_id,
        teams.c.name.label("team_name"),
    )
    .outerjoin(channels, channels.c.id == _M.channel_id)
    .outerjoin(users, _U.id == _M.sender_id)
    .outerjoin(teams, teams.c.id == _U.team_id)
    .where(_M.direction == Direction.OUT, _M.batch_id.is_(None))
)
_JOINED: Final = batch_recipients.outerjoin(messages, _M.id == _R.message_id)


def _with_outcome(outcome: Outcome) -> list[DeliveryStatus]:
    return [status for status, one in OUTCOME_OF.items() if one is outcome]


_OUTCOME: Final = case(
    (_R.state != "queued", _R.state),
    (_M.id.is_(None), Outcome.GONE.value),
    *((_M.status.in_(_with_outcome(one)), one.value) for one in dict.fromkeys(OUTCOME_OF.values())),
    else_=Outcome.ON_THE_WAY.value,
)


class TrackingRepository(Repository):
    """Batches newest first, single messages as batches of one among them, and the recipients of one."""

    def page(self, wanted: Filter, *, before: int | None = None, limit: int = 50) -> Page[Tracked]:
        """The newest that fit, those below ``before`` (an id), which sort by time."""
        query = self._filtered(_BATCHES, wanted)
        if before is not None:
            query = query.where(_B.id < before)
        rows = self._connection.execute(query.order_by(_B.id.desc()).limit(limit + 1)).all()
        found = self._to_tracked(rows)
        if wanted.singles:
            found = sorted([*found, *self._singles(wanted, before, limit + 1)], key=lambda one: -one.id)
        return Page(items=tuple(found[:limit]), has_more=len(found) > limit)

    def count(self, wanted: Filter) -> int:
        """How many batches fit; single messages are not counted."""
        query = self._filtered(select(func.count()).select_from(batches), wanted)
        return int(self._connection.execute(query).scalar_one())

    def files(self) -> tuple[str, ...]:
        """The names of all files, the newest first."""
        query = select(_B.file_name).where(_B.file_name != "").group_by(_B.file_name).order_by(func.max(_B.id).desc())
        return tuple(self._connection.execute(query).scalars())

    def teams(self) -> tuple[tuple[TeamId, str], ...]:
        """Every team, by name."""
        query = select(teams.c.id, teams.c.name).order_by(teams.c.name_key)
        return tuple((TeamId(key), name) for key, name in self._connection.execute(query))

    def many(self, ids: Sequence[int]) -> tuple[Tracked, ...]:
        """Those of ``ids`` that exist, batches and single messages, newest first."""
        asked = list(ids)
        found = self._to_tracked(self._connection.execute(_BATCHES.where(_B.id.in_(asked))).all())
        found += [_to_single(row) for row in self._connection.execute(_SINGLES.where(_M.id.in_(asked)))]
        return tuple(sorted(found, key=lambda one: -one.id))

    def details(self, row: Tracked) -> Details:
        """Everything the panel shows; the tallies sum to all recipients."""
        if row.single:
            return self._single_details(row)
        tallied = (
            select(_OUTCOME.label("outcome"), _reason_code().label("told_code"), _reason().label("told"), func.count())
            .select_from(_JOINED)
            .where(_R.batch_id == row.id)
            .group_by("outcome", "told_code", "told")
        )
        tallies = [
            Tally(outcome=Outcome(outcome), code=code, reason=reason, count=number)
            for outcome, code, reason, number in self._connection.execute(tallied)
        ]
        sums = select(func.count(_M.id), func.coalesce(func.sum(_M.segments), 0)).select_from(_JOINED)
        made, segments = self._connection.execute(sums.where(_R.batch_id == row.id)).one()
        files = self._connection.execute(select(_B.files).where(_B.id == row.id)).scalar_one_or_none() or {}
        order = list(Outcome)
        return Details(
            row=row,
            tallies=tuple(sorted(tallies, key=lambda one: (order.index(one.outcome), -one.count, one.reason))),
            messages=int(made),
            segments=int(segments),
            files=tuple(str(one.get("name", "")) for one in files.get("files", ())),
        )

    def recipients(
        self,
        row: Tracked,
        *,
        outcomes: frozenset[Outcome] = frozenset(),
        text: str = "",
        after: int = 0,
        limit: int = 100,
    ) -> Page[Recipient]:
        """Recipients in the order of the list, those behind ``after`` (a place); ``outcomes`` none: all; ``text`` is
        any part of name or address."""
        if row.single:
            return Page(items=self._single_recipient(row) if not after else (), has_more=False)
        query = _recipients().where(_R.batch_id == row.id, _R.id > after).order_by(_R.id).limit(limit + 1)
        if outcomes:
            query = query.where(_OUTCOME.in_([one.value for one in outcomes]))
        for part in fold(text).split()[:8]:
            query = query.where(
                or_(_C.name_key.contains(part, autoescape=True), _A.path.contains(part, autoescape=True))
            )
        rows = self._connection.execute(query).all()
        return Page(items=tuple(_to_recipient(one) for one in rows[:limit]), has_more=len(rows) > limit)

    def every_recipient(self, row: Tracked) -> Iterator[tuple[Recipient, ...]]:
        """All recipients in parts, for a file; memory does not grow with them."""
        after = 0
        while True:
            page = self.recipients(row, after=after, limit=_PART)
            if page.items:
                yield page.items
                after = page.items[-1].id
            if not page.has_more:
                return

    def failed(self, row: Tracked) -> tuple[EntryId, ...]:
        """The messages that failed, for sending them again."""
        if row.single:
            return (EntryId(row.id),) if Outcome.FAILED in row.counts else ()
        query = select(_M.id).select_from(_JOINED).where(_R.batch_id == row.id, _OUTCOME.in_([Outcome.FAILED.value]))
        return tuple(EntryId(key) for key in self._connection.execute(query.order_by(_R.id)).scalars())

    def of_messages(self, ids: Sequence[int]) -> frozenset[BatchId]:
        """The batches that these messages belong to."""
        query = select(_M.batch_id).where(_M.id.in_(list(ids)), _M.batch_id.is_not(None)).distinct()
        return frozenset(BatchId(key) for key in self._connection.execute(query).scalars())

    def add_past(self, columns: Mapping[str, Any]) -> BatchId:
        """Write a batch as it once was, such as one made up for the demo. Nothing is sent."""
        key = BatchId(self._work.new_entry_id(columns["created_at"], batches))
        empty: dict[str, Any] = {
            "files": {"files": []},
            "options": {},
            "audience": {"kind": "contacts", "contacts": []},
        }
        self._connection.execute(insert(batches).values({**empty, **columns, "id": key}))
        self._work.announce(BatchChanged(batch_id=key))
        return key

    def add_past_recipients(self, batch_id: BatchId, recipients: Sequence[Mapping[str, Any]]) -> None:
        """Write what became of its recipients; their messages are written already."""
        usual: dict[str, Any] = {
            "contact_id": None,
            "conversation_id": None,
            "address_id": None,
            "message_id": None,
            "reason_code": "",
            "reason": "",
            "line": 0,
            "variables": {},
        }
        rows = [{**usual, **one, "batch_id": batch_id} for one in recipients]
        self._connection.execute(insert(batch_recipients), rows)

    def delete_of(self, channel_ids: Sequence[ChannelId]) -> None:
        """Delete all batches of channels that are deleted themselves; their messages are not touched."""
        self._connection.execute(delete(batches).where(_B.channel_id.in_(list(channel_ids))))

    # Batches

    def _filtered(self, query: Select[Any], wanted: Filter) -> Select[Any]:
        if wanted.statuses:
            query = query.where(_B.status.in_(sorted(wanted.statuses)))
        if wanted.code:
            query = query.where(_code_begins(wanted.code))
        if wanted.channel_ids is not None:
            query = query.where(_B.channel_id.in_(sorted(wanted.channel_ids)))
        if wanted.file:
            part = fold(wanted.file)
            query = query.where(_B.file_name.in_([name for name in self.files() if part in fold(name)]))
        if wanted.user_ids:
            query = query.where(_B.user_id.in_(sorted(wanted.user_ids)))
        if wanted.team_ids:
            query = query.where(_B.team_id.in_(sorted(wanted.team_ids)))
        if wanted.since is not None:
            query = query.where(_B.due_at >= wanted.since)
        if wanted.until is not None:
            query = query.where(_B.due_at < wanted.until)
        return query

    def _to_tracked(self, rows: Sequence[AnyRow]) -> list[Tracked]:
        counts = self._counts([row.id for row in rows])
        return [
            Tracked(
                id=row.id,
                code=row.code,
                single=False,
                kind=BatchKind(row.kind),
                status=BatchStatus(row.status),
                reason=row.reason,
                name=row.name,
                text=row.text,
                file_name=row.file_name,
                channel_id=ChannelId(row.channel_id),
                channel_name=row.channel_name or "",
                user_id=None if row.user_id is None else UserId(row.user_id),
                user_name=row.user_name or "",
                team_id=None if row.team_id is None else TeamId(row.team_id),
                team_name=row.team_name or "",
                created_at=row.created_at,
                due_at=row.due_at,
                finished_at=row.finished_at,
                counts=counts.get(row.id, {}),
            )
            for row in rows
        ]

    def _counts(self, ids: Sequence[int]) -> dict[int, dict[Outcome, int]]:
        """Two walks through indexes alone: a page of large batches has half a million recipients."""
        counts: dict[int, dict[Outcome, int]] = {key: {} for key in ids}
        queued: dict[int, int] = {}
        states = select(_R.batch_id, _R.state, func.count()).where(_R.batch_id.in_(list(ids)))
        for key, state, number in self._connection.execute(states.group_by(_R.batch_id, _R.state)):
            if state == "queued":
                queued[key] = number
            else:
                counts[key][Outcome(state)] = number
        made = select(_M.batch_id, _M.status, func.count()).where(_M.batch_id.in_(list(queued)))
        for key, status, number in self._connection.execute(made.group_by(_M.batch_id, _M.status)):
            outcome = OUTCOME_OF[DeliveryStatus(status)]
            counts[key][outcome] = counts[key].get(outcome, 0) + number
            queued[key] -= number
        for key, missing in queued.items():
            if missing > 0:
                counts[key][Outcome.GONE] = missing
            elif missing < 0:  # messages of it that no recipient stands for: only the recipients count
                counts[key] = self._counted_by_recipients(key)
        return counts

    def _counted_by_recipients(self, key: int) -> dict[Outcome, int]:
        query = select(_OUTCOME.label("outcome"), func.count()).select_from(_JOINED).where(_R.batch_id == key)
        return {Outcome(one): number for one, number in self._connection.execute(query.group_by("outcome"))}

    # Single messages

    def _singles(self, wanted: Filter, before: int | None, limit: int) -> list[Tracked]:
        if wanted.file:
            return []
        query = _SINGLES.where(_single_status(wanted.statuses)) if wanted.statuses else _SINGLES
        if wanted.code:
            query = query.where(_id_begins(wanted.code))
        if wanted.channel_ids is not None:
            query = query.where(_M.channel_id.in_(sorted(wanted.channel_ids)))
        if wanted.user_ids:
            query = query.where(_M.sender_id.in_(sorted(wanted.user_ids)))
        if wanted.team_ids:
            query = query.where(_U.team_id.in_(sorted(wanted.team_ids)))
        if wanted.since is not None:
            query = query.where(_M.id >= first_entry_id(wanted.since))
        if wanted.until is not None:
            query = query.where(_M.id < first_entry_id(wanted.until))
        if before is not None:
            query = query.where(_M.id < before)
        rows = self._connection.execute(query.order_by(_M.id.desc()).limit(limit))
        return [_to_single(row) for row in rows]

    def _single_details(self, row: Tracked) -> Details:
        (outcome,) = row.counts
        found = self._connection.execute(select(_M.segments, _M.error_code).where(_M.id == row.id)).first()
        names = select(attachments.c.original_name).where(attachments.c.message_id == row.id)
        return Details(
            row=row,
            tallies=(Tally(outcome=outcome, code=found.error_code if found else "", reason=row.reason, count=1),),
            messages=1,
            segments=0 if found is None else found.segments,
            files=tuple(self._connection.execute(names.order_by(attachments.c.position)).scalars()),
        )

    def _single_recipient(self, row: Tracked) -> tuple[Recipient, ...]:
        query = (
            select(messages, _C.first_name, _C.last_name, _A.scheme, _A.path)
            .outerjoin(contacts, _C.id == _M.contact_id)
            .outerjoin(contact_addresses, _A.id == _M.address_id)
            .where(_M.id == row.id)
        )
        return tuple(
            Recipient(
                id=1,
                contact_id=ContactId(one.contact_id),
                conversation_id=ConversationId(one.conversation_id),
                name=f"{one.first_name or ''} {one.last_name or ''}".strip(),
                scheme=None if one.scheme is None else Scheme(one.scheme),
                address=one.path or "",
                outcome=OUTCOME_OF[DeliveryStatus(one.status)],
                code=one.error_code,
                reason=one.error_text,
                message_id=EntryId(one.id),
                text=one.text,
                segments=one.segments,
                at=one.read_at or one.delivered_at or one.failed_at or one.sent_at or one.queued_at,
            )
            for one in self._connection.execute(query)
        )


def _reason_code() -> ColumnElement[str]:
    return case((_M.id.is_not(None), _M.error_code), else_=_R.reason_code)


def _reason() -> ColumnElement[str]:
    return case((_M.id.is_not(None), _M.error_text), else_=_R.reason)


def _recipients() -> Select[Any]:
    return select(
        _R.id,
        _R.contact_id,
        _R.conversation_id,
        _R.line,
        _R.message_id,
        _OUTCOME.label("outcome"),
        _reason_code().label("code"),
        _reason().label("why"),
        _C.first_name,
        _C.last_name,
        _A.scheme,
        _A.path,
        _M.text,
        _M.segments,
        _M.queued_at,
        _M.sent_at,
        _M.delivered_at,
        _M.read_at,
        _M.failed_at,
    ).select_from(
        _JOINED.outerjoin(contacts, _C.id == _R.contact_id).outerjoin(contact_addresses, _A.id == _R.address_id)
    )


def _to_recipient(row: AnyRow) -> Recipient:
    return Recipient(
        id=row.id,
        contact_id=None if row.contact_id is None else ContactId(row.contact_id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        name=f"{row.first_name or ''} {row.last_name or ''}".strip(),
        scheme=None if row.scheme is None else Scheme(row.scheme),
        address=row.path or "",
        line=row.line,
        outcome=Outcome(row.outcome),
        code=row.code or "",
        reason=row.why or "",
        message_id=None if row.message_id is None else EntryId(row.message_id),
        text=row.text or "",
        segments=row.segments or 0,
        at=row.read_at or row.delivered_at or row.failed_at or row.sent_at or row.queued_at,
    )


def _to_single(row: AnyRow) -> Tracked:
    outcome = OUTCOME_OF[DeliveryStatus(row.status)]
    at = entry_time(row.id)
    return Tracked(
        id=row.id,
        code=str(row.id),
        single=True,
        kind=BatchKind.BROADCAST,
        status=SINGLE_STATUS[outcome],
        reason=row.error_text,
        text=row.text,
        channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
        channel_name=row.channel_name or "",
        user_id=None if row.sender_id is None else UserId(row.sender_id),
        user_name=row.user_name or "",
        team_id=None if row.team_id is None else TeamId(row.team_id),
        team_name=row.team_name or "",
        created_at=at,
        due_at=at,
        finished_at=row.sent_at,
        counts={outcome: 1},
    )


def _code_begins(code: str) -> ColumnElement[bool]:
    wanted = code.strip().upper()
    return or_(_B.code.startswith(wanted, autoescape=True), _B.code.startswith(f"B-{wanted}", autoescape=True))


def _id_begins(code: str) -> ColumnElement[bool]:
    """Ids have the same number of digits, so what begins alike lies together."""
    digits = code.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > _DIGITS:
        return false()
    step = 10 ** (_DIGITS - len(digits))
    first, last = int(digits) * step, (int(digits) + 1) * step - 1
    greatest = (1 << 63) - 1
    return and_(_M.id >= min(first, greatest), _M.id <= min(last, greatest))


def _single_status(statuses: frozenset[BatchStatus]) -> ColumnElement[bool]:
    fitting = [status for status, outcome in OUTCOME_OF.items() if SINGLE_STATUS[outcome] in statuses]
    return _M.status.in_(fitting)
