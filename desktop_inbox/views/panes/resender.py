"""Resender: sends failed messages again as new ones, says so, and takes them back while that is possible (S1-25)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.preferences import UNDO_SECONDS
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

if TYPE_CHECKING:
    from desktop_inbox.services.resend import Resent


class Resender(QObject):
    """For the timeline, the folders and the error log alike; ``widget`` is where questions and notes appear."""

    def __init__(self, services: Services, tasks: Tasks, widget: QWidget) -> None:
        super().__init__(widget)
        self._services, self._tasks, self._widget = services, tasks, widget

    def resend(self, message_ids: Sequence[EntryId]) -> None:
        """Send each of these failed messages again as a new message."""
        if message_ids:
            self._tasks.start(self._resend(tuple(message_ids), frozenset()), name="resend")

    async def _resend(self, ids: tuple[EntryId, ...], known: frozenset[str]) -> None:
        if self._services.resends is None:
            return
        seconds = UNDO_SECONDS.parse(self._services.settings.get(UNDO_SECONDS))
        done = await self._services.resends.resend(ids, delay=timedelta(seconds=seconds), confirmed=known)
        if len(ids) == 1 and done.refused and done.refused[0][1].kind is GateKind.CONFIRM:
            await self._ask(ids, known, done.refused[0][1])
            return
        self._tell(done, seconds)

    async def _ask(self, ids: tuple[EntryId, ...], known: frozenset[str], decision: GateDecision) -> None:
        sure = await confirmed(
            self._widget.window(),
            title=self.tr("Send this again all the same?"),
            text=f"{decision.sentence} {decision.hint}".strip(),
            verb=self.tr("Send again"),
        )
        if sure:
            await self._resend(ids, known | {decision.code})

    def _tell(self, done: "Resent", seconds: int) -> None:
        toasts = self._widget.window().findChild(Toasts)
        parent = self._widget.window().parentWidget()
        if toasts is None and parent is not None:  # from a dialog: its window has the notes
            toasts = parent.window().findChild(Toasts)
        if not isinstance(toasts, Toasts):
            return
        text = self.sentence(done)
        if done.sent and seconds:
            toasts.tell(text, undo=lambda: self._undo(done.new_ids, toasts), seconds=seconds)
        else:
            toasts.tell(text)

    def sentence(self, done: "Resent") -> str:
        """Return what became of it in words."""
        parts = []
        if len(done.sent) == 1:
            parts.append(self.tr("Sent again as a new message."))
        elif done.sent:
            parts.append(self.tr("{n} messages are sent again as new ones.").format(n=len(done.sent)))
        if done.already:
            parts.append(self.tr("It was sent again before.") if len(done.already) == 1 and not parts else
                         self.tr("{n} were sent again before.").format(n=len(done.already)))  # fmt: skip
        if len(done.refused) == 1 and not parts:
            decision = done.refused[0][1]
            parts.append(f"{decision.sentence} {decision.hint}".strip())
        elif done.refused:
            reason = done.refused[0][1].sentence
            parts.append(self.tr("{n} were not: {reason}").format(n=len(done.refused), reason=reason))
        return " ".join(parts)

    def _undo(self, new_ids: tuple[EntryId, ...], toasts: Toasts) -> None:
        async def take_back() -> None:
            if self._services.resends is None:
                return
            count = await self._services.resends.undo(new_ids)
            if count < len(new_ids):
                toasts.tell(self.tr("Too late: it has already left.") if len(new_ids) == 1 else
                            self.tr("{n} had already left.").format(n=len(new_ids) - count))  # fmt: skip

        self._tasks.start(take_back(), name="undo resend")
