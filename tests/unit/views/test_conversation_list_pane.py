"""The conversation list as people meet it."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from time import perf_counter

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop_inbox.errors import StoreError
from desktop_inbox.events import BulkChanged, ContactChanged
from desktop_inbox.models.entities.conversation import ConversationSummary, View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.panes.conversation_rows import PAGE
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.clock import HeldClock
from tests.support.fakes_views import NOW, FakeInbox, many, office, services
from tests.support.qt import Stage


class Scene:
    """A list in a window, and what it told."""

    def __init__(self, stage: Stage, rows: list[ConversationSummary]) -> None:
        self.stage, self.inbox, self.clock = stage, FakeInbox(rows), HeldClock(NOW)
        self.window = QMainWindow()
        made = services(self.inbox, clock=self.clock)
        formats = Formats(self.clock, zone=UTC)
        self.actions = Actions(self.window)
        self.pane = ConversationListPane(made, formats, stage.tasks, stage.bridge(self.inbox), self.actions)
        self.window.setCentralWidget(self.pane)
        stage.show(self.window, 324, 700)
        self.chosen: list[int] = []
        self.pane.rows.chosen.connect(lambda row: self.chosen.append(row.id))
        self.pane.rows.list.set_hand_patience(40)
        self.pane.show_view(View.ALL)
        stage.settle()

    def ids(self) -> list[int]:
        model = self.pane.rows.model
        return [model.summary_at(row).id for row in range(model.rowCount())]  # type: ignore[union-attr]

    def click(self, conversation_id: int) -> None:
        model, view = self.pane.rows.model, self.pane.rows.list
        index = model.index(model.row_of(ConversationId(conversation_id)))
        view.scrollTo(index)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())

    def hand_on(self) -> None:
        place = QPointF(20, 20)
        none = Qt.KeyboardModifier.NoModifier
        button = Qt.MouseButton.NoButton
        viewport = self.pane.rows.list.viewport()
        event = QMouseEvent(QEvent.Type.MouseMove, place, viewport.mapToGlobal(place), button, button, none)
        QApplication.sendEvent(viewport, event)

    def painted(self) -> bytes:
        image = self.pane.rows.list.viewport().grab().toImage()
        return bytes(image.constBits())


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage, office())


@pytest.mark.row("S2-12", "S3-14", "S2-14")
def test_a_click_opens_a_conversation_once(scene: Scene) -> None:
    scene.click(3)
    scene.click(3)
    assert scene.chosen == [3]


@pytest.mark.row("S2-13", "S3-12", "L06")
def test_a_message_moves_its_row_and_the_selection_stays_with_its_conversation(scene: Scene) -> None:
    scene.click(2)
    scene.stage.until(lambda: not scene.pane.rows.list.hand_on)
    scene.inbox.receive(5, "Thanks!")
    scene.stage.until(lambda: scene.ids()[0] == 5)
    assert scene.pane.rows.selected == 2
    current = scene.pane.rows.list.currentIndex()
    assert scene.pane.rows.model.summary_at(current.row()).id == 2  # type: ignore[union-attr]
    assert scene.chosen == [2]


@pytest.mark.row("S2-13")
def test_a_renamed_contact_and_a_draft_show(scene: Scene) -> None:
    row = scene.inbox.rows[ConversationId(3)]
    scene.inbox.rows[row.id] = replace(row, name="Chen Meiling")
    scene.inbox.bus.publish(ContactChanged(contact_id=row.contact_id))
    scene.inbox.bus.publish(ContactChanged(contact_id=987654))
    model = scene.pane.rows.model
    scene.stage.until(lambda: model.summary(row.id).name == "Chen Meiling")  # type: ignore[union-attr]
    scene.inbox.change(3, draft="half a sent")
    scene.stage.until(lambda: model.summary(row.id).draft == "half a sent")  # type: ignore[union-attr]


@pytest.mark.row("L06")
def test_rows_do_not_move_under_the_mouse_but_show_what_came(scene: Scene) -> None:
    before = scene.ids()
    scene.pane.rows.list.set_hand_patience(100_000)
    scene.hand_on()
    scene.inbox.receive(5, "Thanks!")
    model = scene.pane.rows.model
    scene.stage.until(lambda: model.summary(ConversationId(5)).snippet == "Thanks!")  # type: ignore[union-attr]
    assert scene.ids() == before
    scene.pane.rows.list.set_hand_patience(20)
    scene.hand_on()
    scene.stage.until(lambda: scene.ids()[0] == 5)


@pytest.mark.row("L06")
def test_rows_do_not_move_while_keys_move_the_selection(scene: Scene) -> None:
    scene.click(3)
    scene.pane.rows.list.set_hand_patience(100_000)
    before = scene.ids()
    QTest.keyClick(scene.pane.rows.list, Qt.Key.Key_Down)
    scene.inbox.receive(8, "STOP")
    scene.stage.settle()
    assert scene.ids() == before
    assert scene.chosen == [3, 4]


@pytest.mark.row("L06", "S2-13")
def test_the_scroll_place_stays_when_a_message_arrives(stage: Stage) -> None:
    scene = Scene(stage, many(100))
    bar = scene.pane.rows.list.verticalScrollBar()
    bar.setValue(1000)
    top = scene.pane.rows.list.indexAt(QPoint(5, 5)).row()
    first = scene.ids()[top]
    scene.inbox.receive(50, "late")
    stage.until(lambda: scene.ids()[0] == 50)
    assert bar.value() == 1000 or scene.ids()[scene.pane.rows.list.indexAt(QPoint(5, 5)).row()] == first


@pytest.mark.row("L06")
def test_a_first_sync_does_not_move_rows_under_the_hand_nor_the_scroll_place(stage: Stage) -> None:
    scene = Scene(stage, many(100))
    bar = scene.pane.rows.list.verticalScrollBar()
    bar.setValue(640)
    scene.pane.rows.list.set_hand_patience(100_000)
    scene.hand_on()
    before = scene.ids()
    for number in (70, 80, 90):
        row = scene.inbox.rows[ConversationId(number)]
        scene.inbox.rows[row.id] = replace(row, last_entry_id=row.last_entry_id + (1 << 44))
    calls = len(scene.inbox.page_calls)
    for _ in range(20):
        scene.inbox.bus.publish(BulkChanged())
    stage.until(lambda: len(scene.inbox.page_calls) > calls)
    stage.settle()
    assert len(scene.inbox.page_calls) == calls + 1
    assert scene.ids() == before
    assert bar.value() == 640
    scene.pane.rows.list.set_hand_patience(20)
    scene.hand_on()

    stage.until(lambda: set(scene.ids()[:3]) == {70, 80, 90})


@pytest.mark.row("S3-05", "L15")
def test_scrolling_reads_page_after_page_by_place(stage: Stage) -> None:
    scene = Scene(stage, many(200))
    bar = scene.pane.rows.list.verticalScrollBar()
    assert scene.pane.rows.model.rowCount() == PAGE
    while scene.pane.rows.model.has_more:
        bar.setValue(bar.maximum())
        stage.settle()
    assert scene.ids() == list(range(1, 201))
    places = [before for view, before in scene.inbox.page_calls]
    assert len(places) == len(set(places)) == 4


@pytest.mark.row("S3-05")
def test_a_view_higher_than_a_page_fills_itself(stage: Stage) -> None:
    scene = Scene(stage, many(200))
    scene.window.resize(324, 64 * 90)
    stage.until(lambda: scene.pane.rows.model.rowCount() >= 90)


@pytest.mark.row("S2-11", "S2-06", "S2-10", "S2-07", "S2-08")
def test_views_chips_and_counts(scene: Scene) -> None:
    chips = {view: chip.text() for view, chip in scene.pane._chips.items()}
    assert chips == {View.ALL: "All 12", View.UNREAD: "Unread 3", View.WAITING: "Waiting 6"}
    assert "3 unread" in scene.pane.view_button.accessibleDescription()
    scene.pane._chips[View.UNREAD].click()
    scene.stage.settle()
    assert scene.ids() == [1, 2, 6]
    for number in (1, 2, 6):
        scene.inbox.change(number, unread_count=0)
    scene.stage.until(lambda: "no unread" in scene.pane.view_button.accessibleDescription())


@pytest.mark.row("S2-11", "S3-14")
def test_a_conversation_read_in_unread_stays_until_another_is_opened(scene: Scene) -> None:
    scene.pane.show_view(View.UNREAD)
    scene.stage.settle()
    scene.click(1)
    scene.inbox.change(1, unread_count=0)
    model = scene.pane.rows.model
    scene.stage.until(lambda: model.summary(ConversationId(1)).unread_count == 0)  # type: ignore[union-attr]
    assert scene.ids() == [1, 2, 6]
    scene.click(2)
    assert scene.ids() == [2, 6]


@pytest.mark.row("K05")
def test_steps_go_through_the_list(scene: Scene) -> None:
    assert scene.pane.rows.step(1)
    assert scene.pane.rows.step(1)
    assert scene.pane.rows.step(-1)
    assert not scene.pane.rows.step(-1)
    assert scene.chosen == [1, 2, 1]


@pytest.mark.row("S2-14")
def test_the_focus_alone_opens_nothing(scene: Scene) -> None:
    scene.pane.search_box.setFocus()
    scene.pane.rows.focus()
    assert scene.pane.rows.list.hasFocus()
    for reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.MouseFocusReason, Qt.FocusReason.OtherFocusReason):
        scene.pane.search_box.setFocus()
        scene.pane.rows.list.setFocus(reason)
        scene.stage.settle()
    assert scene.chosen == []


@pytest.mark.row("S2-13")
def test_a_removed_row_does_not_open_its_neighbour(scene: Scene) -> None:
    scene.click(2)
    scene.inbox.change(2, archived_at=NOW)
    scene.pane.rows.select(None)
    scene.stage.until(lambda: 2 not in scene.ids())
    assert scene.chosen == [2]
    assert not scene.pane.rows.list.currentIndex().isValid()


@pytest.mark.row("L18")
@pytest.mark.parametrize("view", list(View))
def test_an_empty_view_says_what_and_what_next(stage: Stage, view: View) -> None:
    scene = Scene(stage, [])
    scene.pane.show_view(view)
    stage.settle()
    states = scene.pane.rows.states
    assert states.currentWidget() is states.empty
    assert states.empty.title
    scene.inbox.rows.update({row.id: replace(row, archived_at=NOW) for row in many(1)} if view is View.ARCHIVED else {})
    scene.inbox.rows.update({row.id: row for row in many(1)} if view is View.ALL else {})
    if view in (View.ALL, View.ARCHIVED):
        scene.inbox.bus.publish(BulkChanged())
        stage.until(lambda: states.currentWidget() is scene.pane.rows.list)


@pytest.mark.row("L17")
def test_a_slow_load_shows_shapes_and_a_stuck_one_says_so(stage: Stage) -> None:
    scene = Scene(stage, office())
    scene.inbox.gate = asyncio.Event()
    states = scene.pane.rows.states
    states._stuck.setInterval(450)
    scene.pane.rows.reload()
    assert states.currentWidget() is scene.pane.rows.list
    stage.until(lambda: states.currentWidget() is states.skeleton)
    states.skeleton.grab()
    stage.until(lambda: states.currentWidget() is states.empty)
    assert "unusually long" in states.empty.title
    scene.inbox.gate.set()
    stage.until(lambda: states.currentWidget() is scene.pane.rows.list)


@pytest.mark.row("L17", "F03")
def test_a_failed_load_says_why_and_can_be_retried(stage: Stage) -> None:
    scene = Scene(stage, office())
    scene.inbox.error = StoreError("store_busy", "The database is busy.", hint="Wait a moment.")
    scene.pane.rows.reload()
    states = scene.pane.rows.states
    stage.until(lambda: states.currentWidget() is states.empty)
    assert states.empty.title == "The database is busy."
    scene.inbox.error = None
    states._retry()
    stage.until(lambda: states.currentWidget() is scene.pane.rows.list)


@pytest.mark.row("S3-10")
def test_times_become_days_at_midnight_without_a_restart(scene: Scene) -> None:
    before = scene.painted()
    scene.clock.advance(timedelta(hours=12))
    scene.pane.rows._midnight.start(1)
    scene.stage.until(lambda: scene.painted() != before)
    row = scene.pane.rows.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Yesterday" in row


@pytest.mark.row("K26")
def test_menu_key_and_right_click_open_the_same_menu_and_open_no_row(scene: Scene) -> None:
    asked: list[int] = []
    scene.pane.rows.menu_wanted.connect(lambda row, place: asked.append(row.id))
    view = scene.pane.rows.list
    scene.click(2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(view, event)
    place = view.visualRect(scene.pane.rows.model.index(3)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, place))
    assert asked == [2, 4]
    assert scene.chosen == [2]


@pytest.mark.row("K24")
def test_characters_are_handed_on_instead_of_searching_rows(scene: Scene) -> None:
    typed: list[str] = []
    scene.pane.rows.typed.connect(typed.append)
    scene.click(1)
    QTest.keyClicks(scene.pane.rows.list, "Hi ")
    assert typed == ["H", "i"]
    assert scene.chosen == [1]


@pytest.mark.row("A02")
def test_assistive_technology_sees_rows(scene: Scene) -> None:
    interface = QAccessible.queryAccessibleInterface(scene.pane.rows.list)
    assert interface.text(QAccessible.Text.Name) == "Conversations"
    assert interface.childCount() == 12
    assert interface.child(0).text(QAccessible.Text.Name).startswith("Maria Gómez, 2 unread")


@pytest.mark.row("T03", "A08", "L05", "S3-11", "S3-13")
def test_rows_paint_in_every_theme_size_and_direction(scene: Scene) -> None:
    pictures = {scene.painted()}
    for change in (
        lambda: theme().set_mode(ThemeMode.DARK),
        lambda: theme().set_scale(200),
        lambda: scene.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft),
    ):
        change()
        scene.stage.settle()
        pictures.add(scene.painted())
    assert len(pictures) == 4
    index = scene.pane.rows.model.index(0)
    assert scene.pane.rows.list.visualRect(index).height() >= 2 * 60


@pytest.mark.row("A04", "K08")
def test_the_current_row_has_a_ring_for_those_who_use_keys(scene: Scene) -> None:
    def ring() -> bool:
        view = scene.pane.rows.list
        spot = view.visualRect(view.currentIndex())
        image = view.viewport().grab().toImage()
        return bool(image.pixelColor(spot.left() + 1, spot.center().y()).name() == theme().tokens.accent_text)

    scene.click(2)
    assert not ring()
    QTest.keyClick(scene.pane.rows.list, Qt.Key.Key_Down)
    assert ring()
    scene.click(1)
    assert not ring()
    scene.pane.search_box.setFocus()
    scene.pane.rows.focus()
    assert ring()


@pytest.mark.row("L06")
def test_a_changed_row_costs_little_among_thousands(stage: Stage) -> None:
    scene = Scene(stage, many(60))
    scene.pane.rows.model.reset(many(20_000), has_more=False)
    scene.pane.rows.list.scrollToTop()
    stage.settle()
    spent = []
    for number in range(20):
        row = scene.inbox.rows[ConversationId(30)]
        moved = replace(row, last_entry_id=row.last_entry_id + (number << 30), unread_count=number)
        begin = perf_counter()
        scene.pane.rows.model.apply([row.id], [moved])
        scene.pane.rows.list.viewport().repaint()
        spent.append(perf_counter() - begin)
    # A layout of all rows takes 50 ms and more here; the bound leaves room for a busy computer.
    assert sorted(spent)[len(spent) // 2] < 0.03
