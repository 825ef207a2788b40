"""Where a window stands: restored only onto a screen that is still there (L03)."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

DEFAULT_SIZE = QSize(1280, 800)
#: So much of the title must be reachable, in pixels.
_GRIP_WIDTH, _GRIP_HEIGHT = 120, 40
#: Room for what the system puts around a window: how much is known only once it is shown.
_FRAME = QSize(16, 48)


def restore_geometry(window: QWidget, saved: QByteArray | None, screens: Sequence[QScreen]) -> None:
    """Take the saved place again when it can be reached, else stand in the middle of the first screen."""
    if saved is not None and window.restoreGeometry(saved):
        areas = [screen.availableGeometry() for screen in screens]
        if reachable(window.frameGeometry(), areas):
            return
    if screens:
        area = screens[0].availableGeometry()
        window.resize(DEFAULT_SIZE.boundedTo(area.size() - _FRAME))
        around = window.size() + _FRAME
        spare = area.size() - around
        window.move(area.topLeft() + QPoint(max(0, spare.width() // 2), max(0, spare.height() // 2)))


def reachable(frame: QRect, areas: Sequence[QRect]) -> bool:
    """Tell whether enough of a window's title lies on one of the screens."""
    title = QRect(frame.topLeft(), QSize(frame.width(), _GRIP_HEIGHT))
    seen = (area.intersected(title) for area in areas)
    return any(part.width() >= _GRIP_WIDTH and part.height() >= _GRIP_HEIGHT // 2 for part in seen)


def screen_key(screen: QScreen | None) -> str:
    """Return a name for sizes kept per screen."""
    if screen is None:
        return "none"
    size = screen.size()
    return f"{screen.name()}-{size.width()}x{size.height()}".replace("/", "_")
