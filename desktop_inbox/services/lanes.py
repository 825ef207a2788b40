"""Lanes: how many workers a broadcast may take, so that a reply never waits for slow calls."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from desktop_inbox.models.entities.ids import ChannelId, OutboxId
from desktop_inbox.models.entities.outbox import OutboxEntry
from desktop_inbox.models.work import Work
from desktop_inbox.services.sending import Sending

#: Workers that only messages with a priority may take.
RESERVED: Final = 2
#: Workers that one channel may take with a broadcast, so that a slow one leaves some to the others.
OF_ONE_CHANNEL: Final = 4


class Lanes:
    """Who is on the way; of one dispatcher, on its thread."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._reserved = min(RESERVED, workers - 1)
        self._bulk: dict[OutboxId, ChannelId] = {}

    @property
    def bulk_workers(self) -> int:
        """How many workers broadcasts have."""
        return self._workers - self._reserved

    def began(self, entry: OutboxEntry) -> None:
        """Count a message that is handed to a worker."""
        if entry.priority <= 0:
            self._bulk[entry.id] = entry.channel_id

    def ended(self, ids: Iterable[OutboxId]) -> None:
        """Count messages no more whose calls ended."""
        for key in ids:
            self._bulk.pop(key, None)

    def room(self, free: int, in_flight: int) -> int:
        """How many messages may begin where ``free`` workers are free: those reserved are never taken by bulk."""
        return max(free, self._reserved - (in_flight - len(self._bulk)))

    def claim(
        self, work: Work, sending: Sending, channel_ids: Sequence[ChannelId], *, limit: int, ahead: int = 0
    ) -> list[OutboxEntry]:
        """Claim up to ``limit`` entries, of broadcasts no more than their lane has room for; ``ahead`` more of them
        while calls are quick."""
        held: list[OutboxEntry] = []
        able, bulk = self._bulk_room(channel_ids, ahead, held)
        wanted = min(limit, bulk)
        while wanted > 0:  # again where one channel took all that it may: the others have room
            found = sending.claim(work, able, limit=wanted)
            held += found
            if len(found) < wanted:
                break
            able, bulk = self._bulk_room(channel_ids, ahead, held)
            wanted = min(limit - len(held), bulk)
        left = limit - len(held)
        if left > 0 and (wanted <= 0 or len(able) < len(channel_ids)):
            held += sending.claim(work, channel_ids, limit=left, lowest=1)
        return held

    def _bulk_room(
        self, channel_ids: Sequence[ChannelId], ahead: int, held: Sequence[OutboxEntry]
    ) -> tuple[list[ChannelId], int]:
        """The channels that may send more of a broadcast, and how many each, beside what is held already."""
        bulk = [*self._bulk.values(), *(entry.channel_id for entry in held if entry.priority <= 0)]
        used = Counter(bulk)
        each = self._workers + ahead if ahead else min(OF_ONE_CHANNEL, self.bulk_workers)
        able = [key for key in channel_ids if used[key] < each]
        free = self.bulk_workers + ahead - len(bulk)
        return able, min([free, *(each - used[key] for key in able)]) if able else 0
