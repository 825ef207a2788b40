"""CommentBox: where a comment for colleagues is typed. Nothing typed here can reach a contact (S3-73, S3-74)."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.events import DraftChanged, Event
from desktop_inbox.models.entities.comment import MAX_COMMENT, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.user import User
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.plain import PlainLabel, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

from .completion import Completion

_KEEP_MS = 400  # after typing stops (C01)
_LINES = 5
_WARN_AT = 900


class CommentEditor(QPlainTextEdit):
    """Grows to five lines; Enter adds, Shift+Enter breaks the line, @ completes names (K18)."""

    submitted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Comment")
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.users: Sequence[User] = ()
        self.completion = Completion(self)
        self.completion.chosen.connect(self._take)
        self.textChanged.connect(self._changed)
        theme().changed.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The names are asked first; then Enter adds."""
        if self.completion.take_key(event):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.submitted.emit()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the list of names, and let what was typed be kept."""
        super().focusOutEvent(event)
        self.completion.hide()
        self.left.emit()

    def _changed(self) -> None:
        self._fit()
        if not self.hasFocus():
            return
        typed = self._mention()
        if typed is None:
            self.completion.hide()
            return
        low = folded(typed)
        names = [user.name for user in self.users if any(part.startswith(low) for part in _parts(user.name))]
        self.completion.offer(names, self.cursorRect().translated(self.viewport().pos()), preselect=True)

    def _mention(self) -> str | None:
        """Return what stands between an "@" and the cursor, where a name is being typed."""
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        start = before.rfind("@")
        if start < 0 or (start > 0 and not before[start - 1].isspace()) or len(before) - start > 40:
            return None
        typed = before[start + 1 :]
        return None if typed.count(" ") > 2 or typed.endswith("  ") else typed

    def _take(self, name: str) -> None:
        typed = self._mention()
        if typed is None:
            return
        cursor = self.textCursor()
        cursor.movePosition(
            QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor, len(typed) + 1
        )
        cursor.insertText(f"@{name} ")

    def _fit(self) -> None:
        line = self.fontMetrics().lineSpacing()
        lines = min(max(int(self.document().size().height()), 1), _LINES)
        self.setFixedHeight(line * lines + theme().px(10) + 2 * round(self.document().documentMargin()) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        super().resizeEvent(event)
        self._fit()


class CommentBox(QFrame):
    """Label, editor and button; the draft is kept for each conversation."""

    added = Signal(object)  # Comment
    closed = Signal()  # Esc in an empty box

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "comment")
        self._services, self._tasks = services, tasks
        self._conversation_id: ConversationId | None = None
        self._editing: EntryId | None = None
        self._kept = ""
        self.label = PlainLabel(kind="small", wrap=True)
        self.editor = CommentEditor()
        self.editor.setPlaceholderText(self.tr("Comment, @ to mention"))
        self.button = QPushButton()
        self.cancel = QPushButton(self.tr("Cancel"))
        self.count = PlainLabel(kind="small")
        self._keep = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._build()
        self._connect(bridge)
        self._show_mode()

    def _build(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.label, 1)
        foot.addWidget(self.count)
        foot.addWidget(self.cancel)
        foot.addWidget(self.button)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 10)
        box.setSpacing(6)
        box.addWidget(self.editor)
        box.addLayout(foot)

    def _connect(self, bridge: EventBridge) -> None:
        self.editor.submitted.connect(self.submit)
        self.editor.textChanged.connect(self._typed)
        self.editor.left.connect(self.keep)
        self.editor.installEventFilter(self)
        self.button.clicked.connect(self.submit)
        self.cancel.clicked.connect(self.stop_editing)
        self._keep.timeout.connect(self.keep)
        bridge.event.connect(self._hear)

    def open(self, conversation_id: ConversationId | None) -> None:
        """Comment on a conversation; what was typed on another is kept there."""
        if conversation_id == self._conversation_id:
            return
        self.keep()
        self._editing = None
        self._conversation_id = conversation_id
        self._put("")
        self._show_mode()
        if conversation_id is not None:
            self._tasks.start(self._load(conversation_id))

    def edit(self, comment: Comment) -> None:
        """Let a comment be changed."""
        self.keep()
        self._editing = comment.id
        self._put(comment.text)
        self._show_mode()
        self.focus()

    def stop_editing(self) -> None:
        """Leave the comment as it was."""
        self._editing = None
        self._put("")
        self._show_mode()
        if self._conversation_id is not None:
            self._tasks.start(self._load(self._conversation_id))

    def focus(self) -> None:
        """Move the focus to the editor."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)

    def submit(self) -> None:
        """Add or save what was typed; it stays where that fails."""
        text, conversation_id = self.editor.toPlainText(), self._conversation_id
        if conversation_id is None or not text.strip() or len(text.strip()) > MAX_COMMENT or not self.isEnabled():
            return
        service = self._services.comments
        work = service.add(conversation_id, text) if self._editing is None else service.edit(self._editing, text)
        self._tasks.start(work, on_result=lambda comment: self._done(comment, text))

    def keep(self) -> None:
        """Keep what was typed and not added."""
        self._keep.stop()
        text = self.editor.toPlainText()
        if self._conversation_id is None or self._editing is not None or text == self._kept:
            return
        self._kept = text
        self._tasks.start(self._services.comments.save_draft(self._conversation_id, text))

    def _done(self, comment: Comment | None, text: str) -> None:
        if comment is None:
            return
        if comment.conversation_id == self._conversation_id and self.editor.toPlainText() == text:
            self._editing = None
            self._put("")
            self._kept = text  # the draft in the store, which goes now
            self.keep()
            self._show_mode()
        announce(self, self.tr("Comment added"))
        self.added.emit(comment)

    async def _load(self, conversation_id: ConversationId) -> None:
        self.editor.users = await self._services.comments.users()
        draft = await self._services.comments.draft(conversation_id)
        if conversation_id == self._conversation_id and self._editing is None and not self.editor.toPlainText():
            self._put(draft)

    def _put(self, text: str) -> None:
        self._kept = text
        self._keep.stop()
        if self.editor.toPlainText() != text:
            self.editor.setPlainText(text)

    def _typed(self) -> None:
        length = len(self.editor.toPlainText().strip())
        over = length > MAX_COMMENT
        self.count.setText(f"{length:,} / {MAX_COMMENT:,}")
        self.count.setVisible(length >= _WARN_AT)
        self.count.set_kind("error" if over else "small")
        self.button.setEnabled(0 < length <= MAX_COMMENT)
        set_tip(
            self.button, self.tr("A comment has at most {n} characters.").format(n=f"{MAX_COMMENT:,}") if over else ""
        )
        if self._editing is None:
            self._keep.start()

    def _show_mode(self) -> None:
        editing = self._editing is not None
        self.label.setText(self.tr("Internal comment – not sent"))
        self.button.setText(self.tr("Save comment") if editing else self.tr("Add comment"))
        self.button.setAccessibleName(self.button.text())
        self.cancel.setVisible(editing)
        self._typed()
        self._keep.stop()

    def _hear(self, event: Event) -> None:
        """Follow what the same user types in another box on the same conversation."""
        mine = isinstance(event, DraftChanged) and event.user_id == self._services.user_id
        if not mine or getattr(event, "conversation_id", None) != self._conversation_id or self.editor.hasFocus():
            return
        if self._conversation_id is not None and self._editing is None and not self._keep.isActive():
            self._tasks.start(self._follow(self._conversation_id))

    async def _follow(self, conversation_id: ConversationId) -> None:
        draft = await self._services.comments.draft(conversation_id)
        if conversation_id == self._conversation_id and self._editing is None and not self.editor.hasFocus():
            self._put(draft)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc ends the change of a comment, or leaves the box; what was typed is kept."""
        if claims_escape(event):
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if self.editor.completion.isVisible():
                return super().eventFilter(watched, event)
            if self._editing is not None:
                self.stop_editing()
                return True
            self.keep()
            self.closed.emit()
            return True
        return super().eventFilter(watched, event)


def _parts(name: str) -> tuple[str, ...]:
    low = folded(name)
    return (low, *low.split())
