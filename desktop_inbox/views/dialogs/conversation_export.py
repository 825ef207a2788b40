"""ConversationExportDialog: the days of one conversation as a table or a page (S4-41 to S4-46).

It may stay open beside the work. The file is written first; where it goes is asked when it is ready.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.services.conversation_export import ExportFormat, Prepared, Wish, check_span
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .export import documents, dress_date, picked_day, qdate

_USUAL = 7  # days


class ConversationExportDialog(QDialog):
    """Days, format, comments; then progress; then the place of the file.

    ``notify`` tells something in the tray, for when the window is hidden as the file gets ready.
    """

    saved = Signal(str)  # the file
    _progressed = Signal(int, int)

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        summary: ConversationSummary,
        window: QWidget,
        *,
        notify: Callable[[str, str], object] = lambda _title, _text: None,
    ) -> None:
        super().__init__(window)
        self._services, self._tasks, self._summary, self._window = services, tasks, summary, window
        self._notify, self._formats = notify, Formats(services.clock)
        self._stop = threading.Event()
        self._running, self._longest = False, _USUAL
        self._ready: Prepared | None = None
        self.setWindowTitle(self.tr("Export the conversation"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        today = self._formats.today()
        self.first, self.last = QDateEdit(qdate(today - timedelta(days=_USUAL - 1))), QDateEdit(qdate(today))
        self.kind = QComboBox()
        self.kind.addItem(self.tr("Table for spreadsheets (CSV)"), ExportFormat.CSV)
        self.kind.addItem(self.tr("Page for reading (HTML)"), ExportFormat.HTML)
        self.comments = QCheckBox(self.tr("Also comments, which the contact never saw"))
        self.hint = PlainLabel(kind="secondary", wrap=True)
        self.progress = QProgressBar()
        self.status = PlainLabel(kind="secondary", wrap=True)
        self.start_button = QPushButton(self.tr("Export"))
        self.close_button = QPushButton(self.tr("Close"))
        self._build()
        self._progressed.connect(self._show_progress)
        for field in (self.first, self.last):
            field.dateChanged.connect(self._refresh)
        self._tasks.start(services.conversation_export.longest_span(), on_result=self._learn, name="export span")
        self._refresh()

    def _build(self) -> None:
        name = isolated(plain_name(self._summary.name))
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        for label, field in ((self.tr("From"), self.first), (self.tr("To"), self.last)):
            dress_date(field, label, self._formats.locale)
            form.addRow(PlainLabel(label), field)
        self.kind.setAccessibleName(self.tr("Format"))
        form.addRow(PlainLabel(self.tr("As")), self.kind)
        self.progress.setTextVisible(False)
        self.start_button.setProperty("kind", "primary")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self.start)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.start_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Export the conversation with {name}").format(name=name), kind="title"))
        box.addLayout(form)
        box.addWidget(self.hint)
        for widget in (self.comments, self.progress, self.status):
            box.addWidget(widget)
        box.addLayout(buttons)
        self.setMinimumWidth(theme().px(480))

    def start(self) -> None:
        """Write the file; ask where it goes when it is ready."""
        if self._running or self._refusal():
            return
        self._running = True
        self._stop.clear()
        self.progress.setRange(0, 0)
        self._say("")
        self._refresh()
        wish = Wish(
            conversation_id=self._summary.id,
            first=picked_day(self.first),
            last=picked_day(self.last),
            format=self.kind.currentData(),
            comments=self.comments.isChecked(),
        )
        work = self._services.conversation_export.prepare(
            wish, progress=self._progressed.emit, cancelled=self._stop.is_set
        )
        self._tasks.start(work, on_result=self._take, on_error=self._failed, name="export conversation")

    def reject(self) -> None:
        """Stop what runs, else close (Esc); what is ready and nobody wants is removed."""
        if self._running:
            self._stop.set()
            self._say(self.tr("Stopping…"))
            return
        self._discard()
        super().reject()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for the place once the hidden window is shown again."""
        if watched is self._window and event.type() == QEvent.Type.Show:
            self._window.removeEventFilter(self)
            self._ask_for_place()
        return super().eventFilter(watched, event)

    # Inside

    def _learn(self, days: int) -> None:
        self._longest = days
        self._refresh()

    def _refusal(self) -> str:
        """Return why these days cannot be exported; "" when they can."""
        try:
            check_span(picked_day(self.first), picked_day(self.last), self._longest)
        except InboxError as error:
            return f"{error.message} {error.hint}"
        return ""

    def _refresh(self) -> None:
        refusal = "" if self._running else self._refusal()
        both = self.tr("Both days count whole, from midnight to midnight in the office's time.")
        self.hint.setText(refusal or both)
        self.hint.set_kind("error" if refusal else "secondary")
        for widget in (self.first, self.last, self.kind, self.comments):
            widget.setEnabled(not self._running)
        self.start_button.setEnabled(not self._running and not refusal)
        self.close_button.setText(self.tr("Stop") if self._running else self.tr("Close"))
        self.progress.setVisible(self._running)

    def _take(self, prepared: Prepared) -> None:
        self._running = False
        self._ready = prepared
        self._refresh()
        if self._window.isVisible():
            self._ask_for_place()
            return
        self._window.installEventFilter(self)
        self._notify(self.tr("The export is ready"), self.tr("Open the window to choose where the file is kept."))

    def _ask_for_place(self) -> None:
        if self._ready is None:
            return
        proposed = str(documents() / self._ready.name)
        dialog = QFileDialog(self, self.tr("Save the export"), proposed, f"*.{self._ready.wish.format}")
        dialog.setObjectName("save export")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(str(self._ready.wish.format))
        dialog.fileSelected.connect(self._deliver)
        dialog.rejected.connect(self._discard)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _deliver(self, target: str) -> None:
        prepared, self._ready = self._ready, None
        if prepared is None:
            return

        def done(_nothing: None) -> None:
            written = self.tr("{n} entries were written to {file}.")
            self._say(written.format(n=self._formats.number(prepared.entries), file=target))
            self.saved.emit(target)

        def failed(error: InboxError) -> None:
            self._ready = prepared  # another place may do
            self._failed(error)

        self._tasks.start(
            self._services.conversation_export.deliver(prepared, Path(target)),
            on_result=done, on_error=failed, name="deliver export",
        )  # fmt: skip

    def _discard(self) -> None:
        prepared, self._ready = self._ready, None
        if prepared is not None:
            self._tasks.start(self._services.conversation_export.discard(prepared), name="discard export")
            self._say(self.tr("Nothing was kept."))

    def _failed(self, error: InboxError) -> None:
        self._running = False
        self._refresh()
        self._say(f"{error.message} {error.hint}".strip(), kind="secondary" if self._stop.is_set() else "error")

    def _show_progress(self, done: int, total: int) -> None:
        if self._running and not self._stop.is_set():
            self.progress.setRange(0, max(total, 1))
            self.progress.setValue(done)
            text = self.tr("{n} of {total}")
            self._say(text.format(n=self._formats.number(done), total=self._formats.number(total)))

    def _say(self, text: str, *, kind: str = "secondary") -> None:
        self.status.set_kind(kind)
        self.status.setText(text)
