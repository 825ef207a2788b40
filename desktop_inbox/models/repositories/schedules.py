"""Schedules and what became of their slots."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from desktop_inbox.events import ConversationChanged, ScheduleChanged
from desktop_inbox.models.entities.batch import files_from_json
from desktop_inbox.models.entities.ids import (
    AddressId,
    BatchId,
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    ScheduleId,
    TeamId,
    UserId,
)
from desktop_inbox.models.entities.schedule import (
    DELETED,
    LISTED,
    RunOutcome,
    Schedule,
    ScheduleKind,
    ScheduleRow,
    ScheduleRun,
    ScheduleState,
)
from desktop_inbox.models.schema import channels, conversations, schedule_runs, schedules

from .base import AnyRow, Repository
from .prepared import Probe

_S = schedules.c
_R = schedule_runs.c
_IS_LISTED = _S.state.in_([str(state) for state in LISTED])
_IS_DELETED = _S.cause == DELETED
_FIRES = _S.state.in_([str(ScheduleState.ACTIVE), str(ScheduleState.ASKING)])
_ASKED = (
    select(func.max(_R.nominal_local))
    .where(_R.schedule_id == _S.id, _R.outcome == str(RunOutcome.ASKING))
    .scalar_subquery()
)
_ROWS = (
    select(
        schedules,
        channels.c.name.label("channel_name"),
        conversations.c.contact_id,
        _ASKED.label("asked"),
    )
    .join(channels, channels.c.id == _S.channel_id)
    .outerjoin(conversations, conversations.c.id == _S.conversation_id)
    .where(_IS_LISTED)
)
_UNLESS_ANSWERED = (  # runs with every message that comes in
    select(schedules)
    .join(conversations, conversations.c.id == _S.conversation_id)
    .where(conversations.c.contact_id.in_(bindparam("contacts", expanding=True)), or_(_IS_LISTED, _IS_DELETED))
    .where(_S.cancel_on_reply.is_(True))
    .order_by(_S.id)
    .with_for_update(of=schedules)
)
_ANY_UNLESS_ANSWERED = Probe(_UNLESS_ANSWERED, "contacts")


class ScheduleRepository(Repository):
    """Reads and writes schedules; when they fire is the service's business."""

    def count(self) -> int:
        """How many are listed in the folder Schedules."""
        return int(self._connection.execute(select(func.count()).select_from(schedules).where(_IS_LISTED)).scalar_one())

    def rows(self, *, conversation_id: ConversationId | None = None) -> tuple[ScheduleRow, ...]:
        """What is listed, questions first, then by when it fires next; paused ones without a time last."""
        query = _ROWS if conversation_id is None else _ROWS.where(_S.conversation_id == conversation_id)
        query = query.order_by(
            _S.next_at.is_(None) & (_S.state != "asking"), _S.next_at.is_not(None), _S.next_at, _S.id
        )
        found = self._connection.execute(query).all()
        people = self._work.contacts.many(sorted({row.contact_id for row in found if row.contact_id is not None}))
        names = {contact.id: contact.name for contact in people}
        return tuple(_to_row(row, names.get(row.contact_id, "")) for row in found)

    def get(self, schedule_id: ScheduleId, *, lock: bool = False) -> Schedule | None:
        """The schedule, or None; ``lock`` holds its row until the end of the transaction."""
        query = select(schedules).where(_S.id == schedule_id)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _to_schedule(row)

    def due(self, now: datetime, *, limit: int) -> tuple[ScheduleId, ...]:
        """Those whose next slot has come, the earliest first."""
        query = select(_S.id).where(_IS_LISTED, _FIRES, _S.next_at <= now).order_by(_S.next_at, _S.id).limit(limit)
        return tuple(ScheduleId(key) for key in self._connection.execute(query).scalars())

    def recurring(self) -> tuple[ScheduleId, ...]:
        """Those that may have to be planned anew when a clock was wrong."""
        query = select(_S.id).where(_IS_LISTED, _FIRES).order_by(_S.id)
        return tuple(ScheduleId(key) for key in self._connection.execute(query).scalars())

    def add(self, **values: Any) -> Schedule:
        """Store a schedule; columns by name."""
        now = self._work.now()
        statement = insert(schedules).values(**values, created_at=now, updated_at=now)
        key = ScheduleId(self._connection.execute(statement.returning(_S.id)).scalar_one())
        made = self.get(key)
        assert made is not None  # noqa: S101 - just inserted
        self._tell(made)
        return made

    def change(self, schedule: Schedule, **values: Any) -> None:
        """Set columns, and count the change."""
        values = {"version": _S.version + 1, "updated_at": self._work.now(), **values}
        self._connection.execute(update(schedules).where(_S.id == schedule.id).values(**values))
        self._tell(schedule)

    def cancel_replies(self, contact_ids: Sequence[ContactId], cause: str) -> tuple[Schedule, ...]:
        """Cancel what waits for these contacts only as long as they do not answer; returns what waited. What was
        deleted is not brought back by an undo either."""
        if not _ANY_UNLESS_ANSWERED.may_find(self._connection, contact_ids):
            return ()
        rows = self._connection.execute(_UNLESS_ANSWERED, {"contacts": list(contact_ids)}).all()
        found = tuple(_to_schedule(row) for row in rows)
        for one in found:
            self.change(one, state=str(ScheduleState.CANCELLED), cause=cause, next_at=None, next_local=None)
        return tuple(one for one in found if one.listed)

    def delete_of(self, channel_ids: Sequence[ChannelId]) -> None:
        """Remove the schedules of channels that are removed for good."""
        self._connection.execute(schedules.delete().where(_S.channel_id.in_(list(channel_ids))))
        self._work.announce(ScheduleChanged())

    # -- slots

    def claim(self, schedule: Schedule, nominal: str, outcome: RunOutcome, *, reason: str = "") -> bool:
        """Take a slot; False when somebody had it before (P9)."""
        make = postgresql.insert if self._dialect == "postgresql" else sqlite.insert
        statement = make(schedule_runs).values(
            schedule_id=schedule.id,
            nominal_local=nominal,
            at=self._work.now(),
            outcome=str(outcome),
            reason=reason,
        )
        statement = statement.on_conflict_do_nothing(index_elements=["schedule_id", "nominal_local"])
        return self._connection.execute(statement.returning(_R.nominal_local)).first() is not None

    def settle(self, schedule: Schedule, nominal: str, outcome: RunOutcome, **values: Any) -> None:
        """Write what became of a slot that was taken: reason, batch_id, message_id."""
        where = (_R.schedule_id == schedule.id, _R.nominal_local == nominal)
        self._connection.execute(
            update(schedule_runs).where(*where).values(outcome=str(outcome), at=self._work.now(), **values)
        )

    def release(self, schedule: Schedule, nominal: str) -> None:
        """Forget that a slot was asked about: its time has not come after all."""
        where = (_R.schedule_id == schedule.id, _R.nominal_local == nominal, _R.outcome == str(RunOutcome.ASKING))
        self._connection.execute(schedule_runs.delete().where(*where))

    def taken(self, schedule: Schedule, nominals: Sequence[str]) -> set[str]:
        """Which of these slots were taken."""
        query = select(_R.nominal_local).where(_R.schedule_id == schedule.id, _R.nominal_local.in_(list(nominals)))
        return set(self._connection.execute(query).scalars())

    def runs(self, schedule_id: ScheduleId, *, limit: int = 50) -> tuple[ScheduleRun, ...]:
        """What became of the last slots, the latest first."""
        query = select(schedule_runs).where(_R.schedule_id == schedule_id)
        rows = self._connection.execute(query.order_by(_R.nominal_local.desc()).limit(limit))
        return tuple(_to_run(row) for row in rows)

    def asking(self, schedule_id: ScheduleId) -> ScheduleRun | None:
        """The latest slot that a person is asked about."""
        query = select(schedule_runs).where(_R.schedule_id == schedule_id, _R.outcome == str(RunOutcome.ASKING))
        row = self._connection.execute(query.order_by(_R.nominal_local.desc()).limit(1)).first()
        return None if row is None else _to_run(row)

    def _tell(self, schedule: Schedule) -> None:
        self._work.announce(ScheduleChanged())
        if schedule.conversation_id is not None:
            self._work.announce(ConversationChanged(conversation_id=schedule.conversation_id))


def _to_schedule(row: AnyRow) -> Schedule:
    return Schedule(
        id=ScheduleId(row.id),
        kind=ScheduleKind(row.kind),
        state=ScheduleState(row.state),
        name=row.name,
        text=row.text,
        files=files_from_json(row.files),
        audience=row.audience,
        options=row.options,
        channel_id=ChannelId(row.channel_id),
        conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
        address_id=None if row.address_id is None else AddressId(row.address_id),
        team_id=None if row.team_id is None else TeamId(row.team_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
        starts_at=datetime.fromisoformat(row.starts_at),
        zone=row.zone,
        rule=row.rule,
        next_at=row.next_at,
        next_local=None if row.next_local is None else datetime.fromisoformat(row.next_local),
        cancel_on_reply=bool(row.cancel_on_reply),
        cause=row.cause,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _to_row(row: AnyRow, name: str) -> ScheduleRow:
    options = row.options or {}
    return ScheduleRow(
        schedule=_to_schedule(row),
        to=name or options.get("audience_name") or "",
        channel=row.channel_name,
        missed_at=None if row.asked is None else datetime.fromisoformat(row.asked),
    )


def _to_run(row: AnyRow) -> ScheduleRun:
    return ScheduleRun(
        schedule_id=ScheduleId(row.schedule_id),
        nominal=row.nominal_local,
        at=row.at,
        outcome=RunOutcome(row.outcome),
        batch_id=None if row.batch_id is None else BatchId(row.batch_id),
        message_id=None if row.message_id is None else EntryId(row.message_id),
        reason=row.reason,
    )
