"""TrackingService: what was sent to many, what became of every recipient, and a file of it (S5-02..09, S5-18..27).

Counts are worked out from recipients and messages whenever they are asked for, so their sum is the number of
recipients, always.
"""

import asyncio
import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, ChannelId, EntryId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tracking import Details, Filter, Outcome, Recipient, Tracked
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import sheet_guard
from .export import Replacing
from .providers.registry import provider_class
from .rights import may_change
from .variables import facts_in, resolve

#: What every export begins with; their meaning stands in docs/sending-to-many.md.
COLUMNS: Final = (
    "Batch", "Line", "Name", "Address", "Outcome", "Reason code", "Reason", "Segments", "Time", "Text",
)  # fmt: skip


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to filter by."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be filtered by at the moment."""

    types: Mapping[Scheme, frozenset[ChannelId]]  # connected kinds of addresses, and the channels of each
    users: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    files: tuple[str, ...]
    channel_types: Mapping[ChannelId, tuple[Scheme, ...]]  # of every channel, removed ones included
    receipts: frozenset[ChannelId]  # channels whose provider tells of delivery

    @property
    def several_types(self) -> bool:
        """Whether there is anything to choose: with one kind connected the filter is not shown (S5-09)."""
        return len(self.types) > 1


class TrackingService:
    """Reads what was sent; sends, stops and changes nothing. Without a ``user_id`` it does not say who may."""

    def __init__(self, store: Store, *, user_id: UserId | None = None) -> None:
        self._store = store
        self._user_id = user_id

    async def page(self, wanted: Filter, *, before: int | None = None, limit: int = 50) -> Page[Tracked]:
        """Return the newest batches that fit, those older than the one of id ``before``."""
        return await self._store.read(lambda work: work.tracking.page(wanted, before=before, limit=limit))

    async def count(self, wanted: Filter) -> tuple[int, int]:
        """Return how many fit, and how many there are, single messages included where they are wanted; more than
        ``MOST_COUNTED`` then only says that there are more."""
        everything = Filter(singles=wanted.singles)
        return await self._store.read(lambda work: (work.tracking.count(wanted), work.tracking.count(everything)))

    async def many(self, ids: Sequence[int]) -> tuple[Tracked, ...]:
        """Return those that exist, newest first."""
        return await self._store.read(lambda work: work.tracking.many(ids))

    async def of_messages(self, ids: Sequence[int]) -> frozenset[BatchId]:
        """Return the batches that messages belong to."""
        return await self._store.read(lambda work: work.tracking.of_messages(ids))

    async def details(self, key: int) -> Details:
        """Return everything about one batch or single message. Raises NotFoundError."""

        def read(work: Work) -> Details:
            found = work.tracking.details(_found(work, key))
            if self._user_id is None or found.row.single:
                return found
            return replace(found, may_change=may_change(work, self._user_id, found.row.user_id))

        return await self._store.read(read)

    async def recipients(
        self,
        key: int,
        *,
        outcomes: frozenset[Outcome] = frozenset(),
        text: str = "",
        after: int = 0,
        limit: int = 100,
    ) -> Page[Recipient]:
        """Return recipients behind the place ``after``; of some outcomes, or with ``text`` in name or address."""

        def read(work: Work) -> Page[Recipient]:
            return work.tracking.recipients(_found(work, key), outcomes=outcomes, text=text, after=after, limit=limit)

        return await self._store.read(read)

    async def rendered(self, key: int, recipient: Recipient) -> str:
        """Return what a recipient got, or would get now while the message is not made (S5-19)."""
        if recipient.message_id is not None and recipient.text:
            return recipient.text

        def read(work: Work) -> str:
            row = _found(work, key)
            if recipient.conversation_id is None:
                return row.text
            return resolve(row.text, facts_in(work, recipient.conversation_id)).text

        return await self._store.read(read)

    async def failed(self, key: int) -> tuple[EntryId, ...]:
        """Return the messages of a batch that failed."""
        return await self._store.read(lambda work: work.tracking.failed(_found(work, key)))

    async def choices(self) -> Choices:
        """Return what can be filtered by."""
        return await self._store.read(_choices)

    async def recipients_csv(
        self,
        target: Path,
        key: int,
        *,
        zone: tzinfo | None = None,
        progress: Callable[[int, int], None] = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write all recipients of a batch; returns how many.

        UTF-8 with a byte order mark, every cell quoted, none that a spreadsheet would run or rewrite; times in
        ``zone``. ``target`` appears when it is complete. ``progress`` is told (done, of how many) on a worker thread.
        """

        def write(work: Work) -> int:
            row = _found(work, key)
            rows = 0
            with Replacing(target) as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow(COLUMNS)
                for part in work.tracking.every_recipient(row):
                    if cancelled():
                        raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
                    writer.writerows(_cells(row, one, zone) for one in part)
                    rows += len(part)
                    progress(rows, row.total)
            return rows

        return await asyncio.to_thread(self._store.read_apart, write)


def types_of(channel: Channel) -> tuple[Scheme, ...]:
    """Return which kinds of addresses a channel reaches; none where this program does not know the channel."""
    try:
        schemes = provider_class(channel.kind).capabilities_of(channel.settings).schemes
    except NotFoundError:
        return ()
    return tuple(scheme for scheme in Scheme if scheme in schemes)


def arrived(row: Tracked, choices: Choices | None) -> int:
    """Return how many were delivered; where a channel never tells, what was sent counts (S1-31)."""
    silent = choices is not None and row.channel_id is not None and row.channel_id not in choices.receipts
    return row.counts.get(Outcome.DELIVERED, 0) + (row.counts.get(Outcome.SENT, 0) if silent else 0)


def _found(work: Work, key: int) -> Tracked:
    found = work.tracking.many([key])
    if not found:
        raise NotFoundError("batch_missing", "This batch does not exist any more.", hint="Refresh the list.")
    return found[0]


def _choices(work: Work) -> Choices:
    types: dict[Scheme, set[ChannelId]] = {}
    of_channel: dict[ChannelId, tuple[Scheme, ...]] = {}
    receipts = set()
    for channel in work.channels.all():
        schemes = of_channel[channel.id] = types_of(channel)
        if schemes and provider_class(channel.kind).capabilities_of(channel.settings).receipts_delivered:
            receipts.add(channel.id)
        if channel.state is not ChannelState.REMOVED:
            for scheme in schemes:
                types.setdefault(scheme, set()).add(channel.id)
    for scheme, known in types.items():  # what was sent on a channel that was removed since is found by its kind too
        known.update(key for key, schemes in of_channel.items() if scheme in schemes)
    return Choices(
        types={scheme: frozenset(types[scheme]) for scheme in Scheme if scheme in types},
        users=tuple(Choice(id=user.id, name=user.name) for user in work.users.all()),
        teams=tuple(Choice(id=key, name=name) for key, name in work.tracking.teams()),
        files=work.tracking.files(),
        channel_types=of_channel,
        receipts=frozenset(receipts),
    )


def _cells(row: Tracked, one: Recipient, zone: tzinfo | None) -> list[str]:
    at = "" if one.at is None else _local(one.at, zone).isoformat(sep=" ", timespec="seconds")
    cells = (
        row.code, str(one.line or ""), one.name, one.address, str(one.outcome), one.code, one.reason,
        str(one.segments), at, one.text,
    )  # fmt: skip
    return [sheet_guard.guard(cell) for cell in cells]


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone)
