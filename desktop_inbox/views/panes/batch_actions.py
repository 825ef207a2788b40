"""BatchActions: what is done about a batch: stop, cancel, move, send again, export; with questions and progress."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.entities.tracking import Tracked
from desktop_inbox.services.tracking import TrackingService
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.dialogs.files import choose_to_save
from desktop_inbox.views.dialogs.progress import ProgressDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_words import counted, when
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts


class BatchActions(QObject):
    """Each takes the batch that is chosen; the page hears by events what came of it."""

    def __init__(
        self, page: QWidget, tracking: TrackingService, services: Services, tasks: Tasks, toasts: Toasts
    ) -> None:
        super().__init__(page)
        self._page, self._tracking = page, tracking
        self._services, self._tasks, self._toasts = services, tasks, toasts

    @property
    def can_move(self) -> bool:
        """Whether the office can tell when the next allowed time is."""
        return self._services.blocked_time is not None

    def stop(self, row: Tracked) -> None:
        """Ask, then stop; tells what left and what did not (D-06)."""
        self._tasks.start(self._stop(row), name="stop a batch")

    def cancel(self, row: Tracked) -> None:
        """Ask, then call off what was not sent to anybody yet (S5-14)."""
        self._tasks.start(self._cancel(row), name="cancel a batch")

    def move(self, row: Tracked) -> None:
        """Process the rest at the next allowed time."""
        self._tasks.start(self._move(row), name="move a batch")

    def resend_failed(self, row: Tracked) -> None:
        """Ask, then send what failed again, as new messages."""
        self._tasks.start(self._resend(row), name="send again")

    def export(self, row: Tracked) -> None:
        """Ask for a file, then write the recipients."""
        name = f"{row.code}.csv"
        choose_to_save(self._page, self.tr("Export the recipients"), name, lambda target: self.write(row, target))

    def write(self, row: Tracked, target: Path) -> None:
        """Write the recipients into a file."""

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> int:
            return await self._tracking.recipients_csv(target, row.id, progress=progress, cancelled=cancelled)

        def told(count: object) -> None:
            words = self.tr("{n} recipients were written to {file}.")
            self._toasts.tell(words.format(n=f"{count:,}", file=target.name))

        self._long(self.tr("Exporting recipients"), work, told)

    async def _move(self, row: Tracked) -> None:
        if self._services.blocked_time is not None:
            at = await self._services.blocked_time.move_batch(BatchId(row.id))
            words = self.tr("{code} is sent at the next allowed time: {time}.")
            self._toasts.tell(words.format(code=row.code, time=when(at, Formats(self._services.clock))))

    async def _stop(self, row: Tracked) -> None:
        if self._services.broadcasts is None or not await confirmed(
            self._page,
            title=self.tr("Stop {code}?").format(code=row.code),
            text=self.tr("What has left cannot be called back. Everything that still waits is cancelled."),
            verb=self.tr("Stop it"),
            danger=True,
        ):
            return
        counts = await self._services.broadcasts.stop(BatchId(row.id))
        words = self.tr("Stopped: {left} had left, {cancelled} were cancelled.")
        self._toasts.tell(words.format(left=f"{counts.left:,}", cancelled=f"{counts.cancelled:,}"))

    async def _cancel(self, row: Tracked) -> None:
        if self._services.broadcasts is None or not await confirmed(
            self._page,
            title=self.tr("Cancel {code}?").format(code=row.code),
            text=self.tr("Nothing of it is sent. It stays in the list as cancelled."),
            verb=self.tr("Cancel the broadcast"),
            danger=True,
        ):
            return
        await self._services.broadcasts.cancel(BatchId(row.id))
        self._toasts.tell(self.tr("{code} was cancelled; nothing was sent.").format(code=row.code))

    async def _resend(self, row: Tracked) -> None:
        failed = await self._tracking.failed(row.id)
        if not failed or not await confirmed(
            self._page,
            title=counted(
                len(failed),
                self.tr("Send 1 failed message again?"),
                self.tr("Send {n} failed messages again?"),
                Formats(self._services.clock),
            ),
            text=self.tr("Each is sent as a new message. The failed ones stay in this batch as they are."),
            verb=self.tr("Send again"),
        ):
            return

        if self._services.resends is None:
            return
        resent = await self._services.resends.resend(failed)
        words = self.tr("{n} messages are sent again.").format(n=f"{len(resent.sent):,}")
        if resent.already:
            words += " " + self.tr("{n} were sent again before.").format(n=f"{len(resent.already):,}")
        if resent.refused:
            words += " " + self.tr("{n} may not be sent any more.").format(n=f"{len(resent.refused):,}")
        self._toasts.tell(words)

    def _long(self, title: str, work: Callable[..., Any], told: Callable[[Any], object]) -> None:
        dialog = ProgressDialog(title, self._tasks, self._page)
        dialog.done_with.connect(told)
        dialog.run(work)
