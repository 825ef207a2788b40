"""Banners over the pages: no connection (L20) and the demo (F05). They inform and never block."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop_inbox.events import (
    ChannelChanged,
    ConnectivityChanged,
    Event,
    MessageQueued,
    MessageStatusChanged,
    SettingChanged,
)
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.plain import PlainLabel, menu_text, plain_name
from desktop_inbox.views.preferences import SENDING_PAUSED
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import announce

_GATHER = 150  # milliseconds


class Banner(QFrame):
    """One thin line: icon, sentence, buttons."""

    def __init__(self, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self._icon_name = icon_name
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 4, 12, 4)
        self._row.setSpacing(10)
        self._picture = PlainLabel()
        self._label = PlainLabel(wrap=True)
        self._row.addWidget(self._picture)
        self._row.addWidget(self._label, 1)
        theme().changed.connect(self._draw)
        self._draw()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._label.text()

    def tell(self, text: str) -> None:
        """Show a sentence; it is announced when it is new."""
        if text != self._label.text() or self.isHidden():
            self._label.setText(text)
            self.setAccessibleName(text)
            announce(self, text)
        self.show()

    def add_button(self, text: str, on_click: Callable[[], object]) -> QPushButton:
        """Add a button at the end."""
        button = QPushButton(menu_text(text))
        button.setAccessibleName(text)
        button.clicked.connect(lambda _checked=False: on_click())
        self._row.addWidget(button)
        return button

    def _draw(self) -> None:
        size = theme().px(16)
        pixmap = icon_pixmap(self._icon_name, "on_comment", size, density=self.devicePixelRatioF())
        self._picture.setPixmap(pixmap)


class ConnectionBanner(Banner):
    """Says which channels do not carry messages at the moment, and how many messages wait."""

    channels_wanted = Signal()

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__("wifi-off", parent)
        self._services, self._tasks = services, tasks
        self._retry = self.add_button(self.tr("Retry now"), self._retry_now)
        self._channels = self.add_button(self.tr("Channels…"), self.channels_wanted.emit)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(_GATHER)
        self._gather.timeout.connect(self.refresh)
        bridge.event.connect(self._hear)

    def refresh(self) -> None:
        """Read how things stand."""
        self._tasks.start(self._read(), name="connection banner")

    def _hear(self, event: Event) -> None:
        relevant = isinstance(event, (ConnectivityChanged, ChannelChanged)) or (
            isinstance(event, SettingChanged) and event.key == SENDING_PAUSED.key
        )
        if relevant or (not self.isHidden() and isinstance(event, (MessageQueued, MessageStatusChanged))):
            self._gather.start()

    async def _read(self) -> None:
        states = self._services.sync.connectivity()
        channels = [c for c in await self._services.channels.all() if c.state is not ChannelState.REMOVED]
        broken = [c for c in channels if c.state is ChannelState.BROKEN]
        active = [c for c in channels if c.state is ChannelState.ACTIVE]
        offline = [c for c in active if c.id in states and not states[c.id][0]]
        paused = SENDING_PAUSED.parse(self._services.settings.get(SENDING_PAUSED))
        if not broken and not offline and not paused:
            self.hide()
            return
        self._retry.setVisible(bool(offline))
        self._channels.setVisible(bool(broken))
        waiting = await self._services.outbox.waiting_count()
        sentence = self._sentence(broken, offline, waiting, everything=bool(active) and len(offline) == len(active))
        pause = self.tr("Sending is paused for the whole office") if paused else ""
        self.tell(" – ".join(filter(None, (pause, sentence))))

    def _sentence(self, broken: list[Channel], offline: list[Channel], waiting: int, *, everything: bool) -> str:
        parts = []
        if offline:
            names = ", ".join(plain_name(c.name) for c in offline)
            parts.append(self.tr("Offline") if everything else self.tr("{names}: offline").format(names=names))
        for channel in broken:
            sentence = self.tr("{name} needs attention: {reason}")
            parts.append(sentence.format(name=plain_name(channel.name), reason=channel.state_reason))
        if waiting:
            parts.append(self.tr("messages queued: %n", "", waiting))
        return " – ".join(parts)

    def _retry_now(self) -> None:
        async def retry() -> None:
            await self._services.outbox.retry_now()
            await self._services.sync.fetch_now()

        self._tasks.start(retry(), on_result=lambda _none: self.refresh(), name="retry now")
