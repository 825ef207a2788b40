"""FolderModel: the rows of one folder, newest first; more come when the last one shows."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop_inbox.models.entities.call import CallStatus
from desktop_inbox.models.entities.folder import CallRow, Folder, FolderRow, Place, QueuedBroadcast
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, ErrorOrigin
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import icon
from desktop_inbox.views.item_models.contact_table import address_words
from desktop_inbox.views.plain import escaped, isolated, ltr, one_line, plain_name
from desktop_inbox.views.status_marks import StatusMark, status_mark

Index = QModelIndex | QPersistentModelIndex
Item = QueuedBroadcast | FolderRow | CallRow


class Column(IntEnum):
    """What can be shown; each folder has some of them."""

    SIGN = 0
    CONTACT = 1
    TEXT = 2
    REASON = 3
    LABELS = 4
    DURATION = 5
    CHANNEL = 6
    WHEN = 7


_ALWAYS: Final = (Column.SIGN, Column.CONTACT, Column.TEXT, Column.CHANNEL, Column.WHEN)
#: What a folder shows besides.
_BESIDES: Final = {
    Folder.OUTBOX: Column.REASON,
    Folder.FAILED: Column.REASON,
    Folder.CALLS: Column.DURATION,
    Folder.SENT: None,
}
_CALL_ICONS: Final = {Direction.IN: "phone-incoming", Direction.OUT: "phone-outgoing"}


def columns_of(place: Place) -> frozenset[Column]:
    """Return the columns of a folder; a label has those of incoming messages."""
    more = _BESIDES.get(place, Column.LABELS) if isinstance(place, Folder) else Column.LABELS
    return frozenset((*_ALWAYS, more) if more is not None else _ALWAYS)


def heading(column: Column, place: Place) -> str:
    """Return the words over a column."""
    if column is Column.CONTACT:
        return _tr("To") if place in (Folder.OUTBOX, Folder.SENT, Folder.FAILED) else _tr("Contact")
    if column is Column.WHEN:
        named = {Folder.SENT: _tr("Sent"), Folder.FAILED: _tr("Failed"), Folder.OUTBOX: _tr("Written")}
        return named.get(place, _tr("Date")) if isinstance(place, Folder) else _tr("Date")
    if column is Column.REASON:
        return _tr("Reason") if place is Folder.FAILED else _tr("Status")
    words = {
        Column.SIGN: "",
        Column.TEXT: _tr("Call") if place is Folder.CALLS else _tr("Message"),
        Column.LABELS: _tr("Labels"),
        Column.DURATION: _tr("Duration"),
        Column.CHANNEL: _tr("Channel"),
    }
    return words[column]


class FolderModel(QAbstractTableModel):
    """Holds what was read; ``more_wanted`` asks for the rows behind the last."""

    more_wanted = Signal()

    def __init__(self, formats: Formats, region: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats, self._region = formats, region
        self.place: Place = Folder.INBOX
        self.items: list[Item] = []
        self.unfolded: set[int] = set()
        self._has_more = False
        self._asked = False

    # -- rows

    def show(self, place: Place, items: Sequence[Item], *, has_more: bool) -> None:
        """Show another list from its beginning."""
        self.beginResetModel()
        self.place, self.items = place, list(items)
        self._has_more, self._asked = has_more, False
        self.endResetModel()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def renew(self, items: Sequence[Item], *, has_more: bool) -> None:
        """Bring the rows up to date; those that stay keep their selection and their place."""
        wanted = {key_of(item): item for item in items}
        for row in range(len(self.items) - 1, -1, -1):
            if key_of(self.items[row]) not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self.items[row]
                self.endRemoveRows()
        present = {key_of(item) for item in self.items}
        if [key_of(item) for item in self.items] != [key_of(item) for item in items if key_of(item) in present]:
            self.show(self.place, items, has_more=has_more)  # the order is another
            return
        for row, item in enumerate(items):
            if row >= len(self.items) or key_of(self.items[row]) != key_of(item):
                self.beginInsertRows(QModelIndex(), row, row)
                self.items.insert(row, item)
                self.endInsertRows()
            elif self.items[row] != item:
                self.items[row] = item
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
        self._has_more, self._asked = has_more, False

    def append(self, items: Sequence[Item], *, has_more: bool) -> None:
        """Rows behind the last are there."""
        known = {key_of(item) for item in self.items}
        new = [item for item in items if key_of(item) not in known]
        if new:
            first = len(self.items)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self.items += new
            self.endInsertRows()
        self._has_more, self._asked = has_more, False

    def tick(self) -> None:
        """Times may read differently, as of a call that goes on."""
        if self.items:
            self.dataChanged.emit(self.index(0, Column.DURATION), self.index(len(self.items) - 1, Column.WHEN))

    @property
    def last(self) -> FolderRow | CallRow | None:
        """The last row that is a message or a call."""
        found = self.items[-1] if self.items else None
        return None if isinstance(found, QueuedBroadcast) else found

    def place_of(self, key: object) -> int | None:
        """Return in which row something is, by ``key_of``."""
        return next((row for row, item in enumerate(self.items) if key_of(item) == key), None)

    # -- Qt

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether there are rows behind the last that nobody asked for yet."""
        return not parent.isValid() and self._has_more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask for the rows behind the last."""
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows that are there."""
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words over a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return heading(Column(section), self.place)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        item, column = self.items[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(item, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if column is Column.SIGN else self._cell(item, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            tip = self._tip(item, column)
            return f"<qt>{escaped(tip)}</qt>" if tip else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(item, column)
        return None

    # -- words

    def name_of(self, item: FolderRow | CallRow) -> str:
        """Return the contact's name, else the address, as people write it."""
        if item.name:
            return plain_name(item.name)
        return self.address_of(item) or _tr("No name")

    def address_of(self, item: FolderRow | CallRow) -> str:
        """Return the address as people write it."""
        return "" if item.scheme is None else ltr(address_words(item.scheme, item.path, region=self._region()))

    def sign_of(self, item: Item) -> StatusMark:
        """Return the icon of a row and its words (S1-27)."""
        if isinstance(item, QueuedBroadcast):
            return status_mark(DeliveryStatus.QUEUED, Direction.OUT, contacts=item.contacts)
        if isinstance(item, CallRow):
            if item.missed:
                return StatusMark(icon="phone-missed", color="attention", words=_tr("Missed call"))
            return StatusMark(icon=_CALL_ICONS[item.direction], color="muted", words=call_words(item))
        return status_mark(item.status, item.direction)

    def _icon(self, item: Item, column: Column) -> Any:
        if column is Column.SIGN:
            mark = self.sign_of(item)
            return icon(mark.icon, mark.color)
        if column is Column.TEXT and isinstance(item, FolderRow):
            if item.batch_contacts:
                return icon("megaphone", "muted")  # S1-33
            return icon("paperclip", "muted") if item.files else None
        if column is Column.TEXT and isinstance(item, QueuedBroadcast):
            return icon("chevron-down" if item.id in self.unfolded else "chevron-right", "muted")
        return None

    def _cell(self, item: Item, column: Column) -> str:
        if isinstance(item, QueuedBroadcast):
            return self._broadcast_cell(item, column)
        if column is Column.CONTACT:
            return self.name_of(item)
        if column is Column.CHANNEL:
            return plain_name(item.channel_name)
        if isinstance(item, CallRow):
            number = self.address_of(item) if item.name else ""
            said = " · ".join(part for part in (call_words(item), number) if part)
            texts = {Column.TEXT: said, Column.DURATION: self._duration(item)}
            return texts.get(column, self._formats.time_or_day(item.occurred_at) if column is Column.WHEN else "")
        if column is Column.WHEN:
            return self._formats.time_or_day(item.shown_at)
        if column is Column.LABELS:
            return ", ".join(isolated(plain_name(label.name)) for label in item.labels)
        if column is Column.REASON:
            return one_line(item.error_text) or self.sign_of(item).words
        return self._text(item)

    def _text(self, item: FolderRow) -> str:
        said = one_line(item.text) or (_tr("{n} files").format(n=item.files) if item.files > 1 else "")
        said = said or (_tr("A file") if item.files else "")
        if item.batch_contacts:
            return f"{self._formats.number(item.batch_contacts)}   {said}"
        return said

    def _broadcast_cell(self, item: QueuedBroadcast, column: Column) -> str:
        if column is Column.CONTACT:
            mark = self.sign_of(item)
            return mark.words.replace(mark.lead, self._formats.number(item.contacts))
        if column is Column.TEXT:
            return one_line(item.text)
        if column is Column.REASON:
            waiting = self._formats.number(item.messages + item.waiting)
            return _tr("{n} still waiting").format(n=waiting)
        return item.code if column is Column.WHEN else ""

    def _duration(self, item: CallRow) -> str:
        seconds = item.seconds(self._formats.clock())
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def _tip(self, item: Item, column: Column) -> str:
        if column is Column.SIGN:
            return self.sign_of(item).words
        if isinstance(item, QueuedBroadcast):
            return self._cell(item, column)
        if column is Column.WHEN:
            return self._formats.moment(item.shown_at if isinstance(item, FolderRow) else item.occurred_at)
        if column is Column.CONTACT:
            return "\n".join(part for part in (self.name_of(item), self.address_of(item)) if part)
        if column is Column.TEXT and isinstance(item, FolderRow):
            more = [_tr("{n} segments").format(n=item.segments)] if item.segments > 1 else []
            return "\n".join([item.text, *more])
        if column is Column.REASON and isinstance(item, FolderRow) and item.error_origin is ErrorOrigin.PROVIDER:
            return _tr("{channel} says: {reason}").format(
                channel=plain_name(item.channel_name), reason=one_line(item.error_text)
            )
        return self._cell(item, column)

    def _spoken(self, item: Item, column: Column) -> str:
        if column is Column.SIGN:
            return self.sign_of(item).words
        text = self._cell(item, column)
        if not text:
            return ""
        if column is Column.WHEN and not isinstance(item, QueuedBroadcast):
            text = self._tip(item, column)
        if column is Column.TEXT and isinstance(item, FolderRow) and item.batch_contacts:
            words = status_mark(item.status, item.direction, contacts=item.batch_contacts).words
            text = f"{words}, {one_line(item.text)}"
        return f"{heading(column, self.place)}: {text}"


def key_of(item: Item) -> tuple[str, int]:
    """Return what tells one row from all others."""
    return type(item).__name__, item.id


def arranged(broadcasts: Sequence[QueuedBroadcast], rows: Sequence[FolderRow | CallRow]) -> list[Item]:
    """Return rows in the order shown: broadcasts first, each with its messages below it where it is unfolded."""
    heads = {one.id for one in broadcasts}
    below: dict[int, list[Item]] = {head: [] for head in heads}
    others: list[Item] = []
    for row in rows:
        inside = isinstance(row, FolderRow) and row.batch_id in heads
        (below[row.batch_id] if inside else others).append(row)  # type: ignore[union-attr,index]
    found: list[Item] = []
    for one in broadcasts:
        found += [one, *below[one.id]]
    return found + others


def call_words(item: CallRow) -> str:
    """Return which way a call went, and what became of it where nobody spoke."""
    if item.missed:
        return _tr("Missed call")
    way = _tr("Incoming call") if item.direction is Direction.IN else _tr("Outgoing call")
    reasons = {
        "busy": _tr("busy"),
        "no_answer": _tr("no answer"),
        "machine": _tr("answering machine"),
        "provider": _tr("refused by the provider"),
    }
    outcomes = {
        CallStatus.RINGING: _tr("ringing"),
        CallStatus.IN_PROGRESS: _tr("in progress"),
        CallStatus.BUSY: _tr("busy"),
        CallStatus.NO_ANSWER: _tr("no answer"),
        CallStatus.FAILED: _tr("failed"),
        CallStatus.CANCELLED: _tr("cancelled"),
    }
    outcome = reasons.get(item.reason) or outcomes.get(item.status, "")
    return f"{way}, {outcome}" if outcome else way


def _tr(text: str) -> str:
    return QCoreApplication.translate("Folders", text)
