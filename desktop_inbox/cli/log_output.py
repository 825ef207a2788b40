"""What commands log: warnings to standard error, redacted."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from desktop_inbox.services.redaction import RedactionFilter


@contextmanager
def logged() -> Iterator[None]:
    """Log warnings to standard error for as long as a command runs; afterwards logging is as it was before."""
    root = logging.getLogger()
    before, level = tuple(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook
    if sys.stderr is not None:  # a windowed program on Windows has none
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        handler.addFilter(RedactionFilter())
        root.addHandler(handler)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = hooks
        root.setLevel(level)
        for added in root.handlers[:]:
            if added not in before:
                root.removeHandler(added)
                added.close()
