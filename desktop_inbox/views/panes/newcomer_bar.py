"""NewcomerBar: a message came in while somebody was writing: look before sending (L19)."""

from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

#: What stands in front of somebody's eyes for so long was seen.
SEEN_AFTER = timedelta(seconds=3)


class NewcomerBar(QFrame):
    """Holds the first press of Send when something came in that was not looked at; the second one sends."""

    show_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self._came_at: datetime | None = None
        self._icon = PlainLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = PlainLabel(
            self.tr("A new message came in while you were writing. Look before sending, or press Send again."),
            wrap=True,
        )
        self.button = QPushButton(self.tr("Show it"))
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._look)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        theme().changed.connect(self._paint_icon)
        self._paint_icon()
        self.hide()

    def came(self, at: datetime) -> None:
        """Something came in while a text was being written."""
        self._came_at = at
        self.hide()

    def settle(self) -> None:
        """It was looked at, sent past, or another conversation is open."""
        self._came_at = None
        self.hide()

    def holds(self, now: datetime, *, in_sight: bool) -> bool:
        """Whether Send must wait for a second press; shows why."""
        if self._came_at is None or not self.isHidden():
            self.settle()
            return False
        if in_sight and now - self._came_at >= SEEN_AFTER:
            self.settle()
            return False
        self.show()
        announce(self, self._text.text())
        return True

    def _look(self) -> None:
        self.settle()
        self.show_wanted.emit()

    def _paint_icon(self) -> None:
        density = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap("message-square-text", "warning", theme().px(18), density=density))
