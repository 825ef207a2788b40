"""Assigning, closing, snoozing and taking back in the window: by keys, menus and buttons."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QToolButton, QWidget

from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.conversation import ConversationStatus, Priority
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.entities.undo import UndoStep
from desktop_inbox.views.dialogs.history import HistoryDialog
from desktop_inbox.views.dialogs.people import PeopleDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.row_marks import mark_words, row_marks
from desktop_inbox.views.item_models.undo_words import step_sentence
from desktop_inbox.views.panes.choice_popup import ChoicePopup
from desktop_inbox.views.panes.conversation_header import ConversationHeader
from tests.support.fakes_states import NOW, FakeUndo, FakeUsers
from tests.support.fakes_views import many, summary
from tests.support.qt import Stage
from tests.unit.views.test_main_window import CTRL, SHIFT, Scene, scene  # noqa: F401 - fixture

JONAS = ConversationId(2)


@pytest.fixture
def jonas(scene: Scene) -> Scene:  # noqa: F811
    """Jonas is open; the list has the focus."""
    scene.window.controller.open_id(JONAS)
    scene.stage.settle()
    scene.window.pane.rows.focus()
    return scene


def popup_of(scene: Scene) -> ChoicePopup:  # noqa: F811
    scene.stage.until(lambda: _popups())
    return _popups()[0]


def _popups() -> list[ChoicePopup]:
    return [
        widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ChoicePopup) and widget.isVisible()
    ]


def texts(scene: Scene) -> list[str]:  # noqa: F811
    """What the notes say, without the marks that keep names apart."""
    return [toast.text.replace("\u2068", "").replace("\u2069", "") for toast in scene.window.toasts.shown]


def row(scene: Scene, key: int = JONAS) -> object:  # noqa: F811
    return scene.inbox.rows[ConversationId(key)]


@pytest.mark.row("K13", "S3-59", "F01")
def test_ctrl_e_closes_goes_on_to_the_next_open_one_and_can_be_taken_back(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_E, CTRL)
    jonas.stage.until(lambda: jonas.window.toasts.shown)
    assert jonas.inbox.rows[JONAS].status is ConversationStatus.DONE
    assert jonas.open == 3
    assert texts(jonas) == ["Jonas Okafor is done."]
    jonas.key(Qt.Key.Key_Z, CTRL)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].status is ConversationStatus.PENDING)


@pytest.mark.row("K13")
def test_the_same_key_opens_what_is_done(jonas: Scene) -> None:
    jonas.inbox.change(JONAS, status=ConversationStatus.DONE)
    jonas.stage.settle()
    jonas.key(Qt.Key.Key_E, CTRL)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].status is ConversationStatus.PENDING)
    assert jonas.open == JONAS


@pytest.mark.row("K23")
def test_e_alone_closes_from_the_list(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_E)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].status is ConversationStatus.DONE)


@pytest.mark.row("K12", "S2-67")
def test_the_assign_popup_offers_me_first_filters_and_takes_the_name(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_A, CTRL | SHIFT)
    popup = popup_of(jonas)
    offered = [popup.list.item(place).text() for place in range(popup.list.count())]
    assert offered == ["Dana Reyes    me", "Nobody", "Sam Okoro", "Zoë Lind"]
    QTest.keyClicks(popup.box, "zoe")
    assert [popup.list.item(place).text() for place in range(popup.list.count())] == ["Zoë Lind"]
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].assignee_id == UserId(3))
    jonas.stage.until(lambda: texts(jonas) == ["Jonas Okafor is assigned to Zoë Lind."])


@pytest.mark.row("K12")
def test_the_popup_says_so_when_nobody_fits_and_esc_changes_nothing(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_A, CTRL | SHIFT)
    popup = popup_of(jonas)
    QTest.keyClicks(popup.box, "xyz")
    assert popup.none.text()
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    QTest.keyClick(popup.box, Qt.Key.Key_Escape)
    jonas.stage.settle()
    assert not _popups()
    assert jonas.inbox.rows[JONAS].assignee_id is None


@pytest.mark.row("K12")
def test_a_key_assigns_to_me(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_M, CTRL | SHIFT)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].assignee_id == UserId(1))


@pytest.mark.row("K14", "S3-34")
def test_the_snooze_popup_takes_presets_and_plain_words(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_S, CTRL | SHIFT)
    popup = popup_of(jonas)
    assert [popup.list.item(place).text().split("    ")[0] for place in range(popup.list.count())] == [
        "Later today", "Tomorrow", "Next Monday", "Until they answer",
    ]  # fmt: skip
    QTest.keyClicks(popup.box, "in 20 minutes")
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].snoozed_at is not None)
    assert jonas.inbox.rows[JONAS].snoozed_until == NOW + timedelta(minutes=20)
    assert jonas.open == 3


@pytest.mark.row("K14")
def test_until_they_answer_and_back_again(jonas: Scene) -> None:
    jonas.key(Qt.Key.Key_S, CTRL | SHIFT)
    popup = popup_of(jonas)
    popup.list.setCurrentRow(3)
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].snoozed_at is not None)
    assert jonas.inbox.rows[JONAS].snoozed_until is None
    jonas.window.controller.open_id(JONAS)
    jonas.stage.settle()
    jonas.key(Qt.Key.Key_S, CTRL | SHIFT)
    popup = popup_of(jonas)
    assert popup.list.item(0).text() == "End the snooze"
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].snoozed_at is None)


@pytest.mark.row("K15")
def test_ctrl_shift_u_toggles_unread(jonas: Scene) -> None:
    jonas.inbox.change(JONAS, unread_count=0)
    jonas.stage.settle()
    jonas.key(Qt.Key.Key_U, CTRL | SHIFT)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].unread_count == 1)
    jonas.key(Qt.Key.Key_U, CTRL | SHIFT)
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].unread_count == 0)


@pytest.mark.row("F01", "K27", "D-20")
def test_what_has_no_note_any_more_is_taken_back_too(jonas: Scene) -> None:
    jonas.window.actions_["conversation.pin"].trigger()
    jonas.stage.until(lambda: jonas.window.toasts.shown)
    for toast in jonas.window.toasts.shown:
        toast.dismiss()
    jonas.key(Qt.Key.Key_Z, CTRL)
    jonas.stage.until(lambda: not jonas.inbox.rows[JONAS].pinned)
    jonas.stage.until(lambda: texts(jonas) == ["Undone: Jonas Okafor is pinned"])
    jonas.key(Qt.Key.Key_Z, CTRL)
    jonas.stage.until(lambda: "There is nothing to undo." in texts(jonas))


@pytest.mark.row("F01")
def test_a_note_says_that_something_was_changed_since(jonas: Scene) -> None:
    undo = jonas.services.undo
    assert isinstance(undo, FakeUndo)
    undo.changed_since = 1
    jonas.window.actions_["conversation.pin"].trigger()
    jonas.stage.until(lambda: jonas.window.toasts.shown)
    jonas.window.toasts.shown[0].undo()
    jonas.stage.until(lambda: any("changed since" in text for text in texts(jonas)))


@pytest.mark.row("D-20")
def test_the_history_takes_back_any_of_it(jonas: Scene) -> None:
    for key in ("conversation.pin", "conversation.assign_me"):
        count = len(jonas.services.undo.steps)  # type: ignore[attr-defined]
        jonas.window.actions_[key].trigger()
        jonas.stage.until(lambda count=count: len(jonas.services.undo.steps) > count)  # type: ignore[attr-defined,misc]
    jonas.window.actions_["edit.history"].trigger()
    dialog = next(widget for widget in jonas.window.findChildren(QDialog) if isinstance(widget, HistoryDialog))
    jonas.stage.until(lambda: dialog.list.count() == 2)
    dialog.list.setCurrentRow(1)
    dialog.undo_button.click()
    jonas.stage.until(lambda: not jonas.inbox.rows[JONAS].pinned)
    jonas.stage.until(lambda: "(undone)" in dialog.list.item(1).text())
    assert not dialog.undo_button.isEnabled()
    assert jonas.inbox.rows[JONAS].assignee_id == UserId(1)
    dialog.close()


@pytest.mark.row("F02", "S4-36", "S4-37")
def test_a_deletion_is_asked_for_with_its_number_and_a_safe_default(jonas: Scene) -> None:
    jonas.window.actions_["conversation.delete"].trigger()
    jonas.stage.until(lambda: _dialogs())
    dialog = _dialogs()[0]
    said = " ".join(label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text"))
    assert "14 messages" in said
    assert dialog.verb.text() == "Delete conversation"  # type: ignore[attr-defined]
    assert dialog.cancel.isDefault()  # type: ignore[attr-defined]
    dialog.reject()
    jonas.stage.settle()
    assert jonas.inbox.rows[JONAS].archived_at is None
    jonas.window.actions_["conversation.delete"].trigger()
    jonas.stage.until(lambda: _dialogs())
    _dialogs()[0].accept()
    jonas.stage.until(lambda: "The conversation was deleted." in texts(jonas))
    assert jonas.open == 3


def _dialogs() -> list[QDialog]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog) and widget.isVisible()]


@pytest.mark.row("S4-32", "S4-33", "S4-34", "F01")
def test_what_is_ticked_is_one_action(jonas: Scene) -> None:
    rows = jonas.window.pane.rows
    for key in (3, 4, 5):
        rows.selection.toggle(ConversationId(key))
    jonas.window.actions_["conversation.archive"].trigger()
    jonas.stage.until(lambda: texts(jonas) == ["3 conversations are archived."])
    assert not rows.selection.active
    assert [key for key, row in jonas.inbox.rows.items() if row.archived_at] == [3, 4, 5]
    jonas.window.toasts.undo_last()
    jonas.stage.until(lambda: not [row for row in jonas.inbox.rows.values() if row.archived_at])


@pytest.mark.row("K26")
def test_the_menu_of_a_row_acts_on_that_row(jonas: Scene) -> None:
    from PySide6.QtWidgets import QMenu

    menu = QMenu()
    jonas.window.states.fill_menu(menu, jonas.inbox.rows[ConversationId(4)])
    entries = {action.text(): action for action in menu.actions()}
    entries["Pin"].trigger()
    jonas.stage.until(lambda: jonas.inbox.rows[ConversationId(4)].pinned)
    assert not jonas.inbox.rows[JONAS].pinned
    urgent = entries["Priority"].menu().actions()[0]  # type: ignore[union-attr]
    urgent.trigger()
    jonas.stage.until(lambda: jonas.inbox.rows[ConversationId(4)].priority is Priority.URGENT)
    menu.deleteLater()


@pytest.mark.row("A13")
def test_found_answered_assigned_and_closed_without_a_mouse(scene: Scene) -> None:  # noqa: F811
    scene.key(Qt.Key.Key_F, CTRL)
    QTest.keyClicks(QApplication.focusWidget(), "Jonas")
    scene.stage.until(lambda: scene.window.pane.results.model.rowCount() > 0)
    scene.stage.settle()
    scene.key(Qt.Key.Key_Return)
    scene.stage.until(lambda: scene.open == JONAS)
    scene.conversation.focus_composer("On our way")
    assert scene.conversation.editor.toPlainText() == "On our way"
    scene.key(Qt.Key.Key_A, CTRL | SHIFT)
    popup = popup_of(scene)
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    scene.stage.until(lambda: scene.inbox.rows[JONAS].assignee_id == UserId(1))
    scene.key(Qt.Key.Key_E, CTRL)
    scene.stage.until(lambda: scene.inbox.rows[JONAS].status is ConversationStatus.DONE)


# -- the header, words and people


@pytest.fixture
def header(scene: Scene) -> Iterator[ConversationHeader]:  # noqa: F811
    made = ConversationHeader(Formats(lambda: NOW, zone=UTC), scene.window.actions_)
    made.resize(900, 60)
    made.show()
    yield made
    made.deleteLater()


@pytest.mark.row("S3-59", "S2-67", "A02")
def test_the_header_names_its_buttons_and_says_their_state(header: ConversationHeader) -> None:
    names = {button.accessibleName() for button in header.findChildren(QToolButton)}
    assert {"Assignee", "Snooze", "Mark done"} <= names
    header.show_conversation(summary(1, name="Ann", assignee_name="Sam Okoro"), None)
    assert header.assignee_button.accessibleDescription() == "Sam Okoro"
    assert header.done_button.accessibleDescription() == "open"
    until = NOW + timedelta(hours=2)
    header.show_conversation(
        summary(1, name="Ann", status=ConversationStatus.DONE, snoozed_at=NOW, snoozed_until=until), None
    )
    assert header.assignee_button.accessibleDescription() == "nobody"
    assert header.done_button.accessibleDescription() == "done"
    assert header.snooze_button.accessibleDescription() == "Snoozed until 14:10"
    assert "Snoozed until 14:10" in header.line.text()
    header.resize(300, 60)
    QApplication.processEvents()
    assert header.done_button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly


@pytest.mark.row("S3-13", "C1")
def test_every_sign_of_a_row_has_a_shape_and_words() -> None:
    formats = Formats(lambda: NOW, zone=UTC)
    full = summary(
        1, status=ConversationStatus.DONE, pinned=True, priority=Priority.URGENT, snoozed_at=NOW,
        snoozed_until=NOW + timedelta(days=1), assignee_id=UserId(2), assignee_name="Sam",
    )  # fmt: skip
    assert [mark.icon for mark in row_marks(full)] == ["check", "pin", "flag", "alarm-clock", "user-check"]
    assert list(mark_words(full, formats)) == [
        "done", "pinned", "urgent", "snoozed until Tomorrow 12:10", "assigned to Sam",
    ]  # fmt: skip
    back = summary(1, returned_at=NOW)
    assert [mark.icon for mark in row_marks(back)] == ["bell"]
    assert list(mark_words(back, formats)) == ["back from a snooze"]
    assert row_marks(summary(1)) == ()


@pytest.mark.row("D-20")
@pytest.mark.parametrize(
    ("kind", "count", "details", "said"),
    [
        ("marked_done", 1, {"name": "Ann"}, "Ann is done"),
        ("marked_done", 5000, {}, "5,000 conversations are done"),
        ("snoozed", 1, {"name": "Ann", "until": "answer"}, "Ann is snoozed until they answer"),
        ("snoozed", 2, {"until": "2026-11-20T09:00:00+00:00"}, "2 conversations are snoozed until Tomorrow 09:00"),
        ("snoozed", 1, {"name": "Ann", "until": "rubbish"}, "Ann is snoozed until …"),
        ("from_a_newer_program", 3, {}, "From a newer program (3)"),
    ],
)
def test_steps_are_told_in_words(kind: str, count: int, details: dict[str, str], said: str) -> None:
    step = UndoStep(id=1, user_id=UserId(1), kind=kind, count=count, at=NOW, details=details)  # type: ignore[arg-type]
    told = step_sentence(step, Formats(lambda: NOW, zone=UTC))
    assert told.replace("\u2068", "").replace("\u2069", "") == said


@pytest.mark.row("S2-67")
def test_people_are_added_and_switched_off(scene: Scene, stage: Stage) -> None:  # noqa: F811
    dialog = PeopleDialog(scene.services, stage.tasks, scene.window)
    dialog.open()
    stage.until(lambda: len(dialog.rows) == 3)
    dialog.name.setText("Eve")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    stage.until(lambda: len(dialog.rows) == 4)
    users = scene.services.users
    assert isinstance(users, FakeUsers)
    assert [user.name for user in users.people][-1] == "Eve"
    assert dialog.name.text() == ""
    dialog.close()


@pytest.mark.row("K13", "D-11")
def test_a_hundred_conversations_are_dealt_with_in_few_key_presses(stage: Stage) -> None:
    made = Scene(stage, rows=many(100))  # each key is one of a person
    pressed = 0
    made.window.pane.rows.focus()
    made.key(Qt.Key.Key_J)
    while any(row.status is ConversationStatus.PENDING for row in made.inbox.rows.values()):
        current = made.window.controller.current
        assert current is not None, pressed
        made.key(Qt.Key.Key_E)
        made.stage.until(lambda key=current.id: made.window.controller.current is None or made.open != key)  # type: ignore[misc]
        pressed += 1
        assert pressed <= 250
    assert pressed <= 101


@pytest.mark.row("L02")
def test_a_narrow_header_keeps_the_name_and_what_matters(header: ConversationHeader) -> None:
    header.show_conversation(summary(1, name="Lukas Brandt"), None)
    for width in (500, 400):
        header.resize(width, 60)
        QApplication.processEvents()
    assert header.find_button.isHidden()
    assert header.pill.isHidden()
    header.show_conversation(summary(1, name="Lukas Brandt", opt_in=OptIn.OPTED_OUT), None)
    assert not header.pill.isHidden()
    for button in (header.done_button, header.assignee_button, header.snooze_button, header.more_button):
        assert not button.isHidden()


@pytest.mark.row("K27")
def test_what_was_done_last_is_taken_back_first(jonas: Scene) -> None:
    jonas.conversation.can_undo = True  # a message can still be taken back
    jonas.window.actions_["conversation.pin"].trigger()
    jonas.stage.until(lambda: jonas.window.toasts.shown)
    jonas.key(Qt.Key.Key_Z, CTRL)
    jonas.stage.until(lambda: not jonas.inbox.rows[JONAS].pinned)
    jonas.window.actions_["conversation.pin"].trigger()
    jonas.stage.until(lambda: jonas.inbox.rows[JONAS].pinned)
    jonas.window.message_sent.emit()
    jonas.key(Qt.Key.Key_Z, CTRL)
    assert jonas.inbox.rows[JONAS].pinned
