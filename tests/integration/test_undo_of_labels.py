"""Labels taken off, labels deleted, messages deleted for good: taken back in any order, whatever was done since."""

import pytest

from desktop_inbox.models.entities.ids import EntryId
from tests.support.filed import FolderDesk
from tests.support.offices import Office
from tests.support.run import run


@pytest.fixture
def desk(office: Office) -> FolderDesk:
    return FolderDesk(office)


def labelled(desk: FolderDesk, keys: list[EntryId]) -> list[EntryId]:
    """Those that exist and have a label."""
    return [row.id for row in desk.store.read_sync(lambda work: work.folders.rows(keys)) if row.labels]


@pytest.mark.row("S1-02")
def test_a_label_that_is_gone_is_not_put_on_again_until_it_is_back(desk: FolderDesk) -> None:
    keys = [desk.receive(f"Number {number}", who=number) for number in range(3)]
    run(desk.labels.add(keys, "VIP"))
    label = run(desk.labels.named("VIP"))
    taken = run(desk.labels.remove(keys, label.id))
    run(desk.labels.delete(label.id))
    assert taken.step_id is not None
    undone = run(desk.undo.undo(taken.step_id))
    assert (undone.restored, undone.changed_since) == (0, 3), "the label is gone"
    assert run(desk.undo.undo_last())
    assert [(one.name, one.messages) for one in run(desk.labels.all())] == [("VIP", 0)]


@pytest.mark.row("S1-02", "S1-13", "S1-14")
def test_what_was_deleted_for_good_stays_gone_and_the_rest_is_taken_back(desk: FolderDesk) -> None:
    keys = [desk.receive(f"Number {number}", who=number) for number in range(3)]
    run(desk.labels.add(keys, "VIP"))
    label = run(desk.labels.named("VIP"))
    archived = run(desk.folders.archive(keys))
    taken = run(desk.labels.remove(keys, label.id))
    run(desk.folders.delete(keys[:1]))
    assert taken.step_id is not None
    assert archived.step_id is not None
    assert run(desk.undo.undo(taken.step_id)).restored == 2
    assert labelled(desk, keys) == keys[1:]
    undone = run(desk.undo.undo(archived.step_id))
    assert (undone.restored, undone.changed_since) == (2, 1)
    assert [(one.name, one.messages) for one in run(desk.labels.all())] == [("VIP", 2)]
