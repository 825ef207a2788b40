"""RestOfPage: the upper part of a page, laid out when the part in sight is painted."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QTimer

from desktop_inbox.models.entities.timeline import TimelineEntry, TimelinePage
from desktop_inbox.views.item_models.timeline import TimelineModel

from .timeline_view import TimelineView

FIRST = 18  # entries from the end: more than a usual pane shows
SOON_MS = 10  # after the first painting
UNSEEN_MS = 250  # where nothing is painted: the window is hidden


class RestOfPage(QObject):
    """Splits a page that is shown at its end, and puts the older part on top a moment later."""

    def __init__(self, model: TimelineModel, view: TimelineView) -> None:
        super().__init__(view)
        self._model, self._view = model, view
        self._older: tuple[TimelineEntry, ...] = ()
        self._has_older = False
        self._later = QTimer(view, singleShot=True, interval=UNSEEN_MS)
        self._later.timeout.connect(self.add)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go on when the first part was painted."""
        if self._older and event.type() == QEvent.Type.Paint:
            self._later.start(SOON_MS)
        return False

    def split(self, page: TimelinePage | None, *, at_end: bool) -> TimelinePage | None:
        """Return what to show of ``page`` now; what was kept of another page is forgotten."""
        self._later.stop()
        self._older = ()
        if page is None or not at_end or len(page.entries) <= FIRST:
            return page
        self._older, self._has_older = page.entries[:-FIRST], page.has_older
        self._later.start(UNSEEN_MS)
        return replace(page, entries=page.entries[-FIRST:], has_older=True)

    @property
    def pending(self) -> bool:
        """Whether a part of the page is still to come."""
        return bool(self._older)

    def add(self) -> None:
        """Put the older part on top, if there is one."""
        older, self._older = self._older, ()
        self._later.stop()
        if older:
            with self._view.keeping_place():
                self._model.prepend(older, has_older=self._has_older)
