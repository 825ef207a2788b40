"""Completion: suggestions under a field while something is typed there; the focus stays in the field."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QWidget

from desktop_inbox.views.plain import one_line
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

_SHOWN = 6
_NEXT, _PREVIOUS = Qt.Key.Key_Down, Qt.Key.Key_Up
_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class Completion(QListWidget):
    """The field passes its keys on with ``take_key``; ``chosen`` tells what was picked."""

    chosen = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        self.setAccessibleName(self.tr("Suggestions"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(lambda item: self._choose(item.data(Qt.ItemDataRole.UserRole)))
        self.hide()

    def offer(self, names: Sequence[str], below: QRect, *, preselect: bool = False) -> None:
        """Show ``names`` under (or over) ``below``, which is in the field's coordinates; nothing hides the list."""
        self.clear()
        if not names:
            self.hide()
            return
        for name in names:
            self.addItem(one_line(name))
            self.item(self.count() - 1).setData(Qt.ItemDataRole.UserRole, name)
        if preselect:
            self.setCurrentRow(0)
        self._place(below)
        self.show()
        self.raise_()
        announce(self._field, self.tr("%n suggestion(s)", "", len(names)))

    def take_key(self, event: QKeyEvent) -> bool:
        """Move in the list, take from it or close it; False where the field should have the key."""
        if self.isHidden():
            return False
        key = event.key()
        if key in (_NEXT, _PREVIOUS):
            step = 1 if key == _NEXT else -1
            self.setCurrentRow((self.currentRow() + step) % self.count() if self.currentRow() >= 0 or step > 0 else -1)
            item = self.currentItem()
            if item is not None:
                announce(self._field, item.text())
            return True
        if key in _TAKE and self.currentItem() is not None:
            self._choose(self.currentItem().data(Qt.ItemDataRole.UserRole))
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    def _choose(self, name: str) -> None:
        self.hide()
        self.chosen.emit(name)

    def _place(self, below: QRect) -> None:
        window = self._field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        row = self.sizeHintForRow(0) + theme().px(2)
        height = row * min(self.count(), _SHOWN) + theme().px(12)
        width = max(below.width(), theme().px(180))
        top_left = self._field.mapTo(window, below.bottomLeft() + QPoint(0, 2))
        if top_left.y() + height > window.height():
            top_left = self._field.mapTo(window, below.topLeft()) - QPoint(0, height + 2)
        left = max(min(top_left.x(), window.width() - width), 0)
        self.setGeometry(left, max(top_left.y(), 0), min(width, window.width()), height)
