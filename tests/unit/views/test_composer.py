import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_inbox.errors import InboxError, StoreError
from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.conversation import Draft
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.panes.draft_keeper import SAVE_MS
from desktop_inbox.views.panes.message_editor import MAX_LINES
from desktop_inbox.views.preferences import SEND_WITH, UNDO_SECONDS, SendWith
from tests.support.conversation_screens import OTHER, Desk
from tests.support.fakes_timeline import CONVERSATION, message
from tests.support.fakes_views import ME, NOW
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.fixture
def desk(stage, tmp_path):  # noqa: F811
    return Desk(stage, tmp_path).open()


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


@pytest.mark.row("C02", "S3-50")
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


@pytest.mark.row("C02", "L02")
@pytest.mark.parametrize("asked", [False, True])
def test_in_a_low_window_nothing_of_the_composer_is_covered(desk, asked):
    desk.window.resize(430, 319)
    if asked:
        desk.composer.gate.show_decision(
            GateDecision(
                kind=GateKind.CONFIRM, code="x", sentence="This contact opted out.", hint="Write only if asked."
            )
        )
    desk.stage.settle()
    for text in ("One line", "Line\n" * 9, "Two\nlines"):
        desk.editor.set_text(text)
        desk.stage.settle()
        parts = [desk.editor, desk.composer.send_button]
        if asked:
            parts.insert(0, desk.composer.gate)
        for above, below in pairwise(parts):
            assert above.geometry().bottom() < below.geometry().top()
        assert desk.composer.rect().contains(desk.composer.send_button.geometry())
        assert desk.pane.rect().contains(desk.composer.geometry())
        assert desk.editor.viewport().height() >= desk.editor.fontMetrics().height()
    desk.window.resize(700, 700)
    desk.editor.set_text("Line\n" * 9)
    desk.stage.settle()
    assert desk.editor.line_count() > MAX_LINES
    assert desk.editor.viewport().height() >= MAX_LINES * desk.editor.fontMetrics().lineSpacing()


_ENTER = {
    SendWith.ENTER: Qt.KeyboardModifier.NoModifier,
    SendWith.SHIFT_ENTER: Qt.KeyboardModifier.ShiftModifier,
    SendWith.CTRL_ENTER: Qt.KeyboardModifier.ControlModifier,
}


@pytest.mark.row("C2", "K09", "S3-53", "S4-56")
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


@pytest.mark.row("K09", "UX-C11")
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


@pytest.mark.row("C07", "K27")
def test_ctrl_z_in_the_field_takes_the_sent_message_back(desk):
    Actions(desk.window).connect_to("edit.undo", desk.pane.undo)
    desk.type("Oops")
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == ["Oops"]
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.editor.text == "Oops"
    assert desk.pane.timeline.model.row(0).entry.status is DeliveryStatus.CANCELLED


@pytest.mark.row("K27")
def test_ctrl_z_in_the_field_undoes_typing_first(desk):
    Actions(desk.window).connect_to("edit.undo", desk.pane.undo)
    desk.type("Gone")
    desk.press(Qt.Key.Key_Return)
    desk.type("typed")
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.editor.text == ""
    assert desk.pane.timeline.model.row(0).entry.status is DeliveryStatus.QUEUED


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


@pytest.mark.row("P1", "C01")
@pytest.mark.parametrize("drafts_fail", [False, True])
def test_a_refused_message_waits_as_the_draft_of_a_conversation_that_was_left(desk, drafts_fail):
    desk.office.outbox.error = StoreError("store", "The database cannot be reached.")
    if drafts_fail:
        desk.office.inbox.error = desk.office.outbox.error
    desk.editor.set_text("Keep me")
    QTest.keyClick(desk.editor, Qt.Key.Key_Return)
    desk.pane.close_conversation()
    desk.open(OTHER)
    assert desk.editor.text == ""
    assert "store" in {error.code for error in desk.errors}
    desk.open(CONVERSATION)
    assert desk.editor.text == "Keep me"
    desk.office.inbox.error = None
    desk.composer.save_draft()
    desk.open(OTHER)
    assert desk.office.inbox.drafts[CONVERSATION].text == "Keep me"


def _open_meanwhile(desk, stage, conversation_id):  # noqa: F811
    """Open a conversation while a message is on its way, which ``Desk.open`` would wait for."""
    desk.pane.open_conversation(replace(desk.office.summary, id=conversation_id))
    stage.until(lambda: desk.composer.picker.current is not None)


def _hold(desk, *, refused):
    desk.office.outbox.hold = asyncio.Event()
    desk.office.outbox.error = StoreError("store", "The database cannot be reached.") if refused else None


@pytest.mark.row("P1", "C01")
@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_what_is_typed_while_a_message_is_on_its_way_is_kept(desk, stage, refused, left):  # noqa: F811
    """Also when the conversation is left before it is known whether the message was taken."""
    _hold(desk, refused=refused)
    desk.type("First")
    QTest.keyClick(desk.editor, Qt.Key.Key_Return)
    desk.type("Second")
    if left:
        _open_meanwhile(desk, stage, OTHER)
    desk.office.outbox.hold.set()
    stage.settle()
    assert bool(desk.office.outbox.sent) is not refused
    if left:
        assert desk.editor.text == ""
        desk.open(CONVERSATION)
    assert desk.editor.text == ("First\nSecond" if refused else "Second")


@pytest.mark.row("P1", "P2", "C01")
@pytest.mark.parametrize("refused", [True, False])
def test_a_message_on_its_way_that_came_back_as_the_draft_is_there_once(desk, stage, refused):  # noqa: F811
    _hold(desk, refused=refused)
    desk.type("Once")
    desk.composer.save_draft()
    stage.settle()
    QTest.keyClick(desk.editor, Qt.Key.Key_Return)
    _open_meanwhile(desk, stage, OTHER)
    _open_meanwhile(desk, stage, CONVERSATION)
    assert desk.editor.text == "Once"
    desk.office.outbox.hold.set()
    stage.settle()
    for _ in range(2):
        assert desk.editor.text == ("Once" if refused else "")
        desk.open(OTHER).open(CONVERSATION)


@pytest.mark.row("P1")
@pytest.mark.parametrize(
    ("between", "same"), [("nothing", True), ("another conversation", True), ("typing", False), ("sent", False)]
)
def test_the_same_content_keeps_its_id_until_it_is_known_to_be_stored(desk, between, same):
    """An error does not prove that the message was not stored: a second press must not make a second one."""
    outbox = desk.office.outbox
    outbox.error = None if between == "sent" else StoreError("store", "The connection broke.")
    desk.type("Once")
    desk.press(Qt.Key.Key_Return)
    outbox.error = None
    if between == "another conversation":
        desk.open(OTHER).open(CONVERSATION)
    elif between == "typing":
        desk.type("!")
        QTest.keyClick(desk.editor, Qt.Key.Key_Backspace)
    elif between == "sent":
        desk.type("Once")
    desk.press(Qt.Key.Key_Return)
    first, second = outbox.asked
    assert (first == second) is same


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


@pytest.mark.row("C08")
def test_where_no_channel_writes_to_the_address_it_is_said_before_anything_is_typed(desk):
    options, desk.office.channels.options = desk.office.channels.options, ()
    desk.open(OTHER)
    sentence = "No channel can write to this address. Add one in Channels."
    assert desk.composer.gate.isVisible()
    assert desk.composer.gate.sentence == sentence
    assert desk.composer.send_button.accessibleDescription() == sentence
    desk.office.channels.options = options
    desk.office.channels.set_state(0, ChannelState.ACTIVE)
    desk.stage.settle()
    assert not desk.composer.gate.isVisible()


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


@pytest.mark.row("S4-15", "A07")
def test_what_is_typed_on_after_the_question_sends_nothing(desk):
    desk.office.outbox.decision = GateDecision(
        kind=GateKind.CONFIRM, code="opted_out", sentence="This contact opted out of messages."
    )
    desk.type("Keys")
    desk.stage.until(desk.composer.gate.isVisible)
    desk.press(Qt.Key.Key_Return)
    QTest.keyClicks(desk.window.focusWidget(), " are here")
    desk.stage.settle()
    assert desk.editor.text == "Keys are here"
    assert desk.sent == []


@pytest.mark.row("S4-15")
@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_writing_to_somebody_who_opted_out_asks_once_without_a_dialog(desk, key):
    desk.office.outbox.decision = GateDecision(
        kind=GateKind.CONFIRM, code="opted_out", sentence="This contact opted out of messages."
    )
    desk.office.bus.publish(ContactChanged(contact_id=1001))
    desk.type("Your keys are here")
    desk.stage.until(desk.composer.gate.isVisible)
    desk.press(Qt.Key.Key_Return)
    assert desk.sent == []
    QTest.keyClick(desk.editor, Qt.Key.Key_Tab)
    assert desk.window.focusWidget() is desk.composer.gate.button
    QTest.keyClick(desk.composer.gate.button, key)
    desk.stage.settle()
    assert desk.editor.hasFocus()
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
