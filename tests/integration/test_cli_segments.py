"""The command ``segment`` on a real profile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_USAGE, run
from desktop_inbox.cli.segment_commands import pointed_at
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.store import Store

Told = tuple[int, str, str]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command on a profile with three contacts; returns exit code, output and errors."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))

    def call(*arguments: str) -> Told:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    assert call("segment", "list")[0] == 0
    (path,) = tmp_path.rglob("inbox.db")
    store = Store.open(sqlite_url(path))
    for number, name in enumerate(("Ana", "Ben", "Anton")):
        store.run_sync(
            lambda work, n=number, w=name: work.contacts.add([(Scheme.TEL, f"+1415555010{n}")], first_name=w)
        )
    store.close()
    return call


@pytest.mark.row("S3-26", "SEG-3")
def test_segments_are_saved_counted_listed_changed_and_deleted(cli: Callable[..., Told]) -> None:
    assert cli("segment", "save", "A people", "name ^ an")[:2] == (0, "Saved A people; contacts: 2.\n")
    assert cli("segment", "save", "Others", 'not in segment "A people"', "--private")[0] == 0
    listed = [json.loads(line) for line in cli("--json", "segment", "list")[1].splitlines()]
    assert [(one["name"], one["shared"], one["query"]) for one in listed] == [
        ("A people", True, 'name ^ "an"'),
        ("Others", False, 'not in segment "A people"'),
    ]
    counted = json.loads(cli("--json", "segment", "count", "others")[1])
    assert counted == {"contacts": 1, "conversations": 0, "unread": 0}  # nobody was spoken to
    members = cli("segment", "members", "a people")[1].splitlines()
    assert members == ["Ana  +14155550100", "Anton  +14155550102"]
    assert json.loads(cli("--json", "segment", "show", "A people")[1])["filter"] == {
        "all": [{"field": "name", "op": "^", "value": "an"}]
    }
    assert cli("segment", "save", "A people", "name = Ben")[0] == EXIT_USAGE
    assert cli("segment", "save", "A people", "name = Ben", "--replace")[0] == 0
    assert json.loads(cli("--json", "segment", "count", "others")[1])["contacts"] == 2
    code, _, errors = cli("segment", "delete", "A people")
    assert (code, "Others" in errors) == (EXIT_USAGE, True)
    assert cli("segment", "delete", "A people", "--yes")[0] == 0
    assert json.loads(cli("--json", "segment", "count", "others")[1])["contacts"] == 0
    assert cli("segment", "delete", "A people")[0] == EXIT_NOT_FOUND


@pytest.mark.row("SEG-8")
def test_a_mistake_is_pointed_at(cli: Callable[..., Told]) -> None:
    code, out, errors = cli("segment", "count", "name ~ an and stauts is done")
    assert (code, out) == (EXIT_USAGE, "")
    assert errors.splitlines() == [
        "name ~ an and stauts is done",
        "              ^^^^^^",
        "There is no field “stauts”. Did you mean status?",
    ]
    told = json.loads(cli("--json", "segment", "count", "status is dnoe")[2])
    assert (told["error"], told["start"], told["end"], told["suggestion"]) == ("segment.invalid_status", 10, 14, "done")


def test_a_long_or_strange_filter_is_shown_in_part() -> None:
    text = "name ~ an " * 30 + "\x1b[31mstauts = x"
    start = text.index("stauts")
    line, carets = pointed_at(text, start, start + 6)
    assert line[carets.index("^") :].startswith("stauts")
    assert "\x1b" not in line
    assert pointed_at("name =", 6, 6) == ("name =", "      ^")


def test_fields_are_told(cli: Callable[..., Told]) -> None:
    told = {one["field"]: one for one in map(json.loads, cli("--json", "segment", "fields")[1].splitlines())}
    assert told["status"]["choices"] == ["pending", "done"]
    assert "older than" in told["waiting_since"]["operators"]
