"""The command ``broadcast`` on a real profile."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_USAGE, run
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

Told = tuple[int, str, str]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command on a profile with a channel and three contacts, of whom one opted out."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))

    def call(*arguments: str) -> Told:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    assert call("segment", "list")[0] == 0
    (path,) = tmp_path.rglob("inbox.db")
    store = Store.open(sqlite_url(path))
    store.run_sync(_fill)
    store.close()
    return call


def _fill(work: Work) -> None:
    work.channels.add(kind="simulator", name="Front desk", address="+14155550100", settings={"network": "sms"})
    listed = work.contact_lists.ensure("Braces")
    for number, name in enumerate(("Ana", "Ben", "Anton")):
        contact = work.contacts.add([(Scheme.TEL, f"+1415555010{number + 1}")], first_name=name)
        work.contact_lists.add_members(listed.id, [contact.id])
        if name == "Ben":
            work.consent.record(contact.id, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP")


def _lines(told: Told) -> list[dict[str, Any]]:
    assert told[0] == 0, told[2]
    return [json.loads(line) for line in told[1].splitlines()]


@pytest.mark.row("S4-10", "D-17")
def test_a_dry_run_tells_the_reasons_and_sends_nothing(cli: Callable[..., Told]) -> None:
    gated, total = _lines(cli("--json", "broadcast", "create", "Hello", "--list", "braces", "--dry-run"))
    assert (gated["code"], gated["decision"]) == ("opted_out", "refuse")
    assert (total["go"], total["refused"], total["reasons"]) == (2, 1, {"opted_out": 1})
    assert cli("broadcast", "list")[1] == ""


@pytest.mark.row("S5-01", "S5-10", "S5-14", "S5-16")
def test_a_broadcast_is_created_carried_followed_and_cannot_be_cancelled_after(
    cli: Callable[..., Told], tmp_path: Path
) -> None:
    (made,) = _lines(cli("--json", "broadcast", "create", "Hi $contact.firstname", "--segment", "name ^ an"))
    code = made["code"]
    assert cli("sync", "--wait", "60")[0] == 0
    shown = _lines(cli("--json", "broadcast", "show", code.lower()))[0]
    assert (shown["total"], shown["recipients"]) == (2, {"queued": 2})
    assert sum(shown["messages"].values()) == 2
    assert shown["messages"].keys() <= {"accepted", "sent", "delivered", "read"}
    assert shown["status"] in ("sending", "sent")
    refused = cli("broadcast", "cancel", code)
    assert refused[0] == EXIT_USAGE
    assert "already" in refused[2]
    target = tmp_path / "recipients.csv"
    assert cli("broadcast", "recipients", code, "--csv", str(target))[0] == 0
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["state"] for row in rows] == ["queued", "queued"]


@pytest.mark.row("S5-10", "S5-11", "S5-14")
def test_a_file_for_later_is_programmed_moved_and_called_off(cli: Callable[..., Told], tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "Phone,Name,Day\n+14155550101,Ana,Friday\nnone,X,Friday\n+14155559999,Zoe,Monday\n", encoding="utf-8"
    )
    told = _lines(cli("--json", "broadcast", "create", "On $row.day", "--file", str(path), "--at", "2099-12-01 09:00"))
    assert (told[0]["line"], told[0]["code"]) == (3, "address_invalid")
    code = told[1]["code"]
    assert told[1]["status"] == "programmed"
    assert _lines(cli("--json", "broadcast", "move", code, "2099-12-02 10:00"))[0]["due_at"].startswith("2099-12-02")
    assert _lines(cli("--json", "broadcast", "cancel", code))[0]["status"] == "cancelled"
    assert cli("broadcast", "show", "B-0000-0001")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S5-04", "S5-05", "S5-06", "S5-09", "S5-10", "S5-23")
def test_the_list_is_narrowed_as_in_the_window_and_counted(cli: Callable[..., Told], tmp_path: Path) -> None:
    source = tmp_path / "may.csv"
    source.write_text("phone\n+14155550101\n", encoding="utf-8")
    cli("team", "add", "Billing")
    cli("broadcast", "create", "Hello", "--list", "braces", "--team", "Billing", "--name", "To all")
    cli("broadcast", "create", "Hello", "--file", str(source), "--at", "2099-05-01 09:00")

    def listed(*filters: str) -> list[str]:
        found = [one["name"] for one in _lines(cli("--json", "broadcast", "list", *filters))]
        (told,) = _lines(cli("--json", "broadcast", "list", *filters, "--count"))
        assert told == {"fitting": len(found), "everything": 2}
        return found

    assert listed() == ["may.csv", "To all"]
    assert listed("--team", "billing") == ["To all"]
    assert listed("--file", "MAY") == listed("--from", "2099-05-01", "--to", "2099-05-01") == ["may.csv"]
    assert listed("--to", "2099-04-30") == ["To all"]
    assert listed("--from", "2099-05-02") == []
    assert listed("--status", "programmed", "--status", "sent", "--type", "tel", "--id", "b-") == ["may.csv", "To all"]
    assert listed("--type", "whatsapp") == []
    assert cli("broadcast", "list", "--team", "Nobody")[0] == EXIT_NOT_FOUND
    assert cli("broadcast", "list", "--user", "Nobody")[0] == EXIT_NOT_FOUND
    with pytest.raises(SystemExit):
        cli("broadcast", "list", "--from", "May")
