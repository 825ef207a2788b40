"""The commands ``team`` and ``term`` on a real profile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_PROBLEMS, EXIT_USAGE, run
from desktop_inbox.config import sqlite_url
from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.store import Store
from desktop_inbox.services.enqueue import Enqueue, NewMessage
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.hours_text import hours_of, spans_of, spans_text

Told = tuple[int, str, str]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command on a profile with one contact and one channel; returns exit code, output and errors."""
    monkeypatch.setenv("DESKTOP_INBOX_HOME", str(tmp_path))

    def call(*arguments: str) -> Told:
        code = run(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    assert call("channel", "add", "simulator", "Desk", "--set", "network=sms")[0] == 0
    return call


def queue(tmp_path: Path, text: str) -> int:
    """Queue a broadcast's message as the program does; returns its id."""
    from desktop_inbox.models.entities.message import SenderKind

    (path,) = tmp_path.rglob("inbox.db")
    store = Store.open(sqlite_url(path))
    try:

        def add(work):  # type: ignore[no-untyped-def]
            known = work.contacts.find_address(Scheme.TEL, "+14155550148")
            contact = work.contacts.add([(Scheme.TEL, "+14155550148")]) if known is None else None
            address = contact.addresses[0] if contact is not None else known
            new = NewMessage(
                conversation_id=work.conversations.of_contact(address.contact_id),
                text=text,
                channel_id=work.channels.all()[0].id,
                address_id=address.id,
                client_uuid=text,
                sender_kind=SenderKind.BROADCAST,
            )
            return Enqueue(Gate()).one(work, new)

        return int(store.run_sync(add))
    finally:
        store.close()


@pytest.mark.row("S5-17", "S5-23")
def test_teams_hours_and_days_off(cli: Callable[..., Told]) -> None:
    assert cli("team", "add", "Sales")[0] == 0
    assert cli("team", "add", "sales")[0] == EXIT_USAGE
    assert cli("team", "hours", "Sales", "--set", "mon-fri 8-12, 13:00-20:00", "--set", "sat 10:00-14:00")[0] == 0
    person = json.loads(cli("--json", "user", "list")[1])["name"]
    assert cli("team", "join", "Sales", person)[0] == 0
    _code, told, _err = cli("team", "list")
    assert f"Sales: {person}" in told
    assert "mon 08:00–12:00, 13:00–20:00" in told
    assert "sat 10:00–14:00 by the recipient's clock" in told
    assert "The office: at any time" in told
    assert cli("team", "channels", "Sales", "Elsewhere")[0] == EXIT_NOT_FOUND
    assert f"Sales: {person}; sends to many by Desk" in cli("team", "channels", "Sales", "Desk")[1]
    assert "sends to many" not in cli("team", "channels", "Sales")[1]
    assert cli("team", "hours", "office", "--preset", "us")[0] == 0
    assert "The office: mon 08:00–21:00" in cli("team", "list")[1]
    assert "not legal advice" in cli("team", "presets")[1]
    assert cli("team", "hours", "office", "--as-office")[0] == EXIT_USAGE
    assert cli("team", "hours", "Sales", "--as-office")[0] == 0
    assert cli("team", "holiday", "2026-12-25", "Christmas", "--yearly")[0] == 0
    assert "25 December, every year  Christmas" in cli("team", "holidays")[1]
    assert cli("team", "holiday", "2026-12-25", "--remove")[0] == 0
    assert cli("team", "holiday", "2026-12-25", "--remove")[0] == EXIT_NOT_FOUND
    assert cli("team", "leave", person)[0] == 0
    assert cli("team", "rename", "Sales", "Sales team")[0] == 0
    assert cli("team", "delete", "Sales team")[0] == 0
    assert cli("team", "delete", "Sales team")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S5-17")
def test_what_waits_for_its_time_is_moved(cli: Callable[..., Told], tmp_path: Path) -> None:
    assert cli("team", "hours", "office", "--set", "mon 00:00-00:01")[0] == 0
    key = queue(tmp_path, "An offer")
    code, told, _err = cli("--json", "team", "move", "--message", str(key))
    assert code == 0
    assert json.loads(told)["message"] == key
    assert cli("team", "move", "--message", str(key))[0] == EXIT_PROBLEMS  # it waits for its time now, not for a person


@pytest.mark.row("S5-24", "S5-25", "S5-26")
def test_terms_are_listed_tested_and_decided_about(cli: Callable[..., Told], tmp_path: Path) -> None:
    assert cli("term", "add", "Casino")[0] == 0
    assert json.loads(cli("--json", "term", "add", "https://www.bit.ly/x")[1])["kind"] == "link"
    assert cli("term", "add", "cásino")[0] == EXIT_USAGE
    assert cli("term", "test", "A casino")[0] == EXIT_PROBLEMS
    assert cli("term", "test", "Scunthorpe")[0] == 0
    assert cli("term", "off", "casino")[0] == 0
    assert "Casino  (word, off)" in cli("term", "list")[1]
    assert cli("term", "on", "casino")[0] == 0
    assert cli("term", "kinds", "fax")[0] == EXIT_USAGE
    assert cli("term", "kinds", "tel", "whatsapp")[1].strip() == "tel whatsapp"
    key = queue(tmp_path, "A casino")
    assert "[Casino]  A casino" in cli("term", "review")[1]
    assert cli("term", "allow", str(key), "--note", "A film")[0] == 0
    assert "A film" in cli("term", "log")[1]
    assert cli("term", "review")[1] == ""
    assert cli("term", "keep", str(key))[0] == EXIT_PROBLEMS
    kept = queue(tmp_path, "Another casino")
    assert cli("term", "keep", str(kept))[0] == 0
    assert cli("term", "delete", "casino")[0] == 0
    assert cli("term", "delete", "casino")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S5-17")
def test_hours_are_typed_in_many_ways() -> None:
    assert spans_of("8-12; 13:30–18:00") == ((480, 720), (810, 1080))
    assert spans_text(spans_of("8-12, 22:00-24:00")) == "08:00–12:00, 22:00–24:00"
    assert spans_of("") == ()
    assert hours_of(["fri-mon 22:00-02:00"]).days[1] == ((0, 120),)
    for wrong in ("8", "8-8", "25-26", "noon-3", "8-9-10"):
        with pytest.raises(InvalidInputError):
            spans_of(wrong)
    for wrong in ("08:00-20:00", "someday 8-12", "mon-xyz 8-12"):
        with pytest.raises(InvalidInputError):
            hours_of([wrong])
