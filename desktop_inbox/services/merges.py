"""MergeService: contacts that are one person, suggested with reasons, merged, and parted again exactly (D-09)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.models.duplicates import find_duplicates
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.ids import ContactId, UserId
from desktop_inbox.models.entities.merge import Merge, MergeId, MergeSuggestion
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.repositories.merges import conflicts
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .rights import name_of

#: The kind of step that ``reverse`` takes back.
STEP = "contact_merged"


class MergeService:
    """Suggests, merges, parts."""

    def __init__(self, store: Store, *, user_id: UserId) -> None:
        self._store = store
        self._user_id = user_id

    async def suggestions(self) -> tuple[MergeSuggestion, ...]:
        """Return pairs that may be one person, the surest first."""
        return await asyncio.to_thread(self._store.read_apart, find_duplicates)

    async def pair(self, suggestion: MergeSuggestion) -> tuple[Contact, Contact] | None:
        """Return both contacts of a suggestion, or None where one is gone."""
        ids = (suggestion.one_id, suggestion.other_id)
        found = await self._store.read(lambda work: work.contacts.many(ids))
        return (found[0], found[1]) if len(found) == 2 else None

    async def merge(self, kept_id: ContactId, merged_id: ContactId, *, reason: str = "") -> MergeId:
        """Make two contacts one: the kept one gets addresses, tags, lists, fields and everything said.

        What the kept one has of it already stays; what the other says otherwise is noted in the history; an
        opt-out of either counts. Raises NotFoundError, or InvalidInputError for one and the same contact.
        """
        if kept_id == merged_id:
            raise InvalidInputError("merge_same", "This is one contact.", hint="Choose two different ones.")

        def merge(work: Work) -> MergeId:
            kept, merged = (self._existing(work, key) for key in (kept_id, merged_id))
            told = {"name": merged.name, "before": kept.name, "reason": reason, **_spelled(work, kept_id, merged_id)}
            with work.undo.step(self._user_id, STEP, details={"name": merged.name}) as step:
                merge_id = work.merges.merge(kept_id, merged_id, user_id=self._user_id, reason=reason)
                self._tell(work, kept_id, STEP, {key: value for key, value in told.items() if value})
                step.note["merge_id"] = merge_id
            return merge_id

        return await self._store.run(merge)

    async def unmerge(self, merge_id: MergeId) -> Merge:
        """Make two of one again, exactly; what arrived since goes to whose address it came from.

        Raises NotFoundError where that was done already, InvalidInputError where a later merge is in the way.
        """
        return await self._store.run(lambda work: self._unmerge(work, merge_id))

    async def merged_into(self, contact_id: ContactId) -> tuple[Merge, ...]:
        """Return merges into a contact that can be undone, the last first."""
        return await self._store.read(lambda work: work.merges.into(contact_id))

    async def keep_apart(self, one: ContactId, other: ContactId) -> None:
        """Remember that two contacts are two people; they are not suggested again."""

        def part(work: Work) -> None:
            for key in (one, other):
                self._existing(work, key)
            with work.undo.step(self._user_id, "kept_apart") as step:
                step.watch("contact_distinct", one_id=[min(one, other)], other_id=[max(one, other)])
                work.merges.part(one, other)

        await self._store.run(part)

    def reverse(self, work: Work, note: Mapping[str, Any]) -> tuple[int, int]:
        """Take a merge back for the history of steps: (restored, changed since)."""
        try:
            self._unmerge(work, MergeId(note["merge_id"]))
        except (NotFoundError, InvalidInputError):
            return 0, 1
        return 1, 0

    def _unmerge(self, work: Work, merge_id: MergeId) -> Merge:
        merge, *_ = work.merges.unmerge(merge_id)
        kept, merged = (self._existing(work, key) for key in (merge.kept_id, merge.merged_id))
        self._tell(work, merge.kept_id, "contact_unmerged", {"name": merged.name})
        self._tell(work, merge.merged_id, "contact_unmerged", {"name": kept.name})
        return merge

    def _existing(self, work: Work, contact_id: ContactId) -> Contact:
        found = work.contacts.get(contact_id)
        if found is None or work.merges.is_merged(contact_id):
            raise NotFoundError("contact_missing", "The contact does not exist any more.", hint="Choose another one.")
        return found

    def _tell(self, work: Work, contact_id: ContactId, kind: str, details: Mapping[str, str]) -> None:
        conversation_id = work.conversations.of_contact(contact_id)
        work.timeline.add_event(
            conversation_id,
            kind,
            actor_kind=ActorKind.USER,
            actor_id=self._user_id,
            actor_name=name_of(work, self._user_id),
            details=details,
        )
        work.conversations.announce(conversation_id)


def _spelled(work: Work, kept_id: ContactId, merged_id: ContactId) -> dict[str, str]:
    found = conflicts(work, kept_id, merged_id)
    return {"other_values": "; ".join(f"{name}: {value}" for name, value in found.items())} if found else {}
