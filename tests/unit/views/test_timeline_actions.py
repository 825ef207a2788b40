import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.services.code_words import CodeWord
from desktop_inbox.services.error_log import ErrorLog
from desktop_inbox.views.delegates.row_words import ZoneKind
from desktop_inbox.views.dialogs.attachment_viewer import AttachmentViewer
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.error_log import ErrorLogDialog
from tests.support.conversation_screens import Screen, history
from tests.support.fakes_timeline import CONVERSATION, attachment, message
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


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


@pytest.mark.row("L13")
def test_retry_sends_a_failed_message_again(stage, tmp_path):  # noqa: F811
    failed = message(1, "Hi", out=True, status=DeliveryStatus.FAILED, error_text="Unreachable")
    screen = Screen(stage, tmp_path, [failed]).open()
    screen.click(screen.zone(failed.id, ZoneKind.RETRY))
    assert screen.office.resends.asked == [(failed.id,)]


@pytest.mark.row("S1-26")
def test_the_button_of_a_failed_message_opens_its_log(stage, tmp_path):  # noqa: F811
    failed = message(1, "Hi", out=True, status=DeliveryStatus.FAILED, error_text="Unreachable", error_code="30003")
    screen = Screen(stage, tmp_path, [failed]).open()
    word = CodeWord(code="30003", sentence="The phone could not be reached.", remedy="Later.")
    screen.office.error_log.log = ErrorLog(
        message=failed, channel_name="Front desk", channel_kind="twilio", word=word, steps=()
    )
    screen.click(screen.zone(failed.id, ZoneKind.LOG))
    (dialog,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, ErrorLogDialog) and one.isVisible()]
    assert dialog.sentence.text() == "The phone could not be reached."
    dialog.close()


@pytest.mark.row("S1-26", "K26")
@pytest.mark.parametrize("status", [DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.RETRY_WAIT])
def test_the_menu_of_what_did_not_arrive_offers_the_log_once(stage, tmp_path, status):  # noqa: F811
    entry = message(1, "Hi", out=True, status=status, error_text="Unreachable")
    screen = Screen(stage, tmp_path, [entry]).open()
    words = screen.pane.words.row_words(entry)
    menu = screen.pane.actions_of.menu(entry, None, words, (), "")
    assert [action.text() for action in menu.actions()].count("Error log") == 1
    menu.deleteLater()


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


@pytest.mark.row("S15", "UX-C12")
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


@pytest.mark.row("S15", "UX-C12")
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
        screen.pane.show_details(entry.id, QPoint(5, 5))
        assert red_pixels(screen.pane) == 0, texts[number]
        assert screen.pane.delegate.layout_of(screen.model.row(number)).height < 20_000
    assert not was_read(probe)


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


def _menu(screen):
    menu = next(menu for menu in screen.pane.findChildren(QMenu) if menu.isVisible())
    menu.close()
    menu.setParent(None)
    return menu


def _texts(menu):
    return [action.text() for action in menu.actions() if action.text()]
