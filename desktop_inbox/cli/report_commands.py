"""The numbers of the office: ``report``."""

import argparse
import csv
import io
import sys
from datetime import timedelta

from desktop_inbox.app.office import Office
from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.report import ReportFilter
from desktop_inbox.services.report_tables import TABLES, ReportTable, as_json, table_of
from desktop_inbox.services.reports import csv_cell

from .output import Output

_USUAL = timedelta(days=29)


async def report(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Print totals and tables, one table as CSV, or everything as JSON: the totals, then each line of each table."""
    last = options.until or await office.reports.today()
    made = await office.reports.report(options.since or last - _USUAL, last, await _wanted(office, options))
    keys = [options.table] if options.table else list(TABLES)
    tables = [table_of(made, key) for key in keys]
    if options.csv:
        for table in tables:
            _print_csv(table, apart=len(tables) > 1)
        return 0
    totals = as_json(made)
    output.item(_told(totals), **totals)
    for table in tables:
        if output.as_json:
            for line in table.lines:
                output.item("", table=table.key, **dict(zip(table.headings, line, strict=True)))
        else:
            output.item(f"\n{table.title}\n" + "\n".join(_aligned(table)))
    return 0


async def _wanted(office: Office, options: argparse.Namespace) -> ReportFilter:
    choices = await office.reports.choices()
    found = []
    for name, known, what in (
        (options.channel, choices.channels, "channel"),
        (options.team, choices.teams, "team"),
    ):
        keys = [key for key, known_name in known if name in (known_name, str(key))]
        if name is not None and not keys:
            names = ", ".join(known_name for _, known_name in known) or "none"
            raise NotFoundError(f"{what}_missing", f"There is no {what} called {name}.", hint=f"There are: {names}.")
        found.append(keys[0] if name is not None else None)
    channel_id, team_id = found
    return ReportFilter(channel_id=channel_id, team_id=team_id)  # type: ignore[arg-type]


def _told(totals: dict[str, object]) -> str:
    numbers, before = totals["totals"], totals["before"]
    assert isinstance(numbers, dict)  # noqa: S101
    assert isinstance(before, dict)  # noqa: S101
    lines = [f"{totals['from']} to {totals['to']}; in brackets the same span before."]
    words = {
        "received": "Received", "sent": "Sent", "delivery_rate": "Delivery rate", "questions": "Questions",
        "answered": "Answered", "response_median_seconds": "First response, median seconds",
        "response_90th_percentile_seconds": "First response, 90th percentile seconds", "opted_out": "Opted out",
        "opted_in": "Opted in", "segments": "Segments",
    }  # fmt: skip
    lines += [f"{word}: {_number(numbers[key])} ({_number(before[key])})" for key, word in words.items()]
    lines.append(f"Waiting now: {totals['waiting']}")
    costs = totals["costs"]
    assert isinstance(costs, dict)  # noqa: S101
    if costs:
        lines.append("Cost: " + ", ".join(f"{currency} {amount:.2f}".strip() for currency, amount in costs.items()))
    return "\n".join(lines)


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if isinstance(value, float) else str(value)


def _aligned(table: ReportTable) -> list[str]:
    rows = [table.headings, *table.lines]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.headings))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _print_csv(table: ReportTable, *, apart: bool) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([csv_cell(cell) for cell in row] for row in (table.headings, *table.lines))
    if apart:
        print(f"# {table.title}")
    sys.stdout.write(text.getvalue() + ("\n" if apart else ""))
