"""ConversationListModel: rows of the conversation list, newest first.

The model holds and answers. It asks for more by the signal ``more_wanted`` and is fed by the pane; it never
touches a service.
"""

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.conversation import ConversationSummary, EntryKind
from desktop_inbox.models.entities.ids import ConversationId, EntryId, entry_time
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.row_marks import mark_words
from desktop_inbox.views.plain import escaped, one_line, plain_name

Index = QModelIndex | QPersistentModelIndex

_MANY = 30  # moves from which one reset costs less
_FAILED = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED, DeliveryStatus.BLOCKED, DeliveryStatus.EXPIRED})


class Role(IntEnum):
    """What a row can be asked beside the usual roles."""

    SUMMARY = Qt.ItemDataRole.UserRole + 1


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("ConversationList", text, None, number)


_Place = tuple[int, int]


def _place(summary: ConversationSummary) -> _Place:
    """Sort key: newest first, ties by id."""
    return (-summary.place, -summary.id)


class ConversationListModel(QAbstractListModel):
    """Loaded rows of one view, in the order of their last message."""

    more_wanted = Signal()
    tick_wanted = Signal(object)  # ConversationId

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._rows: list[ConversationSummary] = []
        self._places: list[_Place] = []  # of the rows; behind their contents while moves wait
        self._place_of: dict[ConversationId, _Place] = {}
        self._has_more = False
        self._asked = False
        self._late: dict[ConversationId, ConversationSummary | None] = {}
        self._pinned: ConversationId | None = None
        self._ticked: Container[ConversationId] = ()
        self.selecting = False

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of loaded rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one property of one row."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        summary = self._rows[index.row()]
        if role == Role.SUMMARY:
            return summary
        if role == Qt.ItemDataRole.DisplayRole:
            return plain_name(summary.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row_sentence(summary, self._formats)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<qt>{escaped(row_tip(summary, self._formats))}</qt>"
        if role == Qt.ItemDataRole.CheckStateRole and self.selecting:
            return Qt.CheckState.Checked if summary.id in self._ticked else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be ticked while some are."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsUserCheckable if self.selecting and index.isValid() else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for a tick or against it: so assistive technology does it."""
        summary = self.summary_at(index.row()) if index.isValid() else None
        if role != Qt.ItemDataRole.CheckStateRole or summary is None:
            return False
        self.tick_wanted.emit(summary.id)
        return True

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether older rows exist and were not asked for yet."""
        return not parent.isValid() and self._has_more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask for older rows."""
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    # What the pane asks

    @property
    def has_more(self) -> bool:
        """Whether older rows exist in the store."""
        return self._has_more

    @property
    def has_late(self) -> bool:
        """Whether moves wait until the hand is away."""
        return bool(self._late)

    def last_entry_id(self) -> EntryId | None:
        """Return the place of the oldest loaded row: where to read on from."""
        return EntryId(-self._places[-1][0]) if self._places else None

    def summary(self, conversation_id: ConversationId) -> ConversationSummary | None:
        """Return a loaded row by its id."""
        return self.summary_at(self.row_of(conversation_id))

    def row_of(self, conversation_id: ConversationId | None) -> int:
        """Return the row of a conversation, -1 when it is not loaded."""
        place = None if conversation_id is None else self._place_of.get(conversation_id)
        return -1 if place is None else bisect_left(self._places, place)

    def summary_at(self, row: int) -> ConversationSummary | None:
        """Return the row by its place."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def ids_of_contacts(self, contact_ids: Collection[int]) -> tuple[ConversationId, ...]:
        """Return the loaded conversations with these contacts."""
        return tuple(row.id for row in self._rows if row.contact_id in contact_ids)

    def tick_of(self, conversation_id: ConversationId) -> bool | None:
        """Return whether a row is ticked, None while none is."""
        return conversation_id in self._ticked if self.selecting else None

    # What the pane feeds

    def show_ticks(self, ticked: Container[ConversationId], *, selecting: bool) -> None:
        """Show which rows are ticked."""
        self._ticked, self.selecting = ticked, selecting
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [Qt.ItemDataRole.CheckStateRole])

    def reset(self, rows: Sequence[ConversationSummary], *, has_more: bool) -> None:
        """Replace everything: another view was selected."""
        self.beginResetModel()
        self._rows = sorted(rows, key=_place)
        self._places = [_place(row) for row in self._rows]
        self._place_of = {row.id: _place(row) for row in self._rows}
        self._has_more, self._asked = has_more, False
        self._late.clear()
        self.endResetModel()

    def refresh(self, rows: Sequence[ConversationSummary], *, has_more: bool, hold_order: bool = False) -> None:
        """Take over a newer reading of the first rows: few changes move rows, many replace the list.

        Rows loaded beyond the end of ``rows`` stay when ``has_more``.
        """
        end = _place(rows[-1]) if rows and has_more else None
        known = [row.id for row in self._rows if end is None or self._place_of[row.id] <= end]
        places = {row.id: _place(row) for row in rows}
        moved = [key for key in {*known, *places} if places.get(key) != self._place_of.get(key)]
        if len(moved) > _MANY and not hold_order:
            self.reset(rows, has_more=has_more)
            return
        beyond = len(known) < len(self._rows)
        self._has_more = self._has_more if beyond else has_more
        self._asked = self._asked and beyond
        self.apply(dict.fromkeys([*known, *places]), rows, hold_order=hold_order)

    def append(self, rows: Sequence[ConversationSummary], *, has_more: bool) -> None:
        """Add older rows at the end; those that came in by another way meanwhile are skipped."""
        self._asked = False
        self._has_more = has_more
        fresh = sorted((row for row in rows if row.id not in self._place_of), key=_place)
        older = [row for row in fresh if not self._places or _place(row) > self._places[-1]]
        if older:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(older) - 1)
            self._rows.extend(older)
            self._places.extend(_place(row) for row in older)
            self._place_of.update((row.id, _place(row)) for row in older)
            self.endInsertRows()

    def more_failed(self) -> None:
        """Let older rows be asked for again."""
        self._asked = False

    def pin(self, conversation_id: ConversationId | None) -> None:
        """Keep the open conversation in the list although it left the view (read in Unread), until another
        one is opened."""
        before, self._pinned = self._pinned, conversation_id
        if before is not None and before != conversation_id and self._late.get(before, ...) is None:
            self.settle()

    def apply(
        self, asked: Iterable[ConversationId], found: Iterable[ConversationSummary], *, hold_order: bool = False
    ) -> None:
        """Take over what the store says of ``asked``: those missing in ``found`` left the view.

        With ``hold_order`` (a hand is on the list) contents change in place, and what would move rows waits
        for ``settle``.
        """
        by_id = {row.id: row for row in found}
        for conversation_id in asked:
            summary = by_id.get(conversation_id)
            if hold_order or (summary is None and conversation_id == self._pinned):
                self._hold(conversation_id, summary)
            else:
                self._late.pop(conversation_id, None)
                self._settle_one(conversation_id, summary)

    def show_contents(self, summary: ConversationSummary) -> None:
        """Show new contents of a row where it is, whatever its place by now."""
        row = self.row_of(summary.id)
        if row >= 0:
            self._put(row, summary)

    def settle(self) -> None:
        """Do the moves that waited."""
        late = self._late
        self._late = {}
        for conversation_id, summary in late.items():
            if summary is None and conversation_id == self._pinned:
                self._late[conversation_id] = None
            else:
                self._settle_one(conversation_id, summary)

    def _hold(self, conversation_id: ConversationId, summary: ConversationSummary | None) -> None:
        row = self.row_of(conversation_id)
        if row < 0 and summary is None:
            self._late.pop(conversation_id, None)
            return
        if row >= 0 and summary is not None:
            self._put(row, summary)
            if _place(summary) == self._places[row]:
                self._late.pop(conversation_id, None)
                return
        self._late[conversation_id] = summary

    def _settle_one(self, conversation_id: ConversationId, summary: ConversationSummary | None) -> None:
        row = self.row_of(conversation_id)
        if summary is None:
            if row >= 0:
                self._remove(row)
        elif row < 0:
            self._insert(summary)
        elif self._places[row] == _place(summary):
            self._put(row, summary)
        else:
            self._move(row, summary)

    def _put(self, row: int, summary: ConversationSummary) -> None:
        if self._rows[row] == summary:
            return
        self._rows[row] = summary
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _beyond(self, row: int) -> bool:
        """Whether a place after all loaded rows belongs to a page that was not read yet."""
        return self._has_more and row >= len(self._rows)

    def _insert(self, summary: ConversationSummary) -> None:
        place = _place(summary)
        row = bisect_left(self._places, place)
        if self._beyond(row):
            return
        self.beginInsertRows(QModelIndex(), row, row)
        self._insert_at(row, place, summary)
        self.endInsertRows()

    def _insert_at(self, row: int, place: _Place, summary: ConversationSummary) -> None:
        self._rows.insert(row, summary)
        self._places.insert(row, place)
        self._place_of[summary.id] = place

    def _remove(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._place_of[self._rows[row].id]
        del self._rows[row]
        del self._places[row]
        self.endRemoveRows()

    def _move(self, source: int, summary: ConversationSummary) -> None:
        place = _place(summary)
        target = bisect_left(self._places, place)
        if self._beyond(target):
            self._remove(source)
            return
        moves = target not in (source, source + 1)
        if moves:
            self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), target)
        del self._rows[source]
        del self._places[source]
        row = target - (target > source)
        self._insert_at(row, place, summary)
        if moves:
            self.endMoveRows()
        index = self.index(row)
        self.dataChanged.emit(index, index)


def preview(summary: ConversationSummary) -> str:
    """Return the line under the name: the draft, else the last message."""
    return one_line(summary.draft or summary.snippet) or kind_word(summary.last_kind)


def kind_word(kind: EntryKind) -> str:
    """Return what stands for an entry that has no text (S3-07)."""
    return {
        EntryKind.PICTURE: _tr("Photo"),
        EntryKind.VIDEO: _tr("Video"),
        EntryKind.AUDIO: _tr("Voice message"),
        EntryKind.FILE: _tr("File"),
        EntryKind.CALL: _tr("Call"),
        EntryKind.MISSED_CALL: _tr("Missed call"),
        EntryKind.NONE: _tr("Nothing said yet"),
    }.get(kind, "")


def is_unclear(summary: ConversationSummary) -> bool:
    """Tell whether nobody knows if the last thing we said arrived."""
    return summary.last_direction is Direction.OUT and summary.last_status is DeliveryStatus.UNKNOWN


def has_failed(summary: ConversationSummary) -> bool:
    """Tell whether the last thing we said did not arrive."""
    return summary.last_direction is Direction.OUT and summary.last_status in _FAILED


def is_retrying(summary: ConversationSummary) -> bool:
    """Tell whether the last thing we said did not leave yet and is tried again (S1-34)."""
    return summary.last_direction is Direction.OUT and summary.last_status is DeliveryStatus.RETRY_WAIT


def row_sentence(summary: ConversationSummary, formats: Formats) -> str:
    """Return one sentence that says everything the row shows (A02)."""
    unread = summary.unread_count
    parts = [plain_name(summary.name), _tr("%n unread", unread) if unread else _tr("no unread")]
    parts += mark_words(summary, formats)
    if summary.opt_in is OptIn.OPTED_OUT:
        parts.append(_tr("opted out"))
    if summary.looks_opted_out:
        parts.append(_tr("may want to opt out"))
    if has_failed(summary):
        parts.append(_tr("not delivered"))
    if is_unclear(summary):
        parts.append(_tr("not sure that it arrived"))
    if summary.last_entry_id:
        parts.append(formats.time_or_day(entry_time(summary.last_entry_id)))
    if summary.draft:
        parts.append(_tr("draft: {text}").format(text=preview(summary)))
    elif summary.last_direction is not None:
        who = _tr("received: {text}") if summary.last_direction is Direction.IN else _tr("you: {text}")
        parts.append(who.format(text=preview(summary)))
    if summary.channel_name:
        parts.append(_tr("on {channel}").format(channel=plain_name(summary.channel_name)))
    return ", ".join(parts)


def row_tip(summary: ConversationSummary, formats: Formats) -> str:
    """Return the explanation of a row's signs (S2-16)."""
    lines = [plain_name(summary.name)]
    lines += [words[:1].upper() + words[1:] for words in mark_words(summary, formats)]
    if summary.unread_count:
        lines.append(_tr("Unread messages: %n", summary.unread_count))
    if has_failed(summary):
        lines.append(_tr("The last message was not delivered"))
    if is_unclear(summary):
        lines.append(_tr("Nobody knows whether the last message arrived"))
    if summary.channel_name:
        lines.append(_tr("Last message on {channel}").format(channel=plain_name(summary.channel_name)))
    if summary.last_entry_id:
        lines.append(formats.moment(entry_time(summary.last_entry_id)))
    return "\n".join(lines)
