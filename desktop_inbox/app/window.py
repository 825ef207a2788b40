"""The program with a window: starts the loop, the store and the services in the order a person notices least."""

import asyncio
import logging
import sys
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QCoreApplication, QLocale, QProcess, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_inbox.config import Config
from desktop_inbox.errors import InboxError
from desktop_inbox.events import EventBus, ProblemFound
from desktop_inbox.models.entities.user import User
from desktop_inbox.models.store import Store
from desktop_inbox.services import logs
from desktop_inbox.views import aio
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.confirm import ConfirmDialog, confirmed
from desktop_inbox.views.services import Services
from desktop_inbox.views.shell import Shell
from desktop_inbox.views.signals import ended_by_signals
from desktop_inbox.views.single_instance import SingleInstance
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.tray import tray_icon

from .office import Office, build_office, open_store, window_instance

_log = logging.getLogger(__name__)
_FAILED = 5  # the exit code for a database that cannot be opened, as on the command line
_PATIENCE = 2.5  # seconds that leaving waits for what is under way; the outbox clears up the rest


def run(profile: str | None, *, demo: bool, hidden: bool) -> int:
    """Open the window of a profile; a second start brings the first one forward."""
    config = Config.load(profile, demo=demo)
    config.prepare()
    bus = EventBus()
    opener = ThreadPoolExecutor(1, thread_name_prefix="open")
    opening = opener.submit(_open, config, bus)  # while Qt gets ready
    opener.shutdown(wait=False)
    application = _application(config)
    instance = SingleInstance(str(config.data_dir))
    if not instance.claim():
        opening.add_done_callback(_close_store)
        return 0
    logs.start(config.logs_dir)
    try:
        return aio.run(application, lambda: _Program(config, bus, instance).main(opening, hidden=hidden))
    finally:
        instance.release()


def _application(config: Config) -> QApplication:
    QGuiApplication.setApplicationName("Desktop Inbox")  # what assistive technology calls the program
    QGuiApplication.setApplicationDisplayName("Desktop Inbox")
    QGuiApplication.setDesktopFileName("desktop-inbox")
    QApplication.setOrganizationName("Desktop Inbox")
    if sys.platform == "win32":
        # Before the first window, or the task bar groups us under Python.
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("DesktopInbox.DesktopInbox")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(config.data_dir))
    QLocale.setDefault(QLocale.system())
    application = QApplication(sys.argv[:1])
    application.setWindowIcon(tray_icon(0))
    theme().apply()
    return application


class _Program:
    """One run of the window."""

    def __init__(self, config: Config, bus: EventBus, instance: SingleInstance) -> None:
        self._config, self._bus, self._instance = config, bus, instance
        self._quit = asyncio.Event()
        self._leaving_demo = False

    async def main(self, opening: "Future[tuple[Store, User]]", *, hidden: bool) -> int:
        """Run until somebody quits; returns the exit code."""
        try:
            store, user = await asyncio.wrap_future(opening)
        except InboxError as error:
            _log.error("the store cannot be opened: %s", error.code)
            await _tell(error)
            return _FAILED
        store.attach(asyncio.get_running_loop())
        office = build_office(self._config, store, user, self._bus)
        try:
            await self._with(office, hidden=hidden)
        finally:
            await office.close()
        if self._leaving_demo:
            QProcess.startDetached(sys.executable, ["-m", "desktop_inbox"])
        return 0

    async def _with(self, office: Office, *, hidden: bool) -> None:
        await office.prepare()
        await office.settings.load()
        bridge = EventBridge(self._bus)
        tasks = Tasks()
        shell = Shell(services_of(office), tasks, bridge, demo=self._config.demo)
        shell.quit_requested.connect(self._quit.set)
        shell.demo_leave_requested.connect(lambda: tasks.start(self._leave_demo(office, shell), name="leave the demo"))
        self._instance.called.connect(lambda _arguments: shell.window.come_forward())
        if not hidden:
            shell.window.show()
        shell.start()
        if hidden and not shell.tray.available:
            shell.window.show()  # or nobody could ever reach it
        carrying = asyncio.create_task(self._carry(office))
        with ended_by_signals(self._quit.set):
            await self._quit.wait()
        await shell.shut_down()
        bridge.close()
        carrying.cancel()
        await asyncio.wait([carrying], timeout=_PATIENCE + 0.5)

    async def _carry(self, office: Office) -> None:
        """Fetch and send until cancelled. The inbox can be read without, so trouble is told and not fatal."""
        try:
            await office.feed.start()
            async with office.carrying(patience=_PATIENCE):
                await asyncio.Event().wait()
        except InboxError as error:
            _log.exception("nothing is fetched or sent")
            self._bus.publish(ProblemFound(code=error.code, message=error.message, hint=error.hint))

    async def _leave_demo(self, office: Office, shell: Shell) -> None:
        window = shell.window
        if await confirmed(
            window,
            title=window.tr("Leave the demo?"),
            text=window.tr("The invented office is removed and the program starts again with your own, empty inbox."),
            verb=window.tr("Remove the demo"),
        ):
            await office.wipe_demo()
            self._leaving_demo = True
            self._quit.set()


def services_of(office: Office) -> Services:
    """Return what the panes are given."""
    return Services(
        inbox=office.inbox,
        contacts=office.contacts,
        channels=office.channels,
        outbox=office.outbox,
        search=office.search,
        attachments=office.attachments,
        settings=office.settings,
        sync=office.sync,
        export=office.export,
        clock=office.clock,
        secrets=office.secrets,
        user_id=office.user.id,
    )


def _open(config: Config, bus: EventBus) -> tuple[Store, User]:
    return open_store(config, bus, instance=window_instance(config))


def _close_store(opening: "Future[tuple[Store, User]]") -> None:
    if opening.exception() is None:
        opening.result()[0].close()


async def _tell(error: InboxError) -> None:
    dialog = ConfirmDialog(
        None, title=error.message, text=error.hint, verb=QCoreApplication.translate("Program", "Quit")
    )
    dialog.open()
    await aio.emitted(dialog.finished)
