"""InboxService: the conversation list, the timeline, and what a user does with a conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from desktop_inbox.clock import Clock
from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import ConversationSummary, Draft, View, ViewCount
from desktop_inbox.models.entities.ids import MAX_ENTRY_ID, ChannelId, ContactId, ConversationId, EntryId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import Group
from desktop_inbox.models.entities.timeline import EVERYTHING, TimelineEntry, TimelineFilter, TimelinePage
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import addresses
from .plain_text import make_storable
from .zones import zone_of

#: What a list shows: a view, or a filter; of a saved segment ``segments.scope_of``.
Scope = View | Group


class InboxService:
    """What one user sees and does. Everything is read in pages, by place."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        user_id: UserId,
        *,
        region: Callable[[], str] = lambda: "",
        notes: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._user_id = user_id
        self._region = region
        self._notes = notes

    # -- the list

    async def page(self, view: Scope, *, before: EntryId | None = None, limit: int = 60) -> Page[ConversationSummary]:
        """Return ``limit`` rows of a view or a filter, newest first; ``before`` is the ``place`` of the last row known.

        Conversations in which nothing was said yet (place 0) come last, all in one page.
        """

        def read(work: Work) -> Page[ConversationSummary]:
            if isinstance(view, Group):
                context = work.segments.context(zone=zone_of(work), me=self._user_id)
                return work.segment_pages.page(view, context, user_id=self._user_id, before=before, limit=limit)
            return work.conversations.page(view, user_id=self._user_id, before=before, limit=limit)

        page = await self._store.read(read)
        return Page(items=self._named(page.items), has_more=page.has_more)

    async def summaries(
        self, ids: Sequence[ConversationId], *, view: Scope | None = None
    ) -> tuple[ConversationSummary, ...]:
        """Return those of ``ids`` that exist and belong to a view or a filter, newest first."""
        if not ids:
            return ()

        def read(work: Work) -> tuple[ConversationSummary, ...]:
            if not isinstance(view, Group):
                return work.conversations.summaries(ids, user_id=self._user_id, view=view)
            context = work.segments.context(zone=zone_of(work), me=self._user_id)
            here = work.segment_pages.among(ids, view, context)
            return work.conversations.summaries(here, user_id=self._user_id)

        return self._named(await self._store.read(read))

    async def ids(self, view: Scope) -> tuple[ConversationId, ...]:
        """Return every conversation of a view or a filter, in the order of the list: for "select all"."""

        def read(work: Work) -> tuple[ConversationId, ...]:
            if isinstance(view, Group):
                context = work.segments.context(zone=zone_of(work), me=self._user_id)
                return work.segment_pages.ids(view, context)
            return work.states.in_view(view, user_id=self._user_id)

        return await self._store.read(read)

    async def contacts_of(self, ids: Sequence[ConversationId]) -> tuple[ContactId, ...]:
        """Return the contacts of conversations: for what is done with the people behind those that are ticked."""
        return await self._store.read(lambda work: work.conversations.contacts_of(ids))

    async def counts(self) -> Mapping[View, ViewCount]:
        """Return how many contacts each view holds, and how many of them have something unread."""
        return await self._store.read(lambda work: work.conversations.counts(user_id=self._user_id))

    async def next_unread(self, conversation_id: ConversationId | None, *, forward: bool) -> ConversationId | None:
        """Return the next unread conversation below (``forward``) or above one in the list; past the end it
        goes on at the other end. None when nothing else is unread."""
        return await self._store.read(lambda work: _next_unread(work, conversation_id, forward=forward))

    # -- the timeline

    async def timeline(
        self,
        conversation_id: ConversationId,
        *,
        before: EntryId | None = None,
        after: EntryId | None = None,
        around: EntryId | None = None,
        limit: int = 50,
        wanted: TimelineFilter = EVERYTHING,
    ) -> TimelinePage:
        """Return ``limit`` entries, oldest first: those before or after an entry (without it), around one
        (with it), else what is shown on opening: the newest, or those around the first unread one.

        On opening ``first_unread_id`` says where the divider goes. ``wanted`` leaves events and comments out
        (S2-20). Raises NotFoundError.
        """
        shown = wanted if self._notes() else replace(wanted, notes=False)

        def read(work: Work) -> TimelinePage:
            if before is not None:
                return work.timeline.before(conversation_id, before, limit, wanted=shown)
            if after is not None:
                return work.timeline.since(conversation_id, after + 1, limit, wanted=shown)
            if around is not None:
                return _around(work, conversation_id, around, limit, shown)
            return _opened(work, conversation_id, limit, shown)

        return await self._store.read(read)

    async def entries(self, ids: Sequence[EntryId]) -> tuple[TimelineEntry, ...]:
        """Return those of ``ids`` that exist, oldest first."""
        if not ids:
            return ()
        found = await self._store.read(lambda work: work.timeline.entries(ids))
        if self._notes():
            return found
        return tuple(entry for entry in found if not isinstance(entry, Comment) or entry.author_kind is AuthorKind.USER)

    # -- what a user does

    async def mark_read(self, conversation_id: ConversationId) -> None:
        """Everything said so far is read, for the whole office (S3-12)."""
        await self._store.run(lambda work: work.conversations.mark_read(conversation_id))

    async def draft(self, conversation_id: ConversationId) -> Draft | None:
        """Return what the user typed there and did not send."""
        return await self._store.read(lambda work: work.drafts.get(conversation_id, self._user_id))

    async def save_draft(
        self,
        conversation_id: ConversationId,
        text: str,
        *,
        attachment_paths: Sequence[str] = (),
        channel_id: ChannelId | None = None,
    ) -> None:
        """Keep what was typed; neither text nor files clears the draft. Characters that no database can keep
        are replaced, so that the rest is never lost. Raises NotFoundError."""
        stored = make_storable(text)

        def save(work: Work) -> None:
            _row_of(work, conversation_id)
            work.drafts.save(
                conversation_id,
                self._user_id,
                stored,
                attachment_paths=tuple(attachment_paths),
                channel_id=channel_id,
            )

        await self._store.run(save)

    def _named(self, rows: Sequence[ConversationSummary]) -> tuple[ConversationSummary, ...]:
        """Show who has no name as the address is written by people."""
        region = self._region()
        return tuple(
            replace(row, name=_display(row.scheme, row.address, region))
            if row.scheme is not None and row.name == row.address
            else row
            for row in rows
        )


@lru_cache(maxsize=20_000)
def _display(scheme: Scheme, path: str, region: str) -> str:
    return addresses.display(scheme, path, region=region)


def _row_of(work: Work, conversation_id: ConversationId) -> Any:
    row = work.conversations.row(conversation_id)
    if row is None:
        raise NotFoundError(
            "conversation_missing", "This conversation does not exist any more.", hint="Choose another one."
        )
    return row


def _next_unread(work: Work, conversation_id: ConversationId | None, *, forward: bool) -> ConversationId | None:
    row = None if conversation_id is None else work.conversations.row(conversation_id)
    if row is None:
        return work.conversations.next_unread(None, forward=forward)
    place = (EntryId(row.place_id), ConversationId(row.id))
    found = work.conversations.next_unread(place, forward=forward)
    if found is None:
        found = work.conversations.next_unread(None, forward=forward)
    return None if found == conversation_id else found


def _around(
    work: Work, conversation_id: ConversationId, place: EntryId, limit: int, wanted: TimelineFilter
) -> TimelinePage:
    newer = work.timeline.since(conversation_id, place, limit - limit // 2, wanted=wanted)
    older = work.timeline.before(conversation_id, place, limit // 2, wanted=wanted)
    return TimelinePage(
        conversation_id=conversation_id,
        entries=older.entries + newer.entries,
        has_older=older.has_older,
        has_newer=newer.has_newer,
    )


def _opened(work: Work, conversation_id: ConversationId, limit: int, wanted: TimelineFilter) -> TimelinePage:
    _row_of(work, conversation_id)
    newest = work.timeline.before(conversation_id, MAX_ENTRY_ID, limit, wanted=wanted)
    first_unread = work.conversations.first_unread(conversation_id)
    if first_unread is not None and newest.has_older and first_unread < newest.entries[0].id:
        page = _around(work, conversation_id, first_unread, limit, wanted)
        return replace(page, first_unread_id=first_unread)
    return replace(newest, has_newer=False, first_unread_id=first_unread)
