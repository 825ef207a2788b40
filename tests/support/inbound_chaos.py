"""A poller in a process of its own, to be killed: ``python -m tests.support.inbound_chaos URL JSON``."""

import json
import random
import sys
from datetime import timedelta

from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import AddressId, ChannelId, ConversationId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from tests.support.clock import MONDAY_NOON

SENDERS = 37
SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE)


class NoAnswers:
    """An outbox that is not there."""

    def queue_answer(
        self, work: Work, *, conversation_id: ConversationId, channel_id: ChannelId, address_id: AddressId, text: str
    ) -> None:
        """Answer nothing."""


def update(number: int) -> InboundMessage:
    """Return the update with a number: senders, whole seconds and texts repeat."""
    return InboundMessage(
        provider_message_id=f"u{number}",
        scheme=Scheme.TEL,
        address=f"+1415555{number % SENDERS:04}",
        text=f"message {number}",
        occurred_at=MONDAY_NOON + timedelta(seconds=number // 7),
    )


def deliveries(count: int, pollers: int, *, seed: int) -> list[list[int]]:
    """Return for each poller which updates it gets, in which order: each update three times in all."""
    numbers = [number for number in range(count) for _ in range(3)]
    random.Random(seed).shuffle(numbers)
    return [numbers[place::pollers] for place in range(pollers)]


def main() -> None:
    """Take the pages, one transaction each, and tell of every commit."""
    url, plan = sys.argv[1], json.loads(sys.argv[2])
    numbers = deliveries(plan["count"], plan["pollers"], seed=plan["seed"])[plan["poller"]]
    store = Store.open(url)
    channel = store.read_sync(lambda work: work.channels.all())[0]
    service = InboundService(store, answers=AutomaticAnswers(NoAnswers()))
    size = plan["page"]
    for start in range(0, len(numbers), size):
        page = FetchResult(
            cursor=str(start + size), messages=tuple(update(number) for number in numbers[start : start + size])
        )
        taken = store.run_sync(lambda work, page=page: service.take_page(work, channel, SMS, page))
        print(json.dumps({"upto": start + size, "new": taken.messages, "again": taken.duplicates}), flush=True)
    store.close()


if __name__ == "__main__":
    main()
