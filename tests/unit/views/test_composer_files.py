import random
import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton

from desktop_inbox.views.formats import Formats
from desktop_inbox.views.panes.attacher import Attacher, png_of
from desktop_inbox.views.panes.attachment_chips import AttachmentChips
from tests.support.conversation_screens import OTHER, Desk
from tests.support.fakes_timeline import CONVERSATION, MMS_ABLE
from tests.support.fakes_views import NOW
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.fixture
def desk(stage, tmp_path):  # noqa: F811
    return Desk(stage, tmp_path).open()


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


@pytest.mark.row("C05")
def test_a_pasted_picture_is_packed_on_another_thread(desk):
    threads, seen = [], []

    def encode(image):
        threads.append(threading.get_ident())
        seen.append(image.pixelColor(0, 0).name())
        return png_of(image)

    chips = AttachmentChips(Formats(lambda: NOW))
    option = desk.office.channels.options[1]
    attacher = Attacher(desk.office.services(), desk.stage.tasks, chips, lambda: option, desk.composer, encode=encode)
    attacher.conversation_id = CONVERSATION
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    attacher.add_picture(image)
    image.fill(Qt.GlobalColor.blue)
    desk.stage.settle()
    assert [file.name for file in chips.files] == ["Pasted picture.png"]
    assert seen == ["#ff0000"]
    assert threading.get_ident() not in threads


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


@pytest.mark.row("S4-49", "S4-51", "S12")
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


@pytest.mark.row("S4-51")
def test_a_heavy_picture_can_be_made_smaller(desk, tmp_path):
    option = desk.office.channels.options[0]
    desk.composer.picker._pick(replace(option, capabilities=MMS_ABLE))
    noise = QImage(random.Random(1).randbytes(900 * 700 * 4), 900, 700, QImage.Format.Format_RGB32)
    assert noise.save(str(tmp_path / "noise.png"))
    assert (tmp_path / "noise.png").stat().st_size > 1_500_000
    desk.composer.add_files([tmp_path / "noise.png"])
    desk.stage.settle()
    (chip,) = desk.composer.chips._chips
    chip.findChild(QPushButton).click()
    desk.stage.settle()
    (file,) = desk.composer.chips.files
    assert file.name == "noise.jpg"
    assert file.size <= 1_500_000
    assert desk.composer.chips._chips[0].findChild(QPushButton) is None


def test_another_channel_warns_of_other_things(desk, tmp_path):
    desk.composer.picker._pick(desk.office.channels.options[1])
    (tmp_path / "big.png").write_bytes(b"0" * 1_600_000)
    desk.composer.add_files([tmp_path / "big.png"])
    desk.stage.settle()
    assert "drop it" not in desk.composer.chips._chips[0].accessibleName()
    desk.composer.picker._pick(replace(desk.office.channels.options[0], capabilities=MMS_ABLE))
    assert "drop it" in desk.composer.chips._chips[0].accessibleName()
