"""ActivityService: what happened with a contact beside the messages, newest first (S3-71, S3-72)."""

from collections.abc import Callable
from dataclasses import replace

from desktop_inbox.models.entities.ids import MAX_ENTRY_ID, ConversationId, EntryId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.timeline import (
    EVERYTHING,
    EventCategory,
    TimelineEntry,
    TimelineFilter,
    category_of,
)
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work


class ActivityService:
    """Events, calls and comments of a conversation. ``notes`` says whether those of outside systems are shown."""

    def __init__(self, store: Store, *, notes: Callable[[], bool] = lambda: True) -> None:
        self._store = store
        self._notes = notes

    async def page(
        self,
        conversation_id: ConversationId,
        *,
        before: EntryId | None = None,
        limit: int = 50,
        wanted: TimelineFilter = EVERYTHING,
    ) -> Page[TimelineEntry]:
        """Return ``limit`` entries older than ``before``, newest first."""
        shown = replace(wanted, notes=wanted.notes and self._notes())
        return await self._store.read(
            lambda work: work.timeline.activity(
                conversation_id, MAX_ENTRY_ID if before is None else before, limit, wanted=shown
            )
        )

    async def categories(self, conversation_id: ConversationId) -> frozenset[EventCategory]:
        """Return what there is to filter by: the categories that occur."""

        def read(work: Work) -> frozenset[EventCategory]:
            found = {category_of(kind) for kind in work.timeline.event_kinds(conversation_id)}
            if work.calls.any_in(conversation_id):
                found.add(EventCategory.CHANNEL)
            return frozenset(found)

        return await self._store.read(read)
