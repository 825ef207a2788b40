"""Two computers of a team that do the same, or the opposite, in the same instant: one of them is first, and the other
one sees that. Nobody is told of a fault inside the program."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.outbox import AttemptOutcome, GateDecision
from desktop_inbox.models.store import Store
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.deletion import DeletionService
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.labels import LabelService
from desktop_inbox.services.merges import MergeService
from desktop_inbox.services.resend import ResendService, Resent
from desktop_inbox.services.teams import TeamService
from tests.support.broadcasting import desk as broadcasting
from tests.support.clock import HeldClock
from tests.support.filed import FolderDesk
from tests.support.offices import Office as WholeOffice
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.sending import Office, open_office, problems

pytestmark = pytest.mark.postgres


def at_once(*doings: Coroutine[Any, Any, Any] | Callable[[], Any]) -> list[Any]:
    """Do all of it in the same instant; returns results and refusals, and raises whatever else was raised."""
    gate = threading.Barrier(len(doings))
    found: list[Any] = [None] * len(doings)

    def do(place: int) -> None:
        gate.wait()
        try:
            doing = doings[place]
            found[place] = doing() if callable(doing) else run(doing)
        except BaseException as error:
            found[place] = error

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(doings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, InboxError):
            raise one
    return found


@pytest.fixture
def two(postgres_url: str, clock: HeldClock) -> Iterator[tuple[Store, Store]]:
    stores = Store.open(postgres_url, clock=clock), Store.open(postgres_url, clock=clock)
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def offices(two: tuple[Store, Store], clock: HeldClock) -> tuple[Office, Office]:
    world = World(clock=clock)
    return open_office(two[0], world, people=12), open_office(two[1], world, first=False)


def _resend(office: Office) -> ResendService:
    enqueue = Enqueue(Gate(), capabilities=office.world.capabilities_of)
    return ResendService(office.store, office.outbox, enqueue, user_id=office.user_id)


def _terms(office: Office) -> BlockedTermService:
    return BlockedTermService(office.store, user_id=office.user_id, resend=_resend(office))


def _told(office: Office, message_id: EntryId, kind: str) -> int:
    """How often the ledger has a line about a message."""
    return office.store.read_sync(lambda work: sum(line.kind == kind for line in work.ledger.of_message(message_id)))


@pytest.mark.row("S1-25")
def test_two_who_send_again_make_one_message_and_one_line(offices: tuple[Office, Office]) -> None:
    here, there = offices
    for person in here.people:
        here.queue(person)
    jobs = here.begin()
    for job in jobs:
        here.record(job, AttemptOutcome.PERMANENT, code="30003", text="Unreachable")
    for key in [job.entry.message_id for job in jobs]:
        answers: list[Resent] = at_once(_resend(here).resend([key]), _resend(there).resend([key]))
        assert sorted((len(one.sent), len(one.already)) for one in answers) == [(0, 1), (1, 0)]
        assert _told(here, key, "resent") == 1
    assert len(here.begin()) == len(jobs)
    assert problems(here) == []


@pytest.mark.row("S5-26")
def test_two_administrators_decide_about_a_kept_message_once(offices: tuple[Office, Office]) -> None:
    here, there = offices
    run(_terms(here).add("casino"))
    kept = run(here.outbox.queue_many([here.new(person, "Free casino") for person in here.people]))
    for number, key in enumerate(kept):
        assert not isinstance(key, GateDecision)
        other = _terms(there).allow([key]) if number % 2 else _terms(there).keep([key])
        at_once(_terms(here).allow([key]), other)
        decisions = run(_terms(here).decisions(key))
        assert len(decisions) == 1
        assert _told(here, key, "resent") == (decisions[0].decision == "allowed")
    assert problems(here) == []


@pytest.mark.row("S5-17", "S5-24")
def test_the_same_name_given_twice_is_refused_in_words(
    two: tuple[Store, Store], offices: tuple[Office, Office]
) -> None:
    here, there = (TeamService(store, user_id=offices[0].user_id) for store in two)
    for number in range(6):
        day = date(2026, 5, number + 1)
        for first, second in (
            (here.add(f"Team {number}"), there.add(f"TEAM {number}")),
            (here.add_holiday(day, "May"), there.add_holiday(day, "Spring")),
            (_terms(offices[0]).add(f"word{number}"), _terms(offices[1]).add(f"WORD{number}")),
        ):
            answers = at_once(first, second)
            assert sum(isinstance(one, InvalidInputError) for one in answers) == 1


@pytest.mark.row("S1-02")
def test_a_label_deleted_while_messages_get_it(postgres_office: WholeOffice) -> None:
    desk, other = FolderDesk(postgres_office), postgres_office.another_store()
    ids = [desk.receive(f"Message {number}") for number in range(30)]
    here, there = (LabelService(store, user_id=postgres_office.user.id) for store in (postgres_office.store, other))
    for number in range(10):
        label = run(here.create(f"Label {number}"))
        filed, gone = at_once(here.add(ids, label.name), there.delete(label.id))
        assert not isinstance(filed, InboxError)
        assert not isinstance(gone, InboxError)
        listed = {one.name: len(desk.ids(one.id)) for one in run(here.all())}
        assert listed == {one.name: one.messages for one in run(here.all())}


@pytest.mark.row("D-06", "D-09")
@pytest.mark.timeout(240)
def test_contacts_and_conversations_that_go_do_not_end_a_batch(two: tuple[Store, Store], clock: HeldClock) -> None:
    world, chance = World(clock=clock), random.Random(1)
    here = broadcasting(two[0], world, people=600)
    there = broadcasting(two[1], world, first=False)
    batch_id = here.create()
    merges = MergeService(two[0], user_id=here.office.user_id)
    deletion = DeletionService(two[0], user_id=here.office.user_id, purge=lambda _files: None)

    def meanwhile() -> None:
        for number in range(24):
            one, other = chance.sample(here.office.people, 2)
            try:
                if number % 2:
                    run(merges.merge(one.contact_id, other.contact_id))
                else:
                    run(deletion.delete([one.conversation_id]))
            except (NotFoundError, InvalidInputError):
                pass  # it was merged or deleted before

    at_once(there.process, meanwhile)
    clock.advance(timedelta(minutes=2))
    here.process()
    assert here.status(batch_id) is BatchStatus.SENDING, here.batch(batch_id).reason
    counts = run(here.service.counts((batch_id,)))[batch_id]
    assert counts.total == 600
    here.send_all()
    here.process()
    assert max(Counter(path for path, _text in here.sent).values()) == 1
    counts = run(here.service.counts((batch_id,)))[batch_id]
    assert (here.status(batch_id), counts.waiting) == (BatchStatus.SENT, 0)
    assert problems(here.office) == []
