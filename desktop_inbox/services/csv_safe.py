"""CSV that spreadsheets open without running or mangling anything, and that reads back exactly.

A cell that a spreadsheet could take for a formula gets an apostrophe in front, which makes it text. So that the
way back is exact, a text that begins with an apostrophe gets one too, and the reader takes one away.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InvalidInputError

GUARD: Final = "'"
#: Begins a formula or moves the cell, also in full width; the apostrophe keeps the way back exact.
DANGEROUS: Final = "=+-@\t\r\n\x00＝＋－＠'"
#: What spreadsheets skip in front of it.
SKIPPED: Final = (
    " \x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_CELL_LIMIT: Final = 1_000_000  # characters


def guard(text: str) -> str:
    """Return ``text`` as a cell that is never a formula."""
    return GUARD + text if text.lstrip(SKIPPED)[:1] in tuple(DANGEROUS) else text


def unguard(cell: str) -> str:
    """Return the text that ``guard`` was given."""
    return cell.removeprefix(GUARD)


def read(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a file that we wrote, the header first, with texts as they were.

    Raises InvalidInputError for what cannot be opened, is not UTF-8 or not CSV.
    """
    before = csv.field_size_limit(_CELL_LIMIT)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, strict=True):
                yield [unguard(cell) for cell in row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(
            "csv_unreadable", f"{path.name} is not a CSV file in UTF-8.", hint="Save it as CSV UTF-8, then try again."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file"
        raise InvalidInputError(
            "csv_missing", f"{path.name} cannot be opened: {reason}.", hint="Choose another file."
        ) from error
    finally:
        csv.field_size_limit(before)
