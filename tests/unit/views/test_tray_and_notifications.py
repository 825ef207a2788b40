"""The tray icon and the notifications."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop_inbox.events import UserMentioned
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.views.notifications import Notifier
from desktop_inbox.views.preferences import PRIVACY, Preferences, Privacy
from desktop_inbox.views.tray import Tray, system_text, tray_icon
from tests.support.clock import HeldClock
from tests.support.fakes_views import NOW, FakeInbox, office, services
from tests.support.qt import Stage


class RecordingTray(Tray):
    """A tray that is there, and remembers what it showed."""

    def __init__(self, clock: Callable[[], object]) -> None:
        super().__init__(clock)  # type: ignore[arg-type]
        self.told: list[tuple[str, str]] = []

    def notify(self, title: str, text: str) -> None:
        self.told.append((title, text))


class Scene:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.clock, self.inbox = stage, HeldClock(NOW), FakeInbox(office())
        made = services(self.inbox, clock=self.clock)
        bridge = stage.bridge(self.inbox)
        self.preferences = Preferences(made.settings, stage.tasks, bridge)
        self.tray = RecordingTray(self.clock)
        self.reading: set[int] = set()
        self.notifier = Notifier(
            made, stage.tasks, bridge, self.preferences, self.tray, is_reading=self.reading.__contains__
        )
        self.opened: list[int] = []
        self.unread: list[bool] = []
        self.notifier.open_wanted.connect(self.opened.append)
        self.notifier.unread_wanted.connect(lambda: self.unread.append(True))

    def receive(self, conversation_id: int, text: str) -> None:
        self.inbox.receive(conversation_id, text, at=self.clock() + timedelta(minutes=1))
        self.stage.settle()

    def set_privacy(self, privacy: Privacy) -> None:
        self.preferences.set(PRIVACY, privacy)
        self.stage.settle()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


def entries(menu: QMenu) -> dict[str, QAction]:
    found = {action.text(): action for action in menu.actions() if action.text()}
    for action in list(found.values()):
        inner = action.menu()
        if isinstance(inner, QMenu):
            found |= entries(inner)
    return found


@pytest.mark.row("S07", "S31")
@pytest.mark.parametrize(
    ("privacy", "told"),
    [
        (Privacy.FULL, [("Tom Becker", "Thanks & <b>bye</b>")]),
        (Privacy.NAME, [("Tom Becker", "New message")]),
        (Privacy.NOTHING, [("Desktop Inbox", "New message")]),
        (Privacy.OFF, []),
    ],
)
def test_privacy_decides_what_others_can_read(scene: Scene, privacy: Privacy, told: list[tuple[str, str]]) -> None:
    scene.set_privacy(privacy)
    scene.receive(5, "Thanks & <b>bye</b>")
    assert scene.tray.told == told


@pytest.mark.row("S3-73")
def test_a_mention_of_me_is_told_and_nobody_elses(scene: Scene) -> None:
    note = Comment(
        id=EntryId(99),
        conversation_id=ConversationId(5),
        author_kind=AuthorKind.USER,
        author_name="Ben Ito",
        text="@Ana <b>look</b>",
    )
    scene.inbox.messages[note.id] = note  # type: ignore[assignment]
    for user_id in (1, 2):
        scene.inbox.bus.publish(UserMentioned(comment_id=99, conversation_id=5, user_id=user_id))
    scene.stage.settle()
    assert scene.tray.told == [("Ben Ito mentioned you", "@Ana <b>look</b>")]
    scene.set_privacy(Privacy.NOTHING)
    scene.inbox.bus.publish(UserMentioned(comment_id=99, conversation_id=5, user_id=1))
    scene.stage.settle()
    assert scene.tray.told[1:] == [("A colleague mentioned you", "New comment")]
    scene.tray.message_clicked.emit()
    assert scene.opened == [5]


@pytest.mark.row("S07")
def test_what_is_being_read_is_not_notified(scene: Scene) -> None:
    scene.reading.add(5)
    scene.receive(5, "here")
    assert scene.tray.told == []


@pytest.mark.row("S07")
def test_more_than_three_in_ten_seconds_become_a_count(scene: Scene) -> None:
    for number in range(5):
        scene.receive(number + 1, "x")
    assert [text for _, text in scene.tray.told] == ["x", "x", "x", "New messages: 4", "New messages: 5"]
    scene.clock.advance(timedelta(seconds=11))
    scene.receive(6, "later")
    assert scene.tray.told[-1][1] == "later"


@pytest.mark.row("S07")
def test_a_click_opens_the_conversation_or_what_is_unread(scene: Scene) -> None:
    scene.receive(5, "a")
    scene.tray.message_clicked.emit()
    assert scene.opened == [5]
    scene.receive(5, "b")
    scene.receive(2, "c")
    scene.tray.message_clicked.emit()
    assert scene.opened == [5]
    assert scene.unread == [True]
    scene.receive(5, "d")
    scene.receive(2, "e")
    scene.notifier.seen(5)  # type: ignore[arg-type]
    scene.tray.message_clicked.emit()
    assert scene.opened == [5, 2]


@pytest.mark.row("S01", "S07")
def test_notifications_can_be_paused_from_the_tray(scene: Scene) -> None:
    menu = entries(scene.tray.menu)
    assert not menu["Resume notifications"].isVisible()
    menu["1 hour"].trigger()
    scene.receive(5, "a")
    assert scene.tray.told == []
    assert menu["Resume notifications"].isVisible()
    scene.clock.advance(timedelta(hours=1, seconds=1))
    scene.receive(5, "b")
    assert len(scene.tray.told) == 1
    menu["Until tomorrow"].trigger()
    assert scene.tray.paused
    menu["Resume notifications"].trigger()
    assert not scene.tray.paused


@pytest.mark.row("S01")
def test_the_menu_of_the_icon(scene: Scene) -> None:
    heard: list[str] = []
    scene.tray.open_wanted.connect(lambda: heard.append("open"))
    scene.tray.new_wanted.connect(lambda: heard.append("new"))
    scene.tray.quit_wanted.connect(lambda: heard.append("quit"))
    menu = entries(scene.tray.menu)
    assert {"Open", "New message", "Pause notifications", "30 minutes", "1 hour", "Until tomorrow", "Quit"} <= set(menu)
    for name in ("Open", "New message", "Quit"):
        menu[name].trigger()
    assert heard == ["open", "new", "quit"]


@pytest.mark.row("S01", "S02")
def test_the_number_is_drawn_into_the_icon_and_told_in_the_tip(scene: Scene) -> None:
    def picture(count: int) -> bytes:
        image = tray_icon(count).pixmap(32, 32).toImage()
        return bytes(image.constBits())

    assert len({picture(0), picture(1), picture(7), picture(100)}) == 4
    assert picture(100) == picture(5000)
    scene.tray.set_unread(7)
    assert scene.tray.tip == "Desktop Inbox: 7 unread"
    scene.tray.set_unread(0)
    assert scene.tray.tip == "Desktop Inbox"


@pytest.mark.row("S07", "S1", "P21")
def test_the_desktop_is_given_no_markup(stage: Stage) -> None:
    assert "<" not in system_text('<img src="file:///etc/passwd"> & <a href="x">y</a>')
    assert system_text("2 & 3") == "2 & 3"


@pytest.mark.row("S03")
def test_without_a_tray_nothing_claims_to_be_there(scene: Scene) -> None:
    scene.tray.show()
    assert not scene.tray.available
    scene.tray.hide()
