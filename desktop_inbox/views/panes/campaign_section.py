"""CampaignSection: the drip campaigns a contact is in: how far each is, what comes next, and Stop (S4-57, S4-61)."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.campaign import Enrollment, EnrollmentState, StepState
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.campaign_rows import state_word, step_words
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, one_line, plain_name

from .detail_rows import section_title

_ENDED = 3  # of those that ended, the latest


class CampaignSection(QWidget):
    """Hidden where nothing was applied to the contact."""

    stop_wanted = Signal(object)  # Enrollment

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self.setAccessibleName(self.tr("Campaigns of the contact"))
        self.buttons: list[QPushButton] = []
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(10)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(section_title(self.tr("Campaigns")))
        box.addLayout(self._rows)
        self.hide()

    def show_enrollments(self, found: Sequence[Enrollment]) -> None:
        """Show what is under way, and below it what ended last."""
        focused = next((place for place, button in enumerate(self.buttons) if button.hasFocus()), None)
        self.buttons = []
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        active = [one for one in found if one.state is EnrollmentState.ACTIVE]
        ended = [one for one in found if one.state is not EnrollmentState.ACTIVE]
        for one in (*active, *ended[:_ENDED]):
            self._rows.addWidget(self._row(one))
        self.setVisible(bool(found))
        if focused is not None and self.buttons:
            self.buttons[min(focused, len(self.buttons) - 1)].setFocus()

    def _row(self, one: Enrollment) -> QFrame:
        row = QFrame()
        name = one_line(plain_name(one.campaign_name))
        words = self.words(one)
        row.setAccessibleName(f"{name}: {words}")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(ElidedLabel(name, kind="strong"), 1)
        if one.state is EnrollmentState.ACTIVE:
            stop = QPushButton(self.tr("Stop"))
            stop.setProperty("kind", "link")
            stop.setAccessibleName(self.tr("Stop {campaign}").format(campaign=name))
            stop.clicked.connect(partial(self.stop_wanted.emit, one))
            self.buttons.append(stop)
            head.addWidget(stop, 0, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout(row)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(head)
        box.addWidget(PlainLabel(words, kind="secondary", wrap=True))
        return row

    def words(self, one: Enrollment) -> str:
        """Return how far it is: "Under way, 1 of 4 sent · next tomorrow 09:00", or how it ended."""
        sent = sum(step.state is StepState.QUEUED for step in one.steps)
        parts = [self.tr("{state}, {n} of {all} sent").format(state=state_word(one.state), n=sent, all=len(one.steps))]
        following = one.next_step if one.state is EnrollmentState.ACTIVE else None
        if following is not None:
            when = step_words(following, self._formats)
            parts.append(when if following.state is StepState.ASKING else self.tr("next {time}").format(time=when))
        elif one.ended_at is not None:
            parts.append(self._formats.moment(one.ended_at))
        return " · ".join(parts)
