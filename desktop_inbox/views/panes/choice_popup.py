"""ChoicePopup: type a few letters, pick one, done; what assigning and snoozing have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop_inbox.views.icons import icon
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import theme

_WIDTH, _ROWS = 320, 8
_VALUE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line to pick."""

    title: str
    value: object
    hint: str = ""
    icon: str = ""


class ChoicePopup(QFrame):
    """A box to type in over a list: arrows move, Enter picks, Esc closes."""

    picked = Signal(object)
    closed = Signal()

    def __init__(self, name: str, placeholder: str, parent: QWidget) -> None:
        # Not Qt.Popup, which assistive technology does not see: a dialog that goes when something else is clicked.
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setProperty("kind", "popup")
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.box = SearchField(placeholder, placeholder)
        self.box.textChanged.connect(self.refresh)
        self.box.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setProperty("kind", "choices")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # typing goes on in the box
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(self._pick)
        self.none = PlainLabel(kind="secondary", wrap=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        for widget in (self.box, self.list, self.none):
            box.addWidget(widget)
        self.setFixedWidth(theme().px(_WIDTH))

    def offers(self, text: str) -> Sequence[Offer]:
        """Return what can be picked for what was typed."""
        raise NotImplementedError

    def nothing(self, text: str) -> str:
        """Return what to say when nothing fits."""
        return self.tr("Nothing fits. Try another word.")

    def refresh(self) -> None:
        """Offer what fits the text; the first is chosen."""
        text = self.box.text().strip()
        found = self.offers(text)
        self.list.clear()
        for offer in found:
            item = QListWidgetItem(f"{offer.title}    {offer.hint}" if offer.hint else offer.title)
            item.setData(_VALUE, (offer.value,))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (offer.title, offer.hint))))
            if offer.icon:
                item.setIcon(icon(offer.icon, "muted", size=16))
            self.list.addItem(item)
        self.list.setVisible(bool(found))
        self.none.setVisible(not found)
        self.none.setText("" if found else self.nothing(text))
        if found:
            self.list.setCurrentRow(0)
            rows = min(_ROWS, len(found))
            self.list.setFixedHeight(rows * max(self.list.sizeHintForRow(0), 1) + 2 * self.list.frameWidth())
        self.adjustSize()

    def open_under(self, button: QWidget) -> None:
        """Show it under a button, inside the screen."""
        self.refresh()
        place = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        screen = button.screen().availableGeometry()
        place.setX(max(screen.left() + 8, min(place.x(), screen.right() - self.width() - 8)))
        place.setY(max(screen.top() + 8, min(place.y(), screen.bottom() - self.height() - 8)))
        self.move(place)
        self.show()
        self.activateWindow()
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move and pick from the box."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}
            if event.key() in step:
                row = self.list.currentRow() + step[Qt.Key(event.key())]
                self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem() is not None:
                    self._pick(self.list.currentItem())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Go away when something else is used."""
        if event.type() == QEvent.Type.WindowDeactivate and self.isVisible():
            self.close()
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it closed, picked or not."""
        super().hideEvent(event)
        self.closed.emit()

    def _leave(self) -> None:
        """Close, and give the window its keys back."""
        self.close()
        parent = self.parentWidget()
        if parent is not None:
            parent.window().activateWindow()

    def _pick(self, item: QListWidgetItem) -> None:
        (value,) = item.data(_VALUE)
        self._leave()
        self.picked.emit(value)
