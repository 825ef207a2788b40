"""TimelineView: the list of a conversation's entries, its scrolling, selection and pointing.

It knows rows and pixels, not services: what has to be fetched or done is told by signals.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from desktop_inbox.models.entities.message import Message
from desktop_inbox.views.delegates.bubble_layout import RowLayout, RowZone
from desktop_inbox.views.delegates.row_words import ZoneKind
from desktop_inbox.views.delegates.timeline_delegate import TimelineDelegate
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.item_models.timeline import TimelineModel, TimelineRow
from desktop_inbox.views.theme import theme

from .text_selection import TextSelection
from .timeline_keys import TimelineKeys
from .timeline_overlays import DayPill, Highlight, JumpButton

NEAR_EDGE = 1.5  # screens before the end of what is loaded
FOLLOW = 60  # pixels from the bottom that still count as being there
BELOW = 10  # pixels under the newest entry
HOVER_MS = 700


class TimelineView(QListView):
    """Rows of one conversation, newest at the bottom."""

    near_top = Signal()
    near_bottom = Signal()
    bottom_reached = Signal()
    # Entry ids travel as objects: an int of Qt has only 32 bits.
    zone_activated = Signal(object, object)  # entry id, RowZone
    details_wanted = Signal(object, QPoint)  # entry id, place in the view
    details_unwanted = Signal()
    menu_wanted = Signal(object, object, QPoint)  # entry id, RowZone or None, place on the screen
    typed = Signal(str)
    latest_wanted = Signal()

    def __init__(
        self, model: TimelineModel, delegate: TimelineDelegate, words: EntryWords, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._delegate, self._words = model, delegate, words
        self.unseen = 0  # how many arrived below since the bottom was left
        self._selection = TextSelection(model, delegate)
        self._keys = TimelineKeys(self)
        self._settling = False
        self._stale = True  # rows changed since they were laid out
        self._follow = True
        self._anchor_kept: tuple[int, int] | None = None
        self._set_up()
        self._day = DayPill(self)
        self._jump = JumpButton(self)
        self._jump.clicked.connect(self.latest_wanted)
        self._hover_timer = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover_timer.timeout.connect(self._hover_rested)
        self._hover_at = QPoint()
        self._light = Highlight(delegate, self)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme().changed.connect(self.relayout)

    def _set_up(self) -> None:
        self.setModel(self._model)
        model = self._model
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.dataChanged):
            changed.connect(lambda *_: setattr(self, "_stale", True))
        self.setItemDelegate(self._delegate)
        self.setObjectName("timeline")
        self.setAccessibleName("Messages")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.setResizeMode(QListView.ResizeMode.Fixed)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.verticalScrollBar().setSingleStep(theme().px(36))

    # Places

    def distance_to_bottom(self) -> int:
        """Return how many pixels lie below what is shown."""
        bar = self.verticalScrollBar()
        return bar.maximum() - bar.value()

    def at_bottom(self) -> bool:
        """Return whether the newest entry in memory is shown."""
        return self.distance_to_bottom() <= FOLLOW

    def go_to_bottom(self) -> None:
        """Show the newest entry in memory."""
        self._settle()
        bar = self.verticalScrollBar()
        with self._day.unasked():
            bar.setValue(bar.maximum())
            self._scrolled()

    def go_to_row(self, number: int, *, share: float = 1 / 3) -> None:
        """Put the top of a row at ``share`` of the height."""
        self._settle()
        bar = self.verticalScrollBar()
        top = self.visualRect(self._model.index(number)).top() + bar.value()
        with self._day.unasked():
            bar.setValue(round(top - share * self.viewport().height()))
            self._scrolled()

    def light(self, entry_id: int) -> None:
        """Mark an entry for 1.5 s (L16)."""
        self._light.show(entry_id)

    def set_unseen(self, count: int) -> None:
        """Show how many arrived below (L10)."""
        self.unseen = count
        self._place_jump()

    @contextmanager
    def keeping_place(self) -> Iterator[None]:
        """Change rows inside this: what is looked at stays where it is, to the pixel (S3-36); the bottom stays
        the bottom."""
        follow, anchor = self._follow, self._anchor_kept
        self._settling = True
        try:
            yield
            self._settle()
            bar = self.verticalScrollBar()
            if follow:
                bar.setValue(bar.maximum())
            elif anchor is not None:
                number = self._model.find(anchor[0])
                if number is not None:
                    top = self.visualRect(self._model.index(number)).bottom()
                    bar.setValue(bar.value() + top - anchor[1])
        finally:
            self._settling = False
        with self._day.unasked():
            self._scrolled()

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Put other rows and another place into this; nothing is fetched for places on the way."""
        self._settling = True
        try:
            yield
        finally:
            self._settling = False
        self._day.hide()
        with self._day.unasked():
            self._scrolled()

    def relayout(self) -> None:
        """Lay everything out again, for other fonts or another width."""
        with self.keeping_place():
            self._delegate.forget_layouts()
            self._stale = True
        self.viewport().update()

    def _anchor(self) -> tuple[int, int] | None:
        """Return an entry that is shown and the place of its lower edge, which headers above do not move."""
        index = self.indexAt(QPoint(10, max(self.viewport().height() // 2, 1)))
        if not index.isValid():
            index = self.indexAt(QPoint(10, 1))
        if not index.isValid():
            return None
        return self._model.row(index.row()).entry.id, self.visualRect(index).bottom()

    def _settle(self) -> None:
        """Lay out now instead of later, and keep few rows at the bottom of the pane."""
        width = float(self.viewport().width())
        if self._stale or width != self._delegate.width:
            self._stale, self._delegate.width = False, width
            self.doItemsLayout()
        top = max(0, self.contentsRect().height() - BELOW - self.contentsSize().height())
        if top != self.viewportMargins().top() or not self.viewportMargins().bottom():
            self.setViewportMargins(0, top, 0, BELOW)
            self.doItemsLayout()

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the place when the pane changes its size."""
        if self._settling:
            super().resizeEvent(event)
            return
        with self.keeping_place():
            super().resizeEvent(event)
        self._place_jump()

    def changeEvent(self, event: QEvent) -> None:
        """Turn around with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.relayout()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a selection inside a text."""
        self._stop_hover()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        found = self._at(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or found is None:
            return
        index, row, layout, point = found
        self.setCurrentIndex(index)
        self._selection.press(row.entry.id, layout.cursor_at(point))
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Extend the selection; show what can be clicked."""
        position = event.position().toPoint()
        entry_id = self._selection.pressed_entry
        if entry_id is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._extend(entry_id, position)
            return
        found = self._at(position)
        zone = found[2].zone_at(found[3]) if found else None
        hovered = (found[1].entry.id, zone.kind, zone.value) if found and zone else None
        if hovered != self._delegate.hovered:
            self._delegate.hovered = hovered
            self.viewport().update()
        self._show_cursor(found, zone)
        if (position - self._hover_at).manhattanLength() > 4:
            self._stop_hover()
            self._hover_at = position
            self._hover_timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Activate what was clicked, unless text was selected."""
        if event.button() is not Qt.MouseButton.LeftButton or self._selection.release():
            return
        found = self._at(event.position().toPoint())
        zone = found[2].zone_at(found[3]) if found else None
        if found is not None and zone is not None:
            self.zone_activated.emit(found[1].entry.id, zone)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the word under the pointer."""
        found = self._at(event.position().toPoint())
        cursor = found[2].cursor_at(found[3], inside=True) if found else None
        if found is not None and cursor is not None:
            self._selection.select_word(found[1].entry.id, found[2], cursor)
            self.viewport().update()

    def contextMenuAt(self, position: QPoint, *, screen: QPoint) -> None:
        """Ask for the menu of what lies at a place."""
        found = self._at(position)
        if found is not None:
            self.setCurrentIndex(found[0])
            self.menu_wanted.emit(found[1].entry.id, found[2].zone_at(found[3]), screen)

    def viewportEvent(self, event: QEvent) -> bool:
        """Open the menu with the right button; end hovering when the pointer leaves."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            if event.button() is Qt.MouseButton.RightButton:
                self.contextMenuAt(event.position().toPoint(), screen=event.globalPosition().toPoint())
                return True
        elif event.type() == QEvent.Type.Leave:
            self._stop_hover()
        elif event.type() == QEvent.Type.ToolTip:
            return True  # the callout tells more, and a tip would show text as Qt likes
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; whoever turns the wheel is done with the callout."""
        self._stop_hover()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, scroll, copy, open details; typing goes to the composer (K24, K26)."""
        self._keys.press(event)

    def focusInEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        """Make some row current, the newest that is shown, so that arrows and readers have a place."""
        if not self.currentIndex().isValid() and self._model.rowCount():
            self.setCurrentIndex(self._model.index(self._model.rowCount() - 1))
        super().focusInEvent(event)

    # What can be done

    def move_current(self, step: int) -> None:
        """Go to the next or previous entry; before the first one lie older pages."""
        number = self.currentIndex().row() + step
        if 0 <= number < self._model.rowCount():
            index = self._model.index(number)
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        elif step < 0:
            self.near_top.emit()

    def current_row(self) -> TimelineRow | None:
        """Return the row that keys act on."""
        index = self.currentIndex()
        return self._model.row(index.row()) if index.isValid() else None

    def current_rect(self) -> QRect:
        """Return the place of the current row in the viewport."""
        return self.visualRect(self.currentIndex())

    def activate_first(self, row: TimelineRow) -> None:
        """Do the first thing that can be clicked in a row."""
        zones = self._delegate.layout_of(row).zones
        if zones:
            self.zone_activated.emit(row.entry.id, zones[0])

    def copy(self) -> None:
        """Copy the selected text, else the whole text of the current message, as plain text."""
        text = self.selected_text()
        if not text and self.currentIndex().isValid():
            text = str(self.currentIndex().data() or "")
        if text:
            QGuiApplication.clipboard().setText(text)

    def selected_text(self) -> str:
        """Return what is selected inside a message."""
        return self._selection.text()

    def clear_selection(self) -> bool:
        """Forget the selection; False when there was none (K10)."""
        self.viewport().update()
        return self._selection.clear()

    # Inside

    def _at(self, position: QPoint) -> tuple[QModelIndex, TimelineRow, RowLayout, QPointF] | None:
        index = self.indexAt(position)
        if not index.isValid():
            return None
        row = self._model.row(index.row())
        layout = self._delegate.layout_of(row)
        return index, row, layout, QPointF(position - self.visualRect(index).topLeft())

    def _extend(self, entry_id: int, position: QPoint) -> None:
        number = self._model.find(entry_id)
        if number is not None:
            layout = self._delegate.layout_of(self._model.row(number))
            top_left = self.visualRect(self._model.index(number)).topLeft()
            self._selection.extend(layout, QPointF(position - top_left))
            self.viewport().update()

    def _show_cursor(
        self, found: tuple[QModelIndex, TimelineRow, RowLayout, QPointF] | None, zone: RowZone | None
    ) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if zone is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif found is not None and found[2].cursor_at(found[3], inside=True) is not None:
            shape = Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _hover_rested(self) -> None:
        found = self._at(self._hover_at)
        if found is None or not isinstance(found[1].entry, Message) or found[2].bubble is None:
            return
        area = found[2].bubble if found[2].footer is None else found[2].bubble.united(found[2].footer)
        zone = found[2].zone_at(found[3])
        if area.contains(found[3]) and (zone is None or zone.kind is ZoneKind.PICTURE):
            place = self.visualRect(found[0]).topLeft() + found[2].bubble.topLeft().toPoint()
            self.details_wanted.emit(found[1].entry.id, place)

    def _stop_hover(self) -> None:
        self._hover_timer.stop()
        self.details_unwanted.emit()

    def _scrolled(self) -> None:
        if self._settling:
            return
        # Kept from here on, since fonts may change heights before anybody is asked.
        self._follow = self.at_bottom() and not self._model.has_newer
        self._anchor_kept = None if self._follow else self._anchor()
        screen = max(self.viewport().height(), 1)
        if self.verticalScrollBar().value() < NEAR_EDGE * screen and self._model.has_older:
            self.near_top.emit()
        if self.distance_to_bottom() < NEAR_EDGE * screen and self._model.has_newer:
            self.near_bottom.emit()
        if self.at_bottom() and not self._model.has_newer:
            self.unseen = 0
            self.bottom_reached.emit()
        self._day.follow(self, self._model, self._delegate, self._words)
        self._place_jump()

    def _place_jump(self) -> None:
        away = self.distance_to_bottom() >= self.viewport().height() or self._model.has_newer
        wanted = self._model.rowCount() > 0 and (away or self.unseen > 0)
        if wanted:
            self._jump.show_count(self.unseen)
            self._jump.place(self.contentsRect().bottomRight())
        self._jump.setVisible(wanted)
