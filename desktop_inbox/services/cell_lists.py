"""Several values in one cell of a table, such as the tags of a contact: "VIP; spring 2026".

What separates values inside a value is written with a backslash, so that the way back is exact. Other programs
write lists with commas, bars or one value a line; these are read as well.
"""

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"[\\;,|\n]")
_PIECE = re.compile(r"\\([\\;,|n])|([;,|\n])|([^\\;,|\n]+|\\)")


def join_cells(values: Iterable[str]) -> str:
    """Return one cell that holds all ``values``."""
    return "; ".join(_SPECIAL.sub(_escape, value) for value in values)


def split_cell(cell: str) -> list[str]:
    """Return the values in a cell, without spaces around them and without empty ones."""
    if not _SPECIAL.search(cell):
        value = cell.strip()
        return [value] if value else []
    values: list[str] = []
    current: list[str] = []
    for escaped, separator, text in _PIECE.findall(cell):
        if separator:
            values.append("".join(current).strip())
            current = []
        else:
            current.append("\n" if escaped == "n" else escaped or text)
    values.append("".join(current).strip())
    return [value for value in values if value]


def _escape(match: re.Match[str]) -> str:
    return "\\n" if match[0] == "\n" else "\\" + match[0]
