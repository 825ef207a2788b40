"""The window's first second: a frame, then the rows that were there when it was closed, then the program.

What is imported here is paid before the first picture, so it is little: everything else comes with ``program``.
"""

import sys

from PySide6.QtCore import QCoreApplication, QEventLoop, QLocale, QObject, QSettings, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_inbox.config import Config
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.single_instance import SingleInstance

from .first_rows import FirstRows
from .milestones import Milestone, reach

_LONGEST = 1000  # milliseconds that the first rows may keep the program from starting


def run(config: Config, rows: FirstRows | None) -> int:
    """Open the window of a profile, at once where ``rows`` are to come, hidden without; a second start brings
    the first one forward. Returns the exit code."""
    application = make_application(config)
    # Before the database is touched: a second start must not migrate it under the first one.
    instance = SingleInstance(str(config.data_dir))
    if not instance.claim():
        return 0
    window = MainWindow()
    if rows is not None:
        _FirstSight(window, rows).show()
    from .program import Program

    try:
        return Program(config, instance, window, rows).run(application)
    finally:
        instance.release()


def make_application(config: Config | None) -> QApplication:
    """Return the application, with settings in the profile's folder; without a look yet."""
    QGuiApplication.setApplicationName("Desktop Inbox")  # what assistive technology calls the program
    QGuiApplication.setApplicationDisplayName("Desktop Inbox")
    QGuiApplication.setDesktopFileName("desktop-inbox")
    QCoreApplication.setOrganizationName("Desktop Inbox")
    if sys.platform == "win32":
        # Before the first window, or the task bar groups us under Python.
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("DesktopInbox.DesktopInbox")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    if config is not None:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(config.data_dir))
    QLocale.setDefault(QLocale.system())
    return QApplication(sys.argv[:1])


class _FirstSight(QObject):
    """Shows the frame, then the rows. There is no loop of coroutines yet, so an event loop of its own is safe."""

    _read = Signal()  # crosses from the reading thread

    def __init__(self, window: MainWindow, rows: FirstRows) -> None:
        super().__init__()
        self._window, self._rows = window, rows
        self._loop = QEventLoop()
        self._read.connect(self._take)

    def show(self) -> None:
        """Return when the rows are painted, or when it is known that there are none."""
        self._window.first_sight.painted.connect(self._frame_painted)
        self._window.first_sight.rows_painted.connect(self._rows_painted)
        self._window.show()
        QTimer.singleShot(_LONGEST, self._loop.quit)
        self._loop.exec()

    def _frame_painted(self) -> None:
        reach(Milestone.FRAME)
        self._rows.when_read(self._read.emit)

    def _take(self) -> None:
        page = self._rows.page
        if page is None or not self._window.first_sight.show_rows(page):
            self._loop.quit()

    def _rows_painted(self) -> None:
        reach(Milestone.ROWS)
        self._loop.quit()
