"""ConsentMessageDialog: whether a consent message goes before the first message, and what it says (S4-19, S4-20)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.services.consent_message import ConsentPolicy
from desktop_inbox.services.text_segments import count
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class ConsentMessageDialog(QDialog):
    """A tick and a text; what is wrong with the text is said when it is saved, and nothing is changed then."""

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self.setWindowTitle(self.tr("Consent message"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.required = QCheckBox(self.tr("Send it before the first message to a contact"))
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Consent message"))
        self.text.setTabChangesFocus(True)
        self.cost = PlainLabel(kind="small")
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setDefault(True)
        self.save_button.setEnabled(False)
        self._build()
        self.text.textChanged.connect(self._show_cost)
        self.save_button.clicked.connect(self._save)
        tasks.start(services.consent.policy(), on_result=self._took)

    def _build(self) -> None:
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.cost, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        words = self.tr(
            "It says who writes, what for, and how to stop: it must name your organisation and contain STOP. The first"
            " message to a contact waits until it was sent; a STOP in between cancels it."
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(self.tr("Consent message"), kind="title"))
        box.addWidget(PlainLabel(words, kind="secondary", wrap=True))
        box.addWidget(self.required)
        box.addWidget(self.text, 1)
        box.addWidget(self.trouble)
        box.addLayout(foot)
        self.resize(theme().px(520), theme().px(340))

    def _took(self, policy: ConsentPolicy) -> None:
        self.required.setChecked(policy.required)
        self.save_button.setEnabled(True)
        if policy.text:
            self.text.setPlainText(policy.text)
        else:
            self._tasks.start(self._services.consent.suggestion(), on_result=self._suggest)

    def _suggest(self, text: str) -> None:
        if not self.text.toPlainText():
            self.text.setPlainText(text)

    def _show_cost(self) -> None:
        text = self.text.toPlainText()
        number = count(text).segments
        unit = self.tr("1 segment") if number == 1 else self.tr("{n} segments").format(n=number)
        self.cost.setText(self.tr("As a text message: {unit}").format(unit=unit) if text else "")

    def _save(self) -> None:
        self._tasks.start(
            self._services.consent.set_policy(required=self.required.isChecked(), text=self.text.toPlainText()),
            on_result=lambda _policy: self.accept(),
            on_error=self._refuse,
        )

    def _refuse(self, error: InboxError) -> None:
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
