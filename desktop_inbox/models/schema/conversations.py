"""Tables of what was said."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

from .base import metadata, partial

# The order of the list, and what counting looks at, so that neither touches the table.
_LIST_ORDER = ("place_id", "id", "unread_count")
_OPEN = "archived_at IS NULL AND snoozed_at IS NULL"
_COUNTED = (*_LIST_ORDER, "status", "assignee_id", "snoozed_at")

STATUSES = (
    "'received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered',"
    " 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled'"
)

# Where a message lies (FEATURES 1.7); worked out by the database, so it cannot differ from the facts.
FOLDER = (
    "CASE WHEN direction = 'in' THEN CASE visibility WHEN 'archived' THEN 'archived'"
    " WHEN 'visible' THEN CASE WHEN flow_id IS NULL THEN 'inbox' ELSE 'flows' END END"
    " WHEN status IN ('held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown') THEN 'outbox'"
    " WHEN status IN ('accepted', 'sent', 'delivered', 'read') THEN 'sent'"
    " WHEN status IN ('failed', 'undelivered', 'blocked', 'expired') THEN 'failed' END"
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("status", String(20), nullable=False, server_default="pending"),
    Column("assignee_id", ForeignKey("users.id")),
    Column("snoozed_until", UtcDateTime),
    Column("archived_at", UtcDateTime),
    Column("unread_count", Integer, nullable=False, server_default="0"),
    Column("read_up_to_id", BigInteger, nullable=False, server_default="0"),
    # What the list paints, kept in the same transaction as the entry it describes.
    Column("last_entry_id", BigInteger, nullable=False, server_default="0"),
    Column("last_direction", String(3)),
    Column("last_status", String(20)),
    Column("last_kind", String(20), nullable=False, server_default="text"),
    Column("snippet", Text, nullable=False, server_default=""),
    Column("last_channel_id", ForeignKey("channels.id")),
    Column("last_inbound_id", BigInteger, nullable=False, server_default="0"),
    Column("last_inbound_channel_id", ForeignKey("channels.id")),
    Column("last_inbound_address_id", BigInteger),
    Column("waiting_since", UtcDateTime),
    Column("window_ends_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    # Place in the list: the last message or call, or the moment a snooze ended; pinned ones lie above all others.
    Column("place_id", BigInteger, nullable=False, server_default="0"),
    Column("pinned", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("priority", Integer, nullable=False, server_default="0"),
    # Snoozed while this is set; without `snoozed_until` until the contact writes.
    Column("snoozed_at", UtcDateTime),
    Column("returned_at", UtcDateTime),  # a snooze ran out, and nobody has looked since
    Column("first_entry_id", BigInteger, nullable=False, server_default="0"),
    Column("last_outbound_id", BigInteger, nullable=False, server_default="0"),
    Column("last_sender_kind", String(20)),
    Column("last_replied_by_id", BigInteger),  # the user who wrote last
    Column("message_count", Integer, nullable=False, server_default="0"),
    CheckConstraint("status IN ('pending', 'done')", name="status"),
    CheckConstraint("unread_count >= 0", name="unread_count"),
    CheckConstraint("priority BETWEEN 0 AND 4", name="priority"),
    CheckConstraint("snoozed_until IS NULL OR snoozed_at IS NOT NULL", name="snoozed"),
    # Counts of views that are most of the table read this index alone.
    partial(
        "ix_conversations_active", *_LIST_ORDER, "status", "assignee_id", "snoozed_at", where="archived_at IS NULL"
    ),
    partial("ix_conversations_mine", "assignee_id", *_LIST_ORDER, where=f"{_OPEN} AND assignee_id IS NOT NULL"),
    partial("ix_conversations_new", *_LIST_ORDER, where=f"{_OPEN} AND status = 'pending' AND assignee_id IS NULL"),
    partial("ix_conversations_snoozed", *_LIST_ORDER, where="archived_at IS NULL AND snoozed_at IS NOT NULL"),
    partial("ix_conversations_snooze_due", "snoozed_until", where="snoozed_until IS NOT NULL"),
    partial("ix_conversations_unread", *_LIST_ORDER, where="archived_at IS NULL AND unread_count > 0"),
    partial("ix_conversations_waiting", *_LIST_ORDER, where="archived_at IS NULL AND waiting_since IS NOT NULL"),
    partial(
        "ix_conversations_failed",
        *_LIST_ORDER,
        where="archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired')",
    ),
    partial("ix_conversations_archived", *_LIST_ORDER, where="archived_at IS NOT NULL"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("text", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("channel_id", ForeignKey("channels.id")),
    Column("address_id", BigInteger),
    Column("sender_kind", String(20), nullable=False),
    Column("sender_id", BigInteger),
    Column("client_uuid", String(36)),
    Column("provider_message_id", Text),
    Column("segments", Integer, nullable=False, server_default="1"),
    Column("outside_window", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("queued_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("read_at", UtcDateTime),
    Column("failed_at", UtcDateTime),
    Column("error_origin", String(10)),
    Column("error_code", Text, nullable=False, server_default=""),
    Column("error_text", Text, nullable=False, server_default=""),
    # Of inbound messages only, and never the same as the conversation's archive (FEATURES C4).
    Column("visibility", String(10), nullable=False, server_default="visible"),
    Column("flow_id", BigInteger),  # the flow that took it; stamped at receipt, never worked out anew (S1-12)
    Column("batch_id", BigInteger),  # None: a batch of one
    Column("folder", String(10), Computed(FOLDER, persisted=True)),
    Index("ix_messages_conversation_id_id", "conversation_id", "id"),
    partial("ix_messages_folder", "folder", "id", where="folder IS NOT NULL"),
    partial("ix_messages_sent_at", "sent_at", "id", where="folder = 'sent'"),
    partial("ix_messages_batch_id", "batch_id", "status", where="batch_id IS NOT NULL"),
    partial("uq_messages_client_uuid", "client_uuid", where="client_uuid IS NOT NULL", unique=True),
    partial(
        "uq_messages_provider_message_id",
        "channel_id",
        "provider_message_id",
        where="provider_message_id IS NOT NULL",
        unique=True,
    ),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint(f"status IN ({STATUSES})", name="status"),
    CheckConstraint("(direction = 'in') = (status = 'received')", name="direction_status"),
    CheckConstraint("direction = 'in' OR client_uuid IS NOT NULL", name="client_uuid"),
    CheckConstraint("status NOT IN ('sent', 'delivered', 'read') OR sent_at IS NOT NULL", name="sent_at"),
    CheckConstraint("status NOT IN ('failed', 'blocked', 'unknown') OR error_text <> ''", name="reason"),
    CheckConstraint(
        "visibility IN ('visible', 'archived', 'deleted') AND (direction = 'in' OR visibility = 'visible')",
        name="visibility",
    ),
    CheckConstraint("visibility <> 'deleted' OR text = ''", name="deleted"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("state", String(20), nullable=False),
    Column("sha256", String(64), nullable=False, server_default=""),
    Column("media_type", Text, nullable=False, server_default="application/octet-stream"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("original_name", Text, nullable=False, server_default=""),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    Column("reference", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("fetch_attempts", Integer, nullable=False, server_default="0"),
    Column("fetch_due_at", UtcDateTime),
    CheckConstraint("state IN ('pending', 'ready', 'refused', 'failed')", name="state"),
    CheckConstraint("state <> 'ready' OR sha256 <> ''", name="ready"),
    partial("ix_attachments_pending", "fetch_due_at", where="state = 'pending'"),
)

conversation_events = Table(
    "conversation_events",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor_kind", String(20), nullable=False),
    Column("actor_id", BigInteger),
    Column("actor_name", Text, nullable=False, server_default=""),
    Column("details", JsonText, nullable=False),
    Index("ix_conversation_events_conversation_id_id", "conversation_id", "id"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("status", String(20), nullable=False),
    Column("duration_seconds", Integer, nullable=False, server_default="0"),
    Column("provider_call_id", Text, nullable=False),
    Column("reason", String(20), nullable=False, server_default=""),  # busy, no_answer, machine, provider
    Index("ix_calls_conversation_id_id", "conversation_id", "id"),
    UniqueConstraint("channel_id", "provider_call_id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("attachment_paths", Text, nullable=False, server_default="[]"),  # JSON list
    Column("channel_id", BigInteger),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("comment", Text, nullable=False, server_default=""),  # what was typed for colleagues only
)

# For colleagues only. Nothing that sends reads this table.
comments = Table(
    "comments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("author_kind", String(20), nullable=False),
    Column("author_id", BigInteger),
    Column("author_name", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False),
    Column("text_key", Text, nullable=False),  # folded
    Column("edited_at", UtcDateTime),
    Index("ix_comments_conversation_id_id", "conversation_id", "id"),
    CheckConstraint("author_kind IN ('user', 'external')", name="author_kind"),
    CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text"),
)

comment_mentions = Table(
    "comment_mentions",
    metadata,
    Column("comment_id", ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
    Column("seen_at", UtcDateTime),
)
