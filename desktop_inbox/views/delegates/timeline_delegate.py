"""TimelineDelegate: paints the rows of the timeline from their kept layouts."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.models.entities.comment import Comment
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.timeline import TimelineModel, TimelineRole, TimelineRow
from desktop_inbox.views.pictures import Pictures
from desktop_inbox.views.theme import theme

from .bubble_layout import MARGIN, LinkSpan, RowLayout, RowMetrics, RowZone, lay_out
from .comment_layout import lay_out_comment, paint_comment
from .file_chip import paint_file, paint_picture
from .found_text import find_terms
from .row_words import ZoneKind

Index = QModelIndex | QPersistentModelIndex

RADIUS = 14.0
_LAYOUTS_KEPT = 1200
_ANSWERS = frozenset({ZoneKind.RETRY, ZoneKind.LOG, ZoneKind.ARRIVED, ZoneKind.AGAIN, ZoneKind.LEAVE, ZoneKind.MOVE})
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
_FILE_ICONS = {ZoneKind.SAVE: "download", ZoneKind.SHOW: "folder-open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Footer:
    """What stands under a group, measured; true until ``stamp`` changes."""

    row: TimelineRow
    stamp: int
    room: float
    lead: str
    status: str
    lead_width: float
    status_width: float
    width: float


class TimelineDelegate(QStyledItemDelegate):
    """Keeps one layout per entry and width. ``selection`` and ``lit`` are set by the view that it paints for."""

    def __init__(
        self,
        words: EntryWords,
        pictures: Pictures,
        find_links: Callable[[str], Sequence[LinkSpan]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._pictures = pictures
        self._find_links = find_links
        self._metrics = RowMetrics()
        self._layouts: OrderedDict[int, tuple[TimelineRow, RowLayout]] = OrderedDict()
        self._footers: dict[int, _Footer] = {}
        self.width = 400.0
        self.selection: tuple[int, int, int] | None = None  # entry id, start, end (UTF-16 units)
        self.lit: tuple[int, float] | None = None  # entry id, strength 0 to 1
        self.hovered: tuple[int, ZoneKind, object] | None = None
        self.terms: tuple[str, ...] = ()

    @property
    def metrics(self) -> RowMetrics:
        """Fonts and measures in force."""
        if self._metrics.generation != theme().generation:
            self._metrics = RowMetrics()
            self.forget_layouts()
        return self._metrics

    def layout_of(self, row: TimelineRow) -> RowLayout:
        """Return the layout of a row for the present width."""
        metrics = self.metrics
        entry_id = row.entry.id
        kept = self._layouts.get(entry_id)
        if kept is not None and kept[1].width == self.width and (kept[0] is row or kept[0] == row):
            return kept[1]
        parent = self.parent()
        mirrored = isinstance(parent, QObject) and getattr(parent, "isRightToLeft", bool)()
        make = lay_out_comment if isinstance(row.entry, Comment) else lay_out
        layout = make(
            row,
            self.width,
            metrics=metrics,
            words=self._words.row_words(row.entry),
            find_links=self._find_links,
            mirrored=mirrored,
        )
        self._layouts[entry_id] = (row, layout)
        if len(self._layouts) > _LAYOUTS_KEPT:
            self._layouts.popitem(last=False)
        return layout

    def forget_layouts(self) -> None:
        """Lay out everything again, for instance in another language."""
        self._layouts.clear()
        self._footers.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a row."""
        row = _row_of(index)
        return QSize(int(self.width), int(self.layout_of(row).height) + 1)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row."""
        row = _row_of(index)
        layout = self.layout_of(row)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(option.rect.topLeft())
        self._paint_light(painter, row, layout)
        self._paint_headers(painter, row, layout)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if isinstance(row.entry, Message):
            self._paint_message(painter, row.entry, layout, focused=focused)
            self._paint_notice(painter, row.entry, layout)
            self._paint_footer(painter, row, layout)
        elif isinstance(row.entry, Comment):
            footer, marks = self._words.comment_footer(row.entry), self._formats(row.entry.id, layout, "on_comment")
            paint_comment(painter, layout, self._metrics, marks, footer, focused=focused, mirrored=self._mirrored())
        else:
            self._paint_line(painter, row, layout, focused=focused)
        painter.restore()

    # Parts of a row

    def _paint_light(self, painter: QPainter, row: TimelineRow, layout: RowLayout) -> None:
        if self.lit is None or self.lit[0] != row.entry.id:
            return
        color = theme().color("mark")
        color.setAlphaF(min(max(self.lit[1], 0.0), 1.0) * 0.6)
        top = (layout.bubble.top() if layout.bubble else 0) - 4
        painter.fillRect(QRectF(0, top, layout.width, layout.height - top), color)

    def _paint_headers(self, painter: QPainter, row: TimelineRow, layout: RowLayout) -> None:
        metrics = self._metrics
        if layout.day is not None:
            painter.setFont(metrics.small)
            painter.setPen(theme().color("muted"))
            painter.drawText(layout.day, Qt.AlignmentFlag.AlignCenter, self._words.day(row.day))
        if layout.divider is not None:
            color = theme().color("attention")
            text = self._words.divider()
            half = metrics.small_bold_metrics.horizontalAdvance(text) / 2 + 10
            middle = layout.divider.center()
            painter.setPen(QPen(color, 1))
            painter.drawLine(QPointF(layout.divider.left(), middle.y()), QPointF(middle.x() - half, middle.y()))
            painter.drawLine(QPointF(middle.x() + half, middle.y()), QPointF(layout.divider.right(), middle.y()))
            painter.setFont(metrics.small_bold)
            painter.drawText(layout.divider, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_message(self, painter: QPainter, message: Message, layout: RowLayout, *, focused: bool) -> None:
        bubble = layout.bubble
        assert bubble is not None  # noqa: S101 - every message has one
        if not layout.large:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent" if layout.outbound else "inbound"))
            painter.drawRoundedRect(bubble, RADIUS, RADIUS)
        if focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("text" if layout.outbound else "accent_text"), 2))
            ring = bubble.adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(ring, RADIUS + 2, RADIUS + 2)
        ink = "on_accent" if layout.outbound and not layout.large else "text"
        density = painter.device().devicePixelRatioF()
        for box in layout.attachments:
            if box.is_picture:
                pixmap = self._pictures.pixmap(box.attachment, box.rect.width(), box.rect.height(), density)
                paint_picture(painter, box, pixmap, self._words.file(box.attachment), ink, self._metrics)
            else:
                paint_file(painter, box, self._words.file(box.attachment), ink, self._metrics)
        if layout.text is not None:
            painter.setPen(theme().color(ink))
            layout.text.draw(painter, layout.text_at, self._formats(message.id, layout, ink))
        self._paint_file_buttons(painter, message.id, layout, ink)

    def _formats(self, entry_id: int, layout: RowLayout, ink: str) -> list[QTextLayout.FormatRange]:
        """Return how parts of the text differ: links, found words, the selection."""
        ranges = []
        for start, end, _ in layout.links:
            look = QTextCharFormat()
            look.setFontUnderline(True)
            look.setForeground(theme().color("on_accent" if ink == "on_accent" else "accent_text"))
            ranges.append(_range(start, end, look))
        for start, end in find_terms(layout.shown, self.terms):
            look = QTextCharFormat()
            look.setBackground(theme().color("mark"))
            look.setForeground(theme().color("on_mark"))
            ranges.append(_range(start, end, look))
        if self.selection is not None and self.selection[0] == entry_id and self.selection[1] != self.selection[2]:
            look = QTextCharFormat()
            look.setBackground(theme().color("surface" if ink == "on_accent" else "accent"))
            look.setForeground(theme().color("text" if ink == "on_accent" else "on_accent"))
            ranges.append(_range(min(self.selection[1:]), max(self.selection[1:]), look))
        return ranges

    def _paint_notice(self, painter: QPainter, message: Message, layout: RowLayout) -> None:
        if layout.notice is not None:
            painter.setPen(theme().color("attention"))
            layout.notice.draw(painter, layout.notice_at)
            size = self._metrics.icon
            name, _ = self._words.status_icon(message)
            at = layout.notice_at - QPointF(size + 6, -(self._metrics.small_height - size) / 2)
            self._paint_icon(painter, name, "attention", at, size)
        for zone in layout.zones:
            if zone.kind in _ANSWERS:
                self._paint_button(painter, message.id, zone)

    def _paint_file_buttons(self, painter: QPainter, entry_id: int, layout: RowLayout, ink: str) -> None:
        for zone in layout.zones:
            name = _FILE_ICONS.get(zone.kind)
            if name is None:
                continue
            if self.hovered == (entry_id, zone.kind, zone.value):
                shade = theme().color(ink)
                shade.setAlphaF(0.15)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(shade)
                painter.drawRoundedRect(zone.rect, 6, 6)
            size = round(self._metrics.icon * 1.25)
            self._paint_icon(painter, name, ink, zone.rect.center() - QPointF(size / 2, size / 2), size)

    def _paint_button(self, painter: QPainter, entry_id: int, zone: RowZone) -> None:
        hovered = self.hovered == (entry_id, zone.kind, zone.value)
        painter.setPen(QPen(theme().color("border"), 1))
        painter.setBrush(theme().color("hover" if hovered else "surface"))
        painter.drawRoundedRect(zone.rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(self._metrics.small_bold)
        painter.setPen(theme().color("text"))
        painter.drawText(zone.rect, Qt.AlignmentFlag.AlignCenter, zone.label)

    def _paint_footer(self, painter: QPainter, row: TimelineRow, layout: RowLayout) -> None:
        message = row.entry
        if not isinstance(message, Message) or layout.bubble is None:
            return
        size = self._metrics.icon
        name, color = self._words.status_icon(message)
        outbound = message.direction is Direction.OUT
        if layout.footer is None:
            if outbound:  # every message that we sent carries its state, also inside a group
                at = QPointF(layout.bubble.left() - size - 6, layout.bubble.bottom() - size - 4)
                self._paint_icon(painter, name, color, at, size)
            return
        painter.setFont(self._metrics.small)
        painter.setPen(theme().color("muted"))
        rect = layout.footer.adjusted(4, 0, -4, 0)
        foot = self._footer_of(row, layout)
        at_right = outbound is not self._mirrored()
        x = rect.right() - foot.width if at_right else rect.left()
        painter.drawText(QRectF(x, rect.top(), foot.lead_width + 2, rect.height()), _LEFT, foot.lead)
        if not outbound:
            return
        x += foot.lead_width + 6
        self._paint_icon(painter, name, color, QPointF(x, rect.center().y() - size / 2), size)
        x += size + 4
        painter.setPen(theme().color("attention" if color == "attention" else "muted"))
        painter.drawText(QRectF(x, rect.top(), foot.status_width + 2, rect.height()), _LEFT, foot.status)

    def _footer_of(self, row: TimelineRow, layout: RowLayout) -> "_Footer":
        """Return the words of a footer, made anew when their time is over."""
        stamp = self._words.stamp()
        kept = self._footers.get(row.entry.id)
        if kept is not None and kept.row is row and kept.stamp == stamp and kept.room == layout.width:
            return kept
        measure = self._metrics.small_metrics
        lead, status = self._words.footer(row)
        status_width = measure.horizontalAdvance(status)
        rest = self._metrics.icon + 10 + status_width if status else 0.0
        lead = measure.elidedText(lead, Qt.TextElideMode.ElideRight, max(layout.width - 2 * MARGIN - 8 - rest, 0))
        lead_width = measure.horizontalAdvance(lead)
        made = _Footer(
            row=row,
            stamp=stamp,
            room=layout.width,
            lead=lead,
            status=status,
            lead_width=lead_width,
            status_width=status_width,
            width=lead_width + rest,
        )
        if len(self._footers) > _LAYOUTS_KEPT:
            self._footers.clear()
        self._footers[row.entry.id] = made
        return made

    def _paint_line(self, painter: QPainter, row: TimelineRow, layout: RowLayout, *, focused: bool) -> None:
        if layout.line is None:
            return
        name, color = self._words.line_icon(row.entry)
        painter.setPen(theme().color("attention" if color == "attention" else "muted"))
        layout.line.draw(painter, layout.line_at)
        size = self._metrics.icon
        at = layout.line_at - QPointF(size + 6, -(self._metrics.small_height - size) / 2)
        self._paint_icon(painter, name, color, at, size)
        if focused:
            width = layout.line.boundingRect().width()
            ring = QRectF(at.x() - 8, layout.line_at.y() - 4, width, layout.line.boundingRect().height() + 8)
            ring.setRight(layout.line_at.x() + max(layout.line.lineAt(0).naturalTextWidth(), 1) + 8)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("accent_text"), 2))
            painter.drawRoundedRect(ring, 6, 6)

    def _paint_icon(self, painter: QPainter, name: str, token: str, at: QPointF, size: int) -> None:
        density = painter.device().devicePixelRatioF()
        painter.drawPixmap(at, icon_pixmap(name, token, size, density=density))

    def _mirrored(self) -> bool:
        return bool(getattr(self.parent(), "isRightToLeft", bool)())


def _row_of(index: Index) -> TimelineRow:
    """Return the row of an index; asked for every row of every frame, so not through Qt."""
    model = index.model()
    if isinstance(model, TimelineModel):
        return model.row(index.row())
    row: TimelineRow = index.data(TimelineRole.ROW)
    return row


def _range(start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = start
    made.length = end - start
    made.format = look
    return made
