"""BroadcastService: one text to many: whom it would reach, the dry run, and the batch that is made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from desktop_inbox.models.entities.batch import (
    Audience,
    Batch,
    BatchFile,
    BatchKind,
    BatchProgress,
    Counts,
    DryRun,
    FileAudience,
    Intended,
    Recipient,
)
from desktop_inbox.models.entities.ids import BatchId, ChannelId, ContactId, EntryId, ScheduleId, TeamId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .import_reading import Sheet
from .settings import SettingsService

__all__ = ["BroadcastDraft", "BroadcastService", "FileColumns"]

#: Told (how many recipients are done, of how many), on the event loop.
Progress = Callable[[int, int], None]


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


#: What a column of a file becomes: the address, the name of a new contact, a variable of the text, or nothing.
ADDRESS: Final = "address"
NAME: Final = "name"
VARIABLE: Final = "variable"
IGNORE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumns:
    """What each column of a file is. A column that is VARIABLE is `$row.<slug>` in the text."""

    uses: tuple[str, ...]  # for each column ADDRESS (one), NAME, VARIABLE or IGNORE
    slugs: tuple[str, ...]  # for each column the name by which the text speaks of it: "first_name"


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


class BroadcastService:
    """Broadcasts of one user."""

    def __init__(self, store: Store, *, user_id: UserId, settings: SettingsService) -> None:
        self._store = store
        self._user_id = user_id
        self._settings = settings

    # -- files

    async def read_file(self, path: Path, *, has_header: bool | None = None) -> Sheet:
        """Return the table in a CSV file. Raises InvalidInputError when it is none."""
        raise NotImplementedError

    def guess_columns(self, sheet: Sheet) -> FileColumns:
        """Return what each column most likely is."""
        raise NotImplementedError

    async def map_columns(
        self, sheet: Sheet, columns: FileColumns, *, channel_id: ChannelId, create: bool = True
    ) -> FileAudience:
        """Return the rows that can be used and, with their reasons, those that cannot: no address, an address that is
        none, a number that stood on an earlier line, and, unless ``create``, numbers of nobody."""
        raise NotImplementedError

    # -- beforehand

    async def audience_count(self, audience: Audience) -> int:
        """Return how many recipients an audience has at this moment."""
        raise NotImplementedError

    async def dry_run(
        self,
        draft: BroadcastDraft,
        *,
        at: datetime | None = None,
        progress: Progress = _no_progress,
        cancelled: Callable[[], bool] = _never,
    ) -> DryRun:
        """Return for every recipient what the gate would say; nothing is stored. ``at``: when it would leave, where
        that is not now. Raises InboxError "broadcast_cancelled" when ``cancelled`` before the end."""
        raise NotImplementedError

    async def preview(self, draft: BroadcastDraft, contact_id: ContactId) -> Intended:
        """Return how the message to one contact would read and leave. Raises NotFoundError."""
        raise NotImplementedError

    async def test_send(self, draft: BroadcastDraft, address: str, *, like: ContactId | None = None) -> EntryId:
        """Send the text once to ``address``, such as one's own number, with the values of contact ``like``; it is an
        ordinary message and no batch. Raises InvalidInputError for what is no address, GateRefusedError."""
        raise NotImplementedError

    # -- the batch

    async def create(self, draft: BroadcastDraft, *, at: datetime | None = None) -> BatchId:
        """Make a batch that is processed now or at a moment (UTC). Raises InvalidInputError for a draft that could
        reach nobody: no text, no such channel, a file without a usable row, a pace out of range."""
        raise NotImplementedError

    def create_in(
        self,
        work: Work,
        draft: BroadcastDraft,
        *,
        at: datetime,
        kind: BatchKind,
        user_id: UserId | None,
        schedule_id: ScheduleId | None = None,
    ) -> BatchId:
        """The same within a transaction, for schedules; ``draft.files`` only, no staged ones."""
        raise NotImplementedError

    async def cancel(self, batch_id: BatchId) -> None:
        """Call a batch off while it is programmed, processing or in a blocked time. Raises InvalidInputError with the
        reason when it is sending or done (S5-14)."""
        raise NotImplementedError

    async def stop(self, batch_id: BatchId) -> Counts:
        """Stop a batch at any moment: what left stays, everything else is cancelled. Returns what came of it."""
        raise NotImplementedError

    async def move_to(self, batch_id: BatchId, at: datetime) -> None:
        """Process a programmed batch, or the rest of one in a blocked time, at another moment (UTC). Raises
        InvalidInputError when nothing of it waits."""
        raise NotImplementedError

    # -- what became of it

    async def get(self, batch_id: BatchId) -> Batch:
        """Return a batch. Raises NotFoundError."""
        raise NotImplementedError

    async def by_code(self, code: str) -> Batch:
        """Return the batch of a code, whatever its case. Raises NotFoundError."""
        raise NotImplementedError

    async def latest(self, *, limit: int = 50) -> Sequence[Batch]:
        """Return the newest batches first."""
        raise NotImplementedError

    async def counts(self, batch_ids: Sequence[BatchId]) -> dict[BatchId, Counts]:
        """Return the counts of batches."""
        raise NotImplementedError

    async def progress(self, batch_id: BatchId) -> BatchProgress:
        """Return how far a batch is. Raises NotFoundError."""
        raise NotImplementedError

    async def recipients(self, batch_id: BatchId, *, after: int = 0, limit: int = 500) -> tuple[Recipient, ...]:
        """Return recipients in their order, those behind ``after`` (the last id that was read)."""
        raise NotImplementedError
