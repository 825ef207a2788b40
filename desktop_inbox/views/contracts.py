"""What the window expects of the panes it arranges."""

from typing import Protocol

from PySide6.QtCore import SignalInstance

from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ContactId, ConversationId, EntryId


class ConversationView(Protocol):
    """Header, timeline and composer of the open conversation (views/panes/conversation.py)."""

    conversation_left: SignalInstance  # (conversation id: object), after its draft was handed over

    def open_conversation(self, summary: ConversationSummary, around: EntryId | None = None) -> None:
        """Show a conversation, at ``around`` (highlighted) or at its first unread message."""

    def close_conversation(self) -> None:
        """Show the empty state."""

    def conversation_id(self) -> ConversationId | None:
        """Return the id of the open conversation."""

    def focus_composer(self, text: str = "") -> None:
        """Move the focus to the composer and type ``text`` there (K24)."""

    def focus_timeline(self) -> None:
        """Move the focus to the message list (K08)."""

    def find(self) -> None:
        """Open the search inside the conversation (K04)."""

    def find_next(self) -> None:
        """Go to the next hit (K04)."""

    def find_previous(self) -> None:
        """Go to the previous hit (K04)."""

    def attach(self) -> None:
        """Choose files to attach (K20)."""

    def send(self) -> None:
        """Send what the composer holds."""

    def escape(self) -> bool:
        """Take one step of the Esc ladder inside the pane; False when nothing was left to do (K10)."""

    def undo(self) -> bool:
        """Take back what can still be taken back, such as a message within its undo time (K27)."""


class DetailsView(Protocol):
    """The contact details (views/panes/details.py)."""

    def show_contact(self, contact_id: ContactId | None) -> None:
        """Show a contact, or nothing."""
