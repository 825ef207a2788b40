"""Finding words among all messages and inside one conversation, against FTS5 asked by hand."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.measure import Figure, Work, against, in_turns
from bench.office import LONG_CONVERSATION, Size
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.store import Store
from desktop_inbox.services.search import SearchService

_RAW = """
SELECT m.id, m.conversation_id, m.contact_id, m.text, c.first_name, c.last_name FROM (
  SELECT rowid AS id FROM message_search WHERE message_search MATCH ? ORDER BY rowid DESC LIMIT 51
) hit JOIN messages m ON m.id = hit.id JOIN contacts c ON c.id = m.contact_id
"""
_QUERIES = 40  # of each kind, none twice: nothing is answered from a cache of answers


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Each kind of query on the large office, then on the tiny one."""
    for name in (size.name, "tiny"):
        store = Store.open(sqlite_url(offices[name]))
        with asyncio.Runner() as runner, contextlib.closing(sqlite3.connect(offices[name])) as raw:
            yield from _searches(_Asker(SearchService(store), runner, raw), name)
        store.close()


class _Asker:
    """Asks the product and FTS5 the same."""

    def __init__(self, service: SearchService, runner: asyncio.Runner, raw: sqlite3.Connection) -> None:
        self._service = service
        self._runner = runner
        self.raw = raw

    def product(self, query: str, here: ConversationId | None = None) -> Work:
        return lambda: self._runner.run(self._service.search(query, conversation_id=here))

    def limit(self, match: str, here: ConversationId | None = None) -> Work:
        whole = match if here is None else f'conversation : "c{here}" AND words : ({match})'
        return lambda: self.raw.execute(_RAW, (whole,)).fetchall()


def _searches(ask: _Asker, name: str) -> Iterator[Figure]:
    asked = kinds(ask.raw)
    for kind, queries in asked.items():
        product = [ask.product(query) for query, _ in queries]
        ours, theirs = in_turns(product, [ask.limit(match) for _, match in queries], rounds=1)
        yield against(f"search, {kind} ({name})", ours, theirs, times=1.5, plus=10, at_most=50)
    here = ConversationId(LONG_CONVERSATION)
    product = [ask.product(query, here) for query, _ in asked["one word"]]
    ours, theirs = in_turns(product, [ask.limit(match, here) for _, match in asked["one word"]], rounds=1)
    yield against(f"search inside the longest conversation ({name})", ours, theirs, at_most=50)


def kinds(raw: sqlite3.Connection) -> dict[str, Sequence[tuple[str, str]]]:
    """What is typed, and the same for FTS5, for words that are really there: common ones and rare ones."""
    source = random.Random(5)
    newest = raw.execute("SELECT text FROM messages ORDER BY id DESC LIMIT 20000").fetchall()
    texts = [text for (text,) in newest if text.isascii() and len(text.split()) > 6]
    pairs = []
    for text in source.sample(texts, _QUERIES):
        words = [word.strip(",.").lower() for word in text.split() if word.strip(",.'").isalpha()]
        pairs.append(tuple(source.sample([word for word in words if len(word) > 3], 2)))
    return {
        "one word": [(f"{word} ", f'"{word}"') for word, _ in pairs],
        "two words": [(f"{one} {two} ", f'"{one}" AND "{two}"') for one, two in pairs],
        "3 letters": [(word[:3], f'"{word[:3]}"*') for word, _ in pairs],
    }
