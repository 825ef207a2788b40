"""Attacher: takes files along with the message being written, and makes pictures smaller on request."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.services.file_kinds import PICTURES
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.pictures import shrink_picture
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

from .attachment_chips import AttachmentChips
from .composer_words import CARRIER_BYTES, attachment_problem, attachment_warning
from .staged import Staged

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption


def png_of(image: QImage) -> bytes:
    """Return a picture as PNG. Blocks, for large ones over a second; for worker threads."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


class Attacher(QObject):
    """Copies files into our folder as they are chosen, so that moving the original does no harm."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        chips: AttachmentChips,
        option: "Callable[[], ReplyOption | None]",
        widget: QWidget,
        *,
        encode: Callable[[QImage], bytes] = png_of,
    ) -> None:
        super().__init__(widget)
        self._services, self._tasks, self._chips, self._widget = services, tasks, chips, widget
        self._option, self._encode = option, encode
        self._formats = Formats(services.clock)
        self.conversation_id: ConversationId | None = None  # what is attached belongs to it
        chips.shrink_wanted.connect(lambda file: self._tasks.start(self._shrink(file)))

    def choose(self) -> None:
        """Ask for files."""
        dialog = QFileDialog(self._widget, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.add_files([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_files(self, paths: list[Path]) -> None:
        """Take files along."""
        self._add([(path, path.name) for path in paths])

    def add_named(self, files: list[tuple[Path, str]]) -> None:
        """Take files along under names of their own."""
        self._add(list(files))

    def add_picture(self, image: QImage) -> None:
        """Take a pasted picture along."""
        if self.conversation_id is not None:
            # A copy of its own: whoever gave the picture may go on painting on it.
            self._tasks.start(self._take_picture(self.conversation_id, image.copy()))

    def show(self, file: Staged) -> None:
        """Show a file that is in our folder."""
        option = self._option()
        able = option.capabilities if option is not None else None
        heavy = able is not None and able.segments and file.size > CARRIER_BYTES and file.media_type in PICTURES
        self._chips.add(file, warning=attachment_warning(file, able), can_shrink=heavy)

    async def stage(self, source: Path | bytes, *, name: str) -> list[Staged]:
        """Copy a file into our folder; what is wrong with it is told, and nothing is returned."""
        try:
            return [await self._services.attachments.stage(source, name=name)]
        except InboxError as error:
            self._tasks.failed.emit(error)
            return []

    def _add(self, sources: list[tuple[Path | bytes, str]]) -> None:
        if self.conversation_id is not None and sources:
            self._tasks.start(self._take(self.conversation_id, sources))

    async def _take_picture(self, conversation_id: ConversationId, image: QImage) -> None:
        data = await asyncio.to_thread(self._encode, image)
        await self._take(conversation_id, [(data, self.tr("Pasted picture") + ".png")])

    async def _take(self, conversation_id: ConversationId, sources: list[tuple[Path | bytes, str]]) -> None:
        for source, name in sources:
            for file in await self.stage(source, name=name):
                if conversation_id != self.conversation_id:
                    return
                problem = self._problem(file)
                if problem:
                    hint = self.tr("Choose another channel or file.")
                    self._tasks.failed.emit(InvalidInputError("attachment.refused", problem, hint=hint))
                else:
                    self.show(file)

    def _problem(self, file: Staged) -> str:
        option = self._option()
        if option is None:
            return ""
        return attachment_problem(file, option.capabilities, option.channel.name, self._formats)

    async def _shrink(self, file: Staged) -> None:
        """Put a smaller copy of a picture in its place (S4-51)."""
        conversation_id = self.conversation_id
        data = await asyncio.to_thread(shrink_picture, file.path, CARRIER_BYTES)
        for smaller in await self.stage(data, name=f"{Path(file.name).stem}.jpg"):
            if conversation_id == self.conversation_id and file in self._chips.files:
                self._chips.remove(file)
                self.show(smaller)
