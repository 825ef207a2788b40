"""StatusMark: the one icon and the words of a message's state, the same wherever messages are listed (S1-27..34).

Status, direction, and whether a row stands for a whole broadcast decide; nothing else chooses such an icon.
Shape and words tell states apart, never colour alone (A06).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from desktop_inbox.models.entities.channel import Capabilities
from desktop_inbox.models.entities.message import DeliveryStatus, Direction


def _tr(text: str) -> str:
    return QCoreApplication.translate("Status", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMark:
    """What stands before a message's text: icon, the token of its colour, and ``lead``, a number beside it.

    ``words`` are shown as tooltip or footer and read aloud.
    """

    icon: str
    color: str
    words: str
    lead: str = ""


#: Icon, colour token and words of an outbound message.
_OUT: Final[Mapping[DeliveryStatus, tuple[str, str, str]]] = {
    DeliveryStatus.HELD: ("hourglass", "warning", "On hold"),
    DeliveryStatus.QUEUED: ("clock", "muted", "Waiting to be sent"),
    DeliveryStatus.CLAIMED: ("clock", "muted", "Waiting to be sent"),
    DeliveryStatus.SENDING: ("loader", "muted", "Sending"),
    DeliveryStatus.RETRY_WAIT: ("rotate-cw", "warning", "Trying again"),
    DeliveryStatus.UNKNOWN: ("circle-help", "attention", "Not sure it arrived"),
    DeliveryStatus.ACCEPTED: ("check", "muted", "Sent"),
    DeliveryStatus.SENT: ("check", "muted", "Sent"),
    DeliveryStatus.DELIVERED: ("check-check", "muted", "Delivered"),
    DeliveryStatus.READ: ("eye", "muted", "Read"),
    DeliveryStatus.UNDELIVERED: ("circle-alert", "attention", "Not delivered"),
    DeliveryStatus.FAILED: ("circle-alert", "attention", "Failed"),
    DeliveryStatus.BLOCKED: ("ban", "attention", "Not sent"),
    DeliveryStatus.EXPIRED: ("circle-alert", "attention", "Expired, not sent"),
    DeliveryStatus.CANCELLED: ("circle-x", "muted", "Cancelled, not sent"),
}
_NO_NEWS: Final = frozenset({DeliveryStatus.ACCEPTED, DeliveryStatus.SENT})


def status_mark(
    status: DeliveryStatus,
    direction: Direction,
    *,
    contacts: int | None = None,
    capabilities: Capabilities | None = None,
) -> StatusMark:
    """Return the mark of a message, or of a whole broadcast when ``contacts`` says to how many it goes.

    ``capabilities`` of its channel, where known, add that no receipt is to be expected (S1-30).
    """
    if contacts is not None:
        words = _tr("Broadcast to 1 contact") if contacts == 1 else _tr("Broadcast to {n} contacts")
        return StatusMark(icon="megaphone", color="muted", words=words.format(n=contacts), lead=str(contacts))
    if direction is Direction.IN or status is DeliveryStatus.RECEIVED:
        return StatusMark(icon="user", color="muted", words=_tr("Received"))
    icon, color, words = _OUT[status]
    said = _tr(words)
    if status in _NO_NEWS and tells_nothing(capabilities):
        said = _tr("{status} · no receipts on this channel").format(status=said)
    return StatusMark(icon=icon, color=color, words=said)


def tells_nothing(capabilities: Capabilities | None) -> bool:
    """Return whether a channel is known never to say that a message arrived (S1-30)."""
    return capabilities is not None and not (capabilities.receipts_delivered or capabilities.receipts_read)


def missing_receipts(status: DeliveryStatus, capabilities: Capabilities | None) -> str:
    """Return what a channel will never tell of a message in this state (S1-30, S2-32); empty where it may."""
    if capabilities is None:
        return ""
    if status in _NO_NEWS and tells_nothing(capabilities):
        return _tr("This channel sends no receipts, so nobody can tell whether it arrived.")
    if status in (*_NO_NEWS, DeliveryStatus.DELIVERED) and not capabilities.receipts_read:
        return _tr("This channel does not tell when a message was read.")
    return ""
