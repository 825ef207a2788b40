"""AddressSection: where a contact is reached, in the order of use; others are added, removed and moved (S3-66)."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.ids import AddressId, ContactId
from desktop_inbox.services.addresses import display
from desktop_inbox.services.people import AddressTakenError
from desktop_inbox.views.escape import claims_escape
from desktop_inbox.views.plain import PlainLabel, isolated, menu_text, plain_name, set_tip

from .detail_rows import DetailRow, ElidedButton, section_title


class AddressButton(ElidedButton):
    """One address: its menu opens by click, Enter or Menu key; Alt+Up and Alt+Down move it, Delete removes it."""

    moved = Signal(int)
    remove_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by Alt and arrows, remove by Delete."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)


class AddressSection(QWidget):
    """Rows of addresses; the first is the one shown and used."""

    consent_wanted = Signal(object)  # ContactAddress whose opt-in is to be recorded
    add_wanted = Signal(object, str)  # Scheme, what was typed
    remove_wanted = Signal(object)  # ContactAddress
    order_wanted = Signal(object)  # tuple of AddressId
    contact_wanted = Signal(object)  # ContactId that has an address already

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contact: Contact | None = None
        self._owner: ContactId | None = None  # who has the address that was refused
        self._focus_on: AddressId | None = None  # which address was moved by key
        self._focused: QWidget | None = None  # its button, made anew
        self.rows = QVBoxLayout()
        self.rows.setSpacing(2)
        self.add_button = QPushButton(self.tr("Add address"))
        self.add_button.setProperty("kind", "link")
        self.add_button.clicked.connect(self.open_form)
        self.form = self._make_form()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(section_title(self.tr("Addresses")))
        box.addLayout(self.rows)
        box.addWidget(self.form)
        box.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    def _make_form(self) -> QFrame:
        form = QFrame()
        form.setProperty("kind", "card")
        self.scheme = QComboBox()
        self.scheme.setAccessibleName(self.tr("Kind of address"))
        for scheme in Scheme:
            self.scheme.addItem(self.word(scheme), scheme)
        self.editor = QLineEdit()
        self.editor.setAccessibleName(self.tr("New address"))
        self.editor.setMaxLength(320)
        self.editor.returnPressed.connect(self._add)
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.open_other = QPushButton()
        self.open_other.setProperty("kind", "link")
        self.open_other.clicked.connect(lambda: self.contact_wanted.emit(self._owner))
        add = QPushButton(self.tr("Add"))
        add.setProperty("kind", "primary")
        add.clicked.connect(self._add)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.close_form)
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(cancel)
        buttons.addStretch()
        box = QVBoxLayout(form)
        box.setContentsMargins(12, 10, 12, 10)
        for widget in (self.scheme, self.editor, self.trouble, self.open_other):
            box.addWidget(widget)
        box.addLayout(buttons)
        form.hide()
        return form

    def show_contact(self, contact: Contact) -> None:
        """Show the addresses; a form that is open for the same contact stays."""
        other = self._contact is None or self._contact.id != contact.id
        before = () if self._contact is None or other else self._contact.addresses
        self._contact = contact
        if other:
            self.close_form()
        if other or before != contact.addresses:
            if len(contact.addresses) > len(before) and not other:
                self.close_form()  # what was typed has been added
            self._build(contact.addresses)

    def open_form(self) -> None:
        """Let an address be typed."""
        self._tell("")
        self.form.show()
        self.add_button.hide()
        self.editor.setFocus()

    def close_form(self) -> None:
        """Forget what was typed."""
        self.editor.clear()
        self._tell("")
        self.form.hide()
        self.add_button.show()

    def refuse(self, error: InboxError) -> None:
        """Say what is wrong with an address; that of somebody else leads to them."""
        if isinstance(error, AddressTakenError):
            name = plain_name(error.contact_name) or self.tr("the other contact")
            self._tell(f"{error.message} {error.hint}")
            self.open_other.setText(menu_text(self.tr("Open {name}").format(name=isolated(name))))
            self.open_other.show()
            self._owner = error.contact_id
        else:
            self._tell(f"{error.message} {error.hint}".strip())
        self.editor.setFocus()

    def event(self, event: QEvent) -> bool:
        """Esc is for the form while it is open."""
        if claims_escape(event, lambda: not self.form.isHidden()):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the form."""
        if event.key() == Qt.Key.Key_Escape and not self.form.isHidden():
            self.close_form()
            self.add_button.setFocus()
        else:
            super().keyPressEvent(event)

    def word(self, scheme: Scheme) -> str:
        """Return the word for a kind of address."""
        return {
            Scheme.TEL: self.tr("Phone"),
            Scheme.WHATSAPP: self.tr("WhatsApp"),
            Scheme.TELEGRAM: self.tr("Telegram"),
            Scheme.MATRIX: self.tr("Matrix"),
            Scheme.EMAIL: self.tr("E-mail"),
        }[scheme]

    def _tell(self, trouble: str) -> None:
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self.open_other.hide()

    def _add(self) -> None:
        scheme = self.scheme.currentData()
        self.add_wanted.emit(Scheme(scheme), self.editor.text())

    def _build(self, addresses: Sequence[ContactAddress]) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for place, address in enumerate(addresses):
            self.rows.addWidget(self._row(address, place, len(addresses)))
        if self._focused is not None:
            self._focused.show()
            self._focused.setFocus()
        self._focus_on = self._focused = None

    def _row(self, address: ContactAddress, place: int, count: int) -> DetailRow:
        notes = []
        if address.opt_in is OptIn.OPTED_OUT:
            notes.append(self.tr("opted out"))
        if address.carrier_blocked:
            notes.append(self.tr("refused by the carrier"))
        button = AddressButton(display(address.scheme, address.path))
        used = [self.tr("used first")] if place == 0 and count > 1 else []
        button.setAccessibleDescription(", ".join([self.word(address.scheme), *used, *notes]))
        button.clicked.connect(lambda: self._menu(address, place, button))
        button.moved.connect(lambda step: self._move(address, step))
        button.remove_wanted.connect(lambda: self.remove_wanted.emit(address))
        row = DetailRow(self.word(address.scheme), widget=button)
        row.set_note(", ".join(notes))
        if used:
            set_tip(row.label, self.tr("Shown and used first"))
            row.label.set_kind("strong")
        if address.id == self._focus_on:
            self._focused = button
        return row

    def _menu(self, address: ContactAddress, place: int, button: QWidget) -> None:
        menu = QMenu(button)
        menu.aboutToHide.connect(menu.deleteLater)
        copy = menu.addAction(self.tr("Copy address"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(address.path))
        if place:
            menu.addAction(self.tr("Use first")).triggered.connect(lambda: self._move(address, -place))
            menu.addAction(self.tr("Move up")).triggered.connect(lambda: self._move(address, -1))
        if self._contact is not None and place < len(self._contact.addresses) - 1:
            menu.addAction(self.tr("Move down")).triggered.connect(lambda: self._move(address, 1))
        menu.addSeparator()
        opted_out = address.opt_in is OptIn.OPTED_OUT
        words = self.tr("Record opt-in of this address…") if opted_out else self.tr("Record opt-out of this address…")
        menu.addAction(words).triggered.connect(lambda: self.consent_wanted.emit(address))
        menu.addSeparator()
        menu.addAction(self.tr("Remove address")).triggered.connect(lambda: self.remove_wanted.emit(address))
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _move(self, address: ContactAddress, step: int) -> None:
        if self._contact is None:
            return
        ids = [one.id for one in self._contact.addresses]
        place = ids.index(address.id)
        target = place + step
        if 0 <= target < len(ids):
            ids.insert(target, ids.pop(place))
            self._focus_on = address.id
            self.order_wanted.emit(tuple(ids))
