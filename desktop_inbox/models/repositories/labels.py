"""Labels of incoming messages: queries and writes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, func, select, update

from desktop_inbox.events import LabelsChanged, MessageChanged
from desktop_inbox.models.entities.folder import Label
from desktop_inbox.models.entities.ids import EntryId, LabelId
from desktop_inbox.models.schema import labels, message_labels, messages
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository
from .conflicts import insert_into, or_nothing

_L, _ML = labels.c, message_labels.c
_COUNT = (
    select(func.count())
    .select_from(message_labels.join(messages, messages.c.id == _ML.message_id))
    .where(_ML.label_id == _L.id, messages.c.visibility == "visible")
    .correlate(labels)
    .scalar_subquery()
)


class LabelRepository(Repository):
    """Names are given clean; what they are compared by is folded here."""

    def all(self) -> tuple[Label, ...]:
        """Every label by name, with how many messages that are not archived have it."""
        rows = self._connection.execute(select(_L.id, _L.name, _COUNT.label("messages")).order_by(_L.name_key))
        return tuple(Label(id=LabelId(row.id), name=row.name, messages=row.messages) for row in rows)

    def count(self) -> int:
        """How many labels there are."""
        return int(self._connection.execute(select(func.count()).select_from(labels)).scalar_one())

    def get(self, label_id: LabelId) -> Label | None:
        """The label, or None."""
        return self._one(_L.id == label_id)

    def by_name(self, name: str) -> Label | None:
        """The label of this name, whatever its case, or None."""
        return self._one(_L.name_key == fold(name))

    def ensure(self, name: str) -> Label:
        """The label of this name, made where there is none."""
        known = self.by_name(name)
        if known is not None:
            return known
        values = {"name": name, "name_key": fold(name), "created_at": self._work.now()}
        statement = or_nothing(insert_into(self._connection, labels), "name_key").values(values)
        if self._connection.execute(statement).rowcount:
            self._work.announce(LabelsChanged())
        made = self.by_name(name)
        assert made is not None  # noqa: S101 - inserted here or by whoever was faster
        return made

    def rename(self, label_id: LabelId, name: str) -> None:
        """Give a label another name, which must be free."""
        self._connection.execute(update(labels).where(_L.id == label_id).values(name=name, name_key=fold(name)))
        self._work.announce(LabelsChanged())

    def delete(self, label_id: LabelId) -> None:
        """Remove a label, from messages as well."""
        self._connection.execute(delete(message_labels).where(_ML.label_id == label_id))
        self._connection.execute(delete(labels).where(_L.id == label_id))
        self._work.announce(LabelsChanged())

    def of(self, message_ids: Sequence[EntryId]) -> Mapping[EntryId, tuple[Label, ...]]:
        """The labels of messages, by name; those without any are absent."""
        query = select(_ML.message_id, _L.id, _L.name).join(labels, _L.id == _ML.label_id)
        query = query.where(_ML.message_id.in_(message_ids)).order_by(_L.name_key)
        found: dict[EntryId, list[Label]] = defaultdict(list)
        for row in self._connection.execute(query) if message_ids else ():
            found[EntryId(row.message_id)].append(Label(id=LabelId(row.id), name=row.name))
        return {key: tuple(value) for key, value in found.items()}

    def put_on(self, message_ids: Sequence[EntryId], label_id: LabelId) -> tuple[EntryId, ...]:
        """Give messages a label; returns those that did not have it."""
        have = self._having(message_ids, label_id)
        new = [key for key in dict.fromkeys(message_ids) if key not in have]
        if new:
            statement = or_nothing(insert_into(self._connection, message_labels), "message_id", "label_id")
            self._connection.execute(statement, [{"message_id": key, "label_id": label_id} for key in new])
            self._tell(new)
        return tuple(new)

    def take_off(self, message_ids: Sequence[EntryId], label_id: LabelId) -> tuple[EntryId, ...]:
        """Take a label from messages; returns those that had it."""
        have = self._having(message_ids, label_id)
        gone = [key for key in dict.fromkeys(message_ids) if key in have]
        if gone:
            here = (_ML.label_id == label_id) & _ML.message_id.in_(gone)
            self._connection.execute(delete(message_labels).where(here))
            self._tell(gone)
        return tuple(gone)

    def clear(self, message_ids: Sequence[EntryId]) -> None:
        """Take every label from messages."""
        self._connection.execute(delete(message_labels).where(_ML.message_id.in_(message_ids)))
        self._work.announce(LabelsChanged())

    def _one(self, condition: ColumnElement[bool]) -> Label | None:
        row: AnyRow = self._connection.execute(
            select(_L.id, _L.name, _COUNT.label("messages")).where(condition)
        ).first()
        return None if row is None else Label(id=LabelId(row.id), name=row.name, messages=row.messages)

    def _having(self, message_ids: Sequence[EntryId], label_id: LabelId) -> frozenset[int]:
        query = select(_ML.message_id).where(_ML.label_id == label_id, _ML.message_id.in_(message_ids))
        return frozenset(self._connection.execute(query).scalars())

    def _tell(self, message_ids: Sequence[EntryId]) -> None:
        query = select(messages.c.id, messages.c.conversation_id).where(messages.c.id.in_(message_ids))
        for row in self._connection.execute(query):
            self._work.announce(MessageChanged(message_id=row.id, conversation_id=row.conversation_id))
        self._work.announce(LabelsChanged())
