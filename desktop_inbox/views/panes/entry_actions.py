"""EntryActions: what can be done with one message: copy, open, save, retry, settle, cancel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QRectF, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.services.attachment_files import free_name, safe_name
from desktop_inbox.views.delegates.bubble_layout import RowZone, is_picture
from desktop_inbox.views.delegates.row_words import RowWords, ZoneKind
from desktop_inbox.views.dialogs.attachment_viewer import AttachmentViewer
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import menu_text
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .link_opener import LinkOpener
from .resender import Resender

_CHOICES: dict[ZoneKind, Literal["arrived", "again", "leave"]] = {
    ZoneKind.ARRIVED: "arrived",
    ZoneKind.AGAIN: "again",
    ZoneKind.LEAVE: "leave",
}
#: Not failed for good, and their log may be wanted all the same.
_LOGGED = frozenset({DeliveryStatus.UNKNOWN, DeliveryStatus.RETRY_WAIT})
_CANCELLABLE = frozenset({DeliveryStatus.HELD, DeliveryStatus.QUEUED, DeliveryStatus.RETRY_WAIT})


class EntryActions(QObject):
    """Does things with messages for the timeline. Files are saved, never opened."""

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._widget = services, tasks, parent
        self.open_url = QDesktopServices.openUrl
        self._resender = Resender(services, tasks, parent)

    def activate(self, message: Message, zone: RowZone) -> None:
        """Do what a part of a message stands for."""
        if zone.kind is ZoneKind.LINK:
            self._tasks.start(self.open_link(str(zone.value)))
        elif zone.kind is ZoneKind.RETRY:
            self._resender.resend((message.id,))
        elif zone.kind is ZoneKind.LOG:
            self.show_log(message)
        elif zone.kind is ZoneKind.MOVE:
            self._tasks.start(self._move(message), name="move to the next allowed time")
        elif zone.kind in _CHOICES:
            self._tasks.start(self._services.outbox.resolve_unknown(message.id, _CHOICES[zone.kind]))
        elif isinstance(zone.value, Attachment):
            if zone.kind is ZoneKind.PICTURE:
                self.show_picture(zone.value)
            elif zone.kind is ZoneKind.SAVE:
                self.save(zone.value)
            elif zone.kind is ZoneKind.SHOW:
                self._tasks.start(self._save_and_show(zone.value))

    def menu(
        self, message: Message, zone: RowZone | None, words: RowWords, links: Sequence[str], selected: str
    ) -> QMenu:
        """Return the menu of a message; the same for right click, menu key and Shift+F10 (K26)."""
        menu = QMenu(self._widget)
        menu.aboutToHide.connect(menu.deleteLater)
        if selected:
            menu.addAction(self.tr("Copy selection")).triggered.connect(lambda: _copy(selected))
        if message.text:
            menu.addAction(self.tr("Copy text")).triggered.connect(lambda: _copy(message.text))
        for target in [str(zone.value)] if zone is not None and zone.kind is ZoneKind.LINK else links[:3]:
            self._add_link(menu, target)
        for attachment in message.attachments:
            self._add_file(menu, attachment, words)
        for kind, label in words.buttons:
            action = menu.addAction(label)
            action.triggered.connect(
                lambda _=False, kind=kind: self.activate(message, RowZone(kind=kind, rect=QRectF()))
            )
        if message.status in _CANCELLABLE:
            menu.addAction(self.tr("Do not send")).triggered.connect(
                lambda: self._tasks.start(self._services.outbox.cancel(message.id))
            )
        if message.status in _LOGGED:
            menu.addAction(self.tr("Error log")).triggered.connect(lambda: self.show_log(message))
        menu.addSeparator()
        return menu

    def show_log(self, message: Message) -> None:
        """Say why a message failed, attempt by attempt (S1-26)."""
        from desktop_inbox.views.dialogs.error_log import open_error_log  # when it is first wanted

        open_error_log(self._services, self._tasks, message.id, self._widget)

    async def _move(self, message: Message) -> None:
        """Let it leave at the next allowed time, and say when that is (S5-17)."""
        service, toasts = self._services.blocked_time, self._widget.window().findChild(Toasts)
        if service is None:
            return
        moved = (await service.release_at_next((message.id,))).first
        if not isinstance(toasts, Toasts):
            return
        if moved is None:
            toasts.tell(self.tr("No time is allowed for it: see Teams and hours."))
        else:
            when = Formats(self._services.clock).moment(moved)
            toasts.tell(self.tr("It leaves at the next allowed time: {time}.").format(time=when))

    def show_picture(self, attachment: Attachment) -> None:
        """Show a picture large, inside the window."""
        viewer = AttachmentViewer(attachment, self._services.attachments.path_of, self._widget.window())
        viewer.save_wanted.connect(lambda: self.save(attachment))
        viewer.open()

    def save(self, attachment: Attachment) -> None:
        """Ask where to, then save a copy."""
        dialog = QFileDialog(self._widget, self.tr("Save attachment"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(str(_downloads() / safe_name(attachment.original_name, media_type=attachment.media_type)))
        dialog.fileSelected.connect(
            lambda path: self._tasks.start(self._services.attachments.save_copy(attachment, Path(path)))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _save_and_show(self, attachment: Attachment) -> None:
        target = free_name(_downloads(), safe_name(attachment.original_name, media_type=attachment.media_type))
        await self._services.attachments.save_copy(attachment, target)
        self.open_url(QUrl.fromLocalFile(str(target.parent)))

    async def open_link(self, url: str) -> None:
        """Open a web link; the first time per host after showing where it really leads."""
        opener = LinkOpener(self._widget)
        opener.open_url = self.open_url
        await opener.open(url)

    def _add_link(self, menu: QMenu, target: str) -> None:
        shown = target if len(target) <= 50 else f"{target[:49]}…"
        open_it = menu.addAction(menu_text(self.tr("Open {link}").format(link=shown)))
        open_it.triggered.connect(lambda: self._tasks.start(self.open_link(target)))
        menu.addAction(self.tr("Copy link")).triggered.connect(lambda: _copy(target))

    def _add_file(self, menu: QMenu, attachment: Attachment, words: RowWords) -> None:
        if attachment.state is AttachmentState.FAILED:
            fetch = menu.addAction(self.tr("Fetch the file again"))
            fetch.triggered.connect(lambda: self._tasks.start(self._services.attachments.fetch(attachment)))
        if attachment.state is not AttachmentState.READY:
            return
        if is_picture(attachment):
            menu.addAction(self.tr("View picture")).triggered.connect(lambda: self.show_picture(attachment))
        menu.addAction(words.save).triggered.connect(lambda: self.save(attachment))
        menu.addAction(words.show).triggered.connect(lambda: self._tasks.start(self._save_and_show(attachment)))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _downloads() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or Path.home())
