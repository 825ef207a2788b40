"""What the documents say of the command line is what the program understands."""

import re
import shlex
from pathlib import Path

import pytest

from desktop_inbox.cli.parser import build_parser

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXPLAINED = re.compile(r"\s{2,}.*")  # what stands behind a command in a list of them


def commands() -> list[tuple[str, str]]:
    """Every command that stands in a block of a document."""
    found = []
    for path in DOCUMENTS:
        for block in _BLOCK.findall(path.read_text(encoding="utf-8")):
            lines = (_EXPLAINED.sub("", line.strip()) for line in block.splitlines())
            found += [(path.name, line) for line in lines if re.match(r"desktop-inbox [a-z-]", line)]
    return found


def test_there_are_commands_in_the_documents() -> None:
    assert len(commands()) > 25


@pytest.mark.parametrize(("document", "line"), commands())
def test_a_command_of_the_documents_is_understood(document: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    code: object = 0
    try:
        build_parser().parse_args(shlex.split(line)[1:])
    except SystemExit as end:
        code = end.code
    assert code == 0, f"{document}: {capsys.readouterr().err}"
