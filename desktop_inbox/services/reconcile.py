"""Reconcile: clear up what nobody knows, before anything is repeated (RELIABILITY 4.4).

A: the same key again. B: wait for the echo. C: look in the provider's list. D: a person.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.channel import Capabilities, Channel, ReconcileClass
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.message import DeliveryStatus as S
from desktop_inbox.models.entities.outbox import Delivery, OnUnknown, OutboxEntry
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import retry
from desktop_inbox.services.providers.base import Provider, ProviderError, SentCandidate, SentQuery
from desktop_inbox.services.sending import Sending
from desktop_inbox.services.transitions import KEY_LIVES, SLACK

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 50
#: A message that ends the program each time it is sent must not do so all day.
_MOST_CLAIMS: Final = 50


class ProviderSource(Protocol):
    """Where providers come from: one object per thread and channel."""

    def for_channel(self, channel: Channel) -> Provider:
        """Return the calling thread's provider of ``channel``."""

    def capabilities(self, channel: Channel) -> Capabilities:
        """Return what a channel can do."""


class Reconciler:
    """Takes unclear entries whose time has come, one by one, the oldest attempt first."""

    def __init__(self, store: Store, sending: Sending, providers: ProviderSource) -> None:
        self._store = store
        self._sending = sending
        self._providers = providers

    async def run(self, channels: Sequence[Channel]) -> int:
        """Look at what is due on these channels; returns how many entries were looked at."""
        by_id = {channel.id: channel for channel in channels}
        due = await self._store.read(
            lambda work: work.outbox.looks_due(work.outbox.now(), tuple(by_id), limit=_AT_ONCE)
        )
        for entry in due:
            await self._clear_up(entry, by_id[entry.channel_id])
        return len(due)

    async def _clear_up(self, entry: OutboxEntry, channel: Channel) -> None:
        """Clear up one entry; whatever is wrong with it, the others have their turn."""
        try:
            if entry.evidence is None and self._class_of(channel) is ReconcileClass.LISTABLE:
                await self._look(entry, channel)
            else:
                await self._store.run(lambda work: self.settle(work, entry, channel))
        except StoreError:
            raise  # it would be the same for all
        except Exception as error:  # noqa: BLE001 - the edge of one entry; the text of an error may hold a secret
            _log.warning("an unclear message of channel %s is looked for later (%s)", channel.id, type(error).__name__)
            await self._store.run(lambda work: self._later(work, entry))

    def settle(self, work: Work, known: OutboxEntry, channel: Channel) -> None:
        """Clear up an entry without asking the provider: by evidence, or by its key (class A)."""
        entry = self._still(work, known)
        if entry is None:
            return
        at, rules = work.outbox.now(), self._sending.rules
        if entry.evidence is not None and work.inbound.make_free(entry, entry.evidence):
            self._sending.bind(work, entry, entry.evidence, S.ACCEPTED, kind="bound_by_evidence")
        elif self._class_of(channel) is ReconcileClass.IDEMPOTENT and self._may_repeat(work, entry, at):
            work.outbox.apply((rules.send_same_key(entry, at),))
        else:
            work.outbox.apply((rules.give_up_clearing(entry, at),))

    def found(self, work: Work, known: OutboxEntry, candidates: Sequence[SentCandidate]) -> None:
        """Take the provider's list as it was just now (class C): bind the entry, or count an empty look."""
        entry = self._still(work, known)
        if entry is None:
            return
        mine = self._mine(work, entry, candidates)
        if mine is not None and work.inbound.make_free(entry, mine.provider_message_id):
            self._sending.bind(work, entry, mine.provider_message_id, mine.status, kind="found")
        else:
            work.outbox.apply((self._sending.rules.looked_in_vain(entry, work.outbox.now()),))

    async def _look(self, entry: OutboxEntry, channel: Channel) -> None:
        facts = await self._store.read(lambda work: work.deliveries.unlocked_facts((entry,)))
        delivery = facts.get(entry.id)
        if delivery is None:
            await self._store.run(lambda work: self._give_up(work, entry))
            return
        query = query_of(delivery, self._sending)
        try:
            candidates = await asyncio.to_thread(lambda: self._providers.for_channel(channel).find_sent(query))
        except ProviderError as error:
            _log.info("channel %s could not be asked what it sent (%s)", channel.id, type(error).__name__)
            await self._store.run(lambda work: self._later(work, entry))
            return
        await self._store.run(lambda work: self.found(work, entry, candidates))

    def _mine(self, work: Work, entry: OutboxEntry, candidates: Sequence[SentCandidate]) -> SentCandidate | None:
        """The candidate that is this entry's when ids bound already are left out and the oldest unclear
        entry gets the oldest candidate. An id that only an echo with the same words has is no absence: it may
        have been taken for somebody else's message."""
        bound = self._bound(work, entry.channel_id, [one.provider_message_id for one in candidates])
        bound -= work.inbound.own_echoes(entry, tuple(bound)).keys()
        free = [one for one in candidates if one.provider_message_id not in bound]
        if not free:
            return None
        rivals = work.deliveries.unclear_twins(entry)
        spans = [(one.id, *self.span(one)) for one in rivals]
        return match(spans, free).get(entry.id)

    def _bound(self, work: Work, channel_id: ChannelId, ids: Sequence[str]) -> frozenset[str]:
        return work.outbox.bound(channel_id, ids)

    def span(self, entry: OutboxEntry) -> tuple[datetime, datetime]:
        """When the provider may have made what an attempt asked for."""
        began = entry.sending_since or entry.due_at
        return began - SLACK, began + self._sending.rules.lease + SLACK

    def _may_repeat(self, work: Work, entry: OutboxEntry, at: datetime) -> bool:
        first = work.deliveries.first_attempt(entry.id)
        fresh = first is not None and at - first.started_at <= KEY_LIVES
        tries = entry.attempts < retry.MAX_ATTEMPTS and entry.fence < _MOST_CLAIMS
        return fresh and tries and entry.on_unknown is OnUnknown.RECONCILE

    def _give_up(self, work: Work, known: OutboxEntry) -> None:
        entry = self._still(work, known)
        if entry is not None:
            work.outbox.apply((self._sending.rules.give_up_clearing(entry, work.outbox.now()),))

    def _later(self, work: Work, known: OutboxEntry) -> None:
        entry = self._still(work, known)
        if entry is not None:
            work.outbox.apply((self._sending.rules.look_later(entry, work.outbox.now()),))

    @staticmethod
    def _still(work: Work, known: OutboxEntry) -> OutboxEntry | None:
        """The entry as it stands now, locked; None when somebody cleared it up or looked meanwhile."""
        entry = work.outbox.lock((known.id,)).get(known.id)
        if entry is None or entry.state is not S.UNKNOWN:
            return None
        same = (entry.fence, entry.empty_looks, entry.look_due_at) == (
            known.fence,
            known.empty_looks,
            known.look_due_at,
        )
        return entry if same else None

    def _class_of(self, channel: Channel) -> ReconcileClass:
        return self._providers.capabilities(channel).reconcile


def query_of(delivery: Delivery, sending: Sending) -> SentQuery:
    """Return what to look for in the provider's list."""
    began = delivery.entry.sending_since or delivery.entry.due_at
    return SentQuery(
        scheme=delivery.scheme,
        to=delivery.to,
        text=delivery.text,
        since=began - SLACK,
        until=began + sending.rules.lease + SLACK,
    )


def match(
    spans: Sequence[tuple[int, datetime, datetime]], candidates: Sequence[SentCandidate]
) -> dict[int, SentCandidate]:
    """Give each entry (id, since, until), the oldest first, the oldest candidate of its span, one to one."""
    free = sorted(candidates, key=lambda one: one.created_at)
    found: dict[int, SentCandidate] = {}
    for key, since, until in sorted(spans, key=lambda span: (span[1], span[0])):
        mine = next((one for one in free if since <= one.created_at <= until), None)
        if mine is not None:
            found[key] = mine
            free.remove(mine)
    return found
