"""Milestones of a start, in the order in which they are reached."""

from collections.abc import Callable
from enum import StrEnum


class Milestone(StrEnum):
    """What a person, or a measurement, can tell apart."""

    FRAME = "frame"  # the window is painted, without contents
    ROWS = "rows"  # the first conversations are painted
    STORE = "store"  # the database is about to be opened; services are imported from here on
    READY = "ready"  # the window is whole and answers
    LOADED = "loaded"  # the list shows what the store says
    CARRYING = "carrying"  # messages are fetched and sent


#: Tests and benchmarks listen here.
listeners: list[Callable[[Milestone], None]] = []


def reach(milestone: Milestone) -> None:
    """Tell the listeners."""
    for listener in listeners:
        listener(milestone)
