"""Drafts: one per conversation and user."""

import json

from sqlalchemy import ColumnElement, delete, insert, select, update

from desktop_inbox.events import DraftChanged
from desktop_inbox.models.entities.conversation import Draft
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, UserId
from desktop_inbox.models.schema import drafts

from .base import Repository


class DraftRepository(Repository):
    """What users typed and did not send."""

    def get(self, conversation_id: ConversationId, user_id: UserId) -> Draft | None:
        """The draft, or None."""
        row = self._connection.execute(select(drafts).where(_here(conversation_id, user_id))).first()
        if row is None:
            return None
        return Draft(
            conversation_id=conversation_id,
            user_id=user_id,
            text=row.text,
            attachment_paths=tuple(json.loads(row.attachment_paths)),
            channel_id=None if row.channel_id is None else ChannelId(row.channel_id),
            updated_at=row.updated_at,
        )

    def save(
        self,
        conversation_id: ConversationId,
        user_id: UserId,
        text: str,
        *,
        attachment_paths: tuple[str, ...] = (),
        channel_id: ChannelId | None = None,
    ) -> None:
        """Keep a draft; an empty one is removed."""
        here = _here(conversation_id, user_id)
        if not text.strip() and not attachment_paths:
            self._connection.execute(delete(drafts).where(here))
        else:
            values = {
                "text": text,
                "attachment_paths": json.dumps(attachment_paths),
                "channel_id": channel_id,
                "updated_at": self._work.now(),
            }
            if self._connection.execute(update(drafts).where(here).values(**values)).rowcount == 0:
                self._connection.execute(
                    insert(drafts).values(conversation_id=conversation_id, user_id=user_id, **values)
                )
        self._work.announce(DraftChanged(conversation_id=conversation_id, user_id=user_id))


def _here(conversation_id: ConversationId, user_id: UserId) -> ColumnElement[bool]:
    return (drafts.c.conversation_id == conversation_id) & (drafts.c.user_id == user_id)
