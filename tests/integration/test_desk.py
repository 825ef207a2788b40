"""What a desk meets from the first moment on: the parts of the window, reading, answering, writing to somebody new."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import Direction, Message, SenderKind
from desktop_inbox.models.entities.timeline import ActorKind, EventCategory, TimelineFilter
from desktop_inbox.views.dialogs.conversation_export import ConversationExportDialog
from desktop_inbox.views.dialogs.new_conversation import NewConversationDialog
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.details import DetailsPane
from tests.support.qt import stage
from tests.support.whole_window import CTRL, SHIFT, WholeWindow, whole

__all__ = ["stage", "whole"]


def conversation_of(whole: WholeWindow) -> ConversationPane:
    """The pane of the open conversation."""
    return whole.window.findChild(ConversationPane)  # type: ignore[return-value]


def said(whole: WholeWindow, conversation: ConversationId) -> list[tuple[Direction, str, SenderKind]]:
    """What is stored of a conversation."""
    entries = whole.stage.run(whole.office.inbox.timeline(conversation)).entries
    return [(entry.direction, entry.text, entry.sender_kind) for entry in entries if isinstance(entry, Message)]


def shown(whole: WholeWindow) -> list[str]:
    """Texts of the messages in the timeline."""
    entries = conversation_of(whole).timeline.model.entries()
    return [entry.text for entry in entries if isinstance(entry, Message)]


def edges(whole: WholeWindow, widget: QWidget) -> tuple[int, int]:
    """Left and right edge of a widget in the window."""
    left = widget.mapTo(whole.window, QPoint(0, 0)).x()
    return left, left + widget.width()


@pytest.mark.row("S2-01", "S3-01", "S2-18", "S4-02")
def test_what_was_said_is_read_and_answered(whole: WholeWindow) -> None:
    newest, _ = whole.people(2)
    whole.open()
    whole.click_row(0)
    assert shown(whole) == ["hello 1"]
    conversation_of(whole).focus_composer()
    whole.type("On our way")
    whole.key(Qt.Key.Key_Return)
    assert said(whole, newest)[-1] == (Direction.OUT, "On our way", SenderKind.USER)
    assert shown(whole) == ["hello 1", "On our way"]


@pytest.mark.row("S2-14", "S3-04")
def test_nothing_can_be_written_before_somebody_is_chosen(whole: WholeWindow) -> None:
    people = whole.people(1)
    whole.open()
    pane = conversation_of(whole)
    assert not pane.composer.isVisible()
    pane.focus_composer("to nobody")
    pane.send()
    whole.stage.settle()
    assert pane.composer.editor.toPlainText() == ""
    assert len(said(whole, people[0])) == 1
    whole.click_row(0)
    assert pane.composer.isVisible()
    assert pane.composer.editor.isEnabled()


@pytest.mark.row("S4-25", "S4-26", "S4-27", "S3-01", "K02")
def test_a_conversation_is_started_from_the_button_at_the_top_right(whole: WholeWindow) -> None:
    whole.people(1)
    whole.open()
    button, rows = whole.find("New conversation"), whole.window.pane
    assert edges(whole, rows)[1] - edges(whole, button)[1] <= 20
    assert button.mapTo(rows, QPoint(0, 0)).y() <= 20
    whole.key(Qt.Key.Key_N, CTRL)
    by_key = whole.window.findChild(NewConversationDialog)
    assert isinstance(by_key, NewConversationDialog)
    assert by_key.isVisible()
    by_key.close()
    whole.stage.settle()
    whole.click("New conversation")
    dialog = next(one for one in whole.window.findChildren(NewConversationDialog) if one.isVisible())
    assert dialog.to.hasFocus()
    QTest.keyClicks(dialog.to, "+1 415 555 0199")
    whole.stage.settle()
    dialog.start_button.click()
    whole.until(lambda: conversation_of(whole).composer.isVisible())
    current = whole.window.controller.current
    assert current is not None
    contact = whole.stage.run(whole.office.contacts.contact(current.contact_id))
    assert [address.path for address in contact.addresses] == ["+14155550199"]
    assert said(whole, current.id) == []


@pytest.mark.row("S2-02", "S3-02", "S4-01")
def test_the_inbox_is_where_one_starts_and_one_click_away(whole: WholeWindow) -> None:
    whole.people(1)
    whole.open()
    rail, rows = whole.window.rail, whole.window.pane
    assert rail.button("inbox").isChecked()
    assert rows.isVisible()
    assert edges(whole, rail)[1] <= edges(whole, rows)[0]
    rail.button("contacts").click()
    whole.stage.settle()
    assert not rows.isVisible()
    rail.button("inbox").click()
    whole.stage.settle()
    assert rows.isVisible()
    assert rail.button("inbox").accessibleName() == "Inbox"
    inbox, contacts = (rail.button(key).grab().toImage() for key in ("inbox", "contacts"))
    assert inbox != contacts


@pytest.mark.row("S2-03", "L01")
def test_the_five_areas_lie_side_by_side_and_keep_their_sizes(whole: WholeWindow) -> None:
    whole.people(1)
    whole.open()
    whole.click_row(0)
    window = whole.window
    details, pane = window.findChild(DetailsPane), conversation_of(whole)
    assert isinstance(details, DetailsPane)
    areas = [window.pane.view_button, window.pane.rows, pane.timeline, pane.header, details]
    assert all(area.isVisible() for area in areas)
    assert edges(whole, window.pane)[1] <= edges(whole, pane)[0] < edges(whole, details)[0]
    handle = window.workspace.splitter.handle(1)
    middle = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, middle + QPoint(50, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(50, 0))
    whole.stage.settle()
    width = window.pane.width()
    assert width > 340
    whole.close()
    whole.open()
    whole.click_row(0)
    assert abs(whole.window.pane.width() - width) <= 2
    whole.key(Qt.Key.Key_D, CTRL | SHIFT)
    again = whole.window.findChild(DetailsPane)
    assert isinstance(again, DetailsPane)
    assert not again.isVisible()
    assert conversation_of(whole).width() > 800


@pytest.mark.row("S4-02", "S3-16", "S2-05", "S2-09", "C7")
def test_the_list_is_narrowed_by_new_and_mine_by_words_and_by_conditions(whole: WholeWindow) -> None:
    people = whole.people(4)
    archived, mine, done, _new = people
    whole.stage.run(whole.office.states.archive([archived]))
    whole.stage.run(whole.office.states.assign([mine], whole.office.user.id))
    whole.stage.run(whole.office.states.done([done]))
    whole.open()
    assert whole.window.pane.view is View.ALL
    assert "Contact 3" not in whole.rows
    whole.key(Qt.Key.Key_3, CTRL)
    assert (whole.window.pane.view, whole.rows) == (View.MINE, ["Contact 2"])
    whole.key(Qt.Key.Key_4, CTRL)
    assert (whole.window.pane.view, whole.rows) == (View.NEW, ["Contact 0"])
    whole.key(Qt.Key.Key_5, CTRL)  # unassigned, open or not
    assert (whole.window.pane.view, whole.rows) == (View.UNASSIGNED, ["Contact 1", "Contact 0"])
    whole.key(Qt.Key.Key_F, CTRL)
    whole.type("hello 2")
    whole.until(lambda: whole.window.pane.results.model.rowCount() > 0)
    whole.window.pane.search_box.clear()
    whole.stage.settle()
    whole.click("Filter")
    whole.until(lambda: whole.window.views.builder.isVisible())


@pytest.mark.row("S2-46", "S2-64")
def test_a_broadcast_is_told_of_in_the_timeline(whole: WholeWindow) -> None:
    (person,) = whole.people(1)
    whole.stage.run(
        whole.store.run(
            lambda work: work.timeline.add_event(person, "broadcast_sent", actor_kind=ActorKind.BROADCAST, details={})
        )
    )
    whole.open()
    whole.click_row(0)
    words, entries = conversation_of(whole).timeline.words, conversation_of(whole).timeline.model.entries()
    assert "A broadcast was sent to \u2068Contact 0\u2069" in [words.sentence(entry) for entry in entries[1:]]
    wanted = TimelineFilter(categories=frozenset({EventCategory.BROADCASTS}))
    assert len(whole.stage.run(whole.office.inbox.timeline(person, wanted=wanted)).entries) == 2


@pytest.mark.row("S4-35", "S4-36", "S4-40", "S4-41")
def test_the_menu_of_a_conversation_archives_deletes_and_exports(whole: WholeWindow) -> None:
    people = whole.people(2)
    whole.open()
    whole.click_row(0)

    whole.click("More")
    (menu,) = [menu for menu in whole.window.findChildren(QMenu) if menu.isVisible()]
    archive, delete, export = (
        whole.window.actions_[f"conversation.{what}"] for what in ("archive", "delete", "export")
    )
    assert {archive, delete, export} <= set(menu.actions())
    menu.close()
    export.trigger()
    whole.stage.settle()
    dialog = whole.window.findChild(ConversationExportDialog)
    assert isinstance(dialog, ConversationExportDialog)
    assert dialog.isVisible()
    dialog.close()
    whole.stage.settle()
    archive.trigger()
    whole.until(lambda: whole.count(View.ARCHIVED) == 1)
    whole.until(lambda: whole.rows == ["Contact 0"])
    assert whole.window.controller.current is not None
    assert whole.window.controller.current.id == people[1]
