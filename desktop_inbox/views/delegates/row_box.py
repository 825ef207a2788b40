"""The box of a row that can be ticked: where it is, and how it looks."""

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPen

from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.theme import theme

_ZONE, _BOX, _HOOK = 58, 20, 14  # pixels at 100 %


def check_zone(rect: QRect, *, mirrored: bool) -> QRect:
    """Return where a click ticks a row: the place of its picture, up to the edge."""
    width = theme().px(_ZONE)
    return QRect(rect.right() + 1 - width if mirrored else rect.left(), rect.top(), width, rect.height())


def paint_box(painter: QPainter, spot: QRect, *, ticked: bool) -> None:
    """Paint a box where the picture was: its shape says that there is something to tick, the hook that it is."""
    size, hook = theme().px(_BOX), theme().px(_HOOK)
    box = QRectF(0, 0, size, size)
    box.moveCenter(QRectF(spot).center())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().color("accent" if ticked else "border"), 1.5))
    painter.setBrush(theme().color("accent" if ticked else "surface"))
    painter.drawRoundedRect(box, 5, 5)
    if ticked:
        picture = icon_pixmap("check", "on_accent", hook, density=painter.device().devicePixelRatioF())
        painter.drawPixmap(box.center() - QPointF(hook / 2, hook / 2), picture)
