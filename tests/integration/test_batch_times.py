"""When batches are processed: not long after their time without asking, after what came in, and at their pace."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from desktop_inbox.models import schema
from desktop_inbox.models.entities.batch import BatchStatus, RecipientState
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.entities.team import Hours
from desktop_inbox.models.repositories.contact_bulk import ContactWrite
from desktop_inbox.models.store import Store
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.blocked_time import BlockedTimeService
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.teams import TeamService
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return desk(store, World(clock=clock), people=3)


def blocked_time(here: Desk) -> BlockedTimeService:
    office = here.office
    return BlockedTimeService(office.store, user_id=office.user_id, move_batch=here.service.move_to)


def due_times(here: Desk, batch_id: BatchId) -> list[datetime]:
    m, o = schema.messages.c, schema.outbox.c
    query = select(o.due_at).join(schema.messages, m.id == o.message_id).where(m.batch_id == batch_id)
    return here.office.store.read_sync(lambda work: sorted(work.connection.execute(query).scalars()))


@pytest.mark.row("P10", "D-05", "S5-11")
def test_a_batch_that_nobody_could_process_for_long_waits_for_a_person(here: Desk, clock: HeldClock) -> None:
    batch_id = here.create(at=clock() + timedelta(hours=1))
    clock.advance(timedelta(hours=7, seconds=1))  # six hours later than it was meant
    here.process()
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    assert "no computer was on" in here.batch(batch_id).reason
    here.process()
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    assert here.send_all() == 0
    assert run(blocked_time(here).move_batch(batch_id)) == clock()
    here.process()
    assert here.send_all() == 3
    here.process()
    assert here.status(batch_id) is BatchStatus.SENT


@pytest.mark.row("P10", "D-05")
def test_a_batch_that_is_a_little_late_leaves(here: Desk, clock: HeldClock) -> None:
    here.create(at=clock() + timedelta(hours=1))
    clock.advance(timedelta(hours=6, minutes=59))
    here.process()
    assert here.send_all() == 3


@pytest.mark.row("P10", "S5-14")
def test_a_late_batch_can_be_called_off(here: Desk, clock: HeldClock) -> None:
    batch_id = here.create(at=clock() + timedelta(hours=1))
    clock.advance(timedelta(days=3))
    here.process()
    run(here.service.cancel(batch_id))
    assert here.status(batch_id) is BatchStatus.CANCELLED


@pytest.mark.row("D-05", "P7")
def test_what_came_in_is_stored_before_a_batch_for_later_is_processed(here: Desk, clock: HeldClock) -> None:
    office = here.office
    batch_id = here.create(at=clock() + timedelta(hours=1))
    clock.advance(timedelta(hours=2))  # the computer slept; meanwhile somebody wrote STOP
    waited = 0

    async def caught_up() -> None:
        nonlocal waited
        waited += 1
        if waited == 1:
            await asyncio.to_thread(here.opt_out, office.people[0])

    job = BatchJob(office.store, capabilities=office.world.capabilities_of, budget=600, caught_up=caught_up)
    run(job())
    assert here.states(batch_id) == {RecipientState.QUEUED: 2, RecipientState.SKIPPED: 1}
    assert waited == 1
    here.create()
    run(job())
    assert waited == 1  # what somebody sends now waits for no provider


@pytest.mark.row("S5-12")
def test_refused_recipients_do_not_make_the_others_faster(here: Desk) -> None:
    here.office.add_people(600)
    for person in here.office.people[:200]:
        here.opt_out(person)
    batch_id = here.create(pace=60)
    here.process()
    times = due_times(here, batch_id)
    assert len(times) == 403
    assert min(later - sooner for sooner, later in pairwise(times)) >= timedelta(seconds=1)


def break_half_way(here: Desk) -> BatchId:
    """A batch to 523 people whose channel breaks when the first five hundred are queued."""
    office = here.office
    office.add_people(520)
    batch_id = here.create()
    run(BatchJob(office.store, capabilities=office.world.capabilities_of, budget=0)())
    state = {"state": ChannelState.BROKEN, "state_reason": "The account cannot send."}

    class Breaking(BatchJob):
        """The channel breaks between the look at it and the next chunk."""

        async def _next_chunk(self, batch_id: BatchId, after: int) -> int | None:
            office.store.run_sync(lambda work: work.channels.change(office.channel.id, **state))
            return await super()._next_chunk(batch_id, after)

    run(Breaking(office.store, capabilities=office.world.capabilities_of)())
    return batch_id


@pytest.mark.row("S5-15")
def test_a_channel_that_breaks_half_way_loses_nobody(here: Desk, clock: HeldClock) -> None:
    """Whoever was not asked about yet waits, and gets it when the channel works again and somebody moves the rest."""
    batch_id = break_half_way(here)
    states = here.states(batch_id)
    assert states.get(RecipientState.SKIPPED, 0) == 0
    assert states[RecipientState.WAITING] == 23
    assert here.status(batch_id) is BatchStatus.ERROR
    channel = here.office.channel.id
    here.office.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.ACTIVE))
    run(here.service.move_to(batch_id, clock()))
    here.process()
    assert here.send_all() == 523


@pytest.mark.row("D-06", "S5-15")
def test_a_batch_that_ended_with_an_error_is_stopped_while_something_waits(here: Desk) -> None:
    batch_id = break_half_way(here)
    counts = run(here.service.stop(batch_id))
    assert (counts.cancelled, counts.left, counts.waiting) == (523, 0, 0)
    assert here.status(batch_id) is BatchStatus.CANCELLED
    here.opt_out(here.office.people[0])
    refused = here.create(here.office.people[:1])
    channel = here.office.channel.id
    here.office.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.ACTIVE))
    here.process()
    assert here.status(refused) is BatchStatus.ERROR
    run(here.service.stop(refused))
    assert here.status(refused) is BatchStatus.ERROR  # nothing waits: it stays what it is


@pytest.mark.row("P7", "S4-10")
def test_an_imported_opt_out_reaches_who_waits_in_a_batch(here: Desk, clock: HeldClock) -> None:
    office = here.office
    nights = Hours.of({day: [(0, 60)] for day in range(7)})
    office.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, "UTC"))
    run(TeamService(office.store, user_id=office.user_id).set_office_hours(nights, recipient_zone=False))
    clock.set(datetime(2026, 11, 21, 12, tzinfo=UTC))
    batch_id = here.create()
    here.process()
    assert here.states(batch_id) == {RecipientState.WAITING: 3}
    gone = ContactWrite(id=office.people[0].contact_id, opted_out="Imported as opted out.")
    office.store.run_sync(lambda work: work.contact_bulk.write([gone], user_id=office.user_id))
    assert here.states(batch_id) == {RecipientState.WAITING: 2, RecipientState.SKIPPED: 1}
