"""The start-up rule (D-05) for replies that are to be sent later: what came in is stored before any of them leaves."""

import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.ids import ScheduleId
from desktop_inbox.models.entities.schedule import ScheduleState
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.services.readiness import Readiness
from desktop_inbox.services.schedule_drafts import ScheduleDraft, making_batches
from desktop_inbox.services.schedule_runs import ScheduleRuns, firing_schedules
from desktop_inbox.services.schedules import ScheduleService
from tests.integration.test_campaign_start import _PATH, Start
from tests.integration.test_sync import Line
from tests.support.campaigns import CampaignDesk
from tests.support.offices import Office
from tests.support.run import run


def runs_of(desk: CampaignDesk, readiness: Readiness | None = None) -> ScheduleRuns:
    batches = making_batches(BroadcastService(desk.store, user_id=desk.office.user.id))
    more = {} if readiness is None else {"readiness": readiness}
    return ScheduleRuns(desk.enqueue, make_batch=batches, **more)


class ScheduleStart(Start):
    """The same computers, with a reply that is due."""

    def job(self, desk: CampaignDesk, readiness: Readiness) -> Callable[[], Awaitable[int]]:
        due = firing_schedules(desk.store, runs_of(desk, readiness), caught_up=readiness.wait)

        async def work() -> int:
            await due()
            return 0

        return work


def _due(office: Office) -> tuple[CampaignDesk, ScheduleId]:
    desk = CampaignDesk(office)
    contact = desk.person(_PATH)
    service = ScheduleService(desk.store, user_id=office.user.id, enqueue=desk.enqueue, runs=runs_of(desk))
    draft = ScheduleDraft(
        text="Do you have a question?",
        channel_id=office.channel.id,
        starts_at=office.clock().replace(tzinfo=None) + timedelta(minutes=5),
        zone="UTC",
        conversation_id=office.conversation_of(contact),
        address_id=contact.addresses[0].id,
    )
    key = run(service.create(draft)).id
    office.clock.advance(timedelta(minutes=6))
    return desk, key


@pytest.mark.row("D-05", "B-02")
@pytest.mark.parametrize("count", [1, 2], ids=["one computer", "two computers"])
def test_an_answer_that_waits_at_the_provider_comes_before_the_reply_for_later(office: Office, count: int) -> None:
    desk, key = _due(office)
    line = Line(messages=["No, thank you"], hold=threading.Event())
    run(ScheduleStart(office, line, count).live(seconds=0.7))
    ended = desk.store.read_sync(lambda work: work.schedules.get(key))
    assert ended is not None
    assert (ended.state, ended.cause) == (ScheduleState.CANCELLED, "contact_replied")
    (person,) = desk.store.read_sync(lambda work: work.contacts.find(_PATH, limit=1))
    assert desk.sent(person) == []


@pytest.mark.row("D-05", "P9")
@pytest.mark.parametrize("count", [1, 2], ids=["one computer", "two computers"])
def test_without_an_answer_the_reply_leaves_once(office: Office, count: int) -> None:
    desk, key = _due(office)
    line = Line(messages=[], hold=threading.Event())
    run(ScheduleStart(office, line, count).live(seconds=0.7))
    ended = desk.store.read_sync(lambda work: work.schedules.get(key))
    assert ended is not None
    assert ended.state is ScheduleState.ENDED
    (person,) = desk.store.read_sync(lambda work: work.contacts.find(_PATH, limit=1))
    assert [one.text for one in desk.sent(person)] == ["Do you have a question?"]


@pytest.mark.row("D-05", "P10")
def test_what_nobody_could_send_for_long_asks_on_any_computer(office: Office) -> None:
    class Elsewhere:
        async def caught_up(self) -> None:
            return

        def polls(self, _channel_id: int) -> bool:
            return False

    desk, key = _due(office)
    readiness = Readiness(Elsewhere())
    job = firing_schedules(desk.store, runs_of(desk, readiness), caught_up=readiness.wait)
    run(job())  # type: ignore[arg-type]
    found = desk.store.read_sync(lambda work: work.schedules.get(key))
    assert found is not None
    assert found.state is ScheduleState.ACTIVE  # left to the computer that fetches the channel
    office.clock.advance(timedelta(hours=7))
    run(job())  # type: ignore[arg-type]
    found = desk.store.read_sync(lambda work: work.schedules.get(key))
    assert found is not None
    assert found.state is ScheduleState.ASKING
