"""Teams and hours, blocked words, Blocked time: in the real window on a real store."""

import os
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit

from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Message, SenderKind
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.models.entities.team import ALWAYS, Hours
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.outbox import NewMessage
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.views.delegates.bubble_layout import RowZone
from desktop_inbox.views.delegates.row_words import ZoneKind
from desktop_inbox.views.dialogs.blocked_terms import BlockedTermsDialog
from desktop_inbox.views.dialogs.people import PeopleDialog
from desktop_inbox.views.dialogs.teams import TeamsDialog
from desktop_inbox.views.panes.conversation import ConversationPane
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]

NEVER_AT_NIGHT = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
NIGHT = datetime(2026, 11, 21, 6, tzinfo=UTC)  # 22:00 in California, 07:00 in Berlin


@pytest.fixture
def office(whole: WholeWindow) -> WholeWindow:
    whole.clock.set(NIGHT)
    whole.stage.run(whole.office.settings.set(TIME_ZONE, "Europe/Berlin"))
    whole.open()
    return whole


def opened(office: WholeWindow, action: str, kind: type) -> QDialog:
    office.window.actions_[action].trigger()
    office.stage.settle()
    (dialog,) = [one for one in office.window.findChildren(kind) if one.isVisible()]
    return dialog


def pictured(widget, name: str) -> None:
    """A picture to look at, where a folder for it is named."""
    folder = os.environ.get("DESKTOP_INBOX_TEST_PICTURES")
    if folder:
        widget.grab().save(f"{folder}/{name}.png")


def broadcast(office: WholeWindow, conversation: ConversationId, text: str) -> EntryId:
    contact = office.store.read_sync(lambda work: work.deliveries.places([conversation])[conversation].contact_id)
    person = office.store.read_sync(lambda work: work.contacts.get(contact))
    assert person is not None
    new = NewMessage(
        conversation_id=conversation,
        text=text,
        channel_id=office.channel.id,
        address_id=person.addresses[0].id,
        client_uuid=text,
        sender_kind=SenderKind.BROADCAST,
    )
    (answer,) = office.stage.run(office.office.outbox.queue_many([new]))
    office.stage.settle()
    assert not isinstance(answer, GateDecision)
    return answer


def message(office: WholeWindow, key: EntryId) -> Message:
    found = office.store.read_sync(lambda work: work.messages.get(key))
    assert found is not None
    return found


@pytest.mark.row("S5-17", "S5-23")
def test_hours_of_office_and_team_are_edited(office: WholeWindow) -> None:
    dialog = opened(office, "teams.open", TeamsDialog)
    assert isinstance(dialog, TeamsDialog)
    service = office.office.teams
    assert dialog.editor.lines[0].text() == "00:00–24:00"
    assert not dialog.save_button.isEnabled()
    dialog.editor.preset.setCurrentIndex(2)
    dialog.editor.preset.activated.emit(2)
    assert "not legal advice" in dialog.editor.note.text()
    assert dialog.editor.lines[6].text() == "08:00–21:00"
    pictured(dialog, "teams")
    dialog.save_button.click()
    office.stage.settle()
    assert office.stage.run(service.office_hours()).hours.days[0] == ((480, 1260),)
    dialog.add_team()
    (form,) = [one for one in dialog.findChildren(QDialog) if one.isVisible()]
    (name,) = form.findChildren(QLineEdit)
    name.setText("Night shift")
    form.save()  # type: ignore[attr-defined]
    office.stage.settle()
    (team,) = office.stage.run(service.all())
    dialog.list.setCurrentRow(1)
    assert not dialog.editor.isEnabled()
    dialog.own.setChecked(True)
    dialog.editor.lines[0].setText("20-24")
    dialog.editor.lines[1].setText("nonsense")
    dialog.save_button.click()
    assert "nonsense" in dialog.error.text()
    dialog.editor.lines[1].setText("")
    dialog.editor.copy.click()
    dialog.editor.zone.setCurrentIndex(1)
    dialog.save_button.click()
    office.stage.settle()
    (team,) = office.stage.run(service.all())
    assert (team.restricted, team.recipient_zone) == (True, False)
    assert team.hours.days[6] == ((1200, 1440),)
    assert dialog.channels.isVisible()
    dialog.channels.choose({office.channel.id})
    office.stage.settle()
    (team,) = office.stage.run(service.all())
    assert team.channel_ids == {office.channel.id}
    assert dialog.channels.accessibleName() == f"Channels: {office.channel.name}"
    pictured(dialog, "teams-team")
    people = opened(office, "people.open", PeopleDialog)
    (box,) = [one for one in people.findChildren(QComboBox) if one.accessibleName().startswith("Team of")]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    office.stage.settle()
    assert office.stage.run(service.all())[0].members == (office.office.user.id,)
    pictured(people, "people-team")
    people.accept()
    office.stage.settle()
    assert office.office.user.name in dialog.people.text()


@pytest.mark.row("S5-17")
def test_days_off_are_edited(office: WholeWindow) -> None:
    dialog = opened(office, "teams.open", TeamsDialog)
    assert isinstance(dialog, TeamsDialog)
    dialog.tabs.setCurrentIndex(1)
    dialog.day_name.setText("Christmas")
    dialog.yearly.setChecked(True)
    dialog.add_day()
    office.stage.settle()
    (day,) = office.stage.run(office.office.teams.holidays())
    assert (day.name, day.yearly) == ("Christmas", True)
    assert "every year · Christmas" in dialog.days.item(0).text()
    dialog.add_day()
    office.stage.settle()
    assert "day off already" in dialog.error.text()
    pictured(dialog, "teams-days")
    dialog.remove_day()
    office.stage.settle()
    assert office.stage.run(office.office.teams.holidays()) == ()


@pytest.mark.row("S5-17", "B-14", "B-42")
def test_blocked_time_is_shown_and_moved_by_one_click(office: WholeWindow) -> None:
    conversation = office.people(1)[0]
    office.clock.set(NIGHT)
    office.stage.run(office.office.teams.set_office_hours(NEVER_AT_NIGHT))
    key = broadcast(office, conversation, "An offer")
    office.window.open_conversation(conversation)
    office.stage.settle()
    pane = office.window._parts.conversation
    assert isinstance(pane, ConversationPane)
    timeline = pane.timeline
    held = message(office, key)
    assert timeline.words.status(held) == "Blocked time"
    buttons = timeline.words.row_words(held).buttons
    assert buttons == ((ZoneKind.MOVE, "Move to next allowed time"),)
    office.until(lambda: pane.composer.untimely.isVisible())
    assert "outside the allowed hours" in pane.composer.untimely.text()
    assert pane.composer.send_button.isEnabled() is False  # nothing is written yet
    pane.composer.editor.insertPlainText("About your question")
    office.stage.settle()
    assert pane.composer.send_button.isEnabled()
    pictured(office.window, "blocked-time")
    timeline.actions_of.activate(held, RowZone(kind=ZoneKind.MOVE, rect=None))  # type: ignore[arg-type]
    office.stage.settle()
    assert any("next allowed time" in words for words in office.toasts)
    moved = message(office, key)
    assert (moved.status, moved.blocked_time) == (DeliveryStatus.HELD, False)
    assert "On hold until" in timeline.words.status(moved)
    office.stage.run(office.office.teams.set_office_hours(ALWAYS))


@pytest.mark.row("S5-24", "S5-25", "S5-26")
def test_words_are_blocked_reviewed_and_allowed(office: WholeWindow) -> None:
    dialog = opened(office, "terms.open", BlockedTermsDialog)
    assert isinstance(dialog, BlockedTermsDialog)
    dialog.term.setText("Casino")
    dialog.add_button.click()
    office.stage.settle()
    dialog.term.setText("https://www.bit.ly/x")
    dialog.add()
    office.stage.settle()
    assert [dialog.list.item(row).text() for row in range(2)] == ["Casino  ·  word", "https://www.bit.ly/x  ·  link"]
    assert dialog.boxes[next(iter(dialog.boxes))].isChecked()
    pictured(dialog, "terms")
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    office.stage.settle()
    assert [one.active for one in office.stage.run(office.office.terms.all())] == [True, False]
    dialog.accept()
    first, second = office.people(2)
    kept, other = broadcast(office, first, "A casino night"), broadcast(office, second, "Casino, says the film")
    review = opened(office, "terms.review", BlockedTermsDialog)
    assert isinstance(review, BlockedTermsDialog)
    assert review.tabs.currentIndex() == 1
    assert review.tabs.tabText(1) == "Kept back (2)"
    assert not review.allow_button.isEnabled()
    rows = [review.kept.item(row) for row in range(2)]
    assert all("Casino" in row.text() for row in rows)
    next(row for row in rows if row.data(Qt.ItemDataRole.UserRole) == kept).setSelected(True)
    pictured(review, "terms-review")
    review.note.setText("A theatre play")
    review.allow_button.click()
    office.stage.settle()
    assert "1 allowed, 1 sent again." in review.told.text()
    assert review.kept.count() == 1
    review.all_button.click()
    review.keep_button.click()
    office.stage.settle()
    assert review.none_kept.isVisible()
    decided = {one.message_id: one.decision for one in office.stage.run(office.office.terms.decisions())}
    assert decided == {kept: "allowed", other: "kept"}


@pytest.mark.row("S5-24")
def test_news_of_messages_leave_the_chosen_word_chosen(office: WholeWindow) -> None:
    for term in ("Casino", "Lottery"):
        office.stage.run(office.office.terms.add(term))
    dialog = opened(office, "terms.open", BlockedTermsDialog)
    assert isinstance(dialog, BlockedTermsDialog)
    dialog.list.setCurrentRow(1)
    (conversation,) = office.people(1)
    broadcast(office, conversation, "A casino night")
    office.stage.until(lambda: dialog.tabs.tabText(1) == "Kept back (1)")
    assert dialog.list.currentRow() == 1
    assert dialog.delete_button.isEnabled()


@pytest.mark.row("S5-17", "S5-24", "S5-26")
def test_who_may_not_change_the_rules_reads_them_and_is_told_why(office: WholeWindow) -> None:
    office.stage.run(office.office.terms.add("Casino"))
    office.stage.run(office.office.teams.add("Night shift"))
    office.store.run_sync(lambda work: work.users.change(office.office.user.id, role=Role.AGENT))
    teams = opened(office, "teams.open", TeamsDialog)
    assert isinstance(teams, TeamsDialog)
    assert teams.only.isVisible()
    teams.list.setCurrentRow(1)
    changes = (
        teams.add_button,
        teams.rename_button,
        teams.delete_button,
        teams.own,
        teams.editor,
        teams.add_day_button,
    )
    assert not any(widget.isEnabled() for widget in changes)
    teams.accept()
    terms = opened(office, "terms.open", BlockedTermsDialog)
    assert isinstance(terms, BlockedTermsDialog)
    assert terms.only_read.isVisible()
    terms.list.setCurrentRow(0)
    assert not any(widget.isEnabled() for widget in (terms.term, terms.add_button, terms.delete_button))
