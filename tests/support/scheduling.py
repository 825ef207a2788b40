"""A desk that schedules, and the steps of it without a loop.

As a program, ``python -m tests.support.scheduling URL [LOOKS]``, it is one more computer of an office: it waits for a
line, looks at what is due as often as asked, and says how it went.
"""

import asyncio
import itertools
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop_inbox.models.entities.batch import ContactsAudience
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ConversationId, ScheduleId, UserId
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.models.entities.schedule import RunOutcome, Schedule
from desktop_inbox.models.store import Store
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.gate import Gate, capabilities_of
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from desktop_inbox.services.schedule_drafts import ScheduleDraft, making_batches
from desktop_inbox.services.schedule_runs import ScheduleRuns, firing_schedules
from desktop_inbox.services.schedules import ScheduleService
from tests.support.offices import Office

ZONE = "Europe/Berlin"
_NUMBERS = itertools.count(1)


def runs_of(store: Store, user_id: UserId) -> ScheduleRuns:
    """What fires the schedules of a store."""
    return ScheduleRuns(Enqueue(Gate()), make_batch=making_batches(BroadcastService(store, user_id=user_id)))


@dataclass
class Desk:
    """One computer of an office with one contact who wrote before."""

    office: Office
    store: Store
    contact: Contact
    conversation_id: ConversationId

    def __post_init__(self) -> None:
        runs = runs_of(self.store, self.office.user.id)
        self.service = ScheduleService(self.store, user_id=self.office.user.id, enqueue=Enqueue(Gate()), runs=runs)
        self.job = firing_schedules(self.store, runs)

    def look(self) -> None:
        """What the scheduler does at one of its looks."""
        asyncio.run(self.job())  # type: ignore[arg-type]

    def draft(self, starts_at: datetime, rule: str = "", **values: Any) -> ScheduleDraft:
        given = {
            "text": "See you soon",
            "conversation_id": self.conversation_id,
            "address_id": self.contact.addresses[0].id,
            "zone": ZONE,
            "channel_id": self.office.channel.id,
        }
        return ScheduleDraft(starts_at=starts_at, rule=rule, **{**given, **values})  # type: ignore[arg-type]

    def broadcast(self, starts_at: datetime, rule: str = "", **values: Any) -> ScheduleDraft:
        audience = ContactsAudience(contact_ids=(self.contact.id,))
        return self.draft(
            starts_at, rule, **{"conversation_id": None, "address_id": None, "audience": audience, **values}
        )

    def add(self, draft: ScheduleDraft) -> ScheduleId:
        return asyncio.run(self.service.create(draft)).id

    def get(self, key: ScheduleId) -> Schedule:
        return asyncio.run(self.service.get(key))

    def outcomes(self, key: ScheduleId) -> list[tuple[str, RunOutcome]]:
        """Of each slot, the first first."""
        runs = self.store.read_sync(lambda work: work.schedules.runs(key, limit=100_000))
        return [(run.nominal, run.outcome) for run in reversed(runs)]

    def messages(self) -> list[Message]:
        """What was queued, the first first."""
        entries = self.store.read_sync(lambda work: work.timeline.since(self.conversation_id, 0, 10_000)).entries
        return [one for one in entries if isinstance(one, Message) and one.direction is Direction.OUT]

    def answer(self, text: str = "Yes") -> None:
        """The contact writes."""
        message = InboundMessage(
            provider_message_id=f"in-{next(_NUMBERS)}",
            scheme=Scheme.TEL,
            address=self.contact.addresses[0].path,
            text=text,
            occurred_at=self.office.clock(),
        )
        inbound = InboundService(
            self.store, answers=AutomaticAnswers(OutboxService(self.store, user_id=self.office.user.id))
        )
        page = FetchResult(cursor="1", messages=(message,))
        asyncio.run(inbound.take(self.office.channel, capabilities_of(self.office.channel), page))

    def counted(self, key: ScheduleId) -> Counter[RunOutcome]:
        return Counter(outcome for _nominal, outcome in self.outcomes(key))


def open_desk(office: Office) -> Desk:
    """The first desk of an office."""
    contact = office.contact(first_name="Maya")
    return Desk(office, office.store, contact, office.conversation_of(contact))


def _main() -> None:
    url, looks = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    store = Store.open(url)
    try:
        user = store.read_sync(lambda work: work.users.all()[0])
        job = firing_schedules(store, runs_of(store, user.id))
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(looks):
            asyncio.run(job())  # type: ignore[arg-type]
        print("done", flush=True)
    finally:
        store.close()


if __name__ == "__main__":
    _main()


__all__ = ["Desk", "Scheme", "open_desk", "runs_of"]
