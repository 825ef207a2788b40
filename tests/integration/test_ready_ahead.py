"""Messages that are made ready before a worker is free, as long as calls are quick."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.store import Store
from desktop_inbox.services.pace import QUICK, READY_FOR, Pace
from desktop_inbox.services.providers.base import SendRequest
from tests.support.clock import HeldClock
from tests.support.run import eventually, run
from tests.support.scripted_provider import World
from tests.support.sending import Office, dispatching, open_office, problems

_WORKERS = 2
_QUICK_ONES = 24
_ALL = 32


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def office(open_store: Callable[..., Store], clock: HeldClock, bus: EventBus) -> Office:
    return open_office(open_store(publish=bus.publish), World(clock=clock), people=_ALL)


def _in_state(office: Office, *states: S) -> int:
    counts = office.store.read_sync(lambda work: work.outbox.count_states())
    return sum(counts.get(state, 0) for state in states)


@pytest.mark.row("S4-16", "P5")
def test_what_waits_ready_too_long_is_seen_by_the_gate_again(
    office: Office, bus: EventBus, tmp_path: Path, clock: HeldClock
) -> None:
    world, go_on = office.world, threading.Event()

    def stall(_request: SendRequest) -> None:
        if len(world.requests) > _QUICK_ONES:
            go_on.wait(60)

    world.before_answer = stall
    news = [office.new(person, person.path, sender_kind=SenderKind.USER) for person in office.people]

    async def story() -> set[str]:
        await office.outbox.queue_many(news)
        async with dispatching(office, bus, tmp_path, workers=_WORKERS):
            try:
                in_flight = 2 * _WORKERS
                await eventually(lambda: len(world.requests) == _QUICK_ONES + _WORKERS)
                await eventually(lambda: _in_state(office, S.SENDING) == in_flight)
                await asyncio.to_thread(_opt_out_of_all_not_asked_for, office)
                stopped = {person.path for person in office.people} - {one.to for _, one in world.requests}
                clock.advance(READY_FOR + timedelta(seconds=1))
            finally:
                go_on.set()
            await eventually(lambda: _in_state(office, S.QUEUED, S.SENDING) == 0)
        return stopped

    stopped = run(story())
    assert len(stopped) == _ALL - _QUICK_ONES - _WORKERS
    assert not stopped & {one.to for _, one in world.requests}
    assert _in_state(office, S.BLOCKED) == len(stopped)
    assert _in_state(office, S.ACCEPTED) == _ALL - len(stopped)
    assert problems(office) == []


def _opt_out_of_all_not_asked_for(office: Office) -> None:
    asked = {one.to for _, one in office.world.requests}
    for person in office.people:
        if person.path not in asked:
            office.store.run_sync(
                lambda work, key=person.contact_id: work.consent.record(  # type: ignore[misc]
                    key, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP"
                )
            )


def test_nothing_is_made_ready_before_calls_are_known_to_be_quick() -> None:
    pace = Pace()
    assert pace.ahead(8) == 0
    while not pace.ahead(8):
        pace.timed(lambda: None)
    assert (pace.ahead(8), pace.ahead(1)) == (8, 0)


def test_slow_calls_end_it() -> None:
    now, steps = [0.0], [0.0]

    def tick() -> float:
        now[0] += steps[0]
        return now[0]

    pace = Pace(tick=tick)
    for _ in range(50):
        pace.timed(lambda: None)
    assert pace.ahead(8)
    steps[0] = QUICK * 12
    pace.timed(lambda: None)
    assert not pace.ahead(8)
