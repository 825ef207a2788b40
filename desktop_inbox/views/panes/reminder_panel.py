"""ReminderPanel: one reminder: what it says, when, to whom, and what it did."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_inbox.models.entities.reminder import Reminder, ReminderOutcome, ReminderRun
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import dot
from desktop_inbox.views.item_models.batch_table import Paged
from desktop_inbox.views.item_models.campaign_rows import offset_words
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.permitted import permit
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, one_line, plain_name
from desktop_inbox.views.room import ColumnRoom, PageHead, scrolled
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.theme import theme

_COLORS = {
    ReminderOutcome.QUEUED: "success",
    ReminderOutcome.SKIPPED: "muted",
    ReminderOutcome.MISSED: "muted",
    ReminderOutcome.ASKING: "warning",
}


class RunModel(Paged):
    """What a reminder did, the newest first."""

    def __init__(self, formats: Formats, words: dict[ReminderOutcome, str], headings: Sequence[str]) -> None:
        super().__init__(len(headings))
        self._formats, self._words, self._headings = formats, words, headings

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        return self._headings[column]

    def cell(self, row: ReminderRun, column: int) -> str:
        """Return the words of a cell."""
        if column == 0:
            return one_line(plain_name(row.contact_name))
        if column == 1:
            return self._words[row.outcome]
        return self._formats.moment(row.at) if column == 2 else one_line(row.reason) or "—"

    def mark(self, row: ReminderRun, column: int) -> object:
        """Return the dot of the outcome."""
        return dot(_COLORS[row.outcome]) if column == 1 else None


class ReminderPanel(QWidget):
    """Shows what it is given; what a button wants is told by a signal."""

    edit_wanted = Signal()
    switch_wanted = Signal()
    delete_wanted = Signal()
    send_missed_wanted = Signal()
    skip_missed_wanted = Signal()
    conversation_wanted = Signal(object)  # ConversationId

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Reminder"))
        self.reminder: Reminder | None = None
        self._formats = formats
        self.title = ElidedLabel(kind="heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.pill = PlainLabel(self.tr("Off"), kind="pill")
        self.about = PlainLabel(kind="secondary", wrap=True)
        self.said = PlainLabel(kind="bubble", wrap=True)
        words = {
            ReminderOutcome.QUEUED: self.tr("Sent"),
            ReminderOutcome.SKIPPED: self.tr("Not sent"),
            ReminderOutcome.MISSED: self.tr("Left out"),
            ReminderOutcome.ASKING: self.tr("Missed"),
        }
        headings = (self.tr("Contact"), self.tr("Outcome"), self.tr("When"), self.tr("Reason"))
        self.model = RunModel(formats, words, headings)
        self.model.setParent(self)
        self.table = RowTable(self.tr("What the reminder did"))
        self.table.setModel(self.model)
        self.table.set_row_height(40)
        self.states = ListStates(self.table)
        self.missed = QWidget()
        self._build()

    def _build(self) -> None:
        px = theme().px
        self.delete_button = page_button(self.tr("Delete…"), "trash-2", self.delete_wanted.emit, "")
        self.switch_button = page_button(self.tr("Switch off"), "power", self.switch_wanted.emit, "")
        self.edit_button = page_button(self.tr("Edit…"), "pencil", self.edit_wanted.emit, "")
        buttons = self.delete_button, self.switch_button, self.edit_button
        row = QHBoxLayout(self.missed)
        row.setContentsMargins(0, 0, 0, 0)
        self._missed_words = PlainLabel(kind="warning", wrap=True)
        row.addWidget(self._missed_words, 1)
        row.addWidget(page_button(self.tr("Leave out"), "", self.skip_missed_wanted.emit, ""))
        row.addWidget(page_button(self.tr("Send now"), "send", self.send_missed_wanted.emit, "primary"))
        whole = QWidget()  # moved where the window is too low for all of it
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(whole))
        box = QVBoxLayout(whole)
        box.setContentsMargins(px(20), px(12), px(20), px(12))
        box.setSpacing(px(10))
        box.addWidget(PageHead((self.title, self.pill), buttons))
        box.addWidget(self.about)
        box.addWidget(PlainLabel(self.tr("MESSAGE"), kind="section"))
        box.addWidget(self.said)
        box.addWidget(self.missed)
        box.addWidget(PlainLabel(self.tr("WHAT IT DID"), kind="section"))
        box.addWidget(self.states, 1)
        ColumnRoom(self.table, {0: 200, 1: 120, 2: 190, 3: 170}, 3)
        self.table.activated.connect(lambda index: self._open(index.row()))

    def show_reminder(self, reminder: Reminder, field: str, to_whom: str, runs: Sequence[ReminderRun]) -> None:
        """Show a reminder, the name of its field, who gets it, and what it did."""
        self.reminder = reminder
        self.title.setText(one_line(plain_name(reminder.name)))
        self.pill.setVisible(not reminder.active)
        switch = self.tr("Switch off") if reminder.active else self.tr("Switch on")
        self.switch_button.setText(f" {switch}")
        self.switch_button.setAccessibleName(switch)
        every = self.tr("every year") if reminder.yearly else self.tr("once")
        self.about.setText(f"{offset_words(reminder)}  ·  {plain_name(field)}, {every}  ·  {plain_name(to_whom)}")
        self.said.setText(reminder.text)
        self.missed.setVisible(reminder.asking > 0)
        whose = self.tr("Only who made this reminder, or an administrator, may change it.")
        changes = (self.edit_button, self.switch_button, self.delete_button, *self.missed.findChildren(QPushButton))
        permit(changes, allowed=reminder.may_change, reason=whose)
        missed = self.tr("{n} were due while no computer was on. Send them late?")
        self._missed_words.setText(missed.format(n=self._formats.number(reminder.asking)))
        self.model.show(runs, has_more=False)
        if runs:
            self.states.show_rows()
        else:
            self.states.show_empty(
                "alarm-clock",
                self.tr("Nothing was due yet"),
                self.tr("It leaves by itself when the date of a contact comes near."),
            )

    def _open(self, row: int) -> None:
        if 0 <= row < len(self.model.rows) and self.model.rows[row].conversation_id is not None:
            self.conversation_wanted.emit(self.model.rows[row].conversation_id)
