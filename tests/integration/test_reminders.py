"""Reminders: one message relative to a date, once for each contact and date, gated like all (S4-12)."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind, FieldValue
from desktop_inbox.models.entities.ids import FieldId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.reminder import Reminder, ReminderDraft, ReminderOutcome, ReminderUnit
from desktop_inbox.models.entities.segment import Condition, Group, GroupOp, Operator
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.merges import MergeService
from desktop_inbox.services.reminder_times import occurrence, same_days
from desktop_inbox.services.reminders import ReminderJob, ReminderService
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.undo import UndoService
from tests.support.campaigns import SMS, CampaignDesk
from tests.support.offices import Office
from tests.support.run import run


class ReminderDesk(CampaignDesk):
    """The same desk with a field of appointments, in Berlin."""

    def __init__(self, office: Office, **more: Any) -> None:
        super().__init__(office, **more)
        self.reminders = ReminderService(
            self.store, user_id=office.user.id, enqueue=self.enqueue, capabilities=lambda _channel: SMS
        )
        self.job = ReminderJob(self.store, enqueue=self.enqueue, capabilities=lambda _channel: SMS)

    def field(self) -> CustomField:
        def add(work: Any) -> CustomField:
            work.settings.set(TIME_ZONE.key, "Europe/Berlin")
            return work.custom_fields.add(slug="visit", name="Visit", kind=FieldKind.DATE, description="", choices=())

        return self.store.run_sync(add)

    def dated(self, contact: Contact, field: CustomField, day: date) -> None:
        value = FieldValue(text=day.isoformat(), number=float(day.toordinal()))
        self.store.run_sync(lambda work: work.custom_fields.set_value(contact.id, field.id, value))

    def remind(self, field: CustomField, **more: Any) -> Reminder:
        values = {
            "name": "Visit",
            "field_id": field.id,
            "channel_id": self.office.channel.id,
            "text": "Until $contact.visit, $contact.firstname!",
            "amount": -1,
            "unit": ReminderUnit.DAYS,
            "at_time": "09:00",
        }
        return run(self.reminders.save(ReminderDraft(**{**values, **more})))

    def at(self, text: str) -> int:
        """Look at a moment (UTC)."""
        self.office.clock.set(datetime.fromisoformat(text).replace(tzinfo=UTC))
        return run(self.job.run())

    def said(self, contact: Contact) -> list[str]:
        return [one.text for one in self.sent(contact)]


@pytest.fixture
def desk(office: Office) -> ReminderDesk:
    return ReminderDesk(office)  # it is Monday, 2026-03-02 12:00 UTC


@pytest.fixture
def lone(sqlite_office: Office) -> ReminderDesk:
    return ReminderDesk(sqlite_office)


@pytest.mark.row("S4-12")
def test_it_leaves_at_the_time_of_delivery_before_the_date_and_once(desk: ReminderDesk) -> None:
    field, grace = desk.field(), desk.person()
    desk.dated(grace, field, date(2026, 3, 6))
    reminder = desk.remind(field)
    assert desk.at("2026-03-05T07:59") == 0
    assert desk.at("2026-03-05T08:00") == 1, "it is 09:00 in Berlin"
    assert desk.said(grace) == ["Until 2026-03-06, Grace!"]
    assert desk.sent(grace)[0].sender_kind is SenderKind.AUTOMATION
    assert desk.at("2026-03-05T08:10") == 0
    assert desk.at("2026-03-07T08:00") == 0
    (done,) = run(desk.reminders.runs(reminder.id))
    assert (done.outcome, done.nominal_local) == (ReminderOutcome.QUEUED, "2026-03-05T09:00:00")
    desk.dated(grace, field, date(2026, 3, 20))
    assert desk.at("2026-03-19T08:00") == 1, "another date is another reminder"


@pytest.mark.row("S4-12")
@pytest.mark.parametrize(
    ("more", "before", "then"),
    [
        pytest.param({"amount": 2, "unit": ReminderUnit.HOURS, "at_time": ""}, "00:59", "01:00", id="2 hours after"),
        pytest.param({"amount": -30, "unit": ReminderUnit.MINUTES}, "07:29", "07:30", id="30 minutes before 09:00"),
        pytest.param({"amount": 0, "at_time": "18:30"}, "17:29", "17:30", id="on the day"),
    ],
)
def test_offsets_in_minutes_and_hours(lone: ReminderDesk, more: dict[str, Any], before: str, then: str) -> None:
    field, grace = lone.field(), lone.person()
    lone.dated(grace, field, date(2026, 3, 6))
    lone.remind(field, **more)
    assert lone.at(f"2026-03-06T{before}") == 0
    assert lone.at(f"2026-03-06T{then}") == 1


@pytest.mark.row("S4-12")
def test_weeks_and_changes_of_the_clock_keep_the_time_on_the_wall(lone: ReminderDesk) -> None:
    field, grace = lone.field(), lone.person()
    lone.dated(grace, field, date(2026, 4, 1))
    lone.remind(field, amount=-1, unit=ReminderUnit.WEEKS)
    lone.remind(field, name="After", amount=-1, unit=ReminderUnit.DAYS)
    assert lone.at("2026-03-25T07:59") == 0
    assert lone.at("2026-03-25T08:00") == 1
    assert lone.at("2026-03-31T06:59") == 0
    assert lone.at("2026-03-31T07:00") == 1, "summer time has begun"


@pytest.mark.row("S4-12")
def test_a_birthday_comes_every_year_and_a_leap_day_on_the_28th(desk: ReminderDesk) -> None:
    field, grace, ada = desk.field(), desk.person(), desk.person("+14155550149", first_name="Ada")
    desk.dated(grace, field, date(1990, 6, 1))
    desk.dated(ada, field, date(1992, 2, 29))
    desk.remind(field, amount=0, yearly=True)
    assert desk.at("2026-06-01T07:00") == 1
    assert desk.at("2027-02-28T08:00") == 1
    assert desk.at("2027-06-01T07:00") == 1
    assert desk.at("2028-02-28T08:00") == 0
    assert desk.at("2028-02-29T08:00") == 1
    assert (len(desk.said(grace)), len(desk.said(ada))) == (2, 2)


@pytest.mark.row("S4-12")
def test_days_of_earlier_years_are_found_by_number() -> None:
    found = list(same_days(date(2026, 2, 28)))
    assert date(2024, 2, 29).toordinal() in found
    assert date(2024, 2, 28).toordinal() in found
    assert date(2026, 2, 28).toordinal() in found
    assert date(2024, 2, 29).toordinal() not in list(same_days(date(2028, 2, 28)))
    assert occurrence(date(2024, 2, 29), 2026) == date(2026, 2, 28)


@pytest.mark.row("S4-12", "S4-09", "P7")
def test_it_is_gated_like_everything_automatic(desk: ReminderDesk) -> None:
    field, grace, ada = desk.field(), desk.person(), desk.person("+14155550149", first_name="Ada")
    for one in (grace, ada):
        desk.dated(one, field, date(2026, 3, 6))
    reminder = desk.remind(field)
    desk.says("STOP")
    assert desk.at("2026-03-05T08:00") == 2
    assert len(desk.said(ada)) == 1
    assert [one.sender_kind for one in desk.sent(grace)] == [SenderKind.KEYWORD]
    runs = {one.contact_id: one for one in run(desk.reminders.runs(reminder.id))}
    assert (runs[grace.id].outcome, runs[grace.id].reason) == (
        ReminderOutcome.SKIPPED,
        "This contact opted out of messages.",
    )


@pytest.mark.row("S4-12")
def test_only_a_segment_gets_it(desk: ReminderDesk) -> None:
    field, grace, ada = desk.field(), desk.person(), desk.person("+14155550149", first_name="Ada")
    for one in (grace, ada):
        desk.dated(one, field, date(2026, 3, 6))
    only = Group(GroupOp.ALL, (Condition("name", Operator.HAS, "ada"),))
    desk.remind(field, audience=only)
    assert desk.at("2026-03-05T08:00") == 1
    assert (desk.said(grace), len(desk.said(ada))) == ([], 1)


@pytest.mark.row("S4-12", "D-05")
def test_what_was_missed_is_sent_a_little_late_and_asks_after_that(desk: ReminderDesk) -> None:
    field, grace, ada = desk.field(), desk.person(), desk.person("+14155550149", first_name="Ada")
    desk.dated(grace, field, date(2026, 3, 6))
    desk.dated(ada, field, date(2026, 3, 9))
    reminder = desk.remind(field)
    desk.at("2026-03-04T08:00")
    assert desk.at("2026-03-05T13:59") == 1, "5:59 late"
    assert desk.at("2026-03-08T14:01") == 1
    assert desk.said(ada) == [], "6:01 late"
    assert run(desk.reminders.get(reminder.id)).asking == 1
    assert run(desk.reminders.send_missed(reminder.id)) == 1
    assert len(desk.said(ada)) == 1
    assert run(desk.reminders.get(reminder.id)).asking == 0


def test_a_new_reminder_does_not_make_up_for_what_is_past(lone: ReminderDesk) -> None:
    field, grace = lone.field(), lone.person()
    lone.dated(grace, field, date(2026, 3, 3))  # the reminder would have left this morning
    lone.remind(field)
    assert lone.at("2026-03-02T12:30") == 0
    assert lone.said(grace) == []


def test_it_waits_for_a_channel_that_is_paused(lone: ReminderDesk) -> None:
    field, grace = lone.field(), lone.person()
    lone.dated(grace, field, date(2026, 3, 6))
    lone.remind(field)
    channel = lone.office.channel.id
    lone.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.PAUSED, state_reason="holiday"))
    assert lone.at("2026-03-05T08:00") == 0
    lone.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.ACTIVE, state_reason=""))
    assert lone.at("2026-03-05T09:00") == 1


def test_one_that_is_switched_off_sends_nothing(lone: ReminderDesk) -> None:
    field, grace = lone.field(), lone.person()
    lone.dated(grace, field, date(2026, 3, 6))
    reminder = lone.remind(field)
    run(lone.reminders.set_active(reminder.id, active=False))
    assert lone.at("2026-03-05T08:00") == 0


@pytest.mark.row("S4-12")
@pytest.mark.parametrize(
    "more",
    [{"name": ""}, {"text": " "}, {"amount": 5000}, {"at_time": "25:00"}, {"field_id": FieldId(99)}],
)
def test_what_is_no_reminder_is_refused(lone: ReminderDesk, more: dict[str, Any]) -> None:
    field = lone.field()
    with pytest.raises(InvalidInputError):
        lone.remind(field, **more)


@pytest.mark.row("S4-12", "P9")
def test_several_computers_send_it_once(office: Office) -> None:
    desk = ReminderDesk(office)
    field = desk.field()
    people = [desk.person(f"+1415555{number:04d}", first_name=f"P{number}") for number in range(250)]
    for one in people:
        desk.dated(one, field, date(2026, 3, 6))
    desk.remind(field)
    office.clock.set(datetime(2026, 3, 5, 8, 0, tzinfo=UTC))
    desks = [desk, *(ReminderDesk(office, store=office.another_store()) for _ in range(2))]
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(run(one.job.run()))) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 250, counts
    assert [len(desk.said(one)) for one in people] == [1] * 250


@pytest.mark.row("S4-12", "D-09")
def test_whoever_was_reminded_is_not_reminded_again_as_somebody_else(desk: ReminderDesk) -> None:
    field, grace = desk.field(), desk.person()
    other = desk.office.contact("+14155550177", first_name="Grace")
    desk.dated(grace, field, date(2026, 3, 6))
    reminder = desk.remind(field)
    assert desk.at("2026-03-05T08:00") == 1

    merges = MergeService(desk.store, user_id=desk.office.user.id)
    merged = run(merges.merge(other.id, grace.id))  # with the date, what was sent for it goes to the other one
    assert desk.at("2026-03-05T08:10") == 0
    assert [one.contact_id for one in run(desk.reminders.runs(reminder.id))] == [other.id]
    run(merges.unmerge(merged))
    assert [one.contact_id for one in run(desk.reminders.runs(reminder.id))] == [grace.id]


@pytest.mark.row("S4-12", "D-20")
def test_a_reminder_comes_back_with_its_field(desk: ReminderDesk) -> None:
    field, grace = desk.field(), desk.person()
    desk.dated(grace, field, date(2026, 3, 6))
    desk.remind(field)
    assert desk.at("2026-03-05T08:00") == 1
    run(CustomFieldService(desk.store, user_id=desk.office.user.id).delete(field.id))
    run(UndoService(desk.store, user_id=desk.office.user.id).undo_last())
    (back,) = run(desk.reminders.all())
    assert (back.name, back.queued) == ("Visit", 1)
    assert desk.at("2026-03-05T08:10") == 0, "nobody is reminded twice"
