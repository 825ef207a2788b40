"""Theme: the colours, sizes and fonts of the program; the only module that names a colour.

Widgets ask ``theme()`` for what they paint with and listen to ``changed``. The palette is our own on every
platform: the system's colour scheme is only followed, never relied on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop_inbox.views.motion import is_reduced_by_system
from desktop_inbox.views.resources import resource_dir
from desktop_inbox.views.stylesheet import build_stylesheet

READABLE = 4.5
MIN_SCALE, MAX_SCALE, SCALE_STEP = 80, 200, 10
#: Preferred families where the system has no interface font of its own.
_LINUX_FAMILIES = ("Inter", "Noto Sans")


class ThemeMode(StrEnum):
    """Which colours to use (T01)."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Colours by meaning, as ``#rrggbb``."""

    window: str  # rail, timeline, fields
    surface: str  # list, headers, composer, details
    text: str
    muted: str
    line: str  # 1 px separators
    border: str  # of inputs: 3:1 against surface
    accent: str  # outbound bubble, primary button, count badge
    accent_hover: str
    on_accent: str
    accent_text: str  # accent as text: active chip, links
    selection: str  # selected row, active rail entry, active chip
    hover: str
    inbound: str  # inbound bubble, tags, pills
    comment: str
    on_comment: str
    success: str
    warning: str
    attention: str  # unread attention, failures, draft marker (C1)
    on_attention: str
    scroll: str  # handle of a scroll bar
    mark: str  # behind found words
    on_mark: str
    shadow: str


LIGHT = Tokens(
    window="#f6f7f9",
    surface="#ffffff",
    text="#1b1f24",
    muted="#59636e",
    line="#e4e8ec",
    border="#858e98",
    accent="#1a5fd6",
    accent_hover="#1550b8",
    on_accent="#ffffff",
    accent_text="#1a5fd6",
    selection="#e6effc",
    hover="#eff2f6",
    inbound="#e9edf2",
    comment="#fff4ce",
    on_comment="#1b1f24",
    success="#177233",
    warning="#8a5300",
    attention="#b3261e",
    on_attention="#ffffff",
    scroll="#c3cad2",
    mark="#ffe58f",
    on_mark="#1b1f24",
    shadow="#1b1f24",
)
DARK = Tokens(
    window="#16191d",
    surface="#1e2227",
    text="#e6e8eb",
    muted="#9aa4ae",
    line="#2b3138",
    border="#6e7681",
    accent="#2f6fed",
    accent_hover="#2a66de",
    on_accent="#ffffff",
    accent_text="#79a8ff",
    selection="#22304a",
    hover="#262b31",
    inbound="#2a3037",
    comment="#3a3115",
    on_comment="#f3e6c0",
    success="#56d364",
    warning="#e3b341",
    attention="#ff7b72",
    on_attention="#16191d",
    scroll="#434b54",
    mark="#665214",
    on_mark="#fff4ce",
    shadow="#000000",
)


class TextRole(StrEnum):
    """Kinds of text, each with one size."""

    BODY = "body"
    STRONG = "strong"
    SECONDARY = "secondary"
    SMALL = "small"
    SECTION = "section"
    TITLE = "title"
    HEADING = "heading"


#: Pixels at 100 % and weight.
_SIZES: dict[TextRole, tuple[int, QFont.Weight]] = {
    TextRole.BODY: (14, QFont.Weight.Normal),
    TextRole.STRONG: (14, QFont.Weight.DemiBold),
    TextRole.SECONDARY: (13, QFont.Weight.Normal),
    TextRole.SMALL: (12, QFont.Weight.Normal),
    TextRole.SECTION: (11, QFont.Weight.DemiBold),
    TextRole.TITLE: (16, QFont.Weight.DemiBold),
    TextRole.HEADING: (20, QFont.Weight.DemiBold),
}


class Theme(QObject):
    """The look in force. ``changed`` fires after palette, style sheet and fonts were replaced."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mode = ThemeMode.SYSTEM
        self._scale = 100
        self._family = ""
        self._generation = 0
        self._fonts: dict[TextRole, QFont] = {}
        self.set_reduced_motion(reduced=is_reduced_by_system())
        # Kept: the object dies with its Python wrapper otherwise.
        self._hints = QGuiApplication.styleHints()
        self._hints.colorSchemeChanged.connect(self._system_changed)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._screen_added)

    @property
    def mode(self) -> ThemeMode:
        """System, light or dark, as chosen."""
        return self._mode

    @property
    def scale(self) -> int:
        """Text size in percent."""
        return self._scale

    @property
    def generation(self) -> int:
        """Grows with each change; part of the key of every cache of painted things."""
        return self._generation

    @property
    def dark(self) -> bool:
        """Whether dark colours are in force."""
        if self._mode is ThemeMode.SYSTEM:
            return self._hints.colorScheme() is Qt.ColorScheme.Dark
        return self._mode is ThemeMode.DARK

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return DARK if self.dark else LIGHT

    @property
    def reduced_motion(self) -> bool:
        """Whether movement is to be left out (A11)."""
        return self._reduced_motion

    def set_reduced_motion(self, *, reduced: bool) -> None:
        """Leave movement out, or not."""
        self._reduced_motion = reduced

    def color(self, token: str) -> QColor:
        """Return the colour of a token by name."""
        return QColor(getattr(self.tokens, token))

    def px(self, pixels: float) -> int:
        """Return a length, given at 100 %, at the text size in force (for what must fit text)."""
        return max(1, round(pixels * self._scale / 100))

    def font(self, role: TextRole = TextRole.BODY) -> QFont:
        """Return the font of a kind of text."""
        font = self._fonts.get(role)
        if font is None:
            size, weight = _SIZES[role]
            font = QFont(QApplication.font())
            font.setPixelSize(self.px(size))
            font.setWeight(weight)
            if role is TextRole.SECTION:
                font.setCapitalization(QFont.Capitalization.AllUppercase)
                font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 105)
            self._fonts[role] = font
        return QFont(font)  # a copy: fonts are changed in place

    def set_mode(self, mode: ThemeMode) -> None:
        """Choose the colours."""
        if mode is self._mode:
            return
        self._mode = mode
        self._follow_natively()
        self.apply()

    def set_scale(self, percent: int) -> None:
        """Choose the text size; clamped to 80 to 200 percent."""
        percent = min(MAX_SCALE, max(MIN_SCALE, percent))
        if percent != self._scale:
            self._scale = percent
            self.apply()

    def choose(self, *, mode: ThemeMode, scale: int) -> None:
        """Choose colours and text size at once: at start, before there are widgets."""
        self._mode, self._scale = mode, min(MAX_SCALE, max(MIN_SCALE, scale))
        self._follow_natively()
        self.apply()

    def apply(self) -> None:
        """Put palette, fonts and style sheet into force."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # noqa: S101
        self._generation += 1
        self._fonts.clear()
        if app.style().objectName() != "fusion":
            app.setStyle("Fusion")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setFamily(self._family_or_default(font.family()))
        font.setPixelSize(self.px(14))
        app.setFont(font)
        app.setPalette(self.palette())
        styles = (resource_dir() / "styles").as_posix()
        variant = "dark" if self.dark else "light"
        app.setStyleSheet(build_stylesheet(self.tokens, self.px, styles=styles, variant=variant))
        self.changed.emit()

    def palette(self) -> QPalette:
        """Return the Qt palette made of the tokens."""
        tokens, palette = self.tokens, QPalette()
        roles = {
            QPalette.ColorRole.Window: tokens.surface,
            QPalette.ColorRole.WindowText: tokens.text,
            QPalette.ColorRole.Base: tokens.surface,
            QPalette.ColorRole.AlternateBase: tokens.window,
            QPalette.ColorRole.Text: tokens.text,
            QPalette.ColorRole.PlaceholderText: tokens.muted,
            QPalette.ColorRole.Button: tokens.surface,
            QPalette.ColorRole.ButtonText: tokens.text,
            QPalette.ColorRole.BrightText: tokens.attention,
            QPalette.ColorRole.ToolTipBase: tokens.text,
            QPalette.ColorRole.ToolTipText: tokens.surface,
            QPalette.ColorRole.Highlight: tokens.accent,
            QPalette.ColorRole.HighlightedText: tokens.on_accent,
            QPalette.ColorRole.Link: tokens.accent_text,
            QPalette.ColorRole.LinkVisited: tokens.accent_text,
            QPalette.ColorRole.Light: tokens.surface,
            QPalette.ColorRole.Midlight: tokens.hover,
            QPalette.ColorRole.Mid: tokens.line,
            QPalette.ColorRole.Dark: tokens.border,
            QPalette.ColorRole.Shadow: tokens.shadow,
            QPalette.ColorRole.Accent: tokens.accent,
        }
        for role, value in roles.items():
            palette.setColor(role, QColor(value))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
        return palette

    def _family_or_default(self, system_family: str) -> str:
        if not self._family:
            self._family = system_family
            if QGuiApplication.platformName() not in ("windows", "cocoa"):
                known = set(QFontDatabase.families())
                self._family = next((name for name in _LINUX_FAMILIES if name in known), system_family)
        return self._family

    def _follow_natively(self) -> None:
        """Let title bars and native menus follow; a platform without schemes ignores it."""
        if QGuiApplication.platformName() in ("offscreen", "minimal"):
            return
        schemes = {ThemeMode.LIGHT: Qt.ColorScheme.Light, ThemeMode.DARK: Qt.ColorScheme.Dark}
        self._hints.setColorScheme(schemes.get(self._mode, Qt.ColorScheme.Unknown))

    def _screen_added(self) -> None:
        """Icons are drawn for the densities of the screens there are."""
        self._generation += 1
        self.changed.emit()

    def _system_changed(self) -> None:
        if self._mode is ThemeMode.SYSTEM:
            self.apply()


def avatar_colors(contact_id: int, *, dark: bool) -> tuple[QColor, QColor]:
    """Return background and text of a contact's initials: a hue of its own, stable for ever.

    The golden angle spreads neighbouring ids over the wheel.
    """
    hue = (contact_id * 137.508) % 360 / 360
    text = QColor(DARK.text if dark else LIGHT.text)
    lightness = 0.34 if dark else 0.78
    background = QColor.fromHslF(hue, 0.45, lightness)
    while dark and contrast(text, background) < READABLE:  # yellow and green are brighter than their lightness
        lightness -= 0.01
        background = QColor.fromHslF(hue, 0.45, lightness)
    return background, text


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


_current: list[Theme] = []


def theme() -> Theme:
    """Return the one theme of the program; made on first use, after the QApplication."""
    if not _current:
        _current.append(Theme())
    return _current[0]
