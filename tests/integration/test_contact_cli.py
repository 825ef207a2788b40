"""import, export contacts and contact on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_inbox.cli import EXIT_NOT_FOUND, EXIT_PROBLEMS, EXIT_USAGE
from tests.integration.test_cli import Told, cli, home, lines

__all__ = ["cli", "home"]


@pytest.mark.row("B-11", "D-24", "D-09", "C6")
def test_contacts_come_from_a_file_go_into_one_and_are_merged(cli: Callable[..., Told], tmp_path: Path) -> None:
    file, back = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text("Name,Phone,WhatsApp,Shoe\nMaria,+14155550101,,39\nMaria,,+14155550101,\nBen,12,,40\n")
    code, out, _ = cli("--json", "import", str(file), "--map", "Shoe=company", "--dry-run")
    assert (code, lines(out)[-1]["new"], lines(out)[-1]["written"]) == (EXIT_PROBLEMS, 2, False)
    code, out, _ = cli("--json", "import", str(file), "--map", "4=company", "--tag", "Fair", "--report", str(back))
    assert [(row["line"], row["outcome"]) for row in lines(out)[:-1]] == [(4, "refused")]
    assert back.read_text("utf-8-sig").count('"new"') == 2
    code, out, _ = cli("--json", "export", "contacts", str(back), "--segment", "company is 39")
    assert (code, lines(out)[0]["rows"]) == (0, 1)
    code, out, _ = cli("--json", "import", str(back), "--known", "overwrite", "--rows")
    assert [row["outcome"] for row in lines(out)[:-1]] == ["unchanged"]
    (pair,) = lines(cli("--json", "contact", "duplicates")[1])
    assert (pair["reason"], pair["certainty"]) == ("same_number", "sure")
    code, out, _ = cli("--json", "contact", "merge", str(pair["one"]), str(pair["other"]))
    merge = lines(out)[0]["merge"]
    assert cli("--json", "contact", "duplicates")[1] == ""
    assert cli("contact", "unmerge", str(merge))[0] == 0
    assert len(lines(cli("--json", "contact", "duplicates")[1])) == 1
    assert cli("contact", "unmerge", str(merge))[0] == EXIT_NOT_FOUND


@pytest.mark.row("B-11")
def test_what_is_wrong_is_told_in_a_sentence(cli: Callable[..., Told], tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("Name,Phone\nMaria,+14155550101\n")
    for arguments, code in (
        (("import", str(tmp_path / "none.csv")), EXIT_USAGE),
        (("import", str(file), "--map", "Shoe=company"), EXIT_USAGE),
        (("import", str(file), "--map", "Name=shoe"), EXIT_USAGE),
        (("contact", "merge", "Nobody", "1"), EXIT_NOT_FOUND),
    ):
        got, out, errors = cli("--json", *arguments)
        assert (got, out) == (code, "")
        assert json.loads(errors)["message"]
