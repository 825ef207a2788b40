"""BroadcastKeeper: stores what is written to many soon after the last key, and at once when it is left."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop_inbox.errors import InboxError
from desktop_inbox.services.broadcast_keeping import KeptBroadcast
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.views.panes.draft_keeper import RETRY_MS, SAVE_AT_LEAST_MS, SAVE_MS
from desktop_inbox.views.tasks import Tasks


class BroadcastKeeper(QObject):
    """Nothing is stored before ``begin``: until then what was kept is not shown yet."""

    def __init__(
        self, broadcasts: BroadcastService, tasks: Tasks, read: Callable[[], KeptBroadcast], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._broadcasts, self._tasks, self._read = broadcasts, tasks, read
        self._known: KeptBroadcast | None = None  # as it is stored, or need not be
        self._soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._latest = QTimer(self, singleShot=True, interval=SAVE_AT_LEAST_MS)
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        for timer in (self._soon, self._latest, self._again):
            timer.timeout.connect(self.flush)

    def begin(self) -> None:
        """What is shown is what is stored; store what changes from now on."""
        self._known = self._read()

    def touch(self) -> None:
        """Something may have changed."""
        if self._known is None:
            return
        self._soon.start()
        if not self._latest.isActive():
            self._latest.start()

    def flush(self) -> None:
        """Store now what changed since the last time."""
        self._soon.stop()
        self._latest.stop()
        if self._known is None:
            return
        kept = self._read()
        if kept != self._known:
            self._known = kept
            self._store(kept)

    def forget(self) -> None:
        """It was sent or thrown away: store nothing until something is written again."""
        self._soon.stop()
        self._latest.stop()
        self._known = self._read()
        self._store(None)

    def _store(self, kept: KeptBroadcast | None) -> None:
        self._tasks.start(self._broadcasts.keep(kept), on_error=self._failed, name="keep a broadcast")

    def _failed(self, error: InboxError) -> None:
        """Tell it and try again."""
        self._known = KeptBroadcast(name="\0")  # like nothing that is written
        self._again.start()
        self._tasks.failed.emit(error)
