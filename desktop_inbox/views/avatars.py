"""Avatars: initials on a hue of the contact's own."""

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt, QTextBoundaryFinder
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.theme import avatar_colors, theme


def initials(name: str) -> str:
    """Return one or two characters for a name: "MG", "陈", and "+1" for a number."""
    words = plain_name(name).split()
    if not words:
        return "?"
    if words[0].startswith(("+", "(")) or words[0][0].isdigit():
        return words[0][:2]
    first = _first_character(words[0])
    if not first.isascii() and not first.isalpha():
        return first  # an emoji stands alone
    if _is_ideograph(first) or len(words) == 1:
        return first.upper() if _is_ideograph(first) or not first.isascii() else words[0][:2].upper()
    last = _first_character(words[-1])
    return (first + last).upper() if last.isalpha() else first.upper()


def avatar_pixmap(contact_id: int, name: str, size: int, *, density: float = 1.0) -> QPixmap:
    """Return a round picture ``size`` logical pixels wide."""
    return _draw(contact_id, initials(name), size, density, theme().dark, QApplication.font().family())


@lru_cache(maxsize=2048)
def _draw(contact_id: int, text: str, size: int, density: float, dark: bool, family: str) -> QPixmap:
    pixels = max(1, round(size * density))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    background, foreground = avatar_colors(contact_id, dark=dark)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(background)
    painter.drawEllipse(QRectF(0, 0, pixels, pixels))
    font = QFont(family)
    font.setPixelSize(max(1, round(pixels * 0.4)))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(foreground)
    painter.drawText(QRectF(0, 0, pixels, pixels), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    pixmap.setDevicePixelRatio(density)
    return pixmap


def _first_character(word: str) -> str:
    """Return the first character as people see it: an emoji with its joiners stays whole."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, word)
    end = finder.toNextBoundary()
    # Qt counts UTF-16 units.
    return word.encode("utf-16-le")[: end * 2].decode("utf-16-le") if end > 0 else word[:1]


def _is_ideograph(char: str) -> bool:
    return "\u2e80" <= char[0] <= "\u9fff" or "\uac00" <= char[0] <= "\ud7af" or "\U00020000" <= char[0] <= "\U0003ffff"
