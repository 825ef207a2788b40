"""ConversationRows: the conversations of one view, kept up to date while people work in them."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, ChannelChanged, ContactChanged, Event
from desktop_inbox.models.entities.conversation import ConversationSummary, View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.services.inbox import Scope
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.conversation_delegate import ConversationDelegate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.conversation_list import ConversationListModel, Role
from desktop_inbox.views.panes.conversation_view import ConversationListView
from desktop_inbox.views.selection import Selection
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

PAGE = 60
_GATHER = 25  # milliseconds in which changes are gathered into one read
_RELOAD_PAUSE = 250
_RELOAD_FROM = 200  # changed rows from which reading the page again is cheaper


class ConversationRows(QWidget):
    """List, paging, live updates and the selection, which sticks to a conversation and not to a row."""

    chosen = Signal(object)  # ConversationSummary, by a person
    menu_wanted = Signal(object, QPoint)  # ConversationSummary, global place
    typed = Signal(str)
    entered = Signal()  # Enter on a row: go on to the composer
    loaded = Signal()
    changed = Signal()  # something that counts depend on

    def __init__(
        self, services: Services, formats: Formats, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._inbox, self._tasks, self._formats = services.inbox, tasks, formats
        self.scope: Scope = View.ALL
        self.selected: ConversationId | None = None
        self.selection = Selection(self)
        self._cursor: ConversationId | None = None  # the current row while several are ticked
        self._generation = 0
        self._quiet = False
        self._dirty: set[ConversationId] = set()
        self._dirty_contacts: set[int] = set()

        self.model = ConversationListModel(formats, self)
        self.list = ConversationListView()
        self.list.setAccessibleName("Conversations")
        self.list.setModel(self.model)
        self._delegate = ConversationDelegate(formats, self.list)
        self.list.setItemDelegate(self._delegate)
        self.states = ListStates(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.states)

        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER)
        self._gather.timeout.connect(self._read_dirty)
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.timeout.connect(self._day_changed)
        self._await_midnight()
        self._connect()
        bridge.event.connect(self._hear)
        theme().changed.connect(self._restyle)

    def _connect(self) -> None:
        self.model.more_wanted.connect(self._load_more)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.selectionModel().selectionChanged.connect(self._selection_changed)
        self.list.clicked.connect(self._clicked)
        self.list.menu_wanted.connect(self._menu)
        self.list.typed.connect(self.typed)
        self.list.activated_by_key.connect(lambda _index: self.entered.emit())
        self.list.hand_left.connect(self._settle)
        self.list.toggle_wanted.connect(self._toggle)
        self.list.range_wanted.connect(self._tick_range)
        self.list.step_wanted.connect(self._tick_step)
        self.list.all_wanted.connect(self.select_all)
        self.model.tick_wanted.connect(self.selection.toggle)
        self.selection.changed.connect(self._show_ticks)

    # Loading

    def show_scope(self, scope: Scope, page: Page[ConversationSummary] | None = None) -> None:
        """Show another view or filter from its top; ``page`` is its first page where that is known."""
        self.scope = scope
        self.selection.clear()
        if page is None:
            self.reload(to_top=True)
        else:
            self._generation += 1
            self._dirty.clear()
            self._show_page(page, to_top=True)

    def reload(self, *, to_top: bool = False) -> None:
        """Read the first page again; place and selection stay unless ``to_top``."""
        self._generation += 1
        generation = self._generation
        self._dirty.clear()
        self.states.loading(self.reload)
        wanted = PAGE if to_top else min(max(PAGE, self.model.rowCount()), 10 * PAGE)

        def show(page: Page[ConversationSummary]) -> None:
            if generation == self._generation:
                self._show_page(page, to_top=to_top)

        def fail(error: InboxError) -> None:
            if generation == self._generation:
                self.states.show_error(error)

        self._tasks.start(self._inbox.page(self.scope, limit=wanted), on_result=show, on_error=fail, name="list page")

    def _show_page(self, page: Page[ConversationSummary], *, to_top: bool) -> None:
        place = 0 if to_top else self.list.verticalScrollBar().value()
        self._quiet = True
        if to_top:
            self.model.reset(page.items, has_more=page.has_more)
        else:
            self.model.refresh(page.items, has_more=page.has_more, hold_order=self.list.hand_on)
        self._restore_selection()
        self._quiet = False
        if self.model.rowCount():
            self.states.show_rows()
        self.loaded.emit()
        self.list.doItemsLayout()
        self.list.verticalScrollBar().setValue(place)
        self.list.fill()

    def _load_more(self) -> None:
        generation = self._generation

        def add(page: Page[ConversationSummary]) -> None:
            if generation == self._generation:
                self.model.append(page.items, has_more=page.has_more)
                self.list.fill()

        def fail(_error: InboxError) -> None:
            self.model.more_failed()

        before = self.model.last_entry_id()
        self._tasks.start(
            self._inbox.page(self.scope, before=before, limit=PAGE), on_result=add, on_error=fail, name="list more"
        )

    # Selection

    def select(self, conversation_id: ConversationId | None) -> None:
        """Mark a conversation as the open one without telling anybody."""
        self.selected = conversation_id
        self.model.pin(conversation_id)
        self._quiet = True
        self._restore_selection()
        self._quiet = False
        index = self.list.currentIndex()
        if index.isValid():
            self.list.scrollTo(index)

    def step(self, rows: int) -> bool:
        """Open the conversation so many rows further; False at the end."""
        row = self.model.row_of(self.selected)
        target = self.model.summary_at(0 if row < 0 else row + rows) if row >= 0 or rows > 0 else None
        if target is None:
            return False
        self.select(target.id)
        self.chosen.emit(target)
        return True

    def neighbour(self, conversation_id: ConversationId) -> ConversationSummary | None:
        """Return the row that takes the place of one that goes: the next, else the one before."""
        row = self.model.row_of(conversation_id)
        return None if row < 0 else self.model.summary_at(row + 1) or self.model.summary_at(row - 1)

    def _restore_selection(self) -> None:
        row = self.model.row_of(self._cursor if self.selection.active and self._cursor else self.selected)
        index = self.model.index(row) if row >= 0 else QModelIndex()
        if index != self.list.currentIndex() or not self.list.selectionModel().isSelected(index):
            self.list.setCurrentIndex(index)

    def _current_changed(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        if self._quiet or self.list.taking_focus:
            return
        if self.selection.active:  # arrows look for the next one to tick; they must not read what they pass
            self._cursor = self._id_at(current)
        else:
            self._choose(current)

    def _selection_changed(self, selected: QItemSelection, _deselected: QItemSelection) -> None:
        """Follow assistive technology, which selects a row without making it the current one."""
        indexes = selected.indexes()
        if not self._quiet and indexes and indexes[0] != self.list.currentIndex():
            self.list.setCurrentIndex(indexes[0])

    def _clicked(self, index: QModelIndex | QPersistentModelIndex) -> None:
        summary = index.data(Role.SUMMARY)
        if isinstance(summary, ConversationSummary) and summary.id != self.selected:
            self._choose(index)

    def _choose(self, index: QModelIndex | QPersistentModelIndex) -> None:
        summary = index.data(Role.SUMMARY) if index.isValid() else None
        if isinstance(summary, ConversationSummary):
            self.selected = summary.id
            self.model.pin(summary.id)
            self.chosen.emit(summary)

    # Several (S4-32, S4-33)

    def select_all(self) -> None:
        """Tick everything that the view or the filter selects, also what was not loaded."""
        scope = self.scope

        def tick(ids: tuple[ConversationId, ...]) -> None:
            if scope is self.scope:
                self.selection.replace(ids)

        self._tasks.start(self._inbox.ids(scope), on_result=tick, name="select all")

    def _toggle(self, index: QModelIndex | QPersistentModelIndex, with_open: bool) -> None:
        conversation_id = self._id_at(index)
        if conversation_id is None:
            return
        if with_open and not self.selection.active and self.selected not in (None, conversation_id):
            self.selection.add((self.selected,) if self.selected is not None else ())
        self._cursor = conversation_id
        self.selection.toggle(conversation_id)

    def _tick_range(self, index: QModelIndex | QPersistentModelIndex) -> None:
        """Tick from where the last tick was, or from the open conversation, up to here."""
        first = self.model.row_of(self.selection.anchor or self.selected)
        first = index.row() if first < 0 else first
        rows = range(min(first, index.row()), max(first, index.row()) + 1)
        self._cursor = self._id_at(index)
        self.selection.anchor = self.selection.anchor or self._id_at(self.model.index(first))
        self.selection.add(summary.id for row in rows if (summary := self.model.summary_at(row)) is not None)

    def _tick_step(self, rows: int) -> None:
        here = self.list.currentIndex()
        target = self.model.index(here.row() + rows) if here.isValid() else self.model.index(0)
        if here.isValid() and target.isValid():
            self._tick_range(here)
        if target.isValid():
            self._tick_range(target)
            self.list.setCurrentIndex(target)

    def _show_ticks(self) -> None:
        active = self.selection.active
        self._cursor = (self._cursor or self.selected) if active else None
        self.list.selecting = active
        self.model.show_ticks(self.selection, selecting=active)
        self._quiet = True
        self._restore_selection()
        self._quiet = False
        self.list.viewport().update()

    def _id_at(self, index: QModelIndex | QPersistentModelIndex) -> ConversationId | None:
        summary = self.model.summary_at(index.row()) if index.isValid() else None
        return summary.id if summary is not None else None

    def _menu(self, index: QModelIndex | QPersistentModelIndex, place: QPoint) -> None:
        summary = index.data(Role.SUMMARY)
        if isinstance(summary, ConversationSummary):
            self.menu_wanted.emit(summary, place)

    # Live updates

    def _hear(self, event: Event) -> None:
        if isinstance(event, (BulkChanged, ChannelChanged)):
            self._touch(None)
        elif isinstance(event, ContactChanged):
            self._dirty_contacts.add(event.contact_id)
            self._gather_soon(_GATHER)
        else:
            conversation_id = getattr(event, "conversation_id", None)
            if conversation_id is not None:
                self._touch((conversation_id,))

    def _touch(self, ids: Iterable[ConversationId] | None) -> None:
        """Remember what to read again; None means everything (the id 0 stands for it)."""
        self._dirty.update((ConversationId(0),) if ids is None else ids)
        # Reading the page again is rare but for a first sync, where it must not follow on every page.
        self._gather_soon(_RELOAD_PAUSE if ids is None else _GATHER)

    def _gather_soon(self, milliseconds: int) -> None:
        if not self._gather.isActive():
            self._gather.start(milliseconds)

    def _read_dirty(self) -> None:
        named = self.model.ids_of_contacts(self._dirty_contacts) if self._dirty_contacts else ()
        ids = tuple(self._dirty.union(named))
        self._dirty, self._dirty_contacts = set(), set()
        if not ids:
            return
        self.changed.emit()
        if ConversationId(0) in ids or len(ids) > _RELOAD_FROM:
            self.reload()
            return
        generation = self._generation

        def apply(found: tuple[ConversationSummary, ...]) -> None:
            if generation == self._generation:
                self._apply(ids, found)

        self._tasks.start(self._inbox.summaries(ids, view=self.scope), on_result=apply, name="list rows")

    def _apply(self, ids: tuple[ConversationId, ...], found: tuple[ConversationSummary, ...]) -> None:
        was_empty = self.model.rowCount() == 0
        top = self.list.verticalScrollBar().value() == 0
        self._quiet = True
        self.model.apply(ids, found, hold_order=self.list.hand_on)
        self._restore_selection()
        self._quiet = False
        if was_empty != (self.model.rowCount() == 0):
            if not was_empty:
                self.loaded.emit()
            else:
                self.states.show_rows()
        if top:
            self.list.scrollToTop()
        self._refresh_pinned(ids, found)

    def _refresh_pinned(self, ids: tuple[ConversationId, ...], found: tuple[ConversationSummary, ...]) -> None:
        """The open conversation stays although it left the view, so its row needs its new contents."""
        selected = self.selected
        if selected is None or selected not in ids or any(row.id == selected for row in found):
            return
        if self.model.row_of(selected) >= 0:
            self._tasks.start(self._inbox.summaries((selected,)), on_result=self._put_pinned, name="list pinned")

    def _put_pinned(self, found: tuple[ConversationSummary, ...]) -> None:
        for summary in found:
            self.model.show_contents(summary)

    def _settle(self) -> None:
        if self.model.has_late:
            top = self.list.verticalScrollBar().value() == 0
            self._quiet = True
            self.model.settle()
            self._restore_selection()
            self._quiet = False
            if top:
                self.list.scrollToTop()

    # Looks

    def _await_midnight(self) -> None:
        # At most an hour ahead: a computer that slept past midnight must notice.
        self._midnight.start(min(self._formats.seconds_to_midnight(), 3600) * 1000 + 50)

    def _day_changed(self) -> None:
        self._delegate.forget()
        self.list.viewport().update()
        self._await_midnight()

    def _restyle(self) -> None:
        self._delegate.forget()
        self.list.doItemsLayout()

    def focus(self) -> None:
        """Move the focus to the list; the first row becomes current when none is."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
