"""An office with a channel and contacts, and the steps of sending without a loop."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desktop_inbox.events import EventBus
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Message, SenderKind
from desktop_inbox.models.entities.outbox import AttemptOutcome, OutboxEntry, SendOutcome
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.outbox import NewMessage, OutboxService
from desktop_inbox.services.sending import Job, Sending
from tests.support.scripted_provider import ScriptedPool, World


@dataclass
class Person:
    """A contact of the office."""

    contact_id: ContactId
    address_id: AddressId
    conversation_id: ConversationId
    path: str


@dataclass
class Office:
    """One computer of an office: its store, its channel, and the service that queues."""

    store: Store
    world: World
    user_id: UserId
    channel: Channel
    outbox: OutboxService
    sending: Sending
    people: list[Person] = field(default_factory=list)

    def add_people(self, number: int) -> None:
        """That many new contacts, in one transaction."""
        first = len(self.people)
        paths = [f"+1415{first + step:07d}" for step in range(number)]
        self.people += self.store.run_sync(lambda work: [add_person(work, path) for path in paths])

    def person(self, number: int | None = None) -> Person:
        """The contact with this number; without one a new contact."""
        if number is not None and number < len(self.people):
            return self.people[number]
        self.add_people(1)
        return self.people[-1]

    def queue(self, person: Person | None = None, text: str = "Hello", **options: Any) -> Message:
        person = person or self.person()
        options.setdefault("client_uuid", str(uuid.uuid4()))
        return asyncio.run(
            self.outbox.queue(
                person.conversation_id, text, channel_id=self.channel.id, address_id=person.address_id, **options
            )
        )

    def new(self, person: Person, text: str = "Hello", **options: Any) -> NewMessage:
        """A message for ``queue_many``; a broadcast's unless told otherwise."""
        values: dict[str, Any] = {"sender_kind": SenderKind.BROADCAST, "client_uuid": str(uuid.uuid4()), **options}
        return NewMessage(
            conversation_id=person.conversation_id,
            text=text,
            channel_id=self.channel.id,
            address_id=person.address_id,
            **values,
        )

    def message(self, message_id: EntryId) -> Message:
        found = self.store.read_sync(lambda work: work.messages.get(message_id))
        assert found is not None
        return found

    def entry(self, message_id: EntryId) -> OutboxEntry:
        found = self.store.run_sync(lambda work: work.outbox.of_message(message_id))
        assert found is not None
        return found

    def status(self, message_id: EntryId) -> DeliveryStatus:
        return self.message(message_id).status

    def channel_now(self) -> Channel:
        found = self.store.read_sync(lambda work: work.channels.get(self.channel.id))
        assert found is not None
        return found

    # -- the steps, one by one

    def claim(self, limit: int = 100) -> tuple[OutboxEntry, ...]:
        return self.store.run_sync(lambda work: self.sending.claim(work, [self.channel.id], limit=limit))

    def start(self, claimed: tuple[OutboxEntry, ...]) -> tuple[Job, ...]:
        return self.store.run_sync(lambda work: self.sending.start(work, claimed))

    def begin(self, limit: int = 100) -> tuple[Job, ...]:
        """Claim and start."""
        return self.start(self.claim(limit))

    def record(self, job: Job, outcome: AttemptOutcome, *, at: datetime | None = None, **values: Any) -> None:
        result = SendOutcome(
            outbox_id=job.entry.id,
            attempt_id=job.attempt_id,
            fence=job.entry.fence,
            at=at or self.world.clock(),
            outcome=outcome,
            **values,
        )
        self.store.run_sync(lambda work: self.sending.record(work, (result,)))

    def accept(self, job: Job, provider_id: str | None = None, **values: Any) -> None:
        self.record(job, AttemptOutcome.ACCEPTED, provider_message_id=provider_id or f"id-{job.entry.id}", **values)

    def sweep(self) -> int:
        return self.store.run_sync(self.sending.sweep)


def open_office(
    store: Store, world: World, *, people: int = 1, sending: Sending | None = None, first: bool = True
) -> Office:
    """Fill an empty store; with ``first`` off, join the office that another store of this database filled."""
    user, channel = store.run_sync(_found if first else _join)
    office = Office(
        store=store,
        world=world,
        user_id=user,
        channel=channel,
        outbox=OutboxService(store, user_id=user, capabilities=world.capabilities_of),
        sending=sending or Sending(capabilities=world.capabilities_of),
    )
    if first:
        office.add_people(people)
    return office


def _found(work: Work) -> tuple[UserId, Channel]:
    user = work.users.add("Ada", Role.ADMINISTRATOR)
    return user.id, work.channels.add(kind="scripted", name="Front desk", address="+14155550100", settings={})


def _join(work: Work) -> tuple[UserId, Channel]:
    return work.users.all()[0].id, work.channels.all()[0]


def add_person(work: Work, path: str) -> Person:
    contact = work.contacts.add([(Scheme.TEL, path)], first_name="Contact")
    return Person(
        contact_id=contact.id,
        address_id=contact.addresses[0].id,
        conversation_id=work.conversations.of_contact(contact.id),
        path=path,
    )


def problems(office: Office) -> list[str]:
    """What does not hold that must always hold: the chain, and the mirror of each state."""
    chain = office.store.read_sync(lambda work: work.ledger.check_chain())
    apart = office.store.read_sync(lambda work: work.outbox.disagreements())
    return [*map(str, chain), *(f"message {key} shows another state" for key in apart)]


@asynccontextmanager
async def dispatching(office: Office, bus: EventBus, folder: Path, **options: Any) -> AsyncIterator[Dispatcher]:
    """Run a dispatcher on this office's store; the store must publish to ``bus``."""
    office.store.attach(asyncio.get_running_loop())
    values: dict[str, Any] = {"clock": office.world.clock, "path_of": Path, **options}
    journal = values.pop("journal", None) or Journal(folder / "journal", instance=office.store.instance)
    providers = values.pop("providers", None) or ScriptedPool(office.world)
    dispatcher = Dispatcher(office.store, providers, office.sending, bus=bus, journal=journal, **values)
    await dispatcher.start()
    try:
        yield dispatcher
    finally:
        await dispatcher.stop(deadline=timedelta(seconds=10))
