"""FirstSight: what the window shows while the program is still being imported.

First the grounds of rail, list and conversation where they were when the window was closed, then the first rows.
The rows come from the same model and delegate as later, but until the window is whole they are not offered to
assistive technology as the list: nothing that they promise could be done yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, QSettings, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QWidget

if TYPE_CHECKING:
    from desktop_inbox.models.entities.conversation import ConversationSummary
    from desktop_inbox.models.entities.ids import ConversationId
    from desktop_inbox.models.entities.page import Page

_GROUP = "sight"
_COLOURS = ("window", "surface", "line")
#: Where the list begins, and how wide it is, in a window that was never closed; in pixels at 100 % text.
_RAIL, _TOP, _LIST = 76, 136, 324


def remember(settings: QSettings, rows: QRect) -> None:
    """Keep the colours, the text size and the place of the list in its window for the next start."""
    from desktop_inbox.views.theme import theme

    look = theme()
    values: dict[str, object] = {name: look.color(name).name() for name in _COLOURS}
    values |= {"left": rows.left(), "top": rows.top(), "width": rows.width()}
    values |= {"mode": look.mode.value, "scale": look.scale}
    for name, value in values.items():
        settings.setValue(f"{_GROUP}/{name}", value)


def take_look(settings: QSettings) -> None:
    """Put the colours and the text size of the last time into force; the store says later what holds."""
    from desktop_inbox.views.theme import ThemeMode, theme

    mode = str(settings.value(f"{_GROUP}/mode", ""))
    known = ThemeMode(mode) if mode in list(ThemeMode) else ThemeMode.SYSTEM
    theme().choose(mode=known, scale=_number(settings, "scale", 100))


class FirstSight(QWidget):
    """The grounds of the window that was, and its first rows."""

    painted = Signal()
    rows_painted = Signal()

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._colours = [QColor(str(settings.value(f"{_GROUP}/{name}", ""))) for name in _COLOURS]
        if not all(colour.isValid() for colour in self._colours):
            self._colours = _first_colours()
        self._place = QRect(_number(settings, "left", _RAIL), _number(settings, "top", _TOP), 0, 0)
        self._place.setWidth(_number(settings, "width", _LIST))
        self._told = False
        self._list: QListView | None = None
        self.setAccessibleName(QCoreApplication.translate("FirstSight", "Loading"))
        #: The row that somebody clicked before it could be opened.
        self.wanted: ConversationId | None = None

    def show_rows(self, page: Page[ConversationSummary]) -> bool:
        """Show the first rows of the list; False where there is no room for any. ``rows_painted`` follows."""
        from desktop_inbox.clock import now
        from desktop_inbox.views.delegates.conversation_delegate import ConversationDelegate
        from desktop_inbox.views.formats import Formats
        from desktop_inbox.views.item_models.conversation_list import ConversationListModel
        from desktop_inbox.views.panes.list_view import InboxListView

        if str(self._settings.value("view", "view:all")) != "view:all":
            return False  # another view will be shown, and these are rows of the inbox
        take_look(self._settings)
        formats = Formats(now)
        rows = InboxListView(self)
        rows.setAccessibleName(self.accessibleName())
        model = ConversationListModel(formats, rows)
        model.reset(page.items, has_more=False)
        rows.setModel(model)
        rows.setItemDelegate(ConversationDelegate(formats, rows))
        rows.clicked.connect(lambda index: self._want(model.summary_at(index.row())))
        self._list = rows
        self._arrange()
        if rows.height() <= 0 or rows.width() <= 0:
            return False
        rows.viewport().installEventFilter(self)
        rows.show()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the grounds."""
        window, surface, line = self._colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), surface)  # no conversation is open yet
        painter.fillRect(QRect(0, 0, self._place.left(), self.height()), window)
        for left in (self._place.left() - 1, self._place.right() + 1):
            painter.fillRect(QRect(left, 0, 1, self.height()), line)
        if not self._told:
            self._told = True
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the rows in their place."""
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice when the rows are painted."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.rows_painted.emit)
        return False

    def _arrange(self) -> None:
        if self._list is not None:
            place = self._place
            self._list.setGeometry(place.left(), place.top(), place.width(), self.height() - place.top())

    def _want(self, summary: ConversationSummary | None) -> None:
        self.wanted = None if summary is None else summary.id


def _first_colours() -> list[QColor]:
    """Return those of the system's scheme: the first start has nothing to go by."""
    from desktop_inbox.views.theme import theme

    return [theme().color(name) for name in _COLOURS]


def _number(settings: QSettings, name: str, otherwise: int) -> int:
    try:
        return int(str(settings.value(f"{_GROUP}/{name}", otherwise)))
    except ValueError:
        return otherwise
