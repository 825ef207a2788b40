"""The tables of a report, as files and the command line have them: one for each chart of the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop_inbox.models.entities.report import Outcome

from .reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """Headings and lines of texts; numbers with a point and no separators, times in whole seconds."""

    key: str
    title: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def table_of(report: Report, key: str) -> ReportTable:
    """Return one of the tables."""
    title, make = TABLES[key]
    headings, lines = make(report)
    return ReportTable(key=key, title=title, headings=tuple(headings), lines=tuple(map(tuple, lines)))


def as_json(report: Report) -> dict[str, Any]:
    """Return the totals of a report and of the span before it."""

    def totals(of: Any) -> dict[str, Any]:
        return {
            "received": of.received,
            "sent": of.sent,
            "delivered": of.delivered,
            "delivery_rate": None if of.rate is None else round(of.rate, 4),
            "questions": of.response.asked,
            "answered": of.response.answered,
            "response_median_seconds": _seconds(of.response.median),
            "response_90th_percentile_seconds": _seconds(of.response.ninetieth),
            "opted_out": of.opted_out,
            "opted_in": of.opted_in,
            "segments": of.segments,
        }

    return {
        "from": report.span.first.isoformat(),
        "to": report.span.last.isoformat(),
        "totals": totals(report.totals),
        "before": totals(report.totals_before),
        "waiting": report.waiting.count,
        "costs": dict(report.costs),  # by currency
    }


_Made = tuple[Sequence[str], Sequence[Sequence[str]]]


def _messages(report: Report) -> _Made:
    lines = [(one.day.isoformat(), str(one.received), str(one.sent)) for one in report.days]
    return ("Day", "Received", "Sent"), lines


def _channels(report: Report) -> _Made:
    headings = ("Channel", "Delivered", "Of", "Delivery rate %", "With a receipt", "Without a receipt", "Undelivered",
                "Failed", "Unclear", "In the outbox", "Not sent", "Outside the window", "Receipts")  # fmt: skip
    told = (Outcome.CONFIRMED, Outcome.ASSUMED, Outcome.UNDELIVERED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.WAITING,
            Outcome.NOT_SENT, Outcome.OUTSIDE)  # fmt: skip
    lines = [
        (
            row.name,
            str(row.delivered),
            str(row.rated),
            "" if row.rate is None else f"{100 * row.rate:.1f}",
            *(str(row.outcomes.get(outcome, 0)) for outcome in told),
            "yes" if row.receipts else "none",
        )
        for row in report.channels
    ]
    return headings, lines


def _responses(report: Report) -> _Made:
    headings = ("Day", "Questions", "Answered", "Median seconds", "90th percentile seconds")
    lines = [
        (
            one.day.isoformat(),
            str(one.response.asked),
            str(one.response.answered),
            _text(_seconds(one.response.median)),
            _text(_seconds(one.response.ninetieth)),
        )
        for one in report.days
    ]
    return headings, lines


def _consent(report: Report) -> _Made:
    lines = [(one.day.isoformat(), str(one.opted_out), str(one.opted_in)) for one in report.days]
    return ("Day", "Opted out", "Opted in"), lines


def _segments(report: Report) -> _Made:
    headings = ["Day", "Segments", *(f"Cost {currency}".strip() for currency in report.currencies)]
    lines = [
        (
            one.day.isoformat(),
            str(one.segments),
            *(f"{one.costs.get(currency, 0.0):.2f}" for currency in report.currencies),
        )
        for one in report.days
    ]
    return headings, lines


def _seconds(millis: int | None) -> int | None:
    return None if millis is None else round(millis / 1000)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


#: By key: title and maker, in the order of the page.
TABLES: Final[Mapping[str, tuple[str, Callable[[Report], _Made]]]] = {
    "messages": ("Messages per day", _messages),
    "channels": ("Delivery by channel", _channels),
    "responses": ("First response", _responses),
    "consent": ("Opt-outs and opt-ins", _consent),
    "segments": ("Segments sent", _segments),
}
