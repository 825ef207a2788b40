"""What texts may say of a contact and of who looks after them."""

from sqlalchemy import select

from desktop_inbox.models.entities.ids import ContactId, ConversationId, UserId
from desktop_inbox.models.entities.user import User
from desktop_inbox.models.schema import contact_field_values, conversations, custom_fields

from .base import Repository


class VariableRepository(Repository):
    """Reads only."""

    def slugs(self) -> tuple[str, ...]:
        """The office's own fields, in their order."""
        query = select(custom_fields.c.slug).order_by(custom_fields.c.position, custom_fields.c.id)
        return tuple(self._connection.execute(query).scalars())

    def fields(self, contact_id: ContactId) -> dict[str, str]:
        """Every field of the office with the contact's value; "" where it has none."""
        query = select(custom_fields.c.slug, contact_field_values.c.value).outerjoin(
            contact_field_values,
            (contact_field_values.c.field_id == custom_fields.c.id) & (contact_field_values.c.contact_id == contact_id),
        )
        return {row.slug: row.value or "" for row in self._connection.execute(query)}

    def assignee(self, conversation_id: ConversationId) -> User | None:
        """Who looks after a conversation, or None."""
        query = select(conversations.c.assignee_id).where(conversations.c.id == conversation_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else self._work.users.get(UserId(found))
