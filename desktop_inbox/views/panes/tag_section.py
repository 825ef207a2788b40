"""TagSection: the tags of a contact; a new one is typed, an old one removed (S3-68 to S3-70)."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.tag import MAX_NAME, Tag
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import ElidedLabel, plain_name, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .completion import Completion
from .detail_rows import section_title
from .flow_layout import FlowLayout

_WIDEST = 210  # pixels of a tag's name at 100 %


class TagChip(QFrame):
    """One tag, and the button that takes it off; Delete does the same."""

    removed = Signal()

    def __init__(self, tag: Tag, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "tag")
        self.tag = tag
        name = plain_name(tag.name)
        label = ElidedLabel(name, kind="small", parent=self)
        label.ensurePolished()
        label.setFixedWidth(min(label.sizeHint().width() + 2, theme().px(_WIDEST)))
        self.button = QToolButton()
        self.button.setProperty("kind", "tag")
        self.button.setAccessibleName(self.tr("Remove tag {tag}").format(tag=name))
        set_tip(self.button, self.tr("Remove tag"))
        bind_icon(self.button, "x", "muted", size=12)
        self.button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme().px(9), 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(label)
        row.addWidget(self.button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace remove."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class TagField(QLineEdit):
    """Where a tag is typed. Enter adds it, as typed or as chosen below."""

    added = Signal(str)

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self.setAccessibleName("Add tag")
        self.setPlaceholderText(self.tr("Add tag"))
        self.setMaxLength(MAX_NAME)
        self.has: frozenset[str] = frozenset()  # names that are not suggested
        self.completion = Completion(self)
        self.completion.chosen.connect(self._add)
        self.textEdited.connect(self._look_up)
        self.returnPressed.connect(lambda: self._add(self.text()))

    def event(self, event: QEvent) -> bool:
        """Esc is for the field while there is something to close or to empty."""
        if claims_escape(event, lambda: bool(self.text()) or self.completion.isVisible()):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The list below is asked first; Esc empties the field."""
        if event.key() == Qt.Key.Key_Down and self.completion.isHidden():
            self._look_up(self.text(), even_empty=True)
            return
        if self.completion.take_key(event):
            return
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the list."""
        super().focusOutEvent(event)
        self.completion.hide()

    def _look_up(self, text: str, *, even_empty: bool = False) -> None:
        if not text.strip() and not even_empty:
            self.completion.hide()
            return
        self._tasks.start(
            self._services.tags.complete(text, limit=8 + len(self.has)),
            on_result=lambda tags: self._offer(text, tags),
        )

    def _offer(self, text: str, tags: Sequence[Tag]) -> None:
        if text == self.text() and self.hasFocus():
            names = [tag.name for tag in tags if tag.name not in self.has][:8]
            self.completion.offer(names, self.rect())

    def _add(self, name: str) -> None:
        self.completion.hide()
        if name.strip():
            self.clear()
            self.added.emit(name.strip())


class TagSection(QWidget):
    """Chips in rows, and the field below."""

    added = Signal(str)
    removed = Signal(object)  # Tag

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = TagField(services, tasks)
        self.field.added.connect(self.added)
        self._tags: tuple[Tag, ...] | None = None
        self.chips: list[TagChip] = []
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, spacing=6)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(section_title(self.tr("Tags")))
        box.addWidget(self._chips)
        box.addWidget(self.field)
        theme().changed.connect(self._rebuild)

    def show_tags(self, tags: Sequence[Tag]) -> None:
        """Show these tags."""
        if tuple(tags) != self._tags:
            self._build(tuple(tags))

    def _rebuild(self) -> None:
        self._build(self._tags or ())

    def _build(self, tags: tuple[Tag, ...]) -> None:
        had_focus = next((place for place, chip in enumerate(self.chips) if chip.button.hasFocus()), None)
        self._tags = tags
        self.field.has = frozenset(tag.name for tag in tags)
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.chips = []
        for tag in tags:
            chip = TagChip(tag)
            chip.removed.connect(lambda tag=tag: self.removed.emit(tag))
            self._flow.addWidget(chip)
            self.chips.append(chip)
        self._chips.setVisible(bool(tags))
        self._chips.updateGeometry()
        if had_focus is not None:  # one was removed by key: the focus goes to its neighbour
            left = self.chips[min(had_focus, len(self.chips) - 1)].button if self.chips else self.field
            left.setFocus()
