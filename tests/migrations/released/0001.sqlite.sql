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
	created_at BIGINT NOT NULL, 
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
	created_at BIGINT NOT NULL, 
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
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_conversations PRIMARY KEY (id), 
	CONSTRAINT ck_conversations_status CHECK (status IN ('pending', 'done')), 
	CONSTRAINT ck_conversations_unread_count CHECK (unread_count >= 0), 
	CONSTRAINT fk_conversations_assignee_id FOREIGN KEY(assignee_id) REFERENCES users (id), 
	CONSTRAINT fk_conversations_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_conversations_last_channel_id FOREIGN KEY(last_channel_id) REFERENCES channels (id), 
	CONSTRAINT fk_conversations_last_inbound_channel_id FOREIGN KEY(last_inbound_channel_id) REFERENCES channels (id), 
	CONSTRAINT uq_conversations_contact_id UNIQUE (contact_id)
);
CREATE INDEX ix_conversations_active ON conversations (last_entry_id, id, unread_count) WHERE archived_at IS NULL;
CREATE INDEX ix_conversations_archived ON conversations (last_entry_id, id, unread_count) WHERE archived_at IS NOT NULL;
CREATE INDEX ix_conversations_failed ON conversations (last_entry_id, id, unread_count) WHERE archived_at IS NULL AND last_status IN ('failed', 'undelivered', 'unknown', 'blocked', 'expired');
CREATE INDEX ix_conversations_unread ON conversations (last_entry_id, id, unread_count) WHERE archived_at IS NULL AND unread_count > 0;
CREATE INDEX ix_conversations_waiting ON conversations (last_entry_id, id, unread_count) WHERE archived_at IS NULL AND waiting_since IS NOT NULL;
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
	provider_call_id TEXT NOT NULL, 
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
	updated_at BIGINT NOT NULL, 
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
	error_text TEXT DEFAULT '' NOT NULL, 
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
	confirmed TEXT DEFAULT '' NOT NULL, 
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
CREATE INDEX ix_outbox_due ON outbox (priority DESC, due_at, id) WHERE state IN ('queued', 'retry_wait');
CREATE TABLE contact_texts (
	contact_id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_contact_texts PRIMARY KEY (contact_id), 
	CONSTRAINT fk_contact_texts_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE message_search USING fts5(words, conversation, tokenize='ascii', prefix='2 3', content='', columnsize=0);
CREATE VIRTUAL TABLE contact_search USING fts5(text, tokenize='trigram', content='contact_texts', content_rowid='contact_id', columnsize=0);
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO change_log VALUES (1, 1772452800000, 'e857526fee3e4d70913a234ab66a979a', 'ChannelChanged', '{"channel_id":1}');
INSERT INTO change_log VALUES (2, 1772452800000, 'e857526fee3e4d70913a234ab66a979a', 'ContactChanged', '{"contact_id":1}');
INSERT INTO change_log VALUES (3, 1772452800000, 'e857526fee3e4d70913a234ab66a979a', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO change_log VALUES (4, 1772452801000, 'e857526fee3e4d70913a234ab66a979a', 'MessageReceived', '{"message_id":1858551468261809434,"conversation_id":1,"contact_id":1}');
INSERT INTO change_log VALUES (5, 1772452803000, 'e857526fee3e4d70913a234ab66a979a', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO change_log VALUES (6, 1772452803000, 'e857526fee3e4d70913a234ab66a979a', 'TimelineEntryAdded', '{"entry_id":1858551470359300669,"conversation_id":1}');
INSERT INTO change_log VALUES (7, 1772452804000, 'e857526fee3e4d70913a234ab66a979a', 'TimelineEntryAdded', '{"entry_id":1858551471407766936,"conversation_id":1}');
INSERT INTO change_log VALUES (8, 1772452804000, 'e857526fee3e4d70913a234ab66a979a', 'DraftChanged', '{"conversation_id":1,"user_id":1}');
INSERT INTO change_log VALUES (9, 1772452804000, 'e857526fee3e4d70913a234ab66a979a', 'ContactChanged', '{"contact_id":2}');
INSERT INTO change_log VALUES (10, 1772452804000, 'e857526fee3e4d70913a234ab66a979a', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO change_log VALUES (11, 1772452805000, 'e857526fee3e4d70913a234ab66a979a', 'MessageReceived', '{"message_id":1858551472456230267,"conversation_id":2,"contact_id":2}');
INSERT INTO change_log VALUES (12, 1772452807000, 'e857526fee3e4d70913a234ab66a979a', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO change_log VALUES (13, 1772452807000, 'e857526fee3e4d70913a234ab66a979a', 'TimelineEntryAdded', '{"entry_id":1858551474553008434,"conversation_id":2}');
INSERT INTO change_log VALUES (14, 1772452808000, 'e857526fee3e4d70913a234ab66a979a', 'TimelineEntryAdded', '{"entry_id":1858551475602040284,"conversation_id":2}');
INSERT INTO change_log VALUES (15, 1772452808000, 'e857526fee3e4d70913a234ab66a979a', 'DraftChanged', '{"conversation_id":2,"user_id":1}');
INSERT INTO channels VALUES (1, 'simulator', 'Front desk', '+14155550100', '{"network":"sms"}', 'active', '', '', NULL, NULL, NULL, NULL, 0, 1772452800000);
INSERT INTO contacts VALUES (1, 'Zoë', '', 'opted_in', NULL, 0, 0, '', 1772452800000);
INSERT INTO contacts VALUES (2, '王小明', '', 'opted_in', NULL, 0, 0, '', 1772452804000);
INSERT INTO settings VALUES (0, 'organisation_name', '"Dental"');
INSERT INTO users VALUES (1, 'Dana Reyes', 'administrator', 1, 1772452800000);
INSERT INTO contact_addresses VALUES (1, 1, 'tel', '+14155550100', 0, 'opted_in', 0, 1772452800000);
INSERT INTO contact_addresses VALUES (2, 2, 'tel', '+14155550101', 0, 'opted_in', 0, 1772452804000);
INSERT INTO conversations VALUES (1, 1, 'pending', NULL, NULL, NULL, 1, 1858551468261809434, 1858551470359300669, 'in', NULL, 'missed_call', '', 1, 1858551468261809434, 1, NULL, NULL, NULL, 1772452800000);
INSERT INTO conversations VALUES (2, 2, 'pending', NULL, NULL, NULL, 1, 1858551472456230267, 1858551474553008434, 'in', NULL, 'missed_call', '', 1, 1858551472456230267, 1, NULL, NULL, NULL, 1772452804000);
INSERT INTO calls VALUES (1858551470359300669, 1, 1, 1, 'in', 'no_answer', 0, '1858551470359300669');
INSERT INTO calls VALUES (1858551474553008434, 2, 2, 1, 'in', 'no_answer', 0, '1858551474553008434');
INSERT INTO conversation_events VALUES (1858551471407766936, 1, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO conversation_events VALUES (1858551475602040284, 2, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO drafts VALUES (1, 1, 'half a thought', '[]', NULL, 1772452804000);
INSERT INTO drafts VALUES (2, 1, 'half a thought', '[]', NULL, 1772452808000);
INSERT INTO messages VALUES (1858551468261809434, 1, 1, 'in', 'hello from Zoë, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '');
INSERT INTO messages VALUES (1858551469310332270, 1, 1, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551469310332270', NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '');
INSERT INTO messages VALUES (1858551472456230267, 2, 2, 'in', 'hello from 王小明, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '');
INSERT INTO messages VALUES (1858551473504963408, 2, 2, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551473504963408', NULL, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', '');
INSERT INTO contact_texts VALUES (1, ' zoe +14155550100 14155550100');
INSERT INTO contact_texts VALUES (2, ' 王小明 +14155550101 14155550101');
INSERT INTO contact_search (contact_search) VALUES ('rebuild');
INSERT INTO settings (user_id, key, value) VALUES (0, 'search.stale', '[0, 9223372036854775807]');
