"""ScheduleDraft: a schedule as somebody writes it, and the batch that a slot of a broadcast becomes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from desktop_inbox.models.entities.batch import (
    Audience,
    BatchFile,
    BatchKind,
    BatchOptions,
    audience_from_json,
    options_from_json,
)
from desktop_inbox.models.entities.ids import AddressId, BatchId, ChannelId, ConversationId, TeamId
from desktop_inbox.models.entities.schedule import Schedule, ScheduleKind
from desktop_inbox.models.work import Work

from .broadcasts import BroadcastDraft, BroadcastService
from .new_message import OutgoingFile
from .recipient_zone import zones_of
from .schedule_runs import MakeBatch


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
