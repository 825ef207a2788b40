"""Every action of the window: its text, keys, icon and menu. Menus and the shortcut sheet are made from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.key_bindings import Bindings


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark ``text`` for the translation tool, which knows this name; Qt's own says that it returns an object."""
    return text


class Menu(StrEnum):
    """The menus, in order."""

    FILE = QT_TRANSLATE_NOOP("Actions", "&File")
    EDIT = QT_TRANSLATE_NOOP("Actions", "&Edit")
    VIEW = QT_TRANSLATE_NOOP("Actions", "&View")
    CONVERSATION = QT_TRANSLATE_NOOP("Actions", "&Conversation")
    HELP = QT_TRANSLATE_NOOP("Actions", "&Help")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action. ``keys`` work in the whole window; ``letter`` only while a list has the focus."""

    key: str
    text: str
    menu: Menu
    keys: tuple[str, ...] = ()
    letter: str = ""
    icon: str = ""
    role: QAction.MenuRole = QAction.MenuRole.NoRole
    group: str = ""  # one of the group is checked
    checkable: bool = False
    starts_section: bool = False


def _spec(key: str, text: str, menu: Menu, *keys: str, **more: object) -> ActionSpec:
    return ActionSpec(key=key, text=text, menu=menu, keys=keys, **more)  # type: ignore[arg-type]


_FILE, _EDIT, _VIEW, _CONV, _HELP = Menu.FILE, Menu.EDIT, Menu.VIEW, Menu.CONVERSATION, Menu.HELP
_Role = QAction.MenuRole

#: In the order of the menus. "Ctrl" is the command key on macOS. No Ctrl+Alt (AltGr on many keyboards) and no
#: Alt with a letter (menus on Windows, characters on macOS).
SPECS: tuple[ActionSpec, ...] = (
    _spec("conversation.new", QT_TRANSLATE_NOOP("Actions", "New message…"), _FILE, "Ctrl+N", icon="square-pen"),
    _spec("switcher.open", QT_TRANSLATE_NOOP("Actions", "Go to…"), _FILE, "Ctrl+K", icon="arrow-right"),
    _spec(
        "sync.now",
        QT_TRANSLATE_NOOP("Actions", "Fetch messages now"),
        _FILE,
        "F5",
        icon="refresh-cw",
        starts_section=True,
    ),
    _spec("consent.open", QT_TRANSLATE_NOOP("Actions", "Consent message…"), _FILE, icon="shield-check"),
    _spec("fields.open", QT_TRANSLATE_NOOP("Actions", "Fields and tags…"), _FILE, icon="list-filter"),
    _spec("people.open", QT_TRANSLATE_NOOP("Actions", "People of the office…"), _FILE, icon="users"),
    _spec("teams.open", QT_TRANSLATE_NOOP("Actions", "Teams and hours…"), _FILE, icon="clock"),
    _spec("terms.open", QT_TRANSLATE_NOOP("Actions", "Blocked words…"), _FILE, icon="ban"),
    _spec("terms.review", QT_TRANSLATE_NOOP("Actions", "Messages kept back by a word…"), _FILE, icon="hourglass"),
    _spec("contacts.open", QT_TRANSLATE_NOOP("Actions", "Contacts"), _VIEW, "Ctrl+J", icon="users"),
    _spec("broadcasts.open", QT_TRANSLATE_NOOP("Actions", "Sent messages"), _VIEW, "Ctrl+B", icon="megaphone"),
    _spec("campaigns.open", QT_TRANSLATE_NOOP("Actions", "Campaigns"), _VIEW, icon="droplets"),
    _spec("schedules.open", QT_TRANSLATE_NOOP("Actions", "Schedules"), _VIEW, icon="calendar-clock"),
    _spec("reports.open", QT_TRANSLATE_NOOP("Actions", "Reports"), _VIEW, icon="chart-column"),
    _spec("broadcast.new", QT_TRANSLATE_NOOP("Actions", "New broadcast…"), _FILE, "Ctrl+Shift+B", icon="megaphone"),
    _spec("contacts.import", QT_TRANSLATE_NOOP("Actions", "Import contacts…"), _FILE, icon="upload"),
    _spec("contacts.duplicates", QT_TRANSLATE_NOOP("Actions", "Find duplicate contacts…"), _FILE, icon="users"),
    _spec("channels.open", QT_TRANSLATE_NOOP("Actions", "Channels…"), _FILE, icon="plug"),
    _spec("export.messages", QT_TRANSLATE_NOOP("Actions", "Export messages…"), _FILE, icon="download"),
    _spec(
        "conversation.export",
        QT_TRANSLATE_NOOP("Actions", "Export the conversation…"),
        _FILE,
        "Ctrl+Shift+E",
        icon="download",
    ),
    _spec(
        "conversation.print", QT_TRANSLATE_NOOP("Actions", "Print the conversation…"), _FILE, "Ctrl+P", icon="printer"
    ),
    _spec(
        "settings.open",
        QT_TRANSLATE_NOOP("Actions", "Settings…"),
        _FILE,
        "Ctrl+,",
        icon="settings",
        role=_Role.PreferencesRole,
    ),
    _spec(
        "window.close", QT_TRANSLATE_NOOP("Actions", "Close the window"), _FILE, "Ctrl+W", icon="x", starts_section=True
    ),
    _spec("app.quit", QT_TRANSLATE_NOOP("Actions", "Quit"), _FILE, "Ctrl+Q", icon="power", role=_Role.QuitRole),
    _spec("edit.undo", QT_TRANSLATE_NOOP("Actions", "Undo"), _EDIT, "Ctrl+Z", icon="undo-2"),
    _spec("edit.history", QT_TRANSLATE_NOOP("Actions", "History…"), _EDIT, icon="history"),
    _spec(
        "search.all",
        QT_TRANSLATE_NOOP("Actions", "Search everything"),
        _EDIT,
        "Ctrl+F",
        icon="search",
        starts_section=True,
    ),
    _spec("search.conversation", QT_TRANSLATE_NOOP("Actions", "Find in this conversation"), _EDIT, "Ctrl+Shift+F"),
    _spec("search.next", QT_TRANSLATE_NOOP("Actions", "Next hit"), _EDIT, "F3", "Ctrl+G"),
    _spec("search.previous", QT_TRANSLATE_NOOP("Actions", "Previous hit"), _EDIT, "Shift+F3", "Ctrl+Shift+G"),
    _spec("messages.open", QT_TRANSLATE_NOOP("Actions", "Messages"), _VIEW, "Ctrl+1", icon="folder-open"),
    _spec("view.all", QT_TRANSLATE_NOOP("Actions", "Inbox"), _VIEW, "Ctrl+2", group="view"),
    _spec("view.mine", QT_TRANSLATE_NOOP("Actions", "Mine"), _VIEW, "Ctrl+3", group="view"),
    _spec("view.new", QT_TRANSLATE_NOOP("Actions", "New"), _VIEW, "Ctrl+4", group="view"),
    _spec("view.unassigned", QT_TRANSLATE_NOOP("Actions", "Unassigned"), _VIEW, "Ctrl+5", group="view"),
    _spec("view.unread", QT_TRANSLATE_NOOP("Actions", "Unread"), _VIEW, "Ctrl+6", group="view"),
    _spec("view.snoozed", QT_TRANSLATE_NOOP("Actions", "Snoozed"), _VIEW, "Ctrl+7", group="view"),
    _spec("view.done", QT_TRANSLATE_NOOP("Actions", "Done"), _VIEW, "Ctrl+8", group="view"),
    _spec("view.archived", QT_TRANSLATE_NOOP("Actions", "Archived"), _VIEW, "Ctrl+9", group="view"),
    _spec("view.waiting", QT_TRANSLATE_NOOP("Actions", "Waiting on us"), _VIEW, group="view"),
    _spec("view.choose", QT_TRANSLATE_NOOP("Actions", "Choose a view or segment…"), _VIEW, starts_section=True),
    _spec("filter.open", QT_TRANSLATE_NOOP("Actions", "Filter the list…"), _VIEW, "Ctrl+Shift+L", icon="list-filter"),
    _spec("segment.create", QT_TRANSLATE_NOOP("Actions", "Create a segment…"), _VIEW, icon="plus"),
    _spec(
        "details.toggle",
        QT_TRANSLATE_NOOP("Actions", "Contact details"),
        _VIEW,
        "Ctrl+Shift+D",
        icon="panel-right",
        checkable=True,
        starts_section=True,
    ),
    _spec("timeline.filter", QT_TRANSLATE_NOOP("Actions", "Show in the timeline…"), _VIEW, icon="list-filter"),
    _spec("pane.next", QT_TRANSLATE_NOOP("Actions", "Next pane"), _VIEW, "F6"),
    _spec("pane.previous", QT_TRANSLATE_NOOP("Actions", "Previous pane"), _VIEW, "Shift+F6"),
    _spec("text.bigger", QT_TRANSLATE_NOOP("Actions", "Larger text"), _VIEW, "Ctrl++", "Ctrl+=", starts_section=True),
    _spec("text.smaller", QT_TRANSLATE_NOOP("Actions", "Smaller text"), _VIEW, "Ctrl+-"),
    _spec("text.reset", QT_TRANSLATE_NOOP("Actions", "Normal text size"), _VIEW, "Ctrl+0"),
    _spec(
        "theme.system", QT_TRANSLATE_NOOP("Actions", "Colours of the system"), _VIEW, group="theme", starts_section=True
    ),
    _spec("theme.light", QT_TRANSLATE_NOOP("Actions", "Light"), _VIEW, group="theme"),
    _spec("theme.dark", QT_TRANSLATE_NOOP("Actions", "Dark"), _VIEW, group="theme"),
    _spec(
        "window.menubar",
        QT_TRANSLATE_NOOP("Actions", "Menu bar"),
        _VIEW,
        "F10",
        checkable=True,
        starts_section=True,
    ),
    _spec("window.fullscreen", QT_TRANSLATE_NOOP("Actions", "Full screen"), _VIEW, "F11", checkable=True),
    _spec(
        "conversation.next",
        QT_TRANSLATE_NOOP("Actions", "Next conversation"),
        _CONV,
        "Alt+Down",
        "Ctrl+Tab",
        letter="j",
    ),
    _spec(
        "conversation.previous",
        QT_TRANSLATE_NOOP("Actions", "Previous conversation"),
        _CONV,
        "Alt+Up",
        "Ctrl+Shift+Tab",
        letter="k",
    ),
    _spec(
        "conversation.next_unread", QT_TRANSLATE_NOOP("Actions", "Next unread conversation"), _CONV, "Alt+Shift+Down"
    ),
    _spec(
        "conversation.previous_unread",
        QT_TRANSLATE_NOOP("Actions", "Previous unread conversation"),
        _CONV,
        "Alt+Shift+Up",
    ),
    _spec(
        "conversation.done",
        QT_TRANSLATE_NOOP("Actions", "Mark done or open again"),
        _CONV,
        "Ctrl+E",
        letter="e",
        icon="check",
        starts_section=True,
    ),
    _spec("conversation.assign", QT_TRANSLATE_NOOP("Actions", "Assign to…"), _CONV, "Ctrl+Shift+A", icon="user-plus"),
    _spec(
        "conversation.assign_me", QT_TRANSLATE_NOOP("Actions", "Assign to me"), _CONV, "Ctrl+Shift+M", icon="user-check"
    ),
    _spec("conversation.snooze", QT_TRANSLATE_NOOP("Actions", "Snooze…"), _CONV, "Ctrl+Shift+S", icon="alarm-clock"),
    _spec(
        "conversation.toggle_unread",
        QT_TRANSLATE_NOOP("Actions", "Mark as unread or read"),
        _CONV,
        "Ctrl+Shift+U",
        letter="u",
        icon="mail",
        starts_section=True,
    ),
    _spec("conversation.pin", QT_TRANSLATE_NOOP("Actions", "Pin or unpin"), _CONV, icon="pin"),
    _spec("conversation.priority", QT_TRANSLATE_NOOP("Actions", "Priority…"), _CONV, icon="flag"),
    _spec(
        "conversation.archive",
        QT_TRANSLATE_NOOP("Actions", "Archive or restore the conversation"),
        _CONV,
        "Ctrl+Shift+Backspace",
        icon="archive",
        starts_section=True,
    ),
    _spec("conversation.block", QT_TRANSLATE_NOOP("Actions", "Block or unblock the contact"), _CONV, icon="ban"),
    _spec("conversation.delete", QT_TRANSLATE_NOOP("Actions", "Delete the conversation…"), _CONV, icon="trash-2"),
    _spec(
        "message.attach",
        QT_TRANSLATE_NOOP("Actions", "Attach files…"),
        _CONV,
        "Ctrl+O",
        "Ctrl+Shift+O",
        icon="paperclip",
        starts_section=True,
    ),
    _spec(
        "comment.toggle",
        QT_TRANSLATE_NOOP("Actions", "Reply or comment"),
        _CONV,
        "Ctrl+Shift+I",
        icon="message-square-text",
    ),
    _spec("message.emoji", QT_TRANSLATE_NOOP("Actions", "Insert emoji…"), _CONV, "Ctrl+Shift+J", icon="smile"),
    _spec(
        "message.snippets",
        QT_TRANSLATE_NOOP("Actions", "Snippets…"),
        _CONV,
        "Ctrl+Shift+P",
        icon="chevrons-right",
    ),
    _spec("message.keep", QT_TRANSLATE_NOOP("Actions", "Save the text as a snippet…"), _CONV),
    _spec("message.plain", QT_TRANSLATE_NOOP("Actions", "Use plain characters"), _CONV, "Ctrl+Shift+H", icon="type"),
    _spec("message.send", QT_TRANSLATE_NOOP("Actions", "Send the message"), _CONV, icon="send-horizontal"),
    _spec(
        "help.shortcuts",
        QT_TRANSLATE_NOOP("Actions", "Keyboard shortcuts"),
        _HELP,
        "F1",
        "Ctrl+/",
        letter="?",
        icon="keyboard",
    ),
    _spec("keys.edit", QT_TRANSLATE_NOOP("Actions", "Change keyboard shortcuts…"), _HELP, icon="keyboard"),
    _spec("help.first_run", QT_TRANSLATE_NOOP("Actions", "Set-up assistant…"), _HELP, icon="sparkles"),
    _spec(
        "help.about",
        QT_TRANSLATE_NOOP("Actions", "About Desktop Inbox"),
        _HELP,
        role=_Role.AboutRole,
        icon="info",
        starts_section=True,
    ),
)


class Actions(QObject):
    """One QAction for each spec. An action is hidden until something was connected to it: menus show only
    what works."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for spec in SPECS:
            action = self._actions[spec.key] = self._make(spec)
            window.addAction(action)

    def __getitem__(self, key: str) -> QAction:
        return self._actions[key]

    def has(self, key: str) -> bool:
        """Return whether there is such an action."""
        return key in self._actions

    def check(self, key: str) -> None:
        """Show the action as the chosen one of its group, where there is such an action."""
        if key in self._actions:
            self._actions[key].setChecked(True)

    def connect_to(self, key: str, slot: Callable[[], object]) -> QAction:
        """Call ``slot`` when the action is triggered, and show the action."""
        action = self._actions[key]
        action.triggered.connect(lambda _checked=False: slot())
        action.setVisible(True)
        action.setEnabled(True)
        return action

    def shown(self) -> Iterator[tuple[ActionSpec, QAction]]:
        """Yield specs and actions that work, in menu order."""
        for spec in SPECS:
            action = self._actions[spec.key]
            if action.isVisible():
                yield spec, action

    def rebind(self, chosen: Bindings) -> None:
        """Give actions the keys that a person chose, the others those as shipped; it holds at once.

        Where two would have the same keys, which only an older or newer program can leave behind, whoever was
        chosen has them.
        """
        taken = {key for name, keys in chosen.items() if name in self._actions for key in keys}
        for spec in SPECS:
            keys = chosen.get(spec.key)
            mine = keys if keys is not None else tuple(key for key in spec.keys if key not in taken)
            self._actions[spec.key].setShortcuts([QKeySequence(key) for key in mine])

    def holder(self, keys: str) -> ActionSpec | None:
        """Return which action has these keys."""
        wanted = QKeySequence(keys)
        return next((spec for spec in SPECS if wanted in self._actions[spec.key].shortcuts()), None)

    def for_letter(self, letter: str) -> QAction | None:
        """Return the action of a single letter (K23)."""
        return next(
            (
                self._actions[spec.key]
                for spec in SPECS
                if spec.letter == letter and self._actions[spec.key].isVisible()
            ),
            None,
        )

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setObjectName(spec.key)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(spec.role)
        action.setVisible(False)
        action.setEnabled(False)
        if spec.icon:
            bind_icon(action, spec.icon, "muted", size=16)
        if spec.group:
            action.setCheckable(True)
            self._group(spec.group).addAction(action)
        elif spec.checkable:
            action.setCheckable(True)
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]


def translated(text: str) -> str:
    """Return a text of this registry in the language in force."""
    return QCoreApplication.translate("Actions", text)
