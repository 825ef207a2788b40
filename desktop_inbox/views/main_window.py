"""MainWindow: arranges rail, list, conversation and details, and connects the actions. No rule lives here.

Its frame is painted before anything else is imported, so this module imports at its top only what a frame needs;
``window_parts`` has the rest, from ``fill`` on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop_inbox.views.frame import Frame
from desktop_inbox.views.placement import screen_key

if TYPE_CHECKING:
    from desktop_inbox.models.entities.conversation import ConversationSummary, View
    from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId
    from desktop_inbox.models.entities.page import Page
    from desktop_inbox.views.bridge import EventBridge
    from desktop_inbox.views.contracts import ConversationView, DetailsView
    from desktop_inbox.views.dialogs.settings import SettingsPage
    from desktop_inbox.views.dialogs.shortcuts import ShortcutSheet
    from desktop_inbox.views.dialogs.switcher import Switcher
    from desktop_inbox.views.formats import Formats
    from desktop_inbox.views.item_models.palette import Entry
    from desktop_inbox.views.pages.page import PageView
    from desktop_inbox.views.services import Services
    from desktop_inbox.views.tasks import Tasks

MIN_WIDTH, MIN_HEIGHT = 480, 360


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the window is given to arrange; a missing command leaves its action out of the menus."""

    conversation: ConversationView
    details: DetailsView
    new_conversation: Callable[[], object] | None = None
    channels: Callable[[], object] | None = None
    people: Callable[[], object] | None = None
    first_run: Callable[[], object] | None = None
    export: Callable[[], object] | None = None
    export_conversation: Callable[[ConversationSummary], object] | None = None
    print_conversation: Callable[[ConversationSummary], object] | None = None


class MainWindow(Frame):
    """The window of the program."""

    quit_requested = Signal()
    hidden_to_tray = Signal()
    minimised_instead = Signal()  # closed, where no tray could bring it back
    message_sent = Signal()
    demo_leave_requested = Signal()
    notice_wanted = Signal(str, str)  # title and text, for the tray while the window is hidden
    counts_changed = Signal(object)  # Mapping[View, ViewCount]

    def __init__(self) -> None:
        super().__init__()
        self.can_hide: Callable[[], bool] = lambda: False  # set by whoever shows a tray icon

    def fill(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        make_parts: Callable[[MainWindow], Parts],
        *,
        formats: Formats | None = None,
        demo: bool = False,
    ) -> MainWindow:
        """Build the panes, once the services are there; returns itself. ``start`` shows the inbox."""
        from desktop_inbox.views import window_parts as made

        self._services, self._tasks, self._bridge = services, tasks, bridge
        self._made_pages: dict[str, PageView] = {}
        self._formats = formats or made.Formats(services.clock)
        self.preferences = made.Preferences(services.settings, tasks, bridge, self)
        self._look = made.LookController(self.preferences, self)
        self._look.take()
        self.actions_ = made.Actions(self)
        self.toasts = made.Toasts(self)
        self._parts = parts = make_parts(self)
        self.pane = made.ConversationListPane(services, self._formats, tasks, bridge, self.actions_)
        self._conversation, self._details = _widget(parts.conversation), _widget(parts.details)
        self.workspace = made.Workspace(self.pane, self._conversation, self._details)
        self._build(services, tasks, bridge, demo=demo)
        self.toasts.stand_on(self.pane, self._pages)  # never on the rail
        self.controller = made.ConversationController(
            services, tasks, bridge, self.pane, parts.conversation, parts.details, self.workspace, self.toasts, self
        )
        self.states = made.StateController(
            services, tasks, bridge, self.actions_, self.controller, self.toasts, self._formats, self
        )
        self.states.follow(self.pane.rows.selection, self.pane.bar)
        self.ticked = made.TickedController(services, tasks, self.actions_, self.pane, self)
        self.views = made.ViewController(
            services, tasks, bridge, self.actions_, self.pane, self.workspace, self._formats, self._settings
        )
        self.focus = made.FocusController(
            self.actions_, self.rail, self.pane, parts.conversation, self._conversation, self._details,
            self.workspace, self.controller, lambda: self.preferences.get(made.LETTERS), self._leave_settings,
        )  # fmt: skip
        self._connect(tasks)
        self._look.connect_actions(self.actions_, self._fit)
        made.build_menu_bar(self.menuBar(), self.actions_)
        self.filled = True
        self._fit()
        self._restore()
        return self

    def start(self, known: Page[ConversationSummary] | None = None) -> None:
        """Show what was shown last; called once the services answer. ``known`` is shown until they do."""
        if known is not None and self.views.remembered == "view:all":
            self.pane.rows.model.reset(known.items, has_more=known.has_more)
        self.views.start()
        self._connection.refresh()
        self.pane.rows.focus()

    def open_conversation(self, conversation_id: ConversationId) -> None:
        """Come to the front with a conversation: a notification was clicked."""
        self.come_forward()
        self.show_page("inbox")
        self.controller.open_id(conversation_id, then=self._parts.conversation.focus_composer)

    def open_contact(self, contact_id: ContactId) -> None:
        """Show the conversation with a contact."""
        self.show_page("inbox")
        self.controller.open_contact(contact_id)

    def open_message(self, conversation_id: ConversationId, entry_id: EntryId) -> None:
        """Show a conversation where something was said."""
        self.show_page("inbox")
        self.controller.open_id(conversation_id, entry_id)

    def show_view(self, view: View) -> None:
        """Show the inbox with a view of it."""
        self.show_page("inbox")
        self.workspace.show_list()
        self.pane.show_view(view)

    def show_unread(self) -> None:
        """Come to the front with what is unread: one of several notifications was clicked."""
        from desktop_inbox.models.entities.conversation import View

        self.come_forward()
        self.show_view(View.UNREAD)

    def is_reading(self, conversation_id: int) -> bool:
        """Tell whether a person looks at this conversation right now."""
        current = self.controller.current
        return self.isActiveWindow() and current is not None and current.id == conversation_id

    def show_page(self, key: str) -> None:
        """Show a page of the rail."""
        self.rail.show_page(key)
        page: SettingsPage | PageView | None = None
        if key != "inbox":
            page = self.settings_page if key == "settings" else self.page(key)
        self._pages.setCurrentWidget(self.workspace if page is None else _widget(page))
        if page is not None:
            page.focus()

    @property
    def page_shown(self) -> PageView | None:
        """The page of the rail that is shown; None for the inbox and the settings."""
        current = self._pages.currentWidget()
        return next((page for page in self._made_pages.values() if _widget(page) is current), None)

    def page(self, key: str) -> PageView:
        """Return a page of the rail, built when it is first wanted."""
        from desktop_inbox.views import window_parts as made

        if key not in self._made_pages:
            spec = next(spec for spec in made.PAGES if spec.key == key)
            context = made.PageContext(services=self._services, tasks=self._tasks, bridge=self._bridge, window=self)
            page = self._made_pages[key] = spec.build(context)
            self._pages.addWidget(_widget(page))
            page.refresh()
        return self._made_pages[key]

    @cached_property
    def settings_page(self) -> SettingsPage:
        """The page of settings, built when it is first wanted."""
        from desktop_inbox.views.dialogs.settings import SettingsPage

        opened = {"teams.open": self._services.teams, "terms.open": self._services.terms}
        offers = [key for key, service in opened.items() if service is not None]
        page = SettingsPage(self.preferences, hides=self.can_hide(), offers=offers)
        page.action_wanted.connect(lambda key: self.actions_[key].trigger())
        page.keys_wanted.connect(self.actions_["keys.edit"].trigger)
        self._pages.addWidget(page)
        return page

    @cached_property
    def switcher(self) -> Switcher:
        """The quick switcher, built when it is first wanted."""
        from desktop_inbox.views.controllers.palette_offers import PaletteOffers
        from desktop_inbox.views.dialogs.switcher import Switcher

        offers = PaletteOffers(self._services, self._tasks, self.states, self._formats)
        made = Switcher(self._services, self._tasks, self.actions_, self, offers=offers)
        made.contact_chosen.connect(self._open_entry)
        return made

    @cached_property
    def shortcut_sheet(self) -> ShortcutSheet:
        """The sheet of keys, built when it is first wanted."""
        from desktop_inbox.views.dialogs.shortcuts import ShortcutSheet

        return ShortcutSheet(self.actions_, self)

    async def shut_down(self) -> None:
        """Hand the open draft over, let it arrive, and stop what runs."""
        self._save()
        self._parts.conversation.close_conversation()
        for page in self._made_pages.values():
            _widget(page).hide()  # a page stores what is being written on it when it is left
        await self._tasks.drain()
        await self._tasks.close()

    # Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep running out of sight where that is wanted, else quit (S03)."""
        if not self.filled:
            super().closeEvent(event)
            return
        from desktop_inbox.views.preferences import CLOSE_TO_TRAY

        self._save()
        event.ignore()
        if not self.preferences.get(CLOSE_TO_TRAY):
            self.quit_requested.emit()
        elif self.can_hide():
            self.hide()
            self.hidden_to_tray.emit()
        else:
            self.showMinimized()  # without a tray nothing would bring a hidden window back
            self.minimised_instead.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rail less room in a narrow window (L02)."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit once the size is known."""
        super().showEvent(event)
        self._fit()

    # Parts

    def _build(self, services: Services, tasks: Tasks, bridge: EventBridge, *, demo: bool) -> None:
        from desktop_inbox.views import window_parts as made

        self.rail = made.NavigationRail(made.PAGES)
        self._connection = made.ConnectionBanner(services, tasks, bridge)
        self._demo = made.Banner("flask-conical")
        self._demo.add_button(self.tr("Leave the demo…"), self.demo_leave_requested.emit)
        if demo:
            self._demo.tell(self.tr("Demo: an invented office. Nothing leaves this computer."))
        self._pages = QStackedWidget()
        self._pages.setMinimumWidth(1)  # a page that is not shown must not widen the window
        self._pages.addWidget(self.workspace)
        body = QVBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        for widget in (self._demo, self._connection):
            body.addWidget(widget)
        body.addWidget(self._pages, 1)
        central = QWidget()
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(body, 1)
        self.setCentralWidget(central)

    def _connect(self, tasks: Tasks) -> None:
        from desktop_inbox.views import window_parts as made

        actions, controller = self.actions_, self.controller
        made.CommandController(self, self._parts, services=self._services, tasks=tasks)
        actions["details.toggle"].setChecked(True)
        self.pane.counts_changed.connect(self._take_counts)
        self.pane.view_changed.connect(lambda listed: actions.check(listed.key.replace(":", ".")))
        self.pane.rows.selection.changed.connect(self._show_open)
        self.workspace.left_conversation.connect(self.focus.back)
        self._connection.channels_wanted.connect(actions["channels.open"].trigger)
        controller.opened.connect(lambda _summary: self._show_open())
        controller.closed.connect(self._show_open)
        self.message_sent.connect(self.states.message_sent)
        tasks.failed.connect(self.toasts.tell_error)
        self._show_open()

    # Inside

    def _open_entry(self, entry: Entry) -> None:
        self.show_page("inbox")
        if entry.conversation_id is not None:
            self.controller.open_id(entry.conversation_id)
        elif entry.contact_id is not None:
            self.controller.open_contact(entry.contact_id)

    def _leave_settings(self) -> bool:
        page = self._pages.currentWidget()
        if page is self.workspace:
            return False
        if any(_widget(one) is page and one.escape() for one in self._made_pages.values()):
            return True
        self.show_page("inbox")
        self.pane.rows.focus()
        return True

    def _show_open(self) -> None:
        """Commands on a conversation are there while one is open."""
        from desktop_inbox.views import window_parts as made

        is_open = self.controller.current is not None
        for key in ("search.conversation", "search.next", "search.previous", "message.attach", "message.send",
                    "conversation.print", "conversation.export"):  # fmt: skip
            self.actions_[key].setEnabled(is_open)
        for key in made.STATE_ACTIONS:
            if key:
                self.actions_[key].setEnabled(is_open or self.pane.rows.selection.active)

    def _take_counts(self, counts: object) -> None:
        from desktop_inbox.models.entities.conversation import View

        if isinstance(counts, dict) and View.ALL in counts:
            self.rail.set_unread(counts[View.ALL].unread)
        self.counts_changed.emit(counts)

    # Place and size (L03)

    def _fit(self) -> None:
        if not self.filled:
            return
        from desktop_inbox.views.panes.workspace import COMPACT_RAIL
        from desktop_inbox.views.theme import theme

        # Larger text needs more room; never more than the screen has.
        least = QSize(MIN_WIDTH, MIN_HEIGHT).expandedTo(QSize(theme().px(MIN_WIDTH), theme().px(MIN_HEIGHT)))
        screen = self.screen()
        self.setMinimumSize(least.boundedTo(screen.availableSize()) if screen is not None else least)
        self.rail.set_compact(compact=self.width() < theme().px(COMPACT_RAIL))

    def _save(self) -> None:
        self.save_place(self.pane.rows)
        self._settings.setValue("menubar", not self.menuBar().isHidden())
        self.workspace.save(self._settings, screen_key(self.screen()))

    def _restore(self) -> None:
        # The rail's Menu entry holds the same menus, so the bar costs room only where it is wanted.
        native = self.menuBar().isNativeMenuBar()
        shown = native or str(self._settings.value("menubar", "false")).lower() == "true"
        self.menuBar().setVisible(shown)
        self.actions_["window.menubar"].setChecked(shown)
        self.actions_["window.menubar"].setVisible(not native)
        self.rail.button("menu").setVisible(not native)
        self.workspace.restore(self._settings, screen_key(self.screen()))
        self.actions_["details.toggle"].setChecked(self.workspace.details_wanted)


def _widget(part: object) -> QWidget:
    if not isinstance(part, QWidget):
        raise TypeError("a part of the window must be a widget")
    return part
