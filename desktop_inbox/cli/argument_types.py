"""Kinds of arguments that argparse does not know."""

import argparse
from typing import Final

_MOST: Final = 1_000_000


def row_count(text: str) -> int:
    """Return how many rows are asked for, from 1 to 1,000,000. Raises argparse.ArgumentTypeError."""
    if text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= _MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number from 1 to {_MOST:,}")
