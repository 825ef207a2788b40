"""Tasks, the bridge and the loop."""

import asyncio
import gc
import logging
import threading

import pytest
import shiboken6
from PySide6.QtWidgets import QDialog

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, EventBus
from desktop_inbox.views import aio
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.tasks import Tasks
from tests.support.qt import Stage


async def fail(error: Exception) -> None:
    raise error


def test_a_task_survives_garbage_collection(stage: Stage) -> None:
    got: list[int] = []

    async def work() -> int:
        await asyncio.sleep(0.01)
        return 7

    stage.tasks.start(work(), on_result=got.append)
    gc.collect()
    stage.until(lambda: got)
    assert got == [7]
    assert stage.tasks.count == 0


@pytest.mark.row("F03")
def test_an_expected_error_is_told(stage: Stage) -> None:
    told: list[InboxError] = []
    stage.tasks.failed.connect(told.append)
    stage.tasks.start(fail(InboxError("code", "What happened.", hint="What to do.")))
    stage.until(lambda: told)
    assert told[0].code == "code"


@pytest.mark.row("F03")
def test_whoever_asks_hears_the_error_alone(stage: Stage) -> None:
    told: list[InboxError] = []
    mine: list[InboxError] = []
    stage.tasks.failed.connect(told.append)
    stage.tasks.start(fail(InboxError("code", "x")), on_error=mine.append)
    stage.until(lambda: mine)
    assert told == []


@pytest.mark.row("F03")
def test_an_unexpected_error_is_logged_and_told_in_general_words(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[InboxError] = []
    stage.tasks.failed.connect(told.append)
    with caplog.at_level(logging.ERROR):
        stage.tasks.start(fail(ValueError("secret detail")))
        stage.until(lambda: told)
    assert told[0].code == "unexpected"
    assert "secret detail" not in told[0].message + told[0].hint
    assert "ValueError" in caplog.text


def test_closing_cancels_what_runs_and_starts_nothing(stage: Stage) -> None:
    tasks, ended = Tasks(), []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    tasks.start(work())
    stage.run(asyncio.sleep(0))
    stage.run(tasks.close())
    assert ended == [True]
    assert tasks.start(work()) is None


def test_what_is_cancelled_before_it_began_is_put_away(stage: Stage) -> None:
    tasks = Tasks()

    async def work() -> None:
        raise AssertionError("nothing of this runs")

    async def at_once() -> None:
        started = work()
        tasks.start(started)
        await tasks.close()
        await asyncio.sleep(0)
        assert started.cr_frame is None  # closed; left alone, Python would complain once it is collected

    stage.run(at_once())


def test_draining_lets_work_end(stage: Stage) -> None:
    tasks, ended = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(0.02)
        ended.append(True)

    tasks.start(work())
    stage.run(tasks.drain())
    assert ended == [True]


def test_events_of_any_thread_arrive_in_order_on_the_gui_thread(stage: Stage) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    got: list[tuple[str, int]] = []
    bridge.event.connect(lambda event: got.append((event.what, threading.get_ident())))
    thread = threading.Thread(target=lambda: [bus.publish(BulkChanged(what=str(n))) for n in range(50)])
    thread.start()
    thread.join()
    stage.until(lambda: len(got) == 50)
    assert got == [(str(n), threading.get_ident()) for n in range(50)]
    bridge.close()
    bus.publish(BulkChanged(what="late"))
    stage.settle()
    assert len(got) == 50


def test_a_signal_can_be_awaited(stage: Stage) -> None:
    async def wait() -> tuple[object, ...]:
        asyncio.get_running_loop().call_later(0.01, lambda: stage.tasks.failed.emit(InboxError("a", "b")))
        return await aio.emitted(stage.tasks.failed)

    assert stage.run(wait())[0].code == "a"  # type: ignore[attr-defined]


@pytest.mark.row("F03")
def test_an_answer_for_a_dialog_that_was_closed_is_dropped(stage: Stage) -> None:
    told: list[InboxError] = []
    stage.tasks.failed.connect(told.append)
    dialog, answered = QDialog(), asyncio.Event()

    async def work() -> str:
        await answered.wait()
        return "An answer"

    stage.tasks.start(work(), on_result=dialog.setWindowTitle)
    shiboken6.delete(dialog)
    answered.set()
    stage.until(lambda: stage.tasks.count == 0)
    assert told == []


@pytest.mark.row("F03")
def test_an_error_of_a_dialog_that_was_closed_is_told_by_the_window(stage: Stage) -> None:
    told: list[InboxError] = []
    stage.tasks.failed.connect(told.append)
    dialog = QDialog()
    stage.tasks.start(fail(InboxError("code", "x")), on_error=lambda error: dialog.setWindowTitle(error.message))
    shiboken6.delete(dialog)
    stage.until(lambda: told)
    assert told[0].code == "code"
