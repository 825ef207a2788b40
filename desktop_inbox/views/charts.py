"""Chart: bars or lines over days or channels, painted in the theme's colours, read with the arrow keys.

Series differ by colour and by hatching, dashes or marks. A chart never stands alone: the page shows its table too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_inbox.views.chart_scale import label_step, number_ticks
from desktop_inbox.views.plain import set_tip
from desktop_inbox.views.theme import TextRole, theme
from desktop_inbox.views.toasts import announce

#: Tokens of the series; both stand out from the surface by more than 3:1, light and dark.
COLORS: Final = ("accent_text", "success")
_MOST_BAR, _GAP = 36, 6  # pixels
_LEGEND, _TOP, _BOTTOM = 26, 26, 24
_TOLD = 6  # bars that have their value written above


class ChartKind(StrEnum):
    """How values are drawn."""

    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One row of values, of which None is a gap."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What a chart shows. ``labels`` stand below, ``names`` are read out; ``value_text`` writes a value."""

    title: str
    labels: tuple[str, ...]
    names: tuple[str, ...]
    series: tuple[Series, ...]
    kind: ChartKind = ChartKind.BARS
    value_text: Callable[[float], str] = str
    ticks: Callable[[float], Sequence[float]] = number_ticks
    gap_text: str = "-"

    def words(self, place: int) -> str:
        """Return one place in words: "Sunday 22 November: Received 42, Sent 31"."""
        values = ((one.name, one.values[place]) for one in self.series)
        told = (f"{name} {self.gap_text if value is None else self.value_text(value)}" for name, value in values)
        return f"{self.names[place]}: {', '.join(told)}"

    @property
    def highest(self) -> float:
        """The highest value."""
        return max((value for one in self.series for value in one.values if value is not None), default=0)


class Chart(QWidget):
    """Paints a ``ChartData``; one place of it is current while the chart has the focus or the mouse is over it."""

    opened = Signal(int, int)  # place and series: Enter or a click on a value

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = ChartData(title="", labels=(), names=(), series=())
        self._place, self._row = -1, 0
        self._hovered = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().changed.connect(self.update)

    @property
    def data(self) -> ChartData:
        """What is shown."""
        return self._data

    def show_data(self, data: ChartData) -> None:
        """Show this; the place that was current stays so where it is still there."""
        self._data = data
        self._place = min(self._place, len(data.labels) - 1)
        self._row = min(self._row, max(0, len(data.series) - 1))
        self._hovered = -1
        self.setAccessibleName(data.title)
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for a fair picture."""
        return QSize(theme().px(420), theme().px(220))

    def minimumSizeHint(self) -> QSize:
        """Return room for a few labels."""
        return QSize(theme().px(220), theme().px(170))

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from value to value, Home and End to either end, Enter opens."""
        last = len(self._data.labels) - 1
        step = -1 if self.isRightToLeft() else 1
        moves = {
            Qt.Key.Key_Right: self._place + step,
            Qt.Key.Key_Left: (last if self._place < 0 else self._place - step),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if last < 0:
            super().keyPressEvent(event)
        elif key in moves:
            self._go(max(0, min(last, moves[key])), self._row)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and len(self._data.series) > 1:
            self._go(max(0, self._place), (self._row + 1) % len(self._data.series))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._place >= 0:
            self.opened.emit(self._place, self._row)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point out what the mouse is over."""
        place = self._at(event.position().toPoint())
        if place != self._hovered:
            self._hovered = place
            set_tip(self, self._data.words(place) if place >= 0 else "")
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed out any more."""
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the value current."""
        place = self._at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and place >= 0:
            self._go(place, self._series_at(event.position().toPoint(), place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the value."""
        if event.button() is Qt.MouseButton.LeftButton and self._at(event.position().toPoint()) == self._place >= 0:
            self.opened.emit(self._place, self._row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """There is none."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the arrows are."""
        if self._place < 0 and self._data.labels:
            self._place = len(self._data.labels) - 1
            self._describe()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show nothing of it."""
        self.update()

    def _go(self, place: int, row: int) -> None:
        self._place, self._row = place, row
        self._describe()
        announce(self, self._data.words(place))
        self.update()

    def _describe(self) -> None:
        if 0 <= self._place < len(self._data.names):
            self.setAccessibleDescription(self._data.words(self._place))
        else:
            self.setAccessibleDescription(self.tr("Chart. The arrow keys read value by value."))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scale, the values and the legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        data, area = self._data, self._area()
        ticks = data.ticks(data.highest)
        self._paint_scale(painter, area, ticks)
        self._paint_labels(painter, area)
        if data.labels:
            self._paint_current(painter, area)
            paint = self._paint_bars if data.kind is ChartKind.BARS else self._paint_lines
            for row in range(len(data.series)):
                paint(painter, area, ticks[-1], row)
        if len(data.series) > 1:
            self._paint_legend(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme().color("accent_text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _area(self) -> QRectF:
        px, data = theme().px, self._data
        metrics = QFontMetrics(theme().font(TextRole.SMALL))
        ticks = data.ticks(data.highest)
        left = max((metrics.horizontalAdvance(data.value_text(tick)) for tick in ticks), default=0) + px(14)
        top = px(_LEGEND) if len(data.series) > 1 else px(_TOP)
        return QRectF(left, top, max(1, self.width() - left - px(10)), max(1, self.height() - top - px(_BOTTOM)))

    def _column(self, area: QRectF, place: int) -> QRectF:
        width = area.width() / max(1, len(self._data.labels))
        left = area.right() - (place + 1) * width if self.isRightToLeft() else area.left() + place * width
        return QRectF(left, area.top(), width, area.height())

    def _paint_scale(self, painter: QPainter, area: QRectF, ticks: Sequence[float]) -> None:
        painter.setFont(theme().font(TextRole.SMALL))
        for tick in ticks:
            y = round(area.bottom() - area.height() * tick / ticks[-1]) + 0.5
            painter.setPen(QPen(theme().color("border" if tick == 0 else "line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme().color("muted"))
            box = QRectF(0, y - 10, area.left() - theme().px(8), 20)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._data.value_text(tick)
            )

    def _paint_labels(self, painter: QPainter, area: QRectF) -> None:
        labels = self._data.labels
        if not labels:
            return
        metrics = painter.fontMetrics()
        widest = max(metrics.horizontalAdvance(label) for label in labels) + theme().px(14)
        if self._data.kind is ChartKind.BARS and len(labels) * widest > area.width() and len(labels) <= 6:
            widest = int(area.width() / len(labels))  # names of channels are shortened, days left out
        step = label_step(len(labels), int(area.width() // widest))
        painter.setPen(theme().color("muted"))
        for place in range((len(labels) - 1) % step, len(labels), step):  # the last day always has its label
            middle = self._column(area, place).center().x()
            left = max(0.0, min(middle - widest / 2, self.width() - widest))
            box = QRectF(left, area.bottom() + theme().px(4), widest, theme().px(18))
            text = metrics.elidedText(labels[place], Qt.TextElideMode.ElideRight, widest)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _paint_current(self, painter: QPainter, area: QRectF) -> None:
        place = self._hovered if self._hovered >= 0 else self._place if self.hasFocus() else -1
        if 0 <= place < len(self._data.labels):
            painter.fillRect(self._column(area, place), theme().color("selection" if self.hasFocus() else "hover"))

    def _paint_bars(self, painter: QPainter, area: QRectF, top: float, row: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for place, value in enumerate(self._data.series[row].values):
            if not value:
                continue
            box = self._bar(area, place, row, value / top)
            painter.fillRect(box, _brush(row))
            painter.setPen(QPen(_color(row), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(0, 0, -1, -1))
            if len(self._data.series) == 1 and len(self._data.labels) <= _TOLD:
                self._paint_value(painter, self._column(area, place), box.top(), value)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_value(self, painter: QPainter, column: QRectF, top: int, value: float) -> None:
        painter.setFont(theme().font(TextRole.SMALL))
        painter.setPen(theme().color("text"))
        box = QRectF(column.left(), top - theme().px(20), column.width(), theme().px(18))
        painter.drawText(
            box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, self._data.value_text(value)
        )

    def _bar(self, area: QRectF, place: int, row: int, share: float) -> QRect:
        column, count = self._column(area, place), len(self._data.series)
        gap = min(_GAP, column.width() * 0.25)
        width = max(1.0, min(theme().px(_MOST_BAR), (column.width() - gap) / count))
        at = count - 1 - row if self.isRightToLeft() else row
        left = column.center().x() - width * count / 2 + at * width
        height = max(2.0, area.height() * share)
        return QRectF(left, area.bottom() - height, max(1.0, width - 1), height).toAlignedRect()

    def _paint_lines(self, painter: QPainter, area: QRectF, top: float, row: int) -> None:
        points: list[QPointF] = []
        style = Qt.PenStyle.SolidLine if row == 0 else Qt.PenStyle.DashLine
        for place, value in enumerate((*self._data.series[row].values, None)):
            if value is not None:
                points.append(
                    QPointF(self._column(area, place).center().x(), area.bottom() - area.height() * value / top)
                )
                continue
            painter.setPen(QPen(_color(row), 2, style))
            painter.drawPolyline(QPolygonF(points))
            crowded = len(self._data.labels) > area.width() / 8
            for point in points if not crowded or len(points) == 1 else ():
                _mark(painter, point, row)
            points = []

    def _paint_legend(self, painter: QPainter) -> None:
        painter.setFont(theme().font(TextRole.SMALL))
        metrics, x, middle = painter.fontMetrics(), float(theme().px(2)), theme().px(_LEGEND) / 2 - 2
        for row, one in enumerate(self._data.series):
            box = QRect(round(x), round(middle) - 5, 16, 10)
            if self._data.kind is ChartKind.BARS:
                painter.fillRect(box, _brush(row))
                painter.setPen(QPen(_color(row), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(0, 0, -1, -1))
            else:
                style = Qt.PenStyle.SolidLine if row == 0 else Qt.PenStyle.DashLine
                painter.setPen(QPen(_color(row), 2, style))
                painter.drawLine(QPointF(x, middle), QPointF(x + 16, middle))
                _mark(painter, QPointF(x + 8, middle), row)
            painter.setPen(theme().color("text"))
            width = metrics.horizontalAdvance(one.name) + 4
            painter.drawText(QRectF(x + 22, middle - 10, width, 20), Qt.AlignmentFlag.AlignVCenter, one.name)
            x += 22 + width + theme().px(14)

    def _at(self, point: QPoint) -> int:
        area, count = self._area(), len(self._data.labels)
        if not count or not area.contains(QPointF(point)):
            return -1
        place = int((point.x() - area.left()) / (area.width() / count))
        return max(0, min(count - 1, count - 1 - place if self.isRightToLeft() else place))

    def _series_at(self, point: QPoint, place: int) -> int:
        count = len(self._data.series)
        if self._data.kind is not ChartKind.BARS or count < 2:
            return min(self._row, max(0, count - 1))
        first = point.x() < self._column(self._area(), place).center().x()
        return 0 if first is not self.isRightToLeft() else 1


def _color(row: int) -> QColor:
    return theme().color(COLORS[row % len(COLORS)])


def _brush(row: int) -> QBrush:
    """Return what fills bars: the first series is solid, the second hatched."""
    if row == 0:
        return QBrush(_color(row))
    return QBrush(_color(row), Qt.BrushStyle.BDiagPattern)


def _mark(painter: QPainter, point: QPointF, row: int) -> None:
    """Paint a point of a line: round in the first series, square in the second."""
    painter.setPen(QPen(_color(row), 2))
    painter.setBrush(theme().color("surface") if row else _color(row))
    box = QRectF(point.x() - 3, point.y() - 3, 6, 6)
    painter.drawRect(box) if row else painter.drawEllipse(box)
