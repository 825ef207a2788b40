"""Tables of what is sent to many, later or in order."""

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
    UniqueConstraint,
    text,
)

from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

from .base import metadata, partial

# One trigger for many recipients (S5-07). Its id sorts by time, like those of timeline entries.
batches = Table(
    "batches",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("code", String(20), nullable=False, unique=True),  # for people: "B-2611-0042", numbered by month
    Column("kind", String(20), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("status", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # of an error, or of the time that is not allowed
    Column("text", Text, nullable=False),
    Column("files", JsonText, nullable=False),  # {"files": [{sha256, media_type, size, name, width, height}]}
    Column("audience", JsonText, nullable=False),  # who was meant; see entities/batch.py
    Column("options", JsonText, nullable=False),  # pace, what was confirmed; see entities/batch.py
    Column("file_name", Text, nullable=False, server_default=""),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("team_id", ForeignKey("teams.id")),
    Column("user_id", ForeignKey("users.id")),  # None: nobody's, such as the demo's
    Column("schedule_id", ForeignKey("schedules.id", ondelete="SET NULL")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # when it is to be processed
    Column("finished_at", UtcDateTime),
    Column("stopped_by_id", BigInteger),
    # Who turns it into messages at the moment, so that two computers do not do it at once.
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
    Column("filled_at", UtcDateTime),  # since then its recipients are known
    CheckConstraint("kind IN ('broadcast', 'file', 'schedule')", name="kind"),
    CheckConstraint(
        "status IN ('programmed', 'processing', 'sending', 'cancelled', 'error', 'sent', 'blocked_time')", name="status"
    ),
    CheckConstraint("status NOT IN ('error', 'blocked_time') OR reason <> ''", name="reason"),
    CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
    Index("ix_batches_status", "status", "id"),
    partial("ix_batches_due", "due_at", where="status = 'programmed'"),
    partial("ix_batches_open", "id", where="status IN ('processing', 'sending')"),
    partial("ix_batches_schedule_id", "schedule_id", where="schedule_id IS NOT NULL"),
)

# One intended recipient each; what became of a queued one stands in its message.
batch_recipients = Table(
    "batch_recipients",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("batch_id", ForeignKey("batches.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", BigInteger),  # None: a row of a file that names nobody
    Column("conversation_id", BigInteger),
    Column("address_id", BigInteger),
    Column("state", String(20), nullable=False),
    Column("reason_code", String(40), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message_id", BigInteger),
    Column("line", Integer, nullable=False, server_default="0"),  # of the file, the first being 1
    Column("variables", JsonText, nullable=False),  # personal columns of the file
    UniqueConstraint("batch_id", "address_id"),
    CheckConstraint("state IN ('waiting', 'queued', 'skipped', 'cancelled', 'bad')", name="state"),
    CheckConstraint("(state = 'queued') = (message_id IS NOT NULL)", name="message"),
    CheckConstraint("state NOT IN ('skipped', 'bad') OR reason <> ''", name="reason"),
    CheckConstraint("state = 'bad' OR address_id IS NOT NULL OR state = 'skipped'", name="address"),
    Index("ix_batch_recipients_batch_id", "batch_id", "state", "id"),
    partial("uq_batch_recipients_message_id", "message_id", where="message_id IS NOT NULL", unique=True),
    partial("ix_batch_recipients_contact_id", "contact_id", where="contact_id IS NOT NULL"),
)

# Wall time and rule; the next moment is worked out anew each time (RELIABILITY 4.6).
schedules = Table(
    "schedules",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("files", JsonText, nullable=False),
    Column("audience", JsonText, nullable=False),  # of a broadcast
    Column("options", JsonText, nullable=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE")),  # of a reply
    Column("address_id", BigInteger),  # of a reply
    Column("team_id", ForeignKey("teams.id")),
    Column("user_id", ForeignKey("users.id")),
    Column("starts_at", String(19), nullable=False),  # local, as "2026-11-21T09:00:00"
    Column("zone", String(64), nullable=False),  # IANA
    Column("rule", Text, nullable=False, server_default=""),  # RRULE; empty: once
    Column("next_at", UtcDateTime),  # None: it never fires again
    Column("next_local", String(19)),
    Column("cancel_on_reply", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("cause", String(40), nullable=False, server_default=""),  # why it was cancelled
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),  # of two edits at once the second is refused
    CheckConstraint("kind IN ('broadcast', 'reply')", name="kind"),
    CheckConstraint("state IN ('active', 'paused', 'asking', 'ended', 'cancelled')", name="state"),
    CheckConstraint("(kind = 'reply') = (conversation_id IS NOT NULL)", name="reply"),
    CheckConstraint("(next_at IS NULL) = (next_local IS NULL)", name="next"),
    partial("ix_schedules_due", "next_at", where="state = 'active' AND next_at IS NOT NULL"),
    partial("ix_schedules_listed", "next_at", "id", where="state IN ('active', 'paused', 'asking')"),
    partial("ix_schedules_conversation_id", "conversation_id", where="conversation_id IS NOT NULL"),
)

# A slot is fired, skipped or missed once, however many computers look at it (P9).
schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule_id", ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("nominal_local", String(19), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("batch_id", BigInteger),
    Column("message_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("outcome IN ('fired', 'skipped', 'missed', 'asking', 'refused')", name="outcome"),
)

# A drip campaign: messages at intervals from the time it is applied (S4-57, S4-58).
campaigns = Table(
    "campaigns",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("created_by_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

campaign_steps = Table(
    "campaign_steps",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("days", Integer, nullable=False, server_default="0"),  # later, at the same wall time
    Column("minutes", Integer, nullable=False, server_default="0"),  # and these later, as they pass
    Column("text", Text, nullable=False),
    Column("files", JsonText, nullable=False),
    Column("removed", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    CheckConstraint("days >= 0 AND minutes >= 0", name="interval"),
    Index("ix_campaign_steps_campaign_id", "campaign_id", "position"),
)

enrollments = Table(
    "enrollments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("conversation_id", BigInteger, nullable=False),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("address_id", BigInteger, nullable=False),
    Column("user_id", BigInteger),
    Column("applied_at", UtcDateTime, nullable=False),
    Column("zone", String(64), nullable=False),  # in which the wall time is kept
    Column("state", String(20), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("cause", String(40), nullable=False, server_default=""),
    CheckConstraint("state IN ('active', 'finished', 'replied', 'opted_out', 'cancelled')", name="state"),
    CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended"),
    # Applying a campaign twice is refused while the first is under way (S4-64).
    partial("uq_enrollments_active", "campaign_id", "contact_id", where="state = 'active'", unique=True),
    Index("ix_enrollments_contact_id", "contact_id", "id"),
    Index("ix_enrollments_campaign_id", "campaign_id", "id"),
)

enrollment_steps = Table(
    "enrollment_steps",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("enrollment_id", ForeignKey("enrollments.id", ondelete="CASCADE"), nullable=False),
    Column("step_id", ForeignKey("campaign_steps.id", ondelete="CASCADE"), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message_id", BigInteger),
    UniqueConstraint("enrollment_id", "step_id"),
    CheckConstraint("state IN ('waiting', 'asking', 'queued', 'skipped', 'cancelled')", name="state"),
    CheckConstraint("(state = 'queued') = (message_id IS NOT NULL)", name="message"),
    partial("ix_enrollment_steps_due", "due_at", where="state = 'waiting'"),
)

# One automatic message relative to a date of the contact (S4-12).
reminders = Table(
    "reminders",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    Column("active", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    Column("field_id", ForeignKey("custom_fields.id", ondelete="CASCADE"), nullable=False),
    Column("amount", Integer, nullable=False),  # negative: before the date
    Column("unit", String(10), nullable=False),
    Column("at_time", String(5), nullable=False, server_default=""),  # "09:00"; empty: midnight plus the offset
    Column("yearly", Boolean(create_constraint=False), nullable=False, server_default=text("false")),  # birthdays
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("segment", JsonText, nullable=False),  # {}: everybody with the date
    Column("text", Text, nullable=False),
    Column("files", JsonText, nullable=False),
    Column("created_by_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("unit IN ('minutes', 'hours', 'days', 'weeks')", name="unit"),
)

reminder_runs = Table(
    "reminder_runs",
    metadata,
    Column("reminder_id", ForeignKey("reminders.id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("nominal_local", String(19), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("message_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("outcome IN ('queued', 'skipped', 'missed', 'asking')", name="outcome"),
)
