"""WindowLabel: how long a channel still delivers free answers (S2-65, S3-60, D-07)."""

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, set_tip
from desktop_inbox.views.theme import theme

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption

TICK_MS = 20_000
SOON = timedelta(hours=2)
_MINUTE = timedelta(minutes=1)


class WindowLabel(QWidget):
    """ "Closes in 3 h 12 min", a warning below two hours, and what it means when it is over; keeps itself true."""

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._option: ReplyOption | None = None
        self._color = "muted"
        self._icon, self.label = PlainLabel(), ElidedLabel(kind="small")
        self.label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._icon)
        row.addWidget(self.label)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self.refresh)
        theme().changed.connect(self._paint_icon)
        self.hide()

    @property
    def is_meant(self) -> bool:
        """Whether there is a limit to tell of."""
        return self._option is not None and self._option.window_hours is not None

    def show_option(self, option: "ReplyOption | None") -> None:
        """Show the window of a way to answer; nothing where there is no limit."""
        self._option = option
        shown = self.is_meant
        self._tick.start() if shown else self._tick.stop()
        self.setVisible(shown)
        self.refresh()

    def refresh(self) -> None:
        """Tell the time that is left now."""
        option = self._option
        if option is None or option.window_hours is None:
            return
        words = self.tr("{n}-hour window").format(n=option.window_hours)
        if option.window_ends_at is None:
            text, color = self.tr("No answer window is open"), "attention"
        else:
            left = option.window_ends_at - self._formats.clock()
            if left > timedelta(0):
                text = self.tr("Window closes in {time}").format(time=_span(left))
                color = "warning" if left < SOON else "muted"
            else:
                text, color = self.tr("Window closed {time} ago").format(time=_span(-left)), "attention"
        self._color = color
        self.label.set_kind({"muted": "small", "warning": "warning", "attention": "error-small"}[color])
        self.label.setText(text)
        self.setAccessibleName(text)
        set_tip(
            self,
            self.tr("{words}: it begins anew when the contact writes. After it, messages may not arrive.").format(
                words=words
            ),
        )
        self._paint_icon()

    def _paint_icon(self) -> None:
        icon = {"muted": "clock", "warning": "hourglass", "attention": "triangle-alert"}[self._color]
        self._icon.setPixmap(icon_pixmap(icon, self._color, theme().px(14), density=self.devicePixelRatioF()))


def _span(time: timedelta) -> str:
    """Return a span as people say it: "3 h 12 min", "12 min", "2 d"; always at least a minute."""
    minutes = max(1, -(-time // _MINUTE) if time < timedelta(hours=1) else time // _MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
