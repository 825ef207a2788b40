"""FirstRows: reads the first page of the list while Qt is being imported."""

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_inbox.models.entities.conversation import ConversationSummary
    from desktop_inbox.models.entities.page import Page

_SQLITE = "sqlite:///"


class FirstRows:
    """The first page of a database file, read on a thread of its own.

    The thread is a daemon: a drive that does not answer must not keep the process.
    """

    def __init__(self, database_url: str) -> None:
        self._found: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._done = False
        self._told: Callable[[], object] = _nothing
        # A server is not asked: its answer takes longer than the rest of the start.
        path = Path(database_url.removeprefix(_SQLITE)) if database_url.startswith(_SQLITE) else None
        threading.Thread(target=self._read, args=(path,), name="first-rows", daemon=True).start()

    def when_read(self, tell: Callable[[], object]) -> None:
        """Call ``tell`` once the page is there (or is known not to be), on this or on the reading thread."""
        with self._lock:
            if not self._done:
                self._told = tell
                return
        tell()

    @cached_property
    def page(self) -> "Page[ConversationSummary] | None":
        """The page; ask for it after ``when_read`` told. Only now entities are imported: the frame comes first."""
        from desktop_inbox.models.first_page import to_page

        return to_page(self._found)

    def _read(self, path: Path | None) -> None:
        try:
            if path is not None:
                from desktop_inbox.models.first_page import read_rows

                self._found = read_rows(path)
        finally:
            with self._lock:
                self._done = True
                told = self._told
            told()


def _nothing() -> None:
    """Nobody waits yet."""
