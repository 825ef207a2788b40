"""What floats over the timeline: the day of what is shown, and the way to the newest message."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolButton, QWidget

from desktop_inbox.views.delegates.timeline_delegate import TimelineDelegate
from desktop_inbox.views.icons import bind_icon
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.timeline import TimelineModel, TimelineRow
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme

LIGHT_MS, FADE_MS = 1500, 600
REST_MS = 1500  # without scrolling, after which the day no longer stands before a message


class DayPill(PlainLabel):
    """The day, at the top while somebody scrolls and its own heading is out of sight (L07)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(kind="day", parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.hide)
        self._unasked = False

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """Change the place inside this where nobody scrolled: a day that is shown follows, none appears."""
        before, self._unasked = self._unasked, True
        try:
            yield
        finally:
            self._unasked = before

    def follow(self, view: QListView, model: TimelineModel, delegate: TimelineDelegate, words: EntryWords) -> None:
        """Show the day of the row at the top, where it has to be said."""
        row = None if self._unasked and self.isHidden() else row_without_day(view, model, delegate)
        if row is None:
            self.hide()
            return
        line = divider_line(view, model, delegate)
        self.show_day(words.day(row[0].day), view.viewport().width(), limit=row[1], line=line)

    def show_day(self, text: str, width: int, *, limit: int | None, line: float | None = None) -> None:
        """Show a day in the middle of ``width``; ``limit`` is where the next day's heading pushes it away, and
        ``line`` where the words "New messages" stand, which it gives way to."""
        self.setText(text)
        self.adjustSize()
        top = 8 if limit is None else min(8, limit - self.height() - 4)
        self.move((width - self.width()) // 2, top)
        half = self.fontMetrics().height() / 2
        self._rest.start()
        self.setVisible(line is None or not top - half < line < top + self.height() + half)


def divider_line(view: QAbstractItemView, model: TimelineModel, delegate: TimelineDelegate) -> float | None:
    """Return the height in the viewport at which "New messages" stands."""
    number = model.divider_row()
    if number is None:
        return None
    divider = delegate.layout_of(model.row(number)).divider
    return None if divider is None else view.visualRect(model.index(number)).top() + divider.center().y()


def row_without_day(
    view: QListView, model: TimelineModel, delegate: TimelineDelegate
) -> tuple[TimelineRow, int | None] | None:
    """Return the row at the top whose day's heading is out of sight, and where the next heading stands if it is
    the next row; None when no day has to be said."""
    index = view.indexAt(QPoint(10, 1)) if view.viewportMargins().top() == 0 else QModelIndex()
    if not index.isValid():
        return None
    row = model.row(index.row())
    own = delegate.layout_of(row).day
    if own is not None and view.visualRect(index).top() + own.top() >= 0:
        return None
    following = model.index(index.row() + 1)
    pushed = following.isValid() and model.row(following.row()).starts_day
    return row, view.visualRect(following).top() + 12 if pushed else None


class JumpButton(QToolButton):
    """ "↓ 3": how many arrived below, and a click goes there (L10)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "jump")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bind_icon(self, "arrow-down", size=18)
        self.show_count(0)
        self.hide()

    def show_count(self, count: int) -> None:
        """Show how many arrived."""
        self.setText(str(count) if count else "")
        name = self.tr("Jump to latest, {n} new").format(n=count) if count else self.tr("Jump to latest")
        self.setAccessibleName(name)
        self.adjustSize()

    def place(self, corner: QPoint) -> None:
        """Stand in the lower trailing corner."""
        x = 20 if self.isRightToLeft() else corner.x() - self.width() - 20
        self.move(x, corner.y() - self.height() - 14)


class Highlight(QObject):
    """Marks one entry for a moment; the mark fades unless movement is unwanted (L16, A11)."""

    def __init__(self, delegate: TimelineDelegate, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._delegate, self._view = delegate, view
        self._left = 0
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._fade)

    def show(self, entry_id: int) -> None:
        """Mark an entry."""
        self._left = LIGHT_MS
        self._delegate.lit = (entry_id, 1.0)
        self._timer.start()
        self._view.viewport().update()

    def _fade(self) -> None:
        self._left -= self._timer.interval()
        if self._delegate.lit is None or self._left <= 0:
            self._timer.stop()
            self._delegate.lit = None
        elif not theme().reduced_motion:
            self._delegate.lit = (self._delegate.lit[0], min(1.0, self._left / FADE_MS))
        self._view.viewport().update()
