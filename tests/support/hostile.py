"""Sixty strings that strangers may send, and the means to prove that nothing comes of them (P21).

``{picture}`` stands for a file whose every pixel is pure red: where it shows, something was loaded.
"""

import os
from pathlib import Path

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

RED = QColor(255, 0, 0)
_LONG_AGO = 1_000_000_000.0  # an access time that only a read changes

_PATTERNS: tuple[str, ...] = (
    "<img src='{picture}'>",
    "<img src='file://{picture}' width=200 height=200>",
    '<b>bold</b> <img src="{picture}">',
    "<html><body><img src='{picture}'></body></html>",
    "<qt><img src='{picture}'></qt>",
    "<!DOCTYPE html><img src='{picture}'>",
    "<table background='{picture}'><tr><td>cell</td></tr></table>",
    "<body background='{picture}'>text</body>",
    "<div style=\"background-image: url('{picture}')\">text</div>",
    "<p style='background: red'>red</p>",
    "<font color=#ff0000 size=7>red</font>",
    "<span style='color:#f00;background-color:#f00'>red</span>",
    "<style>* {{ background: red }}</style>text",
    "<link rel=stylesheet href='{picture}'>",
    "<object data='{picture}'></object>",
    "<embed src='{picture}'>",
    "<iframe src='file://{picture}'></iframe>",
    "<script>alert(1)</script>",
    "<a href='file://{picture}'>open</a>",
    "<a href='javascript:alert(1)'>click</a>",
    "<svg><image href='{picture}'/></svg>",
    "<video src='{picture}' autoplay>",
    "<img src='http://127.0.0.1:9/x.png'>",
    '<img src="qrc:/x.png" onerror=alert(1)>',
    "<meta http-equiv=refresh content='0;url=file://{picture}'>",
    "<h1>Large</h1>",
    "<hr><hr><hr>",
    "<br>" * 50,
    "<ul><li><img src={picture}></ul>",
    "<p>&lt;img src='{picture}'&gt;</p>",
    "&lt;img src='{picture}'&gt;",
    "&#60;img src='{picture}'&#62;",
    "![picture]({picture})",
    "![picture](file://{picture})",
    "[click](javascript:alert(1))",
    "# Heading\n\n* item\n\n| a | b |\n|---|---|",
    "<{picture}>",
    "file://{picture}",
    "{picture}",
    "smb://127.0.0.1/share/x.exe",
    "\\\\127.0.0.1\\share\\x.exe",
    "javascript:alert(document.domain)",
    "ms-msdt:/id PCWDiagnostic",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://user:secret@example.org/",
    "https://example.org\u202e/gpj.exe",
    "\u202eexe.gpj",
    "a\u2066b\u2067c\u2068d\u2069e\u202a\u202b\u202c\u202d",
    "zero\u200bwidth\u200cjoined\u200dtext\ufeff",
    "nul\x01\x02\x03\x07\x08\x1b[31mred\x1b[0m",
    "e" + "\u0301" * 2000,
    "ﷺ" * 50,
    "W" * 3000,
    '=HYPERLINK("http://example.org","x")',
    "=cmd|' /C calc'!A0",
    "%s%s%s%n {{0}} {{name}} ${{jndi:ldap://127.0.0.1/a}}",
    "&File\t&Edit\tCtrl+Q",
    "'; DROP TABLE messages; --",
    "<qt>\n<img\nsrc\n=\n'{picture}'\n>",
)


def hostile_strings(picture: Path) -> tuple[str, ...]:
    """Return the strings; those that load something would load ``picture``."""
    made = tuple(pattern.format(picture=picture) for pattern in _PATTERNS)
    assert len(made) == 60
    return made


def red_picture(folder: Path) -> Path:
    """Write the probe and return its place; ``was_read`` tells later whether anybody opened it."""
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(RED)
    path = folder / "probe.png"
    assert image.save(str(path))
    os.utime(path, (_LONG_AGO, path.stat().st_mtime))
    return path


def was_read(path: Path) -> bool:
    """Return whether the probe was read since it was written.

    The time of the last access tells; where the file system keeps none, nothing can be said and False is
    returned, so the pixels alone decide.
    """
    read = path.stat().st_atime != _LONG_AGO
    if not read:
        path.read_bytes()
        keeps_times = path.stat().st_atime != _LONG_AGO
        os.utime(path, (_LONG_AGO, path.stat().st_mtime))
        if not keeps_times:
            return False
    return read


def red_pixels(widget: QWidget) -> int:
    """Return how many pixels of a widget are pure red; nothing of ours is."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return memoryview(image.constBits()).cast("I").tolist().count(RED.rgba())
