"""The first schema."""

import sqlalchemy as sa
from alembic import op

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first schema."""
    op.create_table(
        "change_log",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_log")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "channels",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("settings", JsonText(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("cursor", sa.Text(), server_default="", nullable=False),
        sa.Column("last_fetch_at", UtcDateTime(), nullable=True),
        sa.Column("cool_until", UtcDateTime(), nullable=True),
        sa.Column("circuit_until", UtcDateTime(), nullable=True),
        sa.Column("circuit_opened_at", UtcDateTime(), nullable=True),
        sa.Column("circuit_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused', 'broken', 'removed')", name=op.f("ck_channels_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_table(
        "consent_ledger",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.String(length=40), server_default="everything", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_ledger")),
    )
    with op.batch_alter_table("consent_ledger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_ledger_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("opt_in", sa.String(length=20), server_default="opted_in", nullable=False),
        sa.Column("opt_in_changed_at", UtcDateTime(), nullable=True),
        sa.Column("looks_opted_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("language", sa.String(length=35), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("opt_in IN ('opted_in', 'opted_out')", name=op.f("ck_contacts_opt_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "delivery_ledger",
        sa.Column("writer", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("details", JsonText(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("writer", "seq", name=op.f("pk_delivery_ledger")),
    )
    with op.batch_alter_table("delivery_ledger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_ledger_message_id"), ["message_id"], unique=False)

    op.create_table(
        "ledger_heads",
        sa.Column("writer", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_ledger_heads")),
    )
    op.create_table(
        "settings",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_settings")),
    )
    op.create_table(
        "users",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('administrator', 'agent')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "channel_pollers",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_pollers_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_pollers")),
    )
    op.create_table(
        "contact_addresses",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opt_in", sa.String(length=20), server_default="opted_in", nullable=False),
        sa.Column("carrier_blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("opt_in IN ('opted_in', 'opted_out')", name=op.f("ck_contact_addresses_opt_in")),
        sa.CheckConstraint("path <> ''", name=op.f("ck_contact_addresses_path")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_addresses_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_addresses")),
        sa.UniqueConstraint("scheme", "path", name=op.f("uq_contact_addresses_scheme_path")),
    )
    with op.batch_alter_table("contact_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_addresses_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("assignee_id", BigId, nullable=True),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("unread_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read_up_to_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_entry_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_direction", sa.String(length=3), nullable=True),
        sa.Column("last_status", sa.String(length=20), nullable=True),
        sa.Column("last_kind", sa.String(length=20), server_default="text", nullable=False),
        sa.Column("snippet", sa.Text(), server_default="", nullable=False),
        sa.Column("last_channel_id", BigId, nullable=True),
        sa.Column("last_inbound_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_inbound_channel_id", BigId, nullable=True),
        sa.Column("last_inbound_address_id", sa.BigInteger(), nullable=True),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("window_ends_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'done')", name=op.f("ck_conversations_status")),
        sa.CheckConstraint("unread_count >= 0", name=op.f("ck_conversations_unread_count")),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_conversations_assignee_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["last_channel_id"], ["channels.id"], name=op.f("fk_conversations_last_channel_id")),
        sa.ForeignKeyConstraint(
            ["last_inbound_channel_id"], ["channels.id"], name=op.f("fk_conversations_last_inbound_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_conversations_contact_id")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversations_active",
            ["last_entry_id", "id", "unread_count"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "ix_conversations_archived",
            ["last_entry_id", "id", "unread_count"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_conversations_failed",
            ["last_entry_id", "id", "unread_count"],
            unique=False,
            sqlite_where=sa.text(
                "archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired')"
            ),
            postgresql_where=sa.text(
                "archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired')"
            ),
        )
        batch_op.create_index(
            "ix_conversations_unread",
            ["last_entry_id", "id", "unread_count"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL AND unread_count > 0"),
            postgresql_where=sa.text("archived_at IS NULL AND unread_count > 0"),
        )
        batch_op.create_index(
            "ix_conversations_waiting",
            ["last_entry_id", "id", "unread_count"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL AND waiting_since IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NULL AND waiting_since IS NOT NULL"),
        )

    op.create_table(
        "inbound_events",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("provider_update_id", sa.String(length=255), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_inbound_events_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", "provider_update_id", name=op.f("pk_inbound_events")),
    )
    op.create_table(
        "receipt_inbox",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("provider_message_id", sa.Text(), nullable=False),
        sa.Column("provider_receipt_key", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error_text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_receipt_inbox_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_inbox")),
        sa.UniqueConstraint(
            "channel_id",
            "provider_message_id",
            "provider_receipt_key",
            name=op.f("uq_receipt_inbox_channel_id_provider_message_id_provider_receipt_key"),
        ),
    )
    op.create_table(
        "calls",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_call_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_calls_channel_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_calls_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("channel_id", "provider_call_id", name=op.f("uq_calls_channel_id_provider_call_id")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("ix_calls_conversation_id_id", ["conversation_id", "id"], unique=False)

    op.create_table(
        "conversation_events",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("details", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_events_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_events")),
    )
    with op.batch_alter_table("conversation_events", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_events_conversation_id_id", ["conversation_id", "id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachment_paths", sa.Text(), server_default="[]", nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_drafts_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "messages",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("channel_id", BigId, nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("sender_kind", sa.String(length=20), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=True),
        sa.Column("client_uuid", sa.String(length=36), nullable=True),
        sa.Column("provider_message_id", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), server_default="1", nullable=False),
        sa.Column("outside_window", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("error_origin", sa.String(length=10), nullable=True),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error_text", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(direction = 'in') = (status = 'received')", name=op.f("ck_messages_direction_status")),
        sa.CheckConstraint("direction = 'in' OR client_uuid IS NOT NULL", name=op.f("ck_messages_client_uuid")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint(
            "status IN ('received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled')",
            name=op.f("ck_messages_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('failed', 'blocked', 'unknown') OR error_text <> ''", name=op.f("ck_messages_reason")
        ),
        sa.CheckConstraint(
            "status NOT IN ('sent', 'delivered', 'read') OR sent_at IS NOT NULL", name=op.f("ck_messages_sent_at")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_messages_channel_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_conversation_id_id", ["conversation_id", "id"], unique=False)
        batch_op.create_index(
            "uq_messages_client_uuid",
            ["client_uuid"],
            unique=True,
            sqlite_where=sa.text("client_uuid IS NOT NULL"),
            postgresql_where=sa.text("client_uuid IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_messages_provider_message_id",
            ["channel_id", "provider_message_id"],
            unique=True,
            sqlite_where=sa.text("provider_message_id IS NOT NULL"),
            postgresql_where=sa.text("provider_message_id IS NOT NULL"),
        )

    op.create_table(
        "attachments",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="application/octet-stream", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("original_name", sa.Text(), server_default="", nullable=False),
        sa.Column("width", sa.Integer(), server_default="0", nullable=False),
        sa.Column("height", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("fetch_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fetch_due_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state <> 'ready' OR sha256 <> ''", name=op.f("ck_attachments_ready")),
        sa.CheckConstraint("state IN ('pending', 'ready', 'refused', 'failed')", name=op.f("ck_attachments_state")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            "ix_attachments_pending",
            ["fetch_due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("idem_key", sa.String(length=36), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requeued", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("sending_since", UtcDateTime(), nullable=True),
        sa.Column("unknown_since", UtcDateTime(), nullable=True),
        sa.Column("look_due_at", UtcDateTime(), nullable=True),
        sa.Column("empty_looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("on_unknown", sa.String(length=20), server_default="reconcile", nullable=False),
        sa.Column("provider_message_id", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("confirmed", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_outbox_lease"),
        ),
        sa.CheckConstraint("state <> 'accepted' OR provider_message_id IS NOT NULL", name=op.f("ck_outbox_accepted")),
        sa.CheckConstraint(
            "state IN ('received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled') AND state <> 'received'",
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'blocked', 'unknown') OR reason IS NOT NULL", name=op.f("ck_outbox_reason")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_outbox_channel_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_outbox_message_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("idem_key", name=op.f("uq_outbox_idem_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_open",
            ["conversation_id", "message_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown')"),
        )
        batch_op.create_index(
            "ix_outbox_unfinished",
            ["channel_id", "state"],
            unique=False,
            sqlite_where=sa.text("state IN ('accepted', 'sent', 'unknown', 'sending')"),
            postgresql_where=sa.text("state IN ('accepted', 'sent', 'unknown', 'sending')"),
        )
        batch_op.create_index(
            "uq_outbox_in_flight",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('claimed', 'sending')"),
            postgresql_where=sa.text("state IN ('claimed', 'sending')"),
        )

    op.create_table(
        "receipts",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("provider_receipt_key", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_receipts_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "provider_receipt_key", name=op.f("pk_receipts")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("outbox_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("provider_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error_text", sa.Text(), server_default="", nullable=False),
        sa.Column("request_hash", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_attempts_outbox_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempts_outbox_id"), ["outbox_id"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        [sa.text("priority DESC"), "due_at", "id"],
        sqlite_where=sa.text("state IN ('queued', 'retry_wait')"),
        postgresql_where=sa.text("state IN ('queued', 'retry_wait')"),
    )
    op.create_table(
        "contact_texts",
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_texts_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_texts")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _search_of_sqlite()
    else:
        _search_of_postgresql()


def _search_of_sqlite() -> None:
    # Words come cut by us, so the tokenizer only splits at spaces. Row ids are message ids: newest first needs
    # no sort. The index keeps no copy of the words; what is removed is cut again from the message. Beginnings of
    # two and three letters have indexes of their own: a hundred times as fast for half as much space again.
    op.execute(
        "CREATE VIRTUAL TABLE message_search USING fts5("
        "words, conversation, tokenize='ascii', prefix='2 3', content='', columnsize=0)"
    )
    op.execute(
        "CREATE VIRTUAL TABLE contact_search USING fts5("
        "text, tokenize='trigram', content='contact_texts', content_rowid='contact_id', columnsize=0)"
    )


def _search_of_postgresql() -> None:
    op.execute(
        "CREATE TABLE message_search (message_id BIGINT NOT NULL, conversation_id BIGINT NOT NULL,"
        " words TSVECTOR NOT NULL, CONSTRAINT pk_message_search PRIMARY KEY (message_id),"
        " CONSTRAINT fk_message_search_message_id FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE)"
    )
    op.execute("CREATE INDEX ix_message_search_words ON message_search USING gin (words)")
    op.execute("CREATE INDEX ix_message_search_conversation_id ON message_search (conversation_id, message_id)")
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return  # the server does not offer it or not to us: contacts are found without an index, only slower
    op.execute("CREATE INDEX ix_contact_texts_text ON contact_texts USING gin (text gin_trgm_ops)")
