"""CampaignPanel: one campaign: its messages, how it went, and with whom it is under way."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.campaign import Campaign, Enrollment, EnrollmentState, StepState
from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.campaign_rows import Column, EnrollmentTableModel, interval_words, state_word
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.panes.flow_layout import FlowLayout
from desktop_inbox.views.permitted import permit
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, one_line, plain_name
from desktop_inbox.views.room import ColumnRoom, PageHead, scrolled
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.theme import theme

_WIDTHS = {Column.CONTACT: 170, Column.STATE: 120, Column.PROGRESS: 100, Column.NEXT: 170, Column.APPLIED: 190}
_SHOWN = 300  # characters of a message
_SEARCH = 260  # pixels at 100 %
_TYPING_MS = 150


class CampaignPanel(QWidget):
    """Shows what it is given; what a button wants is told by a signal."""

    apply_wanted = Signal()
    edit_wanted = Signal()
    switch_wanted = Signal()
    delete_wanted = Signal()
    state_wanted = Signal(object)  # EnrollmentState or None; also when the words searched for change
    more_wanted = Signal()
    stop_wanted = Signal(object)  # Enrollment
    send_missed_wanted = Signal(object)  # Enrollment
    skip_missed_wanted = Signal(object)  # Enrollment
    conversation_wanted = Signal(object)  # ConversationId

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Campaign"))
        self.campaign: Campaign | None = None
        self._formats = formats
        self.title = ElidedLabel(kind="heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.pill = PlainLabel(self.tr("Off"), kind="pill")
        self.numbers = PlainLabel(kind="secondary", wrap=True)
        self.steps = QGridLayout()
        self.model = EnrollmentTableModel(formats, self)
        self.table = RowTable(self.tr("Contacts of the campaign"))
        self.table.setObjectName("enrollment-table")
        self.table.setModel(self.model)
        self.table.set_row_height(40)
        self.states = ListStates(self.table)
        self.search = SearchField("Search contacts of the campaign", self.tr("Name or number"))
        self.search.setMaximumWidth(theme().px(_SEARCH))
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._filters: dict[EnrollmentState | None, QPushButton] = {}
        self._build()

    def _build(self) -> None:
        px = theme().px
        self.apply_button = page_button(self.tr("Apply to a segment…"), "users", self.apply_wanted.emit, "primary")
        self.edit_button = page_button(self.tr("Edit…"), "pencil", self.edit_wanted.emit, "")
        self.switch_button = page_button(self.tr("Switch off"), "power", self.switch_wanted.emit, "")
        self.delete_button = page_button(self.tr("Delete…"), "trash-2", self.delete_wanted.emit, "")
        buttons = self.delete_button, self.switch_button, self.edit_button, self.apply_button
        self.steps.setContentsMargins(0, 0, 0, 0)
        self.steps.setHorizontalSpacing(px(16))
        self.steps.setVerticalSpacing(px(8))
        self.steps.setColumnStretch(1, 1)
        inside = QWidget()
        inside.setLayout(self.steps)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll = scroll
        chips = FlowLayout(spacing=px(6))
        for state in (None, *EnrollmentState):
            chip = ToggleButton(self.tr("Everybody") if state is None else state_word(state))
            chip.setProperty("kind", "chip")
            chip.setAutoExclusive(True)
            chip.setChecked(state is None)
            chip.clicked.connect(partial(self.state_wanted.emit, state))
            self._filters[state] = chip
            chips.addWidget(chip)
        chips.addWidget(self.search)
        whole = QWidget()  # moved where the window is too low for all of it
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(whole))
        box = QVBoxLayout(whole)
        box.setContentsMargins(px(20), px(12), px(20), px(12))
        box.setSpacing(px(10))
        box.addWidget(PageHead((self.title, self.pill), buttons))
        box.addWidget(self.numbers)
        box.addWidget(PlainLabel(self.tr("MESSAGES, COUNTED FROM THE APPLICATION"), kind="section"))
        box.addWidget(scroll)
        box.addWidget(PlainLabel(self.tr("CONTACTS"), kind="section"))
        box.addLayout(chips)
        box.addWidget(self.states, 1)
        ColumnRoom(self.table, _WIDTHS, Column.CONTACT, give_up=(Column.APPLIED, Column.PROGRESS))
        self.table.activated.connect(lambda index: self._open(index.row()))
        self.table.menu_wanted.connect(self._menu)
        self.model.more_wanted.connect(self.more_wanted)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(lambda: self.state_wanted.emit(self.state))

    @property
    def state(self) -> EnrollmentState | None:
        """Which contacts are wanted; None for everybody."""
        return next((state for state, chip in self._filters.items() if chip.isChecked()), None)

    def show_campaign(self, campaign: Campaign, enrollments: Sequence[Enrollment], *, has_more: bool = False) -> None:
        """Show a campaign and the first of its contacts that are wanted."""
        self.campaign = campaign
        self.title.setText(one_line(plain_name(campaign.name)))
        self.pill.setVisible(not campaign.active)
        self.switch_button.setText(" " + (self.tr("Switch off") if campaign.active else self.tr("Switch on")))
        self.switch_button.setAccessibleName(self.tr("Switch off") if campaign.active else self.tr("Switch on"))
        self.apply_button.setEnabled(campaign.active)
        whose = self.tr("Only who made this campaign, or an administrator, may change it.")
        permit((self.edit_button, self.switch_button, self.delete_button), allowed=campaign.may_change, reason=whose)
        self.numbers.setText(self._number_words(campaign))
        self._show_steps(campaign)
        chosen = self.table.currentIndex().row()
        self.model.show(enrollments, has_more=has_more)
        if enrollments:
            self.states.show_rows()
            self.table.selectRow(max(0, min(chosen, len(enrollments) - 1)))
        elif self.search.text().strip():
            self.states.show_empty("search", self.tr("Nobody was found"), self.tr("Look for another name or number."))
        elif self.state is None:
            self.states.show_empty(
                "droplets",
                self.tr("Nobody gets this campaign yet"),
                self.tr("Apply it to a segment here, or to one contact with the water drops beside their message."),
            )
        else:
            self.states.show_empty("search", self.tr("Nobody is here"), self.tr("Look at another state."))

    def _number_words(self, campaign: Campaign) -> str:
        numbers, number = campaign.numbers, self._formats.number
        parts = [
            self.tr("Applied to {n}").format(n=number(numbers.applied)),
            self.tr("{n} messages sent").format(n=number(numbers.sent)),
            self.tr("{n} replied").format(n=number(numbers.replied)),
            self.tr("{n} opted out").format(n=number(numbers.opted_out)),
        ]
        if numbers.asking:
            parts.append(self.tr("{n} missed, decide below").format(n=number(numbers.asking)))
        return "  ·  ".join(parts)

    def _show_steps(self, campaign: Campaign) -> None:
        while (item := self.steps.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, step in enumerate(campaign.steps):
            when = PlainLabel(interval_words(step), kind="strong")
            when.setContentsMargins(0, theme().px(9), 0, 0)  # in line with the first line of the bubble
            files = "".join(f"\n📎 {plain_name(str(file.get('name', '')))}" for file in step.files)
            said = PlainLabel(f"{step.text[:_SHOWN]}{files}".strip(), kind="bubble", wrap=True)
            said.setAccessibleName(f"{interval_words(step)}: {step.text[:_SHOWN]}")
            self.steps.addWidget(when, row, 0, Qt.AlignmentFlag.AlignTop)
            self.steps.addWidget(said, row, 1)
        self.steps.setRowStretch(len(campaign.steps), 1)
        self._scroll.setFixedHeight(min(theme().px(220), theme().px(48) * len(campaign.steps)))

    def _open(self, row: int) -> None:
        if 0 <= row < len(self.model.rows):
            self.conversation_wanted.emit(self.model.rows[row].conversation_id)

    def _menu(self, place: QPoint) -> None:
        row = self.table.currentIndex().row()
        if not 0 <= row < len(self.model.rows):
            return
        one: Enrollment = self.model.rows[row]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open the conversation")).triggered.connect(lambda: self._open(row))
        if one.state is EnrollmentState.ACTIVE:
            menu.addAction(self.tr("Stop for this contact")).triggered.connect(lambda: self.stop_wanted.emit(one))
        if any(step.state is StepState.ASKING for step in one.steps):
            send = menu.addAction(self.tr("Send now what was missed"))
            send.triggered.connect(lambda: self.send_missed_wanted.emit(one))
            skip = menu.addAction(self.tr("Leave out what was missed"))
            skip.triggered.connect(lambda: self.skip_missed_wanted.emit(one))
        menu.popup(place)
