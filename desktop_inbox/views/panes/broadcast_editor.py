"""BroadcastEditor: the text of a broadcast, with variables, snippets, emoji and files; the composer's parts."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.snippet import Snippet, SnippetLibrary
from desktop_inbox.services.variables import VariableFacts
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.panes.attacher import Attacher
from desktop_inbox.views.panes.attachment_chips import AttachmentChips
from desktop_inbox.views.panes.choice_popup import ChoicePopup, Offer
from desktop_inbox.views.panes.emoji_picker import EmojiPicker
from desktop_inbox.views.panes.message_editor import MessageEditor
from desktop_inbox.views.panes.variable_completion import VariableCompletion
from desktop_inbox.views.panes.variable_highlighter import VariableHighlighter
from desktop_inbox.views.plain import PlainLabel, one_line, plain_name, set_tip
from desktop_inbox.views.preferences import SendWith
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_NO_CONVERSATION = ConversationId(0)  # what is attached belongs to none


class SnippetChoice(ChoicePopup):
    """Type some words of a snippet, pick it."""

    def __init__(self, library: SnippetLibrary, parent: QWidget) -> None:
        super().__init__("Snippets", "", parent)
        self._library = library
        self.box.setPlaceholderText(self.tr("Find a snippet"))

    def offers(self, text: str) -> Sequence[Offer]:
        """Return what fits."""
        return [
            Offer(title=plain_name(one.name), value=one, hint=one_line(one.text)[:60])
            for one in self._library.find(text)[:40]
        ]


class BroadcastEditor(QFrame):
    """``changed`` tells that text or files are others."""

    changed = Signal()

    def __init__(self, services: Services, tasks: Tasks, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self._names: tuple[str, ...] = ()
        self.editor = MessageEditor()
        self.editor.send_key = SendWith.CTRL_ENTER
        self.editor.setObjectName("broadcast-text")
        self.editor.setAccessibleName("Text of the broadcast")
        self.editor.setPlaceholderText(self.tr("Hi $contact.firstname|there, …"))
        self.editor.setMinimumHeight(theme().px(88))
        self.highlighter = VariableHighlighter(self.editor.document())
        self.completion = VariableCompletion(self.editor)
        self.chips = AttachmentChips(formats)
        self.attacher = Attacher(services, tasks, self.chips, lambda: None, self)
        self.attacher.conversation_id = _NO_CONVERSATION
        self.emoji = EmojiPicker(tasks, self)
        self.counter = PlainLabel(kind="small", wrap=True)
        self.emoji_button = self._quiet("smile", self.tr("Insert emoji"))
        self.snippet_button = self._quiet("chevrons-right", self.tr("Insert a snippet"))
        self.variable_button = self._quiet("at-sign", self.tr("Insert a variable"))
        self.attach_button = self._quiet("paperclip", self.tr("Attach files"))
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.variable_button, self.emoji_button, self.snippet_button, self.attach_button):
            row.addWidget(button)
        row.addWidget(self.counter, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for widget in (self.chips, self.editor):
            box.addWidget(widget)
        box.addLayout(row)
        self._connect()

    def _connect(self) -> None:
        self.editor.textChanged.connect(self.changed)
        self.chips.changed.connect(self.changed)
        self.chips.emptied.connect(self.editor.setFocus)
        self.editor.files_given.connect(self.attacher.add_files)
        self.editor.picture_given.connect(self.attacher.add_picture)
        self.emoji_button.clicked.connect(lambda: self.emoji.open_above(self.emoji_button))
        self.emoji.picked.connect(self.editor.insertPlainText)
        self.emoji.closed.connect(self.editor.setFocus)
        self.snippet_button.clicked.connect(
            lambda: self._tasks.start(self._services.snippets.library(), on_result=self._offer, name="snippets")
        )
        self.variable_button.clicked.connect(self._begin_variable)
        self.attach_button.clicked.connect(self.attacher.choose)

    @property
    def text(self) -> str:
        """What is written."""
        return self.editor.text

    def paths(self) -> tuple[str, ...]:
        """Return the files that go along, as they are staged."""
        return tuple(str(file.path) for file in self.chips.files)

    def offer_names(self, names: Sequence[str]) -> None:
        """Complete and mark these variables."""
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self.completion.show_names([f"${name}" if not name.startswith("$") else name for name in names])
        known = VariableFacts(values={name.removeprefix("$"): "…" for name in names})
        self.editor.blockSignals(True)  # marking words counts as a change of the text for Qt
        self.highlighter.show_facts(known)
        self.editor.blockSignals(False)

    async def restore(self, text: str, paths: Sequence[str]) -> None:
        """Show what was kept, before what was typed meanwhile; a file that is gone is told and left out."""
        for path in paths:
            for file in await self.attacher.stage(Path(path), name=Path(path).name):
                self.attacher.show(file)
        self.editor.restart(text + self.text)

    def clear(self) -> None:
        """Begin anew."""
        self.editor.restart("")
        self.chips.clear()

    def _begin_variable(self) -> None:
        self.editor.setFocus()
        self.editor.insertPlainText("$contact.")

    def _offer(self, library: SnippetLibrary) -> None:
        popup = SnippetChoice(library, self)
        popup.picked.connect(self._insert)
        popup.open_under(self.snippet_button)

    def _insert(self, snippet: Snippet) -> None:
        self.editor.insertPlainText(snippet.text)
        self.editor.setFocus()

    def _quiet(self, icon: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=20)
        return button
