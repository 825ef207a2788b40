"""A file of recipients: which column is what, which rows can be used, and why the others cannot (S5-10)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.batch import BadRow, FileAudience, FileRow
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.search_text import fold

from . import addresses
from .import_columns import Target, guess_target
from .import_reading import Sheet
from .plain_text import clean_name

#: What a column of a file becomes: the address, the name of a new contact, a variable of the text, or nothing.
ADDRESS: Final = "address"
NAME: Final = "name"
VARIABLE: Final = "variable"
IGNORE: Final = ""

_ADDRESSES: Final = {
    Target.PHONE: (Scheme.TEL, Scheme.WHATSAPP),
    Target.WHATSAPP: (Scheme.WHATSAPP, Scheme.TEL),
    Target.TELEGRAM: (Scheme.TELEGRAM,),
    Target.MATRIX: (Scheme.MATRIX,),
    Target.EMAIL: (Scheme.EMAIL,),
}
_NAMES: Final = (Target.NAME, Target.FIRST_NAME)
_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_VALUE: Final = 1000  # characters of a personal column
_SHOWN: Final = 60  # characters of what could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumns:
    """What each column of a file is. A column that is VARIABLE is `$row.<slug>` in the text."""

    uses: tuple[str, ...]  # for each column ADDRESS (one), NAME, VARIABLE or IGNORE
    slugs: tuple[str, ...]  # for each column the name by which the text speaks of it: "first_name"


def guess_columns(sheet: Sheet) -> FileColumns:
    """Return what each column most likely is; every one but the address can be spoken of."""
    uses: list[str] = []
    for column in sheet.columns:
        target = guess_target(column)
        if target in _ADDRESSES and ADDRESS not in uses:
            uses.append(ADDRESS)
        elif target in _NAMES and NAME not in uses:
            uses.append(NAME)
        else:
            uses.append(VARIABLE)
    if ADDRESS not in uses and sheet.rows:
        place = _most_digits(sheet)
        uses = [ADDRESS if number == place else use for number, use in enumerate(uses)]
    return FileColumns(uses=tuple(uses), slugs=_slugs(sheet.columns))


def _most_digits(sheet: Sheet) -> int:
    """The column that looks most like numbers of people."""
    some = [cells for _line, cells in sheet.rows[:50]]
    digits = [sum(sum(sign.isdigit() for sign in cells[place]) >= 7 for cells in some) for place in range(len(some[0]))]
    return max(range(len(digits)), key=lambda place: digits[place])


def _slugs(columns: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for number, column in enumerate(columns, start=1):
        slug = base = _NO_LETTERS.sub("_", fold(column)).strip("_")[:40] or f"column_{number}"
        again = 2
        while slug in found:
            slug, again = f"{base}_{again}", again + 1
        found.append(slug)
    return tuple(found)


def read_rows(
    sheet: Sheet, columns: FileColumns, *, schemes: Sequence[Scheme], region: str, create: bool
) -> FileAudience:
    """Return the rows that can be used and those that cannot. Blocks: call it on a worker thread. Raises
    InvalidInputError when no column holds the address."""
    if len(columns.uses) != len(sheet.columns) or columns.uses.count(ADDRESS) != 1:
        raise InvalidInputError(
            "broadcast_no_address_column",
            "No column holds the address.",
            hint="Say which column holds the phone number or the address.",
        )
    place = columns.uses.index(ADDRESS)
    named = columns.uses.index(NAME) if NAME in columns.uses else None
    wanted = _in_order(sheet.columns[place], schemes)
    rows: list[FileRow] = []
    bad: list[BadRow] = []
    first: dict[tuple[Scheme, str], int] = {}
    for line, cells in sheet.rows:
        read = _address(line, cells[place], wanted, region)
        if isinstance(read, BadRow):
            bad.append(read)
            continue
        if read in first:
            reason = f"The same address stands on line {first[read]}."
            bad.append(BadRow(line=line, code="duplicate", reason=reason, shown=read[1]))
            continue
        first[read] = line
        values = {
            slug: cell.strip()[:_LONGEST_VALUE]
            for use, slug, cell in zip(columns.uses, columns.slugs, cells, strict=True)
            if use in (VARIABLE, NAME)
        }
        name = clean_name(cells[named]) if named is not None else ""
        rows.append(FileRow(line=line, scheme=read[0], path=read[1], name=name, variables=values))
    return FileAudience(file_name=sheet.name, rows=tuple(rows), bad=tuple(bad), create=create)


def _in_order(heading: str, schemes: Sequence[Scheme]) -> tuple[Scheme, ...]:
    """The kinds of address that the column may hold and the channel reaches, the likeliest first."""
    target = guess_target(heading)
    likely = _ADDRESSES.get(target, ()) if target is not None else ()
    known = sorted(schemes, key=list(Scheme).index)
    return (*(one for one in likely if one in schemes), *(one for one in known if one not in likely))


def _address(line: int, cell: str, schemes: Sequence[Scheme], region: str) -> tuple[Scheme, str] | BadRow:
    shown = cell.strip()[:_SHOWN]
    if not shown:
        return BadRow(line=line, code="no_address", reason="There is no address.")
    reason = "The channel reaches no address of this kind."
    for scheme in schemes:
        try:
            return scheme, addresses.normalise(scheme, cell, region=region)
        except InvalidInputError as error:
            if scheme is schemes[0]:
                reason = error.message
    return BadRow(line=line, code="address_invalid", reason=reason, shown=shown)
