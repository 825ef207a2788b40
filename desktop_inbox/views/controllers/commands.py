"""CommandController: what the actions of the whole window do; a conversation has controllers of its own."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from desktop_inbox.models.entities.conversation import View
from desktop_inbox.views.key_bindings import parse as parse_keys
from desktop_inbox.views.menus import build_popup
from desktop_inbox.views.pages.page import PAGES, write_to_many
from desktop_inbox.views.preferences import KEYS
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

if TYPE_CHECKING:
    from desktop_inbox.views.main_window import MainWindow, Parts
    from desktop_inbox.views.panes.contact_actions import ContactActions


class CommandController(QObject):
    """Connects actions to the panes of a filled window."""

    def __init__(self, window: "MainWindow", parts: "Parts", *, services: Services, tasks: Tasks) -> None:
        super().__init__(window)
        self._window, self._parts = window, parts
        self._services, self._tasks = services, tasks
        self._actions, self._conversations = window.actions_, window.controller
        self._connect_views()
        self._connect_window()
        self._connect_conversations()
        self._connect_pages()
        self._connect_keys()

    def _connect_views(self) -> None:
        actions, window = self._actions, self._window
        for view in View:
            if actions.has(f"view.{view.value}"):  # the others are reached by the selector
                actions.connect_to(f"view.{view.value}", partial(window.show_view, view))
        actions.connect_to("search.all", self._search_everything)
        actions.connect_to("switcher.open", lambda: window.switcher.show_centred())
        actions.connect_to("settings.open", lambda: window.show_page("settings"))
        actions.connect_to("sync.now", lambda: self._tasks.start(self._services.sync.fetch_now(), name="fetch now"))

    def _connect_window(self) -> None:
        actions, window = self._actions, self._window
        actions.connect_to("help.shortcuts", lambda: window.shortcut_sheet.open())
        actions.connect_to("help.about", self._tell_about)
        actions.connect_to("keys.edit", self._edit_keys)
        actions.connect_to("window.close", window.close)
        actions.connect_to("app.quit", window.quit_requested.emit)
        actions.connect_to("edit.undo", self._undo)
        actions.connect_to("details.toggle", self._toggle_details)
        actions.connect_to("window.fullscreen", window.toggle_full_screen)
        actions.connect_to("window.menubar", self._toggle_menu_bar)
        window.preferences.on_change(KEYS, lambda chosen: actions.rebind(parse_keys(chosen)))
        window.rail.page_wanted.connect(window.show_page)
        window.rail.pressed.connect(self._open_menu)

    def _connect_conversations(self) -> None:
        actions, controller, conversation = self._actions, self._conversations, self._parts.conversation
        actions.connect_to("conversation.next", lambda: controller.step(1))
        actions.connect_to("conversation.previous", lambda: controller.step(-1))
        actions.connect_to("conversation.next_unread", lambda: controller.step_unread(forward=True))
        actions.connect_to("conversation.previous_unread", lambda: controller.step_unread(forward=False))
        actions.connect_to("search.conversation", conversation.find)
        actions.connect_to("search.next", conversation.find_next)
        actions.connect_to("search.previous", conversation.find_previous)
        actions.connect_to("message.attach", conversation.attach)
        actions.connect_to("message.send", conversation.send)
        commands = {
            "conversation.new": self._parts.new_conversation,
            "channels.open": self._parts.channels,
            "people.open": self._parts.people,
            "help.first_run": self._parts.first_run,
            "export.messages": self._parts.export,
            "conversation.print": self._print if self._parts.print_conversation else None,
            "conversation.export": self._export if self._parts.export_conversation else None,
        }
        for key, command in commands.items():
            if command is not None:
                actions.connect_to(key, command)

    def _connect_pages(self) -> None:
        actions = self._actions
        for page in PAGES:
            offered = page.offered(self._services)
            self._window.rail.offer(page.key, offered=offered)
            if offered:
                actions.connect_to(page.action, partial(self._window.show_page, page.key))
        if self._services.broadcasts is not None:
            actions.connect_to("broadcast.new", lambda: write_to_many(self._window))
        if self._services.directory is not None:
            actions.connect_to("contacts.import", lambda: self._on_contacts().import_file())
            actions.connect_to("contacts.duplicates", lambda: self._on_contacts().find_duplicates())

    def _connect_keys(self) -> None:
        focus = self._window.focus
        self._actions.connect_to("pane.next", lambda: focus.cycle(1))
        self._actions.connect_to("pane.previous", lambda: focus.cycle(-1))
        QShortcut(QKeySequence("Esc"), self._window).activated.connect(focus.escape)
        QShortcut(QKeySequence("Shift+F10"), self._window).activated.connect(focus.open_context_menu)

    # What they do

    def _on_contacts(self) -> "ContactActions":
        from desktop_inbox.views.panes.contacts import ContactsPage

        self._window.show_page("contacts")
        page = self._window.page("contacts")
        assert isinstance(page, ContactsPage)  # noqa: S101 - what the registry builds
        return page.actions_

    def _search_everything(self) -> None:
        search = getattr(self._window.page_shown, "focus_search", None)
        if search is not None:  # a page with a search of its own
            search()
            return
        self._window.show_page("inbox")
        self._window.workspace.show_list()
        self._window.pane.focus_search()

    def _undo(self) -> None:
        states, toasts = self._window.states, self._window.toasts
        if states.is_latest and toasts.undo_last():
            return
        if not self._parts.conversation.undo() and not toasts.undo_last():
            states.undo_last()

    def _print(self) -> None:
        if self._conversations.current is not None and self._parts.print_conversation is not None:
            self._parts.print_conversation(self._conversations.current)

    def _export(self) -> None:
        if self._conversations.current is not None and self._parts.export_conversation is not None:
            self._parts.export_conversation(self._conversations.current)

    def _toggle_details(self) -> None:
        workspace = self._window.workspace
        workspace.want_details(wanted=not workspace.details_wanted)
        self._actions["details.toggle"].setChecked(workspace.details_wanted)

    def _toggle_menu_bar(self) -> None:
        bar = self._window.menuBar()
        shown = bar.isHidden()
        bar.setVisible(shown)
        self._actions["window.menubar"].setChecked(shown)

    def _tell_about(self) -> None:
        from desktop_inbox.views.dialogs.about import AboutDialog

        AboutDialog(self._window).open()

    def _edit_keys(self) -> None:
        from desktop_inbox.views.dialogs.key_editor import KeyEditor

        KeyEditor(self._actions, self._window.preferences, self._window).open()

    def _open_menu(self, key: str) -> None:
        menu = build_popup(self._actions, self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button = self._window.rail.button(key)
        menu.popup(button.mapToGlobal(QPoint(button.width() + 4, 0)))
