"""What a person waits for: a view of the list, a conversation, its older pages."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Figure, Work, against, in_turns
from bench.office import LONG_CONVERSATION, Size
from desktop_inbox.clock import now
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.conversation import View
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.services.inbox import InboxService

_LIST = """
SELECT v.id, v.contact_id, c.first_name, c.last_name, c.opt_in, a.scheme, a.path, v.status, v.unread_count,
       v.last_entry_id, v.last_direction, v.last_status, v.snippet, h.name, h.kind, d.text,
       v.waiting_since, v.archived_at
FROM conversations v JOIN contacts c ON c.id = v.contact_id
LEFT JOIN contact_addresses a ON a.contact_id = v.contact_id
LEFT JOIN channels h ON h.id = v.last_channel_id
LEFT JOIN drafts d ON d.conversation_id = v.id AND d.user_id = 1
WHERE {condition} ORDER BY v.place_id DESC LIMIT 60
"""
_CONDITIONS = {
    View.ALL: "v.archived_at IS NULL",
    View.UNREAD: "v.archived_at IS NULL AND v.unread_count > 0",
    View.WAITING: "v.archived_at IS NULL AND v.waiting_since IS NOT NULL",
    View.ARCHIVED: "v.archived_at IS NOT NULL",
}
_PAGE = "SELECT * FROM messages WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT 51"
_NEVER = 1 << 62
_COUNTS = "SELECT count(*), count(CASE WHEN v.unread_count > 0 THEN 1 END) FROM conversations v WHERE {condition}"


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Each read on the large office, then on the tiny one: the difference is the growth."""
    for name in (size.name, "tiny"):
        store = Store.open(sqlite_url(offices[name]))
        inbox = InboxService(store, now, UserId(1))
        with asyncio.Runner() as runner, contextlib.closing(sqlite3.connect(offices[name])) as raw:
            yield from _views(inbox, runner, raw, name)
            yield from _conversation(inbox, runner, raw, name)
        store.close()


def _views(inbox: InboxService, runner: asyncio.Runner, raw: sqlite3.Connection, name: str) -> Iterator[Figure]:
    for view, condition in _CONDITIONS.items():
        query = _LIST.format(condition=condition)

        def product(view: View = view) -> object:
            return runner.run(inbox.page(view))

        def limit(query: str = query) -> object:
            return raw.execute(query).fetchall()

        ours, theirs = in_turns([product], [limit], rounds=40)
        yield against(f"list, view {view.value}, first page ({name})", ours, theirs, times=3, plus=20, at_most=60)

    def counted() -> object:
        return [raw.execute(_COUNTS.format(condition=condition)).fetchone() for condition in _CONDITIONS.values()]

    ours, theirs = in_turns([lambda: runner.run(inbox.counts())], [counted], rounds=15)
    yield against(f"counts of all views ({name})", ours, theirs, times=3, plus=20, at_most=60)


def _conversation(inbox: InboxService, runner: asyncio.Runner, raw: sqlite3.Connection, name: str) -> Iterator[Figure]:
    conversation = ConversationId(LONG_CONVERSATION)

    def opened(**place: EntryId) -> Work:
        return lambda: runner.run(inbox.timeline(conversation, **place))

    def page(place: int) -> Work:
        return lambda: raw.execute(_PAGE, (conversation, place)).fetchall()

    ours, theirs = in_turns([opened()], [page(_NEVER)], rounds=40)
    yield against(f"longest conversation, newest page ({name})", ours, theirs, times=3, plus=20, at_most=60)
    middle = raw.execute(
        "SELECT id FROM messages WHERE conversation_id = ? ORDER BY id LIMIT 1 OFFSET 1000", (conversation,)
    ).fetchone()[0]
    ours, theirs = in_turns([opened(before=middle)], [page(middle)], rounds=40)
    yield against(f"longest conversation, an old page ({name})", ours, theirs, times=3, plus=20, at_most=60)
