"""ProviderPool: a provider object per worker thread and channel, built when first needed."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_inbox.clock import Clock, now
from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.services.providers.base import ChannelAccount, Provider, ProviderError
from desktop_inbox.services.providers.registry import provider_class

if TYPE_CHECKING:
    from desktop_inbox.services.providers.simulator_world import Worlds

_log = logging.getLogger(__name__)

#: (channel, field of the set-up form) -> value; raises SecretStoreError.
Secret = Callable[[ChannelId, str], str]
#: (class, account) -> provider; tests put providers with faults here.
Build = Callable[[type[Provider], ChannelAccount], Provider]


def _build(kind: type[Provider], account: ChannelAccount) -> Provider:
    return kind(account)  # type: ignore[call-arg]


def building(*, simulator_dir: Path | None, clock: Clock) -> Build:
    """Return what builds the program's providers; simulated towns remember in ``simulator_dir``."""
    worlds: list[Worlds] = []

    def build(kind: type[Provider], account: ChannelAccount) -> Provider:
        if kind.kind != "simulator":
            return _build(kind, account)
        from desktop_inbox.services.providers.simulator import SimulatorProvider
        from desktop_inbox.services.providers.simulator_world import Worlds

        with lock:
            if not worlds:
                worlds.append(Worlds(simulator_dir, clock=clock))
        return SimulatorProvider(account, worlds=worlds[0])

    lock = threading.Lock()
    return build


class ProviderPool:
    """Providers are used by one thread at a time, so each thread gets its own.

    A channel that was edited gets a new provider at the next use; the old one is closed by the thread that
    used it, or by ``forget`` and ``close`` when no call is running.
    """

    def __init__(self, secret: Secret, *, build: Build | None = None) -> None:
        self._secret = secret
        self._build = build or building(simulator_dir=None, clock=now)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._all: dict[Provider, ChannelId] = {}

    def for_channel(self, channel: Channel) -> Provider:
        """Return this thread's provider of ``channel``; NotFoundError for a kind this program lacks."""
        mine: dict[ChannelId, tuple[object, Provider]] = self._local.__dict__.setdefault("providers", {})
        wanted = (channel.kind, channel.address, tuple(sorted(channel.settings.items())))
        known = mine.get(channel.id)
        if known is not None and known[0] == wanted and known[1] in self._all:
            return known[1]
        if known is not None:
            self._discard(known[1])
        provider = self.build(channel)
        mine[channel.id] = (wanted, provider)
        with self._lock:
            self._all[provider] = channel.id
        return provider

    def build(self, channel: Channel) -> Provider:
        """Return a provider outside the pool, which the caller closes."""
        account = ChannelAccount(
            channel_id=channel.id,
            address=channel.address,
            settings=channel.settings,
            secret=lambda field: self._secret(channel.id, field),
        )
        return self._build(provider_class(channel.kind), account)

    def capabilities(self, channel: Channel) -> Capabilities:
        """Return what a channel can do; needs no connection."""
        return provider_class(channel.kind).capabilities_of(channel.settings)

    def forget(self, channel_id: ChannelId) -> None:
        """Close the providers of a channel that was removed, or whose secrets changed."""
        with self._lock:
            gone = [provider for provider, owner in self._all.items() if owner == channel_id]
        for provider in gone:
            self._discard(provider)

    def close(self) -> None:
        """Close all providers."""
        with self._lock:
            gone = list(self._all)
        for provider in gone:
            self._discard(provider)

    def _discard(self, provider: Provider) -> None:
        with self._lock:
            if self._all.pop(provider, None) is None:
                return
        try:
            provider.close()
        except (ProviderError, InboxError, OSError):
            _log.warning("a provider of kind %s could not be closed cleanly", provider.kind)
