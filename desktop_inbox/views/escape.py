"""Esc inside a field: taken before the window's own ladder (K10) has it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def claims_escape(event: QEvent, wanted: Callable[[], bool] = lambda: True) -> bool:
    """Accept the question whether Esc is ``wanted`` here, so that its key press follows; False for other events."""
    if (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
        and wanted()
    ):
        event.accept()
        return True
    return False
