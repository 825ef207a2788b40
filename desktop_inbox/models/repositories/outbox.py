"""Messages on their way out: claims, transitions and what sending needs to know.

Which transition follows which is decided by ``services.transitions``; here each one is guarded by fence and
state, mirrored to the message and its conversation, noted in the ledger and announced, in one transaction.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError

from desktop_inbox import clock as clocks
from desktop_inbox.events import MessageStatusChanged
from desktop_inbox.models.entities.ids import ChannelId, ContactId, ConversationId, EntryId, OutboxId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.entities.outbox import CONSENT_FIRST, OUTSIDE_HOURS, Move, OutboxEntry
from desktop_inbox.models.schema import conversations, messages, outbox

from .base import Repository
from .outbox_rows import to_entry
from .prepared import Prepared

_O = outbox.c
_L = outbox.alias("lead").c  # the consent message that goes before
_INSERT = Prepared(insert(outbox))
_BY_IDS = select(outbox).where(_O.id.in_(bindparam("ids", expanding=True))).order_by(_O.id)
_LOCKED_BY_IDS = _BY_IDS.with_for_update()
_BOUND = select(messages.c.provider_message_id).where(
    messages.c.channel_id == bindparam("channel"),
    messages.c.provider_message_id.in_(bindparam("ids", expanding=True)),
)

# Who may be claimed: due, and first in its conversation. An unclear message holds the later ones only until it
# has settled, and one that waits for a channel which does not work holds none of another channel: it may wait for
# days; nor does one whose time is not allowed. The list of states is that of the partial index, word for word, else
# SQLite would not use it.
_CLAIM = """
WITH picked AS (
    SELECT o.id FROM outbox AS o
    WHERE o.state IN ('queued', 'retry_wait') AND o.due_at <= :at AND o.expires_at > :at
      AND o.channel_id IN :channels AND o.priority >= :lowest
      AND NOT EXISTS (
        SELECT 1 FROM outbox AS e
        WHERE e.conversation_id = o.conversation_id AND e.id <> o.id
          AND e.state IN ('held', 'queued', 'retry_wait', 'claimed', 'sending', 'unknown')
          AND (e.state IN ('claimed', 'sending')
               OR (e.message_id < o.message_id AND (e.state <> 'unknown' OR e.unknown_since > :settled)
                   AND NOT (e.state = 'held' AND e.reason IN ('outside_hours', 'moved_to_hours'))
                   AND NOT (e.channel_id <> o.channel_id AND e.state IN ('held', 'queued', 'retry_wait')
                            AND EXISTS (
                                SELECT 1 FROM channels AS c
                                WHERE c.id = e.channel_id AND (c.state <> 'active' OR c.circuit_until IS NOT NULL))))))
    ORDER BY o.priority DESC, o.due_at, o.id
    LIMIT :limit {lock}
)
UPDATE outbox SET state = 'claimed', lease_owner = :owner, lease_until = :until, fence = fence + 1
WHERE id IN (SELECT id FROM picked)
RETURNING {columns}
"""
_CLAIMS = {
    dialect: text(_CLAIM.format(lock=lock, columns=", ".join(f"outbox.{column.name}" for column in _O)))
    .bindparams(
        bindparam("channels", expanding=True),
        bindparam("at", type_=_O.due_at.type),
        bindparam("until", type_=_O.due_at.type),
        bindparam("settled", type_=_O.due_at.type),
    )
    .columns(*_O)
    for dialect, lock in (("sqlite", ""), ("postgresql", "FOR UPDATE OF o SKIP LOCKED"))
}

_MUTABLE = (
    "state",
    "priority",
    "due_at",
    "expires_at",
    "attempts",
    "requeued",
    "lease_owner",
    "lease_until",
    "sending_since",
    "unknown_since",
    "look_due_at",
    "empty_looks",
    "reason",
    "on_unknown",
    "provider_message_id",
    "evidence",
)
_SAVE = Prepared(
    update(outbox)
    .where(_O.id == bindparam("b_id"), _O.fence == bindparam("b_fence"), _O.state == bindparam("b_state"))
    .values({name: bindparam(f"v_{name}", type_=_O[name].type) for name in _MUTABLE})
)

_M = messages.c
#: Moments are those of the first time: a message that was sent does not get sent again.
_MOMENTS = ("sent_at", "delivered_at", "read_at", "failed_at")
_MIRROR = Prepared(
    update(messages)
    .where(_M.id == bindparam("b_id"))
    .values(
        status=bindparam("v_status"),
        error_origin=bindparam("v_error_origin"),
        error_code=bindparam("v_error_code"),
        error_text=bindparam("v_error_text"),
        provider_message_id=func.coalesce(bindparam("v_provider", type_=_M.error_text.type), _M.provider_message_id),
        segments=func.coalesce(bindparam("v_segments", type_=_M.segments.type), _M.segments),
        **{name: func.coalesce(_M[name], bindparam(f"v_{name}", type_=_M[name].type)) for name in _MOMENTS},
    )
)
_LIST_STATUS = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("b_id"), conversations.c.last_entry_id == bindparam("b_message"))
    .values(last_status=bindparam("v_status"))
)

S = DeliveryStatus
_LEFT = (S.ACCEPTED, S.SENT, S.DELIVERED, S.READ)
_SHOWN_AS = {S.CLAIMED: S.QUEUED}
_FAILURES = (S.FAILED, S.BLOCKED, S.EXPIRED, S.UNDELIVERED)
WAITING = (S.HELD, S.QUEUED, S.RETRY_WAIT)
OPEN = (*WAITING, S.CLAIMED, S.SENDING)


def _rows(*states: S) -> ColumnElement[bool]:
    return _O.state.in_([literal_column(f"'{state}'") for state in states])


# The conditions of partial indexes, constants written out: SQLite takes an index only when it sees them, and
# without one every look would read all that was ever sent.
_DUE = _rows(S.QUEUED, S.RETRY_WAIT)
_BY_ID = _O.id + 0  # as an expression: else SQLite goes through the whole table to save the sorting
_IN_FLIGHT = _rows(S.CLAIMED, S.SENDING)
_OPEN = _rows(S.HELD, S.QUEUED, S.RETRY_WAIT, S.CLAIMED, S.SENDING, S.UNKNOWN)
OPEN_ROWS = _OPEN


class OutboxRepository(Repository):
    """The rows of the outbox; every change of state goes through ``apply``."""

    def now(self) -> datetime:
        """The time that leases and due times are compared with: the server's, as desktops' clocks differ."""
        if self._dialect == "postgresql" and self._work.clock is clocks.now:
            server: datetime = self._connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            return server
        return self._work.now()

    def add_many(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Add rows; columns by name, the same ones in each."""
        _INSERT.run(self._connection, entries)

    def get(self, outbox_id: OutboxId) -> OutboxEntry | None:
        """The entry, or None."""
        row = self._connection.execute(_BY_IDS, {"ids": [outbox_id]}).first()
        return None if row is None else to_entry(row)

    def of_message(self, message_id: EntryId) -> OutboxEntry | None:
        """The entry of a message, locked until the transaction ends; None where it never was in the outbox."""
        query = select(outbox).where(_O.message_id == message_id).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else to_entry(row)

    def of_messages(self, message_ids: Sequence[EntryId]) -> dict[EntryId, OutboxEntry]:
        """The entries of messages, locked; those that never were in the outbox are absent."""
        query = select(outbox).where(_O.message_id.in_(list(message_ids))).order_by(_O.id).with_for_update()
        return {EntryId(row.message_id): to_entry(row) for row in self._connection.execute(query)}

    def by_key(self, channel_id: ChannelId, idem_key: str) -> OutboxEntry | None:
        """The entry that was sent with a key, locked, or None."""
        query = select(outbox).where(_O.idem_key == idem_key, _O.channel_id == channel_id).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else to_entry(row)

    def lock(self, ids: Iterable[OutboxId]) -> dict[OutboxId, OutboxEntry]:
        """The entries by id, as they stand now, locked until the transaction ends."""
        rows = self._connection.execute(_LOCKED_BY_IDS, {"ids": sorted(ids)})
        return {OutboxId(row.id): to_entry(row) for row in rows}

    def claim(
        self,
        channel_ids: Sequence[ChannelId],
        *,
        owner: str,
        at: datetime,
        until: datetime,
        settled: datetime,
        limit: int,
        lowest: int = 0,
    ) -> tuple[OutboxEntry, ...]:
        """Take up to ``limit`` due entries of priority ``lowest`` or more, the most urgent first; nothing when
        somebody else was faster."""
        values = {
            "channels": list(channel_ids),
            "owner": owner,
            "at": at,
            "until": until,
            "settled": settled,
            "limit": limit,
            "lowest": lowest,
        }
        try:
            # A file has one writer: nobody can be faster.
            with self._connection.begin_nested() if self._dialect != "sqlite" else contextlib.nullcontext():
                claimed = [to_entry(row) for row in self._connection.execute(_CLAIMS[self._dialect], values).all()]
        except IntegrityError:  # another computer put a message of the same conversation in flight
            if self._dialect == "sqlite":
                raise
            return ()
        for entry in claimed:
            self._work.ledger.add(entry.message_id, "claimed", at=at, fence=entry.fence)
        return tuple(sorted(claimed, key=lambda entry: (-entry.priority, entry.due_at, entry.id)))

    def apply(self, moves: Sequence[Move]) -> None:
        """Make transitions of entries that this transaction locked; in the order given."""
        if not moves:
            return
        changed = [_save_values(move) for move in moves]
        done = _SAVE.run(self._connection, changed)
        if done != len(moves):
            raise RuntimeError("an outbox entry changed although it was locked")
        for move in moves:
            self._work.ledger.add(move.after.message_id, move.kind, at=move.at, **dict(move.details))
        self._show(moves)
        if any(move.after.leads for move in moves):
            self._work.consent_first.settle(moves)

    def _show(self, moves: Sequence[Move]) -> None:
        shown = [(move, self._shown(move)) for move in moves if self._shows(move)]
        if not shown:
            return
        _MIRROR.run(self._connection, [_mirror_values(move, status) for move, status in shown])
        _LIST_STATUS.run(
            self._connection,
            [
                {"b_id": move.after.conversation_id, "b_message": move.after.message_id, "v_status": status}
                for move, status in shown
            ],
        )
        for move, status in shown:
            self._work.announce(
                MessageStatusChanged(
                    message_id=move.after.message_id, conversation_id=move.after.conversation_id, status=status
                )
            )

    @staticmethod
    def _shown(move: Move) -> DeliveryStatus:
        return move.status or _SHOWN_AS.get(move.after.state, move.after.state)

    def _shows(self, move: Move) -> bool:
        if move.error_text or move.status or move.after.provider_message_id != move.before.provider_message_id:
            return True
        return _SHOWN_AS.get(move.before.state, move.before.state) != self._shown(move)

    def overdue(self, at: datetime, *, limit: int = 500) -> tuple[OutboxEntry, ...]:
        """Entries whose lease ran out, locked; those that another computer holds are left to it."""
        query = select(outbox).where(_IN_FLIGHT, _O.lease_until <= at)
        return self._locked(query, limit)

    def of_owner(self, owner: str) -> tuple[OutboxEntry, ...]:
        """What a process has claimed or is sending, locked."""
        return self._locked(select(outbox).where(_IN_FLIGHT, _O.lease_owner == owner), 100_000)

    def expired(self, at: datetime, *, limit: int = 500) -> tuple[OutboxEntry, ...]:
        """Waiting entries that are too late to send, locked. What waits for a person to move it waits on, and so does
        what follows it."""
        reason = func.coalesce(_O.reason, "")
        waits = _L.state.in_(OPEN) & ((_L.expires_at > at) | (_L.reason == OUTSIDE_HOURS))
        led = (reason == CONSENT_FIRST) & exists().where(_L.message_id == _O.after_message_id, waits)
        apart = (_O.state != S.HELD) | ((reason != OUTSIDE_HOURS) & ~led)
        return self._locked(select(outbox).where(_OPEN, _O.state.in_(WAITING), _O.expires_at <= at, apart), limit)

    def held_due(self, at: datetime, *, limit: int = 500) -> tuple[OutboxEntry, ...]:
        """Held entries that the gate should see again, locked; those behind a consent message wait for it, those whose
        time is not allowed for a person."""
        free = func.coalesce(_O.reason, "").not_in((CONSENT_FIRST, OUTSIDE_HOURS))
        return self._locked(select(outbox).where(_OPEN, _O.state == S.HELD, _O.due_at <= at, free), limit)

    def held_for(self, reason: str) -> tuple[OutboxEntry, ...]:
        """What is held for one reason, locked."""
        return self._locked(select(outbox).where(_OPEN, _O.state == S.HELD, _O.reason == reason), 100_000)

    def waiting_of(self, contact_id: ContactId) -> tuple[OutboxEntry, ...]:
        """What waits to leave for a contact, locked."""
        return self._locked(select(outbox).where(_OPEN, _O.contact_id == contact_id, _O.state.in_(WAITING)), 100_000)

    def waiting_on(self, channel_id: ChannelId) -> tuple[OutboxEntry, ...]:
        """What waits to leave by a channel, locked."""
        return self._locked(select(outbox).where(_OPEN, _O.channel_id == channel_id, _O.state.in_(WAITING)), 1_000_000)

    def retrying(self) -> tuple[OutboxEntry, ...]:
        """What waits for another attempt, locked."""
        return self._locked(select(outbox).where(_DUE, _O.state == S.RETRY_WAIT), 100_000)

    def stranded(self, *, due_after: datetime, lease_after: datetime) -> tuple[OutboxEntry, ...]:
        """What a clock set back left waiting for a time that is far off, locked."""
        far = _DUE & (_O.due_at > due_after) & (_O.priority > 0)
        leased = _IN_FLIGHT & (_O.lease_until > lease_after)
        return self._locked(select(outbox).where(_OPEN, far | leased), 100_000)

    def queued_ahead(self, at: datetime) -> list[tuple[OutboxEntry, datetime]]:
        """What waits to be sent to many and was queued by a clock that was ahead, with when that was; locked."""
        here = (_DUE & (_O.due_at > at) & (_O.priority == 0), _M.queued_at > at)
        query = select(outbox, _M.queued_at).join(messages, _M.id == _O.message_id).where(_OPEN, *here)
        rows = self._connection.execute(query.order_by(_BY_ID).with_for_update(of=outbox, skip_locked=True))
        return [(to_entry(row), row.queued_at) for row in rows]

    def looks_due(self, at: datetime, channel_ids: Sequence[ChannelId], *, limit: int = 50) -> tuple[OutboxEntry, ...]:
        """Unclear entries that it is time to clear up, the oldest attempt first."""
        query = (
            select(outbox)
            .where(_OPEN, _O.state == S.UNKNOWN, _O.look_due_at <= at, _O.channel_id.in_(list(channel_ids)))
            .order_by(_O.sending_since, _O.id)
            .limit(limit)
        )
        return tuple(to_entry(row) for row in self._connection.execute(query))

    def next_due(self, channel_ids: Sequence[ChannelId]) -> datetime | None:
        """When the next waiting entry of these channels becomes due, also in the past; None when none waits."""
        query = select(func.min(_O.due_at)).where(_DUE, _O.channel_id.in_(list(channel_ids)))
        moment: datetime | None = self._connection.execute(query).scalar()
        return moment

    def waiting_count(self) -> int:
        """How many messages have not left yet."""
        query = select(func.count()).where(_OPEN, _O.state.in_(OPEN))
        return int(self._connection.execute(query).scalar_one())

    def count_states(self) -> dict[DeliveryStatus, int]:
        """How many entries stand in each state."""
        query = select(_O.state, func.count().label("number")).group_by(_O.state)
        return {S(row.state): row.number for row in self._connection.execute(query)}

    def disagreements(self) -> tuple[EntryId, ...]:
        """Messages that show something else than their outbox entry: empty unless somebody wrote past us."""
        shown = text("CASE outbox.state WHEN 'claimed' THEN 'queued' ELSE outbox.state END")
        query = (
            select(_M.id).join(outbox, _O.message_id == _M.id).where(text("messages.status <> (" + shown.text + ")"))
        )
        return tuple(EntryId(key) for key in self._connection.execute(query).scalars())

    def promote(self, conversation_id: ConversationId, priority: int) -> None:
        """Let what waits in a conversation leave as soon as what was just queued behind it."""
        statement = update(outbox).where(_OPEN, _O.conversation_id == conversation_id, _DUE)
        self._connection.execute(statement.where(_O.priority < priority).values(priority=priority))

    def bound(self, channel_id: ChannelId, provider_ids: Sequence[str]) -> frozenset[str]:
        """Those of a provider's ids that some message already has."""
        if not provider_ids:
            return frozenset()
        values = {"channel": channel_id, "ids": list(provider_ids)}
        return frozenset(self._connection.execute(_BOUND, values).scalars())

    def _locked(self, query: Any, limit: int) -> tuple[OutboxEntry, ...]:
        query = query.order_by(_BY_ID).limit(limit).with_for_update(skip_locked=True)
        return tuple(to_entry(row) for row in self._connection.execute(query))


def _save_values(move: Move) -> dict[str, Any]:
    before, after = move.before, move.after
    values: dict[str, Any] = {f"v_{name}": getattr(after, name) for name in _MUTABLE}
    return {"b_id": before.id, "b_fence": before.fence, "b_state": before.state, **values}


def _mirror_values(move: Move, status: DeliveryStatus) -> dict[str, Any]:
    return {
        "b_id": move.after.message_id,
        "v_status": status,
        "v_error_origin": move.error_origin,
        "v_error_code": move.error_code,
        "v_error_text": move.error_text,
        "v_provider": move.after.provider_message_id,
        "v_segments": move.segments,
        "v_sent_at": move.at if status in _LEFT else None,
        "v_delivered_at": move.at if status is S.DELIVERED else None,
        "v_read_at": move.at if status is S.READ else None,
        "v_failed_at": move.at if status in _FAILURES else None,
    }


def released(entry: OutboxEntry, state: DeliveryStatus, **changes: Any) -> OutboxEntry:
    """Return ``entry`` in another state and without a lease."""
    return replace(entry, state=state, lease_owner=None, lease_until=None, **changes)
