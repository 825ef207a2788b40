"""Filing: one action on any number of messages, in small transactions, with one entry in the history."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.folder import EVERYTHING, FolderCursor, FolderFilter, Place
from desktop_inbox.models.entities.ids import EntryId, UndoStepId, UserId
from desktop_inbox.models.entities.message import Message
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .state import Course

CHUNK: Final = 500  # messages in one transaction
_MANY: Final = 50  # messages from which on lists are read again instead of row by row


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Everything that a list has, as a person saw it: what came later (an id above ``newest``) is not meant."""

    place: Place
    wanted: FolderFilter = EVERYTHING
    newest: int | None = None


#: What an action is about.
Chosen = Sequence[EntryId] | AllOf
#: Changes some messages; returns those that are other than before.
Part = Callable[[Work, Sequence[EntryId]], Sequence[EntryId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What an action did."""

    count: int  # messages that are other than before
    step_id: UndoStepId | None  # what takes it back; None where nothing changed or nothing can
    cancelled: bool = False


async def _nothing() -> None:
    """Do nothing."""


class Filing:
    """Runs actions of one user."""

    def __init__(self, store: Store, *, user_id: UserId, chunk: int = CHUNK) -> None:
        self._store = store
        self._user_id = user_id
        self._chunk = chunk

    async def undoable(
        self, chosen: Chosen, kind: str, part: Part, course: Course, *, details: Mapping[str, str], watched: str = ""
    ) -> Filed:
        """Do something that can be taken back: by the rows of the table ``watched``, else by who knows this kind of
        step, from the ids in its note."""
        head: UndoStepId | None = None
        made: UndoStepId | None = None

        def run(work: Work, ids: Sequence[EntryId]) -> int:
            nonlocal made
            with work.undo.step(self._user_id, kind, details=details, part_of=head, quiet=True) as step:
                if watched:
                    step.watch(watched, message_id=list(ids))
                changed = part(work, ids)
                step.count = len(changed)
                if changed and not watched:
                    step.note = {"ids": list(changed)}
            made = step.id
            return len(changed)

        async def written() -> None:
            nonlocal head  # only now: the database may have asked to do the part once more
            head = head or made

        count, cancelled = await self.each(chosen, run, course, then=written)
        if head is not None:
            step_id = head
            await self._store.run(lambda work: work.undo.tell(step_id))
        return Filed(count=count, step_id=head, cancelled=cancelled)

    async def each(
        self,
        chosen: Chosen,
        run: Callable[[Work, Sequence[EntryId]], int],
        course: Course,
        *,
        then: Callable[[], Awaitable[None]] = _nothing,
    ) -> tuple[int, bool]:
        """Run something on all that is chosen, part by part, and ``then`` something after each part that was written:
        (sum of what it returned, whether it was stopped)."""
        progress, cancelled = course.get("progress"), course.get("cancelled")
        total = await self._store.read(lambda work: _total(work, chosen))
        count = done = 0
        cursor: FolderCursor | None = None
        while True:
            if cancelled is not None and cancelled():
                return count, True

            def step(
                work: Work, cursor: FolderCursor | None = cursor, done: int = done
            ) -> tuple[int, int, FolderCursor | None]:
                places = _next(work, chosen, cursor, done, self._chunk)
                if len(places) >= _MANY:
                    work.announce_in_bulk()
                changed = run(work, [one.id for one in places]) if places else 0
                return changed, len(places), places[-1] if places else None

            changed, size, cursor = await self._store.run(step)
            await then()
            count, done = count + changed, done + size
            if progress is not None and size:
                progress(min(done, total), total)
            if size < self._chunk:
                return count, False


def _total(work: Work, chosen: Chosen) -> int:
    if isinstance(chosen, AllOf):
        return work.folders.total(chosen.place, chosen.wanted)
    if chosen and not messages_of(work, chosen[:CHUNK]):
        raise NotFoundError("message_missing", "This message does not exist any more.", hint="Choose another one.")
    return len(chosen)


def _next(work: Work, chosen: Chosen, cursor: FolderCursor | None, done: int, limit: int) -> tuple[FolderCursor, ...]:
    if isinstance(chosen, AllOf):
        return work.folders.ids(chosen.place, chosen.wanted, after=cursor, limit=limit, newest=chosen.newest)
    return tuple(FolderCursor(id=key) for key in chosen[done : done + limit])


def messages_of(work: Work, ids: Sequence[EntryId]) -> tuple[Message, ...]:
    """Return those messages that exist."""
    return work.messages.many(tuple(dict.fromkeys(ids)))
