"""From the start of the process to the first picture, in turns with a bare window: time, CPU time, memory."""

import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.measure import Figure, absent
from bench.office import Size
from bench.window import home, said_by

_STARTS = 7


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """Starts of the product, each right beside one of a bare window."""
    with home(offices[size.name]) as environment:
        yield from _starts(environment)


def _starts(environment: Mapping[str, str]) -> Iterator[Figure]:
    bare: list[dict[str, Any]] = []
    real: list[dict[str, Any]] = []
    for turn in range(_STARTS + 1):
        theirs, ours = said_by("bare_window", environment), said_by("real_start", environment)
        if turn:  # the first one migrates what is old, and remembers the look for the others
            if not {"frame", "rows", "done"} <= ours.keys():
                yield absent("start", f"reached only {', '.join(ours) or 'nothing'}")
                return
            bare.append(theirs)
            real.append(ours)
    for key, what, times in (("frame", "the frame", 1.5), ("rows", "the first conversations", 2.5)):
        for measure, name in (("at", "start to {} painted"), ("cpu", "CPU time from start to {} painted")):
            product = statistics.median(said[key][measure] for said in real)
            limit = statistics.median(said["ready"][measure] for said in bare)
            yield Figure(
                what=name.format(what),
                unit="ms",
                product=product * 1000,
                limit=limit * 1000,
                target=f"<= {times:g} x",
                met=product <= times * limit,
            )
    for key, what in (("ready", "the window answers"), ("loaded", "the list is that of the store")):
        yield Figure(
            what=f"start until {what}",
            unit="ms",
            product=statistics.median(said[key]["at"] for said in real) * 1000,
            limit=statistics.median(said["ready"]["at"] for said in bare) * 1000,
        )
    memory = (statistics.median(said["done"]["memory"] for said in group) for group in (real, bare))
    yield _memory("memory after start", *memory)


def _memory(what: str, ours: float, theirs: float) -> Figure:
    return Figure(what=what, unit="MB", product=ours, limit=theirs, target="<= 2.5 x", met=ours <= 2.5 * theirs)
