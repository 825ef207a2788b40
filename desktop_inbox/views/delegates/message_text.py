"""Texts of messages made ready to be laid out: line breaks, direction, emoji, offsets.

Everything here treats a text as plain characters: no markup is ever understood.
"""

import re

from PySide6.QtCore import QTextBoundaryFinder

#: Longer texts are cut on screen; copying and the details still give the whole text.
MAX_SHOWN = 12_000
#: Messages of at most so many emoji and nothing else are painted large (T05).
MAX_LARGE_EMOJI = 3

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\ufff9-\ufffb]")
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2"
    "\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_TONE = "\U0001f3fb-\U0001f3ff"
_EMOJI = re.compile(
    rf"(?:[{_PICTURE}]\ufe0f?[{_TONE}]?(?:\u200d[{_PICTURE}]\ufe0f?[{_TONE}]?)*[\U000e0020-\U000e007f]*"
    r"|[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3)"
)
_FLAG_HALF = re.compile("[\U0001f1e6-\U0001f1ff]")
#: Shown as text unless a variation selector asks for the picture.
_TEXT_BY_DEFAULT = frozenset("©®‼⁉™ℹ↔↕↖↗↘↙↩↪")


def shown_text(text: str) -> str:
    """Return ``text`` as the timeline shows it: one kind of line break, no control characters, not
    longer than ``MAX_SHOWN`` characters."""
    clean = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    if len(clean) > MAX_SHOWN:
        return clean[:MAX_SHOWN].rstrip() + " …"
    return clean


def is_large_emoji(text: str) -> bool:
    """Return whether ``text`` is one to three emoji and nothing else."""
    stripped = text.strip()
    if not stripped or len(stripped) > 60:
        return False
    clusters = graphemes(stripped.replace(" ", ""))
    if len(clusters) > MAX_LARGE_EMOJI:
        return False
    return all(_EMOJI.fullmatch(cluster) and cluster not in _TEXT_BY_DEFAULT for cluster in clusters)


def graphemes(text: str) -> list[str]:
    """Return the characters of ``text`` as people count them."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    encoded = text.encode("utf-16-le", "surrogatepass")
    clusters: list[str] = []
    start = finder.position()
    while (end := finder.toNextBoundary()) != -1:
        cluster = encoded[2 * start : 2 * end].decode("utf-16-le", "replace")
        start = end
        if clusters and _FLAG_HALF.fullmatch(cluster) and _FLAG_HALF.fullmatch(clusters[-1]):
            clusters[-1] += cluster  # Qt takes a flag apart that follows a joined emoji
        else:
            clusters.append(cluster)
    return clusters


def to_qt_offset(text: str, offset: int) -> int:
    """Return the place of the character ``offset`` of ``text`` in UTF-16 units, as Qt counts."""
    if text.isascii():
        return offset
    return offset + sum(1 for character in text[:offset] if character > "\uffff")


def from_qt_offset(text: str, units: int) -> int:
    """Return the index of the character that starts at ``units`` UTF-16 units (or holds them)."""
    if text.isascii():
        return min(units, len(text))
    count = 0
    for index, character in enumerate(text):
        if count >= units:
            return index
        count += 2 if character > "\uffff" else 1
    return len(text)
