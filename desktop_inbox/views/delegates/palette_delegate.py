"""PaletteDelegate: paints one entry of the quick switcher."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.item_models.palette import Entry, Role
from desktop_inbox.views.theme import TextRole, theme

Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Picture, title, and the number or the keys at the end."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the row height, which follows the font."""
        return QSize(theme().px(100), max(theme().px(40), QFontMetrics(theme().font()).height() + theme().px(16)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one entry."""
        entry = index.data(Role.ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        px, rect = theme().px, option.rect
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = option.state & QStyle.StateFlag.State_Selected
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("selection" if selected else "hover"))
            painter.drawRoundedRect(rect.adjusted(4, 0, -4, 0), 6, 6)
        density = painter.device().devicePixelRatioF()
        size = px(26) if entry.contact_id is not None else px(18)
        column = px(26)
        left = 14 + (column - size) // 2
        x = rect.right() + 1 - left - size if mirrored else rect.left() + left
        top = rect.top() + (rect.height() - size) // 2
        if entry.contact_id is not None:
            painter.drawPixmap(x, top, avatar_pixmap(entry.contact_id, entry.title, size, density=density))
        else:
            painter.drawPixmap(x, top, icon_pixmap(entry.icon or "chevron-right", "muted", size, density=density))
        beside = 14 + column + 10
        area = rect.adjusted(14 if mirrored else beside, 0, -(beside if mirrored else 14), 0)
        self._texts(painter, area, entry)
        painter.restore()

    def _texts(self, painter: QPainter, area: QRect, entry: Entry) -> None:
        small = theme().font(TextRole.SMALL)
        hint = QFontMetrics(small).elidedText(entry.hint, Qt.TextElideMode.ElideRight, area.width() // 2)
        painter.setFont(small)
        painter.setPen(theme().color("muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter, hint)
        room = area.width() - QFontMetrics(small).horizontalAdvance(hint) - 12
        font = theme().font()
        painter.setFont(font)
        painter.setPen(theme().color("text"))
        title = QFontMetrics(font).elidedText(entry.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter, title)
