"""TextSelection: a part of one message's text, chosen with the mouse (L12)."""

from PySide6.QtCore import QPointF

from desktop_inbox.views.delegates.bubble_layout import RowLayout
from desktop_inbox.views.delegates.message_text import from_qt_offset
from desktop_inbox.views.delegates.timeline_delegate import TimelineDelegate
from desktop_inbox.views.item_models.timeline import TimelineModel


class TextSelection:
    """Keeps the ends in UTF-16 units, as Qt counts, where the delegate paints them."""

    def __init__(self, model: TimelineModel, delegate: TimelineDelegate) -> None:
        self._model, self._delegate = model, delegate
        self._pressed: tuple[int, int] | None = None  # entry id, place in its text

    @property
    def pressed_entry(self) -> int | None:
        """The entry in whose text the button went down."""
        return None if self._pressed is None else self._pressed[0]

    def press(self, entry_id: int, cursor: int | None) -> None:
        """Begin at a place; what was selected before is forgotten."""
        self._pressed = None if cursor is None else (entry_id, cursor)
        self._delegate.selection = None

    def extend(self, layout: RowLayout, point: QPointF) -> None:
        """Select up to a point of the entry where it began."""
        cursor = layout.cursor_at(point)
        if self._pressed is not None and cursor is not None:
            self._delegate.selection = (self._pressed[0], self._pressed[1], cursor)

    def release(self) -> bool:
        """End; True when text was selected on the way."""
        pressed, self._pressed = self._pressed, None
        return pressed is not None and bool(self.text())

    def select_word(self, entry_id: int, layout: RowLayout, cursor: int) -> None:
        """Select the word around a place."""
        if layout.text is None:
            return
        skip = layout.text.CursorMode.SkipWords
        end = layout.text.nextCursorPosition(cursor, skip)
        start = layout.text.previousCursorPosition(min(cursor + 1, end), skip)
        word = _units(layout.shown, start, end).rstrip()
        self._delegate.selection = (entry_id, start, start + len(word.encode("utf-16-le")) // 2)

    def text(self) -> str:
        """Return what is selected."""
        selection = self._delegate.selection
        number = None if selection is None else self._model.find(selection[0])
        if selection is None or number is None:
            return ""
        shown = self._delegate.layout_of(self._model.row(number)).shown
        return _units(shown, min(selection[1:]), max(selection[1:]))

    def clear(self) -> bool:
        """Forget the selection; False when there was none."""
        had = bool(self.text())
        self._delegate.selection = None
        return had


def _units(text: str, start: int, end: int) -> str:
    """Return the part of ``text`` between two places in UTF-16 units."""
    return text[from_qt_offset(text, start) : from_qt_offset(text, end)]
