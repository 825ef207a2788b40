"""Which rules have tests: docs/features.md against the marks of the tests. Needs nothing but Python."""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs" / "features.md"
NOT_YET = "not yet"


@dataclass(frozen=True)
class Rule:
    """One line of the list; ``modules`` are paths under the package, none for what is still to be built."""

    id: str
    section: str
    text: str
    modules: tuple[str, ...]


def rules(path: Path = LIST) -> list[Rule]:
    """Return the rules in the order of the list."""
    found, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and re.fullmatch(r"[A-Z]+\d*(-\d+)?", cells[0]):
            if cells[0] == "ID":
                continue
            modules = () if cells[2] == NOT_YET else tuple(name.strip() for name in cells[2].split(","))
            found.append(Rule(cells[0], section, cells[1], modules))
    return found


def marks(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Return the tests by the rows they are marked with, as ``file::name``; a module's own mark counts for it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                marked: list[ast.expr] = list(node.decorator_list)
                name = node.name
            elif isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
            ):
                marked, name = [node.value], "*"
            else:
                continue
            for row in (row for mark in marked for row in _rows(mark)):
                found[row].append(f"{path.relative_to(folder).as_posix()}::{name}")
    return found


def _rows(mark: ast.expr) -> list[str]:
    """The arguments of every ``mark.row(...)`` in an expression."""
    return [
        argument.value
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "row"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def main(arguments: list[str]) -> int:
    """Print what is tested, section by section; 1 with --strict when a rule that is built has no test."""
    parser = argparse.ArgumentParser(prog="dev.py features", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail when a rule that is built has no test")
    parser.add_argument("--tests", action="store_true", help="also name the tests of every rule")
    options = parser.parse_args(arguments)
    known, tested = rules(), marks()
    bare = [rule for rule in known if rule.modules and rule.id not in tested]
    for section in dict.fromkeys(rule.section for rule in known):
        here = [rule for rule in known if rule.section == section]
        built = [rule for rule in here if rule.modules]
        done = [rule for rule in built if rule.id in tested]
        later = f"; not yet built: {len(here) - len(built)}" if len(built) < len(here) else ""
        print(f"\n{section}: {len(done)} of {len(built)} rules have tests{later}")
        for rule in here:
            count = len(tested.get(rule.id, ()))
            state = f"{count:3} tests" if count else ("NO TEST" if rule.modules else "not yet")
            if rule.modules or options.tests:
                print(f"  {rule.id:7}{state:>10}  {rule.text}")
            for name in tested.get(rule.id, ()) if options.tests else ():
                print(f"{'':19}{name}")
    listed = {rule.id for rule in known}
    others = sorted((row for row in tested if row not in listed), key=lambda row: (row.partition("-")[0], row))
    print(f"\nRows beside this list that have tests: {' '.join(others)}")
    print(f"\n{len(known)} rules, {len(bare)} built without a test{': ' if bare else ''}"
          f"{' '.join(rule.id for rule in bare)}")  # fmt: skip
    return 1 if bare and options.strict else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
