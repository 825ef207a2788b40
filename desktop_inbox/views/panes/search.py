"""SearchPane: what was found among all contacts and messages (K03, L16)."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.views.delegates.search_delegate import SearchDelegate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.search_results import FoundContact, Role, SearchResultsModel
from desktop_inbox.views.panes.list_view import InboxListView
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

PAGE = 50
_TYPING = 120  # milliseconds without a key until the search starts


class SearchPane(QWidget):
    """Searches while the user types; a later answer never overwrites the answer to a newer question."""

    contact_chosen = Signal(object)  # FoundContact
    hit_chosen = Signal(object)  # SearchHit
    left = Signal()

    def __init__(self, services: Services, formats: Formats, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = services.search, tasks
        self._text = ""
        self._generation = 0
        self.model = SearchResultsModel(formats, self)
        self.list = _ResultsView()
        self.list.setAccessibleName("Search results")
        self.list.setUniformItemSizes(False)
        self.list.setModel(self.model)
        self.list.setItemDelegate(SearchDelegate(formats, self.list))
        self.states = ListStates(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.states)
        self.model.more_wanted.connect(self._search_on)
        self.list.clicked.connect(self._choose)
        self.list.activated_by_key.connect(self._choose)
        self.list.escaped.connect(self.left)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING)
        self._pause.timeout.connect(self._start)
        theme().changed.connect(self.list.doItemsLayout)

    def search(self, text: str) -> None:
        """Search for ``text`` as soon as the typing pauses; an empty text shows nothing."""
        self._text = text.strip()
        self._generation += 1
        if self._text:
            self._pause.start()
        else:
            self._pause.stop()
            self.model.clear()

    def focus_first(self) -> None:
        """Move the focus to the first thing found."""
        row = self.model.first_choice()
        if row >= 0:
            self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.list.setCurrentIndex(self.model.index(row))

    def open_first(self) -> None:
        """Open the current thing found, else the first."""
        index = self.list.currentIndex()
        if not index.isValid():
            index = self.model.index(self.model.first_choice())
        if index.isValid():
            self._choose(index)

    def _start(self) -> None:
        generation = self._generation
        self.states.loading(self._start)

        def show(result: SearchResult) -> None:
            if generation == self._generation:
                self._show(result)

        def fail(error: InboxError) -> None:
            if generation == self._generation:
                self.states.show_error(error)

        self._tasks.start(self._service.search(self._text, limit=PAGE), on_result=show, on_error=fail, name="search")

    def _show(self, result: SearchResult) -> None:
        self.model.show(result)
        self.list.scrollToTop()
        if self.model.rowCount():
            self.states.show_rows()
            return
        title = self.tr("Nothing found for “{text}”").format(text=self._text)
        hint = self.tr("Try a part of the name, the number or one word of the message.")
        self.states.show_empty("search", title, hint, buttons=((self.tr("Clear the search"), self.left.emit),))

    def _search_on(self) -> None:
        generation, before = self._generation, self.model.last_message()

        def add(result: SearchResult) -> None:
            if generation == self._generation:
                self.model.append(result.messages, has_more=result.has_more)

        self._tasks.start(self._service.search(self._text, before=before, limit=PAGE), on_result=add, name="search on")

    def _choose(self, index: QModelIndex | QPersistentModelIndex) -> None:
        found = index.data(Role.FOUND)
        if isinstance(found, FoundContact):
            self.contact_chosen.emit(found)
        elif isinstance(found, SearchHit):
            self.hit_chosen.emit(found)


class _ResultsView(InboxListView):
    """Esc leaves the results."""

    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        super().keyPressEvent(event)
