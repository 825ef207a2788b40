"""Messaging windows: how long after the contact wrote a channel delivers free answers (S3-60 to S3-64).

The limit belongs to the kind of channel and can be set for each channel; it counts from the last message that the
contact sent to this channel, and nothing that we send moves it. After it messages still may be sent.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import ContactAddress, Scheme
from desktop_inbox.models.entities.ids import AddressId, ConversationId
from desktop_inbox.models.work import Work

#: Of a channel's settings: hours, "0" for no limit, anything else for what its kind has.
SETTING: Final = "window_hours"
LONGEST: Final = 24 * 30


def hours_of(channel: Channel, capabilities: Capabilities, scheme: Scheme) -> int | None:
    """Return the limit for one kind of address on a channel; None where there is none."""
    if capabilities.window_schemes and scheme not in capabilities.window_schemes:
        return None
    chosen = channel.settings.get(SETTING, "").strip()
    if chosen.isascii() and chosen.isdigit() and int(chosen) <= LONGEST:
        return int(chosen) or None
    return capabilities.window_hours


def end_of(
    work: Work, conversation_id: ConversationId, channel: Channel, address_id: AddressId, hours: int
) -> datetime | None:
    """Return when the window closes or closed; None when the contact never wrote to this channel."""
    last = work.messages.last_inbound_at(conversation_id, channel_id=channel.id, address_id=address_id)
    return None if last is None else last + timedelta(hours=hours)


def with_window(
    work: Work,
    conversation_id: ConversationId,
    channel: Channel,
    capabilities: Capabilities,
    address: ContactAddress,
) -> tuple[Capabilities, datetime | None]:
    """Return what a channel can do for one address, its window included, and when that closes."""
    hours = hours_of(channel, capabilities, address.scheme)
    if hours != capabilities.window_hours:
        capabilities = replace(capabilities, window_hours=hours)
    return capabilities, None if hours is None else end_of(work, conversation_id, channel, address.id, hours)
