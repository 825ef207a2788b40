"""NameEditor: a contact's name, changed in place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel, ltr, plain_name, set_tip


class NameEditor(QWidget):
    """Shows the name; a click on the pencil (or F2 on it) lets it be changed, Esc leaves it as it was."""

    renamed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contact: Contact | None = None
        self.name = PlainLabel(kind="title", wrap=True)
        self.name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pencil = QToolButton()
        self.pencil.setProperty("kind", "quiet")
        self.pencil.setAccessibleName(self.tr("Change the name"))
        set_tip(self.pencil, self.tr("Change the name"))
        bind_icon(self.pencil, "pencil", "muted", size=15)
        self.pencil.clicked.connect(self.edit)
        self._shown = QWidget()
        row = QHBoxLayout(self._shown)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addSpacing(26)  # as wide as the pencil, so that the name stands in the middle
        row.addWidget(self.name, 1)
        row.addWidget(self.pencil)
        self._form = self._make_form()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._shown)
        box.addWidget(self._form)
        self._turn(editing=False)

    def _make_form(self) -> QWidget:
        form = QWidget()
        box = QVBoxLayout(form)
        box.setContentsMargins(0, 0, 0, 0)
        self.first, self.last = QLineEdit(), QLineEdit()
        for field, label in ((self.first, self.tr("First name")), (self.last, self.tr("Last name"))):
            field.setPlaceholderText(label)
            field.setAccessibleName(label)
            field.returnPressed.connect(self.save)
            box.addWidget(field)
        self.save_button = QPushButton(self.tr("Save name"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.clicked.connect(self.save)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.cancel)
        row = QHBoxLayout()
        row.addWidget(self.save_button)
        row.addWidget(cancel)
        row.addStretch()
        box.addLayout(row)
        return form

    def show_contact(self, contact: Contact) -> None:
        """Show a name; a change that is being typed for the same contact stays."""
        other = self._contact is None or self._contact.id != contact.id
        self._contact = contact
        name = plain_name(contact.name) or self.tr("No name")
        named = bool(contact.first_name or contact.last_name)
        self.name.setText(name if named else ltr(name))
        if other:
            self._turn(editing=False)

    def edit(self) -> None:
        """Let the name be changed."""
        if self._contact is None:
            return
        self.first.setText(self._contact.first_name)
        self.last.setText(self._contact.last_name)
        self._turn(editing=True)
        self.first.setFocus()
        self.first.selectAll()

    def save(self) -> None:
        """Hand the new name over."""
        first, last = self.first.text().strip(), self.last.text().strip()
        self.cancel()
        if self._contact is not None and (first, last) != (self._contact.first_name, self._contact.last_name):
            self.renamed.emit(first, last)

    def cancel(self) -> None:
        """Leave the name as it was."""
        self._turn(editing=False)
        self.pencil.setFocus()

    @property
    def editing(self) -> bool:
        """Whether a name is being typed."""
        return not self._form.isHidden()

    def _turn(self, *, editing: bool) -> None:
        self._shown.setVisible(not editing)
        self._form.setVisible(editing)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels."""
        if event.key() == Qt.Key.Key_Escape and self.editing:
            self.cancel()
        else:
            super().keyPressEvent(event)
