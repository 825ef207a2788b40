"""The page of reports on a real database: charts read by key, tables beside them, and what each number opens."""

import asyncio
import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId, EntryId, first_entry_id
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.report import ReportFilter
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.providers.registry import provider_class
from desktop_inbox.services.report_days import Period
from desktop_inbox.services.reports import Report, ReportService
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.chart_scale import label_step, number_ticks, time_ticks
from desktop_inbox.views.charts import COLORS, Chart, ChartData, ChartKind, Series
from desktop_inbox.views.dialogs.report_rows import ReportRowsDialog
from desktop_inbox.views.pages.reports import ReportsPage
from desktop_inbox.views.theme import ThemeMode, contrast, theme
from desktop_inbox.views.toasts import Toasts
from tests.support.clock import HeldClock
from tests.support.fakes_views import FakeInbox, services
from tests.support.guards import watch_gui_thread
from tests.support.qt import Stage, stage

__all__ = ["stage"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Desk:
    """The page, on a store in which two contacts wrote, one was answered, and one answer failed."""

    def __init__(self, stage: Stage, url: str, *, filled: bool = True) -> None:
        self.stage, self.bus, self.clock = stage, EventBus(), HeldClock()
        self.store = Store.open(url, clock=self.clock, publish=self.bus.publish)
        self.store.attach(stage.loop)
        self.talks: list[ConversationId] = []
        self.store.run_sync(self._fill if filled else lambda work: work.settings.set(TIME_ZONE.key, "UTC"))
        self.reports = ReportService(
            self.store,
            self.clock,
            capabilities=lambda channel: provider_class(channel.kind).capabilities_of(channel.settings),
        )
        self.services = services(FakeInbox([]), clock=self.clock, reports=self.reports)
        self.bridge = EventBridge(self.bus)

    def _fill(self, work: Work) -> None:
        work.settings.set(TIME_ZONE.key, "UTC")
        channel = work.channels.add(kind="simulator", name="Front desk", address="+1", settings={"network": "sms"})
        quiet = work.channels.add(kind="simulator", name="Chat", address="@x", settings={"network": "telegram"})
        for number, name in enumerate(("Maria Gomez", "Sam Patel")):
            contact = work.contacts.add([(Scheme.TEL, f"+1415555010{number}")], first_name=name)
            talk = work.conversations.of_contact(contact.id)
            self.talks.append(talk)
            for minutes, out, status in ((600, False, "received"), (590, True, "delivered"), (10, False, "received")):
                self._say(work, talk, contact.id, channel.id, minutes, out=out, status=status)
            self._say(work, talk, contact.id, channel.id, 5, out=True, status="failed")
            self._say(work, talk, contact.id, quiet.id, 4, out=True, status="sent", kind=SenderKind.BROADCAST)

    def _say(
        self, work: Work, talk: ConversationId, contact: int, channel: int, minutes: int, *, out: bool, status: str,
        kind: SenderKind = SenderKind.USER,
    ) -> None:  # fmt: skip
        at = NOON - timedelta(minutes=minutes)
        message = Message(
            id=EntryId(first_entry_id(at) + talk),
            conversation_id=talk,
            contact_id=contact,  # type: ignore[arg-type]
            direction=Direction.OUT if out else Direction.IN,
            text=f"about {minutes}",
            status=DeliveryStatus(status),
            channel_id=channel,  # type: ignore[arg-type]
            sender_kind=kind if out else SenderKind.CONTACT,
            client_uuid=f"00000000-0000-4000-8000-{talk:06d}{minutes:06d}",
            sent_at=at if out else None,
            error_text="x" if status == "failed" else "",
        )
        (work.messages.add_outbound if out else work.messages.add_inbound)(message)

    def page(self, width: int = 1200) -> ReportsPage:
        page = ReportsPage(self.reports, self.services, self.stage.tasks, self.bridge, Toasts(_window(self.stage)))
        self.stage.show(page, width, 760)
        page.refresh()
        self.stage.settle()
        return page

    def close(self) -> None:
        self.bridge.close()
        self.store.close()


def _window(stage: Stage) -> QWidget:
    return stage.show(QWidget(), 300, 200)


@pytest.fixture
def desk(stage: Stage, sqlite_url: str) -> Iterator[Desk]:
    made = Desk(stage, sqlite_url)
    yield made
    made.close()


def _dialog() -> ReportRowsDialog:
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReportRowsDialog) and one.isVisible())


@pytest.mark.row("B-26", "S1-31", "S1-30")
def test_figures_charts_and_tables_say_the_same(desk: Desk) -> None:
    """Counted off the GUI thread; each figure has its words, each chart its table."""
    unwatch = watch_gui_thread()
    try:
        page = desk.page()
    finally:
        unwatch()
    assert page.report is not None
    shown = {card.number.key: card.number.value for card in page.numbers}
    assert shown == {
        "received": "4", "sent": "6", "delivered": "66.7 %", "response": "10 min", "waiting": "0", "opted_out": "0",
        "segments": "2",
    }  # fmt: skip
    assert page.numbers[0].accessibleName() == "Received: 4; none before"
    for card in page.cards:
        QAbstractItemModelTester(card.model, QAbstractItemModelTester.FailureReportingMode.Fatal, card)
        assert card.chart.accessibleName() == card.title.text()
        assert card.model.rowCount() == len(card.chart.data.labels)
        interface = QAccessible.queryAccessibleInterface(card.chart)
        assert interface.text(QAccessible.Text.Name) == card.title.text()
    messages = page.cards[0]
    assert messages.model.rows[-1] == ["Mon 2 Mar 2026", "4", "6"]
    assert messages.chart.data.words(29).endswith("Received 4, Sent 6")
    channels = page.cards[1]
    assert channels.chart.data.labels == ("Front desk", "Chat (no receipts)")
    assert channels.model.rows[1][-1] == "no receipts on this channel"
    assert channels.model.rows[0][:6] == ["Front desk", "50.0 %", "2", "0", "0", "2"]


@pytest.mark.row("B-26", "K01", "A05")
def test_charts_are_read_and_opened_by_key(desk: Desk) -> None:
    """The arrows go from value to value and say it; Enter shows exactly what it counts, and opens a conversation."""
    page = desk.page()
    chart = page.cards[0].chart
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    desk.stage.settle()
    assert chart.accessibleDescription() == chart.data.words(29)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == chart.data.words(28)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart.accessibleDescription() == chart.data.words(0)
    QTest.keyClick(chart, Qt.Key.Key_End)
    QTest.keyClick(chart, Qt.Key.Key_Down)  # the other series: sent
    went: list[object] = []
    page.conversation_wanted.connect(went.append)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    desk.stage.settle()
    dialog = _dialog()
    assert dialog.model.rowCount() == 6
    assert dialog.note.text() == "6 in all."
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert went == [desk.talks[-1]]


@pytest.mark.row("B-26", "S1-31")
def test_cells_and_figures_open_what_they_count(desk: Desk) -> None:
    page = desk.page()
    card = page.cards[1]
    card.switch.click()
    assert card.stack.currentWidget() is card.table
    card.table.setCurrentIndex(card.model.index(0, 5))  # failed, on the front desk
    QTest.keyClick(card.table, Qt.Key.Key_Return)
    desk.stage.settle()
    dialog = _dialog()
    assert dialog.windowTitle().startswith("Failed, Front desk, ")
    assert {row[3] for row in dialog.model.rows} == {"Failed"}
    assert dialog.model.rowCount() == 2
    dialog.reject()
    assert page.escape()
    assert card.stack.currentWidget() is card.chart
    views: list[object] = []
    page.view_wanted.connect(views.append)
    page.numbers[4].click()
    assert views == [View.WAITING]


@pytest.mark.row("B-26")
def test_spans_and_filters_count_again(desk: Desk) -> None:
    page = desk.page()
    page.choose(Period.TODAY)
    desk.stage.settle()
    assert page.report is not None
    assert len(page.report.days) == 1
    page.channel.setCurrentIndex(2)
    page.channel.activated.emit(2)
    desk.stage.settle()
    assert page.numbers[0].number.value == "0"
    assert page.numbers[1].number.value == "2"
    page.choose(None)
    assert page.custom.isVisibleTo(page)
    page.first.setDate(page.last.date().addDays(3))
    page.first.editingFinished.emit()
    desk.stage.settle()
    assert page.states.empty.title == "The last day lies before the first."
    page.choose(Period.WEEK)
    desk.stage.settle()
    assert page.states.currentWidget() is page.area


@pytest.mark.row("B-26")
def test_an_office_without_messages_says_so(stage: Stage, sqlite_url: str) -> None:
    desk = Desk(stage, sqlite_url, filled=False)
    page = desk.page()
    assert page.states.empty.title == "Nothing to count in these days"
    desk.close()


@pytest.mark.row("B-26")
def test_numbers_follow_what_happens(desk: Desk, stage: Stage) -> None:
    page = desk.page()

    def arrive(work: Work) -> None:
        channel, contact = work.channels.all()[0], work.contacts.find("Maria", limit=1)[0]
        desk._say(work, desk.talks[0], contact.id, channel.id, 1, out=False, status="received")

    page._news.setInterval(1)
    stage.run(desk.store.run(arrive))
    stage.until(lambda: page.numbers[0].number.value == "5")


@pytest.mark.row("B-26")
def test_a_table_is_saved_as_csv(desk: Desk, tmp_path: Path) -> None:
    page = desk.page()
    page.cards[0].save.click()
    dialog = next(one for one in page.findChildren(QFileDialog) if one.isVisible())
    target = tmp_path / "days.csv"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    desk.stage.settle()
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["Day", "Received", "Sent"]
    assert rows[-1] == ["2026-03-02", "4", "6"]


@pytest.mark.row("A04", "A06", "B-26")
@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
def test_series_stand_out_and_differ_by_more_than_colour(stage: Stage, mode: ThemeMode) -> None:
    """3:1 against the surface; painted without colours the series still differ."""
    theme().set_mode(mode)
    surface = theme().color("surface")
    assert all(contrast(theme().color(token), surface) >= 3 for token in COLORS)
    assert contrast(theme().color("muted"), surface) >= 4.5
    pictures = []
    for place in (0, 1):
        values = [(8.0, 8.0), (0.0, 0.0)] if place == 0 else [(0.0, 0.0), (8.0, 8.0)]
        chart = Chart()
        chart.show_data(
            ChartData(
                title="t", labels=("a", "b"), names=("a", "b"),
                series=tuple(Series(name="n", values=one) for one in values),
            )
        )  # fmt: skip
        stage.show(chart, 300, 200)
        image = chart.grab().toImage()
        area = chart._area()
        ink = 0
        for x in range(int(area.left()), int(area.right())):
            for y in range(int(area.top()) + 20, int(area.bottom()) - 5):
                ink += contrast(image.pixelColor(x, y), surface) >= 3
        pictures.append(ink)
    assert pictures[0] > 1.5 * pictures[1] > 0  # solid against hatched
    theme().set_mode(ThemeMode.LIGHT)


@pytest.mark.row("B-26")
def test_lines_leave_gaps_where_nothing_was_answered(stage: Stage) -> None:
    chart = Chart()
    data = ChartData(
        title="t", labels=("a", "b", "c"), names=("Monday", "Tuesday", "Wednesday"), kind=ChartKind.LINES,
        series=(Series(name="Median", values=(60.0, None, 90.0)),), gap_text="no answer",
        value_text=lambda value: f"{value:.0f} s",
    )  # fmt: skip
    chart.show_data(data)
    stage.show(chart, 300, 200)
    assert not chart.grab().isNull()
    assert data.words(1) == "Tuesday: Median no answer"
    assert data.words(0) == "Monday: Median 60 s"


@pytest.mark.row("B-26")
@pytest.mark.parametrize("highest", [0, 1, 3, 7, 42, 99, 100, 101, 12_345, 5e6])
def test_scales_have_few_round_lines_that_cover_the_highest(highest: float) -> None:
    for ticks in (number_ticks(highest), time_ticks(highest)):
        assert ticks[0] == 0
        assert ticks[-1] >= highest
        assert 2 <= len(ticks) <= 6
        assert len({after - before for before, after in pairwise(ticks)}) == 1
    assert label_step(30, 8) == 4


@pytest.mark.row("B-26")
def test_what_cannot_be_read_is_told(desk: Desk) -> None:
    page = desk.page()
    page._failed(InboxError("x", "It broke.", hint="Try again."))
    assert page.states.empty.title == "It broke."


class SlowReports(ReportService):
    """Counts long spans only when told to."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.held = asyncio.Event()
        self.waiting = False
        self.counted = 0

    async def report(self, first: date, last: date, wanted: ReportFilter | None = None) -> Report:
        if last - first > timedelta(days=7):
            self.waiting = True
            await self.held.wait()
        self.counted += 1
        return await super().report(first, last, wanted or ReportFilter())


@pytest.mark.row("B-26")
def test_a_span_that_was_left_is_not_shown_when_its_numbers_come_late(desk: Desk) -> None:
    slow = SlowReports(
        desk.store,
        desk.clock,
        capabilities=lambda channel: provider_class(channel.kind).capabilities_of(channel.settings),
    )
    page = ReportsPage(slow, desk.services, desk.stage.tasks, desk.bridge, Toasts(_window(desk.stage)))
    desk.stage.show(page, 1200, 760)
    page.refresh()  # thirty days
    desk.stage.until(lambda: slow.waiting)
    page.choose(Period.TODAY)
    desk.stage.until(lambda: page.report is not None)
    slow.held.set()
    desk.stage.until(lambda: slow.counted == 2)
    desk.stage.settle()
    assert page.report is not None
    assert page.report.span.first == page.report.span.last, "today alone"
