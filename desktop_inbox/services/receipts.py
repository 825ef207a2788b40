"""Receipts: the provider's word on what we sent. A message only ever gets further.

Ranks: queued 0 < sent 10 < delivered 20 < failed or undelivered 25 < read 30. A receipt that comes before the
id it speaks of is known waits in the receipt inbox and is applied when the id is bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import ErrorOrigin
from desktop_inbox.models.entities.outbox import Move, OutboxEntry
from desktop_inbox.models.repositories.receipts import Receipt
from desktop_inbox.models.work import Work
from desktop_inbox.services.providers.base import DeliveryReceipt
from desktop_inbox.services.transitions import Transitions

RANK: Final = {S.ACCEPTED: 5, S.SENT: 10, S.DELIVERED: 20, S.UNDELIVERED: 25, S.FAILED: 25, S.READ: 30}
_UNDELIVERED: Final = "The provider says that it did not arrive."

#: Ages at which a message without further news is asked about; after the last one it is left alone.
_ASK_AT: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800)
)
_RULES: Final = Transitions()
ASK_FOR: Final = _ASK_AT[-1] + timedelta(hours=1)


def apply(work: Work, channel_id: ChannelId, receipts: Sequence[DeliveryReceipt]) -> None:
    """Apply receipts of a channel in the present transaction; unknown ones are kept for later.

    One that carries our key binds its message first: whatever it says, the message left (class B).
    """
    carried = {(one.idempotency_key, one.provider_message_id) for one in receipts if one.idempotency_key}
    for key, provider_id in sorted(carried):
        bind_echo(work, _RULES, channel_id, key, provider_id)
    stored = [
        Receipt(
            channel_id=channel_id,
            provider_message_id=receipt.provider_message_id,
            key=receipt.key,
            status=receipt.status,
            at=receipt.at,
            error_code=receipt.error_code,
            error_text=receipt.error_text,
        )
        for receipt in receipts
        if receipt.status in RANK
    ]
    _apply(work, channel_id, stored)


def apply_parked(work: Work, bound: Iterable[tuple[ChannelId, str]]) -> None:
    """Apply what waited for these (channel, provider id) pairs, which this transaction bound."""
    parked = work.receipts.take_parked(tuple(bound))
    for channel_id in sorted({receipt.channel_id for receipt in parked}):
        _apply(work, channel_id, [receipt for receipt in parked if receipt.channel_id == channel_id])


def bind_echo(
    work: Work,
    rules: Transitions,
    channel_id: ChannelId,
    key: str,
    provider_message_id: str,
    *,
    status: S | None = None,
) -> EntryId | None:
    """Bind the provider's id to the message that was sent with ``key``; the proof that it left (class B).

    Returns the message, or None when no message of ours has this key (the echo is somebody else's).
    """
    entry = work.outbox.by_key(channel_id, key) if key else None
    if entry is None:
        return None
    if provider_message_id in (entry.provider_message_id, entry.evidence):
        return entry.message_id
    if entry.provider_message_id is None and not work.outbox.bound(channel_id, (provider_message_id,)):
        at = work.outbox.now()
        if entry.state in (S.UNKNOWN, S.QUEUED, S.RETRY_WAIT, S.HELD):
            move = rules.taken(entry, provider_message_id, status or S.ACCEPTED, at, kind="echo")
            work.outbox.apply((move,))
            apply_parked(work, ((channel_id, provider_message_id),))
        else:  # its own result is about to be recorded, or a person closed it: the id is evidence
            after = replace(entry, evidence=provider_message_id)
            work.outbox.apply((Move(before=entry, after=after, kind="echo", at=at),))
    return entry.message_id


def first_question(sent_at: datetime) -> datetime:
    """When to ask for the first time about a message that was sent at ``sent_at``."""
    return sent_at + _ASK_AT[0]


def next_question(sent_at: datetime, now: datetime) -> datetime | None:
    """When to ask about a message that was sent at ``sent_at`` and asked about ``now``; None: never again."""
    age = now - sent_at
    return next((sent_at + step for step in _ASK_AT if step > age), None)


def _apply(work: Work, channel_id: ChannelId, given: Sequence[Receipt]) -> None:
    """Keep each receipt once and take its message further, or keep it for later."""
    found = work.receipts.find(channel_id, sorted({receipt.provider_message_id for receipt in given}))
    work.receipts.park([receipt for receipt in given if receipt.provider_message_id not in found])
    known = [
        (found[receipt.provider_message_id].message_id, receipt)
        for receipt in given
        if receipt.provider_message_id in found
    ]
    fresh = work.receipts.keep(known)
    entries = work.outbox.of_messages(sorted({key for key, _receipt in fresh}))
    reached = {sent.message_id: sent.status for sent in found.values()}
    moves: list[Move] = []
    now = work.now()
    for key, receipt in fresh:
        work.ledger.add(key, "receipt", at=now, status=str(receipt.status), code=receipt.error_code)
        if RANK[receipt.status] <= RANK.get(reached[key], 0):
            continue
        reached[key] = receipt.status
        if key in entries:
            move = _further(entries[key], receipt)
            entries[key] = move.after
            moves.append(move)
        else:
            _advance_echo(work, key, receipt)
    work.outbox.apply(moves)


def _further(entry: OutboxEntry, receipt: Receipt) -> Move:
    failed = receipt.status in (S.FAILED, S.UNDELIVERED)
    code = (receipt.error_code or "undelivered") if failed else ""
    return Move(
        before=entry,
        after=replace(entry, state=receipt.status, reason=code or None),
        kind=str(receipt.status),
        at=receipt.at,
        error_origin=ErrorOrigin.PROVIDER if failed else None,
        error_code=code,
        error_text=(receipt.error_text or _UNDELIVERED) if failed else "",
    )


def _advance_echo(work: Work, message_id: EntryId, receipt: Receipt) -> None:
    """A message that staff sent with the channel's own tool has no outbox entry."""
    failed = receipt.status in (S.FAILED, S.UNDELIVERED)
    work.messages.set_status(
        message_id,
        receipt.status,
        at=receipt.at,
        error_origin=ErrorOrigin.PROVIDER if failed else None,
        error_code=receipt.error_code,
        error_text=(receipt.error_text or _UNDELIVERED) if failed else "",
    )
