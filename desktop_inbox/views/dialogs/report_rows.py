"""ReportRowsDialog: exactly the messages that a number of a report counts."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import entry_time
from desktop_inbox.models.entities.report import ReportRow
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.text_table import TextTableModel
from desktop_inbox.views.plain import PlainLabel, isolated, one_line, plain_name
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.status_marks import status_mark
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_TEXT = 200  # characters of a message


class ReportRowsDialog(QDialog):
    """A table, newest first; Enter opens the conversation."""

    conversation_wanted = Signal(object)  # ConversationId

    def __init__(
        self,
        title: str,
        read: Callable[[], Coroutine[Any, Any, Sequence[ReportRow]]],
        tasks: Tasks,
        formats: Formats,
        parent: QWidget | None = None,
        *,
        limit: int,
    ) -> None:
        super().__init__(parent)
        self._read, self._tasks, self._formats, self._limit = read, tasks, formats, limit
        self._rows: Sequence[ReportRow] = ()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        fit_dialog(self, 820, 480)
        self.model = TextTableModel(self)
        self.table = RowTable(self.tr("What is counted"))
        self.table.setModel(self.model)
        self.table.activated.connect(lambda index: self._open(index.row()))
        self.states = ListStates(self.table)
        self.note = PlainLabel(kind="secondary")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(title, kind="title", wrap=True))
        box.addWidget(self.states, 1)
        box.addWidget(self.note)
        box.addWidget(buttons)
        self.refresh()

    def refresh(self) -> None:
        """Read the rows."""
        self.states.loading(self.refresh)
        self._tasks.start(self._read(), on_result=self._show, on_error=self._failed, name="report rows")

    def _show(self, rows: Sequence[ReportRow]) -> None:
        self._rows = rows
        tr = self.tr
        self.model.show(
            (tr("When"), tr("Contact"), tr("Channel"), tr("Status"), tr("Text")),
            [
                (
                    self._formats.moment(entry_time(row.id)),
                    isolated(plain_name(row.contact)),
                    plain_name(row.channel),
                    status_mark(row.status, row.direction).words,
                    one_line(row.text)[:_TEXT],
                )
                for row in rows
            ],
        )
        for column, width in enumerate((180, 150, 110, 130)):
            self.table.setColumnWidth(column, theme().px(width))
        self.table.horizontalHeader().setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        if len(rows) >= self._limit:
            self.note.setText(tr("The newest {n}.").format(n=self._formats.number(len(rows))))
        else:
            self.note.setText(tr("{n} in all.").format(n=self._formats.number(len(rows))))
        if rows:
            self.states.show_rows()
            self.table.setCurrentIndex(self.model.index(0, 0))
            self.table.setFocus()
        else:
            self.states.show_empty("search", tr("Nothing is counted"), tr("There is no such message in these days."))

    def _failed(self, error: InboxError) -> None:
        self.states.show_error(error)

    def _open(self, row: int) -> None:
        if row < len(self._rows):
            self.conversation_wanted.emit(self._rows[row].conversation_id)
            self.accept()
