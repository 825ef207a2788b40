"""NewConversationDialog: a number, or somebody from the contacts (S4-25 to S4-28)."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ContactId, ConversationId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

FOUND = 50
TYPING_MS = 100
_CONTACT = Qt.ItemDataRole.UserRole


def scheme_of(text: str) -> Scheme:
    """Return the kind of address that a person typed, by its look."""
    bare = text.strip()
    if bare.startswith("@") and ":" in bare:
        return Scheme.MATRIX
    if "@" in bare:
        return Scheme.EMAIL
    return Scheme.TEL


def looks_like_address(text: str) -> bool:
    """Return whether ``text`` can be meant as an address rather than a name."""
    digits = sum(character.isdigit() for character in text)
    return "@" in text or (digits >= 3 and not any(character.isalpha() for character in text))


class NewConversationDialog(QDialog):
    """A field "To" over the contacts it finds; Enter starts with what is highlighted, else with what was typed."""

    started = Signal(object)  # ConversationId

    def __init__(self, services: Services, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._generation = 0
        self.setWindowTitle(self.tr("New conversation"))
        self.setAccessibleName("New conversation")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.to = QLineEdit()
        self.to.setAccessibleName(self.tr("To"))
        self.to.setPlaceholderText(self.tr("Name, phone number or address"))
        self.to.setClearButtonEnabled(True)
        self.to.installEventFilter(self)
        self.people = QListWidget()
        self.people.setAccessibleName(self.tr("Contacts"))
        self.people.setItemDelegate(TwoLines(self.people))
        self.people.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.trouble = PlainLabel(kind="error", wrap=True)
        self.trouble.hide()
        self.start_button = QPushButton(self.tr("Start conversation"))
        self.start_button.setProperty("kind", "primary")
        self.start_button.setDefault(True)
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._find)
        self.to.textChanged.connect(self._typed)
        self.people.itemActivated.connect(lambda item: self._start())
        self.people.currentItemChanged.connect(self._refresh)
        self.start_button.clicked.connect(self._start)
        self._refresh()
        self._find()
        self.to.setFocus()

    def _build(self) -> None:
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self.start_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addWidget(PlainLabel(self.tr("New conversation"), kind="title"))
        box.addWidget(self.to)
        box.addWidget(self.trouble)
        box.addWidget(self.people, 1)
        box.addLayout(row)
        self.resize(theme().px(440), theme().px(520))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the contacts while the field keeps the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.people.count():
                number = min(max(self.people.currentRow() + step, 0), self.people.count() - 1)
                self.people.setCurrentRow(number)
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self.trouble.hide()
        self._generation += 1
        self._typing.start()
        self.people.setCurrentRow(-1)
        self._refresh()

    def _find(self) -> None:
        self._tasks.start(self._look(self.to.text().strip(), self._generation))

    async def _look(self, text: str, generation: int) -> None:
        found = await self._services.contacts.find(text, limit=FOUND)
        if generation != self._generation:
            return
        self.people.clear()
        side = theme().px(32)
        self.people.setIconSize(QSize(side, side))
        for contact in found:
            self.people.addItem(self._item(contact, side))
        if found and text and not looks_like_address(text):
            self.people.setCurrentRow(0)
        self._refresh()

    def _item(self, contact: Contact, side: int) -> QListWidgetItem:
        name = plain_name(contact.name)
        address = display(contact.addresses[0].scheme, contact.addresses[0].path) if contact.addresses else ""
        words = name if not address or address == name else f"{name}\n{address}"
        icon = QIcon(avatar_pixmap(contact.id, contact.name, side, density=self.devicePixelRatioF()))
        item = QListWidgetItem(icon, words)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, words.replace("\n", ", "))
        item.setData(_CONTACT, str(contact.id))  # as text: ids can have more than 32 bits
        return item

    def _refresh(self) -> None:
        text = self.to.text().strip()
        self.start_button.setEnabled(self.people.currentItem() is not None or bool(text))

    def _start(self) -> None:
        """Open the conversation of the contact that is highlighted, else of the address that was typed."""
        item: QListWidgetItem | None = self.people.currentItem()
        if item is not None:
            contact_id = ContactId(int(item.data(_CONTACT)))
            self._tasks.start(self._services.contacts.conversation_of(contact_id), on_result=self._finish)
            return
        text = self.to.text().strip()
        if text:
            start = self._services.contacts.start(text, scheme=scheme_of(text))
            self._tasks.start(start, on_result=self._finish, on_error=self._refuse)

    def _finish(self, conversation_id: ConversationId) -> None:
        self.started.emit(conversation_id)
        self.accept()

    def _refuse(self, error: InboxError) -> None:
        self.trouble.setText(f"{error.message} {error.hint}".strip())
        self.trouble.show()
        self.to.setFocus()
        self.to.selectAll()
