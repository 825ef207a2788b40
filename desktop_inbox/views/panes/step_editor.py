"""StepEditor: one message of a campaign being written: when, what, with which files."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
)

from desktop_inbox.models.entities.campaign import MAX_DAYS, CampaignStep
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.panes.chosen_files import ChosenFiles
from desktop_inbox.views.panes.variable_completion import VariableCompletion
from desktop_inbox.views.panes.variable_highlighter import VariableHighlighter
from desktop_inbox.views.plain import PlainLabel, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


def _number(value: int, most: int, unit: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, most)
    box.setValue(min(value, most))
    box.setSuffix(f" {unit}")
    box.lineEdit().setTextMargins(theme().px(6), 0, 0, 0)  # which a style sheet cannot give it
    box.setFixedWidth(theme().px(92))
    return box


class StepEditor(QFrame):
    """Days at the same time of day, hours and minutes as they pass, text with variables, files."""

    changed = Signal()
    move_wanted = Signal(int)  # -1 up, 1 down
    remove_wanted = Signal()
    refused = Signal(object)  # InboxError

    def __init__(self, services: Services, tasks: Tasks, step: CampaignStep) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._id = step.id
        self.number = PlainLabel(kind="strong")
        hours, minutes = divmod(step.minutes, 60)
        self.days = _number(step.days, MAX_DAYS, self.tr("d", "days"))
        self.hours = _number(hours, 24, self.tr("h", "hours"))
        self.minutes = _number(minutes, 59, self.tr("min", "minutes"))
        self.text = QPlainTextEdit(step.text)
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(self.tr("What it says; $ offers variables"))
        self.completion = VariableCompletion(self.text)
        self.marks = VariableHighlighter(self.text.document())
        self.files = ChosenFiles(services, tasks, step.files, self)
        self.files.changed.connect(self.changed)
        self.files.refused.connect(self.refused)
        self._buttons: dict[str, QToolButton] = {}
        self._build()

    def _build(self) -> None:
        px = theme().px
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(self.number)
        top.addWidget(PlainLabel(self.tr("after"), kind="small"))
        for box in (self.days, self.hours, self.minutes):
            top.addWidget(box)
        top.addStretch()
        top.addWidget(self.files.attach)
        top.addWidget(self.files.drop)
        for key, icon, words in (
            ("up", "arrow-up", self.tr("Earlier in the list")),
            ("down", "arrow-down", self.tr("Later in the list")),
            ("remove", "trash-2", self.tr("Remove this message")),
        ):
            button = QToolButton()
            button.setProperty("kind", "quiet")
            button.setAccessibleName(words)
            set_tip(button, words)
            bind_icon(button, icon, "muted", size=16)
            self._buttons[key] = button
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(8), px(12), px(10))
        column.setSpacing(px(6))
        column.addLayout(top)
        column.addWidget(self.text)
        column.addWidget(self.files.label)
        self._buttons["up"].clicked.connect(lambda: self.move_wanted.emit(-1))
        self._buttons["down"].clicked.connect(lambda: self.move_wanted.emit(1))
        self._buttons["remove"].clicked.connect(self.remove_wanted)
        for box in (self.days, self.hours, self.minutes):
            box.valueChanged.connect(lambda _value: self.changed.emit())
        self.text.textChanged.connect(self.changed)

    def minimumSizeHint(self) -> QSize:
        """Leave room for three lines of text; the list of messages scrolls."""
        return super().minimumSizeHint().expandedTo(QSize(0, theme().px(140)))

    def step(self) -> CampaignStep:
        """Return what is written."""
        minutes = 60 * self.hours.value() + self.minutes.value()
        return CampaignStep(
            id=self._id,
            days=self.days.value(),
            minutes=minutes,
            text=self.text.toPlainText(),
            files=self.files.files,
        )

    def show_place(self, place: int, count: int) -> None:
        """Say which message it is."""
        number = place + 1
        self.number.setText(self.tr("Message {n}").format(n=number))
        self.text.setAccessibleName(self.tr("Text of message {n}").format(n=number))
        self.days.setAccessibleName(self.tr("Days before message {n}").format(n=number))
        self.hours.setAccessibleName(self.tr("Hours before message {n}").format(n=number))
        self.minutes.setAccessibleName(self.tr("Minutes before message {n}").format(n=number))
        self._buttons["up"].setEnabled(place > 0)
        self._buttons["down"].setEnabled(place < count - 1)
        self._buttons["remove"].setEnabled(count > 1)
