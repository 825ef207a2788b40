"""TimelineKeys: what keys do while the messages have the focus."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QScrollBar

if TYPE_CHECKING:
    from .timeline_view import TimelineView

_SCROLL = {
    Qt.Key.Key_PageUp: QScrollBar.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QScrollBar.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QScrollBar.SliderAction.SliderToMinimum,
}
_PLAIN = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class TimelineKeys:
    """Tries in turn: copy, scroll, act on the current message, move, type."""

    def __init__(self, view: "TimelineView") -> None:
        self._view = view

    def press(self, event: QKeyEvent) -> None:
        """Handle a key, or leave it to the window."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._view.copy()
        elif not (self._scroll(event) or self._act(event) or self._type(event) or self._move(event)):
            event.ignore()

    def _scroll(self, event: QKeyEvent) -> bool:
        action = _SCROLL.get(Qt.Key(event.key()))
        if action is not None:
            self._view.verticalScrollBar().triggerAction(action)
        elif event.key() == Qt.Key.Key_End:
            self._view.latest_wanted.emit()
        else:
            return False
        return True

    def _act(self, event: QKeyEvent) -> bool:
        view, row = self._view, self._view.current_row()
        if row is None:
            return False
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            view.details_wanted.emit(row.entry.id, view.current_rect().topLeft())
        elif event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and event.modifiers() == _SHIFT):
            screen = view.viewport().rect()
            rect = view.current_rect()
            place = rect.center() if rect.intersects(screen) else screen.center()
            view.menu_wanted.emit(row.entry.id, None, view.viewport().mapToGlobal(place))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            view.activate_first(row)
        else:
            return False
        return True

    def _type(self, event: QKeyEvent) -> bool:
        """Printable characters belong to the composer."""
        modifiers = event.modifiers() & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier)
        if not event.text() or not event.text().isprintable() or modifiers != _PLAIN:
            return False
        self._view.typed.emit(event.text())
        return True

    def _move(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Up, Qt.Key.Key_Down) or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        self._view.move_current(1 if event.key() == Qt.Key.Key_Down else -1)
        return True
