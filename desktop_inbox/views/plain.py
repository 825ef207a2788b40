"""Plain text sinks: the only ways that text reaches a widget.

Names and messages come from strangers. Qt guesses rich text wherever it may, and rich text can load files; so
labels, tool tips and boxes are made here, and nowhere else (a test walks the sources).
"""

import html
import unicodedata

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

MAX_NAME = 80
_LINES = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\u2028": " ", "\u2029": " "})
#: Joiners that emoji and several scripts need; every other invisible format character goes.
_KEPT_FORMAT = frozenset({"\u200c", "\u200d"})
FIRST_STRONG_ISOLATE, LTR_ISOLATE, POP_ISOLATE = "\u2068", "\u2066", "\u2069"


def plain_name(name: str) -> str:
    """Return a name fit for display: one line, no control or direction characters, at most 80 long (S33)."""
    kept = (
        char
        for char in name.translate(_LINES)
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        or char in _KEPT_FORMAT
        or "\U000e0020" <= char <= "\U000e007f"  # tags of the flags of England, Scotland and Wales
    )
    text = " ".join("".join(kept).split())
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


def one_line(text: str) -> str:
    """Return ``text`` on one line, its control characters gone."""
    return " ".join("".join(c for c in text.translate(_LINES) if unicodedata.category(c) != "Cc").split())


def isolated(text: str) -> str:
    """Return ``text`` shielded, so that its direction does not disturb the sentence around it (T03)."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"


def ltr(number: str) -> str:
    """Return a phone number or the like that reads left to right in every language (T03)."""
    return f"{LTR_ISOLATE}{number}{POP_ISOLATE}"


def escaped(text: str) -> str:
    """Return ``text`` safe for a place that Qt may take for rich text."""
    return html.escape(text, quote=True).replace("\n", "<br>")


def set_tip(target: QWidget | QAction, text: str) -> None:
    """Set a tool tip that shows exactly ``text``."""
    target.setToolTip(f"<qt>{escaped(text)}</qt>" if text else "")


def menu_text(text: str) -> str:
    """Return ``text`` for a menu or a button: an ampersand stays one instead of marking a key."""
    return text.replace("&", "&&")


class PlainLabel(QLabel):
    """A label that never interprets its text. ``kind`` names its style in the style sheet."""

    def __init__(self, text: str = "", *, kind: str = "", wrap: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if kind:
            self.setProperty("kind", kind)
        self.setText(text)

    def set_kind(self, kind: str) -> None:
        """Change the style."""
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            repolish(self)


class ElidedLabel(PlainLabel):
    """A plain label on one line that shortens its text to the room it gets, and tells the rest in a tip."""

    def __init__(self, text: str = "", *, kind: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, kind=kind, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Return a width that layouts may go down to."""
        return QSize(self.fontMetrics().averageCharWidth() * 4, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the room of the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much as fits."""
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        set_tip(self, self.text() if text != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment()) | Qt.TextFlag.TextSingleLine, text)


def repolish(widget: QWidget) -> None:
    """Apply the style sheet again after a dynamic property changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def separator(parent: QWidget | None = None) -> QFrame:
    """Return a thin horizontal line."""
    line = QFrame(parent)
    line.setProperty("kind", "line")
    return line
