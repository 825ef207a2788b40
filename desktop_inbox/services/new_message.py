"""NewMessage: something to send, before the gate has seen it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from desktop_inbox.models.entities.ids import AddressId, BatchId, ChannelId, ConversationId, TeamId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision

#: A reply is not sent any more after a day (RELIABILITY 4.1, rule 7).
LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file that lies in the content-addressed folder already; ``size`` in bytes."""

    sha256: str
    media_type: str
    size: int
    name: str = ""
    width: int = 0  # pixels, of a picture that may be shown
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """Something to send."""

    conversation_id: ConversationId
    text: str
    channel_id: ChannelId
    address_id: AddressId
    client_uuid: str  # made when Send was pressed: the same one again is the same message
    files: tuple[OutgoingFile, ...] = ()
    delay: timedelta = timedelta(0)
    life: timedelta = LIFE
    sender_kind: SenderKind = SenderKind.USER
    sender_id: UserId | None = None
    confirmed: frozenset[str] = field(default_factory=frozenset)
    batch_id: BatchId | None = None
    team_id: TeamId | None = None  # whose hours hold while there is no batch yet, as in a dry run
    as_it_is: bool = False  # what looks like a variable is none: the text left before
    values: Mapping[str, str] = field(default_factory=dict)  # more variables: personal columns of a file, "row.city"
    not_held: frozenset[str] = frozenset()  # what the gate would hold with one of these codes is not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What would become of a message: the gate's decision, and how it would read."""

    decision: GateDecision
    text: str
    segments: int  # 0 where the channel does not count them
