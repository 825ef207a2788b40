"""Words of texts and of queries: the same for both databases, so that both find the same.

Case and accents do not count. Writing without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) is cut
into overlapping pairs of characters, so that any two neighbours are found; the last character of such a run
stands alone as well, so that one character finds every pair that begins with it and the end.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

KEY_LENGTH = 600  # characters of four bytes at most, with room for the ids beside them
WORD_LIMIT = 64  # characters that count of a word; longer ones are codes that nobody types
_QUERY_LIMIT = 1000  # characters
_TERM_LIMIT = 24
_SHORTEST_PREFIX = 2  # letters, from which on a word being typed is looked up

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs of India's scripts are marks, not letters, and yet part of the word.
_INDIC = "\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(rf"[{_PAIRED}]+|(?:[{_INDIC}]|[^\W_{_PAIRED}])+")
_ASCII_TOKEN = re.compile(r"[a-z0-9]+")
_FIRST_PAIRED = "\u0e00"

#: Left out of words: accents, vowel points of Hebrew and Arabic, and what cannot be seen.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+"
)
_BASE = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}


class _Folded(dict[int, str]):
    """What each character counts as; learned as they come."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        parts = _DROPPED.sub("", unicodedata.normalize("NFKD", character.casefold()).casefold())
        folded = "".join(_BASE.get(part, part) for part in unicodedata.normalize("NFC", parts))
        self[code] = folded
        return folded


_folded = _Folded()
_PAIRED_ONLY = re.compile(rf"[{_PAIRED}]+")
_HALF_WIDTH = re.compile("[\uff66-\uff9f]+")


class Token(NamedTuple):
    """One indexed word and where it stands in the folded text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that must stand side by side; of the last one only the beginning where it is a prefix."""

    words: tuple[str, ...]
    prefix: bool = False


def fold(text: str) -> str:
    """Return ``text`` without case, accents and widths."""
    if text.isascii():
        return text.lower()
    return _composed(text).translate(_folded)


def sort_key(text: str) -> str:
    """Return the beginning of ``fold(text)`` that indexes hold: a server's take at most 2,704 bytes."""
    return fold(text)[:KEY_LENGTH]


def _composed(text: str) -> str:
    """Return ``text`` with letters and their marks in one character each."""
    composed = unicodedata.normalize("NFC", text)
    return _HALF_WIDTH.sub(lambda run: unicodedata.normalize("NFKC", run[0]), composed)


def index_words(text: str) -> list[str]:
    """Return the words of ``text`` in order, as they are indexed."""
    folded = fold(text)
    if folded.isascii():
        return [word[:WORD_LIMIT] for word in _ASCII_TOKEN.findall(folded)]
    words: list[str] = []
    for match in _TOKEN.findall(folded):
        if match[0] >= _FIRST_PAIRED and _PAIRED_ONLY.match(match):
            words += [match[place : place + 2] for place in range(len(match))]
        else:
            words.append(match[:WORD_LIMIT])
    return words


def contact_text(names: Iterable[str], paths: Sequence[str]) -> str:
    """Return what a contact is found in: names and addresses, and numbers once more as digits alone."""
    said = fold(" ".join((*names, *paths)))
    digits = " ".join(re.sub(r"\D", "", path) for path in paths if path[:1] == "+" and path[1:2].isdigit())
    return " " + " ".join(f"{said} {digits}".split())


def tokens(folded: str) -> list[Token]:
    """Return the same words with their places in a folded text."""
    found: list[Token] = []
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        if _PAIRED_ONLY.match(match[0]):
            found += [
                Token(word=folded[place : min(place + 2, end)], start=place, end=min(place + 2, end))
                for place in range(start, end)
            ]
        else:
            found.append(Token(word=match[0][:WORD_LIMIT], start=start, end=end))
    return found


def parse(query: str) -> tuple[Term, ...]:
    """Return what all must be found: words, phrases in quotes, and the beginning of the word being typed.

    Every character is taken as text, so that no input is an error; nothing to look for gives no term.
    """
    text = query[:_QUERY_LIMIT].translate(_QUOTES)
    pieces = list(_PIECE.finditer(text))
    terms: list[Term] = []
    for number, piece in enumerate(pieces):
        quoted = piece["phrase"] is not None
        last = number + 1 == len(pieces) and not (quoted and piece["end"]) and not text[-1:].isspace()
        terms += _terms(fold(piece["phrase"] if quoted else piece["word"]), last=last)
    return tuple(terms[:_TERM_LIMIT])


_QUOTES = {ord(mark): '"' for mark in "“”„‟«»〝〞＂「」『』"}
_PIECE = re.compile(r'"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+)')


def _terms(folded: str, *, last: bool) -> Iterable[Term]:
    """Return the terms of one piece: neighbouring words together, each run of pairs by itself."""
    matches = _TOKEN.findall(folded)
    words: list[str] = []
    for number, match in enumerate(matches):
        final = last and number + 1 == len(matches)
        if _PAIRED_ONLY.match(match):
            if words:
                yield Term(words=tuple(words))
                words = []
            if len(match) == 1:
                yield Term(words=(match,), prefix=True)
            else:
                yield Term(words=tuple(match[place : place + 2] for place in range(len(match) - 1)))
            continue
        words.append(match[:WORD_LIMIT])
        if final:
            if len(match) >= _SHORTEST_PREFIX or len(words) > 1:
                yield Term(words=tuple(words), prefix=True)
            words = []
    if words:
        yield Term(words=tuple(words))


def marks(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Return (start, length) of everything in ``text`` (NFC) that the terms found, in order, not overlapping."""
    places: Sequence[int] = range(len(text))
    folded = text.lower()
    if not text.isascii():
        pieces = [_folded[ord(character)] for character in text]
        places = [place for place, piece in enumerate(pieces) for _ in piece]
        folded = "".join(pieces)
    found = tokens(folded)
    spans: list[tuple[int, int]] = []
    for term in terms:
        first, alone = term.words[0], len(term.words) == 1
        for begin, token in enumerate(found):
            if not (token.word.startswith(first) if term.prefix and alone else token.word == first):
                continue
            if alone or _matches(found[begin : begin + len(term.words)], term):
                last = found[begin + len(term.words) - 1]
                end = last.start + len(term.words[-1]) if term.prefix else last.end
                spans.append((places[token.start], places[max(end, token.start + 1) - 1] + 1))
    return _merged(spans)


def _matches(found: Sequence[Token], term: Term) -> bool:
    if len(found) < len(term.words) or any(
        token.word != word for token, word in zip(found[:-1], term.words[:-1], strict=True)
    ):
        return False
    last = found[-1].word
    return last.startswith(term.words[-1]) if term.prefix else last == term.words[-1]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return [(start, end - start) for start, end in merged]


SNIPPET_LENGTH = 160
_SPACE = re.compile(r"\s")
_LEAD = 40  # characters shown before the first hit


def snippet(text: str, terms: Sequence[Term]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return one line of ``text`` around the first hit, and the hits in it as (start, length)."""
    line = _SPACE.sub(" ", text if text.isascii() else _composed(text))
    found = marks(line, terms)
    begin = 0
    if found and len(line) > SNIPPET_LENGTH and found[0][0] > _LEAD:
        begin = min(found[0][0] - _LEAD, len(line) - SNIPPET_LENGTH)
        begin = _after_space(line, begin, found[0][0])
    end = min(begin + SNIPPET_LENGTH, len(line))
    lead, tail = ("…" if begin else ""), ("…" if end < len(line) else "")
    shift = len(lead) - begin
    shown = [(start, min(start + length, end)) for start, length in found if start < end]
    return lead + line[begin:end] + tail, tuple((start + shift, stop - start) for start, stop in shown)


def _after_space(line: str, begin: int, latest: int) -> int:
    """Return where a word begins at or after ``begin``, else a place that does not split a character."""
    space = line.find(" ", begin - 1, latest)
    if space >= 0:
        return space + 1
    while begin < latest and (unicodedata.combining(line[begin]) or line[begin] in "\u200d\ufe0f"):
        begin += 1
    return begin
