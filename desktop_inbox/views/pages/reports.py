"""ReportsPage: the office in numbers, by day, channel and team (B-26)."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDate, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDateEdit,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.events import (
    BulkChanged,
    ChannelChanged,
    ContactChanged,
    Event,
    MessageReceived,
    MessageStatusChanged,
    TeamsChanged,
)
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.report import ReportFilter
from desktop_inbox.services.report_days import Period, days_of
from desktop_inbox.services.report_tables import table_of
from desktop_inbox.services.reports import Behind, Choices, Report, ReportService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.files import choose_to_save
from desktop_inbox.views.dialogs.report_rows import ReportRowsDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.report_words import ReportWords
from desktop_inbox.views.panes.report_cards import ChartCard, NumberCard
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

_NEWS_MS = 4000
_SHOWN_BEHIND = 500
_NUMBERS, _SECTIONS = 7, 5
_TWO_COLUMNS = 860  # pixels at 100 % from which on charts stand side by side
_HEARD = (MessageReceived, MessageStatusChanged, BulkChanged, ContactChanged, ChannelChanged, TeamsChanged)


class ReportsPage(QWidget):
    """Figures on top, charts with their tables below."""

    conversation_wanted = Signal(object)  # ConversationId
    view_wanted = Signal(object)  # View

    def __init__(
        self,
        reports: ReportService,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Reports")
        self._reports, self._tasks, self._toasts = reports, tasks, toasts
        self._formats = Formats(services.clock)
        self._words = ReportWords(self._formats)
        self._generation, self._stale = 0, False
        self._period: Period | None = Period.THIRTY
        self._today: date | None = None
        self._choices = Choices(channels=(), teams=())
        self.report: Report | None = None
        self.numbers = [NumberCard() for _ in range(_NUMBERS)]
        self.cards = [ChartCard() for _ in range(_SECTIONS)]
        self._build()
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._news.timeout.connect(self.refresh)
        bridge.event.connect(self._hear)

    def focus(self) -> None:
        """Move the focus to the span."""
        self.periods[self._period].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Leave a table for its chart; False when nothing is left to leave."""
        for card in self.cards:
            if card.stack.currentWidget() is card.table and card.isAncestorOf(self.focusWidget() or self):
                card.show_table(shown=False)
                card.chart.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    def refresh(self) -> None:
        """Count again."""
        self._generation += 1
        self._stale = False
        self.states.loading(self.refresh)
        self._tasks.start(self._read(self._generation), on_error=self._failed, name="report")

    def choose(self, period: Period | None) -> None:
        """Show a span; None for the days that are written in the fields."""
        self._period = period
        self.periods[period].setChecked(True)
        self.custom.setVisible(period is None)
        self.refresh()

    # Parts

    def _build(self) -> None:
        px = theme().px
        self.span = PlainLabel(kind="secondary")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(PlainLabel(self.tr("Reports"), kind="heading"))
        head.addWidget(self.span)
        head.addStretch()
        self.channel, self.team = self._combo("Channel of reports"), self._combo("Team of reports")
        head.addWidget(self.channel)
        head.addWidget(self.team)
        inside = QWidget()
        inside.setProperty("kind", "surface")
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self._figures = QGridLayout()
        self._figures.setSpacing(10)
        for card in self.numbers:
            card.clicked.connect(partial(self._open_number, card))
        for section in self.cards:
            section.open_wanted.connect(self._open)
            section.csv_wanted.connect(self._save)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(12)
        column.addLayout(self._figures)
        column.addLayout(self._grid)
        column.addStretch()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setAccessibleName(self.tr("Numbers and charts"))
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        self.states = ListStates(self.area)
        box = QVBoxLayout(self)
        box.setContentsMargins(px(20), px(16), px(12), px(12))
        box.setSpacing(10)
        box.addLayout(head)
        box.addLayout(self._spans())
        box.addWidget(self.states, 1)
        self._wide: bool | None = None
        self._across = 0
        self._arrange()
        for widget in (*self.numbers, *(part for card in self.cards for part in (card.chart, card.table))):
            widget.installEventFilter(self)

    def _spans(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        group = QButtonGroup(self)
        names: dict[Period | None, str] = {
            Period.TODAY: self.tr("Today"),
            Period.WEEK: self.tr("7 days"),
            Period.THIRTY: self.tr("30 days"),
            Period.MONTH: self.tr("This month"),
            None: self.tr("Other days"),
        }
        self.periods: dict[Period | None, QPushButton] = {}
        for period, name in names.items():
            button = self.periods[period] = QPushButton(name)
            button.setProperty("kind", "chip")
            button.setCheckable(True)
            button.setAccessibleName(name)
            button.toggled.connect(partial(self._toggled, period))
            group.addButton(button)
            row.addWidget(button)
        self.periods[self._period].setChecked(True)
        self.custom = QWidget()
        fields = QHBoxLayout(self.custom)
        fields.setContentsMargins(6, 0, 0, 0)
        fields.setSpacing(6)
        self.first, self.last = QDateEdit(), QDateEdit()
        for field, name in ((self.first, "First day"), (self.last, "Last day")):
            field.setAccessibleName(name)
            field.setCalendarPopup(True)
            field.setDate(QDate.currentDate())
            field.editingFinished.connect(self._date_chosen)
            fields.addWidget(field)
        fields.insertWidget(1, PlainLabel(self.tr("to"), kind="secondary"))
        self.custom.hide()
        row.addWidget(self.custom)
        row.addStretch()
        return row

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.activated.connect(lambda _index: self.refresh())
        combo.hide()
        return combo

    def _arrange(self) -> None:
        self._arrange_figures()
        wide = self.width() >= theme().px(_TWO_COLUMNS)
        if wide == self._wide:
            return
        self._wide = wide
        for place, card in enumerate(self.cards):
            self._grid.removeWidget(card)
            row, column = divmod(place, 2) if wide else (place, 0)
            last = place == len(self.cards) - 1
            self._grid.addWidget(card, row, column, 1, 2 if wide and last and not column else 1)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if wide or not column else 0)

    def _arrange_figures(self) -> None:
        """As many in a row as there is room for, in rows that are about as long."""
        room = max(1, (self.width() - theme().px(60)) // (self.numbers[0].sizeHint().width() + 10))
        rows = -(-_NUMBERS // min(room, _NUMBERS))
        across = -(-_NUMBERS // rows)
        if across == self._across:
            return
        for column in range(max(across, self._across)):
            self._figures.setColumnStretch(column, 1 if column < across else 0)
        self._across = across
        for place, card in enumerate(self.numbers):
            self._figures.removeWidget(card)
            self._figures.addWidget(card, *divmod(place, across))

    # Reading

    async def _read(self, generation: int) -> None:
        wanted = self._wanted()
        self._today = await self._reports.today()
        choices = await self._reports.choices()
        if self._period is not None:
            first, last = days_of(self._period, self._today)
        else:
            first, last = _to_date(self.first), _to_date(self.last)
        report = await self._reports.report(first, last, wanted)
        if generation == self._generation:
            self._offer(choices)
            self._show(report)

    def _wanted(self) -> ReportFilter:
        return ReportFilter(channel_id=self.channel.currentData(), team_id=self.team.currentData())

    def _offer(self, choices: Choices) -> None:
        if choices == self._choices:
            return
        self._choices = choices
        for combo, everything, known in (
            (self.channel, self.tr("All channels"), choices.channels),
            (self.team, self.tr("All teams"), choices.teams),
        ):
            chosen = combo.currentData()
            combo.clear()
            combo.addItem(everything, None)
            entries: Sequence[tuple[int, str]] = known
            for key, name in entries:
                combo.addItem(plain_name(name), key)
            combo.setCurrentIndex(max(0, combo.findData(chosen)))
            combo.setVisible(len(known) > (1 if combo is self.channel else 0))

    def _show(self, report: Report) -> None:
        self.report = report
        self.span.setText(self._words.compared_with(report))
        if self._period is not None:
            for field, day in ((self.first, report.span.first), (self.last, report.span.last)):
                field.setDate(QDate(day.year, day.month, day.day))
        if report.is_empty and not report.totals_before.received and not report.totals_before.sent:
            self.states.show_empty(
                "chart-column",
                self.tr("Nothing to count in these days"),
                self.tr("Messages that come and go are counted here, as soon as there are any."),
                buttons=((self.tr("Show 30 days"), partial(self.choose, Period.THIRTY)),)
                if self._period is not Period.THIRTY
                else (),
            )
            return
        for card, number in zip(self.numbers, self._words.numbers(report), strict=True):
            card.show_number(number, opens=number.opens is not None or self._opens_view(number.key))
        for section_card, section in zip(self.cards, self._words.sections(report), strict=True):
            section_card.show_section(section)
        self.states.show_rows()

    def _failed(self, error: InboxError) -> None:
        self.states.show_error(error)

    def _hear(self, event: Event) -> None:
        if isinstance(event, _HEARD):
            self._stale = True
            if self.isVisible() and not self._news.isActive():
                self._news.start()

    # Doing

    def _toggled(self, period: Period | None, on: bool) -> None:
        if on and period is not self._period:
            self.choose(period)

    def _opens_view(self, key: str) -> bool:
        return key == "waiting" and self._wanted() == ReportFilter()

    def _open_number(self, card: NumberCard) -> None:
        if card.number.opens is not None:
            self._open(card.number.opens)
        elif self._opens_view(card.number.key):
            self.view_wanted.emit(View.WAITING)

    def _open(self, behind: Behind) -> None:
        if self.report is None:
            return
        dialog = ReportRowsDialog(
            self._words.opened(self.report, behind),
            partial(self._reports.behind, self.report, behind, limit=_SHOWN_BEHIND),
            self._tasks,
            self._formats,
            self,
            limit=_SHOWN_BEHIND,
        )
        dialog.conversation_wanted.connect(self.conversation_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save(self, key: str) -> None:
        report = self.report
        if report is None:
            return

        def write(target: Path) -> None:
            table = table_of(report, key)
            self._tasks.start(
                self._reports.write_csv(target, (table.headings, *table.lines)),
                on_result=lambda _done: self._toasts.tell(self.tr("Written to {file}").format(file=target.name)),
                name="report as CSV",
            )

        name = f"{key}-{report.span.first.isoformat()}-{report.span.last.isoformat()}.csv"
        choose_to_save(self, self.tr("Save the table"), name, write)

    def _date_chosen(self) -> None:
        if self._period is None and self.report is not None:
            shown = self.report.span
            if (_to_date(self.first), _to_date(self.last)) != (shown.first, shown.last):
                self.refresh()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put charts side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Count what came while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Bring what gets the focus into sight."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.area.ensureWidgetVisible(watched, 0, theme().px(40))
        return super().eventFilter(watched, event)


def _to_date(field: QDateEdit) -> date:
    day = field.date()
    return date(day.year(), day.month(), day.day())
