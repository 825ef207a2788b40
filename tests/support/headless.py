"""An office without a window, put together for tests; run as a program it carries messages until it is killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desktop_inbox.clock import Clock, now
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.attachment_files import AttachmentFolder
from desktop_inbox.services.attachments import AttachmentService
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.channels import ChannelService
from desktop_inbox.services.contacts import ContactService
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.sending import Sending
from desktop_inbox.services.sync import SyncService

Secret = Callable[[ChannelId, str], str]


@dataclass(frozen=True, kw_only=True)
class Headless:
    """The services that a conversation needs."""

    store: Store
    bus: EventBus
    user: User
    pool: ProviderPool
    attachments: AttachmentService
    inbox: InboxService
    contacts: ContactService
    channels: ChannelService
    outbox: OutboxService
    sync: SyncService
    dispatcher: Dispatcher


@asynccontextmanager
async def headless(
    url: str, folder: Path, secret: Secret, *, secrets: object = None, clock: Clock = now
) -> AsyncIterator[Headless]:
    """Open an office at a database address; nothing is fetched or sent before ``sync`` and ``dispatcher`` start."""
    bus = EventBus()
    store = await asyncio.to_thread(Store.open, url, clock=clock, publish=bus.publish)
    store.attach(asyncio.get_running_loop())
    user = await store.run(_user)
    pool = ProviderPool(secret)
    attachments = AttachmentService(
        store, clock, attachments_dir=folder / "attachments", outbox_dir=folder / "outbox", pool=pool
    )
    gate = Gate()
    outbox = OutboxService(
        store, user_id=user.id, file_of=attachments.file_of, gate=gate, capabilities=pool.capabilities
    )
    inbound = InboundService(store, answers=AutomaticAnswers(outbox))
    office = Headless(
        store=store,
        bus=bus,
        user=user,
        pool=pool,
        attachments=attachments,
        inbox=InboxService(store, clock, user.id),
        contacts=ContactService(store, user_id=user.id),
        channels=ChannelService(store, pool=pool, secrets=secrets),  # type: ignore[arg-type]
        outbox=outbox,
        sync=SyncService(store, bus, clock, pool=pool, inbound=inbound, downloads=attachments),
        dispatcher=Dispatcher(
            store,
            pool,
            Sending(gate=gate, capabilities=pool.capabilities),
            bus=bus,
            clock=clock,
            journal=Journal(folder / "journal", instance=store.instance),
            path_of=AttachmentFolder(folder / "attachments").path_of,
        ),
    )
    try:
        yield office
    finally:
        attachments.close()
        await asyncio.to_thread(pool.close)
        await asyncio.to_thread(store.close)


def quick_clock(start: datetime, speed: float) -> Clock:
    """A clock that runs ``speed`` times as fast from ``start`` on, so that leases of 90 s end within a test."""
    return lambda: start + (now() - start) * speed


def _user(work: Work) -> User:
    known = work.users.all()
    return known[0] if known else work.users.add("Dana Reyes", Role.ADMINISTRATOR)


async def _carry(url: str, folder: Path, clock: Clock) -> None:
    async with headless(
        url, folder, lambda _channel, field: os.environ.get(f"SECRET_{field}", ""), clock=clock
    ) as office:
        await office.sync.start()
        await office.dispatcher.start()
        print("carrying", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Arguments: database address, folder, moment from which time runs fast, how fast."""
    url, folder, start, speed = sys.argv[1:5]
    asyncio.run(_carry(url, Path(folder), quick_clock(datetime.fromisoformat(start), float(speed))))


if __name__ == "__main__":
    main()
