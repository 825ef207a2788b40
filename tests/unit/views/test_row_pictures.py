"""Painted rows of the conversation list are kept as pictures, and never shown when they are out of date."""

from dataclasses import replace
from datetime import UTC

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.views.delegates.conversation_delegate import ConversationDelegate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.conversation_list import ConversationListModel
from tests.support.fakes_views import NOW, many
from tests.support.qt import Stage

SELECTED = QStyle.StateFlag.State_Selected


class Rows:
    """A delegate on a list of its own, painted row by row."""

    def __init__(self) -> None:
        formats = Formats(lambda: NOW, zone=UTC)
        self.model = ConversationListModel(formats)
        self.model.reset(many(120), has_more=False)
        self.delegate = ConversationDelegate(formats)

    def painted(
        self, row: int, *, top: int = 0, state: QStyle.StateFlag = QStyle.StateFlag.State_None, density: float = 1.0
    ) -> QImage:
        option = QStyleOptionViewItem()
        option.rect = QRect(0, top, 320, 68)
        option.state = state
        image = QImage(round(320 * density), round(400 * density), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(density)
        image.fill(Qt.GlobalColor.magenta)
        painter = QPainter(image)
        self.delegate.paint(painter, option, self.model.index(row))
        painter.end()
        return image.copy(0, round(top * density), image.width(), round(68 * density))

    def change(self, row: int, **changes: object) -> None:
        summary = self.model.summary_at(row)
        assert isinstance(summary, ConversationSummary)
        self.model.show_contents(replace(summary, **changes))  # type: ignore[arg-type]


@pytest.fixture
def rows(stage: Stage) -> Rows:
    return Rows()


@pytest.mark.row("L06")
def test_a_row_that_moved_looks_as_it_did_and_is_not_painted_again(rows: Rows) -> None:
    first = rows.painted(3)
    kept = [picture.pixmap.cacheKey() for picture in rows.delegate.pictures()]
    assert rows.painted(3, top=68) == first
    assert [picture.pixmap.cacheKey() for picture in rows.delegate.pictures()] == kept


@pytest.mark.row("S2-15", "S2-16")
def test_new_contents_and_another_state_are_painted(rows: Rows) -> None:
    plain = rows.painted(3)
    assert rows.painted(3, state=SELECTED) != plain
    assert rows.painted(3) == plain
    rows.change(3, snippet="Something else entirely")
    changed = rows.painted(3)
    assert changed != plain
    rows.change(3, unread_count=7)
    assert rows.painted(3) != changed


def test_rows_differ_and_few_pictures_are_kept(rows: Rows) -> None:
    first = rows.painted(0)
    for row in range(1, 120):
        assert rows.painted(row) != first
    assert len(rows.delegate.pictures()) <= 40


def test_pictures_follow_the_screen_and_fractions_of_pixels_are_painted_directly(rows: Rows) -> None:
    """A picture between the pixels of a screen would be blurred."""
    for density in (1.0, 2.0):
        assert rows.painted(1, density=density).pixelColor(2, 2).name() != "#ff00ff"
    before = len(rows.delegate.pictures())
    rows.painted(2, density=1.5)
    assert len(rows.delegate.pictures()) == before


@pytest.mark.row("S3-11", "L05")
def test_the_name_of_who_waits_to_be_read_is_bold(rows: Rows) -> None:
    def ink() -> int:
        """How dark the line with the name is, beside the avatar and before the time."""
        picture = rows.painted(3)
        return sum(255 - picture.pixelColor(x, y).lightness() for x in range(64, 220) for y in range(8, 33))

    rows.change(3, unread_count=0)
    read = ink()
    rows.change(3, unread_count=2)
    assert ink() > read * 1.1
