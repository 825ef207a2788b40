"""Contacts that turn out to be one person while something still waits to be sent to them."""

from datetime import datetime

import pytest

from desktop_inbox.models import schema
from desktop_inbox.models.entities.batch import BatchStatus, RecipientState
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.merge import MergeId
from desktop_inbox.models.entities.schedule import ScheduleState
from desktop_inbox.models.store import Store
from desktop_inbox.services.merges import MergeService
from tests.support.broadcasting import desk as broadcasting
from tests.support.clock import HeldClock
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scheduling import open_desk
from tests.support.scripted_provider import World


def merge(office: Office, kept: Contact, merged: Contact) -> MergeId:
    return run(MergeService(office.store, user_id=office.user.id).merge(kept.id, merged.id))


@pytest.mark.row("S1-22", "D-09")
@pytest.mark.parametrize("rule", ["", "FREQ=DAILY"])
def test_a_reply_to_be_sent_later_outlives_a_merge(office: Office, rule: str) -> None:
    desk = open_desk(office)
    key = desk.add(desk.draft(datetime(2026, 3, 4, 9), rule))
    other = office.contact("+14155550177", first_name="Maya")
    merged = merge(office, other, desk.contact)
    kept = desk.get(key)
    assert kept.state is ScheduleState.ACTIVE
    assert kept.conversation_id == office.conversation_of(other)
    desk.conversation_id = office.conversation_of(other)  # while they are one, something more to the second address
    later = desk.add(desk.draft(datetime(2026, 3, 5, 9), rule))

    run(MergeService(office.store, user_id=office.user.id).unmerge(merged))
    for one in (key, later):
        assert desk.get(one).conversation_id == office.conversation_of(desk.contact)


@pytest.mark.row("S1-22", "D-09")
def test_it_is_sent_once_to_whom_the_address_belongs(office: Office) -> None:
    desk = open_desk(office)
    key = desk.add(desk.draft(datetime(2026, 3, 4, 9)))
    other = office.contact("+14155550177", first_name="Maya")
    merge(office, other, desk.contact)
    office.clock.set(desk.get(key).next_at or office.clock())
    desk.look()
    desk.look()
    assert desk.get(key).state is ScheduleState.ENDED
    desk.conversation_id = office.conversation_of(other)
    assert [one.address_id for one in desk.messages()] == [desk.contact.addresses[0].id]


@pytest.mark.row("D-06", "D-09")
@pytest.mark.parametrize("queued", [0, 1], ids=["nobody queued", "one queued"])
def test_a_batch_that_knows_its_recipients_writes_to_one_person_once(
    store: Store, clock: HeldClock, queued: int
) -> None:
    desk = broadcasting(store, World(clock=clock), people=4)
    batch_id = desk.create()
    batch = store.run_sync(desk.job._take)
    assert batch is not None
    run(desk.job._fill(batch))
    one, other = desk.office.people[:2]
    if queued:  # killed after the first of them
        second = desk.recipients(batch_id)[1].id
        others = schema.batch_recipients.update().where(schema.batch_recipients.c.id >= second)
        store.run_sync(lambda work: work.connection.execute(others.values(state="cancelled")))
        store.run_sync(lambda work: desk.job._queue_chunk(work, batch_id, 0))
        store.run_sync(lambda work: work.connection.execute(others.values(state="waiting")))
    run(MergeService(store, user_id=desk.office.user_id).merge(one.contact_id, other.contact_id))
    desk.process()
    assert desk.send_all() == 3
    assert {other.path, one.path} & {path for path, _text in desk.sent} == {one.path}
    desk.process()
    assert desk.status(batch_id) is BatchStatus.SENT
    assert desk.states(batch_id) == {RecipientState.QUEUED: 3, RecipientState.SKIPPED: 1}
