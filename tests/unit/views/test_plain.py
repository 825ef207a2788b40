"""Text from strangers stays text."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from desktop_inbox.views.plain import ElidedLabel, PlainLabel, isolated, ltr, menu_text, one_line, plain_name, set_tip
from tests.support.qt import Stage

VIEWS = Path(__file__).parents[3] / "desktop_inbox" / "views"
HOSTILE = '<img src="file:///etc/passwd"><b>hello</b>'


@pytest.mark.row("S1", "P21")
def test_labels_never_interpret(stage: Stage) -> None:
    for label in (PlainLabel(HOSTILE), ElidedLabel(HOSTILE)):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert label.text() == HOSTILE


@pytest.mark.row("S1", "P21")
def test_tips_are_escaped(stage: Stage) -> None:
    button = QPushButton()
    set_tip(button, HOSTILE)
    assert "<img" not in button.toolTip()
    assert "&lt;img" in button.toolTip()


@pytest.mark.row("S1", "S2", "P21")
def test_no_other_module_makes_a_rich_text_sink() -> None:
    banned = {"QLabel", "QMessageBox", "QTextBrowser", "QErrorMessage", "QWhatsThis"}
    methods = {"setToolTip", "setWhatsThis", "setHtml", "setMarkdown", "insertHtml", "appendHtml", "setStatusTip"}
    offenders = []
    for path in VIEWS.rglob("*.py"):
        if path.name == "plain.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in banned:
                offenders.append(f"{path.name}:{node.lineno} {node.func.id}")
            if isinstance(node.func, ast.Attribute) and node.func.attr in methods:
                offenders.append(f"{path.name}:{node.lineno} {node.func.attr}")
    # The tray's tip is drawn by the system, which does not know rich text.
    assert [line for line in offenders if not line.startswith("tray.py") or "setToolTip" not in line] == []


@pytest.mark.row("F02")
def test_nothing_starts_a_nested_event_loop() -> None:
    offenders = [
        f"{path.name}:{node.lineno}"
        for path in VIEWS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr
        in ("exec", "exec_", "processEvents", "getOpenFileName", "getOpenFileNames", "getSaveFileName")
    ]
    assert offenders == []


@pytest.mark.row("S33")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        pytest.param("Ana\u202egnp.exe", "Anagnp.exe", id="override"),
        pytest.param("Ana\nDelivered", "Ana Delivered", id="lines"),
        pytest.param("\u200bAna\ufeff", "Ana", id="invisible"),
        pytest.param("  a   b ", "a b", id="spaces"),
        pytest.param("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦", id="family"),
        pytest.param("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", id="flag"),
        pytest.param("می‌خواهم", "می‌خواهم", id="persian"),
        pytest.param("x" * 200, "x" * 79 + "…", id="long"),
    ],
)
def test_names_are_cleaned_for_display(given: str, shown: str) -> None:
    assert plain_name(given) == shown


def test_one_line_drops_controls() -> None:
    assert one_line("a\r\nb\x07\tc") == "a b c"


@pytest.mark.row("T03")
def test_numbers_and_names_are_isolated() -> None:
    assert ltr("+1 415") == "\u2066+1 415\u2069"
    assert isolated("x") == "\u2068x\u2069"


def test_an_ampersand_in_a_menu_stays_one() -> None:
    assert menu_text("Smith & Sons") == "Smith && Sons"


@pytest.mark.row("S33")
def test_an_elided_label_tells_the_rest(stage: Stage) -> None:
    label = ElidedLabel("A very long name that does not fit")
    stage.show(label, 60, 20)
    label.grab()
    assert "A very long name" in label.toolTip()
    label.resize(600, 20)
    label.grab()
    assert label.toolTip() == ""
