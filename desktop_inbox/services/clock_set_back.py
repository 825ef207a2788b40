"""What a clock that was ahead leaves behind when it is set right: far-off times that nothing else explains."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import Move, OutboxEntry
from desktop_inbox.models.work import Work

#: Later than this nothing but a wrong clock puts a reply off, or leaves a channel alone.
_FAR: Final = timedelta(hours=1, minutes=5)


def bring_near(work: Work, *, lease: timedelta) -> None:
    """Bring near what the old time put far off: leases, replies, what goes to many, and pauses of channels."""
    at = work.outbox.now()
    moves = []
    for entry in work.outbox.stranded(due_after=at + _FAR, lease_after=at + lease):
        if entry.state in (S.CLAIMED, S.SENDING):
            moves.append(_moved(replace(entry, lease_until=at + lease), entry, at))
        else:
            moves.append(_moved(replace(entry, due_at=at), entry, at))
    for entry, queued_at in work.outbox.queued_ahead(at):  # a pace stays what it was
        moves.append(_moved(replace(entry, due_at=at + max(entry.due_at - queued_at, timedelta(0))), entry, at))
    work.outbox.apply(moves)
    for channel in work.channels.all():
        if channel.cool_until is not None and channel.cool_until > at + _FAR:
            work.deliveries.warm(channel.id)
        circuit = work.deliveries.circuit(channel.id)
        if circuit.until is not None and circuit.until > at + _FAR:
            work.deliveries.save_circuit(channel.id, replace(circuit, until=at))  # the next look probes


def _moved(after: OutboxEntry, before: OutboxEntry, at: datetime) -> Move:
    return Move(before=before, after=after, kind="clock_set_back", at=at)
