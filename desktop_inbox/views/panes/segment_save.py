"""SegmentSaver: names, saves, shares, pins, renames and deletes the segment that the builder shows."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.segment import MAX_NAME, Group, Segment
from desktop_inbox.models.entities.segment_fields import Kind
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel, plain_name, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks


class Form(StrEnum):
    """What the form asks."""

    NEW = "new"
    NAME = "name"
    DELETE = "delete"


class SegmentSaver(QWidget):
    """A form that opens in its place, never a dialog. ``button`` and ``more`` stand beside it in the panel."""

    saved = Signal(object)  # Segment
    deleted = Signal()

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segments, self._tasks = services.segments, tasks
        self._group: Group | None = None
        self._segment: Segment | None = None
        self._form: Form | None = None
        self.present: Callable[[], Awaitable[Group]] | None = None  # what stands in the panel at this moment
        self.button = QPushButton(self.tr("Save segment"))
        self.button.setProperty("kind", "primary")
        self.button.setAccessibleName("Save segment")
        self.button.clicked.connect(self._save)
        self.more = QToolButton()
        self.more.setAccessibleName("More for this segment")
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setProperty("kind", "icon")
        bind_icon(self.more, "ellipsis")
        set_tip(self.more, self.tr("Save as new, rename, share, pin, delete"))
        self.more.clicked.connect(self.open_menu)
        self._build_form()
        self.close_form()

    def show_for(self, group: Group, segment: Segment | None, *, changed: bool) -> None:
        """Offer what can be done with this filter."""
        self._group, self._segment = group, segment
        self.more.setVisible(segment is not None)
        mine = segment is not None and self._segments.may_change(segment)
        self.button.setText(
            self.tr("Save changes") if mine else self.tr("Save as new") if segment else self.tr("Save segment")
        )
        self.button.setEnabled(bool(group.children) and (not mine or changed or bool(segment and segment.broken)))

    def open_menu(self) -> None:
        """Show what else can be done with a saved segment."""
        segment = self._segment
        if segment is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Save as new…")).triggered.connect(lambda _on=False: self._open(Form.NEW))
        if self._segments.may_change(segment):
            menu.addAction(self.tr("Rename…")).triggered.connect(lambda _on=False: self._open(Form.NAME))
            for text, on, slot in (
                (self.tr("Share with the office"), segment.shared, self._share),
                (self.tr("Show in the view selector"), segment.pinned, self._pin),
            ):
                entry = menu.addAction(text)
                entry.setCheckable(True)
                entry.setChecked(on)
                entry.triggered.connect(slot)
            menu.addSeparator()
            menu.addAction(self.tr("Delete…")).triggered.connect(lambda _on=False: self._ask_to_delete())
        menu.popup(self.more.mapToGlobal(self.more.rect().topLeft()))

    def close_form(self) -> None:
        """Put the form away."""
        self._form = None
        self.hide()
        self._error.hide()
        if self.button.parentWidget() is not None:  # else it would be a window
            self.button.show()

    def event(self, event: QEvent) -> bool:
        """Esc closes the form."""
        if claims_escape(event, self.isVisible):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the form."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_form()
            self.button.setFocus()
        else:
            super().keyPressEvent(event)

    # Inside

    def _build_form(self) -> None:
        self._question = PlainLabel(wrap=True)
        self.name = QLineEdit()
        self.name.setAccessibleName("Segment name")
        self.name.setPlaceholderText(self.tr("Name of the segment"))
        self.name.setMaxLength(MAX_NAME)
        self.name.returnPressed.connect(self._confirm)
        self.private = QCheckBox(self.tr("Only I see it"))
        self.private.setAccessibleName("Only I see it")
        self._error = PlainLabel(kind="error", wrap=True)
        self.confirm = QPushButton()
        self.confirm.clicked.connect(self._confirm)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setProperty("kind", "quiet")
        cancel.setAccessibleName("Cancel")
        cancel.clicked.connect(self.close_form)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self.confirm)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self._question, self.name, self.private, self._error):
            column.addWidget(widget)
        column.addLayout(row)

    def _open(self, form: Form, question: str = "") -> None:
        self._form = form
        segment = self._segment
        self._question.setText(question)
        self._question.setVisible(bool(question))
        self.name.setVisible(form is not Form.DELETE)
        self.private.setVisible(form is Form.NEW)
        self.private.setChecked(False)
        self.name.setText(segment.name if segment is not None and form is Form.NAME else "")
        words = {Form.NEW: self.tr("Save"), Form.NAME: self.tr("Rename"), Form.DELETE: self.tr("Delete segment")}
        self.confirm.setText(words[form])
        self.confirm.setAccessibleName({Form.NEW: "Save", Form.NAME: "Rename", Form.DELETE: "Delete segment"}[form])
        self.confirm.setProperty("kind", "danger" if form is Form.DELETE else "primary")
        self.confirm.style().polish(self.confirm)
        self._error.hide()
        self.button.hide()  # one primary button at a time
        self.show()
        (self.confirm if form is Form.DELETE else self.name).setFocus()

    def _save(self) -> None:
        segment, group = self._segment, self._group
        if segment is None or group is None or not self._segments.may_change(segment):
            self._open(Form.NEW)
            return
        self._start(self._save_filter(segment))

    async def _now(self) -> Group:
        """The filter as it stands, also what was typed a moment ago and not tried yet."""
        assert self.present is not None  # noqa: S101 - given by the panel
        return await self.present()

    async def _save_new(self, name: str, *, shared: bool) -> Segment:
        return await self._segments.save(name, await self._now(), shared=shared)

    async def _save_filter(self, segment: Segment) -> Segment:
        await self._segments.save_filter(segment.id, await self._now())
        return await self._newest(segment)

    async def _newest(self, segment: Segment) -> Segment:
        return next((one for one in await self._segments.all() if one.id == segment.id), segment)

    def _confirm(self) -> None:
        segment = self._segment
        match self._form:
            case Form.NEW:
                self._start(self._save_new(self.name.text(), shared=not self.private.isChecked()))
            case Form.NAME if segment is not None:
                self._start(self._rename(segment, self.name.text()))
            case Form.DELETE if segment is not None:
                self._tasks.start(
                    self._segments.delete(segment.id), on_result=self._gone, on_error=self._tell, name="delete segment"
                )

    async def _rename(self, segment: Segment, name: str) -> Segment:
        await self._segments.rename(segment.id, name)
        return await self._newest(segment)

    def _share(self, shared: bool) -> None:
        if self._segment is not None:
            self._start(self._change(self._segment, shared=shared))

    def _pin(self, pinned: bool) -> None:
        if self._segment is not None:
            self._start(self._change(self._segment, pinned=pinned))

    async def _change(self, segment: Segment, *, shared: bool | None = None, pinned: bool | None = None) -> Segment:
        if shared is not None:
            await self._segments.share(segment.id, shared=shared)
        if pinned is not None:
            await self._segments.pin(segment.id, pinned=pinned)
        return await self._newest(segment)

    def _ask_to_delete(self) -> None:
        segment = self._segment
        if segment is None:
            return

        def ask(needing: tuple[Segment, ...]) -> None:
            names = ", ".join(f"“{plain_name(one.name)}”" for one in needing[:5])
            text = self.tr("Delete “{name}” for everybody?").format(name=plain_name(segment.name))
            if needing:
                text += " " + self.tr("These need it and will match nobody: {names}.").format(names=names)
            self._open(Form.DELETE, text)

        self._tasks.start(
            self._segments.dependants(Kind.SEGMENT, segment.id), on_result=ask, on_error=self._tell, name="needing"
        )

    def _start(self, work: object) -> None:
        self._tasks.start(work, on_result=self._done, on_error=self._tell, name="segment")  # type: ignore[arg-type]

    def _done(self, segment: Segment) -> None:
        self.close_form()
        self.saved.emit(segment)

    def _gone(self, _nothing: None) -> None:
        self.close_form()
        self.deleted.emit()

    def _tell(self, error: InboxError) -> None:
        self._error.setText(f"{error.message} {error.hint}".strip())
        self._error.show()
        self.show()
