"""How commands answer: text for people, one JSON object a line for programs."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


class Output:
    """Writes results to standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def item(self, text: str, **fields: Any) -> None:
        """Tell one result: ``text`` to people, ``fields`` to programs."""
        if self.as_json:
            print(json.dumps(fields, ensure_ascii=False, default=_plain), flush=True)
        else:
            print(plain_line(text), flush=True)

    def progress(self, text: str) -> None:
        """Tell people how far it is; on standard error, and only on a terminal."""
        if not self.as_json and sys.stderr.isatty():
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


def plain_line(text: str) -> str:
    """Return ``text`` without control characters: a message must not be able to drive the terminal."""
    return "".join(char if char == "\n" or char.isprintable() else "�" for char in text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    raise TypeError(type(value).__name__)
