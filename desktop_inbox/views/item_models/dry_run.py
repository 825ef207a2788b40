"""DryRunModel: what the gate says of every recipient beforehand."""

from collections.abc import Callable
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject

from desktop_inbox.models.entities.batch import Intended
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.views.icons import dot
from desktop_inbox.views.item_models.batch_table import Paged
from desktop_inbox.views.plain import ltr, one_line, plain_name

COLORS = {
    GateKind.GO: "success",
    GateKind.HOLD: "warning",
    GateKind.CONFIRM: "warning",
    GateKind.REFUSE: "attention",
}


class Column(IntEnum):
    """What is shown."""

    NAME = 0
    ADDRESS = 1
    VERDICT = 2
    REASON = 3
    TEXT = 4


def verdict_word(kind: GateKind) -> str:
    """Return what would happen, in a word or two."""
    words = {
        GateKind.GO: _tr("Go"),
        GateKind.HOLD: _tr("Hold"),
        GateKind.CONFIRM: _tr("Ask"),
        GateKind.REFUSE: _tr("Refuse"),
    }
    return words[kind]


class DryRunModel(Paged):
    """Everybody, or those of one verdict."""

    def __init__(self, shown: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(len(Column), parent)
        self._address = shown

    def heading(self, column: int) -> str:
        """Return the words over a column."""
        return (_tr("Name"), _tr("Address"), _tr("Verdict"), _tr("Reason"), _tr("Text"))[column]

    def cell(self, row: Intended, column: int) -> str:
        """Return the words of a cell."""
        if column == Column.NAME:
            return plain_name(row.name) or (_tr("Line {n}").format(n=row.line) if row.line else _tr("No name"))
        if column == Column.ADDRESS:
            return ltr(self._address(row.address)) if row.address else ""
        if column == Column.VERDICT:
            return verdict_word(row.kind)
        return one_line(row.sentence if column == Column.REASON else row.text)

    def mark(self, row: Intended, column: int) -> object:
        """Return the dot of the verdict."""
        return dot(COLORS[row.kind]) if column == Column.VERDICT else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Batches", text)
