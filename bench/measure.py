"""Times of the product and of its limit, taken turn by turn, and the verdict."""

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. ``limit`` is what was measured of what the product stands on."""

    what: str
    unit: str
    product: float
    limit: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Product by limit."""
        return self.product / self.limit if self.limit else None


def seconds(work: Work) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(product: Sequence[Work], limit: Sequence[Work], *, rounds: int = 1) -> tuple[list[float], list[float]]:
    """Time each product call right beside its limit, so that a slow moment of the machine meets both.

    Returns milliseconds of the product and of the limit. The first round only warms up.
    """
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(rounds + 1):
        for one, other in zip(product, limit, strict=True):
            pair = (seconds(one) * 1000, seconds(other) * 1000)
            if turn:
                ours.append(pair[0])
                theirs.append(pair[1])
    return ours, theirs


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return quantile(values, 0.95)


def against(
    what: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    times: float | None = None,
    plus: float = 0.0,
    at_most: float | None = None,
) -> Figure:
    """Judge latencies in ms: p95 <= ``at_most``, and median <= ``times`` * the limit's median + ``plus``."""
    product, limit = statistics.median(ours), statistics.median(theirs)
    met, target = True, []
    if times is not None:
        met = product <= times * limit + plus
        target.append(f"<= {times:g} x" + (f" + {plus:g} ms" if plus else ""))
    if at_most is not None:
        met = met and p95(ours) <= at_most
        target.append(f"p95 <= {at_most:g} ms")
    note = f"p95 {p95(ours):.1f} / {p95(theirs):.1f}"
    return Figure(what=what, unit="ms", product=product, limit=limit, target=", ".join(target), met=met, note=note)


def rate(what: str, ours: float, theirs: float, *, unit: str, at_least: float) -> Figure:
    """Judge a rate (more is better): at least ``at_least`` times the limit's."""
    return Figure(
        what=what, unit=unit, product=ours, limit=theirs, target=f">= {at_least:g} x", met=ours >= at_least * theirs
    )


def absent(what: str, reason: str) -> Figure:
    """A line for what could not be measured."""
    return Figure(what=what, unit="", product=math.nan, note=reason)


def show(figure: Figure) -> None:
    """Print one line as soon as it is known."""
    if math.isnan(figure.product):
        print(f"  {figure.what:58} not measured: {figure.note}", flush=True)
        return
    limit = "" if figure.limit is None else f"{_short(figure.limit)}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} x"
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    print(
        f"  {figure.what:58}{_short(figure.product):>10} {figure.unit:5}{limit:>10}{ratio:>9}  "
        f"{verdict:7}{figure.target:32}{figure.note}",
        flush=True,
    )


def heading() -> None:
    """Print the names of the columns."""
    print(f"\n  {'what':58}{'product':>10} {'':5}{'limit':>10}{'ratio':>9}  {'':7}{'target':32}", flush=True)


def save(figures: Sequence[Figure], path: Path, **facts: object) -> None:
    """Write everything as JSON."""
    rows = [{**asdict(figure), "ratio": figure.ratio} for figure in figures if not math.isnan(figure.product)]
    skipped = [asdict(figure) | {"product": None} for figure in figures if math.isnan(figure.product)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**facts, "figures": rows, "not_measured": skipped}, indent=1), encoding="utf-8")


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
