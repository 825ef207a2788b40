"""Campaigns and reminders of the demo's office: some of its people are in the midst of one."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.campaign import CampaignStep, EnrollmentState, StepState
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ContactId, ConversationId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, Direction, Message, SenderKind
from desktop_inbox.models.entities.reminder import ReminderDraft, ReminderUnit
from desktop_inbox.models.repositories.drips import Applied
from desktop_inbox.models.work import Work
from desktop_inbox.services import variables
from desktop_inbox.services.campaign_times import due_at
from desktop_inbox.services.zones import zone_of

_CAMPAIGNS: Final = {
    "After whitening": (
        CampaignStep(minutes=120, text="Hi $contact.firstname|there, please drink only water until tonight."),
        CampaignStep(days=1, text="Are your teeth sensitive today? That is normal and passes within two days."),
        CampaignStep(days=7, text="We hope you like the result! Reply if you want to show us."),
    ),
    "Six-month recall": (
        CampaignStep(days=180, text="Hi $contact.firstname|there, your check-up is due. Which day suits you?"),
        CampaignStep(days=187, text="We still have free mornings next week. Shall we keep one for you?"),
    ),
    "Welcome": (
        CampaignStep(minutes=10, text="Welcome to Elm Street Dental, $contact.firstname|there!"),
        CampaignStep(days=1, text="You can ask us anything right here, we read every message."),
        CampaignStep(days=3, text="Did you know? Before 9:00 nobody waits longer than five minutes."),
        CampaignStep(days=5, text="Tell us if we may remind you of your check-up every half year."),
    ),
}
#: Which campaign, how many hours ago, and how it ended.
_PEOPLE: Final = (
    ("Welcome", 1, EnrollmentState.ACTIVE, ""),
    ("Welcome", 30, EnrollmentState.ACTIVE, ""),
    ("Welcome", 75, EnrollmentState.ACTIVE, ""),
    ("Welcome", 80, EnrollmentState.REPLIED, "contact_replied"),
    ("Welcome", 100, EnrollmentState.CANCELLED, "stopped_by_hand"),
    ("Welcome", 200, EnrollmentState.FINISHED, "finished"),
    ("After whitening", 20, EnrollmentState.ACTIVE, ""),
    ("After whitening", 50, EnrollmentState.REPLIED, "contact_replied"),
    ("Six-month recall", 900, EnrollmentState.ACTIVE, ""),
)


def apply_campaigns(
    work: Work, now: datetime, channels: Mapping[str, Channel], people: Mapping[str, ContactId], user_id: UserId | None
) -> None:
    """Write campaigns and a reminder, and put some people into them; ``people`` by name, ``channels`` by network."""
    if user_id is None:
        return
    channel = channels["sms"]
    ids = {name: work.campaigns.add(name, steps, created_by=user_id) for name, steps in _CAMPAIGNS.items()}
    reachable = [one for one in work.contacts.many(sorted(people.values())) if one.opt_in == "opted_in"]
    by_phone = [(one, address) for one in reachable for address in one.addresses if address.scheme is Scheme.TEL]
    for (contact, address), (name, hours, state, cause) in zip(by_phone[::2], _PEOPLE, strict=False):
        campaign = work.campaigns.get(ids[name])
        assert campaign is not None  # noqa: S101 - just added
        at, zone = now - timedelta(hours=hours), zone_of(work)
        talk = work.conversations.of_contact(contact.id)
        due = {step.id: due_at(at, step, zone) for step in campaign.steps if step.id is not None}
        new = Applied(
            contact_id=contact.id, conversation_id=talk, channel_id=channel.id, address_id=address.id, due=due
        )
        work.drips.add(campaign.id, [new], at=at, zone="", user_id=user_id)
        _go_on(
            work, contact.id, talk, now if state is not EnrollmentState.REPLIED else now - timedelta(hours=hours // 2)
        )
        if state is EnrollmentState.FINISHED:
            work.enrollments.finish([one.id for one in work.drips.of_contact(contact.id)])
        elif state is not EnrollmentState.ACTIVE:
            work.enrollments.stop([contact.id], state, cause=cause)
    _remind(work, channel, user_id)


def _go_on(work: Work, contact_id: ContactId, talk: ConversationId, until: datetime) -> None:
    """Send what was due until a moment."""
    contact = work.contacts.get(contact_id)
    assert contact is not None  # noqa: S101 - just read
    (enrollment,) = work.drips.of_contact(contact_id, limit=1)
    facts = variables.facts_of(work, talk, contact, until)
    for step in enrollment.steps:
        if step.due_at > until:
            continue
        message = Message(
            id=work.new_entry_id(step.due_at),
            conversation_id=talk,
            contact_id=contact_id,
            direction=Direction.OUT,
            text=variables.resolve(step.text, facts).text,
            status=DeliveryStatus.DELIVERED,
            channel_id=enrollment.channel_id,
            address_id=enrollment.address_id,
            sender_kind=SenderKind.CAMPAIGN,
            client_uuid=str(uuid.uuid4()),
            queued_at=step.due_at,
            sent_at=step.due_at,
            delivered_at=step.due_at + timedelta(seconds=3),
        )
        work.messages.add_outbound(message)
        work.drips.set([step.id], StepState.QUEUED, message_id=message.id)


def _remind(work: Work, channel: Channel, user_id: UserId) -> None:
    field = work.custom_fields.by_slug("birthday")
    if field is None:
        return
    draft = ReminderDraft(
        name="Birthday greetings",
        field_id=field.id,
        channel_id=channel.id,
        text="Happy birthday, $contact.firstname|friend! Your team at Elm Street Dental",
        amount=0,
        unit=ReminderUnit.DAYS,
        at_time="09:30",
        yearly=True,
    )
    work.reminders.add(draft, created_by=user_id)


def forget_campaigns(work: Work, channel_ids: list[int]) -> None:
    """Remove what belongs to the demo's channels, and campaigns that nobody else uses."""
    work.drips.delete_of(channel_ids)
    for reminder in work.reminders.all():
        if reminder.channel_id in channel_ids:
            work.reminders.delete(reminder.id)
    for campaign in work.campaigns.all():
        if campaign.name in _CAMPAIGNS and not campaign.numbers.applied:
            work.campaigns.delete(campaign.id)
