"""Cells that a spreadsheet neither runs nor rewrites: no formula, no phone number turned into 1.41555E+10, no
code that loses its zeros, nothing that becomes a date.

Like ``csv_safe``, which guards against formulas, an apostrophe in front makes a text of anything. It is taken away
again exactly where it would have been put, so a name such as 't Hooft stays as it is on every way.
"""

import re

from . import csv_safe

_REWRITTEN = re.compile(
    r"[\d.(\[$€£¥%+\-]|true$|false$|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fév|avr|aoû|déc|ene|abr|ago|dic|gen|mag|giu|lug"
    r"|set|ott)[^\s\d/.-]*[\s/.-]*\d",
    re.IGNORECASE,
)


def guard(text: str) -> str:
    """Return ``text`` as a cell that spreadsheets leave alone."""
    return csv_safe.GUARD + text if _is_touched(text) else text


def unguard(cell: str) -> str:
    """Return the text that ``guard`` was given; other cells stay as they are."""
    if cell.startswith(csv_safe.GUARD) and _is_touched(cell[1:]):
        return cell[1:]
    return cell


def _is_touched(text: str) -> bool:
    if text[:1].isascii() and text[:1].isalpha() and not _REWRITTEN.match(text):
        return False
    bare = text.lstrip(csv_safe.SKIPPED)
    return csv_safe.guard(text) != text or bool(_REWRITTEN.match(bare)) or bare[:1].isdigit()
