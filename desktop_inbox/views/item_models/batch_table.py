"""Item models of what was sent: the table of batches, and the recipients of one."""

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

from desktop_inbox.models.entities.tracking import Recipient, Tracked
from desktop_inbox.services.tracking import Choices, arrived
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import dot
from desktop_inbox.views.item_models.batch_words import (
    OUTCOME_COLORS,
    STATUS_COLORS,
    outcome_word,
    status_word,
    title_of,
    type_words,
    when,
)
from desktop_inbox.views.item_models.contact_table import address_words
from desktop_inbox.views.plain import escaped, ltr, one_line, plain_name

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_TEXTS = (_Role.DisplayRole, _Role.AccessibleTextRole, _Role.ToolTipRole)
_NONE = "—"


class Column(IntEnum):
    """The order is fixed; the id comes first (S5-08)."""

    CODE = 0
    STATUS = 1
    TYPE = 2
    FILE = 3
    CONTENT = 4
    DELIVERED = 5
    WHEN = 6


class RecipientColumn(IntEnum):
    """What the list of recipients shows."""

    NAME = 0
    ADDRESS = 1
    OUTCOME = 2
    REASON = 3
    WHEN = 4


class Paged(QAbstractTableModel):
    """Rows that come in pages; more are asked for when the last one shows."""

    more_wanted = Signal()

    def __init__(self, columns: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self.rows: list[Any] = []
        self.has_more = False
        self._asked = False

    def show(self, rows: Sequence[Any], *, has_more: bool) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.rows, self.has_more, self._asked = list(rows), has_more, False
        self.endResetModel()

    def append(self, rows: Sequence[Any], *, has_more: bool) -> None:
        """Show these as well."""
        self.has_more, self._asked = has_more, False
        if rows:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self.rows.extend(rows)
            self.endInsertRows()

    def replace(self, changed: Sequence[Any]) -> None:
        """Rows changed that may be shown; each is known by its id."""
        places = {row.id: place for place, row in enumerate(self.rows)}
        for row in changed:
            place = places.get(row.id)
            if place is not None and self.rows[place] != row:
                self.rows[place] = row
                self.dataChanged.emit(self.index(place, 0), self.index(place, self._columns - 1))

    def place_of(self, key: int) -> int | None:
        """Return in which row an id is."""
        return next((place for place, row in enumerate(self.rows) if row.id == key), None)

    def canFetchMore(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        """Return whether more can be asked for."""
        return not parent.isValid() and self.has_more and not self._asked

    def fetchMore(self, parent: Index = QModelIndex()) -> None:  # noqa: B008
        """Ask for more."""
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else self._columns

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        """Return the words over a column."""
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return self.heading(section)
        if role == _Role.TextAlignmentRole and section == self.right_aligned:
            return int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """Return one property of one cell."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == _Role.DecorationRole:
            return self.mark(row, column)
        if role == _Role.TextAlignmentRole and column == self.right_aligned:
            return int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        if role not in _TEXTS:
            return None
        text = self.cell(row, column)
        if role == _Role.AccessibleTextRole:
            return f"{self.heading(column)}: {text}" if text != _NONE else ""
        if role == _Role.ToolTipRole:
            return f"<qt>{escaped(self.tip(row, column) or text)}</qt>" if text else None
        return text

    right_aligned = -1

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        raise NotImplementedError

    def cell(self, row: Any, column: int) -> str:
        """Return the words of a cell."""
        raise NotImplementedError

    def mark(self, row: Any, column: int) -> object:
        """Return the picture before the words."""
        raise NotImplementedError

    def tip(self, row: Any, column: int) -> str:
        """Return what the pointer shows, where that is more than the words."""
        return ""


class BatchTableModel(Paged):
    """Batches, the newest first."""

    right_aligned = Column.DELIVERED

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(len(Column), parent)
        self._formats = formats
        self.choices: Choices | None = None

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        words = (_tr("Batch"), _tr("Status"), _tr("Type"), _tr("File"), _tr("Content"), _tr("Delivered"), _tr("When"))
        return words[column]

    def cell(self, row: Tracked, column: int) -> str:
        """Return the words of a cell."""
        if column == Column.CODE:
            return row.code
        if column == Column.STATUS:
            return status_word(row.status)
        if column == Column.TYPE:
            return type_words(row, self.choices)
        if column == Column.FILE:
            return one_line(plain_name(row.file_name)) or _NONE
        if column == Column.CONTENT:
            return title_of(row)
        if column == Column.WHEN:
            return when(row.due_at, self._formats)
        if not row.total:
            return _NONE
        number = self._formats.number
        return f"{number(arrived(row, self.choices))} / {number(row.total)}"

    def mark(self, row: Tracked, column: int) -> object:
        """Return the dot of the status."""
        return dot(STATUS_COLORS[row.status]) if column == Column.STATUS else None

    def tip(self, row: Tracked, column: int) -> str:
        """Return the reason with the status, and the whole moment."""
        if column == Column.STATUS and row.reason:
            return f"{status_word(row.status)}. {row.reason}"
        return self._formats.moment(row.due_at) if column == Column.WHEN else ""


class RecipientTableModel(Paged):
    """The recipients of a batch."""

    def __init__(self, formats: Formats, region: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(len(RecipientColumn), parent)
        self._formats, self._region = formats, region

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        return (_tr("Name"), _tr("Address"), _tr("Result"), _tr("Reason"), _tr("When"))[column]

    def cell(self, row: Recipient, column: int) -> str:
        """Return the words of a cell."""
        if column == RecipientColumn.NAME:
            if row.name:
                return plain_name(row.name)
            return _tr("Line {n}").format(n=row.line) if row.line and row.contact_id is None else _tr("No name")
        if column == RecipientColumn.ADDRESS:
            return "" if row.scheme is None else ltr(address_words(row.scheme, row.address, region=self._region()))
        if column == RecipientColumn.OUTCOME:
            return outcome_word(row.outcome)
        if column == RecipientColumn.REASON:
            return one_line(row.reason)
        return "" if row.at is None else when(row.at, self._formats)

    def mark(self, row: Recipient, column: int) -> object:
        """Return the dot of the result."""
        return dot(OUTCOME_COLORS[row.outcome]) if column == RecipientColumn.OUTCOME else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Batches", text)
