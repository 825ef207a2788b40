"""Where everything of one timeline row lies: headers, bubble, text, files, notice, buttons, footer.

A layout is computed once for a row and a width, kept, and painted many times. Nothing here paints or knows
colours. All rectangles are relative to the top left corner of the row, in logical pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextLine, QTextOption

from desktop_inbox.models.entities.attachment import Attachment, AttachmentState
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.services.file_kinds import PICTURES
from desktop_inbox.views.item_models.timeline import TimelineRow
from desktop_inbox.views.theme import TextRole, theme

from .message_text import is_large_emoji, shown_text, to_qt_offset
from .row_words import RowWords, ZoneKind

MARGIN = 20.0  # left and right of the timeline
PADDING_X, PADDING_Y = 12.0, 8.0  # inside a bubble
MAX_SHARE, MAX_WIDTH = 0.70, 640.0  # L12
GAP_GROUP, GAP_INSIDE, GAP_FOOTER = 12.0, 4.0, 4.0
PICTURE_MAX = QSizeF(320, 260)
PICTURE_MIN = 96.0
CHIP_WIDTH = 300.0
BUTTON_GAP = 8.0
NARROW = 360.0  # below, bubbles may take more of the width

#: (first character, character after the last, target)
LinkSpan = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowZone:
    """A part of a row that can be clicked; ``value`` is a link's target or an attachment."""

    kind: ZoneKind
    rect: QRectF
    label: str = ""
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentBox:
    """Where one file of a message lies."""

    attachment: Attachment
    rect: QRectF
    is_picture: bool


@dataclass(slots=True, kw_only=True)
class RowLayout:
    """A row laid out for one width."""

    width: float
    height: float = 0.0
    day: QRectF | None = None
    divider: QRectF | None = None
    bubble: QRectF | None = None
    outbound: bool = False
    large: bool = False
    text: QTextLayout | None = None
    text_at: QPointF = field(default_factory=QPointF)
    shown: str = ""
    links: tuple[LinkSpan, ...] = ()  # in UTF-16 units
    attachments: list[AttachmentBox] = field(default_factory=list)
    notice: QTextLayout | None = None
    notice_at: QPointF = field(default_factory=QPointF)
    line: QTextLayout | None = None
    line_at: QPointF = field(default_factory=QPointF)
    footer: QRectF | None = None
    zones: list[RowZone] = field(default_factory=list)

    def zone_at(self, point: QPointF) -> RowZone | None:
        """Return what can be clicked at a point of the row."""
        for zone in self.zones:
            if zone.rect.contains(point):
                return zone
        target = self.link_at(point)
        return RowZone(kind=ZoneKind.LINK, rect=QRectF(), value=target) if target else None

    def link_at(self, point: QPointF) -> str:
        """Return the target of the link at a point, or an empty string."""
        cursor = self.cursor_at(point, inside=True)
        if cursor is None:
            return ""
        return next((target for start, end, target in self.links if start <= cursor < end), "")

    def cursor_at(self, point: QPointF, *, inside: bool = False) -> int | None:
        """Return the place in the text (UTF-16 units) nearest to a point; with ``inside`` the unit under
        it, or None beside the text."""
        if self.text is None:
            return None
        local = point - self.text_at
        if inside and not self.text.boundingRect().contains(local):
            return None
        edge = (
            QTextLine.CursorPosition.CursorOnCharacter if inside else QTextLine.CursorPosition.CursorBetweenCharacters
        )
        for number in range(self.text.lineCount()):
            line = self.text.lineAt(number)
            last = number == self.text.lineCount() - 1
            if local.y() < line.y() + line.height() or last:
                if inside and not line.naturalTextRect().contains(local):
                    return None
                return int(line.xToCursor(local.x(), edge))
        return None


class RowMetrics:
    """Fonts of the timeline at the text size in force, and their measures."""

    def __init__(self) -> None:
        look = theme()
        self.generation = look.generation
        self.body = look.font(TextRole.BODY)
        self.small = look.font(TextRole.SMALL)
        self.small_bold = QFont(self.small)
        self.small_bold.setWeight(QFont.Weight.DemiBold)
        self.emoji = QFont(self.body)
        self.emoji.setPixelSize(look.px(34))
        self.body_metrics = QFontMetricsF(self.body)
        self.small_metrics = QFontMetricsF(self.small)
        self.small_bold_metrics = QFontMetricsF(self.small_bold)
        self.body_height = self.body_metrics.height()
        self.small_height = self.small_metrics.height()
        self.icon = look.px(14)
        self.chip_height = max(48.0, self.body_height + self.small_height + 14)
        self.button_height = max(28.0, self.small_height + 12)
        self.line_height = look.px(20)


def lay_out(
    row: TimelineRow,
    width: float,
    *,
    metrics: RowMetrics,
    words: RowWords,
    find_links: Callable[[str], Sequence[LinkSpan]],
    mirrored: bool = False,
) -> RowLayout:
    """Return the layout of ``row`` for a timeline ``width`` pixels wide."""
    layout = RowLayout(width=width)
    y = headers(layout, row, metrics)
    if isinstance(row.entry, Message):
        y += GAP_GROUP if row.starts_group else GAP_INSIDE
        _message(layout, row, y, metrics, words, find_links)
    else:
        _centred_line(layout, y + GAP_GROUP, metrics, words)
    if mirrored:
        mirror(layout)
    return layout


def text_layout(text: str, font: QFont, width: float, *, leading: float = 0.0) -> tuple[QTextLayout, QSizeF]:
    """Return ``text`` broken into lines of at most ``width`` pixels in its own direction, and its size.

    Lines lie at least ``leading`` pixels apart; taller scripts and emoji take what they need (T06).
    """
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    rtl = text.isascii() is False and _is_right_to_left(text)
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    option.setAlignment(Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    natural = _break_lines(layout, width, leading)
    if rtl and natural.width() < width:  # right aligned lines start at the width they were given
        natural = _break_lines(layout, natural.width(), leading)
    return layout, natural


def _break_lines(layout: QTextLayout, width: float, leading: float) -> QSizeF:
    height = widest = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        room = max(line.height(), leading)
        line.setPosition(QPointF(0, height + (room - line.height()) / 2))
        height += room
        widest = max(widest, line.naturalTextWidth())
    layout.endLayout()
    return QSizeF(min(float(int(widest) + 1), width), height)


def _is_right_to_left(text: str) -> bool:
    layout_text = text.lstrip()
    return bool(layout_text) and _first_strong_is_rtl(layout_text)


def _first_strong_is_rtl(text: str) -> bool:
    for character in text[:400]:
        code = ord(character)
        if (
            0x0590 <= code <= 0x08FF
            or 0xFB1D <= code <= 0xFDFF
            or 0xFE70 <= code <= 0xFEFF
            or 0x10800 <= code <= 0x10FFF
        ):
            return True
        if character.isalpha():
            return False
    return False


def bubble_limit(width: float) -> float:
    """Return how wide a bubble may get in a timeline ``width`` pixels wide (L12)."""
    room = width - 2 * MARGIN
    if width < NARROW:
        return max(room, 80.0)
    return max(min(room * MAX_SHARE, MAX_WIDTH), 80.0)


def headers(layout: RowLayout, row: TimelineRow, metrics: RowMetrics) -> float:
    """Place the day and the divider above a row; returns where they end."""
    y = 0.0
    if row.starts_day:
        layout.day = QRectF(0, y + 12, layout.width, metrics.small_height + 4)
        y = layout.day.bottom()
    if row.divider:
        layout.divider = QRectF(MARGIN, y + 10, layout.width - 2 * MARGIN, metrics.small_height + 2)
        y = layout.divider.bottom()
    return y


def _message(
    layout: RowLayout,
    row: TimelineRow,
    y: float,
    metrics: RowMetrics,
    words: RowWords,
    find_links: Callable[[str], Sequence[LinkSpan]],
) -> None:
    message = row.entry
    assert isinstance(message, Message)  # noqa: S101 - the caller looked
    layout.outbound = message.direction is Direction.OUT
    limit = bubble_limit(layout.width)
    layout.shown = shown_text(message.text)
    layout.large = not message.attachments and is_large_emoji(message.text)
    size = QSizeF(0, 0)
    if layout.shown:
        font = metrics.emoji if layout.large else metrics.body
        layout.text, size = text_layout(layout.shown, font, limit - 2 * PADDING_X, leading=metrics.line_height)
        layout.links = tuple(
            (to_qt_offset(layout.shown, start), to_qt_offset(layout.shown, end), target)
            for start, end, target in find_links(layout.shown)
        )
    inner = max(size.width(), _files_width(message, limit))
    width = inner + 2 * PADDING_X
    x = layout.width - MARGIN - width if layout.outbound else MARGIN
    inside = _files(layout, message, x + PADDING_X, y + PADDING_Y, inner, metrics, words)
    if layout.text is not None:
        if message.attachments:
            inside += PADDING_Y
        layout.text_at = QPointF(x + PADDING_X, inside)
        inside += size.height()
    if not layout.shown and not message.attachments:
        inside += metrics.body_height
    layout.bubble = QRectF(x, y, width, inside + PADDING_Y - y)
    layout.height = layout.bubble.bottom()
    _notice(layout, metrics, words, limit)
    if row.ends_group:
        layout.footer = QRectF(MARGIN, layout.height + GAP_FOOTER, layout.width - 2 * MARGIN, metrics.small_height + 2)
        layout.height = layout.footer.bottom() + 2


def _files_width(message: Message, limit: float) -> float:
    width = 0.0
    for attachment in message.attachments:
        if is_picture(attachment):
            width = max(width, picture_size(attachment, limit - 2 * PADDING_X).width())
        else:
            width = max(width, min(CHIP_WIDTH, limit - 2 * PADDING_X))
    return width


def _files(
    layout: RowLayout, message: Message, x: float, y: float, width: float, metrics: RowMetrics, words: RowWords
) -> float:
    for number, attachment in enumerate(message.attachments):
        y += BUTTON_GAP if number else 0.0
        if is_picture(attachment):
            size = picture_size(attachment, width)
            rect = QRectF(QPointF(x, y), size)
            layout.attachments.append(AttachmentBox(attachment=attachment, rect=rect, is_picture=True))
            layout.zones.append(RowZone(kind=ZoneKind.PICTURE, rect=rect, value=attachment))
            y = rect.bottom()
            continue
        rect = QRectF(x, y, width, metrics.chip_height)
        layout.attachments.append(AttachmentBox(attachment=attachment, rect=rect, is_picture=False))
        if attachment.state is AttachmentState.READY:
            _file_buttons(layout, attachment, rect, metrics, words)
        y = rect.bottom()
    return y


def _file_buttons(
    layout: RowLayout, attachment: Attachment, chip: QRectF, metrics: RowMetrics, words: RowWords
) -> None:
    side = metrics.button_height
    right = chip.right() - 6
    for kind, label in ((ZoneKind.SHOW, words.show), (ZoneKind.SAVE, words.save)):
        rect = QRectF(right - side, chip.center().y() - side / 2, side, side)
        layout.zones.append(RowZone(kind=kind, rect=rect, label=label, value=attachment))
        right -= side + 2


def is_picture(attachment: Attachment) -> bool:
    """Return whether the file is shown as a picture: known by content, here, and of an allowed kind."""
    return attachment.state is AttachmentState.READY and attachment.media_type in PICTURES


def picture_size(attachment: Attachment, room: float) -> QSizeF:
    """Return the size of a picture's preview: its own shape, within the limits."""
    if attachment.width <= 0 or attachment.height <= 0:
        return QSizeF(min(200.0, room), 150.0)
    limit = QSizeF(min(PICTURE_MAX.width(), room), PICTURE_MAX.height())
    size = QSizeF(attachment.width, attachment.height)
    if size.width() > limit.width() or size.height() > limit.height():
        size.scale(limit, Qt.AspectRatioMode.KeepAspectRatio)
    return QSizeF(max(size.width(), min(PICTURE_MIN, room)), max(size.height(), 48.0))


def _notice(layout: RowLayout, metrics: RowMetrics, words: RowWords, limit: float) -> None:
    if words.notice:
        room = limit - metrics.icon - 6
        layout.notice, size = text_layout(words.notice, metrics.small, room)
        right = layout.width - MARGIN - 2
        x = right - size.width() if layout.outbound else MARGIN + metrics.icon + 6
        layout.notice_at = QPointF(x, layout.height + 6)
        layout.height += 6 + size.height()
    if words.buttons:
        layout.height = _answers(layout, metrics, words)


def _answers(layout: RowLayout, metrics: RowMetrics, words: RowWords) -> float:
    """Place the buttons under a message: side by side at its end, or below each other where room is short."""
    sizes = [metrics.small_bold_metrics.horizontalAdvance(label) + 24 for _, label in words.buttons]
    side_by_side = sum(sizes) + BUTTON_GAP * (len(sizes) - 1) <= layout.width - 2 * MARGIN
    right = layout.width - MARGIN
    x = right - sum(sizes) - BUTTON_GAP * (len(sizes) - 1)
    y = layout.height + 6
    for (kind, label), width in zip(words.buttons, sizes, strict=True):
        left = x if side_by_side else right - width
        layout.zones.append(RowZone(kind=kind, rect=QRectF(left, y, width, metrics.button_height), label=label))
        x += width + BUTTON_GAP
        y += 0 if side_by_side else metrics.button_height + 4
    return y + metrics.button_height if side_by_side else y - 4


def _centred_line(layout: RowLayout, y: float, metrics: RowMetrics, words: RowWords) -> None:
    room = max(layout.width - 2 * MARGIN - 60, 120.0)
    layout.line, size = text_layout(words.line, metrics.small, room)
    layout.line_at = QPointF(round((layout.width - size.width() + metrics.icon + 6) / 2), y + 2)
    layout.height = y + size.height() + 6


def mirror(layout: RowLayout) -> None:
    """Turn a row around for windows that read from right to left (T03)."""

    def flip(rect: QRectF) -> QRectF:
        return QRectF(layout.width - rect.right(), rect.top(), rect.width(), rect.height())

    def flip_point(point: QPointF, text: QTextLayout | None) -> QPointF:
        if text is None:
            return point
        # Its lines are as wide as the bubble may become; what counts is how far the text really reaches.
        reach = max((text.lineAt(line).naturalTextWidth() for line in range(text.lineCount())), default=0.0)
        return QPointF(layout.width - point.x() - reach, point.y())

    layout.bubble = flip(layout.bubble) if layout.bubble else None
    layout.text_at = flip_point(layout.text_at, layout.text)
    layout.notice_at = flip_point(layout.notice_at, layout.notice)
    layout.attachments = [
        AttachmentBox(attachment=box.attachment, rect=flip(box.rect), is_picture=box.is_picture)
        for box in layout.attachments
    ]
    layout.zones = [
        RowZone(kind=zone.kind, rect=flip(zone.rect), label=zone.label, value=zone.value) for zone in layout.zones
    ]
