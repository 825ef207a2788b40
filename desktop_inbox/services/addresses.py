"""Addresses in one spelling each, so that the same person is never two contacts.

``normalise`` is for what a person typed and is strict. ``from_provider`` is for what a provider delivered and
accepts short codes and sender names too, because refusing them would lose a message.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.contact import Scheme

from .plain_text import check_storable, show_hidden

if TYPE_CHECKING:
    import phonenumbers

#: (scheme, path) is unique in the store and indexed; nothing real is longer.
MAX_PATH: Final = 320

_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[\w &+.\-]{1,15}", re.ASCII)
_CHAT_ID = re.compile(r"-?[1-9]\d{0,18}", re.ASCII)
_SERVER = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,228}[A-Za-z0-9])?)(?::\d{1,5})?"
_MATRIX_USER = re.compile(rf"@[\x21-\x39\x3b-\x7e]{{1,230}}:{_SERVER}", re.ASCII)
_MATRIX_ROOM = re.compile(rf"!(?:[\x21-\x39\x3b-\x7e]{{1,230}}:{_SERVER}|[A-Za-z0-9_\-]{{20,255}})", re.ASCII)
_MATRIX_LINK = re.compile(r"^(?:https?://matrix\.to/#/|matrix:u/)", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}")
_PREFIXES: Final = {
    Scheme.TEL: ("tel:", "sms:", "smsto:"),
    Scheme.WHATSAPP: ("whatsapp:", "tel:"),
    Scheme.TELEGRAM: ("telegram:",),
    Scheme.MATRIX: (),
    Scheme.EMAIL: ("mailto:",),
}


def normalise(scheme: Scheme, text: str, *, region: str) -> str:
    """Return the one spelling of an address that a person typed.

    ``region`` is the workspace's country ("US"): numbers without a country code are read as dialled there.
    Raises InvalidInputError with what is wrong with it.
    """
    check_storable(text, "The address")
    bare = _bare(scheme, text)
    if not bare:
        raise InvalidInputError("address_empty", "No address was given.", hint=_HINTS[scheme])
    if scheme in (Scheme.TEL, Scheme.WHATSAPP):
        return _phone(bare, region)
    if scheme is Scheme.TELEGRAM:
        return _matching(_CHAT_ID, bare, scheme)
    if scheme is Scheme.EMAIL:
        return _matching(_EMAIL, bare, scheme).lower()
    return _matrix(bare)


def first_of(schemes: Sequence[Scheme], text: str, *, region: str = "") -> tuple[Scheme, str]:
    """Return the first kind of address that a text is, and its path. Raises InvalidInputError when it is none."""
    failed: InvalidInputError | None = None
    for scheme in schemes:
        try:
            return scheme, normalise(scheme, text, region=region)
        except InvalidInputError as error:
            failed = failed or error
    raise failed or InvalidInputError("broadcast_channel", "The channel reaches nobody.", hint="Choose another one.")


def from_provider(scheme: Scheme, text: str, *, region: str = "") -> str:
    """Return the one spelling of an address as a provider wrote it.

    Short codes ("72345") and sender names ("PHARMACY") stay as they are. Raises InvalidInputError only when
    nothing could be stored: an empty, overlong or broken address.
    """
    check_storable(text, "The address")
    bare = _bare(scheme, text)
    if not bare or len(bare) > MAX_PATH:
        raise InvalidInputError("address_invalid", "The provider delivered a sender that cannot be read.")
    if scheme in (Scheme.TEL, Scheme.WHATSAPP) and (_SHORT_CODE.fullmatch(bare) or _SENDER_NAME.fullmatch(bare)):
        return bare
    try:
        return normalise(scheme, bare, region=region)
    except InvalidInputError:
        return " ".join(show_hidden(bare).split())[:MAX_PATH]


def display(scheme: Scheme, path: str, *, region: str = "") -> str:
    """Return ``path`` as people write it: a number of ``region`` in its national form, others international."""
    if scheme not in (Scheme.TEL, Scheme.WHATSAPP) or not path.startswith("+"):
        return show_hidden(path)
    import phonenumbers

    try:
        number = phonenumbers.parse(path, None)
    except phonenumbers.NumberParseException:
        return show_hidden(path)
    if region and phonenumbers.country_code_for_region(region.upper()) == number.country_code:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_of(path: str) -> str:
    """Return the region ("US") that an E.164 number belongs to; "" when unknown."""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(path, None)) or ""
    except phonenumbers.NumberParseException:
        return ""


_HINTS: Final = {
    Scheme.TEL: "Type a phone number, with + and the country code if it is abroad.",
    Scheme.WHATSAPP: "Type a phone number, with + and the country code if it is abroad.",
    Scheme.TELEGRAM: "Telegram addresses are numbers; they are known once the person has written to the bot.",
    Scheme.MATRIX: "Type a Matrix user as @name:server.",
    Scheme.EMAIL: "Type an address as name@example.org.",
}


def _bare(scheme: Scheme, text: str) -> str:
    """Return ``text`` without spaces around it and without the scheme in front."""
    bare = text.strip().strip("\u200e\u200f\u202a\u202c\u2066\u2068\u2069").strip()
    for prefix in _PREFIXES[scheme]:
        if bare.lower().startswith(prefix):
            return bare[len(prefix) :].strip()
    return bare


def _matching(pattern: re.Pattern[str], text: str, scheme: Scheme) -> str:
    if len(text) > MAX_PATH or not pattern.fullmatch(text):
        raise InvalidInputError("address_invalid", "This is not a complete address.", hint=_HINTS[scheme])
    return text


def _matrix(text: str) -> str:
    bare = _MATRIX_LINK.sub(lambda link: "@" if link[0].lower().startswith("matrix:") else "", text)
    if bare.startswith("!"):
        return _matching(_MATRIX_ROOM, bare, Scheme.MATRIX)
    user = _matching(_MATRIX_USER, bare, Scheme.MATRIX)
    name, _, server = user.partition(":")
    if len(user) > 255:
        raise InvalidInputError("address_invalid", "This Matrix address is too long.", hint=_HINTS[Scheme.MATRIX])
    return f"{name}:{server.lower()}"  # only the server's part is the same in any case


def _phone(text: str, region: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException as error:
        raise _phone_error(error, region) from None
    if number.extension:
        raise InvalidInputError(
            "address_extension", "A number with an extension cannot get messages.", hint="Leave the extension out."
        )
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        short = reason in (
            phonenumbers.ValidationResult.TOO_SHORT,
            phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
        )
        size = "short" if short else "long"
        raise InvalidInputError("address_length", f"This number is too {size} to be complete.", hint=_HINTS[Scheme.TEL])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone_error(error: "phonenumbers.NumberParseException", region: str) -> InvalidInputError:
    import phonenumbers

    if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
        sentence = "The country code of this number is unknown." if region else "This number has no country code."
        return InvalidInputError("address_country", sentence, hint="Begin with + and the country code.")
    if error.error_type == phonenumbers.NumberParseException.TOO_LONG:
        return InvalidInputError("address_length", "This number is too long.", hint=_HINTS[Scheme.TEL])
    if error.error_type == phonenumbers.NumberParseException.NOT_A_NUMBER:
        return InvalidInputError("address_invalid", "This is not a phone number.", hint=_HINTS[Scheme.TEL])
    return InvalidInputError("address_length", "This number is too short to be complete.", hint=_HINTS[Scheme.TEL])
