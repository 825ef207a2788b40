"""ScheduleEditor: what leaves later: to whom, what, when and how often; it shows the next times while one writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.batch import ListAudience, SegmentAudience, audience_from_json
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.schedule import Schedule, ScheduleKind
from desktop_inbox.models.entities.segment import Segment
from desktop_inbox.models.entities.tag import ContactList
from desktop_inbox.services.recurrence import DAYS, Repeat, Slot, repeat_of, rule_for, zone_named
from desktop_inbox.services.schedules import ScheduleDraft, ScheduleService, draft_of
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.variable_completion import VariableCompletion
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.room import fit_dialog, scrolled
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_TYPING_MS = 200
_REPEATS = (Repeat.NEVER, Repeat.DAILY, Repeat.WEEKLY, Repeat.MONTHLY, Repeat.CUSTOM)


class ScheduleEditor(QDialog):
    """A new schedule to many, or the change of any."""

    saved = Signal()

    def __init__(
        self,
        schedules: ScheduleService,
        services: Services,
        tasks: Tasks,
        formats: Formats,
        schedule: Schedule | None,
        parent: QWidget | None = None,
        *,
        draft: ScheduleDraft | None = None,
    ) -> None:
        super().__init__(parent)
        self._schedules, self._services, self._tasks, self._formats = schedules, services, tasks, formats
        self._schedule = schedule
        self._draft = draft if schedule is None else draft_of(schedule)
        self._confirmed: frozenset[str] = frozenset() if self._draft is None else self._draft.confirmed
        self._generation = 0
        self._saving = False  # a second click would make a second one
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_reply = self._draft is not None and self._draft.conversation_id is not None
        title = self._title()
        self.setWindowTitle(title)
        self._make_fields()
        self._build(title)
        self._connect()
        if self._draft is not None:
            self._fill(self._draft)
        self._tasks.start(self._load(), on_error=self._refuse, name="schedule editor")

    def _title(self) -> str:
        if self._schedule is None:
            return self.tr("Send later") if self.is_reply else self.tr("New schedule")
        return self.tr("Change what is sent later") if self.is_reply else self.tr("Change the schedule")

    # Parts

    def _make_fields(self) -> None:
        self.to = QComboBox()
        self.to.setAccessibleName(self.tr("To"))
        self.to.setPlaceholderText(self.tr("No segment or list yet: save one in the inbox first"))
        self.channel = QComboBox()
        self.channel.setAccessibleName(self.tr("Channel"))
        self.channel.setPlaceholderText(self.tr("No active channel: add one under Channels"))
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text"))
        self.text.setMinimumHeight(theme().px(96))
        self.completion = VariableCompletion(self.text)
        soon = self._formats.local(self._services.clock() + timedelta(hours=1))
        self.start = QDateTimeEdit(QDateTime(soon.year, soon.month, soon.day, soon.hour, 0, 0))
        self.start.setCalendarPopup(True)
        self.start.setDisplayFormat(_pattern(self._formats.locale))
        self.start.setAccessibleName(self.tr("Date and time"))
        self.zone = QComboBox()
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.addItems(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
        self.zone.setAccessibleName(self.tr("Time zone"))
        self.repeat = QComboBox()
        self.repeat.setAccessibleName(self.tr("Repeats"))
        words = (self.tr("Once"), self.tr("Daily"), self.tr("Weekly"), self.tr("Monthly"), self.tr("By a rule"))
        for word, repeat in zip(words, _REPEATS, strict=True):
            self.repeat.addItem(word, repeat)
        names = [self._formats.locale.dayName(day, QLocale.FormatType.ShortFormat) for day in range(1, 8)]
        self.days = [QCheckBox(name) for name in names]
        self.rule = QLineEdit()
        self.rule.setPlaceholderText("FREQ=MONTHLY;BYDAY=-1FR")
        self.rule.setAccessibleName(self.tr("Rule"))
        self.cancels = QCheckBox(self.tr("Do not send it when they write first"))
        self.cancels.setChecked(True)
        self.upcoming = PlainLabel(kind="secondary", wrap=True)
        self.upcoming.setAccessibleName(self.tr("Next times"))
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()

    def _build(self, title: str) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(8)
        if not self.is_reply:
            form.addRow(self.tr("To"), self.to)
            form.addRow(self.tr("Channel"), self.channel)
        form.addRow(self.tr("Text"), self.text)
        form.addRow(self.tr("Date and time"), self.start)
        form.addRow(self.tr("Time zone"), self.zone)
        form.addRow(self.tr("Repeats"), self.repeat)
        self.week = QWidget()
        row = QHBoxLayout(self.week)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        for box in self.days:
            row.addWidget(box)
        row.addStretch()
        form.addRow("", self.week)
        form.addRow("", self.rule)
        if self.is_reply:
            form.addRow("", self.cancels)
        form.addRow(self.tr("Next times"), self.upcoming)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.save_button = QPushButton(self.tr("Schedule") if self._schedule is None else self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(PlainLabel(title, kind="title"))
        inside = QWidget()
        inside.setLayout(form)
        form.setContentsMargins(0, 0, theme().px(8), 0)
        outer.addWidget(scrolled(inside), 1)
        outer.addWidget(self.trouble)
        outer.addLayout(foot)
        fit_dialog(self, 600, 660 if not self.is_reply else 600)

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._timer.timeout.connect(self._look_ahead)
        self.start.dateTimeChanged.connect(lambda _moment: self._changed())
        self.zone.currentTextChanged.connect(lambda _text: self._changed())
        self.repeat.currentIndexChanged.connect(lambda _place: self._changed())
        self.rule.textChanged.connect(lambda _text: self._changed())
        for box in self.days:
            box.toggled.connect(lambda _on: self._changed())
        self.text.textChanged.connect(self._calm)
        self.save_button.clicked.connect(self._save)
        self._changed()

    def _fill(self, draft: ScheduleDraft) -> None:
        at = draft.starts_at
        if self._schedule is not None and self._schedule.rule == "" and self._schedule.next_local is not None:
            at = self._schedule.next_local
        self.text.setPlainText(draft.text)
        self.start.setDateTime(QDateTime(at.year, at.month, at.day, at.hour, at.minute, 0))
        self.zone.setCurrentText(draft.zone)
        repeat, days = repeat_of(draft.rule, draft.starts_at)
        self.repeat.setCurrentIndex(_REPEATS.index(repeat))
        for place, box in enumerate(self.days):
            box.setChecked(place in days)
        self.rule.setText(draft.rule if repeat is Repeat.CUSTOM else "")
        self.cancels.setChecked(draft.cancel_on_reply)

    async def _load(self) -> None:
        zone = self._draft.zone if self._draft is not None else await self._schedules.zone()
        self.zone.setCurrentText(zone)
        self.completion.show_names(await self._services.variables.names())
        if self.is_reply:
            return
        channels = await self._services.channels.all()
        if self._services.broadcasts is not None:  # a new one leaves by the channels of the team
            team_id = None if self._draft is None else self._draft.team_id
            own = {one.id for one in (await self._services.broadcasts.choices()).channels_of(team_id)}
            chosen = None if self._draft is None else self._draft.channel_id
            channels = tuple(one for one in channels if one.id in own or one.id == chosen)
        self._offer(channels, await self._services.segments.all(), await self._services.tags.lists())

    def _offer(self, channels: Sequence[Channel], segments: Sequence[Segment], lists: Sequence[ContactList]) -> None:
        if self._schedule is not None and self._schedule.kind is ScheduleKind.BROADCAST:
            kept = audience_from_json(self._schedule.audience)
            name = str(self._schedule.options.get("audience_name") or self.tr("As before"))
            self.to.addItem(plain_name(name), kept)
        for segment in segments:
            audience = SegmentAudience(filter=scope_of(segment.id), name=segment.name)
            self.to.addItem(self.tr("Segment: {name}").format(name=plain_name(segment.name)), audience)
        for one in lists:
            known = ListAudience(list_id=one.id, name=one.name)
            self.to.addItem(self.tr("List: {name}").format(name=plain_name(one.name)), known)
        chosen = None if self._draft is None else self._draft.channel_id
        for channel in channels:
            if channel.state is ChannelState.ACTIVE or channel.id == chosen:
                self.channel.addItem(plain_name(channel.name), channel.id)
        self.channel.setCurrentIndex(max(0, self.channel.findData(0 if chosen is None else int(chosen))))

    # While it is written

    def _changed(self) -> None:
        repeat = self._repeat()
        self.week.setVisible(repeat is Repeat.WEEKLY)
        self.rule.setVisible(repeat is Repeat.CUSTOM)
        self._calm()
        self._timer.start()

    def _calm(self) -> None:
        """What was warned of may not hold any more."""
        if self._confirmed and not self.trouble.isHidden():
            self._confirmed = frozenset()
        self.trouble.hide()
        self.save_button.setText(self.tr("Schedule") if self._schedule is None else self.tr("Save"))

    def _look_ahead(self) -> None:
        self._generation += 1
        try:
            rule = self._rule()
        except InvalidInputError as error:
            self.upcoming.setText(f"{error.message} {error.hint}")
            return
        self._tasks.start(self._show_ahead(self._generation, rule), name="next times")

    async def _show_ahead(self, generation: int, rule: str) -> None:
        try:
            found = await self._schedules.upcoming(self._start(), self.zone.currentText(), rule)
            words = "\n".join(self._said(slot) for slot in found) or self.tr(
                "This time has passed. Choose a later one."
            )
        except InboxError as error:
            words = f"{error.message} {error.hint}"
        if generation == self._generation:
            self.upcoming.setText(words)

    def _said(self, slot: Slot) -> str:
        here = self._formats.local(slot.at).replace(tzinfo=None)
        words = self._formats.wall(slot.local)
        if here == slot.local:
            return words
        return self.tr("{time} ({here} here)").format(time=words, here=self._formats.hour(here))

    def _repeat(self) -> Repeat:
        return _REPEATS[max(0, self.repeat.currentIndex())]

    def _start(self) -> datetime:
        day, at = self.start.date(), self.start.time()
        return datetime(day.year(), day.month(), day.day(), at.hour(), at.minute())

    def _rule(self) -> str:
        chosen = [place for place in range(len(DAYS)) if self.days[place].isChecked()]
        zone = zone_named(self.zone.currentText())
        return rule_for(self._repeat(), self._start(), weekdays=chosen, text=self.rule.text(), zone=zone)

    # Saving

    def _made(self) -> ScheduleDraft:
        rule = self._rule()
        if self._draft is None and self.channel.currentData() is None:
            raise InvalidInputError("channel_missing", "There is no channel.", hint="Add one in the settings.")
        changes = {
            "text": self.text.toPlainText(),
            "starts_at": self._start(),
            "zone": self.zone.currentText(),
            "rule": rule,
            "confirmed": self._confirmed,
        }
        if self.is_reply and self._draft is not None:
            return replace(self._draft, **changes, cancel_on_reply=self.cancels.isChecked())  # type: ignore[arg-type]
        base = self._draft or ScheduleDraft(
            text="", channel_id=self.channel.currentData(), starts_at=self._start(), zone=self.zone.currentText()
        )
        more = {"audience": self.to.currentData(), "channel_id": self.channel.currentData() or base.channel_id}
        return replace(base, **changes, **more)  # type: ignore[arg-type]

    def _save(self) -> None:
        if self._saving:
            return
        try:
            draft = self._made()
        except InvalidInputError as error:
            self._refuse(error)
            return
        self._saving = True
        self._tasks.start(self._store(draft), on_error=self._refuse, name="save a schedule")

    async def _store(self, draft: ScheduleDraft) -> None:
        try:
            await self._checked(draft)
        finally:
            self._saving = False

    async def _checked(self, draft: ScheduleDraft) -> None:
        decision = await self._schedules.look(draft)
        if decision.kind is GateKind.REFUSE or (decision.kind is not GateKind.GO and not self._knows(decision)):
            self._warn(decision)
            return
        if self._schedule is None:
            await self._schedules.create(draft)
        else:
            await self._schedules.edit(self._schedule.id, draft, version=self._schedule.version)
        self.saved.emit()
        self.accept()

    def _knows(self, decision: GateDecision) -> bool:
        return decision.code in self._confirmed

    def _warn(self, decision: GateDecision) -> None:
        """Say before saving what the gate would say at that time (D-07)."""
        hint = decision.hint
        if decision.kind is GateKind.HOLD:
            hint = self.tr("The message would wait then until somebody lets it go.")
        self.trouble.setText(f"{decision.sentence} {hint}".strip())
        self.trouble.show()
        if decision.kind is not GateKind.REFUSE:
            self._confirmed |= {decision.code}
            self.save_button.setText(self.tr("Schedule anyway"))

    def _refuse(self, error: InboxError) -> None:
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()


def _pattern(locale: QLocale) -> str:
    """The usual date with four digits of the year, and a time."""
    day = locale.dateFormat(QLocale.FormatType.ShortFormat)
    day = day if "yyyy" in day else day.replace("yy", "yyyy")
    return f"ddd {day}, {locale.timeFormat(QLocale.FormatType.ShortFormat)}"
