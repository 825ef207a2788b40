"""EventBridge: events of the bus as a Qt signal on the GUI thread."""

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance, Slot

from desktop_inbox.events import Event, EventBus


class _Relay(QObject):
    """Crosses threads: what any thread puts in comes out on the thread it was made on, in order."""

    entered = Signal(object)
    left = Signal(object)

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.entered.connect(self._leave, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _leave(self, event: Event) -> None:
        self.left.emit(event)


class EventBridge:
    """Hears the bus on whatever thread publishes and tells widgets by the signal ``event``.

    Not a QObject itself: that would hide ``QObject.event``.
    """

    def __init__(self, bus: EventBus, parent: QObject | None = None) -> None:
        self._relay = _Relay(parent)
        self._unsubscribe = bus.subscribe(Event, self._relay.entered.emit)

    @property
    def event(self) -> SignalInstance:
        """The signal: one ``Event``, on the GUI thread."""
        return self._relay.left

    def close(self) -> None:
        """Hear nothing more."""
        self._unsubscribe()
