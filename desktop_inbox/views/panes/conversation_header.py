"""ConversationHeader: who it is, where they are reached, whether they may be written to, how long they wait."""

from datetime import datetime

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.contact import Contact, OptIn
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary
from desktop_inbox.services.addresses import display
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.plain import ElidedLabel, PlainLabel, ltr, menu_text, plain_name, repolish, set_tip
from desktop_inbox.views.theme import theme

from .consent_badge import ConsentBadge

_TICK_MS = 20_000
_IN_MENU = (
    "conversation.done", "conversation.assign", "conversation.assign_me", "conversation.snooze", "",
    "search.conversation", "details.toggle", "",
    "conversation.toggle_unread", "conversation.pin", "conversation.priority", "",
    "conversation.print", "conversation.export", "conversation.archive", "conversation.block", "conversation.delete",
)  # fmt: skip
_WIDE, _NARROW = 620, 460  # pixels at 100 %: from which buttons show words, up to which some are left out
_NAME = 130  # pixels at 100 % of the longest name on a button


class ConversationHeader(QFrame):
    """One row above the timeline."""

    def __init__(self, formats: Formats, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self._formats, self._actions = formats, actions
        self._summary: ConversationSummary | None = None
        self._contact: Contact | None = None
        self.name = ElidedLabel(kind="title")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.pill = PlainLabel(kind="pill")
        self.consent = ConsentBadge(formats)
        self.consent_required = False
        self.line = ElidedLabel(kind="small")
        first, words, row = QHBoxLayout(), QVBoxLayout(), QHBoxLayout(self)
        first.setSpacing(8)
        first.addWidget(self.name)
        first.addWidget(self.pill)
        first.addWidget(self.consent)
        first.addStretch(1)
        words.setSpacing(1)
        words.addLayout(first)
        words.addWidget(self.line)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(8)
        row.addLayout(words, 1)
        self.find_button = self._button("search", self.tr("Find in this conversation"), "search.conversation")
        self.details_button = self._button("panel-right", self.tr("Contact details"), "details.toggle")
        self.more_button = self._button("ellipsis", self.tr("More"), None)
        self.more_button.clicked.connect(self.open_menu)
        self.assignee_button = self._labelled("user", "Assignee", "conversation.assign")
        self.snooze_button = self._button("alarm-clock", "Snooze", "conversation.snooze")
        self.done_button = self._labelled("check", "Mark done", "conversation.done")
        self.done_button.setProperty("kind", "done")
        buttons = (self.assignee_button, self.snooze_button, self.done_button)
        for button in (*buttons, self.find_button, self.details_button, self.more_button):
            row.addWidget(button)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show)
        self._tick.start()

    def _button(self, icon: str, name: str, action: str | None) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=18)
        if action is not None:
            button.clicked.connect(self._actions[action].trigger)
        return button

    def _labelled(self, sign: str, name: str, action: str) -> QToolButton:
        button = self._button(sign, name, action)
        button.setProperty("kind", "state")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words on the buttons only where there is room for them."""
        super().resizeEvent(event)
        self._show_state()

    def _show_state(self) -> None:
        """Say who has it, whether it is done, and until when it is out of sight."""
        summary = self._summary
        if summary is None:
            return
        wide, narrow = self.width() >= theme().px(_WIDE), self.width() < theme().px(_NARROW)
        self.find_button.setHidden(narrow)  # the menu beside it has the same
        opted_out = self.pill.property("kind") == "pill-attention"
        # That all is well can wait for more room, and the stage of the consent says it as well.
        self.pill.setHidden((narrow or not self.consent.isHidden()) and not opted_out)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if wide else Qt.ToolButtonStyle.ToolButtonIconOnly
        is_done = summary.status is ConversationStatus.DONE
        who = plain_name(summary.assignee_name)
        self._word(self.assignee_button, style, who or self.tr("Assign"), told=who or self.tr("nobody"))
        bind_icon(self.assignee_button, "user-check" if who else "user-plus", "muted", size=18)
        done, opened = self.tr("Done: open again (Ctrl+E)"), self.tr("Mark done (Ctrl+E)")
        self._word(self.done_button, style, self.tr("Done"), told=self.tr("done") if is_done else self.tr("open"))
        set_tip(self.done_button, done if is_done else opened)
        self.done_button.setProperty("done", is_done)
        bind_icon(
            self.done_button, "circle-check" if is_done else "check", "success" if is_done else "surface", size=18
        )
        repolish(self.done_button)
        snoozed = summary.snoozed_at is not None
        bind_icon(self.snooze_button, "alarm-clock", "attention" if snoozed else "muted", size=18)
        self.snooze_button.setAccessibleDescription(self._snoozed(summary) or self.tr("not snoozed"))
        set_tip(self.snooze_button, self._snoozed(summary) or self.tr("Snooze (Ctrl+Shift+S)"))

    def _word(self, button: QToolButton, style: Qt.ToolButtonStyle, text: str, *, told: str) -> None:
        button.setToolButtonStyle(style)
        room = theme().px(_NAME)
        button.setText(menu_text(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)))
        button.setAccessibleDescription(told)
        set_tip(button, text)

    def _snoozed(self, summary: ConversationSummary) -> str:
        if summary.snoozed_at is None:
            return ""
        if summary.snoozed_until is None:
            return self.tr("Snoozed until they answer")
        return self.tr("Snoozed until {time}").format(time=self._formats.ahead(summary.snoozed_until))

    def show_conversation(self, summary: ConversationSummary, contact: Contact | None) -> None:
        """Show a conversation; the contact comes a moment later."""
        self._summary, self._contact = summary, contact
        self._show()

    def open_menu(self) -> None:
        """Show what can be done with the conversation."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for action in self._menu_actions():
            menu.addAction(action) if action is not None else menu.addSeparator()
        corner = self.more_button.mapToGlobal(self.more_button.rect().bottomRight())
        menu.popup(corner - QPoint(menu.sizeHint().width(), -4))

    def _menu_actions(self) -> list[QAction | None]:
        actions = [self._actions[key] if key else None for key in _IN_MENU]
        return [action for action in actions if action is None or action.isVisible()]

    def _show(self) -> None:
        summary, contact = self._summary, self._contact
        if summary is None:
            return
        self.name.setText(plain_name(contact.name if contact is not None else "") or plain_name(summary.name))
        opt_in = contact.opt_in if contact is not None else summary.opt_in
        opted_in = opt_in is OptIn.OPTED_IN
        self.pill.setText(self.tr("Opted in") if opted_in else self.tr("Opted out"))
        self.consent.show_contact(contact, required=self.consent_required)
        self.pill.set_kind("pill-success" if opted_in else "pill-attention")
        parts = [plain_name(summary.channel_name)]
        if contact is not None and contact.addresses:
            first = contact.addresses[0]
            parts.append(ltr(display(first.scheme, first.path)))
        if summary.status is not ConversationStatus.DONE:
            parts.append(self._waiting(summary.waiting_since))
        parts.append(self._snoozed(summary))
        if summary.returned_at is not None:
            parts.append(self.tr("back from a snooze"))
        if summary.archived_at is not None:
            parts.append(self.tr("archived"))
        if contact is not None and contact.blocked:
            parts.append(self.tr("blocked"))
        self.line.setText(" · ".join(part for part in parts if part))
        self._show_state()
        self.line.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)

    def _waiting(self, since: datetime | None) -> str:
        return self.tr("waiting {time}").format(time=self._formats.ago(since)) if since is not None else ""
