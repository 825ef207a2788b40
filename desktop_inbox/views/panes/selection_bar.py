"""SelectionBar: how many conversations are ticked, and what can be done with all of them at once (S4-32 to S4-34)."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.views.actions import Actions
from desktop_inbox.views.answering import ToggleBox
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import ElidedLabel, set_tip

#: What the bar offers of the registry, with the names by which assistive technology finds the buttons.
_ACTIONS = (
    ("conversation.assign", "Assign selected", "user-plus"),
    ("conversation.done", "Mark selected done", "check"),
    ("conversation.snooze", "Snooze selected", "alarm-clock"),
    ("conversation.archive", "Archive selected", "archive"),
    ("conversation.toggle_unread", "Mark selected unread or read", "mail"),
)


class SelectionBar(QFrame):
    """Stands over the list while something is ticked. A long action shows how far it is, and can be stopped."""

    cleared = Signal()
    tag_wanted = Signal()
    export_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, actions: Actions, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "selection")
        self.setAccessibleName("Selection")
        self._formats = formats
        self.all_box = ToggleBox()
        self.all_box.setProperty("kind", "bare")
        self.all_box.setAccessibleName("Select all")
        self.all_box.setTristate(True)
        set_tip(self.all_box, self.tr("Select all of this view, also what is not loaded (Ctrl+A in the list)"))
        self.label = ElidedLabel(kind="strong")
        self._close = _button("x", "Leave the selection", self.tr("Leave the selection (Esc)"))
        self._close.clicked.connect(self.cleared)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.all_box)
        head.addWidget(self.label, 1)
        head.addWidget(self._close)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for key, name, icon in _ACTIONS:
            button = _button(icon, name, name)
            action = actions[key]
            keys = action.shortcut().toString()
            set_tip(button, action.text().rstrip("…") + (f" ({keys})" if keys else ""))
            button.clicked.connect(action.trigger)
            row.addWidget(button)
        self.tag = _button("tag", "Tag selected", self.tr("Add a tag"))
        self.tag.clicked.connect(self.tag_wanted)
        self.export = _button("download", "Export selected", self.tr("Export"))
        self.export.clicked.connect(self.export_wanted)
        self.export.hide()
        row.addWidget(self.tag)
        row.addWidget(self.export)
        row.addStretch()
        self._course = self._build_course()
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 4, 8, 8)  # the box stands over those of the rows
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._buttons)
        column.addWidget(self._course)

    def show_count(self, count: int, total: int | None) -> None:
        """Say how many are ticked, and of how many where that is known."""
        number = self._formats.number
        if total is not None and count >= total:
            text = self.tr("All {count} selected").format(count=number(count))
        elif total is not None:
            text = self.tr("{count} of {total} selected").format(count=number(count), total=number(total))
        else:
            text = self.tr("{count} selected").format(count=number(count))
        self.label.setText(text)
        everything = total is not None and count >= total
        state = Qt.CheckState.Checked if everything else Qt.CheckState.PartiallyChecked
        self.all_box.setCheckState(state if count else Qt.CheckState.Unchecked)
        self.setAccessibleDescription(text)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far a long action is."""
        self._course.show()
        self._buttons.hide()
        self._progress.setMaximum(max(1, total))
        self._progress.setValue(done)
        text = self.tr("{done} of {total}").format(done=self._formats.number(done), total=self._formats.number(total))
        self._progress.setAccessibleDescription(text)
        self.label.setText(text)
        self._cancel.setEnabled(True)

    def hide_progress(self) -> None:
        """The action is over."""
        self._course.hide()
        self._buttons.show()

    def _build_course(self) -> QWidget:
        course = QWidget()
        row = QHBoxLayout(course)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress")
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setProperty("kind", "quiet")
        self._cancel.setAccessibleName("Cancel the action")
        self._cancel.clicked.connect(self._ask_to_cancel)
        row.addWidget(self._progress, 1)
        row.addWidget(self._cancel)
        course.hide()
        return course

    def _ask_to_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_wanted.emit()


def _button(icon: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setProperty("kind", "quiet")
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    bind_icon(button, icon)
    set_tip(button, tip)
    return button
