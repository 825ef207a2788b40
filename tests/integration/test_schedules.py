"""Schedules: made, changed, fired once for each slot, asked about when missed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.models.entities.batch import BatchKind, BatchOptions
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.entities.schedule import RunOutcome, ScheduleState
from desktop_inbox.services.schedules import draft_of
from desktop_inbox.services.teams import TeamService
from desktop_inbox.services.undo import UndoService
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scheduling import ZONE, Desk, open_desk

#: The office's clock stands at noon UTC of Monday the 2nd of March 2026: 13:00 in Berlin.
AT_FIVE = datetime(2026, 3, 2, 17)
DAILY = "FREQ=DAILY"
NAMED = BatchOptions(pace=60, audience_name="1 contact")
FIRED, ASKING, MISSED, SKIPPED = RunOutcome.FIRED, RunOutcome.ASKING, RunOutcome.MISSED, RunOutcome.SKIPPED


@pytest.fixture
def desk(office: Office) -> Desk:
    return open_desk(office)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(InboxError) as error:
        action()
    return error.value.code


@pytest.mark.row("S1-22", "S5-11")
def test_a_schedule_fires_at_its_time_and_is_no_message_before(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    assert run(desk.service.count()) == 1
    desk.office.clock.advance(timedelta(hours=3, minutes=59))
    desk.look()
    assert not desk.messages()
    desk.office.clock.advance(timedelta(minutes=1))
    desk.look()
    desk.look()
    (message,) = desk.messages()
    assert (message.text, message.sender_kind) == ("See you soon", SenderKind.SCHEDULE)
    assert desk.outcomes(key) == [("2026-03-02T17:00:00", FIRED)]
    assert desk.get(key).state is ScheduleState.ENDED
    assert run(desk.service.count()) == 0


@pytest.mark.row("S5-23")
def test_a_scheduled_broadcast_keeps_to_the_channels_of_its_team(desk: Desk) -> None:
    key = desk.add(desk.broadcast(AT_FIVE, DAILY, text="Open day", name="Open day"))
    teams = TeamService(desk.store, user_id=desk.office.user.id)
    team = run(teams.add("Sales"))
    run(teams.assign([desk.office.user.id], team.id))
    other = desk.store.run_sync(lambda work: work.channels.add(kind="simulator", name="Night", address="", settings={}))
    run(teams.set_channels(team.id, [other.id]))
    assert refused(lambda: desk.add(desk.broadcast(AT_FIVE))) == "team_channel"
    assert desk.add(desk.draft(AT_FIVE))  # an answer to one contact is nothing to many
    desk.office.clock.advance(timedelta(hours=5))
    desk.look()
    assert desk.store.read_sync(lambda work: work.batches.latest(10)) == ()
    assert desk.outcomes(key)[0][1] is RunOutcome.REFUSED


@pytest.mark.row("S1-22", "S5-11")
def test_a_scheduled_broadcast_becomes_a_batch_of_its_own_each_time(desk: Desk) -> None:
    key = desk.add(desk.broadcast(AT_FIVE, DAILY, text="Open day", name="Open day"))
    for hours in (5, 24):
        desk.office.clock.advance(timedelta(hours=hours))
        desk.look()
    batches = desk.store.read_sync(
        lambda work: [work.batches.get(one.batch_id) for one in work.schedules.runs(key) if one.batch_id is not None]
    )
    assert [(one.kind, one.text, one.schedule_id) for one in batches if one] == [
        (BatchKind.SCHEDULE, "Open day", key)
    ] * 2


@pytest.mark.row("S1-22")
def test_the_list_begins_with_questions_and_goes_on_by_time(desk: Desk) -> None:
    late = desk.add(desk.draft(datetime(2026, 3, 9, 9), text="late"))
    soon = desk.add(desk.draft(AT_FIVE, text="soon"))
    asked = desk.add(desk.draft(datetime(2026, 3, 2, 14), text="asked"))
    desk.office.clock.advance(timedelta(minutes=1))
    desk.store.run_sync(lambda work: _ask(work, asked))
    rows = run(desk.service.all())
    assert [row.schedule.id for row in rows] == [asked, soon, late]
    assert {row.to for row in rows} == {"Maya"}


def _ask(work, key):  # type: ignore[no-untyped-def]
    schedule = work.schedules.get(key)
    work.schedules.claim(schedule, "2026-03-02T14:00:00", ASKING)
    work.schedules.change(schedule, state="asking", next_at=None, next_local=None)


@pytest.mark.row("S1-23")
def test_a_start_in_the_past_is_refused_once_and_jumps_ahead_when_it_recurs(desk: Desk) -> None:
    assert refused(lambda: desk.add(desk.draft(datetime(2026, 3, 2, 12)))) == "schedule_past"
    long_ago = desk.draft(datetime(1726, 3, 2, 12), "FREQ=HOURLY")  # each look would count the hours of 300 years
    assert refused(lambda: desk.add(long_ago)) == "schedule_start"
    key = desk.add(desk.draft(datetime(2026, 1, 5, 9), "FREQ=WEEKLY;BYDAY=MO"))
    assert desk.get(key).next_at == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert not desk.messages()


@pytest.mark.row("S1-24")
def test_editing_does_not_change_what_was_sent_and_deleting_keeps_it(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY, text="First"))
    desk.office.clock.advance(timedelta(hours=5))
    desk.look()
    old = desk.get(key)
    draft = desk.draft(datetime(2026, 3, 3, 8), DAILY, text="Second")
    changed = run(desk.service.edit(key, draft, version=old.version))
    assert changed.next_at == datetime(2026, 3, 3, 7, tzinfo=UTC)
    desk.office.clock.advance(timedelta(hours=15))
    desk.look()
    assert [message.text for message in desk.messages()] == ["First", "Second"]
    run(desk.service.delete(key))
    assert [message.text for message in desk.messages()] == ["First", "Second"]
    assert desk.counted(key) == {FIRED: 2}
    assert run(desk.service.count()) == 0


@pytest.mark.row("S1-24")
def test_of_two_people_who_edit_the_second_is_told(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    seen = desk.get(key)
    run(desk.service.edit(key, desk.draft(AT_FIVE, text="Hers"), version=seen.version))
    his = desk.draft(AT_FIVE, text="His")
    assert refused(lambda: run(desk.service.edit(key, his, version=seen.version))) == "schedule_changed"
    assert desk.get(key).text == "Hers"


@pytest.mark.row("S1-23")
def test_pause_lets_slots_pass_and_resume_goes_on_with_the_next(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    run(desk.service.pause(key))
    desk.office.clock.advance(timedelta(days=3))
    desk.look()
    assert not desk.outcomes(key)
    run(desk.service.resume(key))
    assert desk.get(key).next_at == datetime(2026, 3, 5, 16, tzinfo=UTC)
    once = desk.add(desk.draft(datetime(2026, 3, 5, 14)))
    run(desk.service.pause(once))
    desk.office.clock.advance(timedelta(days=1))
    assert refused(lambda: run(desk.service.resume(once))) == "schedule_over"


@pytest.mark.row("S1-24")
def test_skip_leaves_out_one_slot(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    run(desk.service.skip(key))
    assert desk.get(key).next_at == datetime(2026, 3, 3, 16, tzinfo=UTC)
    desk.office.clock.advance(timedelta(days=1, hours=4))
    desk.look()
    assert [outcome for _slot, outcome in desk.outcomes(key)] == [SKIPPED, FIRED]
    once = desk.add(desk.draft(datetime(2026, 3, 9, 9)))
    assert refused(lambda: run(desk.service.skip(once))) == "schedule_once"


@pytest.mark.row("S1-24")
def test_send_now_ends_what_is_sent_once_and_not_what_recurs(desk: Desk) -> None:
    once, daily = desk.add(desk.draft(AT_FIVE, text="A")), desk.add(desk.draft(AT_FIVE, DAILY, text="B"))
    run(desk.service.send_now(once))
    run(desk.service.send_now(daily))
    assert [message.text for message in desk.messages()] == ["A", "B"]
    assert desk.get(once).state is ScheduleState.ENDED
    assert desk.get(daily).next_at == datetime(2026, 3, 2, 16, tzinfo=UTC)
    desk.office.clock.advance(timedelta(hours=5))
    desk.look()
    assert [message.text for message in desk.messages()] == ["A", "B", "B"]


@pytest.mark.row("S1-24")
def test_deleting_can_be_undone(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    run(desk.service.delete(key))
    desk.office.clock.advance(timedelta(hours=1))
    run(UndoService(desk.store, user_id=desk.office.user.id).undo_last())
    desk.office.clock.advance(timedelta(hours=4))
    desk.look()
    assert desk.counted(key) == {FIRED: 1}
    assert refused(lambda: run(desk.service.delete(key))) == "schedule_missing"


@pytest.mark.row("B-02")
@pytest.mark.parametrize("cancels", [True, False])
def test_a_reply_that_waits_is_cancelled_when_the_contact_answers_first(desk: Desk, *, cancels: bool) -> None:
    assert desk.draft(AT_FIVE).cancel_on_reply  # as shipped
    key = desk.add(desk.draft(AT_FIVE, cancel_on_reply=cancels))
    desk.office.clock.advance(timedelta(hours=1))
    desk.answer()
    found = desk.get(key)
    assert (found.state, found.cause) == (
        (ScheduleState.CANCELLED, "contact_replied") if cancels else (ScheduleState.ACTIVE, "")
    )
    desk.office.clock.advance(timedelta(hours=4))
    desk.look()
    assert len(desk.messages()) == (0 if cancels else 1)


@pytest.mark.row("B-02")
def test_what_was_deleted_before_the_contact_answered_is_not_brought_back_to_leave_after_it(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    run(desk.service.delete(key))
    desk.office.clock.advance(timedelta(hours=1))
    desk.answer()
    undone = run(UndoService(desk.store, user_id=desk.office.user.id).undo_last())
    assert undone is not None
    assert (undone.restored, undone.changed_since) == (0, 1)
    desk.office.clock.advance(timedelta(hours=4))
    desk.look()
    assert desk.messages() == []
    events = desk.store.read_sync(lambda work: work.timeline.since(desk.conversation_id, 0, 100)).entries
    assert len([one for one in events if getattr(one, "kind", "") == "schedule_cancelled"]) == 1  # told once


@pytest.mark.row("D-07")
def test_the_gate_is_asked_about_the_moment_when_it_leaves(desk: Desk) -> None:
    def make(work):  # type: ignore[no-untyped-def]
        settings = {"network": "sms", "window_hours": "24"}
        return work.channels.add(kind="simulator", name="Chat", address="+14155550101", settings=settings)

    channel = desk.store.run_sync(make)
    desk.office.channel = channel
    desk.answer()
    inside, outside = desk.draft(AT_FIVE), desk.draft(datetime(2026, 3, 4, 9))
    assert run(desk.service.look(inside)).kind is GateKind.GO
    warned = run(desk.service.look(outside))
    assert (warned.kind, warned.code) == (GateKind.CONFIRM, "outside_window")
    confirmed = desk.draft(datetime(2026, 3, 4, 9), confirmed=frozenset({"outside_window"}))
    assert run(desk.service.look(confirmed)).kind is GateKind.GO
    unseen, seen = desk.add(outside), desk.add(confirmed)
    desk.office.clock.advance(timedelta(days=2))
    desk.look()
    assert desk.counted(unseen) == {RunOutcome.REFUSED: 1}
    assert desk.counted(seen) == {FIRED: 1}


def test_what_the_gate_refuses_is_written_down_and_told(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    desk.store.run_sync(
        lambda work: work.consent.record(desk.contact.id, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP")
    )
    assert refused(lambda: run(desk.service.send_now(key))) == "gate.opted_out"
    assert desk.get(key).state is ScheduleState.ACTIVE
    desk.office.clock.advance(timedelta(hours=4))
    desk.look()
    assert desk.counted(key) == {RunOutcome.REFUSED: 1}
    assert (desk.get(key).state, desk.get(key).cause) == (ScheduleState.CANCELLED, "opted_out")
    kinds = desk.store.read_sync(lambda work: work.timeline.since(desk.conversation_id, 0, 1000).entries)
    assert "schedule_refused" in [getattr(entry, "kind", "") for entry in kinds]


def test_what_cannot_be_scheduled_is_refused(desk: Desk) -> None:
    assert refused(lambda: desk.add(desk.draft(AT_FIVE, text="  "))) == "empty"
    assert refused(lambda: desk.add(desk.draft(AT_FIVE, "FREQ=NOW"))) == "rule_invalid"
    assert refused(lambda: desk.add(desk.draft(AT_FIVE, zone="Mars/Olympus"))) == "zone_unknown"
    assert refused(lambda: desk.add(desk.broadcast(AT_FIVE, audience=None))) == "audience_missing"
    with pytest.raises(NotFoundError):
        desk.add(desk.draft(AT_FIVE, channel_id=99))


def test_a_schedule_can_be_turned_into_a_draft_again(desk: Desk) -> None:
    for draft in (desk.draft(AT_FIVE, DAILY), desk.broadcast(AT_FIVE, DAILY, cancel_on_reply=False, options=NAMED)):
        assert draft_of(desk.get(desk.add(draft))) == draft


@pytest.mark.row("P10")
@pytest.mark.parametrize(("late", "asked"), [(timedelta(hours=6), False), (timedelta(hours=6, seconds=1), True)])
def test_what_was_missed_by_six_hours_is_sent_and_by_more_asked_about(
    desk: Desk, late: timedelta, *, asked: bool
) -> None:
    key = desk.add(desk.draft(AT_FIVE))
    desk.office.clock.advance(timedelta(hours=4) + late)
    desk.look()
    assert desk.get(key).state is (ScheduleState.ASKING if asked else ScheduleState.ENDED)
    assert len(desk.messages()) == (0 if asked else 1)
    desk.look()
    assert len(desk.outcomes(key)) == 1


@pytest.mark.row("P10")
@pytest.mark.parametrize("choice", ["send", "skip"])
def test_a_question_is_answered_once(desk: Desk, choice: str) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    desk.office.clock.set(datetime(2026, 3, 5, 12, tzinfo=UTC))
    desk.look()
    (row,) = run(desk.service.all())
    assert (row.schedule.state, row.missed_at) == (ScheduleState.ASKING, datetime(2026, 3, 4, 17))
    run(desk.service.answer(key, choice))  # type: ignore[arg-type]
    assert refused(lambda: run(desk.service.answer(key, "send"))) == "schedule_answered"
    assert len(desk.messages()) == (1 if choice == "send" else 0)
    found = desk.get(key)
    assert (found.state, found.next_at) == (ScheduleState.ACTIVE, datetime(2026, 3, 5, 16, tzinfo=UTC))


@pytest.mark.row("P10")
def test_a_question_that_nobody_answers_does_not_stop_what_comes_next(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    desk.office.clock.set(datetime(2026, 3, 5, 12, tzinfo=UTC))
    desk.look()
    desk.office.clock.set(datetime(2026, 3, 5, 16, tzinfo=UTC))
    desk.look()
    assert [outcome for _slot, outcome in desk.outcomes(key)] == [MISSED, FIRED]
    assert desk.get(key).state is ScheduleState.ACTIVE


@pytest.mark.row("S1-24", "P10")
@pytest.mark.parametrize(
    ("broken", "cause"), [({"zone": "Nowhere/Gone"}, "zone_unknown"), ({"rule": "FREQ=GONE"}, "rule_invalid")]
)
def test_one_whose_time_nobody_can_tell_stops_and_goes_on_once_it_is_corrected(
    desk: Desk, broken: dict[str, str], cause: str
) -> None:
    """As after a zone was removed from the data, or a bad import. Another computer may know it, so it is given time."""
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    desk.store.run_sync(lambda work: work.schedules.change(work.schedules.get(key), **broken))
    desk.office.clock.set(datetime(2026, 3, 2, 16, tzinfo=UTC))
    desk.look()
    assert desk.get(key).state is ScheduleState.ACTIVE
    desk.office.clock.advance(timedelta(minutes=10))
    desk.look()
    stopped = desk.get(key)
    assert (stopped.state, stopped.cause, stopped.unreadable) == (ScheduleState.PAUSED, cause, True)
    desk.look()
    assert desk.get(key).version == stopped.version, "it is tried no more"
    told = desk.store.read_sync(lambda work: work.timeline.since(desk.conversation_id, 0, 1000).entries)
    assert [getattr(one, "kind", "") for one in told].count("schedule_refused") == 1
    assert [row.schedule for row in run(desk.service.all())] == [stopped]
    assert refused(lambda: run(desk.service.resume(key))) == cause
    draft = replace(draft_of(stopped), zone=ZONE, rule=DAILY)
    again = run(desk.service.edit(key, draft, version=stopped.version))
    assert (again.state, again.cause, again.next_at) == (ScheduleState.ACTIVE, "", datetime(2026, 3, 3, 16, tzinfo=UTC))
    desk.office.clock.set(again.next_at)
    desk.look()
    assert desk.counted(key) == {FIRED: 1}


@pytest.mark.row("S1-23")
def test_one_that_stopped_goes_on_when_its_zone_is_known_again(desk: Desk) -> None:
    key = desk.add(desk.draft(AT_FIVE, DAILY))
    desk.store.run_sync(lambda work: work.schedules.change(work.schedules.get(key), zone="Nowhere/Gone"))
    desk.office.clock.advance(timedelta(hours=5))
    desk.look()
    assert desk.get(key).unreadable
    desk.store.run_sync(lambda work: work.schedules.change(work.schedules.get(key), zone=ZONE))
    run(desk.service.resume(key))
    assert (desk.get(key).state, desk.get(key).cause) == (ScheduleState.ACTIVE, "")
    run(desk.service.pause(key))
    run(desk.service.edit(key, draft_of(desk.get(key)), version=desk.get(key).version))
    assert desk.get(key).state is ScheduleState.PAUSED, "whoever pauses one and edits it finds it paused"


def test_one_that_cannot_be_fired_does_not_keep_the_others(desk: Desk) -> None:
    broken, fine = desk.add(desk.draft(AT_FIVE, text="A")), desk.add(desk.draft(AT_FIVE, text="B"))
    desk.store.run_sync(lambda work: work.schedules.change(work.schedules.get(broken), zone="Nowhere/Gone"))
    desk.office.clock.advance(timedelta(hours=4))
    desk.look()
    assert desk.counted(fine) == {FIRED: 1}
    assert not desk.outcomes(broken)
