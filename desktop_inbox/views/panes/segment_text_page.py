"""SegmentTextPage: a filter as text, with suggestions while it is typed and errors at their place."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontDatabase, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from desktop_inbox.models.entities.segment_fields import Catalogue
from desktop_inbox.services.segment_completion import Completion as Found
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.panes.completion import Completion
from desktop_inbox.views.plain import PlainLabel, menu_text
from desktop_inbox.views.services import Services
from desktop_inbox.views.theme import theme

_SHOWN = 8


class SegmentTextPage(QWidget):
    """``changed`` tells that the text is another; whoever reads it tells back by ``show_error``."""

    changed = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segments = services.segments
        self.catalogue = Catalogue()
        self.editor = _Editor(self)
        self.editor.textChanged.connect(self._text_changed)
        self.editor.completion.chosen.connect(self._take)
        self._found: Found | None = None
        self._error = PlainLabel(kind="error", wrap=True)
        self._fix = QPushButton()
        self._fix.setProperty("kind", "link")
        self._fix.clicked.connect(self._take_suggestion)
        self._hint = PlainLabel(
            self.tr(
                "Ctrl+Space shows what can stand here. Example: tags any of (patient) and last_message_on last 7 days"
            ),
            kind="small",
            wrap=True,
        )
        self._wrong: SegmentError | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(8)
        self.editor.setMaximumHeight(theme().px(220))
        column.addWidget(self.editor, 1)
        column.addWidget(self._error)
        column.addWidget(self._fix, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self._hint)
        column.addStretch()
        self.show_error(None)
        theme().changed.connect(self._restyle)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.editor.toPlainText()

    def show_text(self, text: str) -> None:
        """Show a filter; nothing is told of it."""
        self.editor.blockSignals(True)
        self.editor.setPlainText(text)
        self.editor.blockSignals(False)
        self.show_error(None)

    def show_error(self, error: SegmentError | None) -> None:
        """Underline the place of an error, say what is wrong and what could stand there; None for no error."""
        self._wrong = error
        self._error.setVisible(error is not None)
        self._hint.setVisible(error is None)
        self._fix.setVisible(error is not None and bool(error.suggestion))
        marks: list[QTextEdit.ExtraSelection] = []
        if error is not None:
            hint = "" if error.suggestion else f" {error.hint}"
            self._error.setText(f"{error.message}{hint}")
            fix = self.tr("Use “{text}”").format(text=error.suggestion)
            self._fix.setText(menu_text(fix))
            self._fix.setAccessibleName(fix)
            marks.append(self._mark(error))
        self.editor.setExtraSelections(marks)
        self.editor.setAccessibleDescription(error.message if error is not None else "")

    def complete(self) -> None:
        """Offer what can stand at the cursor."""
        cursor = self.editor.textCursor()
        self._found = self._segments.complete(self.text, cursor.position(), self.catalogue)
        names = [one.text for one in self._found.candidates][:_SHOWN]
        self.editor.completion.offer(names, self._below(cursor), preselect=bool(names))

    def _restyle(self) -> None:
        self.show_error(self._wrong)

    def _text_changed(self) -> None:
        self.show_error(None)
        self.changed.emit()
        before = self.text[: self.editor.textCursor().position()]
        if self.editor.hasFocus() and before[-1:].strip():
            self.complete()
        else:
            self.editor.completion.hide()

    def _take(self, text: str) -> None:
        if self._found is not None:
            self._replace(self._found.start, self._found.end, text + " ")

    def _take_suggestion(self) -> None:
        error = self._wrong
        if error is not None:
            self._replace(max(error.start, 0), max(error.end, 0), error.suggestion)
            self.editor.setFocus()

    def _replace(self, start: int, end: int, text: str) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(min(start, len(self.text)))
        cursor.setPosition(min(end, len(self.text)), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.editor.setTextCursor(cursor)
        self.editor.completion.hide()

    def _mark(self, error: SegmentError) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        looks = QTextCharFormat()
        looks.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        looks.setUnderlineColor(theme().color("attention"))
        looks.setForeground(theme().color("attention"))
        start = min(max(error.start, 0), len(self.text))
        end = min(max(error.end, start + 1), len(self.text))
        cursor = QTextCursor(self.editor.document())
        cursor.setPosition(min(start, max(0, end - 1)))  # at the very end the last character stands for it
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        mark.cursor, mark.format = cursor, looks
        return mark

    def _below(self, cursor: QTextCursor) -> QRect:
        spot = self.editor.cursorRect(cursor)
        at = self.editor.viewport().mapTo(self.editor, spot.bottomLeft())
        return QRect(min(at.x(), self.editor.width() // 2), at.y() - spot.height(), theme().px(220), spot.height())


class _Editor(QPlainTextEdit):
    """The suggestions have its keys first; Tab leaves it."""

    def __init__(self, page: SegmentTextPage) -> None:
        super().__init__(page)
        self._page = page
        self.completion = Completion(self)
        self.setAccessibleName("Filter as text")
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.setFont(font)

    def event(self, event: QEvent) -> bool:
        # Qt asks already while the widget is being made.
        if claims_escape(event, lambda: "completion" in self.__dict__ and self.completion.isVisible()):
            return True
        return super().event(event)

    def focusNextPrevChild(self, further: bool) -> bool:
        # Tab takes the suggestion that is chosen; else it leaves.
        if self.completion.isVisible() and self.completion.currentItem() is not None:
            return False
        return super().focusNextPrevChild(further)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completion.take_key(event):
            return
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._page.complete()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.completion.hide()
