"""Values of custom fields: read as people write them, kept in one spelling each (S3-67)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlsplit

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.custom_field import MAX_VALUE, CustomField, FieldKind, FieldValue
from desktop_inbox.models.search_text import fold

from . import addresses
from .plain_text import check_storable

_TRUE: Final = frozenset({"true", "yes", "y", "1", "on", "x"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "off"})
_NUMBER = re.compile(r"[+-]?(\d{1,18}([.,]\d{0,9})?|[.,]\d{1,9})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?\s*([ap]m?)?", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"[^\s/@:]+\.[^\s/@:.]{2,}(?::\d{1,5})?(?:[/?#]\S*)?")


def read_value(field: CustomField, text: str) -> FieldValue | None:
    """Return the value that ``text`` means for ``field``; None where it is empty and so forgets the value.

    Raises InvalidInputError with what the field takes.
    """
    bare = check_storable(text, f"“{field.name}”").strip()
    if not bare:
        return None
    if len(bare) > MAX_VALUE:
        raise _refused(field, f"“{field.name}” takes at most {MAX_VALUE:,} characters.")
    return _READERS[field.kind](field, bare)


def _text(_field: CustomField, text: str) -> FieldValue:
    return FieldValue(text=text)


def _choice(field: CustomField, text: str) -> FieldValue:
    for choice in field.choices:
        if fold(choice) == fold(text):
            return FieldValue(text=choice)
    raise _refused(field, f"This is none of the choices of “{field.name}”.")


def _checkbox(field: CustomField, text: str) -> FieldValue:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise _refused(field, f"“{field.name}” is yes or no.")
    return FieldValue(text="true", number=1.0) if word in _TRUE else FieldValue(text="false", number=0.0)


def _email(field: CustomField, text: str) -> FieldValue:
    try:
        return FieldValue(text=addresses.normalise(Scheme.EMAIL, text, region=""))
    except InboxError:
        raise _refused(field, f"“{field.name}” takes an e-mail address.") from None


def _number(field: CustomField, text: str) -> FieldValue:
    bare = re.sub(r"[\s\u00a0\u202f_']", "", text)
    if not _NUMBER.fullmatch(bare):
        raise _refused(field, f"“{field.name}” takes a number.")
    try:
        number = Decimal(bare.replace(",", "."))
    except InvalidOperation:
        raise _refused(field, f"“{field.name}” takes a number.") from None
    shown = format(number.normalize(), "f") if number else "0"
    return FieldValue(text=shown, number=float(number))


def _url(field: CustomField, text: str) -> FieldValue:
    whole = f"https://{text}" if "://" not in text and _HOST.fullmatch(text) else text
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", whole):
        raise _refused(field, f"“{field.name}” takes the address of a web page.")
    return FieldValue(text=whole)


def _date(field: CustomField, text: str) -> FieldValue:
    found = _DATE.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _refused(field, f"“{field.name}” takes a day that exists.")
    return FieldValue(text=day.isoformat(), number=float(day.toordinal()))


def _time(field: CustomField, text: str) -> FieldValue:
    found = _TIME.fullmatch(text)
    moment = None if found is None else _moment(int(found[1]), int(found[2]), (found[3] or "").casefold()[:1])
    if moment is None:
        raise _refused(field, f"“{field.name}” takes a time of day.")
    return FieldValue(text=moment.strftime("%H:%M"), number=float(moment.hour * 60 + moment.minute))


def _moment(hour: int, minute: int, half: str) -> time | None:
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


_READERS: Final[Mapping[FieldKind, Callable[[CustomField, str], FieldValue]]] = {
    FieldKind.TEXT: _text,
    FieldKind.LIST: _choice,
    FieldKind.CHECKBOX: _checkbox,
    FieldKind.EMAIL: _email,
    FieldKind.NUMBER: _number,
    FieldKind.URL: _url,
    FieldKind.DATE: _date,
    FieldKind.TIME: _time,
}

_HINTS: Final[Mapping[FieldKind, str]] = {
    FieldKind.TEXT: "Shorten it.",
    FieldKind.LIST: "Choose one of the list; an administrator can add choices.",
    FieldKind.CHECKBOX: "Write yes or no.",
    FieldKind.EMAIL: "Write it as name@example.org.",
    FieldKind.NUMBER: "Write digits, such as 12.5.",
    FieldKind.URL: "Begin with https://.",
    FieldKind.DATE: "Write it as 2026-11-21.",
    FieldKind.TIME: "Write it as 14:30.",
}


def _refused(field: CustomField, sentence: str) -> InvalidInputError:
    return InvalidInputError("field_value", sentence, hint=_HINTS[field.kind])
