"""BatchPanel: one batch beside the table: what it says to a chosen recipient, how far it is, and what can be done."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.batch import CANCELLABLE, STOPPABLE, BatchStatus
from desktop_inbox.models.entities.tracking import Details, Outcome, Recipient, Tally
from desktop_inbox.services.tracking import Choices
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.batch_words import (
    OUTCOME_COLORS,
    by_whom,
    counted,
    outcome_word,
    status_word,
    title_of,
    type_words,
    when,
)
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.permitted import permit
from desktop_inbox.views.plain import PlainLabel, one_line, plain_name, separator, set_tip
from desktop_inbox.views.theme import theme

WIDTH = 340
_LINES = 14  # reasons shown one by one


class OutcomeBar(QWidget):
    """What became of all recipients, as parts of one bar; the lines under it say the same in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[tuple[Outcome, int]] = []
        self.setFixedHeight(theme().px(6))

    def show_parts(self, parts: Sequence[tuple[Outcome, int]], words: str) -> None:
        """Show counts by outcome."""
        self._parts = [part for part in parts if part[1]]
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the parts; every one that is there is at least two pixels wide."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape, total = QPainterPath(), sum(number for _outcome, number in self._parts)
        shape.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), theme().color("inbound"))
        left = 0.0
        for outcome, number in self._parts:
            width = max(2.0, self.width() * number / total)
            painter.fillRect(QRectF(left, 0, width, self.height()), theme().color(OUTCOME_COLORS[outcome]))
            left += width


class BatchPanel(QFrame):
    """Shows what it is given; what a button wants is told by a signal."""

    recipient_chosen = Signal(object)  # Recipient
    recipients_wanted = Signal()
    resend_wanted = Signal()
    export_wanted = Signal()
    stop_wanted = Signal()
    cancel_wanted = Signal()
    move_wanted = Signal()
    copy_wanted = Signal()
    closed = Signal()

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self.details: Details | None = None
        self.setProperty("kind", "surface")
        self.setObjectName("batch-panel")
        self.setAccessibleName(self.tr("Batch"))
        self.title = PlainLabel(kind="title", wrap=True)
        self.about = PlainLabel(kind="small", wrap=True)
        self.about.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.status = PlainLabel(kind="small", wrap=True)
        self.seen_by = QComboBox()
        self.seen_by.setAccessibleName(self.tr("As seen by"))
        self.seen_by.activated.connect(self._choose)
        self.content = PlainLabel(kind="bubble", wrap=True)
        self.content.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.files = PlainLabel(kind="small", wrap=True)
        self.bar = OutcomeBar()
        self.heading = PlainLabel(kind="section")
        self.lines = QGridLayout()
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setVerticalSpacing(theme().px(6))
        self.made = PlainLabel(kind="small", wrap=True)
        self._recipients: Sequence[Recipient] = ()
        self._build()

    def _build(self) -> None:
        px = theme().px
        self.copy = self._icon("copy", self.tr("Copy the id"), self.copy_wanted.emit)
        self.close_button = self._icon("x", self.tr("Close the panel"), self.closed.emit)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title, 1)
        head.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        seen = QHBoxLayout()
        self._seen_label = PlainLabel(self.tr("As seen by"), kind="small")
        seen.addWidget(self._seen_label)
        seen.addWidget(self.seen_by, 1)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(px(16), px(16), px(16), px(16))
        box.setSpacing(px(8))
        box.addLayout(head)
        box.addWidget(self.about)
        box.addWidget(self.status)
        box.addLayout(seen)
        for widget in (self.content, self.files, self.bar, self.heading):
            box.addWidget(widget)
        box.addLayout(self.lines)
        box.addWidget(self.made)
        box.addSpacing(px(4))
        self.recipients = page_button(self.tr("Recipients"), "", self.recipients_wanted.emit, "")
        self.resend = page_button(self.tr("Resend failed"), "", self.resend_wanted.emit, "")
        self.export = page_button(self.tr("Export CSV"), "", self.export_wanted.emit, "")
        self.move_on = page_button(self.tr("Move to next allowed time"), "", self.move_wanted.emit, "primary")
        self.cancel = page_button(self.tr("Cancel the broadcast"), "", self.cancel_wanted.emit, "danger")
        self.stop = page_button(self.tr("Stop"), "", self.stop_wanted.emit, "danger")
        box.addWidget(self.move_on)
        for buttons in ((self.recipients, self.export), (self.resend, self.cancel, self.stop)):
            row = QHBoxLayout()
            row.setSpacing(px(8))
            for button in buttons:
                row.addWidget(button)
            row.addStretch()
            box.addLayout(row)
        box.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(px(280))

    def show_batch(self, details: Details, recipients: Sequence[Recipient], choices: Choices | None) -> None:
        """Show a batch; ``recipients`` are those whose view can be chosen."""
        row, self.details = details.row, details
        self.title.setText(title_of(row))
        parts = [row.code, type_words(row, choices), by_whom(row), when(row.due_at, self._formats)]
        self.about.setText(" · ".join(part for part in parts if part))
        told = status_word(row.status)
        self.status.setText(f"{told}: {one_line(row.reason)}" if row.reason else told)
        self.setAccessibleName(self.tr("Batch {code}").format(code=row.code))
        self._show_recipients(recipients)
        names = ", ".join(plain_name(name) for name in details.files if name)
        self.files.setText(self.tr("With {files}").format(files=names))
        self.files.setVisible(bool(names))
        self._show_tallies(details)
        messages = counted(details.messages, self.tr("1 message"), self.tr("{n} messages"), self._formats)
        segments = counted(details.segments, self.tr("1 segment"), self.tr("{n} segments"), self._formats)
        self.made.setText(f"{messages}, {segments}")
        self._offer(details)

    def show_content(self, text: str) -> None:
        """Show what the chosen recipient gets."""
        self.content.setText(text)
        self.content.setAccessibleName(self.tr("Content: {text}").format(text=text))

    def chosen(self) -> Recipient | None:
        """Return whose view is shown."""
        place = self.seen_by.currentIndex()
        return self._recipients[place] if 0 <= place < len(self._recipients) else None

    def offer_moving(self, *, offered: bool) -> None:
        """Show the button that moves to the next allowed time, where the office can tell it."""
        self._movable = offered

    _movable = False

    def _offer(self, details: Details) -> None:
        row = details.row
        failed = any(tally.outcome is Outcome.FAILED for tally in details.tallies)
        open_still = any(
            tally.outcome in (Outcome.WAITING, Outcome.HELD, Outcome.ON_THE_WAY) for tally in details.tallies
        )
        self.recipients.setVisible(bool(details.tallies))
        self.export.setVisible(bool(details.tallies))
        self.resend.setVisible(failed)
        cancellable = not row.single and row.status in CANCELLABLE and not details.messages
        self.cancel.setVisible(cancellable)
        self.stop.setVisible(not row.single and not cancellable and row.status in STOPPABLE and open_still)
        self.move_on.setVisible(self._movable and not row.single and row.status is BatchStatus.BLOCKED_TIME)
        permit((self.cancel, self.stop, self.move_on), allowed=details.may_change, reason=self.whose())

    def whose(self) -> str:
        """Return why somebody may not stop, cancel or move a batch."""
        return self.tr("Only who made this broadcast, or an administrator, may stop or move it.")

    def _show_recipients(self, recipients: Sequence[Recipient]) -> None:
        before = self.chosen()
        same = [one.id for one in self._recipients] == [one.id for one in recipients]
        self._recipients = recipients
        several = len(recipients) > 1
        self.seen_by.setVisible(several)
        self._seen_label.setVisible(several)
        if not same:
            self.seen_by.clear()
            self.seen_by.addItems([self._name_of(one) for one in recipients])
            place = next((at for at, one in enumerate(recipients) if before is not None and one.id == before.id), 0)
            self.seen_by.setCurrentIndex(place)
        chosen = self.chosen()
        if chosen is None:
            self.show_content(self.details.row.text if self.details else "")
        else:
            self.recipient_chosen.emit(chosen)

    def _name_of(self, one: Recipient) -> str:
        return plain_name(one.name) or one.address or self.tr("Line {n}").format(n=one.line)

    def _choose(self, place: int) -> None:
        self.recipient_chosen.emit(self._recipients[place])

    def _show_tallies(self, details: Details) -> None:
        while (item := self.lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        row, number = details.row, self._formats.number
        counts = {outcome: sum(one.count for one in details.tallies if one.outcome is outcome) for outcome in Outcome}
        total = sum(counts.values())
        words = ", ".join(f"{outcome_word(one)} {number(count)}" for one, count in counts.items() if count)
        self.bar.show_parts(list(counts.items()), words)
        self.bar.setVisible(bool(total))
        if total:
            self.heading.setText(self.tr("RECIPIENTS {n}").format(n=number(total)))
        elif row.status is BatchStatus.PROGRAMMED:
            self.heading.setText(self.tr("Recipients are worked out when it is sent"))
        else:
            self.heading.setText(self.tr("NO RECIPIENTS"))
        for place, tally in enumerate(_merged(details.tallies)):
            label = PlainLabel(self._tally_words(tally), wrap=True)
            value = PlainLabel(number(tally.count), kind="strong")
            value.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
            value.setAccessibleName(f"{self._tally_words(tally)}: {number(tally.count)}")
            self.lines.addWidget(label, place * 2, 0)
            self.lines.addWidget(value, place * 2, 1)
            self.lines.addWidget(separator(), place * 2 + 1, 0, 1, 2)
        self.lines.setColumnStretch(0, 1)
        self.made.setVisible(bool(details.messages))

    @staticmethod
    def _tally_words(tally: Tally) -> str:
        reason = one_line(tally.reason).rstrip(".")
        return f"{outcome_word(tally.outcome)}: {reason}" if reason else outcome_word(tally.outcome)

    def _icon(self, icon: str, name: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=16)
        button.clicked.connect(partial(_call, slot))
        return button


def _call(slot: Callable[[], object], _checked: bool = False) -> None:
    slot()


def _merged(tallies: Sequence[Tally]) -> list[Tally]:
    """The many reasons that few recipients have become one line per outcome."""
    if len(tallies) <= _LINES:
        return list(tallies)
    kept = sorted(tallies, key=lambda one: -one.count)[: _LINES - 1]
    rest: dict[Outcome, int] = {}
    for one in tallies:
        if one not in kept:
            rest[one.outcome] = rest.get(one.outcome, 0) + one.count
    order = list(Outcome)
    more = [Tally(outcome=outcome, count=count) for outcome, count in rest.items()]
    return sorted([*kept, *more], key=lambda one: order.index(one.outcome))
