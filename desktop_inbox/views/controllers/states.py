"""StateController: assign, done, snooze, pin, archive, delete: of the open conversation or of those selected."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop_inbox.events import Event, StepTaken
from desktop_inbox.models.entities.conversation import ConversationStatus, ConversationSummary, Priority
from desktop_inbox.models.entities.ids import ConversationId, UndoStepId, UserId
from desktop_inbox.models.entities.undo import Undone, UndoStep
from desktop_inbox.models.entities.user import User
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.state import CHUNK, Changed, Course
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.undo_words import step_sentence
from desktop_inbox.views.panes.selection_bar import SelectionBar
from desktop_inbox.views.plain import menu_text
from desktop_inbox.views.selection import Selection
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

from .conversations import ConversationController
from .priority_menu import fill_priorities

#: Actions of this controller, in the order of menus; "" is a line between them.
STATE_ACTIONS = (
    "conversation.done", "conversation.assign", "conversation.assign_me", "conversation.snooze", "",
    "conversation.toggle_unread", "conversation.pin", "conversation.priority", "",
    "conversation.archive", "conversation.block", "conversation.delete",
)  # fmt: skip
#: After these the next open conversation comes (K13).
_LEAVES = frozenset({"done", "snooze", "archive"})

_Work = Callable[..., Awaitable[Changed]]  # (ids, **course)


class StateController(QObject):
    """What a person does with conversations: with those that are ticked, else with the open one."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        actions: Actions,
        controller: ConversationController,
        toasts: Toasts,
        formats: Formats,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._services, self._tasks, self._actions = services, tasks, actions
        self._controller, self._toasts, self._formats, self._window = controller, toasts, formats, window
        self._selection: Selection | None = None
        self._bar: SelectionBar | None = None
        self._in_turn = asyncio.Lock()
        self._stopped = False
        self.is_latest = False  # whether something done here came after the last message that was sent
        self._target: ConversationSummary | None = None  # of the context menu that is open
        controller.fill_menu = self.fill_menu
        controller.opened.connect(self._opened)
        bridge.event.connect(self._hear)
        for key, slot in {
            "conversation.done": self.toggle_done,
            "conversation.assign": self.choose_assignee,
            "conversation.assign_me": lambda: self.assign(services.user_id),
            "conversation.snooze": self.choose_moment,
            "conversation.toggle_unread": self.toggle_unread,
            "conversation.pin": self.toggle_pinned,
            "conversation.priority": self.choose_priority,
            "conversation.archive": self.toggle_archived,
            "conversation.block": self.toggle_blocked,
            "conversation.delete": self.delete,
            "edit.history": self.show_history,
        }.items():
            actions.connect_to(key, slot)

    def follow(self, selection: Selection, bar: SelectionBar) -> None:
        """Mean what is ticked, where something is, and show how far a long action is."""
        self._selection, self._bar = selection, bar
        bar.cancel_wanted.connect(self._stop)

    # Who has it

    def assign(self, user_id: UserId | None) -> None:
        """Give the chosen conversations to somebody, or to nobody."""
        self._do("assign", lambda ids, **course: self._services.states.assign(ids, user_id, **course))

    def choose_assignee(self) -> None:
        """Ask whom to give the chosen conversations to (K12)."""
        target = self._first()
        if target is None:
            return
        current = target.assignee_id

        def show(people: tuple[User, ...]) -> None:
            from desktop_inbox.views.panes.assignee_popup import AssigneePopup

            popup = AssigneePopup(people, self._services.user_id, self._window, current=current)
            popup.picked.connect(self.assign)
            popup.open_under(self._anchor("Assignee"))

        self._tasks.start(self._services.users.active(), on_result=show, name="people")

    # Done, later

    def toggle_done(self) -> None:
        """Close the chosen conversations, or open them again (K13)."""
        states, target = self._services.states, self._first()
        if target is not None and target.status is ConversationStatus.DONE:
            self._do("pending", states.pending)
        else:
            self._do("done", states.done)

    def choose_moment(self) -> None:
        """Ask until when the chosen conversations are out of sight (K14)."""
        target = self._first()
        if target is None:
            return
        from desktop_inbox.views.panes.snooze_popup import SnoozePopup

        popup = SnoozePopup(
            self._services.clock, self.zone(), self._formats, self._window, snoozed=target.snoozed_at is not None
        )
        popup.picked.connect(self.snooze)
        popup.open_under(self._anchor("Snooze"))

    def snooze(self, picked: object) -> None:
        """Put the chosen conversations out of sight until a moment, or until they answer; or end that."""
        from desktop_inbox.views.panes.snooze_popup import WAKE

        states = self._services.states
        if picked == WAKE:
            self._do("wake", states.unsnooze)
        else:
            until = picked if isinstance(picked, datetime) else None
            self._do("snooze", lambda ids, **course: states.snooze(ids, until, **course))

    # Where it lies

    def toggle_unread(self) -> None:
        """Mark as unread, or as read (K15)."""
        states, target = self._services.states, self._first()
        unread = target is not None and target.unread_count > 0
        self._do("unread", states.mark_read if unread else states.mark_unread)

    def toggle_pinned(self) -> None:
        """Keep above all others, or no longer."""
        target = self._first()
        pinned = target is not None and not target.pinned
        self._do("pin", lambda ids, **course: self._services.states.pin(ids, pinned=pinned, **course))

    def choose_priority(self) -> None:
        """Ask how urgent the chosen conversations are."""
        target = self._first()
        if target is None:
            return
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        fill_priorities(menu, target.priority, self.prioritise)
        anchor = self._anchor("More")
        menu.popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))

    @property
    def has_target(self) -> bool:
        """Whether a conversation is open, or some are ticked."""
        return bool(self._chosen())

    def prioritise(self, priority: Priority) -> None:
        """Say how urgent the chosen conversations are."""
        self._do("priority", lambda ids, **course: self._services.states.prioritise(ids, priority, **course))

    def toggle_archived(self) -> None:
        """Archive, or restore (S4-35)."""
        states, target = self._services.states, self._first()
        archived = target is not None and target.archived_at is not None
        self._do("restore" if archived else "archive", states.restore if archived else states.archive)

    def toggle_blocked(self) -> None:
        """Refuse to hear from the contact, or hear from them again."""
        target = self._first()
        if target is None:
            return
        ids = self._chosen()

        def block(blocked: bool) -> None:
            states = self._services.states
            self._start(ids, "block", lambda ids, **course: states.block(ids, blocked=not blocked, **course))

        self._tasks.start(self._is_blocked(target), on_result=block, name="blocked")

    async def _is_blocked(self, target: ConversationSummary) -> bool:
        return (await self._services.contacts.contact_of(target.id)).blocked

    def delete(self) -> None:
        """Delete for good, after a question that says how much it is (S4-36, S4-37)."""
        ids = self._chosen()
        if ids:
            self._tasks.start(self._delete(ids), name="delete")

    async def _delete(self, ids: Sequence[ConversationId]) -> None:
        from desktop_inbox.views.dialogs.deletion import ask_for_deletion

        target = self._first()
        question = await self._services.deletion.ask(ids)
        if not await ask_for_deletion(self._window, question, target.name if target is not None else ""):
            return
        following = self._controller.next_open(ids[-1])
        done = await self._services.deletion.delete(ids, **self._course(ids))
        if self._bar is not None:
            self._bar.hide_progress()
        self._go_on(ids, following)
        text = self.tr("%n conversations were deleted.", "", done.conversations)
        self._toasts.tell(self.tr("The conversation was deleted.") if done.conversations == 1 else text)
        if self._selection is not None:
            self._selection.clear()

    # Taking back

    def undo_last(self) -> None:
        """Take back the last thing that was done here (K27)."""

        def tell(undone: Undone | None) -> None:
            if undone is None:
                self._toasts.tell(self.tr("There is nothing to undo."))
            else:
                self._tell_undone(undone)

        self._tasks.start(self._services.undo.undo_last(), on_result=tell, name="undo last")

    def undo(self, step_id: UndoStepId) -> None:
        """Take back one thing."""
        self._tasks.start(self._services.undo.undo(step_id), on_result=self._tell_undone, name="undo")

    def show_history(self) -> None:
        """Show what was done, for taking back any of it."""
        from desktop_inbox.views.dialogs.history import HistoryDialog

        HistoryDialog(self._services, self._tasks, self._formats, self._window).open()

    def _tell_undone(self, undone: Undone) -> None:
        sentence = step_sentence(undone.step, self._formats)
        text = self.tr("Undone: {what}").format(what=sentence)
        if undone.changed_since:
            text += " " + self.tr("What was changed since stays as it is.")
        self._toasts.tell(text)

    def message_sent(self) -> None:
        """A message was sent: it is what is taken back first."""
        self.is_latest = False

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepTaken) and event.user_id == self._services.user_id:
            self.is_latest = True
            self._tasks.start(
                self._services.undo.step(UndoStepId(event.step_id)), on_result=self._offer_undo, name="step"
            )

    def _offer_undo(self, step: UndoStep) -> None:
        self._toasts.tell(f"{step_sentence(step, self._formats)}.", undo=lambda: self.undo(step.id))

    # The menu of a row (K26)

    def fill_menu(self, menu: QMenu, summary: ConversationSummary) -> None:
        """Put what can be done with a row into its menu."""
        words = {
            "conversation.done": self.tr("Open again") if summary.status is ConversationStatus.DONE
            else self.tr("Mark done"),
            "conversation.toggle_unread": self.tr("Mark as read") if summary.unread_count
            else self.tr("Mark as unread"),
            "conversation.pin": self.tr("Unpin") if summary.pinned else self.tr("Pin"),
            "conversation.archive": self.tr("Move back to the inbox") if summary.archived_at else self.tr("Archive"),
        }  # fmt: skip
        for key in STATE_ACTIONS:
            if not key:
                menu.addSeparator()
            elif key == "conversation.priority":
                priorities = menu.addMenu(self.tr("Priority"))
                fill_priorities(priorities, summary.priority, partial(self._prioritise_row, summary))
            else:
                action = self._actions[key]
                entry = menu.addAction(action.icon(), menu_text(words.get(key, action.text())))
                entry.triggered.connect(partial(self._run_for, summary, action))

    def _prioritise_row(self, summary: ConversationSummary, priority: Priority) -> None:
        self._target = summary
        self.prioritise(priority)
        self._target = None

    def _run_for(self, summary: ConversationSummary, action: QAction, _checked: bool = False) -> None:
        """Run an action for the row whose menu it is, whichever conversation is open."""
        was_enabled = action.isEnabled()
        self._target = summary
        action.setEnabled(True)
        action.trigger()
        action.setEnabled(was_enabled)

    # Inside

    def _opened(self, summary: ConversationSummary) -> None:
        self._target = None
        if summary.returned_at is not None and not summary.unread_count:
            self._tasks.start(self._services.inbox.mark_read(summary.id), name="seen again")

    def _chosen(self) -> tuple[ConversationId, ...]:
        several = self._selection.ids if self._selection is not None else ()
        if self._target is not None:
            return several if self._target.id in several else (self._target.id,)
        if several:
            return several
        return (self._controller.current.id,) if self._controller.current is not None else ()

    def _first(self) -> ConversationSummary | None:
        """What decides between an action and its opposite."""
        ids = self._chosen()
        if not ids:
            return None
        known = self._controller.newest(ids[0])
        return known or self._target

    def _do(self, what: str, work: _Work) -> None:
        self._start(self._chosen(), what, work)
        self._target = None

    def _start(self, ids: Sequence[ConversationId], what: str, work: _Work) -> None:
        if not ids:
            return
        following = self._controller.next_open(ids[-1], but=ids) if what in _LEAVES else None
        self._stopped = False

        async def run() -> None:
            try:
                async with self._in_turn:  # "assign to me" and "done", typed at once, happen in this order
                    changed = await work(ids, **self._course(ids))
            finally:
                if self._bar is not None:
                    self._bar.hide_progress()
            if self._selection is not None and not changed.cancelled:
                self._selection.clear()
            if what in _LEAVES:
                self._go_on(ids, following)

        self._tasks.start(run(), name=what)

    def _course(self, ids: Sequence[ConversationId]) -> Course:
        """Show how far it is where it takes several steps."""
        if self._bar is None or len(ids) <= CHUNK:
            return {}
        self._bar.show_progress(0, len(ids))
        return {"progress": self._bar.show_progress, "cancelled": lambda: self._stopped}

    def _stop(self) -> None:
        self._stopped = True

    def _go_on(self, ids: Sequence[ConversationId], following: ConversationSummary | None) -> None:
        """Where the open conversation left, show the next one that is open."""
        current = self._controller.current
        if current is None or current.id not in ids:
            return
        if following is not None:
            self._controller.open(following)
        else:
            self._controller.close()

    def _anchor(self, name: str) -> QWidget:
        """The button that a popup belongs to, or the window where it is not to be seen."""
        found = [
            child
            for child in self._window.findChildren(QWidget)
            if child.accessibleName() == name and child.isVisible()
        ]
        return found[0] if found else self._window

    def zone(self) -> tzinfo:
        """Return the zone of the office."""
        name = self._services.settings.get(TIME_ZONE)
        if name:
            return ZoneInfo(name)
        from desktop_inbox.services.export import ComputerZone

        return ComputerZone()
