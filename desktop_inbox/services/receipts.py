"""Receipts: the provider's word on what we sent. A message only ever gets further.

Ranks: queued 0 < sent 10 < delivered 20 < failed or undelivered 25 < read 30. A receipt that comes before the
id it speaks of is known waits in the receipt inbox and is applied when the id is bound.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.events import MessageStatusChanged
from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.message import ErrorOrigin
from desktop_inbox.models.entities.outbox import Move
from desktop_inbox.models.repositories.receipts import Receipt, Sent
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
ASK_FOR: Final = _ASK_AT[-1] + timedelta(hours=1)


def apply(work: Work, channel_id: ChannelId, receipts: Sequence[DeliveryReceipt]) -> None:
    """Apply receipts of a channel in the present transaction; unknown ones are kept for later."""
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
    found = work.receipts.find(channel_id, sorted({receipt.provider_message_id for receipt in stored}))
    for receipt in stored:
        sent = found.get(receipt.provider_message_id)
        if sent is None:
            work.receipts.park(receipt)
        else:
            found[receipt.provider_message_id] = _apply_one(work, sent, receipt)


def apply_parked(work: Work, bound: Iterable[tuple[ChannelId, str]]) -> None:
    """Apply what waited for these (channel, provider id) pairs, which this transaction bound."""
    parked = work.receipts.take_parked(tuple(bound))
    for channel_id in {receipt.channel_id for receipt in parked}:
        ours = [receipt for receipt in parked if receipt.channel_id == channel_id]
        found = work.receipts.find(channel_id, [receipt.provider_message_id for receipt in ours])
        for receipt in ours:
            sent = found.get(receipt.provider_message_id)
            if sent is not None:
                found[receipt.provider_message_id] = _apply_one(work, sent, receipt)


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


def _apply_one(work: Work, sent: Sent, receipt: Receipt) -> Sent:
    if not work.receipts.keep(sent.message_id, receipt):
        return sent
    work.ledger.add(sent.message_id, "receipt", at=work.now(), status=str(receipt.status), code=receipt.error_code)
    if RANK[receipt.status] <= RANK.get(sent.status, 0):
        return sent
    _ADVANCE[sent.outbox_id is not None](work, sent, receipt)
    return replace(sent, status=receipt.status)


def _advance_entry(work: Work, sent: Sent, receipt: Receipt) -> None:
    entry = work.outbox.of_message(sent.message_id)
    assert entry is not None  # noqa: S101 - found with it
    failed = receipt.status in (S.FAILED, S.UNDELIVERED)
    code = receipt.error_code or "undelivered" if failed else ""
    after = replace(entry, state=receipt.status, reason=code or None)
    work.outbox.apply(
        (
            Move(
                before=entry,
                after=after,
                kind=str(receipt.status),
                at=receipt.at,
                error_origin=ErrorOrigin.PROVIDER if failed else None,
                error_code=code,
                error_text=(receipt.error_text or _UNDELIVERED) if failed else "",
            ),
        )
    )


def _advance_echo(work: Work, sent: Sent, receipt: Receipt) -> None:
    """A message that staff sent with the channel's own tool has no outbox entry."""
    failed = receipt.status in (S.FAILED, S.UNDELIVERED)
    errors = {
        "error_origin": ErrorOrigin.PROVIDER if failed else None,
        "error_code": receipt.error_code,
        "error_text": (receipt.error_text or _UNDELIVERED) if failed else "",
    }
    work.messages.set_status(sent.message_id, receipt.status, at=receipt.at, **errors)
    work.announce(
        MessageStatusChanged(
            message_id=sent.message_id, conversation_id=sent.conversation_id, status=str(receipt.status)
        )
    )


_ADVANCE: Final[dict[bool, Callable[[Work, Sent, Receipt], None]]] = {True: _advance_entry, False: _advance_echo}
