"""Lists of dialogs: a title and quieter lines below it."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.theme import theme
from tests.support.qt import Stage


def made(stage: Stage, text: str, *, direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight) -> QListWidget:
    widget = QListWidget()
    widget.setLayoutDirection(direction)
    widget.setItemDelegate(TwoLines(widget))
    widget.setIconSize(QSize(32, 32))
    red = QPixmap(32, 32)
    red.fill(QColor("red"))
    widget.addItem(QListWidgetItem(QIcon(red), text))
    stage.show(widget, 300, 200)
    stage.settle()
    return widget


def columns_of(image: QImage, color: QColor) -> list[int]:
    return [x for x in range(image.width()) if any(image.pixelColor(x, y) == color for y in range(image.height()))]


@pytest.mark.row("A08")
def test_a_row_is_as_tall_as_its_lines_at_any_text_size(stage: Stage) -> None:
    widget = made(stage, "Maria\n+1 415-555-0101")
    one = made(stage, "Maria")
    three = made(stage, "Maria\n+1 415-555-0101\nA reason")
    heights = [each.sizeHintForRow(0) for each in (one, widget, three)]
    assert heights == sorted(set(heights))
    theme().set_scale(200)
    assert widget.sizeHintForRow(0) > 1.7 * heights[1]


@pytest.mark.row("T03")
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_icon_stands_where_reading_begins(stage: Stage, direction: Qt.LayoutDirection) -> None:
    widget = made(stage, "Maria\n+1 415-555-0101", direction=direction)
    red = columns_of(widget.viewport().grab().toImage(), QColor("red"))
    middle = sum(red) / len(red)
    assert (middle < 150) is (direction is Qt.LayoutDirection.LeftToRight)


@pytest.mark.row("S1", "P21")
def test_markup_is_painted_as_text(stage: Stage) -> None:
    hostile = made(stage, '<font color="red">x</font>\n<b>y</b>').viewport().grab().toImage()
    assert len(columns_of(hostile, QColor("red"))) == 32  # the icon's, nothing else
