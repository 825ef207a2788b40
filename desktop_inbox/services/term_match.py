"""Which blocked words and links are in a text (S5-24). Pure.

Words are whole words, whatever their case, accents and widths: "scunthorpe" holds none. What cannot be seen does not
part them. Links are found by their domain, whether or not a scheme stands before it, with everything below it, and in
letters or in the ASCII form of such names.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from desktop_inbox.models.search_text import fold

#: Writing without spaces between words: there a term is looked for anywhere.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_WORD: Final = re.compile(r"[^\W_]+")
_HOST: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")  # each letter is looked at once
_LABELS: Final = 127  # parts of a name that DNS knows; a text may have half a million of them
_BEFORE_HOST: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*:(?=/)|https?:)?/*(?:[^/@]*@)?(?:\*\.)?(?:www\.)?")
_DOTS: Final = str.maketrans({"。": ".", "｡": "."})


@dataclass(slots=True)
class Matcher:
    """What is looked for; build it by ``matcher``."""

    phrases: dict[str, list[tuple[tuple[str, ...], str, str]]] = field(default_factory=dict)  # by their first word
    anywhere: list[tuple[str, str, str]] = field(default_factory=list)
    domains: dict[str, str] = field(default_factory=dict)

    def find(self, text: str) -> tuple[tuple[str, str], ...]:
        """Return (key, term as typed) of everything that is in ``text``, each once."""
        found: dict[str, str] = {}
        shown = visible(text)
        if self.phrases or self.anywhere:
            folded = fold(shown)
            words = _WORD.findall(folded)
            for place, word in enumerate(words):
                for phrase, key, term in self.phrases.get(word, ()):
                    if tuple(words[place : place + len(phrase)]) == phrase:
                        found.setdefault(key, term)
            found |= {key: term for wanted, key, term in self.anywhere if wanted in folded}
        if self.domains:
            for host in _hosts(shown):
                labels = host.rsplit(".", _LABELS)[1:] if host.count(".") >= _LABELS else host.split(".")
                for first in range(len(labels) - 1):
                    key = ".".join(labels[first:])
                    if key in self.domains:
                        found.setdefault(key, self.domains[key])
        return tuple(found.items())


@lru_cache(maxsize=4)
def matcher(terms: Sequence[tuple[str, str, str]]) -> Matcher:
    """Return what looks for terms: kind ("word" or "link"), key, and as typed."""
    made = Matcher()
    for kind, key, term in terms:
        if kind == "link":
            made.domains[key] = term
            continue
        words = tuple(_WORD.findall(key))
        if not words or _UNSPACED.search(key):
            made.anywhere.append((key, key, term))
        else:
            made.phrases.setdefault(words[0], []).append((words, key, term))
    return made


def word_key(term: str) -> str:
    """Return the one spelling of a word or of several in a row; "" for nothing."""
    return " ".join(fold(visible(term)).split())


def domain_key(link: str) -> str:
    """Return the domain of a link in ASCII, without "www."; "" where there is none."""
    bare = _BEFORE_HOST.sub("", visible(link).translate(_DOTS).strip().lower())
    host = re.split(r"[/?#:]", bare, maxsplit=1)[0].strip(".")
    return _ascii(host) if _HOST.fullmatch(host) else ""


def digest(text: str) -> str:
    """Return by what a text is known that was allowed: its spaces, case and widths do not count."""
    return hashlib.sha256(word_key(text).encode("utf-8", "surrogatepass")).hexdigest()


def visible(text: str) -> str:
    """Return ``text`` in its plain letters, without what cannot be seen."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(character for character in plain if unicodedata.category(character) != "Cf")


def _hosts(shown: str) -> list[str]:
    plain = shown.translate(_DOTS).lower()
    if "%" in plain:
        plain = f"{plain} {visible(unquote(plain, errors='replace')).lower()}"
    return [_ascii(host) for host in _HOST.findall(plain)]


def _ascii(host: str) -> str:
    return host if host.isascii() else ".".join(_ascii_label(label) for label in host.split("."))


@lru_cache(maxsize=4096)
def _ascii_label(label: str) -> str:
    try:
        return label.encode("idna").decode("ascii").lower()
    except UnicodeError:  # too long, or no name at all
        return label
