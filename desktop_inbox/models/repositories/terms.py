"""Blocked terms, and what was decided about messages that had one."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from desktop_inbox.events import TermsChanged
from desktop_inbox.models.entities.ids import (
    BatchId,
    ContactId,
    ConversationId,
    EntryId,
    TermId,
    UserId,
    entry_time,
)
from desktop_inbox.models.entities.term import (
    BLOCKED_TERM,
    BlockedTerm,
    Decision,
    KeptBack,
    TermDecision,
    TermKind,
)
from desktop_inbox.models.schema import blocked_terms, contacts, messages, term_decisions, users

from .base import AnyRow, Repository

_T, _D, _M = blocked_terms.c, term_decisions.c, messages.c
_ALL = select(blocked_terms).order_by(_T.kind.desc(), _T.term_key, _T.id)
_ACTIVE = select(_T.kind, _T.term_key, _T.term).where(_T.active.is_(True)).order_by(_T.id)
_ALLOWED = select(_D.term_key).where(_D.text_hash == bindparam("digest"), _D.decision == "allowed")
_KEPT_BACK = (
    select(
        _M.id,
        _M.conversation_id,
        _M.contact_id,
        _M.text,
        _M.batch_id,
        contacts.c.first_name,
        contacts.c.last_name,
        users.c.name.label("sender_name"),
    )
    .join(contacts, contacts.c.id == _M.contact_id)
    .outerjoin(users, users.c.id == _M.sender_id)
    .outerjoin(term_decisions, _D.message_id == _M.id)
    # The folder has an index; the failed ones are few beside all that was ever sent.
    .where(_M.folder == "failed", _M.status == "blocked", _M.error_code == BLOCKED_TERM, _D.id.is_(None))
)

#: An active term: kind, key, and as it was typed.
Active = tuple[str, str, str]


class TermRepository(Repository):
    """Reads and writes terms; who may do what is the service's business."""

    def all(self) -> tuple[BlockedTerm, ...]:
        """Every term, words before links."""
        return tuple(_to_term(row) for row in self._connection.execute(_ALL))

    def get(self, term_id: TermId) -> BlockedTerm | None:
        """The term, or None."""
        row = self._connection.execute(_ALL.where(_T.id == term_id)).first()
        return None if row is None else _to_term(row)

    def find(self, kind: TermKind, key: str) -> BlockedTerm | None:
        """The term that is looked for in the same way, or None."""
        row = self._connection.execute(_ALL.where(_T.kind == kind, _T.term_key == key)).first()
        return None if row is None else _to_term(row)

    def active(self) -> tuple[Active, ...]:
        """What is looked for, in the order it was added."""
        return tuple((row.kind, row.term_key, row.term) for row in self._connection.execute(_ACTIVE))

    def add(self, kind: TermKind, term: str, key: str, *, user_id: UserId) -> BlockedTerm:
        """Add a term (IntegrityError where it is known)."""
        values = {"kind": kind, "term": term, "term_key": key, "created_by_id": user_id, "created_at": self._work.now()}
        new = self._connection.execute(insert(blocked_terms).values(**values).returning(_T.id)).scalar_one()
        self._work.announce(TermsChanged())
        made = self.get(TermId(new))
        assert made is not None  # noqa: S101 - just inserted
        return made

    def change(self, term_id: TermId, **values: Any) -> None:
        """Set columns by name."""
        self._connection.execute(update(blocked_terms).where(_T.id == term_id).values(**values))
        self._work.announce(TermsChanged())

    def delete(self, term_id: TermId) -> None:
        """Remove a term."""
        self._connection.execute(delete(blocked_terms).where(_T.id == term_id))
        self._work.announce(TermsChanged())

    # -- decisions

    def allowed(self, digest: str) -> frozenset[str]:
        """The keys of terms with which a text of this hash may leave."""
        return frozenset(self._connection.execute(_ALLOWED, {"digest": digest}).scalars())

    def decide(
        self, message_id: EntryId, keys: Iterable[str], decision: Decision, *, user_id: UserId, note: str, digest: str
    ) -> None:
        """Note a decision for each term that kept a message back."""
        rows = [
            {
                "message_id": message_id,
                "term_key": key,
                "decision": decision,
                "user_id": user_id,
                "at": self._work.now(),
                "note": note,
                "text_hash": digest if decision is Decision.ALLOWED else "",
            }
            for key in keys
        ]
        self._connection.execute(insert(term_decisions), rows)
        self._work.announce(TermsChanged())

    def decisions(self, message_id: EntryId | None = None, *, limit: int = 500) -> tuple[TermDecision, ...]:
        """What was decided, the last thing first; of one message where one is given."""
        query = select(term_decisions).order_by(_D.id.desc()).limit(limit)
        if message_id is not None:
            query = query.where(_D.message_id == message_id)
        return tuple(_to_decision(row) for row in self._connection.execute(query))

    def kept_back(self, *, limit: int = 500) -> tuple[KeptBack, ...]:
        """Messages that a term kept back and about which nobody has decided, the newest first; ``terms`` is empty."""
        rows = self._connection.execute(_KEPT_BACK.order_by(_M.id.desc()).limit(limit)).all()
        return tuple(_to_kept_back(row) for row in rows)

    def one_kept_back(self, message_id: EntryId) -> KeptBack | None:
        """One of them, or None where somebody decided meanwhile."""
        row = self._connection.execute(_KEPT_BACK.where(_M.id == message_id)).first()
        return None if row is None else _to_kept_back(row)

    def count_kept_back(self) -> int:
        """How many wait for a decision."""
        waiting = _KEPT_BACK.with_only_columns(_M.id).subquery()
        return int(self._connection.execute(select(func.count()).select_from(waiting)).scalar_one())


def _to_term(row: AnyRow) -> BlockedTerm:
    return BlockedTerm(
        id=TermId(row.id),
        kind=TermKind(row.kind),
        term=row.term,
        key=row.term_key,
        active=row.active,
        created_by_id=UserId(row.created_by_id),
        created_at=row.created_at,
    )


def _to_decision(row: AnyRow) -> TermDecision:
    return TermDecision(
        message_id=EntryId(row.message_id),
        term_key=row.term_key,
        decision=Decision(row.decision),
        user_id=UserId(row.user_id),
        at=row.at,
        note=row.note,
    )


def _to_kept_back(row: AnyRow) -> KeptBack:
    message_id = EntryId(row.id)
    return KeptBack(
        message_id=message_id,
        conversation_id=ConversationId(row.conversation_id),
        contact_id=ContactId(row.contact_id),
        contact_name=f"{row.first_name} {row.last_name}".strip(),
        text=row.text,
        sender_name=row.sender_name or "",
        batch_id=None if row.batch_id is None else BatchId(row.batch_id),
        terms=(),
        at=entry_time(message_id),
    )
