"""Drafts: one per conversation and user."""

import json
from collections.abc import Mapping
from typing import Any

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
            comment=row.comment,
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
        """Keep a draft; an empty one is removed. What was typed for colleagues stays."""
        empty = not text.strip() and not attachment_paths
        values = {
            "text": "" if empty else text,
            "attachment_paths": json.dumps(attachment_paths),
            "channel_id": None if empty else channel_id,
        }
        self._keep(conversation_id, user_id, values, empty=empty)

    def save_comment(self, conversation_id: ConversationId, user_id: UserId, comment: str) -> None:
        """Keep what was typed for colleagues; the reply that waits there stays."""
        values = {"comment": comment if comment.strip() else ""}
        self._keep(conversation_id, user_id, values, empty=not values["comment"])

    def _keep(
        self, conversation_id: ConversationId, user_id: UserId, values: Mapping[str, Any], *, empty: bool
    ) -> None:
        here = _here(conversation_id, user_id)
        moment = {"updated_at": self._work.now()}
        known = self._connection.execute(update(drafts).where(here).values(**values, **moment)).rowcount
        if not known and not empty:
            whole = {"text": "", **values, **moment}
            self._connection.execute(insert(drafts).values(conversation_id=conversation_id, user_id=user_id, **whole))
        elif empty:
            nothing = (drafts.c.text == "") & (drafts.c.attachment_paths == "[]") & (drafts.c.comment == "")
            self._connection.execute(delete(drafts).where(here & nothing))
        self._work.announce(DraftChanged(conversation_id=conversation_id, user_id=user_id))


def _here(conversation_id: ConversationId, user_id: UserId) -> ColumnElement[bool]:
    return (drafts.c.conversation_id == conversation_id) & (drafts.c.user_id == user_id)
