"""Batches and their recipients: queries and writes.

Who is in which state stands in the recipients and their messages alone; every count is worked out from them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, literal_column, or_, select, update

from desktop_inbox.events import BatchChanged
from desktop_inbox.models.entities.batch import (
    FINAL_BATCH,
    Audience,
    Batch,
    BatchStatus,
    Counts,
    Recipient,
    RecipientState,
    audience_from_json,
)
from desktop_inbox.models.entities.ids import (
    AddressId,
    BatchId,
    ContactId,
    ConversationId,
    EntryId,
    OutboxId,
    first_entry_id,
)
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.schema import batch_recipients, batches, contact_addresses, conversations, messages, outbox

from .base import Repository
from .batch_rows import to_batch, to_recipient
from .conflicts import insert_into, or_nothing
from .prepared import Prepared

_B, _R, _M, _O, _A = batches.c, batch_recipients.c, messages.c, outbox.c, contact_addresses.c
#: A file's rows may be many: lists do not read them.
_LISTED = select(*(column for column in batches.columns if column is not _B.audience))
_ADD = Prepared(insert(batch_recipients))
_SETTLE = Prepared(
    update(batch_recipients)
    .where(_R.id == bindparam("b_id"), _R.state == RecipientState.WAITING)
    .values(
        state=bindparam("v_state"),
        reason_code=bindparam("v_code"),
        reason=bindparam("v_reason"),
        message_id=bindparam("v_message", type_=_R.message_id.type),
        conversation_id=bindparam("v_conversation", type_=_R.conversation_id.type),
    )
)
_TALKS = select(conversations.c.contact_id, conversations.c.id).order_by(conversations.c.id)
_OPEN_MESSAGES = ("held", "queued", "sending", "retry_wait")
_CODE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipient:
    """Somebody whom a batch is meant for. Without an address they are skipped or bad, and the reason says why."""

    contact_id: ContactId | None
    address_id: AddressId | None
    state: RecipientState = RecipientState.WAITING
    code: str = ""
    reason: str = ""
    line: int = 0
    variables: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a waiting recipient; one that still waits has only a reason."""

    recipient_id: int
    state: RecipientState
    code: str = ""
    reason: str = ""
    message_id: EntryId | None = None
    conversation_id: ConversationId | None = None


class BatchRepository(Repository):
    """What was triggered for many, and for whom."""

    # -- batches

    def add(self, *, month: str, **values: Any) -> BatchId:
        """Add a batch and number it within ``month`` ("2611"); two computers never draw the same number."""
        key = BatchId(self._work.new_entry_id(self._work.now(), batches))
        while True:
            code = f"B-{month}-{self._last_number(month) + 1:0{_CODE_DIGITS}d}"
            statement = or_nothing(insert_into(self._connection, batches), "code")
            added = self._connection.execute(statement.values(id=key, code=code, **values))
            if added.rowcount:
                break
        self._work.announce(BatchChanged(batch_id=key))
        return key

    def _last_number(self, month: str) -> int:
        here = _B.code.like(f"B-{month}-%")
        query = select(_B.code).where(here).order_by(func.length(_B.code).desc(), _B.code.desc()).limit(1)
        found = self._connection.execute(query).scalar()
        return 0 if found is None else int(found.rpartition("-")[2])

    def get(self, batch_id: BatchId) -> Batch | None:
        """The batch, or None."""
        row = self._connection.execute(_LISTED.where(_B.id == batch_id)).first()
        return None if row is None else to_batch(row)

    def locked(self, batch_id: BatchId) -> Batch | None:
        """The same, locked until the transaction ends."""
        row = self._connection.execute(_LISTED.where(_B.id == batch_id).with_for_update()).first()
        return None if row is None else to_batch(row)

    def by_code(self, code: str) -> Batch | None:
        """The batch of a code, or None."""
        row = self._connection.execute(_LISTED.where(_B.code == code)).first()
        return None if row is None else to_batch(row)

    def latest(self, limit: int) -> tuple[Batch, ...]:
        """The newest first."""
        return tuple(to_batch(row) for row in self._connection.execute(_LISTED.order_by(_B.id.desc()).limit(limit)))

    def audience(self, batch_id: BatchId) -> Audience:
        """Whom a batch is meant for."""
        return audience_from_json(self._connection.execute(select(_B.audience).where(_B.id == batch_id)).scalar_one())

    def change(self, batch_id: BatchId, **values: Any) -> None:
        """Set columns by name, and tell."""
        self._connection.execute(update(batches).where(_B.id == batch_id).values(**values))
        self._work.announce(BatchChanged(batch_id=batch_id))

    def finish(self, batch_id: BatchId, status: BatchStatus, *, reason: str = "") -> None:
        """Nothing becomes of it any more by itself."""
        at = self._work.now() if status in FINAL_BATCH else None
        self.change(batch_id, status=status, reason=reason, finished_at=at, lease_owner=None, lease_until=None)

    # -- who works on it

    def take(self, *, owner: str, at: datetime, until: datetime) -> Batch | None:
        """Take the batch that is due the longest, or one whose worker died; None when there is none. No other process
        has it until ``until``."""
        query = _LISTED.where(_to_take(owner, at)).order_by(_B.due_at, _B.id).limit(1).with_for_update(skip_locked=True)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        statement = update(batches).where(_B.id == row.id)
        begun = row.status == BatchStatus.PROGRAMMED
        self._connection.execute(
            statement.values(status=BatchStatus.PROCESSING, reason="", lease_owner=owner, lease_until=until)
        )
        if begun:
            self._work.announce(BatchChanged(batch_id=row.id))
        return self.get(BatchId(row.id))

    def has_work(self, at: datetime, owner: str) -> bool:
        """Whether ``take`` would find one."""
        return self._connection.execute(select(_B.id).where(_to_take(owner, at)).limit(1)).first() is not None

    def is_later_due(self, at: datetime) -> bool:
        """Whether the time has come of one that was not to be processed when it was made."""
        here = (_B.status == literal_column("'programmed'")) & (_B.due_at <= at) & (_B.due_at > _B.created_at)
        return self._connection.execute(select(_B.id).where(here).limit(1)).first() is not None

    def keep(self, batch_id: BatchId, *, owner: str, until: datetime) -> bool:
        """Whether ``owner`` still works on it; then it does so until ``until``, and nobody stops it before the
        transaction ends."""
        mine = (_B.id == batch_id) & (_B.lease_owner == owner) & (_B.status == BatchStatus.PROCESSING)
        return self._connection.execute(update(batches).where(mine).values(lease_until=until)).rowcount == 1

    def in_status(self, *statuses: BatchStatus) -> tuple[Batch, ...]:
        """Batches in one of some statuses, oldest first."""
        query = _LISTED.where(_B.status.in_(statuses)).order_by(_B.id)
        return tuple(to_batch(row) for row in self._connection.execute(query))

    def stopping(self) -> tuple[BatchId, ...]:
        """Batches that were called off and of which something may still have to be."""
        query = select(_B.id).where(_B.status == BatchStatus.CANCELLED, _B.finished_at.is_(None)).order_by(_B.id)
        return tuple(BatchId(key) for key in self._connection.execute(query).scalars())

    # -- recipients

    def add_recipients(self, batch_id: BatchId, found: Sequence[NewRecipient]) -> None:
        """Add recipients; an address that the batch has already is passed over."""
        with_address = [one for one in found if one.address_id is not None]
        known = self._addresses(batch_id, [one.address_id for one in with_address if one.address_id is not None])
        nobody = self._without_address(batch_id) if len(with_address) < len(found) else set()
        rows = []
        for one in found:
            if one.address_id is None and (one.contact_id, one.line) in nobody:
                continue  # a process that died had added them
            if one.address_id is not None and one.address_id in known:
                continue
            if one.address_id is not None:
                known.add(one.address_id)
            rows.append(
                {
                    "batch_id": batch_id,
                    "contact_id": one.contact_id,
                    "address_id": one.address_id,
                    "state": one.state,
                    "reason_code": one.code,
                    "reason": one.reason,
                    "line": one.line,
                    "variables": dict(one.variables or {}),
                }
            )
        _ADD.run(self._connection, rows)

    def _addresses(self, batch_id: BatchId, ids: Sequence[AddressId]) -> set[int]:
        query = select(_R.address_id).where(_R.batch_id == batch_id, _R.address_id.in_(list(ids)))
        return set(self._connection.execute(query).scalars()) if ids else set()

    def _without_address(self, batch_id: BatchId) -> set[tuple[int | None, int]]:
        query = select(_R.contact_id, _R.line).where(_R.batch_id == batch_id, _R.address_id.is_(None))
        return {(row.contact_id, row.line) for row in self._connection.execute(query)}

    def recipients(
        self, batch_id: BatchId, *, after: int = 0, limit: int = 500, state: RecipientState | None = None
    ) -> tuple[Recipient, ...]:
        """Recipients in their order, those behind the id ``after``."""
        query = select(batch_recipients).where(_R.batch_id == batch_id, _R.id > after)
        if state is not None:
            query = query.where(_R.state == state)
        found = self._connection.execute(query.order_by(_R.id).limit(limit))
        return tuple(to_recipient(row) for row in found)

    def waiting(self, batch_id: BatchId, *, after: int, limit: int) -> tuple[Recipient, ...]:
        """Waiting recipients in their order, locked until the transaction ends."""
        query = select(batch_recipients).where(
            _R.batch_id == batch_id, _R.state == RecipientState.WAITING, _R.id > after
        )
        found = self._connection.execute(query.order_by(_R.id).limit(limit).with_for_update())
        return tuple(to_recipient(row) for row in found)

    def settle(self, settled: Sequence[Settled]) -> None:
        """Say what became of waiting recipients."""
        _SETTLE.run(
            self._connection,
            [
                {
                    "b_id": one.recipient_id,
                    "v_state": one.state,
                    "v_code": one.code,
                    "v_reason": one.reason,
                    "v_message": one.message_id,
                    "v_conversation": one.conversation_id,
                }
                for one in settled
            ],
        )

    def cancel_waiting(self, batch_id: BatchId) -> int:
        """Nobody who still waits gets it; returns how many they were."""
        here = (_R.batch_id == batch_id) & (_R.state == RecipientState.WAITING)
        values = {"state": RecipientState.CANCELLED, "reason_code": "stopped", "reason": "The batch was stopped."}
        return self._connection.execute(update(batch_recipients).where(here).values(**values)).rowcount

    def served(self, batch_id: BatchId, contact_ids: Sequence[ContactId]) -> set[ContactId]:
        """Those of some contacts to whom a message of the batch was made; whose address it is now counts."""
        here = (_R.batch_id == batch_id) & (_R.state == RecipientState.QUEUED) & _A.contact_id.in_(list(contact_ids))
        query = select(_A.contact_id).join(batch_recipients, _R.address_id == _A.id).where(here)
        return {ContactId(key) for key in self._connection.execute(query).scalars()}

    def opted_out(self, contact_ids: Sequence[ContactId]) -> None:
        """These contacts opted out: no batch that is not queued yet writes to them."""
        here = _R.contact_id.in_(list(contact_ids)) & (_R.state == RecipientState.WAITING)
        touched = set(self._connection.execute(select(_R.batch_id).where(here)).scalars())
        if not touched:
            return
        why = {"reason_code": "opted_out", "reason": "This contact opted out of messages."}
        self._connection.execute(update(batch_recipients).where(here).values(state=RecipientState.SKIPPED, **why))
        for key in sorted(touched):
            self._work.announce(BatchChanged(batch_id=key))

    # -- messages

    def begin_of_queueing(self, batch_id: BatchId) -> datetime | None:
        """Since when its messages are queued: when its recipients were known, or its time where it was moved."""
        row = self._connection.execute(select(_B.filled_at, _B.due_at).where(_B.id == batch_id)).one()
        return None if row.filled_at is None else max(row.filled_at, row.due_at)

    def queued_since(self, batch_id: BatchId, at: datetime) -> int:
        """How many messages were made of it since a moment."""
        query = select(func.count()).where(_M.batch_id == batch_id, _M.id >= first_entry_id(at))
        return int(self._connection.execute(query).scalar_one())

    def open_states(self, batch_id: BatchId) -> dict[tuple[DeliveryStatus, str], int]:
        """How many messages have not left, by state and the reason that the outbox has for it."""
        query = (
            select(_M.status, _O.reason, func.count().label("number"))
            .join(outbox, _O.message_id == _M.id)
            .where(_M.batch_id == batch_id, _M.status.in_(_OPEN_MESSAGES))
        )
        found = self._connection.execute(query.group_by(_M.status, _O.reason))
        return {(DeliveryStatus(row.status), row.reason or ""): row.number for row in found}

    def open_entries(self, batch_id: BatchId, *, limit: int, after: int = 0) -> tuple[OutboxId, ...]:
        """Outbox entries of a batch that have not left, in their order, behind the id ``after``."""
        query = (
            select(_O.id)
            .join(messages, _M.id == _O.message_id)
            .where(_M.batch_id == batch_id, _M.status.in_(_OPEN_MESSAGES), _O.id > after)
            .order_by(_O.id)
            .limit(limit)
        )
        return tuple(OutboxId(key) for key in self._connection.execute(query).scalars())

    def has_open_messages(self, batch_id: BatchId) -> bool:
        """Whether something queued may still leave by itself."""
        query = select(_M.id).where(_M.batch_id == batch_id, _M.status.in_(_OPEN_MESSAGES)).limit(1)
        return self._connection.execute(query).first() is not None

    def counts(self, ids: Sequence[BatchId]) -> dict[BatchId, Counts]:
        """Where the recipients of batches stand, for each id."""
        people: dict[int, dict[RecipientState, int]] = defaultdict(dict)
        shown: dict[int, dict[DeliveryStatus, int]] = defaultdict(dict)
        number = func.count().label("number")
        states = select(_R.batch_id, _R.state, number).where(_R.batch_id.in_(list(ids)))
        for row in self._connection.execute(states.group_by(_R.batch_id, _R.state)):
            people[row.batch_id][RecipientState(row.state)] = row.number
        # From the recipients on: a message of the consent that goes first belongs to nobody's batch.
        statuses = (
            select(_R.batch_id, _M.status, number)
            .join(messages, _M.id == _R.message_id)
            .where(_R.batch_id.in_(list(ids)), _R.state == RecipientState.QUEUED)
        )
        for row in self._connection.execute(statuses.group_by(_R.batch_id, _M.status)):
            shown[row.batch_id][DeliveryStatus(row.status)] = row.number
        return {key: Counts(recipients=people[key], messages=shown[key]) for key in ids}

    def existing_conversations(self, contact_ids: Sequence[ContactId]) -> dict[ContactId, ConversationId]:
        """The conversations of contacts; those who have none are absent."""
        return self._talks(_TALKS, contact_ids)

    def conversations_of(self, contact_ids: Sequence[ContactId]) -> dict[ContactId, ConversationId]:
        """The same, held so that nobody deletes them meanwhile; conversations are made for those who have none."""
        found = self._talks(_TALKS.with_for_update(read=True, key_share=True), contact_ids)
        for key in contact_ids:
            if key not in found:
                found[key] = self._work.conversations.of_contact(key)
        return found

    def _talks(self, query: Select[Any], contact_ids: Sequence[ContactId]) -> dict[ContactId, ConversationId]:
        found = self._connection.execute(query.where(conversations.c.contact_id.in_(list(contact_ids))))
        return {ContactId(row.contact_id): ConversationId(row.id) for row in found}


def _to_take(owner: str, at: datetime) -> ColumnElement[bool]:
    due = (_B.status == BatchStatus.PROGRAMMED) & (_B.due_at <= at)
    over = (_B.lease_until <= at) | (_B.lease_until > at + timedelta(minutes=10))  # by a clock that was ahead
    free = _B.lease_until.is_(None) | over | (_B.lease_owner == owner)
    return or_(due, (_B.status == BatchStatus.PROCESSING) & free)
