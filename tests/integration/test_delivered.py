"""What counts as delivered: one rule, the same in Python and in the database (S1-31)."""

import uuid

import pytest
from sqlalchemy import insert, select

from desktop_inbox.models.delivered import (
    CONFIRMED,
    EFFECTIVE,
    confirmed_sql,
    effectively_delivered,
    effectively_delivered_sql,
)
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.schema import messages
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from tests.support.clock import HeldClock
from tests.support.scripted_provider import World
from tests.support.sending import open_office

_OUTBOX = {S.HELD, S.QUEUED, S.CLAIMED, S.SENDING, S.RETRY_WAIT, S.UNKNOWN}
_FAILED = {S.FAILED, S.UNDELIVERED, S.BLOCKED, S.EXPIRED, S.CANCELLED}


@pytest.mark.row("S1-31")
def test_sent_without_a_receipt_counts_and_what_waits_or_failed_never_does() -> None:
    assert {status for status in S if effectively_delivered(status)} == {S.ACCEPTED, S.SENT, S.DELIVERED, S.READ}
    assert not EFFECTIVE & (_OUTBOX | _FAILED)
    assert {S.DELIVERED, S.READ} == CONFIRMED


@pytest.mark.row("S1-31")
def test_the_database_counts_by_the_same_rule(store: Store, clock: HeldClock) -> None:
    person = open_office(store, World(clock=clock)).people[0]

    def fill(work: Work) -> None:
        for number, status in enumerate(S, start=1):
            inbound = status is S.RECEIVED
            values = {
                "id": number,
                "conversation_id": person.conversation_id,
                "contact_id": person.contact_id,
                "direction": "in" if inbound else "out",
                "text": str(status),
                "status": status,
                "sender_kind": "contact" if inbound else "user",
                "client_uuid": None if inbound else str(uuid.uuid4()),
                "sent_at": clock(),
                "error_text": "why",
            }
            work.connection.execute(insert(messages).values(**values))

    def found(work: Work, rule: object) -> set[str]:
        return set(work.connection.execute(select(messages.c.status).where(rule)).scalars())  # type: ignore[arg-type]

    store.run_sync(fill)
    assert store.read_sync(lambda work: found(work, effectively_delivered_sql())) == set(EFFECTIVE)
    assert store.read_sync(lambda work: found(work, confirmed_sql())) == set(CONFIRMED)
    folder = store.read_sync(lambda work: found(work, messages.c.folder == "sent"))
    assert folder == set(EFFECTIVE), "what lies in Sent is what counts"
