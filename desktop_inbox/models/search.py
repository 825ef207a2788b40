"""The full-text index over messages and contacts."""

from .entities.ids import ContactId, EntryId
from .repositories.base import Repository


class SearchRepository(Repository):
    """Keeps the index in the transaction of what it indexes, and answers queries."""

    def index_message(self, message_id: EntryId, text: str) -> None:
        """Make a message findable."""

    def index_contact(self, contact_id: ContactId) -> None:
        """Make a contact findable by any part of its names and addresses."""
