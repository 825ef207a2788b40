"""Broadcasts in the whole window, with real key and mouse events: write, look, send, watch, stop."""

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTime
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget

from desktop_inbox.models.entities.batch import ContactsAudience
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.entities.team import Hours
from desktop_inbox.models.entities.tracking import Outcome
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services import csv_safe
from desktop_inbox.views.dialogs.batch_recipients import RecipientsDialog
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.export import qdate
from desktop_inbox.views.item_models.batch_table import Column
from desktop_inbox.views.item_models.batch_words import when
from desktop_inbox.views.pages.broadcasts import BroadcastsPage
from desktop_inbox.views.panes.batch_days import Days, DaysDialog
from desktop_inbox.views.panes.new_broadcast import NewBroadcast
from desktop_inbox.views.plain import PlainLabel
from tests.support.qt import stage
from tests.support.tracked import Past
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]


class Desk:
    """The window on the page of what was sent."""

    def __init__(self, whole: WholeWindow) -> None:
        self.whole, self.stage = whole, whole.stage
        self.past = Past(whole.store)
        self.past.channel = whole.channel
        self.past.user_id = whole.office.user.id

    def open(self) -> BroadcastsPage:
        self.whole.open()
        self.whole.key(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        page = self.whole.window.page("broadcasts")
        assert isinstance(page, BroadcastsPage)
        self.page = page
        self.stage.settle()
        return page

    def cells(self, column: Column) -> list[str]:
        return [str(self.page.model.index(row, column).data()) for row in range(self.page.model.rowCount())]

    def click(self, widget: QWidget) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.stage.settle()

    def tap(self, widget: QWidget) -> None:
        """Click something that asks a question, which settling would wait for."""
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def choose(self, combo: QComboBox, text: str) -> None:
        """Choose by the keyboard, as people do: by its first word, as a space opens the list."""
        combo.setFocus()
        QTest.keyClicks(combo, text.split()[0])
        assert combo.currentText().startswith(text), combo.currentText()
        self.stage.settle()

    def question(self) -> ConfirmDialog:
        """Wait for a question."""
        dialogs: list[ConfirmDialog] = []

        def there() -> bool:
            dialogs[:] = [one for one in self.whole.window.findChildren(ConfirmDialog) if one.isVisible()]
            return bool(dialogs)

        self.stage.until(there)
        return dialogs[0]

    def agree(self) -> str:
        """Wait for a question and agree to it; returns the question."""
        dialog = self.question()
        title = dialog.windowTitle()
        self.click(dialog.verb)
        return title

    def escape(self, widget: QWidget) -> None:
        """Press Esc in the window, which a menu that closed left inactive on this platform."""
        self.whole.window.activateWindow()
        widget.setFocus()
        self.stage.settle()
        QTest.keyClick(widget, Qt.Key.Key_Escape)
        self.stage.settle()


@pytest.fixture
def desk(whole: WholeWindow) -> Desk:
    return Desk(whole)


def write(desk: Desk, text: str) -> NewBroadcast:
    """Open a new broadcast to the segment "Everybody here" and type."""
    group = desk.stage.run(desk.whole.office.segments.parse("contact name contains Contact"))
    desk.stage.run(desk.whole.office.segments.save("Everybody here", group))
    desk.click(desk.page.new_button)
    (new,) = desk.page.findChildren(NewBroadcast)
    desk.stage.until(lambda: new.audience.segment.count() > 2)
    desk.choose(new.audience.segment, "Everybody here")
    new.text.editor.setFocus()
    QTest.keyClicks(new.text.editor, text)
    desk.stage.until(lambda: new.preview.text().startswith(text[:3]) and "$" not in new.preview.text())
    return new


@pytest.mark.row("S5-01", "S5-02", "S5-12", "S5-18", "S5-19", "S5-20", "S5-21", "S5-22", "S5-23", "D-06", "D-17")
def test_a_broadcast_is_written_looked_at_sent_watched_and_stopped(desk: Desk) -> None:
    whole = desk.whole
    people = whole.people(4)

    def opt_out(work):  # type: ignore[no-untyped-def]
        contact = work.conversations.contact_of(people[0])
        work.consent.record(contact, OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording="no", at=work.now())

    desk.stage.run(whole.store.run(opt_out))
    page = desk.open()
    assert page.states.empty.title == "Nothing was sent to many yet"
    new = write(desk, "Hi $contact.firstname, we open at 7")
    assert new.count.text() == "4 recipients"
    assert new.preview.text() == f"Hi {new.seen_by.currentText()}, we open at 7"

    desk.click(new.dry_run)
    desk.stage.until(lambda: new.box.found is not None)
    found = new.box.found
    assert found is not None
    assert (found.count(GateKind.GO), found.count(GateKind.REFUSE)) == (3, 1)
    assert new.box.model.rowCount() == 4
    desk.choose(new.box.verdict, "Refuse (1)")
    assert new.box.model.rowCount() == 1

    QTest.keyClick(new.text.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "3" in desk.agree()
    desk.stage.until(lambda: page.stack.currentIndex() == 0 and page.model.rowCount() == 1)
    desk.stage.until(lambda: page.panel.details is not None and page.panel.isVisible())
    assert page.chosen() is not None
    assert new.text.text == ""  # sent: nothing is left of it

    desk.stage.run(_process(whole))
    desk.stage.until(lambda: page.chosen().total == 4)  # type: ignore[union-attr]
    assert desk.cells(Column.CODE)[0].startswith("B-")
    assert desk.cells(Column.DELIVERED) == ["0 / 4"]
    desk.stage.until(lambda: page.panel.stop.isVisible())
    about = page.panel.about.text()
    assert desk.cells(Column.CODE)[0] in about
    assert whole.office.user.name in about
    assert about.endswith(" · " + when(page.chosen().due_at, page.panel._formats))  # type: ignore[union-attr]
    assert "Hi Contact" in page.panel.content.text()

    desk.click(page.panel.recipients)
    (recipients,) = whole.window.findChildren(RecipientsDialog)
    desk.stage.until(lambda: recipients.model.rowCount() == 4)
    desk.choose(recipients.outcome, "Skipped")
    desk.stage.until(lambda: recipients.model.rowCount() == 1)
    QTest.keyClick(recipients, Qt.Key.Key_Escape)

    desk.tap(page.panel.stop)
    desk.agree()
    desk.stage.until(lambda: desk.cells(Column.STATUS) == ["Cancelled"])
    counts = page.chosen().counts  # type: ignore[union-attr]
    assert counts == {Outcome.CANCELLED: 3, Outcome.SKIPPED: 1}
    assert "0 had left, 3 were cancelled" in whole.window.toasts.shown[-1].text


async def _process(whole: WholeWindow) -> None:
    """Let the job for batches run once; nothing leaves, as nobody carries."""
    await whole.office.scheduler.run_due()


@pytest.mark.row("S5-02", "S5-11", "S5-14")
def test_what_is_sent_later_is_programmed_and_can_be_cancelled(desk: Desk) -> None:
    desk.whole.people(2)
    page = desk.open()
    new = write(desk, "Later, $contact.firstname")
    desk.click(new.later)
    assert new.at.isEnabled()
    desk.tap(new.send)
    desk.agree()
    desk.stage.until(lambda: desk.cells(Column.STATUS) == ["Programmed"])
    desk.stage.until(lambda: page.panel.cancel.isVisible())
    desk.tap(page.panel.cancel)
    desk.agree()
    desk.stage.until(lambda: desk.cells(Column.STATUS) == ["Cancelled"])


def test_what_is_written_stays_when_the_panel_is_left(desk: Desk) -> None:
    desk.whole.people(1)
    page = desk.open()
    new = write(desk, "Half a thought")
    desk.escape(new.text.editor)
    assert page.stack.currentIndex() == 0
    desk.click(page.new_button)
    assert new.text.text == "Half a thought"


def test_what_is_missing_is_told_and_nothing_is_sent(desk: Desk) -> None:
    page = desk.open()
    desk.click(page.new_button)
    (new,) = page.findChildren(NewBroadcast)
    desk.click(new.send)
    assert new.problem.text() == "Choose to whom it goes."
    page.new_broadcast(ContactsAudience(contact_ids=(1,)))  # type: ignore[arg-type]
    desk.click(new.send)
    assert new.problem.text() == "Write what it says."


@pytest.mark.row("S5-03", "S5-04", "S5-05", "S5-06", "S5-08", "S5-09", "S5-10")
def test_the_table_filters_by_keys_and_mouse(desk: Desk) -> None:
    desk.past.batch([S.DELIVERED], name="One")
    desk.whole.clock.advance(timedelta(seconds=1))
    desk.past.batch([S.FAILED], name="Two", status="error", reason="It broke.")
    desk.whole.clock.advance(timedelta(seconds=1))
    desk.past.batch(["waiting"], name="Three", status="processing", file_name="p.csv", kind="file")
    page = desk.open()
    assert desk.cells(Column.CONTENT) == ["Three", "Two", "One"]
    assert page.model.headerData(0, Qt.Orientation.Horizontal) == "Batch"
    assert desk.cells(Column.FILE) == ["p.csv", "—", "—"]
    assert page.filters.type.isHidden()  # one kind of channel: nothing to choose

    desk.click(page.filters.status)
    menu = shown_menu()
    for word in ("Error", "Processing"):
        action = next(one for one in menu.actions() if one.text() == word)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert menu.isVisible()  # several are ticked in one go
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    desk.stage.until(lambda: desk.cells(Column.CONTENT) == ["Three", "Two"])
    assert page.count.text() == "2 of 3 batches"

    page.search.setFocus()
    QTest.keyClicks(page.search, "b-2611-0002")
    desk.stage.until(lambda: desk.cells(Column.CONTENT) == ["Two"])
    QTest.keyClicks(page.search, "9")
    desk.stage.until(lambda: page.states.empty.isVisible())
    assert page.states.empty.title == "No batch matches"
    desk.escape(page.search)
    desk.stage.until(lambda: len(desk.cells(Column.CONTENT)) == 3)


def shown_menu() -> QMenu:
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible())


@pytest.mark.row("S5-04", "S5-23")
def test_days_and_teams_narrow_it_by_keys_are_remembered_and_cleared(desk: Desk) -> None:
    now = desk.whole.clock()

    def team(work):  # type: ignore[no-untyped-def]
        return work.teams.add("Billing").id

    billing = desk.stage.run(desk.whole.store.run(team))
    desk.past.batch([S.DELIVERED], name="Old", due_at=now - timedelta(days=9), team_id=billing)
    desk.past.batch([S.DELIVERED], name="Recent", due_at=now - timedelta(days=2))
    desk.past.batch([S.DELIVERED], name="Now", due_at=now, team_id=billing)
    page = desk.open()
    assert page.filters.clear_button.isHidden()

    QTest.keyClick(page.filters.time, Qt.Key.Key_Space)
    menu = shown_menu()
    QTest.keyClick(menu, Qt.Key.Key_Up)  # the last entry: other days
    assert menu.activeAction().text() == "Choose days…"
    QTest.keyClick(menu, Qt.Key.Key_Return)
    (dialog,) = desk.whole.window.findChildren(DaysDialog)
    assert dialog.focusWidget() is dialog.first
    assert (dialog.first.accessibleName(), dialog.last.accessibleName()) == ("First day", "Last day")
    today = page._formats.today()
    dialog.first.setDate(qdate(today - timedelta(days=10)))
    dialog.last.setDate(qdate(today - timedelta(days=2)))
    QTest.keyClick(dialog.last, Qt.Key.Key_Return)
    desk.stage.until(lambda: sorted(desk.cells(Column.CONTENT)) == ["Old", "Recent"])
    assert page.count.text() == "2 of 3 batches"
    page.filters.team.choose({billing})
    desk.stage.until(lambda: desk.cells(Column.CONTENT) == ["Old"])

    desk.whole.close()  # and a new start
    page = desk.open()
    desk.stage.until(lambda: desk.cells(Column.CONTENT) == ["Old"])
    assert page.filters.team.text() == "Billing"
    assert " to " in page.filters.time.accessibleName()
    dialog = page.filters.time.ask()
    assert dialog.days() == Days(today - timedelta(days=10), today - timedelta(days=2))
    dialog.has_first.setChecked(False)
    assert dialog.days() == Days(None, today - timedelta(days=2))
    dialog.has_last.setChecked(False)
    assert not dialog.show_button.isEnabled()
    dialog.reject()

    desk.click(page.filters.clear_button)
    desk.stage.until(lambda: len(desk.cells(Column.CONTENT)) == 3)
    assert page.filters.clear_button.isHidden()
    desk.whole.close()
    page = desk.open()
    assert len(desk.cells(Column.CONTENT)) == 3


@pytest.mark.row("S5-06", "S5-18")
def test_the_menu_of_a_batch_previews_copies_and_tells_only_what_can_be_done(desk: Desk) -> None:
    desk.past.batch([S.DELIVERED, S.FAILED], name="One")
    page = desk.open()
    desk.stage.until(lambda: page.panel.isVisible())
    desk.click(page.panel.close_button)
    assert page.panel.isHidden()
    page.table.menu_wanted.emit(page.table.mapToGlobal(QPoint(30, 60)))
    menu = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible())
    words = [action.text() for action in menu.actions()]
    assert words == ["Preview", "Recipients", "Copy the id", "Resend failed", "Export CSV"]
    menu.actions()[2].trigger()
    assert QGuiApplication.clipboard().text() == "B-2611-0001"
    menu.actions()[0].trigger()
    menu.close()
    desk.stage.settle()
    assert page.panel.isVisible()
    assert page.panel.content.text() == "Hello Person 0000"
    QTest.keyClick(page.panel.seen_by, Qt.Key.Key_Down)
    desk.stage.until(lambda: page.panel.content.text() == "Hello Person 0001")


def test_changes_of_messages_show_without_asking(desk: Desk) -> None:
    key = desk.past.batch([S.ACCEPTED, S.ACCEPTED])
    page = desk.open()
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert desk.cells(Column.DELIVERED) == ["0 / 2"]
    first = desk.stage.run(desk.whole.office.tracking.recipients(key)).items[0]
    desk.stage.run(
        desk.whole.store.run(lambda work: work.messages.set_status(first.message_id, S.DELIVERED, at=work.now()))
    )
    desk.stage.until(lambda: desk.cells(Column.DELIVERED) == ["1 / 2"])
    desk.whole.clock.advance(timedelta(seconds=1))
    desk.past.batch([S.DELIVERED], name="New")
    desk.stage.until(lambda: desk.cells(Column.CONTENT)[:1] == ["New"])


@pytest.mark.row("S5-07")
def test_single_messages_are_found_as_batches_of_one(desk: Desk) -> None:
    desk.past.batch([S.DELIVERED])
    desk.whole.clock.advance(timedelta(seconds=1))
    typed = desk.past.single(text="Typed by hand")
    page = desk.open()
    assert len(desk.cells(Column.CODE)) == 1
    desk.click(page.filters.singles)
    desk.stage.until(lambda: desk.cells(Column.CODE)[0] == str(typed.id))
    assert desk.cells(Column.CONTENT)[0] == "Typed by hand"


def test_the_recipients_are_written_into_a_file(desk: Desk, tmp_path: Path) -> None:
    desk.past.batch([S.DELIVERED, "skipped"])
    page = desk.open()
    target = tmp_path / "out.csv"
    page.export_to(target)
    desk.stage.until(target.exists)
    assert len(list(csv_safe.read(target))) == 3


def test_every_control_has_a_name(desk: Desk) -> None:
    desk.past.batch([S.DELIVERED, S.FAILED])
    page = desk.open()
    desk.click(page.new_button)
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QDateTimeEdit, QLineEdit, QPlainTextEdit

    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QDateTimeEdit, QLineEdit, QPlainTextEdit)
    nameless = [
        widget
        for kind in kinds
        for widget in page.findChildren(kind)
        if widget.isVisibleTo(page)
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not isinstance(widget.parentWidget(), QComboBox | QDateTimeEdit)
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []


@pytest.mark.row("S5-10")
def test_a_file_tells_which_rows_cannot_be_used(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("phone,first name,day\n+14155550001,Ann,Monday\nnonsense,Ben,Tuesday\n+14155550003,Cy,Friday\n")
    page = desk.open()
    desk.click(page.new_button)
    (new,) = page.findChildren(NewBroadcast)
    desk.stage.until(lambda: new.channel.count() > 0)
    desk.click(new.audience.kinds[2])
    new.audience.file.read(source)
    desk.stage.until(lambda: new.audience.file.audience is not None)
    assert "2 rows can be used, 1 cannot" in new.audience.file.told.text()
    assert new.audience.file.bad.item(0).text().startswith("Line 3")
    new.text.editor.setFocus()
    QTest.keyClicks(new.text.editor, "See you on $row.day")
    desk.stage.until(lambda: new.preview.text() == "See you on Monday")
    desk.tap(new.send)
    desk.agree()
    desk.stage.until(lambda: desk.cells(Column.FILE) == ["people.csv"])


def test_chosen_contacts_and_the_segment_in_the_inbox_are_written_to(desk: Desk) -> None:
    from desktop_inbox.models.entities.batch import SegmentAudience
    from desktop_inbox.views.item_models.listed import of_segment

    desk.whole.people(2)
    desk.whole.people(1, name="Special")
    page = desk.open()
    window = desk.whole.window
    desk.whole.key(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    contacts = window.page("contacts")
    desk.stage.until(lambda: contacts.model.rowCount() == 3)  # type: ignore[attr-defined]
    contacts.table.selectAll()  # type: ignore[attr-defined]
    contacts.table.menu_wanted.emit(QPoint(10, 10))  # type: ignore[attr-defined]
    menu = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible())
    next(one for one in menu.actions() if one.text() == "Broadcast to these…").trigger()
    menu.close()
    desk.stage.settle()
    (new,) = page.findChildren(NewBroadcast)
    desk.stage.until(lambda: new.count.text() == "3 recipients")
    assert new.audience.told.text() == "3 chosen contacts"
    page.show_list()

    group = desk.stage.run(desk.whole.office.segments.parse("contact name contains Contact"))
    saved = desk.stage.run(desk.whole.office.segments.save("Specials", group))
    desk.stage.until(lambda: new.audience.segment.findText("Specials") > 0)
    window.show_page("inbox")
    window.pane.show_listed(of_segment(saved, mine=True))
    desk.stage.settle()
    window.actions_["broadcast.new"].trigger()
    desk.stage.until(lambda: new.audience.segment.currentText() == "Specials")
    assert isinstance(new.audience.audience(), SegmentAudience)
    desk.stage.until(lambda: new.count.text() == "2 recipients")


@pytest.mark.row("S5-10")
def test_the_rows_of_a_file_are_read_again_for_another_channel(desk: Desk, tmp_path: Path) -> None:
    def another(work):  # type: ignore[no-untyped-def]
        work.channels.add(kind="simulator", name="Telegram", address="@office", settings={"network": "telegram"})

    desk.whole.store.run_sync(another)
    source = tmp_path / "people.csv"
    source.write_text("phone,first name\n+14155550001,Ann\n+14155550003,Cy\n")
    page = desk.open()
    desk.click(page.new_button)
    (new,) = page.findChildren(NewBroadcast)
    desk.stage.until(lambda: new.channel.count() > 1)
    desk.click(new.audience.kinds[2])
    new.audience.file.read(source)
    desk.stage.until(lambda: new.audience.file.audience is not None)
    assert "2 rows can be used, 0 cannot" in new.audience.file.told.text()
    new.channel.setCurrentIndex(new.channel.findText("Telegram"))
    assert new.audience.audience() is None, "what was read for another channel is nobody's address here"
    desk.stage.until(lambda: "0 rows can be used, 2 cannot" in new.audience.file.told.text())


def new_broadcast(desk: Desk) -> NewBroadcast:
    desk.click(desk.page.new_button)
    desk.stage.settle()
    (new,) = desk.page.findChildren(NewBroadcast)
    return new


@pytest.mark.row("C01")
def test_what_is_being_written_to_many_is_there_after_a_restart_until_it_is_discarded(
    desk: Desk, tmp_path: Path
) -> None:
    desk.whole.people(2)
    desk.open()
    new = write(desk, "Half a thought")
    assert new.restored.isHidden()
    new.name.setText("Later")
    desk.click(new.later)
    chosen = new.at.dateTime().addDays(3)
    new.at.setDateTime(chosen)
    new.pace.setCurrentIndex(2)
    picture = tmp_path / "map.png"
    QImage(8, 8, QImage.Format.Format_RGB32).save(str(picture))
    new.text.attacher.add_files([picture])
    desk.stage.until(lambda: new.text.paths())
    desk.whole.close()  # at once: what was typed last is stored too

    page = desk.open()
    new = new_broadcast(desk)
    desk.stage.until(new.restored.isVisible)
    assert (new.name.text(), new.text.text, new.pace.currentIndex()) == ("Later", "Half a thought", 2)
    assert new.later.isChecked()
    assert new.at.dateTime() == chosen
    assert [Path(one).name for one in new.text.paths()] == ["map.png"]
    desk.stage.until(lambda: new.audience.segment.currentText() == "Everybody here")
    desk.stage.until(lambda: new.count.text() == "2 recipients")
    desk.tap(new.discard)
    assert desk.agree() == "Discard this broadcast?"
    assert page.stack.currentIndex() == 0
    desk.whole.close()

    desk.open()
    new = new_broadcast(desk)
    assert new.restored.isHidden()
    assert (new.text.text, new.name.text(), new.audience.audience()) == ("", "", None)


def test_the_mapping_of_a_file_is_there_after_a_restart_and_what_was_sent_is_not(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("phone,first name,day\n+14155550001,Ann,Monday\n", encoding="utf-8")
    desk.open()
    new = new_broadcast(desk)
    desk.click(new.audience.kinds[2])
    new.audience.file.read(source)
    desk.stage.until(lambda: new.audience.file.audience is not None)
    new.audience.file.uses[1].setCurrentIndex(3)  # not used
    new.audience.file.newcomers.setChecked(False)
    new.text.editor.setPlainText("On $row.day")
    desk.stage.settle()
    desk.whole.close()

    page = desk.open()
    new = new_broadcast(desk)
    desk.stage.until(lambda: len(new.audience.file.uses) == 3)
    assert new.audience.file.uses[1].currentText() == "Not used"
    assert not new.audience.file.newcomers.isChecked()
    new.audience.file.newcomers.setChecked(True)
    desk.stage.until(lambda: new.preview.text() == "On Monday")
    desk.tap(new.send)
    desk.agree()
    desk.stage.until(lambda: page.model.rowCount() == 1)
    desk.whole.close()
    desk.open()
    assert new_broadcast(desk).restored.isHidden()


@pytest.mark.row("S5-23")
def test_the_team_is_chosen_where_there_is_a_choice_and_its_channels_are_offered(desk: Desk) -> None:
    whole = desk.whole
    whole.people(1)
    page = desk.open()
    new = write(desk, "For a team")
    assert new.team_box.isHidden()  # there are no teams
    teams = whole.office.teams
    sales = desk.stage.run(teams.add("Sales"))
    assert whole.office.user.role is Role.ADMINISTRATOR
    desk.stage.until(new.team_box.isVisible)
    assert [new.team.itemText(place) for place in range(new.team.count())] == ["No team", "Sales"]
    night = desk.stage.run(teams.add("Night"))
    desk.stage.run(teams.assign([whole.office.user.id], night.id))
    desk.stage.until(lambda: new.team.currentText() == "Night")  # the own one, and no "No team"
    assert [new.team.itemText(place) for place in range(new.team.count())] == ["Night", "Sales"]

    other = whole.store.run_sync(lambda work: Past.add_channel(work, "Sales line", "sms"))
    desk.stage.run(teams.set_channels(sales.id, [other.id]))
    desk.stage.until(lambda: new.channel.findText("Sales line · SMS") > 0)
    desk.choose(new.team, "Sales")
    assert [new.channel.itemText(place) for place in range(new.channel.count())] == ["Sales line · SMS"]
    desk.tap(new.send)
    desk.agree()
    desk.stage.until(lambda: page.panel.isVisible() and page.panel.details is not None)
    assert f"{whole.office.user.name}, Sales" in page.panel.about.text()
    assert page.chosen().channel_name == "Sales line"  # type: ignore[union-attr]


@pytest.mark.row("D-07", "S5-17")
def test_a_time_outside_the_allowed_hours_is_told_before_anything_is_saved(desk: Desk) -> None:
    whole = desk.whole
    whole.people(3)
    whole.store.run_sync(lambda work: work.settings.set("time_zone", "UTC"))
    desk.stage.run(whole.office.settings.load())
    hours = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
    desk.stage.run(whole.office.teams.set_office_hours(hours, recipient_zone=False))
    page = desk.open()
    new = write(desk, "Good night")
    desk.click(new.later)
    tomorrow = new.at.dateTime()
    assert not new.now.isChecked()
    assert new.audience.kinds[0].isChecked()
    new.at.setTime(QTime(12, 0))
    desk.stage.until(lambda: new.count.text() == "3 recipients")
    assert new.untimely.isHidden()
    new.at.setTime(QTime(23, 0))
    desk.stage.until(new.untimely.isVisible)
    assert "It is 23:00" in new.untimely.text()
    assert "Blocked Time" in new.untimely.text()

    desk.tap(new.send)
    dialog = desk.question()
    assert "3 of 3 recipients: It is 23:00" in dialog.findChildren(PlainLabel)[1].text()
    assert dialog.verb.text() == "Schedule anyway"
    assert dialog.height() >= dialog.layout().totalHeightForWidth(dialog.width())  # nothing is cut off
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.stage.settle()
    assert not desk.stage.run(whole.office.broadcasts.latest())

    new.at.setDateTime(tomorrow)
    desk.stage.until(new.untimely.isHidden)
    desk.tap(new.send)
    assert desk.question().verb.text() == "Send"
    desk.agree()
    desk.stage.until(lambda: page.model.rowCount() == 1)
