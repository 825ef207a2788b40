"""ConversationListPane: view selector, search box, chips, selection bar and the conversations of a view."""

from collections.abc import Mapping

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.conversation import ConversationSummary, View, ViewCount
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.services.view_filters import Quick, narrowed
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.answering import ToggleBox, ToggleButton
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats, short_count
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.listed import (
    Listed,
    Nothing,
    Section,
    contacts_words,
    nothing_in,
    of_view,
    unread_words,
    view_name,
)
from desktop_inbox.views.panes.conversation_rows import ConversationRows
from desktop_inbox.views.panes.search import SearchPane
from desktop_inbox.views.panes.selection_bar import SelectionBar
from desktop_inbox.views.plain import PlainLabel, menu_text, set_tip
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import TextRole, theme

#: Views that chips narrow, and the chips; elsewhere they would say little.
_NARROWED = (View.ALL, View.MINE, View.NEW, View.UNASSIGNED)
CHIPS = (View.ALL, View.UNREAD, View.WAITING)
_QUICK = {View.ALL: None, View.UNREAD: Quick.UNREAD, View.WAITING: Quick.WAITING}
_SOON, _COUNTS_EVERY = 50, 500  # milliseconds: counts follow a change at once, but no more than twice a second
_LATEST = 300  # milliseconds that counts of another view wait for its rows

Counts = Mapping[View, ViewCount]


class ConversationListPane(QFrame):
    """The second column of the window."""

    counts_changed = Signal(object)  # Mapping[View, ViewCount]
    view_changed = Signal(object)  # Listed
    views_wanted = Signal()
    filter_wanted = Signal()
    filter_cleared = Signal()
    search_left = Signal()

    def __init__(
        self,
        services: Services,
        formats: Formats,
        tasks: Tasks,
        bridge: EventBridge,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self._services, self._tasks, self._formats, self._actions = services, tasks, formats, actions
        self._counts: Counts = {}
        self._own_count: ViewCount | None = None  # of a filter or a segment
        self.listed = of_view(View.ALL)
        self.quick: Quick | None = None
        self.rows = ConversationRows(services, formats, tasks, bridge)
        self.results = SearchPane(services, formats, tasks)
        self.bar = SelectionBar(actions, formats)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.rows)
        self._pages.addWidget(self.results)
        self._chips: dict[View, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_header())
        column.addWidget(self._build_chips())
        column.addWidget(self.bar)
        column.addWidget(self._pages, 1)
        self.bar.hide()
        self._count_later = QTimer(self)
        self._count_later.setSingleShot(True)
        self._count_later.timeout.connect(self._count)
        self._since_count = QElapsedTimer()
        self._connect()
        theme().changed.connect(self._restyle)
        self._restyle()

    def _connect(self) -> None:
        self.rows.changed.connect(self._count_soon)
        self.rows.loaded.connect(self._loaded)
        self.rows.selection.changed.connect(self._show_selection)
        self.bar.cleared.connect(self.leave_selection)
        self.bar.all_box.clicked.connect(self._toggle_all)
        self.results.left.connect(self.leave_search)

    # Views

    @property
    def view(self) -> View | None:
        """The built-in view shown, None for a filter."""
        return None if isinstance(self.listed.scope, Group) else self.listed.scope

    def show_view(self, view: View) -> None:
        """Show a view from its top."""
        self.show_listed(of_view(view))

    def show_listed(
        self, listed: Listed, page: Page[ConversationSummary] | None = None, *, counted: bool = True
    ) -> None:
        """Show a view, a segment or a filter from its top; the page is given where it is known. Its count follows;
        where it is not to be ``counted`` here, by ``show_own_count``."""
        self.search_box.clear()
        self.listed, self.quick, self._own_count = listed, None, None
        self.rows.show_scope(listed.scope, page)
        self._show_counts()
        if counted:
            self._count_later.start(_LATEST)  # or when the rows are there: counting reads more than a page does
        self.view_changed.emit(listed)

    def show_own_count(self, count: ViewCount) -> None:
        """Show how many the filter selects that is shown."""
        self._own_count = count
        self._show_counts()

    def narrow(self, quick: Quick | None) -> None:
        """Show only what is unread or waiting of what is shown."""
        self.quick = quick
        self.rows.show_scope(narrowed(self.listed.scope, quick))
        self._show_counts()
        self._count()

    # Search

    def focus_search(self) -> None:
        """Move the focus to the search box and select what is in it (K03)."""
        self.search_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_box.selectAll()

    @property
    def searching(self) -> bool:
        """Whether results are shown in the place of the list."""
        return self._pages.currentWidget() is self.results

    def escape(self) -> bool:
        """Take one step back: clear the search, then leave the box (K03); False when there is nothing."""
        if self.search_box.text():
            self.search_box.clear()
            return True
        if self.search_box.hasFocus() or self.searching:
            self.leave_search()
            return True
        return False

    def leave_search(self) -> None:
        """Show the list again, with the selection it had."""
        self.search_box.clear()
        self._pages.setCurrentWidget(self.rows)
        self.rows.focus()
        self.search_left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move from the search box into what it found."""
        if watched is self.search_box and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.results.focus_first() if self.searching else self.rows.focus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.searching:
                self.results.open_first()
                return True
            if event.key() == Qt.Key.Key_Escape:
                return self.escape()
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        self._pages.setCurrentWidget(self.results if text.strip() else self.rows)
        self._show_selection()
        self.results.search(text)

    # Several

    def leave_selection(self) -> bool:
        """Tick nothing any more; False where nothing was (K10)."""
        if not self.rows.selection.active:
            return False
        inside = self.bar.isAncestorOf(self.bar.focusWidget() or self)
        self.rows.selection.clear()
        if inside:
            self.rows.focus()
        return True

    def _toggle_all(self) -> None:
        total = self._total()
        if self.rows.selection.active and (total is None or len(self.rows.selection) >= total):
            self.leave_selection()
        else:
            self.rows.select_all()

    def _show_selection(self) -> None:
        active = self.rows.selection.active and not self.searching
        self.bar.setVisible(active)
        self._chip_row.setVisible(not active and not self.searching)
        self._all_box.setChecked(False)
        if active:
            self.bar.show_count(len(self.rows.selection), self._total())

    def _total(self) -> int | None:
        """How many conversations the list has, loaded or not, where that is known."""
        if not self.rows.model.has_more:
            return self.rows.model.rowCount()
        count = self._count_of_listed()
        if self.quick is None:
            return count.total if count is not None else None
        if self.quick is Quick.UNREAD:
            return count.unread if count is not None else None
        waiting = self._counts.get(View.WAITING) if self.listed.scope is View.ALL else None
        return waiting.total if waiting is not None else None

    # Parts

    def _build_header(self) -> QVBoxLayout:
        header = QVBoxLayout()
        header.setContentsMargins(12, 10, 12, 8)
        header.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.view_button = QToolButton()
        self.view_button.setProperty("kind", "quiet")
        self.view_button.setAccessibleName("View")
        self.view_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.view_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.view_button.setLayoutDirection(self._reversed())
        bind_icon(self.view_button, "chevron-down", size=16)
        self.view_button.clicked.connect(self.views_wanted)
        self._badge = PlainLabel(kind="badge")
        new = QToolButton()
        new.setProperty("kind", "icon")
        new.setAccessibleName("New conversation")
        new.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(new, "plus")
        set_tip(new, self.tr("New message"))
        new.clicked.connect(self._actions["conversation.new"].trigger)
        row.addWidget(self.view_button)
        row.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        row.addWidget(new)
        header.addLayout(row)
        header.addWidget(self._build_search())
        return header

    def _build_search(self) -> QLineEdit:
        self.search_box = SearchField("Search", self.tr("Search people and messages"))
        self.search_box.textChanged.connect(self._search)
        self.search_box.installEventFilter(self)
        self.filter_button = self.search_box.add_button("list-filter", "Filter")
        self.filter_button.clicked.connect(self.filter_wanted)
        self.show_active_filters(0)
        return self.search_box

    def show_active_filters(self, count: int) -> None:
        """Show on the filter button how many conditions hold."""
        self.search_box.show_number(count)
        told = self.tr("1 condition holds") if count == 1 else self.tr("%n conditions hold", "", count)
        told = told if count else self.tr("no filter holds")
        self.filter_button.setAccessibleDescription(told)
        set_tip(self.filter_button, self.tr("Filter the list") + (f" ({told})" if count else ""))

    def _build_chips(self) -> QWidget:
        self._chip_row = QWidget()
        row = QHBoxLayout(self._chip_row)
        row.setContentsMargins(12, 0, 8, 8)
        row.setSpacing(8)
        for view in CHIPS:
            chip = self._chips[view] = ToggleButton()
            chip.setProperty("kind", "chip")
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(lambda _checked=False, view=view: self.narrow(_QUICK[view]))
            row.addWidget(chip)
        self._told = PlainLabel(kind="secondary")
        row.addWidget(self._told)
        row.addStretch()
        self._all_box = ToggleBox()
        self._all_box.setProperty("kind", "bare")
        self._all_box.setAccessibleName("Select all")
        set_tip(self._all_box, self.tr("Select all (Ctrl+A in the list)"))
        self._all_box.clicked.connect(self._toggle_all)
        row.addWidget(self._all_box)
        return self._chip_row

    # Counts

    def _count_soon(self) -> None:
        if not self._count_later.isActive():
            spent = self._since_count.elapsed() if self._since_count.isValid() else _COUNTS_EVERY
            self._count_later.start(max(_SOON, _COUNTS_EVERY - spent))

    def _count(self) -> None:
        self._since_count.start()
        self._count_later.stop()
        listed = self.listed

        def take(found: tuple[Counts, ViewCount | None]) -> None:
            self._counts = found[0]
            if listed is self.listed and found[1] is not None:
                self._own_count = found[1]
            self._show_counts()
            self._show_selection()
            self.counts_changed.emit(found[0])

        self._tasks.start(self._read_counts(listed), on_result=take, name="view counts")

    async def _read_counts(self, listed: Listed) -> tuple[Counts, ViewCount | None]:
        counts = await self._services.inbox.counts()
        scope = listed.scope
        return counts, await self._services.segments.count(scope) if isinstance(scope, Group) else None

    @property
    def counts(self) -> Counts:
        """How many contacts each view had, when they were counted last."""
        return self._counts

    def _count_of_listed(self) -> ViewCount | None:
        return self._own_count if isinstance(self.listed.scope, Group) else self._counts.get(self.listed.scope)

    def _show_counts(self) -> None:
        count, name = self._count_of_listed(), self.listed.name
        self.view_button.setText(menu_text(name))
        unread = count.unread if count is not None else 0
        self._badge.setVisible(unread > 0)
        self._badge.setText(short_count(unread))
        told = self.tr("%n unread", "", unread) if unread else self.tr("no unread")
        self._badge.setAccessibleName(told)
        contacts = contacts_words(count.total, self._formats) if count is not None else ""
        self.view_button.setAccessibleDescription(", ".join(filter(None, (name, contacts, told))))
        tip = ", ".join(filter(None, (contacts, unread_words(count))))
        keys = f" (Ctrl+{self.listed.number})" if self.listed.number else ""
        set_tip(self.view_button, f"{name}{keys}: {tip}" if tip else name)
        self._show_chips(count)

    def _show_chips(self, count: ViewCount | None) -> None:
        narrows = self.view in _NARROWED
        waiting = self._counts.get(View.WAITING)
        totals = {
            View.ALL: count.total if count else None,
            View.UNREAD: count.unread if count else None,
            View.WAITING: waiting.total if waiting and self.view is View.ALL else None,
        }
        for view, chip in self._chips.items():
            label = {View.ALL: self.tr("All"), View.WAITING: self.tr("Waiting")}.get(view, view_name(view))
            total = totals[view]
            chip.setText(label if total is None else f"{label} {self._formats.number(total)}")
            chip.setAccessibleName(label if total is None else f"{label}, {total}")
            chip.setChecked(_QUICK[view] is self.quick)
            chip.setVisible(narrows)
        self._told.setVisible(not narrows)
        self._told.setText(contacts_words(count.total, self._formats) if count is not None else "")

    def _loaded(self) -> None:
        if self._count_later.isActive():
            self._count()
        if self.rows.model.rowCount():
            return
        said = nothing_in(self.listed)
        if self.quick is not None:
            self._tell_nothing(self._nothing_left(), (self.tr("Show all"), lambda: self.narrow(None)))
        elif self.listed.section is Section.FILTER:
            self._tell_nothing(said, (self.tr("Clear filters"), self.filter_cleared.emit))
        elif self.view is View.ALL:
            new = (self.tr("New message"), self._actions["conversation.new"].trigger)
            self._tell_nothing(said, new, (self.tr("Channels…"), self._actions["channels.open"].trigger))
        else:
            self._tell_nothing(said, (self.tr("Show all"), lambda: self.show_view(View.ALL)))

    def _nothing_left(self) -> Nothing:
        view = View.UNREAD if self.quick is Quick.UNREAD else View.WAITING
        return nothing_in(of_view(view))

    def _tell_nothing(self, said: Nothing, *buttons: tuple[str, object]) -> None:
        self.rows.states.show_empty(said.icon, said.title, said.text, buttons=buttons)  # type: ignore[arg-type]

    def _restyle(self) -> None:
        font = theme().font(TextRole.STRONG)
        font.setPixelSize(theme().px(15))
        font.setBold(True)
        self.view_button.setFont(font)

    def _reversed(self) -> Qt.LayoutDirection:
        """The arrow of the selector stands after its text, so the button reads the other way round."""
        left = self.layoutDirection() is Qt.LayoutDirection.LeftToRight
        return Qt.LayoutDirection.RightToLeft if left else Qt.LayoutDirection.LeftToRight
