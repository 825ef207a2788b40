"""Where a recipient is, as far as their clock is concerned: what is known of them, else what their number tells."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from desktop_inbox.errors import InvalidInputError

#: The last digits of a number tell people of one place apart, never places.
_SUBSCRIBER: Final = 4
_UNKNOWN: Final = "Etc/Unknown"


def zones_of(zone: str, paths: Sequence[str], office: tzinfo) -> tuple[tzinfo, ...]:
    """Return every zone in which a recipient may be: the contact's own (IANA), else those of the first of ``paths``
    that is a number of a known place, else the office's."""
    own = named(zone)
    if own is not None:
        return (own,)
    for path in paths:
        found = zones_of_number(path) if path.startswith("+") else ()
        if found:
            return found
    return (office,)


def zones_of_number(path: str) -> tuple[ZoneInfo, ...]:
    """Return the zones in which an E.164 number may be, none where nobody knows."""
    return _of_prefix(path[:-_SUBSCRIBER], len(path))


@lru_cache(maxsize=256)
def named(zone: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, or None."""
    if zone:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(zone)
    return None


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return every name that a person may choose, in order: places, and UTC. Reading them takes a moment."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*sorted(places), "UTC")


def zone_named(typed: str) -> str:
    """Return the IANA name that was typed, whatever its case and with spaces where it has underscores; "" for "".

    Raises InvalidInputError for what is no time zone.
    """
    found = _by_key().get(typed.strip().replace(" ", "_").casefold())
    if found is None:
        raise InvalidInputError(
            "zone_invalid", "This is no time zone.", hint="Write it as Europe/Berlin, or nothing: the number tells."
        )
    return found


@lru_cache(maxsize=1)
def _by_key() -> dict[str, str]:
    return {name.casefold(): name for name in ("", *zone_names())}


@lru_cache(maxsize=4096)
def _of_prefix(prefix: str, length: int) -> tuple[ZoneInfo, ...]:
    import phonenumbers  # its data takes a moment to load: only who sends by such hours pays for it
    from phonenumbers import timezone

    number = prefix + "0000"[: length - len(prefix)]
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ()
    names = timezone.time_zones_for_number(parsed)
    if names == (_UNKNOWN,):  # no number that is given to anybody yet, as far as the data knows: its area tells
        names = timezone.time_zones_for_geographical_number(parsed)
    zones = (named(name) for name in names if name != _UNKNOWN)
    return tuple(zone for zone in zones if zone is not None)
