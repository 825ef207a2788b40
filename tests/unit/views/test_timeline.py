from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.views.delegates.bubble_layout import MAX_WIDTH
from desktop_inbox.views.panes.timeline import MAX_ROWS, PAGE
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.conversation_screens import Screen, history
from tests.support.fakes_timeline import CONVERSATION, message
from tests.support.fakes_views import NOW
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.mark.row("L09", "S2-20")
def test_opens_at_the_newest_message(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(120)).open()
    assert screen.model.rowCount() == PAGE
    assert screen.view.distance_to_bottom() == 0
    assert screen.office.inbox.read == []


@pytest.mark.row("L08", "L09")
def test_opens_with_the_divider_a_third_from_the_top_and_marks_read(stage, tmp_path):  # noqa: F811
    entries = history(60)
    screen = Screen(stage, tmp_path, entries)
    screen.office.inbox.first_unread = entries[40].id
    screen.open()
    assert abs(screen.top_of(entries[40].id) - screen.view.viewport().height() / 3) <= 2
    assert screen.office.inbox.read == [CONVERSATION]
    assert screen.model.divider_row() is not None


@pytest.mark.row("S3-36", "L15")
def test_older_pages_come_without_a_jump(stage, tmp_path):  # noqa: F811
    entries = history(400)
    screen = Screen(stage, tmp_path, entries).open()
    bar = screen.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    stage.settle()
    seen = screen.model.row(screen.view.indexAt(QPoint(10, 250)).row()).entry.id
    before = screen.top_of(seen)
    loaded = screen.model.rowCount()
    screen.pane._fetch_older()
    stage.settle()
    assert screen.model.rowCount() > loaded
    assert screen.top_of(seen) == before


@pytest.mark.row("S3-36", "L15")
def test_all_of_a_long_history_can_be_reached_and_memory_stays_bounded(stage, tmp_path):  # noqa: F811
    entries = history(700)
    screen = Screen(stage, tmp_path, entries).open()
    bar = screen.view.verticalScrollBar()
    for _ in range(40):
        bar.setValue(0)
        stage.settle()
        assert screen.model.rowCount() <= MAX_ROWS
        if not screen.model.has_older:
            break
    assert screen.model.first_id() == entries[0].id
    for _ in range(40):
        bar.setValue(bar.maximum())
        stage.settle()
        if not screen.model.has_newer:
            break
    assert screen.model.last_id() == entries[-1].id


@pytest.mark.row("L10")
def test_what_arrives_does_not_move_the_view_and_is_counted(stage, tmp_path):  # noqa: F811
    entries = history(100)
    screen = Screen(stage, tmp_path, entries).open()
    screen.view.verticalScrollBar().setValue(100)
    stage.settle()
    seen = screen.model.row(screen.view.indexAt(QPoint(10, 250)).row()).entry.id
    before = screen.top_of(seen)
    screen.office.inbox.receive(message(501, at=NOW), message(502, at=NOW + timedelta(seconds=1)))
    stage.settle()
    assert screen.top_of(seen) == before
    assert screen.view.unseen == 2
    button = screen.view._jump
    assert button.isVisible()
    assert button.text() == "2"
    assert button.accessibleName() == "Jump to latest, 2 new"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert screen.view.distance_to_bottom() == 0
    assert screen.view.unseen == 0
    assert not button.isVisible()


@pytest.mark.row("L10")
def test_at_the_bottom_the_view_follows(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(60)).open()
    screen.office.inbox.receive(message(501, "Hello\n" * 9, at=NOW))
    stage.settle()
    assert screen.view.distance_to_bottom() == 0
    assert screen.view.unseen == 0


@pytest.mark.row("L16", "S3-36")
def test_opens_around_a_hit_lights_it_up_and_reads_on_in_both_directions(stage, tmp_path):  # noqa: F811
    entries = history(300)
    screen = Screen(stage, tmp_path, entries)
    hit = entries[100]
    screen.open(around=hit.id)
    assert abs(screen.top_of(hit.id) - screen.view.viewport().height() / 3) <= 2
    assert screen.pane.delegate.lit[0] == hit.id
    stage.until(lambda: screen.pane.delegate.lit is None)
    assert screen.model.has_newer
    QTest.keyClick(screen.view, Qt.Key.Key_End)
    stage.settle()
    assert screen.model.last_id() == entries[-1].id
    assert screen.view.distance_to_bottom() == 0


@pytest.mark.row("L12")
@pytest.mark.parametrize("width", [420, 600, 1400])
def test_bubbles_keep_to_their_share_and_long_words_wrap(stage, tmp_path, width):  # noqa: F811
    screen = Screen(stage, tmp_path, [message(1, "W" * 600), message(2, "word " * 200, out=True)], width=width).open()
    for number in range(2):
        layout = screen.pane.delegate.layout_of(screen.model.row(number))
        assert layout.bubble.width() <= min(MAX_WIDTH, 0.7 * screen.view.viewport().width()) + 1
        assert layout.text.lineCount() > 3


@pytest.mark.row("T04")
def test_each_text_reads_in_its_own_direction(stage, tmp_path):  # noqa: F811
    screen = Screen(
        stage, tmp_path, [message(1, "?שלום 123"), message(2, "Hello (שלום)"), message(3, "✓ مرحبا")]
    ).open()
    found = [
        screen.pane.delegate.layout_of(screen.model.row(number)).text.textOption().textDirection()
        for number in range(3)
    ]
    assert found == [Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]


@pytest.mark.row("S4-04", "S4-05")
@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
def test_what_came_in_lies_on_grey_and_what_went_out_on_the_accent(stage, tmp_path, mode):  # noqa: F811
    theme().set_mode(mode)
    screen = Screen(stage, tmp_path, [message(1, "In"), message(2, "Out", out=True)]).open()
    picture = screen.view.viewport().grab().toImage()
    grounds = []
    for number in range(2):
        bubble = screen.pane.delegate.layout_of(screen.model.row(number)).bubble
        top = screen.view.visualRect(screen.model.index(number)).topLeft()
        grounds.append(picture.pixelColor(top + (bubble.topLeft() + QPointF(6, bubble.height() / 2)).toPoint()))
    assert grounds == [theme().color("inbound"), theme().color("accent")]
    inbound, outbound = ((color.red(), color.green(), color.blue()) for color in grounds)
    assert max(inbound) - min(inbound) < 30  # grey
    assert max(outbound) - min(outbound) > 90
    assert max(outbound) == outbound[2]  # blue


@pytest.mark.row("S4-04", "S4-05", "T03")
def test_sides_change_with_the_reading_direction_of_the_window(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, [message(1, "In"), message(2, "Out", out=True)]).open()

    def lefts():
        return [screen.pane.delegate.layout_of(screen.model.row(number)).bubble.left() for number in range(2)]

    inbound, outbound = lefts()
    assert inbound < outbound
    screen.pane.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage.settle()
    inbound, outbound = lefts()
    assert inbound > outbound


@pytest.mark.row("A15", "A02")
def test_assistive_technology_sees_each_message_as_a_sentence(stage, tmp_path):  # noqa: F811
    entries = [message(1, "Good morning"), message(2, "Hello", out=True)]
    screen = Screen(stage, tmp_path, entries).open()
    interface = QAccessible.queryAccessibleInterface(screen.view)
    assert interface.text(QAccessible.Text.Name) == "Messages"
    names = [interface.child(number).text(QAccessible.Text.Name) for number in range(interface.childCount())]
    assert names == [screen.pane.words.describe(entry) for entry in entries]


@pytest.mark.row("K24")
def test_typing_here_goes_to_the_composer(stage, tmp_path, qtbot):  # noqa: F811
    screen = Screen(stage, tmp_path, history(3)).open()
    screen.view.setFocus()
    with qtbot.waitSignal(screen.pane.typed) as caught:
        QTest.keyClicks(screen.view, "H")
    assert caught.args == ["H"]


@pytest.mark.row("L17")
def test_a_slow_store_shows_shapes_then_the_messages(stage, tmp_path):  # noqa: F811
    import asyncio

    screen = Screen(stage, tmp_path, history(5))
    screen.office.inbox.gate = asyncio.Event()
    screen.pane.open(CONVERSATION, "Maria")
    stage.until(screen.pane._skeleton.isVisible)
    screen.office.inbox.gate.set()
    stage.until(screen.view.isVisible)
    assert screen.model.rowCount() == 5


@pytest.mark.row("L17")
def test_a_failed_load_says_so_and_can_be_tried_again(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(5))
    screen.office.inbox.error = InboxError("store", "The database is locked.", hint="Close other programs.")
    screen.open()
    assert screen.pane._trouble.accessibleName() == "The database is locked. Close other programs."
    screen.office.inbox.error = None
    screen.pane._trouble.findChild(QPushButton).click()
    stage.settle()
    assert screen.view.isVisible()


def test_an_answer_that_comes_too_late_does_not_replace_the_next_conversation(stage, tmp_path):  # noqa: F811
    import asyncio

    other = [replace(entry, conversation_id=2) for entry in history(3)]
    screen = Screen(stage, tmp_path, other)
    screen.office.inbox.gate = gate = asyncio.Event()
    screen.pane.open(CONVERSATION, "Maria")
    stage.run(asyncio.sleep(0.01))
    screen.office.inbox.gate = None
    screen.pane.open(2, "Tom")
    gate.set()
    stage.settle()
    assert screen.model.rowCount() == 3


@pytest.mark.row("S2-26", "S2-29")
def test_a_receipt_changes_the_row_it_concerns(stage, tmp_path):  # noqa: F811
    sent = message(1, "Hi", out=True, status=DeliveryStatus.SENT)
    screen = Screen(stage, tmp_path, [sent]).open()
    screen.office.inbox.change(sent.id, status=DeliveryStatus.READ)
    stage.settle()
    assert screen.model.row(0).entry.status is DeliveryStatus.READ


@pytest.mark.row("A08")
@pytest.mark.parametrize("scale", [80, 200])
def test_text_size_reflows_the_timeline(stage, tmp_path, scale):  # noqa: F811
    screen = Screen(stage, tmp_path, history(30), width=600).open()
    theme().set_scale(scale)
    stage.settle()
    for number in range(screen.model.rowCount()):
        layout = screen.pane.delegate.layout_of(screen.model.row(number))
        assert layout.bubble.right() <= screen.view.viewport().width()
        assert layout.text.boundingRect().height() <= layout.bubble.height()
        rect = screen.view.visualRect(screen.model.index(number))
        assert rect.height() >= layout.height
    assert screen.view.distance_to_bottom() == 0


@pytest.mark.row("L07")
def test_the_day_stays_in_sight_while_scrolling(stage, tmp_path):  # noqa: F811
    entries = [message(number, at=NOW - timedelta(days=1, minutes=100 - number)) for number in range(60)]
    screen = Screen(stage, tmp_path, entries).open()
    bar = screen.view.verticalScrollBar()
    bar.setValue(bar.value() - 30)
    assert screen.view._day.isVisible()
    assert screen.view._day.text() == "Yesterday"
    bar.setValue(0)
    assert not screen.view._day.isVisible()


@pytest.mark.row("L07")
def test_the_day_leaves_what_is_read_when_nobody_scrolls(stage, tmp_path):  # noqa: F811
    entries = [message(number, at=NOW - timedelta(days=1, minutes=100 - number)) for number in range(60)]
    screen = Screen(stage, tmp_path, entries).open()
    bar, day = screen.view.verticalScrollBar(), screen.view._day
    bar.setValue(bar.value() - 30)
    assert day.isVisible()
    stage.until(lambda: not day.isVisible())
    bar.setValue(bar.value() - 30)
    assert day.isVisible()


@pytest.mark.row("L07")
def test_no_day_covers_a_message_that_nobody_scrolled_to(stage, tmp_path):  # noqa: F811
    entries = [message(number, at=NOW - timedelta(days=1, minutes=100 - number)) for number in range(60)]
    screen = Screen(stage, tmp_path, entries).open()
    assert not screen.view._day.isVisible()
    screen.view.relayout()
    screen.view.go_to_row(20)
    screen.view.go_to_bottom()
    assert not screen.view._day.isVisible()
    bar = screen.view.verticalScrollBar()
    bar.setValue(bar.value() - 30)
    assert screen.view._day.isVisible()


def test_a_conversation_shows_its_end_first_and_the_rest_of_the_page_a_moment_later(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(100))
    shown: list[int] = []
    screen.model.modelReset.connect(lambda: shown.append(screen.model.rowCount()))
    screen.open()
    stage.until(lambda: screen.model.rowCount() >= 50)
    assert shown[-1] <= 20
    assert screen.view.distance_to_bottom() == 0
    assert screen.model.has_older
    ids = [entry.id for entry in screen.model.entries()]
    assert ids == sorted(screen.office.inbox.all)[-len(ids) :]


@pytest.mark.row("L07", "L08")
def test_the_day_gives_way_to_the_words_new_messages(stage, tmp_path):  # noqa: F811
    entries = [message(number, at=NOW - timedelta(days=1, minutes=100 - number)) for number in range(60)]
    screen = Screen(stage, tmp_path, entries)
    screen.office.inbox.first_unread = entries[30].id
    screen.open()
    bar, day = screen.view.verticalScrollBar(), screen.view._day
    bar.setValue(bar.value() - 5)
    assert day.isVisible()
    bar.setValue(bar.value() + screen.top_of(entries[30].id))  # the line is where the day stands
    assert not day.isVisible()
    bar.setValue(bar.value() + 120)
    assert day.isVisible()


@pytest.mark.row("S3-12")
def test_what_arrives_is_read_once_it_is_looked_at(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(100)).open()
    stage.until(screen.pane.isActiveWindow)
    screen.view.verticalScrollBar().setValue(100)
    screen.office.inbox.receive(message(501, at=NOW))
    stage.settle()
    assert screen.office.inbox.read == []
    QTest.keyClick(screen.view, Qt.Key.Key_End)
    stage.settle()
    assert screen.office.inbox.read == [CONVERSATION]
    other = stage.show(QWidget(), 100, 100)
    stage.until(other.isActiveWindow)
    screen.office.inbox.receive(message(502, at=NOW + timedelta(seconds=1)))
    stage.settle()
    assert screen.office.inbox.read == [CONVERSATION]
    screen.pane.activateWindow()
    stage.until(lambda: len(screen.office.inbox.read) == 2)


@pytest.mark.row("L10")
def test_what_others_send_does_not_move_the_view_but_our_own_does(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(100)).open()
    screen.view.verticalScrollBar().setValue(100)
    sent = message(501, out=True, at=NOW)
    screen.pane.merge((sent,))
    assert screen.view.verticalScrollBar().value() == 100
    screen.pane.merge((sent,), follow=True)
    assert screen.view.distance_to_bottom() == 0


def test_after_a_large_change_everything_is_caught_up(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(60)).open()
    missed = [message(number, at=NOW + timedelta(seconds=number)) for number in range(500, 620)]
    changed = replace(screen.model.row(5).entry, text="Changed elsewhere")
    for entry in [*missed, changed]:
        screen.office.inbox.all[entry.id] = entry
    screen.office.bus.publish(BulkChanged())
    stage.until(lambda: screen.model.entry(changed.id).text == "Changed elsewhere")
    stage.settle()
    QTest.keyClick(screen.view, Qt.Key.Key_End)
    stage.settle()
    shown = [entry.id for entry in screen.model.entries()]
    expected = sorted(screen.office.inbox.all)
    assert shown == expected[-len(shown) :]


@pytest.mark.row("A07")
def test_what_arrives_is_announced_once_for_a_burst(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(3)).open()
    told = []
    screen.pane.announce = told.append
    screen.office.inbox.receive(message(501, "One", at=NOW), message(502, "Two", at=NOW + timedelta(seconds=1)))
    stage.settle()
    assert len(told) == 1
    assert told[0].startswith("2 new messages")
    assert "Two" in told[0]
