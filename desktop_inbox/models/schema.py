"""The tables. Both databases have the same columns, constraints and indexes.

Guarantees that must hold whatever the program does are constraints here (RELIABILITY 4.5), not checks in
code. Full-text tables differ by database and are made by the migrations (see ``search``).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)

from .types import BigId, JsonText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _partial(name: str, *columns: str | TextClause, where: str, unique: bool = False) -> Index:
    """Return an index over the rows that satisfy ``where``, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


users = Table(
    "users",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("role IN ('administrator', 'agent')", name="role"),
)

settings = Table(
    "settings",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # 0: the whole workspace
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),  # JSON
)

channels = Table(
    "channels",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("settings", JsonText, nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
    Column("cursor", Text, nullable=False, server_default=""),
    Column("last_fetch_at", UtcDateTime),
    Column("cool_until", UtcDateTime),
    Column("circuit_until", UtcDateTime),
    Column("circuit_opened_at", UtcDateTime),
    Column("circuit_failures", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("state IN ('active', 'paused', 'broken', 'removed')", name="state"),
)

# One poller per channel: who holds the lease fetches, the others read what it stored.
channel_pollers = Table(
    "channel_pollers",
    metadata,
    Column("channel_id", ForeignKey("channels.id"), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("opt_in", String(20), nullable=False, server_default="opted_in"),
    Column("opt_in_changed_at", UtcDateTime),
    Column("looks_opted_out", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("blocked", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("language", String(35), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("opt_in IN ('opted_in', 'opted_out')", name="opt_in"),
)

contact_addresses = Table(
    "contact_addresses",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scheme", String(20), nullable=False),
    Column("path", Text, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("opt_in", String(20), nullable=False, server_default="opted_in"),
    Column("carrier_blocked", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("scheme", "path"),
    CheckConstraint("opt_in IN ('opted_in', 'opted_out')", name="opt_in"),
    CheckConstraint("path <> ''", name="path"),
)

# Names and addresses of a contact without case and accents, for finding any part of them.
contact_texts = Table(
    "contact_texts",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
)

# The order of the list, and what counting looks at, so that neither touches the table.
_LIST_ORDER = ("last_entry_id", "id", "unread_count")

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
    CheckConstraint("status IN ('pending', 'done')", name="status"),
    CheckConstraint("unread_count >= 0", name="unread_count"),
    _partial("ix_conversations_active", *_LIST_ORDER, where="archived_at IS NULL"),
    _partial("ix_conversations_unread", *_LIST_ORDER, where="archived_at IS NULL AND unread_count > 0"),
    _partial("ix_conversations_waiting", *_LIST_ORDER, where="archived_at IS NULL AND waiting_since IS NOT NULL"),
    _partial(
        "ix_conversations_failed",
        *_LIST_ORDER,
        where="archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired')",
    ),
    _partial("ix_conversations_archived", *_LIST_ORDER, where="archived_at IS NOT NULL"),
)

_STATUSES = (
    "'received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered',"
    " 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled'"
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
    Index("ix_messages_conversation_id_id", "conversation_id", "id"),
    _partial("uq_messages_client_uuid", "client_uuid", where="client_uuid IS NOT NULL", unique=True),
    _partial(
        "uq_messages_provider_message_id",
        "channel_id",
        "provider_message_id",
        where="provider_message_id IS NOT NULL",
        unique=True,
    ),
    CheckConstraint("direction IN ('in', 'out')", name="direction"),
    CheckConstraint(f"status IN ({_STATUSES})", name="status"),
    CheckConstraint("(direction = 'in') = (status = 'received')", name="direction_status"),
    CheckConstraint("direction = 'in' OR client_uuid IS NOT NULL", name="client_uuid"),
    CheckConstraint("status NOT IN ('sent', 'delivered', 'read') OR sent_at IS NOT NULL", name="sent_at"),
    CheckConstraint("status NOT IN ('failed', 'blocked', 'unknown') OR error_text <> ''", name="reason"),
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
    _partial("ix_attachments_pending", "fetch_due_at", where="state = 'pending'"),
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
    Index("ix_calls_conversation_id_id", "conversation_id", "id"),
    UniqueConstraint("channel_id", "provider_call_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("conversation_id", BigInteger, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("address_id", BigInteger, nullable=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("idem_key", String(36), nullable=False, unique=True),
    Column("priority", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("requeued", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("sending_since", UtcDateTime),
    Column("unknown_since", UtcDateTime),
    Column("look_due_at", UtcDateTime),  # next reconcile
    Column("empty_looks", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("on_unknown", String(20), nullable=False, server_default="reconcile"),
    Column("provider_message_id", Text),
    Column("evidence", Text),  # a provider id that came too late for its fence
    Column("confirmed", Text, nullable=False, server_default=""),  # what the sender was warned of, comma-separated
    CheckConstraint(f"state IN ({_STATUSES}) AND state <> 'received'", name="state"),
    CheckConstraint(
        "(state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)", name="lease"
    ),
    CheckConstraint("state <> 'accepted' OR provider_message_id IS NOT NULL", name="accepted"),
    CheckConstraint("state NOT IN ('failed', 'blocked', 'unknown') OR reason IS NOT NULL", name="reason"),
    # One message of a conversation in flight at a time: order is kept by the database.
    _partial("uq_outbox_in_flight", "conversation_id", where="state IN ('claimed', 'sending')", unique=True),
    _partial(
        "ix_outbox_due",
        text("priority DESC"),
        "due_at",
        "id",
        where="state IN ('queued', 'retry_wait')",
    ),
    _partial(
        "ix_outbox_open",
        "conversation_id",
        "message_id",
        where="state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown')",
    ),
    _partial(
        "ix_outbox_unfinished", "channel_id", "state", where="state IN ('accepted', 'sent', 'unknown', 'sending')"
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("outbox_id", ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(20)),
    Column("http_status", Integer),
    Column("provider_code", Text, nullable=False, server_default=""),
    Column("error_text", Text, nullable=False, server_default=""),
    Column("request_hash", String(64), nullable=False, server_default=""),
)

receipts = Table(
    "receipts",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("provider_receipt_key", String(200), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Receipts that came before the id they speak of was bound.
receipt_inbox = Table(
    "receipt_inbox",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("provider_message_id", Text, nullable=False),
    Column("provider_receipt_key", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("error_code", Text, nullable=False, server_default=""),
    Column("error_text", Text, nullable=False, server_default=""),
    UniqueConstraint("channel_id", "provider_message_id", "provider_receipt_key"),
)

# Inbound updates that leave no message (deleted, refused, unreadable) are remembered, so that polling the
# same span again does not bring them back.
inbound_events = Table(
    "inbound_events",
    metadata,
    Column("channel_id", ForeignKey("channels.id"), primary_key=True),
    Column("provider_update_id", String(255), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# Append-only and hash-chained: one chain per writing process, so that writers never wait for each other.
delivery_ledger = Table(
    "delivery_ledger",
    metadata,
    Column("writer", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("message_id", BigInteger, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("details", JsonText, nullable=False),  # never the text of a message
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

ledger_heads = Table(
    "ledger_heads",
    metadata,
    Column("writer", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

consent_ledger = Table(
    "consent_ledger",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("contact_id", BigInteger, nullable=False, index=True),
    Column("address_id", BigInteger),
    Column("status", String(20), nullable=False),
    Column("method", String(20), nullable=False),
    Column("wording", Text, nullable=False, server_default=""),
    Column("message_id", BigInteger),
    Column("user_id", BigInteger),
    Column("scope", String(40), nullable=False, server_default="everything"),
    Column("at", UtcDateTime, nullable=False),
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
)

change_log = Table(
    "change_log",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("instance", String(64), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,  # ids never come again, so a reader's place stays true after pruning
)
