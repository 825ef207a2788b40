"""SendLater: the clock beside Send, and what waits to be sent in this conversation (C09, B-02)."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, Event, ScheduleChanged
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.schedule import ScheduleRow, ScheduleState
from desktop_inbox.services.moments import at_wall
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.icons import bind_icon, icon_pixmap
from desktop_inbox.views.plain import PlainLabel, menu_text, one_line, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .composer_widgets import ComposerWidgets
from .sender import Outgoing

if TYPE_CHECKING:
    from desktop_inbox.models.entities.schedule import Schedule
    from desktop_inbox.services.schedules import ScheduleDraft

_EVENING, _MORNING = time(18), time(9)
_SHOWN = 2  # lines above the field; the page of schedules has the others


class SendLater(QObject):
    """Schedules what is written, lists what waits, and opens it to be changed."""

    recall_wanted = Signal()  # Up in an empty field, and nothing is scheduled here (K11)
    left_behind = Signal(object)  # Outgoing: scheduled, while another conversation was opened
    taken_back = Signal(object)  # Outgoing: it will not be sent after all

    def __init__(
        self,
        widgets: ComposerWidgets,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        conversation: Callable[[], ConversationId | None],
    ) -> None:
        super().__init__(widgets)
        self._widgets, self._services, self._tasks, self._conversation = widgets, services, tasks, conversation
        self._formats = Formats(services.clock)
        self.rows: tuple[ScheduleRow, ...] = ()
        self.button = widgets.later_button
        self.bar = ScheduledBar(self._formats, self)
        self.menu = QMenu(self.button)
        self.menu.setAccessibleName("Send later")
        widgets.put_above_field(self.bar)
        widgets.editor.recall_wanted.connect(self._recall)
        widgets.send_button.installEventFilter(self)
        self.button.setVisible(services.schedules is not None)
        self.button.setEnabled(False)
        self.button.clicked.connect(self.open_menu)
        if services.schedules is not None:
            bridge.event.connect(self._hear)

    def open(self, conversation_id: ConversationId) -> None:
        """Show what waits in a conversation."""
        self._take(())
        if self._services.schedules is not None:
            self._tasks.start(self._read(conversation_id), name="scheduled replies")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What cannot be sent now cannot be sent later."""
        if event.type() == QEvent.Type.EnabledChange and watched is self._widgets.send_button:
            self.button.setEnabled(self._widgets.send_button.isEnabled())
        return False

    def open_menu(self) -> None:
        """Offer times, with the recipient's clock where it differs."""
        conversation_id = self._conversation()
        if conversation_id is not None and self.button.isEnabled():
            self._tasks.start(self._offer(conversation_id), name="times to send")

    async def schedule(self, at: datetime, written: Outgoing) -> None:
        """Schedule what was written for a moment (UTC), after a warning where one is due (D-07)."""
        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - the button is hidden else
        from desktop_inbox.views.panes.later_saving import save_later  # few starts need it

        made = await save_later(schedules, await self._draft(at, written), self._widgets)
        if made is not None:
            self._done(made, written)

    def edit(self, schedule: "Schedule") -> None:
        """Change what waits."""
        from desktop_inbox.views.dialogs.schedule_editor import ScheduleEditor

        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - it is listed
        ScheduleEditor(schedules, self._services, self._tasks, self._formats, schedule, self._widgets.window()).open()

    def answer(self, row: ScheduleRow, choice: str) -> None:
        """Send or leave out what was missed, send or remove what waits."""
        schedules, key = self._services.schedules, row.schedule.id
        assert schedules is not None  # noqa: S101 - it is listed
        missed = row.schedule.state is ScheduleState.ASKING
        if choice == "send":
            self._start(schedules.answer(key, "send") if missed else schedules.send_now(key), self.tr("Sent"))
        elif missed:
            self._start(schedules.answer(key, "skip"), self.tr("Left out"))
        else:
            self._start(schedules.delete(key), self.tr("It will not be sent"), undo=True)

    # Inside

    async def _offer(self, conversation_id: ConversationId) -> None:
        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - the button is hidden else
        theirs = await schedules.recipient_zone(conversation_id)
        zone = await schedules.zone_info()
        if conversation_id != self._conversation():
            return
        self.menu.clear()
        now = self._services.clock()
        if theirs is not None and now.astimezone(theirs).utcoffset() != now.astimezone(zone).utcoffset():
            words = self.tr("It is {time} for them ({zone})").format(
                time=self._formats.hour(now.astimezone(theirs)), zone=str(theirs).rpartition("/")[2].replace("_", " ")
            )
            self.menu.addAction(menu_text(words)).setEnabled(False)
            self.menu.addSeparator()
        for title, at in times(now, zone).items():
            label = f"{self._title(title)}, {self._said(at, theirs, zone)}"
            self.menu.addAction(menu_text(label)).triggered.connect(partial(self._chosen, at))
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Choose date and time…")).triggered.connect(partial(self._chosen, None))
        size = self.menu.sizeHint()
        place = self.button.mapToGlobal(self.button.rect().topRight())
        place.setX(place.x() - size.width())
        place.setY(place.y() - size.height())
        self.menu.popup(place)

    def _title(self, key: str) -> str:
        return {
            "hour": self.tr("In 1 hour"),
            "evening": self.tr("This evening"),
            "tomorrow": self.tr("Tomorrow morning"),
            "monday": self.tr("Monday morning"),
        }[key]

    def _said(self, at: datetime, theirs: tzinfo | None, zone: tzinfo) -> str:
        here = self._formats.hour(at.astimezone(zone))
        if theirs is None or at.astimezone(theirs).utcoffset() == at.astimezone(zone).utcoffset():
            return here
        there = at.astimezone(theirs)
        day = self._formats.locale.dayName(there.isoweekday(), QLocale.FormatType.ShortFormat)
        return self.tr("{here} ({day} {time} for them)").format(here=here, day=day, time=self._formats.hour(there))

    def _chosen(self, at: datetime | None, _checked: bool = False) -> None:
        written = self._written()
        if written is not None:
            work = self._choose(written) if at is None else self.schedule(at, written)
            self._tasks.start(work, name="send later")

    async def _choose(self, written: Outgoing) -> None:
        draft = await self._draft(self._services.clock() + timedelta(hours=1), written)
        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - the button is hidden else
        from desktop_inbox.views.dialogs.schedule_editor import ScheduleEditor

        dialog = ScheduleEditor(
            schedules, self._services, self._tasks, self._formats, None, self._widgets.window(), draft=draft
        )
        dialog.saved.connect(lambda: self._clear(written))
        dialog.open()

    def _written(self) -> Outgoing | None:
        """What stands in the field at this moment: while it is stored, another conversation may be opened."""
        conversation_id, option = self._conversation(), self._widgets.picker.current
        if conversation_id is None or option is None or self._services.schedules is None:
            return None
        return Outgoing(
            conversation_id=conversation_id,
            text=self._widgets.editor.text,
            files=self._widgets.chips.files,
            option=option,
            client_uuid="",  # it has none before its time has come
        )

    async def _draft(self, at: datetime, written: Outgoing) -> "ScheduleDraft":
        from desktop_inbox.services.schedules import ScheduleDraft

        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - the button is hidden else
        zone = await schedules.zone_info()
        return ScheduleDraft(
            text=written.text,
            channel_id=written.option.channel.id,
            starts_at=at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0),
            zone=await schedules.zone(),
            conversation_id=written.conversation_id,
            address_id=written.option.address.id,
            attachment_paths=written.paths,
        )

    def _done(self, made: "Schedule", written: Outgoing) -> None:
        self._clear(written)
        at = self._formats.ahead(made.next_at) if made.next_at is not None else ""
        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - just made
        self._tell(
            self.tr("It leaves {time}").format(time=at),
            undo=lambda: self._start(
                schedules.delete(made.id),
                self.tr("It will not be sent"),
                then=lambda: self.taken_back.emit(written),
            ),
        )

    def _clear(self, written: Outgoing) -> None:
        """Empty the field it was written in; what stands there meanwhile of another message stays."""
        now = self._written()
        if now is None or now.conversation_id != written.conversation_id:
            self.left_behind.emit(written)
        elif (now.text, now.paths) == (written.text, written.paths):
            self._widgets.chips.clear()
            self._widgets.editor.set_text("")
            self._widgets.editor.setFocus()

    def _start(
        self,
        doing: Coroutine[object, object, object],
        words: str,
        *,
        undo: bool = False,
        then: Callable[[], object] = lambda: None,
    ) -> None:
        async def work() -> None:
            await doing
            then()
            take_back = lambda: self._tasks.start(self._services.undo.undo_last(), name="undo")  # noqa: E731
            self._tell(words, undo=take_back if undo else None)

        self._tasks.start(work(), on_error=self._failed, name="scheduled reply")

    def _tell(self, words: str, *, undo: Callable[[], object] | None = None) -> None:
        toasts = self._widgets.window().findChild(Toasts)
        if isinstance(toasts, Toasts):
            toasts.tell(words, undo=undo)

    def _failed(self, error: InboxError) -> None:
        toasts = self._widgets.window().findChild(Toasts)
        if isinstance(toasts, Toasts):
            toasts.tell_error(error)

    def _recall(self) -> None:
        mine = [row.schedule for row in self.rows if row.schedule.user_id == self._services.user_id]
        if mine:
            self.edit(max(mine, key=lambda one: (one.created_at, one.id)))
        else:
            self.recall_wanted.emit()

    def _hear(self, event: Event) -> None:
        conversation_id = self._conversation()
        if conversation_id is not None and isinstance(event, ScheduleChanged | BulkChanged):
            self._tasks.start(self._read(conversation_id), name="scheduled replies")

    async def _read(self, conversation_id: ConversationId) -> None:
        schedules = self._services.schedules
        assert schedules is not None  # noqa: S101 - asked only then
        rows = await schedules.of_conversation(conversation_id)
        if conversation_id == self._conversation():
            self._take(rows)

    def _take(self, rows: tuple[ScheduleRow, ...]) -> None:
        self.rows = rows
        self.bar.show_rows(rows)


def times(now: datetime, zone: tzinfo) -> dict[str, datetime]:
    """Return the times that are offered (UTC), in order; this evening only as long as it is to come."""
    today = now.astimezone(zone).date()
    hour = (now.astimezone(UTC) + timedelta(hours=1)).replace(second=0, microsecond=0)
    found = {"hour": hour, "evening": at_wall(today, _EVENING, zone)}
    found["tomorrow"] = at_wall(today + timedelta(days=1), _MORNING, zone)
    found["monday"] = at_wall(today + timedelta(days=(-today.weekday() - 1) % 7 + 1), _MORNING, zone)
    if found["monday"] == found["tomorrow"]:
        del found["monday"]
    return {key: at for key, at in found.items() if at > now}


class ScheduledBar(QFrame):
    """What is sent to this contact later, a line each, above the field."""

    def __init__(self, formats: Formats, later: SendLater) -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self.setAccessibleName("Scheduled messages")
        self._formats, self._later = formats, later
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(12, 4, 8, 4)
        self._box.setSpacing(2)
        self.hide()

    def show_rows(self, rows: tuple[ScheduleRow, ...]) -> None:
        """Show these instead; hidden without any."""
        while (item := self._box.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
        for row in rows[:_SHOWN]:
            self._box.addWidget(self._line(row))
        if len(rows) > _SHOWN:
            more = self.tr("%n more on the page Schedules", "", len(rows) - _SHOWN)
            self._box.addWidget(PlainLabel(more, kind="small"))
        self.setVisible(bool(rows))

    def _line(self, row: ScheduleRow) -> QWidget:
        line, picture = QWidget(), PlainLabel()
        box = QHBoxLayout(line)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        picture.setPixmap(icon_pixmap("clock", "warning", size=16))
        words = PlainLabel(self._words(row))
        words.setMinimumWidth(1)
        box.addWidget(picture)
        box.addWidget(words, 1)
        missed = row.schedule.state is ScheduleState.ASKING
        if missed:
            box.addWidget(self._button("send-horizontal", self.tr("Send now"), lambda: self._later.answer(row, "send")))
        box.addWidget(self._button("square-pen", self.tr("Change"), lambda: self._later.edit(row.schedule)))
        remove = self.tr("Leave out") if missed else self.tr("Do not send")
        box.addWidget(self._button("x", remove, lambda: self._later.answer(row, "drop")))
        return line

    def _words(self, row: ScheduleRow) -> str:
        schedule = row.schedule
        text = one_line(schedule.text)[:90] or self.tr("(files only)")
        if schedule.state is ScheduleState.ASKING:
            return self.tr("Not sent, no computer was on: {text}").format(text=text)
        if schedule.state is ScheduleState.PAUSED or schedule.next_at is None:
            return self.tr("Paused: {text}").format(text=text)
        return f"{self._formats.ahead(schedule.next_at)}: {text}"

    def _button(self, icon: str, name: str, slot: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "quiet")
        button.setAccessibleName(name)
        set_tip(button, name)
        bind_icon(button, icon, "muted", size=16)
        button.clicked.connect(lambda _checked=False: slot())
        return button
