"""ReadMarker: a conversation is read once somebody has looked at what is new in it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.preferences import MARK_READ_ON_OPEN
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks


class ReadMarker(QObject):
    """Waits until the newest message is on screen in a window that is being used."""

    def __init__(self, services: Services, tasks: Tasks, widget: QWidget) -> None:
        super().__init__(widget)
        self._services, self._tasks, self._widget = services, tasks, widget
        self._waiting: ConversationId | None = None

    def opened(self, conversation_id: ConversationId, *, unread: bool) -> None:
        """A conversation was opened by hand, which is looking at it."""
        self._waiting = None
        if unread and self._wanted():
            self._mark(conversation_id)

    def arrived(self, conversation_id: ConversationId) -> None:
        """Something new came while it is open."""
        self._waiting = conversation_id

    def look(self, *, at_bottom: bool) -> None:
        """Ask again: the view was scrolled, or the window is being used again."""
        watched = self._widget.isVisible() and self._widget.window().isActiveWindow()
        if self._waiting is not None and at_bottom and watched and self._wanted():
            conversation_id, self._waiting = self._waiting, None
            self._mark(conversation_id)

    def _wanted(self) -> bool:
        return MARK_READ_ON_OPEN.parse(self._services.settings.get(MARK_READ_ON_OPEN))

    def _mark(self, conversation_id: ConversationId) -> None:
        self._tasks.start(self._services.inbox.mark_read(conversation_id), name="mark read")
