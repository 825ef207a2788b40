"""ChosenFiles: the files that go with a text that is sent later: chosen, named, and taken away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from desktop_inbox.services.snippets import MAX_FILES
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel, plain_name, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

_FIELDS = ("sha256", "media_type", "size", "name")


class ChosenFiles(QObject):
    """Two buttons and a line with the names, to be put where they fit."""

    changed = Signal()
    refused = Signal(object)  # InboxError

    def __init__(self, services: Services, tasks: Tasks, files: Sequence[dict[str, Any]], parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._tasks, self._parent = services, tasks, parent
        self._files: list[dict[str, Any]] = list(files)
        self.label = PlainLabel(kind="small", wrap=True)
        self.attach = _button("paperclip", self.tr("Attach files"))
        self.drop = _button("x", self.tr("Remove the files"))
        self.attach.clicked.connect(self._choose)
        self.drop.clicked.connect(self._drop)
        self._show()

    @property
    def files(self) -> tuple[dict[str, Any], ...]:
        """What a step or a reminder keeps of each file."""
        return tuple(self._files)

    async def take(self, names: Sequence[str]) -> None:
        """Copy files from their paths; those that are too many are left out. Raises InboxError."""
        for name in names[: MAX_FILES - len(self._files)]:
            staged = await self._services.attachments.stage(Path(name), name=Path(name).name)
            file = await self._services.snippets.file_from(staged.path)
            self._files.append({key: getattr(file, key) for key in _FIELDS})
        self._show()
        self.changed.emit()

    def _choose(self) -> None:
        dialog = QFileDialog(self._parent, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._tasks.start(self.take(names), on_error=self.refused.emit))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _drop(self) -> None:
        self._files.clear()
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        names = ", ".join(plain_name(str(file["name"])) for file in self._files)
        self.label.setText(names)
        self.label.setVisible(bool(names))
        self.drop.setVisible(bool(names))


def _button(icon: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setProperty("kind", "quiet")
    button.setAccessibleName(words)
    set_tip(button, words)
    bind_icon(button, icon, "muted", size=16)
    return button
