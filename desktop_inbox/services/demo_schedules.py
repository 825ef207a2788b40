"""What the demo's office is going to say: replies that are sent later, and what goes to many again and again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from desktop_inbox.models.entities.batch import (
    BatchOptions,
    SegmentAudience,
    audience_to_json,
    files_to_json,
    options_to_json,
)
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import ChannelId, ContactId, UserId
from desktop_inbox.models.entities.schedule import ScheduleState
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.models.work import Work

from .recurrence import next_slots, to_text, zone_named
from .zones import zone_name_of

_EVERYBODY: Final = "All contacts"
#: Name, text, days until it begins, hour, rule, state.
_TO_MANY: Final = (
    (
        "Holiday hours",
        "Hi $contact.firstname|there, we are closed from 24 to 26 December. In an emergency call +1 415 555 0100.",
        9, 10, "", ScheduleState.ACTIVE,
    ),
    (
        "Monday openings",
        "Good morning! These times are still free this week: Tuesday 11:00, Wednesday 15:30. Reply to book one.",
        1, 8, "FREQ=WEEKLY;BYDAY=MO", ScheduleState.ACTIVE,
    ),
    (
        "Recall: last day of the month",
        "Hi $contact.firstname|there, is it time for your check-up? Reply with a day that suits you.",
        3, 9, "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", ScheduleState.PAUSED,
    ),
)  # fmt: skip
#: Whom, text, days until it leaves, hour.
_REPLIES: Final = (
    ("Grace Whitfield", "Good morning Grace, how does the tooth feel today?", 1, 9),
    ("Sam Patel", "Hi Sam, a reminder of Thursday: please come ten minutes early for the X-ray.", 2, 17),
)


def plan_schedules(
    work: Work, now: datetime, channels: Mapping[str, Channel], people: Mapping[str, ContactId], user_id: UserId | None
) -> None:
    """Write a few schedules; ``people`` by name, ``channels`` by network."""
    channel, name = channels["sms"], zone_name_of(work)
    today = now.astimezone(zone_named(name)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    options = options_to_json(BatchOptions(audience_name=_EVERYBODY))
    audience = audience_to_json(SegmentAudience(filter=EVERYBODY, name=_EVERYBODY))
    for title, text, days, hour, rule, state in _TO_MANY:
        starts_at = (today + timedelta(days=days)).replace(hour=hour)
        if "BYMONTHDAY" in rule:  # it began on a 31st
            starts_at = starts_at.replace(year=starts_at.year - 1, month=12, day=31)
        _add(
            work, now, name, starts_at,
            kind="broadcast", name=title, text=text, rule=rule, state=str(state),
            channel_id=channel.id, user_id=user_id, audience=audience, options=options,
        )  # fmt: skip
    known = {contact.id: contact for contact in work.contacts.many(sorted(people.values()))}
    for person, text, days, hour in _REPLIES:
        contact = known.get(people.get(person, ContactId(0)))
        address = next((one for one in contact.addresses if one.scheme is Scheme.TEL), None) if contact else None
        if contact is None or address is None:
            continue
        _add(
            work, now, name, (today + timedelta(days=days)).replace(hour=hour),
            kind="reply", text=text, rule="", state=str(ScheduleState.ACTIVE),
            channel_id=channel.id, user_id=user_id, audience={}, options={"confirmed": []},
            conversation_id=work.conversations.of_contact(contact.id), address_id=address.id, cancel_on_reply=True,
        )  # fmt: skip


def _add(work: Work, now: datetime, zone: str, starts_at: datetime, *, rule: str, **values: Any) -> None:
    slot = next(iter(next_slots(starts_at, rule, zone_named(zone), after=now, count=1)), None)
    if slot is None:
        return
    work.schedules.add(
        **values,
        rule=rule,
        files=files_to_json(()),
        zone=zone,
        starts_at=to_text(starts_at),
        next_at=slot.at,
        next_local=slot.nominal,
    )


def forget_schedules(work: Work, channel_ids: Sequence[ChannelId]) -> None:
    """Remove what was to leave through these channels."""
    work.schedules.delete_of(channel_ids)
