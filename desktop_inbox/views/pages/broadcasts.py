"""BroadcastsPage: what was sent to many ("Sent messages"), what became of it, and what can still be done about it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.batch import CANCELLABLE, BatchStatus
from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.tracking import Details, Filter, Recipient, Tracked
from desktop_inbox.services.tracking import Choices, TrackingService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.batch_recipients import RecipientsDialog
from desktop_inbox.views.pages.broadcasts_widgets import BroadcastsWidgets
from desktop_inbox.views.panes.batch_actions import BatchActions
from desktop_inbox.views.panes.batch_news import BatchNews
from desktop_inbox.views.permitted import permit
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

if TYPE_CHECKING:
    from desktop_inbox.models.entities.batch import Audience
    from desktop_inbox.views.panes.new_broadcast import NewBroadcast

_TYPING_MS = 150
_ROWS, _MOST = 50, 500
_SEEN_BY = 100  # recipients whose view can be chosen in the panel


class BroadcastsPage(BroadcastsWidgets):
    """Table left, the chosen batch right; New broadcast takes the whole page."""

    conversation_wanted = Signal(object)  # ConversationId

    def __init__(
        self,
        tracking: TrackingService,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(services, parent)
        self._tracking, self._tasks, self._toasts = tracking, tasks, toasts
        self._generation, self._looked_at = 0, 0
        self._wanted_id: int | None = None
        self._bridge = bridge
        self._new: NewBroadcast | None = None
        self.choices: Choices | None = None
        self.actions_ = BatchActions(self, tracking, services, tasks, toasts)
        self._connect(bridge)

    def focus(self) -> None:
        """Move the focus to the table, or to what is being written."""
        if self._new is not None and self.stack.currentIndex() > 0:
            self._new.focus()
        else:
            self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """Take one step back: from a new broadcast, then from the filters; False when nothing is left."""
        if self._new is not None and self.stack.currentIndex() > 0:
            self.show_list()
        elif self._wanted().narrows:
            self.clear_filters()
        else:
            return False
        return True

    def refresh(self) -> None:
        """Read everything again; what is chosen stays chosen."""
        self._generation += 1
        self._news.forget()
        self.states.loading(self.refresh)
        self._tasks.start(self._read(self._generation), on_error=self._failed, name="batches")

    def show_list(self) -> None:
        """Show the table."""
        self.stack.setCurrentIndex(0)
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_batch(self, batch_id: BatchId) -> None:
        """Show a batch, whatever was filtered: it was just sent (S5-02)."""
        self._wanted_id = batch_id
        self.show_list()
        for thing in (self.filters, self.search):
            thing.blockSignals(True)
        self.clear_filters()
        for thing in (self.filters, self.search):
            thing.blockSignals(False)
        self.refresh()

    def new_broadcast(self, audience: "Audience | None" = None) -> None:
        """Write a broadcast; what was begun is there still, to whomever it goes now."""
        if self._new is None:
            from desktop_inbox.views.panes.new_broadcast import NewBroadcast

            self._new = NewBroadcast(self._services, self._tasks, self._bridge, self._toasts, self._formats)
            self._new.left.connect(self.show_list)
            self._new.sent.connect(self.show_batch)
            self.stack.addWidget(self._new)
        if audience is not None:
            self._new.take_audience(audience)
        self.stack.setCurrentWidget(self._new)
        self._new.focus()

    def chosen(self) -> Tracked | None:
        """Return the batch that is chosen."""
        index = self.table.currentIndex()
        return self.model.rows[index.row()] if index.isValid() and index.row() < len(self.model.rows) else None

    # Parts

    def _connect(self, bridge: EventBridge) -> None:
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self.refresh)
        self._news = BatchNews(bridge, self)
        self._news.stale.connect(self.refresh)
        self._news.changed.connect(self._read_news)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.filters.changed.connect(self.refresh)
        self.filters.clear_wanted.connect(self.clear_filters)
        self.model.more_wanted.connect(self._more)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._look())
        self.table.activated.connect(lambda _index: self._recipients())
        self.table.menu_wanted.connect(self._menu)
        panel = self.panel
        panel.recipient_chosen.connect(self._render)
        panel.recipients_wanted.connect(self._recipients)
        panel.resend_wanted.connect(self._with_chosen(self.actions_.resend_failed))
        panel.export_wanted.connect(self._with_chosen(self.actions_.export))
        panel.stop_wanted.connect(self._with_chosen(self.actions_.stop))
        panel.cancel_wanted.connect(self._with_chosen(self.actions_.cancel))
        panel.move_wanted.connect(self._with_chosen(self.actions_.move))
        panel.copy_wanted.connect(self._with_chosen(self._copy))
        panel.closed.connect(self._close_panel)
        panel.offer_moving(offered=self.actions_.can_move)
        for key, slot in (("Ctrl+F", self.search.setFocus), ("Ctrl+C", self._with_chosen(self._copy))):
            shortcut = QShortcut(QKeySequence(key), self.splitter)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    # Reading

    def _wanted(self) -> Filter:
        return self.filters.wanted(self.search.text())

    async def _read(self, generation: int) -> None:
        self.choices = self.model.choices = await self._tracking.choices()
        if generation != self._generation:
            return
        self.filters.blockSignals(True)
        self.filters.take(self.choices)  # before the filter is asked: what is gone is not chosen any more
        self.filters.blockSignals(False)
        wanted = self._wanted()
        limit = min(max(_ROWS, len(self.model.rows)), _MOST)
        page = await self._tracking.page(wanted, limit=limit)
        fitting, everything = await self._tracking.count(wanted)
        if generation != self._generation:
            return
        self.show_count(wanted, fitting, everything)
        self._show(page, wanted)

    def _show(self, page: Page[Tracked], wanted: Filter) -> None:
        current = self._wanted_id or (row.id if (row := self.chosen()) is not None else None)
        self._wanted_id = None
        top = self.table.verticalScrollBar().value()
        self.model.show(page.items, has_more=page.has_more)
        if not page.items:
            self.panel.hide()
            self.tell_empty(wanted)
            return
        self.states.show_rows()
        place = None if current is None else self.model.place_of(current)
        if place is not None:
            self._choose(place)
            self.table.verticalScrollBar().setValue(top)
            self.table.scrollTo(self.model.index(place, 0))
        else:
            self._choose(0)

    def _choose(self, place: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(self.model.index(place, 0), flags)
        self._look()

    def _more(self) -> None:
        before = self.model.rows[-1].id if self.model.rows else None
        self._tasks.start(self._read_more(self._generation, before), name="more batches")

    async def _read_more(self, generation: int, before: int | None) -> None:
        page = await self._tracking.page(self._wanted(), before=before, limit=_ROWS)
        if generation == self._generation:
            self.model.append(page.items, has_more=page.has_more)

    def _failed(self, error: InboxError) -> None:
        self.states.show_error(error)

    def _look(self) -> None:
        row = self.chosen()
        if row is None:
            self.panel.hide()
            return
        self._looked_at += 1
        self._tasks.start(self._read_details(self._looked_at, row.id), name="batch")

    async def _read_details(self, number: int, key: int) -> None:
        details = await self._tracking.details(key)
        page = await self._tracking.recipients(key, limit=_SEEN_BY)
        if number == self._looked_at:
            named = [one for one in page.items if one.contact_id is not None]
            self.panel.show_batch(details, named, self.choices)
            self.model.replace((details.row,))
            if not self._panel_closed:
                self.panel.show()

    _panel_closed = False

    def _close_panel(self) -> None:
        self._panel_closed = True
        self.panel.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _render(self, recipient: Recipient) -> None:
        details = self.panel.details
        if details is not None:
            self._tasks.start(self._read_text(self._looked_at, details.row.id, recipient), name="batch as rendered")

    async def _read_text(self, number: int, key: int, recipient: Recipient) -> None:
        text = await self._tracking.rendered(key, recipient)
        if number == self._looked_at and self.panel.chosen() == recipient:
            self.panel.show_content(text)

    def hideEvent(self, event: QHideEvent) -> None:
        """Store what is being written."""
        super().hideEvent(event)
        if self._new is not None:
            self._new.leave()

    # News

    def _read_news(self, batches: set[int], found: set[int]) -> None:
        self._tasks.start(self._read_changed(batches, found), name="changed batches")

    async def _read_changed(self, batches: set[int], found: set[int]) -> None:
        changed = batches | set(await self._tracking.of_messages(tuple(found)))
        if self.filters.singles.isChecked():
            changed |= found
        known = {row.id for row in self.model.rows}
        if batches - known or (self.filters.singles.isChecked() and found - known) or self._wanted().statuses:
            self.refresh()
            return
        shown = changed & known
        if shown:
            self.model.replace(await self._tracking.many(tuple(shown)))
        row = self.chosen()
        if row is not None and row.id in shown:
            self._look()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        if self._news.catch_up():
            self.refresh()

    # Doing

    def _with_chosen(self, slot: Callable[[Tracked], object]) -> Callable[[], None]:
        def act() -> None:
            row = self.chosen()
            if row is not None:
                slot(row)

        return act

    def _copy(self, row: Tracked) -> None:
        QGuiApplication.clipboard().setText(row.code)
        self._toasts.tell(self.tr("{code} was copied.").format(code=row.code))

    def _recipients(self) -> None:
        details = self.panel.details
        row = self.chosen()
        if row is None or details is None or details.row.id != row.id or not details.tallies:
            return
        dialog = RecipientsDialog(details, self._tracking, self._services, self._tasks, self._formats, self)
        dialog.conversation_wanted.connect(self.conversation_wanted)
        dialog.open()

    def _preview(self) -> None:
        """The panel shows what the preview is to show (S5-18..23); bring it and its chooser up."""
        self._panel_closed = False
        self._look()
        self.panel.show()
        (self.panel.seen_by if self.panel.seen_by.isVisible() else self.panel.copy).setFocus(
            Qt.FocusReason.ShortcutFocusReason
        )

    def _menu(self, place: QPoint) -> None:
        row, details = self.chosen(), self.panel.details
        if row is None or details is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu, row, details)
        menu.popup(place)

    def _fill(self, menu: QMenu, row: Tracked, details: Details) -> None:
        actions, panel = self.actions_, self.panel
        entries: list[tuple[str, Callable[[], Any], bool]] = [
            (self.tr("Preview"), self._preview, True),
            (self.tr("Recipients"), self._recipients, bool(details.tallies)),
            (self.tr("Copy the id"), partial(self._copy, row), True),
            (self.tr("Resend failed"), partial(actions.resend_failed, row), not panel.resend.isHidden()),
            (self.tr("Export CSV"), partial(actions.export, row), bool(details.tallies)),
        ]
        changes: list[tuple[str, Callable[[], Any], bool]] = [
            (self.tr("Move to next allowed time"), partial(actions.move, row),
             actions.can_move and row.status is BatchStatus.BLOCKED_TIME),
            (self.tr("Cancel the broadcast"), partial(actions.cancel, row),
             not row.single and row.status in CANCELLABLE and not panel.cancel.isHidden()),
            (self.tr("Stop"), partial(actions.stop, row), not panel.stop.isHidden()),
        ]  # fmt: skip
        menu.setToolTipsVisible(True)
        for text, slot, offered in (*entries, *changes):
            if offered:
                menu.addAction(text).triggered.connect(lambda _checked=False, slot=slot: slot())
        words = [text for text, _slot, _offered in changes]
        permit(
            [action for action in menu.actions() if action.text() in words],
            allowed=details.may_change,
            reason=panel.whose(),
        )

    def export_to(self, target: Path) -> None:
        """Write the recipients of the chosen batch into a file."""
        row = self.chosen()
        if row is not None:
            self.actions_.write(row, target)
