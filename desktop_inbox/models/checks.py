"""What is stored twice for speed, compared with what it was made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from .entities.ids import ConversationId
from .schema import attachments, calls, conversations, messages
from .search_text import Term, index_words
from .work import Work

_SAMPLE = 200  # messages
_C = conversations.c
_MISSED = and_(calls.c.direction == "in", calls.c.status.in_(("no_answer", "busy", "cancelled", "failed")))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongColumn:
    """A list column that is not what the messages say."""

    conversation_id: ConversationId
    column: str
    stored: int
    true: int


def _of(table: Any, value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Any:
    query = select(value).where(table.c.conversation_id == _C.id, *conditions)
    return query.correlate(conversations).scalar_subquery()


_UNREAD = _of(messages, func.count(), messages.c.direction == "in", messages.c.id > _C.read_up_to_id) + _of(
    calls, func.count(), _MISSED, calls.c.id > _C.read_up_to_id
)
_LAST_MESSAGE = func.coalesce(_of(messages, func.max(messages.c.id)), 0)
_LAST_CALL = func.coalesce(_of(calls, func.max(calls.c.id)), 0)
_LAST = case((_LAST_CALL > _LAST_MESSAGE, _LAST_CALL), else_=_LAST_MESSAGE)
_LAST_INBOUND = func.coalesce(_of(messages, func.max(messages.c.id), messages.c.direction == "in"), 0)
_LAST_OUTBOUND = func.coalesce(_of(messages, func.max(messages.c.id), messages.c.direction == "out"), 0)
_FIRST = func.coalesce(_of(messages, func.min(messages.c.id)), 0)
_TRUTHS: tuple[tuple[str, Any], ...] = (
    ("unread_count", _UNREAD),
    ("last_entry_id", _LAST),
    ("last_inbound_id", _LAST_INBOUND),
    ("last_outbound_id", _LAST_OUTBOUND),
    ("first_entry_id", _FIRST),
    ("message_count", _of(messages, func.count())),
)


def wrong_columns(work: Work, *, limit: int = 1000) -> tuple[WrongColumn, ...]:
    """Return list columns that differ from a count over the messages; empty when every badge is true."""
    truths = [truth.label(f"true_{name}") for name, truth in _TRUTHS]
    facts = select(_C.id, *(_C[name] for name, _ in _TRUTHS), *truths).subquery()
    differs = or_(*(facts.c[name] != facts.c[f"true_{name}"] for name, _ in _TRUTHS))
    rows = work.connection.execute(select(facts).where(differs).order_by(facts.c.id).limit(limit))
    return tuple(
        WrongColumn(
            conversation_id=ConversationId(row.id),
            column=name,
            stored=row._mapping[name],
            true=row._mapping[f"true_{name}"],
        )
        for row in rows
        for name, _ in _TRUTHS
        if row._mapping[name] != row._mapping[f"true_{name}"]
    )


def set_right(work: Work, wrong: Sequence[WrongColumn]) -> None:
    """Store the counted values."""
    for one in wrong:
        work.conversations.change(one.conversation_id, **{one.column: one.true})


def stored_files(work: Work) -> Iterator[tuple[str, int]]:
    """Yield the hash and size of every file that must be in the attachments folder, in no order."""
    query = select(attachments.c.sha256, attachments.c.size).where(attachments.c.state == "ready").distinct()
    for row in work.connection.execute(query.execution_options(yield_per=1000)):
        yield row.sha256, row.size


def index_problem(work: Work) -> str:
    """Return what is wrong with the full-text index, or ""."""
    if work.search.is_stale():
        return "An import left the index of messages behind."
    if work.connection.dialect.name != "sqlite":
        query = "SELECT (SELECT count(*) FROM messages) - (SELECT count(*) FROM message_search)"
        missing = work.connection.exec_driver_sql(query).scalar_one()
        return "" if missing == 0 else f"{abs(missing)} messages are missing from the index or left in it."
    return _missing_of_newest(work)


def _missing_of_newest(work: Work) -> str:
    """Look for the newest messages by a word of each: the file's index cannot be counted."""
    rows = work.connection.execute(select(messages.c.id, messages.c.text).order_by(messages.c.id.desc()).limit(_SAMPLE))
    missing = 0
    for row in rows.all():
        words = index_words(row.text)
        if words:
            term = Term(words=(words[0],))
            missing += work.search.messages([term], conversation_id=None, before=row.id + 1, limit=1) != (row.id,)
    return f"{missing} of the newest messages are missing from the index." if missing else ""
