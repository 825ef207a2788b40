"""Colours, text size and the rule that only the theme knows colours."""

import re
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QListView

from desktop_inbox.views.motion import is_reduced_by_system
from desktop_inbox.views.panes.timeline_overlays import Highlight
from desktop_inbox.views.resources import resource_dir
from desktop_inbox.views.theme import DARK, LIGHT, TextRole, ThemeMode, Tokens, avatar_colors, theme
from tests.support.qt import Stage

VIEWS = Path(__file__).parents[3] / "desktop_inbox" / "views"
THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]

TEXT = [
    ("text", "surface"), ("text", "window"), ("text", "selection"), ("text", "hover"), ("text", "inbound"),
    ("muted", "surface"), ("muted", "window"), ("muted", "selection"), ("muted", "hover"), ("muted", "inbound"),
    ("accent_text", "surface"), ("accent_text", "selection"), ("accent_text", "window"),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_comment", "comment"),
    ("success", "surface"), ("success", "inbound"), ("warning", "surface"),
    ("attention", "surface"), ("attention", "selection"), ("attention", "window"), ("attention", "inbound"),
    ("on_attention", "attention"), ("on_mark", "mark"), ("surface", "text"),
]  # fmt: skip
SHAPES = [("border", "surface"), ("border", "window"), ("accent_text", "hover"), ("success", "selection")]


def luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.row("A05")
@pytest.mark.parametrize("tokens", THEMES)
@pytest.mark.parametrize(("front", "ground"), TEXT)
def test_text_can_be_read(tokens: Tokens, front: str, ground: str) -> None:
    values = asdict(tokens)
    assert contrast(QColor(values[front]), QColor(values[ground])) >= 4.5


@pytest.mark.row("A05", "A04")
@pytest.mark.parametrize("tokens", THEMES)
@pytest.mark.parametrize(("front", "ground"), SHAPES)
def test_borders_icons_and_focus_rings_can_be_seen(tokens: Tokens, front: str, ground: str) -> None:
    values = asdict(tokens)
    assert contrast(QColor(values[front]), QColor(values[ground])) >= 3


@pytest.mark.row("A05")
@pytest.mark.parametrize("dark", [False, True])
def test_initials_can_be_read_on_every_hue(dark: bool) -> None:
    assert all(contrast(*avatar_colors(contact_id, dark=dark)) >= 4.5 for contact_id in range(400))


@pytest.mark.row("T02")
def test_no_module_but_the_theme_names_a_colour() -> None:
    named = re.compile(r"""["']#[0-9a-fA-F]{3,8}\b|GlobalColor\.(?!transparent)|QColor\(\s*\d|\brgba?\(""")
    offenders = [
        f"{path.relative_to(VIEWS)}: {line.strip()}"
        for path in VIEWS.rglob("*.py")
        if path.name != "theme.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if named.search(line)
    ]
    assert offenders == []


@pytest.mark.row("T02")
def test_small_pictures_of_the_style_sheet_have_the_colours_of_the_theme() -> None:
    styles = resource_dir() / "styles"
    for name, tokens in (("light", LIGHT), ("dark", DARK)):
        assert tokens.muted in (styles / f"chevron-down-{name}.svg").read_text()
        assert tokens.muted in (styles / f"chevron-up-{name}.svg").read_text()
        assert tokens.on_accent in (styles / "check-on-accent.svg").read_text()


@pytest.mark.row("T01")
def test_palette_and_style_sheet_follow_the_chosen_mode(stage: Stage) -> None:
    for mode, tokens in ((ThemeMode.DARK, DARK), (ThemeMode.LIGHT, LIGHT)):
        theme().set_mode(mode)
        assert stage.app.palette().color(QPalette.ColorRole.Window) == QColor(tokens.surface)
        assert tokens.line in stage.app.styleSheet()


@pytest.mark.row("T01")
def test_the_system_is_followed_live(stage: Stage) -> None:
    theme().set_mode(ThemeMode.SYSTEM)
    heard: list[int] = []
    connection = theme().changed.connect(lambda: heard.append(theme().generation))
    QApplication.styleHints().colorSchemeChanged.emit(QApplication.styleHints().colorScheme())
    assert len(heard) == 1
    theme().set_mode(ThemeMode.LIGHT)
    QApplication.styleHints().colorSchemeChanged.emit(QApplication.styleHints().colorScheme())
    assert len(heard) == 2  # only the explicit choice
    theme().disconnect(connection)


@pytest.mark.row("A08", "K21")
def test_text_grows_and_shrinks_within_bounds(stage: Stage) -> None:
    theme().set_scale(200)
    assert theme().font(TextRole.BODY).pixelSize() == 28
    assert stage.app.font().pixelSize() == 28
    theme().set_scale(500)
    assert theme().scale == 200
    theme().set_scale(10)
    assert theme().scale == 80


def test_a_font_can_be_changed_without_changing_the_theme(stage: Stage) -> None:
    theme().font().setPixelSize(99)
    assert theme().font().pixelSize() == 14


@pytest.mark.row("A11", "L16")
@pytest.mark.parametrize("reduced", [False, True])
def test_a_found_message_fades_only_where_movement_is_wanted(stage: Stage, reduced: bool) -> None:
    theme().set_reduced_motion(reduced=reduced)
    delegate, seen = SimpleNamespace(lit=None), set[tuple[int, float] | None]()
    view = QListView()
    stage.show(view, 200, 200)
    Highlight(delegate, view).show(7)  # type: ignore[arg-type]

    def is_over() -> bool:
        seen.add(delegate.lit)
        return delegate.lit is None

    stage.until(is_over)
    theme().set_reduced_motion(reduced=False)
    strengths = {lit[1] for lit in seen if lit is not None}
    assert (strengths == {1.0}) is reduced


@pytest.mark.row("A11")
def test_the_system_is_asked_whether_movement_is_wanted(tmp_path: Path) -> None:
    assert not is_reduced_by_system("linux")
    assert not is_reduced_by_system("darwin", tmp_path)
    if sys.platform != "darwin":  # there the file has another form, which nobody may write by hand
        path = tmp_path / "Library/Preferences/com.apple.universalaccess.plist"
        path.parent.mkdir(parents=True)
        path.write_text("[General]\nreduceMotion=true\n")
        assert is_reduced_by_system("darwin", tmp_path)
    if sys.platform != "win32":
        assert not is_reduced_by_system("win32")
