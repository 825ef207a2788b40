"""Frame: the window before it is filled. Whatever is imported here is paid before the first picture."""

from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QWidget

from desktop_inbox.views.first_sight import FirstSight, remember
from desktop_inbox.views.placement import restore_geometry


class Frame(QMainWindow):
    """A window in its place, with the first sight of its contents."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Desktop Inbox")
        self.filled = False
        self.left_early = False  # closed before it was filled
        self._settings = QSettings()
        saved = self._settings.value("geometry")
        restore_geometry(self, saved if isinstance(saved, QByteArray) else None, QGuiApplication.screens())
        self.first_sight = FirstSight(self._settings)
        self.setCentralWidget(self.first_sight)

    def come_forward(self) -> None:
        """Show the window above others."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back to the place before."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def save_place(self, rows: QWidget) -> None:
        """Remember where the window stands, and where its list does, for the next start."""
        self._settings.setValue("geometry", self.saveGeometry())
        remember(self._settings, QRect(rows.mapTo(self, QPoint(0, 0)), rows.size()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Before the window is filled, leave as soon as that is possible."""
        event.ignore()
        self.left_early = True
        self.hide()
