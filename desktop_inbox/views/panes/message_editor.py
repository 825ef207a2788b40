"""MessageEditor: the field a message is typed in. It grows with the text and holds plain text only."""

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from desktop_inbox.views.delegates.message_text import graphemes
from desktop_inbox.views.preferences import SendWith
from desktop_inbox.views.theme import theme

MAX_LINES = 8


_MODIFIER = {
    SendWith.ENTER: Qt.KeyboardModifier.NoModifier,
    SendWith.SHIFT_ENTER: Qt.KeyboardModifier.ShiftModifier,
    SendWith.CTRL_ENTER: Qt.KeyboardModifier.ControlModifier,
}


class MessageEditor(QPlainTextEdit):
    """Grows from one to eight lines, then scrolls (C02)."""

    send_wanted = Signal()
    recall_wanted = Signal()  # Up in an empty field (K11)
    files_given = Signal(list)  # list[Path]
    picture_given = Signal(QImage)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Message")
        self.setObjectName("composer")
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.send_key = SendWith.ENTER
        self._composing = False
        self._room = 0  # pixels; 0 is as much as the text takes
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        theme().changed.connect(self._grow)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace what is typed; the change can be undone with Ctrl+Z."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.End)

    def restart(self, text: str) -> None:
        """Hold another conversation's text; nothing before it can be undone into this one."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def line_count(self) -> int:
        """Return how many lines the text takes at the present width."""
        return max(1, round(self.document().size().height()))

    def limit_height(self, room: int) -> None:
        """Grow to no more than ``room`` pixels: in a low window the text scrolls sooner."""
        if room != self._room:
            self._room = room
            self._grow()

    def sizeHint(self) -> QSize:
        """Return the height that shows the text, up to eight lines and to the room there is."""
        lines = min(self.line_count(), MAX_LINES)
        spacing = QFontMetricsF(self.font()).lineSpacing()
        around = self.contentsMargins().top() + self.contentsMargins().bottom()
        frame = self.height() - self.viewport().height() if self.isVisible() else theme().px(12)
        margins = 2 * self.document().documentMargin()
        around = round(margins + max(frame, around)) + 1
        if self._room:  # whole lines, and one in any case
            lines = max(1, min(lines, int((self._room - around) / spacing)))
        return QSize(super().sizeHint().width(), round(lines * spacing) + around)

    def minimumSizeHint(self) -> QSize:
        """Return the same height: the field is never squeezed."""
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Count lines anew when the width changes."""
        super().resizeEvent(event)
        self._grow()

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+Z to the window where no typing can be undone: it takes the sent message back (K27)."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Undo)
            and not self.document().isUndoAvailable()
        ):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send, make a new line, or recall; never send while a word is being composed (K09)."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(event)
        elif event.key() == Qt.Key.Key_Up and not self.text and not event.modifiers() & ~_KEYPAD:
            self.recall_wanted.emit()
        elif event.key() == Qt.Key.Key_Backspace and not event.modifiers() and self._delete_cluster():
            event.accept()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether a word is being composed."""
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Accept text, pictures and files."""
        return source.hasText() or source.hasImage() or source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert text as plain text; hand over files and pictures (C05)."""
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif source.hasImage() and not source.hasText():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.picture_given.emit(image)
        elif source.hasText():
            self.textCursor().insertText(source.text().replace("\x00", ""))
            self.ensureCursorVisible()

    def _enter(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~_KEYPAD
        if self._composing:
            super().keyPressEvent(event)
        elif modifiers == _MODIFIER[self.send_key]:
            self.send_wanted.emit()
        elif modifiers in (Qt.KeyboardModifier.NoModifier, *_MODIFIER.values()):
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
        else:
            event.ignore()

    def _delete_cluster(self) -> bool:
        """Delete a whole emoji before the cursor, not a part of it (T05)."""
        cursor = self.textCursor()
        if cursor.hasSelection() or self.isReadOnly():
            return False
        before = (
            cursor.block().text().encode("utf-16-le")[: 2 * cursor.positionInBlock()].decode("utf-16-le", "replace")
        )
        last = graphemes(before[-40:])[-1:] if before else []
        if not last or len(last[0]) < 2 or last[0][0].isalpha():
            return False
        units = len(last[0].encode("utf-16-le")) // 2
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, 0)
        cursor.setPosition(cursor.position() - units, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        return True

    def _grow(self) -> None:
        wanted = self.sizeHint().height()
        if self.height() != wanted:
            self.setFixedHeight(wanted)


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def local_files(data: QMimeData) -> list[Path]:
    """Return the files that were dropped or pasted; links to elsewhere are not files."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
