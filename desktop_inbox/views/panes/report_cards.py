"""Cards of the page of reports: a figure, and a chart beside its table."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.views.charts import Chart
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.report_words import Number, Section
from desktop_inbox.views.item_models.text_table import TextTableModel
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel, set_tip
from desktop_inbox.views.theme import TextRole, theme

_HEIGHT, _LEAST = 92, 118  # pixels of a figure
_CARD = 286  # pixels of a chart with its heading
_EVEN = 5  # columns that share the width; more are as wide as they need to be


class NumberCard(QAbstractButton):
    """A figure with its name above and how it compares below; a click opens what it counts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = Number(key="", name="", value="", note="", opens=None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.updateGeometry)

    @property
    def number(self) -> Number:
        """What is shown."""
        return self._number

    def show_number(self, number: Number, *, opens: bool) -> None:
        """Show a figure; one that ``opens`` nothing looks the same and says so by its pointer."""
        self._number = number
        self.setAccessibleName(f"{number.name}: {number.value}" + (f"; {number.note}" if number.note else ""))
        self.setEnabled(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        set_tip(self, self.tr("Show what is counted") if opens else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for three lines."""
        return QSize(theme().px(_LEAST), theme().px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        px, number = theme().px, self._number
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(theme().color("accent_text" if focused else "line"), 2 if focused else 1))
        painter.setBrush(theme().color("hover" if self.underMouse() and number.opens else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        left, width = px(12), self.width() - px(24)
        lines = (
            (number.name, TextRole.SMALL, "muted", px(10), px(18)),
            (number.value, TextRole.HEADING, "text", px(30), px(30)),
            (number.note, TextRole.SMALL, "muted", px(63), px(18)),
        )
        for text, role, color, top, height in lines:
            painter.setFont(theme().font(role))
            painter.setPen(theme().color(color))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
            flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(left, top, width, height), int(flags), shown)


class ChartCard(QFrame):
    """A chart, or its table, with the same numbers."""

    open_wanted = Signal(object)  # Behind
    csv_wanted = Signal(str)  # key of the table

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._section: Section | None = None
        px = theme().px
        self.title = PlainLabel(kind="strong")
        self.switch = page_button(self.tr("Table"), "table-2", self._turn, "quiet")
        self.save = page_button(self.tr("CSV"), "download", self._save, "quiet")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.switch)
        head.addWidget(self.save)
        self.chart = Chart()
        self.model = TextTableModel(self)
        self.table = RowTable("")
        self.table.setModel(self.model)
        self.table.set_row_height(30)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.chart)
        self.stack.addWidget(self.table)
        box = QVBoxLayout(self)
        box.setContentsMargins(px(14), px(8), px(10), px(10))
        box.setSpacing(4)
        box.addLayout(head)
        box.addWidget(self.stack, 1)
        self.setMinimumHeight(px(_CARD))
        self.chart.opened.connect(self._open_value)
        self.table.activated.connect(lambda index: self._open_cell(index.row(), index.column()))

    def show_section(self, section: Section) -> None:
        """Show this chart and this table; whichever stood in front still does."""
        place = self.table.currentIndex()
        self._section = section
        self.title.setText(section.chart.title)
        self.chart.show_data(section.chart)
        self.model.show(
            section.headings,
            [[cell.text for cell in row] for row in section.rows],
            numbers=frozenset(range(1, len(section.headings))),
        )
        self.table.setAccessibleName(f"{section.chart.title}, table")
        header = self.table.horizontalHeader()
        if len(section.headings) <= _EVEN:
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            for edge in (0, len(section.headings) - 1):
                header.setSectionResizeMode(edge, QHeaderView.ResizeMode.ResizeToContents)
        else:
            header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
            self.table.resizeColumnsToContents()
        if place.isValid() and place.row() < self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(place.row(), place.column()))
        self.save.setAccessibleName(f"CSV of {section.chart.title}")
        self._name_switch()

    def show_table(self, *, shown: bool) -> None:
        """Show the table, or the chart."""
        self.stack.setCurrentWidget(self.table if shown else self.chart)
        self._name_switch()

    def _turn(self) -> None:
        to_table = self.stack.currentWidget() is self.chart
        self.show_table(shown=to_table)
        (self.table if to_table else self.chart).setFocus(Qt.FocusReason.OtherFocusReason)

    def _name_switch(self) -> None:
        title = "" if self._section is None else self._section.chart.title
        charted = self.stack.currentWidget() is self.chart
        self.switch.setText(f" {self.tr('Table') if charted else self.tr('Chart')}")
        bind_icon(self.switch, "table-2" if charted else "chart-column", "muted", size=16)
        self.switch.setAccessibleName(f"Table of {title}" if charted else f"Chart of {title}")

    def _open_value(self, place: int, row: int) -> None:
        opens: Callable[[int, int], object] | None = None if self._section is None else self._section.chart_opens
        behind = None if opens is None else opens(place, row)
        if behind is not None:
            self.open_wanted.emit(behind)

    def _open_cell(self, row: int, column: int) -> None:
        if self._section is not None and self._section.rows[row][column].opens is not None:
            self.open_wanted.emit(self._section.rows[row][column].opens)

    def _save(self) -> None:
        if self._section is not None:
            self.csv_wanted.emit(self._section.key)
