import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QAccessible, QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QMenu, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.conversation import Draft
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.draft_keeper import SAVE_MS
from desktop_inbox.views.panes.message_editor import MAX_LINES
from desktop_inbox.views.preferences import SEND_WITH, UNDO_SECONDS, SendWith
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import CONVERSATION, MMS_ABLE, TimelineOffice, message
from tests.support.fakes_views import ME, NOW
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401

OTHER = ConversationId(2)


class Desk:
    """A conversation pane in a window, with the services behind it."""

    def __init__(self, stage: Stage, tmp_path, entries=(), **contact):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries, **contact)
        self.window = QMainWindow()
        self.toasts = Toasts(self.window)
        self.pane = ConversationPane(
            self.office.services(), stage.tasks, stage.bridge(self.office.inbox), Actions(self.window)
        )
        self.window.setCentralWidget(self.pane)
        self.composer, self.editor = self.pane.composer, self.pane.composer.editor
        self.errors = []
        stage.tasks.failed.connect(self.errors.append)
        stage.show(self.window, 700, 700)

    def open(self, conversation_id=CONVERSATION):
        self.pane.open_conversation(replace(self.office.summary, id=conversation_id))
        self.stage.settle()
        return self

    def type(self, text):
        self.editor.setFocus()
        QTest.keyClicks(self.editor, text)
        return self

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.editor, key, modifier)
        self.stage.settle()

    @property
    def sent(self):
        return [request["text"] for request in self.office.outbox.requests]


@pytest.fixture
def desk(stage, tmp_path):  # noqa: F811
    return Desk(stage, tmp_path).open()


# Drafts


@pytest.mark.row("C01", "S2-19")
def test_a_draft_is_stored_within_half_a_second_of_the_last_key(desk, stage):  # noqa: F811
    assert SAVE_MS <= 450
    desk.type("Good mor")
    stage.until(lambda: desk.office.inbox.saved)
    assert desk.office.inbox.saved == ["Good mor"]


@pytest.mark.row("C01")
def test_somebody_who_never_pauses_is_saved_too(desk, stage):  # noqa: F811
    async def type_on():
        for _ in range(40):
            desk.type("x")
            await asyncio.sleep(0.05)

    stage.run(type_on())
    assert desk.office.inbox.saved


@pytest.mark.row("C01", "S2-19")
def test_each_conversation_keeps_its_own_draft(desk, stage):  # noqa: F811
    left = []
    desk.pane.conversation_left.connect(left.append)
    desk.type("For Maria")
    desk.open(OTHER)
    assert desk.editor.text == ""
    assert left == [CONVERSATION]
    desk.type("For Tom")
    desk.open(CONVERSATION)
    assert desk.editor.text == "For Maria"
    assert desk.office.inbox.drafts[OTHER].text == "For Tom"
    QTest.keyClick(desk.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Tom" not in desk.editor.text


@pytest.mark.row("C01")
def test_what_is_typed_while_the_draft_loads_is_added_to_it(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path)
    desk.office.inbox.drafts[CONVERSATION] = Draft(
        conversation_id=CONVERSATION, user_id=ME, text="Dear Maria, ", updated_at=NOW
    )
    desk.pane.open_conversation(desk.office.summary)
    desk.type("hello")
    stage.settle()
    assert desk.editor.text == "Dear Maria, hello"


@pytest.mark.row("C01")
def test_a_draft_that_could_not_be_stored_is_told_and_tried_again(desk, stage):  # noqa: F811
    desk.office.inbox.error = InboxError("full", "The disk is full.")
    desk.type("Hello")
    stage.until(lambda: desk.errors)
    desk.office.inbox.error = None
    desk.composer.save_draft()
    stage.settle()
    assert desk.office.inbox.saved == ["Hello"]


def test_nothing_is_stored_where_nothing_was_typed(desk):
    desk.open(OTHER)
    desk.pane.close_conversation()
    desk.stage.settle()
    assert desk.office.inbox.saved == []


def test_a_new_message_does_not_disturb_what_is_typed(desk):
    desk.type("I am writ")
    cursor = desk.editor.textCursor().position()
    desk.office.inbox.receive(message(700, "News", at=NOW))
    desk.stage.settle()
    assert desk.editor.text == "I am writ"
    assert desk.editor.textCursor().position() == cursor
    assert desk.editor.hasFocus()


# The field


@pytest.mark.row("C02")
def test_the_field_grows_to_eight_lines_and_then_scrolls(desk):
    heights = [desk.editor.height()]
    for _ in range(11):
        desk.type("x")
        desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        heights.append(desk.editor.height())
    steps = [second - first for first, second in pairwise(heights)]
    assert all(step > 0 for step in steps[: MAX_LINES - 1])
    assert steps[MAX_LINES - 1 :] == [0] * (len(steps) - MAX_LINES + 1)
    desk.editor.set_text("")
    assert desk.editor.height() == heights[0]
    desk.editor.set_text("word " * 200)
    assert desk.editor.height() == heights[MAX_LINES]


_ENTER = {
    SendWith.ENTER: Qt.KeyboardModifier.NoModifier,
    SendWith.SHIFT_ENTER: Qt.KeyboardModifier.ShiftModifier,
    SendWith.CTRL_ENTER: Qt.KeyboardModifier.ControlModifier,
}


@pytest.mark.row("C2", "K09", "S3-53")
@pytest.mark.parametrize("chosen", list(SendWith))
def test_one_kind_of_enter_sends_and_the_others_make_a_line(desk, chosen):
    desk.stage.run(desk.office.settings.set(SEND_WITH, chosen))
    desk.stage.settle()
    desk.type("Hello")
    for kind, modifier in _ENTER.items():
        if kind is not chosen:
            desk.press(Qt.Key.Key_Return, modifier)
    assert desk.editor.text == "Hello\n\n"
    assert desk.sent == []
    desk.press(Qt.Key.Key_Return, _ENTER[chosen])
    assert desk.sent == ["Hello\n\n"]
    assert "sends" in desk.composer._hint.text()


@pytest.mark.row("K09", "C11")
def test_enter_never_sends_a_word_that_is_being_composed(desk):
    desk.type("a")
    QApplication.sendEvent(desk.editor, QInputMethodEvent("にほ", []))
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    finish = QInputMethodEvent("", [])
    finish.setCommitString("日本")
    QApplication.sendEvent(desk.editor, finish)
    desk.press(Qt.Key.Key_Return)
    assert desk.sent[0].replace("\n", "").startswith("a日本")


@pytest.mark.row("T05")
@pytest.mark.parametrize("cluster", ["👩‍👩‍👧", "🇪🇺", "👍🏽", "😀"])
def test_backspace_deletes_a_whole_emoji(desk, cluster):
    desk.editor.set_text("Hi " + cluster)
    desk.press(Qt.Key.Key_Backspace)
    assert desk.editor.text == "Hi "


@pytest.mark.row("A01", "A03")
def test_the_controls_have_their_agreed_names_and_tab_leaves_the_field(desk):
    names = [
        QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        for widget in (desk.editor, desk.composer.send_button, desk.composer.picker.button)
    ]
    assert names == ["Message", "Send", "Channel"]
    desk.type("x")
    QTest.keyClick(desk.editor, Qt.Key.Key_Tab)
    assert not desk.editor.hasFocus()
    assert desk.editor.text == "x"


# Sending


@pytest.mark.row("S3-52", "C07", "L13")
def test_a_sent_message_appears_at_once_and_the_draft_is_gone(desk):
    desk.type("On my way")
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == ["On my way"]
    assert desk.editor.text == ""
    assert desk.pane.timeline.model.row(0).entry.status is DeliveryStatus.QUEUED
    assert desk.office.inbox.drafts[CONVERSATION].text == ""
    assert desk.office.outbox.requests[0]["delay"] == timedelta(seconds=5)


@pytest.mark.row("P1")
def test_pressing_enter_twice_sends_once(desk):
    desk.type("Once")
    QTest.keyClick(desk.editor, Qt.Key.Key_Return)
    QTest.keyClick(desk.editor, Qt.Key.Key_Return)
    desk.composer.send_button.click()
    desk.stage.settle()
    assert desk.sent == ["Once"]


@pytest.mark.row("C07", "K27")
@pytest.mark.parametrize("way", ["toast", "key"])
def test_a_message_can_be_taken_back_for_some_seconds(desk, way):
    desk.type("Oops")
    desk.press(Qt.Key.Key_Return)
    (toast,) = desk.toasts.shown
    assert toast.text == "Sending…"
    toast.undo() if way == "toast" else desk.pane.undo()
    desk.stage.settle()
    assert desk.editor.text == "Oops"
    assert not desk.pane.undo()


@pytest.mark.row("C07")
def test_what_left_already_is_not_brought_back(desk):
    desk.office.outbox.undoable = False
    desk.type("Gone")
    desk.press(Qt.Key.Key_Return)
    desk.toasts.shown[0].undo()
    desk.stage.settle()
    assert desk.editor.text == ""
    assert "Too late" in desk.toasts.shown[-1].text


@pytest.mark.row("C07")
def test_without_undo_time_there_is_no_toast(desk):
    desk.stage.run(desk.office.settings.set(UNDO_SECONDS, 0))
    desk.type("Now")
    desk.press(Qt.Key.Key_Return)
    assert desk.office.outbox.requests[0]["delay"] == timedelta(0)
    assert desk.toasts.shown == ()


@pytest.mark.row("P1")
def test_a_message_that_could_not_be_queued_is_back_in_the_field(desk):
    desk.office.outbox.error = InboxError("store", "The database is locked.")
    desk.type("Keep me")
    desk.press(Qt.Key.Key_Return)
    assert desk.editor.text == "Keep me"
    assert [error.code for error in desk.errors] == ["store"]
    assert desk.composer.send_button.isEnabled()


@pytest.mark.row("C08")
def test_send_is_off_with_a_reason(desk):
    button = desk.composer.send_button
    assert not button.isEnabled()
    assert button.accessibleDescription() == "Write a message first."
    desk.editor.set_text("x" * 1601)
    assert not button.isEnabled()
    assert "1 characters too long" in button.accessibleDescription()
    desk.editor.set_text("x")
    assert button.isEnabled()
    desk.office.channels.set_state(0, ChannelState.BROKEN, "The password was refused.")
    desk.stage.settle()
    assert not button.isEnabled()
    assert "The password was refused." in button.accessibleDescription()


@pytest.mark.row("C08", "S4-15")
def test_a_refusal_is_shown_in_a_line_and_nothing_leaves(desk):
    desk.office.outbox.decision = GateDecision(
        kind=GateKind.REFUSE, code="carrier_blocked", sentence="The carrier blocks this address.", hint="Call instead."
    )
    desk.type("Hello")
    desk.stage.until(desk.composer.gate.isVisible)
    assert desk.composer.gate.sentence == "The carrier blocks this address. Call instead."
    assert not desk.composer.send_button.isEnabled()
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    assert desk.editor.text == "Hello"


@pytest.mark.row("S4-15")
def test_writing_to_somebody_who_opted_out_asks_once_without_a_dialog(desk):
    desk.office.outbox.decision = GateDecision(
        kind=GateKind.CONFIRM, code="opted_out", sentence="This contact opted out of messages."
    )
    desk.office.bus.publish(ContactChanged(contact_id=1001))
    desk.type("Your keys are here")
    desk.stage.until(desk.composer.gate.isVisible)
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    assert desk.window.focusWidget() is desk.composer.gate._button
    QTest.keyClick(desk.composer.gate._button, Qt.Key.Key_Space)
    desk.stage.settle()
    assert desk.sent == ["Your keys are here"]
    assert desk.office.outbox.requests[0]["confirmed"] == {"opted_out"}


@pytest.mark.row("S4-15")
def test_a_question_that_only_the_outbox_asks_is_shown_too(desk):
    desk.type("Hello")
    desk.stage.settle()
    desk.office.outbox.decision = GateDecision(kind=GateKind.CONFIRM, code="window", sentence="The window is over.")
    desk.press(Qt.Key.Key_Return)
    assert desk.editor.text == "Hello"
    assert desk.composer.gate.isVisible()
    assert desk.errors == []


# Counting and channels


@pytest.mark.row("C03", "S3-54")
@pytest.mark.parametrize(
    ("text", "counter", "note"),
    [
        ("é" * 61, "61/160 · 1 segment", ""),
        ("a" * 161, "161/306 · 2 segments", ""),
        ("ê", "1/70 · 1 segment", "“ê” leaves only 70 characters"),
        ("it’s", "4/70 · 1 segment", "“'” would not."),
        ("😀", "2/70 · 1 segment", "“😀” leaves only 70 characters"),
    ],
)
def test_the_counter_tells_segments_and_what_makes_them_dearer(desk, text, counter, note):
    desk.editor.set_text(text)
    assert desk.composer._hint.text().startswith(counter)
    assert note in desk.composer._hint.text()


@pytest.mark.row("S2-32", "S3-55")
def test_channels_tell_what_they_can_before_anybody_tries(desk):
    assert not desk.composer.attach_button.isEnabled()
    picker = desk.composer.picker
    assert picker.current.is_default
    picker.open_menu()
    menu = next(menu for menu in picker.findChildren(QMenu) if menu.isVisible())
    texts = [action.text().strip() for action in menu.actions()]
    assert "no files" in texts[1]
    assert "tells delivered" in texts[1]
    assert "delivered and read" in texts[3]
    menu.actions()[2].trigger()
    menu.close()
    desk.stage.settle()
    assert picker.current.channel.name == "Practice chat"
    assert desk.composer.attach_button.isEnabled()
    desk.type("Hi")
    desk.press(Qt.Key.Key_Return)
    assert desk.office.outbox.requests[0]["channel_id"] == picker.current.channel.id


@pytest.mark.row("S2-19")
def test_a_channel_picked_by_hand_is_part_of_the_draft(desk):
    desk.composer.picker._pick(desk.office.channels.options[1])
    desk.type("Hi")
    desk.open(OTHER).open(CONVERSATION)
    assert desk.composer.picker.current.channel.name == "Practice chat"


# Files


@pytest.fixture
def chat(desk):
    desk.composer.picker._pick(desk.office.channels.options[1])
    return desk


def _picture(folder, name="photo.png"):
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    image.save(str(folder / name))
    return folder / name


@pytest.mark.row("C04", "C06", "S3-55")
def test_dropped_files_become_chips_and_are_sent(chat, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(_picture(tmp_path))), QUrl.fromLocalFile(str(tmp_path))])
    chat.editor.insertFromMimeData(data)
    chat.stage.settle()
    assert [file.name for file in chat.composer.chips.files] == ["photo.png"]
    assert [error.code for error in chat.errors] == ["attachment.not_a_file"]
    assert chat.editor.text == ""
    chat.press(Qt.Key.Key_Return)
    assert chat.office.outbox.requests[0]["attachment_paths"] == (str(tmp_path / "photo.png"),)
    assert chat.composer.chips.files == ()


@pytest.mark.row("C05")
def test_a_pasted_picture_becomes_a_chip_and_rich_text_becomes_plain(chat, tmp_path):
    data = QMimeData()
    data.setImageData(QImage(str(_picture(tmp_path))))
    chat.editor.insertFromMimeData(data)
    chat.stage.settle()
    assert len(chat.composer.chips.files) == 1
    rich = QMimeData()
    rich.setHtml("<b>Bold</b> <img src='x.png'>")
    rich.setText("Bold")
    chat.editor.insertFromMimeData(rich)
    assert chat.editor.text == "Bold"


@pytest.mark.row("C06", "K20")
def test_delete_removes_the_chip_that_has_the_focus(chat, tmp_path):
    chat.composer.add_files([_picture(tmp_path, "a.png"), _picture(tmp_path, "b.png")])
    chat.stage.settle()
    chips = chat.composer.chips
    first = chips._chips[0]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Delete)
    assert [file.name for file in chips.files] == ["b.png"]
    assert chips._chips[0].hasFocus()
    QTest.keyClick(chips._chips[0], Qt.Key.Key_Delete)
    assert not chips.isVisible()
    assert chat.editor.hasFocus()


@pytest.mark.row("S4-48", "S4-47", "C06")
def test_a_file_that_the_channel_cannot_carry_is_explained(desk, tmp_path):
    option = desk.office.channels.options[0]
    desk.composer.picker._pick(replace(option, capabilities=MMS_ABLE))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.4")
    desk.composer.add_files([letter])
    desk.stage.settle()
    assert desk.composer.chips.files == ()
    assert "takes only pictures, video; “letter.pdf” is something else" in desk.errors[0].message


@pytest.mark.row("S4-51", "S12")
@pytest.mark.parametrize(
    ("name", "size", "warning"),
    [("big.png", 1_600_000, "carriers may drop it"), ("setup.exe", 100, "can be harmful"), ("a.png", 1000, "")],
)
def test_a_chip_warns_of_what_may_not_arrive(chat, tmp_path, name, size, warning):
    if name.endswith(".png"):
        option = chat.office.channels.options[0]
        chat.composer.picker._pick(replace(option, capabilities=MMS_ABLE))
    (tmp_path / name).write_bytes(b"\0" * size)
    chat.composer.add_files([tmp_path / name])
    chat.stage.settle()
    assert warning in chat.composer.chips._chips[0].accessibleName()


@pytest.mark.row("C01", "C06")
def test_files_are_part_of_the_draft(chat, tmp_path):
    chat.composer.add_files([_picture(tmp_path)])
    chat.stage.settle()
    chat.open(OTHER)
    assert chat.composer.chips.files == ()
    chat.open(CONVERSATION)
    assert [file.name for file in chat.composer.chips.files] == ["photo.png"]


# Keys between the panes


@pytest.mark.row("K24")
def test_typing_in_the_timeline_lands_in_the_field(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, [message(1)]).open()
    desk.pane.focus_timeline()
    QTest.keyClicks(desk.pane.timeline.view, "Hi")
    stage.settle()
    assert desk.editor.hasFocus()
    assert desk.editor.text.startswith("H")


@pytest.mark.row("K11")
def test_up_in_an_empty_field_takes_up_the_last_failed_message(stage, tmp_path):  # noqa: F811
    failed = message(1, "Try me", out=True, status=DeliveryStatus.FAILED, error_text="No route")
    desk = Desk(stage, tmp_path, [failed]).open()
    desk.editor.setFocus()
    desk.press(Qt.Key.Key_Up)
    assert desk.editor.text == "Try me"


@pytest.mark.row("K11")
def test_up_says_that_sent_messages_stay_as_they_are(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, [message(1, "Sent", out=True, queued_at=NOW)]).open()
    desk.editor.setFocus()
    desk.press(Qt.Key.Key_Up)
    assert desk.editor.text == ""
    assert "cannot be edited" in desk.toasts.shown[-1].text


@pytest.mark.row("K04", "K10")
def test_searching_in_the_conversation_counts_and_visits_hits(stage, tmp_path):  # noqa: F811
    entries = [message(number, "tooth ache" if number % 25 == 0 else "other") for number in range(1, 301)]
    desk = Desk(stage, tmp_path, entries).open()
    desk.pane.find()
    search = desk.pane.search
    assert search.field.hasFocus()
    QTest.keyClicks(search.field, "tooth")
    stage.until(lambda: search.count.text() == "1 of 12")
    stage.settle()
    for _ in range(2):
        desk.pane.find_next()
        stage.settle()
    assert search.count.text() == "3 of 12"
    timeline = desk.pane.timeline
    assert timeline.delegate.lit[0] == entries[249].id
    assert timeline.delegate.terms == ("tooth",)
    desk.pane.find_previous()
    assert search.count.text() == "2 of 12"
    assert desk.pane.escape()
    assert not search.isVisible()
    assert timeline.delegate.terms == ()
    assert not desk.pane.escape()


@pytest.mark.row("K10")
def test_escape_never_throws_away_what_was_typed(desk):
    desk.type("Precious")
    for _ in range(5):
        desk.pane.escape()
    assert desk.editor.text == "Precious"


@pytest.mark.row("P21", "S1", "S2", "S33")
def test_hostile_names_drafts_and_pastes_stay_plain(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, looks_opted_out=True)
    option, contact = desk.office.channels.options[0], desk.office.contacts.one
    probe = red_picture(tmp_path)
    for text in hostile_strings(probe):
        desk.office.contacts.one = replace(contact, first_name=text[:200])
        desk.office.channels.options = (replace(option, channel=replace(option.channel, name=text[:200])),)
        desk.office.outbox.decision = GateDecision(kind=GateKind.HOLD, code="x", sentence=text[:200])
        desk.pane.open_conversation(desk.office.summary)
        stage.run(asyncio.sleep(0.005))
        data = QMimeData()
        data.setText(text)
        data.setHtml(text)
        desk.editor.insertFromMimeData(data)
        assert red_pixels(desk.window) == 0, text
        desk.pane.close_conversation()
    assert not was_read(probe)


@pytest.mark.row("A01", "A10")
def test_whatever_takes_the_focus_has_a_name_and_is_large_enough(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, [message(1)], looks_opted_out=True).open()
    desk.composer.picker._pick(desk.office.channels.options[1])
    desk.composer.add_files([_picture(tmp_path)])
    desk.pane.find()
    stage.settle()
    for widget in desk.pane.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled():
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name), widget
            if isinstance(widget, QAbstractButton):
                assert min(widget.width(), widget.height()) >= 24, widget.accessibleName()


def test_the_header_follows_the_conversation(desk):
    assert "waiting" not in desk.pane.header.line.text()
    desk.office.inbox.summary = replace(desk.office.summary, waiting_since=NOW - timedelta(minutes=4))
    desk.office.inbox.receive(message(700, "Hello?", at=NOW))
    desk.stage.settle()
    assert "waiting 4 min" in desk.pane.header.line.text()
    assert desk.pane.header.pill.text() == "Opted in"
