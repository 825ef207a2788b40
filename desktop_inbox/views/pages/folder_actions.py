"""FolderActions: what the page of folders does with messages and calls, with questions and progress."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.folder import CallRow, FolderRow, Label
from desktop_inbox.models.entities.ids import LabelId
from desktop_inbox.services.filing import AllOf, Chosen, Filed
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.labels import LabelService
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.dialogs.progress import ProgressDialog
from desktop_inbox.views.panes.resender import Resender
from desktop_inbox.views.plain import menu_text, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .folder_bars import Command

_AT_ONCE: Final = 500  # messages from which on a bar shows how far it is

_Progress = Callable[[int, int], None]
_Stopped = Callable[[], bool]


class FolderActions(QObject):
    """``changed`` tells that lists are to be read again. ``open_url`` hands a number to the system's telephone."""

    changed = Signal()

    def __init__(
        self,
        page: QWidget,
        folders: FolderService,
        labels: LabelService,
        services: Services,
        tasks: Tasks,
        toasts: Toasts,
    ) -> None:
        super().__init__(page)
        self._page, self._folders, self._labels, self._services = page, folders, labels, services
        self._tasks, self._toasts = tasks, toasts
        self._resender = Resender(services, tasks, page)
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl

    # -- filing; that it can be undone is told by the history of steps

    def archive(self, chosen: Chosen) -> None:
        """Archive messages."""
        self._do(self.tr("Archiving messages"), chosen, partial(self._folders.archive, chosen))

    def restore(self, chosen: Chosen) -> None:
        """Put messages back into their folders."""
        self._do(self.tr("Restoring messages"), chosen, partial(self._folders.restore, chosen))

    def add_label(self, chosen: Chosen, name: str) -> None:
        """Put a label on messages."""
        self._do(self.tr("Labelling messages"), chosen, partial(self._labels.add, chosen, name))

    def remove_label(self, chosen: Chosen, label_id: LabelId) -> None:
        """Take a label from messages."""
        self._do(self.tr("Removing the label"), chosen, partial(self._labels.remove, chosen, label_id))

    def delete(self, chosen: Chosen) -> None:
        """Ask with the number, then delete for good."""
        self._tasks.start(self._delete(chosen), name="delete messages")

    async def _delete(self, chosen: Chosen) -> None:
        count = await self._folders.ask_deletion(chosen)
        if not count:
            return
        number = f"{count:,}"
        title = self.tr("Delete this message for good?") if count == 1 else self.tr("Delete {n} messages for good?")
        if await confirmed(
            self._page,
            title=title.format(n=number),
            text=self.tr(
                "Their text and files are removed. This cannot be undone; only backups made before still have them."
            ),
            verb=self.tr("Delete {n}").format(n=number),
            danger=True,
        ):
            self._do(self.tr("Deleting messages"), chosen, partial(self._folders.delete, chosen), told=self._tell_gone)

    def _tell_gone(self, filed: Filed) -> None:
        one, many = self.tr("1 message was deleted for good."), self.tr("{n} messages were deleted for good.")
        self._toasts.tell(one if filed.count == 1 else many.format(n=f"{filed.count:,}"))

    def _do(
        self,
        title: str,
        chosen: Chosen,
        act: Callable[..., Any],
        told: Callable[[Filed], object] = lambda _filed: None,
    ) -> None:
        """Run something: a few messages at once, many with a bar and a way to stop."""

        def done(filed: Filed) -> None:
            told(filed)
            self.changed.emit()

        if not isinstance(chosen, AllOf) and len(chosen) < _AT_ONCE:
            self._tasks.start(act(), on_result=done, name=title)
            return
        dialog = ProgressDialog(title, self._tasks, self._page)
        dialog.done_with.connect(done)
        dialog.finished.connect(lambda _result: self.changed.emit())

        async def work(progress: _Progress, cancelled: _Stopped) -> Filed:
            filed: Filed = await act(progress=progress, cancelled=cancelled)
            return filed

        dialog.run(work)

    # -- labels

    def open_labels(self, chosen: Chosen, rows: Sequence[FolderRow], labels: Sequence[Label], at: QPoint) -> None:
        """Offer every label, those that all ``rows`` have being checked, and a new one."""
        menu = QMenu(self._page)
        menu.setAccessibleName(self.tr("Labels"))
        self.fill_labels(menu, chosen, rows, labels)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def fill_labels(self, menu: QMenu, chosen: Chosen, rows: Sequence[FolderRow], labels: Sequence[Label]) -> None:
        """Put every label into a menu."""
        for label in labels:
            entry = menu.addAction(menu_text(plain_name(label.name)))
            entry.setCheckable(True)
            everywhere = bool(rows) and all(any(one.id == label.id for one in row.labels) for row in rows)
            entry.setChecked(everywhere)
            if everywhere:
                entry.triggered.connect(lambda _checked=False, key=label.id: self.remove_label(chosen, key))
            else:
                entry.triggered.connect(lambda _checked=False, name=label.name: self.add_label(chosen, name))
        if labels:
            menu.addSeparator()
        menu.addAction(self.tr("New label…")).triggered.connect(
            lambda _checked=False: self._ask_name(
                self.tr("New label"), "", self.tr("Add the label"), partial(self.add_label, chosen)
            )
        )

    def rename_label(self, label: Label) -> None:
        """Ask for another name."""

        def rename(name: str) -> None:
            self._tasks.start(self._labels.rename(label.id, name), name="rename label")

        self._ask_name(self.tr("Rename the label"), label.name, self.tr("Rename"), rename)

    def delete_label(self, label: Label) -> None:
        """Remove a label; the messages stay, and it can be undone."""
        self._tasks.start(self._labels.delete(label.id), name="delete label")

    def create_label(self) -> None:
        """Ask for the name of a new label."""

        def create(name: str) -> None:
            self._tasks.start(self._labels.create(name), name="new label")

        self._ask_name(self.tr("New label"), "", self.tr("Create"), create)

    def _ask_name(self, title: str, text: str, verb: str, then: Callable[[str], object]) -> None:
        dialog = QInputDialog(self._page)
        dialog.setWindowTitle(title)
        dialog.setLabelText(self.tr("Name of the label"))
        dialog.setTextValue(text)
        dialog.setOkButtonText(verb)
        dialog.textValueSelected.connect(lambda name: then(name.strip()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_label_menu(self, label: Label, at: QPoint) -> None:
        """Offer what can be done with a label itself."""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename…")).triggered.connect(lambda _checked=False: self.rename_label(label))
        menu.addAction(self.tr("Delete the label")).triggered.connect(lambda _checked=False: self.delete_label(label))
        menu.popup(at)

    # -- failures

    def on_failed(self, chosen: Callable[[], Chosen], *, single: bool) -> tuple[Command, ...]:
        """Return what can be done with messages that failed."""
        services = self._services
        commands: list[Command] = []
        if services.resends is not None:
            commands.append((self.tr("Resend"), "rotate-cw", lambda: self.resend(chosen())))
        if services.error_log is not None and single:
            commands.append((self.tr("Error log…"), "file-text", lambda: self.open_log(chosen())))
        return tuple(commands)

    def resend(self, chosen: Chosen) -> None:
        """Send messages again as new ones; many only after a question."""
        self._tasks.start(self._resend(chosen), name="resend")

    async def _resend(self, chosen: Chosen) -> None:
        ids = await self._folders.ids_of(chosen)
        if len(ids) > 1 and not await confirmed(
            self._page,
            title=self.tr("Send {n} messages again?").format(n=f"{len(ids):,}"),
            text=self.tr("Each becomes a new message. The failed ones stay here with their reason."),
            verb=self.tr("Send {n} again").format(n=f"{len(ids):,}"),
        ):
            return
        self._resender.resend(ids)

    def open_log(self, chosen: Chosen) -> None:
        """Show why a message failed (S1-26)."""
        from desktop_inbox.views.dialogs.error_log import open_error_log

        if not isinstance(chosen, AllOf):
            for key in chosen[:1]:
                open_error_log(self._services, self._tasks, key, self._page)

    # -- calls

    def call_back(self, row: CallRow) -> None:
        """Hand the number to whatever makes calls on this computer (S1-20)."""
        if row.scheme not in (Scheme.TEL, Scheme.WHATSAPP):
            self._toasts.tell(self.tr("This contact has no phone number to call."))
        elif not self.open_url(QUrl(f"tel:{row.path}")):
            self._toasts.tell(self.tr("No program on this computer makes calls. The number is {n}.").format(n=row.path))
