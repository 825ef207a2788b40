"""ReceiptQuestions: asks providers that do not tell by themselves how far messages got."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from desktop_inbox.errors import StoreError
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.exchange import ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.repositories.receipts import Sent
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import receipts
from desktop_inbox.services.channel_trouble import ChannelTrouble
from desktop_inbox.services.http_record import Recorder
from desktop_inbox.services.providers.base import DeliveryReceipt, Provider, ProviderError
from desktop_inbox.services.reconcile import ProviderSource

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 50
_BAD: Final = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED})


def _always(_channel_id: ChannelId) -> bool:
    return True


class ReceiptQuestions:
    """Asks about each message after 5 s, then ever less often, for two days.

    ``is_ours`` says whether this process polls a channel, so that not every desktop asks the same.
    """

    def __init__(
        self, store: Store, providers: ProviderSource, *, is_ours: Callable[[ChannelId], bool] = _always
    ) -> None:
        self._store = store
        self._providers = providers
        self._is_ours = is_ours
        self._troubles: dict[ChannelId, ChannelTrouble] = {}
        self._next: dict[ChannelId, dict[EntryId, datetime | None]] = {}

    async def run(self, channels: Sequence[Channel]) -> int:
        """Ask what is due on these channels; returns how many messages were asked about."""
        asked = 0
        for channel in channels:
            if self._is_ours(channel.id):
                asked += await self._ask_guarded(channel)
        return asked

    async def _ask_guarded(self, channel: Channel) -> int:
        """Ask one channel; whatever is wrong with it, the others have their turn."""
        try:
            return await self._ask(channel)
        except StoreError:
            raise  # it would be the same for all
        except Exception as error:  # noqa: BLE001 - the edge of one channel; the text of an error may hold a secret
            _log.warning("channel %s could not be asked for receipts (%s)", channel.id, type(error).__name__)
            return 0

    async def _ask(self, channel: Channel) -> int:
        def read() -> tuple[Provider, bool]:
            provider = self._providers.for_channel(channel)
            return provider, type(provider).fetch_receipts is not Provider.fetch_receipts

        _provider, asks = await asyncio.to_thread(read)
        if not asks:
            return 0
        now, unfinished = await self._store.read(
            lambda work: (
                work.outbox.now(),
                work.receipts.unfinished(channel.id, since=work.outbox.now() - receipts.ASK_FOR),
            )
        )
        alive = {sent.message_id for sent in unfinished}
        self._next[channel.id] = {key: at for key, at in self._next.get(channel.id, {}).items() if key in alive}
        due = [sent for sent in unfinished if self._is_due(channel.id, sent, now)][:_AT_ONCE]
        if not due:
            return 0
        ids = tuple(sent.provider_message_id for sent in due)
        for sent in due:
            self._next[channel.id][sent.message_id] = receipts.next_question(sent.sent_at or now, now)
        trouble = self._troubles.setdefault(channel.id, ChannelTrouble(self._store, channel.id))

        def ask() -> tuple[tuple[DeliveryReceipt, ...], Recorder]:
            with trouble.recording(ExchangeKind.STATUS) as record:
                return self._providers.for_channel(channel).fetch_receipts(ids), record

        try:
            found, record = await asyncio.to_thread(ask)
        except ProviderError as error:
            _log.info("channel %s could not be asked for receipts (%s)", channel.id, type(error).__name__)
            await trouble.keep()
            return 0
        if found:
            await self._store.run(lambda work: _apply(work, channel.id, found, record))
        return len(due)

    def _is_due(self, channel_id: ChannelId, sent: Sent, now: datetime) -> bool:
        known = self._next[channel_id]
        moment = known.setdefault(sent.message_id, receipts.first_question(sent.sent_at or now))
        return moment is not None and moment <= now


def _apply(work: Work, channel_id: ChannelId, found: Sequence[DeliveryReceipt], record: Recorder) -> None:
    """Apply receipts; the answer that told of a failure is kept beside its message (S1-26)."""
    receipts.apply(work, channel_id, found)
    bad = {one.provider_message_id: one for one in found if one.status in _BAD}
    messages = work.receipts.find(channel_id, sorted(bad))
    said = [
        replace(one, channel_id=channel_id, message_id=sent.message_id, error_code=bad[key].error_code)
        for key, sent in messages.items()
        for one in record.about(key)
    ]
    if said:
        work.exchanges.add_many(said)
