"""Broadcasts outside allowed hours and with blocked words: status, one click, and nobody before their time."""

from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.batch import BatchStatus, RecipientState
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.team import Hours
from desktop_inbox.models.store import Store
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.blocked_time import BlockedTimeService
from desktop_inbox.services.teams import TeamService
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import add_person, problems

EIGHT_TO_EIGHT = Hours.of({day: [(8 * 60, 20 * 60)] for day in range(7)})
NIGHT = datetime(2026, 11, 21, 6, tzinfo=UTC)  # 22:00 in Los Angeles, 01:00 in New York
BOTH_AWAKE = datetime(2026, 11, 21, 16, tzinfo=UTC)  # 08:00 and 11:00


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    clock.set(NIGHT)
    opened = desk(store, World(clock=clock))
    opened.office.people[:] = []
    for path in ("+14155550148", "+12125550148", "+13105550148"):
        opened.office.people.append(store.run_sync(lambda work, path=path: add_person(work, path)))  # type: ignore[misc]
    run(TeamService(store, user_id=opened.office.user_id).set_office_hours(EIGHT_TO_EIGHT))
    return opened


def blocked_time(here: Desk) -> BlockedTimeService:
    return BlockedTimeService(here.office.store, user_id=here.office.user_id, move_batch=here.service.move_to)


@pytest.mark.row("S5-17", "P8")
def test_a_batch_at_night_is_blocked_time_until_one_click(here: Desk, clock: HeldClock) -> None:
    batch_id = here.create()
    here.process()
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    assert here.states(batch_id) == {RecipientState.WAITING: 3}
    clock.set(BOTH_AWAKE + timedelta(hours=1))  # the morning comes, and nobody moved it
    here.process()
    assert here.send_all() == 0
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    clock.set(NIGHT + timedelta(days=1))
    at = run(blocked_time(here).move_batch(batch_id))
    assert at == BOTH_AWAKE + timedelta(days=1)  # when everybody may be written to
    assert here.status(batch_id) is BatchStatus.PROGRAMMED
    clock.set(at - timedelta(minutes=1))
    here.process()
    assert here.send_all() == 0
    clock.set(at)
    here.process()
    assert here.send_all() == 3
    here.process()
    assert here.status(batch_id) is BatchStatus.SENT
    assert problems(here.office) == []


@pytest.mark.row("S5-17", "P8")
def test_what_was_queued_and_not_sent_in_time_is_held_and_moved_with_the_batch(here: Desk, clock: HeldClock) -> None:
    clock.set(BOTH_AWAKE)
    batch_id = here.create()
    here.process()
    clock.set(BOTH_AWAKE + timedelta(hours=9, minutes=30))  # 20:30 in New York, 17:30 in California
    here.office.sweep()
    jobs = here.office.begin()
    assert sorted(job.delivery.to for job in jobs) == ["+13105550148", "+14155550148"]
    for job in jobs:
        here.office.accept(job)
    here.process()
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    at = run(blocked_time(here).move_batch(batch_id))
    assert at == datetime(2026, 11, 22, 13, tzinfo=UTC)  # 08:00 in New York: nobody else waits
    clock.set(at)
    here.office.sweep()
    assert here.send_all() == 1
    with pytest.raises(InvalidInputError):
        run(blocked_time(here).next_of_batch(batch_id))


@pytest.mark.row("S5-17")
def test_where_nothing_suits_everybody_the_first_are_moved_first(here: Desk, clock: HeldClock) -> None:
    narrow = Hours.of({day: [(9 * 60, 10 * 60)] for day in range(7)})
    run(TeamService(here.office.store, user_id=here.office.user_id).set_office_hours(narrow))
    batch_id = here.create()
    here.process()
    at = run(blocked_time(here).move_batch(batch_id))
    assert at == datetime(2026, 11, 21, 14, tzinfo=UTC)  # 09:00 in New York
    clock.set(at)
    here.process()
    assert here.send_all() == 1
    assert here.status(batch_id) is BatchStatus.BLOCKED_TIME
    assert run(blocked_time(here).move_batch(batch_id)) == datetime(2026, 11, 21, 17, tzinfo=UTC)


@pytest.mark.row("S5-24", "S5-26")
def test_a_blocked_word_in_a_batch_is_kept_back_for_everybody(here: Desk, clock: HeldClock) -> None:
    clock.set(BOTH_AWAKE)
    terms = BlockedTermService(here.office.store, user_id=here.office.user_id)
    run(terms.add("casino"))
    batch_id = here.create(text="A casino night")
    here.process()
    assert here.send_all() == 0
    kept = run(terms.kept_back())
    assert len(kept) == 3
    assert {one.batch_id for one in kept} == {batch_id}
    assert {here.office.status(one.message_id) for one in kept} == {S.BLOCKED}
    assert run(terms.allow([one.message_id for one in kept], resend=False)).count == 3
    again = here.create(text="A casino night")
    here.process()
    assert here.send_all() == 3
    here.process()
    assert here.status(again) is BatchStatus.SENT
