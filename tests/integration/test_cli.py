"""The command line on a real profile: what it prints, what it stores, which exit code it gives."""

import csv
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_PROVIDER, EXIT_REFUSED, EXIT_STORE, EXIT_USAGE, exit_code, run
from desktop_inbox.cli.log_output import logged
from desktop_inbox.errors import InboxError

Told = tuple[int, str, str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile folder of its own."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))
    return tmp_path / "profiles" / "default"


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command; returns exit code, output and errors."""

    def call(*arguments: str) -> Told:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def office(cli: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """The same, with a simulated channel; its people write nothing by themselves."""
    code, _, errors = cli("channel", "add", "simulator", "Front desk", "--set", "network=sms", "--set", "pace=off")
    assert code == 0, errors
    return cli


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_send_carries_a_message_and_tells_its_status(office: Callable[..., Told]) -> None:
    code, out, errors = office("--json", "send", "+14155550148", "Your crown is ready", "--now")
    assert (code, errors) == (0, "")
    assert lines(out)[0]["status"] in ("accepted", "sent", "delivered")
    found = lines(office("--json", "search", "crown")[1])
    assert [hit["snippet"] for hit in found if "snippet" in hit] == ["Your crown is ready"]


def test_a_message_that_failed_is_told_with_its_reason(office: Callable[..., Told]) -> None:
    code, out, errors = office("--json", "send", "+14155550191", "Hello", "--now")
    assert (code, lines(out)[0]["status"]) == (EXIT_PROVIDER, "failed")
    assert json.loads(errors.splitlines()[-1])["message"] == "There is no such number."


@pytest.mark.parametrize(
    ("status", "code"),
    [("failed", EXIT_PROVIDER), ("undelivered", EXIT_PROVIDER), ("blocked", EXIT_REFUSED), ("expired", EXIT_REFUSED)],
)
def test_every_bad_end_of_a_message_has_its_exit_code(status: str, code: int) -> None:
    assert exit_code(InboxError(f"outcome.{status}", "It did not arrive.")) == code


@pytest.mark.row("P25")
def test_warnings_of_a_command_are_shown_without_secrets(
    office: Callable[..., Told], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger().handlers[:]
    with logged():
        logging.getLogger("desktop_inbox.test").warning("refused: Authorization: Bearer canary-0123456789abcdef")
        logging.getLogger("desktop_inbox.test").info("quiet")
    told = capsys.readouterr().err
    assert told.startswith("WARNING desktop_inbox.test: refused")
    assert "canary" not in told
    assert "quiet" not in told
    assert logging.getLogger().handlers == before


@pytest.mark.row("P25")
def test_a_command_tells_what_it_logs_and_serve_writes_it_down(office: Callable[..., Told], home: Path) -> None:
    with sqlite3.connect(home / "inbox.db") as connection:
        connection.execute("CREATE TRIGGER t BEFORE INSERT ON settings BEGIN SELECT RAISE(ABORT, 'no'); END")
    connection.close()
    before = logging.getLogger().handlers[:], sys.excepthook
    errors = office("serve", "--for", "2")[2]
    assert "housekeeping" in errors
    assert "housekeeping" in (home / "logs" / "desktop-inbox.log").read_text(encoding="utf-8")
    assert (logging.getLogger().handlers, sys.excepthook) == before


@pytest.mark.row("P1")
def test_the_same_id_again_sends_nothing_new(office: Callable[..., Told]) -> None:
    again = ("--json", "send", "+14155550148", "Once", "--id", "11111111-1111-4111-8111-111111111111")
    first, second = lines(office(*again)[1])[0], lines(office(*again)[1])[0]
    assert first["id"] == second["id"]


def test_sync_carries_what_waits(office: Callable[..., Told]) -> None:
    assert lines(office("--json", "send", "+14155550148", "Later")[1])[0]["status"] == "queued"
    code, out, _ = office("--json", "sync")
    assert (code, lines(out)[0]["waiting"]) == (0, 0)


def test_serve_stops_by_itself_when_told_so(office: Callable[..., Told]) -> None:
    code, out, _ = office("--json", "serve", "--for", "0.2")
    assert (code, [line["state"] for line in lines(out)]) == (0, ["serving", "stopped"])


def test_export_writes_what_was_said(office: Callable[..., Told], tmp_path: Path) -> None:
    office("send", "+14155550148", "=1+1")
    target = tmp_path / "all.csv"
    assert office("export", "messages", str(target))[0] == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert "'=1+1" in row.values()


def test_export_of_one_contact_adds_nobody(office: Callable[..., Told], tmp_path: Path) -> None:
    office("send", "+14155550148", "Mine")
    office("send", "+14155550149", "Not mine")
    target = tmp_path / "one.csv"
    assert office("export", "conversation", "+1 415 555 0148", str(target))[0] == 0
    text = target.read_text(encoding="utf-8-sig")
    assert "Mine" in text
    assert "Not mine" not in text
    assert office("export", "conversation", "+14155550999", str(target))[0] == EXIT_NOT_FOUND
    assert office("search", "+14155550999")[1] == ""


def test_an_export_that_cannot_be_is_one_sentence_and_leaves_nothing(
    office: Callable[..., Told], home: Path, tmp_path: Path
) -> None:
    office("send", "+14155550148", "Mine")
    target = tmp_path / "one.csv"
    for days in (
        ("--since", "0001-01-01"),
        ("--until", "9999-12-31"),
        ("--since", "2026-03-02", "--until", "2026-03-01"),
    ):
        for what in (("messages", str(target)), ("conversation", "+14155550148", str(target))):
            code, out, errors = office("export", *what, *days)
            assert (code, out, errors.count("\n")) == (EXIT_USAGE, "", 1)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for where in (tmp_path / "missing" / "one.csv", tmp_path, pipe):
        code, out, errors = office("export", "conversation", "+14155550148", str(where))
        assert (code, out, errors.count("\n")) == (EXIT_STORE, "", 1)
    assert pipe.is_fifo()
    assert not target.exists()
    assert list((home / "exports").iterdir()) == []


def test_backup_and_restore_bring_back_what_was_there(office: Callable[..., Told], home: Path, tmp_path: Path) -> None:
    office("send", "+14155550148", "Before")
    copy = tmp_path / "copy.db"
    assert office("backup", str(copy))[0] == 0
    office("send", "+14155550148", "After")
    assert office("restore", str(copy))[0] == 0
    found = office("search", "Before")[1], office("search", "After")[1]
    assert "Before" in found[0]
    assert "After" not in found[1]


def test_verify_finds_a_counter_that_lies(office: Callable[..., Told], home: Path) -> None:
    office("send", "+14155550148", "Hello")
    assert office("verify")[0] == 0
    with sqlite3.connect(home / "inbox.db") as connection:
        connection.execute("UPDATE conversations SET unread_count = 7")
    connection.close()
    code, out, _ = office("--json", "verify")
    assert code == 7
    assert [line["check"] for line in lines(out) if not line["ok"]] == ["counters"]


def test_doctor_speaks_where_the_database_is_damaged(office: Callable[..., Told], home: Path) -> None:
    (home / "inbox.db").write_bytes(b"nonsense")
    code, out, _ = office("doctor")
    assert code == 7
    assert "damaged" in out


@pytest.mark.row("P16", "F03")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("send", "not a number", "Hello"), EXIT_USAGE, id="no number"),
        pytest.param(("send", "+14155550148", "Hello", "--channel", "Fax"), EXIT_NOT_FOUND, id="no such channel"),
        pytest.param(("channel", "add", "pigeon", "Pigeons"), EXIT_NOT_FOUND, id="no such kind"),
        pytest.param(("channel", "pause", "Fax"), EXIT_NOT_FOUND, id="nothing to pause"),
        pytest.param(("--profile", "../up", "verify"), EXIT_USAGE, id="profile outside"),
    ],
)
def test_a_mistake_is_told_in_two_sentences(office: Callable[..., Told], arguments: tuple[str, ...], code: int) -> None:
    found, out, errors = office(*arguments)
    assert (found, out) == (code, "")
    assert errors.count("\n") == 1
    assert "Traceback" not in errors


@pytest.mark.row("P16")
def test_an_empty_database_file_is_refused_and_kept(cli: Callable[..., Told], home: Path) -> None:
    home.mkdir(parents=True)
    (home / "inbox.db").touch()
    code, _, errors = cli("--json", "verify")
    assert code == EXIT_STORE
    assert json.loads(errors)["error"] == "store_empty"
    assert (home / "inbox.db").stat().st_size == 0


@pytest.mark.row("P25")
def test_secrets_are_read_from_the_input_and_stand_nowhere(home: Path) -> None:
    """A secret among the arguments would be visible to every program of the computer."""
    secret = "canary-5f1e0c-token"
    answer = subprocess.run(
        [sys.executable, "-m", "desktop_inbox", "channel", "add", "twilio", "Office", "--secrets-from-stdin",
         "--set", f"account_sid=AC{'0' * 32}", "--set", "number=+14155550100", "--set", "base_url=http://127.0.0.1:9"],
        input=json.dumps({"auth_token": secret}), capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert answer.returncode != 0  # nobody listens on that port
    assert secret not in answer.stdout + answer.stderr
    for path in home.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()


def test_nothing_of_qt_is_loaded_for_a_command(office: Callable[..., Told]) -> None:
    code = "import sys; from desktop_inbox.cli import run; run(['verify']); sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
