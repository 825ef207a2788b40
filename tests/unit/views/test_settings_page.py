"""Settings: each choice holds at once."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton

from desktop_inbox.services import settings as stored
from desktop_inbox.views import preferences as keys
from desktop_inbox.views.dialogs.settings import SettingsPage
from desktop_inbox.views.preferences import Preference, Preferences, Privacy, SendWith
from desktop_inbox.views.theme import ThemeMode
from tests.support.fakes_views import FakeInbox, services
from tests.support.qt import Stage


class Scene:
    def __init__(self, stage: Stage) -> None:
        self.stage, inbox = stage, FakeInbox([])
        self.settings = services(inbox).settings
        self.preferences = Preferences(self.settings, stage.tasks, stage.bridge(inbox))
        self.page = SettingsPage(self.preferences, offers=("teams.open", "terms.open"))
        stage.show(self.page, 1000, 800)

    def choose(self, name: str, label: str) -> None:
        box = next(box for box in self.page.findChildren(QComboBox) if box.accessibleName() == name)
        row = box.findText(label)
        assert row >= 0
        box.setCurrentIndex(row)
        box.activated.emit(row)
        self.stage.settle()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


@pytest.mark.row("F08", "C2")
@pytest.mark.parametrize(
    ("name", "label", "preference", "value"),
    [
        ("Send with", "Shift+Enter", keys.SEND_WITH, SendWith.SHIFT_ENTER),
        ("Send with", "Ctrl+Enter", keys.SEND_WITH, SendWith.CTRL_ENTER),
        ("Colours", "Dark", keys.THEME, ThemeMode.DARK),
        ("Text size", "150 %", keys.TEXT_SIZE, 150),
        ("Undo send", "10 seconds", keys.UNDO_SECONDS, 10),
        ("Notifications show", "Name only", keys.PRIVACY, Privacy.NAME),
        ("Country", "Germany", keys.REGION, "DE"),
    ],
)
def test_a_choice_holds_at_once(
    scene: Scene, name: str, label: str, preference: Preference[object], value: object
) -> None:
    scene.choose(name, label)
    assert scene.preferences.get(preference) == value


@pytest.mark.row("F08")
def test_a_switch_and_a_text_hold_at_once(scene: Scene) -> None:
    box = next(b for b in scene.page.findChildren(QCheckBox) if b.accessibleName() == "Single letters in lists")
    box.click()
    line = next(b for b in scene.page.findChildren(QLineEdit) if b.accessibleName() == "Name of the office")
    QTest.keyClicks(line, "Hillside Dental")
    line.editingFinished.emit()
    scene.stage.settle()
    assert scene.preferences.get(keys.LETTERS) is False
    assert scene.preferences.get(keys.ORGANISATION) == "Hillside Dental"


@pytest.mark.row("F08")
def test_a_change_from_elsewhere_shows(scene: Scene) -> None:
    scene.preferences.set(keys.TEXT_SIZE, 130)
    box = next(box for box in scene.page.findChildren(QComboBox) if box.accessibleName() == "Text size")
    scene.stage.until(lambda: box.currentText() == "130 %")


@pytest.mark.row("F08")
def test_the_search_box_leaves_what_fits(scene: Scene) -> None:
    scene.page.box.setText("notif")
    assert scene.page.visible_titles() == (
        "Notifications show",
        "Number on the icon",
        "Keep running when the window is closed",
    )
    scene.page.box.setText("undo")
    assert scene.page.visible_titles() == ("Undo send",)
    scene.page.box.setText("zzz")
    assert scene.page.visible_titles() == ()
    scene.page.box.setText("")
    assert len(scene.page.visible_titles()) == 24


@pytest.mark.row("F08", "D-06")
def test_prices_are_typed_and_dialogs_opened_from_there(scene: Scene) -> None:
    price = next(b for b in scene.page.findChildren(QLineEdit) if b.accessibleName() == "Price of a segment")
    assert (price.text(), price.placeholderText()) == ("", "Not set")
    for typed, kept in (("x0,0079-", 0.0079), ("", 0.0), ("1.5", 1.5), (".", 0.0)):
        price.clear()
        QTest.keyClicks(price, typed)
        QTest.keyClick(price, Qt.Key.Key_Return)
        scene.stage.settle()
        assert scene.preferences.get(keys.SEGMENT_PRICE) == kept, typed
    wanted: list[str] = []
    scene.page.action_wanted.connect(wanted.append)
    for name in ("Teams and hours", "Blocked words"):
        next(b for b in scene.page.findChildren(QPushButton) if b.accessibleName() == name).click()
    assert wanted == ["teams.open", "terms.open"]


@pytest.mark.row("F08")
def test_defaults_can_be_restored(scene: Scene) -> None:
    scene.choose("Colours", "Dark")
    scene.choose("Send with", "Ctrl+Enter")
    scene.choose("Country", "Germany")
    scene.page.reset()
    scene.stage.settle()
    assert all(scene.preferences.get(preference) == preference.default for preference in keys.ALL)
    assert scene.preferences.get(keys.REGION) == "DE"


def test_keys_and_defaults_are_those_of_the_service() -> None:
    known = {setting.key: setting.default for setting in stored.ALL}
    for preference in (*keys.ALL, keys.ORGANISATION, keys.REGION, keys.SEGMENT_PRICE, keys.CURRENCY):
        assert known[preference.key] == preference.default


@pytest.mark.parametrize("value", [None, 7, "purple", True])
def test_what_does_not_fit_becomes_the_default(value: object) -> None:
    assert keys.THEME.parse(value) is ThemeMode.SYSTEM
    assert keys.TEXT_SIZE.parse(value if value != 7 else "7") == 100


@pytest.mark.row("S4-07")
def test_notes_of_other_programs_can_be_switched_off(scene: Scene) -> None:
    assert stored.NOTES_SHOWN.scope is stored.Scope.WORKSPACE
    box = next(b for b in scene.page.findChildren(QCheckBox) if b.accessibleName() == "Notes of other programs")
    box.click()
    scene.stage.settle()
    assert scene.settings.get(stored.NOTES_SHOWN) is False or scene.preferences.get(keys.NOTES) is False
