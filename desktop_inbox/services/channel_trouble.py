"""ChannelTrouble: keeps what was said when a call failed that concerns a channel and no single message (S1-26)."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.exchange import Exchange, ExchangeKind
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.store import Store
from desktop_inbox.services import http_record
from desktop_inbox.services.http_record import Recorder
from desktop_inbox.services.providers.base import ProviderError

_log = logging.getLogger(__name__)
#: The same trouble is kept once in this time: a computer without network tries every few seconds.
_QUIET: Final = 600.0  # seconds


class ChannelTrouble:
    """Of one channel; what a thread notes is kept from the loop."""

    def __init__(self, store: Store, channel_id: ChannelId) -> None:
        self._store, self._channel_id = store, channel_id
        self._noted: tuple[Exchange, ...] = ()
        self._told: dict[tuple[str, str, int | None], float] = {}

    @contextmanager
    def recording(self, kind: ExchangeKind) -> Iterator[Recorder]:
        """Note what is said meanwhile if it ends with a ProviderError; on the thread that calls."""
        with http_record.recording(kind) as record:
            try:
                yield record
            except ProviderError as error:
                self._noted = record.troubles(error.code)
                raise

    async def keep(self) -> None:
        """Store what was noted, unless the same was stored a while ago."""
        said, self._noted = [one for one in self._noted if self._is_new(one)], ()
        if not said:
            return
        rows = [replace(one, channel_id=self._channel_id) for one in said]
        try:
            await self._store.run(lambda work: work.exchanges.add_many(rows))
        except InboxError as error:
            _log.info("channel %s: what went wrong could not be kept (%s)", self._channel_id, error.code)

    def _is_new(self, one: Exchange) -> bool:
        key, now = (str(one.kind), one.error_code, one.http_status), time.monotonic()
        if now - self._told.get(key, -_QUIET) < _QUIET:
            return False
        self._told[key] = now
        return True
