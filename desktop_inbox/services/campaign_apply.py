"""Applying a campaign: who gets it, who does not and why, and what it reads like with real dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.campaign import Campaign, CampaignStep
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import AddressId, CampaignId, ChannelId, ContactId, ConversationId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.drips import Applied
from desktop_inbox.models.work import Work
from desktop_inbox.services import variables
from desktop_inbox.services.campaign_times import due_at
from desktop_inbox.services.enqueue import Enqueue, NewMessage, OutgoingFile
from desktop_inbox.services.rights import is_administrator, name_of
from desktop_inbox.services.settings import CAMPAIGNS
from desktop_inbox.services.zones import zone_of

_LISTED: Final = 500  # contacts that are named when they are left out
#: Whether these hours are allowed is asked when a message is due, not now.
_LATER: Final = frozenset({"outside_hours"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStep:
    """How one message would read and when it would leave, if the campaign were applied now (S4-63)."""

    due_at: datetime
    text: str
    files: int = 0
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPreview:
    """A campaign for one contact; ``problem`` says why it cannot be applied, or is empty."""

    steps: tuple[PreviewStep, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A contact to whom a campaign is not applied, and why in one sentence."""

    contact_id: ContactId
    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What applying a campaign to many does, or would do."""

    applied: int = 0
    left_out: int = 0
    listed: tuple[LeftOut, ...] = ()  # the first of those left out
    total: int = 0

    def reasons(self) -> dict[str, int]:
        """How many of those listed were left out for each reason, the most frequent first."""
        found: dict[str, int] = {}
        for one in self.listed:
            found[one.reason] = found.get(one.reason, 0) + 1
        return dict(sorted(found.items(), key=lambda item: -item[1]))


@dataclass(frozen=True, slots=True)
class Place:
    """A contact, and where its messages would go."""

    contact: Contact
    conversation_id: ConversationId | None
    channel_id: ChannelId
    address_id: AddressId


class Applying:
    """The steps of it, each inside a transaction."""

    def __init__(self, *, user_id: UserId, enqueue: Enqueue, capabilities: Callable[[Channel], Capabilities]) -> None:
        self._user_id = user_id
        self._enqueue = enqueue
        self._capabilities = capabilities

    def some(
        self,
        work: Work,
        campaign_id: CampaignId,
        contact_ids: Sequence[ContactId],
        channel_id: ChannelId,
        *,
        begins: bool = False,
    ) -> Application:
        """Return to whom of some contacts a campaign can be applied; with ``begins`` it is."""
        campaign = applicable(work, campaign_id, self._user_id)
        channel = work.channels.get(channel_id)
        if channel is None:
            raise NotFoundError("channel_missing", "The channel does not exist.", hint="Choose another channel.")
        schemes = self._capabilities(channel).schemes
        people = work.contacts.many(contact_ids)
        talks = work.drips.talks_of([one.id for one in people])
        if begins:  # two who do it at once come one after the other
            work.states.lock(list(talks.values()))
        places: list[Place] = []
        left_out: list[LeftOut] = []
        for contact in people:
            reached = (one for one in contact.addresses if one.scheme in schemes and not one.carrier_blocked)
            address = next(reached, None)
            if address is None:
                left_out.append(_left_out(contact, "no_address", "The channel does not reach this contact."))
            else:
                places.append(Place(contact, talks.get(contact.id), channel_id, address.id))
        problems = self.problems(work, places, campaign.steps, campaign_id=campaign_id)
        left_out += [problem for problem in problems if problem is not None]
        going = [one for one, problem in zip(places, problems, strict=True) if problem is None]
        if begins:
            self.begin(work, campaign, [_with_talk(work, one) for one in going])
        return Application(applied=len(going), left_out=len(left_out), listed=tuple(left_out))

    def problems(
        self, work: Work, places: Sequence[Place], steps: Sequence[CampaignStep], *, campaign_id: CampaignId | None
    ) -> list[LeftOut | None]:
        """Return for each place why a campaign is not applied there, or None. The gate is asked about every message,
        as it would read now."""
        busy: frozenset[ContactId] = frozenset()
        if campaign_id is not None:
            busy = work.drips.under_way(campaign_id, [one.contact.id for one in places])
        if not steps:
            return [_left_out(one.contact, "empty", "The campaign has no message.") for one in places]
        keys = [one.conversation_id or ConversationId(-one.contact.id) for one in places]
        strangers = {key: one.contact for key, one in zip(keys, places, strict=True) if one.conversation_id is None}
        news = [_message(one, key, step) for one, key in zip(places, keys, strict=True) for step in steps]
        decisions = iter([looked.decision for looked in self._enqueue.look(work, news, strangers=strangers)])
        found: list[LeftOut | None] = []
        for one in places:
            stops = [decision for decision in [next(decisions) for _ in steps] if not _goes(decision)]
            if one.contact.id in busy:
                found.append(_left_out(one.contact, "under_way", "This campaign is under way with this contact."))
            else:
                found.append(_left_out(one.contact, stops[0].code, stops[0].sentence) if stops else None)
        return found

    def begin(self, work: Work, campaign: Campaign, places: Sequence[Place]) -> None:
        """Fix the dates of every message, and tell it in the conversations."""
        now, zone = work.now(), zone_of(work)
        due = {step.id: due_at(now, step, zone) for step in campaign.steps if step.id is not None}
        news = [
            Applied(
                contact_id=one.contact.id,
                conversation_id=one.conversation_id,
                channel_id=one.channel_id,
                address_id=one.address_id,
                due=due,
            )
            for one in places
            if one.conversation_id is not None
        ]
        name = str(zone)
        work.drips.add(campaign.id, news, at=now, zone="" if name == "local" else name, user_id=self._user_id)
        work.timeline.add_events(
            [one.conversation_id for one in news],
            "campaign_applied",
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=name_of(work, self._user_id),
            details={"campaign": campaign.name, "messages": str(len(campaign.steps))},
        )


def may_use(work: Work, user_id: UserId) -> bool:
    """Whether campaigns are for a user (S4-65)."""
    chosen = work.settings.get(CAMPAIGNS.key) or CAMPAIGNS.default
    if chosen == "administrators":
        return is_administrator(work, user_id)
    return bool(chosen != "nobody")


def check_right(work: Work, user_id: UserId) -> None:
    """Raise PermissionDeniedError where campaigns are not for a user."""
    if not may_use(work, user_id):
        raise PermissionDeniedError(
            "campaigns_off",
            "Campaigns are switched off for you.",
            hint="Ask an administrator of the office; the settings say who may use them.",
        )


def applicable(work: Work, campaign_id: CampaignId, user_id: UserId) -> Campaign:
    """Return a campaign that a user may apply now. Raises InvalidInputError, NotFoundError, PermissionDeniedError."""
    check_right(work, user_id)
    campaign = existing(work, campaign_id)
    if not campaign.active:
        raise InvalidInputError("campaign.paused", "This campaign is switched off.", hint="Switch it on to apply it.")
    return campaign


def existing(work: Work, campaign_id: CampaignId) -> Campaign:
    """Return a campaign. Raises NotFoundError."""
    found = work.campaigns.get(campaign_id)
    if found is None:
        raise missing_campaign()
    return found


def missing_campaign() -> NotFoundError:
    """Return the error that says so."""
    return NotFoundError("campaign_missing", "The campaign does not exist any more.")


def _goes(decision: GateDecision) -> bool:
    return decision.kind is GateKind.GO or (decision.kind is GateKind.HOLD and decision.code in _LATER)


def _left_out(contact: Contact, code: str, reason: str) -> LeftOut:
    return LeftOut(contact_id=contact.id, name=contact.name, code=code, reason=reason)


def _with_talk(work: Work, place: Place) -> Place:
    if place.conversation_id is not None:
        return place
    return replace(place, conversation_id=work.conversations.of_contact(place.contact.id))


def _message(place: Place, conversation_id: ConversationId, step: CampaignStep) -> NewMessage:
    return NewMessage(
        conversation_id=conversation_id,
        text=step.text,
        channel_id=place.channel_id,
        address_id=place.address_id,
        client_uuid="",
        files=tuple(OutgoingFile(**file) for file in step.files),
        sender_kind=SenderKind.CAMPAIGN,
    )


def preview_of(
    steps: Sequence[CampaignStep], facts: variables.VariableFacts, now: datetime, work: Work
) -> tuple[PreviewStep, ...]:
    """Return how messages would read at the times when they would leave."""
    zone = zone_of(work)
    shown = []
    for step in steps:
        due = due_at(now, step, zone)
        moment = variables.format_moment(due, None if str(zone) == "local" else zone)  # type: ignore[arg-type]
        then = variables.VariableFacts(values={**facts.values, **moment})
        found = variables.resolve(step.text, then)
        shown.append(PreviewStep(due_at=due, text=found.text, files=len(step.files), unresolved=found.unresolved))
    return tuple(shown)


def total(one: Application, other: Application) -> Application:
    """Return what two parts come to; ``total`` is left to whoever knows it."""
    listed = (*one.listed, *other.listed)[:_LISTED]
    return Application(applied=one.applied + other.applied, left_out=one.left_out + other.left_out, listed=listed)
