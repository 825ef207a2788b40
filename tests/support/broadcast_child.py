"""A desk that processes and sends a broadcast over a Twilio account, as a process of its own, until it is killed.

``python -m tests.support.broadcast_child URL INSTANCE ORIGIN ACCOUNT TOKEN FOLDER``
"""

import asyncio
import sys
import threading
from pathlib import Path

from desktop_inbox.clock import now
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.store import Store
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.providers.base import ChannelAccount, Provider
from desktop_inbox.services.providers.twilio import TwilioProvider
from desktop_inbox.services.sending import Sending
from tests.support.sender import Hurried
from tests.support.twilio_double import NUMBER


class TwilioPool:
    """A provider for each thread, as the product's pool has them."""

    def __init__(self, origin: str, account: str, token: str) -> None:
        self.settings = {"account_sid": account, "number": NUMBER, "base_url": origin}
        self._token = token
        self._local = threading.local()

    def for_channel(self, channel: Channel) -> Provider:
        if not hasattr(self._local, "provider"):
            account = ChannelAccount(
                channel_id=channel.id, address=NUMBER, settings=self.settings, secret=lambda _field: self._token
            )
            timeouts = Timeouts(connect=3.0, read=4.0, total=5.0)
            self._local.provider = TwilioProvider(account, clock=now, timeouts=timeouts)
        provider: Provider = self._local.provider
        return provider

    def capabilities(self, channel: Channel) -> Capabilities:
        return TwilioProvider.capabilities_of(self.settings)


def main(url: str, instance: str, origin: str, account: str, token: str, folder: str) -> None:
    bus = EventBus()
    store = Store.open(url, instance=instance, publish=bus.publish)
    pool = TwilioPool(origin, account, token)
    job = BatchJob(store, capabilities=pool.capabilities)

    async def story() -> None:
        store.attach(asyncio.get_running_loop())
        sending = Sending(capabilities=pool.capabilities, rules=Hurried())
        journal = Journal(Path(folder), instance=instance)
        dispatcher = Dispatcher(store, pool, sending, bus=bus, clock=now, journal=journal)
        await dispatcher.start()
        print("ready", flush=True)
        while True:
            await job()
            dispatcher.wake()
            await asyncio.sleep(0.2)

    asyncio.run(story())


if __name__ == "__main__":
    main(*sys.argv[1:])
