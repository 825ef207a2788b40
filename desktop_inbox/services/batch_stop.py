"""Stopping a batch: what left stays, everything that waits is cancelled, and both together are all (D-06)."""

from collections.abc import Iterable
from typing import Final

from desktop_inbox.models.entities.ids import BatchId, OutboxId
from desktop_inbox.models.entities.outbox import OutboxEntry
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .transitions import Transitions

_CHUNK: Final = 500  # messages in one transaction
_KIND: Final = "batch_stopped"

_rules = Transitions()


async def stop_rest(store: Store, batch_id: BatchId) -> None:
    """Cancel what waits of a batch that was called off; what is being sent at the moment is looked at again later.
    Killed at any point, the next call goes on."""
    place = OutboxId(0)
    while True:
        last = await store.run(lambda work, after=place: _cancel_some(work, batch_id, after))  # type: ignore[misc]
        if last is None:
            break
        place = last
    await store.run(lambda work: _finished(work, batch_id))


def _cancel_some(work: Work, batch_id: BatchId, after: OutboxId) -> OutboxId | None:
    ids = work.batches.open_entries(batch_id, limit=_CHUNK, after=after)
    if not ids:
        return None
    entries = work.outbox.lock(ids)
    work.announce_in_bulk()
    _cancel(work, entries.values())
    _cancel(work, work.consent_first.unfollowed(entries.values()))
    return ids[-1]


def _cancel(work: Work, entries: Iterable[OutboxEntry]) -> int:
    """Take back what can be; returns how many messages that were."""
    at = work.outbox.now()
    moves = [move for one in entries if (move := _rules.cancelled(one, at, kind=_KIND))]
    work.outbox.apply(moves)
    return len(moves)


def _finished(work: Work, batch_id: BatchId) -> None:
    """Nothing of it waits, nor a consent message that went before it: one that was being sent at the moment of the
    stop, and has to be tried again, is called off by a later look."""
    alone = work.consent_first.of_stopped(batch_id)
    if _cancel(work, alone) == len(alone) and not work.batches.has_open_messages(batch_id):
        work.batches.change(batch_id, finished_at=work.now())
