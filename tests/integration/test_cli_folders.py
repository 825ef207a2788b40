"""Folders and labels from the command line, on a real profile."""

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_USAGE
from desktop_inbox.clock import now
from desktop_inbox.config import Config
from desktop_inbox.models.store import Store
from tests.integration.test_cli import cli, home, lines, office  # noqa: F401 - fixtures
from tests.integration.test_cli_states import Call, people  # noqa: F401 - fixtures
from tests.support.filed import FolderDesk
from tests.support.offices import Office


@pytest.fixture
def ids(people: Call) -> list[int]:  # noqa: F811
    """Three messages that Maria wrote, beside the two that the office queued."""
    store = Store.open(Config.load(None).database_url, clock=now)
    try:
        user = store.read_sync(lambda work: work.users.all()[0])
        channel = store.read_sync(lambda work: work.channels.all()[0])
        desk = FolderDesk.__new__(FolderDesk)
        desk.office = Office(url="", store=store, clock=now, user=user, channel=channel)  # type: ignore[arg-type]
        desk.store = store
        desk.people = [store.read_sync(lambda work: work.contacts.find("5550148", limit=1))[0]]
        return [
            store.run_sync(lambda work, text=text: desk.received(work, text))  # type: ignore[misc]
            for text in ("one", "two parking", "three parking")
        ]
    finally:
        store.close()


@pytest.mark.row("S1-10", "S1-02", "S1-13", "S1-15")
def test_messages_are_listed_labelled_archived_and_restored(people: Call, ids: list[int]) -> None:  # noqa: F811
    def told(*arguments: str) -> list[dict[str, object]]:
        code, out, errors = people("--json", "message", *arguments)
        assert code == 0, errors
        return lines(out)

    def numbers() -> dict[object, object]:
        return {row["folder"]: row["messages"] for row in told("folders")}

    assert numbers()["inbox"] == 3
    assert numbers()["outbox"] == len(told("list", "--folder", "outbox")) == 2
    rows = told("list", "--folder", "inbox", "--search", "parking")
    assert [row["message"] for row in rows] == ids[:0:-1]
    assert told("label", str(ids[0]), "--name", "VIP")[0]["count"] == 1
    assert lines(people("--json", "label", "list")[1])[0]["messages"] == 1
    assert [row["labels"] for row in told("list", "--of-label", "vip")] == [["VIP"]]
    assert told("label", str(ids[0]), "--name", "VIP", "--off")[0]["count"] == 1
    assert told("archive", "--folder", "inbox", "--search", "parking")[0]["count"] == 2
    assert (numbers()["inbox"], numbers()["archived"]) == (1, 2)
    assert told("restore", str(ids[1]))[0]["count"] == 1
    assert people("undo")[0] == 0
    assert numbers()["archived"] == 2
    assert people("label", "add", "vip")[0] == EXIT_USAGE
    assert people("label", "remove", "VIP")[0] == 0
    assert people("label", "remove", "VIP")[0] == EXIT_NOT_FOUND


@pytest.mark.row("S1-14", "S1-04")
def test_what_must_not_be_is_refused_with_a_sentence(people: Call, ids: list[int]) -> None:  # noqa: F811
    code, _, errors = people("message", "delete", str(ids[0]), "--yes")
    assert (code, "archived" in errors) == (EXIT_USAGE, True)
    sent = lines(people("--json", "message", "list", "--folder", "outbox")[1])[0]["message"]
    code, _, errors = people("message", "archive", str(sent))
    assert (code, "cannot be archived" in errors) == (EXIT_USAGE, True)
    code, _, errors = people("message", "label", str(sent), "--name", "VIP")
    assert (code, "Only incoming" in errors) == (EXIT_USAGE, True)
    assert people("message", "archive")[0] == EXIT_USAGE
    assert people("message", "archive", "123456")[0] == EXIT_NOT_FOUND
    assert people("message", "archive", str(ids[0]))[0] == 0
    code, _, errors = people("message", "delete", str(ids[0]))
    assert (code, "1 messages" in errors and "--yes" in errors) == (EXIT_USAGE, True)
    assert people("message", "delete", str(ids[0]), "--yes")[0] == 0
    assert people("message", "restore", str(ids[0]))[0] == 0
    assert lines(people("--json", "message", "list", "--folder", "archived")[1]) == []
