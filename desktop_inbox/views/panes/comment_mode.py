"""CommentMode: the composer as a place for comments, which nothing on this path can send (K16, S3-74)."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

from .composer_widgets import ComposerWidgets

if TYPE_CHECKING:
    from .comment_box import CommentBox


class CommentMode(QObject):
    """Puts the box for comments, with its own draft, in the place of the reply."""

    def __init__(self, widgets: ComposerWidgets, services: Services, tasks: Tasks, bridge: EventBridge) -> None:
        super().__init__(widgets)
        self._widgets, self._services, self._tasks, self._bridge = widgets, services, tasks, bridge
        self._conversation_id: ConversationId | None = None
        self._box: CommentBox | None = None
        widgets.reply_mode.clicked.connect(lambda: self.choose(comment=False))
        widgets.comment_mode.clicked.connect(lambda: self.choose(comment=True))

    @property
    def box(self) -> "CommentBox":
        """The box, made when it is first wanted."""
        if self._box is None:
            from .comment_box import CommentBox

            self._box = CommentBox(self._services, self._tasks, self._bridge)
            self._box.closed.connect(lambda: self.choose(comment=False))
            self._widgets.layout().addWidget(self._box)  # type: ignore[union-attr]
            self._box.open(self._conversation_id)
        return self._box

    @property
    def active(self) -> bool:
        """Whether comments are written at the moment."""
        return self._widgets.comment_mode.isChecked()

    def open(self, conversation_id: ConversationId) -> None:
        """Another conversation begins with a reply: what is typed without looking must be what most want."""
        self._conversation_id = conversation_id
        if self._box is not None:
            self._box.open(conversation_id)
        self._show(comment=False)

    def toggle(self) -> None:
        """Change the mode (Ctrl+Shift+I)."""
        self.choose(comment=not self.active)

    def choose(self, *, comment: bool) -> None:
        """Write comments, or replies; the focus follows."""
        if self._conversation_id is None:
            return
        self._show(comment=comment)
        (self.box.editor if comment else self._widgets.editor).setFocus()

    def _show(self, *, comment: bool) -> None:
        self._widgets.comment_mode.setChecked(comment)
        self._widgets.reply_mode.setChecked(not comment)
        self._widgets.show_reply(shown=not comment)
        if comment or self._box is not None:
            self.box.setVisible(comment)
