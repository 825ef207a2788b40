"""BatchFilters: the chips over the table of what was sent; every filter combines with every other."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.ids import TeamId, UserId
from desktop_inbox.models.entities.tracking import Filter
from desktop_inbox.services.tracking import Choices
from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.batch_words import status_word, type_word
from desktop_inbox.views.plain import menu_text, plain_name

_SHOWN = 2  # names on a chip; more become a number


class ChoiceMenu(QMenu):
    """Stays open while several are ticked: click or Space ticks, Enter and Esc close."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick without closing."""
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.actionGroup() is None:
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick without closing."""
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None and action.isCheckable():
            action.trigger()
        else:
            super().keyPressEvent(event)


class FilterChip(ToggleButton):
    """One filter: what is ticked in its menu, or the word for everything."""

    changed = Signal()

    def __init__(self, name: str, everything: str, *, several: bool = True) -> None:
        super().__init__()
        self._name, self._everything, self._several = name, everything, several
        self._offers: list[tuple[object, str]] = []
        self.chosen: set[object] = set()
        self.setProperty("kind", "chip")
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the words
        bind_icon(self, "chevron-down", "muted", size=14)
        self.clicked.connect(self.open_menu)
        self._show()

    def offer(self, offers: Sequence[tuple[object, str]]) -> None:
        """Set what can be chosen; what is gone is not chosen any more."""
        self._offers = list(offers)
        self.chosen &= {value for value, _text in offers}
        self._show()

    def choose(self, values: set[object]) -> None:
        """Choose these."""
        if values != self.chosen:
            self.chosen = values
            self._show()
            self.changed.emit()

    def menu_of(self) -> QMenu:
        """Return the menu, filled."""
        menu = ChoiceMenu(self)
        menu.setAccessibleName(self._name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        everything = menu.addAction(menu_text(self._everything))
        everything.setEnabled(bool(self.chosen))
        everything.triggered.connect(lambda _checked=False: self.choose(set()))
        menu.addSeparator()
        for value, text in self._offers:
            action = menu.addAction(menu_text(text))
            action.setCheckable(True)
            action.setChecked(value in self.chosen)
            action.triggered.connect(lambda checked, value=value: self._tick(value, checked=checked))
        return menu

    def open_menu(self) -> None:
        """Show the menu under the chip."""
        self._show()  # the click itself chose nothing
        self.menu_of().popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def _tick(self, value: object, *, checked: bool) -> None:
        if not self._several:
            self._untick_others(value)
            self.choose({value} if checked else set())
        else:
            self.choose(self.chosen | {value} if checked else self.chosen - {value})

    def _untick_others(self, value: object) -> None:
        menu = self.findChild(ChoiceMenu)
        actions: list[QAction] = [] if menu is None else menu.actions()[2:]
        for (one, _text), action in zip(self._offers, actions, strict=False):
            action.setChecked(one == value and action.isChecked())

    def _show(self) -> None:
        names = [text for value, text in self._offers if value in self.chosen]
        shown = ", ".join(names[:_SHOWN]) + (f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else "")
        self.setText(menu_text(shown or self._everything))
        self.setChecked(bool(self.chosen))
        self.setAccessibleName(f"{self._name}: {shown or self._everything}")


class BatchFilters(QWidget):
    """The row of chips; ``changed`` tells that the table is to be read again."""

    changed = Signal()

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._choices: Choices | None = None
        self.status = FilterChip(self.tr("Status"), self.tr("Any status"))
        self.type = FilterChip(self.tr("Type"), self.tr("Any type"))
        self.file = FilterChip(self.tr("File"), self.tr("Any file"), several=False)
        self.user = FilterChip(self.tr("User"), self.tr("Anyone"))
        self.team = FilterChip(self.tr("Team"), self.tr("Any team"))
        self.time = FilterChip(self.tr("When"), self.tr("Any time"), several=False)
        self.singles = QPushButton(self.tr("Single messages too"))
        self.singles.setProperty("kind", "chip")
        self.singles.setCheckable(True)
        self.singles.setAccessibleName(self.tr("Single messages too"))
        self.singles.toggled.connect(lambda _on: self.changed.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for chip in self._chips():
            row.addWidget(chip)
            chip.changed.connect(self.changed)
        row.addWidget(self.singles)
        row.addStretch()
        self.status.offer([(status, status_word(status)) for status in BatchStatus])
        self._offer_times()
        for chip in (self.type, self.file, self.team):
            chip.hide()

    def take(self, choices: Choices) -> None:
        """Offer what can be filtered by; what offers no choice is not shown (S5-09)."""
        self._choices = choices
        self.type.offer([(scheme, type_word(scheme)) for scheme in choices.types])
        self.file.offer([(name, plain_name(name)) for name in choices.files[:40]])
        self.user.offer([(UserId(user.id), plain_name(user.name)) for user in choices.users])
        self.team.offer([(TeamId(team.id), plain_name(team.name)) for team in choices.teams])
        self.type.setVisible(choices.several_types)
        self.file.setVisible(bool(choices.files))
        self.team.setVisible(bool(choices.teams))
        self._offer_times()

    def wanted(self, code: str) -> Filter:
        """Return the filter that is set."""
        since, until = self._span()
        channels = None
        if self.type.chosen and self._choices is not None:
            known = (ids for scheme, ids in self._choices.types.items() if scheme in self.type.chosen)
            channels = frozenset().union(*known)
        return Filter(
            statuses=frozenset(one for one in self.status.chosen if isinstance(one, BatchStatus)),
            code=code.strip(),
            channel_ids=channels,
            file=next((str(one) for one in self.file.chosen), ""),
            user_ids=frozenset(UserId(one) for one in self.user.chosen if isinstance(one, int)),
            team_ids=frozenset(TeamId(one) for one in self.team.chosen if isinstance(one, int)),
            since=since,
            until=until,
            singles=self.singles.isChecked(),
        )

    def clear(self) -> None:
        """Show everything again."""
        for chip in self._chips():
            chip.choose(set())

    def _chips(self) -> tuple[FilterChip, ...]:
        return (self.status, self.type, self.file, self.user, self.team, self.time)

    def _offer_times(self) -> None:
        self.time.offer(
            [
                ("later", self.tr("Still to come")),
                ("today", self.tr("Today")),
                ("yesterday", self.tr("Yesterday")),
                ("week", self.tr("Last 7 days")),
                ("month", self.tr("This month")),
                ("last_month", self.tr("Last month")),
                ("year", self.tr("This year")),
            ]
        )

    def _span(self) -> tuple[datetime | None, datetime | None]:
        """First moment, and the one after the last, in the zone of the office."""
        today = self._formats.today()
        month = today.replace(day=1)
        before = (month - timedelta(days=1)).replace(day=1)
        spans: dict[str, tuple[date | None, date | None]] = {
            "today": (today, today + timedelta(days=1)),
            "yesterday": (today - timedelta(days=1), today),
            "week": (today - timedelta(days=6), today + timedelta(days=1)),
            "month": (month, (month + timedelta(days=32)).replace(day=1)),
            "last_month": (before, month),
            "year": (today.replace(month=1, day=1), today.replace(year=today.year + 1, month=1, day=1)),
        }
        (key,) = self.time.chosen or {""}
        if key == "later":
            return self._formats.clock(), None
        since, until = spans.get(str(key), (None, None))
        return self._midnight(since), self._midnight(until)

    def _midnight(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        zone = self._formats.local(self._formats.clock()).tzinfo
        return datetime.combine(day, time.min, tzinfo=zone)
