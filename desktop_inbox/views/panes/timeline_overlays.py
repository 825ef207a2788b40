"""What floats over the timeline: the day of what is shown, and the way to the newest message."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel


class DayPill(PlainLabel):
    """The day, at the top while its own heading is out of sight (L07)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(kind="day", parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_day(self, text: str, width: int, *, limit: int | None) -> None:
        """Show a day in the middle of ``width``; ``limit`` is where the next day's heading pushes it away."""
        self.setText(text)
        self.adjustSize()
        top = 8 if limit is None else min(8, limit - self.height() - 4)
        self.move((width - self.width()) // 2, top)
        self.show()


class JumpButton(QToolButton):
    """ "↓ 3": how many arrived below, and a click goes there (L10)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "jump")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bind_icon(self, "arrow-down", size=18)
        self.show_count(0)
        self.hide()

    def show_count(self, count: int) -> None:
        """Show how many arrived."""
        self.setText(str(count) if count else "")
        name = self.tr("Jump to latest, {n} new").format(n=count) if count else self.tr("Jump to latest")
        self.setAccessibleName(name)
        self.adjustSize()

    def place(self, corner: QPoint) -> None:
        """Stand in the lower trailing corner."""
        x = 20 if self.isRightToLeft() else corner.x() - self.width() - 20
        self.move(x, corner.y() - self.height() - 14)
