"""vCards 2.1, 3.0 and 4.0 as rows of a table: one row a person, in columns of our own names.

No card is an error: what is not understood is left out, and what is broken gives an empty row, so that a person
sees in the report which card it was.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .cell_lists import join_cells

#: The columns of the table that ``rows`` makes, in order.
COLUMNS: Final = (
    "First name", "Last name", "Phone", "WhatsApp", "Telegram", "Matrix", "Email", "Company", "Country", "Language",
    "Time zone", "Tags", "Note",
)  # fmt: skip
_PROPERTY = re.compile(
    r"(?:[\w-]+\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;(?:\"[^\"]*\"|[^\":])*)?):(?P<value>.*)", re.S
)
_UNESCAPED: Final = {"n": "\n", "N": "\n"}
_LONGEST: Final = 1_000_000  # characters of one property
_MANY: Final = 200  # values of one kind in one card
_PLAIN_ADDRESSES: Final = {"EMAIL": "Email", "X-TELEGRAM": "Telegram", "X-MATRIX": "Matrix"}
_SOCIAL: Final = {"telegram": "Telegram", "matrix": "Matrix", "whatsapp": "WhatsApp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    name: str  # upper case
    parameters: tuple[str, ...]  # upper case, as written: "TYPE=CELL", "QUOTED-PRINTABLE"
    value: str

    def has(self, word: str) -> bool:
        """Whether a parameter is or holds this word."""
        return any(word in part.replace(",", "=").replace('"', "").split("=") for part in self.parameters)


def looks_like_vcard(text: str) -> bool:
    """Whether a file is one of vCards, whatever it is called."""
    return text.lstrip("\ufeff \t\r\n")[:11].upper() == "BEGIN:VCARD"


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each card begins and its values, in the order of ``COLUMNS``."""
    begin: int | None = None
    found: dict[str, list[str]] = {}
    depth = 0
    for line, prop in _properties(text):
        if prop.name == "BEGIN" and prop.value.strip().upper() == "VCARD":
            depth += 1
            if depth == 1:
                begin, found = line, {}
            continue
        if begin is None:
            continue
        if prop.name == "END" and prop.value.strip().upper() == "VCARD":
            depth -= 1
            if depth <= 0:
                yield begin, _row(found)
                begin, depth = None, 0
        elif depth == 1:  # an agent's card inside a card is somebody else
            _take(found, prop)
    if begin is not None:  # the file ends too early
        yield begin, _row(found)


def _properties(text: str) -> Iterator[tuple[int, _Property]]:
    for line, written in _unfolded(text):
        match = _PROPERTY.fullmatch(written)
        if match is None:
            continue
        parameters = tuple(part for part in match["parameters"].upper().split(";") if part)
        yield line, _Property(name=match["name"].upper(), parameters=parameters, value=match["value"][:_LONGEST])


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield logical lines with the number of their first line: folded ones and soft breaks are put together."""
    whole: list[str] = []
    begin, soft = 0, False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if whole and (soft or line[:1] in (" ", "\t")):
            # In quoted-printable the break itself is soft and the next line is not indented.
            whole.append(line if soft else line[1:])
        else:
            if whole:
                yield begin, _undone(whole)
            whole, begin = [line], number
        quoted = "QUOTED-PRINTABLE" in whole[0].upper()
        soft = quoted and line.endswith("=")
        if soft:
            whole[-1] = whole[-1][:-1]
    if whole:
        yield begin, _undone(whole)


def _undone(parts: list[str]) -> str:
    joined = "".join(parts)
    head, colon, value = joined.partition(":")
    if colon and "QUOTED-PRINTABLE" in head.upper():
        return f"{head}:{_from_quoted_printable(value, head.upper())}"
    return joined


def _from_quoted_printable(value: str, head: str) -> str:
    charset = re.search(r"CHARSET=\"?([\w-]+)", head)
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    for encoding in (charset[1] if charset else "utf-8", "utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("cp1252", "replace")


def _take(found: dict[str, list[str]], prop: _Property) -> None:
    if prop.name == "N":
        parts = _split(prop.value, ";")
        found["N"] = [" ".join(part.split(",")) if "," in part else part for part in parts][:5]
    elif prop.name == "FN":
        found.setdefault("FN", []).append(_plain(prop.value))
    elif prop.name == "TEL":
        number = _plain(prop.value)
        column = "WhatsApp" if prop.has("WHATSAPP") else "Phone"
        # "tel:+1-415-555-0148;ext=1" of vCard 4: the extension is no part of what can be written to.
        _add(found, column, number.partition(";")[0] if number.lower().startswith("tel:") else number)
    elif prop.name in _PLAIN_ADDRESSES:
        _add(found, _PLAIN_ADDRESSES[prop.name], _plain(prop.value).removeprefix("mailto:"))
    elif prop.name in ("IMPP", "X-SOCIALPROFILE"):
        scheme, _, rest = _plain(prop.value).partition(":")
        if scheme.lower() in _SOCIAL:
            _add(found, _SOCIAL[scheme.lower()], rest)
    elif prop.name == "ORG":
        _add(found, "Company", _split(prop.value, ";")[0])
    elif prop.name == "CATEGORIES":
        for name in _split(prop.value, ","):
            _add(found, "Tags", name)
    elif prop.name == "ADR":
        _take_country(found, _split(prop.value, ";"))
    elif prop.name in ("NOTE", "LANG"):
        _add(found, "Note" if prop.name == "NOTE" else "Language", _plain(prop.value))
    elif prop.name == "TZ" and "/" in prop.value:  # else it is an offset, which is no zone
        _add(found, "Time zone", _plain(prop.value))


def _take_country(found: dict[str, list[str]], parts: list[str]) -> None:
    code = parts[6].strip() if len(parts) > 6 else ""
    if len(code) == 2 and code.isalpha():  # elsewhere the country's name is written out
        _add(found, "Country", code.upper())


def _add(found: dict[str, list[str]], column: str, value: str) -> None:
    values = found.setdefault(column, [])
    if value.strip() and value.strip() not in values and len(values) < _MANY:
        values.append(value.strip())


def _row(found: dict[str, list[str]]) -> list[str]:
    last, first, middle = ([*found.get("N", []), "", "", ""])[:3]
    names = [f"{first} {middle}".strip(), last.strip()]
    if not any(names) and found.get("FN"):
        names = _parted(found["FN"][0])
    single = {"Company", "Country", "Language", "Time zone", "Note"}
    cells = [
        (next(iter(found.get(column, ())), "") if column in single else join_cells(found.get(column, ())))
        for column in COLUMNS[2:]
    ]
    return names + cells


def _parted(name: str) -> list[str]:
    """A full name as first and last name."""
    first, _, last = name.strip().rpartition(" ")
    return [first.strip(), last] if first else [last, ""]


def _split(value: str, separator: str) -> list[str]:
    """Cut at separators that are not escaped, and take the escapes away."""
    parts, current, place = [], [], 0
    while place < len(value):
        character = value[place]
        if character == "\\" and place + 1 < len(value):
            following = value[place + 1]
            current.append(_UNESCAPED.get(following, following))
            place += 2
            continue
        if character == separator:
            parts.append("".join(current))
            current = []
        else:
            current.append(character)
        place += 1
    return [*parts, "".join(current)]


def _plain(value: str) -> str:
    return _split(value, "\x00")[0].strip() if "\\" in value else value.strip()
