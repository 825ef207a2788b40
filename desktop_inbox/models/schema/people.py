"""Tables of the people the office talks to."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
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
    Column("company", Text, nullable=False, server_default=""),
    Column("country", String(2), nullable=False, server_default=""),  # ISO 3166, upper case
    Column("source", String(20), nullable=False, server_default="inbound"),
    # Folded (no case, no accents), for sorting and for filters; kept with the columns they come from.
    Column("name_key", Text, nullable=False, server_default=""),
    Column("first_key", Text, nullable=False, server_default=""),
    Column("last_key", Text, nullable=False, server_default=""),
    Column("company_key", Text, nullable=False, server_default=""),
    Column("opt_in_method", String(20), nullable=False, server_default=""),  # how it last changed
    # The consent message (S4-19..24): whether it was sent, and whether the contact answered it.
    Column("consent", String(20), nullable=False, server_default="not_sent"),
    Column("consent_sent_at", UtcDateTime),
    Column("consent_message_id", BigInteger),
    # Turned out to be this person: nothing but this row is left of them, and no list shows it.
    Column("merged_into_id", BigInteger),
    Column("zone", String(64), nullable=False, server_default=""),  # IANA; empty: from the number
    CheckConstraint("opt_in IN ('opted_in', 'opted_out')", name="opt_in"),
    CheckConstraint("consent IN ('not_sent', 'queued', 'sent', 'acknowledged')", name="consent"),
    CheckConstraint("source IN ('manual', 'import', 'inbound', 'merge')", name="source"),
    Index("ix_contacts_name_key", "name_key", "id"),
    partial("ix_contacts_merged_into_id", "merged_into_id", where="merged_into_id IS NOT NULL"),
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

tags = Table(
    "tags",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),  # folded: "VIP" and "vip" are one
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

contact_tags = Table(
    "contact_tags",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    # Segments read these indexes alone, without the rows.
    Index("ix_contact_tags_tag_id", "tag_id", "contact_id"),
)

# Lists are filled by hand or by import; segments fill themselves.
contact_lists = Table(
    "contact_lists",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("name <> ''", name="name"),
)

contact_list_members = Table(
    "contact_list_members",
    metadata,
    Column("list_id", ForeignKey("contact_lists.id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True),
)

custom_fields = Table(
    "custom_fields",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("slug", String(50), nullable=False, unique=True),  # never changes
    Column("name", String(50), nullable=False),
    Column("name_key", String(50), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("description", String(255), nullable=False, server_default=""),
    Column("options", JsonText, nullable=False),  # {"choices": [...]} of a list field, else {}
    Column("position", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint(
        "kind IN ('text', 'list', 'checkbox', 'email', 'number', 'url', 'date', 'time')",
        name="kind",
    ),
    CheckConstraint("slug <> '' AND name <> ''", name="name"),
)

# A field without a value has no row.
contact_field_values = Table(
    "contact_field_values",
    metadata,
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("field_id", ForeignKey("custom_fields.id", ondelete="CASCADE"), primary_key=True),
    Column("value", Text, nullable=False),  # as people write it down: "2026-11-21", "14:30", "true", "12.5", any text
    Column("value_key", Text, nullable=False),  # folded
    Column("number", Float(53)),  # a number; a date as day since 0001-01-01 = 1; a time in minutes; a check as 0 or 1
    CheckConstraint("value <> ''", name="value"),
    Index("ix_contact_field_values_value_key", "field_id", "value_key", "contact_id"),
    Index("ix_contact_field_values_number", "field_id", "number", "contact_id"),
)

# Two contacts that turned out to be one person, with what is needed to part them exactly.
contact_merges = Table(
    "contact_merges",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kept_id", BigInteger, nullable=False, index=True),
    Column("merged_id", BigInteger, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("image", JsonText, nullable=False),
    Column("undone_at", UtcDateTime),
)

# Pairs that a person said are two people, so that they are not suggested again.
contact_distinct = Table(
    "contact_distinct",
    metadata,
    Column("one_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("other_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    CheckConstraint("one_id < other_id", name="order"),
)
