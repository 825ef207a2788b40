"""ConversationExportService: what was said with one contact, as a table or as a page (S4-40 to S4-46).

Written in two steps, because a person is asked where the file goes only when it is ready: ``prepare`` writes it
into a folder of the program, ``deliver`` puts it where it shall be and notes that in the conversation.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId, first_entry_id
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.timeline import ActorKind, TimelineEntry, TimelineFilter
from desktop_inbox.models.exports import entry_count
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import rights
from .conversation_page import PageWriter
from .conversation_table import TableWriter
from .export import Replacing
from .settings import EXPORT_SPAN, ORGANISATION_NAME
from .zones import zone_of

_BATCH: Final = 500  # entries


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted. Both days count whole, in the zone of the office; comments are for colleagues only."""

    conversation_id: ConversationId
    first: date
    last: date
    format: ExportFormat = ExportFormat.CSV
    comments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An export that lies ready at ``path``; ``name`` is proposed for it."""

    wish: Wish
    path: Path
    entries: int
    name: str


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


class ConversationExportService:
    """Writes one conversation into a file, within the span that the office allows."""

    def __init__(
        self, store: Store, *, user_id: UserId, folder: Path, notes: Callable[[], bool] = lambda: True
    ) -> None:
        """``folder`` is where exports wait until they are delivered; ``notes`` as for the timeline (S4-07)."""
        self._store, self._user_id, self._folder, self._notes = store, user_id, folder, notes

    async def longest_span(self) -> int:
        """Return how many days one export may cover; 0 for any number."""
        return await self._store.read(_longest_span)

    async def prepare(
        self,
        wish: Wish,
        *,
        progress: Callable[[int, int], None] = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Prepared:
        """Write the export into the folder; ``deliver`` or ``discard`` it then.

        ``progress`` is told (entries written, of how many) on the event loop. Raises InvalidInputError for days
        in the wrong order, PermissionDeniedError for more days than are allowed, NotFoundError.
        """
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                loop.call_soon_threadsafe(progress, done, total)

        def write(work: Work) -> Prepared:
            check_span(wish.first, wish.last, _longest_span(work))
            return self._write(work, wish, tell, cancelled)

        return await asyncio.to_thread(self._store.read_apart, write)

    async def deliver(self, prepared: Prepared, target: Path, *, actor: ActorKind = ActorKind.USER) -> None:
        """Put the file at ``target`` and note in the conversation that it was exported, by whom and which days.

        ``target`` is replaced only by the whole file. Raises StoreError when it cannot be written.
        """
        wish = prepared.wish

        def note(work: Work) -> None:
            details = {"first": wish.first.isoformat(), "last": wish.last.isoformat(), "format": str(wish.format)}
            work.timeline.add_event(
                wish.conversation_id,
                "exported",
                actor_kind=actor,
                actor_id=self._user_id,
                actor_name=rights.name_of(work, self._user_id),
                details={**details, "entries": str(prepared.entries)},
            )

        def copy() -> None:
            # The note comes first: what cannot be noted is not handed out.
            with Replacing(target) as file, prepared.path.open(encoding="utf-8-sig", newline="") as ready:
                shutil.copyfileobj(ready, file, 1 << 20)
                self._store.run_sync(note)

        await asyncio.to_thread(copy)
        await self.discard(prepared)

    async def discard(self, prepared: Prepared) -> None:
        """Remove an export that nobody wants, or that was delivered."""
        with suppress(OSError):
            await asyncio.to_thread(prepared.path.unlink)

    def clear(self) -> None:
        """Remove what a program that was ended left behind. Blocks."""
        for path in self._folder.glob("*.export") if self._folder.is_dir() else ():
            with suppress(OSError):
                path.unlink()

    def _write(
        self, work: Work, wish: Wish, tell: Callable[[int, int], None], cancelled: Callable[[], bool]
    ) -> Prepared:
        contact_id = work.conversations.contact_of(wish.conversation_id)
        contact = None if contact_id is None else work.contacts.get(contact_id)
        if contact is None:
            raise NotFoundError(
                "conversation_missing", "This conversation does not exist any more.", hint="Choose another one."
            )
        zone = zone_of(work)
        begin, end = (_place(day, zone) for day in (wish.first, wish.last + timedelta(days=1)))
        channels = {channel.id: channel.name for channel in work.channels.all()}
        total = entry_count(
            work, wish.conversation_id, begin, end, comments=wish.comments, notes=wish.comments and self._notes()
        )
        # Only whoever runs the program may read what waits here.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{wish.conversation_id}-{work.draw_entry_id(work.now())}.export"
        done = 0
        with Replacing(path) as file:
            made = PageWriter if wish.format is ExportFormat.HTML else TableWriter
            writer = made(file, contact=contact, channels=channels, zone=zone)
            office = work.settings.get(ORGANISATION_NAME.key)
            writer.begin(office=str(office or ""), first=wish.first, last=wish.last, entries=total, now=work.now())
            for batch in self._batches(work, wish, begin, end):
                if cancelled():
                    raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
                writer.write(batch)
                done += len(batch)
                tell(done, total)
            writer.end()
        return Prepared(wish=wish, path=path, entries=done, name=_file_name(wish))

    def _batches(self, work: Work, wish: Wish, begin: int, end: int) -> Iterator[list[Message | Call | Comment]]:
        wanted = TimelineFilter(categories=frozenset(), comments=wish.comments, notes=self._notes())
        place = begin
        while place < end:
            page = work.timeline.since(wish.conversation_id, place, _BATCH, wanted=wanted)
            inside = [entry for entry in page.entries if entry.id < end]
            yield [entry for entry in inside if _is_said(entry, comments=wish.comments)]  # type: ignore[misc]
            if not page.has_newer or len(inside) < len(page.entries):
                return
            place = page.entries[-1].id + 1


def check_span(first: date, last: date, longest: int) -> None:
    """Raise for days in the wrong order, or more of them than ``longest`` (0: any number)."""
    days = (last - first).days + 1
    if days < 1:
        raise InvalidInputError(
            "export_days", "The first day comes after the last one.", hint="Choose the days the other way round."
        )
    if longest and days > longest:
        allowed = "1 day" if longest == 1 else f"{longest} days"
        raise PermissionDeniedError(
            "export_span",
            f"These are {days} days; one export may cover {allowed}.",
            hint="Choose fewer days, or ask an administrator to change the longest export in Settings.",
        )


def _is_said(entry: TimelineEntry, *, comments: bool) -> bool:
    return isinstance(entry, Message | Call) or (comments and isinstance(entry, Comment))


def _longest_span(work: Work) -> int:
    days = work.settings.get(EXPORT_SPAN.key)
    usable = type(days) is int and EXPORT_SPAN.allowed is not None and EXPORT_SPAN.allowed(days)
    return days if usable else EXPORT_SPAN.default


def _place(day: date, zone: tzinfo) -> EntryId:
    """Return the first id that an entry of a local day can have."""
    return first_entry_id(datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC))


def _file_name(wish: Wish) -> str:
    """Return a name that says nothing about the person: files are seen by others."""
    days = wish.first.isoformat() if wish.first == wish.last else f"{wish.first.isoformat()}-{wish.last.isoformat()}"
    return f"conversation-{wish.conversation_id}-{days}.{wish.format}"
