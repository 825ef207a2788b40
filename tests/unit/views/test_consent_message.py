"""The consent message as people see it: the badge, the line in the details, and the dialog of the policy."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from desktop_inbox.errors import PermissionDeniedError
from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.contact import ConsentStage, OptIn
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
from desktop_inbox.services.consent_message import ConsentPolicy, suggested_text
from desktop_inbox.views.dialogs.consent_message import ConsentMessageDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.panes.consent_section import ConsentSection
from tests.support.conversation_screens import Desk
from tests.support.fakes_timeline import TimelineOffice, message
from tests.support.fakes_views import NOW
from tests.support.qt import stage  # noqa: F401

TEXT = suggested_text("Harbour Dental")


@pytest.mark.row("S4-21", "S4-24")
@pytest.mark.parametrize(
    ("stage_of", "required", "words"),
    [
        (ConsentStage.NOT_SENT, False, ""),
        (ConsentStage.NOT_SENT, True, "Consent not sent"),
        (ConsentStage.QUEUED, True, "Consent on its way"),
        (ConsentStage.SENT, True, "Consent sent "),
        (ConsentStage.SENT, False, "Consent sent "),
        (ConsentStage.ACKNOWLEDGED, True, "Consent acknowledged"),
    ],
)
def test_the_stage_stands_beside_the_name(stage, tmp_path, stage_of, required, words):  # noqa: F811
    desk = Desk(stage, tmp_path, consent=stage_of, consent_sent_at=NOW)
    desk.office.consent.held = ConsentPolicy(required=required, text=TEXT)
    badge = desk.open().pane.header.consent
    assert badge.isVisible() is bool(words)
    assert badge.text().startswith(words)


@pytest.mark.row("S4-21")
def test_who_opted_out_shows_that_instead_and_changes_show_at_once(stage, tmp_path):  # noqa: F811
    desk = Desk(stage, tmp_path, consent=ConsentStage.SENT, consent_sent_at=NOW).open()
    badge = desk.pane.header.consent
    assert badge.isVisible()
    desk.office.contacts.one = replace(desk.office.contacts.one, opt_in=OptIn.OPTED_OUT)
    desk.office.bus.publish(ContactChanged(contact_id=desk.office.contacts.one.id))
    stage.settle()
    assert not badge.isVisible()
    assert desk.pane.header.pill.text() == "Opted out"


@pytest.mark.row("S4-24")
def test_the_details_say_when_it_was_sent_and_whether_it_was_answered(stage, tmp_path):  # noqa: F811
    section = ConsentSection(Formats(lambda: NOW))
    stage.show(section, 300, 400)
    contact = TimelineOffice(tmp_path).contacts.one
    section.show_contact(contact, ())
    assert not section.message.isVisible()
    section.show_contact(replace(contact, consent=ConsentStage.SENT, consent_sent_at=NOW), ())
    assert "no answer yet" in section.message.value.text()
    section.show_contact(replace(contact, consent=ConsentStage.ACKNOWLEDGED, consent_sent_at=NOW), ())
    assert "the contact answered" in section.message.value.text()


def _dialog(stage, tmp_path):  # noqa: F811
    office = TimelineOffice(tmp_path)
    window = stage.show(QMainWindow(), 600, 500)
    dialog = ConsentMessageDialog(office.services(), stage.tasks, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    stage.settle()
    return office, dialog


@pytest.mark.row("S4-19", "S4-20")
def test_a_text_without_stop_is_refused_in_the_dialog_and_changes_nothing(stage, tmp_path):  # noqa: F811
    office, dialog = _dialog(stage, tmp_path)
    assert dialog.text.toPlainText() == TEXT
    dialog.required.setChecked(True)
    dialog.text.setPlainText("Harbour Dental writes to you.")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    stage.settle()
    assert dialog.isVisible()
    assert "how to get no more messages" in dialog.trouble.text()
    assert office.consent.held == ConsentPolicy()
    dialog.text.setPlainText(TEXT)
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    stage.settle()
    assert not dialog.isVisible()
    assert office.consent.held == ConsentPolicy(required=True, text=TEXT)


@pytest.mark.row("S4-20")
def test_who_is_no_administrator_hears_why(stage, tmp_path):  # noqa: F811
    office, dialog = _dialog(stage, tmp_path)

    async def refuse(**_values):
        raise PermissionDeniedError("consent_policy", "Only an administrator decides about the consent message.")

    office.consent.set_policy = refuse
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    stage.settle()
    assert "Only an administrator" in dialog.trouble.text()


@pytest.mark.row("S4-22", "S4-24")
def test_a_message_behind_the_consent_message_says_what_it_waits_for():
    words = EntryWords(Formats(lambda: NOW), channel_name=lambda _channel: "")
    held = replace(message(1, "Hello", out=True), status=DeliveryStatus.HELD, due_at=NOW)
    assert words.status(replace(held, after_consent=True)) == "Follows the consent message"
    assert words.status(held).startswith("On hold until")
    sent = replace(message(2, TEXT, out=True), sender_kind=SenderKind.CONSENT)
    assert words.sender(sent) == "Consent message"
