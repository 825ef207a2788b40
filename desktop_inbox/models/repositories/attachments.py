"""Attachments: queries and writes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from desktop_inbox.events import MessageChanged
from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.ids import AttachmentId, EntryId
from desktop_inbox.models.schema import attachments, messages

from .base import AnyRow, Repository

_OF = (
    select(attachments)
    .where(attachments.c.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(attachments.c.message_id, attachments.c.position)
)


class AttachmentRepository(Repository):
    """Files of messages; the bytes are in the attachments folder."""

    def of(self, message_ids: Sequence[int]) -> dict[int, tuple[Attachment, ...]]:
        """Attachments by message id; messages without any are absent."""
        if not message_ids:
            return {}
        found: dict[int, list[Attachment]] = defaultdict(list)
        for row in self._connection.execute(_OF, {"ids": list(message_ids)}):
            found[row.message_id].append(_to_attachment(row))
        return {key: tuple(items) for key, items in found.items()}

    def add(self, message_id: EntryId, **values: Any) -> AttachmentId:
        """Add a row to a message; columns by name."""
        statement = insert(attachments).values(message_id=message_id, **values).returning(attachments.c.id)
        return AttachmentId(self._connection.execute(statement).scalar_one())

    def due(self, at: datetime, *, limit: int = 20) -> tuple[Attachment, ...]:
        """Pending files whose time to be fetched has come, oldest first."""
        query = (
            select(attachments)
            .where(attachments.c.state == AttachmentState.PENDING)
            .where((attachments.c.fetch_due_at.is_(None)) | (attachments.c.fetch_due_at <= at))
            .order_by(attachments.c.id)
            .limit(limit)
        )
        return tuple(_to_attachment(row) for row in self._connection.execute(query))

    def change(self, attachment_id: AttachmentId, **values: Any) -> None:
        """Set columns by name and announce the message."""
        statement = update(attachments).where(attachments.c.id == attachment_id).values(**values)
        message_id = self._connection.execute(statement.returning(attachments.c.message_id)).scalar_one()
        query = select(messages.c.conversation_id).where(messages.c.id == message_id)
        conversation_id = self._connection.execute(query).scalar_one()
        self._work.announce(MessageChanged(message_id=message_id, conversation_id=conversation_id))


def _to_attachment(row: AnyRow) -> Attachment:
    return Attachment(
        id=AttachmentId(row.id),
        message_id=EntryId(row.message_id),
        position=row.position,
        state=AttachmentState(row.state),
        sha256=row.sha256,
        media_type=row.media_type,
        size=row.size,
        original_name=row.original_name,
        width=row.width,
        height=row.height,
        reference=row.reference,
        reason=row.reason,
    )
