"""HistoryDialog: what the user did, and taking back any of it (D-20)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.ids import UndoStepId
from desktop_inbox.models.entities.undo import Undone, UndoStep
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.undo_words import step_sentence
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_STEP = Qt.ItemDataRole.UserRole


class HistoryDialog(QDialog):
    """A list, newest first, and one button."""

    def __init__(self, services: Services, tasks: Tasks, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._services, self._tasks, self._formats = services, tasks, formats
        self.setWindowTitle(self.tr("History"))
        self.setAccessibleName("History")
        self.setMinimumSize(theme().px(420), theme().px(360))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What you did"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentItemChanged.connect(lambda _item, _before: self._show_button())
        self.note = PlainLabel(kind="secondary", wrap=True)
        self.undo_button = QPushButton(self.tr("Undo"))
        self.undo_button.setProperty("kind", "primary")
        self.undo_button.clicked.connect(self._undo)
        close = QPushButton(self.tr("Close"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.undo_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("What you did"), kind="title"))
        box.addWidget(self.list, 1)
        box.addWidget(self.note)
        box.addWidget(buttons)
        self.note.hide()
        self._load()

    def _load(self) -> None:
        self._tasks.start(self._services.undo.history(), on_result=self._show, name="history")

    def _show(self, steps: tuple[UndoStep, ...]) -> None:
        row = max(0, self.list.currentRow())
        self.list.clear()
        for step in steps:
            text = f"{self._formats.time_or_day(step.at)}   {step_sentence(step, self._formats)}"
            item = QListWidgetItem(text if step.undone_at is None else self.tr("{what} (undone)").format(what=text))
            item.setData(_STEP, (step.id, step.undone_at is None))
            if step.undone_at is not None:
                item.setForeground(theme().color("muted"))
            self.list.addItem(item)
        if not steps:
            self.note.setText(self.tr("Nothing yet. What you assign, close, tag or change appears here."))
            self.note.show()
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self._show_button()

    def _show_button(self) -> None:
        item = self.list.currentItem()
        self.undo_button.setEnabled(item is not None and bool(item.data(_STEP)[1]))

    def _undo(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            step_id: UndoStepId = item.data(_STEP)[0]
            self._tasks.start(self._services.undo.undo(step_id), on_result=self._undone, name="undo")

    def _undone(self, undone: Undone) -> None:
        left = self.tr("%n of it was changed since and stays as it is.", "", undone.changed_since)
        self.note.setText(left)
        self.note.setVisible(undone.changed_since > 0)
        self._load()
