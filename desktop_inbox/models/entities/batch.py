"""Batch: one trigger for many recipients, what became of each, and what a dry run says beforehand (S5-07).

Counts are always worked out from the recipients and their messages, never kept, so that sums match.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from .contact import Scheme
from .ids import AddressId, BatchId, ChannelId, ContactId, ContactListId, ConversationId, EntryId, TeamId, UserId
from .message import DeliveryStatus
from .outbox import GateKind
from .segment import Group, from_json, to_json

_S: Final = DeliveryStatus
LEFT: Final = frozenset({_S.UNKNOWN, _S.ACCEPTED, _S.SENT, _S.DELIVERED, _S.READ, _S.UNDELIVERED})
ON_THE_WAY: Final = frozenset({_S.HELD, _S.QUEUED, _S.CLAIMED, _S.SENDING, _S.RETRY_WAIT})
LOST: Final = frozenset({_S.FAILED, _S.BLOCKED, _S.EXPIRED})
#: Messages of a minute; 0 means as fast as the channel carries them.
MAX_PACE: Final = 6000


class BatchKind(StrEnum):
    """What triggered it."""

    BROADCAST = "broadcast"
    FILE = "file"
    SCHEDULE = "schedule"


class BatchStatus(StrEnum):
    """How far a batch got (S5-11..17)."""

    PROGRAMMED = "programmed"  # will be processed when its time comes
    PROCESSING = "processing"  # recipients are worked out and the gate is asked
    SENDING = "sending"  # all queued, some did not leave yet
    CANCELLED = "cancelled"
    ERROR = "error"
    SENT = "sent"  # handed over to the provider
    BLOCKED_TIME = "blocked_time"  # its time is not allowed; a person moves it


#: Nothing becomes of these any more by itself.
FINAL_BATCH: Final = frozenset({BatchStatus.CANCELLED, BatchStatus.ERROR, BatchStatus.SENT})
#: Only these can be cancelled as if nothing had been (S5-14); what is sending can be stopped.
CANCELLABLE: Final = frozenset({BatchStatus.PROGRAMMED, BatchStatus.PROCESSING, BatchStatus.BLOCKED_TIME})
#: These can be stopped, so that the rest does not leave; one that ended with an error where something still waits.
STOPPABLE: Final = CANCELLABLE | {BatchStatus.SENDING, BatchStatus.ERROR}


class RecipientState(StrEnum):
    """What became of one intended recipient; of a queued one the message tells more."""

    WAITING = "waiting"
    QUEUED = "queued"
    SKIPPED = "skipped"  # the gate refused, or there is no address; the reason says which
    CANCELLED = "cancelled"
    BAD = "bad"  # a row of a file that cannot be used


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A row of a file that can be used."""

    line: int  # of the file, the first being 1
    scheme: Scheme
    path: str  # normalised
    name: str = ""  # of a contact that is made for it
    variables: Mapping[str, str] = field(default_factory=dict)  # personal columns, by slug


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row of a file that cannot be used, and why in one sentence."""

    line: int
    code: str
    reason: str
    shown: str = ""  # what stood there


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentAudience:
    """Everybody whom a filter selects when the batch is processed. Of a saved segment the filter is ``scope_of`` it,
    so that it follows changes."""

    filter: Group
    name: str = ""  # of the saved segment, as shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAudience:
    """Everybody on a contact list when the batch is processed."""

    list_id: ContactListId
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsAudience:
    """Chosen contacts."""

    contact_ids: tuple[ContactId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAudience:
    """The rows of a file."""

    file_name: str
    rows: tuple[FileRow, ...]
    bad: tuple[BadRow, ...] = ()
    create: bool = True  # unknown numbers become contacts; else they are listed as bad rows


Audience: TypeAlias = SegmentAudience | ListAudience | ContactsAudience | FileAudience


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """A file that goes with each message; it lies in the attachments folder. ``size`` in bytes."""

    sha256: str
    media_type: str
    size: int
    name: str = ""
    width: int = 0  # pixels, of a picture that may be shown
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """What was chosen for a batch."""

    pace: int = 0  # messages per minute, 0..MAX_PACE; 0: as fast as the channel carries them
    other_channels: bool = False  # where the channel does not reach a contact, another one may
    audience_name: str = ""  # of the segment, list or file, as shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch as lists show it; its audience is read apart, as a file's rows are many."""

    id: BatchId
    code: str  # for people: "B-2611-0042", numbered by month
    kind: BatchKind
    name: str
    status: BatchStatus
    reason: str = ""  # of an error, or of the time that is not allowed
    text: str
    files: tuple[BatchFile, ...] = ()
    options: BatchOptions = BatchOptions()
    file_name: str = ""
    channel_id: ChannelId
    team_id: TeamId | None = None
    user_id: UserId | None = None
    schedule_id: int | None = None
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None = None
    stopped_by_id: UserId | None = None
    filled: bool = False  # its recipients are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many recipients of a batch stand where. ``messages`` counts the queued ones by what their message shows."""

    recipients: Mapping[RecipientState, int] = field(default_factory=dict)
    messages: Mapping[DeliveryStatus, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Every intended recipient, rows that cannot be used included."""
        return sum(self.recipients.values())

    def of(self, state: RecipientState) -> int:
        """How many recipients are in ``state``."""
        return self.recipients.get(state, 0)

    @property
    def left(self) -> int:
        """Messages that went out, or may have."""
        return sum(number for status, number in self.messages.items() if status in LEFT)

    @property
    def waiting(self) -> int:
        """Messages that may still leave, and recipients who were not asked about yet."""
        open_messages = sum(number for status, number in self.messages.items() if status in ON_THE_WAY)
        return open_messages + self.of(RecipientState.WAITING)

    @property
    def failed(self) -> int:
        """Messages that cannot leave any more, or did not arrive."""
        return sum(number for status, number in self.messages.items() if status in LOST)

    @property
    def gone(self) -> int:
        """Messages that were deleted since, with their conversations."""
        return self.of(RecipientState.QUEUED) - sum(self.messages.values())

    @property
    def cancelled(self) -> int:
        """What was called off, as a recipient or as a message."""
        return self.of(RecipientState.CANCELLED) + self.messages.get(DeliveryStatus.CANCELLED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One intended recipient of a batch."""

    id: int
    batch_id: BatchId
    state: RecipientState
    contact_id: ContactId | None = None  # None: a row of a file that names nobody
    conversation_id: ConversationId | None = None
    address_id: AddressId | None = None
    reason_code: str = ""
    reason: str = ""
    message_id: EntryId | None = None
    line: int = 0  # of the file
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What the gate says of one recipient beforehand."""

    contact_id: ContactId | None  # None: somebody new, or a row that cannot be used
    name: str
    address: str  # normalised; "" where there is none
    channel_id: ChannelId | None
    kind: GateKind  # GO, HOLD or REFUSE
    code: str = ""  # of the reason: "opted_out", "no_address", "duplicate", "outside_hours", ...
    sentence: str = ""
    text: str = ""  # as it would leave
    segments: int = 0  # 0: the channel does not count them
    line: int = 0  # of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would happen to everybody, in the order of sending. Nothing was stored."""

    recipients: tuple[Intended, ...]
    price: float | None = None  # of one segment; None: not set, and then no cost is shown
    currency: str = ""

    def count(self, kind: GateKind) -> int:
        """How many are let go, held or refused."""
        return sum(1 for one in self.recipients if one.kind is kind)

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many are not let go, by reason code; they sum to the difference."""
        found: dict[str, int] = {}
        for one in self.recipients:
            if one.kind is not GateKind.GO:
                found[one.code] = found.get(one.code, 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def segments(self) -> int:
        """Segments of everything that would leave."""
        return sum(one.segments for one in self.recipients if one.kind is GateKind.GO)

    @property
    def cost(self) -> float | None:
        """Price of these segments; None where no price is set."""
        return None if self.price is None else round(self.price * self.segments, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """How far a batch is, for a progress bar: ``done`` of ``total`` recipients are settled."""

    status: BatchStatus
    total: int
    done: int


def audience_to_json(audience: Audience) -> dict[str, Any]:
    """Return an audience as the store keeps it."""
    match audience:
        case SegmentAudience():
            return {"kind": "segment", "filter": to_json(audience.filter), "name": audience.name}
        case ListAudience():
            return {"kind": "list", "list": audience.list_id, "name": audience.name}
        case ContactsAudience():
            return {"kind": "contacts", "contacts": list(audience.contact_ids)}
        case FileAudience():
            rows = [[row.line, row.scheme, row.path, row.name, dict(row.variables)] for row in audience.rows]
            bad = [[row.line, row.code, row.reason, row.shown] for row in audience.bad]
            return {
                "kind": "file",
                "file": audience.file_name,
                "rows": rows,
                "bad": bad,
                "create": audience.create,
            }


def audience_from_json(stored: Mapping[str, Any]) -> Audience:
    """Return the audience that was kept. Raises ValueError for what no program of ours wrote."""
    kind = stored.get("kind")
    if kind == "segment":
        return SegmentAudience(filter=from_json(stored["filter"]), name=stored.get("name", ""))
    if kind == "list":
        return ListAudience(list_id=ContactListId(stored["list"]), name=stored.get("name", ""))
    if kind == "contacts":
        return ContactsAudience(contact_ids=tuple(ContactId(one) for one in stored["contacts"]))
    if kind == "file":
        return FileAudience(
            file_name=stored["file"],
            rows=tuple(
                FileRow(line=line, scheme=Scheme(scheme), path=path, name=name, variables=values)
                for line, scheme, path, name, values in stored["rows"]
            ),
            bad=tuple(
                BadRow(line=line, code=code, reason=reason, shown=shown) for line, code, reason, shown in stored["bad"]
            ),
            create=bool(stored["create"]),
        )
    raise ValueError(f"unknown audience {kind!r}")


def options_to_json(options: BatchOptions) -> dict[str, Any]:
    """Return options as the store keeps them."""
    return {"pace": options.pace, "other_channels": options.other_channels, "audience_name": options.audience_name}


def options_from_json(stored: Mapping[str, Any]) -> BatchOptions:
    """Return the options that were kept; what is missing has its default."""
    return BatchOptions(
        pace=int(stored.get("pace", 0)),
        other_channels=bool(stored.get("other_channels", False)),
        audience_name=str(stored.get("audience_name", "")),
    )


def files_to_json(files: Sequence[BatchFile]) -> dict[str, Any]:
    """Return files as the store keeps them."""
    return {"files": [asdict(file) for file in files]}


def files_from_json(stored: Mapping[str, Any]) -> tuple[BatchFile, ...]:
    """Return the files that were kept."""
    return tuple(BatchFile(**file) for file in stored.get("files", ()))


def audience_name(audience: Audience) -> str:
    """Return what an audience is called where batches are listed."""
    match audience:
        case SegmentAudience() | ListAudience():
            return audience.name
        case FileAudience():
            return audience.file_name
        case ContactsAudience():
            number = len(audience.contact_ids)
            return f"{number:,} contact{'' if number == 1 else 's'}"
