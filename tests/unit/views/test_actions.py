"""The registry of actions."""

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from desktop_inbox.views.actions import SPECS, Actions
from desktop_inbox.views.dialogs.shortcuts import keys_text
from desktop_inbox.views.resources import resource_dir
from tests.support.qt import Stage


@pytest.mark.row("K25")
def test_no_two_actions_share_a_key() -> None:
    keys = Counter(QKeySequence(key).toString() for spec in SPECS for key in spec.keys)
    letters = Counter(spec.letter for spec in SPECS if spec.letter)
    assert [key for key, count in (keys + letters).items() if count > 1] == []


@pytest.mark.row("K25")
def test_every_key_is_one_that_qt_knows() -> None:
    assert all(QKeySequence(key).toString() for spec in SPECS for key in spec.keys)


@pytest.mark.row("K25")
def test_no_key_belongs_to_a_keyboard_layout() -> None:
    for spec in SPECS:
        for key in spec.keys:
            parts = set(key.split("+"))
            assert not {"Ctrl", "Alt"} <= parts, "AltGr on many keyboards"
            assert not ("Alt" in parts and len(key.split("+")[-1]) == 1), "menus on Windows, characters on macOS"


@pytest.mark.row("K25")
def test_names_are_unique_and_icons_exist() -> None:
    assert len({spec.key for spec in SPECS}) == len(SPECS)
    assert all((resource_dir() / "icons" / f"{spec.icon}.svg").is_file() for spec in SPECS if spec.icon)


@pytest.mark.row("K25")
def test_an_action_shows_once_something_is_behind_it(stage: Stage) -> None:
    window = QMainWindow()
    actions, done = Actions(window), []
    assert list(actions.shown()) == []
    assert actions.for_letter("j") is None
    actions.connect_to("conversation.next", lambda: done.append(True))
    assert [spec.key for spec, _ in actions.shown()] == ["conversation.next"]
    found = actions.for_letter("j")
    assert found is not None
    found.trigger()
    assert done == [True]


@pytest.mark.row("K22")
def test_keys_are_written_as_this_system_writes_them() -> None:
    spec = next(spec for spec in SPECS if spec.key == "conversation.next")
    assert keys_text(spec) == "Alt+Down   Ctrl+Tab   J"
