"""Working conversations: state, tags, fields, comments, segments, snippets, merges and undo."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from desktop_inbox.models.search_text import sort_key
from desktop_inbox.models.types import BigId, JsonText, UtcDateTime

revision = "0002"
down_revision = "0001"

_CHUNK = 5000  # rows
_OPEN = "archived_at IS NULL AND snoozed_at IS NULL"
_PLACE = ["place_id", "id", "unread_count"]
_TROUBLE = "archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired')"

# Both databases add columns with their checks in one statement, without copying the table.
_COLUMNS = (
    ("contacts", "company TEXT DEFAULT '' NOT NULL"),
    ("contacts", "country VARCHAR(2) DEFAULT '' NOT NULL"),
    (
        "contacts",
        "source VARCHAR(20) DEFAULT 'inbound' NOT NULL"
        " CONSTRAINT ck_contacts_source CHECK (source IN ('manual', 'import', 'inbound', 'merge'))",
    ),
    ("contacts", "name_key TEXT DEFAULT '' NOT NULL"),
    ("contacts", "first_key TEXT DEFAULT '' NOT NULL"),
    ("contacts", "last_key TEXT DEFAULT '' NOT NULL"),
    ("contacts", "company_key TEXT DEFAULT '' NOT NULL"),
    ("contacts", "opt_in_method VARCHAR(20) DEFAULT '' NOT NULL"),
    (
        "contacts",
        "consent VARCHAR(20) DEFAULT 'not_sent' NOT NULL"
        " CONSTRAINT ck_contacts_consent CHECK (consent IN ('not_sent', 'queued', 'sent', 'acknowledged'))",
    ),
    ("contacts", "consent_sent_at BIGINT"),
    ("contacts", "consent_message_id BIGINT"),
    ("contacts", "merged_into_id BIGINT"),
    ("conversations", "place_id BIGINT DEFAULT '0' NOT NULL"),
    ("conversations", "pinned BOOLEAN DEFAULT false NOT NULL"),
    (
        "conversations",
        "priority INTEGER DEFAULT '0' NOT NULL CONSTRAINT ck_conversations_priority CHECK (priority BETWEEN 0 AND 4)",
    ),
    (
        "conversations",
        "snoozed_at BIGINT CONSTRAINT ck_conversations_snoozed CHECK (snoozed_until IS NULL OR snoozed_at IS NOT NULL)",
    ),
    ("conversations", "returned_at BIGINT"),
    ("conversations", "first_entry_id BIGINT DEFAULT '0' NOT NULL"),
    ("conversations", "last_outbound_id BIGINT DEFAULT '0' NOT NULL"),
    ("conversations", "last_sender_kind VARCHAR(20)"),
    ("conversations", "last_replied_by_id BIGINT"),
    ("conversations", "message_count INTEGER DEFAULT '0' NOT NULL"),
    ("drafts", "comment TEXT DEFAULT '' NOT NULL"),
    ("outbox", "after_message_id BIGINT"),
)

_INDEXES: tuple[tuple[str, Sequence[str], str], ...] = (
    ("active", [*_PLACE, "status", "assignee_id", "snoozed_at"], "archived_at IS NULL"),
    ("archived", _PLACE, "archived_at IS NOT NULL"),
    ("failed", _PLACE, _TROUBLE),
    ("unread", _PLACE, "archived_at IS NULL AND unread_count > 0"),
    ("waiting", _PLACE, "archived_at IS NULL AND waiting_since IS NOT NULL"),
    ("mine", ["assignee_id", *_PLACE], f"{_OPEN} AND assignee_id IS NOT NULL"),
    ("new", _PLACE, f"{_OPEN} AND status = 'pending' AND assignee_id IS NULL"),
    ("snoozed", _PLACE, "archived_at IS NULL AND snoozed_at IS NOT NULL"),
    ("snooze_due", ["snoozed_until"], "snoozed_until IS NOT NULL"),
)
_REPLACED = ("active", "archived", "failed", "unread", "waiting")


def upgrade() -> None:
    """Add the columns and tables, and fill what is kept beside the messages."""
    op.execute("UPDATE conversations SET snoozed_until = NULL")  # nothing could snooze so far
    for table, column in _COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for name in _REPLACED:
        op.drop_index(f"ix_conversations_{name}", table_name="conversations")
    _fill_conversations()
    _fill_contacts()
    for name, columns, where in _INDEXES:
        condition = sa.text(where)
        op.create_index(
            f"ix_conversations_{name}",
            "conversations",
            list(columns),
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_index("ix_contacts_name_key", "contacts", ["name_key", "id"])
    merged = sa.text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_contacts_merged_into_id", "contacts", ["merged_into_id"], sqlite_where=merged, postgresql_where=merged
    )
    _new_tables()


def _fill_conversations() -> None:
    # One pass over the messages instead of a look per conversation.
    op.execute(
        "CREATE TEMPORARY TABLE said AS SELECT conversation_id, count(*) AS message_count, min(id) AS first_id,"
        " max(id) AS last_id, max(CASE WHEN direction = 'out' THEN id ELSE 0 END) AS last_outbound_id,"
        " max(CASE WHEN direction = 'out' AND sender_kind = 'user' THEN id ELSE 0 END) AS last_reply_id"
        " FROM messages GROUP BY conversation_id"
    )
    op.execute("CREATE UNIQUE INDEX ix_said ON said (conversation_id)")
    op.execute("UPDATE conversations SET place_id = last_entry_id")
    op.execute(
        "UPDATE conversations SET message_count = said.message_count, last_outbound_id = said.last_outbound_id,"
        " first_entry_id = said.first_id,"
        " last_sender_kind = (SELECT m.sender_kind FROM messages m WHERE m.id = said.last_id),"
        " last_replied_by_id = (SELECT m.sender_id FROM messages m WHERE m.id = said.last_reply_id)"
        " FROM said WHERE said.conversation_id = conversations.id"
    )
    op.execute("DROP TABLE said")


def _fill_contacts() -> None:
    connection = op.get_bind()
    update = sa.text("UPDATE contacts SET first_key = :first, last_key = :last, name_key = :name WHERE id = :id")
    following = sa.text("SELECT id, first_name, last_name FROM contacts WHERE id > :last ORDER BY id LIMIT :limit")
    last = 0
    while rows := connection.execute(following, {"last": last, "limit": _CHUNK}).all():
        values = [
            {
                "id": row.id,
                "first": sort_key(row.first_name),
                "last": sort_key(row.last_name),
                "name": sort_key(f"{row.first_name} {row.last_name}".strip()),
            }
            for row in rows
        ]
        connection.execute(update, values)
        last = rows[-1].id
    # How consent last changed stands in its ledger.
    op.execute(
        "UPDATE contacts SET opt_in_method = coalesce((SELECT l.method FROM consent_ledger l"
        " WHERE l.contact_id = contacts.id ORDER BY l.id DESC LIMIT 1), '') WHERE opt_in_changed_at IS NOT NULL"
    )


def _new_tables() -> None:
    op.create_table(
        "contact_lists",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_contact_lists_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_lists")),
        sa.UniqueConstraint("name_key", name=op.f("uq_contact_lists_name_key")),
    )
    op.create_table(
        "contact_merges",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("image", JsonText(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
    )
    op.create_index(op.f("ix_contact_merges_kept_id"), "contact_merges", ["kept_id"], unique=False)
    op.create_index(op.f("ix_contact_merges_merged_id"), "contact_merges", ["merged_id"], unique=False)

    op.create_table(
        "custom_fields",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("name_key", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=255), server_default="", nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'list', 'checkbox', 'email', 'number', 'url', 'date', 'time')",
            name=op.f("ck_custom_fields_kind"),
        ),
        sa.CheckConstraint("slug <> '' AND name <> ''", name=op.f("ck_custom_fields_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("name_key", name=op.f("uq_custom_fields_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_custom_fields_slug")),
    )
    op.create_table(
        "snippet_folders",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_snippet_folders_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippet_folders")),
        sa.UniqueConstraint("name_key", name=op.f("uq_snippet_folders_name_key")),
    )
    op.create_table(
        "tags",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_tags_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name_key", name=op.f("uq_tags_name_key")),
    )
    op.create_table(
        "undo_steps",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("image", JsonText(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("details", JsonText(), nullable=False),
        sa.Column("part_of_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_steps")),
    )
    op.create_index("ix_undo_steps_user_id_id", "undo_steps", ["user_id", "id"], unique=False)
    op.create_index(
        "ix_undo_steps_part_of_id",
        "undo_steps",
        ["part_of_id"],
        unique=False,
        sqlite_where=sa.text("part_of_id IS NOT NULL"),
        postgresql_where=sa.text("part_of_id IS NOT NULL"),
    )

    op.create_table(
        "contact_distinct",
        sa.Column("one_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_contact_distinct_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["contacts.id"], name=op.f("fk_contact_distinct_one_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["contacts.id"], name=op.f("fk_contact_distinct_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_contact_distinct")),
    )
    op.create_table(
        "contact_field_values",
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("field_id", BigId, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint("value <> ''", name=op.f("ck_contact_field_values_value")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_field_values_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_fields.id"], name=op.f("fk_contact_field_values_field_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "field_id", name=op.f("pk_contact_field_values")),
    )
    op.create_index(
        "ix_contact_field_values_number", "contact_field_values", ["field_id", "number", "contact_id"], unique=False
    )
    op.create_index(
        "ix_contact_field_values_value_key",
        "contact_field_values",
        ["field_id", "value_key", "contact_id"],
        unique=False,
    )

    op.create_table(
        "contact_list_members",
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_list_members_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["contact_lists.id"], name=op.f("fk_contact_list_members_list_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "contact_id", name=op.f("pk_contact_list_members")),
    )
    op.create_index(op.f("ix_contact_list_members_contact_id"), "contact_list_members", ["contact_id"], unique=False)

    op.create_table(
        "contact_tags",
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_tags_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_contact_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("contact_id", "tag_id", name=op.f("pk_contact_tags")),
    )
    op.create_index("ix_contact_tags_tag_id", "contact_tags", ["tag_id", "contact_id"], unique=False)

    op.create_table(
        "segments",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("filter", JsonText(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("broken", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_segments_name")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_segments_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name_key", name=op.f("uq_segments_name_key")),
    )
    op.create_table(
        "snippets",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("folder_id", BigId, nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.Column("shortcut", sa.String(length=50), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_snippets_name")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_snippets_created_by_id")),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["snippet_folders.id"], name=op.f("fk_snippets_folder_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
    )
    op.create_index(
        "uq_snippets_shortcut",
        "snippets",
        ["shortcut"],
        unique=True,
        sqlite_where=sa.text("shortcut <> ''"),
        postgresql_where=sa.text("shortcut <> ''"),
    )

    op.create_table(
        "comments",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("author_kind", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("author_kind IN ('user', 'external')", name=op.f("ck_comments_author_kind")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name=op.f("ck_comments_text")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_comments_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_conversation_id_id", "comments", ["conversation_id", "id"], unique=False)

    op.create_table(
        "snippet_files",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("snippet_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snippet_id"], ["snippets.id"], name=op.f("fk_snippet_files_snippet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippet_files")),
    )
    op.create_index(op.f("ix_snippet_files_snippet_id"), "snippet_files", ["snippet_id"], unique=False)

    op.create_table(
        "comment_mentions",
        sa.Column("comment_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_mentions_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comment_mentions_user_id")),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name=op.f("pk_comment_mentions")),
    )
    op.create_index(op.f("ix_comment_mentions_user_id"), "comment_mentions", ["user_id"], unique=False)
