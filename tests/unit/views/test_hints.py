"""Hints: told once, in nobody's way."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.services import settings as stored
from desktop_inbox.views.hints import Hint, Hints
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.preferences import NOTICES_SHOWN, UNDO_SECONDS, Preferences
from desktop_inbox.views.shell import Shell
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import FakeAttachments
from tests.support.fakes_views import FakeChannels, FakeInbox, channel, office, services
from tests.support.qt import Stage


class Scene:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.inbox = stage, FakeInbox(office())
        self.services = services(self.inbox)
        self.preferences = Preferences(self.services.settings, stage.tasks, stage.bridge(self.inbox))
        self.window = QWidget()
        self.editor = QLineEdit()
        QVBoxLayout(self.window).addWidget(self.editor)
        self.toasts = Toasts(self.window)
        stage.show(self.window, 800, 600)
        self.editor.setFocus()
        self.hints = self.again()

    def again(self) -> Hints:
        """As after a restart."""
        return Hints(self.preferences, self.toasts, self.window)


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


@pytest.mark.row("F06")
def test_there_are_at_most_three_hints() -> None:
    assert len(Hint) <= 3


@pytest.mark.row("F06")
def test_a_hint_is_told_once_and_never_again_after_a_restart(scene: Scene) -> None:
    scene.hints.conversation_opened()
    scene.hints.conversation_opened()
    assert len(scene.toasts.shown) == 1
    assert "Ctrl+K" in scene.toasts.shown[0].text
    scene.stage.settle()
    hints = scene.again()
    hints.conversation_opened()
    assert len(scene.toasts.shown) == 1
    hints.message_sent()
    assert "Ctrl+Z" in scene.toasts.shown[1].text
    scene.stage.settle()
    assert set(scene.preferences.get(NOTICES_SHOWN).split()) == {Hint.SWITCHER, Hint.UNDO_SEND}
    assert NOTICES_SHOWN.key == stored.NOTICES_SHOWN.key


@pytest.mark.row("F06")
def test_a_hint_takes_no_focus_and_is_dismissed_by_key(scene: Scene) -> None:
    scene.hints.conversation_opened()
    scene.stage.settle()
    assert QApplication.focusWidget() is scene.editor
    QTest.keyClicks(scene.editor, "typing on")
    assert scene.editor.text() == "typing on"
    button = scene.toasts.shown[0].findChild(QPushButton)
    for _ in range(10):
        if QApplication.focusWidget() is button:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is button
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert scene.toasts.shown == ()


@pytest.mark.row("F06")
def test_nothing_is_said_of_taking_back_where_that_is_switched_off(scene: Scene) -> None:
    scene.preferences.set(UNDO_SECONDS, 0)
    scene.stage.settle()
    scene.hints.message_sent()
    assert scene.toasts.shown == ()
    assert scene.hints.is_new(Hint.UNDO_SEND)


@pytest.mark.row("F06", "S03")
def test_without_a_tray_it_is_said_once_that_the_window_was_only_minimised(stage: Stage, tmp_path: Path) -> None:
    inbox = FakeInbox(office())
    made = services(inbox, channels=FakeChannels(channel(1)), attachments=FakeAttachments(tmp_path))
    shell = Shell(made, stage.tasks, stage.bridge(inbox), demo=True)
    stage.show(shell.window, 1280, 800)
    shell.window.can_hide = lambda: False
    for _ in range(2):
        shell.window.close()
        shell.window.come_forward()
        stage.settle()
    (toast,) = shell.window.toasts.shown
    assert "minimises" in toast.text
    toast.dismiss()
    shell.window.close()
    assert shell.window.toasts.shown == ()
    texts = [label.text() for label in shell.window.settings_page.findChildren(PlainLabel)]
    assert not any("icon in the tray brings" in text for text in texts)
    assert any("only minimised" in text for text in texts)


@pytest.mark.row("F06", "S03")
def test_the_window_tells_them_when_they_help(stage: Stage, tmp_path: Path) -> None:
    inbox = FakeInbox(office())
    made = services(inbox, channels=FakeChannels(channel(1)), attachments=FakeAttachments(tmp_path))
    shell = Shell(made, stage.tasks, stage.bridge(inbox), demo=True)
    told: list[tuple[str, str]] = []
    shell.tray.notify = lambda title, text: told.append((title, text))  # type: ignore[method-assign]
    stage.show(shell.window, 1280, 800)
    stage.settle()
    shell.window.controller.opened.emit(office()[0])
    shell.window.message_sent.emit()
    assert len(shell.window.toasts.shown) == 2
    for _ in range(2):
        shell.window.hidden_to_tray.emit()
    assert len(told) == 1
    stage.settle()
