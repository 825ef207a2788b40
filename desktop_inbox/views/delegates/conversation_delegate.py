"""ConversationDelegate: paints one row of the conversation list."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from unicodedata import bidirectional

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QStaticText, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ConversationId, entry_time
from desktop_inbox.models.entities.message import Direction
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.delegates.row_box import paint_box
from desktop_inbox.views.formats import Formats, short_count
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.conversation_list import (
    ConversationListModel,
    Role,
    has_failed,
    is_retrying,
    is_unclear,
    preview,
)
from desktop_inbox.views.item_models.row_marks import row_marks
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.status_marks import status_mark
from desktop_inbox.views.theme import TextRole, theme

Index = QModelIndex | QPersistentModelIndex

_CACHE_LIMIT = 200
_PICTURES_KEPT = 40  # two screens of rows, about 80 KB each
_MARGIN, _GAP, _ICON = 12, 10, 12
_MARK = 20  # pixels at 100 % that a sign behind the name takes
_SEEN = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus


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


class _Look:
    """Fonts, heights and colours of the rows while one theme is in force."""

    def __init__(self) -> None:
        look = theme()
        self.generation = look.generation
        self.strong, self.body, self.small = (
            QFont(look.font(role)) for role in (TextRole.STRONG, TextRole.BODY, TextRole.SMALL)
        )
        self.snippet = QFont(look.font(TextRole.SECONDARY))
        self.snippet_bold = QFont(self.snippet)
        self.snippet_bold.setWeight(QFont.Weight.DemiBold)
        self.badge = QFont(self.small)
        self.badge.setPixelSize(look.px(11))
        self.badge.setWeight(QFont.Weight.DemiBold)
        fonts = (self.strong, self.body, self.small, self.snippet, self.snippet_bold, self.badge)
        self._metrics = {id(font): QFontMetrics(font) for font in fonts}
        self._colors: dict[str, QColor] = {}

    def metrics(self, font: QFont) -> QFontMetrics:
        """Return the measures of one of the fonts above."""
        return self._metrics[id(font)]

    def height(self, font: QFont) -> int:
        """Return the height of a line."""
        return self._metrics[id(font)].height()

    def color(self, name: str) -> QColor:
        """Return a colour of the theme."""
        if name not in self._colors:
            self._colors[name] = theme().color(name)
        return self._colors[name]


@dataclass(frozen=True, slots=True)
class _Picture:
    """A painted row, and what it was painted from."""

    texts: _Texts
    how: tuple[object, ...]
    pixmap: QPixmap


class ConversationDelegate(QStyledItemDelegate):
    """Avatar, name, time; arrow, snippet, count or channel. Texts are cached per row and width, and painted rows
    as pictures: a row that moves, and those that make room for it, are painted as they were."""

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._cache: OrderedDict[ConversationId, _Texts] = OrderedDict()
        self._pictures: OrderedDict[ConversationId, _Picture] = OrderedDict()
        self._looks: _Look | None = None
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
        summary = _summary_of(index)
        if summary is None:
            return
        rect: QRect = option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        look = self._look()
        texts = self._texts(summary, rect.width() - self._left() - _MARGIN)
        density = painter.device().devicePixelRatioF()
        tick = _tick_of(index, summary.id)
        if density != int(density):  # a picture would lie between the pixels of the screen
            painter.save()
            self._paint_row(painter, option, _Frame(rect, mirrored=mirrored, tick=tick), summary, texts)
            painter.restore()
            return
        state = option.state & _SEEN
        by_keyboard = getattr(option.widget, "by_keyboard", True)
        how = (state.value, by_keyboard, rect.width(), rect.height(), mirrored, density, look.generation, tick)
        kept = self._pictures.get(summary.id)
        if kept is None or kept.texts is not texts or kept.how != how:
            kept = _Picture(texts, how, self._picture(option, summary, texts, density, tick))
            self._pictures[summary.id] = kept
            if len(self._pictures) > _PICTURES_KEPT:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(summary.id)
        painter.drawPixmap(rect.topLeft(), kept.pixmap)

    def _picture(
        self,
        option: QStyleOptionViewItem,
        summary: ConversationSummary,
        texts: _Texts,
        density: float,
        tick: bool | None,
    ) -> QPixmap:
        rect: QRect = option.rect
        pixmap = QPixmap(rect.size() * density)
        pixmap.setDevicePixelRatio(density)
        # Opaque, so that letters keep the smoothing that the screen asks for.
        pixmap.fill(self._look().color("surface"))
        painter = QPainter(pixmap)
        painter.setLayoutDirection(option.direction)
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        frame = _Frame(QRect(QPoint(), rect.size()), mirrored=mirrored, tick=tick)
        self._paint_row(painter, option, frame, summary, texts)
        painter.end()
        return pixmap

    def _paint_row(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        frame: "_Frame",
        summary: ConversationSummary,
        texts: _Texts,
    ) -> None:
        self._paint_ground(painter, option, frame.rect, ticked=frame.tick is True)
        avatar = theme().px(40)
        density = painter.device().devicePixelRatioF()
        top = frame.rect.top() + (frame.rect.height() - avatar) // 2
        spot = frame.place(_MARGIN, top, avatar, avatar)
        if frame.tick is None and not option.state & QStyle.StateFlag.State_MouseOver:
            painter.drawPixmap(spot.topLeft(), avatar_pixmap(summary.contact_id, summary.name, avatar, density=density))
        else:
            paint_box(painter, spot, ticked=frame.tick is True)
        self._paint_texts(painter, frame, self._left(), summary, texts)

    def _look(self) -> _Look:
        if self._looks is None or self._looks.generation != theme().generation:
            self._looks = _Look()
        return self._looks

    def _left(self) -> int:
        """Where the texts begin."""
        return _MARGIN + theme().px(40) + _GAP

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, *, ticked: bool = False
    ) -> None:
        state = option.state
        if ticked or state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._look().color("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._look().color("hover"))
        if state & QStyle.StateFlag.State_HasFocus and getattr(option.widget, "by_keyboard", True):
            painter.setPen(QPen(self._look().color("accent_text"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_texts(
        self, painter: QPainter, frame: "_Frame", left: int, summary: ConversationSummary, texts: _Texts
    ) -> None:
        look, fonts = theme(), self._look()
        middle = frame.rect.center().y() + 1
        strong = fonts.strong if texts.bold else fonts.body
        small, secondary = fonts.small, fonts.snippet_bold if texts.bold else fonts.snippet
        name_height, line_height, small_height = fonts.height(strong), fonts.height(secondary), fonts.height(small)
        top = middle - name_height - look.px(1)
        bottom = middle + look.px(2)
        right = frame.rect.width() - _MARGIN

        end = self._text(painter, frame, QPoint(left, top), texts.name, strong, "text")
        for mark in row_marks(summary):
            self._icon(painter, frame, end + look.px(6), top, name_height, mark.icon, mark.color, 15)
            end += look.px(_MARK)
        time_top = top + (name_height - small_height) // 2
        time_left = right - _width(texts.time)
        self._text(painter, frame, QPoint(time_left, time_top), texts.time, small, "muted")

        at = left
        if summary.last_direction is not None or has_failed(summary):
            name, color = _sign(summary)
            self._icon(painter, frame, at, bottom, line_height, name, color, _ICON)
            at += look.px(_ICON + 6)
        if texts.lead is not None:
            at = self._text(painter, frame, QPoint(at, bottom), texts.lead, fonts.snippet_bold, "attention")
            at += look.px(4)
        self._text(painter, frame, QPoint(at, bottom), texts.snippet, secondary, "text" if texts.bold else "muted")
        if texts.bold:
            self._badge(painter, frame, right, bottom, line_height, texts.tail)
        else:
            tail_top = bottom + (line_height - small_height) // 2
            tail_left = right - _width(texts.tail)
            self._text(painter, frame, QPoint(tail_left, tail_top), texts.tail, small, "muted")

    def _text(self, painter: QPainter, frame: "_Frame", at: QPoint, text: QStaticText, font: QFont, color: str) -> int:
        width = _width(text)
        painter.setFont(font)
        painter.setPen(self._look().color(color))
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
        painter.setBrush(self._look().color("accent"))
        painter.drawRoundedRect(spot, size / 2, size / 2)
        painter.setFont(self._look().badge)
        painter.setPen(self._look().color("on_accent"))
        text_height = round(count.size().height())
        painter.drawStaticText(
            spot.left() + (width - _width(count)) // 2, spot.top() + (size - text_height) // 2, count
        )

    def _texts(self, summary: ConversationSummary, width: int) -> _Texts:
        today: date = self._formats.today()
        key = (summary, width, theme().generation, today)
        found = self._cache.get(summary.id)
        if found is not None and found.key == key:
            self._cache.move_to_end(summary.id)
            return found
        texts = self._cache[summary.id] = self._lay_out(summary, width, key)
        if len(self._cache) > _CACHE_LIMIT:
            self._cache.popitem(last=False)
        return texts

    def _lay_out(self, summary: ConversationSummary, width: int, key: tuple[object, ...]) -> _Texts:
        look, fonts = theme(), self._look()
        bold = summary.unread_count > 0
        small = fonts.small
        moment = self._formats.time_or_day(entry_time(summary.last_entry_id)) if summary.last_entry_id else ""
        time = _static(moment, small)
        marks = look.px(_MARK * len(row_marks(summary)) + 3) if row_marks(summary) else 0
        name_font = fonts.strong if bold else fonts.body
        name = self._elided(plain_name(summary.name), name_font, width - _width(time) - look.px(8) - marks)
        if bold:
            tail = _static(short_count(summary.unread_count), fonts.badge)
            tail_room = max(look.px(18), _width(tail) + look.px(10))
        else:
            tail = self._elided(plain_name(summary.channel_name), small, self._tail_room(summary, width))
            tail_room = _width(tail)
        lead = _static(self.tr("Draft"), fonts.snippet_bold) if summary.draft else None
        room = width - tail_room - look.px(8)
        room -= look.px(_ICON + 6) if summary.last_direction is not None else 0
        room -= _width(lead) + look.px(4) if lead is not None else 0
        snippet = self._elided(preview(summary), fonts.snippet_bold if bold else fonts.snippet, room)
        return _Texts(key, name, time, lead, snippet, tail, bold)

    def _tail_room(self, summary: ConversationSummary, width: int) -> int:
        """A third for the channel's name, and what the snippet leaves."""
        fonts = self._look()
        snippet = fonts.metrics(fonts.snippet).horizontalAdvance(preview(summary))
        draft = fonts.metrics(fonts.snippet_bold).horizontalAdvance(self.tr("Draft")) if summary.draft else 0
        return max(width // 3, width - snippet - draft - theme().px(_ICON + 6 + 8 + 8))

    def _elided(self, text: str, font: QFont, width: int) -> QStaticText:
        shown = self._look().metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
        return _static(shown, font)

    def pictures(self) -> tuple[_Picture, ...]:
        """Return the rows that are kept painted, the last used one last."""
        return tuple(self._pictures.values())

    def forget(self) -> None:
        """Drop everything cached."""
        self._cache.clear()
        self._pictures.clear()


class _Frame:
    """Turns places counted from the reading start of a row into pixels."""

    def __init__(self, rect: QRect, *, mirrored: bool, tick: bool | None = None) -> None:
        self.rect, self.tick = rect, tick
        self._mirrored = mirrored

    def place(self, left: int, top: int, width: int, height: int) -> QRect:
        """Return the rectangle; ``left`` counts from the reading start, ``top`` is absolute."""
        x = self.rect.right() + 1 - left - width if self._mirrored else self.rect.left() + left
        return QRect(x, top, width, height)


def _summary_of(index: Index) -> ConversationSummary | None:
    """Return the row of an index; asked for every row of every frame, so not through Qt."""
    model = index.model()
    if isinstance(model, ConversationListModel):
        return model.summary_at(index.row())
    summary = index.data(Role.SUMMARY)
    return summary if isinstance(summary, ConversationSummary) else None


def _tick_of(index: Index, conversation_id: ConversationId) -> bool | None:
    model = index.model()
    return model.tick_of(conversation_id) if isinstance(model, ConversationListModel) else None


def _sign(summary: ConversationSummary) -> tuple[str, str]:
    """Return icon and colour before the snippet: an arrow in or out (S3-08), or the failure."""
    status = summary.last_status
    if status is not None and (has_failed(summary) or is_unclear(summary) or is_retrying(summary)):
        mark = status_mark(status, Direction.OUT)
        return mark.icon, mark.color
    return ("arrow-down-left" if summary.last_direction is Direction.IN else "arrow-up-right"), "muted"


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
