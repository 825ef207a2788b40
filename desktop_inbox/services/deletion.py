"""DeletionService: conversations are deleted for good, where the office allows it (S4-36 to S4-39).

What was said, its files, its words in the index and its history go; that messages left, and when, stays in the ledger,
which has no content. The contact stays. Copies of the database made before still hold it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Unpack

from desktop_inbox.errors import InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.repositories.deletions import Gone
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .rights import is_administrator
from .settings import DELETION
from .state import Choice, Course, ids_of
from .transitions import Transitions

_CHUNK: Final = 20  # conversations in one transaction: each may have thousands of messages
_RULES: Final = Transitions()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionQuestion:
    """What a person is asked before."""

    conversations: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What became of it."""

    conversations: int
    messages: int
    skipped: int = 0  # a message of theirs was just leaving
    cancelled: bool = False


class DeletionService:
    """Deletes conversations, and what hangs on them. ``purge`` removes files by hash; it blocks."""

    def __init__(self, store: Store, *, user_id: UserId, purge: Callable[[Sequence[str]], None]) -> None:
        self._store = store
        self._user_id = user_id
        self._purge = purge

    async def ask(self, chosen: Choice) -> DeletionQuestion:
        """Return what would be deleted. Raises PermissionDeniedError where this user may not."""

        def read(work: Work) -> DeletionQuestion:
            _check(work, self._user_id)
            ids = ids_of(work, chosen, self._user_id)
            return DeletionQuestion(conversations=len(ids), messages=work.states.message_count(ids))

        return await self._store.read(read)

    async def delete(self, chosen: Choice, **course: Unpack[Course]) -> Deleted:
        """Delete conversations; it cannot be undone. Those of which a message is just leaving are left.

        Raises PermissionDeniedError where this user may not, InvalidInputError when all of them are just sending.
        """
        progress, cancelled = course.get("progress"), course.get("cancelled")
        ids = await self._store.read(lambda work: ids_of(work, chosen, self._user_id))
        parts: list[Gone] = []
        stopped = False
        try:
            for start in range(0, len(ids), _CHUNK):
                if stopped := cancelled is not None and cancelled():
                    break
                parts.append(await self._store.run(self._part(ids[start : start + _CHUNK])))
                await asyncio.to_thread(self._purge, parts[-1].files)
                if progress is not None:
                    progress(min(start + _CHUNK, len(ids)), len(ids))
        finally:
            if parts:
                await leave_no_trace(self._store)
        gone = sum(part.conversations for part in parts)
        if ids and not gone and not stopped:
            raise InvalidInputError(
                "conversation_sending",
                "Nothing was deleted: a message of this conversation is just leaving.",
                hint="Try again in a minute.",
            )
        skipped = 0 if stopped else len(ids) - gone
        messages = sum(part.messages for part in parts)
        return Deleted(conversations=gone, messages=messages, skipped=skipped, cancelled=stopped)

    def _part(self, ids: Sequence[ConversationId]) -> Callable[[Work], Gone]:
        def run(work: Work) -> Gone:
            _check(work, self._user_id)
            there = [state.id for state in work.states.lock(ids)]
            busy = work.deletions.busy(there)
            free = [key for key in there if key not in busy]
            waiting = work.outbox.of_messages(work.deletions.waiting(free))
            at = work.outbox.now()
            moves = [_RULES.cancelled(entry, at, kind="conversation_deleted") for entry in waiting.values()]
            work.outbox.apply([move for move in moves if move is not None])
            for key in free:
                last = work.conversations.row(key)
                if last is not None and last.last_outbound_id:
                    work.ledger.add(last.last_outbound_id, "conversation_deleted", at=at, user=self._user_id)
            return work.deletions.delete(free)

        return run


async def leave_no_trace(store: Store) -> None:
    """Leave nothing of what was deleted in the index's old pages and in the log of writes."""
    first = True
    while await store.run(lambda work, first=first: work.deletions.merge_index(first=first)):  # type: ignore[misc]
        first = False
    if store.dialect == "sqlite":
        await asyncio.to_thread(store.on_driver, _checkpoint)


def _checkpoint(connection: Any) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _check(work: Work, user_id: UserId) -> None:
    refusal = deletion_refusal(work, user_id)
    if refusal:
        raise PermissionDeniedError("deletion_forbidden", refusal, hint="Archive the conversation instead.")


def deletion_refusal(work: Work, user_id: UserId, *, what: str = "conversations") -> str:
    """Return why a user may not delete what was said, or ""; one choice of the office for all of it."""
    policy = work.settings.get(DELETION.key) or DELETION.default
    if policy == "nobody":
        return f"The administrator has switched off the deletion of {what}."
    if policy == "administrators" and not is_administrator(work, user_id):
        return f"Only an administrator may delete {what}."
    return ""
