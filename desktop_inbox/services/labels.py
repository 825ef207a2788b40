"""LabelService: words that people put on incoming messages (S1-02)."""

from collections.abc import Sequence
from typing import Final, Unpack

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.entities.folder import Label
from desktop_inbox.models.entities.ids import EntryId, LabelId, UserId
from desktop_inbox.models.entities.message import Direction, Visibility
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .filing import Chosen, Filed, Filing, messages_of
from .plain_text import check_storable, clean_name
from .state import Course

#: Labels of one workspace at most.
MOST: Final = 250
MAX_NAME: Final = 64


class LabelService:
    """Everybody makes labels and puts them on messages; both can be undone."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id
        self._filing = Filing(store, user_id=user_id)

    async def all(self) -> tuple[Label, ...]:
        """Return every label by name, with how many messages that are not archived have it."""
        return await self._store.read(lambda work: work.labels.all())

    async def create(self, name: str) -> Label:
        """Make a label. Raises InvalidInputError for a name that is empty, too long or taken whatever its case, and
        where there are 250 already."""
        shown = clean_label(name)

        def create(work: Work) -> Label:
            known = work.labels.by_name(shown)
            if known is not None:
                raise _taken(known.name)
            return self._ensure(work, shown)

        return await self._store.run(create)

    async def rename(self, label_id: LabelId, name: str) -> None:
        """Give a label another name; InvalidInputError where another label has it. It can be undone."""
        shown = clean_label(name)

        def rename(work: Work) -> None:
            known = _existing(work, label_id)
            other = work.labels.by_name(shown)
            if other is not None and other.id != label_id:
                raise _taken(other.name)
            with work.undo.step(self._user_id, "label_renamed", details={"label": known.name, "name": shown}) as step:
                step.watch("labels", id=[label_id])
                work.labels.rename(label_id, shown)

        await self._store.run(rename)

    async def delete(self, label_id: LabelId) -> int:
        """Remove a label; its messages stay where they are. Returns how many had it. It can be undone."""

        def delete(work: Work) -> int:
            known = _existing(work, label_id)
            with work.undo.step(self._user_id, "label_deleted", details={"label": known.name}) as step:
                step.watch("labels", id=[label_id])
                step.watch("message_labels", label_id=[label_id])
                work.labels.delete(label_id)
            return known.messages

        return await self._store.run(delete)

    async def add(self, chosen: Chosen, name: str, **course: Unpack[Course]) -> Filed:
        """Put a label on messages by its name; a new one is made. One action, which can be undone.

        Raises InvalidInputError where one of them is outgoing: only incoming messages are labelled.
        """
        shown = clean_label(name)

        def part(work: Work, ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
            incoming = _incoming(work, ids)
            return work.labels.put_on(incoming, self._ensure(work, shown).id)

        return await self._filing.undoable(
            chosen, "messages_labelled", part, course, details={"label": shown}, watched="message_labels"
        )

    async def remove(self, chosen: Chosen, label_id: LabelId, **course: Unpack[Course]) -> Filed:
        """Take a label from messages. One action, which can be undone."""
        label = await self._store.read(lambda work: _existing(work, label_id))

        def part(work: Work, ids: Sequence[EntryId]) -> tuple[EntryId, ...]:
            return work.labels.take_off(ids, label_id)

        return await self._filing.undoable(
            chosen, "messages_unlabelled", part, course, details={"label": label.name}, watched="message_labels"
        )

    async def named(self, name: str) -> Label:
        """Return the label of a name, whatever its case. Raises NotFoundError."""
        found = await self._store.read(lambda work: work.labels.by_name(name))
        if found is None:
            raise NotFoundError("label_missing", f"There is no label named “{name}”.", hint="See: label list")
        return found

    def _ensure(self, work: Work, name: str) -> Label:
        if work.labels.by_name(name) is None and work.labels.count() >= MOST:
            raise InvalidInputError(
                "label_limit", f"There are {MOST} labels already.", hint="Delete one that nobody needs any more."
            )
        return work.labels.ensure(name)


def clean_label(name: str) -> str:
    """Return the name of a label as it is kept."""
    shown = clean_name(check_storable(name, "The name"), limit=MAX_NAME + 1)
    if not shown or not fold(shown):
        raise InvalidInputError("label_empty", "A label needs a name.", hint="Type a word.")
    if len(shown) > MAX_NAME or len(fold(shown)) > MAX_NAME:
        raise InvalidInputError("label_long", f"A label has at most {MAX_NAME} characters.", hint="Use a shorter word.")
    return shown


def _incoming(work: Work, ids: Sequence[EntryId]) -> list[EntryId]:
    found = messages_of(work, ids)
    if any(one.direction is not Direction.IN for one in found):
        raise InvalidInputError(
            "label_outgoing", "Only incoming messages can have labels.", hint="Choose messages that contacts wrote."
        )
    return [one.id for one in found if one.visibility is not Visibility.DELETED]


def _existing(work: Work, label_id: LabelId) -> Label:
    found = work.labels.get(label_id)
    if found is None:
        raise NotFoundError("label_missing", "The label does not exist any more.", hint="Choose another one.")
    return found


def _taken(name: str) -> InvalidInputError:
    return InvalidInputError("label_taken", f"There is a label named “{name}” already.", hint="Choose another name.")
