"""BatchJob: turns batches whose time has come into messages, a chunk at a time, and says when they are done.

Each chunk is one transaction under a lease, and the same recipient always makes the same message: whoever is killed
at any point, the next one goes on where the last commit was. Between two chunks typed replies get their turn.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from desktop_inbox.errors import InvalidInputError, NotFoundError, StoreError
from desktop_inbox.models.entities.batch import Batch, BatchStatus, FileAudience, Recipient, RecipientState
from desktop_inbox.models.entities.batch import audience_to_json as to_json
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import Contact, ContactAddress
from desktop_inbox.models.entities.ids import BatchId, ContactId, ConversationId, EntryId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import OUTSIDE_HOURS, GateDecision, GateKind
from desktop_inbox.models.repositories.batches import Settled
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import broadcast_people as people
from .batch_stop import stop_rest
from .drips import LATE
from .enqueue import Enqueue
from .gate import Gate, capabilities_of
from .new_message import NewMessage
from .scheduler import CaughtUp, after_arrivals, nothing_came
from .team_channels import channels_of, need_channel

CHUNK: Final = 500  # recipients in one transaction
LEASE: Final = timedelta(seconds=60)
#: Of a channel's settings: messages of a broadcast per minute; "" for as fast as it carries them.
PACE_SETTING: Final = "broadcast_pace"
_BUDGET: Final = 2.0  # seconds after which other jobs have their turn
_LOOKS: Final = 5  # tries more at a chunk of which somebody went away meanwhile

_CHANNEL: Final = {
    ChannelState.PAUSED: "The channel is paused.",
    ChannelState.BROKEN: "The channel cannot send at the moment.",
    ChannelState.REMOVED: "The channel was removed.",
}
_NOBODY: Final = "The audience had nobody at this moment."
_ALL_REFUSED: Final = "None of the recipients could be written to."
_NOTHING_LEFT: Final = "No message could be handed over to the provider."
_MISSED: Final = "Its time passed while no computer was on. Move it to another time, or cancel it."
_UNEXPECTED: Final = "It could not be processed; the log of this computer says why."

_log = logging.getLogger(__name__)


class BatchJob:
    """Does what is due by now, for at most a few seconds; ``again`` asks to be called once more soon."""

    def __init__(
        self,
        store: Store,
        *,
        gate: Gate | None = None,
        capabilities: Callable[[Channel], Capabilities] = capabilities_of,
        again: Callable[[], None] = lambda: None,
        caught_up: CaughtUp = nothing_came,
        budget: float = _BUDGET,
    ) -> None:
        self._store = store
        self._enqueue = Enqueue(gate or Gate(), capabilities=capabilities)
        self._capabilities = capabilities
        self._again = again
        self._caught_up = caught_up
        self._budget = budget
        #: Up to which recipient each batch was asked about in this pass; one that is moved begins anew.
        self._places: dict[tuple[BatchId, datetime], int] = {}
        #: The turn of whoever comes next in each batch that has a pace: those whom the gate refuses have one as well.
        self._turns: dict[tuple[BatchId, datetime], int] = {}
        self._turn = 0  # the same for the chunk that is being written, which the database may ask for once more

    async def __call__(self) -> None:
        """Finish what was stopped, process what is due, and see what is done."""
        until = time.monotonic() + self._budget
        for batch_id in await self._store.read(lambda work: work.batches.stopping()):
            await stop_rest(self._store, batch_id)
        if await self._store.read(lambda work: work.batches.is_later_due(work.outbox.now())):
            await after_arrivals(self._caught_up)
        while await self._store.read(lambda work: work.batches.has_work(work.outbox.now(), work.instance)):
            batch = await self._store.run(self._take)
            if batch is None:
                break
            await self._process(batch, until)
            if time.monotonic() >= until:
                self._again()
                return
        await self._settle()

    @staticmethod
    def _take(work: Work) -> Batch | None:
        """The next one to process. What should have been done long ago surprises people: it asks instead (P10)."""
        at = work.outbox.now()
        while (batch := work.batches.take(owner=work.instance, at=at, until=at + LEASE)) is not None:
            if at - batch.due_at <= LATE:
                return batch
            work.batches.finish(batch.id, BatchStatus.BLOCKED_TIME, reason=_MISSED)
        return None

    async def _process(self, batch: Batch, until: float) -> None:
        try:
            await self._store.read(lambda work: _need_channel(work, batch))
            if not batch.filled:
                await self._fill(batch)
            await self._queue(batch, until)
        except InvalidInputError as error:
            await self._fail(batch, error.message)
        except StoreError:
            raise  # the next look goes on
        except Exception:
            await self._fail(batch, _UNEXPECTED)
            raise

    async def _fail(self, batch: Batch, reason: str) -> None:
        def fail(work: Work) -> None:
            if self._keep(work, batch.id):
                work.batches.finish(batch.id, BatchStatus.ERROR, reason=reason)

        await self._store.run(fail)

    @staticmethod
    def _keep(work: Work, batch_id: BatchId) -> bool:
        """Whether this process still works on it; somebody may have stopped it, or taken it over."""
        return work.batches.keep(batch_id, owner=work.instance, until=work.outbox.now() + LEASE)

    # -- whom

    async def _fill(self, batch: Batch) -> None:
        def who(work: Work) -> tuple[Sequence[people.Wish], bool]:
            need_channel(work, batch.channel_id, team_id=batch.team_id, user_id=batch.user_id)
            audience = work.batches.audience(batch.id)
            create = not isinstance(audience, FileAudience) or audience.create
            return people.wishes(work, audience, user_id=batch.user_id), create

        wishes, create = await self._store.read(who)
        for begin in range(0, len(wishes), CHUNK):
            chunk = wishes[begin : begin + CHUNK]
            if not await self._store.run(lambda work, chunk=chunk: self._add(work, batch, chunk, create=create)):  # type: ignore[misc]
                return
        await self._store.run(lambda work: self._filled(work, batch))

    def _add(self, work: Work, batch: Batch, chunk: Sequence[people.Wish], *, create: bool) -> bool:
        if not self._keep(work, batch.id):
            return False
        work.announce_in_bulk()
        found = people.recipients(work, chunk, self._reach(work, batch), create=create)
        work.batches.add_recipients(batch.id, found)
        return True

    def _filled(self, work: Work, batch: Batch) -> None:
        if not self._keep(work, batch.id):
            return
        audience = work.batches.audience(batch.id)
        if isinstance(audience, FileAudience):  # its rows are the recipients now
            work.batches.change(batch.id, audience=to_json(replace(audience, rows=(), bad=())))
        work.batches.change(batch.id, filled_at=work.now())

    def _reach(self, work: Work, batch: Batch) -> people.Reach:
        others = batch.options.other_channels
        only = channels_of(work, team_id=batch.team_id, user_id=batch.user_id) if others else frozenset()
        return people.Reach(work, batch.channel_id, others=others, only=only, capabilities=self._capabilities)

    # -- the gate and the outbox

    async def _queue(self, batch: Batch, until: float) -> None:
        key = batch.id, batch.due_at
        while True:
            place = self._places.get(key, 0)
            last = await self._next_chunk(batch.id, place)
            if last is None:
                self._places.pop(key, None)
                self._turns.pop(key, None)
                return
            self._places[key], self._turns[key] = last, self._turn
            if time.monotonic() >= until:
                return

    async def _next_chunk(self, batch_id: BatchId, after: int) -> int | None:
        """Queue a chunk; where somebody deleted or merged one of its contacts while it was looked at, look again."""
        for _ in range(_LOOKS):
            with contextlib.suppress(NotFoundError):
                return await self._store.run(lambda work: self._queue_chunk(work, batch_id, after))
        return await self._store.run(lambda work: self._queue_chunk(work, batch_id, after))

    def _queue_chunk(self, work: Work, batch_id: BatchId, after: int) -> int | None:
        """Ask the gate about the next recipients behind ``after`` and queue those whom it lets go; returns up to whom,
        None when there is nobody left."""
        batch = work.batches.get(batch_id) if self._keep(work, batch_id) else None
        if batch is None:
            return None
        _need_channel(work, batch)  # it may have broken just now; nobody is left out for that
        waiting = work.batches.waiting(batch_id, after=after, limit=CHUNK)
        if not waiting:
            self._end_of_queueing(work, batch)
            return None
        contacts = _contacts(work, waiting)
        news, answers = self._messages(work, batch, waiting, contacts)
        known = {contact.id: contact for contact, _address in contacts.values()}
        queued = self._enqueue.many(work, list(news.values()), people=known)
        for key, answer in zip(news, queued, strict=True):
            answers[key] = _settled(key, answer, news[key].conversation_id)
        work.batches.settle([answers[one.id] for one in waiting])
        return waiting[-1].id

    def _messages(
        self,
        work: Work,
        batch: Batch,
        waiting: Sequence[Recipient],
        contacts: Mapping[int, tuple[Contact, ContactAddress]],
    ) -> tuple[dict[int, NewMessage], dict[int, Settled]]:
        """The messages to recipients, and what became of those who get none."""
        reach = self._reach(work, batch)
        talks = work.batches.conversations_of([contact.id for contact, _address in contacts.values()])
        key = batch.id, batch.due_at
        delay = _Delay(work, batch, reach.main, turn=self._turns.get(key, 0))
        served = work.batches.served(batch.id, [contact.id for contact, _address in contacts.values()])
        news: dict[int, NewMessage] = {}
        answers: dict[int, Settled] = {}
        for one in waiting:
            contact, address = contacts.get(one.id, (None, None))
            channel = None if address is None else reach.channel_to(address.scheme)
            if contact is not None and not one.line and contact.id in served:  # two of them turned out to be one
                code, reason = people.SERVED
                answers[one.id] = Settled(recipient_id=one.id, state=RecipientState.SKIPPED, code=code, reason=reason)
                continue
            if contact is None or address is None or channel is None:
                code, reason = people.GONE if address is None else people.NO_ADDRESS
                answers[one.id] = Settled(recipient_id=one.id, state=RecipientState.SKIPPED, code=code, reason=reason)
                continue
            served.add(contact.id)
            news[one.id] = people.message(
                text=batch.text,
                files=batch.files,
                conversation_id=talks[contact.id],
                channel_id=channel.id,
                address_id=address.id,
                batch_id=batch.id,
                user_id=batch.user_id,
                values=dict(one.variables),
                delay=delay.next(),
            )
        self._turn = delay.turn
        return news, answers

    @staticmethod
    def _end_of_queueing(work: Work, batch: Batch) -> None:
        counts = work.batches.counts([batch.id])[batch.id]
        waiting = counts.of(RecipientState.WAITING)
        if waiting:
            reason = f"{waiting:,} of {counts.total:,} recipients may not be written to at this time."
            work.batches.finish(batch.id, BatchStatus.BLOCKED_TIME, reason=reason)
        elif counts.of(RecipientState.QUEUED):
            work.batches.finish(batch.id, BatchStatus.SENDING)
        else:
            work.batches.finish(batch.id, BatchStatus.ERROR, reason=_ALL_REFUSED if counts.total else _NOBODY)

    # -- what is done

    async def _settle(self) -> None:
        """Say of batches that are sending, or wait for an allowed time, what became of them."""

        def changed(work: Work) -> list[tuple[BatchId, BatchStatus, str]]:
            open_ones = work.batches.in_status(BatchStatus.SENDING, BatchStatus.BLOCKED_TIME)
            found = [(one, *_status_now(work, one)) for one in open_ones]
            return [(one.id, status, reason) for one, status, reason in found if status is not one.status]

        for batch_id, _status, _reason in await self._store.read(changed):
            await self._store.run(lambda work, key=batch_id: _settle_one(work, key))  # type: ignore[misc]


class _Delay:
    """When each message of a batch is due, where it has a pace: one after the other from its beginning."""

    def __init__(self, work: Work, batch: Batch, channel: Channel | None, *, turn: int) -> None:
        """``turn``: the number, counted from its beginning, of whoever comes next at the earliest."""
        self._now = work.now()
        pace = batch.options.pace or _pace_of(channel)
        self._step = timedelta(minutes=1) / pace if pace else timedelta(0)
        self._begin = min(work.batches.begin_of_queueing(batch.id) or self._now, self._now)  # a clock may be set back
        self.turn = max(turn, work.batches.queued_since(batch.id, self._begin)) if pace else 0

    def next(self) -> timedelta:
        due = self._begin + self.turn * self._step
        self.turn += 1
        return max(due - self._now, timedelta(0)) if self._step else timedelta(0)


def _need_channel(work: Work, batch: Batch) -> None:
    channel = work.channels.get(batch.channel_id)
    if channel is None or channel.state is not ChannelState.ACTIVE:
        state = ChannelState.REMOVED if channel is None else channel.state
        raise InvalidInputError("broadcast_channel", _CHANNEL[state])


def _pace_of(channel: Channel | None) -> int:
    chosen = "" if channel is None else channel.settings.get(PACE_SETTING, "").strip()
    return int(chosen) if chosen.isascii() and chosen.isdigit() else 0


def _contacts(work: Work, waiting: Sequence[Recipient]) -> dict[int, tuple[Contact, ContactAddress]]:
    """Whom recipients are now: an address may belong to somebody else since contacts were merged."""
    ids = sorted({one.contact_id for one in waiting if one.contact_id is not None})
    known = {contact.id: contact for contact in work.contacts.many(ids)}
    found: dict[int, tuple[Contact, ContactAddress]] = {}
    for one in waiting:
        contact = None if one.contact_id is None else known.get(one.contact_id)
        address = _of(contact, one)
        if address is None and one.address_id is not None:
            moved = work.contacts.address(one.address_id)
            contact = None if moved is None else work.contacts.get(ContactId(moved.contact_id))
            address = _of(contact, one)
        if contact is not None and address is not None:
            found[one.id] = contact, address
    return found


def _of(contact: Contact | None, one: Recipient) -> ContactAddress | None:
    if contact is None:
        return None
    return next((address for address in contact.addresses if address.id == one.address_id), None)


def _settled(key: int, answer: int | GateDecision, conversation_id: ConversationId) -> Settled:
    if not isinstance(answer, GateDecision):
        return Settled(
            recipient_id=key,
            state=RecipientState.QUEUED,
            message_id=EntryId(answer),
            conversation_id=conversation_id,
        )
    held = answer.kind is GateKind.HOLD
    return Settled(
        recipient_id=key,
        state=RecipientState.WAITING if held else RecipientState.SKIPPED,
        code=answer.code,
        reason=answer.sentence,
        conversation_id=conversation_id,
    )


def _settle_one(work: Work, batch_id: BatchId) -> None:
    batch = work.batches.locked(batch_id)
    if batch is None or batch.status not in (BatchStatus.SENDING, BatchStatus.BLOCKED_TIME):
        return
    status, reason = _status_now(work, batch)
    if status is not batch.status:
        work.batches.finish(batch_id, status, reason=reason)


def _status_now(work: Work, batch: Batch) -> tuple[BatchStatus, str]:
    """What a batch is of which everybody was asked about once, or that nobody could process in time."""
    if batch.status is BatchStatus.BLOCKED_TIME and not batch.filled:
        return batch.status, batch.reason
    waiting = work.batches.open_states(batch.id)
    outside = waiting.get((DeliveryStatus.HELD, OUTSIDE_HOURS), 0)
    if outside and outside == sum(waiting.values()):
        return BatchStatus.BLOCKED_TIME, f"{outside:,} messages may not leave at this time."
    if waiting:
        return (batch.status, batch.reason) if batch.status is BatchStatus.BLOCKED_TIME else (BatchStatus.SENDING, "")
    counts = work.batches.counts([batch.id])[batch.id]
    if counts.of(RecipientState.WAITING):
        return BatchStatus.BLOCKED_TIME, batch.reason
    if counts.left:
        return BatchStatus.SENT, ""
    if counts.failed or not (counts.cancelled or counts.gone):
        return BatchStatus.ERROR, _NOTHING_LEFT if counts.failed else _ALL_REFUSED
    return BatchStatus.CANCELLED, ""
