"""ExportDialog: messages of many conversations as a CSV file, with progress and a way to stop."""

import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDate, QLocale, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Conversations whose messages can be exported; ``ids`` None means all."""

    title: str
    ids: Callable[[], Awaitable[Sequence[ConversationId]]] | None = None


class ExportDialog(QDialog):
    """Which messages, from when to when, into which file."""

    _progressed = Signal(object)

    def __init__(
        self, services: Services, tasks: Tasks, parent: QWidget | None = None, *, choices: Sequence[Choice] = ()
    ) -> None:
        """``choices`` are offered beside all conversations: the present view, a selection, segments."""
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._formats = Formats(services.clock)
        self._stop = threading.Event()
        self._running = False
        self.setWindowTitle(self.tr("Export messages"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._choices: list[Choice] = []
        self.which = QComboBox()
        self.which.setAccessibleName(self.tr("Conversations"))
        self.offer([Choice(title=self.tr("All conversations")), *choices])
        self.everything = QCheckBox(self.tr("All messages, whatever their date"))
        self.everything.setChecked(True)
        today = self._formats.today()
        self.since, self.until = QDateEdit(qdate(today - timedelta(days=30))), QDateEdit(qdate(today))
        self.file = QLineEdit(str(documents() / f"messages-{today.isoformat()}.csv"))
        self.progress = QProgressBar()
        self.status = PlainLabel(kind="secondary", wrap=True)
        self.start_button = QPushButton(self.tr("Export"))
        self.close_button = QPushButton(self.tr("Close"))
        self._build()
        self.everything.toggled.connect(self._refresh)
        self._progressed.connect(self._show_progress)
        self._refresh()

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer these too."""
        for choice in choices:
            self._choices.append(choice)
            self.which.addItem(choice.title)

    def _build(self) -> None:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(PlainLabel(self.tr("Of")), self.which)
        for label, field in ((self.tr("From"), self.since), (self.tr("To"), self.until)):
            dress_date(field, label, self._formats.locale)
            form.addRow(PlainLabel(label), field)
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(self._choose)
        self.file.setAccessibleName(self.tr("File"))
        row = QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(choose)
        form.addRow(PlainLabel(self.tr("File")), row)
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.progress.hide()
        self.start_button.setProperty("kind", "primary")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self._start)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.start_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Export messages"), kind="title"))
        text = self.tr("A table with one message in each line, for any spreadsheet. Only administrators may do this.")
        box.addWidget(PlainLabel(text, kind="secondary", wrap=True))
        box.addWidget(self.everything)
        box.addLayout(form)
        box.addWidget(self.progress)
        box.addWidget(self.status)
        box.addLayout(buttons)
        self.setMinimumWidth(theme().px(480))

    def reject(self) -> None:
        """Stop what runs, else close (Esc)."""
        if self._running:
            self._stop.set()
            self.status.setText(self.tr("Stopping…"))
        else:
            super().reject()

    def _refresh(self) -> None:
        for widget in (self.since, self.until):
            widget.setEnabled(not self.everything.isChecked() and not self._running)
        for other in (self.everything, self.which, self.file, self.start_button):
            other.setEnabled(not self._running)
        self.close_button.setText(self.tr("Stop") if self._running else self.tr("Close"))
        self.progress.setVisible(self._running)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Export messages"), self.file.text(), "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self.file.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _start(self) -> None:
        if self._running or not self.file.text().strip():
            return
        self._running = True
        self._stop.clear()
        self.status.set_kind("secondary")
        self.status.setText("")
        self._refresh()
        self._tasks.start(self._export(Path(self.file.text().strip())), on_error=self._failed, name="export")

    async def _export(self, target: Path) -> None:
        whole = self.everything.isChecked()
        ids = self._choices[self.which.currentIndex()].ids
        rows = await self._services.export.messages_csv(
            target,
            conversation_ids=None if ids is None else await ids(),
            since=None if whole else self._moment(self.since),
            until=None if whole else self._moment(self.until, days=1),
            progress=lambda *numbers: self._progressed.emit(numbers),
            cancelled=self._stop.is_set,
        )
        self._end()
        if self._stop.is_set():
            self.status.setText(self.tr("Stopped. No file was written."))
        else:
            written = self.tr("{n} messages were written to {file}.")
            self.status.setText(written.format(n=self._formats.number(rows), file=str(target)))

    def _failed(self, error: InboxError) -> None:
        self._end()
        self.status.set_kind("secondary" if self._stop.is_set() else "error")
        self.status.setText(f"{error.message} {error.hint}".strip())

    def _end(self) -> None:
        self._running = False
        self._refresh()

    def _show_progress(self, numbers: tuple[int, ...]) -> None:
        done = numbers[0] if numbers else 0
        if len(numbers) > 1 and numbers[1] > 0:
            self.progress.setRange(0, 1000)
            self.progress.setValue(1000 * done // numbers[1])
        if self._running and not self._stop.is_set():
            self.status.setText(self.tr("{n} messages").format(n=self._formats.number(done)))

    def _moment(self, field: QDateEdit, *, days: int = 0) -> datetime:
        """Return the beginning of the day a field holds (or of a later one), UTC."""
        day = picked_day(field) + timedelta(days=days)
        return datetime(day.year, day.month, day.day).astimezone().astimezone(UTC)


def dress_date(field: QDateEdit, label: str, locale: QLocale) -> None:
    """Let a day be typed or picked from a calendar, as this locale writes it."""
    field.setCalendarPopup(True)
    field.setLocale(locale)
    field.setDisplayFormat(locale.dateFormat(QLocale.FormatType.ShortFormat))
    field.setAccessibleName(label)


def picked_day(field: QDateEdit) -> date:
    """Return the day that a field holds."""
    picked = field.date()
    return date(picked.year(), picked.month(), picked.day())


def qdate(day: date) -> QDate:
    """Return a day as Qt knows it."""
    return QDate(day.year, day.month, day.day)


def documents() -> Path:
    """Return where files are proposed: the folder for documents, or where there is none, the person's own folder."""
    named = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(named) if named and Path(named).is_dir() else Path.home()
