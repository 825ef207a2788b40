"""ChannelThread: the thread on which one channel's provider is called."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class ChannelThread:
    """Runs calls one by one on a thread of its own.

    The thread does not keep the program alive: a long poll that still waits at the end is given up.
    """

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """Run ``function`` on the thread and return what it returns."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is awaited
                _tell(loop, _fail, future, error)
            else:
                _tell(loop, _finish, future, result)

        self._calls.put(run)
        return await future

    def close(self) -> None:
        """End the thread after what it is doing; does not wait."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *arguments: Any) -> None:
    if not loop.is_closed():
        try:
            loop.call_soon_threadsafe(settle, *arguments)
        except RuntimeError:  # closed between the question and the call: nobody waits any more
            return


def _finish(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[T]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
