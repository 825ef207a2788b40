"""BackupService: verified copies of the database, kept for seven days and four weeks."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desktop_inbox.clock import Clock
from desktop_inbox.errors import InboxError, StoreError
from desktop_inbox.models import copies
from desktop_inbox.models.store import Store

from .settings import DAILY_BACKUP

_log = logging.getLogger(__name__)

DAILY, WEEKLY = 7, 4
_PREFIX, _SUFFIX = "inbox-", ".db"
_STAMP = "%Y%m%dT%H%M%SZ"
_DAY = timedelta(days=1)
_CHECKED = "backup.checked_at"  # setting: seconds since 1970
_CHECK_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One file of the backups folder."""

    path: Path
    made_at: datetime  # UTC
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBackup(Backup):
    """A backup just made and checked."""

    messages: int
    contacts: int


class BackupService:
    """Copies hold everything but secrets (in the keyring) and the bytes of attachments (in their folder)."""

    def __init__(self, store: Store, clock: Clock, *, backups_dir: Path) -> None:
        self._store = store
        self._clock = clock
        self._folder = backups_dir
        self._turn = asyncio.Lock()

    async def make(self, target: Path | None = None) -> MadeBackup:
        """Write a copy to ``target`` or into the backups folder, and read it whole to be sure.

        The office goes on meanwhile. Raises StoreError; nothing is left behind then.
        """
        async with self._turn:
            made_at = self._clock()
            path = target or self._folder / f"{_PREFIX}{made_at.astimezone(UTC):{_STAMP}}{_SUFFIX}"
            facts = await asyncio.to_thread(self._make, path)
            if target is None:
                await asyncio.to_thread(self._rotate)
        return MadeBackup(path=path, made_at=made_at, size=facts.size, messages=facts.messages, contacts=facts.contacts)

    async def list(self) -> tuple[Backup, ...]:
        """Return the backups of the folder, newest first."""
        return await asyncio.to_thread(stored, self._folder)

    async def run_due(self) -> MadeBackup | None:
        """Make the backup of the day and check the database once a week, where they are due.

        Called at start and every hour; a team's server is backed up by who looks after it, and by hand here.
        Raises StoreError ``store_corrupt`` when the weekly check finds damage.
        """
        if self._store.dialect != "sqlite":
            return None
        await self._check_weekly()
        if not await self._store.read(lambda work: work.settings.get(DAILY_BACKUP.key) is not False):
            return None
        known = await self.list()
        if known and self._clock() - known[0].made_at < _DAY:
            return None
        return await self.make()

    async def _check_weekly(self) -> None:
        checked = await self._store.read(lambda work: work.settings.get(_CHECKED))
        due = not isinstance(checked, int) or self._clock().timestamp() - checked >= _CHECK_EVERY.total_seconds()
        if not due:
            return
        await asyncio.to_thread(check_integrity, self._store)
        moment = int(self._clock().timestamp())
        await self._store.run(lambda work: work.settings.set(_CHECKED, moment))

    def _make(self, path: Path) -> copies.CopyFacts:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(
                "backup_unwritable",
                f"The folder {path.parent} cannot be made: {error.strerror}.",
                hint="Choose another folder.",
            ) from error
        return copies.make(self._store, path)

    def _rotate(self) -> None:
        known = stored(self._folder)
        keep = to_keep([backup.made_at for backup in known])
        for backup in known:
            if backup.made_at not in keep:
                try:
                    backup.path.unlink()
                except OSError:
                    _log.warning("an old backup could not be removed")


def stored(folder: Path) -> tuple[Backup, ...]:
    """Return the backups of a folder, newest first. Blocks."""
    found = []
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if folder.is_dir() else ():
        try:
            made_at = datetime.strptime(path.name[len(_PREFIX) : -len(_SUFFIX)], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue  # not one of ours
        found.append(Backup(path=path, made_at=made_at, size=path.stat().st_size))
    return tuple(sorted(found, key=lambda backup: backup.made_at, reverse=True))


def to_keep(moments: list[datetime]) -> set[datetime]:
    """Return which backups stay: all of the last 24 hours, the newest of each of the last seven days and of the
    last four weeks that have one. Days without a backup do not count, so a long holiday removes nothing."""
    days: dict[object, datetime] = {}
    weeks: dict[object, datetime] = {}
    for moment in sorted(moments, reverse=True):
        days.setdefault(moment.date(), moment)
        weeks.setdefault(moment.isocalendar()[:2], moment)
    fresh = [moment for moment in moments if max(moments) - moment < _DAY]
    return {*fresh, *list(days.values())[:DAILY], *list(weeks.values())[:WEEKLY]}


def check_integrity(store: Store) -> None:
    """Read the whole database file. Raises StoreError ``store_corrupt``. Blocks; nothing to do on a server."""
    if store.dialect != "sqlite":
        return
    problem = store.on_driver(lambda driver: driver.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if problem != "ok":
        raise StoreError(
            "store_corrupt",
            "The database file is damaged.",
            hint="Restore the last backup; the damaged file is kept.",
        )


def restore(source: Path, database_url: str) -> Path | None:
    """Put a backup in the place of the database; returns where the present file was kept. Blocks.

    No program may have the database open. Raises StoreError; nothing is changed then.
    """
    if not source.is_file():
        raise StoreError("backup_missing", f"There is no file {source.name}.", hint="Choose a backup.")
    return copies.put_back(source, database_url)


def newest_good(folder: Path) -> Path | None:
    """Return the newest backup that can be read whole, for a database that cannot. Blocks."""
    for backup in stored(folder):
        try:
            copies.check(backup.path)
        except InboxError:
            continue
        return backup.path
    return None
