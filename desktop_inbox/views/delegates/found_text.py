"""Finding links and searched words in a shown text; for words, case and accents do not matter, as in the search."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from desktop_inbox.services.links import find_links

from .bubble_layout import LinkSpan
from .message_text import to_qt_offset

_MAX_MARKS = 200


@lru_cache(maxsize=256)
def _folded(text: str) -> str:
    """Return ``text`` folded, character for character, so that places stay what they are."""
    return "".join(unicodedata.normalize("NFD", character)[0].casefold()[:1] or character for character in text)


def search_terms(query: str) -> tuple[str, ...]:
    """Return the words of a query that can be marked."""
    return tuple(dict.fromkeys(_folded(word) for word in re.findall(r"[^\s\"*:]+", query) if word))


def find_terms(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Return (start, end) in UTF-16 units of each place where a word of ``text`` begins with one of ``terms``."""
    if not terms or not text:
        return []
    folded = _folded(text)
    found = []
    for match in re.finditer("|".join(re.escape(term) for term in terms), folded):
        before = folded[match.start() - 1] if match.start() else " "
        if before.isalnum() and before.isascii():
            continue
        found.append((to_qt_offset(text, match.start()), to_qt_offset(text, match.end())))
        if len(found) == _MAX_MARKS:
            break
    return found


def link_spans(text: str) -> list[LinkSpan]:
    """Return the links of a text with their places."""
    return [(link.start, link.end, link.url) for link in find_links(text)]
