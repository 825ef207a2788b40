"""ConversationListPane: view selector, search box, chips and the conversations of a view."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.conversation import View, ViewCount
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats, short_count
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.panes.conversation_rows import ConversationRows
from desktop_inbox.views.panes.search import SearchPane
from desktop_inbox.views.plain import PlainLabel, menu_text, set_tip
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import TextRole, theme

CHIPS = (View.ALL, View.UNREAD, View.WAITING)
_COUNTS_AFTER = 200  # milliseconds; counting waits until a burst is over


class ConversationListPane(QFrame):
    """The second column of the window."""

    counts_changed = Signal(object)  # Mapping[View, ViewCount]
    view_changed = Signal(object)  # View
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
        self._inbox, self._tasks, self._formats, self._actions = services.inbox, tasks, formats, actions
        self._counts: Mapping[View, ViewCount] = {}
        self.rows = ConversationRows(services, formats, tasks, bridge)
        self.results = SearchPane(services, formats, tasks)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.rows)
        self._pages.addWidget(self.results)
        self._chips: dict[View, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_header())
        column.addWidget(self._build_chips())
        column.addWidget(self._pages, 1)
        self._count_later = QTimer(self)
        self._count_later.setSingleShot(True)
        self._count_later.setInterval(_COUNTS_AFTER)
        self._count_later.timeout.connect(self._count)
        self.rows.changed.connect(self._count_soon)
        self.rows.loaded.connect(self._loaded)
        self.results.left.connect(self.leave_search)
        theme().changed.connect(self._restyle)
        self._restyle()

    # Views

    @property
    def view(self) -> View:
        """The view shown."""
        return self.rows.view

    def show_view(self, view: View) -> None:
        """Show a view from its top."""
        self.search_box.clear()
        self.rows.show_view(view)
        self._show_counts()
        self._count()
        self.view_changed.emit(view)

    def view_name(self, view: View) -> str:
        """Return what a view is called."""
        return {
            View.ALL: self.tr("Inbox"),
            View.UNREAD: self.tr("Unread"),
            View.WAITING: self.tr("Waiting"),
            View.FAILED: self.tr("Not delivered"),
            View.ARCHIVED: self.tr("Archived"),
        }[view]

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
        self._chip_row.setVisible(not text.strip() and self.view in CHIPS)
        self.results.search(text)

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
        self.view_button.clicked.connect(self._open_views)
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
        return self.search_box

    def _build_chips(self) -> QWidget:
        self._chip_row = QWidget()
        row = QHBoxLayout(self._chip_row)
        row.setContentsMargins(12, 0, 12, 8)
        row.setSpacing(8)
        for view in CHIPS:
            chip = self._chips[view] = QPushButton()
            chip.setProperty("kind", "chip")
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(lambda _checked=False, view=view: self.show_view(view))
            row.addWidget(chip)
        row.addStretch()
        return self._chip_row

    def _open_views(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for view in View:
            count = self._counts.get(view)
            text = self.view_name(view) + (f"  {self._formats.number(count.total)}" if count else "")
            entry = menu.addAction(menu_text(text))
            entry.setCheckable(True)
            entry.setChecked(view is self.view)
            entry.triggered.connect(lambda _checked=False, view=view: self.show_view(view))
        menu.popup(self.view_button.mapToGlobal(QPoint(0, self.view_button.height())))

    # Counts

    def _count_soon(self) -> None:
        if not self._count_later.isActive():
            self._count_later.start()

    def _count(self) -> None:
        self._tasks.start(self._inbox.counts(), on_result=self._take_counts, name="view counts")

    def _take_counts(self, counts: Mapping[View, ViewCount]) -> None:
        self._counts = counts
        self._show_counts()
        self.counts_changed.emit(counts)

    def _show_counts(self) -> None:
        nothing = ViewCount(total=0, unread=0)
        current = View.ALL if self.view in CHIPS else self.view
        self.view_button.setText(menu_text(self.view_name(current)))
        unread = self._counts.get(current, nothing).unread
        self._badge.setVisible(unread > 0)
        self._badge.setText(short_count(unread))
        told = self.tr("%n unread", "", unread) if unread else self.tr("no unread")
        self._badge.setAccessibleName(told)
        self.view_button.setAccessibleDescription(f"{self.view_name(self.view)}, {told}")
        set_tip(self.view_button, f"{self.view_name(current)}: {told}")
        for view, chip in self._chips.items():
            total = self._counts.get(view, nothing).total
            label = self.tr("All") if view is View.ALL else self.view_name(view)
            chip.setText(f"{label} {self._formats.number(total)}" if view in self._counts else label)
            chip.setAccessibleName(f"{label}, {total}")
            chip.setChecked(view is self.view)
            number = list(View).index(view) + 1
            set_tip(chip, f"{label} ({self._actions[f'view.{view.value}'].shortcut().toString()})" if number else label)
        self._chip_row.setVisible(self.view in CHIPS and not self.searching)

    def _loaded(self) -> None:
        if self.rows.model.rowCount():
            return
        back = ((self.tr("Show all"), lambda: self.show_view(View.ALL)),)
        match self.view:
            case View.ALL:
                new = (self.tr("New message"), self._actions["conversation.new"].trigger)
                channels = (self.tr("Channels…"), self._actions["channels.open"].trigger)
                self.rows.states.show_empty(
                    "messages-square",
                    self.tr("No conversations yet"),
                    self.tr("Messages that arrive appear here. Connect a channel, or write the first one yourself."),
                    buttons=(new, channels),
                )
            case View.UNREAD:
                text = self.tr("Everything that came in was read.")
                self.rows.states.show_empty("mail-check", self.tr("Nothing unread"), text, buttons=back)
            case View.WAITING:
                text = self.tr("Every conversation has an answer.")
                self.rows.states.show_empty("check-check", self.tr("Nobody is waiting"), text, buttons=back)
            case View.FAILED:
                text = self.tr("No message failed to reach its contact.")
                self.rows.states.show_empty("circle-check", self.tr("Everything arrived"), text, buttons=back)
            case View.ARCHIVED:
                text = self.tr("Conversations that you archive wait here until their contact writes again.")
                self.rows.states.show_empty("archive", self.tr("Nothing archived"), text, buttons=back)

    def _restyle(self) -> None:
        font = theme().font(TextRole.STRONG)
        font.setPixelSize(theme().px(15))
        font.setBold(True)
        self.view_button.setFont(font)

    def _reversed(self) -> Qt.LayoutDirection:
        """The arrow of the selector stands after its text, so the button reads the other way round."""
        left = self.layoutDirection() is Qt.LayoutDirection.LeftToRight
        return Qt.LayoutDirection.RightToLeft if left else Qt.LayoutDirection.LeftToRight
