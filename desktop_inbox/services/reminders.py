"""ReminderService: one automatic message relative to a date field, once for each contact and date (S4-12).

Wall times are those of the office. Due ones are found by the index of the field's days. What was due at most six
hours ago is sent; what was due before that while no computer was on asks a person.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from desktop_inbox.clock import from_millis, to_millis
from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import RemindersChanged
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.custom_field import FieldKind
from desktop_inbox.models.entities.ids import ContactId, ReminderId, UserId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.outbox import GateDecision
from desktop_inbox.models.entities.reminder import MAX_AMOUNT, Reminder, ReminderDraft, ReminderOutcome, ReminderRun
from desktop_inbox.models.entities.segment import EVERYBODY
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.campaign_apply import check_right
from desktop_inbox.services.drips import LATE
from desktop_inbox.services.enqueue import Enqueue, NewMessage, OutgoingFile
from desktop_inbox.services.plain_text import check_storable, clean_name
from desktop_inbox.services.readiness import READY, Readiness
from desktop_inbox.services.reminder_times import first_day, moment, nominal, occurrence, same_days
from desktop_inbox.services.rights import is_administrator, need_maker
from desktop_inbox.services.segments import refuse_me
from desktop_inbox.services.zones import zone_of

_MAX_NAME: Final = 100
_MAX_TEXT: Final = 10_000
#: Until when all computers together have looked, in milliseconds; written now and then.
LOOKED_AT: Final = "reminders.looked_at"
_NOTE_EVERY: Final = timedelta(minutes=10)
#: Nobody wants to be asked about what was due longer ago, such as after an office was closed for a season.
_LONGEST: Final = timedelta(days=30)
_AT_ONCE: Final = 200
_NAMES: Final = uuid.UUID("6a3b7c52-2f0e-4a43-8a5d-13b9c2f7d0e5")
_CHANNEL_WAITS: Final = frozenset({"channel_paused", "channel_broken"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One contact and date that a reminder must deal with."""

    contact_id: ContactId
    nominal_local: str
    at: datetime


class ReminderService:
    """Reminders as one user sees them."""

    def __init__(
        self, store: Store, *, user_id: UserId, enqueue: Enqueue, capabilities: Callable[[Channel], Capabilities]
    ) -> None:
        self._store = store
        self._user_id = user_id
        self._enqueue = enqueue
        self._capabilities = capabilities

    async def all(self) -> tuple[Reminder, ...]:
        """Return every reminder with its numbers, by name."""

        def read(work: Work) -> tuple[Reminder, ...]:
            found = work.reminders.all()
            if is_administrator(work, self._user_id):
                return found
            return tuple(replace(one, may_change=one.created_by_id == self._user_id) for one in found)

        return await self._store.read(read)

    async def get(self, reminder_id: ReminderId) -> Reminder:
        """Return a reminder. Raises NotFoundError."""
        return await self._store.read(lambda work: _existing(work, reminder_id))

    async def save(self, draft: ReminderDraft, *, reminder_id: ReminderId | None = None) -> Reminder:
        """Make a reminder, or change one; it can be undone. What was due before is not made up for. InvalidInputError
        for what does not fit, NotFoundError when it is gone, PermissionDeniedError as for campaigns: who made one, and
        administrators, change it."""
        clean = _clean(draft)

        def save(work: Work) -> Reminder:
            check_right(work, self._user_id)
            _check(work, clean)
            same = work.reminders.by_name(clean.name)
            if same is not None and same.id != reminder_id:
                raise InvalidInputError("reminder_taken", "Another reminder has this name.", hint="Choose another.")
            if reminder_id is None:
                return _existing(work, work.reminders.add(clean, created_by=self._user_id))
            self._need_maker(work, _existing(work, reminder_id))
            with work.undo.step(self._user_id, "reminder_changed", details={"name": clean.name}) as step:
                step.watch("reminders", id=[reminder_id])
                work.reminders.change(reminder_id, clean)
            return _existing(work, reminder_id)

        return await self._store.run(save)

    async def set_active(self, reminder_id: ReminderId, *, active: bool) -> None:
        """Switch a reminder on or off. It can be undone."""
        known = await self.get(reminder_id)
        names = ReminderDraft.__dataclass_fields__
        await self.save(
            ReminderDraft(**{**{name: getattr(known, name) for name in names}, "active": active}),
            reminder_id=reminder_id,
        )

    async def delete(self, reminder_id: ReminderId) -> None:
        """Remove a reminder; what was sent stays. Raises like ``save``."""

        def remove(work: Work) -> None:
            check_right(work, self._user_id)
            known = _existing(work, reminder_id)
            self._need_maker(work, known)
            work.reminders.delete(reminder_id)

        await self._store.run(remove)

    async def runs(self, reminder_id: ReminderId, *, outcome: ReminderOutcome | None = None) -> tuple[ReminderRun, ...]:
        """Return what a reminder did, the newest first."""
        return await self._store.read(lambda work: work.reminders.runs(reminder_id, outcome=outcome))

    async def coming(self, reminder_id: ReminderId, *, days: int = 30) -> int:
        """Return how many contacts a reminder has in the next days, before the gate is asked."""

        def count(work: Work) -> int:
            known, now = _existing(work, reminder_id), work.now()
            return len(_among(work, known, list(_dated(work, known, now, now + timedelta(days=days), zone_of(work)))))

        return await self._store.read(count)

    async def send_missed(self, reminder_id: ReminderId) -> int:
        """Send now what was missed; returns how many were queued."""

        def send(work: Work) -> int:
            known = _existing(work, reminder_id)
            self._need_maker(work, known)
            runs = work.reminders.runs(reminder_id, outcome=ReminderOutcome.ASKING, limit=10_000)
            asked = [Due(contact_id=one.contact_id, nominal_local=one.nominal_local, at=one.at) for one in runs]
            work.announce(RemindersChanged())
            return _send(work, self._enqueue, self._capabilities, known, asked)

        return await self._store.run(send)

    async def skip_missed(self, reminder_id: ReminderId) -> int:
        """Leave out what was missed; returns how many."""

        def skip(work: Work) -> int:
            self._need_maker(work, _existing(work, reminder_id))
            runs = work.reminders.runs(reminder_id, outcome=ReminderOutcome.ASKING, limit=10_000)
            for one in runs:
                work.reminders.set(reminder_id, one.contact_id, one.nominal_local, ReminderOutcome.MISSED)
            work.announce(RemindersChanged())
            return len(runs)

        return await self._store.run(skip)

    def _need_maker(self, work: Work, reminder: Reminder) -> None:
        need_maker(work, self._user_id, reminder.created_by_id, "change this reminder")


class ReminderJob:
    """The job of the scheduler."""

    def __init__(
        self,
        store: Store,
        *,
        enqueue: Enqueue,
        capabilities: Callable[[Channel], Capabilities],
        readiness: Readiness = READY,
    ) -> None:
        self._store = store
        self._enqueue = enqueue
        self._capabilities = capabilities
        self._readiness = readiness

    async def run(self) -> int:
        """Queue everything that is due, in chunks; returns how many contacts were dealt with."""
        working = await self._store.read(lambda work: work.reminders.working())
        count, asked = 0, False
        for reminder in working:
            # Bounded: what the channel keeps waiting is due again at the next look.
            while due := await self._store.read(lambda work, one=reminder: due_of(work, one)):  # type: ignore[misc]
                if not asked:
                    asked = True
                    await self._readiness.wait()
                some = due[:_AT_ONCE]
                done = await self._store.run(lambda work, one=reminder, some=some: self._fire(work, one, some))  # type: ignore[misc]
                count += done
                if not done:
                    break
        if working:
            await self._note()
        return count

    def _fire(self, work: Work, reminder: Reminder, due: Sequence[Due]) -> int:
        now = work.now()
        current = work.reminders.get(reminder.id)
        channel = None if current is None else work.channels.get(current.channel_id)
        if current is None or not current.active or current.updated_at != reminder.updated_at:
            return 0
        active = [one.id for one in work.channels.all() if one.state is ChannelState.ACTIVE]
        waits = channel is not None and f"channel_{channel.state}" in _CHANNEL_WAITS
        if waits or (channel is not None and channel.id in active and not self._readiness.allows(channel.id, active)):
            due = [one for one in due if one.at <= now - LATE]
        taken = [
            one
            for one in due
            if work.reminders.claim(
                current.id,
                one.contact_id,
                one.nominal_local,
                ReminderOutcome.ASKING if one.at <= now - LATE else ReminderOutcome.SKIPPED,
            )
        ]
        _send(work, self._enqueue, self._capabilities, current, [one for one in taken if one.at > now - LATE])
        if taken:
            work.announce(RemindersChanged())
        return len(taken)

    async def _note(self) -> None:
        """Remember until when was looked, for what becomes due while every computer is off."""

        def note(work: Work) -> None:
            work.settings.set(LOOKED_AT, to_millis(work.now()))

        known = await self._store.read(lambda work: (_looked_at(work), work.now()))
        # Also where a clock that was ahead noted it: what is missed until then would never be asked about.
        if known[0] is None or abs(known[1] - known[0]) >= _NOTE_EVERY:
            await self._store.run(note)


def due_of(work: Work, reminder: Reminder) -> list[Due]:
    """Return what a reminder must deal with at this moment, in the order of the dates."""
    now, zone = work.now(), zone_of(work)
    looked = _looked_at(work)
    since = now - LATE if looked is None else min(now - LATE, looked)
    since = max(since, reminder.updated_at, now - _LONGEST)
    found = list(_dated(work, reminder, since, now, zone))
    if not found:
        return []
    known = work.reminders.known_runs(reminder.id, min(one.nominal_local for one in found))
    fresh = [one for one in found if (one.contact_id, one.nominal_local) not in known]
    return sorted(_among(work, reminder, fresh), key=lambda one: (one.at, one.contact_id))


def _dated(work: Work, reminder: Reminder, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Due]:
    """Those whose moment lies behind ``since`` and not behind ``until``."""
    margin = timedelta(days=1)  # offsets of zones, and clocks put forward
    first = first_day(reminder, since.astimezone(zone).replace(tzinfo=None) - margin)
    last = first_day(reminder, until.astimezone(zone).replace(tzinfo=None) + margin)
    for contact_id, day in _days(work, reminder, first, last):
        wall = nominal(reminder, day)
        at = moment(wall, zone)
        if since < at <= until:
            yield Due(contact_id=contact_id, nominal_local=wall.isoformat(timespec="seconds"), at=at)


def _days(work: Work, reminder: Reminder, first: date, last: date) -> Iterator[tuple[ContactId, date]]:
    if not reminder.yearly:
        rows = work.reminders.dated(reminder.field_id, first=first.toordinal(), last=last.toordinal())
        for contact_id, number in rows:
            yield contact_id, date.fromordinal(number)
        return
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for contact_id, number in work.reminders.dated(reminder.field_id, days=list(same_days(day))):
            yield contact_id, occurrence(date.fromordinal(number), day.year)


def _among(work: Work, reminder: Reminder, found: list[Due]) -> list[Due]:
    if reminder.audience == EVERYBODY or not found:
        return found
    context = work.segments.context(zone=zone_of(work), me=None)
    chosen = frozenset(work.segment_pages.contacts(reminder.audience, context))
    return [one for one in found if one.contact_id in chosen]


def _send(
    work: Work,
    enqueue: Enqueue,
    capabilities: Callable[[Channel], Capabilities],
    reminder: Reminder,
    due: Sequence[Due],
) -> int:
    """Queue for contacts whose turn was claimed; returns how many were."""
    channel = work.channels.get(reminder.channel_id)
    schemes = () if channel is None else capabilities(channel).schemes
    people = {one.id: one for one in work.contacts.many([one.contact_id for one in due])}
    news: list[NewMessage] = []
    asked: list[Due] = []
    for one in due:
        contact = people.get(one.contact_id)
        reached = (its for its in (contact.addresses if contact else ()) if its.scheme in schemes)
        address = next(reached, None)
        if contact is None or address is None:
            _note_skip(work, reminder, one, "The channel does not reach this contact.")
            continue
        asked.append(one)
        news.append(
            NewMessage(
                conversation_id=work.conversations.of_contact(contact.id),
                text=reminder.text,
                channel_id=reminder.channel_id,
                address_id=address.id,
                client_uuid=str(uuid.uuid5(_NAMES, f"{reminder.id} {one.contact_id} {one.nominal_local}")),
                files=tuple(OutgoingFile(**file) for file in reminder.files),
                sender_kind=SenderKind.AUTOMATION,
            )
        )
    queued = 0
    for one, answer in zip(asked, enqueue.many(work, news), strict=True):
        if isinstance(answer, GateDecision):
            _note_skip(work, reminder, one, answer.sentence or answer.code)
            continue
        queued += 1
        work.reminders.set(reminder.id, one.contact_id, one.nominal_local, ReminderOutcome.QUEUED, message_id=answer)
    return queued


def _note_skip(work: Work, reminder: Reminder, one: Due, reason: str) -> None:
    work.reminders.set(reminder.id, one.contact_id, one.nominal_local, ReminderOutcome.SKIPPED, reason=reason)


def _looked_at(work: Work) -> datetime | None:
    known = work.settings.get(LOOKED_AT)
    return from_millis(known) if isinstance(known, int) else None


def _existing(work: Work, reminder_id: ReminderId) -> Reminder:
    found = work.reminders.get(reminder_id)
    if found is None:
        raise NotFoundError("reminder_missing", "The reminder does not exist any more.")
    return found


def _check(work: Work, draft: ReminderDraft) -> None:
    field = work.custom_fields.get(draft.field_id)
    if field is None or field.kind is not FieldKind.DATE:
        raise InvalidInputError("reminder_field", "A reminder needs a date field.", hint="Choose a field of dates.")
    if work.channels.get(draft.channel_id) is None:
        raise InvalidInputError("reminder_channel", "The channel does not exist.", hint="Choose another channel.")
    refuse_me(draft.audience, work.segments.all())


def _clean(draft: ReminderDraft) -> ReminderDraft:
    name = clean_name(check_storable(draft.name, "The reminder's name"), limit=_MAX_NAME)
    if not name:
        raise InvalidInputError("reminder_name", "A reminder needs a name.", hint="Give it a name.")
    check_storable(draft.text, "The message")
    if not draft.text.strip() and not draft.files:
        raise InvalidInputError("reminder_text", "The message is empty.", hint="Write something.")
    if len(draft.text) > _MAX_TEXT:
        raise InvalidInputError("reminder_text", f"The message is longer than {_MAX_TEXT:,} characters.")
    if abs(draft.amount) > MAX_AMOUNT[draft.unit]:
        limit = f"{MAX_AMOUNT[draft.unit]:,} {draft.unit}"
        raise InvalidInputError("reminder_offset", f"At most {limit} before or after.", hint="Choose a shorter time.")
    if draft.at_time:
        try:
            at_time = datetime.strptime(draft.at_time, "%H:%M").replace(tzinfo=UTC).strftime("%H:%M")
        except ValueError:
            raise InvalidInputError("reminder_time", "This is no time of day.", hint="Write it as 09:00.") from None
        draft = replace(draft, at_time=at_time)
    return replace(draft, name=name)
