"""Reminders, whose dates come near, and what was sent."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from desktop_inbox.events import RemindersChanged
from desktop_inbox.models.entities.ids import (
    ChannelId,
    ContactId,
    ConversationId,
    EntryId,
    FieldId,
    ReminderId,
    UserId,
)
from desktop_inbox.models.entities.reminder import Reminder, ReminderDraft, ReminderOutcome, ReminderRun, ReminderUnit
from desktop_inbox.models.entities.segment import EVERYBODY, from_json, to_json
from desktop_inbox.models.schema import (
    contact_addresses,
    contact_field_values,
    contacts,
    conversations,
    reminder_runs,
    reminders,
)
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing

_R, _N, _F, _C = reminders.c, reminder_runs.c, contact_field_values.c, contacts.c
_AT_ONCE: Final = 500


class ReminderRepository(Repository):
    """Reads and writes reminders; who may do what is the service's business."""

    def all(self) -> tuple[Reminder, ...]:
        """Every reminder with its numbers, by name."""
        return self._complete(self._connection.execute(select(reminders).order_by(_R.name_key)).all())

    def working(self) -> tuple[Reminder, ...]:
        """Those that are switched on, without numbers."""
        return tuple(_to_reminder(row, {}) for row in self._connection.execute(select(reminders).where(_R.active)))

    def get(self, reminder_id: ReminderId) -> Reminder | None:
        """The reminder with its numbers, or None."""
        rows = self._connection.execute(select(reminders).where(_R.id == reminder_id)).all()
        return next(iter(self._complete(rows)), None)

    def by_name(self, name: str) -> Reminder | None:
        """The reminder of this name, whatever its case and accents, or None."""
        rows = self._connection.execute(select(reminders).where(_R.name_key == fold(name))).all()
        return next(iter(self._complete(rows)), None)

    def of_field(self, field_id: FieldId) -> tuple[ReminderId, ...]:
        """Those that go by a field."""
        found = self._connection.execute(select(_R.id).where(_R.field_id == field_id)).scalars()
        return tuple(ReminderId(key) for key in found)

    def add(self, draft: ReminderDraft, *, created_by: UserId) -> ReminderId:
        """Save a reminder."""
        now = self._work.now()
        values = _values(draft) | {"created_by_id": created_by, "created_at": now, "updated_at": now}
        key = self._connection.execute(insert(reminders).values(**values).returning(_R.id)).scalar_one()
        self._work.announce(RemindersChanged())
        return ReminderId(key)

    def change(self, reminder_id: ReminderId, draft: ReminderDraft) -> None:
        """Set everything. What was due before this moment and not sent is not sent any more."""
        values = _values(draft) | {"updated_at": self._work.now()}
        self._connection.execute(update(reminders).where(_R.id == reminder_id).values(**values))
        self._work.announce(RemindersChanged())

    def delete(self, reminder_id: ReminderId) -> None:
        """Remove a reminder with what is known of its runs; messages stay."""
        self._connection.execute(delete(reminders).where(_R.id == reminder_id))
        self._work.announce(RemindersChanged())

    # -- what is due

    def dated(
        self, field_id: FieldId, *, days: Sequence[int] = (), first: int = 0, last: int = 0
    ) -> list[tuple[ContactId, int]]:
        """Contacts and the day (since 0001-01-01 = 1) of a field: one of ``days``, or from ``first`` to ``last``."""
        query = select(_F.contact_id, _F.number).where(_F.field_id == field_id)
        rows: list[Any] = []
        if days:
            for begin in range(0, len(days), _AT_ONCE):
                rows += self._connection.execute(query.where(_F.number.in_(days[begin : begin + _AT_ONCE]))).all()
        else:
            rows += self._connection.execute(query.where(_F.number >= first, _F.number <= last)).all()
        return sorted((ContactId(row.contact_id), int(row.number)) for row in rows)

    def known_runs(self, reminder_id: ReminderId, since_local: str) -> frozenset[tuple[ContactId, str]]:
        """Which contacts and dates a reminder dealt with, of those from a wall time on."""
        query = select(_N.contact_id, _N.nominal_local)
        query = query.where(_N.reminder_id == reminder_id, _N.nominal_local >= since_local)
        return frozenset((ContactId(row[0]), row[1]) for row in self._connection.execute(query))

    def claim(
        self, reminder_id: ReminderId, contact_id: ContactId, nominal_local: str, outcome: ReminderOutcome
    ) -> bool:
        """Note that a contact and date is dealt with; False where somebody else did, so that it happens once."""
        statement = or_nothing(
            insert_into(self._connection, reminder_runs), "reminder_id", "contact_id", "nominal_local"
        ).values(
            reminder_id=reminder_id,
            contact_id=contact_id,
            nominal_local=nominal_local,
            at=self._work.now(),
            outcome=outcome,
        )
        return self._connection.execute(statement).rowcount > 0

    def set(
        self,
        reminder_id: ReminderId,
        contact_id: ContactId,
        nominal_local: str,
        outcome: ReminderOutcome,
        *,
        reason: str = "",
        message_id: EntryId | None = None,
    ) -> None:
        """Note what became of it."""
        here = (_N.reminder_id == reminder_id) & (_N.contact_id == contact_id) & (_N.nominal_local == nominal_local)
        values = {"outcome": outcome, "reason": reason, "message_id": message_id, "at": self._work.now()}
        self._connection.execute(update(reminder_runs).where(here).values(**values))

    def runs(
        self, reminder_id: ReminderId, *, outcome: ReminderOutcome | None = None, limit: int = 200
    ) -> tuple[ReminderRun, ...]:
        """What was done, the newest first."""
        query = _RUNS.where(_N.reminder_id == reminder_id)
        if outcome is not None:
            query = query.where(_N.outcome == outcome)
        rows = self._connection.execute(query.order_by(_N.at.desc(), _N.contact_id).limit(limit))
        return tuple(_to_run(row) for row in rows)

    def _complete(self, rows: Sequence[AnyRow]) -> tuple[Reminder, ...]:
        numbers: dict[int, dict[str, int]] = {}
        query = select(_N.reminder_id, _N.outcome, func.count().label("number"))
        query = query.where(_N.reminder_id.in_([row.id for row in rows])).group_by(_N.reminder_id, _N.outcome)
        for row in self._connection.execute(query):
            numbers.setdefault(row.reminder_id, {})[row.outcome] = row.number
        return tuple(_to_reminder(row, numbers.get(row.id, {})) for row in rows)


_PATH = (
    select(contact_addresses.c.path)
    .where(contact_addresses.c.contact_id == _C.id)
    .order_by(contact_addresses.c.priority, contact_addresses.c.id)
    .limit(1)
    .scalar_subquery()
).label("path")
_RUNS: Final = (
    select(reminder_runs, _C.first_name, _C.last_name, conversations.c.id.label("talk_id"), _PATH)
    .join(contacts, _C.id == _N.contact_id)
    .outerjoin(conversations, conversations.c.contact_id == _N.contact_id)
)


def _values(draft: ReminderDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "name_key": fold(draft.name),
        "active": draft.active,
        "field_id": draft.field_id,
        "amount": draft.amount,
        "unit": draft.unit,
        "at_time": draft.at_time,
        "yearly": draft.yearly,
        "channel_id": draft.channel_id,
        "segment": {} if draft.audience == EVERYBODY else to_json(draft.audience),
        "text": draft.text,
        "files": {"files": list(draft.files)},
    }


def _to_reminder(row: AnyRow, numbers: dict[str, int]) -> Reminder:
    return Reminder(
        id=ReminderId(row.id),
        name=row.name,
        active=bool(row.active),
        field_id=FieldId(row.field_id),
        amount=row.amount,
        unit=ReminderUnit(row.unit),
        at_time=row.at_time,
        yearly=bool(row.yearly),
        channel_id=ChannelId(row.channel_id),
        audience=from_json(row.segment) if row.segment else EVERYBODY,
        text=row.text,
        files=tuple(row.files.get("files", ())),
        created_by_id=UserId(row.created_by_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
        queued=numbers.get(ReminderOutcome.QUEUED, 0),
        asking=numbers.get(ReminderOutcome.ASKING, 0),
    )


def _to_run(row: AnyRow) -> ReminderRun:
    return ReminderRun(
        reminder_id=ReminderId(row.reminder_id),
        contact_id=ContactId(row.contact_id),
        contact_name=f"{row.first_name} {row.last_name}".strip() or row.path or "",
        conversation_id=None if row.talk_id is None else ConversationId(row.talk_id),
        nominal_local=row.nominal_local,
        at=row.at,
        outcome=ReminderOutcome(row.outcome),
        message_id=None if row.message_id is None else EntryId(row.message_id),
        reason=row.reason,
    )
