"""The start-up rule (D-05): what came in while the program was closed is stored before anything due fires."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.campaign import CampaignStep, EnrollmentState
from desktop_inbox.models.entities.ids import EnrollmentId
from desktop_inbox.services.drips import Drips
from desktop_inbox.services.readiness import Readiness
from desktop_inbox.services.scheduler import Scheduler
from tests.integration.test_sync import Computer, Line
from tests.support.campaigns import CampaignDesk
from tests.support.offices import Office
from tests.support.run import run

_ASKED = (CampaignStep(minutes=5, text="Do you have a question?"),)
#: Whose reply waits at the provider, see ``test_sync``.
_PATH = "+14155551000"


class Start:
    """Some computers of an office that are switched on at the same moment; the provider is slow to answer."""

    def __init__(self, office: Office, line: Line, count: int) -> None:
        self.office = office
        self.line = line
        stores = [office.store, *(office.another_store() for _ in range(count - 1))]
        self.computers = [Computer(office, line, store) for store in stores]
        self.desks = [CampaignDesk(office, store) for store in stores]

    def job(self, desk: CampaignDesk, readiness: Readiness) -> Callable[[], Awaitable[int]]:
        """What becomes due; it says how many messages it dealt with."""
        return Drips(desk.store, enqueue=desk.enqueue, readiness=readiness).run

    async def live(self, *, seconds: float) -> list[int]:
        """Start everything, let the provider answer after a while; returns what each computer queued."""
        counts = [0] * len(self.computers)

        def scheduler(place: int) -> Scheduler:
            due = self.job(self.desks[place], Readiness(self.computers[place].sync, grace=0.5))

            async def work() -> None:
                counts[place] += await due()

            return Scheduler((work,), tick=0.02)

        schedulers = [scheduler(place) for place in range(len(self.computers))]
        for computer in self.computers:
            computer.store.attach(asyncio.get_running_loop())
        await asyncio.gather(*(computer.sync.start() for computer in self.computers))
        for one in schedulers:
            one.start()
        try:
            await asyncio.sleep(seconds)  # the time in which a wrong order would show
            if self.line.hold is not None:
                self.line.hold.set()
            await asyncio.gather(*(computer.sync.caught_up() for computer in self.computers))
            await asyncio.sleep(seconds)
        finally:
            for one in schedulers:
                await one.stop()
            for computer in self.computers:
                await computer.sync.stop()
                computer.pool.close()
        return counts


def _due(office: Office) -> tuple[CampaignDesk, EnrollmentId]:
    desk = CampaignDesk(office)
    key = desk.apply(desk.campaign(_ASKED), desk.person(_PATH)).id
    office.clock.advance(timedelta(minutes=6))
    return desk, key


@pytest.mark.row("D-05", "S4-61")
@pytest.mark.parametrize("count", [1, 2], ids=["one computer", "two computers"])
def test_a_reply_that_waits_at_the_provider_cancels_what_became_due_meanwhile(office: Office, count: int) -> None:
    desk, key = _due(office)
    line = Line(messages=["No, thank you"], hold=threading.Event())
    counts = run(Start(office, line, count).live(seconds=0.7))
    assert counts == [0] * count
    ended = desk.enrollment(key)
    assert (ended.state, ended.cause) == (EnrollmentState.REPLIED, "contact_replied")
    assert [str(step.state) for step in ended.steps] == ["cancelled"]
    (person,) = desk.store.read_sync(lambda work: work.contacts.find(_PATH, limit=1))
    assert desk.sent(person) == []


@pytest.mark.row("D-05")
@pytest.mark.parametrize("count", [1, 2], ids=["one computer", "two computers"])
def test_without_a_reply_it_leaves_once_when_everything_is_fetched(office: Office, count: int) -> None:
    desk, key = _due(office)
    line = Line(messages=[], hold=threading.Event())
    counts = run(Start(office, line, count).live(seconds=0.7))
    assert sum(counts) == 1
    assert desk.enrollment(key).state is EnrollmentState.FINISHED


@pytest.mark.row("D-05")
def test_whoever_does_not_fetch_a_channel_leaves_its_messages_to_whoever_does() -> None:
    class Fetching:
        mine = frozenset[int]()

        async def caught_up(self) -> None:
            return

        def polls(self, channel_id: int) -> bool:
            return channel_id in self.mine

    now = 0.0
    fetching = Fetching()
    readiness = Readiness(fetching, ticks=lambda: now, grace=30)
    run(readiness.wait())
    assert not readiness.allows(1, [1, 2])  # type: ignore[arg-type]
    fetching.mine = frozenset({1})
    assert not readiness.allows(1, [1, 2]), "who fetches the other began when we did"  # type: ignore[arg-type]
    now = 31.0
    assert readiness.allows(1, [1, 2])  # type: ignore[arg-type]
    fetching.mine = frozenset({1, 2})
    now = 0.0
    assert readiness.allows(1, [1, 2])  # type: ignore[arg-type]
