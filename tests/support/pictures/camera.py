"""Camera: a window on an invented office, and pictures of it with whatever lies over it."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPlainTextEdit, QWidget

from desktop_inbox.app.office import Office
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.details import DetailsPane

SETTLE = 1.0  # seconds in which a click has painted everything, on a slow computer too
_PATIENCE = 10.0


class Camera:
    """``look`` is the end of every file's name: light, dark, ..."""

    def __init__(self, office: Office, window: MainWindow, folder: Path) -> None:
        self.office, self.window, self.folder = office, window, folder
        self.look = ""

    # Taking

    async def take(self, name: str) -> None:
        """Take the window with the popups and dialogs over it."""
        await asyncio.sleep(SETTLE)
        picture = self.window.grab()
        above = [one for one in QApplication.topLevelWidgets() if self._lies_over(one)]
        painter = QPainter(picture)
        for widget in sorted(above, key=lambda one: isinstance(one, QMenu)):
            self._lay(painter, widget)
        painter.end()
        self._save(picture, name)

    async def take_only(self, widget: QWidget, name: str) -> None:
        """Take one widget."""
        await asyncio.sleep(SETTLE)
        self._save(widget.grab(), name)

    def _save(self, picture: QPixmap, name: str) -> None:
        path = str(self.folder / f"{name}-{self.look}.png")
        picture.save(path)
        convert = shutil.which("convert") if sys.platform != "win32" else None  # elsewhere it is of the system
        if convert is not None:
            few = ["+dither", "-colors", "255", "-strip", "-define", "png:compression-level=9"]
            subprocess.run([convert, path, *few, f"png8:{path}"], check=True)

    def _lies_over(self, widget: QWidget) -> bool:
        return widget is not self.window and widget.isVisible() and widget.width() > 1

    def _lay(self, painter: QPainter, widget: QWidget) -> None:
        place = widget.mapToGlobal(QPoint()) - self.window.mapToGlobal(QPoint())
        if isinstance(widget, QDialog) and widget.windowType() is not Qt.WindowType.Popup:
            painter.fillRect(painter.viewport(), QColor(0, 0, 0, 60))
            free = self.window.size() - widget.size()
            place = QPoint(free.width() // 2, free.height() // 2)
        frame = QRect(place, widget.size())
        for edge in range(1, 7):
            painter.fillRect(frame.adjusted(-edge, -edge + 2, edge, edge + 2), QColor(0, 0, 0, 8))
        painter.drawPixmap(place, widget.grab())
        painter.setPen(QColor(128, 128, 128, 110))
        painter.drawRect(frame.adjusted(0, 0, -1, -1))

    # Going

    async def until(self, condition: Callable[[], object]) -> None:
        """Let everything live until a condition holds. Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            while not condition():
                await asyncio.sleep(0.05)

    async def open(self, name: str) -> ConversationId:
        """Open the conversation with somebody."""
        found = await self.office.contacts.find(name, limit=1)
        key = await self.office.contacts.conversation_of(found[0].id)
        self.window.show_page("inbox")
        self.window.controller.open_id(key)
        await self.until(lambda: (now := self.window.controller.current) is not None and now.id == key)
        await asyncio.sleep(SETTLE)
        return key

    def act(self, key: str) -> None:
        """Run an action."""
        self.window.actions_[key].trigger()

    def type(self, editor: QPlainTextEdit, text: str) -> None:
        """Type into a field, as soon as the loop runs: keys at once would run it inside the task that is running."""
        self.window.activateWindow()  # a popup that was closed may have left no window active
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        for letter in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                QApplication.postEvent(editor, event)

    async def clear(self) -> None:
        """Close whatever lies over the window."""
        for widget in QApplication.topLevelWidgets():
            if self._lies_over(widget):
                widget.close()
        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()
        await asyncio.sleep(0.1)

    async def quiet(self) -> None:
        """Let the notes at the lower edge go, which lie over the last rows."""
        for toast in self.window.toasts.shown:
            toast.dismiss()
        await self.until(lambda: not self.window.toasts.shown)

    # Parts

    @property
    def conversation(self) -> ConversationPane:
        """The middle of the window."""
        found = self.window.findChild(ConversationPane)
        assert isinstance(found, ConversationPane)
        return found

    @property
    def details(self) -> DetailsPane:
        """The right of the window."""
        found = self.window.findChild(DetailsPane)
        assert isinstance(found, DetailsPane)
        return found
