"""A filter of four conditions: its count and first page, beside SQL written by hand; and counts of the selector."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Figure, against, in_turns
from bench.office import Size
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.ids import UserId
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.models.store import Store
from desktop_inbox.services.segments import SegmentService

_COLUMNS = """
SELECT v.id, v.contact_id, c.first_name, c.last_name, c.opt_in, a.scheme, a.path, v.status, v.unread_count,
       v.last_entry_id, v.last_direction, v.last_status, v.snippet, h.name, h.kind, d.text,
       v.waiting_since, v.archived_at
FROM conversations v JOIN contacts c ON c.id = v.contact_id
LEFT JOIN contact_addresses a ON a.contact_id = v.contact_id
LEFT JOIN channels h ON h.id = v.last_channel_id
LEFT JOIN drafts d ON d.conversation_id = v.id AND d.user_id = 1
"""
_TAGGED = "v.contact_id IN (SELECT contact_id FROM contact_tags WHERE tag_id = 1)"
_RARE = "v.contact_id IN (SELECT contact_id FROM contact_tags WHERE tag_id = 8)"
_ABROAD = "v.contact_id IN (SELECT id FROM contacts WHERE country <> '' AND country IN ('PT', 'DE'))"
_MEMBER = "v.contact_id IN (SELECT contact_id FROM contact_field_values WHERE field_id = 1 AND number < 5000)"
#: What each filter says, and the condition that somebody would write by hand for it.
_ASKED = (
    (
        "rare tag, countries, half of a field, not archived",
        "archived is false tags any of (Recall) country in (PT, DE) fields.member_no < 5000",
        f"v.archived_at IS NULL AND {_RARE} AND {_ABROAD} AND {_MEMBER}",
    ),
    (
        "tag, assignee, status, not archived",
        'archived is false tags any of (VIP) assignee is "Ana" status is pending',
        f"v.archived_at IS NULL AND {_TAGGED} AND v.assignee_id = 2 AND v.status = 'pending'",
    ),
    (
        "name, no tag, city unset, unread",
        'name ~ "ar" tags unset fields.city unset unread is true',
        "v.unread_count > 0 AND v.contact_id IN (SELECT id FROM contacts WHERE name_key LIKE '%ar%')"
        " AND v.contact_id NOT IN (SELECT contact_id FROM contact_tags)"
        " AND v.contact_id NOT IN (SELECT contact_id FROM contact_field_values WHERE field_id = 2)",
    ),
)
_COUNT = "SELECT count(*), count(CASE WHEN v.unread_count > 0 THEN 1 END) FROM conversations v WHERE {condition}"
_PAGE = _COLUMNS + "WHERE {condition} ORDER BY v.place_id DESC LIMIT 61"


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Each on the large office, then on the tiny one: the difference is the growth."""
    for name in (size.name, "tiny"):
        store = Store.open(sqlite_url(offices[name]))
        segments = SegmentService(store, user_id=UserId(1))
        with asyncio.Runner() as runner, contextlib.closing(sqlite3.connect(offices[name])) as raw:
            raw.execute("PRAGMA cache_size=-16000")  # as the product's readers
            for what, text, condition in _ASKED:
                times = 1.5 if name == size.name else None  # in a tiny office the fixed costs are all there is
                yield _one(segments, runner, raw, f"{what} ({name})", (text, condition), times)
        store.close()


def _one(
    segments: SegmentService,
    runner: asyncio.Runner,
    raw: sqlite3.Connection,
    what: str,
    asked: tuple[str, str],
    times: float | None,
) -> Figure:
    group: Group = runner.run(segments.parse(asked[0]))

    def product() -> object:
        return runner.run(segments.preview(group))

    def limit() -> object:
        count = raw.execute(_COUNT.format(condition=asked[1])).fetchone()
        return count, raw.execute(_PAGE.format(condition=asked[1])).fetchall()

    found = product()
    assert found.count.total == limit()[0][0], what  # type: ignore[attr-defined, index]
    ours, theirs = in_turns([product], [limit], rounds=20)
    return against(f"segment: {what}", ours, theirs, times=times, at_most=100)
