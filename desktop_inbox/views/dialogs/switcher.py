"""Switcher: jump to a person or run a command by a few letters (K01)."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QDialog, QFrame, QLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.conversation import ConversationSummary, View
from desktop_inbox.models.entities.page import Page
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.delegates.palette_delegate import PaletteDelegate
from desktop_inbox.views.fuzzy import score
from desktop_inbox.views.item_models.palette import Entry, PaletteModel, Role
from desktop_inbox.views.panes.list_view import InboxListView
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

RECENT, FOUND, COMMANDS = 9, 12, 8
_TYPING = 60  # milliseconds
_WIDTH = 520
_MOST_ROWS = 9
_RADIUS = 10  # of the popup in the style sheet


class Offers(Protocol):
    """Actions with one more word, by what was typed."""

    def refresh(self) -> None:
        """The switcher opens."""

    def entries(self, text: str) -> Sequence[Entry]:
        """What is offered."""


class Switcher(QDialog):
    """Recent conversations first; typing finds contacts and commands."""

    contact_chosen = Signal(object)  # Entry

    def __init__(
        self, services: Services, tasks: Tasks, actions: Actions, parent: QWidget, *, offers: Offers | None = None
    ) -> None:
        super().__init__(parent)
        self._offers = offers
        self.setWindowTitle(self.tr("Go to"))
        self.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._services, self._tasks, self._actions, self._window = services, tasks, actions, parent
        self._generation = 0
        frame = self._frame = QFrame()
        frame.setProperty("kind", "popup")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # as high as what is offered
        outer.addWidget(frame)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self.box = QLineEdit()
        self.box.setAccessibleName("Go to")
        self.box.setPlaceholderText(self.tr("Go to a person, or run a command"))
        self.box.installEventFilter(self)
        self.model = PaletteModel(self)
        self.list = InboxListView()
        self.list.setAccessibleName("Suggestions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setModel(self.model)
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.list.clicked.connect(self._take)
        self._nothing = PlainLabel(self.tr("Nothing fits."), kind="secondary")
        for widget in (self.box, self.list, self._nothing):
            column.addWidget(widget)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING)
        self._pause.timeout.connect(self._find)
        self.box.textChanged.connect(lambda _text: self._pause.start())

    def show_centred(self) -> None:
        """Open over the upper part of the window."""
        if self._offers is not None:
            self._offers.refresh()
        window = self._window
        self.box.clear()
        self.model.show(())
        px = theme().px
        width = min(px(_WIDTH), window.width() - 24)
        self._frame.setFixedWidth(width)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - width) // 2, corner.y() + min(px(80), window.height() // 8))
        self.open()
        self.box.setFocus()
        self._pause.stop()
        self._find()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the corners: a see-through ground would be black where nothing composes windows."""
        super().resizeEvent(event)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        self.setMask(QRegion(outline.toFillPolygon().toPolygon()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the box keeps the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}
            step = steps.get(Qt.Key(event.key()))
            if step is not None and self.model.rowCount():
                row = (self.list.currentIndex().row() + step) % self.model.rowCount()
                self.list.setCurrentIndex(self.model.index(row))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _find(self) -> None:
        self._generation += 1
        generation, text = self._generation, self.box.text().strip()

        def recent(page: Page[ConversationSummary]) -> None:
            if generation == self._generation:
                self._show([self._of_row(row) for row in page.items])

        def found(contacts: tuple[Contact, ...]) -> None:
            if generation == self._generation:
                self._show(self._ranked(text, contacts))

        if text:
            self._tasks.start(self._services.contacts.find(text, limit=FOUND), on_result=found, name="switcher")
        else:
            self._tasks.start(
                self._services.inbox.page(View.ALL, limit=RECENT), on_result=recent, name="switcher recent"
            )

    def _ranked(self, text: str, contacts: tuple[Contact, ...]) -> list[Entry]:
        """People that the store found, and commands whose words fit; the best of both first."""
        people = [self._of_contact(contact) for contact in contacts]
        offered = self._offers.entries(text) if self._offers is not None else ()
        entries = (*self._commands(), *offered)
        commands = [(2000 if entry.exact else score(text, entry.title), entry) for entry in entries]
        fitting = [entry for points, entry in sorted(commands, key=lambda pair: -pair[0]) if points][:COMMANDS]
        best = max((points for points, _ in commands), default=0)
        return fitting + people if best >= 1300 else people + fitting

    def _commands(self) -> list[Entry]:
        native = QKeySequence.SequenceFormat.NativeText
        return [
            Entry(
                title=action.text().replace("&", "").removesuffix("…"),
                hint=action.shortcut().toString(native),
                action=action,
                icon=spec.icon,
            )
            for spec, action in self._actions.shown()
            if action.isEnabled() and spec.key != "switcher.open"
        ]

    def _of_row(self, row: ConversationSummary) -> Entry:
        return Entry(
            title=plain_name(row.name), hint=row.channel_name, contact_id=row.contact_id, conversation_id=row.id
        )

    def _of_contact(self, contact: Contact) -> Entry:
        path = next((address.path for address in contact.addresses if address.path != contact.name), "")
        return Entry(title=plain_name(contact.name), hint=path, contact_id=contact.id)

    def _show(self, entries: list[Entry]) -> None:
        self.model.show(entries)
        self.list.setVisible(bool(entries))
        self._nothing.setVisible(not entries)
        if entries:
            self.list.setCurrentIndex(self.model.index(0))
            self.list.setFixedHeight(min(len(entries), _MOST_ROWS) * self.list.sizeHintForRow(0))

    def _take(self, index: QModelIndex | QPersistentModelIndex) -> None:
        entry = index.data(Role.ENTRY) if index.isValid() else None
        if not isinstance(entry, Entry):
            return
        self.accept()
        if entry.action is not None:
            entry.action.trigger()
        elif entry.run is not None:
            entry.run()
        elif entry.contact_id is not None:
            self.contact_chosen.emit(entry)
