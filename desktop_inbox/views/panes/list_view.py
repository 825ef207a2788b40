"""InboxListView: a list that knows whether a hand is on it."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

HAND_LEAVES_AFTER = 1500  # milliseconds without a move or a key
_BATCH = 120
_MOVES = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home,
                    Qt.Key.Key_End})  # fmt: skip


class InboxListView(QListView):
    """Rows of one height, laid out in batches: a changed row costs milliseconds also among 100,000."""

    hand_left = Signal()
    typed = Signal(str)  # a character, while the list has the focus (K24)
    menu_wanted = Signal(object, QPoint)  # index, global place
    activated_by_key = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_BATCH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.taking_focus = False
        self.by_keyboard = False  # a focus ring shows only to those who use keys
        self._hand = QTimer(self)
        self._hand.setSingleShot(True)
        self._hand.setInterval(HAND_LEAVES_AFTER)
        self._hand.timeout.connect(self.hand_left)

    @property
    def hand_on(self) -> bool:
        """Whether the mouse moved over the list, or a key moved in it, a moment ago (L06)."""
        return self._hand.isActive()

    def set_hand_patience(self, milliseconds: int) -> None:
        """Choose how long a hand counts as being on the list."""
        self._hand.setInterval(milliseconds)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The hand is here."""
        self._hand.start()
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The hand is here; a right click opens the menu without opening the row."""
        self.by_keyboard = False
        self._hand.start()
        if event.button() is Qt.MouseButton.RightButton:
            event.accept()
            return
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The hand is here."""
        self._hand.start()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by keys; a character goes to whoever listens instead of searching rows."""
        self.by_keyboard = True
        text = event.text()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated_by_key.emit(self.currentIndex())
            return
        if plain and text and text.isprintable() and not text.isspace():
            self.typed.emit(text)
            return
        if event.key() in _MOVES:
            self._hand.start()
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the current row by key (K26)."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            place = self.visualRect(index).center() if by_key else event.pos()
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(place))
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the focus without choosing a row: Qt makes the first one current when none is."""
        self.by_keyboard = event.reason() is not Qt.FocusReason.MouseFocusReason
        self.taking_focus = True
        super().focusInEvent(event)
        self.taking_focus = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for more rows when the list became higher."""
        super().resizeEvent(event)
        self.fill()

    def fill(self) -> None:
        """Ask for rows until the view is full: Qt asks only when somebody scrolls."""
        model, root = self.model(), self.rootIndex()
        if model is not None and self.verticalScrollBar().maximum() == 0 and model.canFetchMore(root):
            model.fetchMore(root)

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Read further before the end is reached by keys."""
        super().currentChanged(current, previous)
        model = self.model()
        if model is not None and current.isValid() and current.row() >= model.rowCount() - 3:
            root = self.rootIndex()
            if model.canFetchMore(root):
                model.fetchMore(root)
