"""Painting of a message's files: pictures as previews, everything else as a chip."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from desktop_inbox.models.entities.attachment import AttachmentState
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.theme import theme

from .bubble_layout import AttachmentBox, RowMetrics
from .row_words import FileWords

PICTURE_RADIUS = 8.0


def paint_picture(
    painter: QPainter, box: AttachmentBox, pixmap: QPixmap | None, words: FileWords, ink: str, metrics: RowMetrics
) -> None:
    """Paint a preview, a quiet placeholder while it is decoded, or the file's chip when it cannot be shown."""
    path = QPainterPath()
    path.addRoundedRect(box.rect, PICTURE_RADIUS, PICTURE_RADIUS)
    shade = theme().color(ink)
    shade.setAlphaF(0.12)
    painter.fillPath(path, shade)
    if pixmap is not None and pixmap.isNull():
        paint_file(painter, box, words, ink, metrics)
        return
    if pixmap is None:
        size = metrics.icon * 2
        at = box.rect.center() - QPointF(size / 2, size / 2)
        painter.drawPixmap(at, icon_pixmap("image", ink, size, density=painter.device().devicePixelRatioF()))
        return
    painter.save()
    painter.setClipPath(path)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = min(box.rect.width() / pixmap.width(), box.rect.height() / pixmap.height())
    target = QRectF(0, 0, pixmap.width() * scale, pixmap.height() * scale)
    target.moveCenter(box.rect.center())
    painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
    painter.restore()


def paint_file(painter: QPainter, box: AttachmentBox, words: FileWords, ink: str, metrics: RowMetrics) -> None:
    """Paint a file: icon, name and what is known of it."""
    shade = theme().color(ink)
    shade.setAlphaF(0.10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(box.rect, PICTURE_RADIUS, PICTURE_RADIUS)
    size = round(metrics.icon * 1.4)
    left = box.rect.left() + 12
    at = QPointF(left, box.rect.center().y() - size / 2)
    painter.drawPixmap(at, icon_pixmap(words.icon, ink, size, density=painter.device().devicePixelRatioF()))
    left += size + 10
    buttons = 2 * metrics.button_height + 8 if box.attachment.state is AttachmentState.READY else 4
    room = box.rect.right() - 8 - buttons - left
    painter.setPen(theme().color(ink))
    painter.setFont(metrics.body)
    top = box.rect.center().y() - (metrics.body_height + metrics.small_height) / 2
    name = metrics.body_metrics.elidedText(words.name, Qt.TextElideMode.ElideMiddle, room)
    align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(left, top, room, metrics.body_height), align, name)
    painter.setFont(metrics.small_bold if words.risky else metrics.small)
    detail = metrics.small_metrics.elidedText(words.detail, Qt.TextElideMode.ElideRight, room)
    painter.drawText(QRectF(left, top + metrics.body_height, room, metrics.small_height), align, detail)
