"""What a person sees: views, conversations, scrolling, new messages, and a busy hour."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measure import Figure, absent, p95, quantile
from bench.office import Size

_ROOT = Path(__file__).resolve().parent.parent


def figures(offices: Mapping[str, Path], size: Size) -> Iterator[Figure]:
    """One long run of a person's day, on a copy of the office."""
    with home(offices[size.name]) as environment:
        yield from _long_run(said_by("real_window", {**environment, "BENCH_CONTACTS": str(size.contacts)}, "full"))


@contextmanager
def home(office: Path) -> Iterator[dict[str, str]]:
    """Give an environment in which the profiles ``bench`` and ``default`` are a copy of ``office``."""
    with tempfile.TemporaryDirectory(dir=office.parent) as folder:
        profiles = Path(folder) / "profiles"
        (profiles / "bench").mkdir(parents=True)
        shutil.copy(office, profiles / "bench" / "inbox.db")
        (profiles / "default").symlink_to(profiles / "bench", target_is_directory=True)
        environment = {**os.environ, "DESKTOP_INBOX_HOME": folder, "QT_API": "pyside6"}
        environment |= {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
        yield environment | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def _long_run(said: Mapping[str, Any]) -> Iterator[Figure]:
    yield from _latency(said, "switch_views", "ms", "switch of view to painted", p95_at_most=60)
    yield from _latency(said, "try_segments", "ms", "segment of 4 conditions tried to painted", p95_at_most=100)
    yield from _latency(said, "open_conversations", "ms", "longest conversation opened to painted", p95_at_most=60)
    yield from _latency(said, "scroll", "list", "frame while scrolling the list", p99_at_most=16)
    yield from _latency(said, "scroll", "timeline", "frame while scrolling the timeline", p99_at_most=16)
    yield from _latency(said, "new_messages", "paint", "new message: told to painted", p95_at_most=50)
    yield from _latency(
        said, "new_messages", "work", "new message: work of the GUI thread, with painting", p95_at_most=5
    )
    yield from _latency(
        said, "busy", "gaps", "heartbeat gap while 10,000 messages sync and an export runs", p99_at_most=50, worst=150
    )
    for key, what in (("end_to_end", "memory, list scrolled end to end"),):
        value = said.get(key, {})
        if "memory" in value:
            yield Figure(what=f"{what} ({value['rows']:,} rows)", unit="MB", product=value["memory"])
        else:
            yield absent(what, str(value.get("error", "not reached")))
    idle = said.get("idle", {})
    if "percent" in idle:
        percent = idle["percent"]
        yield Figure(what="CPU while idle", unit="%", product=percent, target="<= 1 %", met=percent <= 1)


def _latency(
    said: Mapping[str, Any],
    step: str,
    key: str,
    what: str,
    *,
    p95_at_most: float | None = None,
    p99_at_most: float | None = None,
    worst: float | None = None,
) -> Iterator[Figure]:
    values = said.get(step, {}).get(key)
    if not values:
        yield absent(what, str(said.get(step, {}).get("error", "not reached")))
        return
    share, most = (0.95, p95_at_most) if p95_at_most is not None else (0.99, p99_at_most)
    assert most is not None
    value, longest = quantile(values, share), max(values)
    target = f"p{share * 100:.0f} <= {most:g} ms" + (f", worst <= {worst:g}" if worst else "")
    yield Figure(
        what=what,
        unit="ms",
        product=value,
        target=target,
        met=value <= most and (worst is None or longest <= worst),
        note=f"median {statistics.median(values):.1f}, p95 {p95(values):.1f}, worst {longest:.1f}",
    )


def said_by(module: str, environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """Run a window and return what it said by mark, each with the seconds since its process was started."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.{module}", *arguments],
        cwd=_ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if arguments != ("full",) else None,
        text=True,
    )
    assert process.stdout is not None
    said: dict[str, Any] = {}
    for line in process.stdout:
        if line.startswith("{"):
            what = json.loads(line)
            said[what.pop("mark")] = {**what, "at": time.perf_counter() - start}
            if "done" in said:
                break
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return said
