"""broadcast: create (or only ask what would happen), list, show, stop, cancel, move, recipients and test."""

import argparse
import csv
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from desktop_inbox.app.office import Office
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import (
    Audience,
    Batch,
    Counts,
    DryRun,
    FileAudience,
    ListAudience,
    SegmentAudience,
)
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.services import moments, sheet_guard
from desktop_inbox.services.broadcasts import ADDRESS, BroadcastDraft
from desktop_inbox.services.export import Replacing
from desktop_inbox.services.segments import scope_of
from desktop_inbox.services.zones import zone_of

from .broadcast_list import list_batches
from .output import Output

_AT_ONCE: Final = 500
_MANY: Final = 20  # refused recipients told to people; programs get all
_HEADING: Final = ("line", "contact", "state", "message", "code", "reason")


async def broadcast(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Run one of the actions."""
    return await _ACTIONS[options.action](office, options, output)


async def _create(office: Office, options: argparse.Namespace, output: Output) -> int:
    draft = await _draft(office, options)
    at = None if options.at is None else await _moment(office, options.at)
    if isinstance(draft.audience, FileAudience):
        for bad in draft.audience.bad:
            output.item(f"Line {bad.line}: {bad.reason}", line=bad.line, code=bad.code, reason=bad.reason)
    if options.dry_run:
        looked = await office.broadcasts.dry_run(
            draft, at=at, progress=lambda done, total: output.progress(f"{done:,} of {total:,}")
        )
        _tell_dry_run(looked, output)
        return 0
    batch = await office.broadcasts.get(await office.broadcasts.create(draft, at=at))
    when = "now" if at is None else f"at {batch.due_at.astimezone():%Y-%m-%d %H:%M}"
    output.item(
        f"{batch.code}: it goes {when}. A window, `serve` or `sync` carries it.",
        code=batch.code,
        id=batch.id,
        status=batch.status,
        due_at=batch.due_at,
    )
    return 0


async def _draft(office: Office, options: argparse.Namespace) -> BroadcastDraft:
    channel = await _channel(office, options.channel)
    text = sys.stdin.read() if options.text == "-" else options.text
    staged = [await office.attachments.stage(Path(name), name=Path(name).name) for name in options.attach]
    return BroadcastDraft(
        text=text,
        channel_id=channel.id,
        audience=await _audience(office, options, channel.id),
        name=options.name,
        attachment_paths=tuple(str(file.path) for file in staged),
        pace=options.pace,
        other_channels=options.other_channels,
        team_id=None if options.team is None else (await office.teams.named(options.team)).id,
    )


async def _channel(office: Office, wanted: str | None) -> Channel:
    known = [one for one in await office.channels.all() if one.state is not ChannelState.REMOVED]
    if wanted is not None:
        known = [one for one in known if wanted in (str(one.id), one.name)]
    if len(known) != 1:
        raise InvalidInputError(
            "channel.unknown",
            "It is not clear which channel to use.",
            hint="Name one with --channel; see: channel list",
        )
    return known[0]


async def _audience(office: Office, options: argparse.Namespace, channel_id: ChannelId) -> Audience:
    if options.file is not None:
        sheet = await office.broadcasts.read_file(Path(options.file))
        columns = office.broadcasts.guess_columns(sheet)
        if ADDRESS not in columns.uses:
            raise InvalidInputError("broadcast_no_address_column", "No column of the file holds the address.")
        create = not options.known_only
        return await office.broadcasts.map_columns(sheet, columns, channel_id=channel_id, create=create)
    if options.list is not None:
        listed = await office.store.read(lambda work: work.contact_lists.by_name(options.list))
        if listed is None:
            raise NotFoundError("list.unknown", f"There is no contact list named {options.list}.")
        return ListAudience(list_id=listed.id, name=listed.name)
    try:
        saved = await office.segments.named(options.segment)
    except NotFoundError:
        return SegmentAudience(filter=await office.segments.parse(options.segment), name=options.segment)
    return SegmentAudience(filter=scope_of(saved.id), name=saved.name)


async def _moment(office: Office, text: str) -> datetime:
    zone = await office.store.read(zone_of)
    found = moments.parse(text, office.clock(), zone)
    if found is None:
        raise InvalidInputError(
            "moment.unknown", f"It is not clear when {text} is.", hint="Write for example: 2026-12-01 09:00"
        )
    return found


def _tell_dry_run(looked: DryRun, output: Output) -> None:
    gated = [one for one in looked.recipients if one.kind is not GateKind.GO]
    for number, one in enumerate(gated):
        if output.as_json or number < _MANY:
            output.item(
                f"{one.name or one.address or f'line {one.line}'}: {one.sentence}",
                contact=one.contact_id,
                address=one.address,
                line=one.line,
                decision=one.kind,
                code=one.code,
                reason=one.sentence,
            )
    go, held, refused = (looked.count(kind) for kind in (GateKind.GO, GateKind.HOLD, GateKind.REFUSE))
    cost = "" if looked.cost is None else f" {looked.cost:.2f} {looked.currency}".rstrip()
    reasons = ", ".join(f"{number:,} {code}" for code, number in looked.reasons.items())
    output.item(
        f"{go:,} would get it, {held:,} held, {refused:,} refused{f' ({reasons})' if reasons else ''}; "
        f"{looked.segments:,} segments{',' if cost else ''}{cost}. Nothing was sent.",
        go=go,
        held=held,
        refused=refused,
        reasons=dict(looked.reasons),
        segments=looked.segments,
        cost=looked.cost,
        currency=looked.currency,
    )


# -- what became of them


async def _show(office: Office, options: argparse.Namespace, output: Output) -> int:
    batch = await office.broadcasts.by_code(options.batch)
    _tell(batch, (await office.broadcasts.counts([batch.id]))[batch.id], output)
    return 0


def _tell(batch: Batch, counts: Counts, output: Output) -> None:
    why = f" ({batch.reason})" if batch.reason else ""
    output.item(
        f"{batch.code}  {batch.status}{why}  {batch.name}: {counts.total:,} recipients, {counts.left:,} sent, "
        f"{counts.waiting:,} waiting, {counts.failed:,} failed, {counts.cancelled:,} cancelled"
        + (f", {counts.gone:,} deleted since" if counts.gone else ""),
        code=batch.code,
        id=batch.id,
        kind=batch.kind,
        name=batch.name,
        status=batch.status,
        reason=batch.reason,
        due_at=batch.due_at,
        total=counts.total,
        recipients={str(state): number for state, number in counts.recipients.items()},
        messages={str(status): number for status, number in counts.messages.items()},
    )


async def _stop(office: Office, options: argparse.Namespace, output: Output) -> int:
    batch = await office.broadcasts.by_code(options.batch)
    await office.broadcasts.stop(batch.id)
    return await _show(office, options, output)


async def _cancel(office: Office, options: argparse.Namespace, output: Output) -> int:
    batch = await office.broadcasts.by_code(options.batch)
    await office.broadcasts.cancel(batch.id)
    return await _show(office, options, output)


async def _move(office: Office, options: argparse.Namespace, output: Output) -> int:
    batch = await office.broadcasts.by_code(options.batch)
    await office.broadcasts.move_to(batch.id, await _moment(office, options.at))
    return await _show(office, options, output)


async def _recipients(office: Office, options: argparse.Namespace, output: Output) -> int:
    batch = await office.broadcasts.by_code(options.batch)
    rows: list[tuple[str, ...]] = []
    after = 0
    while found := await office.broadcasts.recipients(batch.id, after=after, limit=_AT_ONCE):
        after = found[-1].id
        for one in found:
            contact, message = one.contact_id or "", one.message_id or ""
            cells = (str(one.line or ""), str(contact), str(one.state), str(message), one.reason_code, one.reason)
            if options.csv is None:
                fields = dict(zip(_HEADING, cells, strict=True))
                output.item("  ".join(cell for cell in cells if cell), **fields)
            rows.append(cells)
    if options.csv is not None:
        with Replacing(Path(options.csv)) as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(_HEADING)
            writer.writerows([sheet_guard.guard(cell) for cell in cells] for cells in rows)
        output.item(f"{len(rows):,} recipients in {options.csv}.", rows=len(rows), file=options.csv)
    return 0


_ACTIONS: Final[dict[str, Callable[[Office, argparse.Namespace, Output], Awaitable[int]]]] = {
    "create": _create,
    "list": list_batches,
    "show": _show,
    "stop": _stop,
    "cancel": _cancel,
    "move": _move,
    "recipients": _recipients,
}
