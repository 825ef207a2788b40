"""TimelineModel: the entries of one conversation that are in memory, oldest first.

It holds and answers; the pane fetches. Each row knows what its neighbours decide: whether a new day begins,
whether the divider "New messages" stands above it, and which messages belong to one group.
"""

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.timeline import TimelineEntry, TimelinePage

Index = QModelIndex | QPersistentModelIndex

GROUP_SPAN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One entry with what its place in the timeline adds. Equal rows look the same."""

    entry: TimelineEntry
    day: date
    starts_day: bool  # a day header stands above
    divider: bool  # "New messages" stands above
    starts_group: bool
    ends_group: bool
    group_size: int  # entries of the group up to and including this one


class TimelineRole(IntEnum):
    """What a timeline row answers beyond the roles of Qt."""

    ROW = Qt.ItemDataRole.UserRole + 1  # TimelineRow
    ENTRY_ID = Qt.ItemDataRole.UserRole + 2  # int
    DAY = Qt.ItemDataRole.UserRole + 3  # date, local


class TimelineModel(QAbstractListModel):
    """Rows of the timeline. ``describe`` turns an entry into one spoken sentence (A15)."""

    def __init__(
        self, describe: Callable[[TimelineEntry], str], *, zone: tzinfo | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._describe = describe
        self._zone = zone
        self._ids: list[int] = []
        self._rows: list[TimelineRow] = []
        self._divider_id: EntryId | None = None
        self.has_older = False
        self.has_newer = False
        self._readers: dict[int, Callable[[TimelineRow], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda row: entry_text(row.entry),
            Qt.ItemDataRole.AccessibleTextRole: lambda row: self._describe(row.entry),
            TimelineRole.ROW: lambda row: row,
            TimelineRole.ENTRY_ID: lambda row: row.entry.id,
            TimelineRole.DAY: lambda row: row.day,
        }

    # Qt's questions

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of entries in memory."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return one property of one entry."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        read = self._readers.get(role)
        return read(self._rows[index.row()]) if read else None

    # Questions of the pane

    def row(self, number: int) -> TimelineRow:
        """Return one row; raises IndexError."""
        return self._rows[number]

    def entries(self) -> tuple[TimelineEntry, ...]:
        """Return everything in memory, oldest first."""
        return tuple(row.entry for row in self._rows)

    def find(self, entry_id: int) -> int | None:
        """Return the row number of an entry, or None when it is not in memory."""
        place = bisect.bisect_left(self._ids, entry_id)
        return place if place < len(self._ids) and self._ids[place] == entry_id else None

    def entry(self, entry_id: int) -> TimelineEntry | None:
        """Return an entry, or None when it is not in memory."""
        number = self.find(entry_id)
        return None if number is None else self._rows[number].entry

    def first_id(self) -> EntryId | None:
        """Return the oldest id in memory."""
        return EntryId(self._ids[0]) if self._ids else None

    def last_id(self) -> EntryId | None:
        """Return the newest id in memory."""
        return EntryId(self._ids[-1]) if self._ids else None

    def divider_row(self) -> int | None:
        """Return the row under the divider "New messages"."""
        return None if self._divider_id is None else self.find(self._divider_id)

    # Changes

    def show(self, page: TimelinePage | None) -> None:
        """Hold another page, or nothing."""
        self.beginResetModel()
        entries = () if page is None else page.entries
        self._ids = [entry.id for entry in entries]
        self._divider_id = None if page is None else page.first_unread_id
        self.has_older = page is not None and page.has_older
        self.has_newer = page is not None and page.has_newer
        self._rows = []
        for entry in entries:
            self._rows.append(self._make_row(entry, self._rows[-1] if self._rows else None))
        self._close_groups(0, len(self._rows))
        self.endResetModel()

    def prepend(self, entries: Sequence[TimelineEntry], *, has_older: bool) -> None:
        """Put an older page on top."""
        self.has_older = has_older
        older = [entry for entry in entries if not self._ids or entry.id < self._ids[0]]
        self._insert(0, older)

    def append(self, entries: Sequence[TimelineEntry], *, has_newer: bool) -> None:
        """Put a newer page below."""
        self.has_newer = has_newer
        newer = [entry for entry in entries if not self._ids or entry.id > self._ids[-1]]
        self._insert(len(self._rows), newer)

    def upsert(self, entries: Iterable[TimelineEntry]) -> int:
        """Update what is in memory and insert what belongs between or after it; returns the number of
        new rows. Newer entries stay out while there is a gap before them."""
        added = 0
        for entry in sorted(entries, key=lambda one: one.id):
            number = self.find(entry.id)
            if number is not None:
                self._replace(number, entry)
                continue
            place = bisect.bisect_left(self._ids, entry.id)
            outside = (place == len(self._ids) and self.has_newer) or (place == 0 and self.has_older)
            if not outside:
                self._insert(place, [entry])
                added += 1
        return added

    def remove(self, entry_id: int) -> None:
        """Forget one entry."""
        number = self.find(entry_id)
        if number is not None:
            self._drop(number, number + 1)

    def trim_top(self, keep: int) -> None:
        """Forget the oldest entries beyond ``keep``; they can be fetched again."""
        surplus = len(self._rows) - keep
        if surplus > 0:
            self.has_older = True
            self._drop(0, surplus)

    def trim_bottom(self, keep: int) -> None:
        """Forget the newest entries beyond ``keep``; they can be fetched again."""
        if len(self._rows) > keep:
            self.has_newer = True
            self._drop(keep, len(self._rows))

    def set_divider(self, entry_id: EntryId | None) -> None:
        """Move the divider "New messages"."""
        before = self.divider_row()
        self._divider_id = entry_id
        for number in (before, self.divider_row()):
            if number is not None:
                self._refresh(number - 1, number + 1)

    # Inside

    def _insert(self, place: int, entries: Sequence[TimelineEntry]) -> None:
        if not entries:
            return
        self.beginInsertRows(QModelIndex(), place, place + len(entries) - 1)
        self._ids[place:place] = [entry.id for entry in entries]
        made: list[TimelineRow] = []
        previous = self._rows[place - 1] if place else None
        for entry in entries:
            previous = self._make_row(entry, previous)
            made.append(previous)
        self._rows[place:place] = made
        self._close_groups(place, place + len(made))
        self.endInsertRows()
        self._refresh(place + len(made), place + len(made) + 1)
        self._refresh(place - 1, place)

    def _drop(self, start: int, stop: int) -> None:
        self.beginRemoveRows(QModelIndex(), start, stop - 1)
        del self._ids[start:stop]
        del self._rows[start:stop]
        self.endRemoveRows()
        self._refresh(start - 1, start + 1)

    def _replace(self, number: int, entry: TimelineEntry) -> None:
        if self._rows[number].entry == entry:
            return
        previous = self._rows[number - 1] if number else None
        self._rows[number] = self._make_row(entry, previous)
        self._close_groups(number, number + 1)
        index = self.index(number)
        self.dataChanged.emit(index, index)

    def _refresh(self, start: int, stop: int) -> None:
        """Look again at rows whose neighbours changed, and on to the end of a group that changed."""
        number = max(start, 0)
        changed = False
        while number < len(self._rows) and (number < stop or (changed and not self._rows[number].starts_group)):
            old = self._rows[number]
            self._rows[number] = self._make_row(old.entry, self._rows[number - 1] if number else None)
            self._close_groups(number, number + 1)
            changed = self._rows[number] != old
            if changed:
                index = self.index(number)
                self.dataChanged.emit(index, index)
            number += 1

    def _make_row(self, entry: TimelineEntry, previous: TimelineRow | None) -> TimelineRow:
        day = entry.occurred_at.astimezone(self._zone).date()
        starts_day = previous is None or previous.day != day
        divider = entry.id == self._divider_id
        starts_group = starts_day or divider or previous is None or not same_group(previous.entry, entry)
        size = 1 if starts_group or previous is None else previous.group_size + 1
        return TimelineRow(
            entry=entry,
            day=day,
            starts_day=starts_day,
            divider=divider,
            starts_group=starts_group,
            ends_group=True,
            group_size=size,
        )

    def _close_groups(self, start: int, stop: int) -> None:
        """Settle where groups end: a row ends its group unless the next one goes on with it."""
        for number in range(start, stop):
            row = self._rows[number]
            following = self._rows[number + 1] if number + 1 < len(self._rows) else None
            goes_on = (
                following is not None
                and following.day == row.day
                and following.entry.id != self._divider_id
                and same_group(row.entry, following.entry)
            )
            if row.ends_group is goes_on:
                self._rows[number] = TimelineRow(
                    entry=row.entry,
                    day=row.day,
                    starts_day=row.starts_day,
                    divider=row.divider,
                    starts_group=row.starts_group,
                    ends_group=not goes_on,
                    group_size=row.group_size,
                )


def same_group(first: TimelineEntry, second: TimelineEntry) -> bool:
    """Return whether two neighbours share a footer: same speaker, same channel, within five minutes."""
    return (
        isinstance(first, Message)
        and isinstance(second, Message)
        and first.direction is second.direction
        and first.sender_kind is second.sender_kind
        and first.sender_id == second.sender_id
        and first.channel_id == second.channel_id
        and second.occurred_at - first.occurred_at < GROUP_SPAN
    )


def entry_text(entry: TimelineEntry) -> str:
    """Return what was said, as copying gives it; empty for events and calls."""
    return entry.text if isinstance(entry, Message | Comment) else ""
