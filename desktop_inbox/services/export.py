"""ExportService: messages as a CSV file that survives spreadsheets."""

import asyncio
import csv
import errno
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop_inbox.errors import InboxError, StoreError
from desktop_inbox.models import exports
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import csv_safe
from .rights import need_administrator
from .settings import TIME_ZONE

#: What begins a number, a date or a sum to a spreadsheet, which would write it differently (D-24).
_NUMBERS = "0123456789.([$€£¥%"
_GUARDS = exports.Guards(dangerous=csv_safe.DANGEROUS + _NUMBERS, skipped=csv_safe.SKIPPED, mark=csv_safe.GUARD)
_BUFFER = 1 << 20  # bytes written at once


def _no_progress(_rows: int) -> None:
    """Tell nobody."""


class ExportService:
    """Writes what the office said and heard into files of its own."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    async def messages_csv(
        self,
        target: Path,
        *,
        conversation_ids: Sequence[ConversationId] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[int], None] = _no_progress,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Write messages from ``since`` up to (not including) ``until``, oldest first; returns how many.

        Of all conversations, or of some: of a view, a segment or a selection. Whatever the span; so only an
        administrator may: PermissionDeniedError (``ConversationExportService`` is for everybody).

        UTF-8 with a byte order mark, every field quoted, local times with their offset in the workspace's
        zone. ``target`` appears when it is complete; until then, on error and when ``cancelled`` it stays as it
        was. ``progress`` is told the rows written, on the event loop. Memory does not grow with the rows.
        """
        loop = asyncio.get_running_loop()

        def tell(rows: int) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                loop.call_soon_threadsafe(progress, rows)

        def write(work: Work) -> int:
            need_administrator(work, self._user_id, "Messages of many conversations can be exported")
            zone = _zone(work)
            batches = exports.message_rows(
                work, conversation_ids=conversation_ids, since=since, until=until, zone=zone, guards=_GUARDS
            )
            with closing(batches), Replacing(target) as file:
                writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow((f"Time ({zone})", *exports.MESSAGE_COLUMNS[1:]))
                rows = 0
                for batch in batches:
                    if cancelled():
                        raise InboxError("export_cancelled", "The export was cancelled; nothing was written.")
                    writer.writerows(batch)
                    rows += len(batch)
                    tell(rows)
            return rows

        return await asyncio.to_thread(self._store.read_apart, write)


def _zone(work: Work) -> tzinfo:
    """Return the workspace's zone, else that of this computer."""
    name = work.settings.get(TIME_ZONE.key)
    if isinstance(name, str) and name:
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(name)
    return ComputerZone()


class ComputerZone(tzinfo):
    """The zone of this computer with all its rules, which not every system can name."""

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time of a moment in UTC."""
        local = moment.replace(tzinfo=UTC).astimezone()
        return local.replace(tzinfo=self)

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Return how far local time is ahead of UTC."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Return nothing: only the offset is known."""
        return None

    def __str__(self) -> str:
        return "local"

    def tzname(self, moment: datetime | None) -> str:
        """Return what stands in the heading."""
        return "local"


class Replacing:
    """A text file that takes the place of ``target`` when everything was written, and never half of it."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.parent / f".{target.name}.{secrets.token_hex(4)}.part"

    def __enter__(self) -> TextIO:
        try:
            if not self._target.name:  # "" or "/"
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if self._target.exists() and not (self._target.is_file() or self._target.is_dir()):
                raise OSError(errno.EINVAL, "it is no ordinary file")  # a device would be gone for good
            self._file = self._part.open("x", encoding="utf-8-sig", newline="", buffering=_BUFFER)
        except (OSError, ValueError) as error:
            raise _unwritable(self._target, error) from error
        return self._file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._part.replace(self._target)
        except OSError as failure:
            self._drop()
            raise _unwritable(self._target, failure) from failure
        if kind is not None:
            self._drop()
        if isinstance(error, OSError):
            raise _unwritable(self._target, error) from error

    def _drop(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink()


def _unwritable(target: Path, error: OSError | ValueError) -> StoreError:
    reason = getattr(error, "strerror", None) or "the disk reported an error"
    return StoreError(
        "export_unwritable",
        f"{target.name or 'A folder'} cannot be written: {reason}.",
        hint="Choose another folder, or free some space.",
    )
