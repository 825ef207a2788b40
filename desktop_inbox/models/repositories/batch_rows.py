"""Rows of ``batches`` and ``batch_recipients`` as entities."""

from desktop_inbox.models.entities.batch import (
    Batch,
    BatchKind,
    BatchStatus,
    Recipient,
    RecipientState,
    files_from_json,
    options_from_json,
)
from desktop_inbox.models.entities.ids import (
    AddressId,
    BatchId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    TeamId,
    UserId,
)

from .base import AnyRow


def to_batch(row: AnyRow) -> Batch:
    """Return the entity of a row of ``batches``."""
    return Batch(
        id=BatchId(row.id),
        code=row.code,
        kind=BatchKind(row.kind),
        name=row.name,
        status=BatchStatus(row.status),
        reason=row.reason,
        text=row.text,
        files=files_from_json(row.files),
        options=options_from_json(row.options),
        file_name=row.file_name,
        channel_id=ChannelId(row.channel_id),
        team_id=None if row.team_id is None else TeamId(row.team_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
        schedule_id=row.schedule_id,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        stopped_by_id=None if row.stopped_by_id is None else UserId(row.stopped_by_id),
        filled=row.filled_at is not None,
    )


def to_recipient(row: AnyRow) -> Recipient:
    """Return the entity of a row of ``batch_recipients``."""
    return Recipient(
        id=row.id,
        batch_id=BatchId(row.batch_id),
        state=RecipientState(row.state),
        contact_id=None if row.contact_id is None else ContactId(row.contact_id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        address_id=None if row.address_id is None else AddressId(row.address_id),
        reason_code=row.reason_code,
        reason=row.reason,
        message_id=None if row.message_id is None else EntryId(row.message_id),
        line=row.line,
        variables=row.variables,
    )
