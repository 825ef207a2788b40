"""SnippetInserter: puts a saved reply into the text that is being written. It never sends (S4-54, S4-55)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.snippet import Snippet
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .attacher import Attacher
from .message_editor import MessageEditor
from .snippet_popup import SnippetPopup

if TYPE_CHECKING:
    from desktop_inbox.services.snippets import Insertion


class SnippetInserter(QObject):
    """The popup of "/", the window with all snippets, and what follows a choice."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        editor: MessageEditor,
        attacher: Attacher,
        conversation: Callable[[], ConversationId | None],
        widget: QWidget,
    ) -> None:
        super().__init__(widget)
        self._services, self._tasks, self._editor = services, tasks, editor
        self._attacher, self._conversation, self._widget = attacher, conversation, widget
        self.popup = SnippetPopup(services, tasks, editor)
        self.popup.chosen.connect(self._chosen)

    def open_library(self) -> None:
        """Show all snippets, to choose one or to look after them (S4-53)."""
        from desktop_inbox.views.dialogs.snippets import SnippetDialog  # few starts need it

        conversation_id = self._conversation()
        if conversation_id is None:
            return
        dialog = SnippetDialog(self._services, self._tasks, conversation_id, self._widget.window())
        dialog.chosen.connect(self.insert)
        dialog.changed.connect(self.popup.forget)
        dialog.finished.connect(self._editor.setFocus)
        dialog.open()

    def save_text(self) -> None:
        """Keep what is written as a snippet."""
        from desktop_inbox.views.dialogs.snippet_editor import SnippetEditor

        cursor = self._editor.textCursor()
        text = cursor.selectedText().replace("\u2029", "\n") or self._editor.text
        dialog = SnippetEditor(self._services, self._tasks, None, self._widget.window(), text=text)
        dialog.saved.connect(self._saved)
        dialog.open()

    def insert(self, snippet: Snippet) -> None:
        """Put a snippet where the cursor is; what was typed stays."""
        conversation_id = self._conversation()
        if conversation_id is not None:
            self._tasks.start(
                self._services.snippets.insertion(snippet.id, conversation_id),
                on_result=lambda found: self._put(found, conversation_id),
                name="insert a snippet",
            )

    def _chosen(self, snippet: Snippet) -> None:
        cursor = self._editor.textCursor()  # what was typed to find it goes
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        self.insert(snippet)

    def _put(self, found: "Insertion", conversation_id: ConversationId) -> None:
        if conversation_id != self._conversation():
            return
        self._editor.textCursor().insertText(found.text)
        self._editor.ensureCursorVisible()
        self._editor.setFocus()
        if found.snippet.files:
            self._attacher.add_named(
                [(self._services.snippets.path_of(file), file.name) for file in found.snippet.files]
            )

    def _saved(self, snippet: Snippet) -> None:
        self.popup.forget()
        toasts = self._widget.window().findChild(Toasts)
        if isinstance(toasts, Toasts):
            toasts.tell(self.tr("Saved as a snippet."))
