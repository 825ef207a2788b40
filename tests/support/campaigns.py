"""An office with campaigns: contacts, their replies, and what left."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from desktop_inbox.models.entities.campaign import Campaign, CampaignStep, Enrollment
from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ConversationId, EnrollmentId
from desktop_inbox.models.entities.message import Direction, Message
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.campaigns import CampaignDraft, CampaignService
from desktop_inbox.services.drips import Drips
from desktop_inbox.services.enqueue import Enqueue, OutgoingFile
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.providers.base import FetchResult, InboundMessage
from tests.support.offices import Office
from tests.support.run import run

SMS = Capabilities(schemes=frozenset({Scheme.TEL}), reconcile=ReconcileClass.LISTABLE)
GRACE = "+14155550148"
DAYS = (
    CampaignStep(days=1, text="One day later, $contact.firstname|there"),
    CampaignStep(days=3, text="Three days later"),
    CampaignStep(days=5, text="Five days later"),
)


def no_file(path: str) -> OutgoingFile:
    raise AssertionError(path)


class CampaignDesk:
    """Services of one computer on a store of an office."""

    def __init__(self, office: Office, store: Store | None = None) -> None:
        self.office = office
        self.store = store or office.store
        self.enqueue = Enqueue(Gate(), capabilities=lambda _channel: SMS)
        self.service = CampaignService(
            self.store,
            user_id=office.user.id,
            enqueue=self.enqueue,
            capabilities=lambda _channel: SMS,
            file_of=no_file,
        )
        self.drips = Drips(self.store, enqueue=self.enqueue)
        outbox = OutboxService(self.store, user_id=office.user.id, capabilities=lambda _channel: SMS)
        self.outbox = outbox
        self.inbound = InboundService(self.store, answers=AutomaticAnswers(outbox))
        self._numbers = iter(range(1, 1_000_000))

    def campaign(self, steps: Sequence[CampaignStep] = DAYS, name: str = "Welcome") -> Campaign:
        return run(self.service.save(CampaignDraft(name=name, steps=tuple(steps))))

    def person(self, path: str = GRACE, *, first_name: str = "Grace") -> Contact:
        return self.office.contact(path, first_name=first_name)

    def apply(self, campaign: Campaign, contact: Contact) -> Enrollment:
        return run(
            self.service.apply(
                campaign.id,
                self.office.conversation_of(contact),
                channel_id=self.office.channel.id,
                address_id=contact.addresses[0].id,
            )
        )

    def page(self, text: str, path: str = GRACE, scheme: Scheme = Scheme.TEL, **more: Any) -> FetchResult:
        number = next(self._numbers)
        at = self.office.clock() - timedelta(milliseconds=number)  # ids of one moment may be the same
        values = {"provider_message_id": f"{id(self)}-{number}", "occurred_at": at} | more
        message = InboundMessage(scheme=scheme, address=path, text=text, **values)
        return FetchResult(cursor="1", messages=(message,))

    def says(self, text: str, path: str = GRACE, **more: Any) -> None:
        run(self.inbound.take(self.office.channel, SMS, self.page(text, path, **more)))

    def pass_time(self, **span: float) -> int:
        """Let time pass and fire what is due."""
        self.office.clock.advance(timedelta(**span))
        return run(self.drips.run())

    def enrollment(self, key: EnrollmentId) -> Enrollment:
        found = self.store.read_sync(lambda work: work.drips.get(key))
        assert found is not None
        return found

    def sent(self, contact: Contact) -> list[Message]:
        """Messages of ours in the contact's conversation, oldest first."""

        def read(work: Work) -> list[Message]:
            talk = work.drips.talks_of([contact.id]).get(contact.id, ConversationId(0))
            entries = work.timeline.since(talk, 0, 1000).entries
            return [one for one in entries if isinstance(one, Message) and one.direction is Direction.OUT]

        return self.store.read_sync(read)

    def events(self, contact: Contact) -> list[tuple[str, dict[str, str]]]:
        """What the conversation tells of campaigns."""
        talk = self.office.conversation_of(contact)
        entries = self.store.read_sync(lambda work: work.timeline.since(talk, 0, 1000)).entries
        kinds = ("campaign_applied", "campaign_stopped")
        return [(one.kind, dict(one.details)) for one in entries if getattr(one, "kind", "") in kinds]
