"""``python3 dev.py bench [--small] [GROUP ...]``."""

import argparse
import importlib
import platform
import sqlite3
import sys
import time
import traceback
from pathlib import Path

from bench import measure
from bench.office import FULL, SMALL, TINY, office

ROOT = Path(__file__).resolve().parent.parent
GROUPS = ("reads", "segments", "search", "writes", "sending", "export", "postgres", "start", "window")


def main() -> int:
    """Run the groups asked for, print a table, write .bench/results.json; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"some of: {', '.join(GROUPS)}; all without")
    parser.add_argument("--small", action="store_true", help="an office of 100,000 messages instead of 2,000,000")
    options = parser.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    folder = ROOT / ".bench"
    folder.mkdir(exist_ok=True)
    size = SMALL if options.small else FULL
    offices = {"tiny": office(folder, TINY), size.name: office(folder, size)}
    figures: list[measure.Figure] = []
    start = time.time()
    measure.heading()
    for name in options.groups or GROUPS:
        print(f"{name}", flush=True)
        try:
            for figure in importlib.import_module(f"bench.{name}").figures(offices, size):
                measure.show(figure)
                figures.append(figure)
        except Exception as error:  # noqa: BLE001 - one group must not cost the others
            traceback.print_exc()
            figures.append(measure.absent(name, f"{type(error).__name__}: {error}"))
            measure.show(figures[-1])
    facts = {"size": size.name, "messages": size.messages, "contacts": size.contacts, "seconds": time.time() - start}
    facts |= {"python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version, "machine": platform.machine()}
    measure.save(figures, folder / "results.json", **facts)
    missed = [figure.what for figure in figures if figure.met is False]
    print(f"\n{sum(f.met is True for f in figures)} targets met, {len(missed)} missed; details in .bench/results.json")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
