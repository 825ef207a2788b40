"""NewContactDialog: somebody whom the office wants to know before they write."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme


class NewContactDialog(QDialog):
    """Name, company, one address; more is added in the details."""

    added = Signal(object)  # ContactId

    def __init__(self, directory: ContactDirectory, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("New contact"))
        self.setAccessibleName("New contact")
        self.setModal(True)
        self._directory, self._tasks = directory, tasks
        self.first, self.last, self.company, self.address = (QLineEdit() for _ in range(4))
        self.kind = QComboBox()
        for text, scheme in (
            (self.tr("Phone"), Scheme.TEL),
            (self.tr("WhatsApp"), Scheme.WHATSAPP),
            (self.tr("E-mail"), Scheme.EMAIL),
            (self.tr("Matrix"), Scheme.MATRIX),
            (self.tr("Telegram"), Scheme.TELEGRAM),
        ):
            self.kind.addItem(text, scheme)
        self.kind.setAccessibleName(self.tr("Kind of address"))
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self.add_button = QPushButton(self.tr("Add the contact"))
        self.add_button.setProperty("kind", "primary")
        self.add_button.setDefault(True)
        self._build()

    def _build(self) -> None:
        form = QFormLayout()
        where = QHBoxLayout()
        where.addWidget(self.kind)
        where.addWidget(self.address, 1)
        for name, field in (
            (self.tr("First name"), self.first),
            (self.tr("Last name"), self.last),
            (self.tr("Company"), self.company),
        ):
            field.setAccessibleName(name)
            form.addRow(PlainLabel(name), field)
        self.address.setAccessibleName(self.tr("Address"))
        form.addRow(PlainLabel(self.tr("Address")), where)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.add_button.clicked.connect(lambda _checked=False: self._add())
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.add_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("New contact"), kind="title"))
        box.addLayout(form)
        box.addWidget(self.trouble)
        box.addLayout(buttons)
        self.setMinimumWidth(theme().px(420))

    def _add(self) -> None:
        self.add_button.setEnabled(False)
        self._tasks.start(
            self._directory.add(
                Scheme(self.kind.currentData()),
                self.address.text(),
                first_name=self.first.text(),
                last_name=self.last.text(),
                company=self.company.text(),
            ),
            on_result=self._done,
            on_error=self._fail,
            name="new contact",
        )

    def _done(self, contact_id: ContactId) -> None:
        self.added.emit(contact_id)
        self.accept()

    def _fail(self, error: InboxError) -> None:
        self.add_button.setEnabled(True)
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
        self.address.setFocus()
