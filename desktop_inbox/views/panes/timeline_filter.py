"""TimelineFilterBar: which events stand among the messages (S2-20); it shows while something is left out."""

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.timeline import (
    EVERYTHING,
    ConversationEvent,
    EventCategory,
    TimelineEntry,
    TimelineFilter,
    category_of,
)
from desktop_inbox.views.item_models.event_words import category_word
from desktop_inbox.views.plain import PlainLabel, menu_text

MESSAGES_ONLY = TimelineFilter(categories=frozenset(), comments=False)
MESSAGES_AND_COMMENTS = TimelineFilter(categories=frozenset())


class TimelineFilterBar(QFrame):
    """Says that something is hidden, and shows it again with one click."""

    changed = Signal(object)  # TimelineFilter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self.wanted = EVERYTHING
        self.words = PlainLabel(kind="secondary")
        self.change = QPushButton(self.tr("Change…"))
        self.change.setProperty("kind", "link")
        self.change.clicked.connect(lambda: self.open_menu(self.change.mapToGlobal(self.change.rect().bottomLeft())))
        self.all = QPushButton(self.tr("Show everything"))
        self.all.setProperty("kind", "link")
        self.all.clicked.connect(lambda: self.choose(EVERYTHING))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 12, 2)
        row.addWidget(self.words, 1)
        row.addWidget(self.change)
        row.addWidget(self.all)
        self.hide()

    def choose(self, wanted: TimelineFilter) -> None:
        """Show other entries."""
        if wanted == self.wanted:
            return
        self.wanted = wanted
        if wanted == MESSAGES_ONLY:
            self.words.setText(self.tr("Only messages are shown"))
        elif wanted == MESSAGES_AND_COMMENTS:
            self.words.setText(self.tr("Only messages and comments are shown"))
        else:
            self.words.setText(self.tr("Some events are hidden"))
        self.setVisible(wanted != EVERYTHING)
        self.changed.emit(wanted)

    def open_menu(self, place: QPoint) -> QMenu:
        """Open the menu of what can be shown."""
        menu = QMenu(self.parentWidget() or self)
        menu.setAccessibleName(self.tr("Show in the timeline"))
        menu.aboutToHide.connect(menu.deleteLater)
        for words, wanted in (
            (self.tr("Everything"), EVERYTHING),
            (self.tr("Messages and comments"), MESSAGES_AND_COMMENTS),
            (self.tr("Messages only"), MESSAGES_ONLY),
        ):
            self._add(menu, words, wanted, checked=wanted == self.wanted)
        menu.addSeparator()
        comments = TimelineFilter(categories=self.wanted.categories, comments=not self.wanted.comments)
        self._add(menu, self.tr("Comments"), comments, checked=self.wanted.comments)
        for category in EventCategory:
            toggled = TimelineFilter(categories=self.wanted.categories ^ {category}, comments=self.wanted.comments)
            self._add(menu, category_word(category), toggled, checked=category in self.wanted.categories)
        menu.popup(place)
        return menu

    def _add(self, menu: QMenu, words: str, wanted: TimelineFilter, *, checked: bool) -> None:
        action = menu.addAction(menu_text(words))
        action.setCheckable(True)
        action.setChecked(checked)
        action.triggered.connect(lambda: self.choose(wanted))


def shows(wanted: TimelineFilter, entry: TimelineEntry) -> bool:
    """Return whether an entry that came alone is wanted, as the store would say."""
    if isinstance(entry, Message):
        return True
    if isinstance(entry, Comment):
        return wanted.comments and (wanted.notes or entry.author_kind is AuthorKind.USER)
    return not isinstance(entry, ConversationEvent) or category_of(entry.kind) in wanted.categories
