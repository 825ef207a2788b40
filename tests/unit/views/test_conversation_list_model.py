"""Rows of the conversation list: order, paging, moves that wait."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, EntryKind
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.conversation_list import ConversationListModel, preview
from tests.support.fakes_views import NOW, many, office, summary
from tests.support.qt import Stage


@pytest.fixture
def model(stage: Stage, qtmodeltester: Any) -> ConversationListModel:
    made = ConversationListModel(Formats(lambda: NOW, zone=UTC))
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


def ids(model: ConversationListModel) -> list[int]:
    return [model.summary_at(row).id for row in range(model.rowCount())]  # type: ignore[union-attr]


def newer(row: ConversationSummary, minutes: int = 5) -> ConversationSummary:
    return summary(row.id, at=NOW + timedelta(minutes=minutes), unread=row.unread_count + 1)


@pytest.mark.row("S2-15", "S3-06", "L06")
def test_newest_first_and_a_new_message_moves_its_row_up(model: ConversationListModel) -> None:
    rows = many(5)
    model.reset(rows[::-1], has_more=False)
    assert ids(model) == [1, 2, 3, 4, 5]
    model.apply([ConversationId(4)], [newer(rows[3])])
    assert ids(model) == [4, 1, 2, 3, 5]
    assert model.summary(ConversationId(4)).unread_count == 1  # type: ignore[union-attr]


@pytest.mark.row("S2-15")
def test_an_event_does_not_move_a_row(model: ConversationListModel) -> None:
    rows = many(3)
    model.reset(rows, has_more=False)
    model.apply([ConversationId(3)], [replace(rows[2], status=ConversationStatus.DONE)])
    assert ids(model) == [1, 2, 3]


@pytest.mark.row("L06")
def test_under_a_hand_contents_change_and_rows_stay(model: ConversationListModel) -> None:
    rows = many(5)
    model.reset(rows, has_more=False)
    model.apply([ConversationId(4)], [newer(rows[3])], hold_order=True)
    model.apply([ConversationId(2)], [], hold_order=True)
    model.apply([ConversationId(9)], [summary(9, at=NOW + timedelta(minutes=9))], hold_order=True)
    assert ids(model) == [1, 2, 3, 4, 5]
    assert model.summary(ConversationId(4)).unread_count == 1  # type: ignore[union-attr]
    assert model.has_late
    model.settle()
    assert ids(model) == [9, 4, 1, 3, 5]
    assert not model.has_late


@pytest.mark.row("L06")
def test_paging_goes_on_from_the_right_place_while_a_move_waits(model: ConversationListModel) -> None:
    rows = many(6)
    model.reset(rows[:3], has_more=True)
    place = model.last_entry_id()
    model.apply([ConversationId(3)], [newer(rows[2])], hold_order=True)
    assert model.last_entry_id() == place


@pytest.mark.row("L06", "S2-13")
def test_a_newer_reading_moves_few_rows_and_replaces_many(model: ConversationListModel) -> None:
    rows = many(50)
    model.reset(rows, has_more=False)
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.refresh([newer(rows[3]), *rows[:3], *rows[4:49], summary(99, at=NOW + timedelta(hours=1))], has_more=False)
    assert ids(model)[:4] == [99, 4, 1, 2]
    assert 50 not in ids(model)
    assert resets == []
    model.refresh([newer(row) for row in rows], has_more=False)
    assert len(resets) == 1
    assert model.rowCount() == 50


@pytest.mark.row("L06", "S3-05")
def test_a_newer_reading_of_the_first_page_keeps_what_lies_beyond(model: ConversationListModel) -> None:
    rows = many(20)
    model.reset(rows, has_more=True)
    model.refresh([newer(rows[8]), *rows[:8], rows[9]], has_more=True)
    assert ids(model) == [9, 1, 2, 3, 4, 5, 6, 7, 8, *range(10, 21)]
    model.refresh([newer(rows[9], 9), newer(rows[8]), *rows[:8]], has_more=True, hold_order=True)
    assert ids(model)[0] == 9
    model.settle()
    assert ids(model)[0] == 10


@pytest.mark.row("S3-05")
def test_older_rows_are_asked_for_once_and_added(model: ConversationListModel) -> None:
    rows, asked = many(6), []
    model.more_wanted.connect(lambda: asked.append(True))
    model.reset(rows[:3], has_more=True)
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert asked == [True]
    model.append(rows[3:], has_more=False)
    assert ids(model) == [1, 2, 3, 4, 5, 6]
    assert not model.canFetchMore(QModelIndex())


@pytest.mark.row("S3-05")
def test_a_failed_page_can_be_asked_for_again(model: ConversationListModel) -> None:
    model.reset(many(3), has_more=True)
    model.fetchMore(QModelIndex())
    assert not model.canFetchMore(QModelIndex())
    model.more_failed()
    assert model.canFetchMore(QModelIndex())


def test_a_row_that_moved_up_meanwhile_is_not_added_twice(model: ConversationListModel) -> None:
    rows = many(6)
    model.reset(rows[:3], has_more=True)
    model.apply([ConversationId(5)], [newer(rows[4])])
    model.append(rows[3:], has_more=False)
    assert sorted(ids(model)) == [1, 2, 3, 4, 5, 6]


def test_a_row_below_the_loaded_part_is_left_to_its_page(model: ConversationListModel) -> None:
    rows = many(6)
    model.reset(rows[:3], has_more=True)
    model.apply([ConversationId(6)], [rows[5]])
    assert ids(model) == [1, 2, 3]


def test_a_row_leaves_its_view_unless_it_is_open(model: ConversationListModel) -> None:
    rows = many(3)
    model.reset(rows, has_more=False)
    model.pin(ConversationId(2))
    model.apply([ConversationId(1), ConversationId(2)], [])
    assert ids(model) == [2, 3]
    model.pin(ConversationId(3))
    assert ids(model) == [3]


def test_rows_without_messages_stand_last(model: ConversationListModel) -> None:
    nothing = replace(summary(7), last_entry_id=0, last_direction=None)
    model.reset([nothing, *many(2)], has_more=False)
    assert ids(model) == [1, 2, 7]


@pytest.mark.row("A02", "S3-08", "S3-12", "L04", "S2-07")
def test_each_row_is_one_sentence_for_assistive_technology(model: ConversationListModel) -> None:
    model.reset(office(), has_more=False)
    read = [model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert read[0] == "Maria Gómez, 2 unread, 12:04, received: Could we move it to Thursday at nine?, on SMS"
    assert read[1] == "Jonas Okafor, 1 unread, 11:48, received: Photo, on SMS"
    assert read[4] == "Tom Becker, no unread, 10:20, draft: Your invoice is attached, thank you, on SMS"
    assert read[6] == "Lena Weiss, no unread, done, Yesterday, you: Perfect, thank you!, on Matrix"


@pytest.mark.row("A02", "A06")
def test_failures_and_consent_are_said(model: ConversationListModel) -> None:
    row = summary(1, direction="out", opt_in=OptIn.OPTED_OUT, assignee_name="Ana")
    model.reset([replace(row, last_status=DeliveryStatus.FAILED)], has_more=False)
    said = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert "assigned to Ana, opted out, not delivered" in said
    model.reset([replace(row, last_status=DeliveryStatus.UNKNOWN)], has_more=False)
    assert "not sure that it arrived" in model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.row("S1", "P21")
def test_tips_of_rows_are_escaped(model: ConversationListModel) -> None:
    model.reset([summary(1, "<img src=x>")], has_more=False)
    tip = model.data(model.index(0), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip


@pytest.mark.row("S3-07", "S3-11")
@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (EntryKind.TEXT, "one\ntwo", "one two"),
        (EntryKind.PICTURE, "", "Photo"),
        (EntryKind.PICTURE, "look", "look"),
        (EntryKind.MISSED_CALL, "", "Missed call"),
        (EntryKind.NONE, "", "Nothing said yet"),
    ],
)
def test_the_preview_is_one_line_or_a_word_for_the_kind(kind: EntryKind, text: str, shown: str) -> None:
    assert preview(summary(1, snippet=text, last_kind=kind)) == shown
