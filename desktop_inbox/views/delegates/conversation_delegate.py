"""ConversationDelegate: paints one row of the conversation list."""

from dataclasses import dataclass
from datetime import date
from unicodedata import bidirectional

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QStaticText, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary
from desktop_inbox.models.entities.ids import ConversationId, entry_time
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.formats import Formats, short_count
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.conversation_list import Role, has_failed, is_unclear, preview
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.theme import TextRole, Tokens, theme

Index = QModelIndex | QPersistentModelIndex

_CACHE_LIMIT = 1000
_MARGIN, _GAP, _ICON = 12, 10, 12


@dataclass(frozen=True, slots=True)
class _Texts:
    """Everything about a row that costs time to lay out; valid for one key."""

    key: tuple[object, ...]
    name: QStaticText
    time: QStaticText
    lead: QStaticText | None  # the word Draft
    snippet: QStaticText
    tail: QStaticText  # channel name, or the count
    bold: bool


class ConversationDelegate(QStyledItemDelegate):
    """Avatar, name, time; arrow, snippet, count or channel. Texts are cached per row and width."""

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._cache: dict[ConversationId, _Texts] = {}
        self._hint: tuple[int, QSize] = (-1, QSize())

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the row height, which follows the font."""
        if self._hint[0] != theme().generation:
            body, small = (QFontMetrics(theme().font(role)).height() for role in (TextRole.STRONG, TextRole.SECONDARY))
            height = max(theme().px(64), body + small + theme().px(4) + 2 * _MARGIN)
            self._hint = (theme().generation, QSize(theme().px(200), height))
        return self._hint[1]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        summary = index.data(Role.SUMMARY)
        if not isinstance(summary, ConversationSummary):
            return
        painter.save()
        look = theme()
        rect: QRect = option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        self._paint_ground(painter, option, rect, look.tokens)
        avatar = look.px(40)
        density = painter.device().devicePixelRatioF()
        frame = _Frame(rect, mirrored=mirrored)
        top = rect.top() + (rect.height() - avatar) // 2
        painter.drawPixmap(
            frame.place(_MARGIN, top, avatar, avatar).topLeft(),
            avatar_pixmap(summary.contact_id, summary.name, avatar, density=density),
        )
        left = _MARGIN + avatar + _GAP
        texts = self._texts(summary, rect.width() - left - _MARGIN)
        self._paint_texts(painter, frame, left, summary, texts)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, tokens: Tokens) -> None:
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().color("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme().color("hover"))
        if state & QStyle.StateFlag.State_HasFocus and getattr(option.widget, "by_keyboard", True):
            painter.setPen(QPen(theme().color("accent_text"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_texts(
        self, painter: QPainter, frame: "_Frame", left: int, summary: ConversationSummary, texts: _Texts
    ) -> None:
        look = theme()
        middle = frame.rect.center().y() + 1
        strong = look.font(TextRole.STRONG if texts.bold else TextRole.BODY)
        small, secondary = look.font(TextRole.SMALL), _snippet_font(bold=texts.bold)
        name_height = QFontMetrics(strong).height()
        line_height = QFontMetrics(secondary).height()
        top = middle - name_height - look.px(1)
        bottom = middle + look.px(2)
        right = frame.rect.width() - _MARGIN

        end = self._text(painter, frame, QPoint(left, top), texts.name, strong, "text")
        if summary.status is ConversationStatus.DONE:
            self._icon(painter, frame, end + look.px(6), top, name_height, "check", "success", 15)
        time_top = top + (name_height - QFontMetrics(small).height()) // 2
        time_left = right - _width(texts.time)
        self._text(painter, frame, QPoint(time_left, time_top), texts.time, small, "muted")

        at = left
        if summary.last_direction is not None or has_failed(summary):
            name, color = _sign(summary)
            self._icon(painter, frame, at, bottom, line_height, name, color, _ICON)
            at += look.px(_ICON + 6)
        if texts.lead is not None:
            at = self._text(painter, frame, QPoint(at, bottom), texts.lead, _snippet_font(bold=True), "attention")
            at += look.px(4)
        self._text(painter, frame, QPoint(at, bottom), texts.snippet, secondary, "text" if texts.bold else "muted")
        if texts.bold:
            self._badge(painter, frame, right, bottom, line_height, texts.tail)
        else:
            tail_top = bottom + (line_height - QFontMetrics(small).height()) // 2
            tail_left = right - _width(texts.tail)
            self._text(painter, frame, QPoint(tail_left, tail_top), texts.tail, small, "muted")

    def _text(self, painter: QPainter, frame: "_Frame", at: QPoint, text: QStaticText, font: QFont, color: str) -> int:
        width = _width(text)
        painter.setFont(font)
        painter.setPen(theme().color(color))
        painter.drawStaticText(frame.place(at.x(), at.y(), width, 1).topLeft(), text)
        return at.x() + width

    def _icon(
        self, painter: QPainter, frame: "_Frame", left: int, top: int, height: int, name: str, color: str, size: int
    ) -> None:
        pixels = theme().px(size)
        density = painter.device().devicePixelRatioF()
        spot = frame.place(left, top + (height - pixels) // 2, pixels, pixels)
        painter.drawPixmap(spot.topLeft(), icon_pixmap(name, color, pixels, density=density))

    def _badge(self, painter: QPainter, frame: "_Frame", right: int, top: int, height: int, count: QStaticText) -> None:
        size = theme().px(18)
        width = max(size, _width(count) + theme().px(10))
        spot = frame.place(right - width, top + (height - size) // 2, width, size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("accent"))
        painter.drawRoundedRect(spot, size / 2, size / 2)
        painter.setFont(_badge_font())
        painter.setPen(theme().color("on_accent"))
        text_height = round(count.size().height())
        painter.drawStaticText(
            spot.left() + (width - _width(count)) // 2, spot.top() + (size - text_height) // 2, count
        )

    def _texts(self, summary: ConversationSummary, width: int) -> _Texts:
        today: date = self._formats.today()
        key = (summary, width, theme().generation, today)
        found = self._cache.get(summary.id)
        if found is not None and found.key == key:
            return found
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache.clear()
        texts = self._cache[summary.id] = self._lay_out(summary, width, key)
        return texts

    def _lay_out(self, summary: ConversationSummary, width: int, key: tuple[object, ...]) -> _Texts:
        look = theme()
        bold = summary.unread_count > 0
        small = look.font(TextRole.SMALL)
        moment = self._formats.time_or_day(entry_time(summary.last_entry_id)) if summary.last_entry_id else ""
        time = _static(moment, small)
        done = look.px(24) if summary.status is ConversationStatus.DONE else 0
        name_font = look.font(TextRole.STRONG if bold else TextRole.BODY)
        name = _elided(plain_name(summary.name), name_font, width - _width(time) - look.px(8) - done)
        if bold:
            tail = _static(short_count(summary.unread_count), _badge_font())
            tail_room = max(look.px(18), _width(tail) + look.px(10))
        else:
            tail = _elided(plain_name(summary.channel_name), small, self._tail_room(summary, width))
            tail_room = _width(tail)
        lead = _static(self.tr("Draft"), _snippet_font(bold=True)) if summary.draft else None
        room = width - tail_room - look.px(8)
        room -= look.px(_ICON + 6) if summary.last_direction is not None else 0
        room -= _width(lead) + look.px(4) if lead is not None else 0
        snippet = _elided(preview(summary), _snippet_font(bold=bold), room)
        return _Texts(key, name, time, lead, snippet, tail, bold)

    def _tail_room(self, summary: ConversationSummary, width: int) -> int:
        """A third for the channel's name, and what the snippet leaves."""
        snippet = QFontMetrics(_snippet_font(bold=False)).horizontalAdvance(preview(summary))
        draft = QFontMetrics(_snippet_font(bold=True)).horizontalAdvance(self.tr("Draft")) if summary.draft else 0
        return max(width // 3, width - snippet - draft - theme().px(_ICON + 6 + 8 + 8))

    def forget(self) -> None:
        """Drop everything cached."""
        self._cache.clear()


class _Frame:
    """Turns places counted from the reading start of a row into pixels."""

    def __init__(self, rect: QRect, *, mirrored: bool) -> None:
        self.rect = rect
        self._mirrored = mirrored

    def place(self, left: int, top: int, width: int, height: int) -> QRect:
        """Return the rectangle; ``left`` counts from the reading start, ``top`` is absolute."""
        x = self.rect.right() + 1 - left - width if self._mirrored else self.rect.left() + left
        return QRect(x, top, width, height)


def _sign(summary: ConversationSummary) -> tuple[str, str]:
    """Return icon and colour before the snippet: an arrow in or out (S3-08), or the failure."""
    if has_failed(summary):
        return "circle-alert", "attention"
    if is_unclear(summary):
        return "circle-help", "warning"
    return ("arrow-down-left" if summary.last_direction is Direction.IN else "arrow-up-right"), "muted"


def _snippet_font(*, bold: bool) -> QFont:
    font = QFont(theme().font(TextRole.SECONDARY))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _badge_font() -> QFont:
    font = QFont(theme().font(TextRole.SMALL))
    font.setPixelSize(theme().px(11))
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _static(text: str, font: QFont) -> QStaticText:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    # Each text has the direction of its own words (T04), whatever the window's.
    rtl = text.isascii() is False and _is_rtl(text)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    static.setTextOption(option)
    static.prepare(font=font)
    return static


def _elided(text: str, font: QFont, width: int) -> QStaticText:
    return _static(QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, width)), font)


def _is_rtl(text: str) -> bool:
    for char in text:
        kind = bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def _width(text: QStaticText) -> int:
    return round(text.size().width())
