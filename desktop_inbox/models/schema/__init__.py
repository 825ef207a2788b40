"""The tables. Both databases have the same columns, constraints and indexes.

Guarantees that must hold whatever the program does are constraints here (RELIABILITY 4.5), not checks in
code. Full-text tables differ by database and are made by the migrations (see ``search``).
"""

from .base import metadata
from .conversations import (
    attachments,
    calls,
    comment_mentions,
    comments,
    conversation_events,
    conversations,
    drafts,
    messages,
)
from .delivery import (
    attempts,
    consent_ledger,
    delivery_ledger,
    inbound_events,
    ledger_heads,
    outbox,
    receipt_inbox,
    receipts,
)
from .office import (
    change_log,
    channel_pollers,
    channels,
    segments,
    settings,
    snippet_files,
    snippet_folders,
    snippets,
    undo_steps,
    users,
)
from .people import (
    contact_addresses,
    contact_distinct,
    contact_field_values,
    contact_list_members,
    contact_lists,
    contact_merges,
    contact_tags,
    contact_texts,
    contacts,
    custom_fields,
    tags,
)

__all__ = [
    "attachments",
    "attempts",
    "calls",
    "change_log",
    "channel_pollers",
    "channels",
    "comment_mentions",
    "comments",
    "consent_ledger",
    "contact_addresses",
    "contact_distinct",
    "contact_field_values",
    "contact_list_members",
    "contact_lists",
    "contact_merges",
    "contact_tags",
    "contact_texts",
    "contacts",
    "conversation_events",
    "conversations",
    "custom_fields",
    "delivery_ledger",
    "drafts",
    "inbound_events",
    "ledger_heads",
    "messages",
    "metadata",
    "outbox",
    "receipt_inbox",
    "receipts",
    "segments",
    "settings",
    "snippet_files",
    "snippet_folders",
    "snippets",
    "tags",
    "undo_steps",
    "users",
]
