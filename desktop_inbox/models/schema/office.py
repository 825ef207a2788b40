"""Tables of the office itself: staff, settings, channels, and the log of what changed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

users = Table(
    "users",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("team_id", ForeignKey("teams.id")),
    CheckConstraint("role IN ('administrator', 'agent')", name="role"),
)

# Saved filters; a pinned one is a view in the selector.
segments = Table(
    "segments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    Column("filter", JsonText, nullable=False),
    Column("shared", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("pinned", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("broken", Text, nullable=False, server_default=""),  # what it needs and does not exist any more
    Column("created_by_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

snippet_folders = Table(
    "snippet_folders",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("name_key", String(100), nullable=False, unique=True),
    CheckConstraint("name <> ''", name="name"),
)

snippets = Table(
    "snippets",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("folder_id", ForeignKey("snippet_folders.id", ondelete="SET NULL")),
    Column("name", String(100), nullable=False),
    Column("name_key", String(100), nullable=False),
    Column("shortcut", String(50), nullable=False, server_default=""),  # typed after "/"
    Column("text", Text, nullable=False),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("last_used_at", UtcDateTime),
    Column("created_by_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
    partial("uq_snippets_shortcut", "shortcut", where="shortcut <> ''", unique=True),
)

# Files of snippets lie in the attachments folder like those of messages.
snippet_files = Table(
    "snippet_files",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("snippet_id", ForeignKey("snippets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("sha256", String(64), nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("original_name", Text, nullable=False),
)

# What a user did and can take back: the rows before and after.
undo_steps = Table(
    "undo_steps",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("user_id", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("count", Integer, nullable=False),
    Column("image", JsonText, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("details", JsonText, nullable=False),  # what the history says about it, such as the name of a tag
    Column("part_of_id", BigInteger),  # many rows are changed in several transactions: the first one's step
    Index("ix_undo_steps_user_id_id", "user_id", "id"),
    partial("ix_undo_steps_part_of_id", "part_of_id", where="part_of_id IS NOT NULL"),
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
