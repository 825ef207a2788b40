"""Scheduling in the real window on a real store: the clock beside Send, what waits above the field, and the page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QDateTime, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget

from desktop_inbox.app.office import build_office
from desktop_inbox.app.program import services_of
from desktop_inbox.config import Config
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.schedule import Schedule, ScheduleState
from desktop_inbox.models.entities.team import Hours
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.schedule_editor import ScheduleEditor
from desktop_inbox.views.item_models.schedule_table import Column
from desktop_inbox.views.main_window import MainWindow
from desktop_inbox.views.pages.schedules import SchedulesPage
from desktop_inbox.views.panes.send_later import times
from desktop_inbox.views.parts import make_parts
from tests.support.clock import HeldClock
from tests.support.qt import Stage, stage

__all__ = ["stage"]

W = TypeVar("W", bound=QWidget)


class Desk:
    """The program's own window on a file; noon of a Monday in Berlin is an hour before the clock's UTC says so."""

    def __init__(self, stage: Stage, url: str, folder: Path, clock: HeldClock) -> None:
        self.stage, self.clock, self.bus = stage, clock, EventBus()
        self.store = Store.open(url, clock=clock, publish=self.bus.publish)
        self.store.attach(stage.loop)
        user = self.store.run_sync(lambda work: work.users.add("Ana", Role.ADMINISTRATOR))
        config = Config(profile="test", data_dir=folder, database_url=url)
        self.office = build_office(config, self.store, user, self.bus, clock=clock)
        stage.run(self.office.settings.load())
        stage.run(self.office.settings.set(TIME_ZONE, "Europe/Berlin"))
        self.bridge = EventBridge(self.bus)

        def found(work):  # type: ignore[no-untyped-def]
            work.channels.add(kind="simulator", name="SMS", address="+14155550100", settings={"network": "sms"})
            contact = work.contacts.add([(Scheme.TEL, "+14155550148")], first_name="Maria", last_name="Ortiz")
            return work.conversations.of_contact(contact.id)

        self.conversation = self.store.run_sync(found)
        services = services_of(self.office)
        self.window = MainWindow().fill(
            services, stage.tasks, self.bridge, lambda window: make_parts(services, stage.tasks, self.bridge, window)
        )
        stage.show(self.window, 1280, 800)
        self.window.start()
        stage.settle()
        self.window.open_conversation(self.conversation)
        self.composer = self.window._parts.conversation.composer
        stage.until(lambda: self.composer.picker.current is not None)
        stage.settle()
        self.composer.editor.setFocus()

    @property
    def service(self):  # type: ignore[no-untyped-def]
        return self.office.schedules

    def listed(self) -> list[Schedule]:
        return [row.schedule for row in self.store.read_sync(lambda work: work.schedules.rows())]

    def get(self, schedule: Schedule) -> Schedule:
        found = self.store.read_sync(lambda work: work.schedules.get(schedule.id))
        assert found is not None
        return found

    def write(self, text: str) -> None:
        self.composer.editor.setPlainText(text)
        self.stage.settle()

    def offers(self) -> list[str]:
        """Open the menu beside Send; what it says."""
        QTest.mouseClick(self.composer.later_button, Qt.MouseButton.LeftButton)
        self.stage.until(self.composer.later.menu.isVisible)
        return [action.text() for action in self.composer.later.menu.actions() if action.text()]

    def choose(self, beginning: str) -> None:
        action = next(one for one in self.composer.later.menu.actions() if one.text().startswith(beginning))
        self.composer.later.menu.close()
        action.trigger()

    def dialog(self, kind: type[W]) -> W:
        def found() -> W | None:
            return next(
                (one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None
            )

        self.stage.until(lambda: found() is not None)
        shown = found()
        assert shown is not None
        return shown

    def click(self, within: QWidget, name: str) -> None:
        kinds = (QPushButton, QToolButton)
        found = [one for kind in kinds for one in within.findChildren(kind) if one.isVisible()]
        button = next(one for one in found if one.accessibleName() == name or one.text().strip() == name)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.stage.settle()

    def page(self) -> SchedulesPage:
        self.window.show_page("schedules")
        page = self.window.page("schedules")
        assert isinstance(page, SchedulesPage)
        self.stage.settle()
        return page

    def add(self, hours: float, rule: str = "", text: str = "See you soon") -> Schedule:
        """A reply, so many hours from now, by the office's clock."""
        from desktop_inbox.services.schedules import ScheduleDraft

        option = self.composer.picker.current
        assert option is not None
        at = (self.clock() + timedelta(hours=hours + 1)).replace(tzinfo=None)
        made = self.stage.run(
            self.service.create(
                ScheduleDraft(
                    text=text,
                    channel_id=option.channel.id,
                    address_id=option.address.id,
                    starts_at=at,
                    zone="Europe/Berlin",
                    rule=rule,
                    conversation_id=self.conversation,
                )
            )
        )
        self.stage.settle()
        return made

    def close(self) -> None:
        self.stage.run(self.window.shut_down())
        self.bridge.close()
        self.store.close()


@pytest.fixture
def desk(stage: Stage, sqlite_url: str, tmp_path: Path, clock: HeldClock) -> Iterator[Desk]:
    opened = Desk(stage, sqlite_url, tmp_path, clock)
    yield opened
    opened.close()


@pytest.mark.row("UX-C09")
def test_a_reply_is_sent_later_at_a_time_of_the_menu(desk: Desk) -> None:
    assert not desk.composer.later_button.isEnabled()  # there is nothing to send
    desk.write("See you tomorrow")
    offers = desk.offers()
    assert offers[0] == "It is 04:00 for them (Los Angeles)"
    assert offers[1].startswith("In 1 hour, 14:00 (Mon 05:00 for them)")
    assert [one.partition(",")[0] for one in offers[2:]] == [
        "This evening", "Tomorrow morning", "Monday morning", "Choose date and time…",
    ]  # fmt: skip
    desk.choose("Tomorrow morning")
    desk.stage.until(lambda: len(desk.listed()) == 1)
    (made,) = desk.listed()
    assert (made.text, made.next_at) == ("See you tomorrow", datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert made.cancel_on_reply
    desk.stage.until(lambda: not desk.composer.editor.text)
    desk.stage.until(desk.composer.later.bar.isVisible)


@pytest.mark.row("UX-C09")
def test_what_waits_is_listed_above_the_field_and_can_be_taken_back(desk: Desk) -> None:
    desk.add(20)
    desk.stage.until(desk.composer.later.bar.isVisible)
    desk.click(desk.composer.later.bar, "Do not send")
    desk.stage.until(lambda: not desk.listed())
    desk.stage.until(lambda: not desk.composer.later.bar.isVisible())
    desk.stage.run(desk.office.undo.undo_last())
    desk.stage.until(lambda: len(desk.listed()) == 1)


@pytest.mark.row("UX-C09", "K11")
def test_up_in_an_empty_field_changes_what_was_scheduled_last(desk: Desk) -> None:
    desk.add(20, text="First")
    desk.clock.advance(timedelta(minutes=1))
    desk.add(30, text="Second")
    desk.stage.until(lambda: len(desk.composer.later.rows) == 2)
    desk.composer.editor.setFocus()
    QTest.keyClick(desk.composer.editor, Qt.Key.Key_Up)
    editor = desk.dialog(ScheduleEditor)
    assert editor.text.toPlainText() == "Second"
    editor.text.setPlainText("Changed")
    editor.save_button.click()
    desk.stage.until(lambda: "Changed" in [one.text for one in desk.listed()])


@pytest.mark.row("D-07", "UX-C09")
def test_a_time_outside_the_window_is_warned_of_before_it_is_saved(desk: Desk) -> None:
    def narrow(work):  # type: ignore[no-untyped-def]
        from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message

        (channel,) = work.channels.all()
        work.channels.change(channel.id, settings={**channel.settings, "window_hours": "4"})
        contact = work.contacts.find("Maria", limit=1)[0]
        work.messages.add_inbound(
            Message(
                id=work.new_entry_id(work.now()), conversation_id=desk.conversation, contact_id=contact.id,
                direction=Direction.IN, text="Hello", status=DeliveryStatus.RECEIVED, channel_id=channel.id,
                address_id=contact.addresses[0].id,
            )
        )  # fmt: skip

    desk.store.run_sync(narrow)
    desk.stage.settle()
    desk.write("See you tomorrow")
    desk.offers()
    desk.choose("Tomorrow morning")
    question = desk.dialog(ConfirmDialog)
    assert not desk.listed()
    desk.click(question, "Schedule anyway")
    desk.stage.until(lambda: len(desk.listed()) == 1)
    assert desk.listed()[0].options["confirmed"] == ["outside_window"]


def _put_on_a_list(work):  # type: ignore[no-untyped-def]
    listed = work.contact_lists.ensure("Everybody")
    work.contact_lists.add_members(listed.id, [work.contacts.find("Maria", limit=1)[0].id])


def test_a_new_schedule_is_offered_the_channels_of_the_team(desk: Desk) -> None:
    teams, me = desk.office.teams, desk.office.user.id

    def more(work):  # type: ignore[no-untyped-def]
        return work.channels.add(kind="simulator", name="Night line", address="+14155550111", settings={}).id

    night = desk.stage.run(teams.add("Night"))
    desk.stage.run(teams.assign([me], night.id))
    desk.stage.run(teams.set_channels(night.id, [desk.store.run_sync(more)]))
    desk.click(desk.page(), "New schedule")
    editor = desk.dialog(ScheduleEditor)
    desk.stage.until(editor.channel.count)
    assert [editor.channel.itemText(place) for place in range(editor.channel.count())] == ["Night line"]
    assert editor.channel.currentText() == "Night line"


@pytest.mark.row("D-07", "S5-17")
def test_a_broadcast_at_night_is_warned_of_before_its_schedule_is_saved(desk: Desk) -> None:
    hours = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
    desk.stage.run(desk.office.teams.set_office_hours(hours, recipient_zone=False))
    desk.store.run_sync(_put_on_a_list)
    page = desk.page()
    desk.click(page, "New schedule")
    editor = desk.dialog(ScheduleEditor)
    desk.stage.until(lambda: editor.to.count() and editor.channel.count())
    editor.to.setCurrentIndex(editor.to.findText("List: Everybody"))
    editor.text.setPlainText("Good night")
    editor.start.setDateTime(QDateTime(2026, 3, 3, 23, 0, 0))
    editor.save_button.click()
    desk.stage.until(editor.trouble.isVisible)
    assert "It is 23:00 on Tuesday" in editor.trouble.text()
    assert editor.save_button.text() == "Schedule anyway"
    assert not desk.listed()
    editor.start.setDateTime(QDateTime(2026, 3, 4, 9, 0, 0))
    assert editor.trouble.isHidden()
    editor.save_button.click()
    desk.stage.until(lambda: len(desk.listed()) == 1)


@pytest.mark.row("S1-22", "S1-24")
def test_the_page_lists_by_time_and_pauses_skips_and_deletes(desk: Desk) -> None:
    desk.add(48, text="Later")
    soon = desk.add(3, "FREQ=DAILY", text="Soon")
    page = desk.page()
    desk.stage.until(lambda: page.model.rowCount() == 2)
    cells = [page.model.index(row, Column.CONTENT).data() for row in range(2)]
    assert cells == ["Soon", "Later"]
    assert page.model.index(0, Column.REPEAT).data() == "Every day at 16:00, unless they answer"
    page.table.setCurrentIndex(page.model.index(0, 0))
    desk.click(page, "Pause")
    desk.stage.until(lambda: desk.get(soon).state is ScheduleState.PAUSED)
    desk.stage.until(lambda: page.pause_button.accessibleName() == "Resume")
    desk.click(page, "Resume")
    desk.stage.until(lambda: desk.get(soon).state is ScheduleState.ACTIVE)
    page.skip()
    desk.stage.until(lambda: desk.get(soon).next_at == datetime(2026, 3, 3, 15, tzinfo=UTC))
    page.table.setFocus()
    desk.stage.settle()
    page.table.setCurrentIndex(page.model.index(0, 0))
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    desk.stage.until(lambda: len(desk.listed()) == 1)


@pytest.mark.row("S1-22")
def test_an_empty_page_says_what_it_is_for(desk: Desk) -> None:
    page = desk.page()
    assert page.states.isVisible()
    assert not page.table.isVisible()
    assert not page.edit_button.isEnabled()


@pytest.mark.row("P10", "S1-24")
def test_what_was_missed_is_asked_about_on_the_page_and_in_the_conversation(desk: Desk) -> None:
    desk.add(1, text="Missed")
    desk.clock.advance(timedelta(hours=12))
    desk.stage.run(desk.office.scheduler.run_due())
    desk.stage.until(lambda: bool(desk.composer.later.rows))
    assert desk.composer.later.rows[0].schedule.state is ScheduleState.ASKING
    desk.stage.until(desk.composer.later.bar.isVisible)
    page = desk.page()
    desk.stage.until(page.banner.isVisible)
    assert "while no computer was on" in page.banner.words.text()
    desk.click(page.banner, "Send now")
    desk.stage.until(lambda: not desk.listed())
    assert desk.store.read_sync(lambda work: work.outbox.waiting_count()) == 1


@pytest.mark.row("S1-24")
def test_one_whose_zone_is_gone_says_so_on_the_page_and_is_mended_there(desk: Desk) -> None:
    key = desk.add(1, "FREQ=DAILY", text="Good morning")
    desk.store.run_sync(lambda work: work.schedules.change(key, zone="Nowhere/Gone"))
    desk.clock.advance(timedelta(hours=2))
    desk.stage.run(desk.office.scheduler.run_due())
    page = desk.page()
    desk.stage.until(page.banner.isVisible)
    assert page.banner.words.text() == (
        "“Good morning” stopped: nobody here knows the time zone Nowhere/Gone. Edit it and choose another one."
    )
    cells = [page.model.index(0, column).data() for column in (Column.NEXT, Column.STATE)]
    assert cells == ["Zone not known", "Stopped"]
    assert not page.banner.send.isVisible()
    desk.click(page.banner, "Edit…")
    editor = desk.dialog(ScheduleEditor)
    desk.stage.until(lambda: "time zone" in editor.upcoming.text())
    editor.zone.setCurrentText("Europe/Berlin")
    desk.stage.until(lambda: editor.upcoming.text().count("\n") == 4)
    editor.save_button.click()
    desk.stage.until(lambda: desk.get(key).state is ScheduleState.ACTIVE)
    desk.stage.until(lambda: not page.banner.isVisible())


@pytest.mark.row("S1-23", "S1-24")
def test_the_editor_shows_the_next_five_times_while_one_writes(desk: Desk) -> None:
    desk.add(20)
    page = desk.page()
    desk.stage.until(lambda: page.model.rowCount() == 1)
    page.edit()
    editor = desk.dialog(ScheduleEditor)
    editor.repeat.setCurrentIndex(1)
    desk.stage.until(lambda: editor.upcoming.text().count("\n") == 4)
    assert editor.upcoming.text().splitlines()[0].startswith("Tue 03 Mar 2026, 09:00")
    editor.repeat.setCurrentIndex(4)
    editor.rule.setText("nonsense")
    desk.stage.until(lambda: "rule" in editor.upcoming.text())
    editor.rule.setText("FREQ=MONTHLY;BYDAY=-1FR")
    desk.stage.until(lambda: "Fri 27 Mar 2026" in editor.upcoming.text())
    editor.save_button.click()
    desk.stage.until(lambda: desk.listed()[0].rule == "FREQ=MONTHLY;BYDAY=-1FR")


@pytest.mark.row("S1-24")
def test_the_context_menu_offers_what_can_be_done(desk: Desk) -> None:
    desk.add(20, "FREQ=DAILY")
    page = desk.page()
    desk.stage.until(lambda: page.model.rowCount() == 1)
    page.table.menu_wanted.emit(QPoint(10, 10))
    menu = desk.dialog(QMenu)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "Edit…", "Pause", "Leave out the next time", "Send now…", "Open the conversation", "Delete",
    ]  # fmt: skip
    menu.close()


@pytest.mark.row("UX-C09")
def test_this_evening_is_offered_only_before_it() -> None:
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    late = times(datetime(2026, 3, 7, 20, tzinfo=UTC), berlin)
    assert list(late) == ["hour", "tomorrow", "monday"]
    sunday = times(datetime(2026, 3, 8, 9, tzinfo=UTC), berlin)
    assert list(sunday) == ["hour", "evening", "tomorrow"]
    assert sunday["tomorrow"] == datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.row("UX-C09", "C01")
def test_what_was_written_is_sent_later_although_another_conversation_is_opened_at_once(desk: Desk) -> None:
    def somebody_else(work):  # type: ignore[no-untyped-def]
        return work.conversations.of_contact(work.contacts.add([(Scheme.TEL, "+14155550149")], first_name="Ben").id)

    other = desk.store.run_sync(somebody_else)
    desk.write("For Maria alone")
    desk.offers()
    desk.choose("Tomorrow morning")
    desk.composer.open(other)
    desk.composer.editor.insertPlainText("Dear Ben")
    desk.stage.until(lambda: len(desk.listed()) == 1)
    desk.stage.settle()
    (made,) = desk.listed()
    assert (made.text, made.conversation_id) == ("For Maria alone", desk.conversation)
    assert desk.composer.editor.text == "Dear Ben"
    draft = desk.stage.run(desk.office.inbox.draft(desk.conversation))
    assert draft is None or not draft.text, "it is on its way, and would be sent twice"


@pytest.mark.row("UX-C09", "C07")
def test_taking_back_what_is_sent_later_brings_the_text_back(desk: Desk) -> None:
    desk.write("See you tomorrow")
    desk.offers()
    desk.choose("Tomorrow morning")
    desk.stage.until(lambda: not desk.composer.editor.text)
    desk.stage.settle()
    assert desk.window.toasts.undo_last()
    desk.stage.until(lambda: not desk.listed())
    desk.stage.until(lambda: desk.composer.editor.text == "See you tomorrow")


@pytest.mark.row("S1-22")
def test_two_clicks_on_save_make_one_schedule(desk: Desk) -> None:
    desk.write("See you")
    desk.offers()
    desk.choose("Choose date and time")
    editor = desk.dialog(ScheduleEditor)
    desk.stage.settle()
    editor.save_button.click()
    editor.save_button.click()
    desk.stage.until(lambda: desk.listed())
    desk.stage.settle()
    assert len(desk.listed()) == 1
    assert not desk.composer.editor.text
