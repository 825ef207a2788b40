"""TwoLines: an icon, a title, and quieter lines below it, for the lists of dialogs."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.views.theme import TextRole, theme

Index = QModelIndex | QPersistentModelIndex
_EDGE, _GAP = 8, 10  # pixels at 100 %


class TwoLines(QStyledItemDelegate):
    """Takes the lines of the display text: the first is the title; each is shortened to the room."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for the lines in the tallest script that the fonts may borrow."""
        lines = _lines(index)
        height = sum(_height(role) for role in _roles(lines)) + theme().px(2 * _EDGE)
        return QSize(0, max(height, option.decorationSize.height() + theme().px(_EDGE)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the ground as the style does, then icon and lines."""
        self.initStyleOption(option, index)
        icon, option.text, option.icon = QIcon(option.icon), "", QIcon()
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        painter.setLayoutDirection(option.direction)
        edge, size = theme().px(_EDGE), option.decorationSize
        area = option.rect.adjusted(edge, 0, -edge, 0)
        mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        if not icon.isNull():
            left = area.right() + 1 - size.width() if mirrored else area.left()
            icon.paint(painter, QRect(left, area.center().y() - size.height() // 2, size.width(), size.height()))
            beside = size.width() + theme().px(_GAP)
            area.adjust(0 if mirrored else beside, 0, -beside if mirrored else 0, 0)
        self._paint_lines(painter, area, _lines(index))
        painter.restore()

    def _paint_lines(self, painter: QPainter, area: QRect, lines: list[str]) -> None:
        roles = _roles(lines)
        top = area.center().y() - sum(_height(role) for role in roles) // 2
        for text, role in zip(lines, roles, strict=True):
            font = _font(role)
            painter.setFont(font)
            painter.setPen(theme().color("text" if role is TextRole.BODY else "muted"))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            spot = QRect(area.left(), top, area.width(), _height(role))
            flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(spot, int(flags) | Qt.TextFlag.TextSingleLine, shown)
            top += _height(role)


def _lines(index: Index) -> list[str]:
    return str(index.data(Qt.ItemDataRole.DisplayRole) or "").split("\n")


def _roles(lines: list[str]) -> list[TextRole]:
    return [TextRole.BODY if number == 0 else TextRole.SMALL for number in range(len(lines))]


def _font(role: TextRole) -> QFont:
    return theme().font(role)


def _height(role: TextRole) -> int:
    return round(QFontMetrics(_font(role)).height() * 1.15)
