"""Pace: how long calls take, and so how many messages to make ready before a worker is free.

A message that is made ready says ``sending`` already: it cannot be taken back any more, and would be unclear after a
crash. So that is done only while calls are quick, and what waits nevertheless is put back and seen by the gate again.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from desktop_inbox.services.sending import Job

T = TypeVar("T")

QUICK: Final = 0.25  # seconds
#: What was made ready is not sent when its turn comes later than this.
READY_FOR: Final = timedelta(seconds=2)
_WEIGHT: Final = 0.1  # of one call in the mean
_AT_FIRST: Final = 1.0  # seconds: a dozen quick calls prove that a provider is quick


class Pace:
    """The mean of the latest calls; any thread may note one."""

    def __init__(self, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._seconds = _AT_FIRST

    def timed(self, call: Callable[[], T]) -> T:
        """Do ``call`` and note how long it took, unless it raised."""
        begun = self._tick()
        result = call()
        self._seconds += (self._tick() - begun - self._seconds) * _WEIGHT
        return result

    def ahead(self, workers: int) -> int:
        """How many messages may wait ready for ``workers``; none for a single one, whose next is soon made ready."""
        return workers if workers > 1 and self._seconds < QUICK else 0


def waiting(job: Job) -> Job:
    """Return ``job`` as one that must not wait long for its worker."""
    return replace(job, patience=min(job.patience, READY_FOR))
