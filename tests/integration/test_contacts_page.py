"""The contacts page on a real database: nothing is read on the GUI thread, thousands are chosen at once."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QPushButton

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Contact, ContactSource, OptIn, Scheme
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.repositories.contact_bulk import ContactWrite
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.contact_import import ImportOptions
from desktop_inbox.services.import_plan import Outcome
from desktop_inbox.services.settings import SettingsService
from desktop_inbox.services.state import StateService
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.undo import UndoService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.import_contacts import ImportDialog
from desktop_inbox.views.dialogs.merge_contacts import MergeDialog
from desktop_inbox.views.dialogs.new_contact import NewContactDialog
from desktop_inbox.views.item_models.contact_table import Column
from desktop_inbox.views.panes.contacts import ContactsPage
from desktop_inbox.views.toasts import Toasts
from tests.support.clock import HeldClock
from tests.support.fakes_views import FakeInbox, services
from tests.support.guards import watch_gui_thread
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.payloads import FORMULAS
from tests.support.qt import Stage, stage

__all__ = ["stage"]


class Desk:
    """The page, on a store."""

    def __init__(self, stage: Stage, open_store: Callable[..., Store], clock: HeldClock) -> None:
        self.stage, self.bus = stage, EventBus()
        self.store = open_store(publish=self.bus.publish)
        self.store.attach(stage.loop)
        self.user = self.store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        self.directory = ContactDirectory(self.store, user_id=self.user.id, region=lambda: "US")
        self.undo = UndoService(self.store, user_id=self.user.id, reversals=self.directory.reversals)
        self.services = services(
            FakeInbox([]),
            clock=clock,
            settings=SettingsService(self.store, self.user.id),
            states=StateService(self.store, user_id=self.user.id),
            tags=TagService(self.store, user_id=self.user.id),
            undo=self.undo,
            directory=self.directory,
        )
        self.bridge = EventBridge(self.bus)

    def people(self, count: int) -> list[ContactId]:
        """Add people: P0001 and so on, in companies, the last ones first."""

        def add(work: Work) -> list[ContactId]:
            work.announce_in_bulk()
            writes = [
                ContactWrite(
                    id=None,
                    columns={"first_name": f"P{number:04}", "company": f"Firm {number % 7}" if number % 3 else ""},
                    addresses=[(Scheme.TEL, f"+1415555{number:04}")],
                )
                for number in reversed(range(count))
            ]
            return work.contact_bulk.write(writes, user_id=self.user.id)

        return self.stage.run(self.store.run(add))

    def page(self) -> ContactsPage:
        page = ContactsPage(self.directory, self.services, self.stage.tasks, self.bridge, Toasts(_window(self.stage)))
        self.stage.show(page, 1100, 700)
        page.refresh()
        self.stage.settle()
        return page

    def cell(self, page: ContactsPage, row: int, column: Column) -> str:
        """Return what a cell shows, once it is there."""
        index = page.model.index(row, column)
        self.stage.until(lambda: page.model.row_at(row) is not None or index.data() is None)
        return str(index.data())


def _window(stage: Stage) -> QDialog:
    window = QDialog()
    stage.show(window, 300, 200)
    return window


@pytest.fixture
def desk(stage: Stage, open_store: Callable[..., Store], clock: HeldClock) -> Iterator[Desk]:
    desk = Desk(stage, open_store, clock)
    stop = watch_gui_thread()
    yield desk
    stop()
    stage.run(stage.tasks.close())
    desk.bridge.close()


def press(dialog: object, text: str) -> None:
    """Click the button with these words."""
    (button,) = [one for one in dialog.findChildren(QPushButton) if one.text().strip().startswith(text)]  # type: ignore[attr-defined]
    button.click()


def dialog_of(kind: type, stage: Stage) -> object:
    """Return the dialog of a kind, once it is open."""
    found: list[object] = []

    def there() -> bool:
        found[:] = [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]
        return bool(found)

    stage.until(there)
    return found[0]


def choose(page: ContactsPage, *rows: int) -> None:
    mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    page.table.clearSelection()
    for row in rows:
        page.table.selectionModel().select(page.model.index(row, 0), mode)


@pytest.mark.row("S3-24", "L17")
def test_the_table_sorts_searches_and_filters(desk: Desk) -> None:
    desk.people(300)
    page = desk.page()
    assert page.model.rowCount() == 300
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    assert desk.cell(page, 0, Column.NAME) == "P0000"
    assert desk.cell(page, 250, Column.NAME) == "P0250"
    page.table.horizontalHeader().setSortIndicator(Column.NAME, Qt.SortOrder.DescendingOrder)
    desk.stage.settle()
    assert desk.cell(page, 0, Column.NAME) == "P0299"
    page.table.horizontalHeader().setSortIndicator(Column.COMPANY, Qt.SortOrder.AscendingOrder)
    desk.stage.settle()
    assert desk.cell(page, 0, Column.COMPANY) == "Firm 0"
    assert desk.cell(page, 299, Column.COMPANY) == ""
    page.search.setText("P001")
    desk.stage.until(lambda: page.model.rowCount() == 10)
    assert page.count.text() == "10 contacts of 300"
    page.search.clear()
    page.filter.setText('company = "Firm 1"')
    desk.stage.until(lambda: 0 < page.model.rowCount() < 100)
    page.filter.setText("company = (")
    desk.stage.until(page.filter_error.isVisible)
    assert page.filter_error.text()
    page.filter.setText("")
    desk.stage.until(lambda: page.model.rowCount() == 300)
    assert not page.filter_error.isVisible()
    page.search.setText("nobody at all")
    desk.stage.until(page.states.empty.isVisible)
    assert page.states.empty.title == "Nobody matches"


@pytest.mark.row("A01", "K15")
def test_everything_has_a_name_and_enter_opens(desk: Desk) -> None:
    ids = desk.people(3)
    page = desk.page()
    for widget in page.findChildren(QPushButton):
        assert widget.accessibleName() or widget.text()
    assert page.table.accessibleName() == "Contact table"
    desk.cell(page, 0, Column.NAME)
    assert page.model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Address: ")
    opened: list[ContactId] = []
    page.opened.connect(opened.append)
    page.table.setCurrentIndex(page.model.index(0, 0))
    page.table.activated.emit(page.model.index(0, 0))
    assert opened == [ids[-1]]


@pytest.mark.row("B-11", "D-20")
def test_many_are_tagged_blocked_and_archived_as_one_step_each(desk: Desk) -> None:
    ids = desk.people(40)
    page = desk.page()
    page.table.selectAll()
    assert len(page.chosen()) == 40
    assert page.chosen_count.text() == "40 selected"
    press(page.bulk, "Add tag")
    dialog = dialog_of(QInputDialog, desk.stage)
    dialog.setTextValue("VIP")  # type: ignore[attr-defined]
    dialog.accept()  # type: ignore[attr-defined]
    until(desk, lambda work: len(work.tags.of_contacts(ids)) == 40)
    desk.stage.settle()
    assert len(page.chosen()) == 40
    page.actions_.block(page.chosen(), blocked=True)
    until(desk, lambda work: all(one.blocked for one in work.contacts.many(ids)))
    desk.stage.settle()
    assert desk.cell(page, 3, Column.CONSENT) == "Blocked"
    desk.stage.run(desk.undo.undo_last())
    assert not any(one.blocked for one in many(desk, ids))


def test_contacts_are_taken_out_of_a_list(desk: Desk) -> None:
    ids = desk.people(3)
    page = desk.page()
    page.table.selectAll()
    desk.stage.run(desk.services.tags.add_to_list(ids, "Spring mailing"))
    page.actions_.remove_from_list(page.chosen())
    dialog = dialog_of(QInputDialog, desk.stage)
    assert not dialog.isComboBoxEditable()  # type: ignore[attr-defined]
    dialog.accept()  # type: ignore[attr-defined]
    until(desk, lambda work: [one.contacts for one in work.contact_lists.all()] == [0])
    desk.stage.run(desk.undo.undo_last())
    until(desk, lambda work: [one.contacts for one in work.contact_lists.all()] == [3])


def many(desk: Desk, ids: list[ContactId]) -> tuple[Contact, ...]:
    """Read contacts as they are now."""
    return desk.stage.run(desk.store.read(lambda work: work.contacts.many(ids)))


def until(desk: Desk, holds: Callable[[Work], object]) -> None:
    """Wait until the store says so."""

    async def look() -> None:
        while not await desk.store.read(holds):
            await asyncio.sleep(0.01)

    desk.stage.run(look())


@pytest.mark.row("F02")
def test_deleting_asks_with_the_number(desk: Desk) -> None:
    ids = desk.people(12)
    page = desk.page()
    choose(page, 0, 1, 2)
    page.actions_.delete(page.chosen())
    question = dialog_of(ConfirmDialog, desk.stage)
    assert "3 contacts" in question.windowTitle()  # type: ignore[attr-defined]
    question.reject()  # type: ignore[attr-defined]
    desk.stage.settle()
    assert len(many(desk, ids)) == 12
    page.actions_.delete(page.chosen())
    dialog_of(ConfirmDialog, desk.stage).accept()  # type: ignore[attr-defined]
    desk.stage.until(lambda: page.model.rowCount() == 9)
    assert len(many(desk, ids)) == 9


@pytest.mark.row("B-11", "P24")
def test_the_import_goes_step_by_step(desk: Desk, tmp_path: Path) -> None:
    desk.people(3)
    file = tmp_path / "<b>people\u202e.csv"
    file.write_text(
        "Vorname,Handy,Wohin\nMaria,+14155550001,x\nNeu,+14155559999,y\nKaputt,1.4E+10,z\n", encoding="utf-8"
    )
    dialog = ImportDialog(desk.directory, desk.services, desk.stage.tasks)
    desk.stage.show(dialog, 860, 600)
    dialog.read(file)
    desk.stage.until(lambda: dialog.preview_model.rowCount() == 3)
    assert [box.currentText() for box in dialog.columns.targets] == ["First name", "Phone", "Leave out"]
    assert "[U+202E]" in dialog.facts.text()
    dialog.columns.targets[2].setCurrentText("Company")
    dialog.policy.setCurrentIndex(1)
    desk.stage.until(lambda: "x" in str(dialog.preview_model.index(0, 4).data()))
    dialog.next.click()
    desk.stage.until(lambda: dialog.steps.currentIndex() == 2)
    assert dialog.summary.text() == "This would be: 1 new, 1 updated, 0 unchanged, 1 refused."
    assert dialog.only.currentData() == Outcome.REFUSED
    assert "spreadsheet" in str(dialog.report_model.index(0, 4).data())
    assert dialog.next.text() == "Import 2 rows"
    dialog.next.click()
    desk.stage.until(lambda: dialog.next.text() == "Done")
    assert dialog.summary.text().startswith("Imported: 1 new")
    dialog._write_report(tmp_path / "report.csv")
    desk.stage.until((tmp_path / "report.csv").exists)
    results: list[int] = []
    dialog.finished.connect(results.append)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.next.click()
    assert results == [QDialog.DialogCode.Accepted.value]


@pytest.mark.row("B-11")
def test_a_file_that_is_none_is_told_and_a_mapping_without_names_too(desk: Desk, tmp_path: Path) -> None:
    dialog = ImportDialog(desk.directory, desk.services, desk.stage.tasks)
    desk.stage.show(dialog, 860, 600)
    dialog.read(tmp_path / "missing.csv")
    desk.stage.until(dialog.trouble.isVisible)
    assert "cannot be opened" in dialog.trouble.text()
    (tmp_path / "x.csv").write_text("A,B\n1,2\n")
    dialog.read(tmp_path / "x.csv")
    desk.stage.until(lambda: dialog.steps.currentIndex() == 1 and dialog.trouble.isVisible())
    assert "No column" in dialog.trouble.text()
    assert not dialog.next.isEnabled()


@pytest.mark.row("B-04", "D-09")
def test_duplicates_are_merged_parted_and_undone(desk: Desk) -> None:
    def add(work: Work) -> None:
        for name, other in (("Maria", ""), ("Ben", "Ben")):
            number = f"+1415555{len(name):04}"
            work.contacts.add([(Scheme.TEL, number)], first_name=name)
            work.contacts.add([(Scheme.WHATSAPP, number)], first_name=other)

    desk.stage.run(desk.store.run(add))
    dialog = MergeDialog(desk.directory.merges, desk.services, desk.stage.tasks)
    desk.stage.show(dialog, 860, 480)
    desk.stage.until(lambda: dialog.people.count() == 2 and dialog.merge_button.isEnabled())
    assert dialog.people.item(0).text().startswith("Same number")
    dialog.sides[1].keep.setChecked(True)
    assert not dialog.sides[0].keep.isChecked()
    dialog.sides[0].keep.setChecked(True)
    dialog.merge_button.click()
    desk.stage.until(dialog.undo.isVisible)
    desk.stage.until(lambda: dialog.people.count() == 1 and dialog.merge_button.isEnabled())
    assert len(desk.stage.run(desk.directory.ids())) == 3
    dialog.undo.click()
    desk.stage.until(lambda: dialog.people.count() == 2 and dialog.apart.isEnabled())
    assert len(desk.stage.run(desk.directory.ids())) == 4
    dialog.apart.click()
    desk.stage.until(lambda: dialog.people.count() == 1 and dialog.apart.isEnabled())
    dialog.apart.click()
    desk.stage.until(dialog.states.empty.isVisible)
    assert len(desk.stage.run(desk.directory.ids())) == 4


@pytest.mark.row("P21", "P23", "S33")
def test_hostile_strings_stay_plain_in_the_table(desk: Desk, tmp_path: Path) -> None:
    picture = red_picture(tmp_path)
    texts = [*hostile_strings(picture), *FORMULAS]
    rows = "".join(f'"{text.replace(chr(34), chr(34) * 2)}",+1415555{n:04},"{n}"\n' for n, text in enumerate(texts))
    (tmp_path / "c.csv").write_text("Name,Phone,Tags\n" + rows, encoding="utf-8", newline="")

    async def load() -> None:
        imports = desk.directory.imports
        sheet = await imports.read(tmp_path / "c.csv")
        await imports.run(sheet, ImportOptions(mapping=await imports.guess(sheet)))

    desk.stage.run(load())
    page = desk.page()
    assert page.model.rowCount() == len(texts)
    for row in range(0, len(texts), 20):
        page.table.scrollTo(page.model.index(row, 0))
        desk.stage.settle()
        assert red_pixels(page) == 0
    assert not was_read(picture)


@pytest.mark.row("S4-17", "F02")
def test_opting_many_out_asks_and_says_how_many(desk: Desk) -> None:
    ids = desk.people(5)
    page = desk.page()
    page.table.selectAll()
    page.actions_.opt_out(page.chosen())
    dialog_of(ConfirmDialog, desk.stage).accept()  # type: ignore[attr-defined]
    until(desk, lambda work: all(one.opt_in is OptIn.OPTED_OUT for one in work.contacts.many(ids)))


@pytest.mark.row("S3-66", "D-20", "K15")
def test_a_new_contact_and_letters_that_search(desk: Desk) -> None:
    desk.people(3)
    page = desk.page()
    opened: list[ContactId] = []
    page.opened.connect(opened.append)
    page._new_contact()
    dialog = dialog_of(NewContactDialog, desk.stage)
    assert isinstance(dialog, NewContactDialog)
    dialog.first.setText("Zoë\u202e")
    dialog.address.setText("415 555 0001")
    dialog.add_button.click()
    desk.stage.until(dialog.trouble.isVisible)
    assert "P0001 has this address" in dialog.trouble.text()
    dialog.address.setText("415 555 7777")
    dialog.add_button.click()
    desk.stage.until(lambda: page.model.rowCount() == 4)
    (made,) = many(desk, opened)
    assert (made.first_name, made.addresses[0].path, made.source) == ("Zoë", "+14155557777", ContactSource.MANUAL)
    page.table.keyboardSearch("z")
    desk.stage.until(lambda: page.model.rowCount() == 1)
    assert page.escape()
    desk.stage.until(lambda: page.model.rowCount() == 4)
    assert not page.escape()
    desk.stage.run(desk.undo.undo_last())
    desk.stage.until(lambda: page.model.rowCount() == 3)


@pytest.mark.row("D-09")
def test_a_merge_is_taken_back_from_the_table(desk: Desk) -> None:
    ids = desk.people(2)
    desk.stage.run(desk.directory.merges.merge(ids[0], ids[1]))
    page = desk.page()
    assert page.model.rowCount() == 1
    page.table.selectRow(0)
    page.actions_.part(page.chosen())
    dialog_of(ConfirmDialog, desk.stage).accept()  # type: ignore[attr-defined]
    desk.stage.until(lambda: page.model.rowCount() == 2)
    page.table.selectRow(0)
    page.actions_.part(page.chosen())
    desk.stage.settle()
    assert page.model.rowCount() == 2
