"""A broadcast as somebody writes it, and what it must have to be sent."""

from dataclasses import dataclass

from desktop_inbox.errors import InvalidInputError
from desktop_inbox.models.entities.batch import MAX_PACE, Audience, BatchFile, ContactsAudience, FileAudience, Intended
from desktop_inbox.models.entities.channel import Channel, ChannelState
from desktop_inbox.models.entities.ids import ChannelId, TeamId
from desktop_inbox.models.work import Work

from .plain_text import check_storable


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastDraft:
    """A broadcast as somebody writes it."""

    text: str  # with variables
    channel_id: ChannelId
    audience: Audience
    name: str = ""
    attachment_paths: tuple[str, ...] = ()  # staged, as for a message
    files: tuple[BatchFile, ...] = ()  # those that lie in the attachments folder already
    pace: int = 0  # messages per minute; 0: as fast as the channel carries them
    other_channels: bool = False  # where the channel does not reach a contact, another one may
    team_id: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How a broadcast would look, before anybody is asked whether it may go."""

    count: int  # recipients, rows that cannot be used left out
    first: tuple[Intended, ...]
    price: float | None = None  # of one segment; None: not set
    currency: str = ""


def channel_of(work: Work, channel_id: ChannelId) -> Channel:
    """Return a channel that is not removed. Raises InvalidInputError."""
    channel = work.channels.get(channel_id)
    if channel is None or channel.state is ChannelState.REMOVED:
        raise InvalidInputError("broadcast_channel", "The channel does not exist.", hint="Choose another channel.")
    return channel


def check_draft(work: Work, draft: BroadcastDraft) -> None:
    """Raise InvalidInputError for a draft that could reach nobody."""
    channel_of(work, draft.channel_id)
    check_storable(draft.text, "The text")
    if not draft.text.strip() and not draft.files:
        raise InvalidInputError(
            "broadcast_empty", "There is nothing to send.", hint="Write something or attach a file."
        )
    if not 0 <= draft.pace <= MAX_PACE:
        raise InvalidInputError(
            "broadcast_pace", f"A pace is between 0 and {MAX_PACE:,} messages per minute.", hint="Choose another one."
        )
    nobody = (isinstance(draft.audience, FileAudience) and not draft.audience.rows) or (
        isinstance(draft.audience, ContactsAudience) and not draft.audience.contact_ids
    )
    if nobody:
        raise InvalidInputError(
            "broadcast_nobody", "Nobody would get it.", hint="Choose contacts, or a file with at least one usable row."
        )
