"""Tables of what may be said when, and of how messages are filed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

from .base import metadata, partial

# A group of users with its own allowed hours and channels: the "subaccount" of a batch.
teams = Table(
    "teams",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    # {"0": [["08:00", "20:00"]], ...} by weekday, Monday being 0; not `restricted`: those of the office hold
    Column("hours", JsonText, nullable=False),
    Column("restricted", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("recipient_zone", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

# Without any, a team may use every channel.
team_channels = Table(
    "team_channels",
    metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("channel_id", ForeignKey("channels.id"), primary_key=True),
)

holidays = Table(
    "holidays",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("day", Date, nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    Column("yearly", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
)

blocked_terms = Table(
    "blocked_terms",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(10), nullable=False),
    Column("term", String(255), nullable=False),
    Column("term_key", String(255), nullable=False),  # folded; of a link the domain in ASCII
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("created_by_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("kind IN ('word', 'link')", name="kind"),
    CheckConstraint("term_key <> ''", name="term"),
    Index("uq_blocked_terms_term_key", "kind", "term_key", unique=True),
)

# What administrators decided about messages that a term kept back; never changed (S5-26).
term_decisions = Table(
    "term_decisions",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("message_id", BigInteger, nullable=False, index=True),
    Column("term_key", String(255), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("text_hash", String(64), nullable=False, server_default=""),  # this text may leave from now on
    CheckConstraint("decision IN ('allowed', 'kept')", name="decision"),
    partial("ix_term_decisions_text_hash", "text_hash", where="decision = 'allowed'"),
)

# Labels of incoming messages (S1-02).
labels = Table(
    "labels",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

message_labels = Table(
    "message_labels",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("label_id", ForeignKey("labels.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_message_labels_label_id", "label_id", "message_id"),
)

# What was said between us and a provider when something went wrong, without secrets (S1-26).
exchanges = Table(
    "exchanges",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE")),
    Column("attempt_id", ForeignKey("attempts.id", ondelete="CASCADE")),
    Column("at", UtcDateTime, nullable=False),
    Column("elapsed_millis", Integer, nullable=False, server_default="0"),
    Column("request", Text, nullable=False, server_default=""),
    Column("response", Text, nullable=False, server_default=""),
    Column("http_status", Integer),
    Column("error_code", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('send', 'status', 'receive', 'call', 'attachment', 'token')", name="kind"),
    partial("ix_exchanges_message_id", "message_id", where="message_id IS NOT NULL"),
)
