"""SyncService: keeps every active channel fetched, on one computer at a time."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from desktop_inbox.clock import Clock
from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.events import ChannelChanged, ConnectivityChanged, ConversationChanged, EventBus
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId, ConversationId
from desktop_inbox.models.store import Store
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.poller import Poller, PollerParts
from desktop_inbox.services.provider_pool import ProviderPool

_log = logging.getLogger(__name__)

_AFTER_ERROR: Final = 5.0  # seconds until the channels are looked at again
_FILES_EVERY: Final = 30.0  # seconds between looks for files that wait for another try


class Downloads(Protocol):
    """What fetches the files of messages."""

    async def download_pending(self) -> object:
        """Fetch what is due."""


class SyncService:
    """One poller per active channel. A channel that is polled by another computer is left to it."""

    def __init__(
        self,
        store: Store,
        bus: EventBus,
        clock: Clock,
        *,
        pool: ProviderPool,
        inbound: InboundService,
        downloads: Downloads | None = None,
        pause: float = _AFTER_ERROR,
    ) -> None:
        self._store = store
        self._bus = bus
        self._downloads = downloads
        self._pause = pause
        self._parts = PollerParts(
            store=store, clock=clock, pool=pool, inbound=inbound, tell=self._hear_state, stored=self._wake_files
        )
        self._pool = pool
        self._pollers: dict[ChannelId, Poller] = {}
        self._states: dict[ChannelId, tuple[bool, str]] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self._changed = asyncio.Event()
        self._files = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to fetch; returns when every channel has its poller."""
        if self._tasks:
            return
        self._unsubscribe = [
            self._bus.subscribe(ChannelChanged, lambda _event: self._changed.set()),
            self._bus.subscribe(ConversationChanged, self._hear_conversation),
        ]
        await self._arrange()
        self._tasks = [asyncio.create_task(self._watch_channels(), name="sync: channels")]
        if self._downloads is not None:
            self._tasks.append(asyncio.create_task(self._fetch_files(self._downloads), name="sync: files"))

    async def stop(self) -> None:
        """End all polling and give the leases back, so that another computer takes over at once."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.gather(*(poller.stop() for poller in self._pollers.values()))
        self._pollers.clear()

    def connectivity(self) -> Mapping[ChannelId, tuple[bool, str]]:
        """Return (online, why not) of each channel that was tried since the start."""
        return dict(self._states)

    def polls(self, channel_id: ChannelId) -> bool:
        """Whether this process is the one that fetches a channel."""
        poller = self._pollers.get(channel_id)
        return poller is not None and poller.holds_lease

    async def fetch_now(self) -> None:
        """Fetch every channel now, also one that waits after an error; returns when each was tried."""
        await asyncio.gather(*(poller.fetch_now() for poller in self._pollers.values()))

    async def caught_up(self, *, within: timedelta = timedelta(seconds=60)) -> None:
        """Return when everything that came before ``within`` ago is stored, so that what is due may fire.

        Called at start and after sleep (S4-61). A channel that cannot be reached is not waited for: nothing
        can leave through it either.
        """
        await asyncio.gather(*(poller.caught_up(within) for poller in self._pollers.values()))

    async def _watch_channels(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._arrange()
                continue
            except InboxError as error:
                _log.warning("the channels cannot be looked at (%s)", error.code)
            except Exception:  # noqa: BLE001 - the edge: without this task no channel would start or stop again
                _log.exception("the channels could not be arranged")
            self._changed.set()
            await asyncio.sleep(self._pause)

    async def _arrange(self) -> None:
        """Start, restart and stop pollers so that they fit the channels there are."""
        channels = await self._store.read(lambda work: work.channels.all())
        wanted = {channel.id: channel for channel in channels if channel.state is ChannelState.ACTIVE}
        for channel_id, poller in list(self._pollers.items()):
            if channel_id not in wanted or poller.ended or not poller.fits(wanted[channel_id]):
                del self._pollers[channel_id]
                await poller.stop()
                self._pool.forget(channel_id)
                if channel_id not in wanted:
                    self._states.pop(channel_id, None)
        for channel_id, channel in wanted.items():
            if channel_id not in self._pollers:
                self._start_poller(channel)

    def _start_poller(self, channel: Channel) -> None:
        try:
            poller = Poller(self._parts, channel)
        except NotFoundError as error:  # made by a newer program; the others must not suffer
            self._hear_state(channel.id, False, error.message)
            return
        poller.start()
        self._pollers[channel.id] = poller

    def _hear_state(self, channel_id: ChannelId, online: bool, detail: str) -> None:
        if self._states.get(channel_id) != (online, detail):
            self._states[channel_id] = (online, detail)
            self._bus.publish(ConnectivityChanged(channel_id=channel_id, online=online, detail=detail))

    def _hear_conversation(self, event: ConversationChanged) -> None:
        for poller in self._pollers.values():
            poller.conversation_changed(ConversationId(event.conversation_id))

    def _wake_files(self) -> None:
        self._files.set()

    async def _fetch_files(self, downloads: Downloads) -> None:
        while True:
            try:
                await downloads.download_pending()
            except Exception:  # noqa: BLE001 - the edge: files are tried again, messages must go on
                _log.exception("files could not be fetched")
            try:
                async with asyncio.timeout(_FILES_EVERY):
                    await self._files.wait()
            except TimeoutError:
                continue
            self._files.clear()
