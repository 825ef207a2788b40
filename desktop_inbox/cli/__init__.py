"""The command line: the window by default, and every service without one.

Exit codes: 0 done; 1 something unexpected; 2 wrong usage; 3 refused by a rule (opted out, paused, ...);
4 not found; 5 the database; 6 the provider or its credentials; 7 a check found problems; 130 interrupted.
``send --now`` also gives 3 for a message that was blocked or expired, and 6 for one that failed or could not be
delivered; one that still waits after a minute, or of which nobody can tell, gives 0 and its status.
Results go to standard output, one JSON object a line with ``--json``; errors go to standard error as one
sentence and a hint, and so do warnings of the log, without secrets. ``serve`` also writes the log files.
"""

import sys
from collections.abc import Sequence

from desktop_inbox.errors import (
    InboxError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    SecretStoreError,
    StoreError,
)

EXIT_UNEXPECTED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_NOT_FOUND = 4
EXIT_STORE = 5
EXIT_PROVIDER = 6
EXIT_PROBLEMS = 7
EXIT_INTERRUPTED = 130

_EXIT_CODES: tuple[tuple[type[InboxError], int], ...] = (
    (InvalidInputError, EXIT_USAGE),
    (NotFoundError, EXIT_NOT_FOUND),
    (PermissionDeniedError, EXIT_REFUSED),
    (StoreError, EXIT_STORE),
    (SecretStoreError, EXIT_PROVIDER),
)

#: How a message of ``send --now`` ended, as ``outcome.`` and its status.
_OUTCOMES = {
    "outcome.blocked": EXIT_REFUSED,
    "outcome.expired": EXIT_REFUSED,
    "outcome.failed": EXIT_PROVIDER,
    "outcome.undelivered": EXIT_PROVIDER,
}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    from desktop_inbox.app import run_window

    if not arguments:  # by far the most frequent start, which must not wait for the parser
        return run_window(None, demo=False, hidden=False)
    from .parser import build_parser

    options = build_parser().parse_args(list(arguments))
    try:
        if options.command in (None, "demo"):
            return run_window(options.profile, demo=options.command == "demo", hidden=options.hidden)
        import asyncio

        from . import commands
        from .log_output import logged

        with logged():
            return asyncio.run(commands.dispatch(options))
    except InboxError as error:
        _tell(error, as_json=options.json)
        return exit_code(error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return 0


def exit_code(error: InboxError) -> int:
    """Return the documented exit code of an error."""
    if error.code.startswith("gate."):
        return EXIT_REFUSED
    if error.code in _OUTCOMES:
        return _OUTCOMES[error.code]
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), EXIT_UNEXPECTED)


def _tell(error: InboxError, *, as_json: bool) -> None:
    if as_json:
        import json

        told: dict[str, object] = {"error": error.code, "message": error.message, "hint": error.hint}
        # Where in a filter it is, and what could stand there.
        told |= {name: getattr(error, name) for name in ("start", "end", "suggestion") if hasattr(error, name)}
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
    else:
        print(" ".join(part for part in (error.message, error.hint) if part), file=sys.stderr)
