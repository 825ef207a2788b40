"""Tasks: the coroutines that widgets started."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from desktop_inbox.errors import InboxError

_log = logging.getLogger(__name__)
_UNEXPECTED = "Something went wrong inside the program."
_UNEXPECTED_HINT = "What was stored is safe. Try again; if it stays, restart the program."

T = TypeVar("T")


class Tasks(QObject):
    """Keeps each task alive until it ends (the loop itself does not), and loses no error.

    An ``InboxError`` goes to ``on_error`` or is told by ``failed``; anything else is logged and told in general
    words. What an answer is for may be closed before it comes: then it is dropped, and an error is told by ``failed``.
    ``close`` cancels what still runs.
    """

    failed = Signal(object)  # InboxError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[asyncio.Task[Any]] = set()
        self._closing = False

    def start(
        self,
        coroutine: Coroutine[Any, Any, T],
        *,
        on_result: Callable[[T], object] | None = None,
        on_error: Callable[[InboxError], object] | None = None,
        name: str | None = None,
    ) -> asyncio.Task[T] | None:
        """Run ``coroutine``; callbacks come on the GUI thread. After ``close`` nothing starts: None."""
        if self._closing:
            coroutine.close()
            return None
        task = asyncio.ensure_future(self._run(coroutine, on_result, on_error))
        if name:
            task.set_name(name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # Cancelled before its first step, the task would leave the coroutine never awaited, which Python complains of.
        task.add_done_callback(lambda _done: coroutine.close())
        return task

    @property
    def count(self) -> int:
        """How many run."""
        return len(self._running)

    async def drain(self, *, limit: float = 2.0) -> None:
        """Let what runs end by itself, at most ``limit`` seconds: a draft on its way to the store arrives."""
        pending = [task for task in self._running if task is not asyncio.current_task()]
        if pending:
            await asyncio.wait(pending, timeout=limit)

    async def close(self, *, limit: float = 3.0) -> None:
        """Cancel what runs and wait for it, at most ``limit`` seconds."""
        self._closing = True
        pending = [task for task in self._running if task is not asyncio.current_task()]
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=limit)

    async def _run(
        self,
        coroutine: Coroutine[Any, Any, T],
        on_result: Callable[[T], object] | None,
        on_error: Callable[[InboxError], object] | None,
    ) -> T:
        try:
            result = await coroutine
            if on_result is not None and not self._closing:
                on_result(result)
        except InboxError as error:
            self._tell(error, on_error)
        except Exception as error:  # noqa: BLE001  # the edge: nothing above it would hear of it
            if _is_gone(error):
                _log.info("what asked for it was closed meanwhile", exc_info=error)
                return None  # type: ignore[return-value]  # nobody waits for it any more
            _log.exception("a task of the window failed")
            self._tell(InboxError("unexpected", _UNEXPECTED, hint=_UNEXPECTED_HINT), on_error)
        else:
            return result
        return None  # type: ignore[return-value]  # told already; whoever awaits sees no result

    def _tell(self, error: InboxError, on_error: Callable[[InboxError], object] | None) -> None:
        if self._closing:
            return
        if on_error is not None:
            try:
                on_error(error)
            except RuntimeError as trouble:
                if not _is_gone(trouble):
                    raise
            else:
                return
        self.failed.emit(error)


def _is_gone(error: Exception) -> bool:
    """Whether a widget was used that is no more, as of a dialog that was closed while it waited for an answer.
    PySide has no type of its own for this."""
    return isinstance(error, RuntimeError) and "already deleted" in str(error)
