"""Messages that change their conversation stay findable in it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import text

from .search_text import index_words

if TYPE_CHECKING:
    from .work import Work

_REMOVE = "INSERT INTO message_search (message_search, rowid, words, conversation) VALUES ('delete', ?, ?, ?)"
_ADD = "INSERT INTO message_search (rowid, words, conversation) VALUES (?, ?, ?)"


def move_messages(work: "Work", rows: Sequence[tuple[int, str]], source: int, target: int) -> None:
    """Let the index know that messages (id, text; in the order of ids) move from one conversation to another."""
    if not rows:
        return
    work.search.flush()
    if work.search.is_stale():  # which of them are in the index nobody knows: it is made again anyway
        work.search.rebuild()
    elif work.connection.dialect.name == "sqlite":
        words = [(key, " ".join(index_words(said))) for key, said in rows]
        work.connection.exec_driver_sql(_REMOVE, [(*one, f"c{source}") for one in words])
        work.connection.exec_driver_sql(_ADD, [(*one, f"c{target}") for one in words])
    else:
        statement = text("UPDATE message_search SET conversation_id = :target WHERE message_id = ANY(:ids)")
        work.connection.execute(statement, {"target": target, "ids": [key for key, _ in rows]})
