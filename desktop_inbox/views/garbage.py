"""Collects cyclic garbage on the GUI thread only.

Python collects on whatever thread happens to allocate. A dialog in a cycle would then be destroyed on a store
thread, where its timers cannot be stopped: Qt warns, and may crash.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_EVERY, _WHEN_BUSY = 250, 25  # milliseconds


class GuiCollector(QObject):
    """Takes over from the automatic collection until ``stop``; made on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        # Modules live as long as the program: going through them in each full collection would make pauses.
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what the usual thresholds would have collected by now."""
        young, middle, old = gc.get_count()
        limits = gc.get_threshold()
        busy = young > limits[0]
        # While threads store and read, what piles up in a long pause would make a long stop.
        self._timer.setInterval(_WHEN_BUSY if busy else _LOOK_EVERY)
        if not busy:
            return
        if middle <= limits[1]:
            gc.collect(0)
        elif old <= limits[2]:
            gc.collect(1)
        else:
            gc.collect(2)

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
