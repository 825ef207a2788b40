"""Config: where the program keeps its data, read once at start and frozen.

Data lives in the platform's user data folder, one folder per profile:

    <home>/profiles/<profile>/inbox.db       the database of a single desktop
    <home>/profiles/<profile>/config.toml    optional: ``database = "postgresql://host/name"`` for a team
    <home>/profiles/<profile>/attachments/, outbox/, backups/, logs/

``DESKTOP_INBOX_HOME`` names another ``<home>``, ``DESKTOP_INBOX_DATABASE`` another database.
"""

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from .errors import InvalidInputError, StoreError

DEFAULT_PROFILE = "default"
DEMO_PROFILE = "demo"

_PROFILE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9_-])?")
_WINDOWS_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Paths and settings of one profile. Nothing is made on disk before :meth:`prepare`."""

    profile: str
    data_dir: Path
    database_url: str = field(repr=False)  # may name a server and a role; never logged
    demo: bool = False

    @classmethod
    def load(
        cls,
        profile: str | None = None,
        *,
        demo: bool = False,
        database_url: str | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> "Config":
        """Read the configuration of ``profile``.

        Raises ``InvalidInputError`` for a profile that cannot be a folder's name, an unreadable
        config.toml or a database address that is neither SQLite nor PostgreSQL.
        """
        name = profile or (DEMO_PROFILE if demo else DEFAULT_PROFILE)
        if not _PROFILE_NAME.fullmatch(name) or _WINDOWS_DEVICES.fullmatch(name):
            raise InvalidInputError(
                "config.profile",
                f"{name!r} cannot be the name of a profile.",
                hint="Use up to 40 letters, digits, dots, dashes or underscores.",
            )
        data_dir = _home(environment) / "profiles" / name
        url = database_url or environment.get("DESKTOP_INBOX_DATABASE") or _database_of(data_dir / "config.toml")
        if url is None:
            url = sqlite_url(data_dir / "inbox.db")
        _check_database(url)
        return cls(profile=name, data_dir=data_dir, database_url=url, demo=demo)

    @property
    def attachments_dir(self) -> Path:
        """Files of messages, each under the hash of its content."""
        return self.data_dir / "attachments"

    @property
    def outbox_dir(self) -> Path:
        """Files that wait in a draft or to be sent."""
        return self.data_dir / "outbox"

    @property
    def backups_dir(self) -> Path:
        """Copies of the database, made before each migration and on demand."""
        return self.data_dir / "backups"

    @property
    def logs_dir(self) -> Path:
        """Log files, without secrets and without the text of messages."""
        return self.data_dir / "logs"

    @property
    def is_team(self) -> bool:
        """Whether the data lives on a server that others use too."""
        return self.database_url.startswith("postgresql")

    def prepare(self) -> None:
        """Make the folders, for the present user only. Raises ``StoreError`` when that is not possible."""
        # Parents first: mkdir gives only the last folder of a path its mode.
        folders = (
            *reversed(self.data_dir.parents[:2]),
            self.data_dir,
            self.attachments_dir,
            self.outbox_dir,
            self.backups_dir,
            self.logs_dir,
        )
        try:
            for folder in folders:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                ours = folder.is_relative_to(self.data_dir)  # the others may be somebody's Documents
                if ours and sys.platform != "win32" and folder.stat().st_mode & 0o077:
                    folder.chmod(0o700)
        except OSError as error:
            raise StoreError(
                "config.folder",
                f"The folder {self.data_dir} cannot be made: {error.strerror}.",
                hint="Free some space or correct its permissions, or name another folder in DESKTOP_INBOX_HOME.",
            ) from error


def sqlite_url(path: Path) -> str:
    """Return the address of a database file."""
    return f"sqlite:///{path.as_posix()}"


def _home(environment: Mapping[str, str]) -> Path:
    given = environment.get("DESKTOP_INBOX_HOME")
    if given:
        return Path(given).expanduser().absolute()
    name = "Desktop Inbox" if sys.platform in ("win32", "darwin") else "desktop-inbox"
    return Path(platformdirs.user_data_dir(name, appauthor=False))


def _database_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "config.file", f"{path} cannot be read.", hint="Correct it, or remove it to use the database file."
        ) from error
    url = values.get("database")
    if url is None:
        return None
    if not isinstance(url, str):
        raise InvalidInputError("config.file", f"In {path}, database is not a text.", hint="Put it in quotes.")
    if urlsplit(url).password is not None:
        raise InvalidInputError(
            "config.password",
            f"{path} holds a password, which other programs could read.",
            hint="Remove it from the file; the program asks for it and keeps it in the system's keyring.",
        )
    return url


def _check_database(url: str) -> None:
    kind = url.partition(":")[0].partition("+")[0]
    if kind not in _DATABASES:
        raise InvalidInputError(
            "config.database",
            "The database address is neither SQLite nor PostgreSQL.",
            hint="Write it as postgresql://user@server/database, or leave it out to use a file.",
        )
