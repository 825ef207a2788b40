"""VariableCompletion: "$" and some letters offer the variables that there are (S3-58)."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from .completion import Completion

_BEGUN = re.compile(r"(?<![$\w])\$([a-z0-9_.]*)$", re.IGNORECASE)


class VariableCompletion(QObject):
    """Looks at what stands before the cursor; a name that is whole is offered no more, so that Enter sends it."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._names: Sequence[str] = ()
        self.list = Completion(editor)
        self.list.chosen.connect(self._take)
        editor.textChanged.connect(self._offer)
        editor.installEventFilter(self)

    def show_names(self, names: Sequence[str]) -> None:
        """Offer these, as they are typed."""
        self._names = names
        self.list.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the list have its keys first."""
        if watched is self._editor and not self.list.isHidden():
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self.list.take_key(event)
            if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
                if event.key() == Qt.Key.Key_Escape:  # mine, not the window's
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.FocusOut:
                self.list.hide()
        return super().eventFilter(watched, event)

    def _begun(self) -> str | None:
        cursor = self._editor.textCursor()
        before = cursor.block().text().encode("utf-16-le", "surrogatepass")[: 2 * cursor.positionInBlock()]
        found = _BEGUN.search(before.decode("utf-16-le", "replace"))
        return None if found is None or cursor.hasSelection() else found[0]

    def _offer(self) -> None:
        begun = self._begun() if self._names and self._editor.hasFocus() else None
        if begun is None:
            self.list.hide()
            return
        low = begun.lower()
        fitting = [name for name in self._names if name.lower().startswith(low)]
        if low in (name.lower() for name in fitting):
            fitting = []
        place = self._editor.cursorRect().translated(self._editor.viewport().pos())
        self.list.offer(fitting, place, preselect=len(begun) > 1)

    def _take(self, name: str) -> None:
        begun = self._begun()
        if begun is None:
            return
        cursor = self._editor.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor, len(begun))
        cursor.insertText(name)
