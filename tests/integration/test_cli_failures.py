"""message log, message resend and import interview on a real profile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_USAGE
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from tests.integration.test_cli import Told, cli, home, lines, office

__all__ = ["cli", "home", "office"]


@pytest.fixture
def failed(office: Callable[..., Told]) -> str:
    """The id of a message that the invented town refused."""
    from desktop_inbox.services.providers.simulator import REFUSED as ENDING

    _code, out, _errors = office("--json", "send", f"+1415555{'0' * (4 - len(ENDING))}{ENDING}", "Hello", "--now")
    line = lines(out)[0]
    assert line["status"] == "failed"
    return str(line["id"])


@pytest.mark.row("S1-26")
def test_the_log_of_a_failed_message_tells_reason_remedy_and_what_was_said(
    office: Callable[..., Told],
    failed: str,
) -> None:
    code, out, errors = office("message", "log", failed)
    assert (code, errors) == (0, "")
    assert all(part in out for part in ("There is no such number", "What to do:", "Attempt 1", "> SEND", "< REFUSED"))
    (line,) = lines(office("--json", "message", "log", failed)[1])
    assert (line["status"], line["code"]) == ("failed", "no_such_number")
    (step,) = line["steps"]  # type: ignore[misc]
    assert step["exchanges"][0]["request"].endswith("Hello")  # type: ignore[index]


@pytest.mark.row("S1-25")
def test_resend_makes_a_new_message_once(office: Callable[..., Told], failed: str) -> None:
    code, out, errors = office("--json", "message", "resend", failed)
    assert (code, errors) == (0, "")
    (line,) = lines(out)
    assert str(line["message"]) == failed
    assert line["as_message"] != line["message"]
    (again,) = lines(office("--json", "message", "resend", failed)[1])
    assert again["state"] == "already"


@pytest.mark.row("S1-25")
def test_what_did_not_fail_is_refused_with_a_reason(office: Callable[..., Told]) -> None:
    sent = lines(office("--json", "send", "+14155550148", "Hello", "--now")[1])[0]["id"]
    code, out, errors = office("--json", "message", "resend", str(sent))
    assert code != 0
    assert lines(out)[0]["code"] == "not_failed"
    assert json.loads(errors)["error"] == "resend.refused"


@pytest.mark.row("S1-26")
def test_the_log_of_a_channel_tells_what_was_said_last(office: Callable[..., Told], home: Path) -> None:
    office("channel", "list")
    (name, *_) = [line["name"] for line in lines(office("--json", "channel", "list")[1])]
    assert office("channel", "log", str(name)) == (0, "", "")
    store = Store.open(f"sqlite:///{home / 'inbox.db'}")

    def keep(work: Work) -> None:
        channel = next(one for one in work.channels.all() if one.name == name)
        said = Exchange(
            kind=ExchangeKind.RECEIVE, at=work.now(), request="GET /Messages.json", response="HTTP 401",
            http_status=401, error_code="401", channel_id=channel.id,
        )  # fmt: skip
        work.exchanges.add_many([said])

    store.run_sync(keep)
    store.close()
    code, out, errors = office("channel", "log", str(name))
    assert (code, errors) == (0, "")
    assert all(part in out for part in ("Receiving", "HTTP 401", "> GET /Messages.json", "What to do:"))
    (line,) = lines(office("--json", "channel", "log", str(name))[1])
    assert (line["title"], line["code"], line["http_status"]) == ("Receiving", "401", 401)


def test_a_message_that_is_not_there_is_told(office: Callable[..., Told]) -> None:
    assert office("message", "log", "12345")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S1-08")
def test_an_interview_is_imported_once(cli: Callable[..., Told], tmp_path: Path) -> None:
    file = tmp_path / "interview.json"
    answer = {
        "question": "How is the water?",
        "asked_at": "2026-01-05T10:00:00+01:00",
        "answer": "Good",
        "answered_at": "2026-01-05T10:00:20+01:00",
    }
    value = {"id": "sub-1", "contact": {"address": "+14155550177"}, "answers": [answer] * 5}
    file.write_text(json.dumps(value), "utf-8")
    code, out, errors = cli("--json", "import", "interview", str(file))
    assert (code, errors) == (0, "")
    assert lines(out) == [{"interview": "sub-1", "stored": 10, "already": False}]
    assert lines(cli("--json", "import", "interview", str(file))[1])[0]["already"]
    found = [line for line in lines(cli("--json", "search", "water")[1]) if "snippet" in line]
    assert len(found) == 5


def test_two_files_are_no_import(cli: Callable[..., Told]) -> None:
    assert cli("import", "a.csv", "b.csv")[0] == EXIT_USAGE
