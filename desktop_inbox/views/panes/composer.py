"""ComposerPane: writing and sending in the open conversation. What is typed is never lost."""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import (
    ChannelChanged,
    ContactChanged,
    Event,
    FieldsChanged,
    MessageReceived,
    SettingChanged,
    SnippetsChanged,
)
from desktop_inbox.models.entities.ids import ChannelId, ConversationId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import set_tip
from desktop_inbox.views.preferences import SEND_WITH
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

from .attacher import Attacher
from .campaign_opener import CampaignOpener
from .comment_mode import CommentMode
from .composer_adviser import ComposerAdviser
from .composer_widgets import ComposerWidgets
from .composer_words import no_channel
from .draft_keeper import DraftContent, DraftKeeper
from .emoji_picker import EmojiPicker
from .number_data import warm_up
from .send_later import SendLater
from .sender import Outgoing, Sender
from .snippet_inserter import SnippetInserter
from .staged import Staged

if TYPE_CHECKING:
    from desktop_inbox.services.channels import ReplyOption
    from desktop_inbox.services.variables import VariableFacts

CHECK_MS = 250
_Content = tuple[str, tuple[str, ...], object]
_ANY_TEXT = "."  # asked with while nothing is typed, to learn of an opt-out before the work of writing


class ComposerPane(ComposerWidgets):
    """Field, files, channel, counter and the Send button."""

    queued = Signal(object)  # Message
    recall_wanted = Signal()
    show_newest_wanted = Signal()

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(Formats(services.clock), parent)
        self._services, self._tasks = services, tasks
        self._conversation_id: ConversationId | None = None
        self._filling = self._sending = self._by_hand = False
        self._confirmed: set[str] = set()
        self._attempts: dict[ConversationId, tuple[_Content, str]] = {}  # what was sent, and the id it was given
        self.end_in_sight: Callable[[], bool] = lambda: False  # whether the newest message is
        self.adviser = ComposerAdviser(self, Formats(services.clock))
        self._keeper = DraftKeeper(services, tasks, self._content, self)
        self._sender = Sender(services, tasks, self)
        self._attacher = Attacher(services, tasks, self.chips, lambda: self.picker.current, self)
        self.emoji = EmojiPicker(tasks, self, cost=self.adviser.cost_of)
        self.snippets = SnippetInserter(
            services, tasks, self.editor, self._attacher, lambda: self._conversation_id, self
        )
        self.comments = CommentMode(self, services, tasks, bridge)
        self.campaigns = CampaignOpener(services, tasks, self, lambda: self._conversation_id)
        self.later = SendLater(self, services, tasks, bridge, lambda: self._conversation_id)
        self._check_timer = QTimer(self, singleShot=True, interval=CHECK_MS)
        self._connect(bridge)
        self._use_settings()

    def _connect(self, bridge: EventBridge) -> None:
        self._check_timer.timeout.connect(self._start_check)
        self.editor.textChanged.connect(self._edited)
        self.editor.send_wanted.connect(self.send)
        self.later.recall_wanted.connect(self.recall_wanted)
        self.later.left_behind.connect(lambda one: self._keeper.drop(one.conversation_id, one.text, one.paths))
        self.later.taken_back.connect(self._taken_back)
        self.editor.files_given.connect(self.add_files)
        self.editor.picture_given.connect(self._attacher.add_picture)
        self.chips.changed.connect(self._edited)
        self.chips.emptied.connect(self.editor.setFocus)
        self.emoji_button.clicked.connect(self.open_emoji)
        self.emoji.picked.connect(self.editor.insertPlainText)
        self.emoji.closed.connect(self.editor.setFocus)
        self.snippet_button.clicked.connect(self.snippets.open_library)
        self.plain_button.clicked.connect(self.adviser.use_plain_characters)
        self.attach_button.clicked.connect(self.attach)
        self.send_button.clicked.connect(self.send)
        self.picker.picked.connect(self._channel_picked)
        self.gate.confirmed.connect(self._agreed)
        self.newcomer.show_wanted.connect(self.show_newest_wanted)
        self._sender.queued.connect(self._queued)
        self._sender.refused.connect(self._refused)
        self._sender.taken_back.connect(self._taken_back)
        bridge.event.connect(self._hear)

    # Conversations

    def open(self, conversation_id: ConversationId) -> None:
        """Show the draft and the channels of a conversation."""
        if conversation_id == self._conversation_id:
            return
        self.leave()
        self._conversation_id = self._attacher.conversation_id = conversation_id
        self._refresh()  # from now on the field takes text
        self.comments.open(conversation_id)
        self.later.open(conversation_id)
        self._tasks.start(self._load(conversation_id))
        self._tasks.start(self._reload_facts(conversation_id))

    def leave(self) -> None:
        """Hand the draft over and forget the conversation."""
        self._keeper.end()
        self._conversation_id = self._attacher.conversation_id = None
        self._confirmed.clear()
        self._check_timer.stop()
        self.adviser.untimely = ""
        self.gate.show_decision(None)
        self.newcomer.settle()
        self._take_facts(None)
        self._show_options((), None)
        self._fill("", ())

    async def _load(self, conversation_id: ConversationId) -> None:
        options = await self._services.channels.reply_options(conversation_id)
        draft = self._keeper.unstored(conversation_id) or await self._services.inbox.draft(conversation_id)
        await warm_up(option.address for option in options)
        files = []
        for path in draft.attachment_paths if draft is not None else ():
            files += await self._attacher.stage(Path(path), name=Path(path).name)
        if conversation_id != self._conversation_id:
            return
        self._by_hand = draft is not None and draft.channel_id is not None
        self._show_options(options, draft.channel_id if draft is not None else None)
        typed = self.editor.text  # while this was loading
        self._fill((draft.text if draft is not None else "") + typed, files)
        self._keeper.begin(conversation_id)
        if typed:
            self._keeper.touch()
        self._start_check()

    def _fill(self, text: str, files: Sequence[Staged]) -> None:
        """Show other content without taking it for typing."""
        self._filling = True
        try:
            self.chips.clear()
            for file in files:
                self._attacher.show(file)
            if text != self.editor.text:
                self.editor.restart(text)
        finally:
            self._filling = False
        self._refresh()

    def _take_facts(self, facts: "VariableFacts | None") -> None:
        self._filling = True  # marking words counts as a change of the text for Qt
        try:
            self.adviser.show_facts(facts)
        finally:
            self._filling = False

    def _show_options(self, options: "Sequence[ReplyOption]", chosen: ChannelId | None) -> None:
        self.picker.show_options(tuple(options), chosen)
        self.window_label.show_option(self.picker.current)

    def _content(self) -> DraftContent:
        option = self.picker.current
        return DraftContent(
            text=self.editor.text,
            attachment_paths=tuple(str(file.path) for file in self.chips.files),
            channel_id=option.channel.id if option is not None and self._by_hand else None,
        )

    def save_draft(self) -> None:
        """Store what is typed now."""
        self._keeper.flush()

    # Writing

    def type_text(self, text: str) -> None:
        """Take the focus and type ``text`` (K24)."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.editor.insertPlainText(text)

    def take_text(self, text: str) -> None:
        """Put a text into the empty field, to be changed and sent again (K11)."""
        if not self.editor.text:
            self.editor.set_text(text)
            self.editor.setFocus()

    def open_emoji(self) -> None:
        """Show the emoji (K19)."""
        if self._conversation_id is not None:
            self.emoji.open_above(self.emoji_button)

    def attach(self) -> None:
        """Choose files."""
        if self.attach_button.isEnabled():
            self._attacher.choose()

    def add_files(self, paths: list[Path]) -> None:
        """Take files along."""
        self._attacher.add_files(paths)

    def _edited(self) -> None:
        if self._filling:
            return
        if self._conversation_id is not None and not self._sending:
            attempt = self._attempts.get(self._conversation_id)
            if attempt is not None and attempt[0] != self._written():
                del self._attempts[self._conversation_id]  # another message from now on
        self._refresh()
        self._keeper.touch()
        self._check_timer.start()

    def _channel_picked(self) -> None:
        self._by_hand = True
        self.window_label.show_option(self.picker.current)
        self._fill(self.editor.text, self.chips.files)  # another channel has other warnings
        self._edited()

    # Sending

    def send(self) -> None:
        """Queue what was written; afterwards it can be taken back for some seconds (C07)."""
        option, problem = self.picker.current, self.adviser.problem()
        if self._sending or self._conversation_id is None or option is None:
            return
        if problem:
            set_tip(self.send_button, problem)
            self.show_hint(problem)
            return
        decision = self.gate.decision
        if decision is not None and decision.kind is GateKind.CONFIRM and decision.code not in self._confirmed:
            self.gate.ask()
            return
        if self.newcomer.holds(self._services.clock(), in_sight=self.end_in_sight()):
            return
        outgoing = Outgoing(
            conversation_id=self._conversation_id,
            text=self.editor.text,
            files=self.chips.files,
            option=option,
            client_uuid=self._client_uuid(self._conversation_id),
        )
        self._sending = True
        self._keeper.hand_over(self._conversation_id)
        self._fill("", ())
        self._sender.send(outgoing, confirmed=frozenset(self._confirmed))

    def _client_uuid(self, conversation_id: ConversationId) -> str:
        """Return the id of what is in the field: the same again as long as it is unchanged, as an error does not
        prove that the store has not taken it."""
        content, known = self._written(), self._attempts.get(conversation_id)
        client_uuid = known[1] if known is not None and known[0] == content else str(uuid.uuid4())
        self._attempts[conversation_id] = (content, client_uuid)
        return client_uuid

    def _written(self) -> _Content:
        option = self.picker.current
        where = (option.channel.id, option.address.id) if option is not None else None
        return self.editor.text, tuple(str(file.path) for file in self.chips.files), where

    def _queued(self, message: Message, outgoing: Outgoing) -> None:
        self._sending = False
        self._attempts.pop(outgoing.conversation_id, None)
        if not self._keeper.typed_since(outgoing.conversation_id):
            if outgoing.conversation_id == self._conversation_id:
                self._fill("", ())  # it came back as the draft
            self._keeper.clear(outgoing.conversation_id)
        self._confirmed.clear()
        self.newcomer.settle()
        self.gate.show_decision(None)
        self.queued.emit(message)
        self._refresh()

    def _taken_back(self, outgoing: Outgoing) -> None:
        if outgoing.conversation_id == self._conversation_id:
            self._restore(outgoing)
            self.editor.setFocus()
        else:
            self._keep(outgoing)

    def _keep(self, outgoing: Outgoing) -> None:
        content = DraftContent(text=outgoing.text, attachment_paths=outgoing.paths)
        self._keeper.take_back(outgoing.conversation_id, content)

    def undo(self) -> bool:
        """Take back the newest message while that is possible; False when there is none (K27)."""
        return self._sender.undo()

    def _refused(self, outgoing: Outgoing, error: InboxError) -> None:
        """Put everything back and say why; what was typed meanwhile stays behind it."""
        self._sending = False
        if outgoing.conversation_id == self._conversation_id:
            self._restore(outgoing)
            decision = getattr(error, "decision", None)
            if decision is not None:
                self.gate.show_decision(decision)
                self.gate.ask()
                self._refresh()
                return
        else:
            self._keep(outgoing)
        self._tasks.failed.emit(error)

    def _restore(self, outgoing: Outgoing) -> None:
        typed = self.editor.text if self._keeper.typed_since(outgoing.conversation_id) else ""
        again = typed in ("", outgoing.text)  # it may have come back as the draft already
        text = outgoing.text if again else f"{outgoing.text}\n{typed}"
        others = (file for file in self.chips.files if file not in outgoing.files)
        self._fill(text, (*outgoing.files, *others))
        self._edited()

    # What may be sent

    def _start_check(self) -> None:
        option = self.picker.current
        if self._conversation_id is not None and option is not None:
            self._tasks.start(self._check(self._conversation_id, option))
        elif self._conversation_id is not None:
            self.gate.show_decision(no_channel())
        self._refresh()

    async def _check(self, conversation_id: ConversationId, option: "ReplyOption") -> None:
        decision = await self._services.outbox.check(
            conversation_id,
            channel_id=option.channel.id,
            address_id=option.address.id,
            text=self.editor.text.strip() or _ANY_TEXT,
            attachment_paths=tuple(str(file.path) for file in self.chips.files),
        )
        hours = self._services.blocked_time
        untimely = await hours.warning(conversation_id, option.address.id) if hours is not None else ""
        if conversation_id == self._conversation_id and option is self.picker.current:
            self.adviser.untimely = untimely
            agreed = decision.kind is GateKind.CONFIRM and decision.code in self._confirmed
            self.gate.show_decision(None if agreed else decision)
            self._refresh()

    def _agreed(self, code: str) -> None:
        self._confirmed.add(code)
        self.editor.setFocus()  # before its button goes, or the focus would jump to the next one
        self.gate.show_decision(None)
        self._refresh()
        self.send()

    def _refresh(self) -> None:
        self.editor.setReadOnly(self._conversation_id is None)
        self.adviser.refresh(sending=self._sending)

    def _use_settings(self) -> None:
        self.editor.send_key = SEND_WITH.parse(self._services.settings.get(SEND_WITH))
        self._refresh()

    def _hear(self, event: Event) -> None:
        if isinstance(event, SettingChanged):
            self._use_settings()
        elif isinstance(event, SnippetsChanged):
            self.snippets.popup.forget()
        elif self._conversation_id is None:
            return
        elif isinstance(event, MessageReceived) and event.conversation_id == self._conversation_id:
            if self.editor.text.strip():
                self.newcomer.came(self._services.clock())
            self._tasks.start(self._reload_options(self._conversation_id))
        elif isinstance(event, ContactChanged | FieldsChanged):
            self._tasks.start(self._reload_facts(self._conversation_id))
            if isinstance(event, ContactChanged):  # an address may have come, gone, or moved to the front
                self._tasks.start(self._reload_options(self._conversation_id))
            self._check_timer.start()
        elif isinstance(event, ChannelChanged):
            self._tasks.start(self._reload_options(self._conversation_id))

    async def _reload_options(self, conversation_id: ConversationId) -> None:
        options = await self._services.channels.reply_options(conversation_id)
        if conversation_id == self._conversation_id:
            current = self.picker.current
            self._show_options(options, current.channel.id if current is not None and self._by_hand else None)
            self._start_check()

    async def _reload_facts(self, conversation_id: ConversationId) -> None:
        facts = await self._services.variables.facts(conversation_id)
        if conversation_id == self._conversation_id:
            self._take_facts(facts)
            self._refresh()
