"""SchedulesPage: what leaves later, once or again and again, and what can be done about it (S1-22 to S1-24)."""

from collections.abc import Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, ChannelChanged, Event, ScheduleChanged
from desktop_inbox.models.entities.schedule import ScheduleRow, ScheduleState
from desktop_inbox.services.schedules import ScheduleService
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.schedule_table import Column, ScheduleTableModel, stop_words
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.permitted import permit
from desktop_inbox.views.plain import PlainLabel, isolated, one_line, plain_name
from desktop_inbox.views.room import ColumnRoom, PageHead
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme
from desktop_inbox.views.toasts import Toasts

if TYPE_CHECKING:
    from desktop_inbox.models.entities.schedule import Schedule

_NEWS_MS = 250
_WIDTHS = {
    Column.NEXT: 212, Column.CONTENT: 170, Column.TO: 160, Column.REPEAT: 220, Column.CHANNEL: 120, Column.STATE: 120,
}  # fmt: skip
_S = ScheduleState


class SchedulesPage(QWidget):
    """A question about what was missed on top, then the table with its actions."""

    conversation_wanted = Signal(object)  # ConversationId

    def __init__(
        self,
        schedules: ScheduleService,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAccessibleName("Schedules")
        self._schedules, self._services, self._tasks, self._toasts = schedules, services, tasks, toasts
        self._formats = Formats(services.clock)
        self._generation = 0
        self.model = ScheduleTableModel(self._formats, self)
        self.table = RowTable("Schedule table")
        self.table.setObjectName("batch-table")
        self.table.setModel(self.model)
        self.table.set_row_height(44)
        self.states = ListStates(self.table)
        self.count = PlainLabel(kind="secondary")
        self.banner = MissedBanner(self._formats, self)
        self.banner.answered.connect(self._answer)
        self.banner.edit_wanted.connect(lambda row: self._edit(row.schedule))
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._news.timeout.connect(self.refresh)
        self._build()
        bridge.event.connect(self._hear)

    def focus(self) -> None:
        """Move the focus to the table."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def escape(self) -> bool:
        """There is nothing to go back from."""
        return False

    def refresh(self) -> None:
        """Read everything again; what is chosen stays chosen."""
        self.states.loading(self.refresh)
        self._generation += 1
        self._tasks.start(self._read(self._generation), on_error=self.states.show_error, name="schedules")

    async def _read(self, generation: int) -> None:
        rows = await self._schedules.all()
        if generation == self._generation:
            self._show(rows)

    def chosen(self) -> ScheduleRow | None:
        """Return the schedule that is chosen."""
        index = self.table.currentIndex()
        return self.model.rows[index.row()] if index.isValid() and index.row() < len(self.model.rows) else None

    def _mine(self) -> ScheduleRow | None:
        """The chosen one, where this person may change it; else it is said why not."""
        row = self.chosen()
        if row is not None and not row.may_change:
            self._toasts.tell(self._whose())
            return None
        return row

    def new(self) -> None:
        """Write a message that leaves later, to many."""
        self._edit(None)

    def edit(self) -> None:
        """Change the chosen one."""
        if (row := self._mine()) is not None:
            self._edit(row.schedule)

    # Parts

    def _build(self) -> None:
        px = theme().px
        self.edit_button = page_button(self.tr("Edit…"), "square-pen", self.edit, "")
        self.pause_button = page_button(self.tr("Pause"), "pause", self.toggle, "")
        self.send_button = page_button(self.tr("Send now"), "send-horizontal", self.send_now, "")
        self.delete_button = page_button(self.tr("Delete"), "trash-2", self.delete, "")
        self.new_button = page_button(self.tr("New schedule…"), "plus", self.new, "primary")
        title = PlainLabel(self.tr("Schedules"), kind="heading")
        box = QVBoxLayout(self)
        box.setContentsMargins(px(20), px(12), px(20), px(12))
        box.setSpacing(10)
        box.addWidget(PageHead((title, self.count), (*self._buttons(), self.new_button)))
        box.addWidget(self.banner)
        box.addWidget(self.states, 1)
        ColumnRoom(self.table, _WIDTHS, Column.CONTENT, give_up=(Column.CHANNEL, Column.REPEAT))
        self.table.activated.connect(lambda _index: self.edit())
        self.table.menu_wanted.connect(self._menu)
        self.table.selectionModel().currentChanged.connect(lambda *_both: self._fit_buttons())
        for keys, slot in (("Delete", self.delete), ("Space", self.toggle)):
            QShortcut(QKeySequence(keys), self.table, slot, context=Qt.ShortcutContext.WidgetShortcut)
        self._fit_buttons()

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.edit_button, self.pause_button, self.send_button, self.delete_button

    def _fit_buttons(self) -> None:
        row = self.chosen()
        permit(
            self._buttons(),
            allowed=row is not None and row.may_change,
            reason="" if row is None else self._whose(),
        )
        paused = row is not None and row.schedule.state is _S.PAUSED
        self.pause_button.setText(" " + (self.tr("Resume") if paused else self.tr("Pause")))
        self.pause_button.setAccessibleName(self.tr("Resume") if paused else self.tr("Pause"))

    def _whose(self) -> str:
        return self.tr("Only who made this schedule, or an administrator, may change it.")

    def _show(self, rows: tuple[ScheduleRow, ...]) -> None:
        current = row.schedule.id if (row := self.chosen()) is not None else None
        top = self.table.verticalScrollBar().value()
        self.model.show(rows, has_more=False)
        words = self.tr("1 schedule") if len(rows) == 1 else self.tr("%n schedules", "", len(rows))
        self.count.setText(words if rows else "")
        asking = [row for row in rows if row.schedule.state is _S.ASKING]
        self.banner.show_rows(asking, [row for row in rows if row.schedule.unreadable])
        if not rows:
            self.states.show_empty(
                "calendar-clock", self.tr("Nothing is scheduled"),
                self.tr("Write to a segment or a list at a time of your choice, once or regularly. Replies that are"
                        " sent later are listed here as well."),
                buttons=((self.tr("New schedule…"), self.new),),
            )  # fmt: skip
        else:
            self.states.show_rows()
            place = (self.model.place_of(current) if current is not None else None) or 0
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.table.selectionModel().setCurrentIndex(self.model.index(place, 0), flags)
            self.table.verticalScrollBar().setValue(top)
        self._fit_buttons()

    def _hear(self, event: Event) -> None:
        if isinstance(event, ScheduleChanged | BulkChanged | ChannelChanged):
            self._news.start()

    # What is done

    def toggle(self) -> None:
        """Pause or resume the chosen one."""
        row = self._mine()
        if row is None:
            return
        if row.schedule.state is _S.PAUSED:
            self._do(self._schedules.resume(row.schedule.id), self.tr("Resumed"))
        else:
            self._do(self._schedules.pause(row.schedule.id), self.tr("Paused: nothing leaves until it is resumed"))

    def skip(self) -> None:
        """Leave out the next time of the chosen one."""
        if (row := self._mine()) is not None:
            self._do(self._schedules.skip(row.schedule.id), self.tr("The next time is left out"))

    def send_now(self) -> None:
        """Ask, then send the chosen one at once."""
        if (row := self._mine()) is not None:
            self._tasks.start(self._send_now(row), name="send now", on_error=self._failed)

    async def _send_now(self, row: ScheduleRow) -> None:
        from desktop_inbox.views.dialogs.confirm import confirmed

        again = self.tr("It goes on as planned afterwards.") if row.schedule.rule else ""
        if await confirmed(
            self,
            title=self.tr("Send it now?"),
            text=self.tr("“{text}” goes to {to} at once. {again}")
            .format(text=one_line(row.schedule.shows)[:80], to=isolated(plain_name(row.to) or "…"), again=again)
            .strip(),
            verb=self.tr("Send now"),
        ):
            await self._schedules.send_now(row.schedule.id)
            self._toasts.tell(self.tr("Sent"))

    def delete(self) -> None:
        """Remove the chosen one; it can be undone."""
        if (row := self._mine()) is not None:
            self._do(self._schedules.delete(row.schedule.id), self.tr("Deleted; what was sent stays"))

    def _do(self, doing: Coroutine[object, object, object], words: str) -> None:
        async def work() -> None:
            await doing
            self._toasts.tell(words, undo=lambda: self._tasks.start(self._services.undo.undo_last(), name="undo"))

        self._tasks.start(work(), on_error=self._failed, name="change a schedule")

    def _answer(self, row: ScheduleRow, choice: str) -> None:
        async def work() -> None:
            await self._schedules.answer(row.schedule.id, "send" if choice == "send" else "skip")
            self._toasts.tell(self.tr("Sent") if choice == "send" else self.tr("Left out"))

        self._tasks.start(work(), on_error=self._failed, name="answer a schedule")

    def _edit(self, schedule: "Schedule | None") -> None:
        from desktop_inbox.views.dialogs.schedule_editor import ScheduleEditor

        dialog = ScheduleEditor(self._schedules, self._services, self._tasks, self._formats, schedule, self)
        dialog.saved.connect(lambda: self._toasts.tell(self.tr("Saved")))
        dialog.open()

    def _menu(self, place: QPoint) -> None:
        row = self.chosen()
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        pause = self.tr("Resume") if row.schedule.state is _S.PAUSED else self.tr("Pause")
        changes = [menu.addAction(self.tr("Edit…"), self.edit), menu.addAction(pause, self.toggle)]
        if row.schedule.rule:
            changes.append(menu.addAction(self.tr("Leave out the next time"), self.skip))
        changes.append(menu.addAction(self.tr("Send now…"), self.send_now))
        if (conversation_id := row.schedule.conversation_id) is not None:
            wanted = partial(self.conversation_wanted.emit, conversation_id)
            menu.addAction(self.tr("Open the conversation"), wanted)
        menu.addSeparator()
        changes.append(menu.addAction(self.tr("Delete"), self.delete))
        permit(changes, allowed=row.may_change, reason=self._whose())
        menu.popup(place)

    def _failed(self, error: InboxError) -> None:
        self._toasts.tell_error(error)
        self.refresh()


class MissedBanner(QFrame):
    """Asks about the first schedule whose time passed while no computer was on, or says which one stopped and why."""

    answered = Signal(object, str)  # ScheduleRow; "send" or "skip"
    edit_wanted = Signal(object)  # ScheduleRow

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self.setProperty("kind", "notice")
        self.setAccessibleName("Missed schedule")
        self.words = PlainLabel(wrap=True)
        self.send = page_button(self.tr("Send now"), "", lambda: self._say("send"), "")
        self.skip = page_button(self.tr("Leave out"), "", lambda: self._say("skip"), "")
        self.edit = page_button(self.tr("Edit…"), "", lambda: self.edit_wanted.emit(self._row), "")
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 8, 12, 8)
        box.addWidget(self.words, 1)
        for button in (self.skip, self.send, self.edit):
            box.addWidget(button)
        self._row: ScheduleRow | None = None
        self.hide()

    def show_rows(self, asking: Sequence[ScheduleRow], stopped: Sequence[ScheduleRow] = ()) -> None:
        """Ask about the first, tell of the first that stopped, or hide."""
        rows = asking or stopped
        self._row = rows[0] if rows else None
        self.setVisible(bool(rows))
        for button in (self.skip, self.send):
            button.setVisible(bool(asking))
        self.edit.setVisible(not asking)
        if self._row is None:
            return
        row = self._row
        whose = self.tr("Only who made this schedule, or an administrator, may decide.")
        permit((self.skip, self.send, self.edit), allowed=row.may_change, reason=whose)
        if not asking:
            self.words.setText(stop_words(row))
            return
        when = self._formats.wall(row.missed_at) if row.missed_at is not None else ""
        left = len(rows) - 1
        more = self.tr("1 more is asked about.") if left == 1 else self.tr("%n more are asked about.", "", left)
        text = self.tr("“{text}” to {to} should have left on {when}, while no computer was on. Send it now?")
        whom = isolated(plain_name(row.to) or "…")
        words = text.format(text=one_line(row.schedule.shows)[:60], to=whom, when=when)
        self.words.setText(f"{words} {more}" if left else words)

    def _say(self, choice: str) -> None:
        if self._row is not None:
            self.answered.emit(self._row, choice)
