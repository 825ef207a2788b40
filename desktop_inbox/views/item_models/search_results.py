"""SearchResultsModel: contacts, then messages, each under a heading."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.models.entities.search import SearchHit, SearchResult
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import escaped, one_line, plain_name

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a section; cannot be chosen."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundContact:
    """A contact, and its conversation where there is one."""

    contact: Contact
    conversation_id: ConversationId | None


Found = Heading | FoundContact | SearchHit


class Role(IntEnum):
    """What a row can be asked beside the usual roles."""

    FOUND = Qt.ItemDataRole.UserRole + 1


def _tr(text: str) -> str:
    return QCoreApplication.translate("SearchResults", text)


class SearchResultsModel(QAbstractListModel):
    """What one search found so far; asks for more by ``more_wanted``."""

    more_wanted = Signal()

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._rows: list[Found] = []
        self._has_more = False
        self._asked = False

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows, headings included."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return one property of one row."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        found = self._rows[index.row()]
        if role == Role.FOUND:
            return found
        if role == Qt.ItemDataRole.DisplayRole:
            return found_title(found)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._sentence(found)
        if role == Qt.ItemDataRole.ToolTipRole and not isinstance(found, Heading):
            return f"<qt>{escaped(self._sentence(found))}</qt>"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if index.isValid() and isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether older messages match and were not asked for yet."""
        return not parent.isValid() and self._has_more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask for older messages."""
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def last_message(self) -> EntryId | None:
        """Return the oldest message found: the place to search on from."""
        last = self._rows[-1] if self._rows else None
        return last.message_id if isinstance(last, SearchHit) else None

    def first_choice(self) -> int:
        """Return the first row that can be chosen, -1 for none."""
        return next((row for row, found in enumerate(self._rows) if not isinstance(found, Heading)), -1)

    def clear(self) -> None:
        """Show nothing."""
        self._replace([], has_more=False)

    def show(self, result: SearchResult) -> None:
        """Show what a search found."""
        rows: list[Found] = []
        if result.contacts:
            rows.append(Heading(text=_tr("People")))
            pairs = zip(result.contacts, result.contact_conversations, strict=True)
            rows += [FoundContact(contact=contact, conversation_id=place) for contact, place in pairs]
        if result.messages:
            total = self._formats.number(result.total) + ("+" if result.total_is_capped else "")
            rows.append(Heading(text=_tr("Messages · {total}").format(total=total)))
            rows += result.messages
        self._replace(rows, has_more=result.has_more)

    def append(self, messages: Sequence[SearchHit], *, has_more: bool) -> None:
        """Add older messages."""
        self._asked, self._has_more = False, has_more
        if messages:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(messages) - 1)
            self._rows.extend(messages)
            self.endInsertRows()

    def _replace(self, rows: list[Found], *, has_more: bool) -> None:
        self.beginResetModel()
        self._rows, self._has_more, self._asked = rows, has_more, False
        self.endResetModel()

    def _sentence(self, found: Found) -> str:
        if isinstance(found, Heading):
            return found.text
        if isinstance(found, FoundContact):
            return ", ".join(part for part in (found_title(found), found_subtitle(found)) if part)
        who = _tr("received: {text}") if found.direction is Direction.IN else _tr("you: {text}")
        return f"{found_title(found)}, {self._formats.moment(found.occurred_at)}, " + who.format(
            text=one_line(found.snippet)
        )


def found_title(found: Found) -> str:
    """Return the upper line of a row."""
    if isinstance(found, Heading):
        return found.text
    return plain_name(found.contact.name if isinstance(found, FoundContact) else found.contact_name)


def found_subtitle(found: FoundContact) -> str:
    """Return the first address that is not the name already."""
    title = found_title(found)
    return next((address.path for address in found.contact.addresses if address.path != title), "")
