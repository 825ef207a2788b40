"""No read of the list, the timeline or the search goes through a whole table, on either database."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from desktop_inbox.models import schema
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId, EntryId, first_entry_id
from desktop_inbox.models.work import Work
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.search import SearchService
from tests.support.offices import Office
from tests.support.run import run

pytest_plugins = ["tests.support.offices"]

CONVERSATIONS, EACH = 300, 10


@pytest.fixture
def busy(office: Office) -> Office:
    """Three hundred conversations of ten messages, some unread, failed, waiting or archived."""
    start = office.clock() - timedelta(days=1)

    def fill(work: Work) -> None:
        people = [{"first_name": f"P{number}", "last_name": "", "created_at": start} for number in range(CONVERSATIONS)]
        work.connection.execute(insert(schema.contacts), people)
        ids = range(1, CONVERSATIONS + 1)
        work.connection.execute(
            insert(schema.conversations),
            [
                {
                    "contact_id": number,
                    "created_at": start,
                    "last_entry_id": first_entry_id(start + timedelta(seconds=number)),
                    "unread_count": int(number % 7 == 0),
                    "waiting_since": start if number % 5 == 0 else None,
                    "last_status": "failed" if number % 50 == 0 else None,
                    "archived_at": start if number % 3 == 0 else None,
                }
                for number in ids
            ],
        )
        rows = [
            {
                "id": first_entry_id(start + timedelta(seconds=number * EACH + part)),
                "conversation_id": number,
                "contact_id": number,
                "direction": "in",
                "text": f"hello {number} word{part}",
                "status": "received",
                "sender_kind": "contact",
            }
            for number in ids
            for part in range(EACH)
        ]
        work.connection.execute(insert(schema.messages), rows)
        work.search.index_messages([(row["id"], row["conversation_id"], row["text"]) for row in rows])
        work.connection.exec_driver_sql("ANALYZE")

    office.store.run_sync(fill)
    return office


def plans(office: Office, ask: Callable[[], Coroutine[Any, Any, Any]]) -> list[str]:
    """Return the plan of every statement that ``ask`` runs."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    engine = office.store._engines.reader
    event.listen(engine, "before_cursor_execute", note)
    run(ask())
    event.remove(engine, "before_cursor_execute", note)
    asked = [(statement, values) for statement, values in seen if statement.lstrip().upper().startswith("SELECT")]
    assert asked
    return [line for statement, values in asked for line in _explained(office, statement, values)]


def _explained(office: Office, statement: str, values: Any) -> list[str]:
    def explain(driver: Any) -> list[str]:
        if office.store.dialect == "sqlite":
            rows = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            # Inside of a subquery the two or three addresses of one contact are sorted, and a search sorts the
            # contacts it found, two thousand at most.
            few = "contact_texts" in statement
            return [row[3] for row in rows if "TEMP B-TREE" not in row[3] or (row[1] == 0 and not few)]
        # A small table is read whole whatever the indexes; without that choice the plan shows what a large one does.
        driver.execute("SET enable_seqscan = off")
        return [row[0] for row in driver.execute(f"EXPLAIN {statement}", values)]

    return office.store.on_driver(explain)


def whole_tables(lines: list[str]) -> list[str]:
    """Return the lines that read a large table from end to end, or sort what an index could have ordered."""
    bad = []
    for line in lines:
        scan = "SCAN" in line and "INDEX" not in line and "VIRTUAL" not in line
        if scan and any(name in line for name in ("messages", "conversations", "contacts", "calls")):
            bad.append(line)
        if "Seq Scan on" in line and any(f"on {name}" in line for name in ("messages", "conversations", "contacts")):
            bad.append(line)
        if line == "USE TEMP B-TREE FOR ORDER BY":
            bad.append(line)
    return bad


@pytest.mark.row("P29", "L15", "S4-29")
def test_no_read_goes_through_a_whole_table(busy: Office) -> None:
    inbox = InboxService(busy.store, busy.clock, busy.user.id)
    search = SearchService(busy.store)
    page = run(inbox.page(View.ALL, limit=20))
    place = page.items[-1].last_entry_id
    conversation = ConversationId(7)
    middle = run(inbox.timeline(conversation)).entries[5].id
    asks: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        **{f"page {view}": lambda view=view: inbox.page(view, limit=20) for view in View},
        **{f"further {view}": lambda view=view: inbox.page(view, before=place, limit=20) for view in View},
        "counts": inbox.counts,
        "next unread": lambda: inbox.next_unread(conversation, forward=True),
        "open": lambda: inbox.timeline(conversation),
        "older": lambda: inbox.timeline(conversation, before=middle),
        "newer": lambda: inbox.timeline(conversation, after=middle),
        "around": lambda: inbox.timeline(conversation, around=middle),
        "entries": lambda: inbox.entries([middle, EntryId(5)]),
        "summaries": lambda: inbox.summaries([conversation]),
        "draft": lambda: inbox.draft(conversation),
        "search": lambda: search.search("hello wor"),
        "search here": lambda: search.search("hello", conversation_id=conversation),
        "more of a search": lambda: search.search("hello", before=middle),
    }
    found = {what: whole_tables(plans(busy, ask)) for what, ask in asks.items()}
    assert {what: lines for what, lines in found.items() if lines} == {}
    print(f"{len(asks)} kinds of reads on {busy.store.dialect}: none goes through a whole table")
