from datetime import UTC, timedelta

import pytest

from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.timeline import TimelinePage
from desktop_inbox.views.item_models.timeline import TimelineModel, TimelineRole
from tests.support.fakes_timeline import CONVERSATION, SMS, message
from tests.support.fakes_views import NOW


def page(entries, *, older=False, newer=False, unread=None):
    return TimelinePage(
        conversation_id=CONVERSATION, entries=tuple(entries), has_older=older, has_newer=newer, first_unread_id=unread
    )


@pytest.fixture
def model(qapp):
    return TimelineModel(lambda entry: f"spoken {entry.id}", zone=UTC)


def ids(model):
    return [entry.id for entry in model.entries()]


def fresh_rows(model):
    """The rows as a page of the same entries makes them."""
    other = TimelineModel(lambda entry: "", zone=UTC)
    divider = model.divider_row()
    unread = None if divider is None else EntryId(ids(model)[divider])
    other.show(page(model.entries(), unread=unread))
    return [other.row(number) for number in range(other.rowCount())]


def test_keeps_qts_rules_through_every_kind_of_change(model, qtmodeltester):
    entries = [message(number) for number in range(1, 80)]
    model.show(page(entries[20:40], older=True, newer=True))
    qtmodeltester.check(model)
    model.prepend(entries[:20], has_older=False)
    model.append(entries[40:60], has_newer=False)
    model.upsert(entries[60:])
    model.upsert([message(70, "changed")])
    model.remove(entries[5].id)
    model.trim_top(50)
    model.trim_bottom(30)
    model.show(None)
    model.upsert([message(1)])
    qtmodeltester.check(model)


@pytest.mark.row("L07")
def test_a_day_begins_where_the_local_date_changes(model):
    noon = NOW.replace(hour=12, minute=0)
    entries = [message(1, at=noon - timedelta(days=1)), message(2, at=noon), message(3, at=noon + timedelta(hours=1))]
    model.show(page(entries))
    assert [model.row(number).starts_day for number in range(3)] == [True, True, False]
    assert model.index(1).data(TimelineRole.DAY) == noon.date()


@pytest.mark.row("L11")
@pytest.mark.parametrize(
    ("second", "together"),
    [
        pytest.param({"at": NOW + timedelta(minutes=4)}, True, id="four minutes later"),
        pytest.param({"at": NOW + timedelta(minutes=5)}, False, id="five minutes later"),
        pytest.param({"at": NOW + timedelta(minutes=1), "out": True}, False, id="the other side"),
        pytest.param({"at": NOW + timedelta(minutes=1), "channel_id": None}, False, id="another channel"),
    ],
)
def test_neighbours_of_one_speaker_form_a_group(model, second, together):
    model.show(page([message(1, at=NOW, channel_id=SMS), message(2, **second)]))
    assert model.row(0).ends_group is not together
    assert model.row(1).starts_group is not together


@pytest.mark.row("L08")
def test_the_divider_ends_a_group_and_stays_when_messages_arrive(model):
    entries = [message(number, at=NOW + timedelta(seconds=number)) for number in range(3)]
    model.show(page(entries, unread=entries[1].id))
    assert [model.row(number).divider for number in range(3)] == [False, True, False]
    assert model.row(0).ends_group
    model.upsert([message(9, at=NOW + timedelta(seconds=9))])
    assert model.row(1).divider


def test_rows_made_one_by_one_equal_rows_made_at_once(model):
    entries = [message(number, at=NOW + timedelta(minutes=number % 7), out=number % 3 == 0) for number in range(40)]
    for entry in sorted(entries, key=lambda one: hash((one.id, "order"))):
        model.upsert([entry])
    assert ids(model) == sorted(entry.id for entry in entries)
    assert [model.row(number) for number in range(model.rowCount())] == fresh_rows(model)


def test_pages_that_overlap_show_nothing_twice(model):
    entries = [message(number) for number in range(1, 30)]
    model.show(page(entries[10:20], older=True, newer=True))
    model.prepend(entries[:12], has_older=False)
    model.append(entries[18:], has_newer=False)
    assert ids(model) == [entry.id for entry in entries]


def test_what_is_newer_than_a_gap_stays_out(model):
    entries = [message(number) for number in range(1, 30)]
    model.show(page(entries[:10], newer=True))
    assert model.upsert([entries[20]]) == 0
    assert model.upsert([entries[5]]) == 0
    assert len(ids(model)) == 10


def test_a_status_changes_one_row(model, qtbot):
    entries = [message(number, out=True, at=NOW + timedelta(seconds=number)) for number in range(5)]
    model.show(page(entries))
    with qtbot.waitSignal(model.dataChanged) as caught:
        model.upsert([message(2, out=True, at=NOW + timedelta(seconds=2), status=DeliveryStatus.READ)])
    assert caught.args[0].row() == caught.args[1].row() == 2
