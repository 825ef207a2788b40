"""ReportService: the numbers of the office by day, channel and team, and what is behind each."""

import asyncio
import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from desktop_inbox.clock import Clock
from desktop_inbox.models.delivered import CONFIRMED, EFFECTIVE
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.ids import ChannelId, EntryId, TeamId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.entities.report import (
    Asked,
    ConsentCount,
    DaySpan,
    MessageCount,
    Outcome,
    Question,
    ReportFilter,
    ReportRow,
    ResponseTimes,
    WaitingCount,
)
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import report_days, sheet_guard
from .export import Replacing
from .prices import Price, price_of
from .zones import zone_of

T = TypeVar("T")

_S = DeliveryStatus
OUTCOMES: Final[Mapping[DeliveryStatus, Outcome]] = {
    **dict.fromkeys(EFFECTIVE - CONFIRMED, Outcome.ASSUMED),
    **dict.fromkeys(CONFIRMED, Outcome.CONFIRMED),
    _S.UNDELIVERED: Outcome.UNDELIVERED,
    _S.FAILED: Outcome.FAILED,
    _S.EXPIRED: Outcome.FAILED,
    _S.UNKNOWN: Outcome.UNKNOWN,
    **dict.fromkeys((_S.HELD, _S.QUEUED, _S.CLAIMED, _S.SENDING, _S.RETRY_WAIT), Outcome.WAITING),
    _S.BLOCKED: Outcome.NOT_SENT,
    _S.CANCELLED: Outcome.NOT_SENT,
}
#: What the provider took and counts on the bill.
_LEFT: Final = EFFECTIVE | {_S.UNDELIVERED}
#: Outcomes that a rate is made of; what waits or never left says nothing about delivery.
RATED: Final = (Outcome.CONFIRMED, Outcome.ASSUMED, Outcome.UNDELIVERED, Outcome.FAILED, Outcome.UNKNOWN)
_ROWS: Final = 500  # shown behind a number


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDelivery:
    """What became of the messages that one channel carried."""

    channel_id: ChannelId | None  # None: the channel was never known
    name: str
    receipts: bool  # whether it tells that a message arrived
    outcomes: Mapping[Outcome, int]

    @property
    def delivered(self) -> int:
        """Messages that count as delivered (S1-31)."""
        return self.outcomes.get(Outcome.CONFIRMED, 0) + self.outcomes.get(Outcome.ASSUMED, 0)

    @property
    def rated(self) -> int:
        """Messages that the rate is made of."""
        return sum(self.outcomes.get(outcome, 0) for outcome in RATED)

    @property
    def rate(self) -> float | None:
        """Delivered of all that left or tried to, 0 to 1; None where there were none."""
        return self.delivered / self.rated if self.rated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The numbers of a whole span."""

    received: int = 0
    sent: int = 0  # every outbound message, whatever became of it
    delivered: int = 0
    rated: int = 0
    response: ResponseTimes = field(default_factory=ResponseTimes)
    opted_out: int = 0
    opted_in: int = 0
    segments: int = 0

    @property
    def rate(self) -> float | None:
        """Delivered of all that left or tried to, 0 to 1."""
        return self.delivered / self.rated if self.rated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumbers:
    """The numbers of one day."""

    day: date
    received: int = 0
    sent: int = 0
    response: ResponseTimes = field(default_factory=ResponseTimes)
    opted_out: int = 0
    opted_in: int = 0
    segments: int = 0
    costs: Mapping[str, float] = field(default_factory=dict)  # by currency, of what has a price


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A span by day and by channel, its totals, and those of the span before it."""

    span: DaySpan
    before: DaySpan
    wanted: ReportFilter
    days: tuple[DayNumbers, ...]
    channels: tuple[ChannelDelivery, ...]
    totals: Totals
    totals_before: Totals
    waiting: WaitingCount
    currencies: tuple[str, ...] = ()  # of the prices that hold for the channels shown; "" where none was said

    @property
    def costs(self) -> Mapping[str, float]:
        """What was sent cost, by currency; empty where no price is set."""
        return {one: round(sum(day.costs.get(one, 0.0) for day in self.days), 2) for one in self.currencies}

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the span, nor waits."""
        totals = self.totals
        return not (totals.received or totals.sent or totals.opted_out or totals.opted_in or self.waiting.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Which number is to be opened. ``place`` is a day of the span; None: all of them."""

    place: int | None = None
    direction: Direction | None = None
    outcomes: frozenset[Outcome] = frozenset()
    channel_id: ChannelId | None = None
    questions: str = ""  # "asked", "answered" or "open"
    consent: OptIn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be filtered by: ids with names."""

    channels: tuple[tuple[ChannelId, str], ...]
    teams: tuple[tuple[TeamId, str], ...]


class ReportService:
    """Counts by SQL over spans of ids; nothing is kept, so numbers are never out of date."""

    def __init__(self, store: Store, clock: Clock, *, capabilities: Callable[[Channel], Capabilities]) -> None:
        self._store = store
        self._clock = clock
        self._capabilities = capabilities

    async def today(self) -> date:
        """Return the present day of the office."""
        return await self._store.read(lambda work: self._clock().astimezone(zone_of(work)).date())

    async def choices(self) -> Choices:
        """Return the channels and teams there are."""
        return await self._store.read(
            lambda work: Choices(
                channels=tuple((one.id, one.name) for one in work.channels.all()), teams=tuple(work.reports.teams())
            )
        )

    async def report(self, first: date, last: date, wanted: ReportFilter = ReportFilter()) -> Report:  # noqa: B008
        """Return the numbers from ``first`` to ``last``, both included. Raises InvalidInputError for odd spans.

        Each question is a read of its own, so that nobody who opens a conversation meanwhile waits for all.
        """
        zone = await self._store.read(zone_of)
        span = report_days.span_of(first, last, zone)
        earlier = report_days.before(span, zone, self._clock())
        known = await self._read(lambda work: {one.id: one for one in work.channels.all()})
        counts = await self._read(lambda work: work.reports.message_counts(span, wanted))
        asked_then, questions = await self._read(lambda work: work.reports.asked((earlier, span), wanted))
        consents = await self._read(lambda work: work.reports.consents(span, wanted))
        waiting = await self._read(lambda work: work.reports.waiting(wanted))
        then = await self._read(lambda work: work.reports.message_counts(earlier, wanted))
        consents_then = await self._read(lambda work: work.reports.consents(earlier, wanted))
        segmented = frozenset(key for key, one in known.items() if self._capabilities(one).segments)
        prices = await self._read(lambda work: self._prices(work, known, wanted))
        return Report(
            span=span,
            before=earlier,
            wanted=wanted,
            days=_days(span, counts, questions, consents, segmented, prices),
            channels=self._channels(counts, known),
            totals=_totals(counts, questions, consents, segmented),
            totals_before=_totals(then, asked_then, consents_then, segmented),
            waiting=waiting,
            currencies=tuple(sorted({currency for _price, currency in prices.values()})),
        )

    async def behind(self, report: Report, behind: Behind, *, limit: int = _ROWS) -> Sequence[ReportRow]:
        """Return the newest messages, or lines of the consent ledger, that a number of ``report`` counts."""
        span = report.span if behind.place is None else _one_day(report.span, behind.place)
        wanted = report.wanted
        if behind.channel_id is not None:
            wanted = ReportFilter(channel_id=behind.channel_id, team_id=wanted.team_id)

        def read(work: Work) -> Sequence[ReportRow]:
            if behind.consent is not None:
                return work.reports.consent_rows(
                    work.reports.consent_ids(span, wanted, status=behind.consent, limit=limit)
                )
            if behind.questions:
                asked = [one for one in work.reports.questions(span, wanted) if _is_asked(one, behind.questions)]
                return work.reports.rows([one.id for one in reversed(asked)][:limit])
            ids: list[EntryId] = []
            for statuses, outside in _conditions(behind.outcomes):
                ids += work.reports.message_ids(
                    span, wanted, direction=behind.direction, statuses=statuses, outside=outside, limit=limit
                )
            return work.reports.rows(sorted(ids, reverse=True)[:limit])

        return await self._read(read)

    async def write_csv(self, target: Path, rows: Sequence[Sequence[str]]) -> None:
        """Write a table with its headings; no cell of it is run or rewritten by a spreadsheet.

        UTF-8 with a byte order mark. Raises StoreError when the file cannot be written.
        """

        def write() -> None:
            with Replacing(target) as file:
                writer = csv.writer(file, lineterminator="\r\n")
                writer.writerows([csv_cell(cell) for cell in row] for row in rows)

        await asyncio.to_thread(write)

    def _channels(
        self, counts: Sequence[MessageCount], known: Mapping[ChannelId, Channel]
    ) -> tuple[ChannelDelivery, ...]:
        outcomes: dict[ChannelId | None, dict[Outcome, int]] = {}
        for one in counts:
            if one.direction is Direction.OUT:
                of_channel = outcomes.setdefault(one.channel_id, {})
                outcome = outcome_of(one.status, outside=one.outside)
                of_channel[outcome] = of_channel.get(outcome, 0) + one.count
        rows = []
        for key, found in outcomes.items():
            channel = None if key is None else known.get(key)
            able = None if channel is None else self._capabilities(channel)
            rows.append(
                ChannelDelivery(
                    channel_id=key,
                    name="" if channel is None else channel.name,
                    receipts=able is not None and (able.receipts_delivered or able.receipts_read),
                    outcomes=found,
                )
            )
        return tuple(sorted(rows, key=lambda row: (-sum(row.outcomes.values()), row.name)))

    def _prices(
        self, work: Work, known: Mapping[ChannelId, Channel], wanted: ReportFilter
    ) -> dict[ChannelId, tuple[float, str]]:
        """The price of a segment on each channel that has one: its own, else that of the office."""
        shown = {key: one for key, one in known.items() if wanted.channel_id in (None, key)}
        found: dict[ChannelId, Price] = {key: price_of(work, one, self._capabilities) for key, one in shown.items()}
        return {key: (price, currency) for key, (price, currency) in found.items() if price is not None}

    async def _read(self, work: Callable[[Work], T]) -> T:
        return await self._store.read_stoppable(work)


def outcome_of(status: DeliveryStatus, *, outside: bool) -> Outcome:
    """Return what reports call an outbound message with this status."""
    return Outcome.OUTSIDE if outside else OUTCOMES[status]


def response_times(questions: Asked) -> ResponseTimes:
    """Return how fast these were answered: by rank, so that each figure is one that happened."""
    times = sorted(questions.millis())
    if not times:
        return ResponseTimes(asked=len(questions.ids))
    return ResponseTimes(
        asked=len(questions.ids),
        answered=len(times),
        median=times[(len(times) + 1) // 2 - 1],
        ninetieth=times[(9 * len(times) + 9) // 10 - 1],
    )


def csv_cell(text: str) -> str:
    """Return a cell; plain numbers and days stay what they are."""
    bare = text.replace(".", "", 1).replace("-", "")
    return text if bare.isascii() and bare.isdigit() and text[0].isdigit() else sheet_guard.guard(text)


def _days(
    span: DaySpan,
    counts: Sequence[MessageCount],
    questions: Asked,
    consents: Sequence[ConsentCount],
    segmented: frozenset[ChannelId],
    prices: Mapping[ChannelId, tuple[float, str]],
) -> tuple[DayNumbers, ...]:
    size = len(span.edges) - 1
    received, sent, segments = [0] * size, [0] * size, [0] * size
    costs: list[dict[str, float]] = [{} for _ in range(size)]
    for one in counts:
        (received if one.direction is Direction.IN else sent)[one.day] += one.count
        segments[one.day] += _segments(one, segmented)
        if one.channel_id is not None and one.channel_id in prices and _is_billed(one):
            price, currency = prices[one.channel_id]
            costs[one.day][currency] = costs[one.day].get(currency, 0.0) + price * one.segments
    consent = {one.day: one for one in consents}
    nothing = ConsentCount(day=0, opted_out=0, opted_in=0)
    return tuple(
        DayNumbers(
            day=day,
            received=received[place],
            sent=sent[place],
            response=response_times(questions.of_day(place)),
            opted_out=consent.get(place, nothing).opted_out,
            opted_in=consent.get(place, nothing).opted_in,
            segments=segments[place],
            costs=costs[place],
        )
        for place, day in enumerate(span.days)
    )


def _totals(
    counts: Sequence[MessageCount],
    questions: Asked,
    consents: Sequence[ConsentCount],
    segmented: frozenset[ChannelId],
) -> Totals:
    outcomes: dict[Outcome, int] = {}
    for one in counts:
        if one.direction is Direction.OUT:
            outcome = outcome_of(one.status, outside=one.outside)
            outcomes[outcome] = outcomes.get(outcome, 0) + one.count
    return Totals(
        received=sum(one.count for one in counts if one.direction is Direction.IN),
        sent=sum(outcomes.values()),
        delivered=outcomes.get(Outcome.CONFIRMED, 0) + outcomes.get(Outcome.ASSUMED, 0),
        rated=sum(outcomes.get(outcome, 0) for outcome in RATED),
        response=response_times(questions),
        opted_out=sum(one.opted_out for one in consents),
        opted_in=sum(one.opted_in for one in consents),
        segments=sum(_segments(one, segmented) for one in counts),
    )


def _segments(one: MessageCount, segmented: frozenset[ChannelId]) -> int:
    return one.segments if one.channel_id in segmented and _is_billed(one) else 0


def _is_billed(one: MessageCount) -> bool:
    return one.direction is Direction.OUT and one.status in _LEFT


def _one_day(span: DaySpan, place: int) -> DaySpan:
    edges = span.edges[place : place + 2]
    return DaySpan(first=span.days[place], edges=edges, until=min(span.until, edges[1]))


def _is_asked(one: Question, wanted: str) -> bool:
    return wanted == "asked" or (one.answer_id is not None) == (wanted == "answered")


def _conditions(outcomes: frozenset[Outcome]) -> Sequence[tuple[Sequence[DeliveryStatus], bool | None]]:
    """Return what ``message_ids`` is asked for, each time for (statuses, outside the window)."""
    if not outcomes:
        return [((), None)]
    statuses = [status for status, outcome in OUTCOMES.items() if outcome in outcomes]
    found: list[tuple[Sequence[DeliveryStatus], bool | None]] = [(statuses, False)] if statuses else []
    return [*found, ((), True)] if Outcome.OUTSIDE in outcomes else found
