"""Rows of an import as they are shown: lines, outcomes and reasons, made of texts alone."""

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView

from desktop_inbox.services.contact_import import PreviewRow
from desktop_inbox.services.import_columns import Target
from desktop_inbox.services.import_plan import Outcome
from desktop_inbox.views.plain import escaped, one_line
from desktop_inbox.views.theme import theme

Index = QModelIndex | QPersistentModelIndex


class ImportRowsModel(QAbstractTableModel):
    """Lines, outcomes and reasons; made of texts alone."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._heads = (_tr("Line"), _tr("Becomes"), _tr("Name"), _tr("Address"), _tr("Notes"))

    def show(self, rows: list[tuple[str, ...]]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words over a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return one cell."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        text = one_line(self._rows[index.row()][index.column()])[:500]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return text
        if role == Qt.ItemDataRole.ToolTipRole and text:
            return f"<qt>{escaped(text)}</qt>"
        return None


def rows_table(model: QAbstractTableModel, name: str) -> QTableView:
    """Return a table that shows such rows."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(theme().px(30))
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setStretchLastSection(True)
    for column, width in enumerate((48, 84, 124, 132)):
        table.setColumnWidth(column, theme().px(width))
    return table


def preview_cells(row: PreviewRow) -> tuple[str, ...]:
    """Return the cells of one of the first rows."""
    person, report = row.person, row.report
    addresses = ", ".join(path for _, path in person.addresses) or report.address
    company = person.columns.get("company", "")
    facts = [company, ", ".join(person.tags), *report.notes]
    return (
        f"{report.line:,}",
        outcome_word(report.outcome),
        person.shown_name,
        addresses,
        " · ".join(part for part in facts if part),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("ImportDialog", text)


def outcome_word(outcome: Outcome) -> str:
    """Return what a row becomes."""
    words = {
        Outcome.NEW: _tr("New"), Outcome.UPDATE: _tr("Update"), Outcome.UNCHANGED: _tr("Unchanged"),
        Outcome.REFUSED: _tr("Refused"),
    }  # fmt: skip
    return words[outcome]


def column_choices() -> list[tuple[str, str]]:
    """Return what a column can become, in the order offered."""
    return [
        (_tr("Leave out"), Target.IGNORE), (_tr("Name"), Target.NAME), (_tr("First name"), Target.FIRST_NAME),
        (_tr("Last name"), Target.LAST_NAME), (_tr("Phone"), Target.PHONE), (_tr("WhatsApp"), Target.WHATSAPP),
        (_tr("E-mail"), Target.EMAIL), (_tr("Telegram"), Target.TELEGRAM), (_tr("Matrix"), Target.MATRIX),
        (_tr("Company"), Target.COMPANY), (_tr("Country"), Target.COUNTRY), (_tr("Language"), Target.LANGUAGE),
        (_tr("Time zone"), Target.ZONE), (_tr("Tags"), Target.TAGS), (_tr("Lists"), Target.LISTS),
        (_tr("May be written to"), Target.CONSENT), (_tr("Opted out"), Target.OPT_OUT),
        (_tr("Blocked"), Target.BLOCKED),
    ]  # fmt: skip
