"""Bubbles in windows that read from right to left."""

from datetime import date

import pytest
from PySide6.QtCore import QRectF, QSizeF

from desktop_inbox.views.delegates.bubble_layout import RowMetrics, lay_out
from desktop_inbox.views.delegates.row_words import RowWords
from desktop_inbox.views.item_models.timeline import TimelineRow
from tests.support.fakes_timeline import message
from tests.support.qt import Stage


@pytest.mark.row("T03", "T04")
@pytest.mark.parametrize("out", [False, True])
@pytest.mark.parametrize("text", ["ok", "Jueves a las 16:15 perfecto 🙏", "شكراً جزيلاً!", "word " * 60])
def test_the_text_stays_inside_its_bubble(stage: Stage, text: str, out: bool) -> None:
    row = TimelineRow(
        entry=message(1, text, out=out),
        day=date(2026, 3, 2),
        starts_day=False,
        divider=False,
        starts_group=True,
        ends_group=True,
        group_size=1,
    )
    for mirrored in (False, True):
        layout = lay_out(
            row, 600, metrics=RowMetrics(), words=RowWords(), find_links=lambda _text: (), mirrored=mirrored
        )
        assert layout.bubble is not None
        assert layout.text is not None
        reach = max(layout.text.lineAt(n).naturalTextWidth() for n in range(layout.text.lineCount()))
        height = layout.text.boundingRect().height()
        assert layout.bubble.contains(QRectF(layout.text_at, QSizeF(reach, height)))
        assert (layout.bubble.center().x() > 300) is (out is not mirrored)
