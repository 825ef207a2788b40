"""SearchDelegate: paints headings, contacts and messages found, with the words searched for marked."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QTextCharFormat, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.models.entities.search import SearchHit
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.search_results import FoundContact, Heading, Role, found_subtitle, found_title
from desktop_inbox.views.theme import TextRole, theme

Index = QModelIndex | QPersistentModelIndex
_MARGIN, _GAP = 12, 10
_SNIPPET_LINES = 2


class SearchDelegate(QStyledItemDelegate):
    """Rows of search results. Found words get a ground colour; no rich text is involved."""

    def __init__(self, formats: Formats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._formats = formats

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height that the kind of row needs."""
        px, found = theme().px, index.data(Role.FOUND)
        line = QFontMetrics(theme().font(TextRole.SECONDARY)).height()
        if isinstance(found, Heading):
            return QSize(px(100), QFontMetrics(theme().font(TextRole.SECTION)).height() + px(16))
        name = QFontMetrics(theme().font(TextRole.STRONG)).height()
        lines = _SNIPPET_LINES if isinstance(found, SearchHit) else 1
        return QSize(px(100), max(px(52), name + lines * line + px(18)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        found = index.data(Role.FOUND)
        painter.save()
        rect: QRect = option.rect
        if isinstance(found, Heading):
            painter.setFont(theme().font(TextRole.SECTION))
            painter.setPen(theme().color("muted"))
            painter.drawText(
                rect.adjusted(_MARGIN, 0, -_MARGIN, -4), _start() | Qt.AlignmentFlag.AlignBottom, found.text
            )
        elif isinstance(found, (FoundContact, SearchHit)):
            self._ground(painter, option)
            self._row(painter, rect, found, mirrored=option.direction == Qt.LayoutDirection.RightToLeft)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme().color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, theme().color("hover"))
        if option.state & QStyle.StateFlag.State_HasFocus and getattr(option.widget, "by_keyboard", True):
            painter.setPen(QPen(theme().color("accent_text"), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))

    def _row(self, painter: QPainter, rect: QRect, found: FoundContact | SearchHit, *, mirrored: bool) -> None:
        px = theme().px
        size = px(36)
        contact_id = found.contact.id if isinstance(found, FoundContact) else found.contact_id
        left = rect.right() + 1 - _MARGIN - size if mirrored else rect.left() + _MARGIN
        density = painter.device().devicePixelRatioF()
        painter.drawPixmap(
            left, rect.top() + px(8), avatar_pixmap(contact_id, found_title(found), size, density=density)
        )
        beside = _MARGIN + size + _GAP
        area = rect.adjusted(_MARGIN if mirrored else beside, px(8), -(beside if mirrored else _MARGIN), 0)
        name_font = theme().font(TextRole.STRONG)
        height = QFontMetrics(name_font).height()
        time = self._formats.time_or_day(found.occurred_at) if isinstance(found, SearchHit) else ""
        small = theme().font(TextRole.SMALL)
        time_width = QFontMetrics(small).horizontalAdvance(time)
        painter.setFont(small)
        painter.setPen(theme().color("muted"))
        top_line = QRect(area.left(), area.top(), area.width(), height)
        painter.drawText(top_line, _end() | Qt.AlignmentFlag.AlignVCenter, time)
        painter.setFont(name_font)
        painter.setPen(theme().color("text"))
        room = area.width() - time_width - px(8)
        name_rect = QRect(area.right() + 1 - room if mirrored else area.left(), area.top(), room, height)
        name = QFontMetrics(name_font).elidedText(found_title(found), Qt.TextElideMode.ElideRight, room)
        painter.drawText(name_rect, _start() | Qt.AlignmentFlag.AlignVCenter, name)
        below = area.adjusted(0, height + px(2), 0, 0)
        if isinstance(found, SearchHit):
            paint_marked(painter, below, found.snippet, found.marks, theme().font(TextRole.SECONDARY))
        else:
            painter.setFont(theme().font(TextRole.SECONDARY))
            painter.setPen(theme().color("muted"))
            painter.drawText(below, _start() | Qt.AlignmentFlag.AlignTop, found_subtitle(found))


def paint_marked(
    painter: QPainter, area: QRect, text: str, marks: tuple[tuple[int, int], ...], font: QFont, *, lines: int = 2
) -> None:
    """Paint ``text`` on at most ``lines`` lines with ``marks`` (start, length in characters) highlighted."""
    flat = text.replace("\n", " ").replace("\u2028", " ").replace("\u2029", " ")
    layout = QTextLayout(flat, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    layout.setFormats([_format_range(flat, start, length) for start, length in marks])
    layout.beginLayout()
    height = 0.0
    for _ in range(lines):
        line: QTextLine = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(area.width())
        line.setPosition(QPointF(0, height))
        height += line.height()
    layout.endLayout()
    painter.setPen(theme().color("muted"))
    layout.draw(painter, QPointF(area.topLeft()), [], QRectF(area))


def _format_range(text: str, start: int, length: int) -> QTextLayout.FormatRange:
    ground = QTextCharFormat()
    ground.setBackground(theme().color("mark"))
    ground.setForeground(theme().color("on_mark"))
    found = QTextLayout.FormatRange()
    # Qt counts UTF-16 units; an emoji before the word takes two.
    found.start = _units(text[:start])
    found.length = _units(text[start : start + length])
    found.format = ground
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _start() -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeading


def _end() -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignTrailing
