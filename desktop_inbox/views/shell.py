"""Shell: the window with all its panes, the tray icon and the notifications: what ``app`` starts and stops."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from desktop_inbox.errors import InboxError
from desktop_inbox.events import Event, ProblemFound
from desktop_inbox.models.entities.conversation import ConversationSummary, View, ViewCount
from desktop_inbox.models.entities.page import Page
from desktop_inbox.services.secrets import SecretMode
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.secret_place import UnlockVaultDialog
from desktop_inbox.views.hints import Hint, Hints
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.notifications import Notifier
from desktop_inbox.views.parts import make_parts, offer_first_run
from desktop_inbox.views.preferences import BADGE, Badge
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.tray import Tray, tray_icon


class Shell(QObject):
    """Everything a person sees. ``quit_requested`` asks ``app`` to stop; ``demo_leave_requested`` to wipe the demo."""

    quit_requested = Signal()
    demo_leave_requested = Signal()

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        *,
        window: MainWindow | None = None,
        demo: bool = False,
    ) -> None:
        super().__init__()
        self.window = (window or MainWindow()).fill(
            services, tasks, bridge, lambda window: make_parts(services, tasks, bridge, window), demo=demo
        )
        QGuiApplication.setWindowIcon(tray_icon(0))
        self.tray = Tray(services.clock, self)
        self.notifier = Notifier(
            services,
            tasks,
            bridge,
            self.window.preferences,
            self.tray,
            is_reading=self.window.is_reading,
            parent=self,
        )
        self.hints = Hints(self.window.preferences, self.window.toasts, self)
        self._unread = 0
        self._services, self._tasks, self._demo = services, tasks, demo
        self._connect()
        bridge.event.connect(self._hear)

    def start(self, known: Page[ConversationSummary] | None = None) -> None:
        """Fill the window, and show the icon; the services answer by now. ``known`` is shown until they do."""
        self.tray.show()
        self.window.start(known)
        if not self._demo:
            self._tasks.start(offer_first_run(self._services, self.window), name="first run")
            self._ask_for_passphrase()

    def _ask_for_passphrase(self) -> None:
        """Channels whose secrets lie in a vault wait until it is open."""
        secrets = self._services.secrets
        if secrets is None or secrets.mode is not SecretMode.VAULT or secrets.opens_by_itself:
            return
        dialog = UnlockVaultDialog(secrets, self._tasks, self.window)
        dialog.unlocked.connect(lambda: self._tasks.start(self._services.sync.fetch_now(), name="fetch"))
        dialog.open()

    async def shut_down(self) -> None:
        """Hand over what was typed and close everything."""
        await self.window.shut_down()
        self.tray.hide()
        self.window.hide()

    def _connect(self) -> None:
        window, tray = self.window, self.tray
        # The dock brings a hidden window back on macOS, the tray elsewhere.
        window.can_hide = lambda: tray.available or QGuiApplication.platformName() == "cocoa"
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._state_changed)
        window.quit_requested.connect(self.quit_requested)
        window.demo_leave_requested.connect(self.demo_leave_requested)
        window.hidden_to_tray.connect(self._tell_hidden)
        window.minimised_instead.connect(self.hints.window_minimised)
        window.counts_changed.connect(self._count)
        window.notice_wanted.connect(tray.notify)
        window.controller.opened.connect(lambda summary: self.notifier.seen(summary.id))
        window.controller.opened.connect(lambda _summary: self.hints.conversation_opened())
        window.message_sent.connect(self.hints.message_sent)
        window.preferences.on_change(BADGE, lambda _badge: self._show_count())
        tray.open_wanted.connect(window.come_forward)
        tray.toggle_wanted.connect(self._toggle)
        tray.new_wanted.connect(self._new)
        tray.quit_wanted.connect(self.quit_requested)
        self.notifier.open_wanted.connect(window.open_conversation)
        self.notifier.unread_wanted.connect(window.show_unread)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        """A click on the dock's icon activates the program: show the window again."""
        active = state is Qt.ApplicationState.ApplicationActive
        if active and QGuiApplication.platformName() == "cocoa" and not self.window.isVisible():
            self.window.come_forward()

    def _hear(self, event: Event) -> None:
        if isinstance(event, ProblemFound):
            self.window.toasts.tell_error(InboxError(event.code, event.message, hint=event.hint))

    def _toggle(self) -> None:
        if self.window.isVisible() and self.window.isActiveWindow():
            self.window.hide()
        else:
            self.window.come_forward()

    def _new(self) -> None:
        self.window.come_forward()
        self.window.actions_["conversation.new"].trigger()

    def _count(self, counts: Mapping[View, ViewCount]) -> None:
        if View.ALL in counts:
            self._unread = counts[View.ALL].unread
            self._show_count()

    def _show_count(self) -> None:
        wanted = self.window.preferences.get(BADGE) is Badge.CONVERSATIONS
        self.tray.set_unread(self._unread if wanted else 0)

    def _tell_hidden(self) -> None:
        """Say once that the program goes on in the tray (S03)."""
        if self.hints.is_new(Hint.TRAY):
            text = self.tr("Desktop Inbox keeps running here, so that messages arrive. Settings can change that.")
            self.tray.notify("Desktop Inbox", text)
