from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.views.delegates.bubble_layout import MAX_WIDTH
from desktop_inbox.views.delegates.row_words import ZoneKind
from desktop_inbox.views.dialogs.attachment_viewer import AttachmentViewer
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.panes.timeline import MAX_ROWS, PAGE, TimelinePane
from desktop_inbox.views.theme import theme
from tests.support.fakes_timeline import CONVERSATION, TimelineOffice, attachment, message
from tests.support.fakes_views import NOW
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


class Screen:
    """A timeline on a stage, with the services behind it."""

    def __init__(self, stage: Stage, tmp_path, entries=(), *, width=600, height=500):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries)
        self.pane = TimelinePane(self.office.services(), stage.tasks, stage.bridge(self.office.inbox))
        self.view, self.model = self.pane.view, self.pane.model
        self.errors = []
        stage.tasks.failed.connect(self.errors.append)
        stage.show(self.pane, width, height)

    def open(self, **more):
        self.pane.open(CONVERSATION, "Maria", **more)
        self.stage.settle()
        return self

    def top_of(self, entry_id):
        return self.view.visualRect(self.model.index(self.model.find(entry_id))).top()

    def zone(self, entry_id, kind):
        """The middle of a clickable part, in the viewport."""
        number = self.model.find(entry_id)
        layout = self.pane.delegate.layout_of(self.model.row(number))
        rect = next(zone.rect for zone in layout.zones if zone.kind is kind)
        return self.view.visualRect(self.model.index(number)).topLeft() + rect.center().toPoint()

    def click(self, place):
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.stage.settle()

    def select(self, entry_id, start, end):
        number = self.model.find(entry_id)
        layout = self.pane.delegate.layout_of(self.model.row(number))
        origin = self.view.visualRect(self.model.index(number)).topLeft()
        line = layout.text.lineAt(0)

        def place(cursor):
            x, _ = line.cursorToX(cursor)
            return origin + (layout.text_at + QPointF(x, line.y() + line.height() / 2)).toPoint()

        left, nothing = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(self.view.viewport(), left, nothing, place(start))
        QTest.mouseMove(self.view.viewport(), place(end))
        QTest.mouseRelease(self.view.viewport(), left, nothing, place(end))


def history(count, **more):
    return [message(number, f"Message {number}", out=number % 3 == 0, **more) for number in range(1, count + 1)]


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


@pytest.mark.row("S2-21", "S2-25")
def test_space_shows_the_details_and_escape_hides_them(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, history(3)).open()
    screen.view.setFocus()
    QTest.keyClick(screen.view, Qt.Key.Key_Space)
    assert screen.pane.callout.isVisible()
    assert "Delivered" in screen.pane.callout.accessibleDescription()
    assert screen.pane.rect().contains(screen.pane.callout.geometry())
    assert screen.pane.escape()
    assert not screen.pane.callout.isVisible()
    assert not screen.pane.escape()


@pytest.mark.row("S2-21", "S2-25", "S2-33")
def test_resting_on_a_bubble_shows_the_details(stage, tmp_path):  # noqa: F811
    failed = message(1, "Hi", out=True, status=DeliveryStatus.FAILED, error_text="Unreachable")
    screen = Screen(stage, tmp_path, [failed]).open()
    layout = screen.pane.delegate.layout_of(screen.model.row(0))
    place = screen.view.visualRect(screen.model.index(0)).topLeft() + layout.bubble.center().toPoint()
    QTest.mouseMove(screen.view.viewport(), place)
    stage.until(screen.pane.callout.isVisible)
    assert "Reason: Unreachable" in screen.pane.callout.accessibleDescription()


@pytest.mark.row("L12", "K24")
def test_a_part_of_a_message_can_be_selected_and_copied(stage, tmp_path):  # noqa: F811
    entry = message(1, "😀 Hello there")
    screen = Screen(stage, tmp_path, [entry]).open()
    screen.select(entry.id, 3, 8)
    QTest.keyClick(screen.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Hello"
    assert screen.pane.escape()
    QTest.keyClick(screen.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "😀 Hello there"


@pytest.mark.row("K24")
def test_typing_here_goes_to_the_composer(stage, tmp_path, qtbot):  # noqa: F811
    screen = Screen(stage, tmp_path, history(3)).open()
    screen.view.setFocus()
    with qtbot.waitSignal(screen.pane.typed) as caught:
        QTest.keyClicks(screen.view, "H")
    assert caught.args == ["H"]


@pytest.mark.row("L13")
def test_retry_sends_a_failed_message_again(stage, tmp_path):  # noqa: F811
    failed = message(1, "Hi", out=True, status=DeliveryStatus.FAILED, error_text="Unreachable")
    screen = Screen(stage, tmp_path, [failed]).open()
    screen.click(screen.zone(failed.id, ZoneKind.RETRY))
    assert screen.office.outbox.resent == [failed.id]


@pytest.mark.row("P4")
@pytest.mark.parametrize(
    ("kind", "choice"),
    [(ZoneKind.ARRIVED, "arrived"), (ZoneKind.AGAIN, "again"), (ZoneKind.LEAVE, "leave")],
)
def test_an_unknown_outcome_is_settled_by_a_person(stage, tmp_path, kind, choice):  # noqa: F811
    unknown = message(1, "Hi", out=True, status=DeliveryStatus.UNKNOWN)
    screen = Screen(stage, tmp_path, [unknown]).open()
    screen.click(screen.zone(unknown.id, kind))
    assert screen.office.outbox.resolved == [(unknown.id, choice)]


@pytest.mark.row("K26")
@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)],
)
def test_keys_open_the_menu_of_the_right_button(stage, tmp_path, key, modifier):  # noqa: F811
    unknown = message(1, "See https://example.org", out=True, status=DeliveryStatus.UNKNOWN)
    screen = Screen(stage, tmp_path, [unknown]).open()
    screen.view.setFocus()
    QTest.keyClick(screen.view, key, modifier)
    by_key = _texts(_menu(screen))
    place = screen.view.visualRect(screen.model.index(0)).center()
    QTest.mouseClick(screen.view.viewport(), Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, place)
    assert _texts(_menu(screen)) == by_key
    assert {"Copy text", "It arrived", "Send again", "Leave", "Copy link", "Message details"} <= set(by_key)


def _menu(screen):
    menu = next(menu for menu in screen.pane.findChildren(QMenu) if menu.isVisible())
    menu.close()
    menu.setParent(None)
    return menu


def _texts(menu):
    return [action.text() for action in menu.actions() if action.text()]


@pytest.mark.row("S15", "C12")
def test_a_link_opens_after_the_first_question_about_its_host(stage, tmp_path):  # noqa: F811
    entry = message(1, "See https://example.org/a?b=1 now")
    screen = Screen(stage, tmp_path, [entry]).open()
    opened = []
    screen.pane.actions_of.open_url = lambda url: opened.append(url.toString())
    layout = screen.pane.delegate.layout_of(screen.model.row(0))
    x, _ = layout.text.lineAt(0).cursorToX(8)
    line = layout.text.lineAt(0)
    place = screen.top_of(entry.id), layout.text_at + QPointF(x, line.y() + line.height() / 2)
    place = QPoint(0, place[0]) + place[1].toPoint()
    screen.view.grab()
    QTest.mouseClick(screen.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    stage.until(lambda: screen.pane.findChildren(ConfirmDialog))
    dialog = screen.pane.findChildren(ConfirmDialog)[0]
    assert opened == []
    dialog.verb.click()
    stage.settle()
    assert opened == ["https://example.org/a?b=1"]
    screen.click(place)
    assert opened == ["https://example.org/a?b=1"] * 2


@pytest.mark.row("S15", "C12")
@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "file:///etc/passwd", "smb://h/x", "ms-msdt:/id", "http://user:x@example.org/", "\\\\h\\x"],
)
def test_nothing_else_is_a_link(stage, tmp_path, text):  # noqa: F811
    screen = Screen(stage, tmp_path, [message(1, text)]).open()
    assert screen.pane.delegate.layout_of(screen.model.row(0)).links == ()


@pytest.mark.row("P21", "S1", "S2")
def test_hostile_texts_are_shown_as_they_are(stage, tmp_path):  # noqa: F811
    probe = red_picture(tmp_path)
    texts = hostile_strings(probe)
    entries = [message(number, text, out=number % 2 == 0, sender_name=text[:60]) for number, text in enumerate(texts)]
    screen = Screen(stage, tmp_path, entries, width=500, height=900)
    screen.pane.open(CONVERSATION, texts[0])
    stage.settle()
    for number in range(screen.model.rowCount()):
        entry = screen.model.row(number).entry
        screen.view.go_to_row(number, share=0)
        screen.pane.callout.hide()
        screen.pane._show_details(entry.id, QPoint(5, 5))
        assert red_pixels(screen.pane) == 0, texts[number]
        assert screen.pane.delegate.layout_of(screen.model.row(number)).height < 20_000
    assert not was_read(probe)


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
    assert screen.view._day.isVisible()
    assert screen.view._day.text() == "Yesterday"
    screen.view.verticalScrollBar().setValue(0)
    assert not screen.view._day.isVisible()


@pytest.mark.row("S11", "S12")
def test_files_are_saved_and_shown_but_never_opened(stage, tmp_path):  # noqa: F811
    harmful = attachment(3, original_name="../../invoice\u202efdp.exe", media_type="application/octet-stream")
    entry = message(1, "", attachments=(harmful,))
    screen = Screen(stage, tmp_path, [entry]).open()
    opened = []
    screen.pane.actions_of.open_url = lambda url: opened.append(url.toLocalFile())
    layout = screen.pane.delegate.layout_of(screen.model.row(0))
    middle = screen.view.visualRect(screen.model.index(0)).topLeft() + layout.attachments[0].rect.center().toPoint()
    screen.click(middle)
    assert opened == []
    screen.click(screen.zone(entry.id, ZoneKind.SHOW))
    (saved,) = screen.office.attachments.saved
    assert opened == [str(saved.parent)]
    assert "\u202e" not in saved.name
    assert "/" not in saved.name


@pytest.mark.row("S13")
def test_a_picture_opens_large_and_escape_closes_it(stage, tmp_path):  # noqa: F811
    red_picture(tmp_path)
    shown = attachment(1, media_type="image/png", width=64, height=64, reference="probe.png")
    entry = message(1, "Look", attachments=(shown,))
    screen = Screen(stage, tmp_path, [entry]).open()
    stage.until(lambda: red_pixels(screen.pane) > 1000)
    screen.click(screen.zone(entry.id, ZoneKind.PICTURE))
    (viewer,) = screen.pane.findChildren(AttachmentViewer)
    stage.until(lambda: red_pixels(viewer) > 1000)
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    assert not viewer.isVisible()


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
    stage.settle()
    assert screen.model.row(5).entry.text == "Changed elsewhere"
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
