"""Widgets in cycles die on the GUI thread."""

import gc
import threading
import time
import weakref

import pytest
from PySide6.QtCore import QObject, QTimer

from desktop_inbox.views.garbage import GuiCollector
from tests.support.qt import Stage


class Cycle(QObject):
    """Refers to itself and owns a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.me = self
        self.timer = QTimer(self)
        self.timer.start(10_000)


@pytest.mark.row("S13")
def test_a_busy_worker_destroys_no_widget(stage: Stage) -> None:
    collector = GuiCollector()
    seen: list[int] = []
    weakref.finalize(Cycle(), lambda: seen.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: [[] for _ in range(200_000)])
    thread.start()
    thread.join()
    assert seen == []
    keep = [[] for _ in range(5000)]  # type: ignore[var-annotated]
    for _ in range(200):
        keep += [[] for _ in range(2000)]
        collector.look()
    assert seen == [threading.get_ident()]
    collector.stop()
    assert gc.isenabled()
    gc.disable()  # as the stage had it


def test_it_looks_by_itself(stage: Stage) -> None:
    collector = GuiCollector()
    keep = [[] for _ in range(50_000)]  # type: ignore[var-annotated]
    before = gc.get_stats()[0]["collections"]
    stage.until(lambda: gc.get_stats()[0]["collections"] > before)
    collector.stop()
    gc.disable()
    assert keep


def test_it_looks_more_often_while_much_is_made(stage: Stage) -> None:
    """What piles up in a long pause would make a long stop of the window."""
    collector = GuiCollector()
    looks: list[float] = []
    keep: list[list[list[int]]] = []
    before = gc.get_stats()[0]["collections"]

    def grown() -> bool:
        keep.append([[] for _ in range(2000)])
        if gc.get_stats()[0]["collections"] > before + len(looks):
            looks.append(time.monotonic())
        return len(looks) >= 6

    stage.until(grown)
    collector.stop()
    gc.disable()
    assert looks[-1] - looks[1] < 4 * 0.2  # 5 pauses of 250 ms otherwise
