"""What is done in several transactions, where the database asks for each of them once more, as after a deadlock."""

from datetime import timedelta

import pytest

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.folder import Folder
from desktop_inbox.models.store import Store
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.labels import LabelService
from desktop_inbox.services.undo import UndoService
from tests.support.broadcasting import desk as broadcasting
from tests.support.clock import HeldClock
from tests.support.filed import FolderDesk
from tests.support.offices import Office
from tests.support.run import run
from tests.support.scripted_provider import World
from tests.support.troubled_store import RepeatingStore

_MANY = 1200  # three transactions


@pytest.fixture
def desk(office: Office) -> FolderDesk:
    desk = FolderDesk(office)
    repeating = RepeatingStore(office.store)
    desk.folders = FolderService(repeating, user_id=office.user.id, purge=desk.purged.extend)  # type: ignore[arg-type]
    desk.labels = LabelService(repeating, user_id=office.user.id)  # type: ignore[arg-type]
    return desk


@pytest.mark.row("S1-13", "D-20")
def test_filing_stays_one_step_that_can_be_taken_back_whole(desk: FolderDesk) -> None:
    desk.store.run_sync(lambda work: [desk.received(work, "x") for _ in range(_MANY)])
    chosen = run(desk.folders.all_of(Folder.INBOX))
    assert len(run(desk.folders.ids_of(chosen))) == _MANY
    label = run(desk.labels.add(chosen, "Todo"))
    filed = run(desk.folders.archive(chosen))
    assert label.count == filed.count == desk.count(Folder.ARCHIVED) == _MANY
    assert filed.step_id is not None
    assert label.step_id is not None
    assert run(desk.undo.undo(filed.step_id)).restored == _MANY
    assert run(desk.undo.undo(label.step_id)).restored == _MANY
    assert desk.count(Folder.INBOX) == _MANY
    assert [one.messages for one in run(desk.labels.all())] == [0]


@pytest.mark.row("D-20")
def test_blocking_many_stays_one_step(office: Office) -> None:
    directory = ContactDirectory(RepeatingStore(office.store), user_id=office.user.id, region=lambda: "US")  # type: ignore[arg-type]
    paths = [f"+1415556{number:04}" for number in range(600)]
    ids = office.store.run_sync(lambda work: [work.contacts.add([(Scheme.TEL, path)]).id for path in paths])
    assert run(directory.set_blocked(ids, blocked=True)) == len(ids)
    undo = UndoService(office.store, user_id=office.user.id, reversals=directory.reversals)
    assert run(undo.undo_last()).restored == len(ids)
    assert not any(one.blocked for one in office.store.read_sync(lambda work: work.contacts.many(ids)))


def test_a_pace_is_kept(store: Store, clock: HeldClock) -> None:
    world = World(clock=clock)
    here = broadcasting(store, world, people=5)
    here.create(pace=60)
    repeating = RepeatingStore(store)
    run(BatchJob(repeating, capabilities=world.capabilities_of, budget=600)())  # type: ignore[arg-type]
    for _ in range(5):
        assert here.send_all() == 1
        clock.advance(timedelta(seconds=1))
