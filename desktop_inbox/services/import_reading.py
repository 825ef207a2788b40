"""Files of contacts as tables: CSV of any spelling, and vCards. No input is a crash; what cannot be read says why.

A file is read as a whole and only then looked at, so that half of one is never imported.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError, InvalidInputError

from . import sheet_guard, vcard
from .plain_text import make_storable

ROW_LIMIT: Final = 1_000_000
COLUMN_LIMIT: Final = 500
CELL_LIMIT: Final = 1_000_000  # characters
FILE_LIMIT: Final = 1 << 30  # bytes
_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_ROWS: Final = 60
_SAMPLE: Final = 64 << 10  # characters that the separator is guessed from
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BATCH: Final = 2000  # rows between two looks at whether somebody gave up


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as a table. Every row has as many cells as there are columns."""

    name: str
    kind: str  # "CSV" or "vCard"
    columns: tuple[str, ...]  # as the file names them, or "Column 1", ...
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # with the number of the line on which each begins
    has_header: bool
    encoding: str  # "UTF-8", "UTF-16", "Windows-1252", ...
    delimiter: str = ""
    notes: tuple[str, ...] = ()  # what a person should know about how it was read


def read_sheet(path: Path, *, has_header: bool | None = None, cancelled: Callable[[], bool] = lambda: False) -> Sheet:
    """Return the table in a file; ``has_header`` overrules what is guessed from the first line of a CSV.

    Blocks: call it on a worker thread. Raises InvalidInputError for what is no such file or too large.
    """
    try:
        size = path.stat().st_size
        if size > FILE_LIMIT:
            raise InvalidInputError(
                "import_too_large",
                f"{_shown(path)} is larger than {FILE_LIMIT >> 20} MB.",
                hint="Divide it into several files.",
            )
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file"
        raise InvalidInputError(
            "import_unreadable", f"{_shown(path)} cannot be opened: {reason}.", hint="Choose another file."
        ) from error
    return parse_sheet(raw, name=_shown(path), has_header=has_header, cancelled=cancelled)


def parse_sheet(
    raw: bytes, *, name: str, has_header: bool | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Sheet:
    """Return the table in the bytes of a file; see ``read_sheet``."""
    text, encoding, notes = decode(raw)
    storable = make_storable(text)
    if storable != text:
        notes.append("Characters that no database can keep were replaced.")
    if not storable.strip():
        raise InvalidInputError("import_empty", f"{name} is empty.", hint="Choose another file.")
    if vcard.looks_like_vcard(storable):
        rows = tuple((line, tuple(cells)) for line, cells in _counted(vcard.rows(storable), cancelled))
        return Sheet(
            name=name,
            kind="vCard",
            columns=vcard.COLUMNS,
            rows=rows,
            has_header=True,
            encoding=encoding,
            notes=tuple(notes),
        )
    return _csv_sheet(storable, name, encoding, notes, has_header, cancelled)


def decode(raw: bytes) -> tuple[str, str, list[str]]:
    """Return the text of a file, the name of its encoding, and what was lost."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw, codec, codec.removesuffix("-sig").upper())
    if not raw.startswith(b"\x00\x00") and len(raw) >= 4:
        head = raw[:4096]
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > len(head) // 4:  # every other byte of western text in UTF-16 is 0
            return _decoded(raw, "utf-16-be" if even > odd else "utf-16-le", "UTF-16")
    try:
        return raw.decode("utf-8"), "UTF-8", []
    except UnicodeDecodeError:
        return _decoded(raw, "cp1252", "Windows-1252")


def _decoded(raw: bytes, codec: str, name: str) -> tuple[str, str, list[str]]:
    text = raw.decode(codec, "replace").removeprefix("\ufeff")
    notes = []
    if name == "Windows-1252":
        notes.append("The file is not UTF-8; it was read as Windows-1252. Look at letters with accents.")
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        notes.append("Some characters could not be read and were replaced by \ufffd.")
    return text, name, notes


def _csv_sheet(
    text: str,
    name: str,
    encoding: str,
    notes: list[str],
    has_header: bool | None,
    cancelled: Callable[[], bool],
) -> Sheet:
    declared = _SEPARATOR_LINE.match(text)
    body = text[declared.end() :] if declared else text
    delimiter = declared[1] if declared else sniff_delimiter(body)
    found, strict = _parsed(body, delimiter, name, cancelled)
    if not strict:
        notes.append("Some quotation marks are not closed properly; look at the preview.")
    if not found:
        raise InvalidInputError("import_empty", f"{name} has no rows.", hint="Choose another file.")
    width = max(len(cells) for _, cells in found)
    if width > COLUMN_LIMIT:
        raise InvalidInputError(
            "import_columns", f"{name} has more than {COLUMN_LIMIT} columns.", hint="Remove those that are not needed."
        )
    header = looks_like_header([cells for _, cells in found[:_SAMPLE_ROWS]]) if has_header is None else has_header
    first = found[0][1] if header else ()
    columns = tuple(
        (first[place].strip() if place < len(first) else "") or f"Column {place + 1}" for place in range(width)
    )
    below = found[1:] if header else found
    uneven = sum(len(cells) != width for _, cells in below)
    if uneven:
        notes.append(f"{uneven} rows have fewer cells than others; the missing ones count as empty.")
    rows = tuple((line, cells + ("",) * (width - len(cells))) for line, cells in below)
    shift = 1 if declared else 0
    return Sheet(
        name=name,
        kind="CSV",
        columns=columns,
        rows=tuple((line + shift, cells) for line, cells in rows) if shift else rows,
        has_header=header,
        encoding=encoding,
        delimiter=delimiter,
        notes=tuple(notes),
    )


def sniff_delimiter(text: str) -> str:
    """Return what separates cells: what divides most rows into the same number of them."""
    sample = text[:_SAMPLE]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            rows = list(islice(reader, _SAMPLE_ROWS))
        except csv.Error:
            continue
        widths = [len(row) for row in rows if row]
        common = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
        score = widths.count(common) / len(widths) * min(common, 30) if common > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def looks_like_header(rows: list[tuple[str, ...]]) -> bool:
    """Whether the first row names columns: it holds words only, where others hold numbers and addresses."""
    from .import_columns import guess_target

    first = [cell.strip() for cell in rows[0]]
    if any(_is_value(cell) for cell in first):
        return False
    if any(guess_target(cell) is not None for cell in first):
        return True
    return any(_is_value(cell.strip()) for row in rows[1:] for cell in row)


def _is_value(cell: str) -> bool:
    return "@" in cell or sum(character.isdigit() for character in cell) >= 4


def _parsed(
    text: str, delimiter: str, name: str, cancelled: Callable[[], bool]
) -> tuple[list[tuple[int, tuple[str, ...]]], bool]:
    """Return the rows that are not empty, and whether all quotation marks were as they should be."""
    before = csv.field_size_limit(CELL_LIMIT)
    try:
        for strict in (True, False):
            try:
                return list(_counted(_csv_rows(text, delimiter, strict=strict), cancelled)), strict
            except csv.Error as error:
                if not strict or "field limit" in str(error):
                    raise InvalidInputError(
                        "import_csv_broken",
                        f"{name} is not a table: a cell is longer than {CELL_LIMIT:,} characters.",
                        hint="A quotation mark may be missing. Open it in a spreadsheet and save it as CSV UTF-8.",
                    ) from error
    finally:
        csv.field_size_limit(before)
    raise AssertionError("unreachable")


def _csv_rows(text: str, delimiter: str, *, strict: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    line = 1
    for row in reader:
        if any(cell and not cell.isspace() for cell in row):
            yield line, tuple(sheet_guard.unguard(cell) for cell in row)
        line = reader.line_num + 1


def _counted(
    rows: Iterator[tuple[int, tuple[str, ...]]] | Iterator[tuple[int, list[str]]], cancelled: Callable[[], bool]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, (line, cells) in enumerate(rows, start=1):
        if number % _BATCH == 0 and cancelled():
            raise InboxError("import_cancelled", "The import was cancelled; nothing was changed.")
        if number > ROW_LIMIT + 1:
            raise InvalidInputError(
                "import_rows", f"The file has more than {ROW_LIMIT:,} rows.", hint="Divide it into several files."
            )
        yield line, tuple(cells)


def _shown(path: Path) -> str:
    from .plain_text import show_hidden

    return show_hidden(make_storable(path.name))
