"""A desktop without a window, as a process of its own: queues or sends, and says what it has committed.

``python -m tests.support.sender queue URL INSTANCE`` queues messages as fast as it can and prints each id after
its commit. ``python -m tests.support.sender send URL INSTANCE PROVIDER_URL FOLDER [POINT]`` runs a dispatcher
until it is killed; with POINT it kills itself there (see ``POINTS``).
"""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from desktop_inbox.clock import now
from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.ids import ChannelId
from desktop_inbox.models.entities.outbox import OutboxEntry, SendOutcome
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.http import Timeouts
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.sending import Job, Sending
from desktop_inbox.services.transitions import Transitions
from tests.support.http_provider import HttpPool, HttpProvider

POINTS = (
    "claim before commit",
    "claim after commit",
    "start before commit",
    "start after commit",
    "request before",
    "request after",
    "record before commit",
    "record after commit",
    "sweep before commit",
    "sweep after commit",
    "recover before commit",
    "recover after commit",
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Hurried(Transitions):
    """Leases short enough for a test; the order of the spans is kept."""

    lease = timedelta(seconds=12)
    settle = timedelta(seconds=6)
    looks_apart = timedelta(seconds=1)


class Mortal(Sending):
    """Dies inside the step named by ``point``, just before its transaction would commit."""

    point = ""

    def claim(
        self, work: Work, channel_ids: Sequence[ChannelId], *, limit: int, lowest: int = 0
    ) -> tuple[OutboxEntry, ...]:
        claimed = super().claim(work, channel_ids, limit=limit, lowest=lowest)
        self._maybe("claim before commit", bool(claimed))
        return claimed

    def start(self, work: Work, claimed: Iterable[OutboxEntry]) -> tuple[Job, ...]:
        self._maybe("claim after commit", True)
        jobs = super().start(work, claimed)
        self._maybe("start before commit", bool(jobs))
        return jobs

    def record(self, work: Work, outcomes: Sequence[SendOutcome]) -> None:
        super().record(work, outcomes)
        self._maybe("record before commit", True)

    def sweep(self, work: Work) -> int:
        swept = super().sweep(work)
        self._maybe("sweep before commit", True)
        return swept

    def recover(self, work: Work) -> int:
        recovered = super().recover(work)
        self._maybe("recover before commit", True)
        return recovered

    def _maybe(self, point: str, reached: bool) -> None:
        if reached and point == self.point:
            die()


class MortalStore(Store):
    """Dies just after a commit, before anybody hears of it."""

    point = ""

    async def run(self, work: object) -> object:  # type: ignore[override]
        result = await super().run(work)  # type: ignore[arg-type]
        name = getattr(work, "__name__", "")
        step = {"sweep": "sweep", "recover": "recover"}.get(name, "")
        if (step and self.point == f"{step} after commit") or (self.point == "record after commit" and _records(work)):
            die()
        return result


def _records(work: object) -> bool:
    code = getattr(work, "__code__", None)
    return code is not None and "record" in code.co_names


class MortalPool(HttpPool):
    """Dies around the request."""

    point = ""

    def for_channel(self, channel: object) -> HttpProvider:  # type: ignore[override]
        provider = super().for_channel(channel)  # type: ignore[arg-type]
        point, send = self.point, provider.send
        if point in ("start after commit", "request before"):
            die()
        if point == "request after":

            class Last(HttpProvider):
                def __init__(self) -> None:
                    pass

                def send(self, request: object) -> object:  # type: ignore[override]
                    send(request)  # type: ignore[arg-type]
                    die()
                    raise AssertionError("unreachable")

            return Last()
        return provider  # type: ignore[return-value]


def queue(url: str, instance: str) -> None:
    store = Store.open(url, instance=instance)
    user, channel, people = store.read_sync(_cast)
    service = OutboxService(store, user_id=user, capabilities=lambda one: HttpProvider.capabilities_of(one.settings))

    async def story() -> None:
        number = 0
        while True:
            conversation, address = people[number % len(people)]
            message = await service.queue(
                conversation,
                f"{instance} {number}",  # another text each time: the loop guard counts the same ones
                channel_id=channel,
                address_id=address,
                client_uuid=str(uuid.uuid4()),
            )
            print(message.id, flush=True)
            number += 1

    asyncio.run(story())


def send(url: str, instance: str, provider_url: str, folder: str, point: str = "") -> None:
    store = MortalStore.open(url, instance=instance)
    store.point = point  # type: ignore[attr-defined]
    pool = MortalPool(provider_url, timeouts=Timeouts(connect=3.0, read=4.0, total=5.0))
    pool.point = point
    sending = Mortal(capabilities=pool.capabilities, rules=Hurried())
    sending.point = point
    bus = EventBus()

    async def story() -> None:
        store.attach(asyncio.get_running_loop())
        dispatcher = Dispatcher(
            store,
            pool,
            sending,
            bus=bus,
            clock=now,
            journal=Journal(Path(folder), instance=instance),
        )
        await dispatcher.start()
        print("ready", flush=True)
        while True:
            dispatcher.wake()
            await asyncio.sleep(0.5)

    asyncio.run(story())


def _cast(work: Work) -> tuple[object, ...]:
    channel = work.channels.all()[0]
    people = [
        (work.conversations.of_contact(contact.id), contact.addresses[0].id)
        for contact in work.contacts.many(range(1, 11))  # type: ignore[arg-type]
    ]
    return work.users.all()[0].id, channel.id, people


if __name__ == "__main__":
    {"queue": queue, "send": send}[sys.argv[1]](*sys.argv[2:])
