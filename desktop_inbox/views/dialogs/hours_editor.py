"""HoursEditor: the allowed hours of a week, a line for each day, typed as "08:00–12:00, 13:00–20:00"."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.team import ALWAYS, Hours, Preset, Span
from desktop_inbox.services.hours_text import spans_of, spans_text
from desktop_inbox.views.plain import PlainLabel


class HoursEditor(QWidget):
    """Shows hours and gives back what was typed. ``edited`` is told when somebody changed something."""

    edited = Signal()

    def __init__(self, presets: Sequence[Preset], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presets = tuple(presets)
        self.lines: list[QLineEdit] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        locale = QLocale()
        for day in range(7):
            name = locale.standaloneDayName(day + 1)
            line = QLineEdit()
            line.setAccessibleName(self.tr("Allowed hours on {day}").format(day=name))
            line.setPlaceholderText(self.tr("never"))
            line.textEdited.connect(lambda _text: self.edited.emit())
            label = PlainLabel(name)
            label.setBuddy(line)
            grid.addWidget(label, day, 0)
            grid.addWidget(line, day, 1)
            self.lines.append(line)
        self.copy = QPushButton(self.tr("All as on Monday"))
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy)
        self.preset = QComboBox()
        self.preset.setAccessibleName(self.tr("Begin with shipped hours"))
        self.preset.addItem(self.tr("Begin with…"))
        self.preset.addItem(self.tr("At any time"))
        for one in self._presets:
            self.preset.addItem(one.name)
        self.preset.setMinimumContentsLength(8)
        self.preset.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.preset.activated.connect(self._begin)
        self.zone = QComboBox()
        self.zone.setAccessibleName(self.tr("By whose clock"))
        self.zone.addItems([self.tr("By the recipient's clock"), self.tr("By the office's clock")])
        self.zone.activated.connect(lambda _place: self.edited.emit())
        self.note = PlainLabel(kind="small", wrap=True)
        self.note.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.zone, 2)
        row.addWidget(self.preset, 1)
        row.addWidget(self.copy)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(grid)
        box.addLayout(row)
        box.addWidget(self.note)

    def show_hours(self, hours: Hours, *, recipient_zone: bool) -> None:
        """Show hours of a week."""
        for line, spans in zip(self.lines, hours.days, strict=True):
            line.setText(spans_text(spans))
        self.zone.setCurrentIndex(0 if recipient_zone else 1)
        self.note.hide()

    def hours(self) -> Hours:
        """Return what was typed. Raises InvalidInputError naming what is no time; the line has the focus then."""
        days: dict[int, Sequence[Span]] = {}
        for day, line in enumerate(self.lines):
            try:
                days[day] = spans_of(line.text())
            except InvalidInputError:
                line.setFocus()
                line.selectAll()
                raise
        return Hours.of(days)

    @property
    def recipient_zone(self) -> bool:
        """Whether they hold by the recipient's clock."""
        return self.zone.currentIndex() == 0

    def _copy(self) -> None:
        for line in self.lines[1:]:
            line.setText(self.lines[0].text())
        self.edited.emit()

    def _begin(self, place: int) -> None:
        self.preset.setCurrentIndex(0)
        if place == 1:
            self.show_hours(ALWAYS, recipient_zone=True)
        elif place > 1:
            chosen = self._presets[place - 2]
            self.show_hours(chosen.hours, recipient_zone=chosen.recipient_zone)
            words = self.tr("{note} As of {date}. This is not legal advice: ask whoever advises you.")
            self.note.setText(words.format(note=chosen.note, date=QLocale().toString(_day(chosen.as_of), "MMMM yyyy")))
            self.note.show()
        if place:
            self.edited.emit()


def _day(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
