"""Stopping a batch: what left stays, everything that waits is cancelled, and both together are all (D-06)."""

from typing import Final

from desktop_inbox.models.entities.ids import BatchId, OutboxId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .transitions import Transitions

_CHUNK: Final = 500  # messages in one transaction

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
    at = work.outbox.now()
    entries = work.outbox.lock(ids)
    moves = [move for entry in entries.values() if (move := _rules.cancelled(entry, at, kind="batch_stopped"))]
    work.announce_in_bulk()
    work.outbox.apply(moves)
    return ids[-1]


def _finished(work: Work, batch_id: BatchId) -> None:
    if not work.batches.has_open_messages(batch_id):
        work.batches.change(batch_id, finished_at=work.now())
