"""What a list shows while it has no rows: placeholder shapes, an empty state, an error with Retry (L17, L18)."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel, menu_text
from desktop_inbox.views.theme import theme

SKELETON_AFTER, GIVE_UP_AFTER = 300, 10_000  # milliseconds


class Skeleton(QWidget):
    """Pale shapes where rows will be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Loading"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as many rows as fit."""
        px = theme().px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("inbound"))
        for number in range(self.height() // px(64)):
            top = number * px(64)
            painter.drawEllipse(QRect(12, top + px(12), px(40), px(40)))
            widths = (40 + number * 17 % 30, 60 + number * 29 % 35)
            for line, percent in enumerate(widths):
                width = (self.width() - px(40) - 46) * percent // 100
                painter.drawRoundedRect(QRect(22 + px(40), top + px(17) + line * px(20), width, px(10)), 5, 5)


class EmptyState(QWidget):
    """What, why and what next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        self._picture = PlainLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title = PlainLabel(kind="title", wrap=True)
        self._text = PlainLabel(kind="secondary", wrap=True)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for widget in (self._picture, self._title, self._text):
            column.addWidget(widget)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        column.addSpacing(4)
        column.addLayout(self._buttons)
        column.addStretch(3)
        self._icon = "inbox"
        theme().changed.connect(self._draw)

    def show_state(
        self, icon: str, title: str, text: str, *, buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    ) -> None:
        """Show these words; the first button is the one that helps most."""
        self._icon = icon
        self._draw()
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title}. {text}")
        while (item := self._buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._buttons.addStretch()
        for label, action in buttons:
            button = QPushButton(menu_text(label))
            button.setAccessibleName(label)
            button.clicked.connect(lambda _checked=False, action=action: action())
            self._buttons.addWidget(button)
        self._buttons.addStretch()

    @property
    def title(self) -> str:
        """The headline shown."""
        return self._title.text()

    def _draw(self) -> None:
        size = theme().px(40)
        self._picture.setPixmap(icon_pixmap(self._icon, "muted", size, density=self.devicePixelRatioF()))


class ListStates(QStackedWidget):
    """A list, or what stands in its place. Quick loads show nothing in between."""

    def __init__(self, rows: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self.skeleton = Skeleton()
        self.empty = EmptyState()
        for widget in (rows, self.skeleton, self.empty):
            self.addWidget(widget)
        self._slow = self._timer(SKELETON_AFTER, lambda: self.setCurrentWidget(self.skeleton))
        self._stuck = self._timer(GIVE_UP_AFTER, self._tell_stuck)
        self._retry: Callable[[], object] = lambda: None

    def loading(self, retry: Callable[[], object]) -> None:
        """A load began; ``retry`` starts it again."""
        self._retry = retry
        self._slow.start()
        self._stuck.start()

    def show_rows(self) -> None:
        """Rows are there."""
        self._stop()
        self.setCurrentWidget(self._rows)

    def show_empty(
        self, icon: str, title: str, text: str, *, buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    ) -> None:
        """There is nothing to show, and why."""
        self._stop()
        self.empty.show_state(icon, title, text, buttons=buttons)
        self.setCurrentWidget(self.empty)

    def show_error(self, error: InboxError) -> None:
        """The load failed."""
        self.show_empty("triangle-alert", error.message, error.hint, buttons=((self.tr("Retry"), self._retry),))

    def _tell_stuck(self) -> None:
        text = self.tr("The store does not answer. What you wrote is safe.")
        self.show_empty("hourglass", self.tr("This takes unusually long"), text,
                        buttons=((self.tr("Retry"), self._retry),))  # fmt: skip

    def _stop(self) -> None:
        self._slow.stop()
        self._stuck.stop()

    def _timer(self, milliseconds: int, slot: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer
