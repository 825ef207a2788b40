"""FolderReader: reads what the page of folders shows, away from the GUI thread and not more often than it helps."""

import time
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_inbox.errors import InboxError
from desktop_inbox.events import (
    BatchChanged,
    BulkChanged,
    ContactChanged,
    Event,
    LabelsChanged,
    MessageChanged,
    MessageQueued,
    MessageReceived,
    MessageStatusChanged,
    ScheduleChanged,
    TimelineEntryAdded,
)
from desktop_inbox.models.entities.folder import (
    EVERYTHING,
    Folder,
    FolderCursor,
    FolderFilter,
    FolderPage,
    Place,
)
from desktop_inbox.services.folders import FolderService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.tasks import Tasks

CALM: Final = 1.0  # seconds between two readings, at least
_SOON: Final = 0.15  # seconds after the first change of a quiet time
_SHARE: Final = 10  # a reading that takes long is not begun again before ten times as long has passed
PAGE: Final = 100
_RENEWED: Final = 2000  # rows that are read again when something changed
_CONCERNED: Final = (
    MessageReceived, MessageQueued, MessageStatusChanged, MessageChanged, TimelineEntryAdded, LabelsChanged,
    BatchChanged, BulkChanged, ContactChanged, ScheduleChanged,
)  # fmt: skip


class FolderReader(QObject):
    """One list at a time. ``changed`` comes when there is something to read while nobody may be looking."""

    looked = Signal(object, bool)  # FolderLook; whether it is of another list than the one before
    added = Signal(object)  # FolderPage
    failed = Signal(object)  # InboxError

    def __init__(self, folders: FolderService, tasks: Tasks, bridge: EventBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._folders, self._tasks = folders, tasks
        self.place: Place = Folder.INBOX
        self.wanted: FolderFilter = EVERYTHING
        self.unfolded: set[int] = set()
        self.looking = False  # whether somebody sees the page
        self.stale = False
        self.readings = 0
        self._shown: FolderFilter = EVERYTHING
        self._generation = 0
        self._fresh = True
        self._busy = False
        self._rows = PAGE
        self._ended, self._took = -CALM, 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        bridge.event.connect(self._hear)

    def show(self, place: Place, wanted: FolderFilter) -> None:
        """Read another list from its beginning."""
        self.place, self.wanted = place, wanted
        self._rows, self._fresh = PAGE, True
        self.refresh()

    def refresh(self, rows: int | None = None) -> None:
        """Read again what is shown: as many rows as there were."""
        self._generation += 1
        self.stale = False
        self._timer.stop()
        self._rows = max(PAGE, min(rows or self._rows, _RENEWED))
        self._busy = True
        self._tasks.start(self._look(self._generation), on_error=self._fail, name="folder")

    def more(self, after: FolderCursor, rows: int) -> None:
        """Read the rows behind ``after``; there are ``rows`` by now."""
        self._rows = rows + PAGE
        self._tasks.start(self._add(self._generation, after), on_error=self._fail, name="more of a folder")

    def fold(self, batch_id: int) -> None:
        """Show the messages of a broadcast in the outbox, or one row for them again."""
        self.unfolded ^= {batch_id}
        self._fresh = True
        self.refresh()

    def catch_up(self) -> None:
        """Somebody sees the page again."""
        self.looking = True
        if self.stale:
            self.refresh()

    async def _look(self, generation: int) -> None:
        begin = time.monotonic()
        look = await self._folders.look(self.place, self.wanted, unfolded=tuple(self.unfolded), limit=self._rows)  # type: ignore[arg-type]
        if generation != self._generation:
            return
        self.readings += 1
        self._busy = False
        self._ended = time.monotonic()
        self._took = self._ended - begin
        fresh, self._fresh = self._fresh, False
        self._shown = look.wanted
        self.looked.emit(look, fresh)
        if self.stale:
            self._soon()

    async def _add(self, generation: int, after: FolderCursor) -> None:
        page: FolderPage = await self._folders.page(self.place, self._shown, after=after, limit=PAGE)
        if generation == self._generation:
            self.added.emit(page)

    def _fail(self, error: InboxError) -> None:
        self._busy = False
        self.failed.emit(error)

    def _hear(self, event: Event) -> None:
        if isinstance(event, _CONCERNED):
            self.stale = True
            if self.looking:
                self._soon()

    def _soon(self) -> None:
        """Read at most once a second, and never most of the time."""
        if self._timer.isActive() or self._busy:
            return
        calm = self._ended + max(CALM, self._took * _SHARE) - time.monotonic()
        self._timer.start(round(max(_SOON, calm) * 1000))
