"""Stopping a batch takes the consent messages back that went before its messages, and keeps those that others need."""

import asyncio

import pytest

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.contact import ConsentStage
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.consent_message import ConsentMessageService, suggested_text
from desktop_inbox.services.settings import ORGANISATION_NAME
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import Person, problems

TEXT = suggested_text("Harbour Dental")


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    made = desk(store, World(clock=clock))
    store.run_sync(lambda work: work.settings.set(ORGANISATION_NAME.key, "Harbour Dental"))
    service = ConsentMessageService(store, user_id=made.office.user_id)
    asyncio.run(service.set_policy(required=True, text=TEXT))
    return made


def leads(here: Desk) -> dict[S, int]:
    """How many consent messages there are, by their state."""

    def read(work: Work) -> dict[S, int]:
        found: dict[S, int] = {}
        for person in here.office.people:
            for entry in work.timeline.since(person.conversation_id, 0, 100).entries:
                if getattr(entry, "sender_kind", None) is SenderKind.CONSENT:
                    found[entry.status] = found.get(entry.status, 0) + 1  # type: ignore[union-attr, index]
        return found

    return here.office.store.read_sync(read)


def stage_of(here: Desk, person: Person) -> ConsentStage:
    found = here.office.store.read_sync(lambda work: work.contacts.get(person.contact_id))
    assert found is not None
    return found.consent


@pytest.mark.row("D-06", "S4-22")
@pytest.mark.parametrize("size", [60, pytest.param(620, marks=pytest.mark.chaos)], ids=str)
def test_no_consent_message_leaves_after_the_stop(here: Desk, size: int) -> None:
    here.office.add_people(size - len(here.office.people))
    batch_id = here.create()
    while here.status(batch_id) is not BatchStatus.SENDING:
        here.process()
    for job in here.office.begin(size - 30):
        here.office.accept(job)
    busy = here.office.begin(30)  # the provider is too busy for these: they are tried again
    for job in here.office.begin(20):  # what comes after the consent message
        here.office.accept(job)
    now = here.office.world.clock()
    for job in busy:
        here.office.record(job, AttemptOutcome.NOT_PROCESSED, code="busy", text="Slow down", retry_at=now)
    assert leads(here) == {S.ACCEPTED: size - 30, S.RETRY_WAIT: 30}
    asyncio.run(here.service.stop(batch_id))
    assert here.send_all() == 0
    here.process()
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert counts.left + counts.cancelled == size
    assert counts.left == 20
    states = leads(here)
    assert states == {S.ACCEPTED: size - 30, S.CANCELLED: 30}
    assert here.batch(batch_id).finished_at is not None
    assert stage_of(here, here.office.people[-1]) is ConsentStage.NOT_SENT
    assert problems(here.office) == []
    print(f"stop: {counts.left} sent + {counts.cancelled} cancelled = {size}; consent messages {states}")


@pytest.mark.row("D-06", "S4-22")
def test_a_consent_message_that_something_else_follows_stays(here: Desk) -> None:
    person = here.office.person(0)
    batch_id = here.create([person])
    here.process()
    typed = here.office.queue(person, "Your appointment is on Thursday")
    asyncio.run(here.service.stop(batch_id))
    assert here.send_all() == 2
    assert [text for _to, text in here.sent] == [TEXT, "Your appointment is on Thursday"]
    assert here.office.status(typed.id) is S.ACCEPTED


@pytest.mark.row("D-06", "S4-22")
def test_a_consent_message_on_its_way_at_the_stop_is_not_tried_again(here: Desk) -> None:
    """It was being sent when the batch was stopped, so it could not be taken back; the provider was too busy for it."""
    person = here.office.person(0)
    batch_id = here.create([person])
    here.process()
    (job,) = here.office.begin()
    asyncio.run(here.service.stop(batch_id))
    assert here.batch(batch_id).finished_at is None
    now = here.office.world.clock()
    here.office.record(job, AttemptOutcome.NOT_SENT, code="offline", text="No connection", retry_at=now)
    assert set(leads(here)) == {S.RETRY_WAIT}
    here.process()
    assert set(leads(here)) == {S.CANCELLED}
    assert here.send_all() == 0
    assert here.batch(batch_id).finished_at is not None
    assert stage_of(here, person) is ConsentStage.NOT_SENT


@pytest.mark.row("S4-22")
def test_after_a_stop_the_next_message_asks_for_consent_again(here: Desk) -> None:
    person = here.office.person(0)
    batch_id = here.create([person])
    here.process()
    asyncio.run(here.service.stop(batch_id))
    here.office.queue(person, "Hello again")
    here.send_all()
    assert [text for _to, text in here.sent] == [TEXT, "Hello again"]
