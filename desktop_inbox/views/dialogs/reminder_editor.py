"""ReminderEditor: make or change a reminder of a date."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.ids import ChannelId, FieldId
from desktop_inbox.models.entities.reminder import MAX_AMOUNT, Reminder, ReminderDraft, ReminderUnit
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.services.reminders import ReminderService
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.panes.chosen_files import ChosenFiles
from desktop_inbox.views.panes.variable_completion import VariableCompletion
from desktop_inbox.views.panes.variable_highlighter import VariableHighlighter
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class ReminderEditor(QDialog):
    """A date field, an offset, a time of delivery, whom, and the text."""

    saved = Signal(object)  # Reminder

    def __init__(
        self,
        reminders: ReminderService,
        services: Services,
        tasks: Tasks,
        reminder: Reminder | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._reminders, self._services, self._tasks, self._reminder = reminders, services, tasks, reminder
        self._saving = False  # a second click would make a second one
        self._kept = reminder.audience if reminder is not None else EVERYBODY
        title = self.tr("New reminder") if reminder is None else self.tr("Change the reminder")
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit(reminder.name if reminder is not None else "")
        self.field, self.channel, self.audience = QComboBox(), QComboBox(), QComboBox()
        self.amount, self.unit, self.side = QSpinBox(), QComboBox(), QComboBox()
        self.has_time = QCheckBox(self.tr("at"))
        self.at_time = QLineEdit((reminder.at_time if reminder else "") or "09:00")
        self.yearly = QCheckBox(self.tr("Every year, such as a birthday"))
        self.text = QPlainTextEdit(reminder.text if reminder is not None else "")
        self.files = ChosenFiles(services, tasks, reminder.files if reminder is not None else (), self)
        self.files.refused.connect(self._refuse)
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self._build(title)
        self._fill()
        tasks.start(self._load(), on_error=self._refuse)

    def _build(self, title: str) -> None:
        self.amount.setRange(0, max(MAX_AMOUNT.values()))
        self.amount.lineEdit().setTextMargins(theme().px(6), 0, 0, 0)
        self.at_time.setMaxLength(5)
        self.at_time.setFixedWidth(theme().px(80))
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(self.tr("What it says; $ offers variables"))
        self._completion = VariableCompletion(self.text)
        self._marks = VariableHighlighter(self.text.document())
        units = (
            (ReminderUnit.MINUTES, self.tr("minutes")),
            (ReminderUnit.HOURS, self.tr("hours")),
            (ReminderUnit.DAYS, self.tr("days")),
            (ReminderUnit.WEEKS, self.tr("weeks")),
        )
        for unit, words in units:
            self.unit.addItem(words, unit)
        for sign, words in ((-1, self.tr("before")), (1, self.tr("after"))):
            self.side.addItem(words, sign)
        when = QHBoxLayout()
        for widget in (self.amount, self.unit, self.side, self.has_time, self.at_time):
            when.addWidget(widget)
        when.addStretch()
        names: tuple[tuple[QWidget, str], ...] = (
            (self.name, self.tr("Name")), (self.field, self.tr("Date field")), (self.channel, self.tr("Channel")),
            (self.audience, self.tr("Sent to")), (self.amount, self.tr("How long")), (self.unit, self.tr("Unit")),
            (self.side, self.tr("Before or after")), (self.has_time, self.tr("At a time of day")),
            (self.at_time, self.tr("Time of delivery")), (self.text, self.tr("Text")),
        )  # fmt: skip
        for named, words in names:
            named.setAccessibleName(words)
        self.has_time.toggled.connect(self.at_time.setEnabled)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Name"), self.name)
        form.addRow(self.tr("Date field"), self.field)
        form.addRow(self.tr("When"), when)
        form.addRow("", self.yearly)
        form.addRow(self.tr("Sent to"), self.audience)
        form.addRow(self.tr("Channel"), self.channel)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.save_button.setEnabled(False)  # until the present choices are there to be kept
        self.save_button.clicked.connect(self._save)
        foot = QHBoxLayout()
        foot.addWidget(self.files.attach)
        foot.addWidget(self.files.drop)
        foot.addWidget(self.files.label, 1)
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        rule = self.tr("It leaves once for each contact and date, never to those who opted out.")
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(title, kind="title"))
        box.addLayout(form)
        box.addWidget(self.text, 1)
        box.addWidget(PlainLabel(rule, kind="small", wrap=True))
        box.addWidget(self.trouble)
        box.addLayout(foot)
        fit_dialog(self, 600, 540)

    def _fill(self) -> None:
        one = self._reminder
        self.amount.setValue(abs(one.amount) if one is not None else 1)
        self.unit.setCurrentIndex(self.unit.findData(one.unit if one is not None else ReminderUnit.DAYS))
        self.side.setCurrentIndex(0 if one is None or one.amount < 0 else 1)
        self.has_time.setChecked(one is None or bool(one.at_time))
        self.at_time.setEnabled(self.has_time.isChecked())
        self.yearly.setChecked(one is not None and one.yearly)

    async def _load(self) -> None:
        one = self._reminder
        for field in await self._services.fields.all():
            if field.kind is FieldKind.DATE:
                self.field.addItem(plain_name(field.name), int(field.id))
        for channel in await self._services.channels.all():
            if channel.state is not ChannelState.REMOVED:
                self.channel.addItem(plain_name(channel.name), int(channel.id))
        self.audience.addItem(self.tr("Everybody with this date"), EVERYBODY)
        for segment in await self._services.segments.all():
            if segment.shared:
                self.audience.addItem(plain_name(segment.name), scope_of(segment.id))
        kept = next(
            (place for place in range(self.audience.count()) if self.audience.itemData(place) == self._kept), -1
        )
        if kept < 0:
            self.audience.addItem(await self._services.segments.text_of(self._kept), self._kept)
            kept = self.audience.count() - 1
        self.audience.setCurrentIndex(kept)
        if one is not None:
            self.field.setCurrentIndex(self.field.findData(int(one.field_id)))
            self.channel.setCurrentIndex(self.channel.findData(int(one.channel_id)))
        self._completion.show_names(await self._services.variables.names())
        self.save_button.setEnabled(True)
        if not self.field.count():
            self._refuse(
                InvalidInputError(
                    "no_date_field",
                    self.tr("The office has no date field yet."),
                    hint=self.tr("Add one under “Fields and tags…” first, such as Appointment."),
                )
            )

    def _save(self) -> None:
        one = self._reminder
        if self._saving:
            return
        if self.field.currentData() is None or self.channel.currentData() is None:
            self._refuse(InvalidInputError("incomplete", self.tr("Choose a date field and a channel.")))
            return
        draft = ReminderDraft(
            name=self.name.text(),
            field_id=FieldId(self.field.currentData()),
            channel_id=ChannelId(self.channel.currentData()),
            text=self.text.toPlainText(),
            amount=self.amount.value() * int(self.side.currentData()),
            unit=ReminderUnit(self.unit.currentData()),
            at_time=self.at_time.text().strip() if self.has_time.isChecked() else "",
            yearly=self.yearly.isChecked(),
            audience=self.audience.currentData() or EVERYBODY,
            files=self.files.files,
            active=one.active if one is not None else True,
        )
        known = one.id if one is not None else None
        self._saving = True
        self._tasks.start(self._reminders.save(draft, reminder_id=known), on_result=self._done, on_error=self._refuse)

    def _done(self, reminder: Reminder) -> None:
        self.saved.emit(reminder)
        self.accept()

    def _refuse(self, error: InboxError) -> None:
        self._saving = False
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
