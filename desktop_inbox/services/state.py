"""StateService: what a user does with conversations, with one, with many, or with all of a view.

Whatever is done is one action: one entry in the history that takes it back, however many transactions it took.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict, Unpack

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.conversation import Priority, View
from desktop_inbox.models.entities.ids import ConversationId, UndoStepId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .state_changes import StateChanges, check_snooze, person

#: What an action is about: some conversations, all of a view, or what a query finds (a segment).
Choice = Sequence[ConversationId] | View | Callable[[Work], Sequence[ConversationId]]
_Change = Callable[[StateChanges, Sequence[ConversationId]], int]

CHUNK: Final = 500  # conversations in one transaction


class Course(TypedDict, total=False):
    """How a long action is followed and stopped; both are called on the event loop."""

    progress: Callable[[int, int], None]  # (done, of how many)
    cancelled: Callable[[], bool]  # what was done until then stays done


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an action did."""

    count: int  # conversations that are other than before
    step_id: UndoStepId | None  # what takes it back; None where nothing changed
    cancelled: bool = False


class StateService:
    """Actions of one user on conversations. Every one raises NotFoundError where none of those chosen exists."""

    def __init__(self, store: Store, *, user_id: UserId, chunk: int = CHUNK) -> None:
        self._store = store
        self._user_id = user_id
        self._chunk = chunk

    async def assign(self, chosen: Choice, user_id: UserId | None, **course: Unpack[Course]) -> Changed:
        """Give conversations to a user, or to nobody. Raises InvalidInputError for a user who does not work here
        any more; the timeline says so then (S2-38)."""
        failures: list[str] = []

        def change(changes: StateChanges, ids: Sequence[ConversationId]) -> int:
            count = changes.assign(ids, user_id)
            failures.append(changes.failure)
            return count

        user = None if user_id is None else await self._store.read(lambda work: work.users.get(user_id))
        details = {"user": user.name} if user else {}
        changed = await self._each(chosen, "unassigned" if user_id is None else "assigned", change, course, details)
        if any(failures):
            raise InvalidInputError(
                "assignee_inactive",
                "Nothing was assigned: this person does not work here any more.",
                hint="Choose somebody else.",
            )
        return changed

    async def done(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Nothing is left to do; nobody has it any more (S2-69 c)."""
        return await self._each(chosen, "marked_done", lambda changes, ids: changes.done(ids), course)

    async def pending(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Something is left to do."""
        return await self._each(chosen, "marked_pending", lambda changes, ids: changes.pending(ids), course)

    async def snooze(self, chosen: Choice, until: datetime | None, **course: Unpack[Course]) -> Changed:
        """Hide until a moment (UTC), or until the contact writes. Raises InvalidInputError for a moment that is
        over or years away."""
        await self._store.read(lambda work: check_snooze(until, work.now()))
        details = {"until": "answer" if until is None else until.isoformat()}
        return await self._each(chosen, "snoozed", lambda changes, ids: changes.snooze(ids, until), course, details)

    async def unsnooze(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Show again before the time."""
        return await self._each(chosen, "unsnoozed", lambda changes, ids: changes.unsnooze(ids), course)

    async def mark_unread(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """The last thing each contact said counts as unread again."""
        return await self._each(chosen, "marked_unread", lambda changes, ids: changes.mark_unread(ids), course)

    async def mark_read(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Everything said so far counts as read."""
        return await self._each(chosen, "marked_read", lambda changes, ids: changes.mark_read(ids), course)

    async def pin(self, chosen: Choice, *, pinned: bool = True, **course: Unpack[Course]) -> Changed:
        """Keep above all others, or no longer."""
        kind = "pinned" if pinned else "unpinned"
        return await self._each(chosen, kind, lambda changes, ids: changes.pin(ids, pinned=pinned), course)

    async def prioritise(self, chosen: Choice, priority: Priority, **course: Unpack[Course]) -> Changed:
        """Say how urgent something is."""
        return await self._each(
            chosen, "priority_changed", lambda changes, ids: changes.prioritise(ids, priority), course
        )

    async def archive(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Hide until something new is said (S4-30)."""
        return await self._each(chosen, "archived", lambda changes, ids: changes.archive(ids), course)

    async def restore(self, chosen: Choice, **course: Unpack[Course]) -> Changed:
        """Show archived conversations again."""
        return await self._each(chosen, "restored", lambda changes, ids: changes.restore(ids), course)

    async def block(self, chosen: Choice, *, blocked: bool = True, **course: Unpack[Course]) -> Changed:
        """Refuse to hear from the contacts, or hear from them again."""
        kind = "blocked" if blocked else "unblocked"
        return await self._each(chosen, kind, lambda changes, ids: changes.block(ids, blocked=blocked), course)

    async def _each(
        self, choice: Choice, kind: str, change: _Change, course: Course, details: Mapping[str, str] | None = None
    ) -> Changed:
        progress, cancelled = course.get("progress"), course.get("cancelled")
        ids = await self._store.read(lambda work: ids_of(work, choice, self._user_id))
        said = {**(details or {}), **(await self._store.read(lambda work: _name_of(work, ids)))}
        head: UndoStepId | None = None
        count, stopped = 0, False
        for start in range(0, len(ids), self._chunk):
            if stopped := cancelled is not None and cancelled():
                break
            step_id, more = await self._store.run(
                self._part(kind, change, ids[start : start + self._chunk], head, said)
            )
            head = head or step_id
            count += more
            if progress is not None:
                progress(min(start + self._chunk, len(ids)), len(ids))
        if head is not None:
            step = head
            await self._store.run(lambda work: work.undo.tell(step))
        return Changed(count=count, step_id=head, cancelled=stopped)

    def _part(
        self,
        kind: str,
        change: _Change,
        ids: Sequence[ConversationId],
        head: UndoStepId | None,
        details: Mapping[str, str],
    ) -> Callable[[Work], tuple[UndoStepId | None, int]]:
        """One transaction of an action."""

        def run(work: Work) -> tuple[UndoStepId | None, int]:
            with work.undo.step(self._user_id, kind, details=details, part_of=head, quiet=True) as step:
                step.watch("conversations", id=ids)
                if kind in ("blocked", "unblocked"):
                    step.watch("contacts", id=[state.contact_id for state in work.states.lock(ids)])
                step.count = change(StateChanges(work, person(work, self._user_id)), ids)
            return step.id, step.count

        return run


def _name_of(work: Work, ids: Sequence[ConversationId]) -> dict[str, str]:
    """Whose conversation it is, where it is one: for the history."""
    if len(ids) != 1:
        return {}
    contact_id = work.conversations.contact_of(ids[0])
    contact = None if contact_id is None else work.contacts.get(contact_id)
    if contact is None:
        return {}
    return {"name": contact.name or (contact.addresses[0].path if contact.addresses else "")}


def ids_of(work: Work, choice: Choice, user_id: UserId) -> tuple[ConversationId, ...]:
    """Return the conversations that are meant; NotFoundError where some were named and none exists."""
    if isinstance(choice, View):
        return work.states.in_view(choice, user_id=user_id)
    found = choice(work) if callable(choice) else choice
    existing = set(work.conversations.existing(found))
    if found and not existing:
        raise NotFoundError(
            "conversation_missing", "This conversation does not exist any more.", hint="Choose another one."
        )
    return tuple(key for key in dict.fromkeys(found) if key in existing)
