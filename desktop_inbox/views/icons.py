"""Icons: line drawings recoloured by token and drawn for each screen density."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from desktop_inbox.views.resources import resource_dir
from desktop_inbox.views.theme import theme

#: Stroke of 1.75 px at 24 px, a little lighter than the originals.
_STROKE = ('stroke-width="2"', 'stroke-width="1.75"')
#: Icons that point along the reading direction and are mirrored when it is reversed (T03).
_DIRECTIONAL = frozenset(
    {
        "send",
        "send-horizontal",
        "chevron-right",
        "chevron-left",
        "arrow-left",
        "arrow-right",
        "arrow-up-right",
        "arrow-down-left",
        "panel-right",
        "undo-2",
        "reply",
        "external-link",
    }
)


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return (resource_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace(*_STROKE)


@lru_cache(maxsize=1024)
def _draw(name: str, color: str, size: int, density: float, mirrored: bool) -> QPixmap:
    pixels = max(1, round(size * density))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if mirrored:
        painter.translate(pixels, 0)
        painter.scale(-1, 1)
    svg = QByteArray(_source(name).replace("currentColor", color).encode())
    QSvgRenderer(svg).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(density)
    return pixmap


def icon_pixmap(name: str, color: str, size: int, *, density: float = 1.0) -> QPixmap:
    """Return the icon ``name`` (Lucide) in the colour of the token ``color``, ``size`` logical pixels wide."""
    return _draw(name, getattr(theme().tokens, color), size, density, _mirrored(name))


def icon(name: str, color: str = "text", *, checked: str | None = None, size: int = 20) -> QIcon:
    """Return a QIcon in the colours in force; it does not follow a later change (see ``bind_icon``)."""
    result = QIcon()
    tokens = theme().tokens
    states = [
        (getattr(tokens, color), QIcon.Mode.Normal, QIcon.State.Off),
        (tokens.muted, QIcon.Mode.Disabled, QIcon.State.Off),
    ]
    if checked:
        states.append((getattr(tokens, checked), QIcon.Mode.Normal, QIcon.State.On))
    for value, mode, state in states:
        for density in _densities():
            result.addPixmap(_draw(name, value, size, density, _mirrored(name)), mode, state)
    return result


@lru_cache(maxsize=64)
def _dot(color: str, size: int, density: float) -> QPixmap:
    pixmap = QPixmap(round(size * density), round(size * density))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(pixmap.rect())
    painter.end()
    pixmap.setDevicePixelRatio(density)
    return pixmap


def dot(color: str, *, size: int = 8) -> QPixmap:
    """Return a dot in the colour of a token; ``size`` in pixels at 100 %."""
    return _dot(getattr(theme().tokens, color), theme().px(size), max(_densities()))


def _densities() -> set[float]:
    """Return the densities of the screens there are, so that a window that moves stays crisp."""
    return {screen.devicePixelRatio() for screen in QGuiApplication.screens()} or {1.0}


def bind_icon(
    target: QAbstractButton | QAction,
    name: str,
    color: str = "text",
    *,
    checked: str | None = None,
    size: int = 18,
) -> None:
    """Give a button or action an icon that follows theme and text size; a second call replaces the first."""
    _IconBinding.of(target).show(name, color, checked, size)


class _IconBinding(QObject):
    """Child of its target: dies with it and so stops listening."""

    def __init__(self, target: QAbstractButton | QAction) -> None:
        super().__init__(target)
        self.setObjectName("icon-binding")
        self._target = target
        self._spec: tuple[str, str, str | None, int] = ("circle", "text", None, 18)
        theme().changed.connect(self._apply)

    @staticmethod
    def of(target: QAbstractButton | QAction) -> "_IconBinding":
        found = target.findChild(_IconBinding, "icon-binding", Qt.FindChildOption.FindDirectChildrenOnly)
        return found if found is not None else _IconBinding(target)

    def show(self, name: str, color: str, checked: str | None, size: int) -> None:
        self._spec = (name, color, checked, size)
        self._apply()

    def _apply(self) -> None:
        name, color, checked, size = self._spec
        pixels = theme().px(size)
        self._target.setIcon(icon(name, color, checked=checked, size=pixels))
        if isinstance(self._target, QAbstractButton):
            self._target.setIconSize(QSize(pixels, pixels))


def _mirrored(name: str) -> bool:
    return name in _DIRECTIONAL and QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
