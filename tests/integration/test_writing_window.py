"""Writing in the real window on real services and a real store: real keys, and what lies in the database afterwards."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_inbox.app.office import build_office
from desktop_inbox.app.program import services_of
from desktop_inbox.config import Config
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.message import Message, SenderKind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.settings import ORGANISATION_NAME
from desktop_inbox.services.snippets import SnippetDraft
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.parts import make_parts
from desktop_inbox.views.preferences import UNDO_SECONDS
from tests.support.clock import HeldClock
from tests.support.qt import Stage, stage

__all__ = ["stage"]
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Office:
    """The program's own window and services on a file of this test."""

    def __init__(self, stage: Stage, url: str, folder: Path, clock: HeldClock) -> None:
        self.stage, self.bus = stage, EventBus()
        self.store = Store.open(url, clock=clock, publish=self.bus.publish)
        self.store.attach(stage.loop)
        user = self.store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        self.office = build_office(
            Config(profile="test", data_dir=folder, database_url=url), self.store, user, self.bus, clock=clock
        )
        stage.run(self.office.settings.load())
        stage.run(self.office.settings.set(UNDO_SECONDS, 0))
        self.bridge = EventBridge(self.bus)

        def found(work):
            work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={"network": "sms"})
            contact = work.contacts.add([(Scheme.TEL, "+14155550148")], first_name="Maria", last_name="Ortiz")
            return work.conversations.of_contact(contact.id)

        self.conversation = self.store.run_sync(found)
        services = services_of(self.office)
        self.window = MainWindow().fill(
            services, stage.tasks, self.bridge, lambda window: make_parts(services, stage.tasks, self.bridge, window)
        )
        stage.show(self.window, 1280, 800)
        self.window.start()
        stage.settle()
        self.window.open_conversation(self.conversation)
        self.pane = self.window._parts.conversation
        self.composer = self.pane.composer
        stage.until(lambda: self.composer.picker.current is not None)
        stage.settle()
        self.composer.editor.setFocus()

    def said(self) -> list[Message]:
        page = self.store.read_sync(lambda work: work.timeline.since(self.conversation, 0, 50))
        return [entry for entry in page.entries if isinstance(entry, Message)]

    def key(self, widget, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(widget, key, modifier)
        self.stage.settle()

    def close(self) -> None:
        self.stage.run(self.window.shut_down())
        self.bridge.close()
        self.store.close()


@pytest.fixture
def desk(stage: Stage, sqlite_url: str, tmp_path: Path, clock: HeldClock):
    made = Office(stage, sqlite_url, tmp_path / "profile", clock)
    yield made
    made.close()


@pytest.mark.row("S3-57", "S3-58", "S4-54", "S4-55", "K17", "S3-50", "S3-51", "S3-52")
def test_a_snippet_is_typed_chosen_and_leaves_with_its_values(desk: Office) -> None:
    draft = SnippetDraft(name="Welcome", text="Welcome, $contact.firstname!", shortcut="hi")
    desk.stage.run(desk.office.snippets.save(draft))
    QTest.keyClicks(desk.composer.editor, "/hi")
    desk.stage.until(lambda: desk.composer.snippets.popup.isVisible())
    desk.key(desk.composer.editor, Qt.Key.Key_Tab)
    desk.stage.until(lambda: desk.composer.editor.text == "Welcome, Maria!")
    assert desk.said() == []
    QTest.keyClicks(desk.composer.editor, " $contact.country")
    desk.key(desk.composer.editor, Qt.Key.Key_Return)
    assert desk.said() == []
    QTest.keyClicks(desk.composer.editor, "|abroad")
    QTest.mouseClick(desk.composer.send_button, Qt.MouseButton.LeftButton)
    desk.stage.until(desk.said)
    assert [message.text for message in desk.said()] == ["Welcome, Maria! abroad"]


@pytest.mark.row("K16", "S3-74", "C01")
def test_a_comment_is_written_in_its_own_mode_and_never_meets_the_outbox(desk: Office) -> None:
    QTest.keyClicks(desk.composer.editor, "Dear Maria")
    desk.key(desk.composer.editor, Qt.Key.Key_I, CTRL_SHIFT)
    box = desk.composer.comments.box
    assert desk.composer.comments.active
    assert box.isVisible()
    assert not desk.composer.send_button.isVisible()
    assert box.button.text() == "Add comment"
    assert "not sent" in box.label.text()
    QTest.keyClicks(box.editor, "She owes us 40")
    desk.key(box.editor, Qt.Key.Key_I, CTRL_SHIFT)
    assert desk.composer.editor.text == "Dear Maria"
    assert desk.composer.send_button.isVisible()
    desk.key(desk.composer.editor, Qt.Key.Key_I, CTRL_SHIFT)
    assert box.editor.toPlainText() == "She owes us 40"  # each mode has a draft of its own
    desk.key(box.editor, Qt.Key.Key_Return)
    page = desk.store.read_sync(lambda work: work.timeline.since(desk.conversation, 0, 50))
    texts = [entry.text for entry in page.entries if isinstance(entry, Comment)]
    assert texts == ["She owes us 40"]
    assert desk.said() == []
    assert desk.store.read_sync(lambda work: work.outbox.waiting_count()) == 0
    assert desk.composer.editor.text == "Dear Maria"


@pytest.mark.row("S4-21", "S4-22", "S4-24")
def test_the_first_message_brings_the_consent_message_along_and_the_badge_follows(desk: Office) -> None:
    desk.stage.run(desk.office.settings.set(ORGANISATION_NAME, "Harbour Dental"))
    text = desk.stage.run(desk.office.consent.suggestion())
    desk.stage.run(desk.office.consent.set_policy(required=True, text=text))
    badge = desk.pane.header.consent
    desk.stage.until(lambda: badge.text() == "Consent not sent")
    QTest.keyClicks(desk.composer.editor, "Hello Maria")
    desk.key(desk.composer.editor, Qt.Key.Key_Return)
    desk.stage.until(lambda: len(desk.said()) == 2)
    first, second = desk.said()
    assert (first.text, first.sender_kind, second.text) == (text, SenderKind.CONSENT, "Hello Maria")
    desk.stage.until(lambda: badge.text() == "Consent on its way")


@pytest.mark.row("K19", "S3-54")
def test_the_keys_of_the_registry_open_what_writing_needs(desk: Office) -> None:
    actions = desk.window.actions_
    for key in ("message.emoji", "message.snippets", "message.keep", "message.plain", "consent.open"):
        assert actions[key].isEnabled(), key
    actions["message.emoji"].trigger()
    desk.stage.until(lambda: desk.composer.emoji.model.rowCount())
    assert desk.composer.emoji.isVisible()
    desk.key(desk.composer.emoji.box, Qt.Key.Key_Escape)
    desk.composer.editor.set_text("It’s")
    actions["message.plain"].trigger()
    assert desk.composer.editor.text == "It's"
