"""ConsentSection: may this contact be written to, since when, on whose word; and the change by hand."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.consent import ConsentMethod, ConsentRecord
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn
from desktop_inbox.models.entities.ids import AddressId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, isolated, ltr, one_line

from .consent_badge import stage_words
from .detail_rows import DetailRow, section_title

_SHOWN = 50


class ConsentSection(QWidget):
    """A tick that is saved explicitly, because consent is evidence (S4-17, S4-18)."""

    save_wanted = Signal(object, str, object)  # OptIn, reason, AddressId or None

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._contact: Contact | None = None
        self._address: ContactAddress | None = None  # None: the change concerns the whole contact
        self.status = DetailRow(self.tr("Status"))
        self.message = DetailRow(self.tr("Consent message"))
        self.tick = QCheckBox(self.tr("Opted out"))
        self.tick.toggled.connect(self._ticked)
        self.evidence = QPushButton()
        self.evidence.setProperty("kind", "link")
        self.evidence.clicked.connect(self._toggle_history)
        self._form = self._make_form()
        self._history = QWidget()
        self._lines = QVBoxLayout(self._history)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(8)
        self._history.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(section_title(self.tr("Consent")))
        for widget in (self.status, self.message, self.tick, self._form):
            box.addWidget(widget)
        box.addWidget(self.evidence, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self._history)

    def _make_form(self) -> QFrame:
        form = QFrame()
        form.setProperty("kind", "card")
        self._question = PlainLabel(wrap=True)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.textChanged.connect(self._refresh_form)
        self.reason.returnPressed.connect(self._save)
        self.update_button = QPushButton(self.tr("Update contact details"))
        self.update_button.setProperty("kind", "primary")
        self.update_button.clicked.connect(self._save)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self._reset)
        box = QVBoxLayout(form)
        box.setContentsMargins(12, 10, 12, 10)
        box.addWidget(self._question)
        box.addWidget(self.reason)
        box.addWidget(self.update_button)
        box.addWidget(cancel)
        form.hide()
        return form

    def show_contact(self, contact: Contact, history: Sequence[ConsentRecord]) -> None:
        """Show the state and its ledger, newest first; an unsaved change of the same contact is kept."""
        same = self._contact is not None and self._contact.id == contact.id and self._contact.opt_in is contact.opt_in
        self._contact = contact
        opted_out = contact.opt_in is OptIn.OPTED_OUT
        state = self.tr("Opted out") if opted_out else self.tr("Opted in")
        since = contact.opt_in_changed_at
        self.status.set_value(f"{state} · {self._formats.short_date(since)}" if since is not None else state)
        self.status.value.set_kind("error" if opted_out else "")
        words = stage_words(contact, self._formats)
        self.message.set_value(words)
        self.message.setVisible(bool(words))
        count = len(history)
        words = self.tr("{n} records").format(n=count)
        self.evidence.setText(self.tr("1 record") if count == 1 else words)
        self.evidence.setVisible(count > 0)
        self._show_history(history)
        if not count:
            self._history.hide()
        if not same:
            self._reset()

    def ask_for_address(self, address: ContactAddress) -> None:
        """Begin a change that concerns one address only."""
        self._address = address
        self._open_form()

    def _ticked(self, _checked: bool) -> None:
        if self._contact is None:
            return
        self._address = None
        if self.tick.isChecked() is (self._contact.opt_in is OptIn.OPTED_OUT):
            self._form.hide()
        else:
            self._open_form()

    def _wanted(self) -> OptIn:
        if self._address is not None:
            return OptIn.OPTED_IN if self._address.opt_in is OptIn.OPTED_OUT else OptIn.OPTED_OUT
        return OptIn.OPTED_OUT if self.tick.isChecked() else OptIn.OPTED_IN

    def _open_form(self) -> None:
        clears = self._wanted() is OptIn.OPTED_IN
        if clears:
            words = self.tr("Write down when and how the contact agreed. Only their own START clears it otherwise.")
        else:
            words = self.tr("From now on no automatic message goes to this contact.")
        if self._address is not None:
            words = f"{ltr(display(self._address.scheme, self._address.path))}: {words}"
        self._question.setText(words)
        required = self.tr("Reason") if clears else self.tr("Reason (optional)")
        self.reason.setPlaceholderText(required)
        self._refresh_form()
        self._form.show()
        self.reason.setFocus()

    def _refresh_form(self) -> None:
        self.update_button.setEnabled(self._wanted() is OptIn.OPTED_OUT or bool(self.reason.text().strip()))

    def _save(self) -> None:
        if self.update_button.isEnabled() and self._contact is not None:
            address_id: AddressId | None = None if self._address is None else self._address.id
            self.save_wanted.emit(self._wanted(), self.reason.text().strip(), address_id)
            self._form.hide()
            self.reason.clear()

    def _reset(self) -> None:
        self._address = None
        self._form.hide()
        self.reason.clear()
        self.tick.blockSignals(True)
        self.tick.setChecked(self._contact is not None and self._contact.opt_in is OptIn.OPTED_OUT)
        self.tick.blockSignals(False)

    def _toggle_history(self) -> None:
        self._history.setVisible(self._history.isHidden())

    def _show_history(self, history: Sequence[ConsentRecord]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for record in history[:_SHOWN]:
            self._lines.addWidget(PlainLabel(self._line(record), kind="secondary", wrap=True))

    def _line(self, record: ConsentRecord) -> str:
        state = self.tr("Opted out") if record.status is OptIn.OPTED_OUT else self.tr("Opted in")
        how = {
            ConsentMethod.KEYWORD: self.tr("the contact wrote {words}"),
            ConsentMethod.MANUAL: self.tr("recorded by hand: {words}") if record.wording else self.tr("by hand"),
            ConsentMethod.PROVIDER: self.tr("the channel refused the address"),
            ConsentMethod.IMPORT: self.tr("imported"),
        }[record.method]
        words = isolated(f"“{one_line(record.wording)}”")
        return f"{state} · {self._formats.moment(record.at)}\n{how.format(words=words)}"
