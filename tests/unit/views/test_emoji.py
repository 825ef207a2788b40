import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QPlainTextEdit

from desktop_inbox.views.delegates.message_text import graphemes
from desktop_inbox.views.emoji_data import GROUPS, find_emoji, load_emoji
from desktop_inbox.views.panes.emoji_picker import EmojiPicker
from desktop_inbox.views.theme import theme
from tests.support.qt import Stage, stage  # noqa: F401


@pytest.fixture(scope="module")
def all_emoji():
    return load_emoji()


def test_every_emoji_is_one_character_with_a_name_and_a_group(qapp, all_emoji):
    assert len(all_emoji) > 1800
    assert {emoji.group for emoji in all_emoji} == {number for number, _ in GROUPS}
    assert all(emoji.name and len(emoji.tones) in (0, 5) for emoji in all_emoji)
    odd = [emoji.text for emoji in all_emoji for text in (emoji.text, *emoji.tones) if len(graphemes(text)) != 1]
    assert odd == []


@pytest.mark.row("S3-54")
@pytest.mark.parametrize(
    ("text", "found"), [("heart", "❤️"), ("red hea", "❤️"), ("thumbs", "👍"), ("birthday", "🎂"), ("GRIN", "😀")]
)
def test_words_of_names_and_keywords_find_an_emoji(all_emoji, text, found):
    texts = {emoji.text.replace("\ufe0f", "") for emoji in find_emoji(all_emoji, text)}
    assert found.replace("\ufe0f", "") in texts


def test_nonsense_finds_nothing(all_emoji):
    assert find_emoji(all_emoji, "qqqq") == ()


@pytest.fixture
def picker(stage):  # noqa: F811
    window = QMainWindow()
    editor = QPlainTextEdit()
    window.setCentralWidget(editor)
    stage.show(window, 600, 600)
    made = EmojiPicker(stage.tasks, editor)
    made.texts = []
    made.picked.connect(made.texts.append)
    made.open_above(editor)
    stage.settle()
    yield made
    made.hide()


@pytest.mark.row("S3-54", "K19")
def test_typing_and_enter_take_the_best_match(picker):
    assert picker.box.hasFocus()
    QTest.keyClicks(picker.box, "thumbs up")
    QTest.keyClick(picker.box, Qt.Key.Key_Return)
    assert picker.texts == ["👍"]
    assert not picker.isVisible()


@pytest.mark.row("K19")
def test_arrows_move_in_the_grid_and_names_are_told(picker):
    QTest.keyClick(picker.box, Qt.Key.Key_Down)
    QTest.keyClick(picker.grid, Qt.Key.Key_Right)
    assert picker.grid.currentIndex().row() == 1
    assert picker.name.text() == "grinning face with big eyes"
    interface = QAccessible.queryAccessibleInterface(picker.grid)
    assert interface.child(1).text(QAccessible.Text.Name) == "grinning face with big eyes"
    QTest.keyClick(picker.grid, Qt.Key.Key_Return)
    assert picker.texts == ["😃"]


@pytest.mark.row("K19")
def test_escape_closes_without_a_choice(picker, qtbot):
    with qtbot.waitSignal(picker.closed):
        QTest.keyClick(picker.box, Qt.Key.Key_Escape)
    assert picker.texts == []


@pytest.mark.row("K19")
def test_skin_tone_and_recent_ones_are_kept(picker, stage):  # noqa: F811
    picker.tone.setCurrentIndex(3)
    QTest.keyClicks(picker.box, "waving hand")
    QTest.keyClick(picker.box, Qt.Key.Key_Return)
    assert picker.texts == ["👋🏽"]
    again = EmojiPicker(stage.tasks, picker.parentWidget())
    again.open_above(picker.parentWidget())
    stage.settle()
    assert again.model.index(0).data() == "👋🏽"
    again.hide()


@pytest.mark.row("A08", "K19")
def test_the_grid_follows_the_text_size(picker):
    columns = picker.grid.width() // picker.grid.gridSize().width()
    cell, letters = picker.grid.gridSize().width(), picker.grid.font().pixelSize()
    theme().set_scale(200)
    assert picker.grid.gridSize().width() == 2 * cell
    assert picker.grid.font().pixelSize() == 2 * letters
    assert picker.grid.width() // picker.grid.gridSize().width() == columns
