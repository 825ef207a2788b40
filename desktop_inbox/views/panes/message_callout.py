"""MessageCallout: everything known about one message, beside its bubble (S2-21)."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QGridLayout, QWidget

from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme


class MessageCallout(QFrame):
    """A small panel of labels and values over the timeline; it takes no focus and no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setProperty("kind", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Message details"))
        shadow = QGraphicsDropShadowEffect(self, blurRadius=24, offset=QPointF(0, 6))
        color = theme().color("shadow")
        color.setAlphaF(0.25)
        shadow.setColor(color)
        self.setGraphicsEffect(shadow)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 12, 14, 12)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self.hide()

    def show_rows(self, rows: list[tuple[str, str]], place: QPoint) -> None:
        """Show labels and values near ``place`` (in the parent), inside the parent."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        width = theme().px(260)
        for number, (label, value) in enumerate(rows):
            name = PlainLabel(label, kind="small")
            text = PlainLabel(value, wrap=True)
            text.setFont(theme().font())
            text.setMinimumWidth(min(width, text.fontMetrics().horizontalAdvance(value) + 4))
            text.setMaximumWidth(width)
            self._grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, number, 1, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleDescription(", ".join(f"{label}: {value}" for label, value in rows))
        self.adjustSize()
        room = self._host.size()
        x = min(max(place.x(), 8), max(room.width() - self.width() - 8, 8))
        y = place.y() - self.height() - 8
        if y < 8:
            y = min(place.y() + 48, max(room.height() - self.height() - 8, 8))
        self.move(x, y)
        self.show()
        self.raise_()
