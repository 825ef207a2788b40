"""ChangeWatch: whether another process wrote something, on a connection of its own."""

import contextlib
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from desktop_inbox.errors import StoreError

from . import database, faults

#: PostgreSQL's channel of hints; the change log is the truth.
CHANNEL = "inbox_changes"


class ChangeWatch:
    """All methods block and are called on worker threads, one at a time."""

    def __init__(self, engines: database.Engines) -> None:
        self._engines = engines
        self._connection: Connection | None = None
        self._version: int | None = None

    @property
    def waits(self) -> bool:
        """Whether ``changed`` itself waits for news (PostgreSQL) or only looks (SQLite)."""
        return self._engines.dialect == "postgresql"

    def open(self) -> None:
        """Connect; StoreError when the database cannot be reached."""
        try:
            connection = self._engines.reader.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection = connection
            if self.waits:
                connection.execute(text(f"LISTEN {CHANNEL}"))
            else:
                self._version = self._data_version(connection)
        except DBAPIError as error:
            raise faults.translate(error) from error

    def changed(self, seconds: float) -> bool:
        """Whether somebody committed since the last call; on PostgreSQL waits up to ``seconds`` for it."""
        connection = self._connection
        if connection is None:
            return False
        try:
            if self.waits:
                return self._notified(connection, seconds)
            version = self._data_version(connection)
        except DBAPIError as error:
            raise faults.translate(error) from error
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with contextlib.suppress(DBAPIError):
                self._connection.close()
            self._connection = None

    @staticmethod
    def _data_version(connection: Connection) -> int:
        driver: Any = connection.connection.driver_connection
        return int(driver.execute("PRAGMA data_version").fetchone()[0])

    @staticmethod
    def _notified(connection: Connection, seconds: float) -> bool:
        import psycopg  # only where there is a server

        driver: Any = connection.connection.driver_connection
        try:
            return any(True for _ in driver.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            raise StoreError(
                "store_unreachable",
                "The database server cannot be reached.",
                hint="Check the network and the server; unsent messages are kept.",
            ) from error
