"""Notes over the window."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.toasts import MAX_SHOWN, Toasts
from tests.support.qt import Stage


@pytest.fixture
def toasts(stage: Stage) -> Toasts:
    window = QWidget()
    stage.show(window, 800, 600)
    return Toasts(window)


@pytest.mark.row("F01")
def test_undo_is_done_once_and_closes_the_note(toasts: Toasts) -> None:
    done: list[str] = []
    toast = toasts.tell("Archived.", undo=lambda: done.append("undone"))
    button = next(b for b in toast.findChildren(QPushButton) if b.text() == "Undo")
    button.click()
    assert done == ["undone"]
    assert toasts.shown == ()
    assert not toasts.undo_last()


@pytest.mark.row("F01")
def test_notes_go_by_themselves(stage: Stage, toasts: Toasts) -> None:
    toasts.tell("Done.", seconds=0.02)
    stage.until(lambda: toasts.shown == ())
    assert not toasts.isVisible()


@pytest.mark.row("F01")
def test_a_note_waits_under_the_mouse_and_under_the_focus(stage: Stage, toasts: Toasts) -> None:
    toast = toasts.tell("Archived.", undo=lambda: None, seconds=0.05)
    QApplication.sendEvent(toast, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    assert not toast._timer.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast._timer.isActive()
    button = toast.findChildren(QPushButton)[0]
    button.setFocus()
    assert not toast._timer.isActive()
    toasts.window().setFocus()
    button.clearFocus()
    stage.until(lambda: toasts.shown == ())


@pytest.mark.row("F01")
def test_at_most_three_and_the_newest_undo_first(toasts: Toasts) -> None:
    done: list[int] = []
    for number in range(5):
        toasts.tell(f"Note {number}", undo=lambda number=number: done.append(number))
    assert [toast.text for toast in toasts.shown] == ["Note 2", "Note 3", "Note 4"]
    assert len(toasts.shown) == MAX_SHOWN
    assert toasts.undo_last()
    assert done == [4]


@pytest.mark.row("F03")
def test_an_error_offers_retry_and_its_details(toasts: Toasts) -> None:
    again: list[bool] = []
    error = InboxError("net_down", "No connection.", hint="Check the cable.")
    toast = toasts.tell_error(error, retry=lambda: again.append(True))
    assert toast.text == "No connection. Check the cable."
    assert {button.text() for button in toast.findChildren(QPushButton)} == {"Retry", "Copy details"}
    next(b for b in toast.findChildren(QPushButton) if b.text() == "Copy details").click()
    assert QApplication.clipboard().text() == "[net_down] No connection.\nCheck the cable."
    assert toasts.shown == (toast,)
    next(b for b in toast.findChildren(QPushButton) if b.text() == "Retry").click()
    assert again == [True]


@pytest.mark.row("F01")
def test_notes_that_say_the_same_are_one_note(toasts: Toasts) -> None:
    error = InboxError("net_down", "No connection.")
    for _ in range(3):
        toasts.tell_error(error)
        toasts.tell("There is nothing to undo.")
    assert sorted(toast.text for toast in toasts.shown) == ["No connection.", "There is nothing to undo."]


@pytest.mark.row("F01", "C07")
def test_notes_that_take_different_things_back_stay_apart(toasts: Toasts) -> None:
    done: list[int] = []
    toasts.tell("Sending…", undo=lambda: done.append(1))
    toasts.tell("Sending…", undo=lambda: done.append(2))
    assert toasts.undo_last()
    assert toasts.undo_last()
    assert done == [2, 1]


@pytest.mark.row("F01")
@pytest.mark.parametrize(("times", "under"), [(1, False), (8, True)])
def test_buttons_stand_under_a_long_text(toasts: Toasts, times: int, under: bool) -> None:
    toast = toasts.tell("Moved away. " * times, undo=lambda: None)
    QApplication.processEvents()
    label, button = toast.findChildren(PlainLabel)[0], toast.findChildren(QPushButton)[0]
    assert (button.geometry().top() > label.geometry().bottom()) is under
    assert (button.geometry().left() > label.geometry().right()) is not under
    assert toast.rect().contains(button.geometry())


@pytest.mark.row("F01", "A13")
def test_esc_on_a_note_closes_it(toasts: Toasts) -> None:
    toast = toasts.tell("Archived.", undo=lambda: None)
    toast.findChildren(QPushButton)[0].setFocus()
    QTest.keyClick(toast, Qt.Key.Key_Escape)
    assert toasts.shown == ()


@pytest.mark.row("A08")
def test_notes_stay_inside_the_window(stage: Stage, toasts: Toasts) -> None:
    toasts.window().resize(480, 360)
    toasts.tell("A long sentence about what happened, and about what can be done about it now. " * 3)
    stage.settle()
    assert toasts.window().rect().contains(toasts.geometry())


@pytest.mark.row("F01")
def test_notes_stand_on_the_first_part_that_is_shown(stage: Stage, toasts: Toasts) -> None:
    window = toasts.window()
    listed, page = QWidget(window), QWidget(window)
    listed.setGeometry(100, 0, 200, 300)
    page.setGeometry(60, 0, 500, 300)
    for part in (listed, page):
        part.show()
    toasts.stand_on(listed, page)
    toasts.tell("Archived.")
    assert toasts.geometry().left() >= 100
    listed.hide()
    toasts.tell("Restored.")
    assert 60 <= toasts.geometry().left() < 100, "never over what stands left of the page"
