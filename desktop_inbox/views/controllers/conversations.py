"""ConversationController: which conversation is open, and what can be done with it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop_inbox.events import Event, MessageReceived, MessageStatusChanged
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus, Message
from desktop_inbox.models.entities.search import SearchHit
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.contracts import ConversationView, DetailsView
from desktop_inbox.views.item_models.search_results import FoundContact
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.panes.workspace import Workspace
from desktop_inbox.views.plain import one_line, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts, announce

_LOST = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED, DeliveryStatus.BLOCKED, DeliveryStatus.EXPIRED})


class ConversationController(QObject):
    """Keeps list, conversation, details and search on the same conversation."""

    opened = Signal(object)  # ConversationSummary
    closed = Signal()

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        pane: ConversationListPane,
        conversation: ConversationView,
        details: DetailsView,
        workspace: Workspace,
        toasts: Toasts,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._services, self._tasks, self._pane = services, tasks, pane
        self._conversation, self._details = conversation, details
        self._workspace, self._toasts, self._window = workspace, toasts, window
        self.current: ConversationSummary | None = None
        self.fill_menu: Callable[[QMenu, ConversationSummary], None] = lambda _menu, _summary: None
        pane.rows.chosen.connect(self.open)
        pane.rows.menu_wanted.connect(self.open_menu)
        pane.results.hit_chosen.connect(self.open_hit)
        pane.results.contact_chosen.connect(self.open_found)
        bridge.event.connect(self._hear)

    # Opening

    def open(self, summary: ConversationSummary, around: EntryId | None = None) -> None:
        """Show a conversation, at ``around`` when given."""
        self.current = summary
        self._pane.rows.select(summary.id)
        self._conversation.open_conversation(summary, around)
        self._details.show_contact(summary.contact_id)
        self._workspace.show_conversation()
        if self._workspace.stacked:
            self._conversation.focus_timeline()
        self.opened.emit(summary)

    def open_id(
        self,
        conversation_id: ConversationId,
        around: EntryId | None = None,
        *,
        then: Callable[[], object] = lambda: None,
    ) -> None:
        """Show a conversation by its id; ``then`` runs once it is there."""

        def show(found: tuple[ConversationSummary, ...]) -> None:
            for summary in found[:1]:
                self.open(summary, around)
                then()

        self._tasks.start(self._services.inbox.summaries((conversation_id,)), on_result=show, name="open")

    def open_hit(self, hit: SearchHit) -> None:
        """Show a message found, where it was said (L16)."""
        self.open_id(hit.conversation_id, hit.message_id)

    def open_found(self, found: FoundContact) -> None:
        """Show the conversation with a contact found."""
        if found.conversation_id is not None:
            self.open_id(found.conversation_id)
        else:
            self.open_contact(found.contact.id)

    def open_contact(self, contact_id: ContactId) -> None:
        """Show the conversation with a contact; it is made when there was none."""
        self._tasks.start(
            self._services.contacts.conversation_of(contact_id), on_result=self.open_id, name="open contact"
        )

    def close(self) -> None:
        """Show no conversation."""
        if self.current is None:
            return
        self.current = None
        self._conversation.close_conversation()
        self._details.show_contact(None)
        self._pane.rows.select(None)
        self._workspace.leave_conversation()
        self.closed.emit()

    # Moving

    def step(self, rows: int) -> None:
        """Open the next or previous conversation of the list (K05)."""
        self._pane.rows.step(rows)

    def step_unread(self, *, forward: bool) -> None:
        """Open the next or previous conversation with something unread (K06)."""

        def go(conversation_id: ConversationId | None) -> None:
            if conversation_id is not None:
                self.open_id(conversation_id)
            else:
                self._toasts.tell(self.tr("Nothing is unread."))

        here = self.current.id if self.current else None
        self._tasks.start(self._services.inbox.next_unread(here, forward=forward), on_result=go, name="next unread")

    # Doing

    def open_menu(self, summary: ConversationSummary, place: QPoint) -> None:
        """Show what can be done with a row (K26)."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open")).triggered.connect(lambda _checked=False: self.open(summary))
        self.fill_menu(menu, self.newest(summary.id) or summary)
        menu.popup(place)

    def newest(self, conversation_id: ConversationId) -> ConversationSummary | None:
        """Return the newest contents of a row, or of the open conversation."""
        known = self._pane.rows.model.summary(conversation_id)
        if known is None and self.current is not None and self.current.id == conversation_id:
            return self.current
        return known

    def next_open(
        self, conversation_id: ConversationId, *, but: Sequence[ConversationId] = ()
    ) -> ConversationSummary | None:
        """Return the row that comes after one that goes: the next one on which something is left to do, else the
        one before."""
        rows = self._pane.rows.model
        place = rows.row_of(conversation_id)
        around = [*range(place + 1, rows.rowCount()), *range(place - 1, -1, -1)] if place >= 0 else []
        for row in around:
            summary = rows.summary_at(row)
            if summary is not None and summary.id not in but and _is_open(summary):
                return summary
        return None

    # Saying (A07)

    def _hear(self, event: Event) -> None:
        if isinstance(event, MessageReceived):
            if self.current is not None and event.conversation_id == self.current.id:
                self._announce_message(EntryId(event.message_id), plain_name(self.current.name))
        elif isinstance(event, MessageStatusChanged) and event.status in _LOST:
            self._announce_failure(ConversationId(event.conversation_id))

    def _announce_message(self, message_id: EntryId, name: str) -> None:
        def say(entries: tuple[TimelineEntry, ...]) -> None:
            for entry in entries:
                if isinstance(entry, Message):
                    text = one_line(entry.text)
                    announce(self._window, self.tr("{name}: {text}").format(name=name, text=text))

        self._tasks.start(self._services.inbox.entries((message_id,)), on_result=say, name="announce")

    def _announce_failure(self, conversation_id: ConversationId) -> None:
        def say(found: tuple[ConversationSummary, ...]) -> None:
            for summary in found:
                text = self.tr("A message to {name} was not delivered.").format(name=plain_name(summary.name))
                announce(self._window, text)

        self._tasks.start(self._services.inbox.summaries((conversation_id,)), on_result=say, name="announce failure")


def _is_open(summary: ConversationSummary) -> bool:
    """Whether something is left to do now."""
    return summary.status is ConversationStatus.PENDING and summary.snoozed_at is None and summary.archived_at is None
