"""Numbers of reports: counted by the database over spans of ids, which are spans of time."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, or_, select

from desktop_inbox.clock import from_millis, to_millis
from desktop_inbox.models.delivered import EFFECTIVE
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import RANDOM_BITS, ChannelId, ConversationId, EntryId, TeamId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, SenderKind
from desktop_inbox.models.entities.report import (
    Asked,
    ConsentCount,
    DaySpan,
    MessageCount,
    Question,
    ReportFilter,
    ReportRow,
    WaitingCount,
)
from desktop_inbox.models.schema import (
    batches,
    channels,
    consent_ledger,
    contact_addresses,
    contacts,
    conversations,
    messages,
    teams,
    users,
)

from .base import AnyRow, Repository
from .conversations import CONDITIONS

#: What the contact writes after so long without an answer is a new question; an answer after so long is none.
PATIENCE: Final = timedelta(days=7)
#: Whose messages answer a question.
PERSONS: Final = (SenderKind.USER, SenderKind.ECHO)
_EVERYBODY: Final = ReportFilter()
_DAY: Final = timedelta(days=1)
_DAY_OF_IDS: Final = to_millis(from_millis(0) + _DAY) << RANDOM_BITS
_PATIENCE_OF_IDS: Final = (PATIENCE // timedelta(milliseconds=1)) << RANDOM_BITS
_READ_AT_ONCE: Final = 2000
_STREAMED: Final = {"stream_results": True, "max_row_buffer": _READ_AT_ONCE}
_M, _V, _L = messages.c, conversations.c, consent_ledger.c


class ReportRepository(Repository):
    """Counts messages, answers and consent by day; each method reads only the rows of its span."""

    def message_counts(self, span: DaySpan, wanted: ReportFilter = _EVERYBODY) -> Sequence[MessageCount]:
        """Messages of each day, direction, channel and status."""
        kinds = (_M.direction, _M.channel_id, _M.status, _M.outside_window)
        found: list[MessageCount] = []
        for piece in pieces(span):
            day = piece.day_of(_M.id).label("day")
            query = (
                select(day, *kinds, func.count().label("many"), func.sum(_M.segments).label("segments"))
                .where(_M.id >= piece.begin, _M.id < piece.end, *self._of_messages(wanted))
                .group_by(day, *kinds)
            )
            for row in self._connection.execute(query):
                found.append(
                    MessageCount(
                        day=piece.first + row.day,
                        direction=Direction(row.direction),
                        channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
                        status=DeliveryStatus(row.status),
                        outside=bool(row.outside_window),
                        count=row.many,
                        segments=int(row.segments),
                    )
                )
        return found

    def questions(self, span: DaySpan, wanted: ReportFilter = _EVERYBODY) -> Sequence[Question]:
        """Every question of a span with its answer, in the order they were asked; see ``asked``."""
        (found,) = self.asked((span,), wanted)
        return [
            Question(EntryId(key), EntryId(answer) if answer else None)
            for key, answer in zip(found.ids, found.answers, strict=True)
        ]

    def asked(self, spans: Sequence[DaySpan], wanted: ReportFilter = _EVERYBODY) -> tuple[Asked, ...]:
        """Every first unanswered message of each span with its answer, in the order they were asked.

        A contact's message is a question unless the last word before it, within ``PATIENCE``, was theirs too. A
        person's message that left answers it, within ``PATIENCE`` of the question, on whatever channel. A team has
        the questions that its people answered, and the open ones of conversations that its people have.

        Spans that lie side by side are read once, as what was said around the edge between them concerns both; and
        all is kept in lists of numbers, as objects for so many take as long as reading them.
        """
        begins = [[first_entry_id(edge) for edge in span.edges] for span in spans]
        ends = [min(edges[-1], first_entry_id(span.until)) for edges, span in zip(begins, spans, strict=True)]
        ids: list[int] = []
        talks: list[int] = []
        answers: dict[int, int] = {}  # by question; negative where somebody of another team answered
        last: dict[int, int] = {}  # the contact's last word, by conversation in which it is the last of all
        waiting: dict[int, int] = {}  # the question there
        for rows in self._words(min(edges[0] for edges in begins), max(ends), wanted):
            for key, said in rows:
                if said > 0:
                    before = last.get(said >> 1)
                    last[said >> 1] = key
                    if before is None or key - before > _PATIENCE_OF_IDS:
                        waiting[said >> 1] = key
                        ids.append(key)
                        talks.append(said)
                elif last.pop(-said >> 1, None) is not None:
                    question = waiting.pop(-said >> 1)
                    if key - question <= _PATIENCE_OF_IDS:
                        answers[question] = key if -said & 1 else -key
        if wanted.channel_id is not None or wanted.team_id is not None:
            ids = self._of_filter(ids, talks, answers, wanted)
        return tuple(_asked(ids, answers, edges, end) for edges, end in zip(begins, ends, strict=True))

    def _of_filter(
        self, ids: Sequence[int], talks: Sequence[int], answers: Mapping[int, int], wanted: ReportFilter
    ) -> list[int]:
        """Those questions that count for a channel and a team."""
        theirs = None if wanted.team_id is None else self._conversations_of(wanted.team_id)
        found: list[int] = []
        for key, talk in zip(ids, talks, strict=True):
            answer = answers.get(key, 0)
            if talk & 1 and (theirs is None or (answer > 0 if answer else talk >> 1 in theirs)):
                found.append(key)
        return found

    def consents(self, span: DaySpan, wanted: ReportFilter = _EVERYBODY) -> Sequence[ConsentCount]:
        """Contacts that opted out, or in again, by day; days without any are left out.

        One who does so twice on a day counts once. A channel has those who wrote it there.
        """
        found: dict[int, dict[str, int]] = {}
        for piece in pieces(span):
            day = piece.day_of(_L.id).label("day")
            query = (
                select(day, _L.status, func.count(_L.contact_id.distinct()).label("many"))
                .where(_L.id >= piece.begin, _L.id < piece.end, *self._of_consents(wanted))
                .group_by(day, _L.status)
            )
            for row in self._connection.execute(query):
                found.setdefault(piece.first + row.day, {})[row.status] = row.many
        return [
            ConsentCount(day=day, opted_out=by.get(OptIn.OPTED_OUT, 0), opted_in=by.get(OptIn.OPTED_IN, 0))
            for day, by in sorted(found.items())
        ]

    def waiting(self, wanted: ReportFilter = _EVERYBODY) -> WaitingCount:
        """Conversations that wait for us now, as the view "Waiting on us" lists them."""
        query = select(func.count(), func.min(_V.waiting_since)).where(CONDITIONS[View.WAITING])
        if wanted.channel_id is not None:
            query = query.where(_V.last_inbound_channel_id == wanted.channel_id)
        if wanted.team_id is not None:
            query = query.where(_V.assignee_id.in_(_people(wanted.team_id)))
        count, since = self._connection.execute(query).one()
        return WaitingCount(count=count, since=since)

    def teams(self) -> Sequence[tuple[TeamId, str]]:
        """Every team, by name."""
        query = select(teams.c.id, teams.c.name).order_by(teams.c.name_key)
        return [(TeamId(row.id), row.name) for row in self._connection.execute(query)]

    # What is behind a number

    def message_ids(
        self,
        span: DaySpan,
        wanted: ReportFilter = _EVERYBODY,
        *,
        direction: Direction | None = None,
        statuses: Sequence[DeliveryStatus] = (),
        outside: bool | None = None,
        limit: int,
    ) -> Sequence[EntryId]:
        """The newest messages that ``message_counts`` counted, in that direction and with one of those statuses."""
        begin, end = first_entry_id(span.since), min(first_entry_id(span.edges[-1]), first_entry_id(span.until))
        query = select(_M.id).where(_M.id >= begin, _M.id < end, *self._of_messages(wanted))
        if direction is not None:
            query = query.where(_M.direction == direction)
        if statuses:
            query = query.where(_M.status.in_(sorted(statuses)))
        if outside is not None:
            query = query.where(_M.outside_window == outside)
        return [EntryId(key) for key in self._connection.execute(query.order_by(_M.id.desc()).limit(limit)).scalars()]

    def consent_ids(
        self, span: DaySpan, wanted: ReportFilter = _EVERYBODY, *, status: OptIn, limit: int
    ) -> Sequence[EntryId]:
        """The ledger's last line of each contact and day that ``consents`` counted, newest first."""
        found: list[EntryId] = []
        for piece in pieces(span):
            day = piece.day_of(_L.id)
            query = select(func.max(_L.id)).where(
                _L.id >= piece.begin, _L.id < piece.end, _L.status == status, *self._of_consents(wanted)
            )
            found += self._connection.execute(query.group_by(day, _L.contact_id)).scalars()
        return sorted(found, reverse=True)[:limit]

    def rows(self, ids: Sequence[EntryId]) -> Sequence[ReportRow]:
        """Messages as a table lists them, in the order of ``ids``; those deleted meanwhile are left out."""
        query = _ROWS.where(_M.id.in_(ids))
        known = {row.id: _to_row(row) for row in self._connection.execute(query)}
        return [known[key] for key in ids if key in known]

    def consent_rows(self, ids: Sequence[EntryId]) -> Sequence[ReportRow]:
        """Lines of the consent ledger in the same form: the contact, their conversation and the wording."""
        query = _CONSENT_ROWS.where(_L.id.in_(ids))
        known = {row.id: _to_row(row) for row in self._connection.execute(query)}
        return [known[key] for key in ids if key in known]

    # Inside

    def _words(self, begin: int, end: int, wanted: ReportFilter) -> Iterator[Sequence[AnyRow]]:
        """(id, twice the conversation and one more where it counts, negative where it is ours) of what was said, oldest
        first. The contact's counts on the channel asked about, ours where the team asked about said it.

        Read as a stream: medians need every answer, and two windows over the span take a database three times as
        long as one pass here. Most of the time goes into rows, so that they are as small as can be.
        """
        theirs = _M.direction == Direction.IN
        left = and_(_M.sender_kind.in_(PERSONS), _M.status.in_(sorted(EFFECTIVE)))
        there: ColumnElement[Any] = literal(1)
        if wanted.channel_id is not None:
            there = case((_M.channel_id == wanted.channel_id, 1), else_=0)
        mine: ColumnElement[Any] = literal(1)
        if wanted.team_id is not None:
            mine = case((_M.sender_id.in_(_people(wanted.team_id)), 1), else_=0)
        twice = _M.conversation_id * 2
        query = (
            select(_M.id, case((theirs, twice + there), else_=-(twice + mine)))
            .where(_M.id >= begin - _PATIENCE_OF_IDS, _M.id < end + _PATIENCE_OF_IDS, or_(theirs, left))
            .order_by(_M.id)
        )
        yield from self._connection.execute(query, execution_options=_STREAMED).partitions(_READ_AT_ONCE)

    def _conversations_of(self, team_id: TeamId) -> set[int]:
        return set(self._connection.execute(_assigned_to(team_id)).scalars())

    @staticmethod
    def _of_messages(wanted: ReportFilter) -> Iterator[ColumnElement[bool]]:
        if wanted.channel_id is not None:
            yield _M.channel_id == wanted.channel_id
        if wanted.team_id is not None:
            sent = select(batches.c.id).where(batches.c.team_id == wanted.team_id)
            yield or_(
                and_(
                    _M.direction == Direction.OUT,
                    or_(_M.sender_id.in_(_people(wanted.team_id)), _M.batch_id.in_(sent)),
                ),
                and_(_M.direction == Direction.IN, _M.conversation_id.in_(_assigned_to(wanted.team_id))),
            )

    @staticmethod
    def _of_consents(wanted: ReportFilter) -> Iterator[ColumnElement[bool]]:
        if wanted.channel_id is not None:
            said_there = select(_M.channel_id).where(_M.id == _L.message_id).correlate(consent_ledger)
            yield said_there.scalar_subquery() == wanted.channel_id
        if wanted.team_id is not None:
            theirs = select(_V.contact_id).where(_V.assignee_id.in_(_people(wanted.team_id)))
            yield _L.contact_id.in_(theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Ids of a run of days of 24 hours, or of one other day: in it the day follows from an id by a division, which
    both databases do while they group."""

    begin: int
    end: int
    first: int  # place of its first day in the span
    regular: bool

    def day_of(self, column: ColumnElement[int]) -> ColumnElement[int]:
        """Return the place of an id's day in this piece."""
        return (column - _big(self.begin)) // _big(_DAY_OF_IDS) if self.regular else column * 0


def pieces(span: DaySpan) -> Iterator[Piece]:
    """Yield the pieces of a span, which have all its days and nothing else."""
    stop = min(first_entry_id(span.until), first_entry_id(span.edges[-1]))
    lengths = [after - before for before, after in pairwise(span.edges)]
    first = 0
    while first < len(lengths):
        regular, last = lengths[first] == _DAY, first + 1
        while regular and last < len(lengths) and lengths[last] == _DAY:
            last += 1
        begin, end = first_entry_id(span.edges[first]), min(first_entry_id(span.edges[last]), stop)
        if begin < end:
            yield Piece(begin=begin, end=end, first=first, regular=regular)
        first = last


def _big(value: int) -> ColumnElement[int]:
    return literal(value, BigInteger)


def _people(team_id: TeamId) -> Select[int]:
    return select(users.c.id).where(users.c.team_id == team_id)


def _assigned_to(team_id: TeamId) -> Select[int]:
    return select(_V.id).where(_V.assignee_id.in_(_people(team_id)))


def _asked(ids: Sequence[int], answers: Mapping[int, int], begins: Sequence[int], end: int) -> Asked:
    """Those of a span that has its days at ``begins`` and ends at ``end``."""
    places = [bisect_left(ids, min(edge, end)) for edge in begins]
    mine = ids[places[0] : places[-1]]
    return Asked(
        ids=mine,
        answers=[abs(answers.get(key, 0)) for key in mine],
        days=[place - places[0] for place in places],
    )


_FIRST_ADDRESS = (
    select(contact_addresses.c.path)
    .where(contact_addresses.c.contact_id == contacts.c.id)
    .order_by(contact_addresses.c.priority, contact_addresses.c.id)
    .limit(1)
    .correlate(contacts)
    .scalar_subquery()
)
_ROWS = (
    select(
        _M.id, _M.conversation_id, contacts.c.first_name, contacts.c.last_name, _FIRST_ADDRESS.label("path"),
        _M.direction, channels.c.name.label("channel"), _M.status, _M.text,
    )
    .select_from(messages)
    .outerjoin(conversations, _V.id == _M.conversation_id)
    .outerjoin(contacts, contacts.c.id == _V.contact_id)
    .outerjoin(channels, channels.c.id == _M.channel_id)
)  # fmt: skip
_CONSENT_ROWS = (
    select(
        _L.id, _V.id.label("conversation_id"), contacts.c.first_name, contacts.c.last_name,
        _FIRST_ADDRESS.label("path"), literal("in").label("direction"), channels.c.name.label("channel"),
        literal("received").label("status"), _L.wording.label("text"),
    )
    .select_from(consent_ledger)
    .join(contacts, contacts.c.id == _L.contact_id)
    .join(conversations, _V.contact_id == func.coalesce(contacts.c.merged_into_id, contacts.c.id))
    .outerjoin(messages, _M.id == _L.message_id)
    .outerjoin(channels, channels.c.id == _M.channel_id)
)  # fmt: skip


def _to_row(row: AnyRow) -> ReportRow:
    return ReportRow(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        contact=f"{row.first_name or ''} {row.last_name or ''}".strip() or row.path or "",
        direction=Direction(row.direction),
        channel=row.channel or "",
        status=DeliveryStatus(row.status),
        text=row.text,
    )
