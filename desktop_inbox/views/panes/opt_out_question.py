"""OptOutQuestion: something like an opt-out was written, and a person decides (S4-13)."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name


class OptOutQuestion(QFrame):
    """A line with two answers; shown only while the question is open."""

    answered = Signal(bool)  # True: opted out

    def __init__(self, parent: QWidget | None = None, *, narrow: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self._text = PlainLabel(wrap=True)
        yes = QPushButton(self.tr("Opted out"))
        no = QPushButton(self.tr("Not an opt-out"))
        yes.clicked.connect(lambda: self.answered.emit(True))
        no.clicked.connect(lambda: self.answered.emit(False))
        box = QVBoxLayout(self) if narrow else QHBoxLayout(self)
        box.setContentsMargins(16, 8, 12, 8)
        box.setSpacing(8)
        buttons = QHBoxLayout()
        buttons.addWidget(yes)
        buttons.addWidget(no)
        buttons.addStretch(1 if narrow else 0)
        box.addWidget(self._text, 1)
        box.addLayout(buttons)
        self.hide()

    def show_contact(self, contact: Contact | None) -> None:
        """Ask about a contact, or hide."""
        asked = contact is not None and contact.looks_opted_out
        if contact is not None and asked:
            name = isolated(plain_name(contact.name))
            self._text.setText(
                self.tr("{name} may have asked for no more messages. Is it an opt-out?").format(name=name)
            )
        self.setVisible(asked)
