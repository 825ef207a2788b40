"""ConversationPane: the open conversation: header, search, timeline and composer."""

import asyncio

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from desktop_inbox.events import (
    ContactChanged,
    ConversationChanged,
    Event,
    MessageQueued,
    MessageReceived,
    SettingChanged,
)
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.services.consent_message import KEY as CONSENT_POLICY
from desktop_inbox.services.variables import escape
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import EmptyState
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import TextRole, theme
from desktop_inbox.views.toasts import Toasts

from .composer import ComposerPane
from .conversation_header import ConversationHeader
from .conversation_search import ConversationSearch
from .message_editor import local_files
from .number_data import warm_up
from .opt_out_question import OptOutQuestion
from .timeline import TimelinePane
from .timeline_filter import TimelineFilterBar

#: After these, columns such as "waiting since" may read differently.
_LIST_EVENTS = ConversationChanged | MessageReceived | MessageQueued
_TIMELINE_MIN = 48  # pixels left to the timeline in the lowest window


class ConversationPane(QWidget):
    """Arranges the parts of a conversation and passes on what concerns several of them."""

    conversation_left = Signal(object)  # ConversationId, after its draft was handed over

    def __init__(
        self, services: Services, tasks: Tasks, bridge: EventBridge, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._summary: ConversationSummary | None = None
        self.header = ConversationHeader(Formats(services.clock), actions)
        self.search = ConversationSearch(services, tasks)
        self.question = OptOutQuestion()
        self.filter_bar = TimelineFilterBar()
        self.timeline = TimelinePane(services, tasks, bridge)
        self.composer = ComposerPane(services, tasks, bridge)
        self._empty = EmptyState()
        self._empty.show_state(
            "messages-square",
            self.tr("No conversation is open"),
            self.tr("Pick one from the list, or write to somebody new with Ctrl+N."),
        )
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for widget in (self.header, self.search, self.question, self.filter_bar):
            box.addWidget(widget)
        box.addWidget(self.timeline, 1)
        box.addWidget(self.composer)
        self._page = page
        self.timeline.setMinimumHeight(_TIMELINE_MIN)
        page.installEventFilter(self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)
        self._drop = _DropSheet(self)
        self.setAcceptDrops(True)
        self.composer.editor.setAcceptDrops(False)
        self._connect(bridge)

    def _connect(self, bridge: EventBridge) -> None:
        self.timeline.typed.connect(self.composer.type_text)
        self.timeline.comment_edit_wanted.connect(self._edit_comment)
        self.filter_bar.changed.connect(self.timeline.show_only)
        self.composer.queued.connect(lambda message: self.timeline.merge((message,), follow=True))
        self.composer.recall_wanted.connect(self._recall)
        self.composer.end_in_sight = self.timeline.view.at_bottom
        self.composer.show_newest_wanted.connect(self.timeline.show_latest)
        self.search.hit.connect(self._show_hit)
        self.search.terms_changed.connect(self.timeline.show_terms)
        self.search.closed.connect(self.focus_composer)
        self.question.answered.connect(self._settle_question)
        bridge.event.connect(self._hear)

    # What the window asks (contracts.ConversationView)

    def open_conversation(self, summary: ConversationSummary, around: EntryId | None = None) -> None:
        """Show a conversation, at ``around`` (highlighted) or at its first unread message."""
        left = self.conversation_id()
        other = left != summary.id
        if other:
            self.search.leave()
            self.composer.leave()
        self._summary = summary
        self._stack.setCurrentWidget(self._page)
        self.header.show_conversation(summary, None)
        if other:
            self.question.show_contact(None)
        self.timeline.open(summary.id, summary.name, around=around)
        self.composer.open(summary.id)
        self._tasks.start(self._load_contact(summary))
        if other:
            self._tasks.start(self._services.comments.mark_seen(summary.id))
        if other and left is not None:
            self.conversation_left.emit(left)

    def close_conversation(self) -> None:
        """Show the empty state."""
        left = self.conversation_id()
        self.search.leave()
        self.composer.leave()
        self.timeline.close_conversation()
        self._summary = None
        self._stack.setCurrentWidget(self._empty)
        if left is not None:
            self.conversation_left.emit(left)

    def conversation_id(self) -> ConversationId | None:
        """Return the id of the open conversation."""
        return self._summary.id if self._summary is not None else None

    def focus_composer(self, text: str = "") -> None:
        """Move the focus to the composer and type ``text`` there (K24)."""
        if self._summary is not None:
            self.composer.type_text(text)

    def focus_timeline(self) -> None:
        """Move the focus to the message list (K08)."""
        self.timeline.focus_list()

    def find(self) -> None:  # type: ignore[override]
        """Open the search inside the conversation (K04)."""
        if self._summary is not None:
            self.search.open_bar(self._summary.id)

    def find_next(self) -> None:
        """Go to the next hit; opens the search when it is closed (K04)."""
        self.search.next() if self.search.isVisible() else self.find()

    def find_previous(self) -> None:
        """Go to the previous hit; opens the search when it is closed (K04)."""
        self.search.previous() if self.search.isVisible() else self.find()

    def filter_timeline(self) -> None:
        """Open the menu of what stands among the messages (S2-20)."""
        if self._summary is not None:
            self.filter_bar.open_menu(self.timeline.mapToGlobal(self.timeline.rect().topLeft()))

    def toggle_comment(self) -> None:
        """Write a comment instead of a reply, or the other way round (K16)."""
        self.composer.comments.toggle()

    def attach(self) -> None:
        """Choose files to attach (K20)."""
        self.composer.attach()

    def send(self) -> None:
        """Send what the composer holds."""
        self.composer.send()

    def escape(self) -> bool:
        """Take one step of the Esc ladder inside the pane; False when nothing was left to do (K10)."""
        if self.search.isVisible():
            self.search.close_bar()
            return True
        return self.timeline.escape()

    def undo(self) -> bool:
        """Take back the newest message while that is possible (K27)."""
        return self.composer.undo()

    # Inside

    async def _load_contact(self, summary: ConversationSummary) -> None:
        contact, policy = await asyncio.gather(
            self._services.contacts.contact(summary.contact_id), self._services.consent.policy()
        )
        self.header.consent_required = policy.required
        await warm_up(contact.addresses)
        if self._summary is not None and self._summary.contact_id == summary.contact_id:
            self._show_contact(contact)

    def _show_contact(self, contact: Contact) -> None:
        if self._summary is None:
            return
        self.header.show_conversation(self._summary, contact)
        self.question.show_contact(contact)
        if contact.name and contact.name != self.timeline.words.contact_name:
            self.timeline.rename(contact.name)

    async def _load_summary(self, conversation_id: ConversationId) -> None:
        found = await self._services.inbox.summaries((conversation_id,))
        if found and self._summary is not None and self._summary.id == found[0].id:
            self._summary = found[0]
            await self._load_contact(found[0])

    def _hear(self, event: Event) -> None:
        if self._summary is None:
            return
        policy = isinstance(event, SettingChanged) and event.key == CONSENT_POLICY
        if policy or (isinstance(event, ContactChanged) and event.contact_id == self._summary.contact_id):
            self._tasks.start(self._load_contact(self._summary))
        elif isinstance(event, _LIST_EVENTS) and event.conversation_id == self._summary.id:
            self._tasks.start(self._load_summary(self._summary.id))

    def _show_hit(self, entry_id: EntryId) -> None:
        if self._summary is not None:
            self.timeline.open(self._summary.id, self._summary.name, around=entry_id)

    def _edit_comment(self, comment: Comment) -> None:
        self.composer.comments.choose(comment=True)
        self.composer.comments.box.edit(comment)

    def _settle_question(self, opted_out: bool) -> None:
        if self._summary is not None:
            self._tasks.start(
                self._services.contacts.settle_opt_out_question(self._summary.contact_id, opted_out=opted_out)
            )

    def _recall(self) -> None:
        """Take up our last message again when it did not arrive; sent ones cannot be changed (K11)."""
        if self.composer.undo():
            return
        message = self.timeline.last_retryable()
        if message is not None and message.status is not DeliveryStatus.UNKNOWN:
            self.composer.take_text(escape(message.text))
            return
        toasts = self.window().findChild(Toasts)
        ours = any(isinstance(entry, Message) and entry.queued_at for entry in self.timeline.model.entries())
        if isinstance(toasts, Toasts) and (ours or message is not None):
            toasts.tell(self.tr("Messages that were sent cannot be edited."))

    # Room

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the text grow only as far as nothing in a low window is covered."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and watched is self._page:
            self._give_room()
        return super().eventFilter(watched, event)

    def _give_room(self) -> None:
        layout, size, editor = self._page.layout(), self._page.size(), self.composer.editor
        if layout is None:
            return
        needed = layout.minimumSize().height()
        if layout.hasHeightForWidth():
            needed = max(needed, layout.minimumHeightForWidth(size.width()))
        editor.limit_height(max(1, size.height() - needed + editor.height()))

    # Dropping files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show where to drop (C04)."""
        data = event.mimeData()
        if self._summary is not None and (data.hasUrls() or data.hasImage() or data.hasText()):
            event.acceptProposedAction()
            if local_files(data) or data.hasImage():
                self._drop.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing was dropped."""
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take files and pictures as attachments, text and links as text."""
        self._drop.hide()
        event.acceptProposedAction()
        self.composer.editor.insertFromMimeData(event.mimeData())
        self.composer.editor.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the drop sheet over everything."""
        super().resizeEvent(event)
        self._drop.setGeometry(self.rect())


class _DropSheet(QWidget):
    """ "Drop to attach", over the whole pane."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        self.setGeometry(self._host.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = theme().color("surface")
        shade.setAlphaF(0.85)
        painter.fillRect(self.rect(), shade)
        pen = QPen(theme().color("accent_text"), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(QRect(self.rect()).adjusted(16, 16, -16, -16), 14, 14)
        painter.setFont(theme().font(TextRole.HEADING))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Drop to attach"))
