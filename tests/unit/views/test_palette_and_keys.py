"""The palette finds and runs everything; keys can be chosen anew."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views import key_bindings
from desktop_inbox.views import preferences as keys
from desktop_inbox.views.dialogs.key_editor import KeyEditor
from desktop_inbox.views.item_models.palette import Entry, Role
from tests.unit.views.test_main_window import CTRL, SHIFT, Scene, scene

__all__ = ["scene"]


@pytest.fixture
def editor(scene: Scene):
    made = KeyEditor(scene.window.actions_, scene.window.preferences, scene.window)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    scene.stage.settle()
    yield made
    made.deleteLater()


def entries(switcher) -> list[Entry]:
    return [switcher.model.index(row).data(Role.ENTRY) for row in range(switcher.model.rowCount())]


def find(scene: Scene, text: str) -> list[Entry]:
    switcher = scene.window.switcher
    switcher.box.setText(text)
    switcher._pause.stop()
    switcher._find()
    scene.stage.until(lambda: scene.window._tasks.count == 0)
    return entries(switcher)


@pytest.mark.row("D-11", "K01")
def test_every_registered_action_is_found_by_its_name_and_runs(scene: Scene) -> None:
    scene.window.controller.open_id(ConversationId(1))
    scene.stage.settle()
    switcher = scene.window.switcher
    switcher.show_centred()
    shown = [(spec, action) for spec, action in scene.window.actions_.shown() if spec.key != "switcher.open"]
    assert len(shown) > 40
    ran: list[str] = []
    for spec, action in shown:
        action.setEnabled(True)
        action.triggered.disconnect()
        action.triggered.connect(lambda _checked=False, key=spec.key: ran.append(key))
    for spec, action in shown:
        name = action.text().replace("&", "").removesuffix("…")
        first = find(scene, name)[0]
        assert first.action is action, name
        assert first.hint == action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        switcher._take(switcher.model.index(0))
        assert ran[-1] == spec.key


@pytest.mark.row("D-11", "K12", "K14")
def test_actions_that_need_a_word_are_offered_with_it(scene: Scene) -> None:
    scene.window.switcher.show_centred()
    assert not [one for one in find(scene, "assign to nobody") if one.run]
    scene.window.switcher.reject()
    scene.window.controller.open_id(ConversationId(1))
    scene.stage.settle()
    scene.window.switcher.show_centred()
    scene.stage.settle()
    assert find(scene, "assign to nobody")[0].title == "Assign to nobody"
    assert find(scene, "snooze tomorrow")[0].title.startswith("Snooze until")
    assert find(scene, "snooze in 20 minutes")[0].title == "Snooze until 12:30"
    assert find(scene, "priority urgent")[0].run is not None
    calls = scene.window.states
    done: list[object] = []
    calls.snooze = done.append  # type: ignore[method-assign]
    find(scene, "snooze in 20 minutes")
    QTest.keyClick(scene.window.switcher.box, Qt.Key.Key_Return)
    assert len(done) == 1


@pytest.mark.row("K01")
def test_an_empty_query_shows_recent_conversations(scene: Scene) -> None:
    scene.window.switcher.show_centred()
    found = find(scene, "")
    assert [one.conversation_id for one in found] == list(range(1, 10))


@pytest.mark.row("D-11", "K22")
def test_a_key_that_is_chosen_holds_at_once_everywhere(scene: Scene, editor: KeyEditor) -> None:
    actions = scene.window.actions_
    editor.select("conversation.pin")
    editor.keys.setKeySequence(QKeySequence("Ctrl+Alt+P"))
    assert "many keyboards" in editor.status.text()
    editor.choose()
    assert actions["conversation.pin"].shortcuts() == []
    editor.keys.setKeySequence(QKeySequence("F9"))
    assert "Free" in editor.status.text()
    editor.choose()
    scene.stage.until(lambda: actions["conversation.pin"].shortcut().toString() == "F9")
    row = editor.list.currentItem()
    assert row is not None
    assert row.text(1) == "F9"
    sheet = scene.window.shortcut_sheet
    sheet.open()
    assert "Pin or unpin" in sheet.visible_rows()
    sheet.close()
    assert scene.window.preferences.get(keys.KEYS) == '{"conversation.pin": ["F9"]}'


@pytest.mark.row("D-11", "K25")
def test_a_key_that_belongs_to_another_action_is_named_and_not_taken(scene: Scene, editor: KeyEditor) -> None:
    actions = scene.window.actions_
    editor.select("conversation.pin")
    editor.keys.setKeySequence(QKeySequence("Ctrl+E"))
    assert "“Mark done or open again”" in editor.status.text()
    assert editor.status.property("kind") == "error"
    editor.choose()
    scene.stage.settle()
    assert actions["conversation.pin"].shortcuts() == []
    assert actions["conversation.done"].shortcut().toString() == "Ctrl+E"
    editor.select("conversation.done")
    editor.remove()
    scene.stage.until(lambda: actions["conversation.done"].shortcuts() == [])
    editor.select("conversation.pin")
    editor.keys.setKeySequence(QKeySequence("Ctrl+E"))
    editor.choose()
    scene.stage.until(lambda: actions["conversation.pin"].shortcut().toString() == "Ctrl+E")
    editor.select("conversation.done")
    editor.reset()
    assert "“Pin or unpin”" in editor.status.text()
    editor.select("conversation.pin")
    editor.reset()
    scene.stage.until(lambda: actions["conversation.pin"].shortcuts() == [])
    editor.reset_all()
    scene.stage.until(lambda: actions["conversation.done"].shortcut().toString() == "Ctrl+E")
    assert scene.window.preferences.get(keys.KEYS) == ""


@pytest.mark.row("K23")
def test_single_letters_can_be_switched_off_beside_the_keys(scene: Scene, editor: KeyEditor) -> None:
    assert editor.letters.isChecked()
    editor.letters.click()
    scene.stage.until(lambda: scene.window.preferences.get(keys.LETTERS) is False)
    editor.close()
    scene.window.pane.rows.focus()
    QTest.keyClick(scene.window.focusWidget() or scene.window, Qt.Key.Key_J)
    scene.stage.settle()
    assert scene.open is None


@pytest.mark.row("D-11")
def test_settings_lead_to_the_keys(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Comma, CTRL)
    page = scene.window.settings_page
    assert "Keys of every action" in page.visible_titles()
    page.keys_wanted.emit()
    found = [one for one in scene.window.findChildren(KeyEditor) if one.isVisible()]
    assert len(found) == 1
    found[0].close()


@pytest.mark.row("D-11")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"conversation.pin": ["E"]}', '{"x": ["Ctrl+C", 5]}'])
def test_what_is_stored_and_makes_no_sense_counts_as_not_chosen(text: str) -> None:
    assert not any(key_bindings.parse(text).values())


@pytest.mark.row("K25", "D-11")
def test_keys_of_two_programs_never_collide(scene: Scene) -> None:
    actions = scene.window.actions_
    actions.rebind({"conversation.pin": ("Ctrl+E",)})
    assert actions["conversation.done"].shortcuts() == []
    actions.rebind({})
    assert actions["conversation.done"].shortcut().toString() == "Ctrl+E"
    assert actions.holder("Ctrl+Shift+E") is not None
    assert SHIFT
