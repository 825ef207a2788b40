"""Hours as people type them: "mon-fri 08:00-20:00", and of one day "08:00-12:00, 13:00-18:00"."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.team import Hours, Span, clock_time, minutes

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DASH: Final = re.compile(r"\s*[-–—]\s*")
_LINE: Final = re.compile(r"\s*([a-z]{3,9})(?:\s*[-–—]\s*([a-z]{3,9}))?\s+(.+)", re.IGNORECASE)


def spans_of(text: str) -> tuple[Span, ...]:
    """Return the spans of one day: "8-12, 13:00-20:00"; none for "". Raises InvalidInputError."""
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;]", text))):
        ends = _DASH.split(part)
        try:
            start, end = (minutes(one if ":" in one else f"{one}:00") for one in ends)
            Hours.of({0: [(start, end)]})
        except ValueError:
            raise InvalidInputError(
                "hours.text", f"“{part[:40]}” is no time from and to.", hint="Type it as 08:00-20:00."
            ) from None
        found.append((start, end))
    return tuple(found)


def hours_of(lines: Iterable[str]) -> Hours:
    """Return the hours of lines such as "mon-fri 08:00-20:00"; days that are not named have none. Raises
    InvalidInputError."""
    days: dict[int, list[Span]] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        first = _weekday(match[1]) if match else None
        last = _weekday(match[2] or match[1]) if match else None
        if match is None or first is None or last is None:
            raise InvalidInputError(
                "hours.text", f"“{line[:40]}” names no days and times.", hint="Type it as mon-fri 08:00-20:00."
            )
        for step in range((last - first) % 7 + 1):
            days.setdefault((first + step) % 7, []).extend(spans_of(match[3]))
    return Hours.of(days)


def spans_text(spans: Sequence[Span]) -> str:
    """Return the spans of one day as they can be typed."""
    return ", ".join(f"{clock_time(start)}–{clock_time(end)}" for start, end in spans)


def _weekday(name: str) -> int | None:
    key = name.lower()[:3]
    return DAY_NAMES.index(key) if key in DAY_NAMES else None
