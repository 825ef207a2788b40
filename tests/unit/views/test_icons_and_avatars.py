"""Icons follow colours, densities and reading direction; initials work in every script."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QToolButton

from desktop_inbox.views.avatars import avatar_pixmap, initials
from desktop_inbox.views.icons import bind_icon, icon, icon_pixmap
from desktop_inbox.views.resources import resource_dir
from desktop_inbox.views.theme import DARK, LIGHT, ThemeMode, theme
from tests.support.qt import Stage

VIEWS = Path(__file__).parents[3] / "desktop_inbox" / "views"


def colors(image: QImage) -> set[str]:
    spots = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(*spot).name() for spot in spots if image.pixelColor(*spot).alpha() == 255}


@pytest.mark.row("T02", "A09")
def test_icons_have_the_colour_of_their_token_and_the_pixels_of_the_screen(stage: Stage) -> None:
    for density in (1.0, 1.5, 2.0):
        pixmap = icon_pixmap("plus", "attention", 20, density=density)
        assert pixmap.width() == round(20 * density)
        assert pixmap.devicePixelRatio() == density
    assert LIGHT.attention in colors(icon_pixmap("plus", "attention", 40).toImage())


@pytest.mark.row("T01")
def test_a_bound_icon_follows_theme_and_text_size(stage: Stage) -> None:
    button = QToolButton()
    bind_icon(button, "plus", "text", size=40)
    before = colors(button.icon().pixmap(40, 40).toImage())
    theme().set_mode(ThemeMode.DARK)
    theme().set_scale(200)
    after = colors(button.icon().pixmap(80, 80).toImage())
    assert LIGHT.text in before
    assert DARK.text in after
    assert button.iconSize().width() == 80
    bind_icon(button, "x", "text", size=20)
    assert len([child for child in button.children() if child.objectName() == "icon-binding"]) == 1


@pytest.mark.row("T03")
def test_icons_that_point_are_mirrored(stage: Stage) -> None:
    there = icon_pixmap("send", "text", 24).toImage()
    plain = icon_pixmap("plus", "text", 24).toImage()
    stage.app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert icon_pixmap("send", "text", 24).toImage() != there
        assert icon_pixmap("plus", "text", 24).toImage() == plain
    finally:
        stage.app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_icons_come_with_their_licence() -> None:
    assert "ISC License" in (resource_dir() / "icons" / "LICENSE").read_text(encoding="utf-8")


def test_an_icon_has_a_picture_for_the_disabled_state(stage: Stage) -> None:
    shown = icon("send", "accent_text").pixmap(20, 20)
    assert not shown.isNull()


@pytest.mark.row("L04", "T05", "T06")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Maria Gómez", "MG"),
        ("Ana María de la Cruz", "AC"),
        ("陈美玲", "陈"),
        ("김민수", "김"),
        ("أمينة خليل", "أخ"),
        ("+1 415 555 0137", "+1"),
        ("0171 2345", "01"),
        ("Cher", "CH"),
        ("👩‍👩‍👧‍👦 Family", "👩‍👩‍👧‍👦"),
        ("@sam:example.org", "@S"),
        ("", "?"),
        ("\u202e", "?"),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_contact_keeps_its_colour(stage: Stage) -> None:
    one, again, other = (avatar_pixmap(number, "A B", 40).toImage() for number in (1, 1, 2))
    assert one == again
    assert one.pixelColor(20, 3) != other.pixelColor(20, 3)
