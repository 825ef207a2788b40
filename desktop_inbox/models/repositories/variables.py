"""What texts may say of a contact and of who looks after them."""

from collections.abc import Sequence

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

    def fields_of(self, contact_ids: Sequence[ContactId]) -> dict[ContactId, dict[str, str]]:
        """Every field of the office with each contact's value; "" where it has none."""
        slugs = {row.id: row.slug for row in self._connection.execute(select(custom_fields.c.id, custom_fields.c.slug))}
        found = {key: dict.fromkeys(slugs.values(), "") for key in contact_ids}
        values = contact_field_values.c
        query = select(values.contact_id, values.field_id, values.value).where(values.contact_id.in_(list(contact_ids)))
        for row in self._connection.execute(query) if slugs else ():
            found[ContactId(row.contact_id)][slugs[row.field_id]] = row.value or ""
        return found

    def assignees(self, conversation_ids: Sequence[ConversationId]) -> dict[ConversationId, User]:
        """Who looks after conversations; those that nobody has are absent."""
        here = conversations.c
        query = select(here.id, here.assignee_id).where(
            here.id.in_(list(conversation_ids)), here.assignee_id.is_not(None)
        )
        rows = self._connection.execute(query).all()
        users = {key: self._work.users.get(UserId(key)) for key in {row.assignee_id for row in rows}}
        return {ConversationId(row.id): user for row in rows if (user := users[row.assignee_id]) is not None}
