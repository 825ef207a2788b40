"""Item models of campaigns and reminders: the lists, and whom a campaign is under way with; their words."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_inbox.models.entities.campaign import (
    Campaign,
    CampaignStep,
    Enrollment,
    EnrollmentState,
    EnrollmentStep,
    StepState,
)
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.reminder import Reminder, ReminderDraft, ReminderUnit
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import dot
from desktop_inbox.views.item_models.batch_table import Paged
from desktop_inbox.views.item_models.batch_words import when
from desktop_inbox.views.plain import one_line, plain_name

Index = QModelIndex | QPersistentModelIndex
_STATE_COLORS = {
    EnrollmentState.ACTIVE: "accent",
    EnrollmentState.FINISHED: "success",
    EnrollmentState.REPLIED: "success",
    EnrollmentState.OPTED_OUT: "warning",
    EnrollmentState.CANCELLED: "muted",
}


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Campaigns", text, "", number)


def state_word(state: EnrollmentState) -> str:
    """Return the word for how far a campaign got with a contact."""
    return {
        EnrollmentState.ACTIVE: _tr("Under way"),
        EnrollmentState.FINISHED: _tr("Finished"),
        EnrollmentState.REPLIED: _tr("Replied"),
        EnrollmentState.OPTED_OUT: _tr("Opted out"),
        EnrollmentState.CANCELLED: _tr("Stopped"),
    }[state]


def interval_words(step: CampaignStep) -> str:
    """Return when a message leaves: "At once", "After 2 days and 30 minutes"."""
    parts = [_count(step.days, "%n days", "%n day")] if step.days else []
    hours, minutes = divmod(step.minutes, 60)
    parts += [_count(hours, "%n hours", "%n hour")] if hours else []
    parts += [_count(minutes, "%n minutes", "%n minute")] if minutes else []
    if not parts:
        return _tr("At once")
    return _tr("After {span}").format(span=", ".join(parts))


def _count(number: int, many: str, one: str) -> str:
    return _tr(one if number == 1 else many, number).replace("%n", str(number))


def offset_words(reminder: ReminderDraft) -> str:
    """Return when a reminder leaves, relative to its date: "2 days before, 09:00"."""
    amount = abs(reminder.amount)
    units = {
        ReminderUnit.MINUTES: ("%n minutes", "%n minute"),
        ReminderUnit.HOURS: ("%n hours", "%n hour"),
        ReminderUnit.DAYS: ("%n days", "%n day"),
        ReminderUnit.WEEKS: ("%n weeks", "%n week"),
    }[reminder.unit]
    words = _tr("On the day")
    if amount:
        side = _tr("{span} before") if reminder.amount < 0 else _tr("{span} after")
        words = side.format(span=_count(amount, *units))
    return f"{words}, {reminder.at_time}" if reminder.at_time else words


def step_words(step: EnrollmentStep, formats: Formats) -> str:
    """Return what became of one message, and when."""
    if step.state is StepState.WAITING:
        return formats.ahead(step.due_at)
    if step.state is StepState.ASKING:
        return _tr("Missed {moment}").format(moment=formats.moment(step.due_at))
    if step.state is StepState.QUEUED:
        if step.status in (DeliveryStatus.CANCELLED, DeliveryStatus.BLOCKED):
            return _tr("Taken back before it left")
        return _tr("Sent {moment}").format(moment=formats.moment(step.due_at))
    return _tr("Not sent")


class RowsModel(QAbstractListModel):
    """Campaigns or reminders: the name above what is most worth knowing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Campaign | Reminder, ...] = ()

    def show(self, rows: Sequence[Campaign | Reminder]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def row_of(self, key: int) -> int:
        """Return in which row an id is; -1 where in none."""
        return next((place for place, one in enumerate(self.rows) if one.id == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one property of one row."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        one = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{plain_name(one.name)}\n{self._below(one)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{plain_name(one.name)}, {self._below(one)}"
        return None

    @staticmethod
    def _below(one: Campaign | Reminder) -> str:
        if isinstance(one, Reminder):
            parts = [offset_words(one)]
        else:
            parts = [_count(len(one.steps), "%n messages", "%n message")]
            parts.append(_tr("{n} under way").replace("{n}", str(one.numbers.active)))
        asking = one.asking if isinstance(one, Reminder) else one.numbers.asking
        if not one.active:
            parts.insert(0, _tr("Off"))
        if asking:
            parts.append(_tr("{n} missed").replace("{n}", str(asking)))
        return " · ".join(parts)


class Column(IntEnum):
    """Columns of the enrollments."""

    CONTACT = 0
    STATE = 1
    PROGRESS = 2
    NEXT = 3
    APPLIED = 4


class EnrollmentTableModel(Paged):
    """Applications of a campaign, the newest first."""

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(len(Column), parent)
        self._formats = formats

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        return (_tr("Contact"), _tr("State"), _tr("Messages"), _tr("Next"), _tr("Applied"))[column]

    def cell(self, row: Enrollment, column: int) -> str:
        """Return the words of a cell."""
        if column == Column.CONTACT:
            return one_line(plain_name(row.contact_name))
        if column == Column.STATE:
            return state_word(row.state)
        if column == Column.PROGRESS:
            queued = sum(step.state is StepState.QUEUED for step in row.steps)
            return _tr("{n} of {all}").format(n=queued, all=len(row.steps))
        if column == Column.NEXT:
            following = row.next_step
            return "—" if following is None else step_words(following, self._formats)
        return when(row.applied_at, self._formats)

    def mark(self, row: Enrollment, column: int) -> object:
        """Return the dot of the state."""
        return dot(_STATE_COLORS[row.state]) if column == Column.STATE else None
