"""Editors for the values of a filter's conditions: one kind for each type of field."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QEvent, QLocale, Qt, QTime, Signal
from PySide6.QtGui import QDoubleValidator, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.segment import (
    INACTIVE,
    MAX_TEXT,
    ME,
    NOBODY,
    Between,
    DayMonth,
    Operator,
    Span,
    Unit,
    Value,
)
from desktop_inbox.models.entities.segment_fields import LISTED, SPANNED, Catalogue, Field, FieldType
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.fuzzy import folded
from desktop_inbox.views.item_models.segment_words import unit_word
from desktop_inbox.views.panes.completion import Completion
from desktop_inbox.views.panes.flow_layout import FlowLayout
from desktop_inbox.views.panes.value_chip import ValueChip
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.theme import theme

Pairs = Sequence[tuple[Any, str]]


class ValueEditor(QWidget):
    """What a value is typed or chosen with; ``changed`` tells the new one, None while there is none."""

    changed = Signal(object)

    def _row(self, *widgets: QWidget) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget, 1)
        self.setFocusProxy(widgets[0])


class TextEditor(ValueEditor):
    """A line of text."""

    def __init__(self, value: Value, placeholder: str = "") -> None:
        super().__init__()
        self.line = QLineEdit(value if isinstance(value, str) else "")
        self.line.setAccessibleName("Value")
        self.line.setMaxLength(MAX_TEXT)
        self.line.setPlaceholderText(placeholder)
        self.line.textChanged.connect(lambda text: self.changed.emit(text.strip() or None))
        self._row(self.line)


class NumberEditor(ValueEditor):
    """A number, written as the locale does."""

    def __init__(self, value: Value, locale: QLocale) -> None:
        super().__init__()
        self._locale = locale
        self.line = QLineEdit()
        self.line.setAccessibleName("Value")
        validator = QDoubleValidator(self.line)
        validator.setLocale(locale)
        self.line.setValidator(validator)
        if isinstance(value, int | float):
            self.line.setText(locale.toString(float(value), "g", 15))
        self.line.textChanged.connect(self._tell)
        self._row(self.line)

    def _tell(self, text: str) -> None:
        number, good = self._locale.toDouble(text)
        self.changed.emit(number if good else None)


class DateEditor(ValueEditor):
    """A whole day, from a calendar."""

    def __init__(self, value: Value, today: date) -> None:
        super().__init__()
        self.field = QDateEdit()
        self.field.setAccessibleName("Value")
        self.field.setCalendarPopup(True)
        shown = value.date() if isinstance(value, datetime) else value if isinstance(value, date) else today
        self.field.setDate(QDate(shown.year, shown.month, shown.day))
        self.field.dateChanged.connect(lambda day: self.changed.emit(date(day.year(), day.month(), day.day())))
        self._row(self.field)


class DayMonthEditor(ValueEditor):
    """A day of every year."""

    def __init__(self, value: Value, today: date) -> None:
        super().__init__()
        self.field = QDateEdit()
        self.field.setAccessibleName("Value")
        self.field.setDisplayFormat("d MMMM")
        shown = value if isinstance(value, DayMonth) else DayMonth(today.month, today.day)
        self.field.setDate(QDate(2000, shown.month, shown.day))
        self.field.dateChanged.connect(lambda day: self.changed.emit(DayMonth(day.month(), day.day())))
        self._row(self.field)


class TimeEditor(ValueEditor):
    """A time of day."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.field = QTimeEdit()
        self.field.setAccessibleName("Value")
        shown = value if isinstance(value, time) else time(9)
        self.field.setTime(QTime(shown.hour, shown.minute))
        self.field.timeChanged.connect(lambda at: self.changed.emit(time(at.hour(), at.minute())))
        self._row(self.field)


class ChoiceEditor(ValueEditor):
    """One of a list."""

    def __init__(self, value: Value, pairs: Pairs) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setAccessibleName("Value")
        self.combo.setPlaceholderText(self.tr("Choose…"))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(3)
        for key, name in pairs:
            self.combo.addItem(plain_name(name), (key,))
        keys = [key for key, _name in pairs]
        self.combo.setCurrentIndex(keys.index(value) if value in keys else -1)
        self.combo.currentIndexChanged.connect(self._tell)
        self._row(self.combo)

    def _tell(self, row: int) -> None:
        self.changed.emit(self.combo.itemData(row)[0] if row >= 0 else None)


class SpanEditor(ValueEditor):
    """So many minutes, hours, days or weeks."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        shown = value if isinstance(value, Span) else Span(7, Unit.DAYS)
        self.count, self.unit = QSpinBox(), QComboBox()
        self.count.setAccessibleName("Value")
        self.count.setRange(1, 36_500)
        self.count.setMinimumWidth(theme().px(84))
        self.count.setValue(shown.count)
        self.unit.setAccessibleName("Unit")
        for unit in Unit:
            self.unit.addItem(unit_word(unit), unit.value)
        self.unit.setCurrentIndex(list(Unit).index(shown.unit))
        self.count.valueChanged.connect(self._tell)
        self.unit.currentIndexChanged.connect(self._tell)
        self._row(self.count, self.unit)
        self.unit.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.unit.setMinimumContentsLength(4)

    def _tell(self, _changed: int) -> None:
        self.changed.emit(Span(self.count.value(), Unit(self.unit.currentData())))


class BetweenEditor(ValueEditor):
    """Two ends, both of which belong to it."""

    def __init__(self, low: ValueEditor, high: ValueEditor, value: Value) -> None:
        super().__init__()
        self._ends: list[Any] = [value.low, value.high] if isinstance(value, Between) else [None, None]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for place, editor in enumerate((low, high)):
            editor.changed.connect(lambda end, place=place: self._take(place, end))
            column.addWidget(editor)
            if place == 0:
                column.addWidget(PlainLabel(self.tr("and"), kind="small"))
        self.setFocusProxy(low)

    def _take(self, place: int, end: object) -> None:
        self._ends[place] = end
        whole = all(one is not None for one in self._ends)
        self.changed.emit(Between(self._ends[0], self._ends[1]) if whole else None)


class ListEditor(ValueEditor):
    """Several values: chips, and a line that completes; without ``pairs`` anything can be typed."""

    def __init__(self, value: Value, pairs: Pairs | None) -> None:
        super().__init__()
        self._pairs = pairs
        self.values: list[str | int] = list(value) if isinstance(value, tuple) else []
        self.line = _ListLine(self.tr("Add…"))
        self.line.completion = Completion(self.line)
        self.line.completion.chosen.connect(self._add_name)
        self.line.textEdited.connect(self._offer)
        self.line.wanted.connect(lambda: self._offer(self.line.text()))
        self.line.entered.connect(self._add_typed)
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, spacing=4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._chips)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)
        self._show()

    def _names(self) -> dict[Any, str]:
        return dict(self._pairs or ())

    def _offer(self, text: str) -> None:
        if self._pairs is None:
            return
        wanted = folded(text.strip())
        left = [name for key, name in self._pairs if key not in self.values and wanted in folded(name)]
        self.line.completion.offer(left[:8], self.line.rect(), preselect=bool(wanted))

    def _add_name(self, name: str) -> None:
        self._add(next((key for key, known in self._pairs or () if known == name), None))

    def _add_typed(self) -> None:
        text = self.line.text().strip()
        if self._pairs is None:
            for part in text.split(","):
                self._add(part.strip() or None)
        else:
            wanted = folded(text)
            self._add(next((key for key, name in self._pairs if folded(name) == wanted), None))

    def _add(self, key: str | int | None) -> None:
        self.line.completion.hide()
        if key is not None:
            self.line.clear()
            if key not in self.values:
                self.values.append(key)
                self._told()

    def _remove(self, key: str | int) -> None:
        self.values.remove(key)
        self._told()
        self.line.setFocus()

    def _told(self) -> None:
        self._show()
        self.changed.emit(tuple(self.values) or None)

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        names = self._names()
        for key in self.values:
            chip = ValueChip(names.get(key, f"#{key}" if isinstance(key, int) else str(key)))
            chip.removed.connect(lambda key=key: self._remove(key))
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self.values))
        self._chips.updateGeometry()


class _ListLine(QLineEdit):
    """The suggestions have its keys first; Enter takes what was typed."""

    wanted = Signal()
    entered = Signal()

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.completion: Completion
        self.setAccessibleName("Value")
        self.setPlaceholderText(placeholder)
        self.setMaxLength(MAX_TEXT)

    def event(self, event: QEvent) -> bool:
        # Qt asks already while the widget is being made.
        if claims_escape(event, lambda: "completion" in self.__dict__ and self.completion.isVisible()):
            return True
        return super().event(event)

    def focusNextPrevChild(self, further: bool) -> bool:
        # Tab takes the suggestion that is chosen; else it leaves.
        if self.completion.isVisible() and self.completion.currentItem() is not None:
            return False
        return super().focusNextPrevChild(further)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.completion.take_key(event):
            return
        if event.key() == Qt.Key.Key_Down:
            self.wanted.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text().strip() and not event.modifiers():
            self.entered.emit()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.completion.hide()


def pairs_of(field: Field, catalogue: Catalogue) -> Pairs | None:
    """Return what a field's values can be, with their names; None where anything can be typed."""
    if field.kind is not None:
        named = [(one.id, one.name) for one in catalogue.named(field.kind)]
        return [*_people(), *named] if field.type is FieldType.USER else named
    if field.choices:
        return [(choice.value, choice.label) for choice in field.choices]
    return None


def _people() -> Pairs:
    def tr(text: str) -> str:
        return QCoreApplication.translate("Segments", text)

    return [(ME, tr("Me")), (NOBODY, tr("Nobody")), (INACTIVE, tr("Somebody who left"))]


def make_editor(
    field: Field, operator: Operator, value: Value, catalogue: Catalogue, *, today: date, locale: QLocale
) -> ValueEditor:
    """Return the editor for a condition that takes a value."""
    pairs = pairs_of(field, catalogue)
    if operator in LISTED:
        return ListEditor(value, pairs)
    if operator in SPANNED:
        return SpanEditor(value)
    if operator is Operator.DAY_MONTH:
        return DayMonthEditor(value, today)
    if operator is Operator.BETWEEN:
        ends = (value.low, value.high) if isinstance(value, Between) else (None, None)
        low, high = (_scalar(field, end, pairs, today, locale) for end in ends)
        return BetweenEditor(low, high, value)
    return _scalar(field, value, pairs, today, locale)


def first_value(field: Field, operator: Operator, today: date) -> Value:
    """Return the value that a new condition begins with; None where one must be chosen first."""
    if operator in SPANNED:
        return Span(2, Unit.HOURS) if operator is Operator.EXPIRES else Span(7, Unit.DAYS)
    if operator is Operator.DAY_MONTH:
        return DayMonth(today.month, today.day)
    whole: dict[FieldType, date | time] = {FieldType.MOMENT: today, FieldType.DAY: today, FieldType.TIME: time(9)}
    found = whole.get(field.type)
    if found is None or operator in LISTED:
        return None
    return Between(found, found) if operator is Operator.BETWEEN else found


def _scalar(field: Field, value: Value, pairs: Pairs | None, today: date, locale: QLocale) -> ValueEditor:
    if pairs is not None:
        return ChoiceEditor(value, pairs)
    match field.type:
        case FieldType.NUMBER:
            return NumberEditor(value, locale)
        case FieldType.MOMENT | FieldType.DAY:
            return DateEditor(value, today)
        case FieldType.TIME:
            return TimeEditor(value)
    return TextEditor(value)
