"""docs/features.md is true: each rule once, in a module that exists, with a test where it is built."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
import features  # noqa: E402  # beside the package, as dev.py needs it without an environment

NUMBERS = {"S1": 34, "S2": 70, "S3": 74, "S4": 66, "S5": 27}


def test_every_rule_stands_in_the_list_once() -> None:
    found = Counter(rule.id for rule in features.rules())
    assert [rule for rule, count in found.items() if count > 1] == []
    wanted = {f"{family}-{number:02}" for family, count in NUMBERS.items() for number in range(1, count + 1)}
    wanted |= {f"C{number}" for number in range(1, 16)} | {f"SEG-{number}" for number in range(1, 11)}
    assert set(found) == wanted


def test_every_module_exists_and_every_rule_says_something() -> None:
    for rule in features.rules():
        assert rule.text, rule
        for module in rule.modules:
            assert (ROOT / "desktop_inbox" / module).is_file(), (rule.id, module)


def test_every_rule_that_is_built_has_a_test() -> None:
    tested = features.marks()
    assert [rule.id for rule in features.rules() if rule.modules and rule.id not in tested] == []


def test_marks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import pytest\npytestmark = [pytest.mark.slow, pytest.mark.row('S1-01')]\n"
        "@pytest.mark.row('S1-02', 'P1')\ndef test_one(): pass\n"
        "@pytest.mark.row('S1-02')\nclass TestTwo: pass\n"
        "ROW = 'S1-03'\n",
        encoding="utf-8",
    )
    assert features.marks(tmp_path) == {
        "S1-01": ["test_a.py::*"],
        "S1-02": ["test_a.py::test_one", "test_a.py::TestTwo"],
        "P1": ["test_a.py::test_one"],
    }


@pytest.mark.parametrize("strict", [[], ["--strict"]])
def test_the_command_tells_by_section(strict: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "dev.py", "features", *strict], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-300:]
    for section in ("The inbox", "Working conversations", "Sending to many, later and in order", "Later"):
        assert f"{section}: " in done.stdout


def test_strict_fails_for_a_rule_without_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "features.md"
    path.write_text("## Here\n\n| ID | Rule | Module |\n|---|---|---|\n| S9-99 | A rule | cli/parser.py |\n", "utf-8")
    monkeypatch.setattr(features.rules, "__defaults__", (path,))
    assert features.main(["--strict"]) == 1
    assert features.main([]) == 0
    assert "NO TEST" in capsys.readouterr().out
