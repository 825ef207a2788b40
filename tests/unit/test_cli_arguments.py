"""Arguments that make no sense are refused where they are read, before any database sees them."""

import pytest

from desktop_inbox.cli.parser import build_parser


@pytest.mark.parametrize(
    "command", [["search", "x"], ["broadcast", "list"], ["message", "list", "--folder=inbox"]], ids=" ".join
)
def test_rows_are_asked_for_in_numbers_that_there_are(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    parser = build_parser()
    for limit in ("0", "-5", "1e3", "٣", "9" * 30, ""):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args([*command, f"--limit={limit}"])
        assert ended.value.code == 2
        assert "is not a number from 1" in capsys.readouterr().err
    assert parser.parse_args([*command, "--limit=7"]).limit == 7
