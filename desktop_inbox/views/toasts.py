"""Toasts: short notes over the window, with Undo where something can be taken back (F01, F03)."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.views.plain import PlainLabel, menu_text
from desktop_inbox.views.theme import theme

MAX_SHOWN = 3
SECONDS, ERROR_SECONDS = 8.0, 12.0
_MARGIN = 16
_WIDE, _LONG = 400, 180  # pixels at 100 %: how wide the notes get, and of a text for which they do
_UNDER = 300  # of a text under which the buttons stand


def announce(widget: QWidget, text: str) -> None:
    """Say ``text`` through a screen reader, politely (A07)."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


class Toast(QFrame):
    """One note. It waits while the mouse or the focus is on it."""

    closed = Signal(object)

    def __init__(self, text: str, *, seconds: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "toast")
        self.setAccessibleName(text)
        self.text = text
        self._undo: Callable[[], object] | None = None
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(16, 10, 10, 10)
        self._row.setSpacing(12)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch()
        self._label = PlainLabel(text, wrap=True)
        self._label.setMinimumWidth(theme().px(130))
        self._label.setMaximumWidth(theme().px(360))
        self._row.addWidget(self._label, 1)
        self._row.addLayout(self._buttons)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self.dismiss)

    def add_button(self, text: str, on_click: Callable[[], object], *, closes: bool = True) -> QPushButton:
        """Add a button; clicking it closes the note unless told otherwise."""
        button = QPushButton(menu_text(text))
        button.setAccessibleName(text)
        if closes:
            button.clicked.connect(self.dismiss)
        button.clicked.connect(lambda _checked=False: on_click())
        button.installEventFilter(self)
        self._buttons.addWidget(button)
        self._arrange()
        return button

    def set_text(self, text: str) -> None:
        """Tell how far something is; not announced, as it changes often."""
        self.text = text
        self.setAccessibleName(text)
        self._label.setText(text)
        self._arrange()

    def _arrange(self) -> None:
        """Beside a long text the buttons would leave it too little room: they stand under it."""
        under = self._buttons.count() > 1 and self._label.fontMetrics().horizontalAdvance(self.text) > theme().px(
            _UNDER
        )
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if under else QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(8 if under else 12)

    @property
    def is_long(self) -> bool:
        """Whether the text does not fit beside a button on a line."""
        return self._label.fontMetrics().horizontalAdvance(self.text) > theme().px(_LONG)

    def offer_undo(self, undo: Callable[[], object]) -> None:
        """Offer to take back what the note tells of."""
        self._undo = undo
        self.add_button(self.tr("Undo"), self.undo)

    @property
    def can_undo(self) -> bool:
        """Whether it still offers to take something back."""
        return self._undo is not None

    def undo(self) -> None:
        """Take it back, once."""
        undo, self._undo = self._undo, None
        self.dismiss()
        if undo is not None:
            undo()

    def start(self) -> None:
        """Begin to count down."""
        self._timer.start()

    def dismiss(self) -> None:
        """Close the note."""
        self._timer.stop()
        if not self.isHidden() or self.parent() is not None:
            self.hide()
            self.closed.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Wait while the mouse is here."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Count down anew."""
        self._timer.start()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait while a button has the focus."""
        if event.type() == QEvent.Type.FocusIn:
            self._timer.stop()
        elif event.type() == QEvent.Type.FocusOut:
            self._timer.start()
        return super().eventFilter(watched, event)


class Toasts(QWidget):
    """The notes of a window, stacked at its lower edge, newest below; at most three."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName(self.tr("Notes"))
        self._window = window
        self._anchors: tuple[QWidget, ...] = ()
        self._shown: list[Toast] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        window.installEventFilter(self)
        self.hide()

    def stand_on(self, *anchors: QWidget) -> None:
        """Stand at the lower edge of the first of these parts of the window that is shown."""
        self._anchors = anchors

    def tell(
        self,
        text: str,
        *,
        undo: Callable[[], object] | None = None,
        dismiss: str = "",
        on_dismiss: Callable[[], object] = lambda: None,
        seconds: float = SECONDS,
    ) -> Toast:
        """Show a note, with Undo when it can be taken back, and a button ``dismiss`` that closes it; announced."""
        toast = Toast(text, seconds=seconds, parent=self)
        if undo is not None:
            toast.offer_undo(undo)
        if dismiss:
            toast.add_button(dismiss, on_dismiss)
        self._add(toast)
        announce(self._window, text)
        return toast

    def tell_error(self, error: InboxError, *, retry: Callable[[], object] | None = None) -> Toast:
        """Show what happened and what to do, with the details to copy; no traceback, no secret (F03)."""
        text = f"{error.message} {error.hint}".strip()
        toast = Toast(text, seconds=ERROR_SECONDS, parent=self)
        if retry is not None:
            toast.add_button(self.tr("Retry"), retry)
        toast.add_button(self.tr("Copy details"), lambda: copy_details(error), closes=False)
        self._add(toast)
        announce(self._window, text)
        return toast

    def undo_last(self) -> bool:
        """Take back what the newest note with Undo tells of (K27); False when there is none."""
        for toast in reversed(self._shown):
            if toast.can_undo:
                toast.undo()
                return True
        return False

    @property
    def shown(self) -> tuple[Toast, ...]:
        """The notes on screen, oldest first."""
        return tuple(self._shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge."""
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return super().eventFilter(watched, event)

    def _add(self, toast: Toast) -> None:
        self._merge(toast)
        while len(self._shown) >= MAX_SHOWN:
            self._shown[0].dismiss()
        shadow = QGraphicsDropShadowEffect(toast)
        shadow.setBlurRadius(18)
        shadow.setOffset(0, 3)
        color = theme().color("shadow")
        color.setAlpha(70)
        shadow.setColor(color)
        toast.setGraphicsEffect(shadow)
        toast.closed.connect(self._remove)
        self._shown.append(toast)
        self._column.addWidget(toast)
        toast.show()
        toast.start()
        self._settle()

    def _merge(self, toast: Toast) -> None:
        """Let a note take the place of one that says the same, but of none that takes something else back."""
        for same in [shown for shown in self._shown if shown.text == toast.text and not shown.can_undo]:
            if not same.isAncestorOf(QApplication.focusWidget() or self._window):
                same.dismiss()

    def _remove(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            self._column.removeWidget(toast)
            toast.deleteLater()
            self._settle()

    def _settle(self) -> None:
        if not self._shown:
            self.hide()
            return
        self._column.activate()
        size = self.sizeHint()
        # At the lower edge of the list: over the composer a note would hide what is being typed.
        anchor = next((part for part in self._anchors if part.isVisible()), self._window)
        area = (
            QRect(anchor.mapTo(self._window, QPoint(0, 0)), anchor.size())
            if anchor is not self._window
            else (self._window.rect())
        )
        # A long text uses the width of what it stands on, rather than wrapping after each second word.
        wanted = min(area.width() - 2 * _MARGIN, theme().px(_WIDE)) if any(t.is_long for t in self._shown) else 0
        width = min(max(size.width(), wanted), self._window.width() - 2 * _MARGIN)
        height = max(self._column.minimumSize().height(), self._column.heightForWidth(width))
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = area.right() + 1 - _MARGIN - width if mirrored else area.left() + _MARGIN
        left = min(max(_MARGIN, left), self._window.width() - width - _MARGIN)
        self.setGeometry(left, self._window.height() - height - _MARGIN, width, height)
        self.show()
        self.raise_()


def copy_details(error: InboxError) -> None:
    """Put code and sentences of an error on the clipboard."""
    QGuiApplication.clipboard().setText(f"[{error.code}] {error.message}\n{error.hint}".strip())
