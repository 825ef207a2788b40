"""ConversationSearch: finding words inside the open conversation (K04)."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QWidget

from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

TYPING_MS = 180
PAGE = 50


class ConversationSearch(QFrame):
    """A bar with a field and "3 of 12"; hits are visited from the newest to the oldest."""

    hit = Signal(object)  # EntryId to show
    terms_changed = Signal(str)
    closed = Signal()

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self._services, self._tasks = services, tasks
        self._formats = Formats(services.clock)
        self._conversation_id: ConversationId | None = None
        self._hits: list[SearchHit] = []
        self._place = -1
        self._total = 0
        self._has_more = self._capped = False
        self._generation = 0
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find in this conversation"))
        self.field.setAccessibleName(self.tr("Find in this conversation"))
        self.field.setClearButtonEnabled(True)
        self.count = PlainLabel(kind="secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        row.addWidget(self._button("chevron-up", self.tr("Next hit, older"), self.next))
        row.addWidget(self._button("chevron-down", self.tr("Previous hit, newer"), self.previous))
        row.addWidget(self._button("x", self.tr("Close the search"), self.close_bar))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)
        self.hide()

    def _button(self, icon: str, name: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=18)
        button.clicked.connect(slot)
        return button

    def open_bar(self, conversation_id: ConversationId) -> None:
        """Show the bar and take the focus; what was searched before is selected."""
        self._conversation_id = conversation_id
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        if self.field.text():
            self._search()

    def close_bar(self) -> None:
        """Hide the bar and its marks."""
        if self.isVisible():
            self._reset()
            self.hide()
            self.terms_changed.emit("")
            self.closed.emit()

    def leave(self) -> None:
        """Forget the conversation."""
        self._conversation_id = None
        self._reset()
        self.hide()
        self.terms_changed.emit("")

    def next(self) -> None:
        """Go to the next older hit."""
        self._step(1)

    def previous(self) -> None:
        """Go to the next newer hit."""
        self._step(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Esc closes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _typed(self) -> None:
        self._generation += 1
        self._typing.start()

    def _reset(self) -> None:
        self._generation += 1
        self._typing.stop()
        self._hits, self._place, self._total = [], -1, 0
        self._has_more = self._capped = False
        self.count.setText("")

    def _search(self) -> None:
        self._reset()
        text = self.field.text().strip()
        self.terms_changed.emit(text)
        if text and self._conversation_id is not None:
            self._tasks.start(self._find(text, self._conversation_id, self._generation))

    async def _find(self, text: str, conversation_id: ConversationId, generation: int) -> None:
        result = await self._services.search.search(text, conversation_id=conversation_id, limit=PAGE)
        if generation != self._generation:
            return
        self._take(result)
        self._total, self._capped = result.total, result.total_is_capped
        self._place = 0 if self._hits else -1
        self._show_place()

    async def _find_more(self, text: str, conversation_id: ConversationId, generation: int) -> None:
        before: EntryId = self._hits[-1].message_id
        result = await self._services.search.search(text, conversation_id=conversation_id, before=before, limit=PAGE)
        if generation == self._generation:
            had = len(self._hits)
            self._take(result)
            if len(self._hits) > had:
                self._place += 1
            self._show_place()

    def _take(self, result: SearchResult) -> None:
        self._hits += result.messages
        self._has_more = result.has_more

    def _step(self, step: int) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._search()
            return
        if not self._hits or self._conversation_id is None:
            return
        place = self._place + step
        if place >= len(self._hits) and self._has_more:
            text = self.field.text().strip()
            self._tasks.start(self._find_more(text, self._conversation_id, self._generation))
            return
        self._place = place % len(self._hits)  # around the end
        self._show_place()

    def _show_place(self) -> None:
        if self._place < 0:
            self.count.setText(self.tr("Nothing found"))
            return
        total = self._formats.number(self._total) + ("+" if self._capped else "")
        self.count.setText(self.tr("{n} of {total}").format(n=self._formats.number(self._place + 1), total=total))
        self.hit.emit(self._hits[self._place].message_id)
