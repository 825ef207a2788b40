"""What the database itself guarantees (RELIABILITY 4.5), the same on both."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, insert
from sqlalchemy.exc import IntegrityError

from desktop_inbox.clock import EPOCH
from desktop_inbox.models import schema
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

Row = dict[str, Any]


@pytest.fixture
def base(store: Store) -> Store:
    """A channel (1), two contacts with addresses and conversations (1, 2), one outbound message (1)."""

    def fill(work: Work) -> None:
        work.users.add("Ann", Role.AGENT)
        work.channels.add(kind="simulator", name="Desk", address="", settings={})
        for number in (1, 2):
            contact = work.contacts.add([(Scheme.TEL, f"+1415555010{number}")])
            work.conversations.of_contact(contact.id)
        for number in (1, 2, 3):
            add(work, schema.messages, message(id=number))

    store.run_sync(fill)
    return store


def add(work: Work, table: Table, row: Row) -> None:
    work.connection.execute(insert(table), row)


def message(**values: object) -> Row:
    row: Row = {
        "id": 100,
        "conversation_id": 1,
        "contact_id": 1,
        "direction": "out",
        "text": "hello",
        "status": "queued",
        "channel_id": 1,
        "sender_kind": "user",
        "client_uuid": str(uuid.uuid4()),
    }
    return row | values


def outbox(**values: object) -> Row:
    row: Row = {
        "message_id": 1,
        "conversation_id": 1,
        "contact_id": 1,
        "address_id": 1,
        "channel_id": 1,
        "state": "queued",
        "idem_key": str(uuid.uuid4()),
        "priority": 10,
        "due_at": EPOCH,
        "expires_at": EPOCH,
    }
    return row | values


LEASE = {"lease_owner": "me", "lease_until": EPOCH}

#: What is refused: a name, the table, rows of which the last one is one too many.
REFUSED: list[tuple[str, Table, list[Row]]] = [
    ("a second press of Send", schema.messages, [message(id=8, client_uuid="u"), message(id=9, client_uuid="u")]),
    ("an outbound message without a key", schema.messages, [message(client_uuid=None)]),
    (
        "an inbound message twice",
        schema.messages,
        [
            message(id=number, direction="in", status="received", provider_message_id="p", client_uuid=None)
            for number in (8, 9)
        ],
    ),
    ("an inbound message on its way out", schema.messages, [message(direction="in")]),
    ("an outbound message received", schema.messages, [message(status="received")]),
    ("a direction of its own", schema.messages, [message(direction="up")]),
    ("a status of its own", schema.messages, [message(status="maybe")]),
    ("sent without a time", schema.messages, [message(status="sent")]),
    ("delivered without a time", schema.messages, [message(status="delivered")]),
    ("failed without a reason", schema.messages, [message(status="failed")]),
    ("unknown without a reason", schema.messages, [message(status="unknown")]),
    ("a message of no conversation", schema.messages, [message(conversation_id=77)]),
    ("a second delivery of a message", schema.outbox, [outbox(), outbox()]),
    ("the same provider key twice", schema.outbox, [outbox(idem_key="k"), outbox(idem_key="k", message_id=2)]),
    ("a delivery of no message", schema.outbox, [outbox(message_id=77)]),
    ("claimed without a lease", schema.outbox, [outbox(state="claimed")]),
    ("queued with a lease", schema.outbox, [outbox(**LEASE)]),
    ("sending with half a lease", schema.outbox, [outbox(state="sending", lease_owner="me")]),
    ("accepted without the provider's id", schema.outbox, [outbox(state="accepted")]),
    ("blocked without a reason in the outbox", schema.outbox, [outbox(state="blocked")]),
    ("a received message in the outbox", schema.outbox, [outbox(state="received")]),
    (
        "two messages of a conversation in flight",
        schema.outbox,
        [outbox(state="claimed", **LEASE), outbox(message_id=2, state="sending", **LEASE)],
    ),
    (
        "an address of two contacts",
        schema.contact_addresses,
        [{"contact_id": number, "scheme": "mailto", "path": "a@example.org", "created_at": EPOCH} for number in (1, 2)],
    ),
    (
        "an empty address",
        schema.contact_addresses,
        [{"contact_id": 1, "scheme": "mailto", "path": "", "created_at": EPOCH}],
    ),
    ("a second conversation of a contact", schema.conversations, [{"contact_id": 1, "created_at": EPOCH}]),
    ("a conversation of nobody", schema.conversations, [{"contact_id": 77, "created_at": EPOCH}]),
    (
        "fewer than no unread messages",
        schema.conversations,
        [{"contact_id": 1, "unread_count": -1, "created_at": EPOCH}],
    ),
    (
        "an inbound update twice",
        schema.inbound_events,
        [{"channel_id": 1, "provider_update_id": "u", "at": EPOCH}] * 2,
    ),
    (
        "a receipt twice",
        schema.receipts,
        [{"message_id": 1, "provider_receipt_key": "r", "status": "sent", "at": EPOCH}] * 2,
    ),
    (
        "an early receipt twice",
        schema.receipt_inbox,
        [
            {
                "channel_id": 1,
                "provider_message_id": "p",
                "provider_receipt_key": "r",
                "status": "sent",
                "at": EPOCH,
            }
        ]
        * 2,
    ),
    (
        "a call twice",
        schema.calls,
        [
            {
                "id": number,
                "conversation_id": 1,
                "contact_id": 1,
                "channel_id": 1,
                "direction": "in",
                "status": "no_answer",
                "provider_call_id": "c",
            }
            for number in (5, 6)
        ],
    ),
    (
        "a ledger line twice",
        schema.delivery_ledger,
        [
            {
                "writer": "w",
                "seq": 1,
                "at": EPOCH,
                "message_id": 1,
                "kind": "queued",
                "details": {},
                "prev_hash": "",
                "hash": "",
            }
        ]
        * 2,
    ),
    (
        "a file that is ready and not there",
        schema.attachments,
        [{"message_id": 1, "state": "ready"}],
    ),
    ("a role of its own", schema.users, [{"name": "x", "role": "king", "created_at": EPOCH}]),
    (
        "a channel in a state of its own",
        schema.channels,
        [{"kind": "k", "name": "n", "settings": {}, "state": "odd", "created_at": EPOCH}],
    ),
    (
        "two pollers of a channel",
        schema.channel_pollers,
        [{"channel_id": 1, "owner": owner, "lease_until": EPOCH} for owner in ("a", "b")],
    ),
    (
        "two drafts of a user in a conversation",
        schema.drafts,
        [{"conversation_id": 1, "user_id": 1, "text": "t", "updated_at": EPOCH}] * 2,
    ),
]


def test_the_database_refuses_what_must_never_be(base: Store) -> None:
    accepted, named = [], []
    for what, table, rows in REFUSED:
        try:
            base.run_sync(lambda work, table=table, rows=rows: [add(work, table, row) for row in rows[:-1]])
        except IntegrityError as error:  # pragma: no cover - a test that does not test what it says
            named.append(f"{what}: refused too early: {error.orig}")
            continue
        try:
            base.run_sync(lambda work, table=table, rows=rows: add(work, table, rows[-1]))
        except IntegrityError:
            pass
        else:
            accepted.append(what)
        base.run_sync(lambda work, table=table, rows=rows: _clear(work, table, rows))
    assert named == []
    assert accepted == []
    print(f"{len(REFUSED)} impossible facts refused by {base.dialect}")


def _clear(work: Work, table: Table, rows: list[Row]) -> None:
    """Remove what came before the row that was refused."""
    if table in (schema.outbox, schema.receipts, schema.receipt_inbox, schema.inbound_events, schema.calls):
        work.connection.execute(table.delete())
    if table is schema.messages:
        work.connection.execute(table.delete().where(table.c.id > 3))


ALLOWED: list[tuple[str, Table, Callable[[], list[Row]]]] = [
    (
        "the same provider id on messages that have none",
        schema.messages,
        lambda: [message(id=8), message(id=9)],
    ),
    (
        "two conversations in flight",
        schema.outbox,
        lambda: [
            outbox(state="claimed", **LEASE),
            outbox(message_id=2, conversation_id=2, state="claimed", **LEASE),
        ],
    ),
    (
        "one message in flight and one waiting",
        schema.outbox,
        lambda: [outbox(state="sending", **LEASE), outbox(message_id=2)],
    ),
]


def test_what_may_be_is_accepted(base: Store) -> None:
    for _what, table, rows in ALLOWED:
        base.run_sync(lambda work, table=table, rows=rows: [add(work, table, row) for row in rows()])
        base.run_sync(lambda work, table=table: _clear(work, table, []))


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    naive = EPOCH.replace(tzinfo=None)
    with pytest.raises(Exception, match="time zone"):
        store.run_sync(
            lambda work: (
                add(work, schema.settings, {"user_id": 1, "key": "k", "value": "v"})
                or add(work, schema.users, {"name": "x", "role": "agent", "created_at": naive})
            )
        )


def test_what_belongs_to_a_message_goes_with_it(base: Store) -> None:
    def fill(work: Work) -> None:
        add(work, schema.outbox, outbox())
        add(work, schema.attachments, {"message_id": 1, "state": "pending"})
        add(work, schema.receipts, {"message_id": 1, "provider_receipt_key": "r", "status": "sent", "at": EPOCH})
        work.connection.execute(schema.messages.delete().where(schema.messages.c.id == 1))

    base.run_sync(fill)
    for table in (schema.outbox, schema.attachments, schema.receipts):
        assert base.read_sync(lambda work, table=table: work.connection.execute(table.select()).all()) == []
