"""SegmentService in memory, of the same shape as the real one, for tests of the window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from desktop_inbox.events import SegmentsChanged
from desktop_inbox.models.entities.conversation import ConversationSummary, ViewCount
from desktop_inbox.models.entities.ids import ConversationId, UserId
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import BuiltIn, Condition, Group, GroupOp, Operator, Segment, SegmentId
from desktop_inbox.models.entities.segment_fields import Catalogue, Named
from desktop_inbox.services.segment_builtin import BUILT_IN
from desktop_inbox.services.segment_completion import Completion, complete
from desktop_inbox.services.segment_errors import SegmentError
from desktop_inbox.services.segment_print import print_segment
from desktop_inbox.services.segment_text import parse_segment
from desktop_inbox.services.segment_values import Reading, checked
from desktop_inbox.services.segments import Preview

NOW = datetime(2026, 11, 19, 12, 10, tzinfo=UTC)
CATALOGUE = Catalogue(
    tags=(Named(id=1, name="patient"), Named(id=2, name="spanish")),
    channels=(Named(id=1, name="Front desk SMS"),),
    users=(Named(id=1, name="Dana Reyes"), Named(id=2, name="Sam Okoro")),
    channel_kinds=("twilio", "matrix"),
)


def fits(row: ConversationSummary, group: Group) -> bool:
    """Whether a row meets the few conditions that the fake knows; others hold for everybody."""
    answers = [fits(row, one) if isinstance(one, Group) else _holds(row, one) for one in group.children]
    if group.op is GroupOp.ALL:
        return all(answers)
    found = any(answers) if answers else group.op is GroupOp.ANY
    return found if group.op is GroupOp.ANY else not found


def _holds(row: ConversationSummary, condition: Condition) -> bool:
    match condition.field, condition.operator:
        case "archived", operator:
            return (row.archived_at is not None) is (operator is Operator.IS_TRUE)
        case "unread", operator:
            return (row.unread_count > 0) is (operator is Operator.IS_TRUE)
        case "name", Operator.HAS:
            return str(condition.value).lower() in row.name.lower()
        case "status", Operator.IS:
            return row.status.value == condition.value
    return True


class FakeSegments:
    """What the window asks of SegmentService, over the rows of a FakeInbox."""

    def __init__(self, inbox: Any) -> None:
        self.inbox = inbox
        self.saved: list[Segment] = []
        self.tried: list[Group] = []
        self.built_in: tuple[BuiltIn, ...] = BUILT_IN

    async def catalogue(self) -> Catalogue:
        return replace(CATALOGUE, segments=tuple(Named(id=one.id, name=one.name) for one in self.saved))

    async def parse(self, text: str) -> Group:
        return parse_segment(text, Reading(catalogue=await self.catalogue(), zone=UTC))

    async def text_of(self, group: Group) -> str:
        return print_segment(group, await self.catalogue())

    async def checked(self, group: Group) -> Group:
        reading = Reading(catalogue=await self.catalogue(), zone=UTC)
        for one in group.children:
            if isinstance(one, Condition):
                checked(one, reading)
        return group

    def complete(self, text: str, cursor: int, catalogue: Catalogue) -> Completion:
        return complete(text, cursor, catalogue)

    async def preview(
        self,
        group: Group,
        *,
        limit: int = 60,
        on_page: Callable[[Page[ConversationSummary]], None] = lambda _page: None,
    ) -> Preview | None:
        self.tried.append(group)
        page = Page(items=self._rows(group)[:limit], has_more=False)
        on_page(page)
        return Preview(page=page, count=await self.count(group))

    async def count(self, group: Group) -> ViewCount:
        rows = self._rows(group)
        return ViewCount(total=len(rows), unread=sum(row.unread_count > 0 for row in rows))

    async def all(self) -> tuple[Segment, ...]:
        return tuple(self.saved)

    async def counts(self, segments: Sequence[Segment]) -> Mapping[SegmentId, ViewCount]:
        return {one.id: await self.count(one.filter) for one in segments}

    async def save(self, name: str, group: Group, *, shared: bool = True, pinned: bool = True) -> Segment:
        if any(one.name.lower() == name.lower() for one in self.saved):
            raise SegmentError("name_taken", f"There is a segment “{name}” already.", hint="Choose another name.")
        made = Segment(
            id=SegmentId(len(self.saved) + 1),
            name=name,
            filter=group,
            shared=shared,
            pinned=pinned,
            created_by_id=UserId(1),
            created_at=NOW,
            updated_at=NOW,
        )
        self.saved.append(made)
        self.inbox.bus.publish(SegmentsChanged())
        return made

    async def save_filter(self, segment_id: SegmentId, group: Group) -> None:
        self._change(segment_id, filter=group)

    async def rename(self, segment_id: SegmentId, name: str) -> None:
        self._change(segment_id, name=name)

    async def share(self, segment_id: SegmentId, *, shared: bool) -> None:
        self._change(segment_id, shared=shared)

    async def pin(self, segment_id: SegmentId, *, pinned: bool) -> None:
        self._change(segment_id, pinned=pinned)

    async def dependants(self, what: Any, key: Any) -> tuple[Segment, ...]:
        return ()

    async def delete(self, segment_id: SegmentId) -> None:
        self.saved = [one for one in self.saved if one.id != segment_id]
        self.inbox.bus.publish(SegmentsChanged())

    def may_change(self, segment: Segment) -> bool:
        return segment.created_by_id == 1

    def _change(self, segment_id: SegmentId, **fields: Any) -> None:
        self.saved = [replace(one, **fields) if one.id == segment_id else one for one in self.saved]
        self.inbox.bus.publish(SegmentsChanged())

    def _rows(self, group: Group) -> tuple[ConversationSummary, ...]:
        rows = [row for row in self.inbox.rows.values() if fits(row, self._opened(group))]
        return tuple(sorted(rows, key=lambda row: -row.last_entry_id))

    def _opened(self, group: Group) -> Group:
        """A saved segment stands for its filter."""
        children = tuple(
            next((saved.filter for saved in self.saved if saved.id == one.value), one)
            if isinstance(one, Condition) and one.operator is Operator.IN_SEGMENT
            else one
            for one in group.children
        )
        return replace(group, children=children)


def ids_of(rows: Sequence[ConversationSummary]) -> list[ConversationId]:
    """Return the ids of rows."""
    return [row.id for row in rows]
