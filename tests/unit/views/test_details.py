from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QMenu

from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.views.panes.detail_rows import ElidedButton
from desktop_inbox.views.panes.details import DetailsPane
from desktop_inbox.views.toasts import Toasts
from tests.support.fakes_timeline import CONTACT, TimelineOffice
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


class Panel:
    def __init__(self, stage: Stage, tmp_path, **contact):  # noqa: F811
        self.stage = stage
        self.office = TimelineOffice(tmp_path, **contact)
        self.contacts = self.office.contacts
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


@pytest.mark.row("F01")
def test_a_name_is_changed_in_place_and_can_be_taken_back(panel):
    editor = panel.pane.name
    editor.pencil.click()
    assert editor.first.hasFocus()
    editor.first.setText("Mary")
    QTest.keyClick(editor.first, Qt.Key.Key_Return)
    panel.stage.settle()
    assert panel.contacts.one.name == "Mary Gómez"
    assert editor.name.text() == "Mary Gómez"
    panel.toasts.undo_last()
    panel.stage.settle()
    assert editor.name.text() == "Maria Gómez"


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
    button = panel.pane._addresses.itemAt(0).widget().findChild(ElidedButton)
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


@pytest.mark.row("P21", "S1", "S33")
def test_hostile_names_and_reasons_stay_plain(stage, tmp_path):  # noqa: F811
    panel = Panel(stage, tmp_path).open()
    contact = panel.contacts.one
    probe = red_picture(tmp_path)
    for text in hostile_strings(probe):
        address = replace(contact.addresses[0], path=text[:300])
        panel.contacts.one = replace(contact, first_name=text[:300], addresses=(address,), looks_opted_out=True)
        panel.stage.run(panel.contacts.set_opt_in(CONTACT, OptIn.OPTED_IN, reason=text[:300]))
        panel.contacts.history = panel.contacts.history[-1:]
        panel.open()
        panel.pane.consent._history.show()
        assert red_pixels(panel.window) == 0, text
    assert not was_read(probe)
