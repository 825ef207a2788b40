"""Text from outside: what may be stored, and how it is shown on one line.

PostgreSQL refuses NUL and Python's SQLite driver refuses lone surrogates, so both are refused at the edge
with a reason instead of failing in one database and not in the other.
"""

import re
import unicodedata

from desktop_inbox.errors import InvalidInputError

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: Embeddings, overrides, isolates and marks: they can make text read in another order than it is stored.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d")  # needed inside Persian words and emoji
_TAGS = range(0xE0020, 0xE0080)  # flags of England, Scotland and Wales are spelled with them
_NAME_LIMIT = 120


def check_storable(text: str, what: str) -> str:
    """Return ``text`` unchanged; InvalidInputError when a database could not keep it as it is.

    ``what`` names the field in the sentence for the user, for example "The message".
    """
    if _UNSTORABLE.search(text):
        raise InvalidInputError(
            "text_not_storable",
            f"{what} contains a character that cannot be stored.",
            hint="Remove invisible or broken characters, or type the text again.",
        )
    return text


def make_storable(text: str) -> str:
    """Return ``text`` with each character that cannot be stored replaced by U+FFFD.

    For what a provider delivers: refusing it would lose the message.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def _hidden(character: str) -> bool:
    if character in _JOINERS or ord(character) in _TAGS:
        return False
    return character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean_name(text: str, *, limit: int = _NAME_LIMIT) -> str:
    """Return a person's name for display: one line, no control or bidirectional characters.

    White space is collapsed; more than ``limit`` characters end in an ellipsis. May return "".
    """
    if text.isascii() and text.isprintable():  # as most are, by the hundred thousand
        name = " ".join(text.split())
        return name if len(name) <= limit else name[: limit - 1].rstrip() + "…"
    spaced = "".join(" " if character.isspace() else character for character in text)
    words = "".join(character for character in spaced if not _hidden(character)).split()
    name = " ".join(words)
    return name if len(name) <= limit else name[: limit - 1].rstrip() + "…"


def show_hidden(text: str) -> str:
    """Return ``text`` with control and bidirectional characters written out, as in ``photo[U+202E]gpj.exe``."""
    return "".join(f"[U+{ord(character):04X}]" if _hidden(character) else character for character in text)
