"""broadcast list: what was sent, narrowed as in the window (S5-04)."""

import argparse
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from desktop_inbox.app.office import Office
from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.batch import BatchStatus, Counts
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, TeamId, UserId
from desktop_inbox.models.entities.tracking import Filter, Tracked
from desktop_inbox.services.moments import at_wall
from desktop_inbox.services.tracking import Choice, Choices
from desktop_inbox.services.zones import zone_of

from .output import Output


async def list_batches(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Tell of the newest that fit, or only how many do."""
    choices = await office.tracking.choices()
    wanted = _filter(choices, options, await office.store.read(zone_of))
    if options.count:
        fitting, everything = await office.tracking.count(wanted)
        output.item(f"{fitting:,} of {everything:,}", fitting=fitting, everything=everything)
        return 0
    page = await office.tracking.page(wanted, limit=options.limit)
    counts = await office.broadcasts.counts([BatchId(one.id) for one in page.items if not one.single])
    for one in page.items:
        _tell(one, Counts() if one.single else counts[BatchId(one.id)], output)
    return 0


def _filter(choices: Choices, options: argparse.Namespace, zone: tzinfo) -> Filter:
    types = [Scheme(one) for one in options.type]
    channels = frozenset[int]().union(*(choices.types.get(one, frozenset()) for one in types))
    last: date | None = options.last
    return Filter(
        statuses=frozenset(BatchStatus(one) for one in options.status),
        code=options.code.strip(),
        channel_ids=frozenset(channels) if types else None,  # type: ignore[arg-type]
        file=options.file,
        user_ids=frozenset(UserId(key) for key in _named(options.user, choices.users, "user")),
        team_ids=frozenset(TeamId(key) for key in _named(options.team, choices.teams, "team")),
        since=None if options.first is None else _midnight(options.first, zone),
        until=None if last is None else _midnight(last + timedelta(days=1), zone),
        singles=options.singles,
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return at_wall(day, time.min, zone)


def _named(names: Iterable[str], known: Sequence[Choice], what: str) -> list[int]:
    """The ids of everything that has one of these names."""
    found = []
    for name in names:
        ids = [one.id for one in known if one.name.casefold() == name.casefold()]
        if not ids:
            raise NotFoundError(f"{what}.unknown", f"There is no {what} named {name}.", hint=f"See: {what} list")
        found += ids
    return found


def _tell(batch: Tracked, counts: Counts, output: Output) -> None:
    """Tell of a batch; of a single message its state says it all."""
    why = f" ({batch.reason})" if batch.reason else ""
    numbers = (
        f"{counts.total:,} recipients, {counts.left:,} sent, {counts.waiting:,} waiting, {counts.failed:,} failed, "
        f"{counts.cancelled:,} cancelled" + (f", {counts.gone:,} deleted since" if counts.gone else "")
    )
    by = ", ".join(name for name in (batch.user_name, batch.team_name) if name)
    output.item(
        f"{batch.code}  {batch.status}{why}  "
        + (" ".join(batch.text.split())[:60] if batch.single else f"{batch.name}: {numbers}")
        + (f"; by {by}" if by else ""),
        code=batch.code,
        id=batch.id,
        kind="single" if batch.single else batch.kind,
        name=batch.name,
        status=batch.status,
        reason=batch.reason,
        due_at=batch.due_at,
        user=batch.user_name,
        team=batch.team_name,
        file=batch.file_name,
        channel=batch.channel_name,
        total=batch.total,
        recipients={str(state): number for state, number in counts.recipients.items()},
        messages={str(status): number for status, number in counts.messages.items()},
    )
