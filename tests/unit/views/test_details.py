from dataclasses import replace

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind
from desktop_inbox.models.entities.ids import FieldId, TagId
from desktop_inbox.models.entities.tag import Tag
from desktop_inbox.services.people import AddressTakenError
from desktop_inbox.views.panes.about_section import country_code
from desktop_inbox.views.panes.address_section import AddressButton
from desktop_inbox.views.panes.detail_rows import ElidedButton
from desktop_inbox.views.panes.details import DetailsPane
from desktop_inbox.views.panes.field_rows import CheckRow, ChoiceRow, DateRow, TextRow
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import CONTACT, TimelineOffice
from tests.support.fakes_views import contact
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


class Panel:
    def __init__(self, stage: Stage, tmp_path, **contact):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, **contact)
        self.contacts = self.office.contacts
        self.people = self.office.people
        self.window = QMainWindow()
        self.toasts = Toasts(self.window)
        self.pane = DetailsPane(self.office.services(), stage.tasks, stage.bridge(self.office.inbox))
        self.window.setCentralWidget(self.pane)
        stage.show(self.window, 292, 760)

    def open(self):
        self.pane.show_contact(CONTACT)
        self.stage.settle()
        return self


@pytest.fixture
def panel(stage, tmp_path):  # noqa: F811
    return Panel(stage, tmp_path).open()


def test_nobody_is_shown_before_a_conversation_is_open(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path)
    assert panel.pane._empty.isVisible()
    panel.open()
    assert not panel.pane._empty.isVisible()
    panel.pane.show_contact(None)
    assert panel.pane._empty.isVisible()


@pytest.mark.row("S3-65")
def test_a_name_is_changed_in_place(panel):
    editor = panel.pane.name
    editor.pencil.click()
    assert editor.first.hasFocus()
    editor.first.setText("Mary")
    QTest.keyClick(editor.first, Qt.Key.Key_Return)
    panel.stage.settle()
    assert panel.people.calls == [("change", {"first_name": "Mary", "last_name": "Gómez"})]  # one step to undo
    assert editor.name.text() == "Mary Gómez"


def test_escape_leaves_the_name_as_it_was(panel):
    panel.pane.name.edit()
    panel.pane.name.first.setText("X")
    QTest.keyClick(panel.pane.name.first, Qt.Key.Key_Escape)
    assert not panel.pane.name.editing
    assert panel.contacts.one.first_name == "Maria"


@pytest.mark.row("S4-17", "S4-18")
def test_an_opt_out_is_saved_only_explicitly(panel):
    consent = panel.pane.consent
    consent.tick.click()
    panel.stage.settle()
    assert panel.contacts.history == []
    assert consent.update_button.text() == "Update contact details"
    consent.update_button.click()
    panel.stage.settle()
    assert panel.contacts.one.opt_in is OptIn.OPTED_OUT
    assert "Opted out" in consent.status.value.text()
    assert consent.tick.isChecked()


@pytest.mark.row("S4-17")
def test_an_opt_out_is_cleared_only_with_a_reason(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, opt_in=OptIn.OPTED_OUT).open()
    consent = panel.pane.consent
    assert consent.tick.isChecked()
    consent.tick.click()
    assert not consent.update_button.isEnabled()
    QTest.keyClick(consent.reason, Qt.Key.Key_Return)
    stage.settle()
    assert panel.contacts.history == []
    QTest.keyClicks(consent.reason, "Called us")
    consent.update_button.click()
    stage.settle()
    assert [(record.status, record.wording) for record in panel.contacts.history] == [(OptIn.OPTED_IN, "Called us")]


def test_one_address_can_be_opted_out_alone(panel):
    address = panel.contacts.one.addresses[1]
    panel.pane.consent.ask_for_address(address)
    panel.pane.consent.update_button.click()
    panel.stage.settle()
    assert panel.contacts.history[0].address_id == address.id


def test_an_address_can_be_copied(panel):
    button = panel.pane.addresses.rows.itemAt(0).widget().findChild(ElidedButton)
    assert button.accessibleName() == "+1 415-555-0148"
    button.click()
    menu = next(menu for menu in button.findChildren(QMenu) if menu.isVisible())
    menu.actions()[0].trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == "+14155550148"


@pytest.mark.row("S4-13")
@pytest.mark.parametrize("answer", [True, False])
def test_what_looks_like_an_opt_out_is_asked_about(stage, tmp_path, answer):  # noqa: F811
    panel = Panel(stage, tmp_path, looks_opted_out=True).open()
    assert panel.pane.question.isVisible()
    panel.pane.question.answered.emit(answer)
    stage.settle()
    assert panel.contacts.settled == [answer]
    assert not panel.pane.question.isVisible()


def test_the_ledger_is_told_line_by_line(panel):
    panel.stage.run(panel.contacts.set_opt_in(CONTACT, OptIn.OPTED_OUT, reason="By letter"))
    panel.stage.settle()
    consent = panel.pane.consent
    assert consent.evidence.text() == "1 record"
    consent.evidence.click()
    assert "By letter" in consent._lines.itemAt(0).widget().text()


def test_it_follows_changes_made_elsewhere_but_keeps_what_is_being_typed(panel):
    panel.pane.name.edit()
    panel.pane.name.first.setText("Half ty")
    panel.contacts.one = replace(panel.contacts.one, last_name="Garcia")
    panel.office.bus.publish(ContactChanged(contact_id=CONTACT))
    panel.stage.settle()
    assert panel.pane.name.first.text() == "Half ty"
    assert panel.pane.name.editing


ADDRESSES = tuple(
    replace(contact(number, "").addresses[0], path=f"+1415555010{number}", priority=number) for number in (1, 2, 3)
)


def buttons(panel):
    rows = panel.pane.addresses.rows
    return [rows.itemAt(place).widget().findChild(AddressButton) for place in range(rows.count())]


@pytest.mark.row("S3-66")
def test_addresses_are_moved_by_keys_and_keep_the_focus(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, addresses=ADDRESSES).open()
    assert [button.accessibleDescription() for button in buttons(panel)] == ["Phone, used first", "Phone", "Phone"]
    buttons(panel)[2].setFocus()
    QTest.keyClick(buttons(panel)[2], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    stage.settle()
    assert panel.people.calls == [("order", (1, 3, 2))]
    assert buttons(panel)[1].hasFocus()
    QTest.keyClick(buttons(panel)[0], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert len(panel.people.calls) == 1
    QTest.keyClick(buttons(panel)[1], Qt.Key.Key_Delete)
    stage.settle()
    assert panel.people.calls[-1] == ("remove address", 3)


@pytest.mark.row("S3-66")
def test_an_address_of_somebody_else_leads_to_them(panel):
    section, wanted = panel.pane.addresses, []
    panel.pane.contact_wanted.connect(wanted.append)
    section.add_button.click()
    assert section.editor.hasFocus()
    QTest.keyClicks(section.editor, "415 555 0199")
    panel.people.error = AddressTakenError(contact(7, "Jonas"))
    QTest.keyClick(section.editor, Qt.Key.Key_Return)
    panel.stage.settle()
    assert "another contact" in section.trouble.text()
    assert section.editor.text() == "415 555 0199"
    section.open_other.click()
    assert wanted == [7]
    QTest.keyClick(section.editor, Qt.Key.Key_Escape)
    assert not section.form.isVisible()


@pytest.mark.row("S3-68", "S3-69", "S3-70")
def test_tags_are_typed_chosen_and_removed_by_keys(panel):
    tags = panel.pane.tags
    assert tags.field.accessibleName() == "Add tag"
    tags.field.setFocus()
    QTest.keyClicks(tags.field, "Dentist")
    QTest.keyClick(tags.field, Qt.Key.Key_Return)
    panel.stage.settle()
    QTest.keyClicks(tags.field, "cust")
    panel.stage.settle()
    assert [tags.field.completion.item(0).text()] == ["New customer"]
    QTest.keyClick(tags.field, Qt.Key.Key_Down)
    QTest.keyClick(tags.field, Qt.Key.Key_Return)
    panel.stage.settle()
    assert [tag.name for tag in panel.people.tags] == ["Dentist", "New customer"]
    assert tags.field.text() == ""
    assert tags.chips[0].button.accessibleName() == "Remove tag Dentist"
    tags.chips[0].button.setFocus()
    QTest.keyClick(tags.chips[0].button, Qt.Key.Key_Delete)
    panel.stage.settle()
    assert [tag.name for tag in panel.people.tags] == ["New customer"]
    assert tags.chips[0].button.hasFocus()


def field(number, kind, *choices):
    return CustomField(id=FieldId(number), slug=f"f{number}", name=f"Field {number}", kind=kind, choices=choices)


@pytest.mark.row("S3-65", "S3-67")
def test_every_kind_of_field_is_changed_in_place(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path)
    kinds = list(FieldKind)
    panel.people.fields = tuple(field(number, kind, "Gold", "Silver") for number, kind in enumerate(kinds))
    panel.open()
    rows = panel.pane.about.fields
    for number, kind in enumerate(kinds):
        row = rows[FieldId(number)]
        if isinstance(row, CheckRow):
            row.check.click()
        elif isinstance(row, ChoiceRow):
            row.button.click()
            menu = next(menu for menu in row.button.findChildren(QMenu) if menu.isVisible())
            menu.actions()[1].trigger()
            menu.close()
        elif isinstance(row, DateRow):
            row.button.click()
            row.editor.setDate(QDate(2026, 11, 21))
            QTest.keyClick(row.editor, Qt.Key.Key_Return)
        else:
            assert isinstance(row, TextRow)
            row.button.click()
            typed = {FieldKind.EMAIL: "A@example.org", FieldKind.NUMBER: "12,5", FieldKind.URL: "example.org"}
            QTest.keyClicks(row.editor, typed.get(kind, "14:30"))
            QTest.keyClick(row.editor, Qt.Key.Key_Return)
        panel.stage.settle()
    values = [panel.people.values[FieldId(number)] for number in range(len(kinds))]
    assert values == [
        "14:30", "Gold", "true", "a@example.org", "12.5", "https://example.org", "2026-11-21", "14:30"
    ]  # fmt: skip


@pytest.mark.row("S3-67")
def test_a_wrong_value_stays_to_be_put_right(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path)
    panel.people.fields = (field(1, FieldKind.NUMBER),)
    panel.open()
    row = panel.pane.about.fields[FieldId(1)]
    row.button.click()
    QTest.keyClicks(row.editor, "many")
    QTest.keyClick(row.editor, Qt.Key.Key_Return)
    panel.stage.settle()
    assert row.editing
    assert row.editor.text() == "many"
    assert "number" in row.note.text()
    QTest.keyClick(row.editor, Qt.Key.Key_Escape)
    assert not row.editing
    assert panel.people.values == {}
    assert row.note.isHidden()


@pytest.mark.row("S3-65")
def test_company_language_and_country_are_changed_in_place(panel):
    company = panel.pane.about.facts["company"]
    company.button.click()
    QTest.keyClicks(company.editor, "Acme")
    panel.pane.tags.field.setFocus()  # leaving saves
    panel.stage.settle()
    country = panel.pane.about.facts["country"]
    country.button.click()
    QTest.keyClicks(country.editor, "DE")
    QTest.keyClick(country.editor, Qt.Key.Key_Return)
    panel.stage.settle()
    assert (panel.contacts.one.company, panel.contacts.one.country) == ("Acme", "DE")
    assert country.button.accessibleName() == "Country: Germany"


@pytest.mark.row("S3-65")
def test_a_time_zone_is_suggested_and_chosen(panel):
    zone = panel.pane.about.facts["zone"]
    zone.button.click()
    QTest.keyClicks(zone.editor, "berl")
    assert zone.completion.isVisible()
    assert zone.completion.item(0).text() == "Europe/Berlin"
    QTest.keyClick(zone.editor, Qt.Key.Key_Down)
    QTest.keyClick(zone.editor, Qt.Key.Key_Return)
    panel.stage.settle()
    assert panel.contacts.one.zone == "Europe/Berlin"
    assert zone.button.accessibleName() == "Time zone: Europe/Berlin"
    zone.button.click()
    QTest.keyClicks(zone.editor, "York")
    QTest.keyClick(zone.editor, Qt.Key.Key_Escape)  # closes the suggestions
    assert zone.editing
    QTest.keyClick(zone.editor, Qt.Key.Key_Escape)
    panel.stage.settle()
    assert not zone.editing
    assert panel.contacts.one.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "code"), [("Germany", "DE"), ("united states", "US"), ("fr", "fr"), ("Nowhere", "Nowhere"), ("", "")]
)
def test_a_country_is_typed_by_name_or_letters(typed, code):
    assert country_code(typed) == code


@pytest.mark.row("S2-70")
def test_a_contact_is_blocked_and_unblocked_there(panel):
    assert panel.pane.blocked.isHidden()
    panel.pane.block.click()
    panel.stage.settle()
    assert panel.people.calls == [("block", (1,), True)]
    assert panel.pane.blocked.isVisible()
    assert panel.pane.block.text() == "Unblock the contact"
    panel.pane.block.click()
    panel.stage.settle()
    assert panel.contacts.one.blocked is False


@pytest.mark.row("S2-70", "A01")
def test_everything_that_takes_the_focus_has_a_name(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path, addresses=ADDRESSES)
    panel.people.fields = tuple(field(number, kind, "Gold") for number, kind in enumerate(FieldKind))
    panel.people.tags = (Tag(id=TagId(1), name="VIP"),)
    panel.open()
    for tab in (0, 1):
        panel.pane.tabs.setCurrentIndex(tab)
        stage.settle()
        for widget in panel.pane.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                name = widget.accessibleName() or getattr(widget, "text", str)()
                assert name, widget


@pytest.mark.row("P21", "S1", "S33")
def test_hostile_names_and_reasons_stay_plain(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path).open()
    contact = panel.contacts.one
    probe = red_picture(tmp_path)
    for text in hostile_strings(probe):
        address = replace(contact.addresses[0], path=text[:300])
        panel.contacts.one = replace(
            contact, first_name=text[:300], company=text[:300], addresses=(address,), looks_opted_out=True
        )
        panel.people.tags = (Tag(id=TagId(1), name=text[:255]),)
        named = CustomField(id=FieldId(1), slug="f", name=text[:50], kind=FieldKind.TEXT, description=text[:255])
        panel.people.fields = (named,)
        panel.people.values = {FieldId(1): text}
        panel.stage.run(panel.contacts.set_opt_in(CONTACT, OptIn.OPTED_IN, reason=text[:300]))
        panel.contacts.history = panel.contacts.history[-1:]
        panel.open()
        panel.pane.consent._history.show()
        assert red_pixels(panel.window) == 0, text
    assert not was_read(probe)
