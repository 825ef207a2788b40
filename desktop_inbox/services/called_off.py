"""Messages that nobody wants any more by the time they are tried again: their batch was stopped, the contact answered,
or their campaign was ended while an attempt was under way that came to nothing.

What waits is cancelled where that is said. What was just being sent is asked about here, before its next attempt.
"""

from collections.abc import Iterable
from typing import Final

from desktop_inbox.models.entities.ids import OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus, ErrorOrigin, SenderKind
from desktop_inbox.models.entities.outbox import Delivery, Move
from desktop_inbox.models.repositories.outbox import released
from desktop_inbox.models.work import Work

STOPPED: Final = "batch_stopped"
REPLIED: Final = "contact_replied"
ENDED: Final = "stopped_by_hand"
_WORDS: Final = {
    STOPPED: "The batch was stopped before this was sent.",
    REPLIED: "The contact wrote before this was sent.",
    ENDED: "The campaign was stopped before this was sent.",
}
_BULK: Final = (SenderKind.BROADCAST, SenderKind.SCHEDULE, SenderKind.CAMPAIGN)


def called_off(work: Work, deliveries: Iterable[Delivery]) -> dict[OutboxId, Move]:
    """Return the moves of claimed entries that must not be tried again."""
    again = [one for one in deliveries if one.entry.fence > 1 and one.sender_kind in _BULK]
    again = [one for one in again if one.entry.state is DeliveryStatus.CLAIMED and not one.entry.may_have_left]
    if not again:
        return {}
    ids = [one.entry.message_id for one in again]
    campaigns = [one.entry.message_id for one in again if one.sender_kind is SenderKind.CAMPAIGN]
    why = dict.fromkeys(work.deliveries.of_stopped_batches(ids), STOPPED)
    if campaigns:
        answered = work.deliveries.answered(campaigns)
        why |= dict.fromkeys(work.enrollments.cancelled_of(campaigns), ENDED) | dict.fromkeys(answered, REPLIED)
        work.enrollments.withdrawn(answered, cause=REPLIED)
    return {one.entry.id: _move(work, one, why[key]) for one in again if (key := one.entry.message_id) in why}


def _move(work: Work, delivery: Delivery, code: str) -> Move:
    return Move(
        before=delivery.entry,
        after=released(delivery.entry, DeliveryStatus.CANCELLED, reason=code),
        kind="cancelled",
        at=work.outbox.now(),
        details=(("code", code),),
        error_origin=ErrorOrigin.OURS,
        error_code=code,
        error_text=_WORDS[code],
    )
