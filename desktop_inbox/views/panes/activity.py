"""ActivityPane: what happened with a contact, with filters, and the box for comments (S3-71 to S3-73)."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.events import BulkChanged, ConversationChanged, Event, TimelineEntryAdded
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.timeline import EventCategory, TimelineEntry, TimelineFilter
from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.activity_delegate import ActivityDelegate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.activity import ActivityModel, ActivityRole
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.event_words import category_word
from desktop_inbox.views.plain import menu_text, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .comment_box import CommentBox
from .flow_layout import FlowLayout

PAGE = 40
_GATHER_MS = 40


class ActivityList(QListView):
    """Rows of different heights; the menu of a comment opens by right click, Menu key or Shift+F10."""

    menu_wanted = Signal(object, QPoint)  # Comment, place on screen

    def __init__(self, model: ActivityModel, delegate: ActivityDelegate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Activity")
        self._delegate = delegate
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme().changed.connect(self.relayout)

    def relayout(self) -> None:
        """Measure every row again."""
        self._delegate.width = float(self.viewport().width())
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the new width."""
        super().resizeEvent(event)
        self.relayout()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or by key of the current one (K26)."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        entry = index.data(ActivityRole.ENTRY)
        if isinstance(entry, Comment):
            place = self.visualRect(index).center() if by_key else event.pos()
            self.menu_wanted.emit(entry, self.viewport().mapToGlobal(place))


class ActivityPane(QWidget):
    """Chips of the categories that occur, the list, and the comment box."""

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._conversation_id: ConversationId | None = None
        self._shown = False
        self._generation = 0
        self._fetching = False
        self.words = EntryWords(Formats(services.clock), channel_name=lambda _found: "")
        self.model = ActivityModel(self.words.describe, parent=self)
        self.delegate = ActivityDelegate(self.words)
        self.list = ActivityList(self.model, self.delegate)
        self.states = ListStates(self.list)
        self.box = CommentBox(services, tasks, bridge)
        self.chips: dict[EventCategory | str, QPushButton] = {}
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, spacing=6)
        self._gather = QTimer(self, singleShot=True, interval=_GATHER_MS)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        margin = QVBoxLayout()
        margin.setContentsMargins(12, 10, 12, 6)
        margin.addWidget(self._chips)
        box.addLayout(margin)
        box.addWidget(self.states, 1)
        box.addWidget(self.box)
        self._gather.timeout.connect(self._reload)
        self.model.older_wanted.connect(self._fetch_older)
        self.list.menu_wanted.connect(self._open_menu)
        bridge.event.connect(self._hear)

    def show_contact(self, conversation_id: ConversationId | None, name: str) -> None:
        """Show another contact's activity; nothing is read before the pane is looked at."""
        self.words.contact_name = plain_name(name)
        if conversation_id == self._conversation_id:
            return
        self._conversation_id = conversation_id
        self.box.open(conversation_id)
        for key in self.chips:
            self.chips[key].setChecked(False)
        self.model.show((), has_more=False)
        self._reload()

    def set_shown(self, *, shown: bool) -> None:
        """The tab came to the front, or left it."""
        self._shown = shown
        if shown:
            self._reload()
        else:
            self.box.keep()

    @property
    def wanted(self) -> TimelineFilter:
        """What the chips ask for; without any, everything."""
        chosen = {key for key, chip in self.chips.items() if chip.isChecked()}
        if not chosen:
            return TimelineFilter()
        categories = frozenset(key for key in chosen if isinstance(key, EventCategory))
        return TimelineFilter(categories=categories, comments="comments" in chosen)

    def _reload(self) -> None:
        if self._conversation_id is None or not self._shown:
            return
        self._generation += 1
        self.states.loading(self._reload)
        self._tasks.start(
            self._load(self._conversation_id, self._generation), on_error=lambda error: self.states.show_error(error)
        )

    async def _load(self, conversation_id: ConversationId, generation: int) -> None:
        known = await self._services.activity.categories(conversation_id)
        self._show_chips(known)
        kept = max(PAGE, self.model.rowCount())
        page = await self._services.activity.page(conversation_id, wanted=self.wanted, limit=kept)
        if generation == self._generation:
            self._show(page)

    def _show(self, page: Page[TimelineEntry]) -> None:
        place = self.list.verticalScrollBar().value()
        current = self.list.currentIndex().data(ActivityRole.ENTRY)
        self.model.show(page.items, has_more=page.has_more)
        self._fetching = False
        if not page.items:
            self.states.show_empty(
                "message-square-text", self.tr("Nothing yet"), self.tr("Changes and comments will stand here.")
            )
            return
        self.states.show_rows()
        self.list.relayout()
        for row, entry in enumerate(page.items):
            if current is not None and entry.id == current.id:
                self.list.setCurrentIndex(self.model.index(row))
        self.list.verticalScrollBar().setValue(place)

    def _fetch_older(self) -> None:
        last = self.model.last_id
        if self._conversation_id is None or last is None or self._fetching:
            return
        self._fetching = True
        self._tasks.start(self._load_older(self._conversation_id, self._generation, EntryId(last)))

    async def _load_older(self, conversation_id: ConversationId, generation: int, before: EntryId) -> None:
        page = await self._services.activity.page(conversation_id, before=before, wanted=self.wanted, limit=PAGE)
        if generation == self._generation:
            self._fetching = False
            self.model.append(page.items, has_more=page.has_more)

    def _show_chips(self, known: frozenset[EventCategory]) -> None:
        """Offer what occurs, in one order; comments come first."""
        keys: list[EventCategory | str] = ["comments", *(one for one in EventCategory if one in known)]
        checked = {key for key, chip in self.chips.items() if chip.isChecked()}
        wanted = [key for key in keys if len(keys) > 1] + [key for key in checked if key not in keys]
        if wanted == list(self.chips):
            return
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.chips = {}
        for key in wanted:
            words = category_word(key) if isinstance(key, EventCategory) else self.tr("Comments")
            chip = ToggleButton(menu_text(words))
            chip.setProperty("kind", "chip")
            chip.setChecked(key in checked)
            chip.clicked.connect(self._filter)
            self.chips[key] = chip
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(wanted))
        self._chips.updateGeometry()

    def _filter(self) -> None:
        self.list.verticalScrollBar().setValue(0)
        self.model.show((), has_more=False)
        self._reload()

    def _open_menu(self, comment: Comment, place: QPoint) -> None:
        menu = comment_menu(
            self, comment, self._services, edit=lambda: self.box.edit(comment), delete=lambda: self._delete(comment)
        )
        menu.popup(place)

    def _delete(self, comment: Comment) -> None:
        self._tasks.start(self._services.comments.delete(comment.id))

    def _hear(self, event: Event) -> None:
        here = getattr(event, "conversation_id", None) == self._conversation_id and self._conversation_id is not None
        if (here and isinstance(event, TimelineEntryAdded | ConversationChanged)) or isinstance(event, BulkChanged):
            self._gather.start()


def comment_menu(
    parent: QWidget, comment: Comment, services: Services, *, edit: Callable[[], object], delete: Callable[[], object]
) -> QMenu:
    """Return the menu of a comment: copying for everybody, changes for who wrote it."""
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.addAction(parent.tr("Copy text")).triggered.connect(lambda: QGuiApplication.clipboard().setText(comment.text))
    if comment.author_kind is AuthorKind.USER and comment.author_id == services.user_id:
        menu.addAction(parent.tr("Edit comment")).triggered.connect(lambda: edit())
        menu.addAction(parent.tr("Delete comment")).triggered.connect(lambda: delete())
    return menu
