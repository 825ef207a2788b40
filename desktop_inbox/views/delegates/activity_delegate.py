"""ActivityDelegate: paints what happened: a sentence with its icon and time; comments on their own ground."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.activity import ActivityRole
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.theme import TextRole, theme

from .bubble_layout import text_layout

Index = QModelIndex | QPersistentModelIndex
_EDGE, _GAP, _PAD = 12.0, 8.0, 8.0  # pixels


class ActivityDelegate(QStyledItemDelegate):
    """``width`` is that of the list; the view sets it."""

    def __init__(self, words: EntryWords) -> None:
        super().__init__()
        self._words = words
        self.width = 260.0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row at the present width."""
        entry = index.data(ActivityRole.ENTRY)
        _, height = self._text(entry)
        own = 2 * _PAD if isinstance(entry, Comment) else 0.0
        return QSize(round(self.width), round(height + self._small().height() + own + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row."""
        entry = index.data(ActivityRole.ENTRY)
        area = QRectF(option.rect).adjusted(_EDGE, 4, -_EDGE, -4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        comment = isinstance(entry, Comment)
        if comment:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("comment"))
            painter.drawRoundedRect(area, 8, 8)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("accent_text"), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 8, 8)
        inner = area.adjusted(_PAD, _PAD, -_PAD, -_PAD) if comment else area.adjusted(0, 3, 0, -3)
        self._paint_words(painter, entry, inner, mirrored=option.direction is Qt.LayoutDirection.RightToLeft)
        painter.restore()

    def _paint_words(self, painter: QPainter, entry: TimelineEntry, area: QRectF, *, mirrored: bool) -> None:
        size = theme().px(15)
        comment = isinstance(entry, Comment)
        name, color = ("message-square-text", "on_comment") if comment else self._words.line_icon(entry)
        x = area.right() - size if mirrored else area.left()
        density = painter.device().devicePixelRatioF()
        painter.drawPixmap(QPointF(x, area.top() + 2), icon_pixmap(name, color, size, density=density))
        left = area.left() + (0 if mirrored else size + _GAP)
        layout, height = self._text(entry)
        painter.setPen(theme().color("on_comment" if comment else "text"))
        layout.draw(painter, QPointF(left, area.top()))
        painter.setFont(theme().font(TextRole.SMALL))
        painter.setPen(theme().color("on_comment" if comment else "muted"))
        room = QRectF(left, area.top() + height, area.width() - size - _GAP, self._small().height() + 2)
        words = self._small().elidedText(self._foot(entry), Qt.TextElideMode.ElideRight, room.width())
        flags = Qt.AlignmentFlag.AlignVCenter | (
            Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignAbsolute, words)

    def _text(self, entry: TimelineEntry) -> tuple[QTextLayout, float]:
        comment = isinstance(entry, Comment)
        room = self.width - 2 * _EDGE - theme().px(15) - _GAP - (2 * _PAD if comment else 0)
        words = self._words.comment_text(entry) if isinstance(entry, Comment) else self._words.sentence(entry)
        layout, size = text_layout(words, theme().font(TextRole.SECONDARY), max(room, 60.0))
        return layout, size.height()

    def _foot(self, entry: TimelineEntry) -> str:
        when = self._words.exact(entry.occurred_at)
        return f"{self._words.comment_author(entry)} · {when}" if isinstance(entry, Comment) else when

    def _small(self) -> QFontMetricsF:
        return QFontMetricsF(theme().font(TextRole.SMALL))
