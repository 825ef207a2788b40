"""Imports as Python does them.

PySide6 replaces the import statement for its switchable features (``from __feature__ import ...``), which this
program does not use. For each module that is imported later it reads the whole source, looks for its own name in
it and keeps the lines: 25 MB of memory and a fifth of the time of a start.
"""

import builtins


def import_qt() -> None:
    """Import the library, and put Python's own import statement back where that was replaced."""
    import PySide6.QtCore  # noqa: F401

    own = getattr(builtins, "__orig_import__", None)
    if own is not None:
        builtins.__import__ = own
