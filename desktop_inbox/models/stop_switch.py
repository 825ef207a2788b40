"""StopSwitch: stops the query that a reader's thread is working on."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from .work import Work

T = TypeVar("T")


class StoppedError(Exception):
    """A read that nobody waits for any more was stopped; never shown."""


class StopSwitch:
    """One read that may be stopped from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._driver: Any = None
        self._pressed = False

    def guard(self, opened: Work, work: Callable[[Work], T]) -> T:
        """Run ``work`` on its thread; StoppedError when the switch was pressed before or meanwhile."""
        with self._lock:
            if self._pressed:
                raise StoppedError
            self._driver = opened.connection.connection.driver_connection
        try:
            return work(opened)
        except DBAPIError as error:
            if self._pressed:
                raise StoppedError from error
            raise
        finally:
            with self._lock:  # from here on the connection belongs to the next transaction
                self._driver = None

    def press(self) -> None:
        """Stop what runs, or what would begin; blocks for a moment on a server."""
        with self._lock:
            self._pressed = True
            if isinstance(self._driver, sqlite3.Connection):
                self._driver.interrupt()
            elif self._driver is not None:
                self._driver.cancel()
