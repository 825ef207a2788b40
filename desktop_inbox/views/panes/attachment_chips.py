"""AttachmentChips: the files that go with the message being written."""

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.attachment import Attachment
from desktop_inbox.models.entities.ids import AttachmentId, EntryId
from desktop_inbox.services.file_kinds import PICTURES
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon, icon_pixmap
from desktop_inbox.views.pictures import Pictures
from desktop_inbox.views.plain import PlainLabel, plain_name, set_tip
from desktop_inbox.views.theme import theme

from .flow_layout import FlowLayout
from .staged import Staged

THUMB = 32


class AttachmentChip(QFrame):
    """One file: preview, name, size, a button to remove it (C06)."""

    removed = Signal(object)  # itself
    shrink_wanted = Signal(object)  # its file

    def __init__(
        self, file: Staged, detail: str, *, warning: str = "", can_shrink: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.file = file
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = plain_name(file.name) or self.tr("File")
        self.setAccessibleName(", ".join(part for part in (name, detail, warning) if part))
        self.preview = PlainLabel()
        self.preview.setPixmap(icon_pixmap("file-warning" if warning else "paperclip", "muted", theme().px(18)))
        title = PlainLabel(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, theme().px(180)))
        set_tip(title, name)
        below = PlainLabel(warning or detail, kind="error" if warning else "small")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(title)
        words.addWidget(below)
        remove = QToolButton()
        remove.setProperty("kind", "quiet")
        remove.setAccessibleName(self.tr("Remove {name}").format(name=name))
        set_tip(remove, self.tr("Remove"))
        bind_icon(remove, "x", "muted", size=16)
        remove.clicked.connect(lambda: self.removed.emit(self))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self.preview)
        row.addLayout(words)
        if can_shrink:
            shrink = QPushButton(self.tr("Make smaller"))
            shrink.clicked.connect(lambda: self.shrink_wanted.emit(self.file))
            row.addWidget(shrink)
        row.addWidget(remove)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the file (K20)."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self)
        else:
            super().keyPressEvent(event)


class AttachmentChips(QWidget):
    """The chips in rows, hidden while there are none."""

    changed = Signal()
    emptied = Signal()
    shrink_wanted = Signal(object)  # Staged

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._chips: list[AttachmentChip] = []
        self._flow = FlowLayout(self, spacing=8)
        self.setAccessibleName(self.tr("Attached files"))
        self._pictures = Pictures(lambda attachment: Path(attachment.reference), parent=self)
        self._pictures.changed.connect(self._show_previews)
        self.hide()

    @property
    def files(self) -> tuple[Staged, ...]:
        """The files, in order."""
        return tuple(chip.file for chip in self._chips)

    def add(self, file: Staged, *, warning: str = "", can_shrink: bool = False) -> None:
        """Show one more file; the same file twice is shown once."""
        if any(chip.file.path == file.path for chip in self._chips):
            return
        detail = self._formats.size(file.size)
        chip = AttachmentChip(file, detail, warning=warning, can_shrink=can_shrink, parent=self)
        chip.removed.connect(self._remove)
        chip.shrink_wanted.connect(self.shrink_wanted)
        self._chips.append(chip)
        self._flow.addWidget(chip)
        chip.show()
        self.show()
        self._show_previews()
        self.changed.emit()

    def remove(self, file: Staged) -> None:
        """Forget one file."""
        for chip in self._chips:
            if chip.file == file:
                self._remove(chip)
                return

    def clear(self) -> None:
        """Forget all files."""
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        self.hide()

    def _remove(self, chip: AttachmentChip) -> None:
        number = self._chips.index(chip)
        self._chips.remove(chip)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        if self._chips:
            self._chips[min(number, len(self._chips) - 1)].setFocus()
        else:
            self.hide()
            self.emptied.emit()
        self.changed.emit()

    def _show_previews(self) -> None:
        side = theme().px(THUMB)
        for chip in self._chips:
            if chip.file.media_type not in PICTURES:
                continue
            picture = Attachment(
                id=AttachmentId(hash(str(chip.file.path)) & 0x7FFFFFFF),
                message_id=EntryId(0),
                media_type=chip.file.media_type,
                reference=str(chip.file.path),
            )
            pixmap = self._pictures.pixmap(picture, side * 2, side * 2, self.devicePixelRatioF())
            if pixmap is not None and not pixmap.isNull():
                square = min(pixmap.width(), pixmap.height())
                part = QRect(0, 0, square, square)
                part.moveCenter(pixmap.rect().center())
                cut = pixmap.copy(part).scaled(
                    QSize(side, side),
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
                chip.preview.setPixmap(cut)
