"""Tables of what leaves and arrives, and of the word on it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

from .base import metadata, partial
from .conversations import STATUSES

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
    Column("after_message_id", BigInteger),  # held until the provider has taken that one (S4-22)
    CheckConstraint(f"state IN ({STATUSES}) AND state <> 'received'", name="state"),
    CheckConstraint(
        "(state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)", name="lease"
    ),
    CheckConstraint("state <> 'accepted' OR provider_message_id IS NOT NULL", name="accepted"),
    CheckConstraint("state NOT IN ('failed', 'blocked', 'unknown') OR reason IS NOT NULL", name="reason"),
    # One message of a conversation in flight at a time: order is kept by the database.
    partial("uq_outbox_in_flight", "conversation_id", where="state IN ('claimed', 'sending')", unique=True),
    partial(
        "ix_outbox_due",
        text("priority DESC"),
        "due_at",
        "id",
        where="state IN ('queued', 'retry_wait')",
    ),
    partial(
        "ix_outbox_open",
        "conversation_id",
        "message_id",
        where="state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown')",
    ),
    partial("ix_outbox_unfinished", "channel_id", "state", where="state IN ('accepted', 'sent', 'unknown', 'sending')"),
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
