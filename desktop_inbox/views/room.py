"""What a window does where there is little room, as with large text on a small screen (A08, L02)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLayout,
    QScrollArea,
    QTableView,
    QWidget,
)

from desktop_inbox.views.panes.flow_layout import FlowLayout
from desktop_inbox.views.theme import theme

_EDGE = 24  # pixels that a dialog leaves of the screen
_TITLE = 220  # pixels at 100 % that a long title has at least beside the buttons


def fit_dialog(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog a size (pixels at 100 %), but no more than the screen, or the window it lies over, has."""
    parent = dialog.parentWidget()
    room = dialog.screen().availableSize()
    if parent is not None:
        room = room.expandedTo(parent.window().size())
    px = theme().px
    dialog.resize(min(px(width), room.width() - _EDGE), min(px(height), room.height() - _EDGE))


def scrolled(inside: QWidget) -> QScrollArea:
    """Return an area in which ``inside`` is moved where it does not fit."""
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


class PageHead(QWidget):
    """Title and what belongs to it, and buttons at the other end; under the title where both do not fit."""

    def __init__(self, title: Sequence[QWidget], buttons: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._buttons = title, buttons
        self._row = FlowLayout(spacing=8)
        self._end = QWidget()
        self._end.setLayout(self._row)
        for button in buttons:
            self._row.addWidget(button)
        begin = QHBoxLayout()
        begin.setSpacing(8)
        for widget in title:
            begin.addWidget(widget)
        begin.addStretch()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._box.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._box.addLayout(begin, 1)
        self._box.addWidget(self._end)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return what is needed with the buttons in a column."""
        widest = max((button.sizeHint().width() for button in self._buttons), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons where they fit."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Other words on a button, or another one shown, may need another place."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        beside = _width(self._buttons, self._row.spacing())
        words = min(_width(self._title, 8), theme().px(_TITLE))
        fits = beside + words + 8 <= self.width()
        self._end.setMinimumWidth(beside if fits else 0)
        wanted = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if self._box.direction() is not wanted:
            self._box.setDirection(wanted)


def _width(widgets: Sequence[QWidget], spacing: int) -> int:
    hints = (widget.sizeHint().boundedTo(widget.maximumSize()) for widget in widgets if not widget.isHidden())
    shown = [hint.width() for hint in hints]
    return sum(shown) + spacing * max(0, len(shown) - 1)


class ColumnRoom(QObject):
    """Keeps a table readable: the column of texts has what the others leave, and never less than ``least``; where that
    is too little, columns that matter less are left out, the first of ``give_up`` first. Pixels are at 100 %."""

    def __init__(
        self,
        table: QTableView,
        widths: Mapping[Any, int],
        text: int,
        *,
        give_up: Sequence[int] = (),
        least: int = 170,
        shown: Callable[[int], bool] = lambda _column: True,
    ) -> None:
        super().__init__(table)
        self._table, self._widths, self._text = table, dict(widths), text
        self._fitting = False
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.fit)
        self._give_up, self._least, self._shown = give_up, least, shown
        header = table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(text, QHeaderView.ResizeMode.Interactive)
        header.sectionResized.connect(self._pulled)
        table.viewport().installEventFilter(self)
        theme().changed.connect(self.fit)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Share the room anew."""
        if event.type() == QEvent.Type.Resize:
            self.fit()
            self._again.start()  # the first size that a table tells leaves out that its headers are hidden
        return False

    def fit(self) -> None:
        """Share the room; doing so may change it, as bars come and go."""
        if self._fitting:
            return
        self._fitting = True
        try:
            for _time in range(3):
                room = self._table.viewport().width()
                self._share(room)
                if room == self._table.viewport().width():
                    return
        finally:
            self._fitting = False

    def _pulled(self, column: int, _before: int, width: int) -> None:
        """A column that somebody pulled keeps its width."""
        if not self._fitting and column in self._widths and column != self._text:
            self._widths[column] = round(width * 100 / theme().px(100))

    def _share(self, room: int) -> None:
        px, table = theme().px, self._table
        wanted = [column for column in self._widths if column != self._text and self._shown(column)]
        for column in self._give_up:
            if column in wanted and sum(px(self._widths[one]) for one in wanted) + px(self._least) > room:
                wanted.remove(column)
        for column in self._widths:
            table.setColumnHidden(column, column not in wanted and column != self._text)
        for column in wanted:
            table.setColumnWidth(column, px(self._widths[column]))
        others = sum(table.columnWidth(column) for column in wanted)
        table.setColumnWidth(self._text, max(px(self._least), room - others))
