"""AttachmentViewer: one picture as large as the window allows."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.pictures import Pictures
from desktop_inbox.views.plain import ElidedLabel, plain_name
from desktop_inbox.views.theme import theme


class AttachmentViewer(QDialog):
    """Shows a picture scaled to fit; Esc closes. Decoding happens on a worker thread."""

    save_wanted = Signal()

    def __init__(self, attachment: Attachment, path_of: Callable[[Attachment], Path], parent: QWidget) -> None:
        super().__init__(parent)
        name = plain_name(attachment.original_name) or self.tr("Picture")
        self.setWindowTitle(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        pictures = Pictures(path_of, parent=self)
        self._canvas = _Canvas(attachment, pictures, name)
        pictures.changed.connect(self._canvas.update)
        self.finished.connect(pictures.close)
        save = QPushButton(self.tr("Save as…"))
        bind_icon(save, "download")
        save.clicked.connect(self.save_wanted)
        close = QPushButton(self.tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(ElidedLabel(name, kind="strong"), 1)
        row.addWidget(save)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 16)
        box.addLayout(row)
        box.addWidget(self._canvas, 1)
        self.resize(parent.size() * 0.85)


class _Canvas(QWidget):
    def __init__(self, attachment: Attachment, pictures: Pictures, name: str) -> None:
        super().__init__()
        self._attachment, self._pictures = attachment, pictures
        self._bound = QSize()
        self.setAccessibleName(name)
        self.setMinimumSize(200, 150)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Decode for a size that does not change with every pixel of dragging."""
        step = 256
        self._bound = QSize(-(-self.width() // step) * step, -(-self.height() // step) * step)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, or say that it cannot be shown."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        density = self.devicePixelRatioF()
        pixmap = self._pictures.pixmap(self._attachment, self._bound.width(), self._bound.height(), density)
        if pixmap is None or pixmap.isNull():
            painter.setPen(theme().color("muted"))
            text = self.tr("Loading…") if pixmap is None else self.tr("This picture cannot be shown.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
            return
        size = pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        natural = pixmap.size() / density
        if natural.width() < size.width():
            size = natural
        target = self.rect()
        target.setSize(size)
        target.moveCenter(self.rect().center())
        painter.drawPixmap(target, pixmap)
