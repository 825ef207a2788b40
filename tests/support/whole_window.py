"""The whole window on a real office: every pane, every service, a database file; nothing is fetched or sent."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from desktop_inbox.app.office import build_office, open_store
from desktop_inbox.app.program import services_of
from desktop_inbox.config import Config
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.segment import Segment
from desktop_inbox.models.work import Work
from desktop_inbox.services.settings import NOTICES_SHOWN
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.hints import Hint
from desktop_inbox.views.panes.choice_popup import ChoicePopup
from desktop_inbox.views.shell import Shell
from desktop_inbox.views.tasks import Tasks
from tests.support.clock import HeldClock
from tests.support.qt import Stage

NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class WholeWindow:
    """A window on an office; closed and opened again as often as a test wants."""

    def __init__(self, stage: Stage, config: Config, clock: HeldClock) -> None:
        self.stage, self.config, self.clock, self.bus = stage, config, clock, EventBus()
        self.presses = 0
        self.store, user = open_store(config, self.bus, clock=clock)
        self.store.attach(stage.loop)
        self.office = build_office(config, self.store, user, self.bus, clock=clock)
        stage.run(self.office.settings.load())
        stage.run(self.office.settings.set(NOTICES_SHOWN, " ".join(Hint)))
        self.channel = self.store.run_sync(
            lambda work: work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={})
        )

    def open(self) -> None:
        """Open the window, as at a start."""
        self.tasks, self.bridge = Tasks(), EventBridge(self.bus)
        self.stage.tasks = self.tasks  # what settling waits for
        self.shell = Shell(services_of(self.office), self.tasks, self.bridge, demo=True)
        self.window = self.shell.window
        self.stage.show(self.window, 1280, 800)
        self.shell.start()
        self.stage.settle()

    def close(self) -> None:
        """Close the window; the office stays."""
        self.stage.run(self.shell.shut_down())
        self.bridge.close()

    def end(self) -> None:
        """Close everything."""
        self.close()
        self.stage.run(self.office.close())

    def people(self, count: int, *, name: str = "Contact") -> list[ConversationId]:
        """Add contacts who wrote, the last one last; their conversations, the newest first."""

        def add(work: Work) -> list[ConversationId]:
            made = []
            for number in range(count):
                self.clock.advance(timedelta(seconds=1))
                contact = work.contacts.add(
                    [(Scheme.TEL, f"+1415{abs(hash(name)) % 900 + 100}{number:04}")], first_name=f"{name} {number}"
                )
                conversation = work.conversations.of_contact(contact.id)
                message = Message(
                    id=work.new_entry_id(work.now()),
                    conversation_id=conversation,
                    contact_id=contact.id,
                    direction=Direction.IN,
                    text=f"hello {number}",
                    status=DeliveryStatus.RECEIVED,
                    channel_id=self.channel.id,
                )
                work.messages.add_inbound(message)
                made.append(conversation)
            return made

        return self.stage.run(self.store.run(add))[::-1]

    # Acting

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press a key where the focus is; one press, whatever is held with it."""
        self.press(key, modifiers)
        self.stage.settle()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """The same without waiting for what follows."""
        self.presses += 1
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.presses += len(text)
        QTest.keyClicks(QApplication.focusWidget() or self.window, text)
        self.stage.settle()

    def click(self, name: str) -> None:
        """Click the visible button of an accessible name."""
        button = self.find(name)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.stage.settle()

    def find(self, name: str) -> QWidget:
        """Return the visible button of an accessible name."""
        found = [
            child
            for kind in (QPushButton, QToolButton)
            for child in self.window.findChildren(kind)
            if child.accessibleName() == name and child.isVisible()
        ]
        assert len(found) == 1, (name, found)
        return found[0]

    def click_row(self, row: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Click a row of the list."""
        view = self.window.pane.rows.list
        index = self.window.pane.rows.model.index(row)
        view.scrollTo(index)
        place = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
        self.stage.settle()

    def popup(self) -> ChoicePopup:
        """Return the box of choices that is open."""
        found = [one for one in QApplication.topLevelWidgets() if isinstance(one, ChoicePopup) and one.isVisible()]
        assert len(found) == 1, found
        return found[0]

    # Seeing

    @property
    def rows(self) -> list[str]:
        """Names of the rows of the list."""
        model = self.window.pane.rows.model
        return [model.index(row).data() for row in range(model.rowCount())]

    def count(self, view: View) -> int:
        """How many contacts a view holds."""
        user_id = self.office.user.id
        return self.store.read_sync(lambda work: work.conversations.counts(user_id=user_id)[view].total)

    @property
    def segments(self) -> list[Segment]:
        """What was saved."""
        return list(self.store.read_sync(lambda work: work.segments.all()))

    @property
    def toasts(self) -> list[str]:
        """Notes on screen."""
        return [toast.text for toast in self.window.toasts.shown]

    def until(self, condition: object) -> None:
        """Let everything live until a condition holds."""
        self.stage.until(condition)  # type: ignore[arg-type]


@pytest.fixture
def whole(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WholeWindow]:
    """A window that is not open yet."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))
    config = Config.load()
    config.prepare()
    QSettings().clear()
    made = WholeWindow(stage, config, HeldClock())
    yield made
    made.end()
    QSettings().clear()
    asyncio.set_event_loop(stage.loop)
