"""Comments where they are typed, in the activity and among the messages."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

from desktop_inbox.events import TimelineEntryAdded
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import EntryId, UserId, first_entry_id
from desktop_inbox.models.entities.timeline import EVENT_KINDS, ActorKind, ConversationEvent, EventCategory
from desktop_inbox.views.delegates.comment_layout import lay_out_comment
from desktop_inbox.views.item_models.activity import ActivityRole
from desktop_inbox.views.panes.activity import ActivityPane
from desktop_inbox.views.panes.comment_box import CommentBox
from desktop_inbox.views.panes.timeline_filter import MESSAGES_AND_COMMENTS, MESSAGES_ONLY
from desktop_inbox.views.theme import ThemeMode, theme
from tests.support.conversation_screens import Desk, Screen
from tests.support.fakes_timeline import CONVERSATION, TimelineOffice, message
from tests.support.fakes_views import NOW
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


def comment(number, text="Called her", **more):
    values = {"author_kind": AuthorKind.USER, "author_id": UserId(1), "author_name": "Ana", **more}
    at = NOW - timedelta(days=2) + timedelta(minutes=number)
    return Comment(id=EntryId(first_entry_id(at) + number % 1000), conversation_id=CONVERSATION, text=text, **values)


def event(number, kind="tag_added", **details):
    at = NOW - timedelta(days=2) + timedelta(minutes=number)
    return ConversationEvent(
        id=EntryId(first_entry_id(at) + number % 1000),
        conversation_id=CONVERSATION,
        kind=kind,
        actor_kind=ActorKind.USER,
        actor_name="Ana",
        details=details,
    )


class Box:
    """A comment box on a stage."""

    def __init__(self, stage: Stage, tmp_path):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path)
        self.comments = self.office.comments
        self.window = QMainWindow()
        self.box = CommentBox(self.office.services(), stage.tasks, stage.bridge(self.office.inbox))
        self.window.setCentralWidget(self.box)
        stage.show(self.window, 400, 400)
        self.box.open(CONVERSATION)
        stage.settle()
        self.editor = self.box.editor
        self.editor.setFocus()

    def added(self):
        return [entry.text for entry in self.office.inbox.all.values()]


@pytest.fixture
def box(stage, tmp_path):  # noqa: F811
    return Box(stage, tmp_path)


@pytest.mark.row("S3-73", "K16", "L14")
def test_enter_adds_a_comment_and_empties_the_box(box):
    assert box.editor.accessibleName() == "Comment"
    assert "not sent" in box.box.label.text()
    assert box.box.button.text() == "Add comment"
    assert not box.box.button.isEnabled()
    QTest.keyClicks(box.editor, "Called")
    QTest.keyClick(box.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(box.editor, "her")
    QTest.keyClick(box.editor, Qt.Key.Key_Return)
    box.stage.settle()
    assert box.added() == ["Called\nher"]
    assert box.editor.toPlainText() == ""
    assert box.comments.kept.get(CONVERSATION, "") == ""


@pytest.mark.row("K18", "S3-73")
def test_names_of_colleagues_are_completed(box):
    QTest.keyClicks(box.editor, "Ask @it")
    completion = box.editor.completion
    assert [completion.item(row).text() for row in range(completion.count())] == ["Ben Ito"]
    QTest.keyClick(box.editor, Qt.Key.Key_Return)
    assert box.editor.toPlainText() == "Ask @Ben Ito "
    assert box.added() == []  # Enter took the name, it did not add
    QTest.keyClicks(box.editor, "mail@ana")
    assert completion.isHidden()
    QTest.keyClick(box.editor, Qt.Key.Key_Return)
    box.stage.settle()
    (added,) = box.office.inbox.all.values()
    assert added.mentions == (UserId(2),)


@pytest.mark.row("S3-73")
def test_more_than_1000_characters_are_told_and_not_added(box):
    box.editor.setPlainText("x" * 1001)
    assert not box.box.button.isEnabled()
    assert box.box.count.text() == "1,001 / 1,000"
    box.box.submit()
    box.stage.settle()
    assert box.added() == []
    assert len(box.editor.toPlainText()) == 1001


@pytest.mark.row("C01")
def test_what_was_typed_is_kept_and_comes_back(box):
    QTest.keyClicks(box.editor, "half a com")
    box.stage.until(lambda: box.comments.kept.get(CONVERSATION) == "half a com")
    QTest.keyClicks(box.editor, "ment")
    box.box.open(None)
    box.stage.settle()
    assert box.comments.kept[CONVERSATION] == "half a comment"
    assert box.editor.toPlainText() == ""
    box.box.open(CONVERSATION)
    box.stage.settle()
    assert box.editor.toPlainText() == "half a comment"


def test_a_comment_is_changed_in_the_box_and_esc_leaves_it(box):
    mine = comment(1)
    box.office.inbox.all[mine.id] = mine
    box.box.edit(mine)
    assert box.box.button.text() == "Save comment"
    box.editor.setPlainText("Wrote to her")
    QTest.keyClick(box.editor, Qt.Key.Key_Escape)
    box.stage.settle()
    assert (box.editor.toPlainText(), box.added()) == ("", ["Called her"])
    box.box.edit(mine)
    box.editor.setPlainText("Wrote to her")
    QTest.keyClick(box.editor, Qt.Key.Key_Return)
    box.stage.settle()
    assert box.added() == ["Wrote to her"]
    assert box.box.button.text() == "Add comment"


# -- the activity


class Panel:
    """An activity pane on a stage."""

    def __init__(self, stage: Stage, tmp_path, entries=()):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, entries)
        self.window = QMainWindow()
        self.pane = ActivityPane(self.office.services(), stage.tasks, stage.bridge(self.office.inbox))
        self.window.setCentralWidget(self.pane)
        stage.show(self.window, 300, 600)
        self.pane.show_contact(CONVERSATION, "Maria")
        self.pane.set_shown(shown=True)
        stage.settle()

    def shown(self):
        model = self.pane.model
        return [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]


@pytest.mark.row("S3-71", "S3-72", "S2-64")
def test_activity_is_newest_first_and_filtered_by_chips(stage, tmp_path):  # noqa: F811
    entries = [event(1, "marked_done"), comment(2), event(3, name="VIP"), message(4)]
    panel = Panel(stage, tmp_path, entries)
    assert panel.pane.list.accessibleName() == "Activity"
    shown = panel.shown()
    assert len(shown) == 3
    assert "added the tag" in shown[0]
    assert shown[1].startswith("Internal comment")
    assert [chip.text() for chip in panel.pane.chips.values()] == ["Comments", "Marked done", "Contact"]
    panel.pane.chips[EventCategory.DONE].click()
    stage.settle()
    assert len(panel.shown()) == 1
    panel.pane.chips["comments"].click()
    stage.settle()
    assert len(panel.shown()) == 2
    panel.pane.chips[EventCategory.DONE].click()
    panel.pane.chips["comments"].click()
    stage.settle()
    assert len(panel.shown()) == 3


@pytest.mark.row("S2-64")
def test_there_is_a_chip_for_each_of_the_eight_categories(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, [event(number, kinds[0]) for number, kinds in enumerate(EVENT_KINDS.values())])
    assert [chip.text() for chip in panel.pane.chips.values()] == [
        "Comments", "Assignment", "Marked done", "Snooze", "Broadcasts", "Survey", "Bot", "Channel", "Page change"
    ]  # fmt: skip


@pytest.mark.row("S3-71")
def test_older_activity_is_read_when_it_is_scrolled_to(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, [event(number) for number in range(1, 100)])
    assert panel.pane.model.rowCount() < 99
    bar = panel.pane.list.verticalScrollBar()
    for _ in range(20):
        bar.setValue(bar.maximum())
        stage.settle()
    assert panel.pane.model.rowCount() == 99
    assert panel.office.comments.pages[-1] is not None
    ids = [panel.pane.model.index(row).data(ActivityRole.ENTRY).id for row in range(99)]
    assert ids == sorted(ids, reverse=True)


def test_what_happens_now_appears_at_the_top(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, [event(1)])
    new = event(2, name="VIP")
    panel.office.inbox.all[new.id] = new
    panel.office.bus.publish(TimelineEntryAdded(entry_id=new.id, conversation_id=CONVERSATION))
    stage.until(lambda: panel.pane.model.rowCount() == 2)
    assert "VIP" in panel.shown()[0]


@pytest.mark.row("S3-73", "K26")
@pytest.mark.parametrize(("author", "changes"), [(UserId(1), True), (UserId(2), False)])
def test_only_own_comments_offer_changes(stage, tmp_path, author, changes):  # noqa: F811
    panel = Panel(stage, tmp_path, [comment(1, author_id=author)])
    panel.pane.list.setCurrentIndex(panel.pane.model.index(0))
    by_key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(250, 590), QPoint(250, 590))  # Shift+F10
    QApplication.sendEvent(panel.pane.list, by_key)
    menu = next(menu for menu in panel.pane.findChildren(QMenu) if menu.isVisible())
    words = [action.text() for action in menu.actions()]
    assert words == (["Copy text", "Edit comment", "Delete comment"] if changes else ["Copy text"])
    if changes:
        menu.actions()[2].trigger()
    menu.close()
    stage.until(lambda: panel.pane.model.rowCount() == (0 if changes else 1))


# -- among the messages


@pytest.mark.row("L14", "S3-73", "S4-03", "C10", "S2-20")
def test_a_comment_among_messages_is_tinted_and_says_that_it_is_not_sent(stage, tmp_path):  # noqa: F811
    note = comment(3, "Text of a voicemail", author_kind=AuthorKind.EXTERNAL, author_id=None, author_name="Voicemail")
    screen = Screen(stage, tmp_path, [message(1), comment(2), note]).open()
    for mode in (ThemeMode.LIGHT, ThemeMode.DARK):
        theme().set_mode(mode)
        stage.settle()
        for number in (1, 2):
            row = screen.model.row(number)
            layout = screen.pane.delegate.layout_of(row)
            assert layout.line.text() == "Internal comment – not sent"
            index = screen.model.index(number)
            spot = screen.view.visualRect(index).topLeft() + layout.bubble.topLeft().toPoint() + QPoint(20, 4)
            assert screen.view.viewport().grab().toImage().pixelColor(spot) == QColor(theme().color("comment"))
    spoken = [screen.model.index(number).data(Qt.ItemDataRole.AccessibleTextRole) for number in (1, 2)]
    assert spoken[0].startswith("Internal comment – not sent, Ana, ")
    assert "Voicemail (note)" in spoken[1].replace("\u2068", "").replace("\u2069", "")
    assert "Called her" in spoken[0]


@pytest.mark.row("S2-20", "S3-37", "S2-62")
def test_events_can_be_left_out_and_come_back(stage, tmp_path):  # noqa: F811
    entries = [message(1), event(2, "marked_done"), comment(3), event(4, "typing"), message(5)]
    desk = Desk(stage, tmp_path, entries).open()
    model, bar = desk.pane.timeline.model, desk.pane.filter_bar
    assert model.rowCount() == 5
    assert bar.isHidden()
    bar.choose(MESSAGES_ONLY)
    stage.settle()
    assert model.rowCount() == 2
    assert bar.isVisible()
    new = event(6, "snoozed")
    desk.office.inbox.all[new.id] = new
    desk.office.bus.publish(TimelineEntryAdded(entry_id=new.id, conversation_id=CONVERSATION))
    stage.settle()
    assert model.rowCount() == 2  # what comes is left out as well
    bar.choose(MESSAGES_AND_COMMENTS)
    stage.settle()
    assert model.rowCount() == 3
    desk.pane.filter_timeline()
    menu = next(menu for menu in desk.pane.findChildren(QMenu) if menu.isVisible())
    words = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert words[:4] == ["Everything", "Messages and comments", "Messages only", "Comments"]
    next(action for action in menu.actions() if action.text() == "Snooze").trigger()
    menu.close()
    stage.settle()
    assert model.rowCount() == 4
    bar.all.click()
    stage.settle()
    assert model.rowCount() == 6
    assert bar.isHidden()


def test_a_mirrored_comment_stays_inside_its_bubble(stage, tmp_path):  # noqa: F811
    screen = Screen(stage, tmp_path, [comment(1, "Short")]).open()
    row = screen.model.row(0)
    words = screen.pane.words.row_words(row.entry)
    layout = lay_out_comment(
        row, 600, metrics=screen.pane.delegate.metrics, words=words, find_links=lambda _text: [], mirrored=True
    )
    assert layout.bubble.left() < 100
    assert layout.bubble.contains(layout.text_at)
    assert layout.bubble.contains(layout.line_at)


@pytest.mark.row("P21", "S1")
def test_hostile_comments_and_events_stay_plain(stage, tmp_path):  # noqa: F811
    probe = red_picture(tmp_path)
    texts = hostile_strings(probe)
    entries = []
    for number, text in enumerate(texts):
        entries.append(comment(3 * number, text[:1000], author_name=text[:80]))
        entries.append(event(3 * number + 1, name=text[:255], field=text[:50], value=text))
        entries.append(event(3 * number + 2, "field_changed", field=text[:50], value=text[:2000]))
    screen = Screen(stage, tmp_path, entries, width=500, height=900).open()
    panel = Panel(stage, tmp_path, entries)
    for view in (screen.view, panel.pane.list):
        bar = view.verticalScrollBar()
        for _ in range(40):
            assert red_pixels(view) == 0
            if bar.value() == bar.minimum() and view is screen.view:
                break
            bar.setValue(bar.value() + (-800 if view is screen.view else 500))
            stage.settle()
    assert not was_read(probe)
