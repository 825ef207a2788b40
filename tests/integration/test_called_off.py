"""What was being sent when it was called off, and came to nothing: it is not tried again."""

import asyncio
from datetime import timedelta

import pytest

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import AttemptOutcome, SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.services.sending import Job, Sending
from tests.support.broadcasting import desk as broadcasting
from tests.support.campaigns import DAYS, SMS, CampaignDesk
from tests.support.clock import HeldClock
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import problems

IN_VAIN = [AttemptOutcome.NOT_PROCESSED, AttemptOutcome.NOT_SENT]


@pytest.mark.row("D-06", "S5-14")
@pytest.mark.parametrize("outcome", IN_VAIN)
def test_a_stopped_batch_is_not_tried_again(store: Store, clock: HeldClock, outcome: AttemptOutcome) -> None:
    here = broadcasting(store, World(clock=clock), people=4)
    batch_id = here.create()
    here.process()
    jobs = here.office.begin(2)
    asyncio.run(here.service.stop(batch_id))
    here.office.accept(jobs[0])
    here.office.record(jobs[1], outcome, retry_at=clock() + timedelta(seconds=2))
    clock.advance(timedelta(seconds=3))
    assert here.send_all() == 0  # before anybody looked after the batch
    here.process()
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert (counts.left, counts.cancelled, counts.waiting) == (1, 3, 0)
    assert here.status(batch_id) is BatchStatus.CANCELLED
    assert here.batch(batch_id).finished_at is not None
    assert problems(here.office) == []


def _attempt(desk: CampaignDesk) -> tuple[Job, ...]:
    sending = Sending(capabilities=lambda _channel: SMS)
    channels = [desk.office.channel.id]
    return desk.store.run_sync(lambda work: sending.start(work, sending.claim(work, channels, limit=5)))


def _in_vain(desk: CampaignDesk, job: Job, outcome: AttemptOutcome) -> None:
    at = desk.office.clock()
    result = SendOutcome(
        outbox_id=job.entry.id,
        attempt_id=job.attempt_id,
        fence=job.entry.fence,
        at=at,
        outcome=outcome,
        retry_at=at + timedelta(seconds=2),
    )
    desk.store.run_sync(lambda work: Sending(capabilities=lambda _channel: SMS).record(work, (result,)))
    desk.office.clock.advance(timedelta(seconds=3))


@pytest.mark.row("S4-60")
@pytest.mark.parametrize("outcome", IN_VAIN)
def test_a_campaign_that_was_answered_meanwhile_is_not_tried_again(office: Office, outcome: AttemptOutcome) -> None:
    desk = CampaignDesk(office)
    contact = desk.person()
    enrollment = desk.apply(desk.campaign(DAYS[:1]), contact)
    desk.pass_time(days=1, minutes=1)
    (job,) = _attempt(desk)
    desk.says("Thanks, see you")
    _in_vain(desk, job, outcome)
    assert _attempt(desk) == ()
    (said,) = desk.sent(contact)
    assert (said.status, said.error_code) == (S.CANCELLED, "contact_replied")
    assert desk.enrollment(enrollment.id).state is EnrollmentState.REPLIED


@pytest.mark.row("S4-60")
def test_without_an_answer_a_campaign_is_tried_again(office: Office) -> None:
    desk = CampaignDesk(office)
    contact = desk.person()
    desk.says("Before it began")
    desk.apply(desk.campaign(DAYS[:1]), contact)
    desk.pass_time(days=1, minutes=1)
    (job,) = _attempt(desk)
    _in_vain(desk, job, AttemptOutcome.NOT_PROCESSED)
    assert len(_attempt(desk)) == 1


@pytest.mark.row("S4-61")
def test_a_campaign_that_was_stopped_meanwhile_is_not_tried_again(office: Office) -> None:
    desk = CampaignDesk(office)
    contact = desk.person()
    enrollment = desk.apply(desk.campaign(DAYS[:2]), contact)
    desk.pass_time(days=1, minutes=1)
    (job,) = _attempt(desk)
    assert run(desk.service.stop([enrollment.id])) == 1
    _in_vain(desk, job, AttemptOutcome.NOT_SENT)
    assert _attempt(desk) == ()
    assert desk.sent(contact)[0].status is S.CANCELLED
