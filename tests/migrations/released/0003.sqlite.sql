PRAGMA application_id=1145663074;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE change_log (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at BIGINT NOT NULL, 
	instance VARCHAR(64) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	payload TEXT NOT NULL
);
CREATE TABLE channels (
	id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	name TEXT NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	settings TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	state_reason TEXT DEFAULT '' NOT NULL, 
	cursor TEXT DEFAULT '' NOT NULL, 
	last_fetch_at BIGINT, 
	cool_until BIGINT, 
	circuit_until BIGINT, 
	circuit_opened_at BIGINT, 
	circuit_failures INTEGER DEFAULT '0' NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_channels PRIMARY KEY (id), 
	CONSTRAINT ck_channels_state CHECK (state IN ('active', 'paused', 'broken', 'removed'))
);
CREATE TABLE consent_ledger (
	id INTEGER NOT NULL, 
	contact_id BIGINT NOT NULL, 
	address_id BIGINT, 
	status VARCHAR(20) NOT NULL, 
	method VARCHAR(20) NOT NULL, 
	wording TEXT DEFAULT '' NOT NULL, 
	message_id BIGINT, 
	user_id BIGINT, 
	scope VARCHAR(40) DEFAULT 'everything' NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_consent_ledger PRIMARY KEY (id)
);
CREATE INDEX ix_consent_ledger_contact_id ON consent_ledger (contact_id);
CREATE TABLE contacts (
	id INTEGER NOT NULL, 
	first_name TEXT DEFAULT '' NOT NULL, 
	last_name TEXT DEFAULT '' NOT NULL, 
	opt_in VARCHAR(20) DEFAULT 'opted_in' NOT NULL, 
	opt_in_changed_at BIGINT, 
	looks_opted_out BOOLEAN DEFAULT false NOT NULL, 
	blocked BOOLEAN DEFAULT false NOT NULL, 
	language VARCHAR(35) DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, company TEXT DEFAULT '' NOT NULL, country VARCHAR(2) DEFAULT '' NOT NULL, source VARCHAR(20) DEFAULT 'inbound' NOT NULL CONSTRAINT ck_contacts_source CHECK (source IN ('manual', 'import', 'inbound', 'merge')), name_key TEXT DEFAULT '' NOT NULL, first_key TEXT DEFAULT '' NOT NULL, last_key TEXT DEFAULT '' NOT NULL, company_key TEXT DEFAULT '' NOT NULL, opt_in_method VARCHAR(20) DEFAULT '' NOT NULL, consent VARCHAR(20) DEFAULT 'not_sent' NOT NULL CONSTRAINT ck_contacts_consent CHECK (consent IN ('not_sent', 'queued', 'sent', 'acknowledged')), consent_sent_at BIGINT, consent_message_id BIGINT, merged_into_id BIGINT, zone VARCHAR(64) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_contacts PRIMARY KEY (id), 
	CONSTRAINT ck_contacts_opt_in CHECK (opt_in IN ('opted_in', 'opted_out'))
);
CREATE TABLE delivery_ledger (
	writer VARCHAR(64) NOT NULL, 
	seq BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	message_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	details TEXT NOT NULL, 
	prev_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_delivery_ledger PRIMARY KEY (writer, seq)
);
CREATE INDEX ix_delivery_ledger_message_id ON delivery_ledger (message_id);
CREATE TABLE ledger_heads (
	writer VARCHAR(64) NOT NULL, 
	seq BIGINT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_ledger_heads PRIMARY KEY (writer)
);
CREATE TABLE settings (
	user_id BIGINT NOT NULL, 
	"key" VARCHAR(100) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_settings PRIMARY KEY (user_id, "key")
);
CREATE TABLE users (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	created_at BIGINT NOT NULL, team_id INTEGER CONSTRAINT fk_users_team_id REFERENCES teams (id), 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT ck_users_role CHECK (role IN ('administrator', 'agent'))
);
CREATE TABLE channel_pollers (
	channel_id INTEGER NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	lease_until BIGINT NOT NULL, 
	CONSTRAINT pk_channel_pollers PRIMARY KEY (channel_id), 
	CONSTRAINT fk_channel_pollers_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id)
);
CREATE TABLE contact_addresses (
	id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	scheme VARCHAR(20) NOT NULL, 
	path TEXT NOT NULL, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	opt_in VARCHAR(20) DEFAULT 'opted_in' NOT NULL, 
	carrier_blocked BOOLEAN DEFAULT false NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_contact_addresses PRIMARY KEY (id), 
	CONSTRAINT ck_contact_addresses_opt_in CHECK (opt_in IN ('opted_in', 'opted_out')), 
	CONSTRAINT ck_contact_addresses_path CHECK (path <> ''), 
	CONSTRAINT fk_contact_addresses_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_contact_addresses_scheme_path UNIQUE (scheme, path)
);
CREATE INDEX ix_contact_addresses_contact_id ON contact_addresses (contact_id);
CREATE TABLE conversations (
	id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	status VARCHAR(20) DEFAULT 'pending' NOT NULL, 
	assignee_id INTEGER, 
	snoozed_until BIGINT, 
	archived_at BIGINT, 
	unread_count INTEGER DEFAULT '0' NOT NULL, 
	read_up_to_id BIGINT DEFAULT '0' NOT NULL, 
	last_entry_id BIGINT DEFAULT '0' NOT NULL, 
	last_direction VARCHAR(3), 
	last_status VARCHAR(20), 
	last_kind VARCHAR(20) DEFAULT 'text' NOT NULL, 
	snippet TEXT DEFAULT '' NOT NULL, 
	last_channel_id INTEGER, 
	last_inbound_id BIGINT DEFAULT '0' NOT NULL, 
	last_inbound_channel_id INTEGER, 
	last_inbound_address_id BIGINT, 
	waiting_since BIGINT, 
	window_ends_at BIGINT, 
	created_at BIGINT NOT NULL, place_id BIGINT DEFAULT '0' NOT NULL, pinned BOOLEAN DEFAULT false NOT NULL, priority INTEGER DEFAULT '0' NOT NULL CONSTRAINT ck_conversations_priority CHECK (priority BETWEEN 0 AND 4), snoozed_at BIGINT CONSTRAINT ck_conversations_snoozed CHECK (snoozed_until IS NULL OR snoozed_at IS NOT NULL), returned_at BIGINT, first_entry_id BIGINT DEFAULT '0' NOT NULL, last_outbound_id BIGINT DEFAULT '0' NOT NULL, last_sender_kind VARCHAR(20), last_replied_by_id BIGINT, message_count INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_conversations PRIMARY KEY (id), 
	CONSTRAINT ck_conversations_status CHECK (status IN ('pending', 'done')), 
	CONSTRAINT ck_conversations_unread_count CHECK (unread_count >= 0), 
	CONSTRAINT fk_conversations_assignee_id FOREIGN KEY(assignee_id) REFERENCES users (id), 
	CONSTRAINT fk_conversations_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_conversations_last_channel_id FOREIGN KEY(last_channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_conversations_last_inbound_channel_id FOREIGN KEY(last_inbound_channel_id) REFERENCES channels (id), 
	CONSTRAINT uq_conversations_contact_id UNIQUE (contact_id)
);
CREATE TABLE inbound_events (
	channel_id INTEGER NOT NULL, 
	provider_update_id VARCHAR(255) NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_inbound_events PRIMARY KEY (channel_id, provider_update_id), 
	CONSTRAINT fk_inbound_events_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id)
);
CREATE TABLE receipt_inbox (
	id INTEGER NOT NULL, 
	channel_id INTEGER NOT NULL, 
	provider_message_id TEXT NOT NULL, 
	provider_receipt_key VARCHAR(200) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	at BIGINT NOT NULL, 
	error_code TEXT DEFAULT '' NOT NULL, 
	error_text TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_receipt_inbox PRIMARY KEY (id), 
	CONSTRAINT fk_receipt_inbox_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT uq_receipt_inbox_channel_id_provider_message_id_provider_receipt_key UNIQUE (channel_id, provider_message_id, provider_receipt_key)
);
CREATE TABLE calls (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	contact_id BIGINT NOT NULL, 
	channel_id INTEGER NOT NULL, 
	direction VARCHAR(3) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	duration_seconds INTEGER DEFAULT '0' NOT NULL, 
	provider_call_id TEXT NOT NULL, reason VARCHAR(20) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_calls PRIMARY KEY (id), 
	CONSTRAINT fk_calls_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_calls_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE, 
	CONSTRAINT uq_calls_channel_id_provider_call_id UNIQUE (channel_id, provider_call_id)
);
CREATE INDEX ix_calls_conversation_id_id ON calls (conversation_id, id);
CREATE TABLE conversation_events (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	actor_kind VARCHAR(20) NOT NULL, 
	actor_id BIGINT, 
	actor_name TEXT DEFAULT '' NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_conversation_events PRIMARY KEY (id), 
	CONSTRAINT fk_conversation_events_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE INDEX ix_conversation_events_conversation_id_id ON conversation_events (conversation_id, id);
CREATE TABLE drafts (
	conversation_id INTEGER NOT NULL, 
	user_id BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	attachment_paths TEXT DEFAULT '[]' NOT NULL, 
	channel_id BIGINT, 
	updated_at BIGINT NOT NULL, comment TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (conversation_id, user_id), 
	CONSTRAINT fk_drafts_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE TABLE messages (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	contact_id BIGINT NOT NULL, 
	direction VARCHAR(3) NOT NULL, 
	text TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	channel_id INTEGER, 
	address_id BIGINT, 
	sender_kind VARCHAR(20) NOT NULL, 
	sender_id BIGINT, 
	client_uuid VARCHAR(36), 
	provider_message_id TEXT, 
	segments INTEGER DEFAULT '1' NOT NULL, 
	outside_window BOOLEAN DEFAULT false NOT NULL, 
	queued_at BIGINT, 
	sent_at BIGINT, 
	delivered_at BIGINT, 
	read_at BIGINT, 
	failed_at BIGINT, 
	error_origin VARCHAR(10), 
	error_code TEXT DEFAULT '' NOT NULL, 
	error_text TEXT DEFAULT '' NOT NULL, visibility VARCHAR(10) DEFAULT 'visible' NOT NULL CONSTRAINT ck_messages_visibility CHECK (visibility IN ('visible', 'archived', 'deleted') AND (direction = 'in' OR visibility = 'visible')) CONSTRAINT ck_messages_deleted CHECK (visibility <> 'deleted' OR text = ''), flow_id BIGINT, batch_id BIGINT, folder VARCHAR(10) GENERATED ALWAYS AS (CASE WHEN direction = 'in' THEN CASE visibility WHEN 'archived' THEN 'archived' WHEN 'visible' THEN CASE WHEN flow_id IS NULL THEN 'inbox' ELSE 'flows' END END WHEN status IN ('held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown') THEN 'outbox' WHEN status IN ('accepted', 'sent', 'delivered', 'read') THEN 'sent' WHEN status IN ('failed', 'undelivered', 'blocked', 'expired') THEN 'failed' END) VIRTUAL, 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT ck_messages_direction_status CHECK ((direction = 'in') = (status = 'received')), 
	CONSTRAINT ck_messages_client_uuid CHECK (direction = 'in' OR client_uuid IS NOT NULL), 
	CONSTRAINT ck_messages_direction CHECK (direction IN ('in', 'out')), 
	CONSTRAINT ck_messages_status CHECK (status IN ('received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled')), 
	CONSTRAINT ck_messages_reason CHECK (status NOT IN ('failed', 'blocked', 'unknown') OR error_text <> ''), 
	CONSTRAINT ck_messages_sent_at CHECK (status NOT IN ('sent', 'delivered', 'read') OR sent_at IS NOT NULL), 
	CONSTRAINT fk_messages_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_messages_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE INDEX ix_messages_conversation_id_id ON messages (conversation_id, id);
CREATE UNIQUE INDEX uq_messages_client_uuid ON messages (client_uuid) WHERE client_uuid IS NOT NULL;
CREATE UNIQUE INDEX uq_messages_provider_message_id ON messages (channel_id, provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE TABLE attachments (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	position INTEGER DEFAULT '0' NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	sha256 VARCHAR(64) DEFAULT '' NOT NULL, 
	media_type TEXT DEFAULT 'application/octet-stream' NOT NULL, 
	size BIGINT DEFAULT '0' NOT NULL, 
	original_name TEXT DEFAULT '' NOT NULL, 
	width INTEGER DEFAULT '0' NOT NULL, 
	height INTEGER DEFAULT '0' NOT NULL, 
	reference TEXT DEFAULT '' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	fetch_attempts INTEGER DEFAULT '0' NOT NULL, 
	fetch_due_at BIGINT, 
	CONSTRAINT pk_attachments PRIMARY KEY (id), 
	CONSTRAINT ck_attachments_ready CHECK (state <> 'ready' OR sha256 <> ''), 
	CONSTRAINT ck_attachments_state CHECK (state IN ('pending', 'ready', 'refused', 'failed')), 
	CONSTRAINT fk_attachments_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX ix_attachments_message_id ON attachments (message_id);
CREATE INDEX ix_attachments_pending ON attachments (fetch_due_at) WHERE state = 'pending';
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	conversation_id BIGINT NOT NULL, 
	contact_id BIGINT NOT NULL, 
	address_id BIGINT NOT NULL, 
	channel_id INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	idem_key VARCHAR(36) NOT NULL, 
	priority INTEGER NOT NULL, 
	due_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	requeued BOOLEAN DEFAULT false NOT NULL, 
	fence INTEGER DEFAULT '0' NOT NULL, 
	lease_owner VARCHAR(64), 
	lease_until BIGINT, 
	sending_since BIGINT, 
	unknown_since BIGINT, 
	look_due_at BIGINT, 
	empty_looks INTEGER DEFAULT '0' NOT NULL, 
	reason TEXT, 
	on_unknown VARCHAR(20) DEFAULT 'reconcile' NOT NULL, 
	provider_message_id TEXT, 
	evidence TEXT, 
	confirmed TEXT DEFAULT '' NOT NULL, after_message_id BIGINT, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT ck_outbox_lease CHECK ((state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)), 
	CONSTRAINT ck_outbox_accepted CHECK (state <> 'accepted' OR provider_message_id IS NOT NULL), 
	CONSTRAINT ck_outbox_state CHECK (state IN ('received', 'held', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'blocked', 'expired', 'cancelled') AND state <> 'received'), 
	CONSTRAINT ck_outbox_reason CHECK (state NOT IN ('failed', 'blocked', 'unknown') OR reason IS NOT NULL), 
	CONSTRAINT fk_outbox_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_outbox_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE, 
	CONSTRAINT uq_outbox_idem_key UNIQUE (idem_key), 
	CONSTRAINT uq_outbox_message_id UNIQUE (message_id)
);
CREATE INDEX ix_outbox_open ON outbox (conversation_id, message_id) WHERE state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown');
CREATE INDEX ix_outbox_unfinished ON outbox (channel_id, state) WHERE state IN ('accepted', 'sent', 'unknown', 'sending');
CREATE UNIQUE INDEX uq_outbox_in_flight ON outbox (conversation_id) WHERE state IN ('claimed', 'sending');
CREATE TABLE receipts (
	message_id INTEGER NOT NULL, 
	provider_receipt_key VARCHAR(200) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_receipts PRIMARY KEY (message_id, provider_receipt_key), 
	CONSTRAINT fk_receipts_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	outcome VARCHAR(20), 
	http_status INTEGER, 
	provider_code TEXT DEFAULT '' NOT NULL, 
	error_text TEXT DEFAULT '' NOT NULL, 
	request_hash VARCHAR(64) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE CASCADE
);
CREATE INDEX ix_attempts_outbox_id ON attempts (outbox_id);
CREATE TABLE contact_texts (
	contact_id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_contact_texts PRIMARY KEY (contact_id), 
	CONSTRAINT fk_contact_texts_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE message_search USING fts5(words, conversation, tokenize='ascii', prefix='2 3', content='', columnsize=0);
CREATE VIRTUAL TABLE contact_search USING fts5(text, tokenize='trigram', content='contact_texts', content_rowid='contact_id', columnsize=0);
CREATE INDEX ix_conversations_active ON conversations (place_id, id, unread_count, status, assignee_id, snoozed_at) WHERE archived_at IS NULL;
CREATE INDEX ix_conversations_archived ON conversations (place_id, id, unread_count) WHERE archived_at IS NOT NULL;
CREATE INDEX ix_conversations_failed ON conversations (place_id, id, unread_count) WHERE archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired');
CREATE INDEX ix_conversations_unread ON conversations (place_id, id, unread_count) WHERE archived_at IS NULL AND unread_count > 0;
CREATE INDEX ix_conversations_waiting ON conversations (place_id, id, unread_count) WHERE archived_at IS NULL AND waiting_since IS NOT NULL;
CREATE INDEX ix_conversations_mine ON conversations (assignee_id, place_id, id, unread_count) WHERE archived_at IS NULL AND snoozed_at IS NULL AND assignee_id IS NOT NULL;
CREATE INDEX ix_conversations_new ON conversations (place_id, id, unread_count) WHERE archived_at IS NULL AND snoozed_at IS NULL AND status = 'pending' AND assignee_id IS NULL;
CREATE INDEX ix_conversations_snoozed ON conversations (place_id, id, unread_count) WHERE archived_at IS NULL AND snoozed_at IS NOT NULL;
CREATE INDEX ix_conversations_snooze_due ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX ix_contacts_name_key ON contacts (name_key, id);
CREATE INDEX ix_contacts_merged_into_id ON contacts (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE TABLE contact_lists (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_contact_lists PRIMARY KEY (id), 
	CONSTRAINT ck_contact_lists_name CHECK (name <> ''), 
	CONSTRAINT uq_contact_lists_name_key UNIQUE (name_key)
);
CREATE TABLE contact_merges (
	id INTEGER NOT NULL, 
	kept_id BIGINT NOT NULL, 
	merged_id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	image TEXT NOT NULL, 
	undone_at BIGINT, 
	CONSTRAINT pk_contact_merges PRIMARY KEY (id)
);
CREATE INDEX ix_contact_merges_kept_id ON contact_merges (kept_id);
CREATE INDEX ix_contact_merges_merged_id ON contact_merges (merged_id);
CREATE TABLE custom_fields (
	id INTEGER NOT NULL, 
	slug VARCHAR(50) NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	name_key VARCHAR(50) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	description VARCHAR(255) DEFAULT '' NOT NULL, 
	options TEXT NOT NULL, 
	position INTEGER DEFAULT '0' NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_custom_fields PRIMARY KEY (id), 
	CONSTRAINT ck_custom_fields_kind CHECK (kind IN ('text', 'list', 'checkbox', 'email', 'number', 'url', 'date', 'time')), 
	CONSTRAINT ck_custom_fields_name CHECK (slug <> '' AND name <> ''), 
	CONSTRAINT uq_custom_fields_name_key UNIQUE (name_key), 
	CONSTRAINT uq_custom_fields_slug UNIQUE (slug)
);
CREATE TABLE snippet_folders (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	name_key VARCHAR(100) NOT NULL, 
	CONSTRAINT pk_snippet_folders PRIMARY KEY (id), 
	CONSTRAINT ck_snippet_folders_name CHECK (name <> ''), 
	CONSTRAINT uq_snippet_folders_name_key UNIQUE (name_key)
);
CREATE TABLE tags (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_tags PRIMARY KEY (id), 
	CONSTRAINT ck_tags_name CHECK (name <> ''), 
	CONSTRAINT uq_tags_name_key UNIQUE (name_key)
);
CREATE TABLE undo_steps (
	id INTEGER NOT NULL, 
	user_id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	count INTEGER NOT NULL, 
	image TEXT NOT NULL, 
	undone_at BIGINT, 
	details TEXT NOT NULL, 
	part_of_id BIGINT, 
	CONSTRAINT pk_undo_steps PRIMARY KEY (id)
);
CREATE INDEX ix_undo_steps_user_id_id ON undo_steps (user_id, id);
CREATE INDEX ix_undo_steps_part_of_id ON undo_steps (part_of_id) WHERE part_of_id IS NOT NULL;
CREATE TABLE contact_distinct (
	one_id INTEGER NOT NULL, 
	other_id INTEGER NOT NULL, 
	CONSTRAINT pk_contact_distinct PRIMARY KEY (one_id, other_id), 
	CONSTRAINT ck_contact_distinct_order CHECK (one_id < other_id), 
	CONSTRAINT fk_contact_distinct_one_id FOREIGN KEY(one_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_distinct_other_id FOREIGN KEY(other_id) REFERENCES contacts (id) ON DELETE CASCADE
);
CREATE TABLE contact_field_values (
	contact_id INTEGER NOT NULL, 
	field_id INTEGER NOT NULL, 
	value TEXT NOT NULL, 
	value_key TEXT NOT NULL, 
	number FLOAT, 
	CONSTRAINT pk_contact_field_values PRIMARY KEY (contact_id, field_id), 
	CONSTRAINT ck_contact_field_values_value CHECK (value <> ''), 
	CONSTRAINT fk_contact_field_values_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_field_values_field_id FOREIGN KEY(field_id) REFERENCES custom_fields (id) ON DELETE CASCADE
);
CREATE INDEX ix_contact_field_values_number ON contact_field_values (field_id, number, contact_id);
CREATE INDEX ix_contact_field_values_value_key ON contact_field_values (field_id, value_key, contact_id);
CREATE TABLE contact_list_members (
	list_id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	CONSTRAINT pk_contact_list_members PRIMARY KEY (list_id, contact_id), 
	CONSTRAINT fk_contact_list_members_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_list_members_list_id FOREIGN KEY(list_id) REFERENCES contact_lists (id) ON DELETE CASCADE
);
CREATE INDEX ix_contact_list_members_contact_id ON contact_list_members (contact_id);
CREATE TABLE contact_tags (
	contact_id INTEGER NOT NULL, 
	tag_id INTEGER NOT NULL, 
	CONSTRAINT pk_contact_tags PRIMARY KEY (contact_id, tag_id), 
	CONSTRAINT fk_contact_tags_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_contact_tags_tag_id FOREIGN KEY(tag_id) REFERENCES tags (id) ON DELETE CASCADE
);
CREATE INDEX ix_contact_tags_tag_id ON contact_tags (tag_id, contact_id);
CREATE TABLE segments (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	filter TEXT NOT NULL, 
	shared BOOLEAN DEFAULT true NOT NULL, 
	pinned BOOLEAN DEFAULT true NOT NULL, 
	position INTEGER DEFAULT '0' NOT NULL, 
	broken TEXT DEFAULT '' NOT NULL, 
	created_by_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_segments PRIMARY KEY (id), 
	CONSTRAINT ck_segments_name CHECK (name <> ''), 
	CONSTRAINT fk_segments_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id), 
	CONSTRAINT uq_segments_name_key UNIQUE (name_key)
);
CREATE TABLE snippets (
	id INTEGER NOT NULL, 
	folder_id INTEGER, 
	name VARCHAR(100) NOT NULL, 
	name_key VARCHAR(100) NOT NULL, 
	shortcut VARCHAR(50) DEFAULT '' NOT NULL, 
	text TEXT NOT NULL, 
	uses INTEGER DEFAULT '0' NOT NULL, 
	last_used_at BIGINT, 
	created_by_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_snippets PRIMARY KEY (id), 
	CONSTRAINT ck_snippets_name CHECK (name <> ''), 
	CONSTRAINT fk_snippets_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id), 
	CONSTRAINT fk_snippets_folder_id FOREIGN KEY(folder_id) REFERENCES snippet_folders (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX uq_snippets_shortcut ON snippets (shortcut) WHERE shortcut <> '';
CREATE TABLE comments (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	author_kind VARCHAR(20) NOT NULL, 
	author_id BIGINT, 
	author_name TEXT DEFAULT '' NOT NULL, 
	text TEXT NOT NULL, 
	text_key TEXT NOT NULL, 
	edited_at BIGINT, 
	CONSTRAINT pk_comments PRIMARY KEY (id), 
	CONSTRAINT ck_comments_author_kind CHECK (author_kind IN ('user', 'external')), 
	CONSTRAINT ck_comments_text CHECK (length(text) BETWEEN 1 AND 1000), 
	CONSTRAINT fk_comments_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE INDEX ix_comments_conversation_id_id ON comments (conversation_id, id);
CREATE TABLE snippet_files (
	id INTEGER NOT NULL, 
	snippet_id INTEGER NOT NULL, 
	position INTEGER DEFAULT '0' NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	media_type TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	original_name TEXT NOT NULL, 
	CONSTRAINT pk_snippet_files PRIMARY KEY (id), 
	CONSTRAINT fk_snippet_files_snippet_id FOREIGN KEY(snippet_id) REFERENCES snippets (id) ON DELETE CASCADE
);
CREATE INDEX ix_snippet_files_snippet_id ON snippet_files (snippet_id);
CREATE TABLE comment_mentions (
	comment_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	seen_at BIGINT, 
	CONSTRAINT pk_comment_mentions PRIMARY KEY (comment_id, user_id), 
	CONSTRAINT fk_comment_mentions_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id) ON DELETE CASCADE, 
	CONSTRAINT fk_comment_mentions_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_comment_mentions_user_id ON comment_mentions (user_id);
CREATE TABLE holidays (
	id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	yearly BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_holidays PRIMARY KEY (id), 
	CONSTRAINT uq_holidays_day UNIQUE (day)
);
CREATE TABLE labels (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	name_key VARCHAR(64) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_labels PRIMARY KEY (id), 
	CONSTRAINT ck_labels_name CHECK (name <> ''), 
	CONSTRAINT uq_labels_name_key UNIQUE (name_key)
);
CREATE TABLE teams (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	hours TEXT NOT NULL, 
	restricted BOOLEAN DEFAULT false NOT NULL, 
	recipient_zone BOOLEAN DEFAULT true NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_teams PRIMARY KEY (id), 
	CONSTRAINT ck_teams_name CHECK (name <> ''), 
	CONSTRAINT uq_teams_name_key UNIQUE (name_key)
);
CREATE TABLE team_channels (
	team_id INTEGER NOT NULL, 
	channel_id INTEGER NOT NULL, 
	CONSTRAINT pk_team_channels PRIMARY KEY (team_id, channel_id), 
	CONSTRAINT fk_team_channels_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_team_channels_team_id FOREIGN KEY(team_id) REFERENCES teams (id) ON DELETE CASCADE
);
CREATE TABLE blocked_terms (
	id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	term VARCHAR(255) NOT NULL, 
	term_key VARCHAR(255) NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	created_by_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_blocked_terms PRIMARY KEY (id), 
	CONSTRAINT ck_blocked_terms_kind CHECK (kind IN ('word', 'link')), 
	CONSTRAINT ck_blocked_terms_term CHECK (term_key <> ''), 
	CONSTRAINT fk_blocked_terms_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX uq_blocked_terms_term_key ON blocked_terms (kind, term_key);
CREATE TABLE campaigns (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	created_by_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_campaigns PRIMARY KEY (id), 
	CONSTRAINT ck_campaigns_name CHECK (name <> ''), 
	CONSTRAINT fk_campaigns_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id), 
	CONSTRAINT uq_campaigns_name_key UNIQUE (name_key)
);
CREATE TABLE reminders (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	field_id INTEGER NOT NULL, 
	amount INTEGER NOT NULL, 
	unit VARCHAR(10) NOT NULL, 
	at_time VARCHAR(5) DEFAULT '' NOT NULL, 
	yearly BOOLEAN DEFAULT false NOT NULL, 
	channel_id INTEGER NOT NULL, 
	segment TEXT NOT NULL, 
	text TEXT NOT NULL, 
	files TEXT NOT NULL, 
	created_by_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_reminders PRIMARY KEY (id), 
	CONSTRAINT ck_reminders_name CHECK (name <> ''), 
	CONSTRAINT ck_reminders_unit CHECK (unit IN ('minutes', 'hours', 'days', 'weeks')), 
	CONSTRAINT fk_reminders_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_reminders_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id), 
	CONSTRAINT fk_reminders_field_id FOREIGN KEY(field_id) REFERENCES custom_fields (id) ON DELETE CASCADE, 
	CONSTRAINT uq_reminders_name_key UNIQUE (name_key)
);
CREATE TABLE term_decisions (
	id INTEGER NOT NULL, 
	message_id BIGINT NOT NULL, 
	term_key VARCHAR(255) NOT NULL, 
	decision VARCHAR(20) NOT NULL, 
	user_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	text_hash VARCHAR(64) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_term_decisions PRIMARY KEY (id), 
	CONSTRAINT ck_term_decisions_decision CHECK (decision IN ('allowed', 'kept')), 
	CONSTRAINT fk_term_decisions_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_term_decisions_message_id ON term_decisions (message_id);
CREATE INDEX ix_term_decisions_text_hash ON term_decisions (text_hash) WHERE decision = 'allowed';
CREATE TABLE campaign_steps (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	days INTEGER DEFAULT '0' NOT NULL, 
	minutes INTEGER DEFAULT '0' NOT NULL, 
	text TEXT NOT NULL, 
	files TEXT NOT NULL, 
	removed BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_campaign_steps PRIMARY KEY (id), 
	CONSTRAINT ck_campaign_steps_interval CHECK (days >= 0 AND minutes >= 0), 
	CONSTRAINT fk_campaign_steps_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);
CREATE INDEX ix_campaign_steps_campaign_id ON campaign_steps (campaign_id, position);
CREATE TABLE enrollments (
	id INTEGER NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	conversation_id BIGINT NOT NULL, 
	channel_id INTEGER NOT NULL, 
	address_id BIGINT NOT NULL, 
	user_id BIGINT, 
	applied_at BIGINT NOT NULL, 
	zone VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	ended_at BIGINT, 
	cause VARCHAR(40) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_enrollments PRIMARY KEY (id), 
	CONSTRAINT ck_enrollments_ended CHECK ((state = 'active') = (ended_at IS NULL)), 
	CONSTRAINT ck_enrollments_state CHECK (state IN ('active', 'finished', 'replied', 'opted_out', 'cancelled')), 
	CONSTRAINT fk_enrollments_campaign_id FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE, 
	CONSTRAINT fk_enrollments_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_enrollments_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);
CREATE INDEX ix_enrollments_campaign_id ON enrollments (campaign_id, id);
CREATE INDEX ix_enrollments_contact_id ON enrollments (contact_id, id);
CREATE UNIQUE INDEX uq_enrollments_active ON enrollments (campaign_id, contact_id) WHERE state = 'active';
CREATE TABLE reminder_runs (
	reminder_id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	nominal_local VARCHAR(19) NOT NULL, 
	at BIGINT NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	message_id BIGINT, 
	reason TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_reminder_runs PRIMARY KEY (reminder_id, contact_id, nominal_local), 
	CONSTRAINT ck_reminder_runs_outcome CHECK (outcome IN ('queued', 'skipped', 'missed', 'asking')), 
	CONSTRAINT fk_reminder_runs_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_reminder_runs_reminder_id FOREIGN KEY(reminder_id) REFERENCES reminders (id) ON DELETE CASCADE
);
CREATE INDEX ix_reminder_runs_contact_id ON reminder_runs (contact_id);
CREATE TABLE schedules (
	id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(255) DEFAULT '' NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	text TEXT NOT NULL, 
	files TEXT NOT NULL, 
	audience TEXT NOT NULL, 
	options TEXT NOT NULL, 
	channel_id INTEGER NOT NULL, 
	conversation_id INTEGER, 
	address_id BIGINT, 
	team_id INTEGER, 
	user_id INTEGER, 
	starts_at VARCHAR(19) NOT NULL, 
	zone VARCHAR(64) NOT NULL, 
	rule TEXT DEFAULT '' NOT NULL, 
	next_at BIGINT, 
	next_local VARCHAR(19), 
	cancel_on_reply BOOLEAN DEFAULT false NOT NULL, 
	cause VARCHAR(40) DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	version INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_schedules PRIMARY KEY (id), 
	CONSTRAINT ck_schedules_reply CHECK ((kind = 'reply') = (conversation_id IS NOT NULL)), 
	CONSTRAINT ck_schedules_kind CHECK (kind IN ('broadcast', 'reply')), 
	CONSTRAINT ck_schedules_state CHECK (state IN ('active', 'paused', 'asking', 'ended', 'cancelled')), 
	CONSTRAINT ck_schedules_next CHECK ((next_at IS NULL) = (next_local IS NULL)), 
	CONSTRAINT fk_schedules_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_schedules_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_schedules_team_id FOREIGN KEY(team_id) REFERENCES teams (id), 
	CONSTRAINT fk_schedules_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_schedules_conversation_id ON schedules (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX ix_schedules_due ON schedules (next_at) WHERE state = 'active' AND next_at IS NOT NULL;
CREATE INDEX ix_schedules_listed ON schedules (next_at, id) WHERE state IN ('active', 'paused', 'asking');
CREATE TABLE batches (
	id INTEGER NOT NULL, 
	code VARCHAR(20) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(255) DEFAULT '' NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	text TEXT NOT NULL, 
	files TEXT NOT NULL, 
	audience TEXT NOT NULL, 
	options TEXT NOT NULL, 
	file_name TEXT DEFAULT '' NOT NULL, 
	channel_id INTEGER NOT NULL, 
	team_id INTEGER, 
	user_id INTEGER, 
	schedule_id INTEGER, 
	created_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	stopped_by_id BIGINT, 
	lease_owner VARCHAR(64), 
	lease_until BIGINT, 
	filled_at BIGINT, 
	CONSTRAINT pk_batches PRIMARY KEY (id), 
	CONSTRAINT ck_batches_kind CHECK (kind IN ('broadcast', 'file', 'schedule')), 
	CONSTRAINT ck_batches_status CHECK (status IN ('programmed', 'processing', 'sending', 'cancelled', 'error', 'sent', 'blocked_time')), 
	CONSTRAINT ck_batches_reason CHECK (status NOT IN ('error', 'blocked_time') OR reason <> ''), 
	CONSTRAINT ck_batches_lease CHECK ((lease_owner IS NULL) = (lease_until IS NULL)), 
	CONSTRAINT fk_batches_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_batches_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedules (id) ON DELETE SET NULL, 
	CONSTRAINT fk_batches_team_id FOREIGN KEY(team_id) REFERENCES teams (id), 
	CONSTRAINT fk_batches_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_batches_code UNIQUE (code)
);
CREATE INDEX ix_batches_due ON batches (due_at) WHERE status = 'programmed';
CREATE INDEX ix_batches_open ON batches (id) WHERE status IN ('processing', 'sending');
CREATE INDEX ix_batches_schedule_id ON batches (schedule_id) WHERE schedule_id IS NOT NULL;
CREATE INDEX ix_batches_status ON batches (status, id);
CREATE TABLE enrollment_steps (
	id INTEGER NOT NULL, 
	enrollment_id INTEGER NOT NULL, 
	step_id INTEGER NOT NULL, 
	due_at BIGINT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	message_id BIGINT, 
	CONSTRAINT pk_enrollment_steps PRIMARY KEY (id), 
	CONSTRAINT ck_enrollment_steps_message CHECK ((state = 'queued') = (message_id IS NOT NULL)), 
	CONSTRAINT ck_enrollment_steps_state CHECK (state IN ('waiting', 'asking', 'queued', 'skipped', 'cancelled')), 
	CONSTRAINT fk_enrollment_steps_enrollment_id FOREIGN KEY(enrollment_id) REFERENCES enrollments (id) ON DELETE CASCADE, 
	CONSTRAINT fk_enrollment_steps_step_id FOREIGN KEY(step_id) REFERENCES campaign_steps (id) ON DELETE CASCADE, 
	CONSTRAINT uq_enrollment_steps_enrollment_id_step_id UNIQUE (enrollment_id, step_id)
);
CREATE INDEX ix_enrollment_steps_due ON enrollment_steps (due_at) WHERE state = 'waiting';
CREATE TABLE message_labels (
	message_id INTEGER NOT NULL, 
	label_id INTEGER NOT NULL, 
	CONSTRAINT pk_message_labels PRIMARY KEY (message_id, label_id), 
	CONSTRAINT fk_message_labels_label_id FOREIGN KEY(label_id) REFERENCES labels (id) ON DELETE CASCADE, 
	CONSTRAINT fk_message_labels_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX ix_message_labels_label_id ON message_labels (label_id, message_id);
CREATE TABLE schedule_runs (
	schedule_id INTEGER NOT NULL, 
	nominal_local VARCHAR(19) NOT NULL, 
	at BIGINT NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	batch_id BIGINT, 
	message_id BIGINT, 
	reason TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_schedule_runs PRIMARY KEY (schedule_id, nominal_local), 
	CONSTRAINT ck_schedule_runs_outcome CHECK (outcome IN ('fired', 'skipped', 'missed', 'asking', 'refused')), 
	CONSTRAINT fk_schedule_runs_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedules (id) ON DELETE CASCADE
);
CREATE TABLE batch_recipients (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	contact_id BIGINT, 
	conversation_id BIGINT, 
	address_id BIGINT, 
	state VARCHAR(20) NOT NULL, 
	reason_code VARCHAR(40) DEFAULT '' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	message_id BIGINT, 
	line INTEGER DEFAULT '0' NOT NULL, 
	variables TEXT NOT NULL, 
	CONSTRAINT pk_batch_recipients PRIMARY KEY (id), 
	CONSTRAINT ck_batch_recipients_message CHECK ((state = 'queued') = (message_id IS NOT NULL)), 
	CONSTRAINT ck_batch_recipients_address CHECK (state = 'bad' OR address_id IS NOT NULL OR state = 'skipped'), 
	CONSTRAINT ck_batch_recipients_state CHECK (state IN ('waiting', 'queued', 'skipped', 'cancelled', 'bad')), 
	CONSTRAINT ck_batch_recipients_reason CHECK (state NOT IN ('skipped', 'bad') OR reason <> ''), 
	CONSTRAINT fk_batch_recipients_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id) ON DELETE CASCADE, 
	CONSTRAINT uq_batch_recipients_batch_id_address_id UNIQUE (batch_id, address_id)
);
CREATE INDEX ix_batch_recipients_batch_id ON batch_recipients (batch_id, state, id);
CREATE INDEX ix_batch_recipients_contact_id ON batch_recipients (contact_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX uq_batch_recipients_message_id ON batch_recipients (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE exchanges (
	id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	channel_id INTEGER NOT NULL, 
	message_id INTEGER, 
	attempt_id INTEGER, 
	at BIGINT NOT NULL, 
	elapsed_millis INTEGER DEFAULT '0' NOT NULL, 
	request TEXT DEFAULT '' NOT NULL, 
	response TEXT DEFAULT '' NOT NULL, 
	http_status INTEGER, 
	error_code TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_exchanges PRIMARY KEY (id), 
	CONSTRAINT ck_exchanges_kind CHECK (kind IN ('send', 'status', 'receive', 'call', 'attachment', 'token')), 
	CONSTRAINT fk_exchanges_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_exchanges_channel_id FOREIGN KEY(channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_exchanges_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX ix_exchanges_message_id ON exchanges (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX ix_outbox_due ON outbox (priority DESC, due_at, id) WHERE state IN ('queued', 'retry_wait');
CREATE INDEX ix_messages_folder ON messages (folder, id) WHERE folder IS NOT NULL;
CREATE INDEX ix_messages_sent_at ON messages (sent_at, id) WHERE folder = 'sent';
CREATE INDEX ix_messages_batch_id ON messages (batch_id, status) WHERE batch_id IS NOT NULL;
INSERT INTO alembic_version VALUES ('0003');
INSERT INTO change_log VALUES (1, 1772452800000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ChannelChanged', '{"channel_id":1}');
INSERT INTO change_log VALUES (2, 1772452800000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ContactChanged', '{"contact_id":1}');
INSERT INTO change_log VALUES (3, 1772452800000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO change_log VALUES (4, 1772452801000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'MessageReceived', '{"message_id":1858551468261778229,"conversation_id":1,"contact_id":1}');
INSERT INTO change_log VALUES (5, 1772452803000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO change_log VALUES (6, 1772452803000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'TimelineEntryAdded', '{"entry_id":1858551470358644581,"conversation_id":1}');
INSERT INTO change_log VALUES (7, 1772452804000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'TimelineEntryAdded', '{"entry_id":1858551471408002827,"conversation_id":1}');
INSERT INTO change_log VALUES (8, 1772452804000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'DraftChanged', '{"conversation_id":1,"user_id":1}');
INSERT INTO change_log VALUES (9, 1772452804000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ContactChanged', '{"contact_id":2}');
INSERT INTO change_log VALUES (10, 1772452804000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO change_log VALUES (11, 1772452805000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'MessageReceived', '{"message_id":1858551472456135671,"conversation_id":2,"contact_id":2}');
INSERT INTO change_log VALUES (12, 1772452807000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO change_log VALUES (13, 1772452807000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'TimelineEntryAdded', '{"entry_id":1858551474553046117,"conversation_id":2}');
INSERT INTO change_log VALUES (14, 1772452808000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'TimelineEntryAdded', '{"entry_id":1858551475601982048,"conversation_id":2}');
INSERT INTO change_log VALUES (15, 1772452808000, '6aab4cf9def347d5a80a13a2d7c5bcde', 'DraftChanged', '{"conversation_id":2,"user_id":1}');
INSERT INTO channels VALUES (1, 'simulator', 'Front desk', '+14155550100', '{"network":"sms"}', 'active', '', '', NULL, NULL, NULL, NULL, 0, 1772452800000);
INSERT INTO contacts VALUES (1, 'Zoë', '', 'opted_in', NULL, 0, 0, '', 1772452800000, '', '', 'inbound', 'zoe', 'zoe', '', '', '', 'not_sent', NULL, NULL, NULL, '');
INSERT INTO contacts VALUES (2, '王小明', '', 'opted_in', NULL, 0, 0, '', 1772452804000, '', '', 'inbound', '王小明', '王小明', '', '', '', 'not_sent', NULL, NULL, NULL, '');
INSERT INTO settings VALUES (0, 'organisation_name', '"Dental"');
INSERT INTO users VALUES (1, 'Dana Reyes', 'administrator', 1, 1772452800000, NULL);
INSERT INTO contact_addresses VALUES (1, 1, 'tel', '+14155550100', 0, 'opted_in', 0, 1772452800000);
INSERT INTO contact_addresses VALUES (2, 2, 'tel', '+14155550101', 0, 'opted_in', 0, 1772452804000);
INSERT INTO conversations VALUES (1, 1, 'pending', NULL, NULL, NULL, 1, 1858551468261778229, 1858551470358644581, 'in', NULL, 'missed_call', '', 1, 1858551468261778229, 1, NULL, NULL, NULL, 1772452800000, 1858551470358644581, 0, 0, NULL, NULL, 1858551468261778229, 1858551469310065638, 'user', NULL, 2);
INSERT INTO conversations VALUES (2, 2, 'pending', NULL, NULL, NULL, 1, 1858551472456135671, 1858551474553046117, 'in', NULL, 'missed_call', '', 1, 1858551472456135671, 1, NULL, NULL, NULL, 1772452804000, 1858551474553046117, 0, 0, NULL, NULL, 1858551472456135671, 1858551473504662429, 'user', NULL, 2);
INSERT INTO calls VALUES (1858551470358644581, 1, 1, 1, 'in', 'no_answer', 0, '1858551470358644581', '');
INSERT INTO calls VALUES (1858551474553046117, 2, 2, 1, 'in', 'no_answer', 0, '1858551474553046117', '');
INSERT INTO conversation_events VALUES (1858551471408002827, 1, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO conversation_events VALUES (1858551475601982048, 2, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO drafts VALUES (1, 1, 'half a thought', '[]', NULL, 1772452804000, '');
INSERT INTO drafts VALUES (2, 1, 'half a thought', '[]', NULL, 1772452808000, '');
INSERT INTO messages VALUES (1858551468261778229, 1, 1, 'in', 'hello from Zoë, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL);
INSERT INTO messages VALUES (1858551469310065638, 1, 1, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551469310065638', NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL);
INSERT INTO messages VALUES (1858551472456135671, 2, 2, 'in', 'hello from 王小明, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL);
INSERT INTO messages VALUES (1858551473504662429, 2, 2, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551473504662429', NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL);
INSERT INTO contact_texts VALUES (1, ' zoe +14155550100 14155550100');
INSERT INTO contact_texts VALUES (2, ' 王小明 +14155550101 14155550101');
INSERT INTO contact_search (contact_search) VALUES ('rebuild');
INSERT INTO settings (user_id, key, value) VALUES (0, 'search.stale', '[0, 9223372036854775807]');
