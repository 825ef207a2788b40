"""A clock that was ahead and is set right while things wait: nothing waits for the wrong time, and no pace is lost."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from desktop_inbox.models.entities.batch import BatchStatus, RecipientState
from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services.batch_job import BatchJob
from tests.integration.test_reminders import ReminderDesk
from tests.support.broadcasting import Desk
from tests.support.broadcasting import desk as broadcasting
from tests.support.clock import HeldClock
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import problems

AHEAD = timedelta(days=400)


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return broadcasting(store, World(clock=clock), people=20)


def _set_right(here: Desk, clock: HeldClock) -> None:
    clock.advance(-AHEAD)
    here.office.store.run_sync(here.office.sending.clock_was_set_back)


@pytest.mark.row("P10")
def test_what_goes_to_many_leaves_at_once(here: Desk, clock: HeldClock) -> None:
    clock.advance(AHEAD)
    here.create()
    here.process()
    _set_right(here, clock)
    assert here.send_all() == 20
    assert problems(here.office) == []


@pytest.mark.row("P10")
def test_a_pace_stays_what_it_was(here: Desk, clock: HeldClock) -> None:
    clock.advance(AHEAD)
    here.create(pace=60)
    here.process()
    _set_right(here, clock)
    sent = []
    for _ in range(21):
        sent.append(here.send_all())
        clock.advance(timedelta(seconds=1))
    assert sum(sent) == 20
    assert max(sent) <= 2


@pytest.mark.row("P10")
def test_the_rest_of_a_batch_that_is_being_processed_does_not_wait_for_the_wrong_time(
    store: Store, clock: HeldClock
) -> None:
    here = broadcasting(store, World(clock=clock), people=520)
    here.job = BatchJob(store, capabilities=here.office.world.capabilities_of, budget=0)
    clock.advance(AHEAD)
    here.create(pace=6000)
    here.process()
    assert here.states(run(here.service.latest())[0].id)[RecipientState.WAITING] == 20
    _set_right(here, clock)
    here.process()
    clock.advance(timedelta(seconds=6))
    assert here.send_all() == 520


@pytest.mark.row("P10")
def test_what_is_paced_by_a_right_clock_is_left_alone(here: Desk, clock: HeldClock) -> None:
    here.create(pace=1)
    here.process()
    here.office.store.run_sync(here.office.sending.clock_was_set_back)
    assert here.send_all() == 1


@pytest.mark.row("P10")
def test_a_channel_does_not_rest_for_a_year(here: Desk, clock: HeldClock) -> None:
    office = here.office
    clock.advance(AHEAD)
    office.queue(office.people[0])
    (job,) = office.begin()
    office.record(job, AttemptOutcome.NOT_PROCESSED, retry_at=clock() + timedelta(minutes=1), code="429")
    for person in office.people[1:12]:
        office.queue(person)
    for job in office.begin():
        office.record(job, AttemptOutcome.NOT_SENT, retry_at=clock() + timedelta(minutes=1))
    _set_right(here, clock)
    channel = office.channel_now()
    assert channel.cool_until is None
    assert channel.circuit_until is None or channel.circuit_until <= clock()


@pytest.mark.row("P10")
def test_a_batch_that_a_computer_died_with_is_taken_up(open_store: Callable[..., Store], clock: HeldClock) -> None:
    world = World(clock=clock)
    victim = broadcasting(open_store(), world, people=700)
    survivor = broadcasting(open_store(), world, first=False)
    batch_id = victim.create()
    clock.advance(timedelta(minutes=15))
    victim.job = BatchJob(victim.office.store, capabilities=world.capabilities_of, budget=0)
    victim.process()
    assert victim.status(batch_id) is BatchStatus.PROCESSING
    survivor.process()
    assert survivor.status(batch_id) is BatchStatus.PROCESSING  # it may be alive
    clock.advance(-timedelta(minutes=15))
    survivor.process()
    assert survivor.status(batch_id) is BatchStatus.SENDING
    victim.process()
    assert survivor.states(batch_id) == {RecipientState.QUEUED: 700}


@pytest.mark.row("P10", "D-05", "S4-12")
def test_reminders_that_are_missed_afterwards_are_asked_about(office: Office) -> None:
    desk = ReminderDesk(office)
    field, grace = desk.field(), desk.person()
    desk.dated(grace, field, date(2026, 3, 9))
    reminder = desk.remind(field)
    for moment in ("2026-03-02T12:10", "2031-03-02T12:10", "2026-03-02T12:20", "2026-03-03T12:20"):
        desk.at(moment)
    desk.at("2026-03-09T12:00")  # every computer was off over the weekend
    assert run(desk.reminders.get(reminder.id)).asking == 1
