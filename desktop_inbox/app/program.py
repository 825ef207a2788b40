"""Program: one run of the window, once its first picture is painted: loop, store, services, panes, in this order."""

import asyncio
import gc
import importlib
import logging
import os
import shutil
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QProcess, Qt
from PySide6.QtWidgets import QApplication

from desktop_inbox.config import DEMO_PROFILE, Config
from desktop_inbox.errors import InboxError
from desktop_inbox.events import EventBus, ProblemFound
from desktop_inbox.views import aio
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.single_instance import SingleInstance
from desktop_inbox.views.theme import theme

from .first_rows import FirstRows
from .milestones import Milestone, reach

if TYPE_CHECKING:
    from desktop_inbox.models.entities.user import User
    from desktop_inbox.models.store import Store
    from desktop_inbox.views.services import Services
    from desktop_inbox.views.shell import Shell

    from .office import Office

_log = logging.getLogger(__name__)
_FAILED = 5  # the exit code for a database that cannot be opened, as on the command line
_PATIENCE = 2.0  # seconds that leaving waits for what is under way; the outbox clears up the rest
_LATEST = 3.0  # seconds after which the process is gone, whatever is under way
_TRY_AGAIN = 10.0
#: The first minutes belong to whoever opened the window: daily copies and checks read the whole file.
QUIET_START = 120.0  # seconds
_CURED_BY_BACKUP = {"store_corrupt", "store_empty", "store_foreign"}


#: Imported one by one, so that the window answers in between.
_PIECES = (
    "services", "tasks", "panes.conversation_rows", "panes.conversation_list", "controllers.conversations",
    "window_parts", "panes.composer", "panes.conversation", "panes.details", "parts", "notifications", "shell",
)  # fmt: skip


def refuse_to_start(error: InboxError) -> int:
    """Say why there can be no window; returns the exit code.

    A program that was started by a click has no terminal to say it in.
    """
    from .window import make_application

    return aio.run(make_application(None), lambda: _refuse(error))


class Program:
    """One run of the window."""

    def __init__(
        self, config: Config, instance: SingleInstance, window: MainWindow, rows: FirstRows | None = None
    ) -> None:
        self._config, self._instance, self._window, self._rows = config, instance, window, rows
        self._bus = EventBus()
        self._quit = asyncio.Event()
        self._leaving_demo = False
        self._nothing_left = False

    def run(self, application: QApplication) -> int:
        """Run until somebody quits; returns the exit code."""
        opener = ThreadPoolExecutor(1, thread_name_prefix="open")
        reach(Milestone.STORE)
        opening = opener.submit(_open, self._config, self._bus)
        opener.shutdown(wait=False)
        return aio.run(application, lambda: self._main(opening))

    async def _main(self, opening: "Future[tuple[Store, User]]") -> int:
        try:
            store, user = await asyncio.wrap_future(opening)
        except InboxError as error:
            self._window.hide()
            _log.error("the store cannot be opened: %s", error.code)
            return await self._without_store(error)
        # Only now, as two threads that import the same modules wait for each other.
        for piece in _PIECES:
            importlib.import_module(f"desktop_inbox.views.{piece}")
            await asyncio.sleep(0)
        gc.freeze()  # modules live as long as the program; looking through them would make pauses
        from .office import build_office

        store.attach(asyncio.get_running_loop())
        office = build_office(self._config, store, user, self._bus)
        try:
            await self._with(office)
            if self._leaving_demo:
                _start_again([])
        except InboxError as error:
            self._window.hide()
            _log.exception("the window cannot be opened")
            return await _refuse(error)
        finally:
            await office.close()
        if self._nothing_left and self._config.profile == DEMO_PROFILE:
            await asyncio.to_thread(shutil.rmtree, self._config.data_dir, ignore_errors=True)
        return 0

    async def _without_store(self, error: InboxError) -> int:
        """Say why the database cannot be used, and offer the last good copy where that helps."""
        from desktop_inbox.services.backup import newest_good, restore
        from desktop_inbox.views.dialogs.confirm import confirmed

        _take_look()
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

    async def _with(self, office: "Office") -> None:
        from desktop_inbox.views.bridge import EventBridge
        from desktop_inbox.views.shell import Shell
        from desktop_inbox.views.signals import ended_by_signals
        from desktop_inbox.views.tasks import Tasks

        await office.prepare()
        await office.settings.load()
        bridge = EventBridge(self._bus)
        tasks = Tasks()
        wanted = self._window.first_sight.wanted
        shell = Shell(services_of(office), tasks, bridge, window=self._window, demo=self._config.demo)
        shell.quit_requested.connect(self._quit.set)
        shell.demo_leave_requested.connect(lambda: tasks.start(self._leave_demo(office, shell), name="leave the demo"))
        self._instance.called.connect(lambda _arguments: shell.window.come_forward())
        self._show(shell)
        if wanted is not None:
            shell.window.controller.open_id(wanted)
        reach(Milestone.READY)
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

    def _show(self, shell: "Shell") -> None:
        window, hidden = shell.window, self._rows is None
        rows = window.pane.rows
        rows.loaded.connect(lambda: reach(Milestone.LOADED))
        # Now already, for a program that is ended the hard way; and again whenever it is left.
        rows.loaded.connect(lambda: window.save_place(rows), Qt.ConnectionType.SingleShotConnection)
        if window.left_early:
            self._quit.set()
        elif not hidden:
            window.show()
        shell.start(None if self._rows is None else self._rows.page)
        if hidden and not shell.tray.available:
            window.show()  # or nobody could ever reach it

    async def _carry(self, office: "Office") -> None:
        """Fetch and send until cancelled. The inbox can be read without, so trouble is told and tried again."""
        while True:
            try:
                await office.feed.start()
                async with office.carrying(patience=_PATIENCE, quiet=QUIET_START):
                    reach(Milestone.CARRYING)
                    await asyncio.Event().wait()
            except InboxError as error:
                _log.warning("nothing is fetched or sent: %s", error.code)
                self._bus.publish(ProblemFound(code=error.code, message=error.message, hint=error.hint))
            except Exception:  # noqa: BLE001 - the edge: sending must begin again
                _log.exception("nothing is fetched or sent")
            await asyncio.sleep(_TRY_AGAIN)

    async def _leave_demo(self, office: "Office", shell: "Shell") -> None:
        from desktop_inbox.views.dialogs.confirm import confirmed

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


def services_of(office: "Office") -> "Services":
    """Return what the panes are given."""
    from desktop_inbox.views.services import Services

    return Services(
        inbox=office.inbox,
        states=office.states,
        deletion=office.deletion,
        undo=office.undo,
        users=office.users,
        contacts=office.contacts,
        directory=office.directory,
        folders=office.folders,
        labels=office.labels,
        people=office.people,
        tags=office.tags,
        segments=office.segments,
        fields=office.fields,
        comments=office.comments,
        activity=office.activity,
        channels=office.channels,
        outbox=office.outbox,
        resends=office.resends,
        teams=office.teams,
        blocked_time=office.blocked_time,
        terms=office.terms,
        error_log=office.error_log,
        snippets=office.snippets,
        variables=office.variables,
        consent=office.consent,
        search=office.search,
        attachments=office.attachments,
        settings=office.settings,
        sync=office.sync,
        export=office.export,
        conversation_export=office.conversation_export,
        schedules=office.schedules,
        clock=office.clock,
        broadcasts=office.broadcasts,
        tracking=office.tracking,
        reports=office.reports,
        campaigns=office.campaigns,
        reminders=office.reminders,
        secrets=office.secrets,
        user_id=office.user.id,
    )


def _open(config: Config, bus: EventBus) -> "tuple[Store, User]":
    """Import the services, and open the store: on a worker thread, while the window shows its first rows."""
    from desktop_inbox.services import logs

    from .office import open_store, window_instance

    logs.start(config.logs_dir)
    return open_store(config, bus, instance=window_instance(config))


def _start_again(arguments: list[str]) -> None:
    """Start the program anew as a process of its own; a packaged one is its own interpreter."""
    module = [] if getattr(sys, "frozen", False) else ["-m", "desktop_inbox"]
    QProcess.startDetached(sys.executable, [*module, *arguments])


def _leave_in_time() -> None:
    """End the process when a call that cannot be interrupted would keep it (UX-S13).

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
    from desktop_inbox.views.dialogs.confirm import ConfirmDialog

    _take_look()
    dialog = ConfirmDialog(None, title=error.message, text=error.hint, verb=_translate("Quit"))
    dialog.setWindowTitle("Desktop Inbox")
    dialog.cancel.hide()  # there is nothing to go back to
    dialog.open()
    await aio.emitted(dialog.finished)
    return _FAILED


def _take_look() -> None:
    """A dialog may be all that is ever shown: nothing has chosen colours then."""
    if not theme().generation:
        theme().apply()


def _translate(text: str) -> str:
    return QCoreApplication.translate("Program", text)
