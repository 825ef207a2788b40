"""What users did and can take back: rows before and after, one step for each thing done."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Table, delete, func, insert, or_, select, update

from desktop_inbox.events import StepTaken
from desktop_inbox.models import images
from desktop_inbox.models.entities.ids import UndoStepId, UserId
from desktop_inbox.models.entities.undo import UndoStep
from desktop_inbox.models.schema import undo_steps

from .base import AnyRow, Repository

#: Steps kept for each user; older ones are forgotten.
KEPT: Final = 500

_S = undo_steps.c
_HEAD = _S.part_of_id.is_(None)


class Step:
    """What is being done now. Tables are watched before they are changed."""

    def __init__(self, repository: "UndoRepository", *, count: int, details: Mapping[str, str]) -> None:
        self._repository = repository
        self.count = count
        self._watched: list[tuple[Table, Mapping[str, Sequence[Any]], dict[images.Key, images.Plain]]] = []
        self.details = dict(details)
        self.note: dict[str, Any] = {}  # JSON for who undoes this kind of step in a way of its own
        self.id: UndoStepId | None = None  # after the step: None where nothing was changed

    def watch(self, table: Table | str, **columns: Sequence[Any]) -> None:
        """Remember the rows whose ``columns`` have one of these values each, as they are before the change.

        At the end of the step they are read again; what differs can be taken back. The table is given itself or by
        its name. Raises ValueError for tables that are proof or are sent: messages, ledgers, events.
        """
        table = images.watchable(table)
        self._watched.append((table, columns, images.read(self._repository.connection, table, columns)))

    def changes(self) -> list[images.Change]:
        """What differs from the time it was watched; a row watched twice counts from the first time."""
        found: dict[tuple[str, images.Key], images.Change] = {}
        for table, columns, before in self._watched:
            after = images.read(self._repository.connection, table, columns)
            after |= images.read_keys(self._repository.connection, table, before.keys() - after.keys())
            for change in images.difference(table, before, after):
                found.setdefault((change.table, change.key), change)
        return list(found.values())


class UndoRepository(Repository):
    """The history of each user."""

    _open: Step | None = None

    @property
    def connection(self) -> Any:
        """The connection of this transaction, for steps."""
        return self._connection

    @contextmanager
    def step(
        self,
        user_id: UserId,
        kind: str,
        *,
        count: int = 1,
        details: Mapping[str, str] | None = None,
        part_of: UndoStepId | None = None,
        quiet: bool = False,
    ) -> Iterator[Step]:
        """Do something that can be taken back: watch rows, change them, leave the block.

        Inside another step it belongs to that one. ``part_of`` adds to a step of an earlier transaction, for
        changes too many for one. ``quiet`` tells nobody, see ``tell``. Nothing is kept when nothing changed.
        """
        if self._open is not None:
            yield self._open
            return
        step = Step(self, count=count, details=details or {})
        self._open = step
        try:
            yield step
        finally:
            self._open = None
        changes = step.changes()
        if not changes and not step.note:
            return
        step.id = self._keep(user_id, kind, step, changes, part_of)
        if not quiet:
            self.tell(part_of or step.id)

    def tell(self, step_id: UndoStepId) -> None:
        """Announce a step that was made quietly."""
        step = self.get(step_id)
        if step is not None:
            self._work.announce(
                StepTaken(step_id=step.id, user_id=step.user_id, kind=step.kind, count=step.count),
            )

    def get(self, step_id: UndoStepId) -> UndoStep | None:
        """One step, or None."""
        row = self._connection.execute(select(*_COLUMNS).where(_S.id == step_id)).first()
        return None if row is None else _to_step(row)

    def history(self, user_id: UserId, *, limit: int = 100) -> tuple[UndoStep, ...]:
        """What a user did, the last thing first."""
        query = select(*_COLUMNS).where(_S.user_id == user_id, _HEAD).order_by(_S.id.desc()).limit(limit)
        return tuple(_to_step(row) for row in self._connection.execute(query))

    def last(self, user_id: UserId) -> UndoStep | None:
        """The last thing a user did that was not taken back."""
        query = select(*_COLUMNS).where(_S.user_id == user_id, _HEAD, _S.undone_at.is_(None))
        row = self._connection.execute(query.order_by(_S.id.desc()).limit(1)).first()
        return None if row is None else _to_step(row)

    def parts(self, step_id: UndoStepId) -> tuple[UndoStepId, ...]:
        """The transactions of a step that are not taken back yet, the last first; they are held on a server."""
        query = select(_S.id).where(or_(_S.id == step_id, _S.part_of_id == step_id), _S.undone_at.is_(None))
        return tuple(UndoStepId(key) for key in self._connection.execute(query.order_by(_S.id.desc())).scalars())

    def withdrawn_imports(self) -> list[tuple[int, int]]:
        """The lines of the consent ledger, first and last, of each import that somebody took back."""
        query = select(_S.details).where(_S.kind == "imported", _S.undone_at.is_not(None))
        spans = [str(details.get("consent", "")) for details in self._connection.execute(query).scalars()]
        return [(int(first), int(last)) for first, _, last in (span.partition("-") for span in spans if span)]

    def take(self, part_id: UndoStepId) -> tuple[list[images.Change], dict[str, Any]] | None:
        """Claim one part for being taken back: its changes and its note; None where it was, meanwhile."""
        now = self._work.now()
        statement = update(undo_steps).where(_S.id == part_id, _S.undone_at.is_(None)).values(undone_at=now)
        image = self._connection.execute(statement.returning(_S.image)).scalar()
        if image is None:
            return None
        return [images.Change.of(one) for one in image["rows"]], image["note"]

    def forget(
        self,
        *,
        conversation_ids: Sequence[int] = (),
        contact_ids: Sequence[int] = (),
        message_ids: Sequence[int] = (),
    ) -> None:
        """Remove what steps remember of conversations, contacts or messages that are deleted for good."""
        gone = {"conversation_id": set(conversation_ids), "contact_id": set(contact_ids)}
        unlabelled = set(message_ids)

        def is_gone(stored: Sequence[Any]) -> bool:
            if stored[0] == "message_labels" and (stored[1] or stored[2] or {}).get("message_id") in unlabelled:
                return True
            return any(stored[3].get(name) in keys for name, keys in gone.items())

        for key in self._connection.execute(select(_S.id).order_by(_S.id)).scalars().all():
            image = self._connection.execute(select(_S.image).where(_S.id == key)).scalar_one()
            kept = [one for one in image["rows"] if not is_gone(one)]
            if len(kept) < len(image["rows"]):
                values = {"image": {**image, "rows": kept}, "details": {}}
                self._connection.execute(update(undo_steps).where(_S.id == key).values(**values))

    def _keep(
        self,
        user_id: UserId,
        kind: str,
        step: Step,
        changes: Sequence[images.Change],
        part_of: UndoStepId | None,
    ) -> UndoStepId:
        values = {
            "user_id": user_id,
            "at": self._work.now(),
            "kind": kind,
            "count": step.count,
            "image": {"rows": [change.json() for change in changes], "note": step.note},
            "details": step.details,
            "part_of_id": part_of,
        }
        statement = insert(undo_steps).values(**values).returning(_S.id)
        key = UndoStepId(self._connection.execute(statement).scalar_one())
        if part_of is None:
            self._prune(user_id)
        else:
            self._connection.execute(update(undo_steps).where(_S.id == part_of).values(count=_S.count + step.count))
        return key

    def _prune(self, user_id: UserId) -> None:
        mine = _S.user_id == user_id
        query = select(_S.id).where(mine, _HEAD).order_by(_S.id.desc()).offset(KEPT).limit(1)
        last = self._connection.execute(query).scalar()
        if last is not None:
            self._connection.execute(delete(undo_steps).where(mine, func.coalesce(_S.part_of_id, _S.id) <= last))


_COLUMNS = (_S.id, _S.user_id, _S.kind, _S.count, _S.at, _S.undone_at, _S.details)


def _to_step(row: AnyRow) -> UndoStep:
    return UndoStep(
        id=UndoStepId(row.id),
        user_id=UserId(row.user_id),
        kind=row.kind,
        count=row.count,
        at=row.at,
        undone_at=row.undone_at,
        details=row.details,
    )
