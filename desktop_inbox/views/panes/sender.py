"""Sender: hands a written message to the outbox and takes it back while that is possible (C07)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.views.preferences import UNDO_SECONDS
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .staged import Staged

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What was in the composer when Send was pressed. ``client_uuid`` makes a second press harmless."""

    conversation_id: ConversationId
    text: str
    files: tuple[Staged, ...]
    option: "ReplyOption"
    client_uuid: str

    @property
    def paths(self) -> tuple[str, ...]:
        """The files' places in our folder."""
        return tuple(str(file.path) for file in self.files)


class Sender(QObject):
    """One message at a time; the newest can be undone until it leaves or another conversation is opened."""

    queued = Signal(object, object)  # Message, Outgoing
    refused = Signal(object, object)  # Outgoing, InboxError
    taken_back = Signal(object)  # Outgoing

    def __init__(self, services: Services, tasks: Tasks, widget: QWidget) -> None:
        super().__init__(widget)
        self._services, self._tasks, self._widget = services, tasks, widget
        self._undoable: tuple[EntryId, Outgoing] | None = None

    def send(self, outgoing: Outgoing, *, confirmed: frozenset[str]) -> None:
        """Queue a message; ``queued`` or ``refused`` tells how it went."""
        self._tasks.start(
            self._queue(outgoing, confirmed),
            on_error=lambda error: self.refused.emit(outgoing, error),
            name="send",
        )

    def undo(self) -> bool:
        """Take back the newest message; False when there is none that could be."""
        if self._undoable is None:
            return False
        message_id, outgoing = self._undoable
        self._tasks.start(self._take_back(message_id, outgoing))
        return True

    async def _queue(self, outgoing: Outgoing, confirmed: frozenset[str]) -> None:
        seconds = UNDO_SECONDS.parse(self._services.settings.get(UNDO_SECONDS))
        message = await self._services.outbox.queue(
            outgoing.conversation_id,
            outgoing.text,
            channel_id=outgoing.option.channel.id,
            address_id=outgoing.option.address.id,
            attachment_paths=outgoing.paths,
            client_uuid=outgoing.client_uuid,
            delay=timedelta(seconds=seconds),
            confirmed=confirmed,
        )
        self._undoable = (message.id, outgoing) if seconds else None
        self.queued.emit(message, outgoing)
        toasts = self._widget.window().findChild(Toasts)
        if seconds and isinstance(toasts, Toasts):
            toasts.tell(self.tr("Sending…"), undo=lambda: self._undo_one(message.id, outgoing), seconds=seconds)

    def _undo_one(self, message_id: EntryId, outgoing: Outgoing) -> None:
        self._tasks.start(self._take_back(message_id, outgoing))

    async def _take_back(self, message_id: EntryId, outgoing: Outgoing) -> None:
        taken = await self._services.outbox.undo(message_id)
        if self._undoable is not None and self._undoable[0] == message_id:
            self._undoable = None
        if taken:
            self.taken_back.emit(outgoing)
            return
        toasts = self._widget.window().findChild(Toasts)
        if isinstance(toasts, Toasts):
            toasts.tell(self.tr("Too late: it has already left."))
