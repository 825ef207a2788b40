"""ComposerWidgets: the parts of the composer and where they stand; what they do is in ``composer``."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.views.answering import ToggleButton
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import PlainLabel, set_tip

from .attachment_chips import AttachmentChips
from .gate_bar import GateBar
from .message_editor import MessageEditor
from .newcomer_bar import NewcomerBar
from .reply_channel import ReplyChannelPicker
from .variable_completion import VariableCompletion
from .variable_highlighter import VariableHighlighter
from .window_label import WindowLabel


class ComposerWidgets(QFrame):
    """Two modes: a reply to the contact, or a comment for colleagues (K16)."""

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "footer")
        self.editor = MessageEditor()
        self.editor.setPlaceholderText(self.tr("Write a message, or / for a snippet"))
        self.highlighter = VariableHighlighter(self.editor.document())
        self.completion = VariableCompletion(self.editor)
        self.chips = AttachmentChips(formats)
        self.picker = ReplyChannelPicker(formats)
        self.window_label = WindowLabel(formats)
        self.gate = GateBar()
        self.newcomer = NewcomerBar()
        self.untimely = PlainLabel(kind="warning", wrap=True)
        self.preview = PlainLabel(kind="small", wrap=True)
        self._hint = PlainLabel(kind="small", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._make_buttons()
        self._arrange()

    def _make_buttons(self) -> None:
        self.reply_mode = self._mode(self.tr("Reply"))
        self.comment_mode = self._mode(self.tr("Comment"))
        self.reply_mode.setChecked(True)
        set_tip(self.comment_mode, self.tr("For colleagues only, Ctrl+Shift+I"))
        self.emoji_button = self._quiet("smile", self.tr("Insert emoji"))
        self.snippet_button = self._quiet("chevrons-right", self.tr("Insert a snippet"))
        self.attach_button = self._quiet("paperclip", self.tr("Attach files"))
        self.campaign_button = self._quiet("droplets", self.tr("Apply a campaign"))
        self.plain_button = QPushButton(self.tr("Use plain characters"))
        self.plain_button.setProperty("kind", "link")
        self.later_button = self._quiet("alarm-clock", self.tr("Send later"))
        self.send_button = QPushButton(" " + self.tr("Send"))
        self.send_button.setProperty("kind", "primary")
        self.send_button.setAccessibleName("Send")
        bind_icon(self.send_button, "send", "on_accent", size=16)

    def _mode(self, text: str) -> QPushButton:
        button = ToggleButton(text)
        button.setProperty("kind", "chip")
        button.setAutoExclusive(True)
        return button

    def _quiet(self, icon: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=20)
        return button

    def _arrange(self) -> None:
        self._box = QVBoxLayout(self)
        self._reply = QWidget()
        modes, top, bottom, inside = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self._reply)
        modes.setSpacing(4)
        modes.addWidget(self.reply_mode)
        modes.addWidget(self.comment_mode)
        top.setSpacing(8)
        top.addLayout(modes)
        self._stretch = PlainLabel(self.tr("Only colleagues see comments."), kind="small")
        self._stretch.hide()
        top.addWidget(self._stretch, 1)
        top.addWidget(self.picker, 1)
        top.addWidget(self.window_label)
        bottom.setSpacing(6)
        for button in (self.emoji_button, self.snippet_button, self.attach_button, self.campaign_button):
            bottom.addWidget(button)
        bottom.addWidget(self._hint, 1)
        bottom.addWidget(self.later_button)
        bottom.addWidget(self.send_button)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        for widget in (self.gate, self.newcomer, self.untimely, self.chips, self.editor):
            inside.addWidget(widget)
        below = QHBoxLayout()
        below.addWidget(self.preview, 1)
        below.addWidget(self.plain_button, 0, Qt.AlignmentFlag.AlignTrailing)
        inside.addLayout(below)
        inside.addLayout(bottom)
        self._box.setContentsMargins(16, 6, 16, 12)
        self._box.setSpacing(6)
        self._box.addLayout(top)
        self._box.addWidget(self._reply)
        self.untimely.hide()
        self.preview.hide()
        self.plain_button.hide()
        QWidget.setTabOrder(self.editor, self.gate.button)

    def put_above_field(self, bar: QWidget) -> None:
        """Show a bar above what belongs to a reply."""
        layout = self._reply.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101 - made here
        layout.insertWidget(0, bar)

    def show_hint(self, text: str, *, trouble: bool = False) -> None:
        """Say something beside Send."""
        self._hint.set_kind("error" if trouble else "small")
        self._hint.setText(text)

    def show_reply(self, *, shown: bool) -> None:
        """Show what belongs to a reply, or make room for a comment."""
        self._reply.setVisible(shown)
        self.picker.setVisible(shown)
        self._stretch.setVisible(not shown)
        if shown:
            self.window_label.refresh()
        self.window_label.setHidden(not shown or not self.window_label.is_meant)
