"""ViewSelector: the views and segments to choose from, each with its number of contacts and its attention mark."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHideEvent, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.conversation import ViewCount
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon, icon_pixmap
from desktop_inbox.views.item_models.listed import Listed, Section, fitting, sentence
from desktop_inbox.views.plain import PlainLabel, escaped
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import TextRole, theme

_WIDTH, _ROW, _HEAD = 376, 34, 30  # pixels at 100 %
_EDGE, _ICON, _DOT, _NUMBER, _KEYS = 10, 16, 8, 56, 46
_LISTED = Qt.ItemDataRole.UserRole
_COUNT = Qt.ItemDataRole.UserRole + 1
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}

Index = QModelIndex | QPersistentModelIndex


class ViewSelector(QFrame):
    """A box to type in over the list: arrows move, Enter chooses, Esc closes. It shows counts as they come."""

    chosen = Signal(object)  # Listed
    create_wanted = Signal()
    closed = Signal()

    def __init__(self, formats: Formats, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "popup")
        self.setAccessibleName("Views")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._known: Sequence[Listed] = ()
        self._counts: Mapping[str, ViewCount] = {}
        self._current = ""
        self.box = SearchField("Find a view", self.tr("Find a view or segment"))
        self.box.textChanged.connect(self._refresh)
        self.box.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Views")
        self.list.setProperty("kind", "choices")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # typing goes on in the box
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setItemDelegate(_Lines(formats, self.list))
        self.list.itemClicked.connect(self._pick)
        self._none = PlainLabel(self.tr("No view is called that."), kind="secondary", wrap=True)
        self.new_button = QPushButton(self.tr("Create segment"))
        self.new_button.setProperty("kind", "quiet")
        self.new_button.setAccessibleName("Create segment")
        bind_icon(self.new_button, "plus", "muted", size=16)
        self.new_button.clicked.connect(self._create)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        for widget in (self.box, self.list, self._none):
            box.addWidget(widget)
        box.addWidget(self.new_button, 0, Qt.AlignmentFlag.AlignLeading)
        self.setFixedWidth(theme().px(_WIDTH))

    def show_views(self, known: Sequence[Listed], counts: Mapping[str, ViewCount], current: str) -> None:
        """Offer these; the one with the key ``current`` is marked. Called again whenever counts come."""
        self._known, self._counts, self._current = known, counts, current
        self._refresh()

    def open_under(self, button: QWidget) -> None:
        """Show it under a button, inside the screen."""
        place = button.mapToGlobal(QPoint(0, button.height() + 4))
        screen = button.screen().availableGeometry()
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            place.setX(place.x() + button.width() - self.width())
        place.setX(max(screen.left() + 8, min(place.x(), screen.right() - self.width() - 8)))
        self._fit(screen.bottom() - place.y() - theme().px(120))
        self.move(place)
        self.show()
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move and choose from the box."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _STEPS:
                self._step(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.list.currentItem() is not None:
                    self._pick(self.list.currentItem())
                return True
            if key is Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _refresh(self) -> None:
        """Put the lines together anew; the one that is current stays so."""
        text = self.box.text()
        item = self.list.currentItem()
        was = item.data(_LISTED).key if item is not None else self._current
        top = self.list.verticalScrollBar().value()
        found = fitting(self._known, text)
        self.list.clear()
        section = None
        for listed in found:
            if listed.section is not section and listed.section is not Section.VIEWS:
                self._add_heading(listed.section)
            section = listed.section
            self._add(listed)
        self._none.setVisible(not found)
        self.list.setVisible(bool(found))
        keys = [self._key(row) for row in range(self.list.count())]
        wanted = was if was in keys and not text else next((key for key in keys if key), "")
        if wanted:
            self.list.setCurrentRow(keys.index(wanted))
        self.list.verticalScrollBar().setValue(top)

    def _add(self, listed: Listed) -> None:
        count = self._counts.get(listed.key)
        item = QListWidgetItem(listed.name)
        item.setData(_LISTED, listed)
        item.setData(_COUNT, count)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, sentence(listed, count))
        tip = sentence(listed, count) + (f" ({_keys(listed)})" if listed.number else "")
        item.setData(Qt.ItemDataRole.ToolTipRole, f"<qt>{escaped(tip)}</qt>")
        self.list.addItem(item)

    def _add_heading(self, section: Section) -> None:
        names = {Section.BUILT_IN: self.tr("Built-in segments"), Section.SAVED: self.tr("Your segments")}
        item = QListWidgetItem(names[section])
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _key(self, row: int) -> str:
        listed = self.list.item(row).data(_LISTED)
        return listed.key if isinstance(listed, Listed) else ""

    def _step(self, rows: int) -> None:
        row, step = self.list.currentRow(), 1 if rows > 0 else -1
        for _ in range(abs(rows)):
            further = row + step
            while 0 <= further < self.list.count() and not self._key(further):
                further += step
            if not 0 <= further < self.list.count():
                break
            row = further
        self.list.setCurrentRow(row)

    def _fit(self, room: int) -> None:
        height = sum(self.list.sizeHintForRow(row) for row in range(self.list.count())) + 4
        self.list.setFixedHeight(min(height, max(room, theme().px(200))))
        self.adjustSize()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it closed, chosen or not."""
        super().hideEvent(event)
        self.closed.emit()

    def _pick(self, item: QListWidgetItem) -> None:
        listed = item.data(_LISTED)
        if isinstance(listed, Listed):
            self.close()
            self.chosen.emit(listed)

    def _create(self) -> None:
        self.close()
        self.create_wanted.emit()


class _Lines(QStyledItemDelegate):
    """Icon, name, lock; the dot of attention, the number of contacts, the number of the key."""

    def __init__(self, formats: Formats, parent: QWidget) -> None:
        super().__init__(parent)
        self._formats = formats

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height, which follows the font."""
        heading = not isinstance(index.data(_LISTED), Listed)
        font = theme().font(TextRole.SECTION if heading else TextRole.BODY)
        least = theme().px(_HEAD if heading else _ROW)
        return QSize(theme().px(100), max(least, QFontMetrics(font).height() + theme().px(12)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one line."""
        listed, rect = index.data(_LISTED), option.rect
        painter.save()
        painter.setLayoutDirection(option.direction)
        edge = theme().px(_EDGE)
        if not isinstance(listed, Listed):
            painter.setFont(theme().font(TextRole.SECTION))
            painter.setPen(theme().color("muted"))
            area = rect.adjusted(edge, 0, -edge, -theme().px(4))
            painter.drawText(area, int(_LEADING_BOTTOM), str(index.data()))
        else:
            self._ground(painter, option)
            count = index.data(_COUNT)
            self._line(painter, option, listed, count if isinstance(count, ViewCount) else None)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = option.state & QStyle.StateFlag.State_Selected
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("selection" if chosen else "hover"))
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 6, 6)

    def _line(self, painter: QPainter, option: QStyleOptionViewItem, listed: Listed, count: ViewCount | None) -> None:
        px, rect = theme().px, option.rect
        mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        density = painter.device().devicePixelRatioF()

        def spot(left: int, width: int) -> QRect:
            x = rect.right() + 1 - left - width if mirrored else rect.left() + left
            return QRect(x, rect.top(), width, rect.height())

        size = px(_ICON)
        middle = rect.top() + (rect.height() - size) // 2
        colour = "attention" if listed.segment is not None and listed.segment.broken else "muted"
        painter.drawPixmap(
            spot(px(_EDGE), size).left(), middle, icon_pixmap(listed.icon, colour, size, density=density)
        )
        key, total = px(_KEYS), px(_NUMBER)
        small = theme().font(TextRole.SMALL)
        painter.setFont(small)
        painter.setPen(theme().color("muted"))
        if listed.number:
            painter.drawText(spot(rect.width() - px(_EDGE) - key, key), int(_TRAILING), _keys(listed))
        at = rect.width() - px(_EDGE) - key - total
        if count is not None:
            painter.setPen(theme().color("text" if count.unread else "muted"))
            painter.drawText(spot(at, total), int(_TRAILING), self._formats.number(count.total))
            if count.unread:
                self._dot(painter, spot(at, px(_DOT)))
        begin = px(_EDGE) + size + px(10)
        font = theme().font(TextRole.STRONG if count is not None and count.unread else TextRole.BODY)
        painter.setFont(font)
        painter.setPen(theme().color("text"))
        room = max(0, at - begin)
        name = QFontMetrics(font).elidedText(listed.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(spot(begin, room), int(_LEADING), name)

    def _dot(self, painter: QPainter, area: QRect) -> None:
        """The mark of attention before the number; the weight of the name says the same."""
        size = area.width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("attention"))
        painter.drawEllipse(area.left(), area.top() + (area.height() - size) // 2, size, size)


def _keys(listed: Listed) -> str:
    return QKeySequence(f"Ctrl+{listed.number}").toString(QKeySequence.SequenceFormat.NativeText)


_LEADING = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
_TRAILING = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
_LEADING_BOTTOM = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignBottom
