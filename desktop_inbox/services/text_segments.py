"""How many SMS segments a text costs, and which character makes it cost more.

A text that fits the GSM 03.38 alphabet travels in septets, 160 to a single segment; any other character
forces UCS-2, 70 UTF-16 units to a segment. A text of several segments spends seven septets (three units)
of each on the header that joins them. An escape sequence or surrogate pair is never cut in two.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "\f^{}\\[~]|€"

GSM_CHARACTERS: Final = frozenset(_BASIC + _EXTENSION)

_NOT_GSM = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_NOT_BASIC = re.compile(f"[^{re.escape(_BASIC)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

#: What word processors and phone keyboards put in place of plain characters.
_TYPOGRAPHIC: Final = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "´": "'", "`": "'", "‹": "<", "›": ">",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁃": "-",
    "…": "...", "•": "*", "·": "*", "×": "x", "÷": "/", "⁄": "/", "¦": "|",
    "\u00a0": " ", "\u2000": " ", "\u2001": " ", "\u2002": " ", "\u2003": " ", "\u2004": " ", "\u2005": " ",
    "\u2006": " ", "\u2007": " ", "\u2008": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ", "\u205f": " ",
    "\u3000": " ", "\t": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
    "\u200b": "", "\u2060": "", "\ufeff": "", "\u00ad": "", "\u200e": "", "\u200f": "",
    "™": "(TM)", "®": "(R)", "©": "(C)", "№": "No.",
}  # fmt: skip


class Encoding(StrEnum):
    """How a text travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """The first character that forces UCS-2. `index` and `character` are in code points of the text."""

    index: int
    character: str
    replacement: str | None  # what says the same in GSM-7 ("" removes it); None: nothing does


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    """What a text costs. `units` are septets (GSM-7) or UTF-16 units (UCS-2)."""

    encoding: Encoding
    units: int
    per_segment: int  # units that fit one segment of this text: 160, 153, 70 or 67
    segments: int  # 0 for an empty text
    remaining: int  # units free in the last segment
    culprit: Culprit | None = None  # set exactly when the encoding is UCS-2


def count(text: str) -> SegmentCount:
    """Return the cost of ``text``; fast enough for every key press."""
    odd = _NOT_GSM.search(text)
    if odd is None:
        pattern, single, multi, encoding = _NOT_BASIC, 160, 153, Encoding.GSM7
    else:
        pattern, single, multi, encoding = _ASTRAL, 70, 67, Encoding.UCS2
    doubles = [match.start() for match in pattern.finditer(text)]
    units = len(text) + len(doubles)
    culprit = _culprit(text, odd.start()) if odd else None
    if units <= single:
        segments = 1 if units else 0
        return SegmentCount(
            encoding=encoding,
            units=units,
            per_segment=single,
            segments=segments,
            remaining=single - units,
            culprit=culprit,
        )
    segments, remaining = _pack(len(text), doubles, multi)
    return SegmentCount(
        encoding=encoding, units=units, per_segment=multi, segments=segments, remaining=remaining, culprit=culprit
    )


def to_gsm(text: str) -> str:
    """Return ``text`` with every character replaced that has an equal in GSM-7; others stay."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        character if character in GSM_CHARACTERS else _or(_replacement(character), character) for character in composed
    )


def _pack(length: int, doubles: list[int], capacity: int) -> tuple[int, int]:
    """Return (segments, units free in the last) for ``length`` characters of which ``doubles`` take two units."""
    segments, used, position = 1, 0, 0
    for double in [*doubles, length]:
        singles = double - position
        full, used = divmod(used + singles, capacity)
        segments += full
        if full and used == 0:  # exactly filled: the segment is full, the next one not yet begun
            segments, used = segments - 1, capacity
        if double == length:
            break
        if used + 2 > capacity:
            segments, used = segments + 1, 0
        used += 2
        position = double + 1
    return segments, capacity - used


def _culprit(text: str, index: int) -> Culprit:
    """Describe the character at ``index``, together with the letter it is an accent of."""
    end = index + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    begin = index
    if begin and unicodedata.combining(text[index]):
        begin -= 1
    character = text[begin:end]
    composed = unicodedata.normalize("NFC", character)
    if composed != character and all(part in GSM_CHARACTERS for part in composed):
        return Culprit(index=begin, character=character, replacement=composed)
    return Culprit(index=index, character=text[index], replacement=_replacement(text[index]))


def _replacement(character: str) -> str | None:
    """Return the GSM-7 text that reads the same; None where there is none or it would change the meaning."""
    known = _TYPOGRAPHIC.get(character)
    if known is not None:
        return known
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>")):
        return None
    compatible = unicodedata.normalize("NFKC", character)
    if compatible != character and all(part in GSM_CHARACTERS for part in compatible):
        return compatible
    return None


def _or(replacement: str | None, character: str) -> str:
    return character if replacement is None else replacement
