"""Sending to many, later and in order: folders, labels, batches, schedules, campaigns, reminders, teams, words."""

import sqlalchemy as sa
from alembic import op

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

revision = "0003"
down_revision = "0002"

_FOLDER = (
    "CASE WHEN direction = 'in' THEN CASE visibility WHEN 'archived' THEN 'archived'"
    " WHEN 'visible' THEN CASE WHEN flow_id IS NULL THEN 'inbox' ELSE 'flows' END END"
    " WHEN status IN ('held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown') THEN 'outbox'"
    " WHEN status IN ('accepted', 'sent', 'delivered', 'read') THEN 'sent'"
    " WHEN status IN ('failed', 'undelivered', 'blocked', 'expired') THEN 'failed' END"
)
_VISIBLE = "visibility IN ('visible', 'archived', 'deleted') AND (direction = 'in' OR visibility = 'visible')"

# Both databases add columns with their checks in one statement, without copying the table.
_COLUMNS = (
    ("calls", "reason VARCHAR(20) DEFAULT '' NOT NULL"),
    ("contacts", "zone VARCHAR(64) DEFAULT '' NOT NULL"),
    (
        "messages",
        "visibility VARCHAR(10) DEFAULT 'visible' NOT NULL"
        f" CONSTRAINT ck_messages_visibility CHECK ({_VISIBLE})"
        " CONSTRAINT ck_messages_deleted CHECK (visibility <> 'deleted' OR text = '')",
    ),
    ("messages", "flow_id BIGINT"),
    ("messages", "batch_id BIGINT"),
)

_INDEXES = (
    ("folder", ["folder", "id"], "folder IS NOT NULL"),
    ("sent_at", ["sent_at", "id"], "folder = 'sent'"),
    ("batch_id", ["batch_id", "status"], "batch_id IS NOT NULL"),
)


def upgrade() -> None:
    """Add the tables, the columns, and the folder that the database works out for each message."""
    _new_tables()
    for table, column in _COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    server = op.get_bind().dialect.name == "postgresql"
    op.execute(
        f"ALTER TABLE users ADD COLUMN team_id {'BIGINT' if server else 'INTEGER'}"
        " CONSTRAINT fk_users_team_id REFERENCES teams (id)"
    )
    # PostgreSQL can keep such a column only stored, SQLite can add it only virtual; indexed it is the same.
    op.execute(
        f"ALTER TABLE messages ADD COLUMN folder VARCHAR(10) GENERATED ALWAYS AS ({_FOLDER})"
        f" {'STORED' if server else 'VIRTUAL'}"
    )
    for name, columns, where in _INDEXES:
        condition = sa.text(where)
        op.create_index(f"ix_messages_{name}", "messages", columns, sqlite_where=condition, postgresql_where=condition)


def _new_tables() -> None:
    op.create_table(
        "holidays",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("yearly", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
        sa.UniqueConstraint("day", name=op.f("uq_holidays_day")),
    )
    op.create_table(
        "labels",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_labels_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("name_key", name=op.f("uq_labels_name_key")),
    )
    op.create_table(
        "teams",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("hours", JsonText(), nullable=False),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recipient_zone", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_teams_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name_key", name=op.f("uq_teams_name_key")),
    )
    op.create_table(
        "team_channels",
        sa.Column("team_id", BigId, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_team_channels_channel_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_channels_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", "channel_id", name=op.f("pk_team_channels")),
    )
    op.create_table(
        "blocked_terms",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("term", sa.String(length=255), nullable=False),
        sa.Column("term_key", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('word', 'link')", name=op.f("ck_blocked_terms_kind")),
        sa.CheckConstraint("term_key <> ''", name=op.f("ck_blocked_terms_term")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_blocked_terms_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_terms")),
    )
    op.create_index("uq_blocked_terms_term_key", "blocked_terms", ["kind", "term_key"], unique=True)
    op.create_table(
        "campaigns",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_campaigns_name")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_campaigns_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name_key", name=op.f("uq_campaigns_name_key")),
    )
    op.create_table(
        "reminders",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("field_id", BigId, nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("at_time", sa.String(length=5), server_default="", nullable=False),
        sa.Column("yearly", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("segment", JsonText(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", JsonText(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_reminders_name")),
        sa.CheckConstraint("unit IN ('minutes', 'hours', 'days', 'weeks')", name=op.f("ck_reminders_unit")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_reminders_channel_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_reminders_created_by_id")),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_fields.id"], name=op.f("fk_reminders_field_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("name_key", name=op.f("uq_reminders_name_key")),
    )
    op.create_table(
        "term_decisions",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("term_key", sa.String(length=255), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("text_hash", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("decision IN ('allowed', 'kept')", name=op.f("ck_term_decisions_decision")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_term_decisions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_decisions")),
    )
    op.create_index(op.f("ix_term_decisions_message_id"), "term_decisions", ["message_id"], unique=False)
    op.create_index(
        "ix_term_decisions_text_hash",
        "term_decisions",
        ["text_hash"],
        unique=False,
        sqlite_where=sa.text("decision = 'allowed'"),
        postgresql_where=sa.text("decision = 'allowed'"),
    )
    op.create_table(
        "campaign_steps",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", JsonText(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("days >= 0 AND minutes >= 0", name=op.f("ck_campaign_steps_interval")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_steps_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_steps")),
    )
    op.create_index("ix_campaign_steps_campaign_id", "campaign_steps", ["campaign_id", "position"], unique=False)
    op.create_table(
        "enrollments",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("cause", sa.String(length=40), server_default="", nullable=False),
        sa.CheckConstraint("(state = 'active') = (ended_at IS NULL)", name=op.f("ck_enrollments_ended")),
        sa.CheckConstraint(
            "state IN ('active', 'finished', 'replied', 'opted_out', 'cancelled')", name=op.f("ck_enrollments_state")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_enrollments_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_enrollments_channel_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_enrollments_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
    )
    op.create_index("ix_enrollments_campaign_id", "enrollments", ["campaign_id", "id"], unique=False)
    op.create_index("ix_enrollments_contact_id", "enrollments", ["contact_id", "id"], unique=False)
    op.create_index(
        "uq_enrollments_active",
        "enrollments",
        ["campaign_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "reminder_runs",
        sa.Column("reminder_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("nominal_local", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('queued', 'skipped', 'missed', 'asking')", name=op.f("ck_reminder_runs_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_reminder_runs_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name=op.f("fk_reminder_runs_reminder_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reminder_id", "contact_id", "nominal_local", name=op.f("pk_reminder_runs")),
    )
    op.create_index(op.f("ix_reminder_runs_contact_id"), "reminder_runs", ["contact_id"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", JsonText(), nullable=False),
        sa.Column("audience", JsonText(), nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("conversation_id", BigId, nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", BigId, nullable=True),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("starts_at", sa.String(length=19), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("next_local", sa.String(length=19), nullable=True),
        sa.Column("cancel_on_reply", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cause", sa.String(length=40), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("(kind = 'reply') = (conversation_id IS NOT NULL)", name=op.f("ck_schedules_reply")),
        sa.CheckConstraint("kind IN ('broadcast', 'reply')", name=op.f("ck_schedules_kind")),
        sa.CheckConstraint(
            "state IN ('active', 'paused', 'asking', 'ended', 'cancelled')", name=op.f("ck_schedules_state")
        ),
        sa.CheckConstraint("(next_at IS NULL) = (next_local IS NULL)", name=op.f("ck_schedules_next")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_schedules_channel_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_schedules_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_schedules_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_schedules_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index(
        "ix_schedules_conversation_id",
        "schedules",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_schedules_due",
        "schedules",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'active' AND next_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'active' AND next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_schedules_listed",
        "schedules",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('active', 'paused', 'asking')"),
        postgresql_where=sa.text("state IN ('active', 'paused', 'asking')"),
    )
    op.create_table(
        "batches",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", JsonText(), nullable=False),
        sa.Column("audience", JsonText(), nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("team_id", BigId, nullable=True),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("schedule_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_by_id", sa.BigInteger(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("filled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('broadcast', 'file', 'schedule')", name=op.f("ck_batches_kind")),
        sa.CheckConstraint(
            "status IN ('programmed', 'processing', 'sending', 'cancelled', 'error', 'sent', 'blocked_time')",
            name=op.f("ck_batches_status"),
        ),
        sa.CheckConstraint("status NOT IN ('error', 'blocked_time') OR reason <> ''", name=op.f("ck_batches_reason")),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_batches_lease")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_batches_channel_id")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_batches_schedule_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_batches_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_batches_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("code", name=op.f("uq_batches_code")),
    )
    op.create_index(
        "ix_batches_due",
        "batches",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'programmed'"),
        postgresql_where=sa.text("status = 'programmed'"),
    )
    op.create_index(
        "ix_batches_open",
        "batches",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status IN ('processing', 'sending')"),
        postgresql_where=sa.text("status IN ('processing', 'sending')"),
    )
    op.create_index(
        "ix_batches_schedule_id",
        "batches",
        ["schedule_id"],
        unique=False,
        sqlite_where=sa.text("schedule_id IS NOT NULL"),
        postgresql_where=sa.text("schedule_id IS NOT NULL"),
    )
    op.create_index("ix_batches_status", "batches", ["status", "id"], unique=False)
    op.create_table(
        "enrollment_steps",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("enrollment_id", BigId, nullable=False),
        sa.Column("step_id", BigId, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'queued') = (message_id IS NOT NULL)", name=op.f("ck_enrollment_steps_message")),
        sa.CheckConstraint(
            "state IN ('waiting', 'asking', 'queued', 'skipped', 'cancelled')", name=op.f("ck_enrollment_steps_state")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_steps_enrollment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["campaign_steps.id"], name=op.f("fk_enrollment_steps_step_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_steps")),
        sa.UniqueConstraint("enrollment_id", "step_id", name=op.f("uq_enrollment_steps_enrollment_id_step_id")),
    )
    op.create_index(
        "ix_enrollment_steps_due",
        "enrollment_steps",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "message_labels",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("label_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["label_id"], ["labels.id"], name=op.f("fk_message_labels_label_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_labels_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "label_id", name=op.f("pk_message_labels")),
    )
    op.create_index("ix_message_labels_label_id", "message_labels", ["label_id", "message_id"], unique=False)
    op.create_table(
        "schedule_runs",
        sa.Column("schedule_id", BigId, nullable=False),
        sa.Column("nominal_local", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('fired', 'skipped', 'missed', 'asking', 'refused')", name=op.f("ck_schedule_runs_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_runs_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "nominal_local", name=op.f("pk_schedule_runs")),
    )
    op.create_table(
        "batch_recipients",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=40), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Integer(), server_default="0", nullable=False),
        sa.Column("variables", JsonText(), nullable=False),
        sa.CheckConstraint("(state = 'queued') = (message_id IS NOT NULL)", name=op.f("ck_batch_recipients_message")),
        sa.CheckConstraint(
            "state = 'bad' OR address_id IS NOT NULL OR state = 'skipped'", name=op.f("ck_batch_recipients_address")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'skipped', 'cancelled', 'bad')", name=op.f("ck_batch_recipients_state")
        ),
        sa.CheckConstraint("state NOT IN ('skipped', 'bad') OR reason <> ''", name=op.f("ck_batch_recipients_reason")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_recipients_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_recipients")),
        sa.UniqueConstraint("batch_id", "address_id", name=op.f("uq_batch_recipients_batch_id_address_id")),
    )
    op.create_index("ix_batch_recipients_batch_id", "batch_recipients", ["batch_id", "state", "id"], unique=False)
    op.create_index(
        "ix_batch_recipients_contact_id",
        "batch_recipients",
        ["contact_id"],
        unique=False,
        sqlite_where=sa.text("contact_id IS NOT NULL"),
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
    op.create_index(
        "uq_batch_recipients_message_id",
        "batch_recipients",
        ["message_id"],
        unique=True,
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_table(
        "exchanges",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=True),
        sa.Column("attempt_id", BigId, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("elapsed_millis", sa.Integer(), server_default="0", nullable=False),
        sa.Column("request", sa.Text(), server_default="", nullable=False),
        sa.Column("response", sa.Text(), server_default="", nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('send', 'status', 'receive', 'call', 'attachment', 'token')", name=op.f("ck_exchanges_kind")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_exchanges_attempt_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_exchanges_channel_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_exchanges_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(
        "ix_exchanges_message_id",
        "exchanges",
        ["message_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_outbox_due"), table_name="outbox", sqlite_where=sa.text("state IN ('queued', 'retry_wait')"))
    op.create_index(
        "ix_outbox_due",
        "outbox",
        [sa.literal_column("priority DESC"), "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'retry_wait')"),
        postgresql_where=sa.text("state IN ('queued', 'retry_wait')"),
    )
