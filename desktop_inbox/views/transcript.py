"""Transcript: what was said in a conversation, laid out for paper.

Only what contact and office said to each other, and comments where they are asked for: events are left out. Nothing is
ever taken for markup: the document is written with a cursor, and it can load nothing.
"""

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QImage,
    QPagedPaintDevice,
    QPainter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from desktop_inbox.models.entities.call import Call
from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.models.entities.timeline import TimelineEntry
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.plain import isolated, one_line, plain_name
from desktop_inbox.views.theme import LIGHT

_TITLE, _BODY, _SMALL = 15.0, 10.0, 8.5  # points
_FOOT = 24.0  # points that the line at the foot of a page takes
_POINTS_PER_INCH = 72
_DOTS_PER_INCH = 96  # what block margins are given in
#: Controls, and characters that Qt's documents use for themselves.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff]")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)


Said = Message | Call | Comment


def said(entries: Sequence[TimelineEntry], *, comments: bool = False) -> list[Said]:
    """Return what belongs into a transcript; ``comments``, which the contact never saw, only where asked for."""
    wanted = (Message, Call, Comment) if comments else (Message, Call)
    return [entry for entry in entries if isinstance(entry, wanted)]


class SealedDocument(QTextDocument):
    """A document that loads nothing from anywhere, whatever stands in it."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return an empty picture in place of any resource."""
        nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
        nothing.fill(Qt.GlobalColor.transparent)
        return nothing


class Transcript:
    """Writes entries into a document, a part at a time, and paints its pages."""

    def __init__(self, device: QPagedPaintDevice, words: EntryWords, formats: Formats) -> None:
        self._device, self._words, self._formats = device, words, formats
        dots = device.logicalDpiY() / _POINTS_PER_INCH
        self._page = QSizeF(device.width(), device.height() - _FOOT * dots)
        self._foot = QRectF(0, self._page.height(), self._page.width(), _FOOT * dots)
        self.document = SealedDocument()
        self.document.setUndoRedoEnabled(False)
        self.document.setDocumentMargin(0)
        self.document.documentLayout().setPaintDevice(device)
        self.document.setPageSize(self._page)
        self._cursor = QTextCursor(self.document)
        self._day = ""
        self._name = plain_name(words.contact_name) or _tr("Contact")

    def write_header(self, entries: Sequence[Said], *, office: str = "", addresses: str = "") -> None:
        """Write whom it was with, from when to when, and how much it is."""
        if office:
            self._line(plain_name(office), _SMALL, LIGHT.muted)
        self._line(
            _tr("Conversation with {name}").format(name=isolated(self._name)), _TITLE, LIGHT.text, bold=True, below=4
        )
        if addresses:
            self._line(addresses, _SMALL, LIGHT.muted)
        if entries:
            first, last = (self._formats.full_date(entry.occurred_at) for entry in (entries[0], entries[-1]))
            days = first if first == last else _tr("{first} to {last}").format(first=first, last=last)
            many = _tr("{n} entries").format(n=self._formats.number(len(entries)))
            self._line(f"{days} · {many}", _SMALL, LIGHT.muted)
        now = self._formats.clock()
        printed = _tr("Printed {day}, {time}")
        self._line(
            printed.format(day=self._formats.full_date(now), time=self._formats.time(now)), _SMALL, LIGHT.muted, below=6
        )

    def write(self, entries: Sequence[Said]) -> None:
        """Write some more entries, oldest first."""
        self._cursor.beginEditBlock()
        for entry in entries:
            day = self._formats.full_date(entry.occurred_at)
            if day != self._day:
                self._day = day
                self._line(day, _BODY, LIGHT.text, bold=True, above=14, below=2)
            self._line(self._heading(entry), _SMALL, LIGHT.muted, above=7)
            if isinstance(entry, Message):
                self._write_message(entry)
            elif isinstance(entry, Comment):
                self._write_text(entry.text)
            else:
                self._line(self._words.sentence(entry), _BODY, LIGHT.text, indent=12)
        self._cursor.endEditBlock()

    @property
    def pages(self) -> int:
        """How many pages it takes so far."""
        return self.document.pageCount()

    def paint(self, painter: QPainter, page: int) -> None:
        """Paint a page, counted from 0, with its line at the foot."""
        area = QRectF(0, page * self._page.height(), self._page.width(), self._page.height())
        painter.save()
        painter.translate(0, -area.top())
        painter.setClipRect(area)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = area
        self.document.documentLayout().draw(painter, context)
        painter.restore()
        painter.setFont(_font(_SMALL))
        painter.setPen(QColor(LIGHT.muted))
        text = _tr("{name} · page {page} of {pages}")
        painter.drawText(
            self._foot,
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextSingleLine),
            text.format(name=isolated(self._name), page=page + 1, pages=self.pages),
        )

    def _heading(self, entry: Said) -> str:
        parts = [self._formats.time(entry.occurred_at)]
        if isinstance(entry, Comment):
            return " · ".join((*parts, _tr("Comment"), isolated(plain_name(entry.author_name)) or _tr("A colleague")))
        inbound = entry.direction is Direction.IN
        if not isinstance(entry, Message):
            return parts[0]
        who = self._name if inbound else (self._words.sender(entry) or _tr("Us"))
        parts.append(isolated(who))
        if entry.channel_id is not None:
            parts.append(isolated(self._words.channel(entry.channel_id)))
        if not inbound:
            parts.append(self._words.status(entry))
        return " · ".join(parts)

    def _write_message(self, message: Message) -> None:
        if message.text:
            self._write_text(message.text)
        for attachment in message.attachments:
            words = self._words.file(attachment)
            named = _tr("File: {name} ({detail})").format(name=isolated(words.name), detail=one_line(words.detail))
            self._line(named, _BODY, LIGHT.text, indent=12)
        notice = self._words.notice(message)
        if notice:
            self._line(notice, _SMALL, LIGHT.muted, indent=12)

    def _write_text(self, said: str) -> None:
        text = said.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n")
        self._line(_UNPRINTABLE.sub("\ufffd", text).replace("\n", "\u2028"), _BODY, LIGHT.text, indent=12)

    def _line(
        self,
        text: str,
        points: float,
        color: str,
        *,
        bold: bool = False,
        indent: float = 0,
        above: float = 0,
        below: float = 0,
    ) -> None:
        """Write one paragraph; lengths in points."""
        block, letters = QTextBlockFormat(), QTextCharFormat()
        scale = _DOTS_PER_INCH / _POINTS_PER_INCH
        block.setLeftMargin(indent * scale)
        block.setTopMargin(above * scale)
        block.setBottomMargin(below * scale)
        letters.setFont(_font(points, bold=bold))
        letters.setForeground(QColor(color))  # never the palette's, which is light on a dark desktop
        if self.document.isEmpty():
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(letters)
        else:
            self._cursor.insertBlock(block, letters)
        self._cursor.insertText(text, letters)


def _font(points: float, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setPointSizeF(points)
    font.setBold(bold)
    return font
