"""Sending: the database's side of it. Each method is one step of RELIABILITY 4 inside one transaction.

The dispatcher calls these with ``store.run`` and talks to providers in between, never inside.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.errors import NotFoundError
from desktop_inbox.events import ChannelChanged
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState, ReconcileClass
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.ids import ChannelId, OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import (
    AttemptOutcome,
    Delivery,
    GateDecision,
    GateKind,
    Move,
    OutboxEntry,
    SendOutcome,
)
from desktop_inbox.models.repositories.deliveries import Circuit
from desktop_inbox.models.work import Work
from desktop_inbox.services import circuit as circuits
from desktop_inbox.services import receipts
from desktop_inbox.services.called_off import called_off
from desktop_inbox.services.clock_set_back import bring_near
from desktop_inbox.services.gate import NO_LIMIT, Gate, Limit, capabilities_of
from desktop_inbox.services.limits import Limits
from desktop_inbox.services.request_hash import request_hash
from desktop_inbox.services.transitions import HOLD_STEP, KEY_LIVES, Transitions

_CHANNEL_BROKEN: Final = "The account cannot send."
_GONE: Final = GateDecision(kind=GateKind.REFUSE, code="address_gone", sentence="The address does not exist any more.")

#: Receipts of messages that are not ours, such as those of another program on the same account.
_PARKED_FOR: Final = timedelta(days=30)

OptOut = Callable[[Work, OutboxEntry, SendOutcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt that is allowed to leave now; its row says ``sending`` already."""

    delivery: Delivery
    channel: Channel
    attempt_id: int
    begun_at: datetime  # by this computer's clock, before the lease began
    begun_tick: float  # the same by its monotonic clock
    patience: timedelta  # a request that begins later might outlive the lease

    @property
    def entry(self) -> OutboxEntry:
        """The entry in the state ``sending``, with the fence that the result must carry."""
        return self.delivery.entry


def record_opt_out(work: Work, entry: OutboxEntry, outcome: SendOutcome) -> None:
    """The provider says that the address opted out: so it did (S4-16)."""
    work.contacts.change_address(entry.address_id, carrier_blocked=True)
    work.consent.record(
        entry.contact_id,
        OptIn.OPTED_OUT,
        method=ConsentMethod.PROVIDER,
        wording=outcome.text or outcome.code,
        address_id=entry.address_id,
        message_id=entry.message_id,
    )


class Sending:
    """The steps; ``rules`` decide what follows what, ``gate`` what may leave."""

    def __init__(
        self,
        *,
        gate: Gate | None = None,
        rules: Transitions | None = None,
        capabilities: Callable[[Channel], Capabilities] = capabilities_of,
        opt_out: OptOut = record_opt_out,
    ) -> None:
        self.gate = gate or Gate()
        self.rules = rules or Transitions()
        self._capabilities = capabilities
        self._opt_out = opt_out

    # -- claim and start

    def claim(
        self, work: Work, channel_ids: Sequence[ChannelId], *, limit: int, lowest: int = 0
    ) -> tuple[OutboxEntry, ...]:
        """queued -> claimed for entries of these channels that are open for sending, of priority ``lowest`` or more."""
        at = work.outbox.now()
        able = [channel.id for channel in work.channels.those(channel_ids) if self._is_open(channel, at)]
        if not able or limit < 1:
            return ()
        return work.outbox.claim(
            able,
            owner=work.instance,
            at=at,
            until=at + self.rules.lease,
            settled=at - self.rules.settle,
            limit=limit,
            lowest=lowest,
        )

    def start(self, work: Work, claimed: Iterable[OutboxEntry]) -> tuple[Job, ...]:
        """claimed -> sending for what the gate still lets go. Nothing may leave before the commit."""
        expected = {entry.id: entry for entry in claimed}
        begun_at, begun_tick = work.now(), time.monotonic()
        at = work.outbox.now()
        facts = work.deliveries.facts(list(expected.values()))
        # The facts hold the entries as they stand now, locked; those without facts are looked at by themselves.
        current = {key: delivery.entry for key, delivery in facts.items()}
        missing = [key for key in expected if key not in facts]
        current |= work.outbox.lock(missing) if missing else {}
        limits = Limits(work).of_deliveries(facts.values(), at)
        unwanted = called_off(work, facts.values())
        channels: dict[ChannelId, Channel | None] = {}
        moves: list[Move] = []
        going: list[tuple[Delivery, Channel]] = []
        for key, entry in current.items():
            if entry.state is not S.CLAIMED or entry.fence != expected[key].fence:
                continue
            if entry.channel_id not in channels:
                channels[entry.channel_id] = work.channels.get(entry.channel_id)
            channel, delivery = channels[entry.channel_id], facts.get(key)
            stop = unwanted.get(key) or self._why_not(work, entry, delivery, channel, limits.get(key, NO_LIMIT), at)
            if stop is not None:
                moves.append(stop)
            elif delivery is not None and channel is not None:
                move = self.rules.started(entry, at)
                moves.append(move)
                going.append((replace(delivery, entry=move.after), channel))
        work.outbox.apply(moves)
        self._bound(work, moves)
        ids = work.deliveries.start([(delivery.entry, request_hash(delivery)) for delivery, _ in going], at)
        return tuple(
            Job(
                delivery=delivery,
                channel=channel,
                attempt_id=attempt,
                begun_at=begun_at,
                begun_tick=begun_tick,
                patience=self.rules.lease / 2,  # the other half is for the call (30 s) and its recording (15 s)
            )
            for (delivery, channel), attempt in zip(going, ids, strict=True)
        )

    def unstart(self, work: Work, held: Iterable[OutboxEntry]) -> None:
        """Put back what this process claimed or started and of which it knows that no byte left; also when
        somebody took it for lost meanwhile."""
        at = work.outbox.now()
        fences = {entry.id: entry.fence for entry in held}
        moves = []
        for entry in work.outbox.lock(fences).values():
            if entry.fence != fences[entry.id]:
                continue
            if entry.state is S.SENDING or (entry.state is S.UNKNOWN and _is_only_doubt(entry)):
                moves.append(self.rules.unstarted(entry, at))
            elif entry.state is S.CLAIMED:
                moves.append(self.rules.put_back(entry, at, kind="released"))
        work.outbox.apply(moves)

    # -- results

    def record(self, work: Work, outcomes: Sequence[SendOutcome]) -> None:
        """Note what attempts came to; those that lost their fence leave evidence only."""
        entries = work.outbox.lock(outcome.outbox_id for outcome in outcomes)
        work.deliveries.finish(outcomes)
        if any(outcome.exchanges for outcome in outcomes):
            work.exchanges.keep(entries, outcomes)
        taken, fresh = self._taken(work, entries, outcomes), set[tuple[ChannelId, str]]()
        moves: list[Move] = []
        weighed: list[tuple[OutboxEntry, SendOutcome]] = []
        classes: dict[ChannelId, ReconcileClass] = {}
        for outcome in outcomes:
            entry = entries.get(outcome.outbox_id)
            if entry is None:
                continue
            in_time = entry.state is S.SENDING and entry.fence == outcome.fence
            named = (entry.channel_id, outcome.provider_message_id)
            move: Move | None
            elsewhere = named in fresh or (named in taken and not work.inbound.make_free(entry, named[1]))
            if elsewhere and entry.provider_message_id is None:
                move = self.rules.left_unnamed(entry, outcome)
            elif in_time:
                if entry.channel_id not in classes:
                    classes[entry.channel_id] = self.reconcile_class(work, entry.channel_id)
                move = self.rules.after(entry, outcome, classes[entry.channel_id])
            else:
                move = self.rules.late(entry, outcome)
            if in_time:
                weighed.append((entry, outcome))
            if move is not None:
                moves.append(move)
                entries[entry.id] = move.after
                if move.after.provider_message_id:
                    fresh.add((entry.channel_id, move.after.provider_message_id))
        work.outbox.apply(moves)
        self._weigh(work, weighed)
        self._bound(work, moves)

    def _taken(
        self, work: Work, entries: Mapping[OutboxId, OutboxEntry], outcomes: Sequence[SendOutcome]
    ) -> set[tuple[ChannelId, str]]:
        """Those (channel, provider id) of the outcomes that some message already has."""
        named: dict[ChannelId, list[str]] = {}
        for outcome in outcomes:
            entry = entries.get(outcome.outbox_id)
            if entry is not None and outcome.provider_message_id:
                named.setdefault(entry.channel_id, []).append(outcome.provider_message_id)
        return {(channel, key) for channel, ids in named.items() for key in work.outbox.bound(channel, ids)}

    def _weigh(self, work: Work, results: Sequence[tuple[OutboxEntry, SendOutcome]]) -> None:
        """What results mean beyond their messages: for the channel's circuit and state, and for consent."""
        known: dict[ChannelId, Circuit] = {}
        now_known: dict[ChannelId, Circuit] = {}
        failing = {entry.channel_id for entry, outcome in results if circuits.is_failure(outcome.outcome)}
        for key in sorted({entry.channel_id for entry, _outcome in results} - failing):
            work.deliveries.close_circuit(key)
        for entry, outcome in results:
            key = entry.channel_id
            if key in failing:
                if key not in known:
                    known[key] = now_known[key] = work.deliveries.circuit(key)
                now_known[key] = circuits.after(now_known[key], outcome.outcome, outcome.at)
            if outcome.outcome is AttemptOutcome.NOT_PROCESSED and outcome.retry_at is not None:
                work.deliveries.cool(key, outcome.retry_at)
            if outcome.outcome is AttemptOutcome.CHANNEL:
                self._break(work, key, outcome)
            if outcome.opted_out:
                self._opt_out(work, entry, outcome)
        for key, circuit in now_known.items():
            if circuit != known[key]:
                work.deliveries.save_circuit(key, circuit)

    @staticmethod
    def _break(work: Work, channel_id: ChannelId, outcome: SendOutcome) -> None:
        """The account cannot send: said once, until somebody mends it."""
        channel = work.channels.get(channel_id)
        if channel is not None and channel.state is ChannelState.ACTIVE:
            reason = outcome.text or _CHANNEL_BROKEN
            work.channels.change(channel_id, state=ChannelState.BROKEN, state_reason=reason)

    # -- the passage of time

    def recover(self, work: Work) -> int:
        """At start: what an earlier run of this process held; returns how many."""
        work.receipts.prune_parked(work.now() - _PARKED_FOR)
        return self._lose(work, work.outbox.of_owner(work.instance)) + self.sweep(work)

    def sweep(self, work: Work) -> int:
        """Leases that ran out, messages that are too late, and held ones to be seen again."""
        at = work.outbox.now()
        lost = self._lose(work, work.outbox.overdue(at))
        late = [self.rules.too_late(entry, at) for entry in work.outbox.expired(at)]
        work.outbox.apply(late)
        held = [self.rules.let_go(entry, at) for entry in work.outbox.held_due(at)]
        work.outbox.apply(held)
        return lost + len(late) + len(held)

    def _lose(self, work: Work, entries: Sequence[OutboxEntry]) -> int:
        at = work.outbox.now()
        moves = [self.rules.lease_lost(entry, at, self.reconcile_class(work, entry.channel_id)) for entry in entries]
        work.outbox.apply(moves)
        return len(moves)

    def clock_was_set_back(self, work: Work) -> None:
        """Bring near what the old time put far off."""
        bring_near(work, lease=self.rules.lease)

    def retry_now(self, work: Work) -> int:
        """Let what waits for another attempt leave at once, and forget about pauses of channels that work."""
        at = work.outbox.now()
        retrying = work.outbox.retrying()
        work.outbox.apply(
            [Move(before=entry, after=replace(entry, due_at=at), kind="retry_now", at=at) for entry in retrying]
        )
        waiting = {entry.channel_id for entry in retrying}
        for channel in work.channels.all():
            known = work.deliveries.circuit(channel.id)
            if known.until is not None:  # the next pass probes
                work.deliveries.save_circuit(channel.id, replace(known, until=at))
                waiting.add(channel.id)
        for channel_id in sorted(waiting):  # wakes whoever sends for it
            work.announce(ChannelChanged(channel_id=channel_id))
        return len(retrying)

    def take_probe(self, work: Work, channel_id: ChannelId) -> bool:
        """Whether this process shall probe a channel now; no other will for a while."""
        at = work.outbox.now()
        known = work.deliveries.circuit(channel_id)
        if known.until is None or known.until > at:
            return False
        work.deliveries.save_circuit(channel_id, circuits.being_probed(known, at))
        return True

    def probed(self, work: Work, channel_id: ChannelId, *, answers: bool) -> None:
        """Close the circuit, or probe again later."""
        known = work.deliveries.circuit(channel_id)
        if known.until is not None:
            again = circuits.CLOSED if answers else circuits.after_failed_probe(known, work.outbox.now())
            work.deliveries.save_circuit(channel_id, again)

    # -- what is asked along the way

    def reconcile_class(self, work: Work, channel_id: ChannelId) -> ReconcileClass:
        """How an unclear send of a channel can be cleared up."""
        channel = work.channels.get(channel_id)
        try:
            return ReconcileClass.NOTHING if channel is None else self._capabilities(channel).reconcile
        except NotFoundError:  # of a kind that only a newer program knows
            return ReconcileClass.NOTHING

    def bind(self, work: Work, entry: OutboxEntry, provider_id: str, status: S, *, kind: str) -> None:
        """unknown -> accepted: it was found."""
        move = self.rules.taken(entry, provider_id, status, work.outbox.now(), kind=kind)
        work.outbox.apply((move,))
        self._bound(work, (move,))

    def _bound(self, work: Work, moves: Iterable[Move]) -> None:
        fresh = [
            (move.after.channel_id, move.after.provider_message_id)
            for move in moves
            if move.after.provider_message_id and not move.before.provider_message_id
        ]
        receipts.apply_parked(work, fresh)

    def _why_not(
        self,
        work: Work,
        entry: OutboxEntry,
        delivery: Delivery | None,
        channel: Channel | None,
        limit: Limit,
        at: datetime,
    ) -> Move | None:
        """The move that keeps an entry from leaving, or None when it may go."""
        if entry.evidence is not None and work.inbound.make_free(entry, entry.evidence):
            return self.rules.taken(entry, entry.evidence, S.ACCEPTED, at, kind="bound_by_evidence")
        if entry.expires_at <= at:
            return self.rules.too_late(entry, at)
        if delivery is None:
            return self._stopped(entry, _GONE, at)
        if channel is None or channel.state is ChannelState.REMOVED:
            return self.rules.channel_gone(entry, at)
        if not self._is_open(channel, at):
            return self.rules.put_back(entry, at, kind="channel_not_open")
        decision = self.gate.check_again(delivery, now=at, limit=limit)
        if decision.kind is GateKind.HOLD:
            return self.rules.held(entry, replace(decision, until=decision.until or at + HOLD_STEP), at)
        if decision.kind is not GateKind.GO:
            return self._stopped(entry, decision, at)
        if entry.may_have_left and not self._may_repeat(work, delivery, at):
            return self.rules.give_up_clearing(entry, at)
        return None

    def _stopped(self, entry: OutboxEntry, decision: GateDecision, at: datetime) -> Move:
        """It does not leave; one of which an attempt may have left stays unclear, as that is the truth."""
        if entry.may_have_left:
            return self.rules.give_up_clearing(entry, at)
        return self.rules.stopped(entry, decision, at)

    def _may_repeat(self, work: Work, delivery: Delivery, at: datetime) -> bool:
        """Whether the key is still known and would carry the same bytes; anything else is not idempotent."""
        first = work.deliveries.first_attempt(delivery.entry.id)
        return first is None or (at - first.started_at <= KEY_LIVES and first.request_hash == request_hash(delivery))

    @staticmethod
    def _is_open(channel: Channel | None, at: datetime) -> bool:
        if channel is None or channel.state is not ChannelState.ACTIVE:
            return False
        # An open circuit is closed by a probe, never by the passing of time.
        return channel.circuit_until is None and (channel.cool_until is None or channel.cool_until <= at)


def _is_only_doubt(entry: OutboxEntry) -> bool:
    """Whether the latest attempt alone made an entry unclear."""
    since, began = entry.unknown_since, entry.sending_since
    return since is not None and began is not None and since >= began and entry.reason != "left"
