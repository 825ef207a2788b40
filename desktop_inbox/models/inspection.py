"""Looks at a database from outside, without making, migrating or changing it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from desktop_inbox.clock import Clock
from desktop_inbox.errors import StoreError

from . import database
from .entities.channel import Channel
from .entities.ids import entry_time
from .faults import raise_translated
from .migrations import HEAD
from .schema import messages, outbox
from .work import Work

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFacts:
    """What an existing database of the present version says about itself."""

    dialect: str
    damage: str  # what a quick check found, or ""
    channels: tuple[Channel, ...]
    unknown: int  # messages of which nobody knows whether they left
    last_entry_at: datetime | None


def exists(url: str) -> bool:
    """Return whether there is a database file; a server counts as there."""
    path = database.engines_for(url).path
    return path is None or path.exists()


def version(url: str) -> str | None:
    """Return the version of the schema, None where there is none. Raises StoreError when it cannot be read."""
    engines = database.open_engines(url)
    try:
        return database.schema_version(engines.reader)
    except (DBAPIError, sqlite3.Error) as error:
        raise_translated(error)
    finally:
        engines.dispose()


def facts(url: str, *, clock: Clock) -> OfficeFacts:
    """Read what a database of the present version says about itself. Raises StoreError. Blocks."""
    if version(url) != HEAD:
        raise StoreError("store_version", "The database has another version.", hint="Start the program once.")
    engines = database.open_engines(url)
    try:
        with engines.reader.connect() as connection, connection.begin():
            work = Work(connection, clock=clock, instance="")
            damage = ""
            if engines.dialect == "sqlite":
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                damage = "" if found == "ok" else str(found)
            last = connection.execute(select(func.max(messages.c.id))).scalar()
            unknown = select(func.count()).where(outbox.c.state == "unknown")
            return OfficeFacts(
                dialect=engines.dialect,
                damage=damage,
                channels=work.channels.all(),
                unknown=connection.execute(unknown).scalar_one(),
                last_entry_at=None if last is None else entry_time(last),
            )
    except (DBAPIError, sqlite3.Error) as error:
        raise_translated(error)
    finally:
        engines.dispose()
