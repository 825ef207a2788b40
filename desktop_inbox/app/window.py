"""The program with a window: starts the loop, the store and the services in the order a person notices least."""

import asyncio
import logging
import os
import shutil
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QCoreApplication, QLocale, QProcess, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_inbox.config import DEMO_PROFILE, Config
from desktop_inbox.errors import InboxError
from desktop_inbox.events import EventBus, ProblemFound
from desktop_inbox.models.entities.user import User
from desktop_inbox.models.store import Store
from desktop_inbox.services import logs
from desktop_inbox.services.backup import newest_good, restore
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
_PATIENCE = 2.0  # seconds that leaving waits for what is under way; the outbox clears up the rest
_LATEST = 3.0  # seconds after which the process is gone, whatever is under way
_TRY_AGAIN = 10.0
_CURED_BY_BACKUP = {"store_corrupt", "store_empty", "store_foreign"}


def run(profile: str | None, *, demo: bool, hidden: bool) -> int:
    """Open the window of a profile; a second start brings the first one forward."""
    try:
        config = Config.load(profile, demo=demo)
        config.prepare()
    except InboxError as error:
        # A program that was started by a click has no terminal to say it in.
        refusal = error
        return aio.run(_application(None), lambda: _refuse(refusal))
    application = _application(config)
    # Before the database is touched: a second start must not migrate it under the first one.
    instance = SingleInstance(str(config.data_dir))
    if not instance.claim():
        return 0
    logs.start(config.logs_dir)
    bus = EventBus()
    opener = ThreadPoolExecutor(1, thread_name_prefix="open")
    opening = opener.submit(_open, config, bus)
    opener.shutdown(wait=False)
    try:
        return aio.run(application, lambda: _Program(config, bus, instance).main(opening, hidden=hidden))
    finally:
        instance.release()


def _application(config: Config | None) -> QApplication:
    QGuiApplication.setApplicationName("Desktop Inbox")  # what assistive technology calls the program
    QGuiApplication.setApplicationDisplayName("Desktop Inbox")
    QGuiApplication.setDesktopFileName("desktop-inbox")
    QApplication.setOrganizationName("Desktop Inbox")
    if sys.platform == "win32":
        # Before the first window, or the task bar groups us under Python.
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("DesktopInbox.DesktopInbox")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    if config is not None:
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
        self._nothing_left = False

    async def main(self, opening: "Future[tuple[Store, User]]", *, hidden: bool) -> int:
        """Run until somebody quits; returns the exit code."""
        try:
            store, user = await asyncio.wrap_future(opening)
        except InboxError as error:
            _log.error("the store cannot be opened: %s", error.code)
            return await self._without_store(error)
        store.attach(asyncio.get_running_loop())
        office = build_office(self._config, store, user, self._bus)
        try:
            await self._with(office, hidden=hidden)
            if self._leaving_demo:
                _start_again([])
        except InboxError as error:
            _log.exception("the window cannot be opened")
            return await _refuse(error)
        finally:
            await office.close()
        if self._nothing_left and self._config.profile == DEMO_PROFILE:
            await asyncio.to_thread(shutil.rmtree, self._config.data_dir, ignore_errors=True)
        return 0

    async def _without_store(self, error: InboxError) -> int:
        """Say why the database cannot be used, and offer the last good copy where that helps."""
        copy = None
        if error.code in _CURED_BY_BACKUP:
            copy = await asyncio.to_thread(newest_good, self._config.backups_dir)
        if copy is None:
            return await _refuse(error)
        wanted = await confirmed(
            None,
            title=error.message,
            text=_translate("The last good backup can take its place; the present file is kept beside it."),
            detail=copy.name,
            verb=_translate("Restore the backup"),
        )
        if wanted:
            await asyncio.to_thread(restore, copy, self._config.database_url)
            self._instance.release()
            _start_again(["--profile", self._config.profile])
        return _FAILED

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
        carrying = asyncio.create_task(self._carry(office), name="fetch and send")
        try:
            with ended_by_signals(self._quit.set):
                await self._quit.wait()
        finally:
            self._instance.release()  # a start from now on opens a window of its own
            _leave_in_time()
            await shell.shut_down()
            bridge.close()
            carrying.cancel()
            await asyncio.wait([carrying], timeout=_PATIENCE)

    async def _carry(self, office: Office) -> None:
        """Fetch and send until cancelled. The inbox can be read without, so trouble is told and tried again."""
        while True:
            try:
                await office.feed.start()
                async with office.carrying(patience=_PATIENCE):
                    await asyncio.Event().wait()
            except InboxError as error:
                _log.warning("nothing is fetched or sent: %s", error.code)
                self._bus.publish(ProblemFound(code=error.code, message=error.message, hint=error.hint))
            except Exception:  # noqa: BLE001 - the edge: sending must begin again
                _log.exception("nothing is fetched or sent")
            await asyncio.sleep(_TRY_AGAIN)

    async def _leave_demo(self, office: Office, shell: Shell) -> None:
        window = shell.window
        if await confirmed(
            window,
            title=window.tr("Leave the demo?"),
            text=window.tr("The invented office is removed and the program starts again with your own, empty inbox."),
            verb=window.tr("Remove the demo"),
            danger=True,
        ):
            await office.wipe_demo()
            # Somebody may have connected a real channel here; what came through it stays.
            self._nothing_left = not (self._config.is_team or await office.channels.all())
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


def _start_again(arguments: list[str]) -> None:
    """Start the program anew as a process of its own; a packaged one is its own interpreter."""
    module = [] if getattr(sys, "frozen", False) else ["-m", "desktop_inbox"]
    QProcess.startDetached(sys.executable, [*module, *arguments])


def _leave_in_time() -> None:
    """End the process when a call that cannot be interrupted would keep it (S13).

    Nothing is lost: the outbox and the database are made for a power cut at any moment.
    """

    def leave() -> None:
        _log.warning("left while something was still under way")
        logging.shutdown()
        os._exit(0)

    guard = threading.Timer(_LATEST, leave)
    guard.daemon = True
    guard.start()


async def _refuse(error: InboxError) -> int:
    """Say why the program cannot start; returns its exit code."""
    dialog = ConfirmDialog(None, title=error.message, text=error.hint, verb=_translate("Quit"))
    dialog.setWindowTitle("Desktop Inbox")
    dialog.cancel.hide()  # there is nothing to go back to
    dialog.open()
    await aio.emitted(dialog.finished)
    return _FAILED


def _translate(text: str) -> str:
    return QCoreApplication.translate("Program", text)
