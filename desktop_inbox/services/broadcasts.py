"""BroadcastService: one text to many: whom it would reach, the dry run, and the batch that is made of it."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from desktop_inbox.errors import InboxError, NotFoundError
from desktop_inbox.models.entities.batch import (
    Audience,
    Batch,
    BatchFile,
    BatchKind,
    BatchOptions,
    BatchProgress,
    BatchStatus,
    ContactsAudience,
    Counts,
    DryRun,
    FileAudience,
    Intended,
    Recipient,
    RecipientState,
    audience_name,
    audience_to_json,
    files_to_json,
    options_to_json,
)
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import BatchId, ChannelId, ContactId, EntryId, ScheduleId, UserId
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import addresses, batch_moves, broadcast_keeping, variables
from . import broadcast_people as people
from .batch_stop import stop_rest
from .broadcast_drafts import BroadcastDraft, Sample, channel_of, check_draft
from .broadcast_dry_run import Looker
from .broadcast_files import ADDRESS, IGNORE, NAME, VARIABLE, FileColumns, guess_columns, read_rows
from .broadcast_keeping import KeptBroadcast
from .broadcast_timing import closed_here, decision_about, may_be_untimely
from .enqueue import Enqueue
from .gate import Gate, capabilities_of
from .import_reading import Sheet, read_sheet
from .new_message import NewMessage
from .outbox import FileOf, no_files
from .plain_text import clean_name
from .prices import Price, price_of
from .team_channels import SendingChoices, need_channel, need_team, sending_choices, team_of
from .zones import zone_of

__all__ = ["ADDRESS", "IGNORE", "NAME", "VARIABLE", "BroadcastDraft", "BroadcastService", "FileColumns", "Sample"]

#: Told (how many recipients are done, of how many), on the event loop.
Progress = Callable[[int, int], None]

_CHUNK: Final = 500
_LONGEST_NAME: Final = 200


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


class BroadcastService:
    """Broadcasts of one user. ``wake`` is told when something is due at once."""

    def __init__(
        self,
        store: Store,
        *,
        user_id: UserId,
        region: Callable[[], str] = lambda: "",
        file_of: FileOf = no_files,
        gate: Gate | None = None,
        capabilities: Callable[[Channel], Capabilities] = capabilities_of,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._user_id = user_id
        self._region = region
        self._file_of = file_of
        self._enqueue = Enqueue(gate or Gate(), capabilities=capabilities)
        self._capabilities = capabilities
        self._wake = wake

    # -- what is being written

    async def keep(self, kept: KeptBroadcast | None) -> None:
        """Keep what this person writes, in place of what was kept before; None for nothing."""
        await self._store.run(lambda work: broadcast_keeping.keep(work, kept, user_id=self._user_id))

    async def kept(self) -> KeptBroadcast | None:
        """Return what this person wrote and did not send."""
        return await self._store.read(lambda work: broadcast_keeping.kept_by(work, self._user_id))

    # -- files

    async def read_file(self, path: Path, *, has_header: bool | None = None) -> Sheet:
        """Return the table in a CSV file. Raises InvalidInputError when it is none."""
        return await asyncio.to_thread(read_sheet, path, has_header=has_header)

    def guess_columns(self, sheet: Sheet) -> FileColumns:
        """Return what each column most likely is."""
        return guess_columns(sheet)

    async def map_columns(
        self, sheet: Sheet, columns: FileColumns, *, channel_id: ChannelId, create: bool = True
    ) -> FileAudience:
        """Return the rows that can be used and, with their reasons, those that cannot: no address, an address that is
        none, a number that stood on an earlier line, and, unless ``create``, numbers of nobody."""

        def schemes(work: Work) -> tuple[Scheme, ...]:
            return tuple(self._capabilities(channel_of(work, channel_id)).schemes)

        reached, region = await self._store.read(schemes), self._region()
        found = await asyncio.to_thread(read_rows, sheet, columns, schemes=reached, region=region, create=create)
        return found if create else await self._store.read(lambda work: people.known_rows(work, found))

    # -- beforehand

    async def choices(self) -> SendingChoices:
        """Return for which teams this person may send, and by which channels each of them does."""
        return await self._store.read(lambda work: sending_choices(work, self._user_id))

    async def audience_count(self, audience: Audience) -> int:
        """Return how many recipients an audience has at this moment."""
        return await self._store.read(lambda work: people.count(work, audience, user_id=self._user_id))

    async def dry_run(
        self,
        draft: BroadcastDraft,
        *,
        at: datetime | None = None,
        progress: Progress = _no_progress,
        cancelled: Callable[[], bool] = _never,
    ) -> DryRun:
        """Return for every recipient what the gate would say; nothing is stored. ``at``: when it would leave, where
        that is not now. Raises InboxError "broadcast_cancelled" when ``cancelled`` before the end, InvalidInputError
        "team_channel" for a channel of other teams."""
        draft = await self._with_files(draft)

        def whom(work: Work) -> Sequence[people.Wish]:
            need_team(work, draft.team_id, user_id=self._user_id)
            need_channel(work, draft.channel_id, team_id=draft.team_id, user_id=self._user_id)
            return people.wishes(work, draft.audience, user_id=self._user_id)

        wishes = await self._store.read(whom)
        looker = self._looker(draft, at)
        found: list[Intended] = []
        for begin in range(0, len(wishes), _CHUNK):
            if cancelled():
                raise InboxError("broadcast_cancelled", "The dry run was cancelled; nothing was sent.")
            chunk = wishes[begin : begin + _CHUNK]
            found += await self._store.read(lambda work, chunk=chunk: looker.look(work, chunk))  # type: ignore[misc]
            progress(len(found), len(wishes))
        price, currency = await self._store.read(lambda work: self._price(work, draft))
        return DryRun(recipients=tuple(found), price=price, currency=currency)

    async def look_at(self, draft: BroadcastDraft, at: datetime) -> GateDecision:
        """Return what a person is to be asked before this is saved for a moment: whom the time does not suit (D-07)."""
        if not await self._store.read(lambda work: may_be_untimely(work, draft, self._capabilities)):
            return GateDecision(kind=GateKind.GO)
        found = (await self.dry_run(draft, at=at)).recipients
        if not found:
            return await self._store.read(lambda work: closed_here(work, draft, at, user_id=self._user_id))
        return decision_about(found)

    async def preview(self, draft: BroadcastDraft, contact_id: ContactId) -> Intended:
        """Return how the message to one contact would read and leave. Raises NotFoundError."""
        draft = await self._with_files(replace(draft, audience=ContactsAudience(contact_ids=(contact_id,))))

        def look(work: Work) -> Intended:
            if work.contacts.get(contact_id) is None:
                raise NotFoundError("contact_missing", "The contact does not exist any more.")
            (found,) = self._looker(draft, None).look(work, (people.Wish(contact_id=contact_id),))
            return found

        return await self._store.read(look)

    async def sample(self, draft: BroadcastDraft, *, at: datetime | None = None, limit: int = 25) -> Sample:
        """Return how many recipients an audience has at this moment, and what the first ``limit`` would get, now or
        ``at`` another moment."""
        draft = await self._with_files(draft)

        def look(work: Work) -> Sample:
            found = people.wishes(work, draft.audience, user_id=self._user_id)
            usable = [wish for wish in found if wish.bad is None]
            price, currency = self._price(work, draft)
            first = tuple(self._looker(draft, at).look(work, usable[:limit]))
            return Sample(count=len(usable), first=first, price=price, currency=currency)

        return await self._store.read(look)

    def _price(self, work: Work, draft: BroadcastDraft) -> Price:
        return price_of(work, work.channels.get(draft.channel_id), self._capabilities)

    def _looker(self, draft: BroadcastDraft, at: datetime | None) -> Looker:
        return Looker(
            self._enqueue,
            text=draft.text,
            files=draft.files,
            channel_id=draft.channel_id,
            others=draft.other_channels,
            create=not isinstance(draft.audience, FileAudience) or draft.audience.create,
            user_id=self._user_id,
            team_id=draft.team_id,
            capabilities=self._capabilities,
            at=at,
        )

    async def test_send(self, draft: BroadcastDraft, address: str, *, like: ContactId | None = None) -> EntryId:
        """Send the text once to ``address``, such as one's own number, with the values of contact ``like``; it is an
        ordinary message and no batch. Raises InvalidInputError for what is no address, GateRefusedError."""
        draft = await self._with_files(draft)
        channel = await self._store.read(lambda work: channel_of(work, draft.channel_id))
        schemes = sorted(self._capabilities(channel).schemes, key=list(Scheme).index)
        scheme, path = await asyncio.to_thread(addresses.first_of, schemes, address, region=self._region())

        def send(work: Work) -> EntryId:
            sender = work.contacts.sender(scheme, path) or work.contacts.add_sender(scheme, path)
            new = NewMessage(
                conversation_id=sender.conversation_id,
                text=self._as_for(work, draft, like),
                channel_id=draft.channel_id,
                address_id=sender.address_id,
                client_uuid=str(uuid.uuid4()),
                files=tuple(people.outgoing(file) for file in draft.files),
                sender_id=self._user_id,
            )
            return self._enqueue.one(work, new)

        return await self._store.run(send)

    def _as_for(self, work: Work, draft: BroadcastDraft, like: ContactId | None) -> str:
        """The text with the values of somebody of the audience; what has none stays as it is written."""
        values: dict[str, str] = {}
        if isinstance(draft.audience, FileAudience) and draft.audience.rows:
            values |= {f"row.{slug}": value for slug, value in draft.audience.rows[0].variables.items()}
        contact = None if like is None else work.contacts.get(like)
        if contact is not None:
            found = work.batches.existing_conversations([contact.id])
            talk = found.get(contact.id) or people.stranger(contact.id)
            values |= variables.facts_of(work, talk, contact, work.now()).values
        known = variables.VariableFacts(values=values)
        return variables.resolve(draft.text, known, editable=True).text

    # -- the batch

    async def create(self, draft: BroadcastDraft, *, at: datetime | None = None) -> BatchId:
        """Make a batch that is processed now or at a moment (UTC). Raises InvalidInputError for a draft that could
        reach nobody: no text, no such channel or one of other teams, a file without a usable row, a pace out of
        range; PermissionDeniedError for a team of others."""
        draft = await self._with_files(draft)
        kind = BatchKind.FILE if isinstance(draft.audience, FileAudience) else BatchKind.BROADCAST

        def create(work: Work) -> BatchId:
            need_team(work, draft.team_id, user_id=self._user_id)
            return self.create_in(work, draft, at=at or work.now(), kind=kind, user_id=self._user_id)

        made = await self._store.run(create)
        self._wake()
        return made

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
        check_draft(work, draft)
        need_channel(work, draft.channel_id, team_id=draft.team_id, user_id=user_id)
        team = team_of(work, draft.team_id, user_id)  # kept as it is now: people change teams (S5-23)
        shown = audience_name(draft.audience)
        options = BatchOptions(pace=draft.pace, other_channels=draft.other_channels, audience_name=shown)
        return work.batches.add(
            month=work.now().astimezone(zone_of(work)).strftime("%y%m"),
            kind=kind,
            name=clean_name(draft.name) or shown[:_LONGEST_NAME],
            status=BatchStatus.PROGRAMMED,
            text=draft.text,
            files=files_to_json(draft.files),
            audience=audience_to_json(draft.audience),
            options=options_to_json(options),
            file_name=draft.audience.file_name if isinstance(draft.audience, FileAudience) else "",
            channel_id=draft.channel_id,
            team_id=None if team is None else team.id,
            user_id=user_id,
            schedule_id=schedule_id,
            created_at=work.now(),
            due_at=at,
        )

    async def _with_files(self, draft: BroadcastDraft) -> BroadcastDraft:
        if not draft.attachment_paths:
            return draft
        found = await asyncio.to_thread(lambda: [self._file_of(path) for path in draft.attachment_paths])
        staged = tuple(
            BatchFile(
                sha256=file.sha256,
                media_type=file.media_type,
                size=file.size,
                name=file.name,
                width=file.width,
                height=file.height,
            )
            for file in found
        )
        return replace(draft, files=(*draft.files, *staged), attachment_paths=())

    async def cancel(self, batch_id: BatchId) -> None:
        """Call a batch off while it is programmed, processing or in a blocked time. Raises InvalidInputError with the
        reason when it is sending or done (S5-14)."""
        await self._store.run(lambda work: batch_moves.cancel(work, batch_id, user_id=self._user_id))
        await stop_rest(self._store, batch_id)

    async def stop(self, batch_id: BatchId) -> Counts:
        """Stop a batch at any moment: what left stays, everything else is cancelled. Returns what came of it."""
        await self._store.run(lambda work: batch_moves.stop(work, batch_id, user_id=self._user_id))
        await stop_rest(self._store, batch_id)
        return (await self.counts((batch_id,)))[batch_id]

    async def move_to(self, batch_id: BatchId, at: datetime) -> None:
        """Process a programmed batch, or the rest of one in a blocked time, at another moment (UTC). Raises
        InvalidInputError when nothing of it waits."""
        await self._store.run(lambda work: batch_moves.move_to(work, batch_id, at, user_id=self._user_id))
        self._wake()

    # -- what became of it

    async def get(self, batch_id: BatchId) -> Batch:
        """Return a batch. Raises NotFoundError."""
        return await self._store.read(lambda work: batch_moves.existing(work.batches.get(batch_id)))

    async def by_code(self, code: str) -> Batch:
        """Return the batch of a code, whatever its case. Raises NotFoundError."""
        return await self._store.read(lambda work: batch_moves.existing(work.batches.by_code(code.strip().upper())))

    async def latest(self, *, limit: int = 50) -> Sequence[Batch]:
        """Return the newest batches first."""
        return await self._store.read(lambda work: work.batches.latest(limit))

    async def counts(self, batch_ids: Sequence[BatchId]) -> Mapping[BatchId, Counts]:
        """Return the counts of batches."""
        return await self._store.read(lambda work: work.batches.counts(batch_ids))

    async def progress(self, batch_id: BatchId) -> BatchProgress:
        """Return how far a batch is. Raises NotFoundError."""

        def read(work: Work) -> BatchProgress:
            batch = batch_moves.existing(work.batches.get(batch_id))
            counts = work.batches.counts([batch_id])[batch_id]
            asked = counts.total - counts.of(RecipientState.WAITING)
            processing = batch.status in (BatchStatus.PROGRAMMED, BatchStatus.PROCESSING)
            done = asked if processing else counts.total - counts.waiting
            return BatchProgress(status=batch.status, total=counts.total, done=done)

        return await self._store.read(read)

    async def recipients(self, batch_id: BatchId, *, after: int = 0, limit: int = 500) -> tuple[Recipient, ...]:
        """Return recipients in their order, those behind ``after`` (the last id that was read)."""
        return await self._store.read(lambda work: work.batches.recipients(batch_id, after=after, limit=limit))
