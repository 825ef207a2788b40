"""SearchField: a line to search in, with a magnifying glass and a cross that follow the text size (A08)."""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from desktop_inbox.views.icons import bind_icon, icon_pixmap
from desktop_inbox.views.plain import PlainLabel, set_tip
from desktop_inbox.views.theme import theme

_GLASS, _CROSS, _EDGE, _GAP, _END = 18, 16, 8, 8, 28  # pixels at 100 %


class SearchField(QLineEdit):
    """The icons that Qt itself puts into a line stay small when the text grows, so these are painted here."""

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "search")
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.cross = QToolButton(self)
        self.cross.setAccessibleName(self.tr("Clear the search"))
        set_tip(self.cross, self.tr("Clear the search"))
        self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Esc clears by key
        self.cross.setCursor(Qt.CursorShape.ArrowCursor)
        self.cross.clicked.connect(lambda _checked=False: self.clear())
        bind_icon(self.cross, "x", "muted", size=_CROSS)
        self.cross.hide()
        self.textChanged.connect(lambda text: self.cross.setVisible(bool(text)))
        self._end: QToolButton | None = None  # a button after the cross
        self._number = PlainLabel(kind="count", parent=self)
        self._number.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._number.hide()
        theme().changed.connect(self._fit)
        self._fit()

    def add_button(self, icon: str, name: str) -> QToolButton:
        """Put a button at the end of the line."""
        button = self._end = QToolButton(self)
        button.setAccessibleName(name)
        button.setProperty("kind", "inside")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        bind_icon(button, icon, "muted", size=_GLASS)
        self._fit()
        return button

    def show_number(self, number: int) -> None:
        """Show a small number on that button; none for 0."""
        self._number.setText(str(number))
        self._number.setVisible(number > 0)
        self._number.raise_()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cross at the end."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Change sides with the reading direction."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the glass beside the text."""
        super().paintEvent(event)
        size = theme().px(_GLASS)
        painter = QPainter(self)
        density = self.devicePixelRatioF()
        glass = icon_pixmap("search", "muted", size, density=density)
        painter.drawPixmap(self._spot(size, leading=True).topLeft(), glass)

    def _fit(self) -> None:
        px = theme().px
        leading, trailing = px(_GLASS + _GAP), px(_CROSS + _GAP + (_END if self._end is not None else 0))
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.setTextMargins(trailing if mirrored else leading, 0, leading if mirrored else trailing, 0)
        self._place()

    def _place(self) -> None:
        cross = self._spot(theme().px(_CROSS + 4), leading=False)
        if self._end is not None:
            mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            size = theme().px(_END)
            spot = self._spot(size, leading=False).translated((-1 if mirrored else 1) * theme().px(4), 0)
            self._end.setGeometry(spot)
            cross.translate((1 if mirrored else -1) * size, 0)
            self._number.adjustSize()
            self._number.move(spot.right() - self._number.width() + 3, spot.top() - 1)
        self.cross.setGeometry(cross)

    def _spot(self, size: int, *, leading: bool) -> QRect:
        edge = theme().px(_EDGE)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = edge if leading is not mirrored else self.width() - edge - size
        return QRect(left, (self.height() - size) // 2, size, size)
