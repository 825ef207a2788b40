"""ContactTableModel: a hundred thousand contacts as ids; rows come when they are looked at."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.contact_row import ContactRow, ContactSort
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import escaped, isolated, ltr, one_line, plain_name

Index = QModelIndex | QPersistentModelIndex
PAGE = 100  # rows asked for at once
_KEPT = 4000  # rows


class Column(IntEnum):
    """What can be shown; the first always is."""

    NAME = 0
    ADDRESS = 1
    COMPANY = 2
    TAGS = 3
    CONSENT = 4
    ACTIVITY = 5
    CREATED = 6
    COUNTRY = 7
    LANGUAGE = 8


#: What a click on a heading sorts by.
SORTS = {
    Column.NAME: ContactSort.NAME,
    Column.COMPANY: ContactSort.COMPANY,
    Column.ACTIVITY: ContactSort.ACTIVITY,
    Column.CREATED: ContactSort.CREATED,
}
USUAL = (Column.NAME, Column.ADDRESS, Column.COMPANY, Column.TAGS, Column.CONSENT, Column.ACTIVITY, Column.CREATED)
_SHOWN_ADDRESSES = 2


def heading(column: Column) -> str:
    """Return the words over a column."""
    words = {
        Column.NAME: _tr("Name"),
        Column.ADDRESS: _tr("Address"),
        Column.COMPANY: _tr("Company"),
        Column.TAGS: _tr("Tags"),
        Column.CONSENT: _tr("Messages"),
        Column.ACTIVITY: _tr("Last activity"),
        Column.CREATED: _tr("Added"),
        Column.COUNTRY: _tr("Country"),
        Column.LANGUAGE: _tr("Language"),
    }
    return words[column]


class ContactTableModel(QAbstractTableModel):
    """Rows that are not there yet are empty, and are asked for by ``rows_wanted``."""

    rows_wanted = Signal(object)  # list[ContactId]

    def __init__(self, formats: Formats, region: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats, self._region = formats, region
        self._ids: Sequence[ContactId] = ()
        self._places: dict[ContactId, int] = {}
        self._rows: OrderedDict[ContactId, ContactRow] = OrderedDict()
        self._asked: set[ContactId] = set()

    def show(self, ids: Sequence[ContactId]) -> None:
        """Show these contacts in this order."""
        self.beginResetModel()
        self._ids = ids
        self._places = {key: place for place, key in enumerate(ids)}
        self._rows.clear()
        self._asked.clear()
        self.endResetModel()

    def take(self, rows: Sequence[ContactRow]) -> None:
        """Rows that were asked for are there."""
        places = []
        for row in rows:
            self._rows[row.id] = row
            self._asked.discard(row.id)
            if row.id in self._places:
                places.append(self._places[row.id])
        while len(self._rows) > _KEPT:
            self._rows.popitem(last=False)
        if places:
            self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(Column) - 1))

    def forget(self) -> None:
        """Something changed: what is looked at is read again."""
        self._rows.clear()
        self._asked.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, len(Column) - 1))

    @property
    def ids(self) -> Sequence[ContactId]:
        """Everybody shown, in order."""
        return self._ids

    def id_at(self, row: int) -> ContactId:
        """Return who is in a row."""
        return self._ids[row]

    def place_of(self, contact_id: ContactId) -> int | None:
        """Return in which row somebody is."""
        return self._places.get(contact_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of contacts."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words over a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return heading(Column(section))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one cell; one that is not there yet is asked for."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self._row(index.row())
        if row is None:
            return "" if role != Qt.ItemDataRole.ToolTipRole else None
        text = self._cell(row, Column(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{heading(Column(index.column()))}: {text}" if text else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<qt>{escaped(text)}</qt>" if text else None
        return text

    def row_at(self, row: int) -> ContactRow | None:
        """Return what is known about a row, without asking for it."""
        return self._rows.get(self._ids[row])

    def name_of(self, row: ContactRow) -> str:
        """Return the name, else the address, as people write it."""
        if row.name:
            return plain_name(row.name)
        return self._address(row, 0) if row.addresses else _tr("No name")

    def _row(self, place: int) -> ContactRow | None:
        key = self._ids[place]
        known = self._rows.get(key)
        if known is None and key not in self._asked:
            begin = max(0, place - PAGE // 4)
            wanted = [
                one for one in self._ids[begin : begin + PAGE] if one not in self._rows and one not in self._asked
            ]
            self._asked.update(wanted)
            self.rows_wanted.emit(wanted)
        return known

    def _cell(self, row: ContactRow, column: Column) -> str:
        if column is Column.NAME:
            return self.name_of(row)
        if column is Column.ADDRESS:
            shown = [ltr(self._address(row, place)) for place in range(min(_SHOWN_ADDRESSES, len(row.addresses)))]
            more = len(row.addresses) - len(shown)
            return ", ".join(shown) + (f" +{more}" if more > 0 else "")
        if column is Column.TAGS:
            return ", ".join(isolated(plain_name(tag)) for tag in row.tags)
        if column is Column.CONSENT:
            if row.blocked:
                return _tr("Blocked")
            return _tr("Opted out") if row.opt_in is OptIn.OPTED_OUT else ""
        if column is Column.ACTIVITY:
            return "" if row.last_at is None else self._formats.time_or_day(row.last_at)
        if column is Column.CREATED:
            return self._formats.time_or_day(row.created_at)
        texts = {Column.COMPANY: row.company, Column.COUNTRY: row.country, Column.LANGUAGE: row.language}
        return one_line(plain_name(texts[column]))

    def _address(self, row: ContactRow, place: int) -> str:
        return address_words(*row.addresses[place], region=self._region())


def address_words(scheme: Scheme, path: str, *, region: str) -> str:
    """Return an address as people write it, with its kind where its look does not tell."""
    shown = plain_name(display(scheme, path, region=region))
    kinds = {Scheme.WHATSAPP: _tr("WhatsApp"), Scheme.TELEGRAM: _tr("Telegram")}
    return f"{shown} · {kinds[scheme]}" if scheme in kinds else shown


def _tr(text: str) -> str:
    return QCoreApplication.translate("ContactTable", text)
