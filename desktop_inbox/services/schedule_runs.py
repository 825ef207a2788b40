"""What schedules do by themselves: fire once for each slot, ask about what was missed, find back after a wrong clock.

A slot is taken by writing its line, unique by schedule and wall time, in the transaction that queues what it causes:
however many computers look, and whatever their clocks do meanwhile, it fires once (P9, P10).
"""

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from desktop_inbox.errors import InboxError, InvalidInputError
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.ids import BatchId, EntryId, ScheduleId
from desktop_inbox.models.entities.message import SenderKind
from desktop_inbox.models.entities.schedule import (
    UNREADABLE,
    RunOutcome,
    Schedule,
    ScheduleKind,
    ScheduleRun,
    ScheduleState,
)
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .enqueue import Enqueue
from .moments import at_wall
from .new_message import NewMessage, OutgoingFile
from .readiness import READY, Readiness
from .recurrence import Slot, from_text, latest_slot, slots, to_text, zone_named
from .scheduler import CaughtUp, Job, after_arrivals, nothing_came

#: What is late by more is not sent without asking (P10).
PATIENCE: Final = timedelta(hours=6)
#: A clock that was put back by more makes every schedule be planned anew.
_PUT_BACK: Final = timedelta(seconds=60)
#: A zone that this computer does not know may be known to another, with newer data: for so long it is left to those.
_OTHERS_FIRST: Final = timedelta(minutes=10)
_AT_ONCE: Final = 200
_LOOKED_THROUGH: Final = 400  # slots ahead of which some were skipped or sent already
_NAMESPACE: Final = uuid.UUID("5d0f2c2e-6f0e-4f39-9d4f-7a8f0f8f4f11")

#: Makes the batch of a slot: (transaction, schedule, when it is due).
MakeBatch = Callable[[Work, Schedule, datetime], BatchId]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caused:
    """What a slot caused."""

    outcome: RunOutcome
    reason: str = ""
    code: str = ""
    message_id: EntryId | None = None
    batch_id: BatchId | None = None


class ScheduleRuns:
    """Fires schedules inside transactions."""

    def __init__(self, enqueue: Enqueue, *, make_batch: MakeBatch, readiness: Readiness = READY) -> None:
        self._enqueue = enqueue
        self._make_batch = make_batch
        self._readiness = readiness

    def run_due(self, work: Work, schedule_id: ScheduleId) -> bool:
        """Do what is due of one schedule; False when there was nothing, or another computer did it."""
        schedule = work.schedules.get(schedule_id, lock=True)
        now = work.outbox.now()
        if schedule is None or schedule.state not in (ScheduleState.ACTIVE, ScheduleState.ASKING):
            return False
        if schedule.next_at is None or schedule.next_at > now:
            return False
        try:
            zone = zone_named(schedule.zone)
            slot, _before = latest_slot(schedule.starts_at, schedule.rule, zone, since=schedule.next_at, until=now)
            following = following_slot(work, schedule, after=now)
        except InvalidInputError as error:
            if error.code not in UNREADABLE or now < schedule.next_at + _OTHERS_FIRST:
                raise
            self._stop(work, schedule, error)
            return False
        if slot is None:  # the zone's rules changed under it
            self.plan(work, schedule, following, asking=schedule.state is ScheduleState.ASKING)
            return False
        late = now - slot.at > PATIENCE
        if not late and not self._may_fire(work, schedule):
            return False
        if not work.schedules.claim(schedule, slot.nominal, RunOutcome.ASKING if late else RunOutcome.FIRED):
            self.plan(work, schedule, following, asking=work.schedules.asking(schedule.id) is not None)
            return False
        self.drop_question(work, schedule, but=slot.nominal)
        caused = None if late else self.send(work, schedule, slot.nominal)
        self.plan(work, schedule, following, asking=late, caused=caused)
        return True

    def send(self, work: Work, schedule: Schedule, nominal: str) -> Caused:
        """Queue what a slot that was taken causes, and write down what became of it."""
        try:
            caused = self._cause(work, schedule, nominal)
        except InboxError as error:  # raised before anything was written
            caused = Caused(outcome=RunOutcome.REFUSED, reason=error.message, code=error.code.removeprefix("gate."))
            self._tell_refused(work, schedule, caused)
        work.schedules.settle(
            schedule,
            nominal,
            caused.outcome,
            reason=caused.reason,
            message_id=caused.message_id,
            batch_id=caused.batch_id,
        )
        return caused

    def plan(
        self,
        work: Work,
        schedule: Schedule,
        slot: Slot | None,
        *,
        asking: bool = False,
        caused: Caused | None = None,
    ) -> None:
        """Write when it fires next, and its state."""
        refused = caused is not None and caused.outcome is RunOutcome.REFUSED
        before = "" if schedule.unreadable else schedule.cause
        state = ScheduleState.ACTIVE
        if asking:
            state = ScheduleState.ASKING
        elif slot is None:
            state = ScheduleState.CANCELLED if refused else ScheduleState.ENDED
        work.schedules.change(
            schedule,
            state=str(state),
            next_at=None if slot is None else slot.at,
            next_local=None if slot is None else slot.nominal,
            cause=caused.code if caused is not None and refused else before,
        )

    @staticmethod
    def drop_question(work: Work, schedule: Schedule, *, but: str = "") -> None:
        """What was asked about is too long ago: it was missed."""
        while (run := work.schedules.asking(schedule.id)) is not None and run.nominal != but:
            work.schedules.settle(schedule, run.nominal, RunOutcome.MISSED, reason="Nobody answered in time.")

    def plan_anew(self, work: Work, schedule_id: ScheduleId) -> None:
        """Find the next slot from the present moment: a clock was wrong, or the rules of a zone changed."""
        schedule = work.schedules.get(schedule_id, lock=True)
        if schedule is None or schedule.state not in (ScheduleState.ACTIVE, ScheduleState.ASKING):
            return
        now = work.outbox.now()
        if schedule.next_at is not None and schedule.next_at <= now:
            return  # it is due: `run_due` decides
        zone = zone_named(schedule.zone)
        run = work.schedules.asking(schedule.id)
        if run is not None and _moment_of(run, zone) > now:
            work.schedules.release(schedule, run.nominal)  # asked about while the clock was ahead
            run = work.schedules.asking(schedule.id)
        following = following_slot(work, schedule, after=now)
        if (None if following is None else following.at) != schedule.next_at:
            self.plan(work, schedule, following, asking=run is not None)

    def _may_fire(self, work: Work, schedule: Schedule) -> bool:
        """Whoever fetches a channel sends for it: no other computer knows whether an answer waits there (D-05)."""
        active = [one.id for one in work.channels.all() if one.state is ChannelState.ACTIVE]
        return schedule.channel_id not in active or self._readiness.allows(schedule.channel_id, active)

    def _stop(self, work: Work, schedule: Schedule, error: InvalidInputError) -> None:
        """It would be tried at every look for ever: it waits for somebody who corrects it instead."""
        work.schedules.change(schedule, state=str(ScheduleState.PAUSED), cause=error.code)
        self._tell_refused(work, schedule, Caused(outcome=RunOutcome.REFUSED, reason=error.message, code=error.code))

    def _cause(self, work: Work, schedule: Schedule, nominal: str) -> Caused:
        if schedule.kind is ScheduleKind.BROADCAST:
            batch_id = self._make_batch(work, schedule, work.now())
            return Caused(outcome=RunOutcome.FIRED, batch_id=batch_id)
        key = self._enqueue.one(work, message_of(schedule, nominal))
        return Caused(outcome=RunOutcome.FIRED, message_id=key)

    @staticmethod
    def _tell_refused(work: Work, schedule: Schedule, caused: Caused) -> None:
        _log.warning("a schedule could not send: %s", caused.code)
        if schedule.conversation_id is not None:
            work.timeline.add_events(
                [schedule.conversation_id],
                "schedule_refused",
                actor_kind=ActorKind.AUTOMATION,
                details={"cause": caused.code, "reason": caused.reason},
            )


def message_of(schedule: Schedule, nominal: str) -> NewMessage:
    """Return the message of one slot of a reply; always with the same identity, so that it is queued once."""
    assert schedule.conversation_id is not None  # noqa: S101 - the schema says so for replies
    assert schedule.address_id is not None  # noqa: S101
    identity = f"{schedule.id}/{schedule.created_at.isoformat()}/{nominal}"
    return NewMessage(
        conversation_id=schedule.conversation_id,
        text=schedule.text,
        channel_id=schedule.channel_id,
        address_id=schedule.address_id,
        client_uuid=str(uuid.uuid5(_NAMESPACE, identity)),
        files=tuple(
            OutgoingFile(
                sha256=file.sha256,
                media_type=file.media_type,
                size=file.size,
                name=file.name,
                width=file.width,
                height=file.height,
            )
            for file in schedule.files
        ),
        sender_kind=SenderKind.SCHEDULE,
        sender_id=schedule.user_id,
        confirmed=frozenset(schedule.options.get("confirmed", ())),
    )


def following_slot(work: Work, schedule: Schedule, *, after: datetime) -> Slot | None:
    """Return the first slot after a moment that nobody took, None where the rule ends."""
    zone = zone_named(schedule.zone)
    ahead = slots(schedule.starts_at, schedule.rule, zone, after=after)
    for _ in range(_LOOKED_THROUGH):
        slot = next(ahead, None)
        if slot is None or not work.schedules.taken(schedule, [slot.nominal]):
            return slot
    return None


def now_in(schedule: Schedule, now: datetime) -> str:
    """Return the present wall time of a schedule, to the second: the name of a slot between the slots."""
    return to_text(now.astimezone(zone_named(schedule.zone)).replace(tzinfo=None))


def firing_schedules(store: Store, runs: ScheduleRuns, *, caught_up: CaughtUp = nothing_came) -> Job:
    """Return the job that fires what is due, each in a transaction of its own, after what came in was stored."""
    last: datetime | None = None

    async def run() -> None:
        nonlocal last
        now = await store.read(lambda work: work.outbox.now())
        if last is None or now < last - _PUT_BACK:
            for key in await store.read(_off_plan):
                await store.run(lambda work, key=key: runs.plan_anew(work, key))  # type: ignore[misc]
        last = now
        if not await store.read(lambda work: work.schedules.due(work.outbox.now(), limit=1)):
            return
        await after_arrivals(caught_up)
        left: set[ScheduleId] = set()  # what cannot be done now must not be tried in a circle
        while due := await store.read(lambda work: _due(work, left)):
            left.update([key for key in due if not await _run_one(store, runs, key)])

    return run


def _due(work: Work, left: Collection[ScheduleId]) -> list[ScheduleId]:
    found = work.schedules.due(work.outbox.now(), limit=_AT_ONCE + len(left))
    return [key for key in found if key not in left]


def _off_plan(work: Work) -> list[ScheduleId]:
    """Which schedules would be planned otherwise at this moment: usually none, so that a start writes nothing."""
    now, found = work.outbox.now(), []
    for key in work.schedules.recurring():
        schedule = work.schedules.get(key)
        if schedule is None or (schedule.next_at is not None and schedule.next_at <= now):
            continue
        try:
            following = following_slot(work, schedule, after=now)
        except InboxError:  # such as a zone that this computer does not know
            continue
        if (None if following is None else following.at) != schedule.next_at or schedule.state is ScheduleState.ASKING:
            found.append(key)
    return found


async def _run_one(store: Store, runs: ScheduleRuns, key: ScheduleId) -> bool:
    try:
        return await store.run(lambda work: runs.run_due(work, key))
    except InboxError as error:
        _log.warning("a schedule could not be fired: %s", error.code)
        return False


def _moment_of(run: ScheduleRun, zone: ZoneInfo) -> datetime:
    local = from_text(run.nominal)
    return at_wall(local.date(), local.time(), zone)
