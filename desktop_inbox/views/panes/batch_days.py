"""BatchDays: when what is listed was due: usual spans by name, or any days from, up to, or between."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Signal
from PySide6.QtWidgets import QCheckBox, QDateEdit, QDialog, QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_inbox.views.dialogs.export import dress_date, picked_day, qdate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.panes.filter_chip import FilterChip
from desktop_inbox.views.plain import PlainLabel, menu_text
from desktop_inbox.views.theme import theme

LATER = "later"


@dataclass(frozen=True, slots=True)
class Days:
    """From one day up to another, both included; None: open at that end."""

    first: date | None
    last: date | None


def spans(today: date) -> dict[str, Days]:
    """Return the usual spans by their keys."""
    month = today.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    day = timedelta(days=1)
    return {
        "today": Days(today, today),
        "yesterday": Days(today - day, today - day),
        "week": Days(today - 6 * day, today),
        "month": Days(month, next_month - day),
        "last_month": Days(before, month - day),
        "year": Days(today.replace(month=1, day=1), today.replace(month=12, day=31)),
    }


class DaysChip(FilterChip):
    """A chip that offers usual spans, and a small window for other days."""

    def __init__(self, formats: Formats) -> None:
        super().__init__(_tr("When"), _tr("Any time"), several=False)
        self._formats = formats
        self._presets: list[tuple[object, str]] = [
            (LATER, _tr("Still to come")),
            ("today", _tr("Today")),
            ("yesterday", _tr("Yesterday")),
            ("week", _tr("Last 7 days")),
            ("month", _tr("This month")),
            ("last_month", _tr("Last month")),
            ("year", _tr("This year")),
        ]
        self.offer(self._presets)

    def choose_days(self, days: Days | None) -> None:
        """Show what was due on these days; None for any."""
        if days is None or days == Days(None, None):
            self.choose(set())
            return
        self._offers = [*self._presets, (days, self._words(days))]
        self.choose({days})

    def choose_key(self, key: str) -> None:
        """Show a usual span."""
        self.choose({value for value, _text in self._presets if value == key})

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return the first moment, and the one after the last."""
        (key,) = self.chosen or {None}
        if key == LATER:
            return self._formats.clock(), None
        days = key if isinstance(key, Days) else spans(self._formats.today()).get(str(key), Days(None, None))
        after = None if days.last is None else days.last + timedelta(days=1)
        return self._midnight(days.first), self._midnight(after)

    def menu_of(self) -> QMenu:
        """Return the menu, with a way to other days at its end."""
        menu = super().menu_of()
        menu.addSeparator()
        menu.addAction(menu_text(_tr("Choose days…"))).triggered.connect(lambda _checked=False: self.ask())
        return menu

    def ask(self) -> "DaysDialog":
        """Open the window in which days are chosen."""
        chosen = next((one for one in self.chosen if isinstance(one, Days)), None)
        known = next((days for key, days in spans(self._formats.today()).items() if key in self.chosen), None)
        dialog = DaysDialog(self._formats, chosen or known, self.window())
        dialog.picked.connect(self.choose_days)
        dialog.finished.connect(lambda _result: self.setFocus())
        dialog.open()
        return dialog

    def _words(self, days: Days) -> str:
        if days.first == days.last and days.first is not None:
            return self._day(days.first)
        if days.last is None and days.first is not None:
            return _tr("From {day}").format(day=self._day(days.first))
        if days.first is None and days.last is not None:
            return _tr("Up to {day}").format(day=self._day(days.last))
        assert days.first is not None  # noqa: S101 - open at both ends is no choice
        assert days.last is not None  # noqa: S101
        return _tr("{first} to {last}").format(first=self._day(days.first), last=self._day(days.last))

    def _day(self, day: date) -> str:
        pattern = "d MMM" if day.year == self._formats.today().year else "d MMM yyyy"
        return self._formats.locale.toString(QDate(day.year, day.month, day.day), pattern)

    def _midnight(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        guess = datetime.combine(day, time.min, tzinfo=self._formats.local(self._formats.clock()).tzinfo)
        there = self._formats.local(guess).tzinfo  # summer time of that day, not of today
        return datetime.combine(day, time.min, tzinfo=there)


class DaysDialog(QDialog):
    """Two days; either can be left out. Enter shows what was due then."""

    picked = Signal(object)  # Days

    def __init__(self, formats: Formats, days: Days | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = _tr("Choose days")
        self.setWindowTitle(title)
        self.setModal(True)
        today = formats.today()
        shown = days or Days(today - timedelta(days=6), today)
        self.first = self._field(shown.first or shown.last or today, _tr("First day"), formats.locale)
        self.last = self._field(shown.last or today, _tr("Last day"), formats.locale)
        self.has_first = QCheckBox(_tr("&From"))
        self.has_last = QCheckBox(_tr("&Up to"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(12))
        grid.setVerticalSpacing(theme().px(8))
        for row, (box, field, day) in enumerate(
            ((self.has_first, self.first, shown.first), (self.has_last, self.last, shown.last))
        ):
            box.setChecked(day is not None)
            field.setEnabled(day is not None)
            box.toggled.connect(field.setEnabled)
            box.toggled.connect(lambda _on: self._allow())
            grid.addWidget(box, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        cancel = page_button(_tr("Cancel"), "", self.reject, "")
        self.show_button = page_button(_tr("Show"), "", self.accept, "primary")
        cancel.setAutoDefault(False)
        self.show_button.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.show_button)
        box_ = QVBoxLayout(self)
        box_.setContentsMargins(20, 16, 20, 16)
        box_.setSpacing(12)
        box_.addWidget(PlainLabel(title, kind="title"))
        box_.addLayout(grid)
        box_.addLayout(foot)
        self.setMinimumWidth(theme().px(300))
        self._allow()
        (self.first if shown.first is not None else self.last).setFocus()
        self.accepted.connect(lambda: self.picked.emit(self.days()))
        self.finished.connect(lambda _result: self.deleteLater())

    def days(self) -> Days:
        """Return what the fields hold, whichever stands first."""
        first = picked_day(self.first) if self.has_first.isChecked() else None
        last = picked_day(self.last) if self.has_last.isChecked() else None
        if first is not None and last is not None and last < first:
            first, last = last, first
        return Days(first, last)

    def _allow(self) -> None:
        self.show_button.setEnabled(self.has_first.isChecked() or self.has_last.isChecked())

    @staticmethod
    def _field(day: date, name: str, locale: QLocale) -> QDateEdit:
        field = QDateEdit(qdate(day))
        dress_date(field, name, locale)
        return field


def _tr(text: str) -> str:
    return QCoreApplication.translate("BatchDays", text)
