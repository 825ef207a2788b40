"""Where passwords are kept, where the system offers no safe place: a question, and the key to the vault."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QRadioButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.services.secrets import SecretMode
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

if TYPE_CHECKING:
    from desktop_inbox.services.secrets import SecretStore


class SecretPlaceDialog(QDialog):
    """Vault or memory; ``chosen`` once the place is ready."""

    chosen = Signal()

    def __init__(
        self, secrets: "SecretStore", tasks: Tasks, parent: QWidget | None = None, *, reason: str = ""
    ) -> None:
        super().__init__(parent)
        self._secrets, self._tasks = secrets, tasks
        self.setWindowTitle(self.tr("Where to keep passwords"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.vault = QRadioButton(self.tr("In a file that a passphrase protects"))
        self.memory = QRadioButton(self.tr("Nowhere: ask again at each start"))
        self.passphrase, self.again = _field(self.tr("Passphrase")), _field(self.tr("Passphrase again"))
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.setAccessibleName(self.tr("What is wrong"))
        self.trouble.hide()
        self.keep_button = QPushButton(self.tr("Keep them there"))
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.keep_button.clicked.connect(self._keep)
        self.vault.toggled.connect(self._show_fields)
        box = _box(self)
        box.addWidget(PlainLabel(self.tr("Where should passwords be kept?"), kind="title", wrap=True))
        if reason:
            box.addWidget(PlainLabel(reason, wrap=True))
        box.addWidget(self.vault)
        box.addWidget(self.passphrase)
        box.addWidget(self.again)
        box.addWidget(
            PlainLabel(self.tr("Nobody can open it without the passphrase; write it down."), kind="small", wrap=True)
        )
        box.addWidget(self.memory)
        box.addWidget(self.trouble)
        box.addLayout(_buttons(self.keep_button, cancel))
        self.again.setVisible(not secrets.vault_path.exists())
        self.vault.setChecked(True)
        self.passphrase.setFocus()

    def _show_fields(self) -> None:
        for field in (self.passphrase, self.again):
            field.setEnabled(self.vault.isChecked())

    def _keep(self) -> None:
        if self.vault.isChecked() and not self.again.isHidden() and self.passphrase.text() != self.again.text():
            _tell(self.trouble, self.tr("The two passphrases are not the same."))
            self.again.setFocus()
            return
        mode = SecretMode.VAULT if self.vault.isChecked() else SecretMode.MEMORY
        self.keep_button.setEnabled(False)
        self._tasks.start(self._choose(mode, self.passphrase.text()), on_error=self._tell)

    async def _choose(self, mode: SecretMode, passphrase: str) -> None:
        await self._secrets.choose(mode, passphrase=passphrase)
        self.chosen.emit()
        self.accept()

    def _tell(self, error: InboxError) -> None:
        self.keep_button.setEnabled(True)
        _tell(self.trouble, f"{error.message} {error.hint}".strip())


class UnlockVaultDialog(QDialog):
    """Asks for the vault's passphrase at the start; ``unlocked`` when it fitted."""

    unlocked = Signal()

    def __init__(self, secrets: "SecretStore", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._secrets, self._tasks = secrets, tasks
        self.setWindowTitle(self.tr("Unlock passwords"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.passphrase = _field(self.tr("Passphrase"))
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.setAccessibleName(self.tr("What is wrong"))
        self.trouble.hide()
        self.unlock_button = QPushButton(self.tr("Unlock"))
        later = QPushButton(self.tr("Later"))
        later.clicked.connect(self.reject)
        self.unlock_button.clicked.connect(self._unlock)
        box = _box(self)
        box.addWidget(PlainLabel(self.tr("Unlock the vault"), kind="title", wrap=True))
        box.addWidget(
            PlainLabel(self.tr("Channels send and receive nothing until their passwords can be read."), wrap=True)
        )
        box.addWidget(self.passphrase)
        box.addWidget(self.trouble)
        box.addLayout(_buttons(self.unlock_button, later))
        self.passphrase.setFocus()

    def _unlock(self) -> None:
        self.unlock_button.setEnabled(False)
        self._tasks.start(self._try(self.passphrase.text()), on_error=self._tell)

    async def _try(self, passphrase: str) -> None:
        await self._secrets.unlock(passphrase)
        self.unlocked.emit()
        self.accept()

    def _tell(self, error: InboxError) -> None:
        self.unlock_button.setEnabled(True)
        _tell(self.trouble, f"{error.message} {error.hint}".strip())
        self.passphrase.selectAll()
        self.passphrase.setFocus()


def _tell(label: PlainLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setPlaceholderText(name)
    field.setAccessibleName(name)
    return field


def _box(dialog: QDialog) -> QVBoxLayout:
    dialog.setMinimumWidth(theme().px(420))
    box = QVBoxLayout(dialog)
    box.setContentsMargins(24, 20, 24, 20)
    box.setSpacing(12)
    return box


def _buttons(primary: QPushButton, other: QPushButton) -> QHBoxLayout:
    primary.setProperty("kind", "primary")
    primary.setDefault(True)
    other.setAutoDefault(False)
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(other)
    row.addWidget(primary)
    return row
