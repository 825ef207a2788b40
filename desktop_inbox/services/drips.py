"""Drips: sends messages of campaigns when they are due, each once, however many computers look at it.

What came in is stored before anything fires (D-05): a reply that waits at the provider stops the campaign before the
message that became due meanwhile. What could not leave for so long that it would surprise asks a person first.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from desktop_inbox.models.entities.campaign import EnrollmentState, StepState
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.models.repositories.drips import Drip
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.enqueue import Enqueue, NewMessage, OutgoingFile
from desktop_inbox.services.readiness import READY, Readiness

#: What was due longer ago asks a person: "good morning" reads badly in the evening.
LATE: Final = timedelta(hours=6)
#: Why a message asks, or was left out by whoever was asked.
MISSED: Final = "missed"
_GONE: Final = "address_gone"
#: Nothing is wrong with the message: the channel is out of order, and the message waits for it.
_CHANNEL_WAITS: Final = frozenset({"channel_paused", "channel_broken"})
_AT_ONCE: Final = 200
_NAMES: Final = uuid.UUID("0b6c1f3e-4d0f-4f6b-9a51-6f0d8f1c2a77")


class Drips:
    """The job of the scheduler."""

    def __init__(self, store: Store, *, enqueue: Enqueue, readiness: Readiness = READY) -> None:
        self._store = store
        self._enqueue = enqueue
        self._readiness = readiness

    async def run(self) -> int:
        """Queue everything that is due, in chunks; returns how many messages were dealt with."""
        count = 0
        if not await self._store.read(lambda work: bool(_due(work, limit=1))):
            return 0
        await self._readiness.wait()
        while done := await self._store.run(lambda work: fire(work, self._enqueue, readiness=self._readiness)):
            count += done
        return count


def fire(work: Work, enqueue: Enqueue, *, readiness: Readiness = READY, limit: int = _AT_ONCE) -> int:
    """Queue what is due in one transaction; returns how many messages were dealt with."""
    now = work.now()
    active = [one.id for one in work.channels.all() if one.state is ChannelState.ACTIVE]
    # Whoever fetches a channel sends for it; what asks a person anyway may be noted by anybody.
    mine = [one for one in active if readiness.allows(one, active)]
    taken = work.drips.take(work.drips.due(now, long_ago=now - LATE, limit=limit, channels=mine))
    late = [one for one in taken if one.due_at <= now - LATE]
    work.drips.set([one.id for one in late], StepState.ASKING, reason=MISSED)
    gone = [one for one in taken if one not in late and one.conversation_id is None]
    work.drips.set([one.id for one in gone], StepState.SKIPPED, reason=_GONE)
    ready = [one for one in taken if one not in late and one not in gone]
    answers = enqueue.many(work, [_message(one) for one in ready])
    waiting = 0
    for one, answer in zip(ready, answers, strict=True):
        waiting += not _note(work, one, answer)
    work.enrollments.finish(sorted({one.enrollment_id for one in taken}))
    work.drips.announce(one.contact_id for one in taken if one.contact_id is not None)
    return len(taken) - waiting


def _due(work: Work, *, limit: int) -> Sequence[Drip]:
    now = work.now()
    return work.drips.due(now, long_ago=now - LATE, limit=limit)


def _note(work: Work, drip: Drip, answer: EntryId | GateDecision) -> bool:
    """Remember what became of a message; False where it waits on."""
    if not isinstance(answer, GateDecision):
        work.drips.set([drip.id], StepState.QUEUED, message_id=answer)
        return True
    if answer.code in _CHANNEL_WAITS:
        return False
    if answer.code == "opted_out" and drip.contact_id is not None:  # an opt-out that came in without a word (S4-66)
        only = [drip.enrollment_id]
        work.enrollments.stop([drip.contact_id], EnrollmentState.OPTED_OUT, cause="opted_out", only=only)
        return True
    work.drips.set([drip.id], StepState.SKIPPED, reason=answer.sentence or answer.code)
    return True


def _message(drip: Drip) -> NewMessage:
    assert drip.conversation_id is not None  # noqa: S101 - those without one were left out
    return NewMessage(
        conversation_id=drip.conversation_id,
        text=drip.text,
        channel_id=drip.channel_id,
        address_id=drip.address_id,
        client_uuid=str(uuid.uuid5(_NAMES, f"enrollment step {drip.id} of {drip.enrollment_id}")),
        files=tuple(OutgoingFile(**file) for file in drip.files),
        sender_kind=SenderKind.CAMPAIGN,
        sender_id=drip.user_id,
    )
