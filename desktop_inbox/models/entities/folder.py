"""Folder: where a message lies (FEATURES 1.1), and what its list shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .call import CallStatus
from .contact import Scheme
from .ids import BatchId, ChannelId, ContactId, ConversationId, EntryId, LabelId, entry_time
from .message import DeliveryStatus, Direction, ErrorOrigin, SenderKind


class Folder(StrEnum):
    """The fixed folders, in their order (S1-10). The database decides in which one a message lies."""

    INBOX = "inbox"
    FLOWS = "flows"
    ARCHIVED = "archived"
    OUTBOX = "outbox"
    SENT = "sent"
    CALLS = "calls"
    SCHEDULES = "schedules"
    FAILED = "failed"


#: What a list is of: a folder, or the label of that id.
Place = Folder | LabelId

#: Folders of incoming messages, which can be labelled and archived.
INCOMING = frozenset({Folder.INBOX, Folder.FLOWS, Folder.ARCHIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A word that people put on incoming messages; its count is of those not archived (S1-02)."""

    id: LabelId
    name: str
    messages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCounts:
    """How many each folder and each label lists."""

    folders: Mapping[Folder, int]
    labels: tuple[Label, ...] = ()

    def of(self, place: Place) -> int:
        """Return one count; 0 for a label that is gone."""
        if isinstance(place, Folder):
            return self.folders.get(place, 0)
        return next((label.messages for label in self.labels if label.id == place), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFilter:
    """What of a folder is wanted; everything by default. Times are UTC."""

    text: str = ""  # words of the message, or a part of the contact's name or address
    channel_id: ChannelId | None = None
    label_id: LabelId | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included
    with_files: bool = False
    statuses: frozenset[DeliveryStatus] = frozenset()
    missed: bool = False  # of calls
    folded: frozenset[BatchId] = frozenset()  # broadcasts of the outbox that stand as one row each (S1-16)

    @property
    def narrows(self) -> bool:
        """Whether anything is left out by what a person asked for."""
        return self != FolderFilter(folded=self.folded)


EVERYTHING = FolderFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCursor:
    """The last row of a page; the next page begins behind it. ``sent_at`` orders the folder Sent (S1-18)."""

    id: EntryId
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRow:
    """One message as a folder lists it: one row however many segments it took (S1-01)."""

    id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    direction: Direction
    folder: Folder
    text: str
    status: DeliveryStatus
    sender_kind: SenderKind
    sender_name: str = ""  # of the user who wrote it
    name: str = ""  # of the contact; "" where it has none
    scheme: Scheme | None = None
    path: str = ""  # the address it came from or went to
    channel_id: ChannelId | None = None
    channel_name: str = ""
    channel_kind: str = ""
    segments: int = 1
    files: int = 0
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    error_origin: ErrorOrigin | None = None
    error_code: str = ""
    error_text: str = ""
    labels: tuple[Label, ...] = ()
    batch_id: BatchId | None = None
    batch_contacts: int = 0  # whom the broadcast was meant for (S1-33)

    @property
    def occurred_at(self) -> datetime:
        """When it was said, UTC."""
        return entry_time(self.id)

    @property
    def shown_at(self) -> datetime:
        """What the list shows: when it was sent or failed, else when it was said."""
        if self.folder is Folder.SENT and self.sent_at is not None:
            return self.sent_at
        if self.folder is Folder.FAILED and self.failed_at is not None:
            return self.failed_at
        return self.occurred_at

    @property
    def cursor(self) -> FolderCursor:
        """Its place in the list."""
        return FolderCursor(id=self.id, sent_at=self.sent_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call as the folder Calls lists it (S1-20, S1-21)."""

    id: EntryId
    conversation_id: ConversationId
    contact_id: ContactId
    channel_id: ChannelId
    channel_name: str
    direction: Direction
    status: CallStatus
    missed: bool
    duration_seconds: int = 0
    reason: str = ""  # busy, no_answer, machine, provider
    name: str = ""
    scheme: Scheme | None = None
    path: str = ""  # whom to call back

    @property
    def occurred_at(self) -> datetime:
        """When it began, UTC."""
        return entry_time(self.id)

    def seconds(self, now: datetime) -> int:
        """Return how long it took, or takes so far."""
        if self.status is CallStatus.IN_PROGRESS:
            return max(0, int((now - self.occurred_at).total_seconds()))
        return 0 if self.missed else self.duration_seconds

    @property
    def cursor(self) -> FolderCursor:
        """Its place in the list."""
        return FolderCursor(id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedBroadcast:
    """A broadcast on top of the outbox: one row until somebody asks for its messages (S1-16)."""

    id: BatchId
    code: str
    text: str
    contacts: int  # whom it is meant for
    messages: int  # of it that lie in the outbox
    waiting: int = 0  # recipients that are no message yet


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPage:
    """Some rows of a folder in order: newest first."""

    rows: tuple[FolderRow | CallRow, ...]
    has_more: bool
    broadcasts: tuple[QueuedBroadcast, ...] = field(default=())  # of the outbox's first page only


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLook:
    """What the page of folders shows, read at one moment, so that every number is what is listed (D-18)."""

    counts: FolderCounts
    page: FolderPage
    total: int  # that match what is wanted, those of folded broadcasts included
    wanted: FolderFilter  # what the rows are of; further pages are read with it
