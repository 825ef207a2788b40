"""Tray: an icon that carries the number of unread conversations and brings the window back (S01, S02)."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop_inbox.clock import Clock
from desktop_inbox.views.formats import short_count
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.theme import theme

_SIZES = (16, 22, 24, 32, 48, 64)
_LOOK_AGAIN = 1000  # milliseconds: some desktops start their tray after us
_LOOKS = 30
_HALF_HOUR, _HOUR = timedelta(minutes=30), timedelta(hours=1)


class Tray(QObject):
    """The icon, its menu, and the badge on the program's button. Does nothing where there is no tray."""

    open_wanted = Signal()
    toggle_wanted = Signal()
    new_wanted = Signal()
    quit_wanted = Signal()
    message_clicked = Signal()

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._unread = 0
        self._paused_until: datetime | None = None
        self._icon = QSystemTrayIcon(self)
        self._menu = QMenu()
        self._fill_menu()
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(self.message_clicked)
        theme().changed.connect(self._draw)
        self._looks = 0
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_AGAIN)
        self._look.timeout.connect(self._try_show)
        self._draw()

    def show(self) -> None:
        """Show the icon, now or as soon as a tray appears."""
        if not self._try_show():
            self._look.start()

    def hide(self) -> None:
        """Take icon and badge away: the program ends."""
        self._look.stop()
        self._icon.hide()
        set_badge(0)

    @property
    def available(self) -> bool:
        """Whether the icon can be seen: only then may a window hide."""
        return self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def tip(self) -> str:
        """The text under the mouse."""
        return self._icon.toolTip()

    @property
    def menu(self) -> QMenu:
        """The menu of the icon."""
        return self._menu

    def set_unread(self, count: int) -> None:
        """Show how many conversations have something unread."""
        if count != self._unread:
            self._unread = count
            self._draw()
        set_badge(count)

    def notify(self, title: str, text: str) -> None:
        """Show a notification; both texts are plain."""
        if self.available:
            self._icon.showMessage(system_text(title), system_text(text), self._icon.icon(), 8000)

    @property
    def paused(self) -> bool:
        """Whether notifications are paused at present."""
        return self._paused_until is not None and self._clock() < self._paused_until

    def pause(self, until: datetime | None) -> None:
        """Pause notifications until a moment; None resumes."""
        self._paused_until = until
        self._resume.setVisible(until is not None)

    def _fill_menu(self) -> None:
        self._menu.addAction(self.tr("Open")).triggered.connect(self.open_wanted)
        self._menu.addAction(self.tr("New message")).triggered.connect(self.new_wanted)
        self._menu.addSeparator()
        pause = self._menu.addMenu(self.tr("Pause notifications"))
        choices: tuple[tuple[str, Callable[[], datetime]], ...] = (
            (self.tr("30 minutes"), lambda: self._clock() + _HALF_HOUR),
            (self.tr("1 hour"), lambda: self._clock() + _HOUR),
            (self.tr("Until tomorrow"), self._tomorrow),
        )
        for text, until in choices:
            pause.addAction(text).triggered.connect(lambda _checked=False, until=until: self.pause(until()))
        self._resume = self._menu.addAction(self.tr("Resume notifications"))
        self._resume.triggered.connect(lambda: self.pause(None))
        self._resume.setVisible(False)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Quit")).triggered.connect(self.quit_wanted)

    def _tomorrow(self) -> datetime:
        """Eight in the morning of the next local day."""
        local = self._clock().astimezone()
        return datetime.combine(local.date() + timedelta(days=1), time(8), tzinfo=local.tzinfo)

    def _try_show(self) -> bool:
        self._looks += 1
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._icon.show()
            self._look.stop()
            return True
        if self._looks >= _LOOKS:
            self._look.stop()
        return False

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # A click opens the menu on macOS.
        if QGuiApplication.platformName() != "cocoa" and reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.toggle_wanted.emit()

    def _draw(self) -> None:
        self._icon.setIcon(tray_icon(self._unread))
        name = "Desktop Inbox"
        self._icon.setToolTip(f"{name}: {self.tr('%n unread', '', self._unread)}" if self._unread else name)


def system_text(text: str) -> str:
    """Return ``text`` for the desktop's notifications. Those of Linux may take it for markup, with pictures and
    links, and there is no way to tell; so what opens a tag becomes a mark that looks like it."""
    if QGuiApplication.platformName() in ("windows", "cocoa"):
        return text
    return text.replace("<", "\u2039")


def set_badge(count: int) -> None:
    """Put the number on the program's button in the task bar or dock (S02); 0 clears it."""
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        return
    # On Linux Qt makes a D-Bus path of the name, in which a space is not allowed; assistive technology reads
    # the same name aloud, so it has one at all other times.
    name = app.applicationName()
    app.setApplicationName(name.replace(" ", "_"))
    try:
        app.setBadgeNumber(count)
    finally:
        app.setApplicationName(name)


def tray_icon(unread: int) -> QIcon:
    """Return the program's icon with the number of unread conversations drawn in."""
    result = QIcon()
    for size in _SIZES:
        result.addPixmap(_draw(size, unread))
    return result


def _draw(size: int, unread: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("accent"))
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.24, size * 0.24)
    inner = round(size * 0.68)
    painter.drawPixmap((size - inner) // 2, (size - inner) // 2, icon_pixmap("messages-square", "on_accent", inner))
    if unread:
        _draw_number(painter, size, short_count(unread))
    painter.end()
    return pixmap


def _draw_number(painter: QPainter, size: int, text: str) -> None:
    height = size * 0.62
    font = QFont()
    font.setPixelSize(max(7, round(height * (0.78 if len(text) < 3 else 0.6))))
    font.setBold(True)
    painter.setFont(font)
    width = min(float(size), max(height, painter.fontMetrics().horizontalAdvance(text) + size * 0.18))
    spot = QRectF(size - width, size - height, width, height)
    painter.setBrush(theme().color("attention"))
    painter.drawRoundedRect(spot, height / 2, height / 2)
    painter.setPen(theme().color("on_attention"))
    painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)
