"""SegmentError: what is wrong with a filter, and where."""

import difflib
from collections.abc import Iterable

from desktop_inbox.errors import InvalidInputError


class SegmentError(InvalidInputError):
    """A filter that cannot be used. ``start`` and ``end`` say where in the text, -1 where there is none;
    ``suggestion`` is what could stand there instead, or ""."""

    def __init__(self, code: str, message: str, *, suggestion: str = "", hint: str = "") -> None:
        shown = hint or (f"Did you mean {suggestion}?" if suggestion else "Look at the marked place.")
        super().__init__(f"segment.{code}", message, hint=shown)
        self.suggestion = suggestion
        self.start = -1
        self.end = -1

    def at(self, start: int, end: int) -> "SegmentError":
        """Say where it is, unless that is known already; returns itself."""
        if self.start < 0:
            self.start, self.end = start, end
        return self


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that looks most like ``word``, or ""."""
    lower = word.lower()
    by_key = {one.lower(): one for one in known}
    found = difflib.get_close_matches(lower, by_key, n=1, cutoff=0.6)
    if not found:
        found = [key for key in by_key if len(lower) > 1 and (key.startswith(lower) or lower in key.split("_"))][:1]
    return by_key[found[0]] if found else ""
