"""Log files: redacted, private, bounded."""

import contextlib
import faulthandler
import logging
import os
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from .redaction import RedactionFilter

_FILES = 5
_BYTES = 2_000_000
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

_log = logging.getLogger(__name__)


def start(folder: Path) -> None:
    """Log to ``folder``/desktop-inbox.log (5 files of 2 MB, for this user only), and what would be lost."""
    path = folder / "desktop-inbox.log"
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES - 1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(RedactionFilter())
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    sys.excepthook = _lost
    threading.excepthook = lambda arguments: _lost(
        arguments.exc_type, arguments.exc_value or arguments.exc_type(), arguments.exc_traceback
    )
    if sys.stderr is not None:  # a windowed program on Windows has none
        with contextlib.suppress(OSError, ValueError):  # no real file, as in an embedding program
            faulthandler.enable()


def _lost(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("unexpected", exc_info=(kind, error, trace))
