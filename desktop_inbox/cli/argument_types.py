"""Kinds of arguments that argparse does not know."""

import argparse
from datetime import date
from typing import Final

_MOST: Final = 1_000_000
_YEARS: Final = (1970, 2999)


def row_count(text: str) -> int:
    """Return how many rows are asked for, from 1 to 1,000,000. Raises argparse.ArgumentTypeError."""
    if text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= _MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number from 1 to {_MOST:,}")


def day(text: str) -> date:
    """Return a day of the years 1970 to 2999: nothing is from others. Raises argparse.ArgumentTypeError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if _YEARS[0] <= found.year <= _YEARS[1]:
        return found
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a day such as 2026-12-01")
