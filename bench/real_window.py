"""The product's window on the benchmark office, watched from inside; run as a process of its own.

Prints a JSON object when the frame is painted and one when the first rows are; then, asked for ``full``, does
what a person does and prints what each took, in milliseconds.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from desktop_inbox import app
from desktop_inbox.app import office as offices
from desktop_inbox.app import program
from desktop_inbox.events import MessageReceived
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views import main_window
from desktop_inbox.views.panes.list_view import InboxListView
from desktop_inbox.views.panes.timeline_view import TimelineView

_ROWS = 10  # painted: that many rows are there
_PATIENCE = 20.0  # seconds for one step
_Moment = tuple[float, float]  # seconds of the clock, and of the GUI thread's own work


def _moment() -> _Moment:
    return time.perf_counter(), time.thread_time()


_TRIED = (
    "archived is false and unread is true and last_message_on last 800 days and message_count > 2",
    "archived is false and last_message_direction is in and opt_status is opted_in and message_count >= 1",
    "archived is false and name ~ an and message_count > 1 and status is pending",
    "archived is false and waiting_since set and unread_count > 0 and opt_status is opted_in",
)


class _Probe:
    """Notes the office, the window, and every painting of the two lists."""

    def __init__(self) -> None:
        self.office: Any = None
        self.window: Any = None
        self.timeline: TimelineView | None = None
        self._waiting: dict[str, Callable[[], None]] = {}
        self.ready = False
        self.task: asyncio.Task[None] | None = None  # the loop itself holds a task only weakly

    def install(self) -> None:
        build, make = offices.build_office, main_window.MainWindow.__init__

        def build_office(*arguments: Any, **options: Any) -> Any:
            self.office = build(*arguments, **options)
            return self.office

        def make_window(window: Any, *arguments: Any, **options: Any) -> None:
            self.filter = _FirstPaint(window)
            make(window, *arguments, **options)
            self.window = window

        offices.build_office = build_office
        program.QUIET_START = 3600.0  # the daily copy of a fresh office would be measured with the window
        main_window.MainWindow.__init__ = make_window  # type: ignore[method-assign]
        self._watch(InboxListView, "list")
        self._watch(TimelineView, "timeline")

    def _watch(self, kind: type, name: str) -> None:
        paint = kind.paintEvent  # type: ignore[attr-defined]

        def painted(view: QAbstractItemView, event: Any) -> None:
            paint(view, event)
            if name == "timeline":
                self.timeline = view  # type: ignore[assignment]
            self._painted(name, view)

        kind.paintEvent = painted  # type: ignore[attr-defined]

    def _painted(self, name: str, view: QAbstractItemView) -> None:
        if view.model() is None or view.model().rowCount() < _ROWS:
            return
        if name == "list" and not self.ready:
            self.ready = True
            QTimer.singleShot(0, _begin)
        told = self._waiting.pop(name, None)
        if told is not None:
            told()

    def next_paint(self, name: str) -> "asyncio.Future[_Moment]":
        """Return when the list is painted next, with rows in it: the moment."""
        future: asyncio.Future[_Moment] = asyncio.get_running_loop().create_future()
        self._waiting[name] = lambda: None if future.done() else future.set_result(_moment())
        return future


class _FirstPaint(QObject):
    """Tells when the window's frame is painted, then leaves."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - the library's name
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget) and watched.window() is self._window:
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, lambda: _say(mark="frame"))
        return False


class _Heartbeat:
    """Gaps of the GUI thread: a timer of 5 ms, and how much later it came."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.work: list[float] = []  # what the GUI thread itself computed in each gap
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> "_Heartbeat":
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.gaps.append((now - self._last) * 1000)
        self.work.append((worked - self._worked) * 1000)
        self._last, self._worked = now, worked


_probe = _Probe()


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def _memory() -> float:
    import psutil

    return float(psutil.Process(os.getpid()).memory_info().rss / 1e6)


def _begin() -> None:
    _say(mark="ready")
    _say(mark="memory", value=_memory())
    _begin_in_loop()


def _begin_in_loop() -> None:
    """The first rows are painted before there is a loop and a filled window."""
    if _probe.office is None or not _probe.window.filled:
        QTimer.singleShot(50, _begin_in_loop)
    else:
        _probe.task = asyncio.get_event_loop().create_task(_run())


async def _run() -> None:
    try:
        if sys.argv[1:2] == ["full"]:
            steps = (
                _switch_views,
                _try_segments,
                _open_conversations,
                _scroll,
                _new_messages,
                _busy,
                _end_to_end,
                _idle,
            )
            for step in steps:
                if sys.argv[2:] and step.__name__.strip("_") not in sys.argv[2:]:
                    continue
                try:
                    async with asyncio.timeout(120):
                        _say(mark=step.__name__.strip("_"), **{"memory": _memory(), **await step()})
                except Exception as error:  # noqa: BLE001 - the other steps still tell something
                    _say(mark=step.__name__.strip("_"), error=f"{type(error).__name__}: {error}")
    finally:
        _say(mark="done", memory=_memory())
        os._exit(0)


async def _switch_views() -> dict[str, object]:
    times = []
    for turn in range(40):
        view = (View.NEW, View.UNREAD, View.UNASSIGNED, View.WAITING, View.ARCHIVED, View.ALL)[turn % 6]
        times.append(
            await _timed_reset("list", _probe.window.pane.rows.loaded, _probe.window.actions_[f"view.{view}"].trigger)
        )
    return {"ms": [took for took, _ in times[4:]], "cpu": [worked for _, worked in times[4:]]}


async def _try_segments() -> dict[str, object]:
    """Filters of four conditions in the segment builder: from the end of the typing pause to the list painted."""
    views, times = _probe.window.views, []
    _probe.window.actions_["view.all"].trigger()
    views.toggle_builder()
    await asyncio.sleep(1)
    for turn in range(40):
        group = await _probe.window._services.segments.parse(_TRIED[turn % len(_TRIED)])
        views.builder._show_group(group)
        times.append(await _timed_reset("list", _probe.window.pane.rows.loaded, views.builder._try))
        await asyncio.sleep(0.05)
    views.clear_filter()
    views.close_builder()
    return {"ms": [took for took, _ in times[4:]], "cpu": [worked for _, worked in times[4:]]}


async def _open_conversations() -> dict[str, object]:
    times = []
    _probe.window.controller.open_id(ConversationId(2))
    await asyncio.sleep(1)
    assert _probe.timeline is not None, "no timeline was painted"
    for turn in range(20):
        conversation = ConversationId(1 if turn % 2 else 2 + turn)
        act = partial(_probe.window.controller.open_id, conversation)
        if conversation == 1:
            times.append(await _timed_reset("timeline", _probe.timeline.model().modelReset, act))
        else:
            act()
        await asyncio.sleep(0.3)
    return {"ms": [took for took, _ in times[1:]], "cpu": [worked for _, worked in times[1:]]}


async def _timed_reset(name: str, signal: Any, act: Callable[[], None]) -> tuple[float, float]:
    """Return the milliseconds from the act to the painted result, and those the GUI thread computed in them."""
    loop = asyncio.get_running_loop()
    painted: asyncio.Future[_Moment] = loop.create_future()

    def loaded() -> None:
        _probe.next_paint(name).add_done_callback(lambda done: painted.done() or painted.set_result(done.result()))

    signal.connect(loaded)
    start = _moment()
    act()
    async with asyncio.timeout(_PATIENCE):
        end = await painted
    signal.disconnect(loaded)
    return (end[0] - start[0]) * 1000, (end[1] - start[1]) * 1000


async def _scroll() -> dict[str, object]:
    rows = _probe.window.pane.rows.findChild(InboxListView)
    frames, more = await _scrolled(rows), await _scrolled(_probe.timeline)
    return {"list": frames[0], "list_cpu": frames[1], "timeline": more[0], "timeline_cpu": more[1]}


async def _scrolled(view: QAbstractItemView | None) -> tuple[list[float], list[float]]:
    assert view is not None
    bar, times, works = view.verticalScrollBar(), [], []
    place = bar.value()
    step = 60 if place < bar.maximum() // 2 else -60
    for number in range(300):
        place += step
        start = _moment()
        bar.setValue(place)
        view.viewport().repaint()
        end = _moment()
        times.append((end[0] - start[0]) * 1000)
        works.append((end[1] - start[1]) * 1000)
        if number % 10 == 0:
            await asyncio.sleep(0.01)
    return times, works


async def _new_messages() -> dict[str, object]:
    """From the event (the commit is done) to the painted row; and the GUI thread's own work for it."""
    _probe.window.actions_["view.all"].trigger()
    await asyncio.sleep(1)
    paints, works = [], []
    told: list[_Moment] = []
    stop = _probe.office.bus.subscribe(MessageReceived, lambda _event: told.append(_moment()))
    for number in range(30):
        told.clear()
        painted = _probe.next_paint("list")
        await _take(1, seed=number)
        async with asyncio.timeout(_PATIENCE):
            end = await painted
        if told:
            paints.append((end[0] - told[0][0]) * 1000)
            works.append((end[1] - told[0][1]) * 1000)
        await asyncio.sleep(0.15)
    stop()
    return {"paint": paints, "work": works}


async def _take(count: int, *, seed: int) -> None:
    from bench.writes import CAPABILITIES, inbound_messages
    from desktop_inbox.services.automatic_answers import AutomaticAnswers
    from desktop_inbox.services.inbound import InboundService
    from desktop_inbox.services.providers.base import FetchResult

    office = _probe.office
    service = InboundService(office.store, answers=AutomaticAnswers(office.outbox), region=lambda: "US")
    channel = (await office.store.read(lambda work: work.channels.all()))[0]
    contacts = int(os.environ["BENCH_CONTACTS"])
    messages = await asyncio.to_thread(inbound_messages, contacts, count)
    for begin in range(0, count, 100):
        page = FetchResult(cursor=f"{seed}-{begin}", messages=tuple(messages[begin : begin + 100]))
        await service.take(channel, CAPABILITIES, page)


async def _busy() -> dict[str, object]:
    """10,000 messages come in while an export runs; the GUI thread goes on."""
    enough = threading.Event()
    with tempfile.TemporaryDirectory() as folder, _Heartbeat() as heartbeat:
        target = Path(folder) / "messages.csv"
        export = asyncio.ensure_future(_probe.office.export.messages_csv(target, cancelled=enough.is_set))
        await _take(10_000, seed=random.randrange(1 << 30))
        enough.set()  # cancelling the task would leave its thread at work
        await asyncio.gather(export, return_exceptions=True)
    return {"gaps": heartbeat.gaps, "cpu": heartbeat.work}


async def _end_to_end() -> dict[str, object]:
    view = _probe.window.pane.rows.findChild(InboxListView)
    end = time.monotonic() + 60
    before, still = -1, 0
    while time.monotonic() < end and still < 20:
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        await asyncio.sleep(0.02)
        rows = view.model().rowCount()
        still = still + 1 if rows == before else 0
        before = rows
    return {"rows": before, "memory": _memory()}


async def _idle() -> dict[str, object]:
    import psutil

    process = psutil.Process(os.getpid())
    await asyncio.sleep(2)
    start, cpu = time.monotonic(), sum(process.cpu_times()[:2])
    await asyncio.sleep(8)
    return {"percent": 100 * (sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - start)}


if __name__ == "__main__":
    _probe.install()
    sys.exit(app.run_window("bench", demo=False, hidden=False))
