"""FolderList: the folders of messages and the labels below them, each with its number."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.folder import Folder, FolderCounts, Place
from desktop_inbox.models.entities.ids import LabelId
from desktop_inbox.views.actions import QT_TRANSLATE_NOOP
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel, escaped, plain_name
from desktop_inbox.views.theme import TextRole, theme

_PLACE, _COUNT, _ICON = (Qt.ItemDataRole.UserRole + number for number in range(3))
_EDGE, _ROW, _SIZE, _WIDTH = 12, 34, 18, 216  # pixels at 100 %

#: Icon and name of each folder, in order.
LOOKS: dict[Folder, tuple[str, str]] = {
    Folder.INBOX: ("inbox", QT_TRANSLATE_NOOP("Folders", "Inbox")),
    Folder.FLOWS: ("split", QT_TRANSLATE_NOOP("Folders", "Flows")),
    Folder.ARCHIVED: ("archive", QT_TRANSLATE_NOOP("Folders", "Archived")),
    Folder.OUTBOX: ("clock", QT_TRANSLATE_NOOP("Folders", "Outbox")),
    Folder.SENT: ("send", QT_TRANSLATE_NOOP("Folders", "Sent")),
    Folder.CALLS: ("phone", QT_TRANSLATE_NOOP("Folders", "Calls")),
    Folder.SCHEDULES: ("calendar-clock", QT_TRANSLATE_NOOP("Folders", "Schedules")),
    Folder.FAILED: ("circle-alert", QT_TRANSLATE_NOOP("Folders", "Failed")),
}


def folder_name(folder: Folder) -> str:
    """Return the name of a folder in the language in force."""
    return QCoreApplication.translate("Folders", LOOKS[folder][1])


def empty_words(place: Place) -> tuple[str, str]:
    """Return the icon and the sentence of a list in which nothing lies."""
    if not isinstance(place, Folder):
        return "tag", _tr("No message has this label.")
    texts = {
        Folder.INBOX: _tr("What contacts write appears here, until it is archived."),
        Folder.FLOWS: _tr("What contacts answer while a flow talks with them appears here."),
        Folder.ARCHIVED: _tr("Archived messages stay here until they are restored or deleted."),
        Folder.OUTBOX: _tr("Everything that was to be sent has left."),
        Folder.SENT: _tr("What the office sends appears here."),
        Folder.CALLS: _tr("Calls to and from your channels appear here."),
        Folder.SCHEDULES: "",
        Folder.FAILED: _tr("Every message went out. What fails appears here, with the reason."),
    }
    return LOOKS[place][0], texts[place]


def count_words(place: Place, total: int, whole: int | None, formats: Formats) -> str:
    """Return how many a list has; ``whole`` is how many the folder has where only some are wanted."""
    number = formats.number(total)
    if place is Folder.CALLS:
        words = _tr("1 call") if total == 1 else _tr("{n} calls").format(n=number)
    else:
        words = _tr("1 message") if total == 1 else _tr("{n} messages").format(n=number)
    return words if whole is None else _tr("{found} of {all}").format(found=words, all=formats.number(whole))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Folders", text)


class FolderList(QListWidget):
    """``chosen`` tells a place; ``menu_wanted`` a label and where the menu is to be."""

    chosen = Signal(object)  # Place
    menu_wanted = Signal(int, QPoint)

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("folders")
        self.setAccessibleName("Messages folders")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(_Lines(formats, self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.customContextMenuRequested.connect(self._ask_menu)
        self._formats = formats
        self._telling = True
        self._schedules = False
        self.currentItemChanged.connect(lambda item, _before: self._tell(item))
        theme().changed.connect(self.doItemsLayout)
        self.show_counts(FolderCounts(folders={}))

    def offer_schedules(self, *, offered: bool) -> None:
        """Show the entry that leads to the page of schedules, or leave it out."""
        self._schedules = offered
        for row in range(self.count()):
            if self.item(row).data(_PLACE) == Folder.SCHEDULES:
                self.setRowHidden(row, not offered)

    def show_counts(self, counts: FolderCounts) -> None:
        """Show every number; labels come and go."""
        wanted: list[tuple[Place | None, str, str, int]] = [
            (folder, LOOKS[folder][0], folder_name(folder), counts.of(folder)) for folder in Folder
        ]
        if counts.labels:
            wanted.append((None, "", QCoreApplication.translate("Folders", "LABELS"), 0))
            wanted += [(label.id, "tag", plain_name(label.name), label.messages) for label in counts.labels]
        self._telling = False
        current = self.place
        for row, (place, icon_name, name, count) in enumerate(wanted):
            item = self.item(row) if row < self.count() else QListWidgetItem(self)
            self._fill(item, place, icon_name, name, count)
        while self.count() > len(wanted):
            self.takeItem(self.count() - 1)
        if current is not None:
            self.show_place(current)
        self._telling = True
        self.offer_schedules(offered=self._schedules)

    def show_place(self, place: Place) -> bool:
        """Mark the list that is shown; False where there is none such, as of a deleted label."""
        before, self._telling = self._telling, False
        row = next((row for row in range(self.count()) if self._place_in(row) == place), -1)
        self.setCurrentRow(row)
        self._telling = before
        return row >= 0

    @property
    def place(self) -> Place | None:
        """The list that is marked."""
        return self._place_in(self.currentRow()) if self.currentRow() >= 0 else None

    def count_of(self, place: Place) -> int:
        """The number shown beside a list."""
        row = next(row for row in range(self.count()) if self._place_in(row) == place)
        return int(self.item(row).data(_COUNT))

    def _place_in(self, row: int) -> Place | None:
        stored = self.item(row).data(_PLACE)
        if stored is None:
            return None
        return Folder(stored) if isinstance(stored, str) else LabelId(stored)

    def _fill(self, item: QListWidgetItem, place: Place | None, icon_name: str, name: str, count: int) -> None:
        told = self.tr("1 message") if count == 1 else self.tr("%n messages", "", count)
        values = {
            _PLACE: place.value if isinstance(place, Folder) else place,
            _ICON: icon_name,
            _COUNT: count,
            Qt.ItemDataRole.DisplayRole: name,
            Qt.ItemDataRole.AccessibleTextRole: name if place is None else f"{name}, {told}",
            Qt.ItemDataRole.ToolTipRole: f"<qt>{escaped(name)}</qt>" if place is not None else None,
        }
        for role, value in values.items():
            if item.data(role) != value:
                item.setData(role, value)
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(Qt.ItemFlag.NoItemFlags if place is None else usual)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None and self._telling:
            place = self._place_in(self.row(item))
            if place is not None:
                self.chosen.emit(place)

    def _ask_menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        place = None if item is None else self._place_in(self.row(item))
        if place is not None and not isinstance(place, Folder):
            self.menu_wanted.emit(int(place), self.viewport().mapToGlobal(at))


class FolderSide(QFrame):
    """The left column: heading, folders, and a way to make a label."""

    def __init__(self, folders: FolderList, new_label: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        px = theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(16), px(8), px(8))
        column.setSpacing(8)
        title = PlainLabel(self.tr("Messages"), kind="heading")
        title.setContentsMargins(px(_EDGE), 0, 0, px(4))
        column.addWidget(title)
        column.addWidget(folders, 1)
        self.new_label = page_button(self.tr("New label…"), "plus", new_label, "quiet")
        column.addWidget(self.new_label, 0, Qt.AlignmentFlag.AlignLeft)
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(theme().px(_WIDTH))


class _Lines(QStyledItemDelegate):
    """Icon, name, number; a heading over the labels."""

    def __init__(self, formats: Formats, parent: QWidget) -> None:
        super().__init__(parent)
        self._formats = formats

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height, which follows the font."""
        return QSize(theme().px(100), max(theme().px(_ROW), QFontMetrics(theme().font()).height() + theme().px(12)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one line."""
        px, rect = theme().px, option.rect
        painter.save()
        painter.setLayoutDirection(option.direction)
        if index.data(_PLACE) is None:
            painter.setFont(theme().font(TextRole.SECTION))
            painter.setPen(theme().color("muted"))
            flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignBottom
            painter.drawText(rect.adjusted(px(_EDGE), 0, -px(_EDGE), -px(5)), int(flags), str(index.data()))
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        self._ground(painter, option, chosen=chosen)
        mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        size = px(_SIZE)
        left = rect.right() + 1 - px(_EDGE) - size if mirrored else rect.left() + px(_EDGE)
        density = painter.device().devicePixelRatioF()
        count = int(index.data(_COUNT) or 0)
        colour = "accent_text" if chosen else "muted"
        if index.data(_PLACE) == Folder.FAILED and count:
            colour = "attention"
        pixmap = icon_pixmap(index.data(_ICON), colour, size, density=density)
        painter.drawPixmap(left, rect.top() + (rect.height() - size) // 2, pixmap)
        small = theme().font(TextRole.SMALL)
        painter.setFont(small)
        painter.setPen(theme().color("muted"))
        number = self._formats.number(count)
        area = rect.adjusted(px(_EDGE), 0, -px(_EDGE), 0)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter), number)
        self._name(painter, area, str(index.data()), QFontMetrics(small).horizontalAdvance(number), chosen=chosen)
        painter.restore()

    def _name(self, painter: QPainter, area: QRect, name: str, number: int, *, chosen: bool) -> None:
        px = theme().px
        begin, end = px(_SIZE + 10), number + px(8)
        mirrored = painter.layoutDirection() is Qt.LayoutDirection.RightToLeft
        spot = area.adjusted(end if mirrored else begin, 0, -(begin if mirrored else end), 0)
        font = theme().font(TextRole.STRONG if chosen else TextRole.BODY)
        painter.setFont(font)
        painter.setPen(theme().color("accent_text" if chosen else "text"))
        shown = QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideRight, spot.width())
        painter.drawText(spot, int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter), shown)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, *, chosen: bool) -> None:
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("selection" if chosen else "hover"))
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 6, 6)
