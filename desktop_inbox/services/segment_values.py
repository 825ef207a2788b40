"""Values of conditions: read from text, and checked where they come from elsewhere."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from math import isfinite
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.segment import (
    INACTIVE,
    MAX_ITEMS,
    MAX_TEXT,
    ME,
    NOBODY,
    Between,
    Condition,
    DayMonth,
    Operator,
    Scalar,
    Span,
    Unit,
    Value,
)
from desktop_inbox.models.entities.segment_fields import BARE, LISTED, SPANNED, Catalogue, Field, FieldType, Kind
from desktop_inbox.models.search_text import fold, parse

from . import addresses
from .plain_text import check_storable
from .segment_errors import SegmentError, nearest

YEARS: Final = range(1900, 2200)
_LONGEST: Final[Mapping[Unit, int]] = {
    Unit.MINUTES: 36_500 * 1440,
    Unit.HOURS: 36_500 * 24,
    Unit.DAYS: 36_500,
    Unit.WEEKS: 5_200,
}
_PARTS: Final = frozenset({Operator.HAS, Operator.HAS_NOT, Operator.STARTS, Operator.ENDS})
_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
_COUNTRY = re.compile(r"[a-z]{2}", re.IGNORECASE | re.ASCII)
_UNSPACED = "\u0e00"  # from here on scripts have words of one character
_SCHEMES: Final = {
    "phone": Scheme.TEL,
    "email": Scheme.EMAIL,
    **{f"address.{scheme.value}": scheme for scheme in Scheme},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading values needs to know of the office."""

    catalogue: Catalogue
    zone: tzinfo
    region: str = ""


def item(field: Field, operator: Operator, text: str, reading: Reading, *, quoted: bool = True) -> str | float | int:
    """Return one value of ``field`` from text: a name, a number, an id. Raises SegmentError."""
    if len(text) > MAX_TEXT:
        raise SegmentError("too_long", f"A value has at most {MAX_TEXT} characters.", hint="Shorten it.")
    try:
        check_storable(text, "The value")
    except InvalidInputError as error:
        raise SegmentError("not_storable", error.message, hint=error.hint) from None
    bare = text.strip()
    if field.kind is not None:
        return _reference(field, field.kind, bare, reading.catalogue, quoted=quoted)
    if field.choices or field.type in (FieldType.CHOICE, FieldType.OPTION):
        return _choice(field, bare)
    read = _READERS.get(field.type)
    if read is None:
        raise SegmentError("syntax", f"{field.label} takes no such value.")
    return read(field, operator, bare, reading)


def _plain(field: Field, operator: Operator, text: str, _reading: Reading) -> str:
    if operator in _PARTS:
        folded = fold(text).strip()
        least = 1 if field.name != "name" or folded[:1] >= _UNSPACED else 2
        if len(folded) < least:
            raise SegmentError("partial_name_too_short", f"At least {least} letters are needed.", hint="Type more.")
    return text


def _words(_field: Field, _operator: Operator, text: str, _reading: Reading) -> str:
    if not parse(text):
        raise SegmentError("partial_name_too_short", "There is no word to look for.", hint="Type two letters or more.")
    return text


def _code(field: Field, operator: Operator, text: str, _reading: Reading) -> str:
    if operator in _PARTS:
        return _plain(field, operator, text, _reading)
    if field.name == "country":
        if not _COUNTRY.fullmatch(text):
            raise SegmentError("invalid_country", "Countries are two letters, such as US.", suggestion="US")
        return text.upper()
    if not _LANGUAGE.fullmatch(text):
        raise SegmentError("invalid_language", "Languages are codes, such as en or pt-BR.", suggestion="en")
    return text


def _phone(field: Field, operator: Operator, text: str, reading: Reading) -> str:
    if operator in _PARTS:
        digits = re.sub(r"\D", "", fold(text))
        if len(digits) < 3:
            raise SegmentError("partial_address_too_short", "At least three digits are needed here.", hint="Type more.")
        return digits
    return _address(field, operator, text, reading)


def _address(field: Field, operator: Operator, text: str, reading: Reading) -> str:
    if operator in _PARTS:
        if len(text) < 3:
            raise SegmentError(
                "partial_address_too_short", "At least three characters are needed here.", hint="Type more."
            )
        return text
    if field.type is FieldType.PHONE and _SHORT_CODE.fullmatch(text):
        return text
    try:
        return addresses.normalise(_SCHEMES[field.name], text, region=reading.region)
    except InvalidInputError as error:
        raise SegmentError("invalid_address", error.message, hint=error.hint) from None


def _number(_field: Field, _operator: Operator, text: str, _reading: Reading) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or "_" in text:
        raise SegmentError("invalid_number", "This is not a number.", hint="Write it as 12 or 12.5.")
    return number + 0.0  # no minus zero


_READERS: Final[Mapping[FieldType, Callable[[Field, Operator, str, Reading], str | float]]] = {
    FieldType.TEXT: _plain,
    FieldType.WORDS: _words,
    FieldType.CODE: _code,
    FieldType.PHONE: _phone,
    FieldType.ADDRESS: _address,
    FieldType.NUMBER: _number,
}


def _choice(field: Field, text: str) -> str:
    wanted = fold(text)
    for choice in field.choices:
        if wanted in (fold(choice.value), fold(choice.label)):
            return choice.value
    code = "invalid_status" if "status" in field.name else "invalid_choice"
    known = [choice.value for choice in field.choices]
    raise SegmentError(
        code,
        f"{field.label} has no value of this name.",
        suggestion=nearest(text, known),
        hint="" if nearest(text, known) else f"Possible: {', '.join(known[:12])}.",
    )


def _reference(field: Field, kind: Kind, text: str, catalogue: Catalogue, *, quoted: bool) -> int | str:
    if kind is Kind.USER and not quoted and text.lower() in (ME, NOBODY, INACTIVE):
        return text.lower()
    if not quoted and text.startswith("#") and text[1:].isdigit():
        wanted = int(text[1:])
        if wanted in catalogue.ids(kind):
            return wanted
    named = catalogue.named(kind)
    found = [one.id for one in named if one.name == text] or [one.id for one in named if fold(one.name) == fold(text)]
    if len(found) == 1:
        return found[0]
    code = "invalid_group" if kind is Kind.SEGMENT else f"invalid_{kind.value}"
    if found:
        raise SegmentError(
            code, f"Several have this name ({field.label}).", suggestion=" or ".join(f"#{one}" for one in found[:3])
        )
    suggestion = nearest(text, [one.name for one in named])
    raise SegmentError(
        code,
        f"There is no {kind.value} of this name.",
        suggestion=f'"{suggestion}"' if suggestion else "",
        hint="" if suggestion else f"Choose a {kind.value} that exists.",
    )


# -- dates and times


def day(text: str) -> date:
    """Return a day written as 2026-03-01. Raises SegmentError."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.year not in YEARS or len(text.strip()) != len("2026-03-01"):
        exact = f'datetime("{text.strip()}")' if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*", text.strip()) else ""
        raise SegmentError("invalid_date", "This is not a date.", suggestion=exact, hint="Write it as 2026-03-01.")
    return found


def moment(text: str, zone: tzinfo) -> datetime:
    """Return the moment that a text in ISO form means, in ``zone`` where it names none. Raises SegmentError."""
    try:
        found = datetime.fromisoformat(text.strip())
        known = found if found.tzinfo else found.replace(tzinfo=zone)
        utc = known.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SegmentError(
            "invalid_date", "This is not a date with a time.", hint='Write datetime("2026-03-01T14:30").'
        ) from None
    if utc.year not in YEARS:
        raise SegmentError("invalid_date", "This date is too far away.", hint="Use a year between 1900 and 2199.")
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def clock_time(text: str) -> time:
    """Return a time of day written as 14:30. Raises SegmentError."""
    try:
        found = time.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo or ":" not in text:
        raise SegmentError("invalid_time", "This is not a time of day.", hint="Write it as 14:30.")
    return found.replace(second=0, microsecond=0)


def day_month(text: str) -> DayMonth:
    """Return a day of every year written as 03-01, month first. Raises SegmentError."""
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text.strip(), re.ASCII)
    try:
        found = date(2000, int(match[1]), int(match[2])) if match else None
    except ValueError:
        found = None
    if found is None:
        raise SegmentError("invalid_date", "This is not a day of a month.", hint="Write month and day, as 03-01.")
    return DayMonth(found.month, found.day)


def span(count: str, unit: str) -> Span:
    """Return a length of time. Raises SegmentError."""
    units = {one.value: one for one in Unit} | {one.value[:-1]: one for one in Unit} | {"min": Unit.MINUTES}
    known = units.get(unit.lower())
    if known is None:
        raise SegmentError("invalid_date", "This is no unit of time.", suggestion=nearest(unit, list(Unit)) or "days")
    if not (count.isascii() and count.isdigit()) or not 1 <= int(count[:9]) <= _LONGEST[known]:
        raise SegmentError(
            "invalid_number",
            f"This is not a possible number of {known.value}.",
            hint="Use a whole number, 1 or more.",
        )
    return Span(int(count), known)


# -- values that do not come from a text


def checked(condition: Condition, reading: Reading) -> Condition:
    """Return ``condition`` with its value in the one form it is kept in. Raises SegmentError for a field, an
    operator or a value that does not exist."""
    field = reading.catalogue.field(condition.field)
    if field is None:
        raise unknown_property(condition.field, reading.catalogue)
    if condition.operator not in field.operators:
        raise unsupported(field, condition.operator)
    return Condition(field.name, condition.operator, _value(field, condition.operator, condition.value, reading))


def unknown_property(name: str, catalogue: Catalogue) -> SegmentError:
    """Return the error for a field that does not exist."""
    return SegmentError(
        "unknown_property",
        f"There is no field “{name[:50]}”.",
        suggestion=nearest(name, catalogue.fields),
        hint="" if nearest(name, catalogue.fields) else "Choose a field of the list, or put the text into quotes.",
    )


def unsupported(field: Field, operator: Operator) -> SegmentError:
    """Return the error for a question that a field cannot answer."""
    code = "unsupported_operator"
    if operator in (Operator.HAS, Operator.HAS_NOT, Operator.STARTS, Operator.ENDS):
        code = "unsupported_contains"
    elif operator in (Operator.GT, Operator.LT, Operator.GE, Operator.LE, Operator.BETWEEN):
        code = "unsupported_comparison"
    elif operator in (Operator.SET, Operator.UNSET):
        code = "unsupported_set_check"
    possible = ", ".join(one.value for one in field.operators)
    return SegmentError(
        code,
        f"{field.label} cannot be asked with “{operator.value}”.",
        suggestion=field.operators[0].value,
        hint=f"Possible: {possible}.",
    )


def _value(field: Field, operator: Operator, value: Value, reading: Reading) -> Value:
    if operator in BARE:
        return None
    if operator in LISTED:
        return items_of(field, [_one(field, operator, one, reading) for one in _list(value)])
    if operator in SPANNED and isinstance(value, Span):
        return span(str(value.count), value.unit.value)
    if operator is Operator.DAY_MONTH and isinstance(value, DayMonth):
        return day_month(f"{value.month:02}-{value.day:02}")
    if operator is Operator.BETWEEN and isinstance(value, Between):
        return ordered(_scalar(field, operator, value.low, reading), _scalar(field, operator, value.high, reading))
    shaped = operator in SPANNED or operator in (Operator.BETWEEN, Operator.DAY_MONTH)
    if shaped or value is None or isinstance(value, tuple | Span | DayMonth | Between):
        raise wrong_value(field)
    return _scalar(field, operator, value, reading)


def _list(value: Value) -> Sequence[str | int]:
    if isinstance(value, tuple):
        return value
    raise SegmentError("value_missing", "A list of values is needed here.", hint="Choose at least one.")


def items_of(field: Field, found: Sequence[str | float | int]) -> tuple[str | int, ...]:
    """Return the values of a list, each once. Raises SegmentError for none and for too many."""
    once = tuple(dict.fromkeys(one for one in found if not isinstance(one, float)))
    if not once:
        raise SegmentError("value_missing", f"{field.label} needs a value here.", hint="Choose at least one.")
    if len(once) > MAX_ITEMS:
        raise SegmentError("too_complex", f"A list has at most {MAX_ITEMS} values.", hint="Split the list.")
    return once


def wrong_value(field: Field) -> SegmentError:
    """Return the error for a value of the wrong kind."""
    codes = {
        FieldType.NUMBER: "invalid_number",
        FieldType.MOMENT: "invalid_date",
        FieldType.DAY: "invalid_date",
        FieldType.TIME: "invalid_time",
    }
    return SegmentError(codes.get(field.type, "value_missing"), f"{field.label} needs another value here.")


def _one(field: Field, operator: Operator, value: object, reading: Reading) -> str | float | int:
    if field.kind is not None:
        if isinstance(value, str) and field.kind is Kind.USER and value in (ME, NOBODY, INACTIVE):
            return value
        if isinstance(value, int) and value in reading.catalogue.ids(field.kind):
            return value
        return _reference(field, field.kind, f"#{value}", reading.catalogue, quoted=False)
    if not isinstance(value, str):
        raise wrong_value(field)
    return item(field, operator, value, reading)


def _scalar(field: Field, operator: Operator, value: object, reading: Reading) -> Scalar:
    match field.type:
        case FieldType.MOMENT | FieldType.DAY:
            if isinstance(value, datetime):
                return moment(value.isoformat(), UTC)
            if isinstance(value, date):
                return day(value.isoformat())
        case FieldType.TIME:
            if isinstance(value, time):
                return clock_time(value.isoformat())
        case FieldType.NUMBER:
            if isinstance(value, int | float):
                return _number(field, operator, str(value), reading)
        case _:
            return _one(field, operator, value, reading)
    raise wrong_value(field)


def ordered(low: Scalar, high: Scalar) -> Between:
    """Return the range of both, the smaller first; of a day and a moment, in the order given."""
    if type(low) is type(high) and high < low:  # type: ignore[operator]
        return Between(high, low)
    return Between(low, high)
