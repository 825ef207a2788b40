"""What becomes of batches that are stopped, killed half-way, or taken up by two computers."""

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.batch import (
    BatchStatus,
    RecipientState,
)
from desktop_inbox.models.store import Store
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import problems

OpenStore = Callable[..., Store]


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return desk(store, World(clock=clock))


# -- stopping


@pytest.mark.timeout(240)
@pytest.mark.row("D-06")
@pytest.mark.parametrize(
    "size", [250, pytest.param(5000, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])], ids=str
)
def test_stopping_at_two_fifths(here: Desk, size: int) -> None:
    here.office.add_people(size)
    batch_id = here.create()
    here.process()
    while here.status(batch_id) is not BatchStatus.SENDING:
        here.process()
    sent = 0
    while sent < size * 2 // 5:
        jobs = here.office.begin(100)
        for job in jobs:
            here.office.accept(job)
        sent += len(jobs)
    on_the_way = here.office.begin(10)  # these may have left: they are not called off
    counts = asyncio.run(here.service.stop(batch_id))
    for job in on_the_way:
        here.office.accept(job)
    here.process()
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert (counts.left, counts.cancelled, counts.waiting) == (sent + 10, size - sent - 10, 0)
    assert here.send_all() == 0
    assert here.status(batch_id) is BatchStatus.CANCELLED
    assert here.batch(batch_id).finished_at is not None
    assert problems(here.office) == []
    print(f"stop: {counts.left} sent + {counts.cancelled} cancelled = {counts.left + counts.cancelled} of {size}")


# -- killed


class KilledError(BaseException):
    """The process is gone."""


@pytest.mark.timeout(240)
@pytest.mark.row("D-02", "S5-01")
def test_killed_at_any_point_everybody_gets_it_once(open_store: OpenStore, clock: HeldClock) -> None:
    """The n-th transaction is the last one of the process, committed or not; another process goes on."""
    here = desk(open_store(), World(clock=clock), people=7)
    here.opt_out(here.office.people[2])
    kills = 0
    for point in range(12):
        for committed in (False, True):
            batch_id = here.create(text=f"{point} {committed}")
            victim = desk(open_store(), here.office.world, first=False)
            steps, keep = itertools.count(), victim.office.store.run

            async def dying(
                work: Callable[..., object],
                steps: "itertools.count[int]" = steps,
                keep: Callable[..., object] = keep,
                point: int = point,
                committed: bool = committed,
            ) -> object:
                step = next(steps)
                if step == point and not committed:
                    raise KilledError
                result = await keep(work)  # type: ignore[misc]
                if step == point:
                    raise KilledError
                return result

            victim.office.store.run = dying  # type: ignore[assignment, method-assign]
            try:
                victim.process()
            except KilledError:
                kills += 1
            clock.advance(timedelta(minutes=2))  # its lease ends
            here.process()
            states = here.states(batch_id)
            assert states == {RecipientState.QUEUED: 6, RecipientState.SKIPPED: 1}, (point, committed)
            here.send_all()
            here.process()
    assert max(Counter(here.sent).values()) == 1
    assert problems(here.office) == []
    assert kills > 6


def _look_on(one: Desk) -> None:
    """As the scheduler does: what the database refused at one look is done at the next."""
    for _ in range(20):
        with contextlib.suppress(StoreError):
            one.process()
            return


@pytest.mark.timeout(300)
@pytest.mark.row("D-02", "S5-12")
def test_two_computers_process_a_batch_once(open_store: OpenStore, clock: HeldClock) -> None:
    first = desk(open_store(), World(clock=clock), people=520)
    second = desk(open_store(), first.office.world, first=False)
    batches = [first.create(), first.create(text="Another")]
    threads = [threading.Thread(target=_look_on, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for batch_id in batches:
        assert first.states(batch_id) == {RecipientState.QUEUED: 520}
        assert first.status(batch_id) is BatchStatus.SENDING
    assert problems(first.office) == []


# -- what is deleted meanwhile


@pytest.mark.row("D-06", "S5-27")
@pytest.mark.parametrize("left", [True, False], ids=["after it left", "before it left"])
def test_sums_match_when_a_conversation_is_deleted(here: Desk, *, left: bool) -> None:
    here.office.add_people(3)
    batch_id = here.create()
    here.process()
    gone = [one.conversation_id for one in here.office.people[: 1 if left else 3]]
    if left:
        here.send_all()
    here.office.store.run_sync(lambda work: work.deletions.delete(gone))
    here.process()
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert (counts.left, counts.gone, counts.waiting) == ((2, 1, 0) if left else (0, 3, 0))
    assert counts.left + counts.gone == counts.total
    assert here.status(batch_id) is (BatchStatus.SENT if left else BatchStatus.CANCELLED)
