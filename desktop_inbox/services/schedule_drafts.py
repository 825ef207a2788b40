"""ScheduleDraft: a schedule as somebody writes it, and the batch that a slot of a broadcast becomes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import (
    Audience,
    BatchFile,
    BatchKind,
    BatchOptions,
    audience_from_json,
    audience_name,
    audience_to_json,
    files_to_json,
    options_from_json,
    options_to_json,
)
from desktop_inbox.models.entities.ids import AddressId, BatchId, ChannelId, ConversationId, TeamId, UserId
from desktop_inbox.models.entities.schedule import Schedule, ScheduleKind
from desktop_inbox.models.work import Work

from .broadcasts import BroadcastDraft, BroadcastService
from .new_message import OutgoingFile
from .plain_text import check_storable
from .recipient_zone import zones_of
from .recurrence import Slot, checked_rule, slots, to_text, zone_named
from .schedule_runs import MakeBatch
from .team_channels import need_channel

_LONGEST_NAME: Final = 255
_LONGEST_AGO: Final = timedelta(days=3660)  # every hour since then is counted in a second


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A schedule as somebody writes it. A reply has a conversation and an address, a broadcast an audience."""

    text: str
    channel_id: ChannelId
    starts_at: datetime  # wall time in `zone`, without a zone
    zone: str  # IANA
    rule: str = ""  # RRULE; "" is once
    name: str = ""
    conversation_id: ConversationId | None = None
    address_id: AddressId | None = None
    audience: Audience | None = None
    options: BatchOptions = field(default_factory=BatchOptions)
    team_id: TeamId | None = None
    cancel_on_reply: bool = True  # of a reply (B-02)
    confirmed: frozenset[str] = frozenset()  # warnings that a person saw (D-07)
    files: tuple[BatchFile, ...] = ()  # those that lie in the attachments folder already
    attachment_paths: tuple[str, ...] = ()  # staged, as for a message

    @property
    def kind(self) -> ScheduleKind:
        """What it is."""
        return ScheduleKind.BROADCAST if self.conversation_id is None else ScheduleKind.REPLY


def draft_of(schedule: Schedule) -> ScheduleDraft:
    """Return a schedule as a draft to change."""
    broadcast = schedule.kind is ScheduleKind.BROADCAST
    return ScheduleDraft(
        text=schedule.text,
        channel_id=schedule.channel_id,
        starts_at=schedule.starts_at,
        zone=schedule.zone,
        rule=schedule.rule,
        name=schedule.name,
        conversation_id=schedule.conversation_id,
        address_id=schedule.address_id,
        audience=audience_from_json(schedule.audience) if broadcast else None,
        options=options_from_json(schedule.options) if broadcast else BatchOptions(),
        team_id=schedule.team_id,
        cancel_on_reply=schedule.cancel_on_reply,
        confirmed=frozenset(schedule.options.get("confirmed", ())),
        files=schedule.files,
    )


def to_many(draft: ScheduleDraft, audience: Audience, files: tuple[BatchFile, ...]) -> BroadcastDraft:
    """Return the broadcast that a draft makes of each of its slots."""
    return BroadcastDraft(
        text=draft.text,
        channel_id=draft.channel_id,
        audience=audience,
        name=draft.name,
        files=files,
        pace=draft.options.pace,
        other_channels=draft.options.other_channels,
        team_id=draft.team_id,
    )


def making_batches(broadcasts: BroadcastService) -> MakeBatch:
    """Return what turns a slot of a broadcast into its batch."""

    def make(work: Work, schedule: Schedule, at: datetime) -> BatchId:
        options = options_from_json(schedule.options)
        draft = BroadcastDraft(
            text=schedule.text,
            channel_id=schedule.channel_id,
            audience=audience_from_json(schedule.audience),
            name=schedule.name,
            files=schedule.files,
            pace=options.pace,
            other_channels=options.other_channels,
            team_id=schedule.team_id,
        )
        return broadcasts.create_in(
            work, draft, at=at, kind=BatchKind.SCHEDULE, user_id=schedule.user_id, schedule_id=schedule.id
        )

    return make


def batch_file(file: OutgoingFile) -> BatchFile:
    """Return a file that lies in the attachments folder as a schedule keeps it."""
    return BatchFile(
        sha256=file.sha256,
        media_type=file.media_type,
        size=file.size,
        name=file.name,
        width=file.width,
        height=file.height,
    )


def zone_of_recipient(work: Work, conversation_id: ConversationId) -> tzinfo | None:
    """Return the zone of a conversation's contact; None where it is not known, or the clocks of several differ."""
    place = next(iter(work.deliveries.places([conversation_id]).values()), None)
    contact = None if place is None else work.contacts.get(place.contact_id)
    if contact is None:
        return None
    zones = zones_of(contact.zone, [address.path for address in contact.addresses], UTC)
    clocks = {work.now().astimezone(zone).utcoffset() for zone in zones}
    return zones[0] if len(clocks) == 1 and zones[0] is not UTC else None


def columns_of(
    work: Work, draft: ScheduleDraft, files: tuple[BatchFile, ...], *, user_id: UserId
) -> tuple[dict[str, Any], Slot]:
    """Return the columns of a draft, and its first slot.

    Raises InvalidInputError and NotFoundError for what could never be sent.
    """
    name = " ".join(draft.name.split())
    check_storable(name, "The name")
    check_storable(draft.text, "The message")
    if not draft.text.strip() and not files:
        raise InvalidInputError("empty", "There is nothing to send.", hint="Write something or attach a file.")
    if len(name) > _LONGEST_NAME:
        raise InvalidInputError("name_too_long", "The name is too long.", hint="Take 255 characters at most.")
    if work.channels.get(draft.channel_id) is None:
        raise NotFoundError("channel_missing", "The channel does not exist.", hint="Choose another channel.")
    zone = zone_named(draft.zone)
    starts_at = draft.starts_at.replace(tzinfo=None, microsecond=0)
    if starts_at < work.now().replace(tzinfo=None) - _LONGEST_AGO:
        raise InvalidInputError("schedule_start", "It begins too long ago.", hint="Choose a later day to begin.")
    rule = checked_rule(draft.rule, starts_at, zone=zone) if draft.rule else ""
    slot = next(slots(starts_at, rule, zone, after=work.outbox.now()), None)
    if slot is None:
        raise InvalidInputError("schedule_past", "This time has passed.", hint="Choose a later one.")
    options: dict[str, Any] = {"confirmed": sorted(draft.confirmed)}
    if draft.audience is not None:
        need_channel(work, draft.channel_id, team_id=draft.team_id, user_id=user_id)
        options |= options_to_json(draft.options) | {"audience_name": audience_name(draft.audience)}
    elif draft.conversation_id is None:
        raise InvalidInputError("audience_missing", "Nobody was chosen.", hint="Choose who gets the message.")
    return {
        "name": name,
        "text": draft.text,
        "files": files_to_json(files),
        "audience": {} if draft.audience is None else audience_to_json(draft.audience),
        "options": options,
        "channel_id": draft.channel_id,
        "conversation_id": draft.conversation_id,
        "address_id": draft.address_id,
        "team_id": draft.team_id,
        "starts_at": to_text(starts_at),
        "zone": draft.zone,
        "rule": rule,
        "cancel_on_reply": draft.cancel_on_reply and draft.kind is ScheduleKind.REPLY,
    }, slot
