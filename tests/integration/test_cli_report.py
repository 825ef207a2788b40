"""The command ``report`` on a real profile."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_USAGE, run
from desktop_inbox.config import sqlite_url
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

Told = tuple[int, str, str]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command on a profile in which somebody wrote twice yesterday, and opted out today."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))

    def call(*arguments: str) -> Told:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    def fill(work: Work) -> None:
        work.settings.set("time_zone", "UTC")
        channel = work.channels.add(kind="simulator", name="Desk", address="+1", settings={"network": "sms"})
        contact = work.contacts.add([(Scheme.TEL, "+14155550100")])
        for minutes in (1, 2):
            at = datetime.now(UTC).replace(hour=12) - timedelta(days=1, minutes=minutes)
            work.messages.add_inbound(
                Message(
                    id=work.new_entry_id(at), conversation_id=work.conversations.of_contact(contact.id),
                    contact_id=contact.id, direction=Direction.IN, text="hi", status=DeliveryStatus.RECEIVED,
                    channel_id=channel.id,
                )
            )  # fmt: skip
        work.consent.record(contact.id, OptIn.OPTED_OUT, method=ConsentMethod.MANUAL, wording="on the phone")

    assert call("channel", "list")[0] == 0
    (path,) = tmp_path.rglob("inbox.db")
    store = Store.open(sqlite_url(path))
    store.run_sync(fill)
    store.close()
    return call


@pytest.mark.row("B-26")
def test_numbers_are_told_as_text_json_and_csv(cli: Callable[..., Told]) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    today = datetime.now(UTC).date().isoformat()
    code, text, _ = cli("report", "--from", yesterday, "--to", today)
    assert code == 0
    assert "Received: 2 (0)" in text
    assert "Opted out: 1 (0)" in text
    lines = [json.loads(line) for line in cli("--json", "report", "--from", yesterday)[1].splitlines()]
    assert lines[0]["totals"]["received"] == 2
    assert lines[0]["totals"]["questions"] == 1
    assert next(line for line in lines[1:] if line["table"] == "messages") == {
        "table": "messages", "Day": yesterday, "Received": "2", "Sent": "0",
    }  # fmt: skip
    table = cli("report", "--from", yesterday, "--table", "consent", "--csv")[1]
    assert list(csv.reader(io.StringIO(table))) == [
        ["Day", "Opted out", "Opted in"], [yesterday, "0", "0"], [today, "1", "0"],
    ]  # fmt: skip
    assert json.loads(cli("--json", "report", "--channel", "Desk")[1].splitlines()[0])["totals"]["received"] == 2


@pytest.mark.row("B-26")
def test_what_cannot_be_counted_is_refused(cli: Callable[..., Told]) -> None:
    assert cli("report", "--channel", "Nowhere")[0] == EXIT_NOT_FOUND
    code, _, errors = cli("report", "--from", "2026-05-02", "--to", "2026-05-01")
    assert (code, "before the first" in errors) == (EXIT_USAGE, True)
