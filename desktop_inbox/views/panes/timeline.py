"""TimelinePane: the messages of the open conversation, fetched in pages as they are looked at."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import (
    BulkChanged,
    ChannelChanged,
    Event,
    MessageChanged,
    MessageQueued,
    MessageReceived,
    MessageStatusChanged,
    TimelineEntryAdded,
)
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, EntryId
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.models.entities.timeline import EVERYTHING, TimelineEntry, TimelineFilter, TimelinePage
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.found_text import link_spans, search_terms
from desktop_inbox.views.delegates.timeline_delegate import TimelineDelegate
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.timeline import TimelineModel
from desktop_inbox.views.pictures import Pictures
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import EmptyState
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import announce

from . import entry_menu
from .entry_actions import EntryActions
from .message_callout import MessageCallout
from .read_marker import ReadMarker
from .timeline_filter import shows
from .timeline_rest import RestOfPage
from .timeline_skeleton import TimelineSkeleton
from .timeline_view import TimelineView

PAGE = 50
MAX_ROWS = 200  # more are dropped at the far end and can be fetched again
SKELETON_MS, SLOW_MS = 300, 10_000
GATHER_MS, BULK_MS = 20, 250  # events of one burst, and of a long one, are fetched together
CLOCK_MS = 20_000  # "3 minutes ago" keeps up


class TimelinePane(QWidget):
    """The timeline with its waiting, error and empty states."""

    typed = Signal(str)  # printable characters typed here belong to the composer (K24)
    loaded = Signal()
    comment_edit_wanted = Signal(object)  # Comment

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services, self.tasks = services, tasks
        self._conversation_id: ConversationId | None = None
        self._generation = 0
        self._wanted = EVERYTHING
        self._channels: dict[ChannelId, Channel] = {}
        self._fetching: set[str] = set()
        self._reading = ReadMarker(services, tasks, self)
        self.announce: Callable[[str], None] = partial(announce, self)
        self._wanted_ids: set[int] = set()
        self._formats = Formats(services.clock)
        self.words = EntryWords(self._formats, channel_name=lambda found: getattr(self._channel(found), "name", ""))
        self.words.able = lambda found: services.channels.able(self._channel(found))
        self.model = TimelineModel(self.words.describe, parent=self)
        self.pictures = Pictures(services.attachments.path_of, parent=self)
        self.delegate = TimelineDelegate(self.words, self.pictures, link_spans, parent=self)
        self.view = TimelineView(self.model, self.delegate, self.words, parent=self)
        self._rest = RestOfPage(self.model, self.view)
        self.callout = MessageCallout(self.view)
        self.actions_of = EntryActions(services, tasks, self)
        self._build()
        self._connect(bridge)

    def _build(self) -> None:
        self._skeleton = TimelineSkeleton(self)
        self._trouble = EmptyState(self)
        self._stack = QStackedLayout(self)
        for widget in (self.view, self._skeleton, self._trouble):
            self._stack.addWidget(widget)
        self._waiting = QTimer(self, singleShot=True, interval=SKELETON_MS)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._bulk = QTimer(self, singleShot=True, interval=BULK_MS)
        self._minute = QTimer(self, interval=CLOCK_MS)
        self._minute.start()

    def _connect(self, bridge: EventBridge) -> None:
        self._waiting.timeout.connect(lambda: self._stack.setCurrentWidget(self._skeleton))
        self._slow.timeout.connect(self._show_slow)
        self._gather.timeout.connect(self._fetch_wanted)
        self._bulk.timeout.connect(self._catch_up)
        self._minute.timeout.connect(self.view.viewport().update)
        self.pictures.changed.connect(self.view.viewport().update)
        self.view.near_top.connect(self._fetch_older)
        self.view.near_bottom.connect(self._fetch_newer)
        self.view.bottom_reached.connect(self._look)
        self.view.latest_wanted.connect(self.show_latest)
        self.view.typed.connect(self.typed)
        self.view.details_wanted.connect(self.show_details)
        self.view.details_unwanted.connect(self.callout.hide)
        self.view.zone_activated.connect(partial(entry_menu.activate, self))
        self.view.menu_wanted.connect(partial(entry_menu.open_menu, self))
        bridge.event.connect(self._hear)

    # What the conversation pane asks

    def open(self, conversation_id: ConversationId, name: str, *, around: EntryId | None = None) -> None:
        """Show a conversation at its first unread message, at ``around``, or at its end."""
        if conversation_id == self._conversation_id and around is not None and self._show_here(around):
            return
        self._conversation_id = conversation_id
        self.words.contact_name = plain_name(name)
        self._load(around)

    def close_conversation(self) -> None:
        """Show nothing."""
        self._conversation_id = None
        self._generation += 1
        self._settle()
        self.model.show(self._rest.split(None, at_end=False))

    def show_only(self, wanted: TimelineFilter) -> None:
        """Leave events and comments out that are not wanted (S2-20)."""
        self._wanted = wanted
        self._reload()

    def rename(self, name: str) -> None:
        """Use another name for the contact."""
        self.words.contact_name = plain_name(name)
        self.view.relayout()

    def show_latest(self) -> None:
        """Go to the newest message (L10)."""
        if self.model.has_newer:
            self.model.set_divider(None)
            self._load(None, to_end=True)
        else:
            self.view.go_to_bottom()
            self.view.set_unseen(0)

    def show_terms(self, query: str) -> None:
        """Mark the words of a search in what is shown."""
        self.delegate.terms = search_terms(query)
        self.view.viewport().update()

    def focus_list(self) -> None:
        """Move the focus to the messages."""
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Close the callout or forget the selection; False when there was neither (K10)."""
        if self.callout.isVisible():
            self.callout.hide()
            return True
        return self.view.clear_selection()

    def last_retryable(self) -> Message | None:
        """Return our newest message when it did not arrive and can be tried again (K11)."""
        for entry in reversed(self.model.entries()):
            if isinstance(entry, Message) and entry.direction is Direction.OUT:
                return entry if self.words.row_words(entry).buttons else None
        return None

    # Pages

    def _reload(self) -> None:
        self._load(None)

    def _load(self, around: EntryId | None, *, to_end: bool = False) -> None:
        if self._conversation_id is None:
            return
        self._generation += 1
        self._fetching = {"page"}
        self._wanted_ids.clear()
        self.callout.hide()
        self._waiting.start()
        self._slow.start()
        self.tasks.start(
            self._load_page(self._conversation_id, self._generation, around, to_end=to_end),
            on_error=self._load_failed,
        )

    async def _load_page(
        self, conversation_id: ConversationId, generation: int, around: EntryId | None, *, to_end: bool
    ) -> None:
        if not self._channels:
            self._channels = {channel.id: channel for channel in await self.services.channels.all()}
        page = await self.services.inbox.timeline(conversation_id, around=around, limit=PAGE, wanted=self._wanted)
        if generation != self._generation:
            return
        self._show_page(page, around, to_end=to_end)
        self._reading.opened(conversation_id, unread=page.first_unread_id is not None)

    def _show_page(self, page: TimelinePage, around: EntryId | None, *, to_end: bool) -> None:
        self._settle()
        self._stack.setCurrentWidget(self.view)
        self.view.clear_selection()
        with self.view.replacing():
            self.view.set_unseen(0)
            self.model.show(self._rest.split(page, at_end=around is None and (to_end or page.first_unread_id is None)))
            self._place(around, to_end=to_end)
        self.loaded.emit()

    def _place(self, around: EntryId | None, *, to_end: bool) -> None:
        divider = self.model.divider_row()
        if around is not None and self._light_up(around):
            return
        if divider is not None and not to_end:
            self.view.go_to_row(divider)
        else:
            self.view.go_to_bottom()

    def _light_up(self, entry_id: EntryId) -> bool:
        self._rest.add()
        number = self.model.find(entry_id)
        if number is not None:
            self.view.go_to_row(number)
            self.view.light(entry_id)
            self.view.setCurrentIndex(self.model.index(number))
        return number is not None

    def _show_here(self, entry_id: EntryId) -> bool:
        """Go to an entry that is in memory already."""
        return self._stack.currentWidget() is self.view and self._light_up(entry_id)

    def _load_failed(self, error: InboxError) -> None:
        self._settle()
        self._show_trouble("triangle-alert", error.message.rstrip("."), error.hint)

    def _show_slow(self) -> None:
        self._show_trouble(
            "hourglass",
            self.tr("This takes unusually long"),
            self.tr("The store does not answer. What you wrote is safe."),
        )

    def _show_trouble(self, icon: str, title: str, text: str) -> None:
        self._trouble.show_state(icon, title, text, buttons=((self.tr("Retry"), self._reload),))
        self._stack.setCurrentWidget(self._trouble)

    def _settle(self) -> None:
        self._waiting.stop()
        self._slow.stop()
        self._fetching.clear()

    def _fetch_older(self) -> None:
        if self._rest.pending:
            return
        first = self.model.first_id()
        if self._conversation_id is None or first is None or not self.model.has_older or self._fetching:
            return
        self._fetching.add("older")
        self.tasks.start(self._load_older(self._conversation_id, self._generation, first), on_error=self._page_failed)

    async def _load_older(self, conversation_id: ConversationId, generation: int, before: EntryId) -> None:
        page = await self.services.inbox.timeline(conversation_id, before=before, limit=PAGE, wanted=self._wanted)
        if generation == self._generation:
            with self.view.keeping_place():
                self.model.prepend(page.entries, has_older=page.has_older)
                self.model.trim_bottom(MAX_ROWS)
                self._fetching.discard("older")

    def _fetch_newer(self) -> None:
        last = self.model.last_id()
        if self._conversation_id is None or last is None or not self.model.has_newer or self._fetching:
            return
        self._fetching.add("newer")
        self.tasks.start(self._load_newer(self._conversation_id, self._generation, last), on_error=self._page_failed)

    async def _load_newer(self, conversation_id: ConversationId, generation: int, after: EntryId) -> None:
        page = await self.services.inbox.timeline(conversation_id, after=after, limit=PAGE, wanted=self._wanted)
        if generation == self._generation:
            with self.view.keeping_place():
                self.model.append(page.entries, has_newer=page.has_newer)
                self.model.trim_top(MAX_ROWS)
                self._fetching.discard("newer")

    def _page_failed(self, error: InboxError) -> None:
        self._fetching.clear()
        self.tasks.failed.emit(error)

    def _channel(self, channel_id: ChannelId | None) -> Channel | None:
        return None if channel_id is None else self._channels.get(channel_id)

    # News

    def _hear(self, event: Event) -> None:
        if isinstance(event, ChannelChanged):
            self._channels.clear()
        elif isinstance(event, BulkChanged) and not self._bulk.isActive():
            self._bulk.start()
        if getattr(event, "conversation_id", None) != self._conversation_id or self._conversation_id is None:
            return
        if isinstance(event, MessageReceived | MessageQueued | MessageStatusChanged | MessageChanged):
            self._wanted_ids.add(event.message_id)
        elif isinstance(event, TimelineEntryAdded):
            self._wanted_ids.add(event.entry_id)
        else:
            return
        if not self._gather.isActive():
            self._gather.start()

    def _fetch_wanted(self) -> None:
        if self._conversation_id is None or not self._wanted_ids:
            return
        if "page" in self._fetching:
            self._gather.start()  # the page on its way may hold them already
            return
        ids, self._wanted_ids = self._wanted_ids, set()
        self.tasks.start(self._load_wanted(self._conversation_id, self._generation, ids))

    async def _load_wanted(self, conversation_id: ConversationId, generation: int, ids: set[int]) -> None:
        entries = await self.services.inbox.entries(tuple(EntryId(entry_id) for entry_id in ids))
        if generation != self._generation:
            return
        self.merge(tuple(entry for entry in entries if shows(self._wanted, entry)))
        for entry_id in ids - {entry.id for entry in entries}:
            with self.view.keeping_place():
                self.model.remove(entry_id)

    def merge(self, entries: tuple[TimelineEntry, ...], *, follow: bool = False) -> None:
        """Show entries that are new or have changed. What comes is counted where the bottom is not in sight;
        with ``follow`` (somebody here pressed Send) the view goes there."""
        last = self.model.last_id() or 0
        fresh = [entry for entry in entries if entry.id > last]
        at_bottom = self.view.at_bottom() and not self.model.has_newer
        with self.view.keeping_place():
            self.model.upsert(entries)
            if at_bottom:
                self.model.trim_top(MAX_ROWS)
        inbound = [entry for entry in fresh if isinstance(entry, Message) and entry.direction is Direction.IN]
        if follow:
            self.show_latest()
        elif inbound and not at_bottom:
            self.view.set_unseen(self.view.unseen + len(inbound))
        if inbound and self._conversation_id is not None:
            self._reading.arrived(self._conversation_id)
            self._look()
            self._announce(inbound)

    def _catch_up(self) -> None:
        last = self.model.last_id()
        if self._conversation_id is None or last is None:
            return
        self._wanted_ids.update(entry.id for entry in self.model.entries())
        if not self.model.has_newer:
            self.tasks.start(self._load_missed(self._conversation_id, self._generation, last))
        self._gather.start()

    async def _load_missed(self, conversation_id: ConversationId, generation: int, after: EntryId) -> None:
        page = await self.services.inbox.timeline(conversation_id, after=after, limit=PAGE, wanted=self._wanted)
        if generation == self._generation:
            self.merge(page.entries)
            self.model.has_newer = page.has_newer  # the rest comes as pages, when it is scrolled to

    def _announce(self, entries: list[Message]) -> None:
        """Tell assistive technology what came, once for a burst (A07)."""
        text = self.words.describe(entries[-1])
        if len(entries) > 1:
            text = self.tr("{n} new messages").format(n=len(entries)) + f", {text}"
        self.announce(text)

    def _look(self) -> None:
        at_bottom = self.view.at_bottom() and not self.model.has_newer
        if at_bottom and self.view.unseen:
            self.view.set_unseen(0)
        self._reading.look(at_bottom=at_bottom)

    def event(self, event: QEvent) -> bool:
        """A window that is used again has what it shows read."""
        if event.type() == QEvent.Type.WindowActivate:
            self._look()
        return super().event(event)

    # Details and actions

    def show_details(self, entry_id: int, place: QPoint) -> None:
        """Show what is known about a message beside it, or close that (S2-21)."""
        entry = self.model.entry(entry_id)
        if self.callout.isVisible() and self.callout.property("entry") == str(entry_id):
            self.callout.hide()
        elif isinstance(entry, Message):
            self.callout.setProperty("entry", str(entry_id))
            self.callout.show_rows(self.words.details(entry), place)
