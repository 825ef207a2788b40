"""ProgressDialog: something that takes a while, how far it is, and a way to stop it."""

import threading
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

#: Gets (progress, cancelled) and does the work.
Work = Callable[[Callable[[int, int], None], Callable[[], bool]], Coroutine[Any, Any, Any]]


class ProgressDialog(QDialog):
    """Runs ``work``; ``done`` has its result. An error stays readable until the dialog is closed."""

    done_with = Signal(object)
    _moved = Signal(int, int)  # crosses from any thread

    def __init__(self, title: str, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._tasks, self._stop = tasks, threading.Event()
        self._running = False
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(theme().px(380))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.status = PlainLabel("", kind="secondary", wrap=True)
        self.button = QPushButton(self.tr("Stop"))
        self.button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.button)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(title, kind="title", wrap=True))
        box.addWidget(self.bar)
        box.addWidget(self.status)
        box.addLayout(buttons)
        self._moved.connect(self._show)

    def run(self, work: Work) -> None:
        """Open, and do the work."""
        self._running = True
        self.open()
        self._tasks.start(
            work(self._moved.emit, self._stop.is_set), on_result=self._finish, on_error=self._fail, name="long work"
        )

    def reject(self) -> None:
        """Ask to stop, or close (Esc)."""
        if self._running:
            self._stop.set()
            self.status.setText(self.tr("Stopping…"))
        else:
            super().reject()

    def _show(self, done: int, total: int) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        if not self._stop.is_set():
            self.status.setText(self.tr("{done} of {total}").format(done=f"{done:,}", total=f"{total:,}"))

    def _finish(self, result: object) -> None:
        self._running = False
        self.accept()
        self.done_with.emit(result)

    def _fail(self, error: InboxError) -> None:
        self._running = False
        self.bar.hide()
        self.status.set_kind("secondary" if self._stop.is_set() else "error")
        self.status.setText(f"{error.message} {error.hint}".strip())
        self.button.setText(self.tr("Close"))
