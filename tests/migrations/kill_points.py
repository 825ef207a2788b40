"""Places at which a migration may be killed, by name."""

import os
import signal

KILL_AT = "DESKTOP_INBOX_TEST_KILL_AT"
POINTS = ("begin", "table made anew", "rows changed", "between two steps", "before the commit")


def reached(point: str) -> None:
    """Die here, as in a power cut, when the environment says so."""
    if os.environ.get(KILL_AT) == point:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
