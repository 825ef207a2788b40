"""Signals of the operating system, heard while Qt sleeps."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSocketNotifier


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Call ``end`` when somebody asks the program to stop (SIGTERM, Ctrl+C), for as long as the context lasts.

    Python runs its handlers between two of its own instructions, and there are none while Qt waits: the byte
    that Python writes at once to the wake-up socket makes Qt come back.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: reader.recv(64))
    wanted = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda _number, _frame: end()) for number in wanted]
    previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)
        notifier.setEnabled(False)
        notifier.deleteLater()
        reader.close()
        writer.close()
