"""Saved replies, variables and the consent message from the command line: the same services as the window."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_REFUSED, EXIT_USAGE
from tests.integration.test_cli import Told, cli, home, lines, office

__all__ = ["cli", "home", "office"]


@pytest.mark.row("S4-52")
def test_snippets_come_in_as_csv_are_listed_and_go_out_again(office: Callable[..., Told], tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("folder,name,shortcut,text\nDesk,Hours,hours,Open 8 to 18\n,Bye,,See you\n", encoding="utf-8")
    assert office("snippet", "import", str(source)) == (0, "2 new, 0 changed, 0 as before.\n", "")
    (found,) = lines(office("--json", "snippet", "list", "hours")[1])
    assert (found["shortcut"], found["folder"], found["content"]) == ("hours", "Desk", "Open 8 to 18")
    assert office("snippet", "export", str(target))[0] == 0
    assert office("snippet", "import", str(target))[1] == "0 new, 0 changed, 2 as before.\n"
    source.write_text("name,text\n,nothing\n", encoding="utf-8")
    assert office("snippet", "import", str(source))[0] == 1


@pytest.mark.row("S3-58", "D-19")
def test_a_variable_without_a_value_is_refused_there_too(office: Callable[..., Told]) -> None:
    code, _, errors = office("send", "+14155550148", "From $contact.country")
    assert code == EXIT_REFUSED
    assert "$contact.country" in errors
    assert office("send", "+14155550148", "From $contact.country|abroad, $contact.phone", "--now")[0] == 0
    found = lines(office("--json", "search", "abroad")[1])
    assert [hit["snippet"] for hit in found if "snippet" in hit] == ["From abroad, +14155550148"]


@pytest.mark.row("S4-19", "S4-20", "S4-22")
def test_the_consent_message_is_set_shown_and_goes_first(office: Callable[..., Told]) -> None:
    code, _, errors = office("consent", "set", "We write to you. Reply STOP to end.")
    assert code == EXIT_USAGE
    assert "name" in errors
    assert office("consent", "show")[1] == "No consent message goes first.\n"
