"""ImportDialog: a file of contacts, step by step: its columns, what each row would do, the import, the report."""

import threading
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.contact_import import ImportOptions, ImportResult, PreviewRow
from desktop_inbox.services.import_plan import Outcome, Policy
from desktop_inbox.services.import_reading import Sheet
from desktop_inbox.views.dialogs.column_mapping import ColumnMapping
from desktop_inbox.views.dialogs.files import choose_to_open, choose_to_save
from desktop_inbox.views.item_models.import_rows import (
    ImportRowsModel,
    outcome_word,
    preview_cells,
    rows_table,
)
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_FILES = "Contacts (*.csv *.tsv *.txt *.vcf *.vcard);;All files (*)"
_TYPING_MS = 250


class ImportDialog(QDialog):
    """Nothing is changed before the last step; Esc goes back or stops what runs."""

    _moved = Signal(str, int, int)

    def __init__(
        self, directory: ContactDirectory, services: Services, tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import contacts"))
        self.setAccessibleName("Import contacts")
        self.setModal(True)
        self._imports, self._services, self._tasks = directory.imports, services, tasks
        self._sheet: Sheet | None = None
        self._result: ImportResult | None = None
        self._stop = threading.Event()
        self._running = self._finished = False
        self._generation = 0
        self._make()
        self._build()
        self._connect()
        self._refresh()
        self.resize(theme().px(980), theme().px(640))

    # Parts

    def _make(self) -> None:
        self.choose = QPushButton(self.tr("Choose a file…"))
        self.choose.setProperty("kind", "primary")
        self.facts = PlainLabel(kind="secondary", wrap=True)
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.columns = ColumnMapping()
        self.policy = QComboBox()
        self.policy.setAccessibleName(self.tr("Contacts that are known already"))
        for text, policy in (
            (self.tr("Fill in what is not known yet"), Policy.FILL),
            (self.tr("Overwrite with what the file says"), Policy.OVERWRITE),
            (self.tr("Leave as they are"), Policy.KEEP),
        ):
            self.policy.addItem(text, policy)
        self.tags, self.list = QLineEdit(), QLineEdit()
        for field, name in ((self.tags, self.tr("Tags for everybody")), (self.list, self.tr("List for everybody"))):
            field.setAccessibleName(name)
        self.tags.setPlaceholderText(self.tr("none; several with commas"))
        self.list.setPlaceholderText(self.tr("none"))
        self.opted_out = QCheckBox(self.tr("Everybody in this file has opted out"))
        self.preview_model, self.report_model = ImportRowsModel(self), ImportRowsModel(self)
        self.preview, self.report = rows_table(self.preview_model, "Preview"), rows_table(self.report_model, "Report")
        self.only = QComboBox()
        self.only.setAccessibleName(self.tr("Rows shown"))
        self.summary = PlainLabel(kind="strong", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.status = PlainLabel(kind="secondary")
        self.save = QPushButton(self.tr("Save the report…"))
        self.close_button = QPushButton(self.tr("Cancel"))
        self.back = QPushButton(self.tr("Back"))
        self.next = QPushButton(self.tr("Check all rows"))
        self.next.setProperty("kind", "primary")
        for button in (self.save, self.close_button, self.back):
            button.setAutoDefault(False)
        self.steps = QStackedWidget()

    def _build(self) -> None:
        self.steps.addWidget(self._first_step())
        self.steps.addWidget(self._second_step())
        self.steps.addWidget(self._third_step())
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.status)
        buttons.addStretch()
        for button in (self.close_button, self.back, self.next):
            buttons.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Import contacts"), kind="title"))
        box.addWidget(self.facts)
        box.addWidget(self.trouble)
        box.addWidget(self.steps, 1)
        box.addWidget(self.bar)
        box.addLayout(buttons)
        self.bar.hide()

    def _first_step(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(2)
        text = self.tr(
            "CSV of any spreadsheet or vCard of any address book. Before anything is changed you see what each row"
            " would do; the whole import can be undone."
        )
        label = PlainLabel(text, kind="secondary", wrap=True)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(label)
        column.addSpacing(8)
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return page

    def _second_step(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        left = QVBoxLayout()
        left.addWidget(PlainLabel(self.tr("COLUMNS OF THE FILE"), kind="section"))
        left.addWidget(self.columns, 1)
        right = QVBoxLayout()
        right.addWidget(PlainLabel(self.tr("THE FIRST ROWS AS THEY WILL BE"), kind="section"))
        right.addWidget(self.preview, 1)
        right.addLayout(self._choices_for_all())
        row.addLayout(left, 2)
        row.addLayout(right, 3)
        return page

    def _choices_for_all(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for place, (name, field) in enumerate(
            (
                (self.tr("Contacts that are known already"), self.policy),
                (self.tr("Tags for everybody"), self.tags),
                (self.tr("List for everybody"), self.list),
            )
        ):
            grid.addWidget(PlainLabel(name, kind="small"), 0, place)
            grid.addWidget(field, 1, place)
        grid.addWidget(self.opted_out, 2, 0, 1, 3)
        return grid

    def _third_step(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.summary, 1)
        row.addWidget(self.only)
        column.addLayout(row)
        column.addWidget(self.report, 1)
        return page

    def _connect(self) -> None:
        self._later = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._later.timeout.connect(self._show_preview)
        self.columns.changed.connect(self._later.start)
        self.choose.clicked.connect(lambda _checked=False: self._choose())
        self.close_button.clicked.connect(self.reject)
        self.back.clicked.connect(lambda _checked=False: self._go_back())
        self.next.clicked.connect(lambda _checked=False: self._go_on())
        self.save.clicked.connect(lambda _checked=False: self._save_report())
        self.policy.currentIndexChanged.connect(lambda _index: self._later.start())
        self.tags.textChanged.connect(lambda _text: self._later.start())
        self.list.textChanged.connect(lambda _text: self._later.start())
        self.opted_out.toggled.connect(lambda _on: self._later.start())
        self.only.currentIndexChanged.connect(lambda _index: self._show_report())
        self._moved.connect(self._show_progress)

    # Steps

    def read(self, path: Path) -> None:
        """Read a file and show its columns."""
        self._begin(self.tr("Reading the file…"))
        self._tasks.start(self._read(path), on_error=self._failed, name="read a file of contacts")

    async def _read(self, path: Path) -> None:
        sheet = await self._imports.read(path, cancelled=self._stop.is_set)
        fields = await self._imports.fields()
        guessed = await self._imports.guess(sheet)
        self._sheet = sheet
        self.columns.show_sheet(sheet, guessed, fields)
        told = self.tr("{file}: {rows} rows, {kind}, {encoding}.").format(
            file=sheet.name, rows=f"{len(sheet.rows):,}", kind=sheet.kind, encoding=sheet.encoding
        )
        self.facts.setText(" ".join((told, *sheet.notes)))
        self._end()
        self.steps.setCurrentIndex(1)
        self._refresh()
        self._show_preview()

    def options(self) -> ImportOptions:
        """Return what is chosen."""
        return ImportOptions(
            mapping=self.columns.mapping(),
            policy=Policy(self.policy.currentData()),
            tags=tuple(part.strip() for part in self.tags.text().split(",") if part.strip()),
            list_name=self.list.text().strip(),
            all_opted_out=self.opted_out.isChecked(),
        )

    def _show_preview(self) -> None:
        if self._sheet is None or self._running:
            return
        self._generation += 1
        generation = self._generation

        def show(rows: tuple[PreviewRow, ...]) -> None:
            if generation == self._generation:
                self.trouble.hide()
                self.next.setEnabled(True)
                self.preview_model.show([preview_cells(row) for row in rows])

        def fail(error: InboxError) -> None:
            if generation == self._generation:
                self._tell(error)
                self.next.setEnabled(False)

        self._tasks.start(self._imports.preview(self._sheet, self.options()), on_result=show, on_error=fail)

    def _go_on(self) -> None:
        if self._finished:
            self.accept()
        elif self._sheet is not None and not self._running:
            work = self._check if self.steps.currentIndex() == 1 else self._import
            self._begin("")
            self._tasks.start(work(self._sheet), on_error=self._failed, name="import contacts")

    async def _check(self, sheet: Sheet) -> None:
        self._take(
            await self._imports.dry_run(sheet, self.options(), progress=self._moved.emit, cancelled=self._stop.is_set)
        )
        self.steps.setCurrentIndex(2)
        self._refresh()

    async def _import(self, sheet: Sheet) -> None:
        self._take(
            await self._imports.run(sheet, self.options(), progress=self._moved.emit, cancelled=self._stop.is_set)
        )
        self._finished = True
        self._refresh()

    def _take(self, result: ImportResult) -> None:
        self._end()
        self._result = result
        words = {Outcome.NEW: self.tr("new"), Outcome.UPDATE: self.tr("updated"),
                 Outcome.UNCHANGED: self.tr("unchanged"), Outcome.REFUSED: self.tr("refused")}  # fmt: skip
        parts = [f"{result.counts[outcome]:,} {word}" for outcome, word in words.items()]
        told = self.tr("Imported: ") if result.written else self.tr("This would be: ")
        undo = "" if not result.written or result.can_undo else self.tr(" This is too much to be undone.")
        self.summary.setText(told + ", ".join(parts) + "." + undo)
        self.only.blockSignals(True)
        self.only.clear()
        self.only.addItem(self.tr("All rows"), None)
        for outcome, word in words.items():
            if result.counts[outcome]:
                self.only.addItem(f"{word} ({result.counts[outcome]:,})", outcome)
        refused = self.only.findData(Outcome.REFUSED)
        self.only.setCurrentIndex(max(refused, 0))
        self.only.blockSignals(False)
        self._show_report()

    def _show_report(self) -> None:
        if self._result is None:
            return
        wanted = self.only.currentData()
        self.report_model.show(
            [
                (f"{row.line:,}", outcome_word(row.outcome), row.name, row.address, " ".join(row.notes))
                for row in self._result.rows
                if wanted is None or row.outcome == wanted
            ]
        )

    def _go_back(self) -> None:
        self.steps.setCurrentIndex(max(0, self.steps.currentIndex() - 1))
        self._refresh()

    def reject(self) -> None:
        """Stop what runs, else go away (Esc)."""
        if self._running:
            self._stop.set()
            self.status.setText(self.tr("Stopping…"))
        else:
            super().reject()

    # Files

    def _choose(self) -> None:
        choose_to_open(self, self.windowTitle(), _FILES, self.read)

    def _save_report(self) -> None:
        choose_to_save(self, self.tr("Save the report"), "import-report.csv", self._write_report)

    def _write_report(self, target: Path) -> None:
        if self._result is not None:
            told = self.tr("The report was saved.")
            self._tasks.start(
                self._imports.save_report(self._result, target),
                on_result=lambda _rows: self.status.setText(told),
                on_error=self._tell,
                name="save the report",
            )

    # State

    def _begin(self, words: str) -> None:
        self._running = True
        self._stop.clear()
        self.trouble.hide()
        self.bar.setRange(0, 0)
        self.status.setText(words)
        self._refresh()

    def _end(self) -> None:
        self._running = False
        self.status.setText("")
        self._refresh()

    def _failed(self, error: InboxError) -> None:
        stopped = self._stop.is_set()
        self._end()
        if stopped:
            self.status.setText(self.tr("Stopped; nothing was changed."))
        else:
            self._tell(error)

    def _tell(self, error: InboxError) -> None:
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()

    def _show_progress(self, stage: str, done: int, total: int) -> None:
        if not self._running or self._stop.is_set():
            return
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        words = {"read": self.tr("Reading rows"), "plan": self.tr("Comparing"), "write": self.tr("Writing")}
        self.status.setText(f"{words[stage]}: {done:,} / {total:,}")

    def _refresh(self) -> None:
        step = self.steps.currentIndex()
        self.bar.setVisible(self._running)
        self.facts.setVisible(bool(self.facts.text()))
        if not self.trouble.text():
            self.trouble.hide()
        self.steps.setEnabled(not self._running)
        self.back.setVisible(step > 0 and not self._finished)
        self.back.setEnabled(not self._running)
        self.next.setVisible(step > 0)
        self.next.setEnabled(not self._running)
        self.save.setVisible(step == 2)
        self.close_button.setVisible(not self._finished)
        self.close_button.setText(self.tr("Stop") if self._running else self.tr("Cancel"))
        self.next.setDefault(step > 0)
        if self._finished:
            self.next.setText(self.tr("Done"))
        elif step == 2 and self._result is not None:
            count = self._result.counts[Outcome.NEW] + self._result.counts[Outcome.UPDATE]
            self.next.setText(self.tr("Import {n} rows").format(n=f"{count:,}"))
            self.next.setEnabled(not self._running and count > 0)
        else:
            self.next.setText(self.tr("Check all rows"))
