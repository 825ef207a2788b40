"""The hash-chained delivery ledger: one chain per writing process, so that writers never wait for each other."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from desktop_inbox.clock import to_millis
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.schema import delivery_ledger, ledger_heads

from .base import AnyRow, Repository
from .prepared import Prepared

if TYPE_CHECKING:
    from desktop_inbox.models.work import Work

GENESIS = "0" * 64
_L = delivery_ledger.c
_INSERT = Prepared(insert(delivery_ledger))
_HEAD = select(ledger_heads)
_MY_HEAD = _HEAD.where(ledger_heads.c.writer == bindparam("writer")).with_for_update()
_NEW_HEAD = Prepared(insert(ledger_heads))
_MOVE_HEAD = Prepared(
    update(ledger_heads)
    .where(ledger_heads.c.writer == bindparam("b_writer"))
    .values(seq=bindparam("v_seq"), hash=bindparam("v_hash"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One fact about one message; never its text."""

    writer: str
    seq: int
    at: datetime
    message_id: EntryId
    kind: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProblem:
    """A place where a chain does not hold."""

    writer: str
    seq: int
    what: str  # changed, missing, misplaced, head


class LedgerRepository(Repository):
    """Appends lines, and proves that none was changed, removed or put in between."""

    def __init__(self, work: "Work") -> None:
        super().__init__(work)
        self._pending: list[tuple[datetime, int, str, Mapping[str, Any]]] = []

    def add(self, message_id: EntryId, kind: str, *, at: datetime, **details: str | int) -> None:
        """Note a fact; written with the transaction's other lines just before the commit."""
        self._pending.append((at, message_id, kind, details))

    def flush(self) -> None:
        """Write what was noted; ``Work`` calls it before the commit."""
        if not self._pending:
            return
        writer = self._work.instance
        head = self._connection.execute(_MY_HEAD, {"writer": writer}).first()
        seq, previous = (head.seq, head.hash) if head else (0, GENESIS)
        rows = []
        for at, message_id, kind, details in self._pending:
            seq += 1
            digest = _digest(writer, seq, at, message_id, kind, details, previous)
            rows.append(
                {
                    "writer": writer,
                    "seq": seq,
                    "at": at,
                    "message_id": message_id,
                    "kind": kind,
                    "details": details,
                    "prev_hash": previous,
                    "hash": digest,
                }
            )
            previous = digest
        self._pending = []
        _INSERT.run(self._connection, rows)
        if head:
            _MOVE_HEAD.run(self._connection, ({"b_writer": writer, "v_seq": seq, "v_hash": previous},))
        else:
            _NEW_HEAD.run(self._connection, ({"writer": writer, "seq": seq, "hash": previous},))

    def of_message(self, message_id: EntryId) -> tuple[LedgerLine, ...]:
        """Everything noted about a message, in the order of time."""
        query = select(delivery_ledger).where(_L.message_id == message_id).order_by(_L.at, _L.writer, _L.seq)
        return tuple(_to_line(row) for row in self._connection.execute(query))

    def count(self) -> int:
        """How many lines there are."""
        return int(self._connection.execute(select(func.count()).select_from(delivery_ledger)).scalar_one())

    def check_chain(self) -> tuple[LedgerProblem, ...]:
        """Walk every chain; empty when each line is as it was written and the last one is the head."""
        heads = {row.writer: row for row in self._connection.execute(_HEAD)}
        problems: list[LedgerProblem] = []
        ends: dict[str, tuple[int, str]] = {}
        for row in self._rows():
            last_seq, last_hash = ends.get(row.writer, (0, GENESIS))
            if row.seq != last_seq + 1:
                problems.append(LedgerProblem(writer=row.writer, seq=last_seq + 1, what="missing"))
            elif row.prev_hash != last_hash:
                problems.append(LedgerProblem(writer=row.writer, seq=row.seq, what="misplaced"))
            digest = _digest(row.writer, row.seq, row.at, row.message_id, row.kind, row.details, row.prev_hash)
            if row.hash != digest:
                problems.append(LedgerProblem(writer=row.writer, seq=row.seq, what="changed"))
            ends[row.writer] = (row.seq, row.hash)
        for writer in sorted(heads.keys() | ends.keys()):
            seq, digest = ends.get(writer, (0, GENESIS))
            head = heads.get(writer)
            if head is None or (head.seq, head.hash) != (seq, digest):
                problems.append(LedgerProblem(writer=writer, seq=seq, what="head"))
        return tuple(problems)

    def _rows(self) -> Iterator[AnyRow]:
        query = select(delivery_ledger).order_by(_L.writer, _L.seq)
        yield from self._connection.execute(query.execution_options(yield_per=1000))


def _digest(
    writer: str, seq: int, at: datetime, message_id: int, kind: str, details: Mapping[str, Any], previous: str
) -> str:
    content = [writer, seq, to_millis(at), message_id, kind, dict(details), previous]
    encoded = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(encoded.encode()).hexdigest()


def _to_line(row: AnyRow) -> LedgerLine:
    return LedgerLine(
        writer=row.writer,
        seq=row.seq,
        at=row.at,
        message_id=EntryId(row.message_id),
        kind=row.kind,
        details=row.details,
    )
