"""Views, segments and many conversations at once, in the whole window on a real database."""

import random
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_inbox.clock import now
from desktop_inbox.events import BulkChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus, View
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.entities.segment import GroupOp, Operator
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.state_changes import StateChanges, person
from desktop_inbox.services.view_filters import Quick, filter_of, narrowed
from desktop_inbox.views.item_models.segment_draft import DraftCondition, DraftGroup
from desktop_inbox.views.panes.view_selector import ViewSelector
from tests.support.qt import stage
from tests.support.run import run
from tests.support.whole_window import CTRL, SHIFT, WholeWindow, whole

__all__ = ["stage", "whole"]


def selector(whole: WholeWindow) -> ViewSelector:
    """Open the selector."""
    whole.click("View")
    found = whole.window.views._selector
    assert found is not None
    return found


def lines(found: ViewSelector) -> dict[str, str]:
    """What assistive technology reads of each line."""
    items = [found.list.item(row) for row in range(found.list.count())]
    return {item.text(): item.data(Qt.ItemDataRole.AccessibleTextRole) or "" for item in items}


def choose(whole: WholeWindow, name: str) -> None:
    found = selector(whole)
    found.box.setText(name)
    QTest.keyClick(found.box, Qt.Key.Key_Return)
    whole.stage.settle()


# -- the selector


@pytest.mark.row("S2-04", "S2-06", "S2-07", "S2-08", "S2-09", "S2-10", "S3-21", "S3-22", "S3-23", "S3-24", "C1", "C7")
def test_the_selector_shows_contacts_and_attention_in_words(whole: WholeWindow) -> None:
    people = whole.people(5)
    whole.stage.run(whole.office.states.assign(people[:2], whole.office.user.id))
    whole.stage.run(whole.office.states.mark_read(people[2:]))
    whole.open()
    found = selector(whole)
    whole.until(lambda: "Mentions me" in lines(found) and "contact" in lines(found)["Mentions me"])
    said = lines(found)
    assert list(said)[:9] == [
        "Inbox", "Mine", "New", "Unassigned", "Unread", "Snoozed", "Done", "Archived", "Waiting on us",
    ]  # fmt: skip
    assert said["Mine"] == "Mine, 2 contacts, 2 with unread"
    assert said["Unassigned"] == "Unassigned, 3 contacts, no unread"
    assert said["New"] == "New, 3 contacts, no unread"
    assert said["Done"] == "Done, 0 contacts, no unread"
    picture = found.list.grab().toImage()
    red = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, 70)}
    assert "#b3261e" in red
    QTest.keyClick(found.box, Qt.Key.Key_Down)
    QTest.keyClick(found.box, Qt.Key.Key_Return)
    whole.stage.settle()
    assert whole.window.pane.view is View.MINE
    assert whole.rows == ["Contact 4", "Contact 3"]


@pytest.mark.row("S2-05", "S2-11", "S2-12", "K07", "S3-16")
def test_keys_switch_the_view_and_it_is_there_at_the_next_start(whole: WholeWindow) -> None:
    people = whole.people(3)
    whole.stage.run(whole.office.states.done(people[:1]))
    whole.open()
    assert whole.window.pane.view is View.ALL
    whole.key(Qt.Key.Key_8, CTRL)
    assert whole.rows == ["Contact 2"]
    whole.close()
    whole.open()
    assert whole.window.pane.view is View.DONE
    assert whole.rows == ["Contact 2"]
    assert whole.window.actions_["view.done"].isChecked()


@pytest.mark.row("S3-25", "C6", "S2-04")
def test_a_saved_segment_is_a_view_found_by_name_and_remembered(whole: WholeWindow) -> None:
    people = whole.people(3)
    whole.stage.run(whole.office.states.done(people[:1]))
    group = whole.stage.run(whole.office.segments.parse("archived is false and status is done"))
    whole.stage.run(whole.office.segments.save("Closed ones", group, shared=False))
    whole.open()
    found = selector(whole)
    whole.until(lambda: "1 contact" in lines(found).get("Closed ones", ""))
    assert lines(found)["Closed ones"] == "Closed ones, 1 contact, 1 with unread, private"
    found.close()
    choose(whole, "clos")
    assert whole.rows == ["Contact 2"]
    assert whole.window.pane.view_button.text() == "Closed ones"
    whole.close()
    whole.open()
    assert whole.rows == ["Contact 2"]
    whole.stage.run(whole.office.states.done(people[1:2]))
    whole.until(lambda: len(whole.rows) == 2)


@pytest.mark.row("S2-10", "S2-13")
def test_counting_keeps_calm_while_much_arrives(whole: WholeWindow) -> None:
    whole.people(3)
    whole.open()
    counted: list[object] = []
    whole.window.pane.counts_changed.connect(counted.append)
    for _ in range(40):
        whole.bus.publish(BulkChanged())
        whole.stage.settle()
    # 40 settlings take more than 1.2 seconds; counting after each of them would be 40 times.
    assert 1 <= len(counted) <= 12


# -- the builder


def open_filter(whole: WholeWindow) -> None:
    whole.click("Filter")
    whole.until(lambda: whole.window.views.builder.tree.rows)
    whole.stage.settle()


def write(whole: WholeWindow, text: str) -> None:
    """Write the filter as text."""
    builder = whole.window.views.builder
    builder.tabs.setCurrentIndex(1)
    builder.page.editor.setPlainText(text)
    whole.stage.settle()


@pytest.mark.row("S3-28", "S3-29", "S3-30", "S3-31", "S3-26")
def test_a_filter_is_a_real_list_until_it_is_cleared(whole: WholeWindow) -> None:
    people = whole.people(6)
    whole.stage.run(whole.office.states.mark_read(people[:4]))
    whole.open()
    open_filter(whole)
    panel = whole.window.views.builder
    assert panel.accessibleName() == "Segment builder"
    left = panel.mapTo(whole.window, panel.rect().topLeft()).x()
    middle = whole.window._conversation
    assert left >= middle.mapTo(whole.window, middle.rect().topRight()).x()  # never over the composer
    write(whole, "archived is false and unread is true")
    whole.until(lambda: whole.rows == ["Contact 1", "Contact 0"])
    assert "2 contacts" in panel._count.text()
    assert "2 conditions" in whole.window.pane.filter_button.accessibleDescription()
    assert whole.window.pane.search_box._number.text() == "2"
    whole.click_row(0)
    assert whole.window.controller.current is not None
    whole.key(Qt.Key.Key_E, CTRL)
    whole.until(lambda: whole.count(View.DONE) == 1)
    whole.click("Close the segment builder")
    assert not panel.isVisible()
    assert whole.window.pane.listed.key == "filter"
    open_filter_again = whole.window.pane.filter_button
    QTest.mouseClick(open_filter_again, Qt.MouseButton.LeftButton)
    whole.stage.settle()
    assert panel.isVisible()
    assert panel.page.text == "archived is false and unread is true"
    whole.click("Clear")
    assert whole.window.pane.view is View.ALL
    assert len(whole.rows) == 6
    assert whole.window.pane.search_box._number.isHidden()


@pytest.mark.row("S3-32", "S3-26", "S3-25")
def test_a_filter_is_saved_renamed_changed_and_deleted(whole: WholeWindow) -> None:
    people = whole.people(3)
    whole.stage.run(whole.office.states.mark_read(people[:2]))
    whole.open()
    found = selector(whole)
    QTest.mouseClick(found.new_button, Qt.MouseButton.LeftButton)
    whole.until(lambda: whole.window.views.is_open and whole.window.views.builder.tree.rows)
    write(whole, "archived is false and unread is true")
    builder, segments = whole.window.views.builder, whole.office.segments
    whole.click("Save segment")
    QTest.keyClicks(builder.saver.name, "To read")
    builder.saver.private.setChecked(True)
    QTest.keyClick(builder.saver.name, Qt.Key.Key_Return)
    whole.until(lambda: whole.window.pane.view_button.text() == "To read")
    (saved,) = whole.segments
    assert (saved.name, saved.shared) == ("To read", False)
    assert whole.rows == ["Contact 0"]
    write(whole, "archived is false and unread is false")
    whole.click("Save segment")
    whole.until(lambda: whole.segments[0].filter != saved.filter)
    whole.until(lambda: not builder.is_changed)
    group = whole.stage.run(segments.parse('in segment "To read"'))
    whole.stage.run(segments.save("Needs it", group, shared=False))
    whole.stage.settle()
    builder.saver._open("name")  # type: ignore[arg-type]
    builder.saver.name.setText("Needs it")
    QTest.keyClick(builder.saver.name, Qt.Key.Key_Return)
    whole.until(lambda: "already" in builder.saver._error.text())
    builder.saver._ask_to_delete()
    whole.until(lambda: "Needs it" in builder.saver._question.text())
    whole.click("Delete segment")
    whole.until(lambda: [one.name for one in whole.segments] == ["Needs it"])
    (left,) = whole.segments
    assert left.broken
    choose(whole, "Needs")
    assert whole.rows == []
    assert "broken" in whole.window.pane.rows.states.empty.title


@pytest.mark.row("S3-27", "S3-30")
def test_an_error_points_at_its_place_and_offers_a_word(whole: WholeWindow) -> None:
    whole.people(2)
    whole.open()
    open_filter(whole)
    write(whole, "archived is false and stauts is done")
    page = whole.window.views.builder.page
    whole.until(lambda: page._wrong is not None)
    (mark,) = page.editor.extraSelections()
    assert mark.cursor.selectedText() == "stauts"
    page._fix.click()
    whole.until(lambda: page._wrong is None and page.text == "archived is false and status is done")
    whole.until(lambda: whole.rows == [])
    empty = whole.window.pane.rows.states.empty
    assert whole.window.pane.rows.states.currentWidget() is empty
    whole.click("Clear filters")
    assert len(whole.rows) == 2


@pytest.mark.row("S3-27")
def test_words_complete_while_they_are_typed(whole: WholeWindow) -> None:
    whole.people(1)
    whole.open()
    open_filter(whole)
    write(whole, "")
    editor = whole.window.views.builder.page.editor
    editor.setFocus()
    QTest.keyClicks(editor, "unre")
    assert editor.completion.isVisible()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    QTest.keyClicks(editor, "is t")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText().strip() == "unread is true"


@pytest.mark.row("S3-26", "S3-27", "A13")
def test_rows_are_put_together_by_keys_alone(whole: WholeWindow) -> None:
    people = whole.people(4)
    whole.stage.run(whole.office.states.done(people[:2]))
    whole.open()
    whole.key(Qt.Key.Key_L, CTRL | SHIFT)
    builder = whole.window.views.builder
    whole.until(lambda: builder.tree.rows)
    whole.key(Qt.Key.Key_Return, CTRL)
    assert QApplication.focusWidget().accessibleName() == "Field"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    popup = whole.popup()
    QTest.keyClicks(popup.box, "Status")
    QTest.keyClick(popup.box, Qt.Key.Key_Return)
    whole.stage.settle()
    combo = QApplication.focusWidget()
    assert combo.accessibleName() == "Value"
    QTest.keyClick(combo, Qt.Key.Key_Down)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    whole.until(lambda: whole.rows == ["Contact 3", "Contact 2"])
    whole.key(Qt.Key.Key_BracketRight, CTRL)
    group = builder.tree.draft.children[1]
    assert isinstance(group, DraftGroup)
    assert group.op is GroupOp.ANY
    assert whole.rows == ["Contact 3", "Contact 2"]
    whole.key(Qt.Key.Key_BracketLeft, CTRL)
    assert isinstance(builder.tree.draft.children[1], DraftCondition)
    whole.key(Qt.Key.Key_Delete, CTRL | SHIFT)
    whole.until(lambda: len(whole.rows) == 4)


@pytest.mark.row("S3-26", "S3-27")
def test_what_lies_deep_is_text_and_what_is_wrong_says_so(whole: WholeWindow) -> None:
    whole.people(2)
    whole.open()
    open_filter(whole)
    builder = whole.window.views.builder
    inner = "not (blocked is true and name ~ xy)"
    deep = f"archived is false and (name ~ con or (status is done and (unread is true or {inner})))"
    write(whole, deep)
    builder.tabs.setCurrentIndex(0)
    whole.until(lambda: len(builder.tree.rows) == 3)
    texts = [
        label.text() for label in builder.tree.findChildren(type(builder._count)) if label.property("kind") == "code"
    ]
    assert len(texts) == 1
    assert "name ~" in texts[0]
    row = next(row for row in builder.tree.rows.values() if row.node.field == "name")
    row._take_value("c")
    whole.until(lambda: "letters" in row._error.text())
    row._take_field("assignee")
    row._take_operator(1)
    assert row.node.operator is Operator.IS_NOT
    assert row._note.text() == "Includes contacts without a value"
    whole.stage.settle()


# -- many at once


@pytest.mark.row("S4-32", "S4-33", "S4-34", "S4-35", "F01")
def test_all_that_match_are_archived_at_once_and_come_back(whole: WholeWindow) -> None:
    whole.people(130)
    whole.open()
    pane = whole.window.pane
    assert pane.rows.model.rowCount() == 60
    box = pane._all_box
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center())
    whole.until(lambda: len(pane.rows.selection) == 130)
    assert pane.bar.label.text() == "All 130 selected"
    whole.click("Archive selected")
    whole.until(lambda: whole.count(View.ARCHIVED) == 130)
    whole.until(lambda: whole.rows == [])
    whole.until(lambda: whole.toasts)
    assert whole.toasts == ["130 conversations are archived."]
    assert not pane.rows.selection.active
    whole.click("Undo")
    whole.until(lambda: len(whole.rows) == 60)
    assert whole.count(View.ALL) == 130


@pytest.mark.row("S4-32", "K10", "F01")
def test_mouse_and_keys_tick_several(whole: WholeWindow) -> None:
    people = whole.people(8)
    whole.open()
    pane = whole.window.pane
    whole.click_row(1, CTRL)
    whole.click_row(3, CTRL)
    assert pane.rows.selection.ids == (people[1], people[3])
    assert whole.window.controller.current is None
    assert pane.bar.label.text() == "2 of 8 selected"
    whole.click_row(5, SHIFT)
    assert set(pane.rows.selection.ids) == {people[1], people[3], people[4], people[5]}
    pane.rows.focus()
    whole.key(Qt.Key.Key_Down)
    assert whole.window.controller.current is None  # looking for the next one reads nothing
    whole.key(Qt.Key.Key_Space)
    assert people[6] in pane.rows.selection
    whole.key(Qt.Key.Key_Escape)
    assert not pane.rows.selection.active
    assert not pane.bar.isVisible()
    whole.key(Qt.Key.Key_A, CTRL)
    assert len(pane.rows.selection) == 8
    whole.key(Qt.Key.Key_E, CTRL)
    whole.until(lambda: whole.count(View.DONE) == 8)
    rows = pane.rows.model
    assert rows.index(0).data(Qt.ItemDataRole.CheckStateRole) is None


@pytest.mark.row("S4-32", "A02")
def test_assistive_technology_ticks_rows(whole: WholeWindow) -> None:
    people = whole.people(3)
    whole.open()
    pane = whole.window.pane
    whole.click_row(0, CTRL)
    index = pane.rows.model.index(1)
    assert index.flags() & Qt.ItemFlag.ItemIsUserCheckable
    assert index.data(Qt.ItemDataRole.CheckStateRole) is Qt.CheckState.Unchecked
    pane.rows.model.setData(index, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert pane.rows.selection.ids == (people[0], people[1])


@pytest.mark.row("K12", "K13", "K14", "K05", "S4-01", "S4-02", "S3-03", "S3-17")
def test_an_inbox_of_a_hundred_is_triaged_to_zero_with_few_keys(whole: WholeWindow) -> None:
    whole.people(100)
    whole.open()
    pane = whole.window.pane
    whole.key(Qt.Key.Key_4, CTRL)
    assert pane.view is View.NEW
    whole.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    for left in range(100, 0, -1):
        current = whole.window.controller.current
        assert current is not None, left
        match left % 10:
            case 3:
                whole.press(Qt.Key.Key_S, CTRL | SHIFT)
                whole.presses += 1
                QTest.keyClick(whole.popup().box, Qt.Key.Key_Return)
            case 5:
                whole.press(Qt.Key.Key_M, CTRL | SHIFT)
                whole.press(Qt.Key.Key_E, CTRL)
            case 7:
                whole.press(Qt.Key.Key_Backspace, CTRL | SHIFT)
            case _:
                whole.press(Qt.Key.Key_E, CTRL)
        after = whole.window.controller
        whole.until(lambda was=current, after=after: after.current is None or after.current.id != was.id)
    whole.until(lambda: whole.count(View.NEW) == 0)
    assert whole.count(View.SNOOZED) == 10
    assert whole.count(View.DONE) == 80
    assert whole.count(View.ARCHIVED) == 10
    assert whole.count(View.MINE) == 0
    assert whole.presses <= 250, whole.presses


@pytest.mark.row("F01", "S4-32")
def test_those_ticked_get_a_tag_as_one_action(whole: WholeWindow) -> None:
    people = whole.people(4)
    whole.open()
    for row in (0, 2, 3):
        whole.click_row(row, CTRL)
    whole.click("Tag selected")
    QTest.keyClicks(whole.popup().box, "recall")
    QTest.keyClick(whole.popup().box, Qt.Key.Key_Return)
    whole.until(lambda: whole.toasts == ["Tag “\u2068recall\u2069” added to 3 contacts."])
    group = whole.stage.run(whole.office.segments.parse("tags any of (recall)"))
    assert whole.stage.run(whole.office.segments.conversations(group)) == (people[0], people[2], people[3])
    assert not whole.window.pane.rows.selection.active


@pytest.mark.row("S2-05", "S2-09", "S3-16", "S3-17", "C7")
@pytest.mark.parametrize("seed", range(3))
def test_the_filters_of_the_views_select_what_the_views_show(open_store: Callable[..., Store], seed: int) -> None:
    source = random.Random(seed)
    store = open_store()
    user = store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
    other = store.run_sync(lambda work: work.users.add("Ben", Role.AGENT))
    channel = store.run_sync(lambda work: work.channels.add(kind="simulator", name="S", address="", settings={}))

    def fill(work: Work) -> None:
        for number in range(60):
            contact = work.contacts.add([(Scheme.TEL, f"+1415555{number:04}")])
            key = work.conversations.of_contact(contact.id)
            if source.random() < 0.8:
                work.messages.add_inbound(
                    Message(
                        id=work.new_entry_id(work.now()),
                        conversation_id=key,
                        contact_id=contact.id,
                        direction=Direction.IN,
                        text="hello",
                        status=DeliveryStatus.RECEIVED,
                        channel_id=channel.id,
                    )
                )
            states = StateChanges(work, person(work, user.id))
            for act in (
                partial(states.assign, [key], source.choice((user.id, other.id))),
                partial(states.done, [key]),
                partial(states.snooze, [key], None),
                partial(states.archive, [key]),
                partial(states.mark_read, [key]),
            ):
                if source.random() < 0.35:
                    act()

    store.run_sync(fill)
    inbox = InboxService(store, now, user.id)
    for view in View:
        for quick in (None, *Quick):
            both = (narrowed(view, quick), narrowed(filter_of(view), quick))
            shown, filtered = (run(inbox.ids(scope)) for scope in both)
            assert shown == filtered, (view, quick)
    for view in (View.NEW, View.MINE):
        assert run(inbox.ids(view))
    # Nothing that is open hides from both New and everybody's Mine (S3-17).
    mine = {key for one in (user, other) for key in run(InboxService(store, now, one.id).ids(View.MINE))}
    seen = mine | set(run(inbox.ids(View.NEW)))
    everything = {row.id: row for row in run(inbox.page(View.ALL, limit=500)).items}
    hidden = [row for key, row in everything.items() if key not in seen]
    assert all(row.snoozed_at or row.status is ConversationStatus.DONE for row in hidden)


@pytest.mark.row("S3-29", "S2-03", "L01", "L02")
def test_the_builder_takes_the_place_of_the_details_and_gives_it_back(whole: WholeWindow) -> None:
    whole.people(2)
    whole.open()
    whole.click_row(0)
    workspace = whole.window.workspace
    before = workspace.splitter.sizes()
    open_filter(whole)
    whole.until(lambda: workspace.splitter.sizes()[0] == before[0])
    assert whole.window._details.isHidden()
    assert whole.window._conversation.isVisible()
    whole.click("Close the segment builder")
    whole.until(lambda: workspace.splitter.sizes()[:3] == before[:3])
    assert whole.window._details.isVisible()
    whole.window.resize(860, 700)
    whole.stage.settle()
    open_filter(whole)
    assert whole.window.views.builder.isVisible()
    assert whole.window.views.builder.width() >= 300
