"""Comments in the timeline: a tinted bubble that says that it is not sent (L14)."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextLayout

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.timeline import TimelineRow
from desktop_inbox.views.theme import theme

from .bubble_layout import (
    GAP_FOOTER,
    GAP_GROUP,
    MARGIN,
    PADDING_X,
    PADDING_Y,
    LinkSpan,
    RowLayout,
    RowMetrics,
    bubble_limit,
    headers,
    mirror,
    text_layout,
)
from .message_text import shown_text, to_qt_offset
from .row_words import RowWords

_RADIUS = 14.0
_GAP = 6.0  # between icon and label


def lay_out_comment(
    row: TimelineRow,
    width: float,
    *,
    metrics: RowMetrics,
    words: RowWords,
    find_links: Callable[[str], Sequence[LinkSpan]],
    mirrored: bool = False,
) -> RowLayout:
    """Return the layout of a comment's row; its label is ``line``, in the upper edge of the bubble."""
    comment = row.entry
    assert isinstance(comment, Comment)  # noqa: S101 - the caller looked
    layout = RowLayout(width=width)
    y = headers(layout, row, metrics) + GAP_GROUP
    room = bubble_limit(width) - 2 * PADDING_X
    beside = metrics.icon + _GAP
    layout.line, label = text_layout(words.notice, metrics.small_bold, room - beside)
    layout.shown = shown_text(comment.text)
    layout.text, size = text_layout(layout.shown, metrics.body, room, leading=metrics.line_height)
    layout.links = tuple(
        (to_qt_offset(layout.shown, start), to_qt_offset(layout.shown, end), target)
        for start, end, target in find_links(layout.shown)
    )
    inner = max(label.width() + beside, size.width())
    x = width - MARGIN - inner - 2 * PADDING_X
    layout.line_at = QPointF(x + PADDING_X + beside, y + PADDING_Y)
    layout.text_at = QPointF(x + PADDING_X, y + PADDING_Y + label.height() + 4)
    bottom = layout.text_at.y() + size.height() + PADDING_Y
    layout.bubble = QRectF(x, y, inner + 2 * PADDING_X, bottom - y)
    layout.footer = QRectF(MARGIN, bottom + GAP_FOOTER, width - 2 * MARGIN, metrics.small_height + 2)
    layout.height = layout.footer.bottom() + 2
    if mirrored:
        mirror(layout)
        reach = layout.line.lineAt(0).naturalTextWidth()
        layout.line_at = QPointF(width - layout.line_at.x() - reach, layout.line_at.y())
    return layout


def paint_comment(
    painter: QPainter,
    layout: RowLayout,
    metrics: RowMetrics,
    formats: list[QTextLayout.FormatRange],
    footer: str,
    *,
    focused: bool,
    mirrored: bool,
) -> None:
    """Paint a comment; ``formats`` mark links, found words and the selection."""
    bubble, ink = layout.bubble, theme().color("on_comment")
    if bubble is None or layout.line is None or layout.text is None or layout.footer is None:
        return
    painter.setPen(QPen(theme().color("line"), 1))
    painter.setBrush(theme().color("comment"))
    painter.drawRoundedRect(bubble, _RADIUS, _RADIUS)
    if focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().color("accent_text"), 2))
        painter.drawRoundedRect(bubble.adjusted(-2, -2, 2, 2), _RADIUS + 2, _RADIUS + 2)
    painter.setPen(ink)
    layout.line.draw(painter, layout.line_at)
    size = metrics.icon
    reach = layout.line.lineAt(0).naturalTextWidth()
    x = layout.line_at.x() + reach + _GAP if mirrored else layout.line_at.x() - size - _GAP
    at = QPointF(x, layout.line_at.y() + (metrics.small_height - size) / 2)
    density = painter.device().devicePixelRatioF()
    painter.drawPixmap(at, icon_pixmap("message-square-text", "on_comment", size, density=density))
    painter.setPen(ink)
    layout.text.draw(painter, layout.text_at, formats)
    painter.setFont(metrics.small)
    painter.setPen(theme().color("muted"))
    room = layout.footer.adjusted(4, 0, -4, 0)
    words = metrics.small_metrics.elidedText(footer, Qt.TextElideMode.ElideRight, room.width())
    side = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute, words)
