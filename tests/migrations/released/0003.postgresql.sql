SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.attachments (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    state character varying(20) NOT NULL,
    sha256 character varying(64) DEFAULT ''::character varying NOT NULL,
    media_type text DEFAULT 'application/octet-stream'::text NOT NULL,
    size bigint DEFAULT '0'::bigint NOT NULL,
    original_name text DEFAULT ''::text NOT NULL,
    width integer DEFAULT 0 NOT NULL,
    height integer DEFAULT 0 NOT NULL,
    reference text DEFAULT ''::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    fetch_attempts integer DEFAULT 0 NOT NULL,
    fetch_due_at bigint,
    CONSTRAINT ck_attachments_ready CHECK ((((state)::text <> 'ready'::text) OR ((sha256)::text <> ''::text))),
    CONSTRAINT ck_attachments_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'ready'::character varying, 'refused'::character varying, 'failed'::character varying])::text[])))
);
CREATE SEQUENCE public.attachments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.attachments_id_seq OWNED BY public.attachments.id;
CREATE TABLE public.attempts (
    id bigint NOT NULL,
    outbox_id bigint NOT NULL,
    number integer NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    outcome character varying(20),
    http_status integer,
    provider_code text DEFAULT ''::text NOT NULL,
    error_text text DEFAULT ''::text NOT NULL,
    request_hash character varying(64) DEFAULT ''::character varying NOT NULL
);
CREATE SEQUENCE public.attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.attempts_id_seq OWNED BY public.attempts.id;
CREATE TABLE public.batch_recipients (
    id bigint NOT NULL,
    batch_id bigint NOT NULL,
    contact_id bigint,
    conversation_id bigint,
    address_id bigint,
    state character varying(20) NOT NULL,
    reason_code character varying(40) DEFAULT ''::character varying NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    message_id bigint,
    line integer DEFAULT 0 NOT NULL,
    variables text NOT NULL,
    CONSTRAINT ck_batch_recipients_address CHECK ((((state)::text = 'bad'::text) OR (address_id IS NOT NULL) OR ((state)::text = 'skipped'::text))),
    CONSTRAINT ck_batch_recipients_message CHECK ((((state)::text = 'queued'::text) = (message_id IS NOT NULL))),
    CONSTRAINT ck_batch_recipients_reason CHECK ((((state)::text <> ALL ((ARRAY['skipped'::character varying, 'bad'::character varying])::text[])) OR (reason <> ''::text))),
    CONSTRAINT ck_batch_recipients_state CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'queued'::character varying, 'skipped'::character varying, 'cancelled'::character varying, 'bad'::character varying])::text[])))
);
CREATE SEQUENCE public.batch_recipients_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.batch_recipients_id_seq OWNED BY public.batch_recipients.id;
CREATE TABLE public.batches (
    id bigint NOT NULL,
    code character varying(20) NOT NULL,
    kind character varying(20) NOT NULL,
    name character varying(255) DEFAULT ''::character varying NOT NULL,
    status character varying(20) NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    text text NOT NULL,
    files text NOT NULL,
    audience text NOT NULL,
    options text NOT NULL,
    file_name text DEFAULT ''::text NOT NULL,
    channel_id bigint NOT NULL,
    team_id bigint,
    user_id bigint,
    schedule_id bigint,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    finished_at bigint,
    stopped_by_id bigint,
    lease_owner character varying(64),
    lease_until bigint,
    filled_at bigint,
    CONSTRAINT ck_batches_kind CHECK (((kind)::text = ANY ((ARRAY['broadcast'::character varying, 'file'::character varying, 'schedule'::character varying])::text[]))),
    CONSTRAINT ck_batches_lease CHECK (((lease_owner IS NULL) = (lease_until IS NULL))),
    CONSTRAINT ck_batches_reason CHECK ((((status)::text <> ALL ((ARRAY['error'::character varying, 'blocked_time'::character varying])::text[])) OR (reason <> ''::text))),
    CONSTRAINT ck_batches_status CHECK (((status)::text = ANY ((ARRAY['programmed'::character varying, 'processing'::character varying, 'sending'::character varying, 'cancelled'::character varying, 'error'::character varying, 'sent'::character varying, 'blocked_time'::character varying])::text[])))
);
CREATE TABLE public.blocked_terms (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    term character varying(255) NOT NULL,
    term_key character varying(255) NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_by_id bigint NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_blocked_terms_kind CHECK (((kind)::text = ANY ((ARRAY['word'::character varying, 'link'::character varying])::text[]))),
    CONSTRAINT ck_blocked_terms_term CHECK (((term_key)::text <> ''::text))
);
CREATE SEQUENCE public.blocked_terms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.blocked_terms_id_seq OWNED BY public.blocked_terms.id;
CREATE TABLE public.calls (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    direction character varying(3) NOT NULL,
    status character varying(20) NOT NULL,
    duration_seconds integer DEFAULT 0 NOT NULL,
    provider_call_id text NOT NULL,
    reason character varying(20) DEFAULT ''::character varying NOT NULL
);
CREATE TABLE public.campaign_steps (
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    "position" integer NOT NULL,
    days integer DEFAULT 0 NOT NULL,
    minutes integer DEFAULT 0 NOT NULL,
    text text NOT NULL,
    files text NOT NULL,
    removed boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_campaign_steps_interval CHECK (((days >= 0) AND (minutes >= 0)))
);
CREATE SEQUENCE public.campaign_steps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaign_steps_id_seq OWNED BY public.campaign_steps.id;
CREATE TABLE public.campaigns (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_by_id bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_campaigns_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.campaigns_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaigns_id_seq OWNED BY public.campaigns.id;
CREATE TABLE public.change_log (
    id bigint NOT NULL,
    at bigint NOT NULL,
    instance character varying(64) NOT NULL,
    kind character varying(60) NOT NULL,
    payload text NOT NULL
);
CREATE SEQUENCE public.change_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.change_log_id_seq OWNED BY public.change_log.id;
CREATE TABLE public.channel_pollers (
    channel_id bigint NOT NULL,
    owner character varying(64) NOT NULL,
    lease_until bigint NOT NULL
);
CREATE TABLE public.channels (
    id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    settings text NOT NULL,
    state character varying(20) NOT NULL,
    state_reason text DEFAULT ''::text NOT NULL,
    cursor text DEFAULT ''::text NOT NULL,
    last_fetch_at bigint,
    cool_until bigint,
    circuit_until bigint,
    circuit_opened_at bigint,
    circuit_failures integer DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_channels_state CHECK (((state)::text = ANY ((ARRAY['active'::character varying, 'paused'::character varying, 'broken'::character varying, 'removed'::character varying])::text[])))
);
CREATE SEQUENCE public.channels_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.channels_id_seq OWNED BY public.channels.id;
CREATE TABLE public.comment_mentions (
    comment_id bigint NOT NULL,
    user_id bigint NOT NULL,
    seen_at bigint
);
CREATE TABLE public.comments (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    author_kind character varying(20) NOT NULL,
    author_id bigint,
    author_name text DEFAULT ''::text NOT NULL,
    text text NOT NULL,
    text_key text NOT NULL,
    edited_at bigint,
    CONSTRAINT ck_comments_author_kind CHECK (((author_kind)::text = ANY ((ARRAY['user'::character varying, 'external'::character varying])::text[]))),
    CONSTRAINT ck_comments_text CHECK (((length(text) >= 1) AND (length(text) <= 1000)))
);
CREATE TABLE public.consent_ledger (
    id bigint NOT NULL,
    contact_id bigint NOT NULL,
    address_id bigint,
    status character varying(20) NOT NULL,
    method character varying(20) NOT NULL,
    wording text DEFAULT ''::text NOT NULL,
    message_id bigint,
    user_id bigint,
    scope character varying(40) DEFAULT 'everything'::character varying NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.contact_addresses (
    id bigint NOT NULL,
    contact_id bigint NOT NULL,
    scheme character varying(20) NOT NULL,
    path text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    opt_in character varying(20) DEFAULT 'opted_in'::character varying NOT NULL,
    carrier_blocked boolean DEFAULT false NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_contact_addresses_opt_in CHECK (((opt_in)::text = ANY ((ARRAY['opted_in'::character varying, 'opted_out'::character varying])::text[]))),
    CONSTRAINT ck_contact_addresses_path CHECK ((path <> ''::text))
);
CREATE SEQUENCE public.contact_addresses_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contact_addresses_id_seq OWNED BY public.contact_addresses.id;
CREATE TABLE public.contact_distinct (
    one_id bigint NOT NULL,
    other_id bigint NOT NULL,
    CONSTRAINT ck_contact_distinct_order CHECK ((one_id < other_id))
);
CREATE TABLE public.contact_field_values (
    contact_id bigint NOT NULL,
    field_id bigint NOT NULL,
    value text NOT NULL,
    value_key text NOT NULL,
    number double precision,
    CONSTRAINT ck_contact_field_values_value CHECK ((value <> ''::text))
);
CREATE TABLE public.contact_list_members (
    list_id bigint NOT NULL,
    contact_id bigint NOT NULL
);
CREATE TABLE public.contact_lists (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_contact_lists_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.contact_lists_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contact_lists_id_seq OWNED BY public.contact_lists.id;
CREATE TABLE public.contact_merges (
    id bigint NOT NULL,
    kept_id bigint NOT NULL,
    merged_id bigint NOT NULL,
    at bigint NOT NULL,
    user_id bigint NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    image text NOT NULL,
    undone_at bigint
);
CREATE SEQUENCE public.contact_merges_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contact_merges_id_seq OWNED BY public.contact_merges.id;
CREATE TABLE public.contact_tags (
    contact_id bigint NOT NULL,
    tag_id bigint NOT NULL
);
CREATE TABLE public.contact_texts (
    contact_id bigint NOT NULL,
    text text NOT NULL
);
CREATE TABLE public.contacts (
    id bigint NOT NULL,
    first_name text DEFAULT ''::text NOT NULL,
    last_name text DEFAULT ''::text NOT NULL,
    opt_in character varying(20) DEFAULT 'opted_in'::character varying NOT NULL,
    opt_in_changed_at bigint,
    looks_opted_out boolean DEFAULT false NOT NULL,
    blocked boolean DEFAULT false NOT NULL,
    language character varying(35) DEFAULT ''::character varying NOT NULL,
    created_at bigint NOT NULL,
    company text DEFAULT ''::text NOT NULL,
    country character varying(2) DEFAULT ''::character varying NOT NULL,
    source character varying(20) DEFAULT 'inbound'::character varying NOT NULL,
    name_key text DEFAULT ''::text NOT NULL,
    first_key text DEFAULT ''::text NOT NULL,
    last_key text DEFAULT ''::text NOT NULL,
    company_key text DEFAULT ''::text NOT NULL,
    opt_in_method character varying(20) DEFAULT ''::character varying NOT NULL,
    consent character varying(20) DEFAULT 'not_sent'::character varying NOT NULL,
    consent_sent_at bigint,
    consent_message_id bigint,
    merged_into_id bigint,
    zone character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT ck_contacts_consent CHECK (((consent)::text = ANY ((ARRAY['not_sent'::character varying, 'queued'::character varying, 'sent'::character varying, 'acknowledged'::character varying])::text[]))),
    CONSTRAINT ck_contacts_opt_in CHECK (((opt_in)::text = ANY ((ARRAY['opted_in'::character varying, 'opted_out'::character varying])::text[]))),
    CONSTRAINT ck_contacts_source CHECK (((source)::text = ANY ((ARRAY['manual'::character varying, 'import'::character varying, 'inbound'::character varying, 'merge'::character varying])::text[])))
);
CREATE SEQUENCE public.contacts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contacts_id_seq OWNED BY public.contacts.id;
CREATE TABLE public.conversation_events (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    actor_kind character varying(20) NOT NULL,
    actor_id bigint,
    actor_name text DEFAULT ''::text NOT NULL,
    details text NOT NULL
);
CREATE TABLE public.conversations (
    id bigint NOT NULL,
    contact_id bigint NOT NULL,
    status character varying(20) DEFAULT 'pending'::character varying NOT NULL,
    assignee_id bigint,
    snoozed_until bigint,
    archived_at bigint,
    unread_count integer DEFAULT 0 NOT NULL,
    read_up_to_id bigint DEFAULT '0'::bigint NOT NULL,
    last_entry_id bigint DEFAULT '0'::bigint NOT NULL,
    last_direction character varying(3),
    last_status character varying(20),
    last_kind character varying(20) DEFAULT 'text'::character varying NOT NULL,
    snippet text DEFAULT ''::text NOT NULL,
    last_channel_id bigint,
    last_inbound_id bigint DEFAULT '0'::bigint NOT NULL,
    last_inbound_channel_id bigint,
    last_inbound_address_id bigint,
    waiting_since bigint,
    window_ends_at bigint,
    created_at bigint NOT NULL,
    place_id bigint DEFAULT '0'::bigint NOT NULL,
    pinned boolean DEFAULT false NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    snoozed_at bigint,
    returned_at bigint,
    first_entry_id bigint DEFAULT '0'::bigint NOT NULL,
    last_outbound_id bigint DEFAULT '0'::bigint NOT NULL,
    last_sender_kind character varying(20),
    last_replied_by_id bigint,
    message_count integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_conversations_priority CHECK (((priority >= 0) AND (priority <= 4))),
    CONSTRAINT ck_conversations_snoozed CHECK (((snoozed_until IS NULL) OR (snoozed_at IS NOT NULL))),
    CONSTRAINT ck_conversations_status CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'done'::character varying])::text[]))),
    CONSTRAINT ck_conversations_unread_count CHECK ((unread_count >= 0))
);
CREATE SEQUENCE public.conversations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.conversations_id_seq OWNED BY public.conversations.id;
CREATE TABLE public.custom_fields (
    id bigint NOT NULL,
    slug character varying(50) NOT NULL,
    name character varying(50) NOT NULL,
    name_key character varying(50) NOT NULL,
    kind character varying(20) NOT NULL,
    description character varying(255) DEFAULT ''::character varying NOT NULL,
    options text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_custom_fields_kind CHECK (((kind)::text = ANY ((ARRAY['text'::character varying, 'list'::character varying, 'checkbox'::character varying, 'email'::character varying, 'number'::character varying, 'url'::character varying, 'date'::character varying, 'time'::character varying])::text[]))),
    CONSTRAINT ck_custom_fields_name CHECK ((((slug)::text <> ''::text) AND ((name)::text <> ''::text)))
);
CREATE SEQUENCE public.custom_fields_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.custom_fields_id_seq OWNED BY public.custom_fields.id;
CREATE TABLE public.delivery_ledger (
    writer character varying(64) NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    message_id bigint NOT NULL,
    kind character varying(40) NOT NULL,
    details text NOT NULL,
    prev_hash character varying(64) NOT NULL,
    hash character varying(64) NOT NULL
);
CREATE TABLE public.drafts (
    conversation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    text text NOT NULL,
    attachment_paths text DEFAULT '[]'::text NOT NULL,
    channel_id bigint,
    updated_at bigint NOT NULL,
    comment text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.enrollment_steps (
    id bigint NOT NULL,
    enrollment_id bigint NOT NULL,
    step_id bigint NOT NULL,
    due_at bigint NOT NULL,
    state character varying(20) NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    message_id bigint,
    CONSTRAINT ck_enrollment_steps_message CHECK ((((state)::text = 'queued'::text) = (message_id IS NOT NULL))),
    CONSTRAINT ck_enrollment_steps_state CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'asking'::character varying, 'queued'::character varying, 'skipped'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.enrollment_steps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.enrollment_steps_id_seq OWNED BY public.enrollment_steps.id;
CREATE TABLE public.enrollments (
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    address_id bigint NOT NULL,
    user_id bigint,
    applied_at bigint NOT NULL,
    zone character varying(64) NOT NULL,
    state character varying(20) NOT NULL,
    ended_at bigint,
    cause character varying(40) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT ck_enrollments_ended CHECK ((((state)::text = 'active'::text) = (ended_at IS NULL))),
    CONSTRAINT ck_enrollments_state CHECK (((state)::text = ANY ((ARRAY['active'::character varying, 'finished'::character varying, 'replied'::character varying, 'opted_out'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.enrollments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.enrollments_id_seq OWNED BY public.enrollments.id;
CREATE TABLE public.exchanges (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    channel_id bigint NOT NULL,
    message_id bigint,
    attempt_id bigint,
    at bigint NOT NULL,
    elapsed_millis integer DEFAULT 0 NOT NULL,
    request text DEFAULT ''::text NOT NULL,
    response text DEFAULT ''::text NOT NULL,
    http_status integer,
    error_code text DEFAULT ''::text NOT NULL,
    CONSTRAINT ck_exchanges_kind CHECK (((kind)::text = ANY ((ARRAY['send'::character varying, 'status'::character varying, 'receive'::character varying, 'call'::character varying, 'attachment'::character varying, 'token'::character varying])::text[])))
);
CREATE SEQUENCE public.exchanges_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.exchanges_id_seq OWNED BY public.exchanges.id;
CREATE TABLE public.holidays (
    id bigint NOT NULL,
    day date NOT NULL,
    name character varying(255) NOT NULL,
    yearly boolean DEFAULT false NOT NULL
);
CREATE SEQUENCE public.holidays_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.holidays_id_seq OWNED BY public.holidays.id;
CREATE TABLE public.inbound_events (
    channel_id bigint NOT NULL,
    provider_update_id character varying(255) NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.labels (
    id bigint NOT NULL,
    name character varying(64) NOT NULL,
    name_key character varying(64) NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_labels_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.labels_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.labels_id_seq OWNED BY public.labels.id;
CREATE TABLE public.ledger_heads (
    writer character varying(64) NOT NULL,
    seq bigint NOT NULL,
    hash character varying(64) NOT NULL
);
CREATE TABLE public.message_labels (
    message_id bigint NOT NULL,
    label_id bigint NOT NULL
);
CREATE TABLE public.message_search (
    message_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    words tsvector NOT NULL
);
CREATE TABLE public.messages (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    direction character varying(3) NOT NULL,
    text text NOT NULL,
    status character varying(20) NOT NULL,
    channel_id bigint,
    address_id bigint,
    sender_kind character varying(20) NOT NULL,
    sender_id bigint,
    client_uuid character varying(36),
    provider_message_id text,
    segments integer DEFAULT 1 NOT NULL,
    outside_window boolean DEFAULT false NOT NULL,
    queued_at bigint,
    sent_at bigint,
    delivered_at bigint,
    read_at bigint,
    failed_at bigint,
    error_origin character varying(10),
    error_code text DEFAULT ''::text NOT NULL,
    error_text text DEFAULT ''::text NOT NULL,
    visibility character varying(10) DEFAULT 'visible'::character varying NOT NULL,
    flow_id bigint,
    batch_id bigint,
    folder character varying(10) GENERATED ALWAYS AS (
CASE
    WHEN ((direction)::text = 'in'::text) THEN
    CASE visibility
        WHEN 'archived'::text THEN 'archived'::text
        WHEN 'visible'::text THEN
        CASE
            WHEN (flow_id IS NULL) THEN 'inbox'::text
            ELSE 'flows'::text
        END
        ELSE NULL::text
    END
    WHEN ((status)::text = ANY ((ARRAY['held'::character varying, 'queued'::character varying, 'claimed'::character varying, 'sending'::character varying, 'retry_wait'::character varying, 'unknown'::character varying])::text[])) THEN 'outbox'::text
    WHEN ((status)::text = ANY ((ARRAY['accepted'::character varying, 'sent'::character varying, 'delivered'::character varying, 'read'::character varying])::text[])) THEN 'sent'::text
    WHEN ((status)::text = ANY ((ARRAY['failed'::character varying, 'undelivered'::character varying, 'blocked'::character varying, 'expired'::character varying])::text[])) THEN 'failed'::text
    ELSE NULL::text
END) STORED,
    CONSTRAINT ck_messages_client_uuid CHECK ((((direction)::text = 'in'::text) OR (client_uuid IS NOT NULL))),
    CONSTRAINT ck_messages_deleted CHECK ((((visibility)::text <> 'deleted'::text) OR (text = ''::text))),
    CONSTRAINT ck_messages_direction CHECK (((direction)::text = ANY ((ARRAY['in'::character varying, 'out'::character varying])::text[]))),
    CONSTRAINT ck_messages_direction_status CHECK ((((direction)::text = 'in'::text) = ((status)::text = 'received'::text))),
    CONSTRAINT ck_messages_reason CHECK ((((status)::text <> ALL ((ARRAY['failed'::character varying, 'blocked'::character varying, 'unknown'::character varying])::text[])) OR (error_text <> ''::text))),
    CONSTRAINT ck_messages_sent_at CHECK ((((status)::text <> ALL ((ARRAY['sent'::character varying, 'delivered'::character varying, 'read'::character varying])::text[])) OR (sent_at IS NOT NULL))),
    CONSTRAINT ck_messages_status CHECK (((status)::text = ANY ((ARRAY['received'::character varying, 'held'::character varying, 'queued'::character varying, 'claimed'::character varying, 'sending'::character varying, 'retry_wait'::character varying, 'unknown'::character varying, 'accepted'::character varying, 'sent'::character varying, 'delivered'::character varying, 'read'::character varying, 'undelivered'::character varying, 'failed'::character varying, 'blocked'::character varying, 'expired'::character varying, 'cancelled'::character varying])::text[]))),
    CONSTRAINT ck_messages_visibility CHECK ((((visibility)::text = ANY ((ARRAY['visible'::character varying, 'archived'::character varying, 'deleted'::character varying])::text[])) AND (((direction)::text = 'in'::text) OR ((visibility)::text = 'visible'::text))))
);
CREATE TABLE public.outbox (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    address_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    state character varying(20) NOT NULL,
    idem_key character varying(36) NOT NULL,
    priority integer NOT NULL,
    due_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    requeued boolean DEFAULT false NOT NULL,
    fence integer DEFAULT 0 NOT NULL,
    lease_owner character varying(64),
    lease_until bigint,
    sending_since bigint,
    unknown_since bigint,
    look_due_at bigint,
    empty_looks integer DEFAULT 0 NOT NULL,
    reason text,
    on_unknown character varying(20) DEFAULT 'reconcile'::character varying NOT NULL,
    provider_message_id text,
    evidence text,
    confirmed text DEFAULT ''::text NOT NULL,
    after_message_id bigint,
    CONSTRAINT ck_outbox_accepted CHECK ((((state)::text <> 'accepted'::text) OR (provider_message_id IS NOT NULL))),
    CONSTRAINT ck_outbox_lease CHECK ((((state)::text = ANY ((ARRAY['claimed'::character varying, 'sending'::character varying])::text[])) = ((lease_owner IS NOT NULL) AND (lease_until IS NOT NULL)))),
    CONSTRAINT ck_outbox_reason CHECK ((((state)::text <> ALL ((ARRAY['failed'::character varying, 'blocked'::character varying, 'unknown'::character varying])::text[])) OR (reason IS NOT NULL))),
    CONSTRAINT ck_outbox_state CHECK ((((state)::text = ANY ((ARRAY['received'::character varying, 'held'::character varying, 'queued'::character varying, 'claimed'::character varying, 'sending'::character varying, 'retry_wait'::character varying, 'unknown'::character varying, 'accepted'::character varying, 'sent'::character varying, 'delivered'::character varying, 'read'::character varying, 'undelivered'::character varying, 'failed'::character varying, 'blocked'::character varying, 'expired'::character varying, 'cancelled'::character varying])::text[])) AND ((state)::text <> 'received'::text)))
);
CREATE SEQUENCE public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;
CREATE TABLE public.receipt_inbox (
    id bigint NOT NULL,
    channel_id bigint NOT NULL,
    provider_message_id text NOT NULL,
    provider_receipt_key character varying(200) NOT NULL,
    status character varying(20) NOT NULL,
    at bigint NOT NULL,
    error_code text DEFAULT ''::text NOT NULL,
    error_text text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.receipt_inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.receipt_inbox_id_seq OWNED BY public.receipt_inbox.id;
CREATE TABLE public.receipts (
    message_id bigint NOT NULL,
    provider_receipt_key character varying(200) NOT NULL,
    status character varying(20) NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.reminder_runs (
    reminder_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    nominal_local character varying(19) NOT NULL,
    at bigint NOT NULL,
    outcome character varying(20) NOT NULL,
    message_id bigint,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT ck_reminder_runs_outcome CHECK (((outcome)::text = ANY ((ARRAY['queued'::character varying, 'skipped'::character varying, 'missed'::character varying, 'asking'::character varying])::text[])))
);
CREATE TABLE public.reminders (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    active boolean DEFAULT true NOT NULL,
    field_id bigint NOT NULL,
    amount integer NOT NULL,
    unit character varying(10) NOT NULL,
    at_time character varying(5) DEFAULT ''::character varying NOT NULL,
    yearly boolean DEFAULT false NOT NULL,
    channel_id bigint NOT NULL,
    segment text NOT NULL,
    text text NOT NULL,
    files text NOT NULL,
    created_by_id bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_reminders_name CHECK (((name)::text <> ''::text)),
    CONSTRAINT ck_reminders_unit CHECK (((unit)::text = ANY ((ARRAY['minutes'::character varying, 'hours'::character varying, 'days'::character varying, 'weeks'::character varying])::text[])))
);
CREATE SEQUENCE public.reminders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reminders_id_seq OWNED BY public.reminders.id;
CREATE TABLE public.schedule_runs (
    schedule_id bigint NOT NULL,
    nominal_local character varying(19) NOT NULL,
    at bigint NOT NULL,
    outcome character varying(20) NOT NULL,
    batch_id bigint,
    message_id bigint,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT ck_schedule_runs_outcome CHECK (((outcome)::text = ANY ((ARRAY['fired'::character varying, 'skipped'::character varying, 'missed'::character varying, 'asking'::character varying, 'refused'::character varying])::text[])))
);
CREATE TABLE public.schedules (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    name character varying(255) DEFAULT ''::character varying NOT NULL,
    state character varying(20) NOT NULL,
    text text NOT NULL,
    files text NOT NULL,
    audience text NOT NULL,
    options text NOT NULL,
    channel_id bigint NOT NULL,
    conversation_id bigint,
    address_id bigint,
    team_id bigint,
    user_id bigint,
    starts_at character varying(19) NOT NULL,
    zone character varying(64) NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    next_at bigint,
    next_local character varying(19),
    cancel_on_reply boolean DEFAULT false NOT NULL,
    cause character varying(40) DEFAULT ''::character varying NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_schedules_kind CHECK (((kind)::text = ANY ((ARRAY['broadcast'::character varying, 'reply'::character varying])::text[]))),
    CONSTRAINT ck_schedules_next CHECK (((next_at IS NULL) = (next_local IS NULL))),
    CONSTRAINT ck_schedules_reply CHECK ((((kind)::text = 'reply'::text) = (conversation_id IS NOT NULL))),
    CONSTRAINT ck_schedules_state CHECK (((state)::text = ANY ((ARRAY['active'::character varying, 'paused'::character varying, 'asking'::character varying, 'ended'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.schedules_id_seq OWNED BY public.schedules.id;
CREATE TABLE public.segments (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    filter text NOT NULL,
    shared boolean DEFAULT true NOT NULL,
    pinned boolean DEFAULT true NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    broken text DEFAULT ''::text NOT NULL,
    created_by_id bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_segments_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.segments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.segments_id_seq OWNED BY public.segments.id;
CREATE TABLE public.settings (
    user_id bigint NOT NULL,
    key character varying(100) NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.snippet_files (
    id bigint NOT NULL,
    snippet_id bigint NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    sha256 character varying(64) NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    original_name text NOT NULL
);
CREATE SEQUENCE public.snippet_files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.snippet_files_id_seq OWNED BY public.snippet_files.id;
CREATE TABLE public.snippet_folders (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    name_key character varying(100) NOT NULL,
    CONSTRAINT ck_snippet_folders_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.snippet_folders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.snippet_folders_id_seq OWNED BY public.snippet_folders.id;
CREATE TABLE public.snippets (
    id bigint NOT NULL,
    folder_id bigint,
    name character varying(100) NOT NULL,
    name_key character varying(100) NOT NULL,
    shortcut character varying(50) DEFAULT ''::character varying NOT NULL,
    text text NOT NULL,
    uses integer DEFAULT 0 NOT NULL,
    last_used_at bigint,
    created_by_id bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_snippets_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.snippets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.snippets_id_seq OWNED BY public.snippets.id;
CREATE TABLE public.tags (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_tags_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.tags_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tags_id_seq OWNED BY public.tags.id;
CREATE TABLE public.team_channels (
    team_id bigint NOT NULL,
    channel_id bigint NOT NULL
);
CREATE TABLE public.teams (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    name_key character varying(255) NOT NULL,
    hours text NOT NULL,
    restricted boolean DEFAULT false NOT NULL,
    recipient_zone boolean DEFAULT true NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT ck_teams_name CHECK (((name)::text <> ''::text))
);
CREATE SEQUENCE public.teams_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.teams_id_seq OWNED BY public.teams.id;
CREATE TABLE public.term_decisions (
    id bigint NOT NULL,
    message_id bigint NOT NULL,
    term_key character varying(255) NOT NULL,
    decision character varying(20) NOT NULL,
    user_id bigint NOT NULL,
    at bigint NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    text_hash character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT ck_term_decisions_decision CHECK (((decision)::text = ANY ((ARRAY['allowed'::character varying, 'kept'::character varying])::text[])))
);
CREATE SEQUENCE public.term_decisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.term_decisions_id_seq OWNED BY public.term_decisions.id;
CREATE TABLE public.undo_steps (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    at bigint NOT NULL,
    kind character varying(40) NOT NULL,
    count integer NOT NULL,
    image text NOT NULL,
    undone_at bigint,
    details text NOT NULL,
    part_of_id bigint
);
CREATE SEQUENCE public.undo_steps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.undo_steps_id_seq OWNED BY public.undo_steps.id;
CREATE TABLE public.users (
    id bigint NOT NULL,
    name text NOT NULL,
    role character varying(20) NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at bigint NOT NULL,
    team_id bigint,
    CONSTRAINT ck_users_role CHECK (((role)::text = ANY ((ARRAY['administrator'::character varying, 'agent'::character varying])::text[])))
);
CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.attachments ALTER COLUMN id SET DEFAULT nextval('public.attachments_id_seq'::regclass);
ALTER TABLE ONLY public.attempts ALTER COLUMN id SET DEFAULT nextval('public.attempts_id_seq'::regclass);
ALTER TABLE ONLY public.batch_recipients ALTER COLUMN id SET DEFAULT nextval('public.batch_recipients_id_seq'::regclass);
ALTER TABLE ONLY public.blocked_terms ALTER COLUMN id SET DEFAULT nextval('public.blocked_terms_id_seq'::regclass);
ALTER TABLE ONLY public.campaign_steps ALTER COLUMN id SET DEFAULT nextval('public.campaign_steps_id_seq'::regclass);
ALTER TABLE ONLY public.campaigns ALTER COLUMN id SET DEFAULT nextval('public.campaigns_id_seq'::regclass);
ALTER TABLE ONLY public.change_log ALTER COLUMN id SET DEFAULT nextval('public.change_log_id_seq'::regclass);
ALTER TABLE ONLY public.channels ALTER COLUMN id SET DEFAULT nextval('public.channels_id_seq'::regclass);
ALTER TABLE ONLY public.contact_addresses ALTER COLUMN id SET DEFAULT nextval('public.contact_addresses_id_seq'::regclass);
ALTER TABLE ONLY public.contact_lists ALTER COLUMN id SET DEFAULT nextval('public.contact_lists_id_seq'::regclass);
ALTER TABLE ONLY public.contact_merges ALTER COLUMN id SET DEFAULT nextval('public.contact_merges_id_seq'::regclass);
ALTER TABLE ONLY public.contacts ALTER COLUMN id SET DEFAULT nextval('public.contacts_id_seq'::regclass);
ALTER TABLE ONLY public.conversations ALTER COLUMN id SET DEFAULT nextval('public.conversations_id_seq'::regclass);
ALTER TABLE ONLY public.custom_fields ALTER COLUMN id SET DEFAULT nextval('public.custom_fields_id_seq'::regclass);
ALTER TABLE ONLY public.enrollment_steps ALTER COLUMN id SET DEFAULT nextval('public.enrollment_steps_id_seq'::regclass);
ALTER TABLE ONLY public.enrollments ALTER COLUMN id SET DEFAULT nextval('public.enrollments_id_seq'::regclass);
ALTER TABLE ONLY public.exchanges ALTER COLUMN id SET DEFAULT nextval('public.exchanges_id_seq'::regclass);
ALTER TABLE ONLY public.holidays ALTER COLUMN id SET DEFAULT nextval('public.holidays_id_seq'::regclass);
ALTER TABLE ONLY public.labels ALTER COLUMN id SET DEFAULT nextval('public.labels_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.receipt_inbox ALTER COLUMN id SET DEFAULT nextval('public.receipt_inbox_id_seq'::regclass);
ALTER TABLE ONLY public.reminders ALTER COLUMN id SET DEFAULT nextval('public.reminders_id_seq'::regclass);
ALTER TABLE ONLY public.schedules ALTER COLUMN id SET DEFAULT nextval('public.schedules_id_seq'::regclass);
ALTER TABLE ONLY public.segments ALTER COLUMN id SET DEFAULT nextval('public.segments_id_seq'::regclass);
ALTER TABLE ONLY public.snippet_files ALTER COLUMN id SET DEFAULT nextval('public.snippet_files_id_seq'::regclass);
ALTER TABLE ONLY public.snippet_folders ALTER COLUMN id SET DEFAULT nextval('public.snippet_folders_id_seq'::regclass);
ALTER TABLE ONLY public.snippets ALTER COLUMN id SET DEFAULT nextval('public.snippets_id_seq'::regclass);
ALTER TABLE ONLY public.tags ALTER COLUMN id SET DEFAULT nextval('public.tags_id_seq'::regclass);
ALTER TABLE ONLY public.teams ALTER COLUMN id SET DEFAULT nextval('public.teams_id_seq'::regclass);
ALTER TABLE ONLY public.term_decisions ALTER COLUMN id SET DEFAULT nextval('public.term_decisions_id_seq'::regclass);
ALTER TABLE ONLY public.undo_steps ALTER COLUMN id SET DEFAULT nextval('public.undo_steps_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0003');
INSERT INTO public.calls VALUES (1858551470359052532, 1, 1, 1, 'in', 'no_answer', 0, '1858551470359052532', '');
INSERT INTO public.calls VALUES (1858551474553783099, 2, 2, 1, 'in', 'no_answer', 0, '1858551474553783099', '');
INSERT INTO public.change_log VALUES (1, 1772452800000, '87c418db697f4ee5add3edab907d613c', 'ChannelChanged', '{"channel_id":1}');
INSERT INTO public.change_log VALUES (2, 1772452800000, '87c418db697f4ee5add3edab907d613c', 'ContactChanged', '{"contact_id":1}');
INSERT INTO public.change_log VALUES (3, 1772452800000, '87c418db697f4ee5add3edab907d613c', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO public.change_log VALUES (4, 1772452801000, '87c418db697f4ee5add3edab907d613c', 'MessageReceived', '{"message_id":1858551468261587041,"conversation_id":1,"contact_id":1}');
INSERT INTO public.change_log VALUES (5, 1772452803000, '87c418db697f4ee5add3edab907d613c', 'ConversationChanged', '{"conversation_id":1}');
INSERT INTO public.change_log VALUES (6, 1772452803000, '87c418db697f4ee5add3edab907d613c', 'TimelineEntryAdded', '{"entry_id":1858551470359052532,"conversation_id":1}');
INSERT INTO public.change_log VALUES (7, 1772452804000, '87c418db697f4ee5add3edab907d613c', 'TimelineEntryAdded', '{"entry_id":1858551471408122823,"conversation_id":1}');
INSERT INTO public.change_log VALUES (8, 1772452804000, '87c418db697f4ee5add3edab907d613c', 'DraftChanged', '{"conversation_id":1,"user_id":1}');
INSERT INTO public.change_log VALUES (9, 1772452804000, '87c418db697f4ee5add3edab907d613c', 'ContactChanged', '{"contact_id":2}');
INSERT INTO public.change_log VALUES (10, 1772452804000, '87c418db697f4ee5add3edab907d613c', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO public.change_log VALUES (11, 1772452805000, '87c418db697f4ee5add3edab907d613c', 'MessageReceived', '{"message_id":1858551472456248389,"conversation_id":2,"contact_id":2}');
INSERT INTO public.change_log VALUES (12, 1772452807000, '87c418db697f4ee5add3edab907d613c', 'ConversationChanged', '{"conversation_id":2}');
INSERT INTO public.change_log VALUES (13, 1772452807000, '87c418db697f4ee5add3edab907d613c', 'TimelineEntryAdded', '{"entry_id":1858551474553783099,"conversation_id":2}');
INSERT INTO public.change_log VALUES (14, 1772452808000, '87c418db697f4ee5add3edab907d613c', 'TimelineEntryAdded', '{"entry_id":1858551475601534642,"conversation_id":2}');
INSERT INTO public.change_log VALUES (15, 1772452808000, '87c418db697f4ee5add3edab907d613c', 'DraftChanged', '{"conversation_id":2,"user_id":1}');
INSERT INTO public.channels VALUES (1, 'simulator', 'Front desk', '+14155550100', '{"network":"sms"}', 'active', '', '', NULL, NULL, NULL, NULL, 0, 1772452800000);
INSERT INTO public.contact_addresses VALUES (1, 1, 'tel', '+14155550100', 0, 'opted_in', false, 1772452800000);
INSERT INTO public.contact_addresses VALUES (2, 2, 'tel', '+14155550101', 0, 'opted_in', false, 1772452804000);
INSERT INTO public.contact_texts VALUES (1, ' zoe +14155550100 14155550100');
INSERT INTO public.contact_texts VALUES (2, ' 王小明 +14155550101 14155550101');
INSERT INTO public.contacts VALUES (1, 'Zoë', '', 'opted_in', NULL, false, false, '', 1772452800000, '', '', 'inbound', 'zoe', 'zoe', '', '', '', 'not_sent', NULL, NULL, NULL, '');
INSERT INTO public.contacts VALUES (2, '王小明', '', 'opted_in', NULL, false, false, '', 1772452804000, '', '', 'inbound', '王小明', '王小明', '', '', '', 'not_sent', NULL, NULL, NULL, '');
INSERT INTO public.conversation_events VALUES (1858551471408122823, 1, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO public.conversation_events VALUES (1858551475601534642, 2, 'contact_renamed', 'user', NULL, 'Dana', '{}');
INSERT INTO public.conversations VALUES (1, 1, 'pending', NULL, NULL, NULL, 1, 1858551468261587041, 1858551470359052532, 'in', NULL, 'missed_call', '', 1, 1858551468261587041, 1, NULL, NULL, NULL, 1772452800000, 1858551470359052532, false, 0, NULL, NULL, 1858551468261587041, 1858551469310415177, 'user', NULL, 2);
INSERT INTO public.conversations VALUES (2, 2, 'pending', NULL, NULL, NULL, 1, 1858551472456248389, 1858551474553783099, 'in', NULL, 'missed_call', '', 1, 1858551472456248389, 1, NULL, NULL, NULL, 1772452804000, 1858551474553783099, false, 0, NULL, NULL, 1858551472456248389, 1858551473504694562, 'user', NULL, 2);
INSERT INTO public.drafts VALUES (1, 1, 'half a thought', '[]', NULL, 1772452804000, '');
INSERT INTO public.drafts VALUES (2, 1, 'half a thought', '[]', NULL, 1772452808000, '');
INSERT INTO public.message_search VALUES (1858551468261587041, 1, '''from'':2 ''hello'':1 ''zoe'':3 ''天见'':5 ''明天'':4 ''见'':6');
INSERT INTO public.message_search VALUES (1858551469310415177, 1, '''bye'':6 ''fine'':5 ''it'':3 ''s'':4 ''see'':1 ''you'':2');
INSERT INTO public.message_search VALUES (1858551472456248389, 2, '''from'':2 ''hello'':1 ''天见'':7 ''小明'':4 ''明'':5 ''明天'':6 ''王小'':3 ''见'':8');
INSERT INTO public.message_search VALUES (1858551473504694562, 2, '''bye'':6 ''fine'':5 ''it'':3 ''s'':4 ''see'':1 ''you'':2');
INSERT INTO public.messages VALUES (1858551468261587041, 1, 1, 'in', 'hello from Zoë, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, false, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL, DEFAULT);
INSERT INTO public.messages VALUES (1858551469310415177, 1, 1, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551469310415177', NULL, 1, false, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL, DEFAULT);
INSERT INTO public.messages VALUES (1858551472456248389, 2, 2, 'in', 'hello from 王小明, 明天见', 'received', 1, NULL, 'contact', NULL, NULL, NULL, 1, false, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL, DEFAULT);
INSERT INTO public.messages VALUES (1858551473504694562, 2, 2, 'out', 'See you; it''s fine
bye', 'queued', 1, NULL, 'user', NULL, '1858551473504694562', NULL, 1, false, NULL, NULL, NULL, NULL, NULL, NULL, '', '', 'visible', NULL, NULL, DEFAULT);
INSERT INTO public.settings VALUES (0, 'organisation_name', '"Dental"');
INSERT INTO public.users VALUES (1, 'Dana Reyes', 'administrator', true, 1772452800000, NULL);
SELECT pg_catalog.setval('public.attachments_id_seq', 1, false);
SELECT pg_catalog.setval('public.attempts_id_seq', 1, false);
SELECT pg_catalog.setval('public.batch_recipients_id_seq', 1, false);
SELECT pg_catalog.setval('public.blocked_terms_id_seq', 1, false);
SELECT pg_catalog.setval('public.campaign_steps_id_seq', 1, false);
SELECT pg_catalog.setval('public.campaigns_id_seq', 1, false);
SELECT pg_catalog.setval('public.change_log_id_seq', 15, true);
SELECT pg_catalog.setval('public.channels_id_seq', 1, true);
SELECT pg_catalog.setval('public.contact_addresses_id_seq', 2, true);
SELECT pg_catalog.setval('public.contact_lists_id_seq', 1, false);
SELECT pg_catalog.setval('public.contact_merges_id_seq', 1, false);
SELECT pg_catalog.setval('public.contacts_id_seq', 2, true);
SELECT pg_catalog.setval('public.conversations_id_seq', 2, true);
SELECT pg_catalog.setval('public.custom_fields_id_seq', 1, false);
SELECT pg_catalog.setval('public.enrollment_steps_id_seq', 1, false);
SELECT pg_catalog.setval('public.enrollments_id_seq', 1, false);
SELECT pg_catalog.setval('public.exchanges_id_seq', 1, false);
SELECT pg_catalog.setval('public.holidays_id_seq', 1, false);
SELECT pg_catalog.setval('public.labels_id_seq', 1, false);
SELECT pg_catalog.setval('public.outbox_id_seq', 1, false);
SELECT pg_catalog.setval('public.receipt_inbox_id_seq', 1, false);
SELECT pg_catalog.setval('public.reminders_id_seq', 1, false);
SELECT pg_catalog.setval('public.schedules_id_seq', 1, false);
SELECT pg_catalog.setval('public.segments_id_seq', 1, false);
SELECT pg_catalog.setval('public.snippet_files_id_seq', 1, false);
SELECT pg_catalog.setval('public.snippet_folders_id_seq', 1, false);
SELECT pg_catalog.setval('public.snippets_id_seq', 1, false);
SELECT pg_catalog.setval('public.tags_id_seq', 1, false);
SELECT pg_catalog.setval('public.teams_id_seq', 1, false);
SELECT pg_catalog.setval('public.term_decisions_id_seq', 1, false);
SELECT pg_catalog.setval('public.undo_steps_id_seq', 1, false);
SELECT pg_catalog.setval('public.users_id_seq', 1, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT pk_attachments PRIMARY KEY (id);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT pk_attempts PRIMARY KEY (id);
ALTER TABLE ONLY public.batch_recipients
    ADD CONSTRAINT pk_batch_recipients PRIMARY KEY (id);
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT pk_batches PRIMARY KEY (id);
ALTER TABLE ONLY public.blocked_terms
    ADD CONSTRAINT pk_blocked_terms PRIMARY KEY (id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (id);
ALTER TABLE ONLY public.campaign_steps
    ADD CONSTRAINT pk_campaign_steps PRIMARY KEY (id);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT pk_campaigns PRIMARY KEY (id);
ALTER TABLE ONLY public.change_log
    ADD CONSTRAINT pk_change_log PRIMARY KEY (id);
ALTER TABLE ONLY public.channel_pollers
    ADD CONSTRAINT pk_channel_pollers PRIMARY KEY (channel_id);
ALTER TABLE ONLY public.channels
    ADD CONSTRAINT pk_channels PRIMARY KEY (id);
ALTER TABLE ONLY public.comment_mentions
    ADD CONSTRAINT pk_comment_mentions PRIMARY KEY (comment_id, user_id);
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT pk_comments PRIMARY KEY (id);
ALTER TABLE ONLY public.consent_ledger
    ADD CONSTRAINT pk_consent_ledger PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_addresses
    ADD CONSTRAINT pk_contact_addresses PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_distinct
    ADD CONSTRAINT pk_contact_distinct PRIMARY KEY (one_id, other_id);
ALTER TABLE ONLY public.contact_field_values
    ADD CONSTRAINT pk_contact_field_values PRIMARY KEY (contact_id, field_id);
ALTER TABLE ONLY public.contact_list_members
    ADD CONSTRAINT pk_contact_list_members PRIMARY KEY (list_id, contact_id);
ALTER TABLE ONLY public.contact_lists
    ADD CONSTRAINT pk_contact_lists PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_merges
    ADD CONSTRAINT pk_contact_merges PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_tags
    ADD CONSTRAINT pk_contact_tags PRIMARY KEY (contact_id, tag_id);
ALTER TABLE ONLY public.contact_texts
    ADD CONSTRAINT pk_contact_texts PRIMARY KEY (contact_id);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT pk_contacts PRIMARY KEY (id);
ALTER TABLE ONLY public.conversation_events
    ADD CONSTRAINT pk_conversation_events PRIMARY KEY (id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT pk_conversations PRIMARY KEY (id);
ALTER TABLE ONLY public.custom_fields
    ADD CONSTRAINT pk_custom_fields PRIMARY KEY (id);
ALTER TABLE ONLY public.delivery_ledger
    ADD CONSTRAINT pk_delivery_ledger PRIMARY KEY (writer, seq);
ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT pk_drafts PRIMARY KEY (conversation_id, user_id);
ALTER TABLE ONLY public.enrollment_steps
    ADD CONSTRAINT pk_enrollment_steps PRIMARY KEY (id);
ALTER TABLE ONLY public.enrollments
    ADD CONSTRAINT pk_enrollments PRIMARY KEY (id);
ALTER TABLE ONLY public.exchanges
    ADD CONSTRAINT pk_exchanges PRIMARY KEY (id);
ALTER TABLE ONLY public.holidays
    ADD CONSTRAINT pk_holidays PRIMARY KEY (id);
ALTER TABLE ONLY public.inbound_events
    ADD CONSTRAINT pk_inbound_events PRIMARY KEY (channel_id, provider_update_id);
ALTER TABLE ONLY public.labels
    ADD CONSTRAINT pk_labels PRIMARY KEY (id);
ALTER TABLE ONLY public.ledger_heads
    ADD CONSTRAINT pk_ledger_heads PRIMARY KEY (writer);
ALTER TABLE ONLY public.message_labels
    ADD CONSTRAINT pk_message_labels PRIMARY KEY (message_id, label_id);
ALTER TABLE ONLY public.message_search
    ADD CONSTRAINT pk_message_search PRIMARY KEY (message_id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT pk_messages PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.receipt_inbox
    ADD CONSTRAINT pk_receipt_inbox PRIMARY KEY (id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT pk_receipts PRIMARY KEY (message_id, provider_receipt_key);
ALTER TABLE ONLY public.reminder_runs
    ADD CONSTRAINT pk_reminder_runs PRIMARY KEY (reminder_id, contact_id, nominal_local);
ALTER TABLE ONLY public.reminders
    ADD CONSTRAINT pk_reminders PRIMARY KEY (id);
ALTER TABLE ONLY public.schedule_runs
    ADD CONSTRAINT pk_schedule_runs PRIMARY KEY (schedule_id, nominal_local);
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT pk_schedules PRIMARY KEY (id);
ALTER TABLE ONLY public.segments
    ADD CONSTRAINT pk_segments PRIMARY KEY (id);
ALTER TABLE ONLY public.settings
    ADD CONSTRAINT pk_settings PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.snippet_files
    ADD CONSTRAINT pk_snippet_files PRIMARY KEY (id);
ALTER TABLE ONLY public.snippet_folders
    ADD CONSTRAINT pk_snippet_folders PRIMARY KEY (id);
ALTER TABLE ONLY public.snippets
    ADD CONSTRAINT pk_snippets PRIMARY KEY (id);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT pk_tags PRIMARY KEY (id);
ALTER TABLE ONLY public.team_channels
    ADD CONSTRAINT pk_team_channels PRIMARY KEY (team_id, channel_id);
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT pk_teams PRIMARY KEY (id);
ALTER TABLE ONLY public.term_decisions
    ADD CONSTRAINT pk_term_decisions PRIMARY KEY (id);
ALTER TABLE ONLY public.undo_steps
    ADD CONSTRAINT pk_undo_steps PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.batch_recipients
    ADD CONSTRAINT uq_batch_recipients_batch_id_address_id UNIQUE (batch_id, address_id);
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT uq_batches_code UNIQUE (code);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_channel_id_provider_call_id UNIQUE (channel_id, provider_call_id);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT uq_campaigns_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.contact_addresses
    ADD CONSTRAINT uq_contact_addresses_scheme_path UNIQUE (scheme, path);
ALTER TABLE ONLY public.contact_lists
    ADD CONSTRAINT uq_contact_lists_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT uq_conversations_contact_id UNIQUE (contact_id);
ALTER TABLE ONLY public.custom_fields
    ADD CONSTRAINT uq_custom_fields_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.custom_fields
    ADD CONSTRAINT uq_custom_fields_slug UNIQUE (slug);
ALTER TABLE ONLY public.enrollment_steps
    ADD CONSTRAINT uq_enrollment_steps_enrollment_id_step_id UNIQUE (enrollment_id, step_id);
ALTER TABLE ONLY public.holidays
    ADD CONSTRAINT uq_holidays_day UNIQUE (day);
ALTER TABLE ONLY public.labels
    ADD CONSTRAINT uq_labels_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT uq_outbox_idem_key UNIQUE (idem_key);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT uq_outbox_message_id UNIQUE (message_id);
ALTER TABLE ONLY public.receipt_inbox
    ADD CONSTRAINT uq_receipt_inbox_channel_id_provider_message_id_provide_58a4 UNIQUE (channel_id, provider_message_id, provider_receipt_key);
ALTER TABLE ONLY public.reminders
    ADD CONSTRAINT uq_reminders_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.segments
    ADD CONSTRAINT uq_segments_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.snippet_folders
    ADD CONSTRAINT uq_snippet_folders_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT uq_tags_name_key UNIQUE (name_key);
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT uq_teams_name_key UNIQUE (name_key);
CREATE INDEX ix_attachments_message_id ON public.attachments USING btree (message_id);
CREATE INDEX ix_attachments_pending ON public.attachments USING btree (fetch_due_at) WHERE ((state)::text = 'pending'::text);
CREATE INDEX ix_attempts_outbox_id ON public.attempts USING btree (outbox_id);
CREATE INDEX ix_batch_recipients_batch_id ON public.batch_recipients USING btree (batch_id, state, id);
CREATE INDEX ix_batch_recipients_contact_id ON public.batch_recipients USING btree (contact_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX ix_batches_due ON public.batches USING btree (due_at) WHERE ((status)::text = 'programmed'::text);
CREATE INDEX ix_batches_open ON public.batches USING btree (id) WHERE ((status)::text = ANY ((ARRAY['processing'::character varying, 'sending'::character varying])::text[]));
CREATE INDEX ix_batches_schedule_id ON public.batches USING btree (schedule_id) WHERE (schedule_id IS NOT NULL);
CREATE INDEX ix_batches_status ON public.batches USING btree (status, id);
CREATE INDEX ix_calls_conversation_id_id ON public.calls USING btree (conversation_id, id);
CREATE INDEX ix_campaign_steps_campaign_id ON public.campaign_steps USING btree (campaign_id, "position");
CREATE INDEX ix_comment_mentions_user_id ON public.comment_mentions USING btree (user_id);
CREATE INDEX ix_comments_conversation_id_id ON public.comments USING btree (conversation_id, id);
CREATE INDEX ix_consent_ledger_contact_id ON public.consent_ledger USING btree (contact_id);
CREATE INDEX ix_contact_addresses_contact_id ON public.contact_addresses USING btree (contact_id);
CREATE INDEX ix_contact_field_values_number ON public.contact_field_values USING btree (field_id, number, contact_id);
CREATE INDEX ix_contact_field_values_value_key ON public.contact_field_values USING btree (field_id, value_key, contact_id);
CREATE INDEX ix_contact_list_members_contact_id ON public.contact_list_members USING btree (contact_id);
CREATE INDEX ix_contact_merges_kept_id ON public.contact_merges USING btree (kept_id);
CREATE INDEX ix_contact_merges_merged_id ON public.contact_merges USING btree (merged_id);
CREATE INDEX ix_contact_tags_tag_id ON public.contact_tags USING btree (tag_id, contact_id);
CREATE INDEX ix_contact_texts_text ON public.contact_texts USING gin (text public.gin_trgm_ops);
CREATE INDEX ix_contacts_merged_into_id ON public.contacts USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);
CREATE INDEX ix_contacts_name_key ON public.contacts USING btree (name_key, id);
CREATE INDEX ix_conversation_events_conversation_id_id ON public.conversation_events USING btree (conversation_id, id);
CREATE INDEX ix_conversations_active ON public.conversations USING btree (place_id, id, unread_count, status, assignee_id, snoozed_at) WHERE (archived_at IS NULL);
CREATE INDEX ix_conversations_archived ON public.conversations USING btree (place_id, id, unread_count) WHERE (archived_at IS NOT NULL);
CREATE INDEX ix_conversations_failed ON public.conversations USING btree (place_id, id, unread_count) WHERE ((archived_at IS NULL) AND ((last_status)::text = ANY ((ARRAY['failed'::character varying, 'undelivered'::character varying, 'unknown'::character varying, 'blocked'::character varying, 'expired'::character varying])::text[])));
CREATE INDEX ix_conversations_mine ON public.conversations USING btree (assignee_id, place_id, id, unread_count) WHERE ((archived_at IS NULL) AND (snoozed_at IS NULL) AND (assignee_id IS NOT NULL));
CREATE INDEX ix_conversations_new ON public.conversations USING btree (place_id, id, unread_count) WHERE ((archived_at IS NULL) AND (snoozed_at IS NULL) AND ((status)::text = 'pending'::text) AND (assignee_id IS NULL));
CREATE INDEX ix_conversations_snooze_due ON public.conversations USING btree (snoozed_until) WHERE (snoozed_until IS NOT NULL);
CREATE INDEX ix_conversations_snoozed ON public.conversations USING btree (place_id, id, unread_count) WHERE ((archived_at IS NULL) AND (snoozed_at IS NOT NULL));
CREATE INDEX ix_conversations_unread ON public.conversations USING btree (place_id, id, unread_count) WHERE ((archived_at IS NULL) AND (unread_count > 0));
CREATE INDEX ix_conversations_waiting ON public.conversations USING btree (place_id, id, unread_count) WHERE ((archived_at IS NULL) AND (waiting_since IS NOT NULL));
CREATE INDEX ix_delivery_ledger_message_id ON public.delivery_ledger USING btree (message_id);
CREATE INDEX ix_enrollment_steps_due ON public.enrollment_steps USING btree (due_at) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX ix_enrollments_campaign_id ON public.enrollments USING btree (campaign_id, id);
CREATE INDEX ix_enrollments_contact_id ON public.enrollments USING btree (contact_id, id);
CREATE INDEX ix_exchanges_message_id ON public.exchanges USING btree (message_id) WHERE (message_id IS NOT NULL);
CREATE INDEX ix_message_labels_label_id ON public.message_labels USING btree (label_id, message_id);
CREATE INDEX ix_message_search_conversation_id ON public.message_search USING btree (conversation_id, message_id);
CREATE INDEX ix_message_search_words ON public.message_search USING gin (words);
CREATE INDEX ix_messages_batch_id ON public.messages USING btree (batch_id, status) WHERE (batch_id IS NOT NULL);
CREATE INDEX ix_messages_conversation_id_id ON public.messages USING btree (conversation_id, id);
CREATE INDEX ix_messages_folder ON public.messages USING btree (folder, id) WHERE (folder IS NOT NULL);
CREATE INDEX ix_messages_sent_at ON public.messages USING btree (sent_at, id) WHERE ((folder)::text = 'sent'::text);
CREATE INDEX ix_outbox_due ON public.outbox USING btree (priority DESC, due_at, id) WHERE ((state)::text = ANY ((ARRAY['queued'::character varying, 'retry_wait'::character varying])::text[]));
CREATE INDEX ix_outbox_open ON public.outbox USING btree (conversation_id, message_id) WHERE ((state)::text = ANY ((ARRAY['held'::character varying, 'queued'::character varying, 'retry_wait'::character varying, 'claimed'::character varying, 'sending'::character varying, 'unknown'::character varying])::text[]));
CREATE INDEX ix_outbox_unfinished ON public.outbox USING btree (channel_id, state) WHERE ((state)::text = ANY ((ARRAY['accepted'::character varying, 'sent'::character varying, 'unknown'::character varying, 'sending'::character varying])::text[]));
CREATE INDEX ix_reminder_runs_contact_id ON public.reminder_runs USING btree (contact_id);
CREATE INDEX ix_schedules_conversation_id ON public.schedules USING btree (conversation_id) WHERE (conversation_id IS NOT NULL);
CREATE INDEX ix_schedules_due ON public.schedules USING btree (next_at) WHERE (((state)::text = 'active'::text) AND (next_at IS NOT NULL));
CREATE INDEX ix_schedules_listed ON public.schedules USING btree (next_at, id) WHERE ((state)::text = ANY ((ARRAY['active'::character varying, 'paused'::character varying, 'asking'::character varying])::text[]));
CREATE INDEX ix_snippet_files_snippet_id ON public.snippet_files USING btree (snippet_id);
CREATE INDEX ix_term_decisions_message_id ON public.term_decisions USING btree (message_id);
CREATE INDEX ix_term_decisions_text_hash ON public.term_decisions USING btree (text_hash) WHERE ((decision)::text = 'allowed'::text);
CREATE INDEX ix_undo_steps_part_of_id ON public.undo_steps USING btree (part_of_id) WHERE (part_of_id IS NOT NULL);
CREATE INDEX ix_undo_steps_user_id_id ON public.undo_steps USING btree (user_id, id);
CREATE UNIQUE INDEX uq_batch_recipients_message_id ON public.batch_recipients USING btree (message_id) WHERE (message_id IS NOT NULL);
CREATE UNIQUE INDEX uq_blocked_terms_term_key ON public.blocked_terms USING btree (kind, term_key);
CREATE UNIQUE INDEX uq_enrollments_active ON public.enrollments USING btree (campaign_id, contact_id) WHERE ((state)::text = 'active'::text);
CREATE UNIQUE INDEX uq_messages_client_uuid ON public.messages USING btree (client_uuid) WHERE (client_uuid IS NOT NULL);
CREATE UNIQUE INDEX uq_messages_provider_message_id ON public.messages USING btree (channel_id, provider_message_id) WHERE (provider_message_id IS NOT NULL);
CREATE UNIQUE INDEX uq_outbox_in_flight ON public.outbox USING btree (conversation_id) WHERE ((state)::text = ANY ((ARRAY['claimed'::character varying, 'sending'::character varying])::text[]));
CREATE UNIQUE INDEX uq_snippets_shortcut ON public.snippets USING btree (shortcut) WHERE ((shortcut)::text <> ''::text);
ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT fk_attachments_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT fk_attempts_outbox_id FOREIGN KEY (outbox_id) REFERENCES public.outbox(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.batch_recipients
    ADD CONSTRAINT fk_batch_recipients_batch_id FOREIGN KEY (batch_id) REFERENCES public.batches(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT fk_batches_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT fk_batches_schedule_id FOREIGN KEY (schedule_id) REFERENCES public.schedules(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT fk_batches_team_id FOREIGN KEY (team_id) REFERENCES public.teams(id);
ALTER TABLE ONLY public.batches
    ADD CONSTRAINT fk_batches_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.blocked_terms
    ADD CONSTRAINT fk_blocked_terms_created_by_id FOREIGN KEY (created_by_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT fk_calls_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT fk_calls_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.campaign_steps
    ADD CONSTRAINT fk_campaign_steps_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT fk_campaigns_created_by_id FOREIGN KEY (created_by_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.channel_pollers
    ADD CONSTRAINT fk_channel_pollers_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.comment_mentions
    ADD CONSTRAINT fk_comment_mentions_comment_id FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_mentions
    ADD CONSTRAINT fk_comment_mentions_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT fk_comments_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_addresses
    ADD CONSTRAINT fk_contact_addresses_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_distinct
    ADD CONSTRAINT fk_contact_distinct_one_id FOREIGN KEY (one_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_distinct
    ADD CONSTRAINT fk_contact_distinct_other_id FOREIGN KEY (other_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_field_values
    ADD CONSTRAINT fk_contact_field_values_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_field_values
    ADD CONSTRAINT fk_contact_field_values_field_id FOREIGN KEY (field_id) REFERENCES public.custom_fields(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_list_members
    ADD CONSTRAINT fk_contact_list_members_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_list_members
    ADD CONSTRAINT fk_contact_list_members_list_id FOREIGN KEY (list_id) REFERENCES public.contact_lists(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_tags
    ADD CONSTRAINT fk_contact_tags_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_tags
    ADD CONSTRAINT fk_contact_tags_tag_id FOREIGN KEY (tag_id) REFERENCES public.tags(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_texts
    ADD CONSTRAINT fk_contact_texts_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.conversation_events
    ADD CONSTRAINT fk_conversation_events_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT fk_conversations_assignee_id FOREIGN KEY (assignee_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT fk_conversations_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT fk_conversations_last_channel_id FOREIGN KEY (last_channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT fk_conversations_last_inbound_channel_id FOREIGN KEY (last_inbound_channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.enrollment_steps
    ADD CONSTRAINT fk_enrollment_steps_enrollment_id FOREIGN KEY (enrollment_id) REFERENCES public.enrollments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.enrollment_steps
    ADD CONSTRAINT fk_enrollment_steps_step_id FOREIGN KEY (step_id) REFERENCES public.campaign_steps(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.enrollments
    ADD CONSTRAINT fk_enrollments_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.enrollments
    ADD CONSTRAINT fk_enrollments_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.enrollments
    ADD CONSTRAINT fk_enrollments_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.exchanges
    ADD CONSTRAINT fk_exchanges_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.attempts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.exchanges
    ADD CONSTRAINT fk_exchanges_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.exchanges
    ADD CONSTRAINT fk_exchanges_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inbound_events
    ADD CONSTRAINT fk_inbound_events_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.message_labels
    ADD CONSTRAINT fk_message_labels_label_id FOREIGN KEY (label_id) REFERENCES public.labels(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.message_labels
    ADD CONSTRAINT fk_message_labels_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.message_search
    ADD CONSTRAINT fk_message_search_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT fk_outbox_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT fk_outbox_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.receipt_inbox
    ADD CONSTRAINT fk_receipt_inbox_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_message_id FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reminder_runs
    ADD CONSTRAINT fk_reminder_runs_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reminder_runs
    ADD CONSTRAINT fk_reminder_runs_reminder_id FOREIGN KEY (reminder_id) REFERENCES public.reminders(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reminders
    ADD CONSTRAINT fk_reminders_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.reminders
    ADD CONSTRAINT fk_reminders_created_by_id FOREIGN KEY (created_by_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.reminders
    ADD CONSTRAINT fk_reminders_field_id FOREIGN KEY (field_id) REFERENCES public.custom_fields(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.schedule_runs
    ADD CONSTRAINT fk_schedule_runs_schedule_id FOREIGN KEY (schedule_id) REFERENCES public.schedules(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT fk_schedules_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT fk_schedules_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT fk_schedules_team_id FOREIGN KEY (team_id) REFERENCES public.teams(id);
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT fk_schedules_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.segments
    ADD CONSTRAINT fk_segments_created_by_id FOREIGN KEY (created_by_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.snippet_files
    ADD CONSTRAINT fk_snippet_files_snippet_id FOREIGN KEY (snippet_id) REFERENCES public.snippets(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.snippets
    ADD CONSTRAINT fk_snippets_created_by_id FOREIGN KEY (created_by_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.snippets
    ADD CONSTRAINT fk_snippets_folder_id FOREIGN KEY (folder_id) REFERENCES public.snippet_folders(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.team_channels
    ADD CONSTRAINT fk_team_channels_channel_id FOREIGN KEY (channel_id) REFERENCES public.channels(id);
ALTER TABLE ONLY public.team_channels
    ADD CONSTRAINT fk_team_channels_team_id FOREIGN KEY (team_id) REFERENCES public.teams(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.term_decisions
    ADD CONSTRAINT fk_term_decisions_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT fk_users_team_id FOREIGN KEY (team_id) REFERENCES public.teams(id);
