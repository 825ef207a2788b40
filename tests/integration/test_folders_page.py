"""The page of folders in the whole window, on a real database."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QUrl
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu, QPushButton

from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.folder import Folder, Place
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.work import Work
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.item_models.folder_rows import Column
from desktop_inbox.views.pages.messages import MessagesPage
from tests.support.clock import HeldClock
from tests.support.filed import FolderDesk
from tests.support.guards import watch_gui_thread
from tests.support.offices import Office
from tests.support.qt import stage
from tests.support.whole_window import CTRL, WholeWindow, whole

__all__ = ["stage", "whole"]

S = DeliveryStatus
Text = Qt.ItemDataRole.AccessibleTextRole


class Folders:
    """The window on the page of folders."""

    def __init__(self, whole: WholeWindow) -> None:
        self.whole, self.stage = whole, whole.stage
        self.desk = FolderDesk.__new__(FolderDesk)
        clock: HeldClock = whole.clock
        self.desk.office = Office(url="", store=whole.store, clock=clock, user=whole.office.user, channel=whole.channel)
        self.desk.store = whole.store
        whole.people(3)
        names = ("Contact 0", "Contact 1", "Contact 2")
        self.desk.people = [whole.stage.run(whole.office.contacts.find(name, limit=1))[0] for name in names]

    def do(self, work: Callable[[Work], object]) -> None:
        self.desk.office.clock.advance(timedelta(seconds=1))
        self.stage.run(self.whole.store.run(work))

    def receive(self, *texts: str, who: int = 0, **more: object) -> None:
        for text in texts:
            self.do(lambda work, text=text: self.desk.received(work, text, who=who, **more))  # type: ignore[misc]

    def send(self, text: str, status: DeliveryStatus, **more: object) -> None:
        self.do(lambda work: self.desk.sent(work, text, status=status, **more))

    def open(self, *, tested: bool = True) -> MessagesPage:
        self.whole.open()
        self.whole.key(Qt.Key.Key_1, CTRL)
        page = self.page
        if tested:  # it also fetches whatever there is
            QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
        self.stage.until(lambda: page.reader.readings > 0)
        self.stage.settle()
        return page

    @property
    def page(self) -> MessagesPage:
        page = self.whole.window.page("messages")
        assert isinstance(page, MessagesPage)
        return page

    def show(self, place: Place) -> None:
        before = self.page.reader.readings
        self.page.show_place(place)
        self.stage.until(lambda: self.page.reader.readings > before)
        self.stage.settle()

    def texts(self, column: Column = Column.TEXT) -> list[str]:
        model = self.page.model
        return [str(model.index(row, column).data()) for row in range(model.rowCount())]

    def choose(self, *rows: int) -> None:
        page = self.page
        page.table.clearSelection()
        mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in rows:
            page.table.selectionModel().select(page.model.index(row, 0), mode)
        self.stage.settle()

    def press(self, name: str) -> None:
        """Press a button of the bar over the table."""
        found = [one for one in self.page.bulk.findChildren(QPushButton) if one.accessibleName() == name]
        next(one for one in found if one.isVisible()).click()
        self.stage.settle()

    def counts_are_what_is_listed(self) -> None:
        page = self.page
        for folder in Folder:
            if folder is Folder.SCHEDULES:
                continue
            self.show(folder)
            listed = page.model.rowCount()
            assert page.folders.count_of(folder) == listed, folder


@pytest.fixture
def folders(whole: WholeWindow) -> Iterator[Folders]:
    stop = watch_gui_thread()
    yield Folders(whole)
    stop()


@pytest.mark.row("S1-06", "S1-10", "K07")
def test_ctrl_1_opens_the_folder_that_was_open_last(folders: Folders) -> None:
    page = folders.open()
    whole = folders.whole
    assert whole.window._pages.currentWidget() is page
    assert page.reader.place is Folder.INBOX
    folders.show(Folder.SENT)
    whole.key(Qt.Key.Key_2, CTRL)
    assert whole.window._pages.currentWidget() is whole.window.workspace
    whole.close()
    folders.open()
    assert folders.page.reader.place is Folder.SENT
    whole.window.rail.button("inbox").click()
    whole.window.rail.button("messages").click()
    assert whole.window._pages.currentWidget() is folders.page


@pytest.mark.row("S1-10", "D-18", "S1-11", "S1-16", "S1-25")
def test_every_number_is_what_the_list_has_and_follows_what_happens(folders: Folders) -> None:
    page = folders.open()
    names = [page.folders.item(row).text() for row in range(page.folders.count())]
    assert names == ["Inbox", "Flows", "Archived", "Outbox", "Sent", "Calls", "Schedules", "Failed"]
    assert page.folders.count_of(Folder.INBOX) == 3
    folders.receive("one more")
    folders.receive("in a flow", flow=4)
    folders.send("leaving", S.RETRY_WAIT)
    folders.send("there", S.DELIVERED)
    folders.send("not there", S.FAILED)
    folders.stage.until(lambda: page.folders.count_of(Folder.FAILED) == 1)
    folders.stage.until(lambda: folders.texts()[0] == "one more")
    folders.counts_are_what_is_listed()
    item = page.folders.item(0)
    assert item.data(Text) == "Inbox, 4 messages"


@pytest.mark.row("S1-10")
def test_numbers_are_read_at_most_once_a_second_and_only_while_somebody_looks(folders: Folders) -> None:
    page = folders.open()
    before = page.reader.readings
    for number in range(12):
        folders.receive(f"burst {number}")
        folders.stage.settle()
    folders.stage.until(lambda: page.folders.count_of(Folder.INBOX) == 15)
    assert page.reader.readings - before <= 3
    folders.whole.window.show_page("inbox")
    seen = page.reader.readings
    folders.receive("while nobody looks")
    folders.stage.settle()
    assert (page.reader.readings, page.reader.stale) == (seen, True)
    folders.whole.key(Qt.Key.Key_1, CTRL)
    folders.stage.until(lambda: folders.texts()[0] == "while nobody looks")


@pytest.mark.row("S1-01", "S1-27", "S1-32", "S1-33", "S1-34")
def test_rows_tell_their_state_by_icon_and_words(folders: Folders) -> None:
    folders.do(
        lambda work: folders.desk.sent(
            work, "We open", status=S.DELIVERED, batch_id=folders.desk.batch(work, 500), segments=3
        )
    )
    folders.send("lost", S.UNDELIVERED)
    page = folders.open()
    assert page.model.index(0, Column.SIGN).data(Text) == "Received"
    folders.show(Folder.SENT)
    row = page.model.index(0, Column.TEXT)
    assert row.data() == "500   We open"
    assert not row.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert "Broadcast to 500 contacts, We open" in row.data(Text)
    assert "3 segments" in row.data(Qt.ItemDataRole.ToolTipRole)
    assert page.model.index(0, Column.SIGN).data(Text) == "Delivered"
    folders.show(Folder.FAILED)
    assert page.model.index(0, Column.SIGN).data(Text) == "Not delivered"


@pytest.mark.row("S1-13", "S1-15", "D-20")
def test_archiving_is_undone_by_the_note(folders: Folders) -> None:
    page = folders.open()
    folders.choose(0, 2)
    folders.press("Archive")
    folders.stage.until(lambda: folders.texts() == ["hello 1"])
    assert page.folders.count_of(Folder.ARCHIVED) == 2
    toasts = folders.whole.window.toasts
    folders.stage.until(lambda: any("2 messages are archived" in toast.text for toast in toasts._shown))
    assert toasts.undo_last()
    folders.stage.until(lambda: folders.texts() == ["hello 2", "hello 1", "hello 0"])
    folders.choose(1)
    folders.press("Archive")
    folders.show(Folder.ARCHIVED)
    folders.choose(0)
    folders.press("Restore")
    folders.stage.until(lambda: page.folders.count_of(Folder.INBOX) == 3)


@pytest.mark.row("S1-14")
def test_deleting_asks_with_the_number_and_the_safe_button_is_the_default(folders: Folders) -> None:
    page = folders.open()
    assert not page.bulk.isVisible()
    page.table.setFocus()
    folders.whole.key(Qt.Key.Key_A, CTRL)
    assert "Delete" not in [one.accessibleName() for one in page.bulk.findChildren(QPushButton)]
    folders.press("Archive")
    folders.show(Folder.ARCHIVED)
    page.table.setFocus()
    folders.whole.key(Qt.Key.Key_A, CTRL)
    folders.whole.press(Qt.Key.Key_Delete)
    folders.stage.until(lambda: folders.whole.window.findChild(ConfirmDialog) is not None)
    dialog = folders.whole.window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    assert dialog.windowTitle() == "Delete 3 messages for good?"
    assert dialog.cancel.isDefault()
    dialog.verb.click()
    folders.stage.until(lambda: page.folders.count_of(Folder.ARCHIVED) == 0)
    assert page.states.empty.title == "Nothing here"


@pytest.mark.row("S1-02")
def test_labels_are_made_put_on_and_open_their_messages(folders: Folders) -> None:
    page = folders.open()
    folders.choose(0, 1)
    page._open_labels()
    menu = page.findChild(QMenu)
    assert isinstance(menu, QMenu)
    menu.actions()[-1].trigger()
    dialog = page.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    dialog.setTextValue("VIP")
    dialog.accept()
    folders.stage.until(lambda: folders.texts(Column.LABELS)[0] != "")
    (vip,) = page._counts.labels
    assert (vip.name, page.folders.count_of(vip.id)) == ("VIP", 2)
    folders.show(vip.id)
    assert folders.texts() == ["hello 2", "hello 1"]
    assert page.title.text() == "VIP"
    folders.choose(0)
    other = QMenu(page)
    page.actions_.fill_labels(other, page.chosen(), page._chosen_messages(), page._counts.labels)
    assert other.actions()[0].isChecked()
    other.actions()[0].trigger()  # takes it off
    folders.stage.until(lambda: folders.texts() == ["hello 1"])
    page.actions_.delete_label(vip)
    folders.stage.until(lambda: page.reader.place is Folder.INBOX)
    assert page._counts.labels == ()


@pytest.mark.row("S1-03")
def test_search_and_filter_narrow_what_is_listed_and_escape_shows_everything(folders: Folders) -> None:
    folders.receive("parking please", who=1)
    page = folders.open()
    folders.whole.key(Qt.Key.Key_F, CTRL)
    folders.whole.type("park")
    folders.stage.until(lambda: folders.texts() == ["parking please"])
    assert page.count.text() == "1 message of 4"
    folders.whole.key(Qt.Key.Key_Escape)
    folders.stage.until(lambda: page.model.rowCount() == 4)
    menu = QMenu()
    page.filter.fill(menu)
    files = next(action for action in menu.actions() if action.text() == "With files only")
    files.trigger()
    folders.stage.until(lambda: page.model.rowCount() == 0)
    assert page.states.empty.title == "Nothing matches"
    page.filter.clear.click()
    folders.stage.until(lambda: page.model.rowCount() == 4)


@pytest.mark.row("S1-13")
def test_all_that_match_is_more_than_what_was_read(folders: Folders) -> None:
    folders.do(lambda work: [folders.desk.received(work, f"word {number}") for number in range(350)])
    page = folders.open(tested=False)
    assert page.model.rowCount() < 353
    page.table.setFocus()
    folders.whole.key(Qt.Key.Key_A, CTRL)
    assert page.bulk.count.text() == "353 selected"
    folders.press("Archive")
    folders.stage.until(lambda: page.folders.count_of(Folder.ARCHIVED) == 353)
    folders.show(Folder.ARCHIVED)
    while page.model.canFetchMore(page.model.index(-1, -1)):
        before = page.model.rowCount()
        page.model.fetchMore(page.model.index(-1, -1))
        folders.stage.until(lambda before=before: page.model.rowCount() > before)  # type: ignore[misc]
    assert page.model.rowCount() == len(set(folders.texts())) == 353


@pytest.mark.row("S1-10", "K12")
def test_what_is_chosen_stays_chosen_when_something_comes(folders: Folders) -> None:
    page = folders.open()
    folders.choose(1)
    place = page.model.index(1, 1)
    page.table.selectionModel().setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)
    (chosen,) = page.table.chosen()
    folders.receive("new above")
    folders.stage.until(lambda: page.model.rowCount() == 4)
    assert [one.id for one in page.table.chosen()] == [chosen.id]
    assert page.table.currentIndex().row() == 2


@pytest.mark.row("S1-06", "L16")
def test_enter_opens_the_conversation_where_it_was_said(folders: Folders) -> None:
    page = folders.open()
    page.table.setFocus()
    page.table.setCurrentIndex(page.model.index(1, 1))
    wanted = page.table.chosen()[0]
    folders.whole.key(Qt.Key.Key_Return)
    current = folders.whole.window.controller.current
    assert current is not None
    assert current.id == wanted.conversation_id
    assert folders.whole.window._pages.currentWidget() is folders.whole.window.workspace


@pytest.mark.row("S1-16", "D-18")
def test_a_broadcast_in_the_outbox_is_one_row_until_it_is_opened(folders: Folders) -> None:
    def queue(work: Work) -> None:
        batch = folders.desk.batch(work, 30, status="processing", waiting=27)
        for number in range(3):
            folders.desk.sent(work, f"We open {number}", status=S.QUEUED, who=number, batch_id=batch)

    folders.do(queue)
    folders.send("a reply", S.QUEUED)
    page = folders.open()
    folders.show(Folder.OUTBOX)
    assert folders.texts()[1:] == ["a reply"]
    assert page.model.index(0, Column.CONTACT).data() == "Broadcast to 30 contacts"
    assert page.model.index(0, Column.REASON).data() == "30 still waiting"
    assert page.folders.count_of(Folder.OUTBOX) == 4
    page.table.setFocus()
    page.table.setCurrentIndex(page.model.index(0, 1))
    folders.whole.key(Qt.Key.Key_Return)
    folders.stage.until(lambda: page.model.rowCount() == 5)
    assert folders.texts()[-1] == "a reply"
    page.table.setCurrentIndex(page.model.index(0, 1))
    folders.whole.key(Qt.Key.Key_Return)
    folders.stage.until(lambda: page.model.rowCount() == 2)


@pytest.mark.row("S1-05", "S1-20", "S1-21")
def test_calls_are_listed_and_called_back_through_the_telephone(folders: Folders) -> None:
    from desktop_inbox.models.entities.call import Call

    def ring(work: Work, who: int, direction: Direction, status: CallStatus, seconds: int) -> None:
        contact = folders.desk.people[who]
        work.calls.record(
            Call(
                id=work.calls.new_id(work.now()),
                conversation_id=work.conversations.of_contact(contact.id),
                contact_id=contact.id,
                channel_id=folders.whole.channel.id,
                direction=direction,
                status=status,
                duration_seconds=seconds,
                provider_call_id=f"call-{who}",
            )
        )

    folders.do(lambda work: ring(work, 0, Direction.IN, CallStatus.COMPLETED, 75))
    folders.do(lambda work: ring(work, 1, Direction.IN, CallStatus.NO_ANSWER, 9))
    folders.do(lambda work: ring(work, 2, Direction.OUT, CallStatus.IN_PROGRESS, 0))
    page = folders.open()
    folders.show(Folder.CALLS)
    assert [text.split(" · ")[0] for text in folders.texts()] == [
        "Outgoing call, in progress", "Missed call", "Incoming call",
    ]  # fmt: skip
    assert folders.texts(Column.DURATION) == ["0:00", "0:00", "1:15"]
    folders.whole.clock.advance(timedelta(seconds=61))
    assert folders.texts(Column.DURATION)[0] == "1:01"
    dialled: list[str] = []
    page.actions_.open_url = lambda url: dialled.append(url.toString()) or True
    folders.choose(1)
    folders.press("Call back")
    assert dialled == [f"tel:{folders.desk.people[1].addresses[0].path}"]
    page.actions_.open_url = lambda url: not isinstance(url, QUrl)
    folders.press("Call back")
    toasts = folders.whole.window.toasts
    assert any("No program on this computer" in toast.text for toast in toasts._shown)
    assert not hasattr(page.model, "archive")


@pytest.mark.row("S1-25", "S1-26", "S1-04")
def test_failed_messages_offer_a_resend_and_their_log_and_cannot_be_archived(folders: Folders) -> None:
    folders.send("lost", S.FAILED)
    page = folders.open()
    folders.show(Folder.FAILED)
    folders.choose(0)
    names = [one.accessibleName() for one in page.bulk.findChildren(QPushButton) if one.isVisible()]
    assert names == ["Resend", "Error log"]
    folders.press("Resend")
    folders.show(Folder.OUTBOX)
    folders.stage.until(lambda: page.folders.count_of(Folder.OUTBOX) == 1)
    assert page.folders.count_of(Folder.FAILED) == 1  # the old one stays
    folders.show(Folder.SENT)
    assert page._commands() == ()


@pytest.mark.row("A15", "S1-10")
def test_controls_have_names_and_rows_their_words(folders: Folders) -> None:
    page = folders.open()
    assert page.folders.accessibleName() == "Messages folders"
    assert page.table.accessibleName() == "Folder messages"
    assert page.search.accessibleName() == "Search messages"
    spoken = [str(page.model.index(0, column).data(Text)) for column in Column]
    assert spoken[Column.CONTACT] == "Contact: Contact 2"
    assert spoken[Column.TEXT] == "Message: hello 2"
    page.table.menu_wanted.emit(QPoint(5, 5))
    QApplication.processEvents()
    page.focus()
    assert EntryId(page.model.items[0].id) > 0
