"""DetailsPane: who the contact is, where they are reached, and whether they may be written to."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from desktop_inbox.events import ContactChanged, Event
from desktop_inbox.models.entities.consent import ConsentRecord
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.ids import AddressId, ContactId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import EmptyState
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

from .consent_section import ConsentSection
from .detail_rows import DetailRow, ElidedButton, section_title
from .name_editor import NameEditor
from .number_data import warm_up
from .opt_out_question import OptOutQuestion

AVATAR = 64


class DetailsPane(QFrame):
    """The panel at the right. It shows one contact and follows every change of it."""

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Contact details")
        self.setProperty("kind", "surface")
        self._services, self._tasks = services, tasks
        self._contact_id: ContactId | None = None
        self._contact: Contact | None = None
        self._formats = Formats(services.clock)
        self.avatar = PlainLabel()
        self.avatar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = NameEditor()
        self.since = PlainLabel(kind="secondary", wrap=True)
        self.since.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.question = OptOutQuestion(narrow=True)
        self.consent = ConsentSection(self._formats)
        self._addresses = QVBoxLayout()
        self._addresses.setSpacing(2)
        self._empty = EmptyState()
        self._empty.show_state(
            "user", self.tr("Nobody is shown"), self.tr("Open a conversation to see who it is with.")
        )
        self._build()
        self._connect(bridge)
        self.clear()

    def _build(self) -> None:
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(16, 20, 16, 16)
        box.setSpacing(8)
        for widget in (self.avatar, self.name, self.since, self.question):
            box.addWidget(widget)
        box.addSpacing(8)
        box.addWidget(section_title(self.tr("Addresses")))
        box.addLayout(self._addresses)
        box.addSpacing(8)
        box.addWidget(self.consent)
        box.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        outer.addWidget(self._empty)

    def _connect(self, bridge: EventBridge) -> None:
        self.name.renamed.connect(self._rename)
        self.question.answered.connect(self._settle)
        self.consent.save_wanted.connect(self._save_consent)
        theme().changed.connect(self._draw_avatar)
        bridge.event.connect(self._hear)

    def show_contact(self, contact_id: ContactId | None) -> None:
        """Show a contact, or nothing."""
        if contact_id is None:
            self.clear()
            return
        self._contact_id = contact_id
        self._tasks.start(self._load(contact_id))

    def clear(self) -> None:
        """Show nothing."""
        self._contact_id = self._contact = None
        self._scroll.hide()
        self._empty.show()

    async def _load(self, contact_id: ContactId) -> None:
        contact = await self._services.contacts.contact(contact_id)
        history = await self._services.contacts.consent_history(contact_id)
        await warm_up(contact.addresses)
        if contact_id == self._contact_id:
            self._show(contact, history)

    def _show(self, contact: Contact, history: Sequence[ConsentRecord]) -> None:
        self._contact = contact
        self._draw_avatar()
        self.name.show_contact(contact)
        self.since.setText(self.tr("Contact since {day}").format(day=self._formats.short_date(contact.created_at)))
        self.question.show_contact(contact)
        self.consent.show_contact(contact, history)
        self._show_addresses(contact)
        self._empty.hide()
        self._scroll.show()

    def _draw_avatar(self) -> None:
        if self._contact is not None:
            size = theme().px(AVATAR)
            pixmap = avatar_pixmap(self._contact.id, self._contact.name, size, density=self.devicePixelRatioF())
            self.avatar.setPixmap(pixmap)

    def _show_addresses(self, contact: Contact) -> None:
        while (item := self._addresses.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for address in contact.addresses:
            self._addresses.addWidget(self._address_row(address))

    def _address_row(self, address: ContactAddress) -> DetailRow:
        shown = display(address.scheme, address.path)
        notes = []
        if address.opt_in is OptIn.OPTED_OUT:
            notes.append(self.tr("opted out"))
        if address.carrier_blocked:
            notes.append(self.tr("refused by the carrier"))
        button = ElidedButton(shown)
        button.setAccessibleDescription(", ".join([self._scheme(address.scheme), *notes]))
        button.clicked.connect(lambda: self._address_menu(address, button))
        row = DetailRow(self._scheme(address.scheme), widget=button)
        row.set_note(", ".join(notes))
        return row

    def _address_menu(self, address: ContactAddress, button: QWidget) -> None:
        menu = QMenu(button)
        menu.aboutToHide.connect(menu.deleteLater)
        copy = menu.addAction(self.tr("Copy address"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(address.path))
        opted_out = address.opt_in is OptIn.OPTED_OUT
        words = self.tr("Record opt-in of this address…") if opted_out else self.tr("Record opt-out of this address…")
        menu.addAction(words).triggered.connect(lambda: self.consent.ask_for_address(address))
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _scheme(self, scheme: Scheme) -> str:
        return {
            Scheme.TEL: self.tr("Phone"),
            Scheme.WHATSAPP: self.tr("WhatsApp"),
            Scheme.TELEGRAM: self.tr("Telegram"),
            Scheme.MATRIX: self.tr("Matrix"),
            Scheme.EMAIL: self.tr("E-mail"),
        }[scheme]

    # Changes

    def _rename(self, first: str, last: str) -> None:
        contact = self._contact
        if contact is None:
            return
        self._tasks.start(
            self._services.contacts.rename(contact.id, first, last),
            on_result=lambda _: self._offer_old_name(contact),
        )

    def _offer_old_name(self, before: Contact) -> None:
        toasts = self.window().findChild(Toasts)
        if isinstance(toasts, Toasts):
            toasts.tell(
                self.tr("{name} was renamed.").format(name=isolated(plain_name(before.name))),
                undo=lambda: self._tasks.start(
                    self._services.contacts.rename(before.id, before.first_name, before.last_name)
                ),
            )

    def _settle(self, opted_out: bool) -> None:
        if self._contact is not None:
            self._tasks.start(self._services.contacts.settle_opt_out_question(self._contact.id, opted_out=opted_out))

    def _save_consent(self, status: OptIn, reason: str, address_id: AddressId | None) -> None:
        if self._contact is not None:
            self._tasks.start(
                self._services.contacts.set_opt_in(self._contact.id, status, reason=reason, address_id=address_id)
            )

    def _hear(self, event: Event) -> None:
        if isinstance(event, ContactChanged) and event.contact_id == self._contact_id and self._contact_id is not None:
            self._tasks.start(self._load(self._contact_id))
