"""Rows of a table as people: every cell in the one spelling the office keeps, or a reason why not."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.custom_field import CustomField, FieldValue

from . import addresses
from .cell_lists import split_cell
from .field_values import read_value
from .import_columns import FIELD_PREFIX, Target
from .import_reading import Sheet
from .plain_text import clean_name
from .recipient_zone import zone_named
from .tags import clean_tag

ADDRESS_LIMIT: Final = 50  # of one contact
_TAG_LIMIT: Final = 200
_SCHEMES: Final = {
    Target.PHONE: Scheme.TEL,
    Target.WHATSAPP: Scheme.WHATSAPP,
    Target.TELEGRAM: Scheme.TELEGRAM,
    Target.MATRIX: Scheme.MATRIX,
    Target.EMAIL: Scheme.EMAIL,
}
_PHONES: Final = (Scheme.TEL, Scheme.WHATSAPP)
#: What spreadsheets make of a long number: the last digits are gone, and nobody can bring them back.
_DAMAGED = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
_WHOLE = re.compile(r"(\+?\d{6,18})[.,]0+")  # what other programs make of it: the digits are still there
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{9}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_YES: Final = frozenset(
    [
        "yes",
        "y",
        "true",
        "1",
        "x",
        "on",
        "ja",
        "j",
        "wahr",
        "si",
        "s",
        "sí",
        "oui",
        "o",
        "vrai",
        "sim",
        "tak",
        "t",
        "да",
        "д",
        "はい",
        "是",
        "예",
        "✓",
        "✔",
        "evet",
        "kyllä",
        "igen",
        "ano",
    ]
)
_NO: Final = frozenset(
    [
        "no",
        "n",
        "false",
        "0",
        "off",
        "nein",
        "falsch",
        "non",
        "nao",
        "não",
        "nie",
        "nee",
        "нет",
        "н",
        "いいえ",
        "否",
        "아니요",
        "hayır",
        "ei",
        "nem",
        "ne",
        "-",
        "–",
    ]
)
_OUT: Final = frozenset(
    [
        "opted_out",
        "opted-out",
        "opt-out",
        "optout",
        "out",
        "unsubscribed",
        "unsubscribe",
        "stop",
        "stopped",
        "cancelled",
        "canceled",
        "revoked",
        "withdrawn",
        "denied",
        "declined",
        "abgemeldet",
        "widerrufen",
        "baja",
        "disiscritto",
        "désinscrit",
    ]
) | {"opted out", "opt out"}
_IN: Final = frozenset(
    [
        "opted_in",
        "opted-in",
        "opt-in",
        "optin",
        "in",
        "subscribed",
        "subscribe",
        "granted",
        "confirmed",
        "active",
        "angemeldet",
    ]
) | {"opted in", "opt in"}


@dataclass(slots=True, kw_only=True)
class Person:
    """One row, read. Empty means that the file says nothing."""

    line: int
    name: str = ""  # first and last in one, where the file has them so
    columns: dict[str, str] = field(default_factory=dict)  # first_name, last_name, company, country, language, zone
    addresses: list[tuple[Scheme, str]] = field(default_factory=list)
    odd: list[tuple[Scheme, str, str]] = field(default_factory=list)  # no such address, and why; it may be known
    tags: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    values: dict[str, FieldValue] = field(default_factory=dict)  # by slug
    opted_out: bool = False
    blocked: bool = False
    problem: str = ""  # why the row is refused
    notes: list[str] = field(default_factory=list)  # what was left out

    @property
    def shown_name(self) -> str:
        """The name as it will be."""
        parts = (self.columns.get("first_name", ""), self.columns.get("last_name", ""))
        return " ".join(part for part in parts if part) or self.name


class PeopleReader:
    """Turns rows into people; made once for a file and a mapping."""

    def __init__(self, mapping: Sequence[str], *, region: str, fields: Iterable[CustomField] = ()) -> None:
        self._region = region
        self._fields = {FIELD_PREFIX + one.slug: one for one in fields}
        self._columns: list[tuple[int, Callable[[Person, str], None]]] = []
        for place, target in enumerate(mapping):
            take = self._taker(target)
            if take is not None:
                self._columns.append((place, take))

    def read(self, line: int, cells: Sequence[str]) -> Person:
        """Return the person of one row."""
        person = Person(line=line)
        for place, take in self._columns:
            cell = cells[place].strip()
            if not cell:
                continue
            try:
                take(person, cell)
            except InvalidInputError as error:
                person.notes.append(f"Left out: {error.message}")
        self._judge(person)
        return person

    def people(self, sheet: Sheet, rows: Sequence[tuple[int, tuple[str, ...]]]) -> list[Person]:
        """Return the people of some rows of a sheet."""
        del sheet
        return [self.read(line, cells) for line, cells in rows]

    def _judge(self, person: Person) -> None:
        if person.problem or person.addresses or person.odd:
            return
        if not person.shown_name:
            person.problem = "The row has neither a name nor an address."

    def _taker(self, target: str) -> "Callable[[Person, str], None] | None":
        if target in self._fields:
            chosen = self._fields[target]
            return lambda person, cell: self._take_value(person, chosen, cell)
        if target in _SCHEMES:
            scheme = _SCHEMES[Target(target)]
            return lambda person, cell: self._take_addresses(person, scheme, cell)
        takers: Mapping[str, Callable[[Person, str], None]] = {
            Target.NAME: _take_name,
            Target.FIRST_NAME: lambda person, cell: _take_text(person, "first_name", cell),
            Target.LAST_NAME: lambda person, cell: _take_text(person, "last_name", cell),
            Target.COMPANY: lambda person, cell: _take_text(person, "company", cell),
            Target.COUNTRY: _take_country,
            Target.LANGUAGE: _take_language,
            Target.ZONE: _take_zone,
            Target.TAGS: lambda person, cell: _take_words(person.tags, cell, "A tag"),
            Target.LISTS: lambda person, cell: _take_words(person.lists, cell, "A list"),
            Target.CONSENT: lambda person, cell: _take_consent(person, cell, yes_means_out=False),
            Target.OPT_OUT: lambda person, cell: _take_consent(person, cell, yes_means_out=True),
            Target.BLOCKED: _take_blocked,
        }
        return takers.get(target)

    def _take_value(self, person: Person, chosen: CustomField, cell: str) -> None:
        value = read_value(chosen, cell)
        if value is not None:
            person.values[chosen.slug] = value

    def _take_addresses(self, person: Person, scheme: Scheme, cell: str) -> None:
        damaged = scheme in _PHONES and _DAMAGED.fullmatch(cell.lstrip("'"))  # its comma separates nothing
        # " ::: " is how address books of the web join them.
        for written in [cell] if damaged else split_cell(cell.replace(" ::: ", ";")):
            # What guards a number from spreadsheets stands in front of each number, not of the cell alone.
            bare = written.lstrip("'").strip()
            if not bare:
                continue
            if len(person.addresses) >= ADDRESS_LIMIT:
                person.notes.append(f"Left out: a contact has at most {ADDRESS_LIMIT} addresses.")
                return
            try:
                found = (scheme, self._address(scheme, bare))
            except InvalidInputError as error:
                person.odd.append((scheme, bare, error.message))
                continue
            if found not in person.addresses:
                person.addresses.append(found)

    def _address(self, scheme: Scheme, written: str) -> str:
        if scheme not in _PHONES:
            return addresses.normalise(scheme, written, region=self._region)
        if _NORTH_AMERICAN.fullmatch(written):  # spelled as it is kept
            return written
        if _DAMAGED.fullmatch(written):
            raise InvalidInputError(
                "number_damaged",
                f"A spreadsheet turned the number into {written}; its last digits are lost. Format the column as text"
                " where the file comes from, and export it again.",
            )
        whole = _WHOLE.fullmatch(written)
        number = whole[1] if whole else written
        try:
            return addresses.normalise(scheme, number, region=self._region)
        except InvalidInputError:
            return self._with_plus(scheme, number)

    def _with_plus(self, scheme: Scheme, written: str) -> str:
        """A number in full whose plus a spreadsheet took away."""
        digits = re.sub(r"[\s()./\-]", "", written)
        if digits.isascii() and digits.isdigit() and 10 <= len(digits) <= 15 and digits[0] != "0":
            path = addresses.normalise(scheme, f"+{digits}", region="")
            if addresses.country_of(path):
                return path
        return addresses.normalise(scheme, written, region=self._region)


def _take_name(person: Person, cell: str) -> None:
    last, comma, first = cell.partition(",")
    person.name = clean_name(f"{first.strip()} {last.strip()}" if comma and first.strip() else cell)


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name of a full one: the last word is the last name."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last, "")


def _take_text(person: Person, column: str, cell: str) -> None:
    person.columns[column] = clean_name(cell)


def _take_country(person: Person, cell: str) -> None:
    if not _COUNTRY.fullmatch(cell):
        raise InvalidInputError("country", "A country is written with its two letters, such as US.")
    person.columns["country"] = cell.upper()


def _take_language(person: Person, cell: str) -> None:
    if len(cell) > 35 or not _LANGUAGE.fullmatch(cell):
        raise InvalidInputError("language", "A language is written with its code, such as en or pt-BR.")
    person.columns["language"] = cell.replace("_", "-")


def _take_zone(person: Person, cell: str) -> None:
    try:
        person.columns["zone"] = zone_named(cell)
    except InvalidInputError as error:
        raise InvalidInputError("zone", "A time zone is written with its name, such as Europe/Berlin.") from error


def _take_words(words: list[str], cell: str, what: str) -> None:
    for word in split_cell(cell):
        if len(words) >= _TAG_LIMIT:
            raise InvalidInputError("tags_many", f"At most {_TAG_LIMIT} tags or lists are taken from one row.")
        shown = clean_tag(word, what)
        if shown not in words:
            words.append(shown)


def _take_consent(person: Person, cell: str, *, yes_means_out: bool) -> None:
    word = " ".join(cell.casefold().split())
    if word in _OUT or (word in _YES and yes_means_out) or (word in _NO and not yes_means_out):
        person.opted_out = True
    elif word not in _IN and word not in _YES and word not in _NO:
        # Nobody may be written to because a word was not understood.
        person.problem = "Whether they may be written to is not clear: write yes or no."


def _take_blocked(person: Person, cell: str) -> None:
    word = cell.casefold()
    if word in _YES:
        person.blocked = True
    elif word not in _NO:
        raise InvalidInputError("blocked", "Whether they are blocked is not clear: write yes or no.")
