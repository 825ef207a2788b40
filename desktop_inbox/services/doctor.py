"""Doctor: looks at the installation from outside and says what to do about what is wrong.

It works when the database does not open, and makes or changes nothing.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from desktop_inbox.clock import Clock
from desktop_inbox.config import Config
from desktop_inbox.errors import InboxError, StoreError
from desktop_inbox.models import inspection
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.migrations import HEAD

from . import backup, journal
from .keyring_backend import SecretState, secret_error
from .secrets import SecretStore

_LITTLE_SPACE = 500_000_000  # bytes
_LATE_BACKUP = timedelta(days=3)
_FUTURE = timedelta(minutes=10)
_PYTHON = (3, 11)
#: A keyring that waits for somebody to unlock it is told of, not waited for.
_KEYRING_SECONDS = 5.0


class Health(StrEnum):
    """How a check went."""

    GOOD = "good"
    NOTE = "note"  # works, but look at it
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str  # stable: "folder", "space", "database", ...
    health: Health
    sentence: str
    remedy: str = ""

    def json(self) -> dict[str, str]:
        """Return the check for the command line's JSON."""
        return {"check": self.name, "health": self.health.value, "sentence": self.sentence, "remedy": self.remedy}


async def examine(
    config: Config, *, clock: Clock, secrets: SecretStore | None = None, keyring_seconds: float = _KEYRING_SECONDS
) -> tuple[Check, ...]:
    """Look at everything; never raises for what it finds. A keyring is given ``keyring_seconds`` to answer."""
    found = await asyncio.to_thread(lambda: tuple(_all(config, clock)))
    if secrets is not None:
        found += (await _keyring(secrets, keyring_seconds),)
    return found


def _all(config: Config, clock: Clock) -> Iterator[Check]:
    yield _python()
    yield _folder(config.data_dir)
    yield _space(config.data_dir)
    yield from _database(config, clock)
    yield _journal(config.data_dir / "journal")
    if not config.is_team:
        yield _backups(config, clock)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _PYTHON:
        return Check(
            name="python",
            health=Health.BAD,
            sentence=f"Python {version} is too old.",
            remedy="Install Python 3.11 or newer.",
        )
    return Check(name="python", health=Health.GOOD, sentence=f"Python {version}.")


def _folder(folder: Path) -> Check:
    if not folder.exists():
        return Check(
            name="folder", health=Health.GOOD, sentence=f"{folder} is made when the program starts for the first time."
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check(
            name="folder",
            health=Health.BAD,
            sentence=f"{folder} cannot be read and written.",
            remedy="Correct its permissions, or name another folder in DESKTOP_INBOX_HOME.",
        )
    if sys.platform != "win32" and folder.stat().st_mode & 0o077:
        return Check(
            name="folder",
            health=Health.NOTE,
            sentence=f"Others on this computer can look into {folder}.",
            remedy="Start the program once; it makes the folder private.",
        )
    return Check(name="folder", health=Health.GOOD, sentence=f"{folder} is there and private.")


def _space(folder: Path) -> Check:
    place = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path())
    free = shutil.disk_usage(place).free
    sentence = f"{free / 1e9:.1f} GB are free."
    if free < _LITTLE_SPACE:
        return Check(name="space", health=Health.BAD, sentence=sentence, remedy="Free some space on this disk.")
    return Check(name="space", health=Health.GOOD, sentence=sentence)


def _database(config: Config, clock: Clock) -> Iterator[Check]:
    try:
        yield from _opened(config, clock)
    except StoreError as error:
        remedy = error.hint
        good = None if config.is_team else _good_backup(config)
        if good is not None:
            remedy += f" The newest backup that is whole: {good}."
        yield Check(name="database", health=Health.BAD, sentence=error.message, remedy=remedy)


def _opened(config: Config, clock: Clock) -> Iterator[Check]:
    url = config.database_url
    if not inspection.exists(url):
        yield Check(name="database", health=Health.GOOD, sentence="The database is made at the first start.")
        return
    version = inspection.version(url)
    if version is None or version < HEAD:
        yield Check(
            name="database",
            health=Health.NOTE,
            sentence="The database is of an older version.",
            remedy="Start the program; it makes a copy, then brings the database up to date.",
        )
        return
    if version > HEAD:
        yield Check(
            name="database",
            health=Health.BAD,
            sentence="The database was written by a newer version of this program.",
            remedy="Install the newest version.",
        )
        return
    facts = inspection.facts(url, clock=clock)
    if facts.damage:
        raise StoreError("store_corrupt", "The database file is damaged.", hint="Restore the last backup.")
    kind = "PostgreSQL" if facts.dialect == "postgresql" else "SQLite"
    yield Check(name="database", health=Health.GOOD, sentence=f"The {kind} database opens and is of this version.")
    yield from _contents(facts, clock)


def _contents(facts: inspection.OfficeFacts, clock: Clock) -> Iterator[Check]:
    if not facts.channels:
        yield Check(
            name="channels", health=Health.NOTE, sentence="No channel is set up.", remedy="Add one in Channels."
        )
    for channel in facts.channels:
        if channel.state is ChannelState.BROKEN:
            yield Check(
                name="channels",
                health=Health.BAD,
                sentence=f"{channel.name}: {channel.state_reason or 'cannot carry messages.'}",
                remedy="Open Channels, edit it and test the connection.",
            )
        else:
            sentence = f"{channel.name} is {channel.state.value}."
            yield Check(name="channels", health=Health.GOOD, sentence=sentence)
    if facts.unknown:
        yield Check(
            name="unclear",
            health=Health.NOTE,
            sentence=f"Of {facts.unknown} messages nobody knows whether they left.",
            remedy="Open the Failed view and say for each whether it arrived.",
        )
    if facts.last_entry_at is not None and facts.last_entry_at > clock() + _FUTURE:
        yield Check(
            name="clock",
            health=Health.BAD,
            sentence="The newest message lies in the future, so this computer's clock is or was wrong.",
            remedy="Set the clock by the internet in the system's settings.",
        )


def _backups(config: Config, clock: Clock) -> Check:
    known = backup.stored(config.backups_dir)
    if not known:
        if not inspection.exists(config.database_url):
            return Check(name="backups", health=Health.GOOD, sentence="There is nothing to back up yet.")
        return Check(
            name="backups",
            health=Health.NOTE,
            sentence="There is no backup yet.",
            remedy="Run: desktop-inbox backup",
        )
    age = clock() - known[0].made_at
    sentence = f"The newest of {len(known)} backups is {max(age.days, 0)} days old."
    if age > _LATE_BACKUP:
        return Check(name="backups", health=Health.NOTE, sentence=sentence, remedy="Run: desktop-inbox backup")
    return Check(name="backups", health=Health.GOOD, sentence=sentence)


def _journal(folder: Path) -> Check:
    try:
        aside = journal.set_aside(folder)
    except OSError:
        sentence = f"The journals of sends in {folder} cannot be read."
        return Check(name="journal", health=Health.BAD, sentence=sentence, remedy="Correct the folder's permissions.")
    if aside:
        return Check(
            name="journal",
            health=Health.NOTE,
            sentence=f"{aside} results of sends could not be recorded and lie aside in {folder}.",
            remedy="Open the Failed view, say for each unclear message whether it arrived, then delete the files.",
        )
    return Check(name="journal", health=Health.GOOD, sentence="No result of a send is left over.")


def _good_backup(config: Config) -> Path | None:
    return backup.newest_good(config.backups_dir)


async def _keyring(secrets: SecretStore, seconds: float) -> Check:
    try:
        async with asyncio.timeout(seconds):
            status = await secrets.status()
    except TimeoutError:
        error = secret_error(SecretState.TIMEOUT)
        return Check(name="secrets", health=Health.BAD, sentence=error.message, remedy=error.hint)
    except InboxError as error:
        return Check(name="secrets", health=Health.BAD, sentence=error.message, remedy=error.hint)
    if status.sentence:
        return Check(name="secrets", health=Health.BAD, sentence=status.sentence, remedy=status.hint)
    return Check(name="secrets", health=Health.GOOD, sentence=f"Secrets are kept in: {status.title}.")
