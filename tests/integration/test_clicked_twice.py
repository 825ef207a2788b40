"""Buttons that are clicked twice before the window gets to do anything: still one broadcast, and one test."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_inbox.models.entities.folder import EVERYTHING, Folder
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from tests.integration.test_broadcasts_page import Desk, write
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]


@pytest.fixture
def desk(whole: WholeWindow) -> Desk:
    whole.people(3)
    return Desk(whole)


def _questions(desk: Desk) -> list[ConfirmDialog]:
    return [one for one in desk.whole.window.findChildren(ConfirmDialog) if one.isVisible()]


@pytest.mark.row("S5-01", "D-02")
@pytest.mark.parametrize("looked", [False, True], ids=["at once", "after a dry run"])
@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_send_pressed_twice_asks_once_and_sends_once(desk: Desk, *, looked: bool, by: str) -> None:
    page = desk.open()
    new = write(desk, "Hello to everybody")
    if looked:
        desk.click(new.dry_run)
        desk.stage.until(lambda: new.box.found is not None)
    for _ in range(2):
        if by == "mouse":
            QTest.mouseClick(new.send, Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(new.text.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.agree()
    desk.stage.until(lambda: page.stack.currentIndex() == 0 and page.model.rowCount() > 0)
    assert _questions(desk) == []
    assert len(desk.stage.run(desk.whole.office.broadcasts.latest())) == 1
    desk.click(page.new_button)
    desk.click(new.send)
    assert new.problem.text() == "Choose to whom it goes."  # the next one is looked at as usual


def test_a_question_answered_with_no_can_be_asked_again(desk: Desk) -> None:
    desk.open()
    new = write(desk, "Hello to everybody")
    for _ in range(2):
        desk.tap(new.send)
        desk.stage.until(lambda: bool(_questions(desk)))
        desk.click(_questions(desk)[0].cancel)
        desk.stage.until(lambda: not _questions(desk))
    assert desk.stage.run(desk.whole.office.broadcasts.latest()) == ()


@pytest.mark.row("S5-01")
def test_a_test_clicked_twice_is_sent_once(desk: Desk) -> None:
    desk.open()
    new = write(desk, "Hello to everybody")
    new.test_address.setText("+14155550177")
    for expected in (1, 2):
        for _ in range(2):
            QTest.mouseClick(new.test, Qt.MouseButton.LeftButton)
        desk.stage.settle()
        total = desk.whole.store.read_sync(lambda work: work.folders.total(Folder.OUTBOX, EVERYTHING))
        assert total == expected
