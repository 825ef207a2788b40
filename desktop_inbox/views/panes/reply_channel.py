"""ReplyChannelPicker: to whom and through which channel the answer goes, and what that channel can do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_inbox.models.entities.channel import Capabilities, ChannelState
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import ElidedLabel, ltr, menu_text, plain_name, set_tip

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReplyChannel", text)


def capability_line(able: Capabilities, formats: Formats) -> str:
    """Return what a channel can do, in one line (S2-32)."""
    parts = [_tr("up to {n} characters").format(n=formats.number(able.max_text))]
    if able.attachments_out and able.max_attachment_bytes:
        parts.append(_tr("files to {size}").format(size=formats.size(able.max_attachment_bytes)))
    else:
        parts.append(_tr("files") if able.attachments_out else _tr("no files"))
    told = [
        word
        for word, known in (
            (_tr("delivered"), able.receipts_delivered),
            (_tr("read"), able.receipts_read),
        )
        if known
    ]
    parts.append(
        _tr("tells {what}").format(what=_tr(" and ").join(told)) if told else _tr("does not tell what arrived")
    )
    if able.window_hours:
        parts.append(_tr("answers within {n} hours").format(n=able.window_hours))
    return " · ".join(parts)


class ReplyChannelPicker(QWidget):
    """ "to +1 415 555 0148 via Front desk SMS"; the channel is a button with a menu."""

    picked = Signal(object)  # ReplyOption

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._options: tuple[ReplyOption, ...] = ()
        self._current: ReplyOption | None = None
        self._to = ElidedLabel(kind="small")
        self.button = QPushButton()
        self.button.setProperty("kind", "link")
        self.button.setObjectName("reply-channel")
        self.button.setAccessibleName("Channel")
        self.button.clicked.connect(self.open_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._to.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._to, 1)
        row.addWidget(self.button)

    @property
    def current(self) -> "ReplyOption | None":
        """The option in force; None where the contact cannot be reached."""
        return self._current

    def show_options(self, options: "Sequence[ReplyOption]", channel_id: ChannelId | None = None) -> None:
        """Offer these; ``channel_id`` was picked by hand before, else the default is taken."""
        self._options = tuple(options)
        by_hand = [option for option in options if option.channel.id == channel_id]
        default = [option for option in options if option.is_default]
        chosen = (by_hand or default or list(options))[:1]
        self._show(chosen[0] if chosen else None)

    def open_menu(self) -> None:
        """Show all channels with what they can do."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        group = QActionGroup(menu)
        for option in self._options:
            name = plain_name(option.channel.name)
            action = menu.addAction(menu_text(f"{name} · {self._address(option)}"))
            action.setCheckable(True)
            action.setChecked(option is self._current)
            group.addAction(action)
            action.triggered.connect(lambda _=False, option=option: self._pick(option))
            note = capability_line(option.capabilities, self._formats)
            if option.channel.state is not ChannelState.ACTIVE:
                note = option.channel.state_reason or self.tr("This channel is paused.")
            menu.addAction(menu_text(f"    {note}")).setEnabled(False)
        above = QPoint(0, -menu.sizeHint().height())  # the composer stands at the lower edge of the window
        menu.popup(self.button.mapToGlobal(self.button.rect().topLeft() + above))

    def _pick(self, option: "ReplyOption") -> None:
        self._show(option)
        self.picked.emit(option)

    def _show(self, option: "ReplyOption | None") -> None:
        self._current = option
        self.setVisible(option is not None)
        if option is None:
            return
        self._to.setText(self.tr("to {address} via").format(address=ltr(self._address(option))))
        self.button.setText(menu_text(plain_name(option.channel.name)))
        able = capability_line(option.capabilities, self._formats)
        set_tip(self.button, able)
        self.button.setAccessibleDescription(f"{plain_name(option.channel.name)}, {self._address(option)}: {able}")

    @staticmethod
    def _address(option: "ReplyOption") -> str:
        return display(option.address.scheme, option.address.path)
