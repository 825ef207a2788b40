"""ConversationListView: the list of conversations, in which several can be ticked by mouse and by key."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from desktop_inbox.views.delegates.row_box import check_zone
from desktop_inbox.views.panes.list_view import InboxListView

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class ConversationListView(InboxListView):
    """Ctrl and Shift click, the box of a row, Ctrl+A, Ctrl+Space, Space while something is ticked, Shift+arrows."""

    toggle_wanted = Signal(object, bool)  # index; whether the open conversation is ticked with the first one
    range_wanted = Signal(object)  # index, up to which
    all_wanted = Signal()
    step_wanted = Signal(int)  # rows, which are ticked on the way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selecting = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tick instead of opening where a key is held, or on the box."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            self.by_keyboard = False
            if event.modifiers() & _SHIFT:
                self.range_wanted.emit(index)
            elif event.modifiers() & _CTRL:
                self.toggle_wanted.emit(index, True)
            elif self._on_box(index, place.x()):
                self.toggle_wanted.emit(index, False)
            else:
                super().mousePressEvent(event)
                return
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that ticked must not open the row as well."""
        index = self.indexAt(event.position().toPoint())
        held = event.modifiers() & (_SHIFT | _CTRL)
        if index.isValid() and (held or self._on_box(index, event.position().toPoint().x())):
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick by keys."""
        modifiers, key = event.modifiers(), Qt.Key(event.key())
        if modifiers == _CTRL and key is Qt.Key.Key_A:
            self.all_wanted.emit()
        elif key is Qt.Key.Key_Space and (modifiers == _CTRL or (self.selecting and not modifiers)):
            if self.currentIndex().isValid():
                self.toggle_wanted.emit(self.currentIndex(), False)
        elif modifiers == _SHIFT and key in _STEPS:
            self.by_keyboard = True
            self.step_wanted.emit(_STEPS[key])
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _on_box(self, index: QModelIndex | QPersistentModelIndex, x: int) -> bool:
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return check_zone(self.visualRect(index), mirrored=mirrored).contains(x, self.visualRect(index).center().y())
