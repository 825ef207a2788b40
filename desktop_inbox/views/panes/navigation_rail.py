"""NavigationRail: the parts of the program that work, at the left edge."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from desktop_inbox.views.formats import short_count
from desktop_inbox.views.icons import icon_pixmap
from desktop_inbox.views.pages.page import PageSpec
from desktop_inbox.views.plain import repolish, set_tip
from desktop_inbox.views.theme import TextRole, theme


class RailButton(QAbstractButton):
    """An icon above a word, with a number where something needs attention."""

    def __init__(self, key: str, icon_name: str, text: str, *, checkable: bool = True) -> None:
        super().__init__()
        self.key = key
        self._icon_name = icon_name
        self._count = 0
        self._compact = False
        self.setText(text)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._describe()
        theme().changed.connect(self.updateGeometry)

    def set_count(self, count: int) -> None:
        """Show how many need attention; 0 shows nothing."""
        self._count = count
        self._describe()
        self.update()

    def set_compact(self, *, compact: bool) -> None:
        """Show only the icon."""
        self._compact = compact
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size for the font in force."""
        px = theme().px
        return QSize(px(40), px(40)) if self._compact else QSize(px(60), px(50))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, icon, word, number and focus ring."""
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            painter.setBrush(look.color("selection" if self.isChecked() else "hover"))
            painter.drawRoundedRect(self.rect(), 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent_text"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 8, 8)
        color = "accent_text" if self.isChecked() else "muted"
        size = look.px(20)
        top = (self.height() - size) // 2 if self._compact else look.px(8)
        left = (self.width() - size) // 2
        painter.drawPixmap(left, top, icon_pixmap(self._icon_name, color, size, density=self.devicePixelRatioF()))
        if not self._compact:
            font = look.font(TextRole.SMALL)
            font.setPixelSize(look.px(11))
            painter.setFont(font)
            painter.setPen(look.color(color))
            area = QRect(0, top + size, self.width(), self.height() - top - size - look.px(3))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text())
        if self._count:
            self._paint_count(painter, QPoint(left + size, top))

    def _paint_count(self, painter: QPainter, corner: QPoint) -> None:
        look, text = theme(), short_count(self._count)
        font = look.font(TextRole.SECTION)
        font.setPixelSize(look.px(10))
        painter.setFont(font)
        height = look.px(15)
        width = max(height, painter.fontMetrics().horizontalAdvance(text) + look.px(7))
        spot = QRect(corner.x() - height // 2, corner.y() - height // 2, width, height)
        painter.setPen(QPen(look.color("window"), 1))
        painter.setBrush(look.color("attention"))
        painter.drawRoundedRect(spot, height / 2, height / 2)
        painter.setPen(look.color("on_attention"))
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)

    def _describe(self) -> None:
        self.setAccessibleName(self.text())
        told = self.tr("%n unread", "", self._count) if self._count else ""
        self.setAccessibleDescription(told)
        set_tip(self, f"{self.text()} · {told}" if told else self.text())


class NavigationRail(QFrame):
    """Pages above, menu and settings below. Arrow keys move between entries."""

    page_wanted = Signal(str)
    pressed = Signal(str)  # an entry that is no page

    def __init__(self, pages: Sequence[PageSpec] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName("Navigation")
        self._buttons: dict[str, RailButton] = {}
        self._shown = "inbox"
        self.setProperty("mirrored", self.layoutDirection() is Qt.LayoutDirection.RightToLeft)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 10, 6, 10)
        self._column.setSpacing(2)
        self._add("inbox", "messages-square", self.tr("Inbox"))
        for page in pages:
            self._add(page.key, page.icon, QCoreApplication.translate("Pages", page.text))
        self._column.addStretch()
        self._add("menu", "ellipsis", self.tr("Menu"), page=False)
        self._add("settings", "settings", self.tr("Settings"))
        self._buttons["inbox"].setChecked(True)

    def button(self, key: str) -> RailButton:
        """Return an entry."""
        return self._buttons[key]

    def offer(self, key: str, *, offered: bool) -> None:
        """Show an entry or leave it out."""
        self._buttons[key].setVisible(offered)

    def show_page(self, key: str) -> None:
        """Mark the page that is shown."""
        self._shown = key
        for name, button in self._buttons.items():
            button.setChecked(name == key)

    def set_unread(self, count: int) -> None:
        """Show how many conversations have something unread."""
        self._buttons["inbox"].set_count(count)

    def set_compact(self, *, compact: bool) -> None:
        """Show icons only (L02)."""
        self._column.setContentsMargins(*((4, 8, 4, 8) if compact else (6, 10, 6, 10)))
        for button in self._buttons.values():
            button.set_compact(compact=compact)

    def focus(self) -> None:
        """Move the focus to the entry of the page shown."""
        shown = next(button for button in self._buttons.values() if button.isChecked())
        shown.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """The line stands on the side of the pages (T03)."""
        super().changeEvent(event)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if event.type() is QEvent.Type.LayoutDirectionChange and self.property("mirrored") != mirrored:
            self.setProperty("mirrored", mirrored)
            repolish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between entries."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def _toggled(self, key: str, *, on: bool) -> None:
        """Assistive technology presses an entry by toggling it, of which no click tells."""
        if on and key != self._shown:
            self.page_wanted.emit(key)

    def _add(self, key: str, icon_name: str, text: str, *, page: bool = True) -> None:
        button = self._buttons[key] = RailButton(key, icon_name, text, checkable=page)
        if page:
            button.clicked.connect(lambda: self.page_wanted.emit(key))
            button.toggled.connect(lambda on: self._toggled(key, on=on))
        else:
            button.clicked.connect(lambda: self.pressed.emit(key))
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
