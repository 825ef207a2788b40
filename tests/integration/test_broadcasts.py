"""Broadcasts: whom they reach, what the gate says of each, and what becomes of a batch."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.events import BatchChanged, Event
from desktop_inbox.models.entities.batch import (
    BatchKind,
    BatchStatus,
    FileAudience,
    ListAudience,
    RecipientState,
    SegmentAudience,
)
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, entry_time
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.store import Store
from desktop_inbox.services.gate import QUEUE_RULES, Facts, Gate
from desktop_inbox.services.segments import SegmentService
from tests.support.broadcasting import Desk, desk
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World

OpenStore = Callable[..., Store]


@pytest.fixture
def here(store: Store, clock: HeldClock) -> Desk:
    return desk(store, World(clock=clock))


# -- whom


@pytest.mark.row("S4-10")
def test_two_of_ten_opted_out(here: Desk) -> None:
    here.office.add_people(10)
    for person in here.office.people[3:5]:
        here.opt_out(person)
    batch_id = here.create()
    here.process()
    assert here.send_all() == 8
    skipped = [one for one in here.recipients(batch_id) if one.state is RecipientState.SKIPPED]
    assert [(one.contact_id, one.reason_code) for one in skipped] == [
        (person.contact_id, "opted_out") for person in here.office.people[3:5]
    ]
    assert all(one.reason for one in skipped)
    assert here.states(batch_id) == {RecipientState.QUEUED: 8, RecipientState.SKIPPED: 2}


@pytest.mark.row("S4-10")
def test_a_contact_list_and_a_segment_skip_who_opted_out(here: Desk) -> None:
    here.office.add_people(6)
    people = here.office.people
    here.opt_out(people[0])
    store = here.office.store
    listed = store.run_sync(lambda work: work.contact_lists.ensure("Braces"))
    store.run_sync(lambda work: work.contact_lists.add_members(listed.id, [one.contact_id for one in people[:4]]))
    segments = SegmentService(store, user_id=here.office.user_id)
    everybody = asyncio.run(segments.parse("opt_status is opted_in or opt_status is opted_out"))
    for audience, size in ((ListAudience(list_id=listed.id), 4), (SegmentAudience(filter=everybody), 6)):
        assert asyncio.run(here.service.audience_count(audience)) == size
        batch_id = here.create(audience=audience, text=f"To {size}")
        here.process()
        assert here.states(batch_id) == {RecipientState.QUEUED: size - 1, RecipientState.SKIPPED: 1}


def test_who_cannot_be_reached_is_skipped_with_the_reason(here: Desk) -> None:
    here.office.add_people(1)
    silent = here.office.store.run_sync(lambda work: work.contacts.add([(Scheme.EMAIL, "a@example.org")]))
    stranger = replace(here.office.people[0], contact_id=silent.id)
    batch_id = here.create([*here.office.people, stranger])
    here.process()
    reasons = {one.contact_id: one.reason_code for one in here.recipients(batch_id)}
    assert reasons == {here.office.people[0].contact_id: "", silent.id: "no_address"}


# -- a file


def _csv(folder: Path, rows: list[str], header: str = "Phone,First name,Due") -> Path:
    path = folder / "patients.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _of_file(here: Desk, path: Path, *, create: bool = True) -> FileAudience:
    async def read() -> FileAudience:
        sheet = await here.service.read_file(path)
        columns = here.service.guess_columns(sheet)
        return await here.service.map_columns(sheet, columns, channel_id=here.office.channel.id, create=create)

    return asyncio.run(read())


@pytest.mark.timeout(240)
@pytest.mark.row("S5-10")
def test_a_thousand_rows_of_which_three_are_bad(here: Desk, tmp_path: Path) -> None:
    here.office.add_people(5)  # some are known already
    rows = [f"+1415{number:07d},Person {number},Friday" for number in range(1000)]
    rows[10], rows[20] = "not a number,Odd,Friday", ",Nobody,Friday"
    rows[30] = rows[5].replace("Person 5", "Again")
    audience = _of_file(here, _csv(tmp_path, rows))
    batch_id = here.create(audience=audience, text="See you on $row.due, $row.first_name.")
    here.process()
    assert here.states(batch_id) == {RecipientState.QUEUED: 997, RecipientState.BAD: 3}
    bad = [(one.line, one.reason_code) for one in here.recipients(batch_id) if one.state is RecipientState.BAD]
    assert bad == [(12, "address_invalid"), (22, "no_address"), (32, "duplicate")]
    assert all(one.reason for one in here.recipients(batch_id) if one.state is RecipientState.BAD)
    found = here.batch(batch_id)
    assert (found.kind, found.file_name) == (BatchKind.FILE, "patients.csv")
    assert here.send_all() == 997
    texts = dict(here.sent)
    assert texts["+14150000007"] == "See you on Friday, Person 7."
    assert len(texts) == 997


@pytest.mark.row("S5-10")
def test_unknown_numbers_are_listed_where_nobody_is_to_be_made(here: Desk, tmp_path: Path) -> None:
    here.office.add_people(1)
    audience = _of_file(here, _csv(tmp_path, ["+14150000000,A,1", "+14155559999,B,2"]), create=False)
    assert [(one.line, one.code) for one in audience.bad] == [(3, "unknown")]
    batch_id = here.create(audience=audience)
    here.process()
    assert here.states(batch_id) == {RecipientState.QUEUED: 1, RecipientState.BAD: 1}
    assert here.office.store.read_sync(lambda work: work.contacts.find_address(Scheme.TEL, "+14155559999")) is None


def test_a_personal_column_without_a_value_keeps_only_that_row_back(here: Desk, tmp_path: Path) -> None:
    audience = _of_file(here, _csv(tmp_path, ["+14155550001,Ana,Friday", "+14155550002,Bo,"]))
    batch_id = here.create(audience=audience, text="Until $row.due")
    here.process()
    assert [(one.line, one.reason_code) for one in here.recipients(batch_id)] == [
        (2, ""),
        (3, "unresolved_variable"),
    ]


def test_a_file_without_a_usable_row_makes_no_batch(here: Desk, tmp_path: Path) -> None:
    audience = _of_file(here, _csv(tmp_path, ["nobody,A,1"]))
    with pytest.raises(InvalidInputError) as caught:
        here.create(audience=audience)
    assert caught.value.code == "broadcast_nobody"


# -- batches


@pytest.mark.row("S5-07")
def test_ids_and_codes_are_unique_with_several_processes(open_store: OpenStore, clock: HeldClock) -> None:
    desks = [desk(open_store(), World(clock=clock), people=1)]
    desks += [desk(open_store(), World(clock=clock), first=False) for _ in range(2)]
    person = desks[0].office.people
    made: list[BatchId] = []

    def make(one: Desk) -> None:
        for _ in range(10):
            made.append(one.create(person))

    threads = [threading.Thread(target=make, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [desks[0].batch(key) for key in made]
    assert len({one.id for one in found}) == 30
    assert sorted(one.code for one in found) == [f"B-2603-{number:04d}" for number in range(1, 31)]
    clock.advance(timedelta(seconds=1))
    later = desks[1].create(person)
    assert later > max(made)
    assert entry_time(later) == clock()


@pytest.mark.row("S5-11", "S5-12", "S5-13", "S5-16", "S5-27")
def test_a_batch_goes_from_programmed_to_sent(store: Store, clock: HeldClock) -> None:
    here = desk(store, World(clock=clock), people=3)
    batch_id = here.create(at=clock() + timedelta(hours=1))
    here.process()
    assert (here.status(batch_id), here.recipients(batch_id)) == (BatchStatus.PROGRAMMED, ())
    clock.advance(timedelta(hours=1))
    seen: list[BatchStatus] = []
    keep = here.office.store.run

    async def watched(work: Callable[..., object]) -> object:
        result = await keep(work)
        seen.append((await here.service.get(batch_id)).status)
        return result

    here.office.store.run = watched  # type: ignore[assignment, method-assign]
    here.process()
    here.office.store.run = keep  # type: ignore[method-assign]
    assert [status for status, _ in itertools.groupby(seen)] == [BatchStatus.PROCESSING, BatchStatus.SENDING]
    progress = asyncio.run(here.service.progress(batch_id))
    assert (progress.done, progress.total) == (0, 3)
    here.send_all(limit=2)
    here.process()
    batch = here.batch(batch_id)
    assert (batch.status, batch.finished_at) == (BatchStatus.SENT, clock())
    counts = asyncio.run(here.service.counts((batch_id,)))[batch_id]
    assert (counts.total, counts.left, counts.waiting, sum(counts.messages.values())) == (3, 3, 0, 3)
    messages = [here.office.message(one.message_id) for one in here.recipients(batch_id) if one.message_id]
    assert {(one.batch_id, one.sender_kind) for one in messages} == {(batch_id, SenderKind.BROADCAST)}


@pytest.mark.row("S5-14")
def test_cancelling_is_refused_with_the_reason_once_it_is_sending(here: Desk, clock: HeldClock) -> None:
    here.office.add_people(2)
    programmed = here.create(at=clock() + timedelta(hours=1))
    asyncio.run(here.service.cancel(programmed))
    batch = here.batch(programmed)
    assert (batch.status, batch.stopped_by_id, batch.finished_at) == (
        BatchStatus.CANCELLED,
        here.office.user_id,
        clock(),
    )
    clock.advance(timedelta(hours=2))
    here.process()
    assert here.send_all() == 0
    sending = here.create()
    here.process()
    assert here.status(sending) is BatchStatus.SENDING
    with pytest.raises(InvalidInputError) as caught:
        asyncio.run(here.service.cancel(sending))
    assert (caught.value.code, caught.value.message) == ("batch_sending", "Its messages are being sent already.")
    assert caught.value.hint
    here.send_all()
    here.process()
    with pytest.raises(InvalidInputError, match="sent already"):
        asyncio.run(here.service.cancel(sending))


@pytest.mark.row("S5-14")
def test_cancelling_while_it_is_processing_keeps_the_rest_back(store: Store, clock: HeldClock) -> None:
    here = desk(store, World(clock=clock), people=4)
    batch_id = here.create()
    taken = store.run_sync(lambda work: work.batches.take(owner="x", at=clock(), until=clock() + timedelta(minutes=1)))
    assert taken is not None
    assert taken.id == batch_id
    asyncio.run(here.service.cancel(batch_id))
    clock.advance(timedelta(minutes=2))
    here.process()
    assert here.status(batch_id) is BatchStatus.CANCELLED
    assert here.send_all() == 0


@pytest.mark.row("S5-15")
def test_what_keeps_a_batch_from_being_processed_is_said(here: Desk, clock: HeldClock) -> None:
    here.office.add_people(2)
    store, channel = here.office.store, here.office.channel
    store.run_sync(lambda work: work.channels.change(channel.id, state=ChannelState.PAUSED, state_reason="Holiday"))
    batch_id = here.create()
    here.process()
    batch = here.batch(batch_id)
    assert (batch.status, batch.reason) == (BatchStatus.ERROR, "The channel is paused.")
    store.run_sync(lambda work: work.channels.change(channel.id, state=ChannelState.ACTIVE, state_reason=""))
    asyncio.run(here.service.move_to(batch_id, clock()))  # what waits may be tried again
    here.process()
    assert here.send_all() == 2
    here.process()
    assert here.status(batch_id) is BatchStatus.SENT


@pytest.mark.row("S5-15")
def test_a_batch_that_reaches_nobody_is_an_error(here: Desk) -> None:
    here.office.add_people(2)
    for person in here.office.people:
        here.opt_out(person)
    batch_id = here.create()
    here.process()
    batch = here.batch(batch_id)
    assert (batch.status, batch.reason) == (BatchStatus.ERROR, "None of the recipients could be written to.")


def _closed(facts: Facts) -> GateDecision | None:
    if facts.now.hour < 20:
        return None
    return GateDecision(kind=GateKind.HOLD, code="outside_hours", sentence="It is too late in the day.")


@pytest.mark.row("S5-17")
def test_a_time_that_is_not_allowed_stops_the_batch_until_somebody_moves_it(store: Store, clock: HeldClock) -> None:
    here = desk(store, World(clock=clock), people=3, gate=Gate(queue_rules=(*QUEUE_RULES, _closed)))
    late = clock() + timedelta(hours=10)
    looked = asyncio.run(here.service.dry_run(here.draft(), at=late))
    assert looked.reasons == {"outside_hours": 3}
    batch_id = here.create(at=late)
    clock.set(late)
    here.process()
    batch = here.batch(batch_id)
    assert batch.status is BatchStatus.BLOCKED_TIME
    assert "3 of 3" in batch.reason
    assert here.states(batch_id) == {RecipientState.WAITING: 3}
    clock.advance(timedelta(hours=10))  # the window opens by itself; nothing leaves by itself
    here.process()
    assert (here.send_all(), here.status(batch_id)) == (0, BatchStatus.BLOCKED_TIME)
    asyncio.run(here.service.move_to(batch_id, clock()))
    here.process()
    assert here.send_all() == 3


def test_changes_of_a_batch_are_told(open_store: OpenStore, clock: HeldClock) -> None:
    heard: list[Event] = []
    here = desk(open_store(publish=heard.append), World(clock=clock), people=1)
    batch_id = here.create()
    here.process()
    assert BatchChanged(batch_id=batch_id) in heard


# -- pace, loops, duplicates


def test_a_pace_spreads_the_messages(here: Desk, clock: HeldClock) -> None:
    here.office.add_people(10)
    here.create(pace=2)
    here.process()
    left = []
    for _ in range(10):
        left.append(here.send_all())
        clock.advance(timedelta(seconds=30))
    assert left == [1] * 10


@pytest.mark.parametrize("pace", [-1, 6001])
def test_a_pace_out_of_range_is_refused(here: Desk, pace: int) -> None:
    here.office.add_people(1)
    with pytest.raises(InvalidInputError, match="pace"):
        here.create(pace=pace)


def test_the_same_text_to_many_is_no_loop(here: Desk) -> None:
    here.office.add_people(60)
    batch_id = here.create(text="The surgery is closed on Monday.")
    here.process()
    assert here.states(batch_id) == {RecipientState.QUEUED: 60}


def test_nobody_gets_it_twice(here: Desk) -> None:
    here.office.add_people(3)
    batch_id = here.create([*here.office.people, *here.office.people])
    here.process()
    here.process()
    assert here.send_all() == 3
    assert here.states(batch_id) == {RecipientState.QUEUED: 3}
