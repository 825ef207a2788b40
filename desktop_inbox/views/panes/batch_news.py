"""BatchNews: gathers what happened to batches and messages, and tells it a few times a second at most."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop_inbox.events import (
    BatchChanged,
    BulkChanged,
    ChannelChanged,
    Event,
    MessageQueued,
    MessageStatusChanged,
    TeamsChanged,
    UsersChanged,
)
from desktop_inbox.views.bridge import EventBridge

_NEWS_MS = 400
_REMEMBERED = 2000  # messages whose batch is looked up at once; more, and everything is read again


class BatchNews(QObject):
    """While the page is hidden news only wait; ``catch_up`` tells whether there were any."""

    stale = Signal()  # anything may have changed
    changed = Signal(object, object)  # ids of batches, ids of messages

    def __init__(self, bridge: EventBridge, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._stale = False
        self._batches: set[int] = set()
        self._messages: set[int] = set()
        self._soon = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._soon.timeout.connect(self._tell)
        bridge.event.connect(self._hear)

    def catch_up(self) -> bool:
        """Return whether anything happened that was not told yet, and forget it."""
        waiting = self._stale or bool(self._batches or self._messages)
        self.forget()
        return waiting

    def forget(self) -> None:
        """Everything is about to be read."""
        self._stale = False
        self._batches, self._messages = set(), set()

    def _hear(self, event: Event) -> None:
        if isinstance(event, BatchChanged):
            self._batches.add(event.batch_id)
        elif isinstance(event, MessageStatusChanged | MessageQueued):
            self._messages.add(event.message_id)
        elif isinstance(event, BulkChanged | ChannelChanged | TeamsChanged | UsersChanged):
            self._stale = True
        else:
            return
        if self._page.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _tell(self) -> None:
        stale, batches, messages = self._stale, self._batches, self._messages
        self.forget()
        if stale or len(messages) > _REMEMBERED:
            self.stale.emit()
        elif batches or messages:
            self.changed.emit(batches, messages)
