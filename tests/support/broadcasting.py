"""A desk that sends to many, and the steps of it without a loop."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop_inbox.models.entities.batch import Batch, BatchStatus, ContactsAudience, Recipient, RecipientState
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.store import Store
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.broadcasts import BroadcastDraft, BroadcastService
from desktop_inbox.services.gate import Gate
from tests.support.scripted_provider import World
from tests.support.sending import Office, Person, open_office


@dataclass
class Desk:
    """One computer: its office, the service that makes batches, and the job that processes them."""

    office: Office
    service: BroadcastService
    job: BatchJob
    sent: list[tuple[str, str]] = field(default_factory=list)  # address and text of what ``send_all`` sent

    def draft(self, people: Sequence[Person] | None = None, **values: Any) -> BroadcastDraft:
        """To these people, or to everybody of the office."""
        chosen = self.office.people if people is None else people
        given = {"text": "Hello", "audience": ContactsAudience(contact_ids=tuple(one.contact_id for one in chosen))}
        return BroadcastDraft(channel_id=self.office.channel.id, **{**given, **values})  # type: ignore[arg-type]

    def create(self, people: Sequence[Person] | None = None, *, at: Any = None, **values: Any) -> BatchId:
        return asyncio.run(self.service.create(self.draft(people, **values), at=at))

    def process(self) -> None:
        """What the scheduler does at one of its looks."""
        asyncio.run(self.job())

    def send_all(self, limit: int = 200) -> int:
        """Send whatever may leave now; returns how many messages that were."""
        number = 0
        while jobs := self.office.begin(limit):
            for job in jobs:
                self.sent.append((job.delivery.to, job.delivery.text))
                self.office.accept(job)
            number += len(jobs)
        return number

    def batch(self, batch_id: BatchId) -> Batch:
        return asyncio.run(self.service.get(batch_id))

    def status(self, batch_id: BatchId) -> BatchStatus:
        return self.batch(batch_id).status

    def recipients(self, batch_id: BatchId) -> tuple[Recipient, ...]:
        return asyncio.run(self.service.recipients(batch_id, limit=1_000_000))

    def states(self, batch_id: BatchId) -> dict[RecipientState, int]:
        return dict(Counter(one.state for one in self.recipients(batch_id)))

    def opt_out(self, person: Person) -> None:
        self.office.store.run_sync(
            lambda work: work.consent.record(
                person.contact_id, OptIn.OPTED_OUT, method=ConsentMethod.KEYWORD, wording="STOP"
            )
        )


def desk(store: Store, world: World, *, people: int = 0, gate: Gate | None = None, first: bool = True) -> Desk:
    """A desk on ``store``; the one that is not the ``first`` joins the office that is there."""
    office = open_office(store, world, people=people, first=first)
    return Desk(
        office=office,
        service=BroadcastService(
            store, user_id=office.user_id, region=lambda: "US", gate=gate, capabilities=world.capabilities_of
        ),
        job=BatchJob(store, gate=gate, capabilities=world.capabilities_of, budget=600),
    )
