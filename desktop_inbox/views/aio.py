"""One asyncio loop that is also the Qt loop; the only module that knows qasync."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QApplication

from desktop_inbox.views.garbage import GuiCollector

_log = logging.getLogger(__name__)
_IO_THREADS = 8
_SWITCH_SECONDS = 0.0005


def new_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """Return a loop that runs ``app``; the caller closes it."""
    os.environ["QT_API"] = "pyside6"  # qasync tries other bindings first
    import qasync

    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    return loop


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` to its end inside the loop of ``app`` and return its exit code.

    ``main`` waits for its own signal to stop: the application must not quit by itself, since closing a lone
    dialog would otherwise end the loop under the running tasks.
    """
    app.setQuitOnLastWindowClosed(False)
    # Threads that store and export hand the interpreter back this often (5 ms otherwise): the window comes first.
    sys.setswitchinterval(_SWITCH_SECONDS)
    collector = GuiCollector()
    loop = new_loop(app)
    loop.set_default_executor(ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="io"))
    loop.set_exception_handler(_log_unhandled)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        _cancel_all(loop)
        loop.close()
        asyncio.set_event_loop(None)
        collector.stop()


async def emitted(signal: SignalInstance) -> tuple[Any, ...]:
    """Wait for ``signal`` and return its arguments: ``dialog.open(); await emitted(dialog.finished)``."""
    future: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def arrived(*args: Any) -> None:
        if not future.done():
            future.set_result(args)

    connection = signal.connect(arrived)
    try:
        return await future
    finally:
        QObject.disconnect(connection)


def _log_unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    _log.error("unhandled in the loop: %s", context.get("message"), exc_info=context.get("exception"))


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=3))
