"""ScheduleService: messages that leave later, once or again and again: made, changed, paused and answered by people."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.batch import (
    BatchFile,
)
from desktop_inbox.models.entities.ids import ConversationId, ScheduleId, UserId
from desktop_inbox.models.entities.outbox import GateDecision, GateKind
from desktop_inbox.models.entities.schedule import (
    DELETED,
    RunOutcome,
    Schedule,
    ScheduleKind,
    ScheduleRow,
    ScheduleRun,
    ScheduleState,
)
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .broadcast_timing import LookAtMany
from .enqueue import Enqueue
from .new_message import NewMessage, OutgoingFile
from .recurrence import Slot, checked_rule, next_slots, to_text, zone_named
from .rights import is_administrator, name_of, need_maker
from .schedule_drafts import ScheduleDraft, batch_file, columns_of, draft_of, making_batches, to_many, zone_of_recipient
from .schedule_runs import ScheduleRuns, following_slot, message_of, now_in
from .zones import zone_name_of

__all__ = ["Choice", "ScheduleDraft", "ScheduleService", "draft_of", "making_batches"]

Choice = Literal["send", "skip"]
FileOf = Callable[[str], OutgoingFile]

_SHOWN: Final = 5


class ScheduleService:
    """Schedules of the office. What goes to many is changed by who made it and by administrators; a reply that is sent
    later belongs to its conversation, which is everybody's."""

    def __init__(
        self,
        store: Store,
        *,
        user_id: UserId,
        enqueue: Enqueue,
        runs: ScheduleRuns,
        file_of: FileOf | None = None,
        look_at_many: LookAtMany | None = None,
    ) -> None:
        self._store = store
        self._look_at_many = look_at_many
        self._user_id = user_id
        self._enqueue = enqueue
        self._runs = runs
        self._file_of = file_of

    # -- reading

    async def all(self) -> tuple[ScheduleRow, ...]:
        """Return what is listed: what is asked about first, then by when it fires next."""
        return await self._store.read(lambda work: self._rows(work, work.schedules.rows()))

    async def of_conversation(self, conversation_id: ConversationId) -> tuple[ScheduleRow, ...]:
        """Return what is to be sent to one conversation later."""
        return await self._store.read(lambda work: work.schedules.rows(conversation_id=conversation_id))

    async def count(self) -> int:
        """Return how many are listed."""
        return await self._store.read(lambda work: work.schedules.count())

    async def get(self, schedule_id: ScheduleId) -> Schedule:
        """Return one. Raises NotFoundError."""
        return await self._store.read(lambda work: _existing(work, schedule_id))

    async def runs_of(self, schedule_id: ScheduleId) -> tuple[ScheduleRun, ...]:
        """Return what became of its last slots, the latest first."""
        return await self._store.read(lambda work: work.schedules.runs(schedule_id))

    async def zone(self) -> str:
        """Return the IANA name of the office's zone."""
        return await self._store.read(zone_name_of)

    async def zone_info(self) -> ZoneInfo:
        """Return the office's zone."""
        return zone_named(await self.zone())

    async def recipient_zone(self, conversation_id: ConversationId) -> tzinfo | None:
        """Return the zone of a conversation's contact where it is known and the only one."""

        return await self._store.read(lambda work: zone_of_recipient(work, conversation_id))

    async def upcoming(self, starts_at: datetime, zone: str, rule: str, *, count: int = _SHOWN) -> tuple[Slot, ...]:
        """Return the next slots of a rule that is being written. Raises InvalidInputError."""

        def work_on(work: Work) -> tuple[Slot, ...]:
            place = zone_named(zone)
            kept = checked_rule(rule, starts_at, zone=place) if rule else ""
            return next_slots(starts_at, kept, place, after=work.now(), count=count)

        return await self._store.read(work_on)

    async def look(self, draft: ScheduleDraft) -> GateDecision:
        """Return what the gate would say when the message leaves first: outside the messaging window or the allowed
        hours, opted out, a variable without a value (D-07); of what goes to many, how many the time does not suit.
        Raises InvalidInputError."""
        files = await self._files(draft)

        def work_on(work: Work) -> tuple[Slot, GateDecision]:
            _values, slot = columns_of(work, draft, files, user_id=self._user_id)
            if draft.kind is ScheduleKind.BROADCAST:
                return slot, GateDecision(kind=GateKind.GO)
            return slot, self._look(work, draft, files, slot)

        slot, decision = await self._store.read(work_on)
        if draft.audience is None or self._look_at_many is None:
            return decision
        return await self._look_at_many(to_many(draft, draft.audience, files), slot.at)

    # -- writing

    async def create(self, draft: ScheduleDraft) -> Schedule:
        """Store a schedule; a recurring one that began in the past goes on with its next slot (S1-23).

        Raises InvalidInputError for what could never be sent, such as a moment in the past.
        """
        files = await self._files(draft)

        def work_on(work: Work) -> Schedule:
            values, slot = columns_of(work, draft, files, user_id=self._user_id)
            made = work.schedules.add(
                **values,
                kind=str(draft.kind),
                state=str(ScheduleState.ACTIVE),
                user_id=self._user_id,
                next_at=slot.at,
                next_local=slot.nominal,
            )
            if made.conversation_id is not None:
                self._tell(work, made, "scheduled", at=made.next_at)
                work.drafts.save(made.conversation_id, self._user_id, "")
            return made

        return await self._store.run(work_on)

    async def edit(self, schedule_id: ScheduleId, draft: ScheduleDraft, *, version: int) -> Schedule:
        """Change content, recipients or time; what it sent before stays as it is (S1-24).

        ``version`` is that of what was shown: raises InvalidInputError when somebody changed it since. This and all
        below raise PermissionDeniedError for what a colleague sends to many.
        """
        files = await self._files(draft)

        def work_on(work: Work) -> Schedule:
            old = self._open(work, schedule_id, version=version)
            values, slot = columns_of(work, draft, files, user_id=self._user_id)
            with work.undo.step(self._user_id, "schedule_changed", details={"name": old.shows[:80]}) as step:
                step.watch("schedules", id=[schedule_id])
                self._runs.drop_question(work, old)
                paused = old.state is ScheduleState.PAUSED and not old.unreadable  # whose time is known now goes on
                state = ScheduleState.PAUSED if paused else ScheduleState.ACTIVE
                work.schedules.change(
                    old, **values, state=str(state), next_at=slot.at, next_local=slot.nominal, cause=""
                )
            return _existing(work, schedule_id)

        return await self._store.run(work_on)

    async def pause(self, schedule_id: ScheduleId) -> None:
        """Let nothing leave until it is resumed."""

        def work_on(work: Work) -> None:
            old = self._open(work, schedule_id)
            if old.state is ScheduleState.PAUSED:
                return
            with work.undo.step(self._user_id, "schedule_paused", details={"name": old.shows[:80]}) as step:
                step.watch("schedules", id=[schedule_id])
                self._runs.drop_question(work, old)
                work.schedules.change(old, state=str(ScheduleState.PAUSED))

        await self._store.run(work_on)

    async def resume(self, schedule_id: ScheduleId) -> None:
        """Go on with the next slot; those that passed meanwhile are over. Raises InvalidInputError when none is."""

        def work_on(work: Work) -> None:
            old = self._open(work, schedule_id)
            if old.state is not ScheduleState.PAUSED:
                return
            slot = following_slot(work, old, after=work.outbox.now())
            if slot is None:
                raise InvalidInputError("schedule_over", "Its time has passed.", hint="Choose another time.")
            with work.undo.step(self._user_id, "schedule_resumed", details={"name": old.shows[:80]}) as step:
                step.watch("schedules", id=[schedule_id])
                self._runs.plan(work, old, slot)

        await self._store.run(work_on)

    async def skip(self, schedule_id: ScheduleId) -> None:
        """Leave out the next slot of a recurring one. Raises InvalidInputError for what is sent only once."""

        def work_on(work: Work) -> None:
            old = self._open(work, schedule_id)
            if not old.rule or old.next_at is None or old.next_local is None:
                raise InvalidInputError(
                    "schedule_once", "It is sent only once.", hint="Delete it, or choose another time."
                )
            with work.undo.step(self._user_id, "schedule_skipped", details={"name": old.shows[:80]}) as step:
                step.watch("schedules", id=[schedule_id])
                step.watch("schedule_runs", schedule_id=[schedule_id])
                work.schedules.claim(old, to_text(old.next_local), RunOutcome.SKIPPED)
                following = following_slot(work, old, after=old.next_at)
                if old.state is ScheduleState.PAUSED and following is not None:
                    work.schedules.change(old, next_at=following.at, next_local=following.nominal)
                else:
                    self._runs.plan(work, old, following, asking=old.state is ScheduleState.ASKING)

        await self._store.run(work_on)

    async def send_now(self, schedule_id: ScheduleId) -> ScheduleRun:
        """Send it at once: what is sent once is done with that, a recurring one goes on as planned.

        Raises GateRefusedError and the like when it must not leave; nothing changed then.
        """

        def work_on(work: Work) -> ScheduleRun:
            old = self._open(work, schedule_id)
            run = work.schedules.asking(old.id)
            if not old.rule and run is not None:
                return self._answer(work, old, run, "send")
            once = not old.rule and old.next_local is not None
            nominal = to_text(old.next_local) if once and old.next_local else now_in(old, work.outbox.now())
            if not work.schedules.claim(old, nominal, RunOutcome.FIRED):
                raise InvalidInputError("schedule_sent", "It was sent at this moment.")
            caused = self._runs.send(work, old, nominal)
            _raise_refused(caused.outcome, caused.code, caused.reason)
            if once:
                self._runs.plan(work, old, None, caused=caused)
            else:
                work.schedules.change(old)
            return _run(work, old, nominal)

        return await self._store.run(work_on)

    async def answer(self, schedule_id: ScheduleId, choice: Choice) -> ScheduleRun:
        """Say what becomes of a slot that was missed. Raises InvalidInputError when nothing is asked any more."""

        def work_on(work: Work) -> ScheduleRun:
            old = self._open(work, schedule_id)
            run = work.schedules.asking(old.id)
            if run is None or choice not in ("send", "skip"):
                raise InvalidInputError("schedule_answered", "Somebody answered already.")
            return self._answer(work, old, run, choice)

        return await self._store.run(work_on)

    async def delete(self, schedule_id: ScheduleId) -> None:
        """Remove a schedule; what it sent stays (S1-24). It can be undone."""

        def work_on(work: Work) -> None:
            old = self._open(work, schedule_id)
            with work.undo.step(self._user_id, "schedule_deleted", details={"name": old.shows[:80]}) as step:
                step.watch("schedules", id=[schedule_id])
                state = str(ScheduleState.CANCELLED)
                work.schedules.change(old, state=state, cause=DELETED, next_at=None, next_local=None)
            if old.conversation_id is not None:
                self._tell(work, old, "schedule_cancelled")

        await self._store.run(work_on)

    # -- inside

    def _answer(self, work: Work, old: Schedule, run: ScheduleRun, choice: Choice) -> ScheduleRun:
        following = following_slot(work, old, after=work.outbox.now())
        if choice == "skip":
            work.schedules.settle(old, run.nominal, RunOutcome.MISSED, reason="Left out by a person.")
            self._runs.plan(work, old, following)
        else:
            caused = self._runs.send(work, old, run.nominal)
            _raise_refused(caused.outcome, caused.code, caused.reason)
            self._runs.plan(work, old, following, caused=caused)
        return _run(work, old, run.nominal)

    def _rows(self, work: Work, rows: Sequence[ScheduleRow]) -> tuple[ScheduleRow, ...]:
        """Say of each whether this user may change it."""
        if is_administrator(work, self._user_id):
            return tuple(rows)
        theirs = (row.schedule for row in rows)
        return tuple(
            replace(row, may_change=one.kind is ScheduleKind.REPLY or one.user_id == self._user_id)
            for row, one in zip(rows, theirs, strict=True)
        )

    def _open(self, work: Work, schedule_id: ScheduleId, *, version: int | None = None) -> Schedule:
        found = work.schedules.get(schedule_id, lock=True)
        if found is None or not found.listed:
            raise NotFoundError("schedule_missing", "This was sent or removed meanwhile.")
        if found.kind is ScheduleKind.BROADCAST:
            need_maker(work, self._user_id, found.user_id, "change this schedule")
        if version is not None and found.version != version:
            raise InvalidInputError(
                "schedule_changed", "Somebody changed this meanwhile.", hint="Look at it again, then change it."
            )
        return found

    def _look(self, work: Work, draft: ScheduleDraft, files: tuple[BatchFile, ...], slot: Slot) -> GateDecision:
        assert draft.conversation_id is not None  # noqa: S101 - a reply
        if draft.address_id is None:
            raise InvalidInputError("address_missing", "The contact has no address.", hint="Choose an address.")
        now = work.now()
        schedule = Schedule(
            id=ScheduleId(0),
            kind=draft.kind,
            state=ScheduleState.ACTIVE,
            text=draft.text,
            channel_id=draft.channel_id,
            starts_at=draft.starts_at,
            zone=draft.zone,
            created_at=now,
            updated_at=now,
            files=files,
            conversation_id=draft.conversation_id,
            address_id=draft.address_id,
            options={"confirmed": sorted(draft.confirmed)},
        )
        new: NewMessage = message_of(schedule, slot.nominal)
        return self._enqueue.look(work, (new,), at=slot.at)[0].decision

    async def _files(self, draft: ScheduleDraft) -> tuple[BatchFile, ...]:
        return (*draft.files, *await asyncio.to_thread(self._staged, draft.attachment_paths))

    def _staged(self, paths: Sequence[str]) -> tuple[BatchFile, ...]:
        if paths and self._file_of is None:
            raise InvalidInputError("attachment.unknown", "This attachment is not staged.", hint="Attach it again.")
        return tuple(batch_file(self._file_of(path)) for path in paths if self._file_of is not None)

    def _tell(self, work: Work, schedule: Schedule, kind: str, *, at: datetime | None = None) -> None:
        assert schedule.conversation_id is not None  # noqa: S101 - of a reply
        work.timeline.add_events(
            [schedule.conversation_id],
            kind,
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=name_of(work, self._user_id),
            details={} if at is None else {"until": at.isoformat()},
        )


def _existing(work: Work, schedule_id: ScheduleId) -> Schedule:
    found = work.schedules.get(schedule_id)
    if found is None:
        raise NotFoundError("schedule_missing", "This was sent or removed meanwhile.")
    return found


def _run(work: Work, schedule: Schedule, nominal: str) -> ScheduleRun:
    return next(run for run in work.schedules.runs(schedule.id, limit=500) if run.nominal == nominal)


def _raise_refused(outcome: RunOutcome, code: str, reason: str) -> None:
    """A person who sends something at once learns why it must not leave; the transaction is taken back."""
    if outcome is RunOutcome.REFUSED:
        raise InvalidInputError(f"gate.{code}", reason)
