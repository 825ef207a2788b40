"""Little room: large text in a small window (A08, L02)."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QDialog, QPushButton, QTableView, QWidget

from desktop_inbox.views.item_models.text_table import TextTableModel
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.room import ColumnRoom, PageHead, fit_dialog
from desktop_inbox.views.theme import theme
from tests.support.qt import Stage

WIDTHS = {0: 100, 1: 0, 2: 110, 3: 120}
TEXT, LEAST = 1, 200


@pytest.fixture
def large() -> Iterator[None]:
    theme().set_scale(200)
    yield
    theme().set_scale(100)


def table_of(stage: Stage, width: int) -> tuple[QTableView, ColumnRoom]:
    model = TextTableModel()
    model.show(("Who", "Text", "Channel", "When"), [("Ann", "Hello", "SMS", "10:00")])
    table = QTableView()
    model.setParent(table)
    table.setModel(model)
    table.verticalHeader().hide()
    room = ColumnRoom(table, WIDTHS, TEXT, give_up=(2, 3), least=LEAST)
    stage.show(table, width, 200)
    stage.settle()
    return table, room


@pytest.mark.row("A08", "L02")
@pytest.mark.parametrize(("width", "hidden"), [(900, []), (480, [2]), (380, [2, 3]), (200, [2, 3])])
def test_texts_keep_their_width_and_lesser_columns_go(stage: Stage, width: int, hidden: list[int]) -> None:
    table, _room = table_of(stage, width)
    assert [column for column in range(4) if table.isColumnHidden(column)] == hidden
    assert table.columnWidth(TEXT) >= LEAST
    if width > 300:
        assert sum(table.columnWidth(column) for column in range(4)) == table.viewport().width()


@pytest.mark.row("A08")
def test_a_column_that_was_pulled_stays_so(stage: Stage) -> None:
    table, _room = table_of(stage, 900)
    table.horizontalHeader().resizeSection(0, 180)
    table.resize(800, 200)
    stage.settle()
    assert table.columnWidth(0) == 180


@pytest.mark.row("A08", "L02")
def test_buttons_of_a_page_go_under_its_title_where_they_do_not_fit(stage: Stage) -> None:
    title = PlainLabel("Schedules", kind="heading")
    buttons = [QPushButton(f"Button number {number}") for number in range(5)]
    head = PageHead((title,), buttons)
    stage.show(head, 1200, 60)
    stage.settle()
    assert {button.mapTo(head, button.rect().topLeft()).y() for button in buttons} == {
        buttons[0].mapTo(head, buttons[0].rect().topLeft()).y()
    }
    assert buttons[-1].mapTo(head, buttons[-1].rect().topRight()).x() > 1180, "at the other end"
    head.resize(400, 200)
    stage.settle()
    assert all(button.width() >= button.sizeHint().width() for button in buttons), "none is cut"
    assert buttons[0].mapTo(head, buttons[0].rect().topLeft()).y() >= title.height()
    assert all(button.mapTo(head, button.rect().topRight()).x() < 400 for button in buttons)


@pytest.mark.row("A08")
def test_a_dialog_is_no_larger_than_the_window_or_the_screen(stage: Stage, large: None) -> None:
    window = QWidget()
    stage.show(window, 1280, 800)
    dialog = QDialog(window)
    fit_dialog(dialog, 800, 680)
    room = window.screen().availableSize().expandedTo(window.size())
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()
    fit_dialog(dialog, 200, 100)
    assert (dialog.width(), dialog.height()) == (400, 200)
