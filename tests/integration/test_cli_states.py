"""Conversations and people from the command line, on a real profile."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_REFUSED, EXIT_USAGE
from desktop_inbox.clock import now
from desktop_inbox.config import Config
from desktop_inbox.models.store import Store
from desktop_inbox.services.settings import DELETION
from tests.integration.test_cli import Told, cli, home, lines, office  # noqa: F401 - fixtures

MARIA, TOM = "+14155550148", "+14155550137"

Call = Callable[..., Told]


@pytest.fixture
def people(office: Call) -> Call:  # noqa: F811
    """An office in which two people were written to."""
    for address in (MARIA, TOM):
        code, _, errors = office("send", address, f"Hello {address}")
        assert code == 0, errors
    return office


def state(call: Call, address: str = MARIA) -> dict[str, object]:
    code, out, errors = call("--json", "conversation", "show", address)
    assert code == 0, errors
    (row,) = lines(out)
    return row


@pytest.mark.row("S2-66", "S2-67")
def test_conversations_are_assigned_and_closed(people: Call) -> None:
    assert people("user", "add", "Sam Okoro")[0] == 0
    code, out, errors = people("--json", "conversation", "assign", MARIA, TOM, "--to", "sam okoro")
    assert (code, errors) == (0, "")
    assert lines(out) == [{"action": "assign", "count": 2}]
    assert state(people)["assignee"] == "Sam Okoro"
    assert people("conversation", "done", MARIA)[0] == 0
    assert (state(people)["status"], state(people)["assignee"]) == ("done", None)
    assert lines(people("--json", "conversation", "pending", "--view", "done")[1])[0]["count"] == 1
    assert state(people)["status"] == "pending"
    assert people("conversation", "assign", MARIA, "--to", "nobody")[0] == 0
    code, _, errors = people("conversation", "assign", MARIA, "--to", "Ghost")
    assert (code, "user list" in errors) == (EXIT_NOT_FOUND, True)


@pytest.mark.row("S3-34")
def test_conversations_are_snoozed_in_plain_words(people: Call) -> None:
    assert people("conversation", "snooze", MARIA, "--until", "in 20 minutes")[0] == 0
    until = state(people)["snoozed_until"]
    assert isinstance(until, str)
    assert until < (now() + timedelta(minutes=21)).isoformat()
    assert people("conversation", "snooze", MARIA, "--until", "answer")[0] == 0
    assert (state(people)["snoozed"], state(people)["snoozed_until"]) == (True, None)
    assert people("conversation", "unsnooze", MARIA)[0] == 0
    assert state(people)["snoozed"] is False
    assert people("conversation", "snooze", MARIA, "--until", "whenever")[0] == EXIT_USAGE


@pytest.mark.row("D-20", "S4-30")
def test_what_was_done_is_listed_and_taken_back(people: Call) -> None:
    assert people("conversation", "archive", "--view", "all")[0] == 0
    assert people("conversation", "pin", MARIA)[0] == 0
    assert people("conversation", "priority", MARIA, "--to", "urgent")[0] == 0
    kinds = [step["kind"] for step in lines(people("--json", "undo", "--list")[1])]
    assert kinds == ["priority_changed", "pinned", "archived"]
    first = lines(people("--json", "undo", "--list")[1])[-1]["id"]
    assert people("undo", str(first))[0] == 0
    assert people("undo")[0] == 0
    row = state(people)
    assert (row["archived"], row["pinned"], row["priority"]) == (False, True, "none")
    assert people("undo")[0] == 0
    assert people("undo")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S4-36", "S4-37", "S4-38", "S4-39")
def test_a_deletion_is_confirmed_and_may_be_forbidden(people: Call) -> None:
    code, _, errors = people("conversation", "delete", MARIA)
    assert code == EXIT_USAGE
    assert "1 messages would be deleted" in errors
    config = Config.load(None)
    store = Store.open(config.database_url)
    store.run_sync(lambda work: work.settings.set(DELETION.key, "nobody"))
    store.close()
    code, _, errors = people("conversation", "delete", MARIA, "--yes")
    assert code == EXIT_REFUSED
    assert "switched off" in errors
    store = Store.open(config.database_url)
    store.run_sync(lambda work: work.settings.reset(DELETION.key))
    store.close()
    code, out, _ = people("--json", "conversation", "delete", MARIA, "--yes")
    assert code == 0
    assert lines(out) == [{"action": "delete", "conversations": 1, "messages": 1, "skipped": 0}]
    assert "Hello" not in people("search", "Hello", "148")[1]


def test_the_people_of_the_office(office: Call) -> None:  # noqa: F811
    assert office("user", "add", "Sam", "--role", "administrator")[0] == 0
    assert office("user", "rename", "Sam", "Samuel")[0] == 0
    assert office("user", "role", "Samuel", "agent")[0] == 0
    assert office("user", "deactivate", "Samuel")[0] == 0
    listed = lines(office("--json", "user", "list")[1])
    assert listed[-1] == {"id": 2, "name": "Samuel", "role": "agent", "active": False}
    assert office("user", "activate", "2")[0] == 0
    assert office("user", "deactivate", "1")[0] == EXIT_USAGE
    assert office("user", "rename", "Nobody", "X")[0] == EXIT_NOT_FOUND
