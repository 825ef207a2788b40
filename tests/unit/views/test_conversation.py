import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from tests.support.conversation_screens import Desk
from tests.support.fakes_timeline import CONTACT, message
from tests.support.fakes_views import NOW
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.fixture
def desk(stage, tmp_path):  # noqa: F811
    return Desk(stage, tmp_path).open()


def _picture(folder, name="photo.png"):
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    image.save(str(folder / name))
    return folder / name


@pytest.mark.row("K24", "S3-51")
def test_typing_in_the_timeline_lands_in_the_field(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, [message(1)]).open()
    desk.pane.focus_timeline()
    QTest.keyClicks(desk.pane.timeline.view, "Hi")
    stage.settle()
    assert desk.editor.hasFocus()
    assert desk.editor.text == "Hi"


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


@pytest.mark.row("S3-66")
def test_an_address_put_first_is_the_one_written_to(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path).open()
    first = desk.composer.picker.current
    options = desk.office.channels.options
    desk.office.channels.options = tuple(replace(option, is_default=not option.is_default) for option in options)
    desk.office.bus.publish(ContactChanged(contact_id=CONTACT))
    stage.settle()
    assert desk.composer.picker.current.channel.id != first.channel.id
