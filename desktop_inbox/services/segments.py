"""SegmentService: filters of one office: read, tried out, saved, counted."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.conversation import ConversationSummary, ViewCount
from desktop_inbox.models.entities.ids import ContactId, ConversationId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import (
    MAX_NAME,
    MAX_SEGMENTS,
    BuiltIn,
    Condition,
    Group,
    GroupOp,
    Operator,
    Segment,
    SegmentId,
    canonical,
    conditions,
    mapped,
)
from desktop_inbox.models.entities.segment_fields import Catalogue, Kind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.models.search_text import fold
from desktop_inbox.models.segment_context import MAX_EXPANDED, Context, problem, referenced, uses_me
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable, clean_name
from .segment_builtin import BUILT_IN
from .segment_completion import Completion, complete
from .segment_dependants import break_dependants, dependants, expanded
from .segment_errors import SegmentError
from .segment_print import print_segment
from .segment_text import parse_segment, refuse_too_large
from .segment_values import Reading, checked
from .zones import zone_of

#: Conversations of a filter are counted no further than this while somebody types.
COUNT_CAP: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a filter selects at this moment."""

    page: Page[ConversationSummary]
    count: ViewCount


class SegmentService:
    """Filters as one user sees them: shared ones and their own."""

    def __init__(self, store: Store, *, user_id: UserId, region: Callable[[], str] = lambda: "") -> None:
        self._store = store
        self._user_id = user_id
        self._region = region
        self._trying: tuple[asyncio.Future[Any], ...] = ()

    # -- the language

    async def catalogue(self) -> Catalogue:
        """Return everything that a filter can speak of, for the builder and for completion."""
        return await self._store.read(lambda work: _reading(work, self._user_id, self._region()).catalogue)

    async def parse(self, text: str) -> Group:
        """Return the filter that a text means. Raises SegmentError with code, place and suggestion."""
        region = self._region()
        return await self._store.read(lambda work: parse_segment(text, _reading(work, self._user_id, region)))

    async def text_of(self, group: Group) -> str:
        """Return a filter as text."""
        return await self._store.read(lambda work: print_segment(group, work.segments.catalogue()))

    async def checked(self, group: Group) -> Group:
        """Return a filter from the builder or from JSON in canonical form. Raises SegmentError."""
        region = self._region()
        return await self._store.read(lambda work: _checked(group, _reading(work, self._user_id, region)))

    def complete(self, text: str, cursor: int, catalogue: Catalogue) -> Completion:
        """Return what could stand at the cursor: fields, operators or values. Reads nothing, so it may be asked at
        every key."""
        return complete(text, cursor, catalogue)

    # -- trying out

    async def preview(
        self,
        group: Group,
        *,
        limit: int = 60,
        on_page: Callable[[Page[ConversationSummary]], None] = lambda _page: None,
    ) -> Preview | None:
        """Return the first page and the counts of a filter; None when a later preview overtook this one.

        ``on_page`` is told the page as soon as it is there: counting may take ten times as long. Only the last
        preview is worked out: one that still runs is stopped in the database.
        """

        def read_page(work: Work) -> Page[ConversationSummary]:
            context = _context(work, self._user_id)
            return work.segment_pages.page(group, context, user_id=self._user_id, before=None, limit=limit)

        def read_count(work: Work) -> ViewCount:
            return work.segment_pages.count(group, _context(work, self._user_id))

        self._stop_trying()
        page = asyncio.ensure_future(self._store.read_stoppable(read_page))
        count = asyncio.ensure_future(self._store.read_stoppable(read_count))
        trying = self._trying = (page, count)
        try:
            on_page(await page)
            return Preview(page=page.result(), count=await count)
        except asyncio.CancelledError:
            if self._trying is trying:  # not overtaken: whoever asked does not want to know any more
                raise
            return None
        finally:
            if self._trying is trying:
                self._stop_trying()

    def _stop_trying(self) -> None:
        for one in self._trying:
            one.cancel()
        self._trying = ()

    async def problem(self, group: Group) -> str:
        """Return what keeps a filter from being worked out, such as a tag that was deleted; "" where nothing does."""
        return await self._store.read(lambda work: problem(group, _context(work, self._user_id)))

    # -- what a filter selects

    async def count(self, group: Group) -> ViewCount:
        """Return how many conversations a filter selects, and how many of them are unread."""
        return await self._store.read(lambda work: work.segment_pages.count(group, _context(work, self._user_id)))

    async def count_up_to(self, group: Group, cap: int = COUNT_CAP) -> int:
        """Return the same total, counted no further than ``cap``."""
        return await self._store.read(
            lambda work: work.segment_pages.count_up_to(group, _context(work, self._user_id), cap)
        )

    async def conversations(self, group: Group) -> tuple[ConversationId, ...]:
        """Return every conversation of a filter, in the order of the list: for what is done with all that match."""
        return await self._store.read(lambda work: work.segment_pages.ids(group, _context(work, self._user_id)))

    def chosen(self, group: Group) -> Callable[[Work], tuple[ConversationId, ...]]:
        """Return what actions of StateService take for "all that match"."""
        return lambda work: work.segment_pages.ids(group, _context(work, self._user_id))

    async def contacts(self, group: Group) -> tuple[ContactId, ...]:
        """Return every contact of a filter, whether spoken to or not."""
        return await self._store.read(lambda work: work.segment_pages.contacts(group, _context(work, self._user_id)))

    async def count_contacts(self, group: Group) -> int:
        """Return how many contacts a filter selects, whether spoken to or not."""
        return await self._store.read(
            lambda work: work.segment_pages.count_contacts(group, _context(work, self._user_id))
        )

    # -- saved ones

    @property
    def built_in(self) -> tuple[BuiltIn, ...]:
        """Filters that every office has; ``parse`` their text for the filter."""
        return BUILT_IN

    async def all(self) -> tuple[Segment, ...]:
        """Return the segments this user sees, in the order of the selector."""
        return await self._store.read(lambda work: work.segments.visible_to(self._user_id))

    async def named(self, name: str) -> Segment:
        """Return the segment of a name, whatever its case. Raises NotFoundError."""
        found = await self._store.read(lambda work: work.segments.by_name(name.strip()))
        if found is None or not (found.shared or found.created_by_id == self._user_id):
            raise _missing()
        return found

    async def counts(self, segments: Sequence[Segment]) -> Mapping[SegmentId, ViewCount]:
        """Return the two values of each segment in the selector: contacts, and those with something unread."""

        def read(work: Work) -> Mapping[SegmentId, ViewCount]:
            context = _context(work, self._user_id)
            return work.segment_pages.counts({one.id: scope_of(one.id) for one in segments}, context)

        return await self._store.read(read)

    async def save(self, name: str, group: Group, *, shared: bool = True, pinned: bool = True) -> Segment:
        """Save a filter under a new name. Raises InvalidInputError for a name that is taken, SegmentError for a filter
        that cannot be kept."""
        region = self._region()

        def save(work: Work) -> Segment:
            if work.segments.count() >= MAX_SEGMENTS:
                raise SegmentError(
                    "too_many",
                    f"An office keeps {MAX_SEGMENTS} segments at most.",
                    hint="Delete one that nobody needs.",
                )
            free = _free_name(work, name)
            kept = self._keepable(work, group, region, shared=shared, own=None)
            return work.segments.add(free, kept, shared=shared, pinned=pinned, created_by=self._user_id)

        return await self._store.run(save)

    async def save_filter(self, segment_id: SegmentId, group: Group) -> None:
        """Give a segment another filter; that also mends a broken one."""
        region = self._region()

        def save(work: Work) -> None:
            segment = self._mine(work, segment_id)
            kept = self._keepable(work, group, region, shared=segment.shared, own=segment_id)
            with work.undo.step(self._user_id, "segment_changed", details={"name": segment.name}) as step:
                step.watch("segments", id=[segment_id])
                work.segments.change(segment_id, filter=kept, broken="")

        await self._store.run(save)

    async def rename(self, segment_id: SegmentId, name: str) -> None:
        """Give a segment another name."""

        def rename(work: Work) -> None:
            segment = self._mine(work, segment_id)
            free = _free_name(work, name, but=segment_id)
            with work.undo.step(self._user_id, "segment_renamed", details={"name": segment.name}) as step:
                step.watch("segments", id=[segment_id])
                work.segments.change(segment_id, name=free)

        await self._store.run(rename)

    async def share(self, segment_id: SegmentId, *, shared: bool) -> None:
        """Show a segment to everybody, or to oneself alone."""

        def share(work: Work) -> None:
            segment = self._mine(work, segment_id)
            self._refuse_hidden(work, segment.filter, shared=shared)
            needed = [one.name for one in dependants(work, Kind.SEGMENT, segment_id) if one.shared]
            if not shared and needed:
                raise SegmentError(
                    "needed", f"Shared segments need this one: {', '.join(needed[:3])}.", hint="Change these first."
                )
            work.segments.change(segment_id, shared=shared)

        await self._store.run(share)

    async def pin(self, segment_id: SegmentId, *, pinned: bool) -> None:
        """Show a segment in the selector as a view, or only in the list of segments."""

        def pin(work: Work) -> None:
            self._mine(work, segment_id)
            work.segments.change(segment_id, pinned=pinned)

        await self._store.run(pin)

    async def move(self, segment_ids: Sequence[SegmentId]) -> None:
        """Show segments in this order, for the whole office."""

        def move(work: Work) -> None:
            for position, segment_id in enumerate(segment_ids, start=1):
                work.segments.change(segment_id, position=position)

        await self._store.run(move)

    async def dependants(self, what: Kind | str, key: int | str) -> tuple[Segment, ...]:
        """Return the segments that would break were a tag, list, user, channel or segment deleted (``what`` a Kind,
        ``key`` its id), or a custom field (``"field"``, its slug)."""
        return await self._store.read(lambda work: dependants(work, what, key))

    async def delete(self, segment_id: SegmentId) -> None:
        """Remove a segment; those that need it break. Ask ``dependants`` first. It can be undone."""

        def delete(work: Work) -> None:
            segment = self._mine(work, segment_id)
            with work.undo.step(self._user_id, "segment_deleted", details={"name": segment.name}) as step:
                step.watch("segments", id=[segment_id])
                break_dependants(work, step, Kind.SEGMENT, segment_id, segment.name)
                work.segments.delete(segment_id)

        await self._store.run(delete)

    # -- rules

    def may_change(self, segment: Segment) -> bool:
        """Return whether this user made it; what somebody who left had shared is changed by administrators only."""
        return segment.created_by_id == self._user_id

    def _mine(self, work: Work, segment_id: SegmentId) -> Segment:
        segment = work.segments.get(segment_id)
        if segment is None or not (segment.shared or segment.created_by_id == self._user_id):
            raise _missing()
        if not self.may_change(segment) and not self._inherits(work, segment):
            raise PermissionDeniedError(
                "segment.not_yours", "Only who made this segment can change it.", hint="Save it as a new one."
            )
        return segment

    def _inherits(self, work: Work, segment: Segment) -> bool:
        """Whether the maker left the office and this user looks after what they left."""
        maker, user = work.users.get(segment.created_by_id), work.users.get(self._user_id)
        return bool(segment.shared and maker and not maker.active and user and user.role is Role.ADMINISTRATOR)

    def _keepable(self, work: Work, group: Group, region: str, *, shared: bool, own: SegmentId | None) -> Group:
        kept = _checked(group, _reading(work, self._user_id, region))
        reached = expanded(work.segments.all(), referenced(kept))
        if own is not None and any(segment.id == own for segment in reached):
            raise SegmentError("cycle", "A segment cannot contain itself.", hint="Leave that condition out.")
        if _size(kept) + sum(_size(segment.filter) for segment in reached) > MAX_EXPANDED:
            raise SegmentError(
                "too_complex",
                f"With those it refers to, a segment has at most {MAX_EXPANDED} conditions.",
                hint="Refer to fewer segments.",
            )
        self._refuse_hidden(work, kept, shared=shared)
        return kept

    def _refuse_hidden(self, work: Work, group: Group, *, shared: bool) -> None:
        private = [segment.name for segment in expanded(work.segments.all(), referenced(group)) if not segment.shared]
        if shared and private:
            raise SegmentError(
                "private_inside", f"This refers to “{private[0]}”, which only you see.", hint="Share that one first."
            )


def scope_of(segment_id: SegmentId) -> Group:
    """Return the filter under which lists show a saved segment: it follows its changes, and shows nobody while it is
    broken."""
    return Group(GroupOp.ALL, (Condition("segment", Operator.IN_SEGMENT, segment_id),))


def refuse_me(group: Group, segments: Iterable[Segment]) -> None:
    """Refuse a filter that depends on who asks, where nobody does: scheduled broadcasts and rules. Raises
    SegmentError."""
    reached = expanded(segments, referenced(group))
    if uses_me(group) or any(uses_me(segment.filter) for segment in reached):
        raise SegmentError(
            "needs_person", "“me” has no meaning where nobody is present.", hint="Name the person instead of “me”."
        )


def _size(group: Group) -> int:
    return sum(1 for _ in conditions(group))


def _context(work: Work, user_id: UserId) -> Context:
    return work.segments.context(zone=zone_of(work), me=user_id)


def _reading(work: Work, user_id: UserId, region: str) -> Reading:
    return Reading(catalogue=work.segments.catalogue(visible_to=user_id), zone=zone_of(work), region=region)


def _checked(group: Group, reading: Reading) -> Group:
    refuse_too_large(group)
    return refuse_too_large(canonical(mapped(group, lambda condition: checked(condition, reading))))


def _free_name(work: Work, name: str, *, but: SegmentId | None = None) -> str:
    shown = clean_name(check_storable(name, "The name"), limit=MAX_NAME + 1)
    if not shown or not fold(shown).strip():
        raise InvalidInputError("segment.name_empty", "A segment needs a name.", hint="Type a name.")
    if len(shown) > MAX_NAME:
        raise InvalidInputError(
            "segment.name_long", f"The name of a segment has at most {MAX_NAME} characters.", hint="Shorten it."
        )
    other = work.segments.by_name(shown)
    if other is not None and other.id != but:
        raise InvalidInputError(
            "segment.name_taken", f"There is a segment “{other.name}” already.", hint="Choose another name."
        )
    return shown


def _missing() -> NotFoundError:
    return NotFoundError("segment.missing", "This segment does not exist (any more).", hint="Choose another one.")
