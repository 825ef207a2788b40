"""What the page of reports says: its numbers, its charts, the tables beside them, and what each number opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.models.entities.report import Outcome
from desktop_inbox.services.reports import Behind, ChannelDelivery, DayNumbers, Report
from desktop_inbox.views.chart_scale import percent_ticks, time_ticks
from desktop_inbox.views.charts import ChartData, ChartKind, Series
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import plain_name

_IN, _OUT = Direction.IN, Direction.OUT
_DELIVERED: Final = frozenset({Outcome.CONFIRMED, Outcome.ASSUMED})


def cost_words(amount: float, currency: str) -> str:
    """Return an amount of money, with its currency where one was said."""
    return f"{currency} {amount:,.2f}".strip()


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Reports", text, None, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One of the figures on top."""

    key: str
    name: str
    value: str
    note: str  # compared with the span before
    opens: Behind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table, and what it opens."""

    text: str
    opens: Behind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A chart and its table, which says the same."""

    key: str  # of ``services.report_tables``
    chart: ChartData
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart_opens: Callable[[int, int], Behind | None]


class ReportWords:
    """Puts a report into words of this locale."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._locale = formats.locale

    # Numbers

    def numbers(self, report: Report) -> Sequence[Number]:
        """Return the figures on top, in order."""
        now, then = report.totals, report.totals_before
        segments = self.number(now.segments)
        if report.currencies:
            cost = " + ".join(cost_words(amount, currency) for currency, amount in report.costs.items())
            segments = _tr("{segments} · {cost}").format(segments=segments, cost=cost)
        waiting = report.waiting
        since = "" if waiting.since is None else _tr("longest {time}").format(time=self._formats.ago(waiting.since))
        return (
            self._figure("received", _tr("Received"), now.received, then.received, Behind(direction=_IN)),
            self._figure("sent", _tr("Sent"), now.sent, then.sent, Behind(direction=_OUT)),
            Number(
                key="delivered",
                name=_tr("Delivered"),
                value=self.percent(now.rate),
                note=_tr("{percent} before").format(percent=self.percent(then.rate)),
                opens=Behind(direction=_OUT, outcomes=_DELIVERED),
            ),
            Number(
                key="response",
                name=_tr("First response"),
                value=self.duration(now.response.median),
                note=_tr("{time} before").format(time=self.duration(then.response.median)),
                opens=Behind(questions="answered"),
            ),
            Number(key="waiting", name=_tr("Waiting now"), value=self.number(waiting.count), note=since, opens=None),
            self._figure("opted_out", _tr("Opt-outs"), now.opted_out, then.opted_out, Behind(consent=OptIn.OPTED_OUT)),
            Number(
                key="segments",
                name=_tr("Segments"),
                value=segments,
                note=self.compared(now.segments, then.segments),
                opens=None,
            ),
        )

    def _figure(self, key: str, name: str, now: int, then: int, opens: Behind) -> Number:
        return Number(key=key, name=name, value=self.number(now), note=self.compared(now, then), opens=opens)

    def compared(self, now: int, then: int) -> str:
        """Return how a number differs from that of the span before."""
        if not then:
            return _tr("none before") if now else _tr("as before")
        change = round(100 * (now - then) / then)
        if not change:
            return _tr("as before")
        words = _tr("{percent} % more") if change > 0 else _tr("{percent} % fewer")
        return words.format(percent=self.number(abs(change)))

    # Charts with their tables

    def sections(self, report: Report) -> Sequence[Section]:
        """Return what the page shows below the numbers, in order."""
        return (
            self._messages(report),
            self._channels(report),
            self._responses(report),
            self._consent(report),
            self._segments(report),
        )

    def _messages(self, report: Report) -> Section:
        days = report.days
        series = (
            Series(name=_tr("Received"), values=tuple(day.received for day in days)),
            Series(name=_tr("Sent"), values=tuple(day.sent for day in days)),
        )
        return Section(
            key="messages",
            chart=self._by_day(report, _tr("Messages per day"), series),
            headings=(_tr("Day"), _tr("Received"), _tr("Sent")),
            rows=tuple(
                (
                    self._day(day),
                    self._count(day.received, Behind(place=place, direction=_IN)),
                    self._count(day.sent, Behind(place=place, direction=_OUT)),
                )
                for place, day in enumerate(days)
            ),
            chart_opens=lambda place, row: Behind(place=place, direction=_OUT if row else _IN),
        )

    def _channels(self, report: Report) -> Section:
        channels = report.channels
        names = tuple(self.channel(row) for row in channels)
        told = tuple(self._receipts(name, row) for name, row in zip(names, channels, strict=True))
        rates = tuple(None if row.rate is None else 100 * row.rate for row in channels)
        return Section(
            key="channels",
            chart=ChartData(
                title=_tr("Delivery by channel"),
                labels=told,
                names=told,
                series=(Series(name=_tr("delivered"), values=rates),),
                value_text=lambda value: f"{self._locale.toString(float(value), 'f', 1 if value % 1 else 0)} %",
                ticks=percent_ticks,
                gap_text=_tr("nothing to rate"),
            ),
            headings=(
                _tr("Channel"), _tr("Rate"), _tr("With receipt"), _tr("Without receipt"), _tr("Undelivered"),
                _tr("Failed"), _tr("Unclear"), _tr("Outbox"), _tr("Not sent"), _tr("Outside window"), _tr("Receipts"),
            ),
            rows=tuple(self._channel_row(name, row) for name, row in zip(names, channels, strict=True)),
            chart_opens=lambda place, _row: self._of_channel(channels[place], _DELIVERED),
        )  # fmt: skip

    def _channel_row(self, name: str, row: ChannelDelivery) -> tuple[Cell, ...]:
        told = (Outcome.CONFIRMED, Outcome.ASSUMED, Outcome.UNDELIVERED, Outcome.FAILED, Outcome.UNKNOWN,
                Outcome.WAITING, Outcome.NOT_SENT, Outcome.OUTSIDE)  # fmt: skip
        counts = [self._count(row.outcomes.get(one, 0), self._of_channel(row, frozenset({one}))) for one in told]
        receipts = _tr("yes") if row.receipts else _tr("no receipts on this channel")
        rate = Cell(text=self.percent(row.rate), opens=self._of_channel(row, _DELIVERED))
        return (Cell(text=name), rate, *counts, Cell(text=receipts))

    def _responses(self, report: Report) -> Section:
        days = report.days
        series = (
            Series(name=_tr("Median"), values=tuple(_seconds(day.response.median) for day in days)),
            Series(name=_tr("90th percentile"), values=tuple(_seconds(day.response.ninetieth) for day in days)),
        )
        chart = self._by_day(report, _tr("First response"), series)
        return Section(
            key="responses",
            chart=ChartData(
                title=chart.title,
                labels=chart.labels,
                names=chart.names,
                series=series,
                kind=ChartKind.LINES,
                value_text=lambda value: self.duration(round(1000 * value)),
                ticks=time_ticks,
                gap_text=_tr("no answer"),
            ),
            headings=(_tr("Day"), _tr("Questions"), _tr("Answered"), _tr("Median"), _tr("90th percentile")),
            rows=tuple(
                (
                    self._day(day),
                    self._count(day.response.asked, Behind(place=place, questions="asked")),
                    self._count(day.response.answered, Behind(place=place, questions="answered")),
                    Cell(text=self.duration(day.response.median), opens=Behind(place=place, questions="answered")),
                    Cell(text=self.duration(day.response.ninetieth), opens=Behind(place=place, questions="answered")),
                )
                for place, day in enumerate(days)
            ),
            chart_opens=lambda place, _row: Behind(place=place, questions="answered"),
        )

    def _consent(self, report: Report) -> Section:
        days = report.days
        series = (
            Series(name=_tr("Opted out"), values=tuple(day.opted_out for day in days)),
            Series(name=_tr("Opted in again"), values=tuple(day.opted_in for day in days)),
        )
        out, back = OptIn.OPTED_OUT, OptIn.OPTED_IN
        return Section(
            key="consent",
            chart=self._by_day(report, _tr("Opt-outs and opt-ins"), series),
            headings=(_tr("Day"), _tr("Opted out"), _tr("Opted in again")),
            rows=tuple(
                (
                    self._day(day),
                    self._count(day.opted_out, Behind(place=place, consent=out)),
                    self._count(day.opted_in, Behind(place=place, consent=back)),
                )
                for place, day in enumerate(days)
            ),
            chart_opens=lambda place, row: Behind(place=place, consent=back if row else out),
        )

    def _segments(self, report: Report) -> Section:
        series = (Series(name=_tr("Segments"), values=tuple(day.segments for day in report.days)),)
        headings = [_tr("Day"), _tr("Segments"), *(_tr("Cost") for _currency in report.currencies)]

        def row(day: DayNumbers) -> tuple[Cell, ...]:
            costs = [Cell(text=cost_words(day.costs.get(one, 0.0), one)) for one in report.currencies]
            return (self._day(day), self._count(day.segments, None), *costs)

        return Section(
            key="segments",
            chart=self._by_day(report, _tr("SMS segments sent"), series),
            headings=tuple(headings),
            rows=tuple(row(day) for day in report.days),
            chart_opens=lambda _place, _row: None,
        )

    def _by_day(self, report: Report, title: str, series: tuple[Series, ...]) -> ChartData:
        return ChartData(
            title=title,
            labels=tuple(self.short_day(day.day) for day in report.days),
            names=tuple(self.full_day(day.day) for day in report.days),
            series=series,
            value_text=lambda value: self.number(round(value)),
        )

    @staticmethod
    def _of_channel(row: ChannelDelivery, outcomes: frozenset[Outcome]) -> Behind | None:
        if row.channel_id is None:
            return None
        return Behind(direction=_OUT, outcomes=outcomes, channel_id=row.channel_id)

    # Words

    def opened(self, report: Report, behind: Behind) -> str:
        """Return the headline over what a number opens."""
        if behind.consent is not None:
            what = _tr("Opt-outs") if behind.consent is OptIn.OPTED_OUT else _tr("Opt-ins")
        elif behind.questions:
            what = _tr("Answered questions") if behind.questions == "answered" else _tr("Questions")
        elif behind.outcomes == _DELIVERED:
            what = _tr("Delivered messages")
        elif behind.outcomes:
            what = outcome_words(next(iter(behind.outcomes)))
        else:
            what = _tr("Received messages") if behind.direction is _IN else _tr("Sent messages")
        when = self.span(report) if behind.place is None else self.full_day(report.days[behind.place].day)
        channel = next((row for row in report.channels if row.channel_id == behind.channel_id), None)
        where = "" if behind.channel_id is None or channel is None else f"{self.channel(channel)}, "
        return f"{what}, {where}{when}"

    def span(self, report: Report) -> str:
        """Return which days are shown."""
        first, last = report.span.first, report.span.last
        if first == last:
            return self.full_day(first)
        return f"{self._date(first)} – {self._date(last)}"

    def compared_with(self, report: Report) -> str:
        """Return which days are shown, and with which they are compared."""
        count = len(report.days)
        before = _tr("the day before") if count == 1 else _tr("the {n} days before").format(n=count)
        return _tr("{days} · compared with {before}").format(days=self.span(report), before=before)

    def channel(self, row: ChannelDelivery) -> str:
        """Return the name of a channel."""
        return plain_name(row.name) if row.name else _tr("No channel")

    def number(self, value: int) -> str:
        """Return a number with the separators of the locale."""
        return self._formats.number(value)

    def percent(self, rate: float | None) -> str:
        """Return a rate with one decimal."""
        return "–" if rate is None else f"{self._locale.toString(100.0 * rate, 'f', 1)} %"

    def duration(self, millis: int | None) -> str:
        """Return how long something took, in two units at most."""
        if millis is None:
            return "–"
        seconds = round(millis / 1000)
        if seconds < 60:
            return _tr("{n} s").format(n=seconds)
        minutes = round(seconds / 60)
        if minutes < 60:
            return _tr("{n} min").format(n=minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 24:
            return _tr("{h} h {m} min").format(h=hours, m=minutes) if minutes else _tr("{h} h").format(h=hours)
        days, hours = divmod(round(seconds / 3600), 24)
        return _tr("{d} d {h} h").format(d=days, h=hours) if hours else _tr("{d} d").format(d=days)

    def full_day(self, day: date) -> str:
        """Return a day as people say it."""
        return self._locale.toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)

    def short_day(self, day: date) -> str:
        """Return a day as short as a chart needs it."""
        return self._locale.toString(QDate(day.year, day.month, day.day), "d MMM")

    def moment(self, moment: datetime) -> str:
        """Return when a message was said."""
        return self._formats.moment(moment)

    def _date(self, day: date) -> str:
        return self._locale.toString(QDate(day.year, day.month, day.day), "d MMM yyyy")

    def _day(self, day: DayNumbers) -> Cell:
        return Cell(text=self._locale.toString(QDate(day.day.year, day.day.month, day.day.day), "ddd d MMM yyyy"))

    def _count(self, value: int, opens: Behind | None) -> Cell:
        return Cell(text=self.number(value), opens=opens if value else None)

    def _receipts(self, name: str, row: ChannelDelivery) -> str:
        return name if row.receipts else _tr("{channel} (no receipts)").format(channel=name)


def outcome_words(outcome: Outcome) -> str:
    """Return what became of messages."""
    words = {
        Outcome.CONFIRMED: _tr("Delivered with a receipt"),
        Outcome.ASSUMED: _tr("Sent without a receipt"),
        Outcome.UNDELIVERED: _tr("Undelivered"),
        Outcome.FAILED: _tr("Failed"),
        Outcome.UNKNOWN: _tr("Unclear"),
        Outcome.WAITING: _tr("In the outbox"),
        Outcome.NOT_SENT: _tr("Not sent"),
        Outcome.OUTSIDE: _tr("Sent outside the window"),
    }
    return words[outcome]


def _seconds(millis: int | None) -> float | None:
    return None if millis is None else millis / 1000
