"""Writing with snippets, variables, windows and comments: what each key does and what it shows."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtTest import QTest

from desktop_inbox.models.entities.snippet import SnippetFile
from desktop_inbox.services.providers.simulator import SimulatorProvider as Simulator
from desktop_inbox.services.variables import VariableFacts
from desktop_inbox.views.dialogs.snippet_editor import SnippetEditor
from desktop_inbox.views.dialogs.snippets import SnippetDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.composer_words import attachment_problem, cost_of_insertion
from desktop_inbox.views.panes.window_label import TICK_MS
from tests.support.conversation_screens import OTHER, Desk
from tests.support.fakes_timeline import CONVERSATION, MMS_ABLE, FakeStaged, message
from tests.support.fakes_views import NOW
from tests.support.fakes_writing import snippet
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import stage  # noqa: F401

UP, DOWN, TAB, ENTER, ESC = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.fixture
def desk(stage, tmp_path):  # noqa: F811
    return Desk(stage, tmp_path).open()


def _ask(desk, text):
    desk.window.activateWindow()
    desk.type(text)
    desk.stage.settle()
    return desk.composer.snippets.popup


def _offered(popup):
    return [popup.model.snippet(row).name for row in range(popup.model.rowCount())] if popup.isVisible() else []


# Snippets


@pytest.mark.row("S3-57", "K17")
@pytest.mark.parametrize("key", [TAB, ENTER])
def test_a_slash_at_the_start_offers_snippets_and_a_key_inserts_one(desk, key):
    popup = _ask(desk, "/")
    assert len(_offered(popup)) == 4
    desk.type("park")
    assert _offered(popup) == ["Parking"]
    desk.press(key)
    assert desk.editor.text == "You may park behind the house."
    assert popup.isHidden()
    assert desk.sent == []
    assert desk.editor.hasFocus()


@pytest.mark.row("K17")
def test_the_arrows_choose_and_esc_leaves_the_text_as_it_is(desk):
    popup = _ask(desk, "/hours")
    assert _offered(popup) == ["Opening hours"]
    desk.press(ESC)
    assert popup.isHidden()
    assert desk.editor.text == "/hours"
    desk.type("x")
    assert popup.isHidden()
    desk.editor.set_text("")
    popup = _ask(desk, "/")
    names = _offered(popup)
    desk.press(DOWN)
    desk.press(DOWN)
    desk.press(UP)
    desk.press(ENTER)
    assert desk.office.snippets.used == [next(one.id for one in desk.office.snippets.all if one.name == names[1])]


@pytest.mark.row("K17", "S4-55")
def test_what_fits_no_snippet_is_ordinary_text_and_a_slash_elsewhere_too(desk):
    popup = _ask(desk, "/nothing")
    assert popup.isHidden()
    desk.press(ENTER)
    assert desk.sent == ["/nothing"]
    popup = _ask(desk, "and/or")
    assert popup.isHidden()


@pytest.mark.row("S4-54", "S4-55", "S3-58")
def test_a_chosen_snippet_goes_where_the_cursor_is_with_its_values_and_is_not_sent(desk):
    desk.type("Dear all. Bye")
    cursor = desk.editor.textCursor()
    cursor.setPosition(len("Dear all. "))
    desk.editor.setTextCursor(cursor)
    desk.composer.snippets.insert(desk.office.snippets.all[2])
    desk.stage.settle()
    assert desk.editor.text == "Dear all. Hello Maria, Bye"
    assert (desk.sent, desk.office.outbox.asked) == ([], [])


@pytest.mark.row("S3-57")
def test_the_files_of_a_snippet_come_along(desk, tmp_path):
    path = tmp_path / "map.png"
    path.write_bytes(b"picture")
    file = SnippetFile(sha256="a" * 64, media_type="image/png", size=7, name="map.png")
    desk.office.snippets.files["a" * 64] = path
    desk.office.snippets.all.append(snippet(9, "Map", "See the map", files=(file,)))
    options = desk.office.channels.options
    desk.office.channels.options = (replace(options[0], capabilities=MMS_ABLE), *options[1:])
    desk.open(OTHER).open(CONVERSATION)
    desk.composer.snippets.insert(desk.office.snippets.all[-1])
    desk.stage.settle()
    assert [one.name for one in desk.composer.chips.files] == ["map.png"]


@pytest.mark.row("S4-53", "S4-54")
def test_the_button_opens_all_snippets_with_search_folders_and_preview(desk):
    QTest.mouseClick(desk.composer.snippet_button, Qt.MouseButton.LeftButton)
    desk.stage.settle()
    dialog = desk.window.findChild(SnippetDialog)
    assert dialog.model.rowCount() == 4
    dialog.folder.setCurrentIndex(1)
    assert [dialog.model.snippet(row).name for row in range(2)] == ["Opening hours", "Parking"]
    dialog.folder.setCurrentIndex(0)
    QTest.keyClicks(dialog.box, "weather")
    assert "No value for $contact.country" in dialog.note.text()
    dialog.box.clear()
    QTest.keyClicks(dialog.box, "hello")
    assert dialog.preview.toPlainText() == "Hello Maria, "
    QTest.keyClick(dialog.box, ENTER)
    desk.stage.settle()
    assert desk.editor.text == "Hello Maria, "
    assert desk.sent == []


@pytest.mark.row("S4-52")
def test_what_is_written_can_be_kept_as_a_snippet(desk):
    desk.type("We are happy to help.")
    desk.composer.snippets.save_text()
    desk.stage.settle()
    dialog = desk.window.findChild(SnippetEditor)
    assert dialog.text.toPlainText() == "We are happy to help."
    QTest.keyClicks(dialog.name, "Happy")
    QTest.keyClicks(dialog.shortcut, "happy")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    desk.stage.settle()
    (draft,) = desk.office.snippets.saved
    assert (draft.name, draft.shortcut, draft.text) == ("Happy", "happy", "We are happy to help.")


# Variables


@pytest.mark.row("C08", "K17", "D-19")
def test_a_variable_without_a_value_is_marked_and_stops_sending_with_the_reason(desk):
    desk.type("Hello $contact.firstname from $contact.country")
    formats = desk.editor.document().firstBlock().layout().formats()
    waves = [one for one in formats if one.format.underlineStyle() is QTextCharFormat.UnderlineStyle.WaveUnderline]
    assert [(one.start, one.length) for one in waves] == [(len("Hello $contact.firstname from "), 16)]
    assert len(formats) == 2
    assert not desk.composer.send_button.isEnabled()
    assert "$contact.country" in desk.composer.send_button.toolTip()
    desk.press(ENTER)
    assert desk.sent == []
    desk.type("|abroad")
    assert desk.composer.send_button.isEnabled()
    assert desk.composer.preview.text() == "Reads: Hello Maria from abroad"
    desk.press(ENTER)
    assert desk.sent == ["Hello $contact.firstname from $contact.country|abroad"]


@pytest.mark.row("C08", "S3-58")
def test_a_value_that_is_entered_meanwhile_lets_the_text_go(desk):
    desk.type("From $contact.country")
    assert not desk.composer.send_button.isEnabled()
    values = {**desk.office.variables.known.values, "contact.country": "PT"}
    desk.office.variables.known = VariableFacts(values=values)
    desk.stage.run(desk.office.contacts.rename(1, "Maria", "Ortiz"))
    desk.stage.settle()
    assert desk.composer.send_button.isEnabled()
    assert desk.editor.text == "From $contact.country"


@pytest.mark.row("S3-58")
def test_a_dollar_and_letters_offer_the_variables(desk):
    names = desk.composer.completion.list
    desk.window.activateWindow()
    desk.type("Hello $con")
    assert [names.item(row).text() for row in range(names.count())] == [
        "$contact.name", "$contact.firstname", "$contact.country",
    ]  # fmt: skip
    desk.press(DOWN)
    desk.press(TAB)
    assert desk.editor.text == "Hello $contact.firstname"
    assert names.isHidden()
    desk.press(ENTER)
    assert desk.sent == ["Hello $contact.firstname"]


@pytest.mark.row("S3-58")
@pytest.mark.parametrize("text", ["It is $", "It is $5", "$$con", "US$co"])
def test_prices_and_escaped_names_are_sent_with_enter(desk, text):
    desk.window.activateWindow()
    desk.type(text)
    desk.press(ENTER)
    assert desk.sent == [text]


@pytest.mark.row("S33", "K17")
def test_hostile_snippets_are_plain_text_in_every_place(desk, tmp_path):
    probe = red_picture(tmp_path)
    for text in hostile_strings(probe)[:30]:
        name = text.replace("\n", " ")[:100].strip() or "x"
        desk.office.snippets.all = [snippet(1, name, text, shortcut="odd", folder=1)]
        desk.office.snippets.folders = [replace(desk.office.snippets.folders[0], name=name)]
        desk.composer.snippets.popup.forget()
        desk.editor.set_text("")
        popup = _ask(desk, "/")
        assert red_pixels(popup) == 0
        desk.press(ESC)
    dialog = SnippetDialog(desk.office.services(), desk.stage.tasks, CONVERSATION, desk.window)
    dialog.open()
    desk.stage.settle()
    assert red_pixels(dialog) == 0
    assert not was_read(probe)
    dialog.reject()
    desk.stage.settle()


# Windows


def _window(desk, left):
    options = list(desk.office.channels.options)
    able = replace(options[0].capabilities, window_hours=24)
    ends = None if left is None else NOW + left
    options[0] = replace(options[0], capabilities=able, window_hours=24, window_ends_at=ends)
    desk.office.channels.options = tuple(options)
    desk.open(OTHER).open(CONVERSATION)
    return desk.composer.window_label


@pytest.mark.row("S2-65", "S3-60", "D-07")
@pytest.mark.parametrize(
    ("left", "text", "kind"),
    [
        (timedelta(hours=3, minutes=12, seconds=30), "Window closes in 3 h 12 min", "small"),
        (timedelta(hours=2), "Window closes in 2 h", "small"),
        (timedelta(hours=1, minutes=59), "Window closes in 1 h 59 min", "warning"),
        (timedelta(seconds=20), "Window closes in 1 min", "warning"),
        (timedelta(0), "Window closed 1 min ago", "error-small"),
        (-timedelta(days=3), "Window closed 3 d ago", "error-small"),
        (None, "No answer window is open", "error-small"),
    ],
)
def test_the_time_that_is_left_shows_beside_the_channel(desk, left, text, kind):
    label = _window(desk, left)
    assert (label.label.text(), label.label.property("kind")) == (text, kind)
    assert label.isVisible()


@pytest.mark.row("S2-65")
def test_a_channel_without_a_window_shows_none_and_the_countdown_keeps_itself_true(desk):
    assert not desk.composer.window_label.isVisible()
    label = _window(desk, timedelta(hours=1))
    assert TICK_MS <= 30_000
    label._formats = type("Later", (), {"clock": staticmethod(lambda: NOW + timedelta(minutes=30))})()
    label._tick.timeout.emit()
    assert label.label.text() == "Window closes in 30 min"


@pytest.mark.row("L02", "S2-65")
def test_everything_fits_a_narrow_window(desk):
    _window(desk, timedelta(hours=1, minutes=12))
    desk.editor.set_text("It’s $contact.firstname")
    desk.stage.settle()
    assert desk.composer.plain_button.isVisible()
    assert desk.composer.minimumSizeHint().width() <= 440
    desk.window.resize(480, 500)
    desk.stage.settle()
    right = desk.composer.send_button.mapTo(desk.composer, desk.composer.send_button.rect().topRight()).x()
    assert right <= desk.composer.width()


# A message came in while writing


@pytest.mark.row("L19")
def test_what_came_in_while_writing_holds_the_first_send(desk):
    desk.type("As I said")
    desk.office.inbox.receive(message(900, "Never mind!"))
    desk.stage.settle()
    desk.press(ENTER)
    assert desk.sent == []
    assert desk.composer.newcomer.isVisible()
    assert desk.editor.text == "As I said"
    desk.press(ENTER)
    assert desk.sent == ["As I said"]
    assert not desk.composer.newcomer.isVisible()


@pytest.mark.row("L19")
def test_what_came_in_before_writing_or_elsewhere_holds_nothing(desk):
    desk.office.inbox.receive(message(900, "Hello?"))
    desk.stage.settle()
    desk.type("Yes")
    desk.office.inbox.receive(replace(message(901, "Other"), conversation_id=OTHER))
    desk.stage.settle()
    desk.press(ENTER)
    assert desk.sent == ["Yes"]


@pytest.mark.row("L19")
def test_looking_at_it_is_enough(desk):
    desk.type("As I said")
    desk.office.inbox.receive(message(900, "Never mind!"))
    desk.stage.settle()
    desk.press(ENTER)
    QTest.mouseClick(desk.composer.newcomer.button, Qt.MouseButton.LeftButton)
    assert desk.pane.timeline.view.at_bottom()
    desk.press(ENTER)
    assert desk.sent == ["As I said"]


# Cost


@pytest.mark.row("D-23", "C03")
def test_one_press_replaces_what_costs_more(desk):
    desk.editor.set_text("It’s “fine” – really…")
    button = desk.composer.plain_button
    assert button.isVisible()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert desk.editor.text == 'It\'s "fine" - really...'
    assert not button.isVisible()
    QTest.keyClick(desk.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.editor.text == "It’s “fine” – really…"
    desk.editor.set_text("😀")
    assert not button.isVisible()  # nothing says the same


@pytest.mark.row("S3-54", "K19")
def test_an_emoji_tells_beforehand_what_it_costs():
    assert cost_of_insertion("x" * 100, "😀", at=100) == "2 segments instead of 1"
    assert cost_of_insertion("Hi", "😀", at=2) == "leaves 70 characters to a segment"
    assert cost_of_insertion("Hi 😀", "😀", at=2) == ""
    assert cost_of_insertion("", "😀", at=0) == "leaves 70 characters to a segment"


@pytest.mark.row("S3-54", "K19")
def test_the_picker_shows_the_cost_beside_the_name(desk):
    desk.type("x" * 100)
    desk.composer.open_emoji()
    desk.stage.until(lambda: desk.composer.emoji.model.rowCount())
    QTest.keyClick(desk.composer.emoji.box, DOWN)
    assert "2 segments instead of 1" in desk.composer.emoji.name.text()
    QTest.keyClick(desk.composer.emoji.grid, ESC)


@pytest.mark.row("S4-50", "S3-55")
def test_one_button_takes_files_pictures_and_video_and_says_so(desk):
    option = desk.office.channels.options[0]
    desk.composer.picker._pick(replace(option, capabilities=MMS_ABLE))
    desk.stage.settle()
    button = desk.composer.attach_button
    assert button.isEnabled()
    assert "pictures and video" in button.toolTip()
    assert button.accessibleName() == "Attach files"


@pytest.mark.row("S4-48")
@pytest.mark.parametrize(
    ("network", "media_type", "carried"),
    [
        ("sms", "image/png", True),
        ("sms", "video/mp4", True),
        ("sms", "application/pdf", False),
        ("sms", "audio/ogg", False),
        ("whatsapp", "application/pdf", True),
        ("telegram", "audio/ogg", True),
    ],
)
def test_only_pictures_and_video_travel_as_mms(network, media_type, carried):
    able = Simulator.capabilities_of({"network": network})
    file = FakeStaged(path=Path("x"), media_type=media_type, size=1000, name="x")
    assert (attachment_problem(file, able, "Desk", Formats(lambda: NOW)) == "") is carried
