"""SnippetPopup: "/" at the start of the field offers saved replies; the field keeps the focus (K17)."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout

from desktop_inbox.models.entities.snippet import Snippet, SnippetLibrary
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.item_models.snippets import SnippetModel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

from .message_editor import MessageEditor

MOST_ROWS = 5
_WIDTH = 460
_LONGEST = 60  # characters behind the "/" after which it is a text and no question


class SnippetPopup(QFrame):
    """Stands above the field while its whole text is "/" and some words that fit a snippet."""

    chosen = Signal(object)  # Snippet

    def __init__(self, services: Services, tasks: Tasks, editor: MessageEditor) -> None:
        super().__init__(editor.parentWidget())
        self._services, self._tasks, self._editor = services, tasks, editor
        self._library = SnippetLibrary()
        self._loaded = self._dismissed = False
        self.setProperty("kind", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.model = SnippetModel(self)
        self.list = QListView()
        self.list.setProperty("kind", "choices")
        self.list.setModel(self.model)
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.setAccessibleName(self.tr("Snippets"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._take)
        box = QVBoxLayout(self)
        box.setContentsMargins(4, 4, 4, 4)
        box.addWidget(self.list)
        editor.installEventFilter(self)
        editor.textChanged.connect(self._typed)
        self.hide()

    def forget(self) -> None:
        """Read the snippets again when they are next wanted: somebody changed them."""
        self._loaded = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that choose while snippets are offered; go away with the focus."""
        if watched is self._editor and not self.isHidden():
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(event)
            if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
                if event.key() == Qt.Key.Key_Escape:  # mine, not the window's
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.FocusOut:
                self.hide()
            elif event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
                self._place()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._select((self.list.currentIndex().row() + step) % self.model.rowCount())
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self._dismissed = True
            self.hide()
        else:
            return False
        return True

    def _typed(self) -> None:
        text = self._editor.text
        if not text.startswith("/") or "\n" in text or len(text) > _LONGEST or not self._editor.hasFocus():
            self._dismissed = self._dismissed and text.startswith("/")
            self.hide()
        elif self._dismissed:
            return
        elif self._loaded:
            self._offer(text[1:])
        else:
            self._tasks.start(self._services.snippets.library(), on_result=self._took, name="snippets")

    def _took(self, library: SnippetLibrary) -> None:
        self._library, self._loaded = library, True
        self._typed()

    def _offer(self, words: str) -> None:
        found = self._library.find(words)
        self.model.show(found)
        if not found:
            self.hide()
            return
        self._select(0)
        self._place()
        self.show()
        self.raise_()

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row))
        snippet = self.model.snippet(row)
        if snippet is not None and not self.isHidden():
            announce(self, str(self.model.data(self.model.index(row), Qt.ItemDataRole.AccessibleTextRole)))

    def _place(self) -> None:
        window = self._editor.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        rows = min(self.model.rowCount(), MOST_ROWS)
        height = sum(self.list.sizeHintForRow(row) for row in range(rows)) + theme().px(8) + 12
        corner = self._editor.mapTo(window, QPoint(0, 0))
        height = min(height, max(40, corner.y() - 8))
        width = min(theme().px(_WIDTH), self._editor.width())
        self.setGeometry(corner.x(), corner.y() - height - 4, width, height)

    def _take(self, index: QModelIndex) -> None:
        snippet: Snippet | None = self.model.snippet(index.row())
        if snippet is not None:
            self.hide()
            self.chosen.emit(snippet)
