"""The first page of the list; written by ``python -m desktop_inbox.models.repositories.first_page``."""

FIRST_PAGE = """
SELECT conversations.id, conversations.contact_id, contacts.first_name, contacts.last_name, contacts.opt_in,
contacts.looks_opted_out, contact_addresses.scheme, contact_addresses.path, conversations.status,
conversations.assignee_id, users.name AS assignee_name, conversations.unread_count,
conversations.last_entry_id, conversations.last_direction, conversations.last_status, conversations.last_kind,
conversations.snippet, conversations.last_channel_id, channels.name AS channel_name, channels.kind AS
channel_kind, drafts.text AS draft, conversations.waiting_since, conversations.snoozed_until,
conversations.archived_at, conversations.window_ends_at, conversations.place_id, conversations.pinned,
conversations.priority, conversations.snoozed_at, conversations.returned_at FROM conversations JOIN contacts
ON contacts.id = conversations.contact_id LEFT OUTER JOIN contact_addresses ON contact_addresses.id = (SELECT
first_address.id FROM contact_addresses AS first_address WHERE first_address.contact_id =
conversations.contact_id ORDER BY first_address.priority, first_address.id LIMIT 1 OFFSET 0) LEFT OUTER JOIN
channels ON channels.id = conversations.last_channel_id LEFT OUTER JOIN users ON users.id =
conversations.assignee_id LEFT OUTER JOIN drafts ON drafts.conversation_id = conversations.id AND
drafts.user_id = :user_id WHERE conversations.archived_at IS NULL ORDER BY conversations.place_id DESC,
conversations.id DESC LIMIT :limit OFFSET 0
"""
