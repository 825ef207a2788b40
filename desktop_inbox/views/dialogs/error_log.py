"""ErrorLogDialog: why a message failed: the reason in plain words, each attempt, what was said, what to do (S1-26)."""

from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.services.error_log import ErrorLog, LogStep, as_text
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon, icon_pixmap
from desktop_inbox.views.panes.link_opener import LinkOpener
from desktop_inbox.views.panes.resender import Resender
from desktop_inbox.views.plain import PlainLabel, menu_text, plain_name
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.services import Services
from desktop_inbox.views.status_marks import status_mark
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


def open_error_log(services: Services, tasks: Tasks, message_id: EntryId, parent: QWidget) -> None:
    """Read the log of a message and show it over ``parent``; errors are told by ``tasks``."""
    if services.error_log is None:
        return

    def show(log: ErrorLog) -> None:
        ErrorLogDialog(log, services, tasks, parent.window()).open()

    tasks.start(services.error_log.of(message_id), on_result=show, name="error log")


class ErrorLogDialog(QDialog):
    """Reason and remedy above; attempts at the start, request and answer of the chosen one beside them."""

    def __init__(self, log: ErrorLog, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._log, self._services, self._tasks = log, services, tasks
        self._formats = Formats(services.clock)
        self.open_link = LinkOpener(self).open
        self.setWindowTitle(self.tr("Error log"))
        self.setAccessibleName("Error log")
        fit_dialog(self, 820, 600)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addLayout(self._heading())
        box.addWidget(self._reason())
        box.addWidget(self._attempts(), 1)
        box.addLayout(self._buttons())
        self.steps.setCurrentRow(self.steps.count() - 1)
        self.steps.setFocus()

    def _heading(self) -> QVBoxLayout:
        message = self._log.message
        parts = [plain_name(self._log.channel_name) or self.tr("No channel"), self._formats.moment(message.occurred_at)]
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(PlainLabel(self.tr("Error log"), kind="title"))
        column.addWidget(PlainLabel(" · ".join(parts), kind="secondary"))
        return column

    def _reason(self) -> QWidget:
        log, word = self._log, self._log.word
        mark = status_mark(log.message.status, Direction.OUT)
        picture = PlainLabel()
        picture.setPixmap(icon_pixmap(mark.icon, mark.color, theme().px(20), density=self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(4)
        self.sentence = PlainLabel(word.sentence, kind="strong", wrap=True)
        words.addWidget(self.sentence)
        if word.remedy:
            words.addWidget(PlainLabel(self.tr("What to do: {remedy}").format(remedy=word.remedy), wrap=True))
        small = [mark.words, self.tr("code {code}").format(code=word.code) if word.code else ""]
        words.addWidget(PlainLabel(" · ".join(filter(None, small)), kind="small", wrap=True))
        frame = QFrame()
        frame.setProperty("kind", "card")
        frame.setAccessibleName(f"{word.sentence} {word.remedy}".strip())
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if word.link:
            row.addWidget(self._link(word.link), 0, Qt.AlignmentFlag.AlignTop)
        return frame

    def _link(self, link: str) -> QPushButton:
        host = urlsplit(link).netloc.removeprefix("www.")
        self.link = QPushButton(menu_text(self.tr("Read more at {host}").format(host=host)))
        self.link.setProperty("kind", "link")
        self.link.setAutoDefault(False)
        self.link.clicked.connect(lambda: self._tasks.start(self.open_link(link)))
        return self.link

    def _attempts(self) -> QWidget:
        self.steps = QListWidget()
        self.steps.setAccessibleName(self.tr("Attempts"))
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.steps.setWordWrap(True)
        self.steps.setFixedWidth(theme().px(230))
        for step in self._log.steps:
            self.steps.addItem(QListWidgetItem(self._line(step)))
        self.steps.currentRowChanged.connect(self._show)
        self.about = PlainLabel(wrap=True)
        self.request, self.response = self._field(self.tr("Request")), self._field(self.tr("Answer"))
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.about)
        column.addSpacing(theme().px(4))
        column.addWidget(PlainLabel(self.tr("What we sent"), kind="section"))
        column.addWidget(self.request, 1)
        column.addWidget(PlainLabel(self.tr("What came back"), kind="section"))
        column.addWidget(self.response, 1)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.steps)
        row.addLayout(column, 1)
        if not self._log.steps:
            self.about.setText(self.tr("Nothing was sent: it was stopped before the first attempt."))
        return both

    def _field(self, name: str) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setReadOnly(True)
        field.setTabChangesFocus(True)
        field.setAccessibleName(name)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme().px(12))
        field.setFont(font)
        return field

    def _buttons(self) -> QHBoxLayout:
        self.copy = QPushButton(self.tr("Copy everything"))
        bind_icon(self.copy, "copy")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(as_text(self._log)))
        self.again = QPushButton(self.tr("Send again as a new message"))
        self.again.setProperty("kind", "primary")
        self.again.setVisible(self._log.can_resend)
        self.again.clicked.connect(self._send_again)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        for button in (self.copy, self.again, close):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.again)
        return row

    def _send_again(self) -> None:
        """Send it again; what became of it is told in the window, where it can be taken back."""
        Resender(self._services, self._tasks, self.parentWidget() or self).resend((self._log.message.id,))
        self.accept()

    def _line(self, step: LogStep) -> str:
        answer = f"HTTP {step.http_status}" if step.http_status is not None else ""
        return f"{' · '.join(filter(None, (step.title, answer)))}\n{self._formats.moment(step.at)}"

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._log.steps):
            return
        step = self._log.steps[row]
        took = "" if step.elapsed_millis is None else self.tr("{n} ms").format(n=step.elapsed_millis)
        told = "" if step.word is None else step.word.sentence
        if step.word is not None and step.word.code:
            told = self.tr("{sentence} (code {code})").format(sentence=told, code=step.word.code)
        self.about.setText("\n".join(filter(None, (" · ".join(filter(None, (step.outcome, took))), told))))
        requests = [said.request for said in step.exchanges if said.request]
        answers = [said.response or self.tr("No answer came.") for said in step.exchanges]
        nothing = self.tr("What is said is kept of failed calls only.") if step.word is None else (
            self.tr("No request was kept of this attempt."))  # fmt: skip
        self.request.setPlainText("\n\n".join(requests) or nothing)
        self.response.setPlainText("\n\n".join(answers) if requests else "")
