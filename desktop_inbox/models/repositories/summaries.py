"""One row of the conversation list: its query and its entity."""

from sqlalchemy import and_, bindparam, select

from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, EntryKind, Priority
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction
from desktop_inbox.models.schema import channels, contact_addresses, contacts, conversations, drafts, users

from .base import AnyRow

_C = conversations.c

_first = contact_addresses.alias("first_address")
_FIRST_ADDRESS = (
    select(_first.c.id)
    .where(_first.c.contact_id == _C.contact_id)
    .order_by(_first.c.priority, _first.c.id)
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)

#: Takes ``user_id``, whose drafts are shown; add conditions, order and limit.
SUMMARY = (
    select(
        _C.id,
        _C.contact_id,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.opt_in,
        contacts.c.looks_opted_out,
        contact_addresses.c.scheme,
        contact_addresses.c.path,
        _C.status,
        _C.assignee_id,
        users.c.name.label("assignee_name"),
        _C.unread_count,
        _C.last_entry_id,
        _C.last_direction,
        _C.last_status,
        _C.last_kind,
        _C.snippet,
        _C.last_channel_id,
        channels.c.name.label("channel_name"),
        channels.c.kind.label("channel_kind"),
        drafts.c.text.label("draft"),
        _C.waiting_since,
        _C.snoozed_until,
        _C.archived_at,
        _C.window_ends_at,
        _C.place_id,
        _C.pinned,
        _C.priority,
        _C.snoozed_at,
        _C.returned_at,
    )
    .select_from(conversations)
    .join(contacts, contacts.c.id == _C.contact_id)
    .outerjoin(contact_addresses, contact_addresses.c.id == _FIRST_ADDRESS)
    .outerjoin(channels, channels.c.id == _C.last_channel_id)
    .outerjoin(users, users.c.id == _C.assignee_id)
    .outerjoin(drafts, and_(drafts.c.conversation_id == _C.id, drafts.c.user_id == bindparam("user_id")))
)


def to_summary(row: AnyRow) -> ConversationSummary:
    """Return the entity of a row of the list query."""
    return ConversationSummary(
        id=ConversationId(row.id),
        contact_id=ContactId(row.contact_id),
        name=f"{row.first_name} {row.last_name}".strip() or row.path or "",
        scheme=None if row.scheme is None else Scheme(row.scheme),
        address=row.path or "",
        status=ConversationStatus(row.status),
        opt_in=OptIn(row.opt_in),
        looks_opted_out=row.looks_opted_out,
        assignee_id=None if row.assignee_id is None else UserId(row.assignee_id),
        assignee_name=row.assignee_name or "",
        unread_count=row.unread_count,
        last_entry_id=EntryId(row.last_entry_id),
        last_direction=None if row.last_direction is None else Direction(row.last_direction),
        last_status=None if row.last_status is None else DeliveryStatus(row.last_status),
        last_kind=EntryKind(row.last_kind),
        snippet=row.snippet,
        channel_id=None if row.last_channel_id is None else ChannelId(row.last_channel_id),
        channel_name=row.channel_name or "",
        channel_kind=row.channel_kind or "",
        draft=row.draft or None,  # "": only a comment was typed
        waiting_since=row.waiting_since,
        snoozed_until=row.snoozed_until,
        archived_at=row.archived_at,
        window_ends_at=row.window_ends_at,
        place_id=row.place_id,
        pinned=row.pinned,
        priority=Priority(row.priority),
        snoozed_at=row.snoozed_at,
        returned_at=row.returned_at,
    )
