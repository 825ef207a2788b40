"""FolderService: where messages lie, and what people do with them there: archive, restore, delete (S1-10 to S1-16)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Unpack

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.folder import (
    EVERYTHING,
    Folder,
    FolderCounts,
    FolderCursor,
    FolderFilter,
    FolderLook,
    FolderPage,
    Place,
)
from desktop_inbox.models.entities.ids import BatchId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import Direction, Message, Visibility
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .deletion import deletion_refusal, leave_no_trace
from .filing import AllOf, Chosen, Filed, Filing, messages_of
from .rights import name_of
from .state import Course
from .undo import Reversal

_PAGE: Final = 100


class FolderService:
    """Reads folders, and files messages. ``purge`` removes files of attachments by hash; it blocks."""

    def __init__(self, store: Store, *, user_id: UserId, purge: Callable[[Sequence[str]], None]) -> None:
        self._store = store
        self._user_id = user_id
        self._purge = purge
        self._filing = Filing(store, user_id=user_id)

    # -- reading

    async def counts(self) -> FolderCounts:
        """Return how many each folder and each label lists."""
        return await self._store.read(lambda work: work.folders.counts())

    async def page(
        self,
        place: Place,
        wanted: FolderFilter = EVERYTHING,
        *,
        after: FolderCursor | None = None,
        limit: int = _PAGE,
    ) -> FolderPage:
        """Return rows of a folder or a label behind ``after``, newest first; calls for the folder of calls.

        The first page of the outbox also has its broadcasts, each with the number of its messages in there; those
        named in ``wanted.folded`` are not among the rows.
        """

        def read(work: Work) -> FolderPage:
            return work.folders.page(place, wanted, after=after, limit=limit)

        return await self._store.read(read)

    async def look(
        self,
        place: Place,
        wanted: FolderFilter = EVERYTHING,
        *,
        unfolded: Collection[BatchId] = (),
        limit: int = _PAGE,
    ) -> FolderLook:
        """Return the first rows of a list, how many match, and every number, all of one moment (D-18).

        In the outbox each broadcast that is not ``unfolded`` stands as one row.
        """

        def read(work: Work) -> FolderLook:
            narrowed = wanted
            if place is Folder.OUTBOX:
                folded = frozenset(one.id for one in work.folders.broadcasts()) - frozenset(unfolded)
                narrowed = replace(wanted, folded=folded)
            counts = work.folders.counts()
            total = work.folders.total(place, wanted) if wanted.narrows else counts.of(place)
            page = work.folders.page(place, narrowed, limit=limit)
            return FolderLook(counts=counts, page=page, total=total, wanted=narrowed)

        return await self._store.read(read)

    async def total(self, place: Place, wanted: FolderFilter = EVERYTHING) -> int:
        """Return how many messages match, whatever page they are on."""
        return await self._store.read(lambda work: work.folders.total(place, wanted))

    async def all_of(self, place: Place, wanted: FolderFilter = EVERYTHING) -> AllOf:
        """Return everything that matches now, to do something with it: what comes later is not meant."""
        newest = await self._store.read(lambda work: work.folders.newest())
        return AllOf(place=place, wanted=wanted, newest=newest)

    async def ids_of(self, chosen: Chosen) -> tuple[EntryId, ...]:
        """Return the messages that are meant, one by one."""
        if not isinstance(chosen, AllOf):
            return tuple(chosen)
        found: list[EntryId] = []
        part: Sequence[EntryId] = ()

        def take(_work: Work, ids: Sequence[EntryId]) -> int:
            nonlocal part
            part = ids
            return 0

        async def taken() -> None:
            nonlocal part
            found.extend(part)
            part = ()

        await self._filing.each(chosen, take, Course(), then=taken)
        return tuple(found)

    # -- filing

    async def archive(self, chosen: Chosen, **course: Unpack[Course]) -> Filed:
        """Take incoming messages out of Inbox and Flows (S1-13). One action, which can be undone.

        Raises InvalidInputError where one of them is outgoing (S1-04).
        """

        def part(work: Work, ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
            if any(one.direction is not Direction.IN for one in messages_of(work, ids)):
                raise InvalidInputError(
                    "archive_outgoing",
                    "Messages that the office sent cannot be archived.",
                    hint="Choose messages that contacts wrote.",
                )
            return work.folders.move(ids, Visibility.VISIBLE, Visibility.ARCHIVED)

        return await self._filing.undoable(chosen, "messages_archived", part, course, details={})

    async def restore(self, chosen: Chosen, **course: Unpack[Course]) -> Filed:
        """Put archived messages back where they lay (S1-15). One action, which can be undone."""

        def part(work: Work, ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
            return work.folders.move(ids, Visibility.ARCHIVED, Visibility.VISIBLE)

        return await self._filing.undoable(chosen, "messages_restored", part, course, details={})

    async def ask_deletion(self, chosen: Chosen) -> int:
        """Return how many messages would be deleted for good. Raises like ``delete``."""

        def read(work: Work) -> int:
            self._check_right(work)
            if isinstance(chosen, AllOf):
                return work.folders.total(chosen.place, chosen.wanted)
            return len(_deletable(messages_of(work, chosen)))

        return await self._store.read(read)

    async def delete(self, chosen: Chosen, **course: Unpack[Course]) -> Filed:
        """Delete archived messages for good (S1-14): text, files, labels and index; it cannot be undone.

        Raises InvalidInputError where one of them is not archived, PermissionDeniedError where this user may not.
        """
        files: list[str] = []
        wiped = False

        def part(work: Work, ids: Sequence[EntryId]) -> int:
            self._check_right(work)
            work.deletions.hold(ids)
            wanted = _deletable(messages_of(work, ids))
            files[:] = work.deletions.wipe([one.id for one in wanted])
            self._tell(work, wanted)
            return len(wanted)

        async def purge() -> None:  # at once: somebody may attach the same file again
            nonlocal wiped
            wiped, gone = True, tuple(files)
            files.clear()
            await asyncio.to_thread(self._purge, gone)

        try:
            count, cancelled = await self._filing.each(chosen, part, course, then=purge)
        finally:
            if wiped:
                await leave_no_trace(self._store)
        return Filed(count=count, step_id=None, cancelled=cancelled)

    @property
    def reversals(self) -> Mapping[str, Reversal]:
        """How archiving and restoring are taken back: messages are proof, so never by writing old rows."""
        return {
            "messages_archived": _back(Visibility.ARCHIVED, Visibility.VISIBLE),
            "messages_restored": _back(Visibility.VISIBLE, Visibility.ARCHIVED),
        }

    def _check_right(self, work: Work) -> None:
        refusal = deletion_refusal(work, self._user_id, what="messages")
        if refusal:
            raise PermissionDeniedError("deletion_forbidden", refusal, hint="Leave the messages in the archive.")

    def _tell(self, work: Work, gone: Sequence[Message]) -> None:
        """Say in each conversation that something was deleted, and by whom."""
        for conversation_id, count in Counter(one.conversation_id for one in gone).items():
            work.timeline.add_events(
                [ConversationId(conversation_id)],
                "messages_deleted",
                actor_kind=ActorKind.USER,
                actor_id=self._user_id,
                actor_name=name_of(work, self._user_id),
                details={"count": str(count)},
            )


def _deletable(found: Sequence[Message]) -> list[Message]:
    if any(one.direction is not Direction.IN for one in found):
        raise InvalidInputError(
            "delete_outgoing",
            "Messages that the office sent are kept, as they prove what was delivered.",
            hint="Delete the whole conversation where nothing of it may stay.",
        )
    if any(one.visibility is Visibility.VISIBLE for one in found):
        raise InvalidInputError(
            "delete_visible", "Only archived messages can be deleted.", hint="Archive the message first."
        )
    return [one for one in found if one.visibility is Visibility.ARCHIVED]


def _back(now: Visibility, before: Visibility) -> Reversal:
    def reverse(work: Work, note: Mapping[str, Any]) -> tuple[int, int]:
        ids = [EntryId(key) for key in note["ids"]]
        restored = len(work.folders.move(ids, now, before))
        return restored, len(ids) - restored

    return reverse
