"""ChannelSetupDialog: the channels with their state; adding, testing, pausing and removing them."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError, SecretStoreError
from desktop_inbox.events import ChannelChanged, Event
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.services.providers.base import Provider
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.icons import bind_icon, icon
from desktop_inbox.views.plain import PlainLabel, isolated, plain_name, separator
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .channel_form import ChannelForm
from .confirm import confirmed
from .secret_place import SecretPlaceDialog, UnlockVaultDialog

_STATE_ICONS = {
    ChannelState.ACTIVE: ("circle-check", "success"),
    ChannelState.PAUSED: ("circle-dashed", "muted"),
    ChannelState.BROKEN: ("triangle-alert", "attention"),
    ChannelState.REMOVED: ("circle-x", "muted"),
}
_ID = Qt.ItemDataRole.UserRole


class ChannelSetupDialog(QDialog):
    """Channels at the left, one of them (or the choice of a kind) at the right."""

    saved = Signal(object)  # Channel

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._channels: dict[int, Channel] = {}
        self.form: ChannelForm | None = None
        self.setWindowTitle(self.tr("Channels"))
        self.setAccessibleName("Channels")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Channels"))
        self.list.setItemDelegate(TwoLines(self.list))
        self.list.currentItemChanged.connect(self._picked)
        self.add_button = QPushButton(self.tr("Add a channel"))
        bind_icon(self.add_button, "plus")
        self.add_button.clicked.connect(self.choose_kind)
        self._build()
        bridge.event.connect(self._hear)
        self._tasks.start(self._load())

    def _build(self) -> None:
        left = QVBoxLayout()
        left.addWidget(PlainLabel(self.tr("Channels"), kind="title"))
        left.addWidget(self.list, 1)
        left.addWidget(self.add_button)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        bottom = QHBoxLayout()
        bottom.addStretch()
        bottom.addWidget(close)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        columns.addLayout(left, 2)
        columns.addWidget(self._scroll, 3)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.addLayout(columns, 1)
        box.addWidget(separator())
        box.addLayout(bottom)
        self.resize(theme().px(780), theme().px(600))

    # The list

    async def _load(self, select: int | None = None) -> None:
        channels = await self._services.channels.all()
        self._show_list(channels, select)

    def _show_list(self, channels: Sequence[Channel], select: int | None) -> None:
        current: QListWidgetItem | None = self.list.currentItem()
        wanted = select if select is not None else (int(current.data(_ID)) if current is not None else None)
        self._channels = {channel.id: channel for channel in channels}
        if wanted is None and channels and self.form is None:
            wanted = select = channels[0].id
        self.list.blockSignals(True)
        self.list.clear()
        side = theme().px(18)
        self.list.setIconSize(QSize(side, side))
        for channel in channels:
            name, color = _STATE_ICONS[channel.state]
            item = QListWidgetItem(icon(name, color, size=side), self._line(channel))
            item.setData(_ID, str(channel.id))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._line(channel).replace("\n", ", "))
            self.list.addItem(item)
            if channel.id == wanted:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        if not channels and self.form is None:
            self.choose_kind()
        elif select is not None:
            self._show_channel(self._channels.get(select) or channels[0])

    def _line(self, channel: Channel) -> str:
        state = {
            ChannelState.ACTIVE: self.tr("working"),
            ChannelState.PAUSED: self.tr("paused"),
            ChannelState.BROKEN: self.tr("needs attention"),
            ChannelState.REMOVED: self.tr("removed"),
        }[channel.state]
        words = [self._title(channel.kind), state]
        reason = plain_name(channel.state_reason) if channel.state is not ChannelState.ACTIVE else ""
        return "\n".join(part for part in (plain_name(channel.name), " · ".join(words), reason) if part)

    def _title(self, kind: str) -> str:
        return next((provider.title for provider in self._services.channels.kinds() if provider.kind == kind), kind)

    def _picked(self) -> None:
        item: QListWidgetItem | None = self.list.currentItem()
        channel = self._channels.get(int(item.data(_ID))) if item is not None else None
        if channel is not None:
            self._show_channel(channel)

    # The right side

    def choose_kind(self) -> None:
        """Offer the kinds of channels."""
        self.form = None
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 8, 0)
        box.addWidget(PlainLabel(self.tr("What do you want to connect?"), kind="title"))
        for kind in self._services.channels.kinds():
            button = QPushButton(kind.title)
            button.clicked.connect(lambda _=False, kind=kind: self.add(kind))
            button.setAccessibleDescription(kind.summary)
            box.addSpacing(6)
            box.addWidget(button)
            box.addWidget(PlainLabel(kind.summary, kind="secondary", wrap=True))
        box.addStretch()
        self._scroll.setWidget(page)

    def add(self, kind: type[Provider]) -> None:
        """Show the empty form of a kind."""
        self.list.setCurrentRow(-1)
        self._show_form(ChannelForm(kind, None))

    def _show_channel(self, channel: Channel) -> None:
        kind = next((one for one in self._services.channels.kinds() if one.kind == channel.kind), None)
        if kind is not None:
            self._show_form(ChannelForm(kind, channel))

    def _show_form(self, form: ChannelForm) -> None:
        self.form = form
        form.save_wanted.connect(self._save)
        form.test_wanted.connect(self._test)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 8, 0)
        box.addWidget(form, 1)
        if form.channel is not None:
            box.addLayout(self._state_buttons(form.channel))
        self._scroll.setWidget(page)

    def _state_buttons(self, channel: Channel) -> QHBoxLayout:
        row = QHBoxLayout()
        if channel.state is ChannelState.ACTIVE:
            turn = QPushButton(self.tr("Pause channel"))
            turn.clicked.connect(lambda: self._tasks.start(self._services.channels.pause(channel.id)))
        else:
            turn = QPushButton(self.tr("Resume channel"))
            turn.clicked.connect(lambda: self._tasks.start(self._services.channels.resume(channel.id)))
        self.turn_button = turn
        self.remove_button = QPushButton(self.tr("Remove channel…"))
        self.remove_button.setProperty("kind", "danger")
        self.remove_button.clicked.connect(lambda: self._tasks.start(self._remove(channel)))
        row.addWidget(turn)
        row.addWidget(self.remove_button)
        row.addStretch()
        return row

    # What it does

    def _test(self) -> None:
        form = self.form
        if form is None or not self._complete(form):
            return
        form.test_button.setEnabled(False)
        form.checks.show_busy()
        self._tasks.start(self._check(form), on_error=lambda error: self._tell(form, error))

    async def _check(self, form: ChannelForm) -> None:
        try:
            steps = await self._services.channels.check(
                form.kind.kind,
                address=form.address,
                settings=form.settings,
                secrets=form.secrets,
                channel_id=form.channel.id if form.channel is not None else None,
            )
        finally:
            if form is self.form:
                form.test_button.setEnabled(True)
        if form is self.form:
            form.checks.show_steps(steps)

    def _save(self) -> None:
        form = self.form
        if form is not None and self._complete(form):
            form.save_button.setEnabled(False)
            self._tasks.start(self._store(form), on_error=lambda error: self._tell(form, error))

    async def _store(self, form: ChannelForm) -> None:
        channels, name = self._services.channels, form.name.text().strip()
        if form.channel is None:
            channel = await channels.add(
                form.kind.kind, name, address=form.address, settings=form.settings, secrets=form.secrets
            )
        else:
            channel = await channels.edit(
                form.channel.id, name=name, address=form.address, settings=form.settings, secrets=form.secrets
            )
        self.saved.emit(channel)
        await self._load(channel.id)

    def _complete(self, form: ChannelForm) -> bool:
        missing = form.missing()
        form.show_trouble(self.tr("Fill in “{field}”.").format(field=missing) if missing else "")
        return not missing

    def _tell(self, form: ChannelForm, error: InboxError) -> None:
        if form is self.form:
            form.save_button.setEnabled(True)
            form.checks.clear()
            form.show_trouble(f"{error.message} {error.hint}".strip())
            if isinstance(error, SecretStoreError):
                self._offer_place(error)

    def _offer_place(self, error: SecretStoreError) -> None:
        """The password cannot be kept: let the person choose where, then save what they entered."""
        secrets = self._services.secrets
        if secrets is None:
            return
        if error.code == "secrets.vault_locked":
            unlock = UnlockVaultDialog(secrets, self._tasks, self)
            unlock.unlocked.connect(self._save)
            unlock.open()
            return
        place = SecretPlaceDialog(secrets, self._tasks, self, reason=error.message)
        place.chosen.connect(self._save)
        place.open()

    async def _remove(self, channel: Channel) -> None:
        name = isolated(plain_name(channel.name))
        sure = await confirmed(
            self,
            title=self.tr("Remove {name}?").format(name=name),
            text=self.tr(
                "It sends and receives nothing from then on, and its password is forgotten. Its messages stay."
            ),
            verb=self.tr("Remove channel"),
            danger=True,
        )
        if sure:
            await self._services.channels.remove(channel.id)
            self.form = None
            self._scroll.takeWidget()
            await self._load()

    def _hear(self, event: Event) -> None:
        if isinstance(event, ChannelChanged):
            self._tasks.start(self._reload(event.channel_id))

    async def _reload(self, channel_id: int) -> None:
        shown = self.form.channel if self.form is not None else None
        await self._load()
        now = self._channels.get(channel_id)
        if shown is not None and now is not None and shown.id == now.id and shown.state is not now.state:
            self._show_channel(now)
