"""Transitions: which state follows which, and when (RELIABILITY 4). Pure: entries in, moves out.

The promise is: at most once per provider call that cannot be proven failed, and every unproven call is shown.
So an attempt without proof leads to ``unknown`` and never back to the queue, unless the same key again has no
further effect (class A) or the provider's own list proves that nothing arrived (class C, once).
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.channel import ReconcileClass
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import ErrorOrigin
from desktop_inbox.models.entities.outbox import (
    SENDING_PAUSED,
    AttemptOutcome,
    GateDecision,
    GateKind,
    Move,
    OnUnknown,
    OutboxEntry,
    SendOutcome,
)
from desktop_inbox.models.repositories.outbox import released
from desktop_inbox.services import retry

#: Longer than a provider call (30 s) and its recording can take, so that no living sender loses it.
LEASE: Final = timedelta(seconds=90)
#: So long a later message waits for an unclear one, and the first look in a provider's list.
SETTLE: Final = timedelta(seconds=180)
LOOKS_APART: Final = timedelta(seconds=60)
EMPTY_LOOKS: Final = 2
#: Class A: providers remember a key for a day.
KEY_LIVES: Final = timedelta(hours=23)
#: A held message is shown to the gate again so often.
HOLD_STEP: Final = timedelta(minutes=15)
#: How far a provider's clock and a late request may lie outside the attempt.
SLACK: Final = timedelta(seconds=60)

UNCLEAR: Final = "The connection broke while sending, so it may or may not have arrived."
UNNAMED: Final = "The provider took it, but named it like another message."
ID_TAKEN: Final = "id_taken"
CHANNEL_REMOVED: Final = GateDecision(kind=GateKind.REFUSE, code="channel_removed", sentence="The channel was removed.")
TOO_LATE: Final = "It could not be sent in time."
PAUSED_TOO_LONG: Final = "Sending was paused for the whole office until it was too late for this message."


class Transitions:
    """The rules; times are attributes so that a channel with other habits can have other ones."""

    lease = LEASE
    settle = SETTLE
    looks_apart = LOOKS_APART
    empty_looks = EMPTY_LOOKS
    uniform: retry.Uniform = staticmethod(random.uniform)

    # -- on the way

    def started(self, entry: OutboxEntry, at: datetime) -> Move:
        """claimed -> sending: committed before a byte leaves."""
        after = replace(
            entry, state=S.SENDING, sending_since=at, lease_until=at + self.lease, attempts=entry.attempts + 1
        )
        details = (("fence", entry.fence), ("attempt", after.attempts))
        return Move(before=entry, after=after, kind="sending", at=at, details=details)

    def put_back(self, entry: OutboxEntry, at: datetime, *, kind: str, due_at: datetime | None = None) -> Move:
        """claimed -> queued: nothing was sent yet."""
        after = released(entry, S.QUEUED, due_at=due_at or entry.due_at)
        return Move(before=entry, after=after, kind=kind, at=at, details=(("fence", entry.fence),))

    def unstarted(self, entry: OutboxEntry, at: datetime) -> Move:
        """sending (or unknown) -> queued, by the very process that knows that it sent no byte."""
        since = entry.unknown_since if entry.state is S.SENDING else None
        after = released(
            entry,
            S.QUEUED,
            attempts=max(entry.attempts - 1, 0),
            unknown_since=since,
            look_due_at=None,
            reason=None,
        )
        return Move(before=entry, after=after, kind="not_started", at=at, details=(("fence", entry.fence),))

    def stopped(self, entry: OutboxEntry, decision: GateDecision, at: datetime) -> Move:
        """The gate does not let it leave."""
        after = released(entry, S.BLOCKED, reason=decision.code)
        return _failing(entry, after, at, "blocked", decision.code, decision.sentence)

    def channel_gone(self, entry: OutboxEntry, at: datetime) -> Move:
        """Its channel was removed, so it never leaves; one that may have left stays unclear."""
        return self.give_up_clearing(entry, at) if entry.may_have_left else self.stopped(entry, CHANNEL_REMOVED, at)

    def held(self, entry: OutboxEntry, decision: GateDecision, at: datetime) -> Move:
        """The gate wants to see it again later."""
        after = released(entry, S.HELD, due_at=decision.until or at + HOLD_STEP, reason=decision.code)
        return Move(before=entry, after=after, kind="held", at=at, details=(("code", decision.code),))

    def let_go(self, entry: OutboxEntry, at: datetime) -> Move:
        """held -> queued: the gate sees it again before it leaves."""
        return Move(before=entry, after=released(entry, S.QUEUED, reason=None), kind="released", at=at)

    # -- results

    def after(self, entry: OutboxEntry, outcome: SendOutcome, reconcile: ReconcileClass) -> Move:
        """The result of the attempt that holds the fence."""
        match outcome.outcome:
            case AttemptOutcome.ACCEPTED:
                return self.taken(entry, outcome.provider_message_id, outcome.status, outcome.at, outcome=outcome)
            case AttemptOutcome.NOT_SENT:
                return self._not_sent(entry, outcome)
            case AttemptOutcome.NOT_PROCESSED:
                return self._throttled(entry, outcome)
            case AttemptOutcome.CHANNEL:
                after = released(entry, S.QUEUED, attempts=max(entry.attempts - 1, 0), due_at=outcome.at)
                return Move(before=entry, after=after, kind="channel_broken", at=outcome.at, details=_about(outcome))
            case AttemptOutcome.PERMANENT:
                return self._refused(entry, outcome)
            case AttemptOutcome.AMBIGUOUS:
                return self.unclear(entry, outcome.at, reconcile, outcome=outcome)

    def late(self, entry: OutboxEntry, outcome: SendOutcome) -> Move | None:
        """The result of an attempt that lost its fence: only the proof that it left counts."""
        if outcome.outcome is not AttemptOutcome.ACCEPTED or entry.provider_message_id is not None:
            return None
        if entry.state in (S.UNKNOWN, S.QUEUED, S.RETRY_WAIT, S.HELD, S.CLAIMED):
            return self.taken(entry, outcome.provider_message_id, outcome.status, outcome.at, kind="late_result")
        after = replace(entry, evidence=outcome.provider_message_id)
        details = (("provider_id", outcome.provider_message_id),)
        return Move(before=entry, after=after, kind="evidence", at=outcome.at, details=details)

    def taken(
        self,
        entry: OutboxEntry,
        provider_id: str,
        status: S,
        at: datetime,
        *,
        kind: str = "accepted",
        outcome: SendOutcome | None = None,
    ) -> Move:
        """The provider took it, says the provider."""
        state = status if status in (S.ACCEPTED, S.SENT, S.DELIVERED, S.READ) else S.ACCEPTED
        after = released(
            entry, state, provider_message_id=provider_id, reason=None, unknown_since=None, look_due_at=None
        )
        return Move(
            before=entry,
            after=after,
            kind=kind,
            at=at,
            details=(("provider_id", provider_id), ("fence", entry.fence)),
            segments=outcome.segments if outcome else None,
        )

    def left_unnamed(self, entry: OutboxEntry, outcome: SendOutcome) -> Move | None:
        """The provider took it, but names a message that is another one's: it left, so it is never looked for and
        never repeated; a person decides. None where somebody else's attempt is under way or it has ended."""
        if entry.state is S.SENDING and entry.fence != outcome.fence:
            return None
        if entry.state not in (S.SENDING, S.UNKNOWN, S.QUEUED, S.RETRY_WAIT, S.HELD, S.CLAIMED):
            return None
        since = entry.unknown_since or outcome.at
        after = released(entry, S.UNKNOWN, unknown_since=since, look_due_at=None, reason=ID_TAKEN)
        return _failing(entry, after, outcome.at, "id_taken", ID_TAKEN, UNNAMED, details=_about(outcome))

    def unclear(
        self, entry: OutboxEntry, at: datetime, reconcile: ReconcileClass, *, outcome: SendOutcome | None = None
    ) -> Move:
        """sending -> unknown: nobody can tell whether it left."""
        code = (outcome.code if outcome else "") or "unclear"
        after = released(
            entry,
            S.UNKNOWN,
            unknown_since=entry.unknown_since or at,
            look_due_at=self.first_look(entry, at, reconcile),
            empty_looks=0,
            reason=code,
        )
        details = _about(outcome) if outcome else (("fence", entry.fence),)
        return _failing(entry, after, at, "unknown", code, UNCLEAR, details=details)

    def first_look(self, entry: OutboxEntry, at: datetime, reconcile: ReconcileClass) -> datetime | None:
        """When to look whether it left; None where only an echo or a person can tell."""
        if entry.evidence is not None:
            return at
        if reconcile is ReconcileClass.IDEMPOTENT and entry.on_unknown is OnUnknown.RECONCILE:
            return at + retry.backoff(entry.attempts, self.uniform)
        if reconcile is ReconcileClass.LISTABLE:
            return max((entry.sending_since or at) + self.settle, at)
        return None

    def lease_lost(self, entry: OutboxEntry, at: datetime, reconcile: ReconcileClass) -> Move:
        """Whoever held it is gone: a claim sent nothing, a send may have."""
        if entry.state is S.CLAIMED:
            return self.put_back(entry, at, kind="lease_expired")
        if reconcile is ReconcileClass.IDEMPOTENT:  # the provider had no say, so this was none of the tries it has
            move = self.unclear(entry, at, reconcile)
            return replace(move, after=replace(move.after, attempts=max(entry.attempts - 1, 0)))
        return self.unclear(entry, at, reconcile)

    def too_late(self, entry: OutboxEntry, at: datetime) -> Move:
        """Nobody wants it any more; one that may have left stays unclear."""
        if entry.may_have_left:
            return self.give_up_clearing(entry, at)
        paused = entry.state is S.HELD and entry.reason == SENDING_PAUSED
        code, text = (SENDING_PAUSED, PAUSED_TOO_LONG) if paused else ("expired", TOO_LATE)
        return _failing(entry, released(entry, S.EXPIRED, reason=code), at, "expired", code, text)

    # -- clearing up

    def send_same_key(self, entry: OutboxEntry, at: datetime) -> Move:
        """unknown -> queued (class A): the same key again has no further effect."""
        after = released(entry, S.QUEUED, due_at=at, look_due_at=None, reason=None)
        return Move(before=entry, after=after, kind="repeated_with_key", at=at)

    def looked_in_vain(self, entry: OutboxEntry, at: datetime) -> Move:
        """The provider's list does not show it (class C)."""
        looks = entry.empty_looks + 1
        if looks < self.empty_looks:
            after = replace(entry, empty_looks=looks, look_due_at=at + self.looks_apart)
            return _same(entry, after, at, "looked_in_vain", (("looks", looks),))
        if entry.requeued or entry.on_unknown is OnUnknown.HOLD or entry.expires_at <= at:
            after = replace(entry, empty_looks=looks, look_due_at=None)
            return _same(entry, after, at, "left_to_a_person", (("looks", looks),))
        after = released(
            entry, S.QUEUED, requeued=True, due_at=at, look_due_at=None, unknown_since=None, empty_looks=0, reason=None
        )
        return Move(before=entry, after=after, kind="proven_absent", at=at, details=(("looks", looks),))

    def look_later(self, entry: OutboxEntry, at: datetime) -> Move:
        """The provider did not answer the look."""
        after = replace(entry, look_due_at=at + self.looks_apart)
        return _same(entry, after, at, "look_failed", ())

    def give_up_clearing(self, entry: OutboxEntry, at: datetime) -> Move:
        """Only a person can tell now."""
        after = released(entry, S.UNKNOWN, look_due_at=None, reason=entry.reason or "unclear")
        return _failing(entry, after, at, "left_to_a_person", after.reason or "unclear", UNCLEAR)

    # -- people

    def cancelled(self, entry: OutboxEntry, at: datetime, *, kind: str) -> Move | None:
        """Take it back; None when it may already have left."""
        if entry.state not in (S.HELD, S.QUEUED, S.RETRY_WAIT) or entry.may_have_left:
            return None
        return Move(before=entry, after=released(entry, S.CANCELLED, reason=kind), kind=kind, at=at)

    def said_to_have_arrived(self, entry: OutboxEntry, at: datetime) -> Move:
        """A person knows that it arrived."""
        after = released(entry, S.SENT, reason=None, look_due_at=None, unknown_since=None)
        return Move(before=entry, after=after, kind="person_arrived", at=at)

    def said_to_send_again(self, entry: OutboxEntry, at: datetime, *, expires_at: datetime) -> Move:
        """A person wants it sent once more, whatever became of the first one."""
        after = released(
            entry,
            S.QUEUED,
            due_at=at,
            expires_at=expires_at,
            attempts=0,
            reason=None,
            unknown_since=None,
            look_due_at=None,
            empty_looks=0,
        )
        return Move(before=entry, after=after, kind="person_again", at=at)

    def said_to_leave(self, entry: OutboxEntry, at: datetime) -> Move:
        """A person lets it rest; it stays unclear and is not looked for any more."""
        after = replace(entry, look_due_at=None, reason="left")
        return _failing(entry, after, at, "person_left", "left", UNCLEAR)

    def _not_sent(self, entry: OutboxEntry, outcome: SendOutcome) -> Move:
        if outcome.retry_at is not None:
            after = released(entry, S.RETRY_WAIT, due_at=outcome.retry_at, reason=outcome.code or "not_sent")
            return Move(before=entry, after=after, kind="not_sent", at=outcome.at, details=_about(outcome))
        if entry.may_have_left:
            return self.give_up_clearing(entry, outcome.at)
        after = released(entry, S.FAILED, reason=outcome.code or "not_sent")
        text = outcome.text or "The provider could not be reached."
        return _failing(entry, after, outcome.at, "failed", outcome.code or "not_sent", text, details=_about(outcome))

    def _throttled(self, entry: OutboxEntry, outcome: SendOutcome) -> Move:
        after = released(
            entry,
            S.RETRY_WAIT,
            due_at=outcome.retry_at or outcome.at + retry.SHORTEST_THROTTLE,
            attempts=max(entry.attempts - 1, 0),
            reason=outcome.code or "throttled",
        )
        return Move(before=entry, after=after, kind="throttled", at=outcome.at, details=_about(outcome))

    def _refused(self, entry: OutboxEntry, outcome: SendOutcome) -> Move:
        if entry.may_have_left:  # a refusal of the repeat says nothing about the first attempt
            return self.give_up_clearing(entry, outcome.at)
        state = S.BLOCKED if outcome.opted_out else S.FAILED
        code = outcome.code or ("opted_out" if outcome.opted_out else "rejected")
        after = released(entry, state, reason=code)
        origin = ErrorOrigin.OURS if outcome.code.startswith("ours.") else ErrorOrigin.PROVIDER
        text = outcome.text or "The provider refused it."
        return _failing(entry, after, outcome.at, str(state), code, text, origin=origin, details=_about(outcome))


def _failing(
    before: OutboxEntry,
    after: OutboxEntry,
    at: datetime,
    kind: str,
    code: str,
    text: str,
    *,
    origin: ErrorOrigin = ErrorOrigin.OURS,
    details: tuple[tuple[str, str | int], ...] | None = None,
) -> Move:
    return Move(
        before=before,
        after=after,
        kind=kind,
        at=at,
        details=(("code", code),) if details is None else details,
        error_origin=origin,
        error_code=code,
        error_text=text,
    )


def _same(
    before: OutboxEntry, after: OutboxEntry, at: datetime, kind: str, details: tuple[tuple[str, str | int], ...]
) -> Move:
    return Move(before=before, after=after, kind=kind, at=at, details=details)


def _about(outcome: SendOutcome) -> tuple[tuple[str, str | int], ...]:
    known: list[tuple[str, str | int]] = [("outcome", str(outcome.outcome)), ("fence", outcome.fence)]
    if outcome.code:
        known.append(("code", outcome.code))
    if outcome.http_status is not None:
        known.append(("http_status", outcome.http_status))
    return tuple(known)
