"""Forty tasks of a desk, by keys alone: whatever a mouse would do fails the test (D-11).

The list for people is in docs/manual-test.md; the names are the same. All run in one window, each with somebody of
its own, as a working day would.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from desktop_inbox.config import Config
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, Priority, View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.models.work import Work
from desktop_inbox.services.snippets import SnippetDraft
from desktop_inbox.views import aio
from desktop_inbox.views import preferences as keys
from desktop_inbox.views.dialogs.conversation_export import ConversationExportDialog
from desktop_inbox.views.dialogs.export import ExportDialog
from desktop_inbox.views.dialogs.history import HistoryDialog
from desktop_inbox.views.dialogs.key_editor import KeyEditor
from desktop_inbox.views.dialogs.new_conversation import NewConversationDialog
from desktop_inbox.views.item_models.palette import Entry, Role
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.clock import HeldClock
from tests.support.qt import Stage
from tests.support.run import eventually
from tests.support.whole_window import CTRL, NONE, SHIFT, WholeWindow

ALT = Qt.KeyboardModifier.AltModifier
K = Qt.Key
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = Path(__file__).resolve().parents[2] / "docs" / "manual-test.md"
_MOUSE = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
     QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.TouchBegin}
)  # fmt: skip


class NoMouse(QObject):
    """Swallows whatever a mouse does, and remembers that it was tried."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[QEvent.Type] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOUSE:
            self.tried.append(event.type())
            return True
        return False


class Desk(WholeWindow):
    """The window, and what hands do with it."""

    everybody: list[ConversationId]

    def arrive(self, count: int) -> list[ConversationId]:
        """Let people write of whom each has a name that no other one's letters are part of."""

        def add(work: Work) -> list[ConversationId]:
            made = []
            for number in range(count):
                self.clock.advance(timedelta(seconds=1))
                name = f"Q{LETTERS[number // 26]}{LETTERS[number % 26]}x Person"
                contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")], first_name=name)
                made.append(work.conversations.of_contact(contact.id))
                message = Message(
                    id=work.new_entry_id(work.now()),
                    conversation_id=made[-1],
                    contact_id=contact.id,
                    direction=Direction.IN,
                    text=f"hello word{number}",
                    status=DeliveryStatus.RECEIVED,
                    channel_id=self.channel.id,
                )
                work.messages.add_inbound(message)
            return made

        return self.stage.run(self.store.run(add))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press a key where the focus is, in a popup as well."""
        QTest.keyClick(self.target(), key, modifiers)
        self.stage.settle()

    def write(self, text: str) -> None:
        """Type where the focus is."""
        QTest.keyClicks(self.target(), text)
        self.stage.settle()

    def target(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup.focusWidget() or popup
        return QApplication.focusWidget() or QApplication.activeWindow() or self.window

    def go(self, person: ConversationId) -> None:
        """Open somebody's conversation by the quick switcher."""
        summary = self.summary(person)
        self.press(K.Key_K, CTRL)
        self.write(summary.name.partition(" ")[0])
        model = self.window.switcher.model

        def place() -> int:
            found = [model.index(row).data(Role.ENTRY) for row in range(model.rowCount())]
            wanted = [row for row, one in enumerate(found) if one.contact_id == summary.contact_id]
            return wanted[0] if wanted else -1

        self.until(lambda: place() >= 0)
        for _ in range(place()):
            self.press(K.Key_Down)
        self.press(K.Key_Return)
        self.until(lambda: self.open_id == person)

    def command(self, name: str, *, settle: bool = True) -> None:
        """Run an action by its name."""
        self.press(K.Key_K, CTRL)
        self.write(name)
        model = self.window.switcher.model

        def first() -> Entry | None:
            return model.index(0).data(Role.ENTRY) if model.rowCount() else None

        self.until(lambda: (entry := first()) is not None and entry.title == name)
        if settle:
            self.press(K.Key_Return)
        else:
            QTest.keyClick(self.target(), K.Key_Return)

    @property
    def open_id(self) -> ConversationId | None:
        current = self.window.controller.current
        return None if current is None else current.id

    @property
    def pane(self) -> ConversationPane:
        found = self.window.findChild(ConversationPane)
        assert isinstance(found, ConversationPane)
        return found

    @property
    def typed(self) -> str:
        return self.pane.composer.editor.toPlainText()

    def summary(self, person: ConversationId) -> ConversationSummary:
        (found,) = self.known(person)
        return found

    def known(self, person: ConversationId) -> tuple[ConversationSummary, ...]:
        user_id = self.office.user.id
        return self.store.read_sync(lambda work: work.conversations.summaries((person,), user_id=user_id))

    def entries(self, person: ConversationId) -> tuple[TimelineEntry, ...]:
        return self.store.read_sync(lambda work: work.timeline.since(person, 0, 50)).entries

    def said(self, person: ConversationId) -> list[str]:
        return [one.text for one in self.entries(person) if isinstance(one, Message) and one.direction is Direction.OUT]

    def dialog(self, kind: type[QDialog]) -> QDialog:
        found = [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]
        assert len(found) == 1, (kind, found)
        return found[0]

    def until(self, condition: object) -> None:
        """Let everything live until a condition holds."""
        self.stage.run(eventually(condition, timeout=8))  # type: ignore[arg-type]

    def calm(self) -> None:
        """Back to the list, with nothing open: as a person does it, by Escape."""
        self.window.activateWindow()  # as a window manager does when a dialog has closed
        for _ in range(6):
            self.press(K.Key_Escape)
        self.press(K.Key_2, CTRL)


@pytest.fixture(scope="module")
def desk(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One window for all tasks, with somebody for each of them."""
    loop = aio.new_loop(qapp)
    asyncio.set_event_loop(loop)
    theme().set_scale(100)
    theme().set_mode(ThemeMode.LIGHT)
    theme().apply()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKTOP_INBOX_HOME", str(tmp_path_factory.mktemp("desk")))
        config = Config.load()
        config.prepare()
        QSettings().clear()
        stage = Stage(qapp, loop)
        made = Desk(stage, config, HeldClock())
        made.everybody = made.arrive(len(TASKS) + 2)
        stage.run(made.office.users.add("Kim Park"))
        stage.run(made.office.snippets.save(SnippetDraft(name="Hours", text="We are open from eight to five.")))
        made.open()
        yield made
        made.end()
        stage.close()
        QSettings().clear()
        theme().set_mode(ThemeMode.LIGHT)
        theme().set_scale(100)
        loop.close()
        asyncio.set_event_loop(None)


Task = Callable[[Desk, ConversationId], object]
TASKS: dict[str, Task] = {}


def task(name: str) -> Callable[[Task], Task]:
    """Put a task into the list."""

    def keep(function: Task) -> Task:
        assert name not in TASKS
        TASKS[name] = function
        return function

    return keep


# Finding one's way


@task("Open a conversation by a name")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    assert desk.open_id == person


@task("Go to the next conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_Down, ALT)
    desk.until(lambda: desk.open_id not in (None, person))


@task("Go to the conversation before")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_Up, ALT)
    desk.until(lambda: desk.open_id not in (None, person))


@task("Go to the next unread conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_Down, ALT | SHIFT)
    desk.until(lambda: desk.open_id not in (None, person))


@task("Walk the list with single letters")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.window.pane.rows.focus()
    desk.press(K.Key_J)
    desk.until(lambda: desk.open_id is not None)
    first = desk.open_id
    desk.press(K.Key_J)
    desk.until(lambda: desk.open_id != first)
    desk.press(K.Key_K)
    desk.until(lambda: desk.open_id == first)


@task("Switch to what is mine")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.press(K.Key_3, CTRL)
    assert desk.window.pane.view is View.MINE


@task("Choose a view by its name")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.command("Choose a view or segment")
    desk.write("snoozed")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.window.pane.view is View.SNOOZED)


@task("Find a message by a word in it")
def _(desk: Desk, person: ConversationId) -> None:
    desk.press(K.Key_F, CTRL)
    text = desk.summary(person).snippet
    desk.write(text)
    desk.until(lambda: desk.window.pane.results.model.rowCount() > 0)
    desk.press(K.Key_Return)
    desk.until(lambda: desk.open_id is not None)


@task("Find a word in the open conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_F, CTRL | SHIFT)
    desk.write("hello")
    desk.press(K.Key_F3)
    desk.press(K.Key_Escape)
    assert desk.open_id == person


@task("Move through the panes")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    seen = set()
    for _ in range(5):
        desk.press(K.Key_F6)
        seen.add(desk.target())
    assert len(seen) >= 4


# Answering


@task("Answer a message")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.pane.focus_composer()
    desk.write("On our way")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.said(person) == ["On our way"])


@task("Write two lines")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.pane.focus_composer()
    desk.write("one")
    desk.press(K.Key_Return, SHIFT)
    desk.write("two")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.said(person) == ["one\ntwo"])


@task("Leave a draft and find it again")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.pane.focus_composer()
    desk.write("half a sen")
    desk.press(K.Key_Down, ALT)
    desk.until(lambda: desk.open_id != person)
    desk.go(person)
    desk.until(lambda: desk.typed == "half a sen")


@task("Type an answer from the list")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.window.pane.rows.focus()
    desk.write("D")
    desk.write("ear Ms")
    desk.until(lambda: desk.typed == "Dear Ms")


@task("Insert a saved reply")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.pane.focus_composer()
    desk.write("/hou")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.typed == "We are open from eight to five.")
    assert desk.said(person) == []


@task("Insert an emoji")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.pane.focus_composer()
    desk.press(K.Key_J, CTRL | SHIFT)
    desk.write("thumbs up")
    desk.press(K.Key_Return)
    desk.until(lambda: "\N{THUMBS UP SIGN}" in desk.typed)


@task("Write a comment for colleagues")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_I, CTRL | SHIFT)
    desk.write("She called twice")
    desk.press(K.Key_Return)

    def comments() -> list[str]:
        return [one.text for one in desk.entries(person) if isinstance(one, Comment)]

    desk.until(lambda: comments() == ["She called twice"])
    assert desk.said(person) == []


@task("Begin a conversation with a new number")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.press(K.Key_N, CTRL)
    desk.dialog(NewConversationDialog)
    desk.write("+1 415 555 0977")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.open_id is not None)
    assert desk.summary(desk.open_id).address == "+14155550977"  # type: ignore[arg-type]


# Who has it, and when


@task("Take a conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_M, CTRL | SHIFT)
    desk.until(lambda: desk.summary(person).assignee_id == desk.office.user.id)


@task("Give a conversation to a colleague")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_A, CTRL | SHIFT)
    desk.write("kim")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.summary(person).assignee_id not in (None, desk.office.user.id))


@task("Give a conversation to nobody")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_M, CTRL | SHIFT)
    desk.until(lambda: desk.summary(person).assignee_id is not None)
    desk.command("Assign to nobody")
    desk.until(lambda: desk.summary(person).assignee_id is None)


@task("Mark a conversation done")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_E, CTRL)
    desk.until(lambda: desk.summary(person).status is ConversationStatus.DONE)
    desk.until(lambda: desk.open_id != person)


@task("Open a done conversation again")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_E, CTRL)
    desk.until(lambda: desk.summary(person).status is ConversationStatus.DONE)
    desk.go(person)
    desk.press(K.Key_E, CTRL)
    desk.until(lambda: desk.summary(person).status is ConversationStatus.PENDING)


@task("Put a conversation off until tomorrow")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_S, CTRL | SHIFT)
    desk.write("tomorrow")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.summary(person).snoozed_until is not None)


@task("Put a conversation off in plain words")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_S, CTRL | SHIFT)
    desk.write("in 20 minutes")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.summary(person).snoozed_until == desk.clock() + timedelta(minutes=20))


@task("Wake a conversation up")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.command("Snooze until tomorrow")
    desk.until(lambda: desk.summary(person).snoozed_at is not None)
    desk.go(person)
    desk.press(K.Key_S, CTRL | SHIFT)
    desk.write("end")
    desk.press(K.Key_Return)
    desk.until(lambda: desk.summary(person).snoozed_at is None)


@task("Mark a conversation unread")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.until(lambda: desk.summary(person).unread_count == 0)  # opening is reading
    desk.press(K.Key_U, CTRL | SHIFT)
    desk.until(lambda: desk.summary(person).unread_count == 1)


@task("Pin a conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.command("Pin or unpin")
    desk.until(lambda: desk.summary(person).pinned)


@task("Make a conversation urgent")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.command("Priority: urgent")
    desk.until(lambda: desk.summary(person).priority is Priority.URGENT)


@task("Archive a conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_Backspace, CTRL | SHIFT)
    desk.until(lambda: desk.summary(person).archived_at is not None)


@task("Take the last thing back")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_Backspace, CTRL | SHIFT)
    desk.until(lambda: desk.summary(person).archived_at is not None)
    desk.window.pane.rows.focus()
    desk.press(K.Key_Z, CTRL)
    desk.until(lambda: desk.summary(person).archived_at is None)


@task("Tick several and take them")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.window.pane.rows.focus()
    desk.press(K.Key_A, CTRL)
    desk.until(lambda: len(desk.window.pane.rows.selection) > 30)
    ids = desk.window.pane.rows.selection.ids
    desk.press(K.Key_M, CTRL | SHIFT)
    desk.until(lambda: all(desk.summary(one).assignee_id == desk.office.user.id for one in ids))


@task("Delete a conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.command("Delete the conversation", settle=False)  # what asks goes on until it is answered
    desk.until(lambda: QApplication.activeModalWidget() is not None)
    QTest.keyClick(desk.target(), K.Key_Tab)
    QTest.keyClick(desk.target(), K.Key_Space)
    desk.until(lambda: not desk.known(person))


# The rest of the desk


@task("See what was done and by whom")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.command("History")
    desk.until(lambda: desk.dialog(HistoryDialog).isVisible())


@task("Open the menu of a row")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.window.pane.rows.focus()
    desk.press(K.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert "Mark done" in [action.text() for action in menu.actions()]


@task("Hide the contact's details")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    wanted = desk.window.workspace.details_wanted
    desk.press(K.Key_D, CTRL | SHIFT)
    assert desk.window.workspace.details_wanted is not wanted
    desk.press(K.Key_D, CTRL | SHIFT)


@task("Export a conversation")
def _(desk: Desk, person: ConversationId) -> None:
    desk.go(person)
    desk.press(K.Key_E, CTRL | SHIFT)
    dialog = desk.dialog(ConversationExportDialog)
    dialog.activateWindow()
    assert isinstance(dialog, ConversationExportDialog)
    dialog.comments.setFocus()
    desk.press(K.Key_Space)
    assert dialog.comments.isChecked()


@task("Export the messages of a view")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.press(K.Key_5, CTRL)
    desk.command("Export messages")
    dialog = desk.dialog(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    dialog.which.setFocus()
    desk.press(K.Key_Down)
    assert dialog.which.currentText() == "Unassigned"


@task("Choose dark colours")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.command("Dark")
    desk.until(lambda: theme().mode is ThemeMode.DARK)
    desk.command("Light")
    desk.until(lambda: theme().mode is ThemeMode.LIGHT)


@task("Find a key and change it")
def _(desk: Desk, _person: ConversationId) -> None:
    desk.press(K.Key_F1)
    sheet = desk.window.shortcut_sheet
    desk.write("pin or")
    assert sheet.visible_rows() == ()
    desk.calm()
    desk.command("Change keyboard shortcuts")
    editor = desk.dialog(KeyEditor)
    assert isinstance(editor, KeyEditor)
    editor.select("conversation.pin")
    editor.keys.setFocus()
    desk.press(K.Key_F9)
    editor.set_button.setFocus()
    desk.press(K.Key_Space)
    desk.until(lambda: "F9" in desk.window.preferences.get(keys.KEYS))
    desk.calm()
    desk.press(K.Key_F1)
    assert "Pin or unpin" in sheet.visible_rows()


@pytest.mark.row("D-11", "K01")
@pytest.mark.parametrize("name", list(TASKS))
def test_a_task_is_done_by_keys_alone(desk: Desk, qapp: QApplication, name: str) -> None:
    person = desk.everybody[list(TASKS).index(name)]  # type: ignore[attr-defined]
    mouse = NoMouse()
    qapp.installEventFilter(mouse)
    try:
        TASKS[name](desk, person)
        desk.calm()
    finally:
        qapp.removeEventFilter(mouse)
    assert mouse.tried == []
    assert QGuiApplication.modalWindow() is None
    assert QApplication.activePopupWidget() is None


@pytest.mark.row("D-11")
def test_there_are_forty_and_people_have_the_same_list() -> None:
    text = NAMES.read_text(encoding="utf-8").partition("## Forty tasks by keys alone")[2].partition("\n## ")[0]
    assert re.findall(r"(?m)^\d+\. ([^:\n]+):", text) == list(TASKS)
    assert len(TASKS) == 40


@pytest.mark.row("D-11")
def test_a_mouse_would_have_been_noticed(qapp: QApplication) -> None:
    mouse, widget = NoMouse(), QWidget()
    widget.show()
    qapp.installEventFilter(mouse)
    try:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    finally:
        qapp.removeEventFilter(mouse)
    assert mouse.tried
    widget.close()
