"""BlockedTimeService: messages and batches whose time is not allowed, and the one click that moves them (S5-17).

Nothing is put off by itself: what waits for its time waits for a person, and is asked about again when it comes.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import MessageChanged, MessageQueued
from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.ids import AddressId, BatchId, ConversationId, EntryId, TeamId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import CONSENT_FIRST, MOVED_TO_HOURS, OUTSIDE_HOURS, Move, OutboxEntry
from desktop_inbox.models.entities.team import AllowedHours
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .allowed_hours import next_allowed
from .limits import Limits, numbers_of
from .new_message import LIFE

_CHUNK = 500
MoveBatch = Callable[[BatchId, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of moving messages: their new moments (UTC), and those for which none is allowed."""

    moved: tuple[tuple[EntryId, datetime], ...] = ()
    never: tuple[EntryId, ...] = ()

    @property
    def first(self) -> datetime | None:
        """When the first of them leaves."""
        return min((at for _key, at in self.moved), default=None)


class BlockedTimeService:
    """Finds allowed moments, and moves to them."""

    def __init__(self, store: Store, *, user_id: UserId, move_batch: MoveBatch | None = None) -> None:
        self._store = store
        self._user_id = user_id
        self._move_batch = move_batch

    async def release_at_next(self, message_ids: Sequence[EntryId]) -> Released:
        """Let messages that are held for their time leave at the next moment allowed for each; others are left as they
        are. One of which the time is allowed by now leaves at once."""
        moved: list[tuple[EntryId, datetime]] = []
        never: list[EntryId] = []
        wanted = sorted(set(message_ids))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            some, none = await self._store.run(lambda work, chunk=chunk: release_at_next(work, chunk))  # type: ignore[misc]
            moved += some
            never += none
        return Released(moved=tuple(moved), never=tuple(never))

    async def next_of_batch(self, batch_id: BatchId) -> datetime | None:
        """Return the first moment (UTC) that is allowed for everybody who waits in a batch, else the first that is
        allowed for somebody; None where there is none within two months. Raises InvalidInputError when nobody waits."""
        return await self._store.read(lambda work: next_of_batch(work, batch_id))

    async def move_batch(self, batch_id: BatchId) -> datetime:
        """Move what waits of a batch to that moment, and return it. Raises InvalidInputError where there is none."""
        at = await self.next_of_batch(batch_id)
        if at is None or self._move_batch is None:
            raise InvalidInputError(
                "hours.never",
                "There is no moment within two months that is allowed for them.",
                hint="Change the allowed hours of the team or of the office.",
            )
        await self._move_batch(batch_id, at)
        return at

    async def warning(self, conversation_id: ConversationId, address_id: AddressId) -> str:
        """Return in one sentence that it is no time to write to somebody; "" where it is. What a person types leaves
        nevertheless."""
        return await self._store.read(lambda work: warning(work, conversation_id, address_id, self._user_id))


def release_at_next(work: Work, message_ids: Sequence[EntryId]) -> tuple[list[tuple[EntryId, datetime]], list[EntryId]]:
    """Move held messages to their next allowed moments; see ``BlockedTimeService.release_at_next``."""
    now = work.outbox.now()
    entries = work.outbox.of_messages(message_ids)
    ahead = [one.after_message_id for one in entries.values() if one.reason == CONSENT_FIRST and one.after_message_id]
    entries |= work.outbox.of_messages([key for key in ahead if key not in entries])
    held = [one for one in entries.values() if one.state is DeliveryStatus.HELD and one.reason == OUTSIDE_HOURS]
    limits, moves = Limits(work), list[Move]()
    where = limits.places(held)
    moved: list[tuple[EntryId, datetime]] = []
    never: list[EntryId] = []
    for one in held:
        at = limits.earliest_of(where.get(one.message_id, ()), now)
        if at is None:
            never.append(one.message_id)
            continue
        moved.append((one.message_id, at))
        moves.append(_moved(one, at, now))
    work.outbox.apply(moves)
    for move in moves:  # wakes whoever sends, and whoever shows it
        after = move.after
        work.announce(MessageQueued(message_id=after.message_id, conversation_id=after.conversation_id))
        work.announce(MessageChanged(message_id=after.message_id, conversation_id=after.conversation_id))
    return moved, never


def let_go(work: Work, message_id: EntryId) -> None:
    """Let a message leave at once that was held for its time; the gate is asked again before."""
    entry, now = work.outbox.of_message(message_id), work.outbox.now()
    if entry is not None and entry.state is DeliveryStatus.HELD and entry.reason in (OUTSIDE_HOURS, MOVED_TO_HOURS):
        work.outbox.apply((_moved(entry, now, now),))


def _moved(entry: OutboxEntry, at: datetime, now: datetime) -> Move:
    life = {"due_at": at, "expires_at": max(entry.expires_at, at + LIFE)}
    if at <= now:
        after = replace(entry, state=DeliveryStatus.QUEUED, reason=None, **life)  # type: ignore[arg-type]
    else:
        after = replace(entry, reason=MOVED_TO_HOURS, **life)  # type: ignore[arg-type]
    return Move(before=entry, after=after, kind="moved_to_hours", at=now, details=(("due", at.isoformat()),))


def next_of_batch(work: Work, batch_id: BatchId) -> datetime | None:
    """Find the moment for a batch; see ``BlockedTimeService.next_of_batch``."""
    batch = work.batches.get(batch_id)
    if batch is None:
        raise NotFoundError("batch_missing", "This batch does not exist.", hint="Look for it in the list of batches.")
    limits, now = Limits(work), work.now()
    hours = limits.hours_of(batch.team_id or _team_of(work, batch.user_id))
    if batch.status is BatchStatus.BLOCKED_TIME and not batch.filled:  # it missed its time: nobody was asked about yet
        return earliest_for_all(hours, ((limits.office_zone,),), now)
    people = work.teams.waiting_in(batch_id)
    if not people:
        raise InvalidInputError("batch_not_waiting", "Nothing of this batch waits for another time.")
    groups = {limits.zones(hours, zone, paths) for zone, paths in people}
    return earliest_for_all(hours, groups, now)


def earliest_for_all(hours: AllowedHours, groups: Iterable[tuple[tzinfo, ...]], now: datetime) -> datetime | None:
    """Return the first moment allowed in all zones of all groups, else the first allowed in all zones of one."""
    each = list(groups)
    together = tuple(sorted({zone for group in each for zone in group}, key=str))
    found = next_allowed(hours, together, now)
    if found is not None:
        return found
    return min(filter(None, (next_allowed(hours, group, now) for group in each)), default=None)


def warning(work: Work, conversation_id: ConversationId, address_id: AddressId, user_id: UserId) -> str:
    """Say that it is no time to write; see ``BlockedTimeService.warning``."""
    limits = Limits(work)
    team = _team_of(work, user_id)
    if limits.hours_of(team).always:
        return ""
    place = work.deliveries.places((conversation_id,)).get(conversation_id)
    contact = None if place is None else work.contacts.get(place.contact_id)
    address = next((one for one in contact.addresses if one.id == address_id), None) if contact is not None else None
    if contact is None or address is None:
        return ""
    return limits.closed(team, contact.zone, numbers_of(contact, address), work.now())


def _team_of(work: Work, user_id: UserId | None) -> TeamId | None:
    return None if user_id is None else work.teams.of_users((user_id,)).get(user_id)
