"""What people do with a batch: call it off, stop it, move it to another time."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import CANCELLABLE, STOPPABLE, Batch, BatchStatus, RecipientState
from desktop_inbox.models.entities.ids import BatchId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import MOVED_TO_HOURS, OUTSIDE_HOURS, Move
from desktop_inbox.models.work import Work

from .new_message import LIFE
from .rights import need_maker

_WHY_NOT: Final = {
    BatchStatus.SENDING: "Its messages are being sent already.",
    BatchStatus.SENT: "Its messages were sent already.",
    BatchStatus.CANCELLED: "It was cancelled before.",
    BatchStatus.ERROR: "It ended with an error; nothing waits any more.",
}
_STOP_HINT: Final = "Stop it instead: what has not left is cancelled."


def existing(batch: Batch | None) -> Batch:
    """Return the batch. Raises NotFoundError where there is none."""
    if batch is None:
        raise NotFoundError("batch_missing", "This batch does not exist.", hint="Look for it in the list of batches.")
    return batch


def cancel(work: Work, batch_id: BatchId, *, user_id: UserId) -> None:
    """Call it off as a whole. Raises InvalidInputError with the reason when it is too late (S5-14), and
    PermissionDeniedError for the batch of a colleague."""
    batch = existing(work.batches.locked(batch_id))
    need_maker(work, user_id, batch.user_id, "cancel this broadcast")
    if batch.status not in CANCELLABLE:
        hint = _STOP_HINT if batch.status is BatchStatus.SENDING else ""
        raise InvalidInputError(f"batch_{batch.status}", _WHY_NOT[batch.status], hint=hint)
    _call_off(work, batch, user_id)


def stop(work: Work, batch_id: BatchId, *, user_id: UserId) -> None:
    """Call off whatever has not left, at any moment; one that is over stays as it is. Raises PermissionDeniedError
    for the batch of a colleague."""
    batch = existing(work.batches.locked(batch_id))
    need_maker(work, user_id, batch.user_id, "stop this broadcast")
    over = batch.status is BatchStatus.ERROR and not work.batches.has_open_messages(batch_id)
    if batch.status in STOPPABLE and not over:
        _call_off(work, batch, user_id)


def _call_off(work: Work, batch: Batch, user_id: UserId) -> None:
    work.batches.change(
        batch.id, status=BatchStatus.CANCELLED, reason="", stopped_by_id=user_id, lease_owner=None, lease_until=None
    )
    work.batches.cancel_waiting(batch.id)


def move_to(work: Work, batch_id: BatchId, at: datetime, *, user_id: UserId) -> None:
    """Process it, or what waits of it, at another moment. Raises InvalidInputError when nothing waits, and
    PermissionDeniedError for the batch of a colleague."""
    batch = existing(work.batches.locked(batch_id))
    need_maker(work, user_id, batch.user_id, "move this broadcast")
    held = _move_held(work, batch_id, at)
    waiting = work.batches.counts([batch_id])[batch_id].of(RecipientState.WAITING)
    unasked = batch.status is BatchStatus.PROGRAMMED or not batch.filled or waiting
    if batch.status in (BatchStatus.PROGRAMMED, BatchStatus.BLOCKED_TIME, BatchStatus.ERROR) and unasked:
        work.batches.change(batch_id, status=BatchStatus.PROGRAMMED, reason="", due_at=at, finished_at=None)
    elif held:
        work.batches.change(batch_id, status=BatchStatus.SENDING, reason="")
    else:
        raise InvalidInputError("batch_not_waiting", "Nothing of this batch waits for another time.")


def _move_held(work: Work, batch_id: BatchId, at: datetime) -> int:
    """Show the gate what it held for its time again at that moment."""
    now = work.outbox.now()
    entries = work.outbox.lock(work.batches.open_entries(batch_id, limit=1_000_000))
    held = [one for one in entries.values() if one.state is DeliveryStatus.HELD and one.reason == OUTSIDE_HOURS]
    work.outbox.apply(
        [
            Move(
                before=one,
                after=replace(one, due_at=at, expires_at=max(one.expires_at, at + LIFE), reason=MOVED_TO_HOURS),
                kind="moved",
                at=now,
            )
            for one in held
        ]
    )
    return len(held)
