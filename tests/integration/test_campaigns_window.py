"""Campaigns and reminders in the window of a real office: written, applied with the water drops, watched, stopped."""

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from desktop_inbox.models.entities.campaign import CampaignStep, EnrollmentState
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.services.campaigns import CampaignDraft
from desktop_inbox.views.dialogs.apply_campaign import ApplyCampaignDialog
from desktop_inbox.views.dialogs.campaign_editor import CampaignEditor
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.reminder_editor import ReminderEditor
from desktop_inbox.views.pages.campaigns import CampaignsPage
from desktop_inbox.views.panes.details import DetailsPane
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow
from tests.support.whole_window import whole as closed

__all__ = ["closed", "stage"]

W = TypeVar("W", bound=QWidget)


@pytest.fixture
def whole(closed: WholeWindow) -> WholeWindow:
    """The window, open."""
    closed.open()
    return closed


def page_of(whole: WholeWindow) -> CampaignsPage:
    whole.window.show_page("campaigns")
    whole.stage.settle()
    page = whole.window.page("campaigns")
    assert isinstance(page, CampaignsPage)
    return page


def dialog_of(whole: WholeWindow, kind: type[W]) -> W:
    found: list[W] = []

    def look() -> bool:
        found[:] = [one for one in whole.window.findChildren(kind) if one.isVisible()]
        return bool(found)

    whole.stage.until(look)
    return found[-1]


def press(whole: WholeWindow, button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    whole.stage.settle()


def welcome(whole: WholeWindow) -> None:
    steps = (
        CampaignStep(days=1, text="Hi $contact.firstname"),
        CampaignStep(days=3, text="How are you, $contact.firstname?"),
    )
    whole.stage.run(whole.office.campaigns.save(CampaignDraft(name="Welcome", steps=steps)))


@pytest.mark.row("S4-57")
def test_a_campaign_is_written_in_the_window(whole: WholeWindow, tmp_path: Path) -> None:
    page = page_of(whole)
    assert page.empty.title == "No drip campaigns yet"
    press(whole, page.new_button)
    editor = dialog_of(whole, CampaignEditor)
    editor.name.setText("Welcome")
    press(whole, editor.save_button)
    assert editor.isVisible(), "a message without a text is refused"
    assert "Message 1 is empty" in editor.trouble.text()
    editor.steps[0].text.setPlainText("Hello")
    (tmp_path / "map.txt").write_text("Past the mill")
    whole.stage.run(editor.steps[0].files.take([str(tmp_path / "map.txt")]))
    editor.add()
    editor.steps[1].text.setPlainText("Hello again")
    editor.steps[1].hours.setValue(2)
    editor.steps[1].move_wanted.emit(-1)
    press(whole, editor.save_button)
    whole.stage.until(lambda: page.model.rowCount() == 1)
    (saved,) = whole.stage.run(whole.office.campaigns.all())
    assert [(step.days, step.minutes, step.text) for step in saved.steps] == [
        (3, 120, "Hello again"),
        (1, 0, "Hello"),
    ]
    assert [[file["name"] for file in step.files] for step in saved.steps] == [[], ["map.txt"]]
    assert page.panel.title.text() == "Welcome"


@pytest.mark.row("S4-62", "S4-63", "S4-64")
def test_the_water_drops_show_real_dates_and_apply_it(whole: WholeWindow) -> None:
    (talk,) = whole.people(1, name="Grace")
    welcome(whole)
    whole.window.open_conversation(talk)
    whole.stage.settle()
    button = next(one for one in whole.window.findChildren(QWidget) if one.accessibleName() == "Apply a campaign")
    opener = next(one for one in button.children() if type(one).__name__ == "CampaignOpener")
    opener.open()  # type: ignore[attr-defined]
    popup = opener.popup  # type: ignore[attr-defined]
    whole.stage.until(lambda: popup.apply_button.isEnabled())
    shown = [label.text() for label in popup.findChildren(QWidget) if hasattr(label, "text")]
    assert "Hi Grace 0" in shown
    assert "How are you, Grace 0?" in shown
    assert any(text.startswith("Tomorrow") for text in shown)
    press(whole, popup.apply_button)
    whole.stage.until(lambda: not popup.isVisible())
    opener.open()  # type: ignore[attr-defined]
    whole.stage.until(lambda: "under way" in popup.problem.text())
    assert not popup.apply_button.isEnabled()
    popup.hide()
    page = page_of(whole)
    whole.stage.until(lambda: page.panel.model.rowCount() == 1)
    row = [page.panel.model.index(0, column).data() for column in range(5)]
    assert row[:3] == ["Grace 0", "Under way", "0 of 2"]
    assert page.panel.model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "State: Under way"


@pytest.mark.row("S4-62", "S4-61")
def test_a_segment_gets_it_after_a_look_and_one_is_stopped_by_hand(whole: WholeWindow) -> None:
    whole.people(3, name="Ada")
    welcome(whole)
    page = page_of(whole)
    whole.stage.until(lambda: page.panel.campaign is not None)
    press(whole, page.panel.apply_button)
    dialog = dialog_of(whole, ApplyCampaignDialog)
    whole.stage.until(lambda: dialog.audience.count() > 0 and dialog.channel.count() > 0)
    assert not dialog.apply_button.isEnabled()
    dialog.audience.setCurrentIndex(dialog.audience.count() - 1)
    press(whole, dialog.try_button)
    whole.stage.until(lambda: dialog.apply_button.isEnabled())
    assert dialog.outcome.text() == "3 contacts would get it; 0 are left out."
    press(whole, dialog.apply_button)
    whole.stage.until(lambda: "from now on" in dialog.outcome.text())
    dialog.reject()
    whole.stage.until(lambda: page.panel.model.rowCount() == 3)
    page.panel.stop_wanted.emit(page.panel.model.rows[0])
    whole.stage.until(lambda: page.panel.model.rows[0].state is EnrollmentState.CANCELLED)


@pytest.mark.row("S4-57", "S4-62", "K12")
def test_contacts_of_a_campaign_are_searched_filtered_and_opened_by_key(whole: WholeWindow) -> None:
    """More than one page of them: the last shows when it is scrolled to."""
    whole.people(230, name="Ada")
    (grace,) = whole.people(1, name="Grace")
    welcome(whole)
    campaigns = whole.office.campaigns
    (campaign,) = whole.stage.run(campaigns.all())
    ids = whole.stage.run(whole.office.segments.contacts(EVERYBODY))
    whole.stage.run(campaigns.apply_to(campaign.id, ids, channel_id=whole.channel.id))
    page = page_of(whole)
    panel = page.panel
    whole.stage.until(lambda: panel.model.rowCount() == 200)
    panel.table.scrollToBottom()
    whole.stage.until(lambda: panel.model.rowCount() == 231)
    press(whole, next(one for one in panel.findChildren(QPushButton) if one.text() == "Stopped"))
    whole.stage.until(lambda: panel.states.empty.title == "Nobody is here")
    press(whole, next(one for one in panel.findChildren(QPushButton) if one.text() == "Everybody"))
    whole.stage.until(lambda: panel.model.rowCount() >= 200)
    panel.search.setFocus()
    QTest.keyClicks(panel.search, "GRACE")
    whole.stage.until(lambda: panel.model.rowCount() == 1)
    assert panel.model.rows[0].conversation_id == grace
    opened: list[object] = []
    page.conversation_wanted.connect(opened.append)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert opened == [grace]
    whole.window.show_page("campaigns")
    panel.search.setText("nobody of that name")
    whole.stage.until(lambda: panel.states.empty.title == "Nobody was found")
    assert page.escape()
    whole.stage.until(lambda: panel.model.rowCount() >= 200)
    assert not page.escape()


@pytest.mark.row("S4-57", "S4-61", "A15")
def test_the_details_of_a_contact_show_their_campaigns_and_stop_one(whole: WholeWindow) -> None:
    (talk,) = whole.people(1, name="Grace")
    details = whole.window.findChild(DetailsPane)
    assert isinstance(details, DetailsPane)
    whole.window.open_conversation(talk)
    whole.stage.settle()
    assert details.campaigns is None, "nothing stands there for a contact who is in none"
    welcome(whole)
    campaigns = whole.office.campaigns
    (campaign,), ways = whole.stage.run(campaigns.all()), whole.stage.run(whole.office.channels.reply_options(talk))
    way = ways[0]
    whole.stage.run(campaigns.apply(campaign.id, talk, channel_id=way.channel.id, address_id=way.address.id))
    whole.stage.until(lambda: details.campaigns is not None and details.campaigns.isVisible())
    section = details.campaigns
    assert section is not None
    (row,) = [one for one in section.findChildren(QFrame) if one.accessibleName().startswith("Welcome: ")]
    assert row.accessibleName().startswith("Welcome: Under way, 0 of 2 sent · next Tomorrow ")
    (stop,) = section.buttons
    assert stop.accessibleName() == "Stop Welcome"
    stop.setFocus()
    QTest.keyClick(stop, Qt.Key.Key_Space)
    press(whole, dialog_of(whole, ConfirmDialog).verb)
    whole.stage.until(lambda: not section.buttons)
    whole.stage.settle()
    told = [one.accessibleName() for one in section.findChildren(QFrame) if one.isVisible()]
    assert [words.split(" · ")[0] for words in told if ": " in words] == ["Welcome: Stopped, 0 of 2 sent"]
    (other,) = whole.people(1, name="Ada")
    whole.window.open_conversation(other)
    whole.stage.until(lambda: not section.isVisible())


@pytest.mark.row("S4-65")
def test_switching_off_and_deleting(whole: WholeWindow) -> None:
    welcome(whole)
    page = page_of(whole)
    whole.stage.until(lambda: page.panel.campaign is not None)
    press(whole, page.panel.switch_button)
    whole.stage.until(lambda: not page.panel.apply_button.isEnabled())
    whole.stage.run(whole.office.undo.undo_last())
    page.refresh()
    whole.stage.until(lambda: page.panel.apply_button.isEnabled())
    QTest.mouseClick(page.panel.delete_button, Qt.MouseButton.LeftButton)  # its task ends with the answer
    press(whole, dialog_of(whole, ConfirmDialog).verb)
    whole.stage.until(lambda: page.model.rowCount() == 0)


@pytest.mark.row("S4-12")
def test_a_reminder_is_written_in_the_window(whole: WholeWindow, tmp_path: Path) -> None:
    whole.store.run_sync(
        lambda work: work.custom_fields.add(slug="visit", name="Visit", kind=FieldKind.DATE, description="", choices=())
    )
    page = page_of(whole)
    page.tabs.setCurrentIndex(1)
    whole.stage.settle()
    press(whole, page.new_button)
    editor = dialog_of(whole, ReminderEditor)
    whole.stage.until(lambda: editor.field.count() == 1 and editor.audience.count() > 0)
    editor.name.setText("Visit")
    editor.at_time.setText("8:30")
    editor.text.setPlainText("See you tomorrow")
    plan = tmp_path / "way.txt"
    plan.write_text("Past the mill")
    assert not editor.files.drop.isVisible()
    whole.stage.run(editor.files.take([str(plan)]))
    assert editor.files.label.text() == "way.txt"
    assert editor.files.drop.isVisible()
    press(whole, editor.save_button)
    whole.stage.until(lambda: page.model.rowCount() == 1)
    (saved,) = whole.stage.run(whole.office.reminders.all())
    assert (saved.amount, saved.unit, saved.at_time) == (-1, "days", "08:30")
    assert [file["name"] for file in saved.files] == ["way.txt"]
    whole.stage.until(lambda: page.reminder_panel.title.text() == "Visit")


def test_two_clicks_on_save_make_one_campaign_and_one_reminder(whole: WholeWindow) -> None:
    whole.store.run_sync(
        lambda work: work.custom_fields.add(slug="day", name="Day", kind=FieldKind.DATE, description="", choices=())
    )
    page = page_of(whole)
    page.new()
    editor = dialog_of(whole, CampaignEditor)
    editor.name.setText("Welcome")
    editor.steps[0].text.setPlainText("Hello")
    editor.save_button.click()
    editor.save_button.click()
    whole.stage.settle()
    assert len(whole.stage.run(whole.office.campaigns.all())) == 1
    page.tabs.setCurrentIndex(1)
    whole.stage.settle()
    page.new()
    reminder = dialog_of(whole, ReminderEditor)
    whole.stage.until(reminder.save_button.isEnabled)
    reminder.name.setText("Birthday")
    reminder.text.setPlainText("Happy birthday")
    reminder.save_button.click()
    reminder.save_button.click()
    whole.stage.settle()
    assert len(whole.stage.run(whole.office.reminders.all())) == 1


@pytest.mark.row("S4-57")
def test_what_changed_while_another_page_was_shown_is_there_when_it_is_opened_again(whole: WholeWindow) -> None:
    page = page_of(whole)
    assert page.model.rowCount() == 0
    whole.window.show_page("inbox")
    welcome(whole)
    whole.stage.settle()
    page_of(whole)
    whole.stage.until(lambda: page.model.rowCount() == 1)
