"""TimelineSkeleton: grey shapes in place of messages while a conversation takes its time (L17)."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_inbox.views.theme import theme

#: Share of the width, lines, ours.
_SHAPES = ((0.42, 1, False), (0.55, 2, True), (0.3, 1, False), (0.48, 1, False), (0.4, 2, True), (0.25, 1, False))


class TimelineSkeleton(QWidget):
    """Still shapes, so that nothing moves where nothing happens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Loading messages"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bubbles without words, from the bottom."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme().color("window"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("inbound"))
        y = float(self.height() - 12)
        for share, lines, ours in reversed(_SHAPES):
            height = theme().px(20) * lines + 16
            width = self.width() * share
            y -= height
            x = self.width() - 20 - width if ours else 20
            painter.drawRoundedRect(QRectF(x, y, width, height), 14, 14)
            y -= theme().px(26)
