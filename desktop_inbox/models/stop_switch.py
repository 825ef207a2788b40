"""StopSwitch: stops the query that a reader's thread is working on."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from .work import Work

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 1.0  # seconds


class StoppedError(Exception):
    """A read that nobody waits for any more was stopped; never shown."""


class StopSwitch:
    """One read that may be stopped from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._driver: Any = None
        self._pressed = False
        self._ended = threading.Event()

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
            self._ended.set()

    def press(self) -> None:
        """Stop what runs, or what would begin; returns when it has ended. Blocks, so call it on a worker thread.

        The word is given again and again: between two statements nobody would hear it.
        """
        pause = _FIRST_PAUSE
        while self._stop() and not self._ended.wait(pause):
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _stop(self) -> bool:
        with self._lock:
            self._pressed = True
            if self._driver is None:
                return False
            if isinstance(self._driver, sqlite3.Connection):
                self._driver.interrupt()
            else:
                self._driver.cancel()
            return True
